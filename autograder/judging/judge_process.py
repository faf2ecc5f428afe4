"""The code of a chapter server and its judges: read a chapter's tests once, then run them for one submission each."""

import ast
import json
import resource
import socket
import struct
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from autograder import load_object
from autograder.inside.snapshot import rehearse
from autograder.judging.names import parse, statements
from autograder.judging.test_cell import Attempt, Verdict
from autograder.judging.test_source import Test, read_test
from autograder.sandbox import cpu_affinity
from autograder.sandbox.settings import Settings
from descent.exercises import table

VISIBLE, PLAIN, HIDDEN = range(3)  # the order in which a submission's tests are tried, see `Judge.answer`
REQUEST_BYTES = 1 << 16  # a request is one message of JSON: the fields of `Request`
GRANT = struct.Struct("<d")  # the worker's response to "slow": more seconds for the test, 0 for none


@dataclass(frozen=True)
class Request:
    """A request to a judge: run the part of a test that belongs to a phase.

    index: of the test cell. seconds: the limit, at which the judge asks for more ("slow") in the phase VISIBLE and ends the
    test in later phases. snapshot_pid, root_pid: of the snapshot and of the root of its process tree. again: another judge
    has begun this test and was lost. slow: tests that needed more than their first seconds.
    """

    phase: int
    index: int
    seconds: float
    cpu: int = cpu_affinity.UNPINNED
    snapshot_pid: int = 0
    root_pid: int = 0
    again: bool = False
    slow: Sequence[int] = ()

    def pack(self) -> bytes:
        return json.dumps(vars(self)).encode()

    @staticmethod
    def unpack(data: bytes) -> "Request":
        return Request(**json.loads(data))


class Chapter:
    """A chapter's tests, read and compiled, and the cases and answers of its exercises."""

    def __init__(self, cells: list[dict], terms: dict, settings: Settings):
        warnings.simplefilter("ignore")
        self.settings, self.terms = settings, terms
        try:
            mark = load_object(settings.mark)
            module = sys.modules[mark.__module__]
            self.begin = getattr(module, "begin", None) or (lambda *args, **options: lambda: mark(*args, **options))
            course_cells = [Cell(cell) for cell in cells]
            known_statements = statements(course_cells)
            self.tests = {
                index: read_test(course_cells, index, known=known_statements)
                for index, cell in enumerate(course_cells)
                if cell.is_test
            }
            prepare = getattr(module, "prepare", None)
            if prepare is not None:
                name_earlier(self.tests.values())
                self.terms = terms | {
                    "ready": prepare(strings_in(course_cells[index] for index in self.tests), **terms)
                }
            rehearse()
        except Exception:
            traceback.print_exc()
            raise

    def serve(self, sock: socket.socket) -> None:
        """In a judge: answer requests until the socket closes. A response is JSON: the verdict; null if the test belongs to
        a later phase; "begun" if its hidden cases do; "slow" if the test needs more time, which the worker then grants."""
        limit_memory(self.settings.judge_memory_bytes)

        def respond(response: Verdict | str | None) -> None:
            data = json.dumps(vars(response) if isinstance(response, Verdict) else response).encode()
            sock.sendall(len(data).to_bytes(4, "little") + data)

        def ask_for_time() -> float:
            respond("slow")
            return GRANT.unpack(sock.recv(GRANT.size, socket.MSG_WAITALL))[0]

        judge = Judge(self, ask_for_time)
        while True:
            data, fds, _, _ = socket.recv_fds(sock, REQUEST_BYTES, 1)
            if not data:
                return
            request = Request.unpack(data)
            cpu_affinity.pin(request.cpu)
            respond(judge.answer(request, socket.socket(fileno=fds[0])))


class Judge:
    """Runs the tests of one submission in three phases: the visible cases of every `check`, then the tests without
    `check`, then the hidden cases. By the time a student's code sees a hidden input, all text that can reach a page is
    complete.

    ask_for_time: called when a test reaches its limit in the phase VISIBLE; returns the extra seconds.
    """

    def __init__(self, chapter: Chapter, ask_for_time: Callable[[], float] = lambda: 0.0):
        self.chapter, self.ask_for_time = chapter, ask_for_time
        self.begun: dict[int, tuple[Attempt, socket.socket]] = {}
        self.checked: dict[str, bool] = {}  # exercise -> whether its visible cases passed

    def answer(self, request: Request, snapshot: socket.socket) -> Verdict | str | None:
        """The verdict; None if the test belongs to a later phase, "begun" if only its hidden cases do."""
        index, phase = request.index, request.phase
        if index in self.begun:
            snapshot.close()
            if phase != HIDDEN:
                return "begun"
            attempt, snapshot = self.begun.pop(index)
            with snapshot:
                attempt.allow(request.seconds)
                attempt.finish()
                return attempt.verdict
        test = self.chapter.tests[index]
        if phase < {"check": VISIBLE, "plain": PLAIN, "mixed": HIDDEN}[test.kind]:
            snapshot.close()
            return None
        attempt = Attempt(
            test,
            snapshot,
            begin=self.chapter.begin,
            settings=self.chapter.settings,
            terms=self.chapter.terms,
            snapshot_pid=request.snapshot_pid,
            root_pid=request.root_pid,
            again=request.again,
            checked=self.checked,
            slow=[str(self.chapter.tests[number].exercise) for number in request.slow if number != index],
        )
        attempt.allow(request.seconds, self.ask_for_time if phase == VISIBLE else None)
        if not attempt.run():
            if phase != HIDDEN:
                self.begun[index] = attempt, snapshot
                return "begun"
            attempt.finish()
        snapshot.close()
        return attempt.verdict


class Cell:
    """A cell that was sent as plain data, with the attributes of a notebook's cell."""

    def __init__(self, fields: dict):
        self.cell_type, self.source, self.metadata = fields["cell_type"], fields["source"], fields["metadata"]
        self.is_test: bool = fields["is_test"]


def name_earlier(tests: Iterable[Test]) -> None:
    """Set `earlier` of every test of an exercise: the exercises that the tests before it check."""
    names: list[str] = []
    for test in tests:
        if test.exercise in table():
            test.earlier = tuple(name for name in names if name != test.exercise)
            names.append(test.exercise)


def strings_in(tests: Iterable["Cell"]) -> list[str]:
    """Every string literal of the test cells: the names of exercises are among them."""
    strings = set()
    for cell in tests:
        try:
            strings |= {
                node.value
                for node in ast.walk(parse(cell.source))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
        except SyntaxError:  # reported in the verdict on that test
            pass
    return sorted(strings)


def limit_memory(more: int) -> None:
    """Allow `more` bytes of address space on top of what this process has mapped."""
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + more, mapped + more))
