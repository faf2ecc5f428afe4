"""Run a notebook's cells in one kernel and park a copy of it at every test cell. No test is tried here."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from autograder.sandbox import local_kernel
from autograder.sandbox.kernel import Kernel, KernelGone, Snapshot
from autograder.sandbox.reasons import reason
from autograder.sandbox.settings import Settings
from autograder.intake.roles import is_test


@dataclass
class Ran:
    """A notebook after its run, and the snapshots for the judge: `with run(...) as ran`.

    nb: a copy with the outputs of the cells that ran. snapshots: {grade_id: Snapshot, or a reason why there
    is none}. seconds: {cell id: seconds}. When it is closed, every process of the run is dead.
    """

    nb: dict
    folder: Path
    snapshots: dict[str, Snapshot | dict] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    end: Callable[[Path], None] = local_kernel.LocalKernel.end  # ends every process of the run

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        for snapshot in self.snapshots.values():
            if isinstance(snapshot, Snapshot):
                snapshot.close()
        self.end(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def run(nb, *, workdir: Path | None = None, settings: Settings = Settings()) -> Ran:
    """Execute the code cells of an admitted notebook in order, experiments skipped.

    workdir: where the run's own folder is made (default: the system's temporary folder); its path must be
    short, because sockets live there. The caller closes what is returned.
    """
    behind = local_kernel.provisioner_of(settings)
    folder = behind.new_folder(workdir)
    ran = Ran(NotebookNode(nb, cells=[NotebookNode(cell) for cell in nb.cells]), folder, end=behind.end)
    try:
        tests = [cell for cell in ran.nb.cells if is_test(cell)]
        ran.snapshots = {cell.metadata.nbgrader.grade_id: reason("not_run") for cell in tests}
        kernel = Kernel(settings, folder)
        try:
            run_cells(kernel, ran, settings)
        finally:
            kernel.close()
    except BaseException:
        ran.close()
        raise
    return ran


def run_cells(kernel, ran: Ran, settings: Settings) -> None:
    end = time.monotonic() + settings.notebook_seconds
    gone = None
    for number, cell in enumerate(ran.nb.cells, 1):
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if gone is None and time.monotonic() > end:
            gone = reason("notebook_time", cell=number, seconds=settings.notebook_seconds)
        if is_test(cell):
            grade_id = cell.metadata.nbgrader.grade_id
            try:
                ran.snapshots[grade_id] = gone or kernel.park() or reason("no_snapshot")
            except KernelGone:
                gone = ran.snapshots[grade_id] = reason("no_snapshot")
        elif gone is None and cell.source.strip() and "experiment" not in cell.metadata.get("tags", []):
            began = time.monotonic()
            try:
                kernel.execute(cell, number, end)
            except KernelGone as error:
                gone = error.args[0]
            ran.seconds[cell.get("id", str(number))] = time.monotonic() - began
