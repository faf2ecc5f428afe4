"""What a student gets back: the first screen, six states kept apart, both languages, formulas, and nothing that runs."""

import html
import json
import re

import nbformat
import pytest
import tiny_course as tiny

from autograder.gradebook.coursedir import ClassError, ClassFolder, open_class
from autograder.gradebook.record import Records
from autograder.grading import batch
from autograder.judging.mark import mark
from autograder.pages import feedback, graded, recorded, texts
from autograder.pages.class_report import page as report
from autograder.pages.content import tidy
from autograder.pages.formulas import with_formulas
from descent import card
from descent.card_data import MIME

WRONG = tiny.RIGHT | {"square": "def square(x):\n    return 3"}
HOSTILE = (
    "<script>EVIL()</script> $\\text{<img src=x onerror=EVIL()>}$ $\\href{javascript:EVIL()}{x}$ "
    "<b class='skip' style='position:fixed' onclick='EVIL()'>b</b> [a](javascript:EVIL) # h\n\n# Big\n\n"
    "$$\\frac{1}{2}$$\n\n| a | b |\n|---|---|\n| 1 | 2 |"
)
COURSES: dict = {}  # class's folder -> its course
SETTINGS = """[due]
tiny = 2026-10-05T20:00:00Z
[late]
percent_per_day = 10
at_most_percent = 50
[extensions]
late = { tiny = 1 }
[feedback]
contact = "ta@example.edu"
questions_until = { tiny = 2026-10-19 }
"""


@pytest.fixture(scope="module")
def class_(tmp_path_factory):
    """The folder of a graded class: all right, a mistake, Chinese, refused, late, hostile, blank."""
    root, folder = tiny.lay_out(tmp_path_factory.mktemp("course")), tmp_path_factory.mktemp("class")
    course = COURSES[folder] = batch.Course(root / "solutions", root / "notebooks")
    tiny.give_gradebook(folder)
    (folder / "class.toml").write_text(SETTINGS)
    tiny.write(folder, "ann", tiny.answered(**tiny.RIGHT))
    tiny.write(folder, "bob", tiny.answered(**WRONG))
    tiny.write(folder, "li", tiny.answered("zh", **WRONG))
    tiny.write(folder, "gus", b"no notebook")
    tiny.write(folder, "late", tiny.answered(**WRONG))
    tiny.write(
        folder,
        "mal",
        tiny.answered(**tiny.RIGHT | {"why": HOSTILE, "double": "def double(x):\n    return  # </pre><script>EVIL()"}),
    )
    tiny.write(folder, "nil", tiny.released())
    (folder / "submitted" / "late" / "tiny" / "timestamp.txt").write_text("2026-10-08 21:00:00 UTC")
    tiny.grade_class(open_class(str(folder)), course)
    with Records(f"sqlite:///{folder / 'gradebook.db'}") as records:
        row = records.row("late", "tiny")
        for grade in row.grades:
            if grade.name == "why":
                grade.manual_score, grade.needs_manual_grade = 2, False
        next(
            comment for comment in row.comments if comment.name == "why"
        ).manual_comment = "Say *why* $x^2$ <script>x()</script>"
        records.commit()
    tiny.grade_class(open_class(str(folder)), course, finish=report.write)
    return folder


def page(folder, student: str) -> str:
    return (folder / "feedback" / student / "tiny" / "tiny.html").read_text(encoding="utf-8")


def first_screen(folder, student: str) -> str:
    return page(folder, student).partition("<main>")[0].partition("<body>")[2]


def test_the_first_screen_says_points_boxes_and_what_to_repair(class_):
    top = first_screen(class_, "bob")
    assert "5 <small>of 14 points so far" in top and top.count('class="state-') == 4
    assert 'href="#test_square"' in top and "(6 points)" in top and "3 more points wait" in top
    assert "There is nothing to repair. What is left waits" in first_screen(class_, "ann")


