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

import numpy as np
from nbformat.v4 import new_output

from . import proxies
from .names import plan
from .outputs import text_of
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


def judge(master, ran: Ran, *, assignment: str, secret: bytes, lang: str = "en",
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


def without_points(grade_id: str, max_points: float, why: dict) -> Verdict:
    return Verdict(grade_id, 0.0, max_points, [error_output("NotTried", why["en"])], 0.0, reason=why)


def context():
    """The start method of judges. A pool of workers must use it too (`mp_context=judge.context()`): workers
    are then forked from the same warm server and share it, and are no daemons, which may have no children."""
    method = multiprocessing.get_context("forkserver")
    method.set_forkserver_preload(PRELOAD)
    return method


def warm_up() -> None:
    """Start the server of judges now. It imports what our own path finds, so we lend it that path."""
    from multiprocessing import forkserver
    method, before = context(), os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
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
            return Verdict(**json.loads(self.read(size, deadline)))
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
    while True:
        data, fds, _, _ = socket.recv_fds(sock, 4, 1)
        if not data:
            return
        with socket.socket(fileno=fds[0]) as remote:
            verdict = try_test(cells, int.from_bytes(data, "little"), remote, assignment=assignment, secret=secret,
                               lang=lang, mark=mark, settings=settings)
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

    def __init__(self, mark, *, points, assignment, secret, lang):
        self.mark, self.terms, self.result = mark, dict(points=points, assignment=assignment, secret=secret, lang=lang), None

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


def try_test(cells, index, sock, *, assignment, secret, lang, mark, settings) -> Verdict:
    """Run one test cell against the snapshot behind `sock`. Never raises for what the test or student does."""
    began = time.monotonic()
    flags = cells[index]["metadata"]["nbgrader"]
    verdict = Verdict(flags["grade_id"], 0.0, float(flags["points"]), [], 0.0)
    check = Check(mark, points=verdict.max_points, assignment=assignment, secret=secret, lang=lang)
    printed = Printed(settings.test_output_characters)
    link = proxies.connect(sock, settings.wire)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(Printed(0)):
            value = evaluate(cells, index, link, check)
        verdict.points = points_of(value, verdict.max_points)
        last = new_output("execute_result", {"text/plain": repr(verdict.points)})
    except BaseException as error:
        last, verdict.reason = explain(error, link)
    verdict.outputs = card_of(check) + printed.outputs() + [last]
    verdict.mistake = getattr(check.result, "mistake", None)
    verdict.seconds = time.monotonic() - began
    return verdict


def evaluate(cells, index, link, check):
    """The value of the test cell's last expression, None if it ends with something else."""
    cells = [Cell(cell) for cell in cells]
    steps = plan(cells, index)
    names = {"__name__": "__main__", "__builtins__": builtins, "check": check}
    asked = {}
    for what, item in steps.steps:
        if what == "ask":
            with contextlib.suppress(NameError):  # it is then not defined in the test either
                if item not in asked:
                    asked[item] = link.request("get", item)
                names[item] = asked[item]
        else:
            run(ast.Module([item], []), names)
            names["check"] = check
    *body, last = steps.test.body or [ast.Pass(lineno=1, col_offset=0)]
    if not isinstance(last, ast.Expr):
        run(steps.test, names)
        return None
    run(ast.Module(body, []), names)
    return eval(compile(ast.Expression(last.value), "<test>", "eval"), names)


def run(module, names) -> None:
    exec(compile(module, "<test>", "exec"), names)


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
    return [new_output("display_data", card)]


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
