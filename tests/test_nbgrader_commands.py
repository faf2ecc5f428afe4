"""nbgrader's own commands and the formgrader button put the same rows into the gradebook as the batch
command."""

from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
import tiny_course as tiny
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder import ROOT
from autograder.gradebook import coursedir, record
from autograder.grading import batch
from autograder.grading.preprocessors import Grade

# nbgrader 0.9.6 links a new submission to its student before it adds it, which SQLAlchemy warns about.
pytestmark = pytest.mark.filterwarnings("ignore:Object of type .* not in session")

HERE = ROOT / "autograder"
DUE = "[due]\ntiny = 2026-10-05T12:00:00Z\n[late]\npercent_per_day = 10\n"


class TinyGrade(Grade):
    """The real step with the tests' judge."""

    judge = staticmethod(tiny.judge_here)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> batch.Course:
    root = tiny.lay_out(tmp_path_factory.mktemp("course"))
    return batch.Course(root / "solutions", root / "notebooks")


def hand_in(folder: Path) -> Path:
    """The same small class, anywhere."""
    nb = tiny.answered(**tiny.RIGHT)
    tiny.write(folder, "ada_right", nb)
    tiny.write(folder, "bob_blank_zh", tiny.released("zh"))
    tiny.write(folder, "cat_no_notebook", b"not a notebook")
    late = tiny.write(folder, "dan_late_and_renamed", tiny.answered(double=tiny.RIGHT["double"]), "my work.ipynb")
    (late.parent / "timestamp.txt").write_text("2026-10-07 09:00:00 UTC")
    doubled = tiny.answered(**tiny.RIGHT)
    doubled.cells.append(deepcopy(tiny.find(doubled, "test_double")))
    doubled.cells[-1].id = "copied"
    tiny.write(folder, "eve_copied_test", doubled)
    tiny.give_gradebook(folder)
    (folder / "class.toml").write_text(DUE)
    return folder


def config_for(folder: Path, course: batch.Course, monkeypatch) -> Config:
    """nbgrader_config.py as nbgrader reads it, on the tiny course."""
    monkeypatch.setenv("DESCENT_CLASS", str(folder))
    config = PyFileConfigLoader("nbgrader_config.py", path=str(HERE)).load_config()
    config.CourseDirectory.source_directory = str(course.solutions / "en")
    config.Grade.solutions, config.Grade.released = str(course.solutions), str(course.released)
    config.Autograde.sanitize_preprocessors = [TinyGrade]
    return config


def prepare_rows(folder: Path, course: batch.Course) -> None:
    place = coursedir.open_class(str(folder))
    chapter = batch.masters.load("tiny", course.solutions, course.released)
    with record.Records(place.db_url) as records:
        records.assignment("tiny", chapter, place.settings()["due"]["tiny"])


def everything(folder: Path) -> dict:
    """All that the gradebook says about every submission."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            s.student.id: {
                "timestamp": s.timestamp,
                "score": s.score,
                "max": s.max_score,
                "manual": s.needs_manual_grade,
                "penalty": s.late_submission_penalty,
                "grades": {
                    g.name: (g.auto_score, g.manual_score, g.needs_manual_grade, g.max_score)
                    for n in s.notebooks
                    for g in n.grades
                },
                "comments": {c.name: (c.auto_comment, c.manual_comment) for n in s.notebooks for c in n.comments},
            }
            for s in gradebook.assignment_submissions("tiny")
        }


@pytest.fixture(scope="module")
def by_batch(course, tmp_path_factory) -> dict:
    folder = hand_in(tmp_path_factory.mktemp("batch"))
    rows = tiny.grade_class(coursedir.open_class(str(folder)), course)
    assert {row.student: row.state for row in rows} == {
        "ada_right": "waits",
        "bob_blank_zh": "graded",
        "cat_no_notebook": "refused",
        "dan_late_and_renamed": "late",
        "eve_copied_test": "waits",
    }
    return everything(folder)


def test_the_batch_itself_says_what_it_should(by_batch):
    assert by_batch["ada_right"]["score"] == 11 and by_batch["ada_right"]["manual"]
    assert by_batch["dan_late_and_renamed"]["score"] == 4 and by_batch["dan_late_and_renamed"]["penalty"] == 0.8
    assert by_batch["cat_no_notebook"]["score"] == 0 and not by_batch["cat_no_notebook"]["manual"]
    assert by_batch["bob_blank_zh"]["comments"]["why"] == ("No response.", None)


def test_nbgrader_autograde_gives_the_same_rows_and_no_submission_stops_it(course, by_batch, tmp_path, monkeypatch):
    folder = hand_in(tmp_path)
    prepare_rows(folder, course)
    config = config_for(folder, course, monkeypatch)
    course_directory = CourseDirectory(config=config, assignment_id="tiny")
    Autograde(coursedir=course_directory, config=config).start()
    assert everything(folder) == by_batch
    assert (folder / "autograded" / "dan_late_and_renamed" / "tiny" / "tiny.ipynb").exists()


def test_the_formgrader_button_gives_the_same_rows_and_safe_feedback(course, by_batch, tmp_path, monkeypatch):
    folder = hand_in(tmp_path)
    evil = tiny.answered(**tiny.RIGHT | {"why": "a<script>alert(1)</script>\n\n[x](javascript:alert(2))"})
    tiny.write(folder, "ada_right", evil)
    prepare_rows(folder, course)
    api = NbGraderAPI(config=config_for(folder, course, monkeypatch))
    for student in by_batch:
        done = api.autograde("tiny", student)
        assert done["success"], done
    assert everything(folder) == by_batch
    done = api.generate_feedback("tiny", "ada_right")
    assert done["success"], done
    page = (folder / "feedback" / "ada_right" / "tiny" / "tiny.html").read_text()
    assert "alert(1)" not in page and 'href="javascript' not in page and "square(-5)" not in page


def test_the_config_is_absolute_and_ours(course, tmp_path, monkeypatch):
    monkeypatch.delenv("DESCENT_CLASS", raising=False)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(HERE)).load_config()
    assert config.CourseDirectory.root == str(coursedir.SAMPLE)
    assert config.CourseDirectory.db_url == f"sqlite:///{coursedir.SAMPLE / 'gradebook.db'}"
    assert config.CourseDirectory.source_directory == str(coursedir.ROOT / "solutions" / "en")
    assert config.CourseDirectory.release_directory == str(coursedir.SAMPLE / "release")


def test_the_generate_button_makes_what_students_got_outside_of_the_course(tmp_path, monkeypatch):
    (tmp_path / "submitted").mkdir()
    tiny.give_gradebook(tmp_path)
    monkeypatch.setenv("DESCENT_CLASS", str(tmp_path))
    config = PyFileConfigLoader("nbgrader_config.py", path=str(HERE)).load_config()
    name = "03_momentum"
    done = NbGraderAPI(config=config).generate_assignment(name)
    assert done["success"], done
    made = nbformat.read(tmp_path / "release" / name / f"{name}.ipynb", 4)
    assert made.cells == nbformat.read(batch.Course.released / "en" / name / f"{name}.ipynb", 4).cells
    chapter = batch.masters.load(name, batch.Course.solutions, batch.Course.released)

    def cells() -> dict:
        with Gradebook(config.CourseDirectory.db_url) as gradebook:
            rows = gradebook.find_notebook(name, name).source_cells
            return {cell.name: (cell.source, cell.checksum) for cell in rows}

    by_button = cells()
    with record.Records(config.CourseDirectory.db_url) as records:
        records.assignment(name, chapter)
    assert by_button and cells() == by_button
