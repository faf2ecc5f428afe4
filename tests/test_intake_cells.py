"""Which cell is whose: pasted copies, code in the wrong cell, essays near their question, and no false accusation."""

import json
import sys
from copy import deepcopy

import pytest
import tiny_course as tiny
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.utils import determine_grade

from autograder.intake import masters, repairs, suspicion
from autograder.intake.admit import rebuild
from autograder.intake.notes import note
from autograder.intake.submitted import parse

RELEASED = {lang: masters.make(tiny.solution(lang), tiny.released(lang)).released for lang in tiny.TEXT}
IDS = [cell.id for cell in RELEASED["en"].cells]
RIGHT = tiny.answered(**tiny.RIGHT)
HELPER = "def helper(x):\n    return x + x"
PROMPT = tiny.TEXT["en"]["why-prompt"]
ESSAY = "Because twice two is four, as everybody knows."


def admitted(nb):
    return rebuild(parse(json.dumps(nb).encode()), RELEASED)


def own(result):
    """(type, source, id of the course cell before it) of each cell of the student's own."""
    found, before = [], None
    for cell in result.nb.cells:
        if cell.id.startswith("own-"):
            found.append((cell.cell_type, cell.source, before))
        else:
            before = cell.id
    return found


def waits(result):
    """Does nbgrader leave the essay to a person?"""
    return determine_grade(tiny.find(result.nb, "why"))[0] is None


def place(nb, name):
    return [cell.get("id") for cell in nb.cells].index(name)


def pasted(name, source, *, before, id="pasted", type="code", metadata=True):
    """A notebook with a copy of the course cell `name` in which the student has typed `source`."""
    nb = deepcopy(RIGHT)
    make = new_code_cell if type == "code" else new_markdown_cell
    copy = make(source, id=id or name, metadata=deepcopy(tiny.find(nb, name).metadata) if metadata else {})
    nb.cells.insert(place(nb, before), copy)
    return nb


# A copy of a course cell with another text is the student's own cell


@pytest.mark.parametrize(
    "name", ["setup", "given", "provided", "test_double", "test_square", "play", "double", "intro", "why-prompt"]
)
@pytest.mark.parametrize("id", ["pasted", ""])
def test_a_helper_typed_over_a_pasted_cell_runs_where_it_stands(name, id):
    """With a new id and the metadata (JupyterLab), and with the same id (VS Code)."""
    nb = pasted(name, HELPER, before="square", id=id)
    if name == "double":
        nb.cells[place(nb, "square") - 1].id = id or "double"
    result = admitted(nb)
    assert own(result) == [("code", HELPER, "play")]
    tagged = bool(tiny.find(RELEASED["en"], name).metadata.get("nbgrader"))
    if tagged or not id:
        assert note("own_copies", ids=[name]) in result.notes
    for kept, source in tiny.RIGHT.items():
        assert tiny.find(result.nb, kept).source == source


@pytest.mark.parametrize("name", ["given", "test_double", "intro"])
def test_it_does_not_matter_whether_the_original_is_there(name):
    nb = pasted(name, HELPER, before="double")
    nb.cells = [cell for cell in nb.cells if cell.id != name]
    assert [source for _, source, _ in own(admitted(nb))] == [HELPER]


def test_a_copy_above_the_original_with_the_same_id_is_not_taken_for_it():
    nb = pasted("double", HELPER, before="double", id="")
    result = admitted(nb)
    assert tiny.find(result.nb, "double").source == tiny.RIGHT["double"] and own(result) == [
        ("code", HELPER, "provided")
    ]


def test_a_text_cell_that_became_code_runs():
    nb = deepcopy(RIGHT)
    nb.cells[place(nb, "intro")] = new_code_cell(HELPER, id="intro")
    result = admitted(nb)
    assert own(result) == [("code", HELPER, None)] and tiny.find(result.nb, "intro").source == tiny.TEXT["en"]["intro"]


def test_a_pasted_text_cell_with_a_text_of_the_students_is_kept():
    assert own(admitted(pasted("intro", "My notes.", before="square", type="markdown", id=""))) == [
        ("markdown", "My notes.", "play")
    ]


