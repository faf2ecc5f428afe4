"""Regrade requests: a queue in the report, and the decision with its reason on the student's page."""

import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import tiny_course as tiny
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from test_grade import course, folder, go, page  # noqa: F401  fixtures

from autograder import ROOT
from autograder import regrade as command
from autograder.classroom import people, regrade
from autograder.gradebook.coursedir import ClassError, open_class
from autograder.intake.asked import requests_in
from autograder.intake.match import Match
from autograder.intake.submitted import Cell
from autograder.pages import command as grading
from autograder.pages.feedback import request_line, try_again
from autograder.pages.plain_page import plain_page

REQUEST = '[tiny.why]\nrequest = "I did say <b>why</b>."\n'


def write(folder, student, text):
    (folder / "regrade").mkdir(exist_ok=True)
    (folder / "regrade" / f"{student}.toml").write_text(text, encoding="utf-8")


def report(folder, course):
    missing: list[str] = []
    tiny.grade_class(open_class(str(folder)), course, finish=lambda *run: grading.finish("", missing, "", *run))
    return (folder / "report" / "index.html").read_text(encoding="utf-8"), missing


def test_what_waits_is_in_the_report_and_on_the_page(folder, course):
    write(folder, "bob", REQUEST)
    html, missing = report(folder, course)
    assert "Regrade requests" in html and "I did say &lt;b&gt;why&lt;/b&gt;." in html
    assert "regrade requests that wait for a decision in regrade/: bob (tiny.why)" in missing
    assert "Your regrade requests" in page(folder, "bob") and "Not decided yet" in page(folder, "bob")
    assert "I did say &lt;b&gt;why&lt;/b&gt;." in page(folder, "bob")
    assert "regrade" not in page(folder, "ann").lower()


def test_a_decision_leaves_the_queue_and_stands_on_the_page_with_its_reason(folder, course):
    write(folder, "bob", REQUEST)
    report(folder, course)
    for decision, word in (("declined", "Declined"), ("granted", "Granted")):
        write(folder, "bob", REQUEST + f'decision = "{decision}"\nreason = "Because & so."\nby = "tutor1"\n')
        html, missing = report(folder, course)
        assert "Regrade requests" not in html and not missing
        assert f"<b>{word}</b>: Because &amp; so. (tutor1)" in page(folder, "bob")


def test_a_chinese_page_says_it_in_chinese(folder, course):
    tiny.write(folder, "bob", tiny.answered("zh", **tiny.RIGHT))
    write(folder, "bob", REQUEST + 'decision = "granted"\nreason = "说明了原因。"\n')
    report(folder, course)
    assert "你的复核申请" in page(folder, "bob") and "<b>同意更改</b>：说明了原因。" in page(folder, "bob")


def test_a_plain_page_has_it_too(folder, course):
    go(folder, course)
    text = (folder / "autograded/bob/tiny/tiny.ipynb").read_text()
    recorded = {"score": 1, "max_score": 2, "penalty": 0, "scores": {}, "comments": {}}
    request = {"exercise": "why", "request": "<i>", "decision": "granted", "reason": "yes", "by": ""}
    assert "why · &lt;i&gt; · granted · yes" in plain_page(text, "tiny", recorded | {"regrade": [request]})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[tiny.why\n", "is not valid TOML"),
        ("tiny = 1\n", "is no table: write"),
        ("[tiny.why]\nrequest = 3\n", "may hold the texts"),
        ("[tiny.why]\nscore = '3'\n", "may hold the texts"),
        ("[tiny.why]\nrequest = ' '\n", "has no request"),
        (REQUEST + "decision = 'perhaps'\n", 'must be "granted" or "declined"'),
        (REQUEST + "decision = 'granted'\n", "has a decision without a reason"),
    ],
)
def test_a_bad_file_is_one_sentence_before_anything_is_graded(folder, capsys, text, sentence):
    write(folder, "bob", text)
    with pytest.raises(ClassError, match=sentence):
        regrade.requests(open_class(str(folder)))
    assert command.main([str(folder)]) == 2
    err = capsys.readouterr().err
    assert sentence in err and str(folder / "regrade" / "bob.toml") in err


def test_a_request_is_written_by_the_command_and_a_second_one_is_not(folder):
    place = open_class(str(folder))
    text = 'He said "yes"\nand \\ no'
    regrade.add(place, "bob", "tiny", "why", text)
    regrade.add(place, "bob", "tiny", "double", "again")
    assert [one.request for one in regrade.requests(place)] == [text, "again"]
    with pytest.raises(ClassError, match="has a request about tiny.why already"):
        regrade.add(place, "bob", "tiny", "why", "x")
    with pytest.raises(ClassError, match="handed in nothing called tiny"):
        regrade.add(place, "nobody", "tiny", "why", "x")
    with pytest.raises(ClassError, match="say EXERCISE=name"):
        regrade.add(place, "bob", "tiny", "", "x")


