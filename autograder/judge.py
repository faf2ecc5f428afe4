"""Try the master's test cells on the parked snapshots of a student's kernel, in a child that may be killed.

The child has its own memory limit and no gradebook. Results come back as JSON bytes.
"""

import importlib
import json
import multiprocessing
import os
import resource
import socket
import sys
import time
import warnings
from dataclasses import asdict
from multiprocessing import forkserver

from nbformat import from_dict

from .kernel import Snapshot
from .names import statements
from .reasons import reason
from .run import Ran, is_test
from .settings import Settings
from .trial import Verdict, error_output, try_test

PRELOAD = ["numpy", "descent", "reference", "autograder.judge", "autograder.mark"]


def judge(master, ran: Ran, *, assignment: str, secret: str, lang: str = "en",
          settings: Settings = Settings()) -> list[Verdict]:
    """A verdict for every test cell of `master`, in order. Ends the snapshots that it used.

    A test that breaks its child (time, memory) gets no points and a reason; the others go to a fresh child.
    """
    jobs = [(index, cell) for index, cell in enumerate(master.cells) if is_test(cell)]
    end = time.monotonic() + settings.judge_notebook_seconds
    verdicts, child = [], None
    source = [slim(cell) for cell in master.cells]
    try:
        for index, cell in jobs:
            grade_id, points = cell.metadata.nbgrader.grade_id, float(cell.metadata.nbgrader.points)
            snapshot = ran.snapshots.get(grade_id) or reason("not_run")
            if not isinstance(snapshot, Snapshot):
                verdicts.append(without_points(grade_id, points, snapshot))
                continue
            if time.monotonic() > end:
                why = reason("tests_time", seconds=settings.judge_notebook_seconds)
                verdicts.append(without_points(grade_id, points, why))
                continue
            if child is None:
                child = Child(source, assignment=assignment, secret=secret, lang=lang, settings=settings)
            verdict = child.try_test(index, snapshot.socket, end)
            snapshot.close()
            if isinstance(verdict, dict):
                child.close()
                child, verdict = None, without_points(grade_id, points, verdict)
            verdicts.append(verdict)
    finally:
        if child is not None:
            child.close()
    return verdicts


def slim(cell) -> dict:
    """What the child needs of a master's cell, as plain data."""
    flags = cell.metadata.get("nbgrader", {})
    return {"cell_type": cell.cell_type, "source": cell.source,
            "metadata": {"tags": list(cell.metadata.get("tags", [])), "nbgrader": dict(flags)}}


def read_verdict(fields: dict) -> Verdict:
    return Verdict(**fields | {"outputs": [from_dict(output) for output in fields["outputs"]]})


def without_points(grade_id: str, max_points: float, why: dict) -> Verdict:
    return Verdict(grade_id, 0.0, max_points, [error_output("NotTried", why["en"])], 0.0, reason=why)


def warm_up():
    """Start the server that judges are forked from, once per process, and return its multiprocessing context.

    The server imports what our own path finds, on one thread, so we lend it both. A pool's workers must have
    children, so they may be no daemons (concurrent.futures' are none), and must not be forked from a process
    that has such a server (use this context, or spawn); each then has a server of its own: call this in the
    pool's initializer.
    """
    method = multiprocessing.get_context("forkserver")
    method.set_forkserver_preload(PRELOAD)
    lent = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    before = {name: os.environ.get(name) for name in lent}
    os.environ.update(lent)
    try:
        forkserver.ensure_running()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return method


class Child:
    """A process that tries tests one after another, each on the socket it is handed."""

    def __init__(self, cells, *, assignment, secret, lang, settings):
        self.settings = settings
        method = warm_up()
        self.ours, theirs = socket.socketpair()
        self.process = method.Process(target=serve, args=(theirs, cells, assignment, secret, lang, settings))
        try:
            self.process.start()
        finally:
            theirs.close()

    def try_test(self, index: int, sock, end: float) -> Verdict | dict:
        """The verdict, or the reason why there is none: the child is then of no more use."""
        limit = self.settings.wire.seconds + self.settings.judge_slack_seconds
        deadline = min(time.monotonic() + limit, end)
        try:
            socket.send_fds(self.ours, [index.to_bytes(4, "little")], [sock.fileno()])
            size = int.from_bytes(self.read(4, deadline), "little")
            if size > self.settings.verdict_bytes:
                return reason("judge_ended")
            return read_verdict(json.loads(self.read(size, deadline)))
        except TimeoutError:
            return reason("test_time", seconds=self.settings.wire.seconds)
        except OSError:
            return reason("judge_ended")

    def read(self, size: int, deadline: float) -> bytes:
        got = b""
        while len(got) < size:
            self.ours.settimeout(max(0.001, deadline - time.monotonic()))
            piece = self.ours.recv(size - len(got))
            if not piece:
                raise OSError("the judge has ended")
            got += piece
        return got

    def close(self) -> None:
        self.ours.close()
        self.process.kill()
        self.process.join()
        self.process.close()


def show(nb, verdicts: list[Verdict]) -> None:
    """Put the verdicts' outputs into the test cells of a notebook that has run."""
    by_id = {verdict.grade_id: verdict for verdict in verdicts}
    for cell in nb.cells:
        if is_test(cell):
            verdict = by_id[cell.metadata.nbgrader.grade_id]
            cell.outputs, cell.execution_count = verdict.outputs, None


# -- in the child


def serve(sock, cells, assignment, secret, lang, settings) -> None:
    """Try the tests that are asked for until the socket closes."""
    limit_memory(settings.judge_memory_bytes)
    warnings.simplefilter("ignore")
    mark = load(settings.mark)
    cells = [Cell(cell) for cell in cells]
    known = statements(cells)
    while True:
        data, fds, _, _ = socket.recv_fds(sock, 4, 1)
        if not data:
            return
        with socket.socket(fileno=fds[0]) as remote:
            verdict = try_test(cells, int.from_bytes(data, "little"), remote, known=known, mark=mark,
                               settings=settings, terms=dict(assignment=assignment, secret=secret, lang=lang))
        result = json.dumps(asdict(verdict)).encode()
        sock.sendall(len(result).to_bytes(4, "little") + result)


def limit_memory(more: int) -> None:
    """Allow `more` bytes of address space on top of what a fresh child has mapped already."""
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + more, mapped + more))


def load(dotted: str):
    module, _, name = dotted.partition(":")
    return getattr(importlib.import_module(module), name)


class Cell:
    """A cell sent to the child, with the attributes of a notebook's."""

    def __init__(self, fields):
        self.cell_type, self.source, self.metadata = fields["cell_type"], fields["source"], fields["metadata"]
