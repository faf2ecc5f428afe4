"""Try the test cells on the parked snapshots of a student's kernel, in a judge process that may be killed.

The judge has a memory limit and no access to the gradebook. Its results are JSON.
"""

import contextlib
import json
import signal
import socket
import time
from collections.abc import Collection

from nbformat import from_dict

from autograder.judging.judge_forkserver import JudgeHandle
from autograder.judging.judge_process import REQUEST
from autograder.judging.test_cell import Verdict, error_output
from autograder.judging.worker import Worker
from autograder.sandbox.reasons import reason
from autograder.sandbox.accident import Accident
from autograder.sandbox.run import Ran, check_accident
from autograder.sandbox.settings import Settings
from autograder.sandbox.snapshots import Snapshot


def judge(solution, ran: Ran, *, worker: Worker, tests: Collection[str], assignment: str, secret: str, lang: str = "en",
          student: str = "", settings: Settings = Settings()) -> list[Verdict]:
    """A verdict for every test cell of the instructor's notebook, in order. Ends the snapshots that it used.

    tests: the grade_ids of the test cells. A test that breaks its judge (time, memory) earns no points, with the
    reason; the next tests get a new judge. Raises Accident.
    """
    cells = [plain_cell(cell, tests) for cell in solution.cells]
    about = (cells, dict(assignment=assignment, secret=secret, lang=lang), settings)
    deadline = time.monotonic() + settings.judge_notebook_seconds
    verdicts: list[Verdict] = []
    client: JudgeClient | None = None
    try:
        for index, cell in enumerate(cells):
            if not cell["is_test"]:
                continue
            flags = cell["metadata"]["nbgrader"]
            grade_id, points = flags["grade_id"], float(flags["points"])
            snapshot = ran.snapshots.get(grade_id) or reason("not_run")
            if not isinstance(snapshot, Snapshot):
                verdicts.append(without_points(grade_id, points, snapshot))
                continue
            if time.monotonic() > deadline:
                why = reason("tests_time", seconds=settings.judge_notebook_seconds)
                verdicts.append(without_points(grade_id, points, why))
                continue
            if client is None:
                client = JudgeClient(worker, about, student)
            began = time.monotonic()
            verdict = client.try_test(index, snapshot.socket, deadline)
            if is_training(cell):
                deadline += time.monotonic() - began
            snapshot.close()
            if isinstance(verdict, dict):
                client.judge.kill()
                client, verdict = None, without_points(grade_id, points, verdict)
            verdicts.append(verdict)
        check_accident(ran, suspicious=any(verdict.reason for verdict in verdicts))
    finally:
        if client is not None:
            client.judge.kill()
    return verdicts


def prepare(solution, *, worker: Worker, tests: Collection[str], assignment: str, secret: str, lang: str,
            settings: Settings) -> None:
    """Start the chapter server that `judge` will need, so that it reads the tests while the kernel runs."""
    with contextlib.suppress(OSError):  # `judge` tries again
        worker.judges().chapter([plain_cell(cell, tests) for cell in solution.cells],
                                dict(assignment=assignment, secret=secret, lang=lang), settings)


def plain_cell(cell, tests: Collection[str]) -> dict:
    """What the judge needs of a cell of the instructor's notebook, as plain data."""
    flags = dict(cell.metadata.get("nbgrader", {}))
    return {"cell_type": cell.cell_type, "source": cell.source, "is_test": flags.get("grade_id") in tests,
            "metadata": {"tags": list(cell.metadata.get("tags", [])), "nbgrader": flags}}


def is_training(cell: dict) -> bool:
    """True for a capstone test: the training loop is ours, so its time is not charged to the student."""
    return "training" in cell["metadata"]["tags"]


def read_verdict(fields: dict) -> Verdict:
    return Verdict(**fields | {"outputs": [from_dict(output) for output in fields["outputs"]]})


def without_points(grade_id: str, max_points: float, why: dict) -> Verdict:
    return Verdict(grade_id, 0.0, max_points, [error_output("NotTried", why["en"])], 0.0, reason=why)


class JudgeClient:
    """A judge process, asked to try one test after another. about: cells, terms, settings."""

    def __init__(self, worker: Worker, about: tuple, student: str):
        self.cells, _, self.settings = about
        self.cpu, self.student = worker.cpu, student
        try:
            self.judge: JudgeHandle = worker.judges().fork_judge(*about)
        except OSError as error:
            raise Accident(f"no judge could be started: {error}") from error

    def try_test(self, index: int, snapshot: socket.socket, notebook_deadline: float) -> Verdict | dict:
        """The verdict; or the reason why there is none, and then the judge is of no more use."""
        training = is_training(self.cells[index])
        limit = self.settings.wire.seconds + self.settings.judge_slack_seconds
        deadline = min(time.monotonic() + limit, notebook_deadline)
        if training:
            deadline += self.settings.training_seconds
        try:
            request = [REQUEST.pack(index, self.cpu), self.student.encode(errors="surrogatepass")]
            socket.send_fds(self.judge.socket, request, [snapshot.fileno()])
            size = int.from_bytes(self.read(4, deadline), "little")
            if size > self.settings.verdict_bytes:
                return reason("judge_ended")
            return read_verdict(json.loads(self.read(size, deadline)))
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

    def read(self, size: int, deadline: float) -> bytes:
        data = b""
        while len(data) < size:
            self.judge.socket.settimeout(max(0.001, deadline - time.monotonic()))
            chunk = self.judge.socket.recv(size - len(data))
            if not chunk:
                raise OSError("the judge has ended")
            data += chunk
        return data


def show(nb, verdicts: list[Verdict]) -> None:
    """Put the verdicts' outputs into the test cells of a notebook that has run."""
    verdict_of = {verdict.grade_id: verdict for verdict in verdicts}
    for cell in nb.cells:
        verdict = verdict_of.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if verdict is not None:
            cell.outputs, cell.execution_count = verdict.outputs, None