def test_old_formats_without_ids():
    nb = pasted("test_double", HELPER, before="double")
    nb.nbformat_minor = 4
    for cell in nb.cells:
        del cell["id"]
    assert own(admitted(nb)) == [("code", HELPER, "provided")]


def test_no_code_goes_without_a_word():
    """Whatever was typed into a copy of whatever cell: it runs, or a note names the cell."""
    for name in IDS:
        for id in ("pasted", name):
            result = admitted(pasted(name, HELPER, before="square", id=id))
            kept = any(HELPER in cell.source for cell in result.nb.cells)
            assert kept, f"{name} pasted with the id {id}"


# Code in the wrong cell


@pytest.mark.parametrize("name", ["test_square", "provided", "given", "play", "setup"])
def test_an_answer_written_into_another_course_cell_counts(name):
    nb = tiny.answered(**{**tiny.RIGHT, "double": tiny.find(RELEASED["en"], "double").source})
    cell = tiny.find(nb, name)
    cell.source = tiny.RIGHT["double"] + "\n\n" + cell.source
    result = admitted(nb)
    assert tiny.find(result.nb, "double").source.startswith(tiny.RIGHT["double"])
    assert note("moved_answers", ids=["double"]) in result.notes


@pytest.mark.parametrize("after", ["test_double", "why"])
def test_an_answer_below_its_test_counts(after):
    nb = tiny.answered(**{**tiny.RIGHT, "double": tiny.find(RELEASED["en"], "double").source})
    nb.cells.insert(place(nb, after) + 1, new_code_cell(tiny.RIGHT["double"], id="mine"))
    result = admitted(nb)
    assert tiny.find(result.nb, "double").source == tiny.RIGHT["double"]
    assert result.notes == [note("moved_answers", ids=["double"])] and own(result) == []


def test_an_answer_between_its_stub_and_its_test_stays_where_it_is():
    nb = tiny.answered(**{**tiny.RIGHT, "double": tiny.find(RELEASED["en"], "double").source})
    nb.cells.insert(place(nb, "test_double"), new_code_cell(tiny.RIGHT["double"], id="mine"))
    result = admitted(nb)
    assert result.notes == [] and own(result) == [("code", tiny.RIGHT["double"], "double")]


def test_a_second_definition_below_the_test_gets_a_sentence():
    nb = deepcopy(RIGHT)
    nb.cells.append(new_code_cell("def double(x):\n    return 3 * x", id="mine"))
    result = admitted(nb)
    assert result.notes == [note("defined_below", ids=["double"])]
    assert tiny.find(result.nb, "double").source == tiny.RIGHT["double"]


def test_merged_cells():
    """The given cell and the answer's, merged by JupyterLab, have the id of the first."""
    nb = deepcopy(RIGHT)
    tiny.find(nb, "provided").source += "\n\n" + tiny.RIGHT["double"]
    nb.cells = [cell for cell in nb.cells if cell.id != "double"]
    assert tiny.RIGHT["double"] in tiny.find(admitted(nb).nb, "double").source


# Essays: never 0 without a person where the student wrote something near


def essay(*cells, answer="YOUR ANSWER HERE", question=PROMPT, above=()):
    """A notebook with the question, own cells, the answer's cell, and more own cells."""
    nb = tiny.answered(**{**tiny.RIGHT, "why": answer})
    tiny.find(nb, "why-prompt").source = question
    nb.cells[place(nb, "why") : place(nb, "why")] = list(above)
    nb.cells += list(cells)
    return nb


def bare(nb, minor=4):
    nb = tiny.strip_names(nb)
    nb.nbformat_minor = minor
    return nb


