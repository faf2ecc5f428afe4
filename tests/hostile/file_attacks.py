"""Attacks by submitted files: name -> (what it tries, function of the student's folder and an honest notebook).

In the honest notebook `double` is solved and `square` is not. Each function writes the submission.
"""

import io
import json
import os
import zipfile
from copy import deepcopy

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from hostile.reading import READING
from hostile.texts_and_sizes import MORE
from hostile.time_and_hooks import NOTEBOOKS

NAME = "tiny.ipynb"


def cell(nb, id):
    return next(c for c in nb.cells if c.id == id)


def edited(change):
    """An attack that changes the notebook in place."""

    def attack(folder, nb):
        change(nb)
        (folder / NAME).write_text(json.dumps(nb), encoding="utf-8")

    return attack


def duplicate_cells(nb):
    for id in ("test_square", "test_double", "square"):
        copy = deepcopy(cell(nb, id))
        copy.source = "6.0"
        nb.cells.insert(1, copy)


def duplicate_with_new_id(nb):
    copy = deepcopy(cell(nb, "test_double"))
    copy.id, copy.metadata.nbgrader.points = "another", 100
    nb.cells.append(copy)


def missing_cells(nb):
    nb.cells = [c for c in nb.cells if c.id not in ("test_square", "setup", "given")]


def retagged(nb):
    for c in nb.cells:
        flags = c.metadata.get("nbgrader")
        if flags:
            flags.update(points=100, locked=False, grade=c.id != "test_square", solution=True)


def converted(nb):
    for id in ("test_square", "square"):
        c = cell(nb, id)
        c.cell_type = "markdown"
        c.pop("outputs", None), c.pop("execution_count", None)


def swapped_names(nb):
    a, b = cell(nb, "test_square"), cell(nb, "test_double")
    a.id, b.id = b.id, a.id
    a.metadata.nbgrader.grade_id, b.metadata.nbgrader.grade_id = "test_double", "test_square"


def skipped(nb):
    for c in nb.cells:
        if c.cell_type == "code" and c.id != "double":
            c.metadata["tags"] = ["skip-execution", "raises-exception", "experiment", "remove-cell"]


def other_kernel(nb):
    nb.metadata["kernelspec"] = {
        "name": "../../evil",
        "display_name": "x",
        "language": "bash",
        "metadata": {"kernel_provisioner": {"provisioner_name": "local-provisioner"}},
        "argv": ["sh", "-c", "touch CLASS/pwned"],
    }


def edited_tests(nb):
    cell(nb, "test_square").source = "6.0"
    cell(nb, "given").source = "raise SystemExit"


def ready_outputs(nb):
    for id in ("test_square", "why"):
        c = cell(nb, id)
        c["outputs"] = [new_output("execute_result", {"text/plain": "6.0"}, execution_count=1)] * 3
        c["execution_count"] = 1


def forged_result(nb):
    nb.metadata["descent"]["grading"] = {"waiting": [], "notes": [], "refused": None, "seconds": {}, "lang": "en"}
    nb.metadata["nbgrader"] = {"score": 14}
    nb.cells.insert(0, new_markdown_cell("x", id="grader-notes"))


def own_cell_with_a_tests_name(nb):
    c = new_code_cell("square = None", id="test_square")
    c.metadata["nbgrader"] = dict(cell(nb, "test_square").metadata.nbgrader, points=0)
    nb.cells = [x for x in nb.cells if x.id != "test_square"] + [c]


def other_language(nb):
    nb.metadata["descent"]["lang"] = "../../../zh"


def bad_points(nb):
    cell(nb, "test_square").metadata.nbgrader["points"] = float("nan")
    cell(nb, "test_double").metadata.nbgrader["points"] = -(10**400)


def script_in_markdown(nb):
    nb.cells.append(
        new_markdown_cell(
            "<script>EVIL()</script><a href='javascript:EVIL()'>x</a>\n\n![x](x\" onerror=\"EVIL())"
            "<img src=x onerror=EVIL()>",
            id="mine",
        )
    )
    cell(nb, "why").source = "<svg onload=EVIL()></svg><iframe src='javascript:EVIL()'></iframe>"


def script_in_metadata(nb):
    nb.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": "</script><script>EVIL()</script>"}
    }
    nb.metadata["title"] = "</title><script>EVIL()</script>"
    nb.metadata["authors"] = [{"name": "<script>EVIL()</script>"}]
    cell(nb, "why")["attachments"] = {"<script>EVIL()</script>.svg": {"image/svg+xml": "PHN2ZyBvbmxvYWQ9RVZJTCgpPg=="}}


def many_cells(nb):
    nb.cells += [new_code_cell("1", id=f"c{i}") for i in range(1200)]


def long_cell(nb):
    cell(nb, "square").source = "x = 1\n" * 1_000_000