def test_what_being_late_cost_is_computed_before_the_reader(class_):
    """Due on the 5th at 20:00, a day of extension, handed in on the 8th at 21:00: 2 d 1 h, three days begun."""
    top = first_screen(class_, "late")
    assert "7 − 2.1 = 4.9: handed in 2 d 1 h late. Each day begun costs 10% of the score: 3 × 10% = 30%." in top
    assert "Your extension of 1 day is taken into account." in top


@pytest.mark.parametrize(
    "seconds, grace, most, found",
    [
        (3600, 0, 100, (1, 10)),
        (86_401, 0, 100, (2, 20)),
        (86_400 * 9, 0, 50, (9, 50)),
        (1800, 30, 100, (1, 0)),
        (1801, 30, 100, (1, 10)),
    ],
)
def test_late_days_are_counted_as_the_penalty_counts_them(seconds, grace, most, found):
    late = {"seconds": seconds, "percent_per_day": 10, "grace_minutes": grace, "at_most_percent": most}
    assert texts.late_days(late) == found


def test_the_teachers_words_and_whom_to_ask_are_on_the_page(class_):
    text = page(class_, "late")
    assert "Your instructor wrote" in text and "Say <em>why</em>" in text and "<msup>" in text and "x()" not in text
    assert re.search(r"Write to ta@example.edu and quote the reference <code>tiny / late / [0-9a-f]{12}</code>", text)
    assert "Ask before the end of <b>2026-10-19</b>." in text
    assert "No response" not in "".join(page(class_, student) for student in ("nil", "li", "bob"))


def test_a_chinese_page_is_all_chinese(class_):
    text = page(class_, "li")
    body = re.sub(r"<(pre|code|style|title)\b.*?</\1>|<[^>]*>", " ", text.partition("<body>")[2], flags=re.S)
    assert '<html lang="zh-CN">' in text
    latin = set(re.findall(r"[A-Za-z]{3,}", body)) - {
        "tiny",
        "ipynb",
        "AssertionError",
        "Because",
        "twice",
        "two",
        "four",
        "example",
        "edu",
    }
    assert latin == set(), latin
    assert re.search(r"（\d+ 分）", body) and not re.search(r"\(\d+ 分\)", body), "Chinese brackets around Chinese"


def test_both_languages_say_the_same_things():
    assert texts.TEXTS["en"].keys() == texts.TEXTS["zh"].keys()
    for key, text in texts.TEXTS["en"].items():
        assert set(re.findall(r"\{(\w+)\}", texts.TEXTS["zh"][key])) == set(re.findall(r"\{(\w+)\}", text)), key


def test_a_refused_file_has_its_reason_first_and_in_both_languages(class_):
    top = first_screen(class_, "gus")
    assert (
        "Your file could not be graded." in top
        and "not valid JSON" in top
        and "不是有效的 JSON" in top
        and "Save Notebook" in top
    )
    assert "state-stopped" in top and "state-none" not in top


def test_a_blank_notebook_is_not_answered_rather_than_wrong(class_):
    top = first_screen(class_, "nil")
    assert top.count('class="state-missing"') >= 3 and 'class="state-none"' not in top
    assert top.index("#test_double") < top.index("#test_square"), "it begins at the beginning"


def exercise(score, *, waits=(), by_person=(), details=None, error=None, refused=False) -> str:
    one = graded.Exercise("test_x", "x", score, 4, "", False)
    found = {"waits": waits, "by_person": by_person}
    return graded.state_of(one, details or {}, error and {"ename": error}, found, refused)


def test_six_states_are_kept_apart():
    assert exercise(4) == "passed" and exercise(1) == "part" and exercise(0) == "none"
    assert exercise(0, waits=["test_x"]) == "wait" and exercise(0, details={"missing": True}) == "missing"
    assert (
        exercise(0, details={"reason": "kernel_died"})
        == exercise(0, error="NotTried")
        == exercise(0, refused=True)
        == "stopped"
    )
    assert exercise(0, details={"limit": "time"}) == "stopped"
    assert exercise(2, by_person=["test_x"], details={"reason": "kernel_died"}) == "part", "a person has decided"


