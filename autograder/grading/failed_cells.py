"""A test that finds no name: which cell should have defined it, and the error that this cell ended with."""

import re
from dataclasses import replace

from nbformat import NotebookNode

from autograder.intake.notes import short
from autograder.intake.roles import flags, is_test
from autograder.judging.judge import Verdict
from autograder.sandbox.reasons import reason

NOT_DEFINED = re.compile(r"name '(\w+)' is not defined")
CELL_FILE = re.compile(r"\([^()\s]*\d+\.py, (line \d+)\)")  # IPython's name for a cell says nothing to a reader
CHARACTERS = 120  # of an error's text


def explained(verdict: Verdict, cells: list[NotebookNode]) -> Verdict:
    """`verdict` with the error of the cell that should have defined the name its test asked for; else unchanged.

    cells: the executed notebook's, with outputs.
    """
    error = next((output for output in verdict.outputs if output["output_type"] == "error"), None)
    missing = error and error["ename"] == "NameError" and NOT_DEFINED.search(error["evalue"])
    if not missing or verdict.reason:
        return verdict
    name = missing[1]
    for cell in cells:
        if cell.cell_type == "code" and not is_test(cell) and defines(cell, name):
            failure = next((output for output in cell.outputs if output.output_type == "error"), None)
            if failure is not None:
                text = CELL_FILE.sub(r"(\1)", f"{failure.ename}: {failure.evalue}")
                return replace(
                    verdict, reason=reason("cell_failed", name=name, cell=label(cell), error=short(text, CHARACTERS))
                )
    return verdict


def defines(cell: NotebookNode, name: str) -> bool:
    """Does the text of a cell define `name`? It may be no valid Python."""
    pattern = rf"^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*(?::[^=\n]*)?=[^=]|^[ \t]*(?:from|import)\b.*\b{name}\b"
    return flags(cell).get("grade_id") == name or re.search(pattern, cell.source, re.MULTILINE) is not None


def label(cell: NotebookNode) -> str:
    """What a page calls a cell: its name, or its first line where it is the student's own."""
    first = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    return flags(cell).get("grade_id") or f'"{short(first, 40)}"'
