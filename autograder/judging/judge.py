"""Try the test cells on the parked snapshots of a student's kernel, in a judge process that may be killed.

The judge has a memory limit and no access to the gradebook. Its results are JSON.
"""

import contextlib
import json
import signal
import socket
from collections.abc import Collection

from nbformat import NotebookNode, from_dict

from autograder.judging.judge_forkserver import JudgeHandle
from autograder.judging.judge_process import HIDDEN, PLAIN, REQUEST, VISIBLE
from autograder.judging.test_cell import Verdict
from autograder.judging.test_outputs import error_output
from autograder.judging.worker import Worker
from autograder.sandbox.accident import Accident
from autograder.sandbox.fair_clock import FairClock, Starved
from autograder.sandbox.reasons import reason
from autograder.sandbox.run import Ran, check_accident
from autograder.sandbox.settings import Settings
from autograder.sandbox.snapshots import Snapshot


def judge(
    solution: NotebookNode,
    ran: Ran,
    *,
    worker: Worker,
    tests: Collection[str],
    assignment: str,
    secret: str,
    lang: str = "en",
    settings: Settings = Settings(),
) -> list[Verdict]:
    """A verdict for every test cell of the instructor's notebook, in order. Ends the snapshots that it used.

    tests: the grade_ids of the test cells. They are tried in phases, the hidden cases of all tests last
    (judge_process.Judge), and every process of a snapshot is dead before the next test. A test that breaks its judge
    (time, memory) earns no points, with the reason; the next tests get a new judge. Raises Accident.
    """
    cells = [plain_cell(cell, tests) for cell in solution.cells]
    session = Session(cells, ran, worker, (cells, dict(assignment=assignment, secret=secret, lang=lang), settings))
    try:
        for phase in (VISIBLE, PLAIN, HIDDEN):
            for index, cell in enumerate(cells):
                if (
                    cell["is_test"]
                    and index not in session.verdicts
                    and not (phase == PLAIN and index in session.begun)
                ):
                    session.try_test(phase, index)
        verdicts = [session.verdicts[index] for index in sorted(session.verdicts)]
        if any(verdict.limit == "starved" for verdict in verdicts):
            raise Accident("the machine was too busy to finish a test")
        check_accident(ran, suspicious=any(verdict.reason or verdict.limit for verdict in verdicts))
    finally:
        session.drop_judge()
    return verdicts


class Session:
    """Judging one submission. verdicts: {index of the test cell: its verdict}, as far as they are known."""

    def __init__(self, cells: list[dict], ran: Ran, worker: Worker, about: tuple):
        self.cells, self.ran, self.worker, self.about = cells, ran, worker, about
        self.settings: Settings = about[2]
        self.verdicts: dict[int, Verdict] = {}
        self.begun: set[int] = set()  # tests whose hidden cases are still to come
        self.lost: set[int] = set()  # of them, those whose judge was lost
        self.seconds_left = self.settings.judge_notebook_seconds
        self.client: JudgeClient | None = None

    def try_test(self, phase: int, index: int) -> None:
        """Ask for one test's part in this phase."""
        snapshot = self.ran.snapshots.get(self.cells[index]["metadata"]["nbgrader"]["grade_id"]) or reason("not_run")
        if not isinstance(snapshot, Snapshot):
            return self.without_points(index, snapshot)
        if self.seconds_left <= 0:
            return self.without_points(index, reason("tests_time", seconds=self.settings.judge_notebook_seconds))
        if self.client is None:
            self.client = JudgeClient(self.worker, self.about)
        training = is_training(self.cells[index])
        clock = self.client.clock(snapshot, self.ran.root_pid, self.seconds_left, training)
        response = self.client.request(phase, index, snapshot, self.ran.root_pid, index in self.lost, clock, training)
        if not training:
            self.seconds_left -= clock.spent()
        if isinstance(response, dict):  # the reason why this judge is of no more use
            self.drop_judge()
            self.lost |= self.begun
            self.without_points(index, response)
        elif not isinstance(response, Verdict):  # it goes on in a later phase
            self.lost.discard(index)
            self.begun |= {index} if response == "begun" else set()
            return
        else:
            self.verdicts[index] = response
        self.begun.discard(index)
        snapshot.close(wait_seconds=2.0)
        self.ran.kill_all_but(
            [other.pid for other in self.ran.snapshots.values() if isinstance(other, Snapshot) and other.pidfd >= 0]
        )

    def without_points(self, index: int, why: dict) -> None:
        flags = self.cells[index]["metadata"]["nbgrader"]
        self.verdicts[index] = Verdict(
            flags["grade_id"], 0.0, float(flags["points"]), [error_output("NotTried", why["en"])], 0.0, reason=why
        )

    def drop_judge(self) -> None:
        if self.client is not None:
            self.client.judge.kill()
            self.client = None