ROWS = [
    ["title", "square: ", "1 of 2 parts pass"],
    ["pass", "pass: ", "zero"],
    ["fail", "FAIL: ", "others"],
    ["case", "A case that fails: ", "square(2)"],
    ["problem", "What is wrong: ", "`y` has wrong values"],
    ["value", "expected y: ", "4"],
    ["value", "got y: ", "3"],
    ["observation", "Observation: ", "it is always 3"],
    ["question", "Question: ", "what does <b> change?"],
    ["name", "This behaves like: ", "a constant"],
]


def page_with_card(rows) -> str:
    nb = tiny.answered(**WRONG)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_square":
            cell.outputs = [nbformat.v4.new_output("display_data", {"text/plain": "card", MIME: {"rows": rows}})]
    scores = {"test_double": [4, 4], "test_square": [0, 6], "test_predictions": [1, 1], "why": [0, 3]}
    return feedback.page(
        nbformat.writes(nb),
        "tiny",
        {
            "student": "bob",
            "score": 5,
            "max_score": 14,
            "penalty": 0,
            "scores": scores,
            "comments": {},
            "waits": ["why"],
        },
    )


def test_a_comment_on_a_test_or_on_its_answer_is_shown():
    nb = json.loads(nbformat.writes(tiny.answered(**WRONG)))
    entry = {
        "scores": {"test_double": [4, 4], "test_square": [0, 6]},
        "comments": {"test_double": "well done", "square": "the sign"},
    }
    comments = {exercise.name: exercise.comment for exercise in graded.read(nb, "tiny", entry).exercises}
    assert comments == {"double": "well done", "square": "the sign"}


def test_the_card_is_shown_and_its_name_and_question_come_first():
    text = page_with_card(ROWS)
    top, _, rest = text.partition("<main>")
    assert "a constant." in top and "what does &lt;b&gt; change?" in top
    section = rest.partition('id="test_square"')[2]
    for line in (
        "zero",
        "others",
        "square(2)".split("(")[0],
        "expected y: <pre>4</pre>",
        "it is always 3",
        "a constant",
    ):
        assert line in section, line


def test_a_class_whose_ladder_ends_early_gives_no_more_away():
    text = page_with_card([row for row in ROWS if row[0] not in ("question", "name")])
    assert "a constant" not in text and "change?" not in text and "it is always 3." in text.partition("<main>")[0]


def test_the_rows_that_the_judge_hands_on_are_those_of_its_card():
    """So nothing is in them that is not on the card: of a hidden case, whether its group passed."""
    made = mark(
        "momentum_step",
        lambda params, grads, velocity, *, lr, momentum=0.9: (params, velocity),
        points=14,
        assignment="03_momentum",
        secret="s",
        lang="en",
    )
    assert made.rows and card.text_card(list(made.rows)) == made.text


def test_a_card_in_an_output_of_the_students_own_is_not_taken_for_the_judges():
    cell = graded.Cell(tiny.cell(nbformat.v4.new_code_cell, "play", "1"))
    cell["outputs"] = [{"output_type": "display_data", "data": {MIME: {"rows": ROWS}}}]
    assert graded.card_rows(cell) == []


def test_nothing_that_a_student_wrote_runs_or_changes_the_page(class_):
    text = page(class_, "mal")
    body = text.partition("<body>")[2]
    assert (
        "<script" not in text
        and not re.search(r"<[^>]*\son\w+\s*=", body)
        and not re.search(r"<[^>]*javascript:", body)
    )
    assert "position:fixed" not in body and "class='skip'" not in body and body.count('class="skip"') == 1
    assert text.count("<h1") == 1 and "default-src 'none'" in text and "<img src" not in text
    for address in re.findall(r'\s(?:src|href)="([^"]*)"', body):
        assert re.match(r"#|\.\./index\.html$|data:image/", address), address