def handed_in(data):
    return lambda folder, nb: (folder / NAME).write_bytes(data)


def sparse(folder, nb):
    with open(folder / NAME, "wb") as file:
        file.truncate(200 << 20)


def link_to_other(folder, nb):
    os.symlink("../../ann/tiny/tiny.ipynb", folder / NAME)


def link_to_secret(folder, nb):
    os.symlink("../../../.secret", folder / NAME)


def folder_is_a_link(folder, nb):
    folder.rmdir()
    os.symlink("../ann/tiny", folder)


def pipe(folder, nb):
    os.mkfifo(folder / NAME)


def folder_in_place(folder, nb):
    (folder / NAME).mkdir()


def path_in_name(folder, nb):
    nbformat.write(nb, folder / "a..%2f..%2f$(touch pwned);`touch pwned`.ipynb")


def markup_in_name(folder, nb):
    nbformat.write(nb, folder / "<script>EVIL()<⁄script>.ipynb")


def zip_of_work(folder, nb):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("../../../pwned", "PWNED")
        file.writestr("../../ann/tiny/tiny.ipynb", "PWNED")
    (folder / "tiny.zip").write_bytes(data.getvalue())


def code_beside(folder, nb):
    nbformat.write(nb, folder / NAME)
    for name in ("numpy.py", "sitecustomize.py", "nbgrader_config.py", "conftest.py", "jupyter_config.py"):
        (folder / name).write_text("open('CLASS/pwned', 'w')\nraise SystemExit\n")


def bad_timestamp(folder, nb):
    nbformat.write(nb, folder / NAME)
    (folder / "timestamp.txt").write_text("2001-01-01 00:00:00 UTC\n=cmd|'/c calc'!A1\n" * 1000)


FILES = (
    {
        "duplicate_cells": ("copies of tests and answers under the same names", edited(duplicate_cells)),
        "duplicate_with_new_id": ("a copy of a solved test that is worth 100", edited(duplicate_with_new_id)),
        "missing_cells": ("the unsolved test and the given cells are gone", edited(missing_cells)),
        "retagged": ("every cell is worth 100, nothing is a test", edited(retagged)),
        "converted": ("the unsolved test and its answer become text", edited(converted)),
        "swapped_names": ("the two tests exchange their names", edited(swapped_names)),
        "skipped": ("tags say that the cells need not run", edited(skipped)),
        "other_kernel": ("names a kernel whose command line is a shell's", edited(other_kernel)),
        "edited_tests": ("the unsolved test is replaced by its points", edited(edited_tests)),
        "ready_outputs": ("the unsolved test has full points as its output already", edited(ready_outputs)),
        "forged_result": ("metadata says that it has been graded", edited(forged_result)),
        "own_cell_with_a_tests_name": ("a cell of one's own under the test's name", edited(own_cell_with_a_tests_name)),
        "other_language": ("a path in place of the language", edited(other_language)),
        "bad_points": ("tests worth NaN and minus 10**400", edited(bad_points)),
        "script_in_markdown": ("scripts in text cells", edited(script_in_markdown)),
        "script_in_metadata": ("scripts in title, authors, widgets and attachments", edited(script_in_metadata)),
        "many_cells": ("1200 cells", edited(many_cells)),
        "long_cell": ("a cell of 6 MB", edited(long_cell)),
        "broken_json": ("half a notebook", handed_in(b'{"nbformat": 4, "cells": [{"cell_type": "co')),
        "deep_json": ("JSON nested 100 000 deep", handed_in(b'{"nbformat": 4, "cells": ' + b"[" * 100_000)),
        "no_text": ("bytes that are no text", handed_in(bytes(range(256)) * 10)),
        "big_number": ("a number with a million digits", handed_in(b'{"nbformat": ' + b"9" * 1_000_000 + b"}")),
        "empty_file": ("an empty file", handed_in(b"")),
        "wrong_types": (
            "lists where objects belong",
            handed_in(b'{"nbformat": 4, "metadata": [], "cells": [[], 1, null]}'),
        ),
        "sparse": ("a file of 200 MB", sparse),
        "link_to_other": ("a link to another student's notebook", link_to_other),
        "link_to_secret": ("a link to the class's secret", link_to_secret),
        "folder_is_a_link": ("a link to another student's folder", folder_is_a_link),
        "pipe": ("a pipe that never ends", pipe),
        "folder_in_place": ("a folder under the notebook's name", folder_in_place),
        "path_in_name": ("a path and a command in the file's name", path_in_name),
        "markup_in_name": ("a script in the file's name", markup_in_name),
        "zip_of_work": ("a zip whose names lead out of the folder", zip_of_work),
        "code_beside": ("modules and configuration beside the notebook", code_beside),
        "bad_timestamp": ("a timestamp with formulas and 1000 lines", bad_timestamp),
    }
    | MORE
    | NOTEBOOKS
    | READING
)