def test_a_misspelt_exercise_is_named_and_the_request_is_kept(folder, course, capsys):
    place = open_class(str(folder))
    assert regrade.unknown(place, "bob", "tiny", "wyh") == "", "nothing was graded yet: nobody knows its cells"
    go(folder, course)
    assert regrade.unknown(place, "bob", "tiny", "wyh") == "tiny has no exercise wyh: did you mean why?"
    for right in ("why", "double", "double_2", "why_9", "notebook"):
        assert regrade.unknown(place, "bob", "tiny", right) == ""
    write(folder, "bob", '[tiny.wyh]\nrequest = "I did."\n')
    assert command.main([str(folder)]) == 0
    assert "bob  tiny.wyh  I did.\n  tiny has no exercise wyh: did you mean why?\n1 wait" in capsys.readouterr().out


def test_a_renamed_student_takes_the_requests_along(folder, course):
    go(folder, course)
    write(folder, "bob", REQUEST)
    people.rename(open_class(str(folder)), "bob", "bobby")
    assert [one.student for one in regrade.requests(open_class(str(folder)))] == ["bobby"]


def test_make_regrade(tmp_path):
    (tmp_path / "submitted" / "bob" / "03_momentum").mkdir(parents=True)
    make = ["make", "-s", "-C", str(ROOT), f"PYTHON={sys.executable}", "regrade", f"CLASS={tmp_path}"]
    request = ["STUDENT=bob", "CHAPTER=03", "EXERCISE=why_overshoot", "REQUEST=please look again"]
    done = subprocess.run([*make, *request], capture_output=True, text=True)
    assert done.returncode == 0 and "bob  03_momentum.why_overshoot  please look again\n1 wait" in done.stdout, done


# Requests that students write into their notebook


def hand_in(folder, student, *texts, lang="en", below="why", **answers):
    """A right notebook (or with these answers) with text cells of the student's own below a cell."""
    nb = tiny.answered(lang, **(tiny.RIGHT | answers))
    place = [cell.id for cell in nb.cells].index(below) + 1
    nb.cells[place:place] = [new_markdown_cell(text, id=f"mine-{number}") for number, text in enumerate(texts)]
    tiny.write(folder, student, nb)


def queued(folder, student):
    return {one.exercise: one.request for one in regrade.requests(open_class(str(folder))) if one.student == student}


@pytest.mark.parametrize(
    ("text", "exercise", "request_"),
    [
        ("Regrade request: I said why.", "why", "I said why."),
        ("regrade request : square: it is\nright", "square", "it is right"),
        ("## Regrade request: `test_square`: right", "square", "right"),
        ("**Regrade request:** Listen: it is right", "why", "Listen: it is right"),
        ("复核申请：square：对的", "square", "对的"),
        ("复核申请: 对的", "why", "对的"),
        ("Regrade request: <b>\x00\u202eno</b> = 'x'\" [a]", "why", "<b> no</b> = 'x'\" [a]"),
        ("Regrade request: " + "long " * 2000, "why", ("long " * 400)[:1999] + "…"),
    ],
)
def test_a_request_in_a_notebook_is_queued_and_on_the_page(folder, course, text, exercise, request_):
    hand_in(folder, "bob", text)
    html, missing = report(folder, course)
    assert queued(folder, "bob") == {exercise: request_}
    assert f"regrade requests that wait for a decision in regrade/: bob (tiny.{exercise})" in missing
    assert "Not decided yet" in page(folder, "bob") and "Regrade requests" in html and "<b> no" not in html
    assert go(folder, course)["bob"].state == "waits"


def test_the_same_request_is_queued_once_and_another_one_beside_it(folder, course):
    hand_in(folder, "bob", "Regrade request: I said why.")
    go(folder, course)
    write(folder, "bob", '[tiny.why]\nrequest = "I said why."\ndecision = "declined"\nreason = "No."\n')
    go(folder, course, regrade=True)
    assert queued(folder, "bob") == {"why": "I said why."} and "Declined" in page(folder, "bob")
    hand_in(folder, "bob", "Regrade request: I said why.", "Regrade request: But I did.")
    go(folder, course)
    assert queued(folder, "bob") == {"why": "I said why.", "why_2": "But I did."}
    hand_in(folder, "ann", *[f"Regrade request: number {number}" for number in range(30)])
    go(folder, course)
    assert len(queued(folder, "ann")) == 5, "what one notebook can ask is limited"


