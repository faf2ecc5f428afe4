"""Every change of a grade has one line in audit.jsonl that says who, when, by which version, from what to what."""

import json
from datetime import datetime
from pathlib import Path

import pytest
import tiny_course as tiny
from nbgrader.api import Gradebook
from test_grade import RIGHT, course, folder, go  # noqa: F401  fixtures
from test_nbgrader_commands import config_for, prepare_rows

from autograder.gradebook import audit, secret, versions
from autograder.gradebook.audit import Audit
from autograder.grading import batch

pytestmark = pytest.mark.filterwarnings("ignore:Object of type .* not in session")


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]


def of(folder: Path, student: str) -> list[dict]:
    return [line for line in lines(folder) if line["what"] == "grade" and line.get("student") == student]


def give(folder: Path, student: str, cell: str = "why", **fields) -> None:
    """What a person does in formgrader."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade(cell, "tiny", "tiny", student)
        for name, value in fields.items():
            setattr(grade, name, value)
        gradebook.db.commit()


def test_a_first_grade_says_who_when_and_by_which_version_of_what(folder, course):
    go(folder, course)
    (line,) = of(folder, "ann")
    assert line["reason"] == "graded" and line["score"] == [None, 11.0] and line["penalty"] == [0.0, 0.0]
    assert line["before"] == {} and line["after"] == {
        "test_double": [4.0, None, None],
        "test_square": [6.0, None, None],
        "test_predictions": [1.0, None, None],
        "why": [None, None, None],
    }
    assert line["who"] == audit.who() and "@" in line["who"]
    assert datetime.fromisoformat(line["when"]).utcoffset().total_seconds() == 0
    assert line["versions"] == {
        "submission": versions.submission_hash(folder / "submitted" / "ann" / "tiny"),
        "master": batch.masters.fingerprint(batch.masters.load("tiny", course.solutions, course.released)),
        "grader": versions.grader_version(),
        "secret": secret.fingerprint(secret.load_secret(folder)),
        "limits": versions.key(),
        "isolation": "walls",
    }


def test_nothing_changed_nothing_written(folder, course):
    go(folder, course)
    before = (folder / "audit.jsonl").read_bytes()
    go(folder, course)
    assert (folder / "audit.jsonl").read_bytes() == before and before.count(b'"grade"') == 3


def test_a_later_grade_says_what_changed_and_why(folder, course, monkeypatch):
    go(folder, course)
    tiny.write(folder, "ann", tiny.answered(**tiny.RIGHT | {"square": "def square(x):\n    return 3"}))
    rooms = versions.room_versions() | {"wire": "another", "intake": "another"}
    monkeypatch.setattr(versions, "room_versions", lambda *_: rooms)
    go(folder, course)
    line = of(folder, "ann")[-1]
    assert line["reason"] == "graded again: handed in again, another grader (intake, wire)" and line["score"] == [
        11.0,
        5.0,
    ]
    assert line["before"] == {"test_square": [6.0, None, None]} and line["after"] == {"test_square": [0.0, None, None]}
    assert of(folder, "bob")[-1]["reason"] == "graded again: another grader (intake, wire)"
    assert of(folder, "bob")[-1]["score"] == [11.0, 11.0] and of(folder, "bob")[-1]["after"] == {}


def test_a_persons_score_is_found_at_the_next_run_and_only_once(folder, course):
    go(folder, course)
    give(folder, "ann", manual_score=2.5, needs_manual_grade=False)
    give(folder, "bob", extra_credit=1.0)
    go(folder, course), go(folder, course)
    _, line = of(folder, "ann")
    assert line["reason"] == "a person's score in the gradebook" and line["who"].startswith("unknown")
    assert line["score"] == [11.0, 13.5] and line["before"] == {"why": [None, None, None]}
    assert line["after"] == {"why": [None, 2.5, None]} and line["versions"] == of(folder, "ann")[0]["versions"]
    assert of(folder, "bob")[1]["score"] == [11.0, 12.0] and len(of(folder, "bob")) == 2


def test_a_person_and_the_grader_at_once_are_two_lines(folder, course):
    go(folder, course)
    give(folder, "ann", "test_square", manual_score=5.0)
    tiny.write(folder, "ann", tiny.released())
    go(folder, course)
    _, person, graded = of(folder, "ann")
    assert person["score"] == [11.0, 10.0] and person["reason"].startswith("a person")
    assert graded["score"] == [10.0, 5.0] and graded["reason"] == "graded again: handed in again"


def test_what_being_late_costs_is_a_line_when_the_policy_changes(folder, course):
    (folder / "submitted" / "ann" / "tiny" / "timestamp.txt").write_text("2026-10-06 20:00:00 UTC")
    go(folder, course)
    (folder / "class.toml").write_text("[due]\ntiny = 2026-10-05T20:00:00Z\n[late]\npercent_per_day = 10\n")
    go(folder, course), go(folder, course)
    line = of(folder, "ann")[-1]
    assert len(of(folder, "ann")) == 2 and line["penalty"] == [0.0, 1.1] and "late" in line["reason"]


def test_a_score_that_nobody_has_accounted_for_is_named_as_found(folder, course):
    go(folder, course)
    give(folder, "ann", "test_square", auto_score=2.0)
    go(folder, course)
    line = of(folder, "ann")[-1]
    assert line["reason"] == "found in the gradebook" and line["score"] == [11.0, 7.0]
    assert line["who"].startswith("unknown")


@pytest.mark.parametrize("lost", ["audit line", "half an audit line", "journal entry"])
def test_killed_between_gradebook_and_audit_costs_no_line_and_makes_none_twice(folder, course, lost):
    """As if the power went after the commit: the last lines are not there, the gradebook is."""
    go(folder, course)
    before = lines(folder)
    journal = folder / "journal.jsonl"
    kept = [line for line in journal.read_text().splitlines() if '"recorded"' not in line]
    journal.write_text("\n".join(kept) + "\n")
    if "audit line" in lost:
        text = (folder / "audit.jsonl").read_text().splitlines(keepends=True)
        (folder / "audit.jsonl").write_text("".join(text[:-1]) + (text[-1][:40] if "half" in lost else ""))
    go(folder, course)
    text = (folder / "audit.jsonl").read_text().splitlines()
    after = [json.loads(line) for line in text if line.endswith("}")]
    assert [{**line, "when": 0} for line in after] == [{**line, "when": 0} for line in before]


def test_another_secret_is_a_line_and_only_on_purpose(folder, course):
    go(folder, course)
    old = secret.fingerprint(secret.load_secret(folder))
    (folder / ".secret").unlink()
    with pytest.raises(batch.ClassError, match="Restore the file from your backup"):
        go(folder, course)
    assert [line["what"] for line in lines(folder)].count("secret") == 1
    go(folder, course, new_secret=True)
    first, second = [line for line in lines(folder) if line["what"] == "secret"]
    new = secret.fingerprint(secret.load_secret(folder))
    assert (first["before"], first["after"]) == (None, old) and (second["before"], second["after"]) == (old, new)
    assert second["who"] == audit.who() and old != new
    assert of(folder, "ann")[-1]["reason"] == "graded again: another secret"


def test_nbgraders_own_commands_write_the_same_lines(course, tmp_path, monkeypatch):
    from nbgrader.apps.api import NbGraderAPI

    for way in ("batch", "nbgrader"):
        tiny.write(tmp_path / way, "ann", RIGHT)
        tiny.give_gradebook(tmp_path / way)
        (tmp_path / way / "class.toml").write_text("[due]\ntiny = 2026-10-05T12:00:00Z\n")
        (tmp_path / way / ".secret").write_text("the same\n")
        (tmp_path / way / ".secret").chmod(0o600)
    go(tmp_path / "batch", course)
    prepare_rows(tmp_path / "nbgrader", course)
    config = config_for(tmp_path / "nbgrader", course, monkeypatch)
    done = NbGraderAPI(config=config).autograde("tiny", "ann")
    assert done["success"], done
    without = {"when": 0}
    assert [line | without for line in lines(tmp_path / "nbgrader")] == [
        line | without for line in lines(tmp_path / "batch")
    ]
    give(tmp_path / "nbgrader", "ann", manual_score=3.0)
    tiny.write(tmp_path / "nbgrader", "ann", tiny.released())
    done = NbGraderAPI(config=config).autograde("tiny", "ann")
    assert done["success"], done
    assert [(line["reason"], line["score"]) for line in of(tmp_path / "nbgrader", "ann")[1:]] == [
        ("a person's score in the gradebook", [11.0, 14.0]),
        ("graded again: handed in again", [14.0, 3.0]),
    ]


def test_nbgraders_own_commands_refuse_another_secret(course, tmp_path, monkeypatch):
    from nbgrader.apps.api import NbGraderAPI

    tiny.write(tmp_path, "ann", RIGHT)
    tiny.give_gradebook(tmp_path)
    go(tmp_path, course)
    (tmp_path / ".secret").unlink()
    (tmp_path / "class.toml").write_text("[due]\ntiny = 2026-10-05T12:00:00Z\n")
    done = NbGraderAPI(config=config_for(tmp_path, course, monkeypatch)).autograde("tiny", "ann")
    assert not done["success"] and "Restore the file from your backup" in done["log"]


def test_one_submissions_history_is_read_without_the_others(folder, course):
    go(folder, course)
    with Audit(folder, ("ann", "tiny")) as one:
        assert set(one.known) == {("ann", "tiny")} and one.secret


def test_grading_again_on_request_is_a_line_only_when_a_grade_changes(folder, course, monkeypatch):
    go(folder, course)
    go(folder, course, regrade=True)
    assert len(of(folder, "ann")) == 1
    monkeypatch.setattr(tiny, "judge_here", lambda *_: {})
    go(folder, course, regrade=True, students="ann")
    assert of(folder, "ann")[-1]["reason"] == "graded again: on request" and of(folder, "ann")[-1]["score"] == [
        11.0,
        0.0,
    ]
