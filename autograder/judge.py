"""Try the master's test cells on the parked snapshots of a student's kernel, in a child that may be killed.

The test's ordinary source runs here; builtins, imports and provided cells are the judge's own, and only names
that the master's answer cells define are asked of the student. Results come back as JSON bytes.
"""

import ast
import builtins
import contextlib
import importlib
import io
import json
import multiprocessing
import os
import resource
import socket
import sys
import time
import warnings
from dataclasses import asdict, dataclass
from multiprocessing import forkserver

import numpy as np
from nbformat import from_dict

from . import proxies
from .names import plan, statements
from .outputs import new_output, text_of
from .reasons import reason
from .run import Ran, Snapshot, is_test
from .settings import Settings
from .wire import RemoteError, WireError

PRELOAD = ["numpy", "descent", "reference", "autograder.judge", "autograder.mark"]


@dataclass
class Verdict:
    """One test's result. outputs: notebook outputs (a card, prints, then the points or one error).
    reason: {"code", "en", "zh"} when the answer was not compared at all."""

    grade_id: str
    points: float
    max_points: float
    outputs: list
    seconds: float
    mistake: str | None = None
    reason: dict | None = None


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
                verdicts.append(without_points(grade_id, points, reason("tests_time", seconds=settings.judge_notebook_seconds)))
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
            verdict = try_test(cells, int.from_bytes(data, "little"), remote, known=known, mark=mark, settings=settings,
                               terms=dict(assignment=assignment, secret=secret, lang=lang))
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


class TestBroken(Exception):
    """The test or what it relies on failed, not the student's answer."""


class Check:
    """The judge's `check` in one test: remembers the card, returns the points."""

    def __init__(self, mark, terms):
        self.mark, self.terms, self.result = mark, terms, None

    def __call__(self, name, solution, **ignored):
        if self.result is not None:
            raise TestBroken("check is called twice in one test cell; only the last expression gives points")
        try:
            self.result = self.mark(name, solution, **self.terms)
        except WireError:
            raise
        except Exception as error:
            raise TestBroken(f"check({name!r}): {type(error).__name__}: {error}") from error
        return self.result.points


def try_test(cells, index, sock, *, known, mark, terms, settings) -> Verdict:
    """Run one test cell against the snapshot behind `sock`. Never raises for what the test or student does."""
    began = time.monotonic()
    flags = cells[index].metadata["nbgrader"]
    verdict = Verdict(flags["grade_id"], 0.0, float(flags["points"]), [], 0.0)
    check = Check(mark, dict(points=verdict.max_points, **terms))
    printed = Printed(settings.test_output_characters)
    link = proxies.connect(sock, settings.wire)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(Printed(0)):
            value = evaluate(cells, index, known, link, check)
            if link.broken and check.result is None:  # a bare `except` in the test does not make it right
                raise link.broken
        verdict.points = points_of(value, verdict.max_points)
        last = new_output("execute_result", data={"text/plain": repr(verdict.points)})
    except BaseException as error:
        last, verdict.reason = explain(error, link)
    verdict.outputs = card_of(check) + printed.outputs() + [last]
    verdict.mistake = getattr(check.result, "mistake", None)
    verdict.seconds = time.monotonic() - began
    return verdict


def evaluate(cells, index, known, link, check):
    """The value of the test cell's last expression, None if it ends with something else."""
    names, asked, missing = {"__name__": "__main__", "__builtins__": builtins, "check": check}, {}, set()
    try:
        todo = plan(cells, index, known=known)
        for what, item in todo.steps:
            if what == "ask":
                try:
                    if item not in asked:
                        asked[item] = link.request("get", item)
                    names[item] = asked[item]
                except NameError:  # the test will find so itself, if it gets there
                    missing.add(item)
            else:
                execute([item], names)
                names["check"] = check
        body = todo.test.body
        if not body or not isinstance(body[-1], ast.Expr):
            return execute(body, names)
        execute(body[:-1], names)
        return eval(compile(ast.Expression(body[-1].value), "<test>", "eval"), names)
    except (SyntaxError, ImportError, NameError) as error:
        if getattr(error, "remote", False) or getattr(error, "name", None) in missing:
            raise
        raise TestBroken(f"{type(error).__name__}: {error}") from error


def execute(body, names) -> None:
    exec(compile(ast.Module(body, []), "<test>", "exec"), names)


class Cell:
    """A cell sent to the child, with the attributes of a notebook's."""

    def __init__(self, fields):
        self.cell_type, self.source, self.metadata = fields["cell_type"], fields["source"], fields["metadata"]


def points_of(value, most: float) -> float:
    """A test cell's value as points: a number in 0..most, or None for a test that only asserts."""
    if value is None:
        return most
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TestBroken(f"the test cell's value is a {type(value).__name__}, not a number of points")
    if not 0 <= value <= most:  # NaN too
        raise TestBroken(f"the test cell's value {float(value)!r} is outside 0..{most:g}")
    return float(value)


def explain(error: BaseException, link):
    """The error output of a failed test, and the reason if the answer was not compared at all.

    Words that came from the student's process are left out: they may hold the inputs of hidden cases.
    """
    name, text, why = type(error).__name__, str(error), None
    if link.broken or isinstance(error, WireError):
        error = link.broken or error
        name, text = "WireError", str(error)
        timed = error.code == "time"
        why = reason("test_time", seconds=link.limits.seconds) if timed else reason("wire", text=text)
    elif isinstance(error, TestBroken) or not isinstance(error, Exception):
        why = reason("test_broken")
    elif isinstance(error, RemoteError) or getattr(error, "remote", False):
        text = "raised by the submitted code"
    return error_output(name, text), why


def error_output(name: str, text: str):
    text = text_of(text, 1000)
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])


def card_of(check: Check) -> list:
    if check.result is None:
        return []
    card = {"text/plain": text_of(check.result.text)}
    if check.result.html:
        card["text/html"] = text_of(check.result.html)
    return [new_output("display_data", data=card)]


class Printed(io.TextIOBase):
    """What a test prints, up to a number of characters."""

    def __init__(self, limit: int):
        self.parts, self.left = [], limit

    def writable(self):
        return True

    def write(self, text):
        if self.left > 0:
            self.parts.append(text[: self.left])
            self.left -= len(text)
        return len(text)

    def outputs(self) -> list:
        text = text_of("".join(self.parts))
        return [new_output("stream", name="stdout", text=text)] if text else []


def show(nb, verdicts: list[Verdict]) -> None:
    """Put the verdicts' outputs into the test cells of a notebook that has run."""
    by_id = {verdict.grade_id: verdict for verdict in verdicts}
    for cell in nb.cells:
        if is_test(cell):
            verdict = by_id[cell.metadata.nbgrader.grade_id]
            cell.outputs, cell.execution_count = verdict.outputs, None
