"""The whole way on nbgrader's exchange for two students: release, fetch, submit, collect, grade, read an essay, give the
feedback back, hand in again, collect, grade, give back again. Once with `make grade`, once with nbgrader's commands."""

import os
import shutil
import time
from pathlib import Path

import nbformat
import pytest
import tiny_course as tiny
from nbgrader.apps.api import NbGraderAPI
from nbgrader.exchange.default import (
    ExchangeCollect,
    ExchangeFetchAssignment,
    ExchangeFetchFeedback,
    ExchangeReleaseAssignment,
    ExchangeReleaseFeedback,
    ExchangeSubmit,
)
from test_audit import give
from test_nbgrader_commands import config_for, prepare_rows
from traitlets.config import Config

from autograder.gradebook import coursedir
from autograder.grading import batch

# nbgrader 0.9.6 links a new submission before it adds it, and leaves files open when it releases feedback.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type .* not in session"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
STUDENTS = ("ann", "bob")


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> batch.Course:
    root = tiny.lay_out(tmp_path_factory.mktemp("course"))
    return batch.Course(root / "solutions", root / "notebooks")


class Exchange:
    """An exchange, a class and the folders of the students, all below one folder."""

    def __init__(self, place: Path, course: batch.Course, monkeypatch):
        self.place, self.course, self.monkeypatch = place, course, monkeypatch
        self.folder = place / "class"
        (self.folder / "submitted").mkdir(parents=True)
        (place / "exchange").mkdir(mode=0o777)
        (place / "exchange").chmod(0o777)
        tiny.give_gradebook(self.folder)
        (self.folder / "class.toml").write_text("[due]\ntiny = 2100-01-01T00:00:00Z\n")
        shutil.copytree(course.released / "en" / "tiny", self.folder / "release" / "tiny")
        prepare_rows(self.folder, course)

    def config(self, student: str = "") -> Config:
        config = config_for(self.folder, self.course, self.monkeypatch)
        config.CourseDirectory.course_id = "descent"
        config.Exchange.root = str(self.place / "exchange")
        config.Exchange.cache = str(self.place / f"cache-{student}")
        if student:
            home = self.place / "homes" / student
            home.mkdir(parents=True, exist_ok=True)
            self.monkeypatch.chdir(home)
            self.monkeypatch.setenv("USER", student)
            config.CourseDirectory.root = str(home)
            config.Exchange.assignment_dir = str(home)
        return config

    def run(self, step, student: str = "", **options) -> None:
        config = self.config(student)
        for name, value in options.items():
            config[step.__name__][name] = value
        api = NbGraderAPI(config=config)
        api.coursedir.assignment_id = "tiny"
        if student:  # in exchange, a student is who the process runs as
            self.monkeypatch.setattr("nbgrader.exchange.default.submit.get_username", lambda: student)
            self.monkeypatch.setattr("nbgrader.exchange.default.fetch_feedback.get_username", lambda: student)
        step(coursedir=api.coursedir, authenticator=api.authenticator, parent=api).start()

    def submit(self, student: str, **answers: str) -> None:
        path = self.place / "homes" / student / "tiny" / "tiny.ipynb"
        nbformat.write(tiny.answered(**tiny.RIGHT | answers), path)
        self.run(ExchangeSubmit, student)

    def feedback(self, student: str) -> dict[str, str]:
        """time of submission -> page, as the student has fetched them."""
        self.run(ExchangeFetchFeedback, student)
        found = (self.place / "homes" / student / "tiny" / "feedback").glob("*/tiny.html")
        return {path.parent.name: path.read_text() for path in found}


def grade_by_make(exchange: Exchange) -> None:
    tiny.grade_class(coursedir.open_class(str(exchange.folder)), exchange.course)


def grade_by_nbgrader(exchange: Exchange) -> None:
    api = NbGraderAPI(config=exchange.config())
    for student in STUDENTS:
        done = api.autograde("tiny", student)
        assert done["success"], done
    pages_by_nbgrader(exchange)


def pages_by_nbgrader(exchange: Exchange) -> None:
    api = NbGraderAPI(config=exchange.config())
    for student in STUDENTS:
        done = api.generate_feedback("tiny", student)
        assert done["success"], done


@pytest.mark.skipif(os.name != "posix", reason="the exchange needs it")
@pytest.mark.parametrize(
    "grade, pages",
    [(grade_by_make, grade_by_make), (grade_by_nbgrader, pages_by_nbgrader), (grade_by_make, pages_by_nbgrader)],
)
def test_two_students_the_whole_way(course, tmp_path, monkeypatch, grade, pages):
    exchange = Exchange(tmp_path, course, monkeypatch)
    exchange.run(ExchangeReleaseAssignment)
    for student in STUDENTS:
        exchange.run(ExchangeFetchAssignment, student)
        exchange.submit(student, why=f"Because {student} says so.")
    exchange.run(ExchangeCollect)
    grade(exchange)
    give(exchange.folder, "ann", manual_score=2.5, needs_manual_grade=False)
    pages(exchange)
    exchange.run(ExchangeReleaseFeedback)
    first = {student: exchange.feedback(student) for student in STUDENTS}
    for student, score in (("ann", "13.5"), ("bob", "11")):
        (page,) = first[student].values()
        assert f"{score} / 14</title>" in page and f"Because {student} says so." in page
    time.sleep(1.1)  # the exchange tells submissions apart by the second
    exchange.submit("ann", why="Because ann says so.", square="def square(x):\n    return 3")
    exchange.run(ExchangeCollect, update=True)
    grade(exchange)
    pages(exchange)
    exchange.run(ExchangeReleaseFeedback)
    second = {student: exchange.feedback(student) for student in STUDENTS}
    assert second["bob"] == first["bob"] and len(second["ann"]) == 2
    assert second["ann"].items() > first["ann"].items(), "the first page stays under the first time"
    (new,) = set(second["ann"]) - set(first["ann"])
    assert "7.5 / 14</title>" in second["ann"][new] and max(second["ann"]) == new
    rows = tiny.grade_class(coursedir.open_class(str(exchange.folder)), course)
    assert not any("submission_secret" in note for row in rows for note in row.notes)


def test_pages_of_submissions_that_came_another_way_stop_no_release(course, tmp_path, monkeypatch):
    """No timestamp.txt, no secret: they are released under a name that nobody can ask for; links are not followed."""
    exchange = Exchange(tmp_path, course, monkeypatch)
    exchange.run(ExchangeReleaseAssignment)
    for student in STUDENTS:
        tiny.write(exchange.folder, student, tiny.answered(**tiny.RIGHT))
    (tmp_path / "other").write_text("another student's secret")
    (exchange.folder / "submitted" / "bob" / "tiny" / "submission_secret.txt").symlink_to(tmp_path / "other")
    grade_by_make(exchange)
    exchange.run(ExchangeReleaseFeedback)
    released = list((tmp_path / "exchange" / "descent" / "feedback").glob("*.html"))
    assert len(released) == 2
    for student in STUDENTS:
        secret = exchange.folder / "feedback" / student / "tiny" / "submission_secret.txt"
        assert len(secret.read_text()) == 64 and "another" not in secret.read_text()