ESSAYS = {
    "in its cell": essay(answer=ESSAY),
    "below the placeholder": essay(answer="YOUR ANSWER HERE\n\n" + ESSAY),
    "in a new cell below": essay(new_markdown_cell(ESSAY)),
    "in a new cell above": essay(above=[new_markdown_cell(ESSAY)]),
    "in several cells": essay(
        new_markdown_cell("Because twice two"), new_markdown_cell("is four, as everybody knows.")
    ),
    "in the question": essay(question=f"{PROMPT}\n\n{ESSAY}"),
    "in the question, without an empty line": essay(question=f"{PROMPT}\n**Answer:** {ESSAY}"),
    "a sketch between": essay(new_markdown_cell("![sketch](attachment:a.png)"), new_markdown_cell(ESSAY)),
    "in a code cell": essay(new_code_cell(ESSAY)),
    "in a raw cell": essay(new_raw_cell(ESSAY)),
    "answer emptied": essay(new_markdown_cell(ESSAY), answer=""),
}
WITHOUT = {  # the answer's cell deleted
    "answer deleted, new cell": essay(new_markdown_cell(ESSAY)),
    "answer deleted, in the question": essay(question=f"{PROMPT}\n\n{ESSAY}"),
    "answer deleted, question touched": essay(new_markdown_cell(ESSAY), question=f"{PROMPT} (3 points)"),
}
for nb in WITHOUT.values():
    nb.cells = [cell for cell in nb.cells if cell.id != "why"]
ESSAYS |= WITHOUT
ESSAYS |= {f"{name}, without ids": bare(nb) for name, nb in ESSAYS.items()}
ESSAYS["question cut into blocks"] = bare(essay(new_markdown_cell(ESSAY), question=""))
ESSAYS["question cut into blocks"].cells[-2:-1] = [new_markdown_cell("Why is it"), new_markdown_cell("four?")]


def windows(nb):
    nb = deepcopy(nb)
    for cell in nb.cells:
        cell.source = cell.source.replace("\n", "\r\n")
    return nb


@pytest.mark.parametrize("name", ESSAYS)
@pytest.mark.parametrize("line_ends", ["\n", "\r\n"])
def test_an_essay_near_its_question_is_read_by_a_person(name, line_ends):
    nb = windows(ESSAYS[name]) if line_ends == "\r\n" else ESSAYS[name]
    result = admitted(nb)
    text = tiny.find(result.nb, "why").source
    for word in ("Because twice two", "is four, as everybody knows."):
        assert word in text
    assert waits(result)
    assert PROMPT not in text or "without ids" in name
    shown = "\n".join(cell.source for cell in result.nb.cells)
    assert shown.count("Because twice two") == 1
    assert [cell.id for cell in result.nb.cells if not cell.id.startswith("own-")] == IDS


@pytest.mark.parametrize(
    "nb",
    [
        essay(),
        bare(essay()),
        windows(essay()),
        essay(answer=""),
        essay(new_code_cell("x = 1; print(x)")),
        essay(question=PROMPT + "  \n"),
    ],
)
def test_a_blank_essay_has_no_points_and_waits_for_nobody(nb):
    assert determine_grade(tiny.find(admitted(nb).nb, "why"))[0] == 0


def test_cells_of_other_questions_are_no_essay():
    nb = essay()
    nb.cells.insert(place(nb, "square"), new_markdown_cell("My thoughts on squares."))
    result = admitted(nb)
    assert not waits(result) and own(result) == [("markdown", "My thoughts on squares.", "play")]


def test_the_note_says_that_a_person_reads_it():
    assert admitted(ESSAYS["in a new cell below"]).notes == [note("essays_nearby", ids=["why"])]
    assert admitted(ESSAYS["answer deleted, new cell"]).notes == [note("adopted_answers", ids=["why"])]


def test_pictures_of_an_essay_in_several_cells_do_not_collide():
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    cells = [
        new_markdown_cell("![](attachment:image.png)", attachments={"image.png": {"image/png": png}}) for _ in range(2)
    ]
    answer = tiny.find(admitted(essay(*cells)).nb, "why")
    assert len(answer.attachments) == 2 and all(f"attachment:{name}" in answer.source for name in answer.attachments)


# No false accusation


def test_line_ends_and_invisible_spaces_are_no_edit():
    assert admitted(windows(RIGHT)).notes == []
    nb = deepcopy(RIGHT)
    for cell in nb.cells:
        cell.source = "\ufeff" + cell.source.replace(" ", "\u00a0", 1 if cell.cell_type == "markdown" else 0) + "  \n\n"
    assert admitted(nb).notes == []


def test_answers_run_with_unix_line_ends():
    assert "\r" not in json.dumps(admitted(windows(RIGHT)).nb)


# Syntax that is newer than the grader's Python


