"""Chapters that are not ours end in a sentence, and every folder of a class is a student unless it is a link."""

import json
from pathlib import Path

import nbformat
import nbgrader
import pytest
import tiny_course as tiny

from autograder.gradebook.coursedir import ClassFolder, submissions
from autograder.intake import masters


def lay_out(root, change=lambda nb: nb):
    """The tiny course below `root`; the solution after `change`."""
    tiny.lay_out(root)
    path = root / "solutions" / "en" / "tiny" / "tiny.ipynb"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    return root / "solutions", root / "notebooks"


def without_ids(nb):
    for cell in nb["cells"]:
        del cell["id"]
    return nb | {"nbformat_minor": 4}


def with_flags(**flags):
    def change(nb):
        cell = next(cell for cell in nb["cells"] if cell["id"] == "test_double")
        cell["metadata"]["nbgrader"].update(flags)
        for name in [name for name, value in flags.items() if value == "absent"]:
            del cell["metadata"]["nbgrader"][name]
        return nb

    return change


@pytest.mark.parametrize(
    "change, words",
    [
        (without_ids, "13 of its 13 cells have no id (nbformat 4.4)"),
        (lambda nb: nb | {"cells": []}, "it has no cells"),
        (lambda nb: nb | {"cells": nb["cells"][1:]}, "hold different cells"),
        (
            lambda nb: {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []},
            "not a notebook of nbformat 4",
        ),
        (lambda nb: [], "not a notebook of nbformat 4"),
        (lambda nb: nb | {"cells": [1]}, "not a notebook of nbformat 4"),
        (with_flags(grade_id="absent"), "cell test_double is graded or an answer, but its metadata has no grade_id"),
        (with_flags(points="absent"), "cell test_double is graded, but its points are None"),
    ],
)
def test_a_chapter_that_cannot_be_graded_says_what_is_missing(tmp_path, change, words):
    with pytest.raises(masters.Stale) as caught:
        masters.load("tiny", *lay_out(tmp_path, change))
    assert words in str(caught.value) and "tiny" in str(caught.value)


def test_a_chapter_without_its_twin_says_which_file_is_missing(tmp_path):
    solutions, released = lay_out(tmp_path)
    (released / "zh" / "tiny" / "tiny.ipynb").unlink()
    assert set(masters.load("tiny", solutions, released)) == {"en"}
    missing = released / "en" / "tiny" / "tiny.ipynb"
    missing.unlink()
    with pytest.raises(masters.Stale, match="has no student version: .*notebooks/en/tiny/tiny.ipynb is missing"):
        masters.load("tiny", solutions, released)


NBGRADERS = sorted((Path(nbgrader.__file__).parent / "tests").rglob("*.ipynb"))


@pytest.mark.parametrize("path", NBGRADERS, ids=lambda path: path.stem)
def test_nbgraders_own_notebooks(tmp_path, path):
    """Notebooks of any kind, as they are and with ids: a chapter, or a sentence."""
    for with_ids in (False, True):
        try:
            nb = nbformat.read(path, as_version=4)
        except Exception:  # noqa: BLE001  broken on purpose
            nb = None
        if with_ids and nb:
            nb.nbformat_minor = 5
            for number, cell in enumerate(nb.cells):
                cell.id = f"cell-{number}"
        text = json.dumps(nb) if with_ids and nb else path.read_text(encoding="utf-8")
        for step in ("solutions", "notebooks"):
            target = tmp_path / step / "en" / path.stem / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        try:
            chapter = masters.load(path.stem, tmp_path / "solutions", tmp_path / "notebooks")
            assert chapter["en"].released.metadata.descent.lang == "en" and chapter["en"].points is not None
        except masters.Stale as error:
            assert path.stem in str(error)


NAMES = [
    "王　小明",
    "a\u00a0b",
    "o'Brien, Pat",
    "ünï",
    "a\nb",
    "x\u200by",
    "=SUM(A1)",
    "-rf",
    "a&b<c>",
    "👩‍🎓",
    "CON",
    " lead",
    "a" * 255,
]


@pytest.mark.parametrize("name", NAMES)
def test_every_folder_name_is_a_student(tmp_path, name):
    tiny.write(tmp_path, name, b"{}")
    found, left = submissions(ClassFolder(tmp_path), {"tiny"})
    assert [one.student for one in found] == [name] and left == []


def test_a_name_that_is_not_utf8_is_left_alone(tmp_path):
    (tmp_path / "submitted").mkdir()
    try:
        (tmp_path / "submitted" / "caf\udce9" / "tiny").mkdir(parents=True)
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    assert submissions(ClassFolder(tmp_path), {"tiny"}) == ([], ["submitted/caf\udce9"])


def test_a_linked_student_folder_is_left_alone(tmp_path):
    tiny.write(tmp_path, "ann", b"{}")
    (tmp_path / "submitted" / "eve").symlink_to(tmp_path / "submitted" / "ann")
    found, left = submissions(ClassFolder(tmp_path), {"tiny"})
    assert [one.student for one in found] == ["ann"] and left == ["submitted/eve"]
