"""Run a notebook's cells in one kernel and park a snapshot at every test cell. No test is tried here."""

import base64
import shutil
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from autograder import load_object
from autograder.sandbox.accident import Accident
from autograder.sandbox.fair_clock import RunClock
from autograder.sandbox.kernel import Kernel, KernelGone
from autograder.sandbox.outputs import STOPPED, new_output
from autograder.sandbox.reasons import reason
from autograder.sandbox.settings import Settings
from autograder.sandbox.snapshots import Snapshot
from autograder.sandbox.student_kernel import Host, StudentKernel

MANY = 5  # cells that met their limit; then a student's own cells are run no more
MOST_OWN = 20  # own cells that a share of the time is kept for
SETTLE_BELOW = 0.7  # of the time; below a third cells are cut
EVIDENCE_SECONDS = 0.3  # the end of a sandbox takes its processes one after the other


@dataclass
class Ran:
    """A notebook after its run, and the snapshots for the judge: `with run(...) as ran`. Closing it kills every process
    of the run.

    nb: a copy with the outputs of the cells that ran. snapshots: {grade_id: Snapshot, or the reason why there is
    none}. seconds: {cell id: seconds}. unfinished: {cell id: the reason why it did not run to its end}. charged: seconds
    of all cells and snapshots together, as limits count them. end, accident, kill_all_but, root_pid: those of the StudentKernel.
    """

    nb: NotebookNode
    folder: Path
    snapshots: dict[str, Snapshot | dict] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    unfinished: dict[str, dict] = field(default_factory=dict)
    charged: float = 0.0
    end: Callable[[], None] = lambda: None
    accident: Callable[[float], str | None] = lambda seconds: None
    kill_all_but: Callable[[Collection[int]], None] = lambda snapshots: None
    root_pid: int = 0

    def __enter__(self) -> "Ran":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for snapshot in self.snapshots.values():
            if isinstance(snapshot, Snapshot):
                snapshot.close()
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)


def run(
    nb: NotebookNode,
    *,
    host: Host,
    tests: Collection[str],
    workdir: Path | None = None,
    files: dict[str, bytes] | None = None,
    own: Collection[str] = (),
    settings: Settings = Settings(),
) -> Ran:
    """Execute the code cells of an admitted notebook in order; experiments are skipped.

    host: the worker (judging/worker.py). tests: the grade_ids of the test cells. own: the ids of the student's own
    cells, between those of the course. workdir: where the run's folder is
    made; its path must be short, because Unix sockets are below it. files: what stands beside the notebook. The caller closes what is returned.
    Raises Accident, CannotStart, NoWalls, OSError.
    """
    processes: StudentKernel = load_object(settings.kernel_class)(host, settings.kernel_limits(), workdir)
    copy = NotebookNode(nb, cells=[NotebookNode(cell) for cell in nb.cells])
    ran = Ran(
        copy,
        processes.folder,
        {grade_id: reason("not_run") for grade_id in tests},
        end=processes.end,
        accident=processes.accident,
        kill_all_but=processes.kill_all_but,
    )
    try:
        kernel = Kernel(settings, processes)
        ran.root_pid = processes.root_pid()
        try:
            for name, data in (files or {}).items():
                give_file(kernel, name, data)
            run_cells(kernel, ran, settings, own)
        finally:
            kernel.close()
        check_accident(ran, suspicious=any(isinstance(why, dict) for why in ran.snapshots.values()))
    except BaseException:
        ran.close()
        raise
    return ran


def check_accident(ran: Ran, *, suspicious: bool) -> None:
    """Raises Accident if a process of the sandbox has ended without us ending it. suspicious: a student's process has
    ended, which can be the first sign of it."""
    if what := ran.accident(EVIDENCE_SECONDS if suspicious else 0.0):
        raise Accident(what)


def give_file(kernel: Kernel, name: str, data: bytes) -> None:
    """Write a file into the kernel's working directory, which is a file system of its own: a cell of ours does it."""
    text = base64.b85encode(data).decode()
    folder = name.rpartition("/")[0]
    make = f"__import__('os').makedirs({folder!r}, exist_ok=True)\n" if folder else ""
    source = f"{make}open({name!r}, 'wb').write(__import__('base64').b85decode({text!r})) and None"
    cell = NotebookNode(cell_type="code", source=source, outputs=[])
    try:
        kernel.execute(cell, 0, kernel.settings.cell_seconds)
    except KernelGone as error:
        raise Accident(f"the file {name} could not be given to the kernel") from error
    finally:
        kernel.count -= 1