@pytest.mark.parametrize(
    "source, version",
    [
        ('d = {"a": 1}\nprint(f"{d["a"]}")', (3, 12)),
        ("x = f'{d['a']:>4} and {y}'", (3, 12)),
        ("def first[T](items: list[T]) -> T:\n    return items[0]", (3, 12)),
        ("type Pair = tuple[int, int]", (3, 12)),
        ("try:\n    pass\nexcept KeyError, ValueError:\n    pass", (3, 14)),
        ('x = t"{1}"', (3, 14)),
        ('print(f"{x} {y!r:>{width}}", "{", d["a"])', None),
        ("x = f\"{d['a']}\"", None),
        ('x = f"{{{a}}}" + "}"', None),
        ('print(f"a{b}" "c{d}")', None),
        ("type = 3\ntype_x = 4", None),
        ('f"{a}" if "{" in b else "}"', None),
    ],
)
def test_newer_syntax_names_both_versions(monkeypatch, source, version):
    monkeypatch.setattr(repairs.sys, "version_info", (3, 11, 7))
    nb = deepcopy(RIGHT)
    tiny.find(nb, "double").source = source + "\n" + tiny.RIGHT["double"]
    nb.metadata["language_info"] = {"name": "python", "version": "3.14.1"}
    notes = [found["en"] for found in admitted(nb).notes]
    if version is None:
        assert notes == []
    else:
        assert len(notes) == 1 and "Python {}.{} or newer".format(*version) in notes[0]
        assert "graded with Python 3.11. Your notebook ran with Python 3.14.1" in notes[0]


def test_the_pattern_agrees_with_the_running_python():
    """What this Python reads gets no note."""
    for version in repairs.NEWER_SYNTAX:
        if version <= sys.version_info[:2]:
            nb = deepcopy(RIGHT)
            tiny.find(nb, "double").source = 'x = f"{d["a"]}"\n' + tiny.RIGHT["double"]
            assert admitted(nb).notes == []


@pytest.mark.parametrize(
    "answer", ["four", "Why?", "it", "Because:\n\n- twice\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |"]
)
def test_an_essay_is_taken_over_as_it_was_written(answer):
    """Short words that stand in the question too, paragraphs, lists and tables."""
    for nb in (essay(new_markdown_cell(answer)), bare(essay(new_markdown_cell(answer)))):
        assert tiny.find(admitted(nb).nb, "why").source == answer


LONG = (
    "Why is a run with momentum faster than one without it, and what would you change to make it slower?\n"
    "Support your answer with at least one number from this notebook."
)


@pytest.mark.parametrize(
    "old, essay_text, waiting",
    [
        (
            "Why is one run with momentum faster than a run without momentum, and what would you change?\n"
            "Support your answer with at least one number of this notebook.",
            "",
            False,
        ),
        (LONG.replace("\n", " "), "", False),
        (LONG, "Speed is left at the bottom.", True),
        (LONG, "It is.", True),
        (
            "Why is one run with momentum faster than a run without momentum, and what would you change?",
            "Speed is left.",
            True,
        ),
    ],
)
def test_the_question_of_an_older_release_is_no_essay(old, essay_text, waiting):
    released = {lang: deepcopy(nb) for lang, nb in RELEASED.items()}
    tiny.find(released["en"], "why-prompt").source = LONG
    nb = essay(question=f"{old}\n\n{essay_text}")
    result = rebuild(parse(json.dumps(nb).encode()), released)
    assert waits(result) == waiting and (essay_text in tiny.find(result.nb, "why").source)


def test_prose_about_a_signal_is_no_suspicious_code():
    """Seen in a class: a text of the course itself, in a notebook of an older release, spoke of "more than half of the signal."."""
    cells = [
        new_markdown_cell("The noise is more than half of the signal. It sends requests to a socket.", id="own-1"),
        new_code_cell("# the noise is half of the signal.\nx = 1", id="own-2"),
        new_code_cell("import signal\nsignal.alarm(1)", id="own-3"),
        new_markdown_cell("<script>alert(1)</script>", id="own-4"),
    ]
    assert suspicion.signs(new_notebook(cells=cells), new_notebook()) == [
        "talks to the operating system (own-3)", "shows active content (own-4)",
    ]  # fmt: skip
