"""Try the master's test cells on the parked snapshots of a student's kernel, in a child that may be killed.

The child has its own memory limit and no gradebook. Results come back as JSON bytes.
"""

import contextlib
import json
import os
import signal
import socket
import time

from nbformat import from_dict

from autograder.judging import prepared
from autograder.sandbox import cpu_affinity
from autograder.sandbox.kernel import Snapshot
from autograder.judging.nursery import QUESTION
from autograder.sandbox.reasons import reason
from autograder.intake.roles import is_test
from autograder.sandbox.run import Ran
from autograder.sandbox.settings import Settings
from autograder.judging.test_cell import Verdict, error_output


def judge(master, ran: Ran, *, assignment: str, secret: str, lang: str = "en", student: str = "",
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
                child = Child(source, assignment=assignment, secret=secret, lang=lang, student=student,
                              settings=settings)
            began = time.monotonic()
            verdict = child.try_test(index, snapshot.socket, end)
            if trains(source[index]):
                end += time.monotonic() - began
            snapshot.close()
            if isinstance(verdict, dict):
                child.close()
                child, verdict = None, without_points(grade_id, points, verdict)
            verdicts.append(verdict)
    finally:
        if child is not None:
            child.close()
    return verdicts


def get_ready(master, *, assignment: str, secret: str, lang: str, settings: Settings) -> None:
    """Let what the judges of these tests are forked from get ready, while we do something else."""
    with contextlib.suppress(OSError):  # `judge` will meet it again
        prepared.ready([slim(cell) for cell in master.cells], dict(assignment=assignment, secret=secret, lang=lang),
                       settings)


def slim(cell) -> dict:
    """What the child needs of a master's cell, as plain data."""
    flags = cell.metadata.get("nbgrader", {})
    return {"cell_type": cell.cell_type, "source": cell.source,
            "metadata": {"tags": list(cell.metadata.get("tags", [])), "nbgrader": dict(flags)}}


def trains(cell: dict) -> bool:
    """Whether a test trains what the student configured: plain data, so that what time it takes is ours to answer for."""
    return "training" in cell["metadata"]["tags"]


def read_verdict(fields: dict) -> Verdict:
    return Verdict(**fields | {"outputs": [from_dict(output) for output in fields["outputs"]]})


def without_points(grade_id: str, max_points: float, why: dict) -> Verdict:
    return Verdict(grade_id, 0.0, max_points, [error_output("NotTried", why["en"])], 0.0, reason=why)


class Child:
    """A process that tries tests one after another, each on the socket it is handed."""

    def __init__(self, cells, *, student, settings, **terms):
        self.cells, self.student, self.settings = cells, student, settings
        self.ours, self.pidfd = prepared.fork(cells, terms, settings)

    def try_test(self, index: int, sock, end: float) -> Verdict | dict:
        """The verdict, or the reason why there is none: the child is then of no more use."""
        training = trains(self.cells[index])
        limit = self.settings.wire.seconds + self.settings.judge_slack_seconds
        deadline = min(time.monotonic() + limit, end)
        if training:
            deadline += self.settings.training_seconds
        try:
            socket.send_fds(self.ours, [QUESTION.pack(index, cpu_affinity.ours()), self.student.encode(errors="surrogatepass")],
                            [sock.fileno()])
            size = int.from_bytes(self.read(4, deadline), "little")
            if size > self.settings.verdict_bytes:
                return reason("judge_ended")
            return read_verdict(json.loads(self.read(size, deadline)))
        except TimeoutError:
            if training:
                return reason("training_time", seconds=self.settings.training_seconds)
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
        with contextlib.suppress(ProcessLookupError):  # it has ended, and whoever inherited it knows already
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        os.close(self.pidfd)


def show(nb, verdicts: list[Verdict]) -> None:
    """Put the verdicts' outputs into the test cells of a notebook that has run."""
    by_id = {verdict.grade_id: verdict for verdict in verdicts}
    for cell in nb.cells:
        if is_test(cell):
            verdict = by_id[cell.metadata.nbgrader.grade_id]
            cell.outputs, cell.execution_count = verdict.outputs, None