@pytest.mark.parametrize(
    "tex",
    [
        "\\text{<b onclick=x()>}",
        "\\href{javascript:x()}{y}",
        "\\style{color:red}{y}",
        "\\class{skip}{y}",
        "\\unknown{",
        "{" * 500,
        "\\frac",
        "\\left(",
        "\\begin{array}",
        "a & b \\\\ c",
        "<script>x()</script>",
    ],
)
def test_no_formula_leads_out_of_mathml(tex):
    made = with_formulas(f"<p>${html.escape(tex)}$</p>")
    inside = re.sub(r"<code>.*?</code>", "", made)
    assert "<b" not in inside and "<script" not in inside and "href" not in re.sub(r">[^<]*<", "><", inside)
    assert not re.search(r"<[^>]*(onclick|style|class)=", made)


def test_formulas_become_mathml_but_not_in_code_or_attributes():
    made = with_formulas('<p title="> $x$">$x_1$ and $$\\frac{a}{b}$$</p><code>$y$</code><pre>a $z$ b</pre>')
    assert made.count("<math") == 2 and "<mfrac>" in made and "<code>$y$</code>" in made and "a $z$ b" in made
    assert 'title="> $x$"' in made


def test_wide_tables_and_pictures_are_reached_and_described():
    made = tidy(
        '<h1>T</h1><table style="color:red"><tr><td>1</td></tr></table><img src="data:image/png;base64,aGk=">', "en"
    )
    assert '<div class="scroll" tabindex="0"' in made and "style=" not in made and "<h4>T</h4>" in made
    assert '<img alt="figure without a description"' in made


def test_the_page_over_all_chapters_leads_to_every_page(class_):
    for path in (class_ / "progress" / "bob.html", class_ / "feedback" / "bob" / "index.html"):
        text = path.read_text(encoding="utf-8")
        links = set(re.findall(r'href="([^"#]+)[^"]*"', text))
        assert links and all((path.parent / link).is_file() for link in links), links
        assert "5 <small>of 14 points so far" in text and "#test_square" in text and "<script" not in text
    assert "学习进度" in (class_ / "progress" / "li.html").read_text(encoding="utf-8")


def test_pages_are_written_again_only_when_something_changed(class_):
    def times() -> dict[str, int]:
        return {
            str(path): path.stat().st_mtime_ns
            for pattern in ("feedback/**/*.html", "progress/*.html")
            for path in class_.glob(pattern)
        }

    course = COURSES[class_]
    before = times()
    assert len(before) == 3 * 7
    tiny.grade_class(open_class(str(class_)), course)
    assert times() == before
    (class_ / "feedback" / "bob" / "index.html").unlink()
    tiny.grade_class(open_class(str(class_)), course)
    changed = {path for path, time in times().items() if time != before[path]}
    assert changed == {str(class_ / "feedback" / "bob" / "index.html"), str(class_ / "progress" / "bob.html")}


@pytest.mark.parametrize(
    "text",
    [
        "feedback = 1",
        "[feedback]\nwho = 'x'",
        "[feedback]\ncontact = 3",
        "[feedback]\nquestions_until = 'soon'",
        "[feedback]\nquestions_until = { tiny = 'soon' }",
    ],
)
def test_a_mistake_in_the_feedback_table_is_named(tmp_path, text):
    (tmp_path / "class.toml").write_text(text)
    with pytest.raises(ClassError, match="feedback.*contact"):
        recorded.questions(ClassFolder(tmp_path))


def test_one_date_may_hold_for_all(tmp_path):
    (tmp_path / "class.toml").write_text("[feedback]\nquestions_until = 2026-10-19\n")
    assert recorded.questions_until(recorded.questions(ClassFolder(tmp_path)), "tiny") == "2026-10-19"
