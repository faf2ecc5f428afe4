"""Being late: due dates, extensions and the class's policy, as nbgrader's gradebook and every table have them."""

from datetime import timedelta

import pytest
import tiny_course as tiny

from autograder.gradebook.coursedir import ClassError, open_class
from autograder.gradebook.record import Records
from autograder.grading import batch
from autograder.pages import command as grading

DUE = "[due]\ntiny = 2026-10-05T12:00:00Z\n"
POLICY = "[late]\npercent_per_day = 10\ngrace_minutes = 30\nat_most_percent = 25\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> batch.Course:
    root = tiny.lay_out(tmp_path_factory.mktemp("course"))
    return batch.Course(root / "solutions", root / "notebooks")


@pytest.fixture
def scores(course, tmp_path):
    """Grade a class of one student, who has 11 points, with this time of submission and this class.toml."""
    tiny.give_gradebook(tmp_path)
    path = tiny.write(tmp_path, "ann.b", tiny.answered(**tiny.RIGHT))

    def score(settings: str, time: str) -> float:
        (tmp_path / "class.toml").write_text(settings)
        (path.parent / "timestamp.txt").write_text(time)
        row = tiny.grade_class(open_class(str(tmp_path)), course)[0]
        with Records(f"sqlite:///{tmp_path / 'gradebook.db'}") as records:
            submission = records.gradebook.find_submission("tiny", "ann.b")
            assert row.score == submission.score - (submission.late_submission_penalty or 0)
        return row.score

    score.folder = tmp_path
    return score


@pytest.mark.parametrize(
    "time, points",
    [
        ("2026-10-05 12:00:00 UTC", 11),
        ("2026-10-05 12:30:00 UTC", 11),
        ("2026-10-05 12:30:01 UTC", 9.9),
        ("2026-10-06 12:00:00 UTC", 9.9),
        ("2026-10-06 12:00:01 UTC", 8.8),
        ("2026-10-09 12:00:00 UTC", 8.25),
        ("2026-10-05T14:00:00+02:00", 11),
        ("2026-10-05T10:00:00-04:00", 9.9),
    ],
)
def test_days_grace_and_the_most_that_it_may_cost(scores, time, points):
    assert scores(DUE + POLICY, time) == points


def test_late_within_the_grace_is_said_to_cost_nothing(scores):
    scores(DUE + POLICY, "2026-10-05 12:21:00 UTC")
    assert "Late by 0 h 21 min: that costs nothing." in (scores.folder / "grades.csv").read_text(encoding="utf-8")


def test_another_policy_in_the_middle_of_a_term_says_whose_scores_it_changes(course, tmp_path):
    """They may have been given back already."""
    tiny.give_gradebook(tmp_path)
    for student in ("ann", "bob"):
        path = tiny.write(tmp_path, student, tiny.answered(**tiny.RIGHT))
        (path.parent / "timestamp.txt").write_text(f"2026-10-0{5 if student == 'bob' else 6} 11:00:00 UTC")

    def said(percent: int) -> list[str]:
        (tmp_path / "class.toml").write_text(DUE + f"[late]\npercent_per_day = {percent}\n")
        missing: list[str] = []
        tiny.grade_class(open_class(str(tmp_path)), course, finish=lambda *run: grading.finish("", missing, "", *run))
        return [sentence for sentence in missing if "cost of being late" in sentence]

    assert said(10) == [], "graded for the first time"
    (sentence,) = said(20)
    assert sentence.startswith("of 1 submissions that were graded before") and "ann (tiny: -1.1, now -2.2)" in sentence
    assert "bob" not in sentence and said(20) == []


def test_without_a_policy_or_a_due_date_being_late_costs_nothing(scores):
    late = "2026-11-05 12:00:00 UTC"
    assert scores(POLICY, late) == 11 and scores(DUE, late) == 11
    assert scores(POLICY, late) == 8.25, "a due date that the file no longer names stays in the gradebook"


def test_an_extension_in_class_toml_moves_one_students_due_date(scores):
    late = "2026-10-06 20:00:00 UTC"
    assert scores(DUE + POLICY, late) == 8.8
    assert scores(DUE + POLICY + '[extensions]\n"ann.b" = { tiny = 1.5 }\n', late) == 11
    assert scores(DUE + POLICY + '[extensions]\n"ann.b" = { tiny = 1 }\nother = { tiny = 9 }\n', late) == 9.9
    assert scores(DUE + POLICY, late) == 9.9, "what the file no longer names stays in the gradebook"
    assert scores(DUE + POLICY + '[extensions]\n"ann.b" = { tiny = 0 }\n', late) == 8.8


def test_an_extension_given_in_the_gradebook_counts(scores):
    late = "2026-10-06 20:00:00 UTC"
    scores(DUE + POLICY, late)
    with Records(f"sqlite:///{scores.folder / 'gradebook.db'}") as records:
        records.gradebook.grant_extension("tiny", "ann.b", days=2)
        assert records.gradebook.find_submission("tiny", "ann.b").extension == timedelta(days=2)
        records.commit()
    assert scores(DUE + POLICY, late) == 11


@pytest.mark.parametrize(
    "text, said",
    [
        ("extensions = 3\n", "extensions = 3 is no"),
        ("[extensions]\nann = 3\n", "ann = 3 is no"),
        ("[extensions]\nann = { tiny = -1 }\n", "ann = { tiny = -1 }"),
        ("[extensions]\nann = { tiny = 'week' }\n", "ann = { tiny = 'week' }"),
        ("[extensions]\nann = { tiny = nan }\n", "tiny = nan"),
    ],
)
def test_an_extension_that_is_none_is_named_before_anything_is_graded(scores, text, said):
    with pytest.raises(ClassError, match=said):
        scores(text, "2026-10-06 20:00:00 UTC")
    assert not (scores.folder / "autograded").exists()


@pytest.mark.parametrize("time", ["2026-10-06 07:30:00 CST", "10/06/2026 8:15 PM", "2026-10-07 20:15:00"])
def test_a_time_that_is_not_sure_costs_nothing_and_says_so(scores, time):
    assert scores(DUE + POLICY, time) == 11
    assert "is not sure" in (note := (scores.folder / "grades.csv").read_text()) or "above 12" in note


def test_the_timezone_of_the_class_makes_it_sure(scores):
    china = '[class]\ntimezone = "Asia/Shanghai"\n'
    assert scores(DUE + POLICY + china, "2026-10-05 19:59:00 CST") == 11
    assert scores(DUE + POLICY + china, "2026-10-06 07:30:00 CST") == 9.9
    assert scores(DUE + POLICY + china, "2026-10-06 8:30 PM") == 8.8
    assert "not sure" not in (scores.folder / "grades.csv").read_text()


@pytest.mark.parametrize(
    "text, said",
    [
        ('[class]\ntimezone = "CST6"\n', "is not a time zone such as"),
        ("[class]\nzone = 'UTC'\n", "may hold timezone"),
        ("class = 3\n", "may hold timezone"),
    ],
)
def test_a_timezone_that_is_none_is_named_before_anything_is_graded(scores, text, said):
    with pytest.raises(ClassError, match=said):
        scores(text, "2026-10-06 20:00:00 UTC")