def test_a_request_is_no_answer_to_an_essay_and_a_word_in_the_middle_is_no_request(folder, course):
    hand_in(folder, "bob", "Regrade request: I wrote it on paper.", why="")
    hand_in(folder, "ann", "This is no regrade request: it is a note.", below="double")
    rows = go(folder, course)
    assert queued(folder, "bob") == {"why": "I wrote it on paper."} and rows["bob"].state == "graded"
    assert queued(folder, "ann") == {}


@pytest.mark.parametrize("marker", ["Regrade request:", "**Regrade request:** ", "复核申请："])
@pytest.mark.parametrize(
    ("cell", "exercise"),
    [("why", "why"), ("why-prompt", "why"), ("intro", "notebook"), ("double", "double"), ("test_double", "double")],
)
def test_a_request_in_a_cell_of_the_course_is_queued(folder, course, marker, cell, exercise):
    """Students write it below their essay, into the question, or as a comment into their code."""
    nb = tiny.answered(**tiny.RIGHT)
    there = next(one for one in nb.cells if one.id == cell)
    comment = "# " if there.cell_type == "code" else ""
    there.source += f"\n\n{comment}{marker} I said why,\n{comment}above.\n\nx = 1"
    tiny.write(folder, "bob", nb)
    rows = go(folder, course)
    assert queued(folder, "bob") == {exercise: "I said why, above."} and rows["bob"].score == rows["ann"].score


@pytest.mark.parametrize("type", [new_code_cell, new_raw_cell])
def test_a_request_in_another_kind_of_cell_is_queued(folder, course, type):
    """It is easy to forget that a new cell has to be made a text cell first."""
    nb = tiny.answered(**tiny.RIGHT)
    nb.cells.append(type("Regrade request: square: it is right", id="mine"))
    tiny.write(folder, "bob", nb)
    go(folder, course)
    assert queued(folder, "bob") == {"square": "it is right"}


def test_two_requests_may_stand_in_one_cell_after_other_text(folder, course):
    hand_in(folder, "bob", "Dear TA,\n\nRegrade request: square: one\nmore\n\n- Regrade request: double: two\n")
    hand_in(folder, "ann", "Dear TA,\n\nRegrade request: square: one\nmore\n\nRegrade request: double: two\n")
    go(folder, course)
    assert queued(folder, "ann") == {"square": "one more", "double": "two"}
    assert queued(folder, "bob") == {"square": "one more", "double": "two"}


def test_what_the_course_says_about_requests_is_none():
    line = "Regrade request: square: why"
    master = new_markdown_cell(f"Ask for a regrade so:\n\n{line}")
    cells = [Cell("markdown", master.source), Cell("markdown", master.source + "\n\nRegrade request: cube: no")]
    one, two = (requests_in([cell], [master], Match(taken={0: 0})) for cell in cells)
    assert one == [] and two == [{"chapter": "", "exercise": "notebook", "text": "cube: no"}]


def test_many_lines_are_read_in_no_time():
    source = "#>* \n" * 200_000
    began = time.process_time()
    assert requests_in([Cell("markdown", source)], [], Match()) == []
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("lang", "begins"), [("en", "Regrade request: 03 why_overshoot:"), ("zh", "复核申请：03 why_overshoot：")]
)
def test_the_page_says_how_to_ask(lang, begins):
    """Not where the assignment has no number, by which a later notebook could name it."""
    exercise = SimpleNamespace(name="why_overshoot")
    graded = SimpleNamespace(lang=lang, refused=None, exercises=[exercise], to_repair=list)
    for chapter, line in (("03_momentum", begins), ("ps1", ""), ("03", ""), ("ps1_two", "")):
        assert request_line(graded, chapter) == line
        assert (f"<code>{line}</code>" in try_again(graded, chapter, {})) == bool(line)
    graded.refused = {"en": "a PDF"}
    assert request_line(graded, "03_momentum") == "" and try_again(graded, "03_momentum", {})
    cell = Cell("markdown", f"{begins} I said why.")
    assert requests_in([cell], [], Match()) == [{"chapter": "03", "exercise": "why_overshoot", "text": "I said why."}]


def test_a_request_about_an_earlier_chapter_goes_there(folder, course):
    place = open_class(str(folder))
    (folder / "submitted/bob/03_momentum").mkdir()
    asked = requests_in([Cell("markdown", "Regrade request: 03 why_overshoot: see there")], [], Match())
    assert asked == [{"chapter": "03", "exercise": "why_overshoot", "text": "see there"}]
    assert regrade.receive(place, "bob", "tiny", asked) == 1 and regrade.receive(place, "bob", "tiny", asked) == 0
    assert [(one.assignment, one.exercise) for one in regrade.requests(place)] == [("03_momentum", "why_overshoot")]
