"""A new release in the middle of a term: scores and comments of people stay, only the changed chapter waits."""

import json
import zipfile
from pathlib import Path

import nbformat
import pytest
import tiny_course as tiny
from nbformat.v4 import new_code_cell
from test_grade import grades_of, ran

from autograder import migrate
from autograder.gradebook.audit import Audit
from autograder.gradebook.coursedir import open_class
from autograder.gradebook.record import Changed, Records
from autograder.grading import batch
from autograder.intake import admit
from autograder.intake.submitted import parse
from autograder.pages import command

OLD_CLASS = Path(__file__).parent / "golden" / "class_of_release_0_1_0.zip"  # graded by that release, two chapters
CHAPTERS = ("tiny", "other")


def add_exercise(nb, *, solution: bool):
    """A release with one exercise more, for 5 points, one fewer (square), and a test worth more."""
    gone = {"square", "test_square"}
    body = tiny.cell(
        new_code_cell,
        "triple",
        "def triple(x):\n    return 3 * x" if solution else "def triple(x):\n    raise NotImplementedError",
        solution=True,
    )
    test = tiny.cell(new_code_cell, "test_triple", "assert triple(2) == 6", grade=True, locked=True, points=5)
    nb.cells = [cell for cell in nb.cells if cell.id not in gone]
    place = next(number for number, cell in enumerate(nb.cells) if cell.id == "why-prompt")
    nb.cells[place:place] = [body, test]
    tiny.find(nb, "test_double").metadata.nbgrader.points = 8
    nb.metadata.descent.hash = "1"
    return nb


@pytest.fixture
def course(tmp_path):
    """The course as the old class knows it."""
    root = tiny.lay_out(tmp_path / "course")
    for path in list(root.glob("*/*/tiny/tiny.ipynb")):
        nb = nbformat.read(path, as_version=4)
        nb.metadata.descent.chapter = "other"
        target = path.parent.parent / "other" / "other.ipynb"
        target.parent.mkdir()
        nbformat.write(nb, target)
    return batch.Course(root / "solutions", root / "notebooks")


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "class"
    with zipfile.ZipFile(OLD_CLASS) as archive:
        archive.extractall(folder)
    (folder / ".secret").chmod(0o600)
    return open_class(str(folder))


def release(course, chapter="tiny", change=add_exercise):
    for folder, solution in ((course.solutions, True), (course.released, False)):
        for path in folder.glob(f"*/{chapter}/{chapter}.ipynb"):
            nbformat.write(change(nbformat.read(path, as_version=4), solution=solution), path)


def go(place, course, **options):
    return {(row.student, row.assignment): row for row in tiny.grade_class(place, course, **options)}


def grade(place, student, assignment, cell):
    with Records(place.db_url) as records:
        found = next(g for g in records.row(student, assignment).grades if g.name == cell)
        return found.auto_score, found.manual_score, found.extra_credit, found.needs_manual_grade


def test_a_class_of_an_older_release_is_graded_on_with_all_that_people_gave(place, course):
    rows = go(place, course)
    assert {row.state for row in rows.values()} == {"waits", "graded"}
    assert rows["bob", "tiny"].score == 13.5 and grade(place, "bob", "other", "why")[1] == 2.5
    assert grade(place, "ann", "tiny", "test_square")[1:] == (5.0, None, False)


def test_only_the_changed_chapter_waits_and_its_scores_stay_in_grades_csv(place, course, capsys):
    go(place, course)
    before = grades_of(place.path)
    release(course)
    missing: list[str] = []
    (place.path / "submitted/cat/tiny").mkdir(parents=True)
    rows = go(place, course, regrade=True, finish=lambda *run: command.finish("", missing, "", *run))
    assert rows["bob", "other"].state == "graded" and rows["cat", "other"].state == "waits"
    assert rows["bob", "tiny"].state == "person" and rows["bob", "tiny"].score == 13.5
    assert "make migrate" in rows["bob", "tiny"].notes[0] and rows["cat", "tiny"].state == "not yet"
    assert {"ann", "bob"} <= set(ran(place.path)) and grades_of(place.path).keys() == before.keys()
    assert f"make migrate CLASS={place.path} CHAPTER=tiny DRY=1" in missing[0]
    assert place.report.exists() and "report could not be written" not in capsys.readouterr().err
    with pytest.raises(Changed, match="make migrate"):
        go(place, course, chapter="tiny")


def test_a_dry_run_says_what_changes_and_changes_nothing(place, course, capsys):
    go(place, course)
    release(course)
    with Records(place.db_url) as records:
        before = sorted(records.states())
    assert migrate.main([str(place.path), "--dry"], course) == 0
    out = capsys.readouterr().out
    assert "tiny: 2 submissions" in out and "other" not in out and "nothing was changed" in out
    assert "new: test_triple, triple" in out and "gone: square, test_square" in out
    assert "test_double: 4 points before, 8 now" in out and "3 scores and comments of people stay" in out
    assert "of a cell that is gone: ann, test_square: score 5.0" in out
    with Records(place.db_url) as records:
        assert sorted(records.states()) == before
    assert not (place.path / "migrations").exists()


