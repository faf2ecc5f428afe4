"""A test that finds no name says which cell should have defined it, and how that cell ended."""

import pytest
from nbformat.v4 import new_code_cell, new_output

from autograder.grading.failed_cells import explained
from autograder.judging.judge import Verdict


def verdict(ename="NameError", evalue="name 'f' is not defined", **fields):
    return Verdict(
        "test_f", 0.0, 5.0, [{"output_type": "error", "ename": ename, "evalue": evalue, "traceback": []}], 0.1, **fields
    )


def cell(source, *, grade_id=None, error=None):
    outputs = [new_output("error", ename=error[0], evalue=error[1], traceback=[])] if error else []
    metadata = {"nbgrader": {"grade_id": grade_id, "solution": True, "grade": False}} if grade_id else {}
    return new_code_cell(source, outputs=outputs, metadata=metadata)


BROKEN = ("ModuleNotFoundError", "No module named 'torch'")


def test_the_cell_and_its_error_are_named_in_both_languages():
    found = explained(verdict(), [cell("import torch\ndef f(): ...", grade_id="f", error=BROKEN)]).reason
    assert found["code"] == "cell_failed"
    for text in (found["en"], found["zh"]):
        assert "ModuleNotFoundError: No module named 'torch'" in text and " f " in text


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return (",
        "class f: pass",
        "f = 1",
        "f: int = 1",
        "from helpers import f",
        "async def f(): ...",
        "    def f(x): ...",
    ],
)
def test_a_cell_of_the_students_own_is_found_by_what_it_defines(source):
    text = explained(verdict(), [cell("g = 2", error=("ValueError", "other")), cell(source, error=BROKEN)]).reason["en"]
    assert "torch" in text and "other" not in text


def test_the_line_is_named_without_the_file_that_ipython_made_and_brackets_can_be_read():
    broken = ("SyntaxError", "f-string: unmatched '[' (3705415620.py, line 2)")
    text = explained(verdict(), [cell("f = 1", error=broken)]).reason["en"]
    assert "unmatched '［' (line 2)" in text and "3705415620" not in text


@pytest.mark.parametrize(
    "cells", [[], [cell("def f(): ...")], [cell("f == 1", error=BROKEN)], [cell("def ff(): ...", error=BROKEN)]]
)
def test_without_such_a_cell_nothing_is_changed(cells):
    assert explained(verdict(), cells) == verdict()


def test_other_errors_and_known_reasons_are_left_alone():
    cells = [cell("def f(): ...", grade_id="f", error=BROKEN)]
    for other in (verdict("ValueError", "no"), verdict(reason={"code": "wire", "en": "a", "zh": "b"})):
        assert explained(other, cells) == other


def test_what_a_student_raises_cannot_leave_its_place_in_the_sentence():
    text = explained(verdict(), [cell("f = 1", error=("E", "<script>`|[x](y)\n" + "z" * 500))]).reason["en"]
    assert not set("<>`[]\n") & set(text) and len(text) < 300
