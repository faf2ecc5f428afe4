"""Try the test cells on the parked snapshots of a student's kernel, in a judge process that may be killed.

The judge has a memory limit and no access to the gradebook. Its results are JSON.
"""

import contextlib
import json
import math
import signal
import socket
from collections.abc import Callable, Collection

from nbformat import NotebookNode, from_dict

from autograder.judging.judge_forkserver import JudgeHandle
from autograder.judging.judge_process import GRANT, HIDDEN, PLAIN, VISIBLE, Request
from autograder.judging.test_cell import Verdict
from autograder.judging.test_outputs import error_output
from autograder.judging.worker import Worker
from autograder.sandbox.accident import Accident
from autograder.sandbox.fair_clock import FIRST_LOOK, FairClock, Starved, cpu_seconds
from autograder.sandbox.reasons import reason
from autograder.sandbox.run import SETTLE_BELOW, Ran, check_accident
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
    seconds: float = math.inf,
) -> list[Verdict]:
    """A verdict for every test cell of the instructor's notebook, in order. Ends the snapshots that it used.

    tests: the grade_ids of the test cells. They are tried in phases, the hidden cases of all tests last
    (judge_process.Judge), and every process of a snapshot is dead before the next test. A test that breaks its judge
    (time, memory) earns no points, with the reason; the next tests get a new judge. seconds: what all of them may take, if
    less than judge_notebook_seconds. Raises Accident.
    """
    cells = [plain_cell(cell, tests) for cell in solution.cells]
    session = Session(cells, ran, worker, (cells, dict(assignment=assignment, secret=secret, lang=lang), settings))
    session.seconds = session.seconds_left = min(session.seconds, seconds)
    try:
        for phase in (VISIBLE, PLAIN, HIDDEN):
            session.try_phase(phase)
        verdicts = [session.verdicts[index] for index in sorted(session.verdicts)]
        if any(verdict.limit == "starved" for verdict in verdicts):
            raise Accident("the machine was too busy to finish a test")
        check_accident(ran, suspicious=any(verdict.reason or verdict.limit for verdict in verdicts))
    finally:
        session.drop_judges()
    return verdicts