def prepare(
    solution: NotebookNode,
    *,
    worker: Worker,
    tests: Collection[str],
    assignment: str,
    secret: str,
    lang: str,
    settings: Settings,
) -> None:
    """Start the chapter server that `judge` will need, so that it reads the tests while the kernel runs."""
    with contextlib.suppress(OSError):  # `judge` tries again
        worker.judges().chapter(
            [plain_cell(cell, tests) for cell in solution.cells],
            dict(assignment=assignment, secret=secret, lang=lang),
            settings,
        )


def plain_cell(cell: NotebookNode, tests: Collection[str]) -> dict:
    """What the judge needs of a cell of the instructor's notebook, as plain data."""
    flags = dict(cell.metadata.get("nbgrader", {}))
    return {
        "cell_type": cell.cell_type,
        "source": cell.source,
        "is_test": flags.get("grade_id") in tests,
        "metadata": {"tags": list(cell.metadata.get("tags", [])), "nbgrader": flags},
    }


def is_training(cell: dict) -> bool:
    """True for a capstone test: the training loop is ours, so its time is not charged to the student."""
    return "training" in cell["metadata"]["tags"]


def read_verdict(fields: dict) -> Verdict:
    return Verdict(**fields | {"outputs": [from_dict(output) for output in fields["outputs"]]})


class JudgeClient:
    """A judge process, asked to try one test after another. about: cells, terms, settings. Raises Accident."""

    def __init__(self, worker: Worker, about: tuple):
        self.settings: Settings = about[2]
        self.cpu = worker.cpu
        try:
            self.judge: JudgeHandle = worker.judges().fork_judge(*about)
        except OSError as error:
            raise Accident(f"no judge could be started: {error}") from error

    def clock(self, snapshot: Snapshot, root_pid: int, seconds_left: float, training: bool) -> FairClock:
        """The time limit of one test, from now. The judge itself ends a test that takes longer; if it cannot, this does
        a moment later."""
        limit = min(self.settings.wire.seconds + self.settings.judge_slack_seconds, seconds_left)
        limit += self.settings.training_seconds if training else 0
        return FairClock(limit, pids=[self.judge.pid, snapshot.pid], roots=[self.judge.pid, root_pid or snapshot.pid])

    def request(
        self, phase: int, index: int, snapshot: Snapshot, root_pid: int, again: bool, clock: FairClock, training: bool
    ) -> Verdict | str | dict | None:
        """The response (Judge.answer); or the reason why there is none, and then the judge is of no more use.
        Raises Accident."""
        request = REQUEST.pack(phase, index, self.cpu, snapshot.pid, root_pid, again)
        try:
            socket.send_fds(self.judge.socket, [request], [snapshot.socket.fileno()])
            size = int.from_bytes(self.read(4, clock), "little")
            if size > self.settings.verdict_bytes:
                return reason("judge_ended")
            response = json.loads(self.read(size, clock))
            return read_verdict(response) if isinstance(response, dict) else response
        except Starved:
            raise Accident("the machine was too busy to finish a test") from None
        except TimeoutError:
            if training:
                return reason("training_time", seconds=self.settings.training_seconds)
            return reason("test_time", seconds=self.settings.wire.seconds)
        except OSError:
            self.check_accident()
            return reason("judge_ended")

    def check_accident(self) -> None:
        """Raises Accident unless the judge has ended by itself: a test may exit, or crash the interpreter."""
        code = self.judge.exit_code()
        if code is None or code == -signal.SIGKILL:
            raise Accident("a judge was killed from outside")

    def read(self, size: int, clock: FairClock) -> bytes:
        data = b""
        while len(data) < size:
            self.judge.socket.settimeout(clock.remaining())
            try:
                chunk = self.judge.socket.recv(size - len(data))
            except TimeoutError:
                continue
            if not chunk:
                raise OSError("the judge has ended")
            data += chunk
        return data


def show(nb: NotebookNode, verdicts: list[Verdict]) -> None:
    """Put the verdicts' outputs into the test cells of a notebook that has run."""
    verdict_of = {verdict.grade_id: verdict for verdict in verdicts}
    for cell in nb.cells:
        verdict = verdict_of.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if verdict is not None:
            cell.outputs, cell.execution_count = verdict.outputs, None