def test_migrating_keeps_scores_comments_and_decisions_and_grades_only_that_chapter_anew(place, course, capsys):
    go(place, course)
    ran(place.path)
    release(course)
    assert migrate.main([str(place.path)], course) == 0
    (kept,) = (place.path / "migrations").glob("*.json")
    assert json.loads(kept.read_text())["lost"] == [
        {"student": "ann", "cell": "test_square", "score": 5.0, "extra": None, "comment": None}
    ]
    assert kept.with_suffix(".db").stat().st_size > 1000, "a copy of the gradebook"
    rows = go(place, course)
    assert sorted(ran(place.path)) == ["ann", "bob"], "only the chapter that changed"
    assert rows["bob", "tiny"].state == "graded" and rows["bob", "tiny"].max_score == 8 + 1 + 5 + 3
    assert rows["bob", "tiny"].score == 8 + 1 + 0 + 2.5 and "Read by a person: why" in " ".join(
        rows["bob", "tiny"].notes
    )
    assert grade(place, "bob", "tiny", "why") == (None, 2.5, None, False)
    assert grade(place, "ann", "tiny", "test_double")[2] == 1.0
    assert "well said in tiny" in (place.path / "feedback/bob/tiny/tiny.html").read_text()
    with Audit(place.path) as audit:
        assert "test_square" not in audit.state(("ann", "tiny"))["grades"]
    capsys.readouterr()
    assert migrate.main([str(place.path)], course) == 0 and "nothing to migrate" in capsys.readouterr().out
    last = json.loads((place.path / "audit.jsonl").read_text().splitlines()[-1])
    assert last["student"] == "bob" and last["score"][1] == 11.5


def test_a_renamed_cell_takes_its_scores_along(place, course, capsys):
    def renamed(nb, *, solution):
        for cell in nb.cells:
            if cell.id == "why":
                cell.id = cell.metadata.nbgrader.grade_id = "why_four"
        nb.metadata.descent.hash = "2"
        return nb

    go(place, course)
    release(course, change=renamed)
    assert migrate.main([str(place.path), "--renamed", "why=why_5"], course) == 2
    assert "why cannot be renamed why_5" in capsys.readouterr().err
    assert migrate.main([str(place.path), "--renamed", "why=why_four"], course) == 0
    go(place, course)
    assert grade(place, "bob", "tiny", "why_four") == (None, 2.5, None, False), "and it is still decided"


def test_an_interrupted_migration_leaves_the_gradebook_as_it_was(place, course, monkeypatch):
    from autograder.gradebook import migration

    go(place, course)
    release(course)
    with Records(place.db_url) as records:
        before = sorted(records.states())

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(migration, "add", full)
        assert migrate.main([str(place.path)], course) == 2
    with Records(place.db_url) as records:
        assert sorted(records.states()) == before
    assert migrate.main([str(place.path)], course) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["--chapter", "99"], "no assignment in the gradebook begins so"), (["--renamed", "x=y"], "there is no cell x")],
)
def test_bad_input_is_one_sentence(place, course, capsys, arguments, sentence):
    assert migrate.main([str(place.path), *arguments], course) == 2
    err = capsys.readouterr().err
    assert sentence in err and err.count("\n") == 1


def notes_of(hash: str) -> str:
    """What a student of the earlier release is told by one whose hash is `hash`."""
    submitted = parse(nbformat.writes(tiny.answered(**tiny.RIGHT)).encode())
    master = add_exercise(tiny.released(), solution=False)
    master.metadata.descent.hash = hash
    return " ".join(note["en"] for note in admit.rebuild(submitted, {"en": master}).notes)


def test_a_release_that_differs_in_given_code_alone_has_the_same_exercises():
    """Given cells have names that tell a student nothing, and "counts as not answered" would only frighten."""
    submitted = parse(nbformat.writes(tiny.answered(**tiny.RIGHT)).encode())
    master = tiny.released()
    next(cell for cell in master.cells if cell.id == "given").source += "\nanother = 1"
    master.metadata.descent.hash = "1"
    told = " ".join(note["en"] for note in admit.rebuild(submitted, {"en": master}).notes)
    assert "another release" in told and "The exercises are the same" in told and "not answered" not in told


def test_a_hand_in_of_another_release_is_called_that_and_nobody_deleted_anything():
    told = notes_of("1")
    assert "another release of this chapter" in told and "triple, test_triple" in told
    assert "deleted" not in told and "missing" not in told
    told = notes_of("0")
    assert "deleted" in told and "another release" not in told, "of the same release it was the student"
