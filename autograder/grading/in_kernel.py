"""Tests of an adopted assignment that cannot be judged outside of the student's process.

`make adopt` marks them. They wait for a person, unless class.toml says in_kernel = true: then they run as ordinary cells of
the student's kernel, in the sandbox and within its limits, and the verdict is that kernel's own. Code of the student's can
therefore read such a test and decide its result; a note with each grade says so.
"""

from collections.abc import Set
from typing import Any

from nbformat import NotebookNode

from autograder.grading.outcome import Judged, error_output
from autograder.intake.notes import note
from autograder.intake.roles import flags, is_test
from autograder.sandbox.outputs import CUT, new_output, text_of
from autograder.sandbox.run import Ran

TAG = "not-outside"  # of the test cells that only the student's own process can run
WAITS = Judged(None, [], note("not_outside"))


def tests_of(nb: NotebookNode) -> frozenset[str]:
    """The grade_ids of a notebook's tests that cannot be judged outside."""
    return frozenset(
        flags(cell)["grade_id"] for cell in nb.cells if is_test(cell) and TAG in cell.metadata.get("tags", ())
    )


def without(nb: NotebookNode, tests: Set[str]) -> NotebookNode:
    """The notebook with these test cells blank, so that they are not run. A shallow copy."""
    blank = [NotebookNode(cell, source="") if flags(cell).get("grade_id") in tests else cell for cell in nb.cells]
    return NotebookNode(nb, cells=blank)


def verdicts(ran: Ran, tests: Set[str], released: NotebookNode) -> dict[str, Judged]:
    """The kernel's own verdict on each of these tests. released: tells which of them have hidden parts."""
    visible = {flags(cell).get("grade_id"): cell.source for cell in released.cells}
    return {
        flags(cell)["grade_id"]: verdict(
            cell, ran.unfinished.get(cell.id), hidden=visible[flags(cell)["grade_id"]] != cell.source
        )
        for cell in ran.nb.cells
        if flags(cell).get("grade_id") in tests
    }


def verdict(cell: NotebookNode, unfinished: dict[str, Any] | None, *, hidden: bool) -> Judged:
    """All points, the number that the cell ends with, or none after an error. What it printed is not shown: it may repeat
    hidden tests, and so may the text of an error."""
    most = float(flags(cell)["points"])
    if unfinished is not None:
        why = {lang: unfinished[lang] for lang in ("en", "zh")}
        return Judged(0.0, [error_output("NotTried", why["en"])], why, {"reason": unfinished["code"]})
    for output in cell.outputs:
        if output.output_type == "error":
            text = "" if hidden else text_of(output.evalue, 1000)
            return Judged(0.0, [error_output(text_of(output.ename, 100), text)])
        if output.output_type == "stream" and CUT in output.text:
            return Judged(0.0, [error_output("NotTried", "the test printed too much")])
    value = next((out.data.get("text/plain", "") for out in cell.outputs if out.output_type == "execute_result"), None)
    points = most if value is None else number(value, most)
    if points is None:
        return Judged(
            None, [error_output("NotANumber", f"the test ends with a value that is no number in 0..{most:g}")]
        )
    return Judged(points, [new_output("execute_result", data={"text/plain": repr(points)})])


def number(text: str, most: float) -> float | None:
    """A number of points, None for what is none."""
    try:
        points = float(text)
    except ValueError:
        return None
    return points if 0 <= points <= most else None