def run_cells(kernel: Kernel, ran: Ran, settings: Settings, own: Collection[str]) -> None:
    budget = Budget(settings, [cell for cell in ran.nb.cells if runs(cell)], own, kernel.run_clock())
    try:
        run_within(budget, kernel, ran, settings)
    finally:
        ran.charged = budget.total - budget.left


def run_within(budget: "Budget", kernel: Kernel, ran: Ran, settings: Settings) -> None:
    gone = None  # the reason why no more cells are run
    for number, cell in enumerate(ran.nb.cells, 1):
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        budget.settle()
        if gone is None and budget.left <= 0:
            gone = reason("notebook_time", cell=number, seconds=settings.notebook_seconds)
        if not runs(cell) and grade_id not in ran.snapshots:
            continue
        seconds = budget.next(cell)
        if grade_id in ran.snapshots:
            clock = kernel.clock(settings.notebook_seconds)
            try:
                limit = min(settings.snapshot_seconds, budget.left)
                ran.snapshots[grade_id] = gone or kernel.park(limit) or reason("no_snapshot")
            except KernelGone:
                gone = ran.snapshots[grade_id] = reason("no_snapshot")
            budget.left -= clock.without_waiting()
        elif gone is None and seconds <= 0:
            ran.unfinished[cell.get("id", str(number))] = reason(
                "notebook_time", cell=number, seconds=settings.notebook_seconds
            )
            cell.outputs = [skipped(settings)]
        elif gone is None:
            began, clock = time.monotonic(), kernel.clock(seconds)
            try:
                budget.charge(kernel.execute(cell, number, seconds), seconds)
            except KernelGone as error:
                budget.charge(min(clock.without_waiting(), seconds + 2 * settings.interrupt_seconds), seconds)
                gone = ran.unfinished[cell.get("id", str(number))] = error.args[0]
            ran.seconds[cell.get("id", str(number))] = time.monotonic() - began
        else:
            ran.unfinished[cell.get("id", str(number))] = gone


def runs(cell: NotebookNode) -> bool:
    """Whether a cell has something to run; experiments are not run."""
    return bool(cell.cell_type == "code" and cell.source.strip() and "experiment" not in cell.metadata.get("tags", []))


def skipped(settings: Settings) -> NotebookNode:
    text = f"{STOPPED}it was not run, because cells before it took nearly all of the {settings.notebook_seconds:g} s"
    return new_output("error", ename="TimeoutError", evalue=text, traceback=[f"TimeoutError: {text}"])


class Budget:
    """The time of a notebook's cells. An endless cell must not keep the answers after it from being defined: a third of
    the time is kept for an equal share of every cell to come.

    cells: those that will run. own: ids of cells that are not the course's. After many of them have met their limit,
    the others are not run: interrupting a cell takes time, too. clock: started with the run.
    """

    def __init__(
        self, settings: Settings, cells: list[NotebookNode], own: Collection[str], clock: RunClock | None = None
    ):
        self.clock = clock
        self.total = self.left = settings.notebook_seconds
        self.cell_seconds, self.own, self.interrupted = settings.cell_seconds, own, 0
        self.own_to_come = sum(cell.id in own for cell in cells)
        self.course_to_come = len(cells) - self.own_to_come

    def next(self, cell: NotebookNode) -> float:
        """Seconds for the next cell; 0 if it is not to run."""
        to_come = self.course_to_come + min(self.own_to_come, MOST_OWN)
        share = self.left / max(1, to_come)
        if cell.id in self.own:
            self.own_to_come -= 1
        else:
            self.course_to_come -= 1
        if cell.id in self.own and self.interrupted >= MANY:
            return 0.0
        return min(self.cell_seconds, max(share, self.left - self.total / 3))

    def settle(self) -> None:
        """Give back what was charged although the machine was busy with other programs; most runs never charge so much."""
        if self.clock and self.left < SETTLE_BELOW * self.total:
            self.left = max(self.left, self.total - self.clock.charged())

    def charge(self, seconds: float, limit: float) -> None:
        self.left -= seconds
        self.interrupted += seconds >= limit