class Session:
    """Judging one submission. verdicts: {index of the test cell: its verdict}, as far as they are known.

    A test that never ends costs no other test its points. In the phase VISIBLE every test gets `first_seconds`; one that
    needs more is suspended with its judge and goes on when the others have had theirs, and such tests share what is
    left. The tests of the later phases are not suspended, because a process that has seen a hidden input must be dead
    before the next test: they share the time beforehand.
    """

    def __init__(self, cells: list[dict], ran: Ran, worker: Worker, about: tuple):
        self.cells, self.ran, self.worker, self.about = cells, ran, worker, about
        self.settings: Settings = about[2]
        self.verdicts: dict[int, Verdict] = {}
        self.seconds = self.seconds_left = self.settings.judge_notebook_seconds
        self.waits = 0.0  # of the seconds charged so far, those that short tests waited for a CPU
        self.used_before: float | None = None  # CPU time of the student's processes before the first of these
        self.used: dict[int, float] = {}  # seconds of each test
        self.judges: list[JudgeClient] = []
        self.judge_of: dict[int, JudgeClient] = {}  # of each test whose hidden cases are still to come
        self.lost: set[int] = set()  # tests whose judge was lost before their hidden cases
        self.suspended: dict[int, JudgeClient] = {}
        self.slow: list[int] = []  # tests that have needed more than first_seconds

    def try_phase(self, phase: int) -> None:
        indices = [
            index
            for index, cell in enumerate(self.cells)
            if cell["is_test"] and index not in self.verdicts and not (phase == PLAIN and self.is_begun(index))
        ]
        if phase == HIDDEN:  # hidden cases take about as long as visible ones: the quick tests come first
            indices.sort(key=lambda index: self.used.get(index, 0.0) if self.is_begun(index) else 0.0)
        for number, index in enumerate(indices):
            self.settle()
            self.try_test(phase, index, self.allowance(phase, len(indices) - number))
        self.settle()
        seconds = 2 / 3 * self.seconds_left  # the rest is for hidden cases
        while self.suspended:
            index = next(iter(self.suspended))
            seconds -= self.resume(index, seconds / len(self.suspended))

    def is_begun(self, index: int) -> bool:
        return index in self.judge_of or index in self.lost

    def allowance(self, phase: int, tests: int) -> float:
        """Seconds for the next of so many tests of a phase."""
        left = self.seconds_left
        if phase == HIDDEN:
            return left / tests
        kept = 1 / 3 * left if phase == VISIBLE or self.judge_of or self.lost else 0.0  # for hidden cases
        first = min(self.settings.first_seconds, (left - kept) / tests)
        if phase == VISIBLE:
            return first
        room = left - kept - first * (tests - 1)
        return max(
            room - 2 * FIRST_LOOK, room / 2
        )  # a clock may notice up to FIRST_LOOK too late that its limit is reached

    def note_waits(self, seconds: float) -> None:
        if seconds and self.used_before is None:
            self.used_before = cpu_seconds(self.ran.root_pid)
        self.waits += seconds

    def settle(self) -> None:
        """Give back what short tests were charged while other programs had the CPU. At least the CPU time of the student's
        processes stays charged, because they can keep each other waiting. Most submissions are never charged so much."""
        if self.used_before is None or self.seconds_left >= SETTLE_BELOW * self.seconds:
            return
        used = cpu_seconds(self.ran.root_pid) - self.used_before
        given = max(0.0, min(self.waits, self.seconds - self.seconds_left - used))
        self.seconds_left += given
        self.waits -= given

    def try_test(self, phase: int, index: int, seconds: float) -> None:
        """Ask for one test's part in this phase."""
        snapshot = self.ran.snapshots.get(self.cells[index]["metadata"]["nbgrader"]["grade_id"]) or reason("not_run")
        if not isinstance(snapshot, Snapshot):
            return self.without_points(index, snapshot)
        seconds = max(0.0, min(seconds, self.settings.wire.seconds - self.used.get(index, 0.0)))
        if self.seconds_left <= 0:
            return self.conclude(index, reason("tests_time", seconds=round(self.seconds, 1)))
        client = self.judge_of.get(index) or self.free_judge()
        request = Request(
            phase,
            index,
            seconds,
            self.worker.cpu,
            snapshot.pid,
            self.ran.root_pid,
            index in self.lost,
            [slow for slow in self.slow if slow != index],
        )
        self.ask(client, index, seconds, lambda: client.send(request, snapshot))

    def resume(self, index: int, seconds: float) -> float:
        """Let a suspended test go on; returns the seconds that it took."""
        client, before = self.suspended.pop(index), self.seconds_left
        seconds = min(seconds, self.settings.wire.seconds - self.used[index])
        granted = max(0.0, seconds)
        self.snapshot(index).go_on()
        self.ask(client, index, granted, lambda: client.grant(granted), last=True)
        return before - self.seconds_left

    def ask(
        self, client: "JudgeClient", index: int, seconds: float, send: Callable[[], None], *, last: bool = False
    ) -> None:
        """Send something to a judge and deal with what it responds. last: a test that is not done gets no more time."""
        training = is_training(self.cells[index])
        snapshot = self.snapshot(index)
        clock = client.clock(snapshot, self.ran.root_pid, seconds, training)
        response = client.ask(send, clock, training)
        spent, waits = clock.spent(), clock.waits()
        stopped = response == "slow" or isinstance(response, Verdict) and response.limit is not None
        if not training or stopped:
            self.seconds_left -= min(spent, seconds) if training else spent
            self.note_waits(waits)
        self.used[index] = self.used.get(index, 0.0) + spent
        if response == "slow" and last:
            return self.ask(client, index, 0.0, lambda: client.grant(0.0))
        if response == "slow":
            snapshot.stop()
            self.slow.append(index)
            self.suspended[index] = client
        elif response == "begun":
            self.judge_of[index] = client
            self.lost.discard(index)
        elif not isinstance(response, str | None):
            self.conclude(index, response, client)
        self.bound_memory()

    def bound_memory(self) -> None:
        """End the largest judge as long as all of them together hold more than one may: its suspended test, if any, earns no
        points, those that it has begun are tried anew."""
        while len(self.judges) > 1:
            sizes = [memory(client.judge.pid) for client in self.judges]
            if sum(sizes) <= self.settings.judge_memory_bytes:
                return
            largest = self.judges[sizes.index(max(sizes))]
            waiting = [index for index, client in self.suspended.items() if client is largest]
            for index in waiting:
                del self.suspended[index]
                self.conclude(index, reason("judge_ended"), largest)
            if not waiting:
                self.drop_judge(largest)

    def conclude(self, index: int, response: "Verdict | dict", client: "JudgeClient | None" = None) -> None:
        """Keep a test's verdict, and end every process of its snapshot. A response without a verdict is the reason, and
        then its judge is of no more use."""
        if isinstance(response, Verdict):
            self.verdicts[index] = response
        else:
            self.without_points(index, response)
            if client is not None:
                self.drop_judge(client)
        self.judge_of.pop(index, None)
        self.lost.discard(index)
        self.snapshot(index).close(wait_seconds=2.0)
        self.ran.kill_all_but(
            [other.pid for other in self.ran.snapshots.values() if isinstance(other, Snapshot) and other.pidfd >= 0]
        )

    def snapshot(self, index: int) -> Snapshot:
        snapshot = self.ran.snapshots[self.cells[index]["metadata"]["nbgrader"]["grade_id"]]
        assert isinstance(snapshot, Snapshot)  # `try_test` has looked
        return snapshot

    def free_judge(self) -> "JudgeClient":
        """A judge without a suspended test. Raises Accident."""
        busy = list(self.suspended.values())
        for client in reversed(self.judges):
            if client not in busy:
                return client
        self.judges.append(JudgeClient(self.worker, self.about))
        return self.judges[-1]

    def without_points(self, index: int, why: dict) -> None:
        flags = self.cells[index]["metadata"]["nbgrader"]
        self.verdicts[index] = Verdict(
            flags["grade_id"], 0.0, float(flags["points"]), [error_output("NotTried", why["en"])], 0.0, reason=why
        )

    def drop_judge(self, client: "JudgeClient") -> None:
        """End a judge. Tests that it has begun are tried anew, by another one."""
        client.judge.kill()
        self.judges.remove(client)
        begun = {index for index, judge in self.judge_of.items() if judge is client}
        self.lost |= begun
        for index in begun:
            del self.judge_of[index]

    def drop_judges(self) -> None:
        for client in list(self.judges):
            self.drop_judge(client)


