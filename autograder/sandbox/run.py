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
from autograder.sandbox.kernel import Kernel, KernelGone
from autograder.sandbox.reasons import reason
from autograder.sandbox.settings import Settings
from autograder.sandbox.snapshots import Snapshot
from autograder.sandbox.student_kernel import Host, StudentKernel

EVIDENCE_SECONDS = 0.3  # the end of a sandbox takes its processes one after the other


@dataclass
class Ran:
    """A notebook after its run, and the snapshots for the judge: `with run(...) as ran`. Closing it kills every process
    of the run.

    nb: a copy with the outputs of the cells that ran. snapshots: {grade_id: Snapshot, or the reason why there is
    none}. seconds: {cell id: seconds}. unfinished: {cell id: the reason why it did not run to its end}. end, accident, kill_all_but, root_pid: those of the
    StudentKernel.
    """

    nb: NotebookNode
    folder: Path
    snapshots: dict[str, Snapshot | dict] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    unfinished: dict[str, dict] = field(default_factory=dict)
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
    settings: Settings = Settings(),
) -> Ran:
    """Execute the code cells of an admitted notebook in order; experiments are skipped.

    host: the worker (judging/worker.py). tests: the grade_ids of the test cells. workdir: where the run's folder is
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
            run_cells(kernel, ran, settings)
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
    source = f"open({name!r}, 'wb').write(__import__('base64').b85decode({text!r})) and None"
    cell = NotebookNode(cell_type="code", source=source, outputs=[])
    try:
        kernel.execute(cell, 0, kernel.settings.cell_seconds)
    except KernelGone as error:
        raise Accident(f"the file {name} could not be given to the kernel") from error
    finally:
        kernel.count -= 1


def run_cells(kernel: Kernel, ran: Ran, settings: Settings) -> None:
    seconds_left = settings.notebook_seconds
    gone = None  # the reason why no more cells are run
    for number, cell in enumerate(ran.nb.cells, 1):
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if gone is None and seconds_left <= 0:
            gone = reason("notebook_time", cell=number, seconds=settings.notebook_seconds)
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in ran.snapshots:
            try:
                ran.snapshots[grade_id] = gone or kernel.park() or reason("no_snapshot")
            except KernelGone:
                gone = ran.snapshots[grade_id] = reason("no_snapshot")
        elif gone is None and cell.source.strip() and "experiment" not in cell.metadata.get("tags", []):
            began = time.monotonic()
            try:
                seconds_left -= kernel.execute(cell, number, seconds_left)
            except KernelGone as error:
                gone = ran.unfinished[cell.get("id", str(number))] = error.args[0]
            ran.seconds[cell.get("id", str(number))] = time.monotonic() - began
        elif gone is not None:
            ran.unfinished[cell.get("id", str(number))] = gone
