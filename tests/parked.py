"""For tests: notebooks in a line or two, and a student's parked process without a kernel."""

import os
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.inside import snapshot
from autograder.intake.roles import flags, is_test
from autograder.judging import judge as judging
from autograder.judging import worker
from autograder.sandbox import run as running
from autograder.sandbox import snapshots
from autograder.sandbox.run import Ran
from autograder.sandbox.snapshots import Snapshot


def code(source, id, *, tags=(), **flags):
    """A code cell; nbgrader's flags if there are any."""
    cell = new_code_cell(source, id=id)
    if tags:
        cell.metadata["tags"] = list(tags)
    if flags:
        cell.metadata["nbgrader"] = (
            dict(schema_version=3, grade_id=id, grade=False, solution=False, locked=False, cell_type="code") | flags
        )
    return cell


def answer(source, id="answer"):
    return code(source, id, solution=True)


def graded(source, id="test", points=4):
    return code(source, id, grade=True, locked=True, points=points)


def notebook(*cells):
    return new_notebook(
        cells=[new_markdown_cell(c, id=f"text{i}") if isinstance(c, str) else c for i, c in enumerate(cells)]
    )


def grade_ids(nb) -> frozenset[str]:
    """The grade_ids of a notebook's test cells."""
    return frozenset(flags(cell)["grade_id"] for cell in nb.cells if is_test(cell))


def run(nb, **options) -> Ran:
    """sandbox.run on this thread's worker."""
    return running.run(nb, host=worker.current(), tests=grade_ids(nb), **options)


def judge(nb, ran: Ran, **options):
    """judging.judge with this thread's worker."""
    return judging.judge(nb, ran, worker=worker.current(), tests=grade_ids(nb), **options)


def park(names) -> Snapshot:
    """A fork of this process that serves `names`, as the kernel's does."""
    ours, theirs = snapshots.socket_pair()
    snapshot.park(theirs, names)
    return snapshots.accept(ours, time.monotonic() + 10)


class Parked:
    """A run that needs no kernel: one fork for every test id, all with the names that `source` defines."""

    def __init__(self, source, *ids):
        self.source, self.ids = source, ids

    def __enter__(self) -> Ran:
        names = {}
        exec(self.source, names)
        self.ran = Ran(SimpleNamespace(cells=[]), Path(tempfile.mkdtemp()), {id: park(names) for id in self.ids})
        self.pids = [s.pid for s in self.ran.snapshots.values()]
        return self.ran

    def __exit__(self, *_):
        self.ran.close()
        for pid in self.pids:
            os.waitpid(pid, 0)