def memory(pid: int) -> int:
    """Anonymous memory of a process in bytes; a page that it shares with others is divided among them."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) << 10 for line in file if line.startswith("Pss_Anon:"))
    except OSError:
        return 0


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
        try:
            self.judge: JudgeHandle = worker.judges().fork_judge(*about)
        except OSError as error:
            raise Accident(f"no judge could be started: {error}") from error

    def clock(self, snapshot: Snapshot, root_pid: int, seconds: float, training: bool) -> FairClock:
        """The time limit of one test, from now. The judge itself ends a test that takes longer; if it cannot, this does
        a moment later."""
        limit = seconds + self.settings.judge_slack_seconds + (self.settings.training_seconds if training else 0)
        return FairClock(limit, pids=[self.judge.pid, snapshot.pid], roots=[self.judge.pid, root_pid or snapshot.pid])

    def send(self, request: Request, snapshot: Snapshot) -> None:
        socket.send_fds(self.judge.socket, [request.pack()], [snapshot.socket.fileno()])

    def grant(self, seconds: float) -> None:
        """Say how much more time a test gets whose judge responded "slow"."""
        self.judge.socket.sendall(GRANT.pack(seconds))

    def ask(self, send: Callable[[], None], clock: FairClock, training: bool) -> Verdict | str | dict | None:
        """The response (Judge.answer, or "slow"); or the reason why there is none, and then the judge is of no more use.
        Raises Accident."""
        try:
            send()
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
            return reason("test_time", seconds=round(clock.limit, 1))
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
