"""A full disk and a gradebook that somebody else holds: a message, nothing lost, and the same command goes on."""

import errno
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest
import tiny_course as tiny
from nbgrader.api import InvalidEntry
from sqlalchemy.exc import OperationalError
from test_audit import lines
from test_grade import RIGHT, course, folder, go, ran  # noqa: F401  fixtures

from autograder import grade
from autograder.gradebook.coursedir import ClassError
from autograder.gradebook.files import replace
from autograder.gradebook.journal import Journal
from autograder.grading import batch, failures
from autograder.grading.failures import Stopped
from autograder.pages import command, write_feedback
from autograder.sandbox.accident import Accident, cannot_start


def full(path="x") -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def all_is_well(folder: Path, course) -> None:
    """The same command finishes, and the class is as if nothing had happened."""
    rows = go(folder, course)
    assert {name: (row.score, row.state) for name, row in rows.items()} == {
        name: (11, "waits") for name in ("ann", "bob", "cat")
    }
    assert sorted(line["student"] for line in lines(folder) if line["what"] == "grade") == ["ann", "bob", "cat"]
    assert all((folder / "feedback" / name / "tiny" / "tiny.html").exists() for name in rows)
    assert not list(folder.rglob("*.new"))


def test_an_entry_that_does_not_fit_is_taken_back_and_the_others_stay(tmp_path, monkeypatch):
    with Journal(tmp_path / "j") as journal:
        journal.append({"a": 1})
        write = os.write
        monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:5]) if len(data) > 8 else no_room())
        with pytest.raises(OSError, match="No space"):
            journal.append({"b": 2})
        assert (tmp_path / "j").read_bytes() == b'{"a": 1}\n'
        monkeypatch.setattr(os, "ftruncate", lambda *_: no_room())
        with pytest.raises(OSError, match="No space"):
            journal.append({"b": 2})
        monkeypatch.undo()
        assert (tmp_path / "j").read_bytes() == b'{"a": 1}\n{"b":'
        journal.append({"c": 3}, {"d": 4})
        assert list(journal.entries()) == [{"a": 1}, {"c": 3}, {"d": 4}]


def no_room(*_, **__):
    raise full()


def test_a_file_that_does_not_fit_leaves_the_old_one(tmp_path, monkeypatch):
    replace(tmp_path / "a" / "f", "old")
    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space"):
        replace(tmp_path / "a" / "f", "new")
    assert [(p.name, p.read_text()) for p in (tmp_path / "a").iterdir()] == [("f", "old")]


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_a_full_disk_at_the_journal_stops_with_a_message(folder, course, monkeypatch, number):
    append, count = Journal.append, []

    def limited(journal, *entries):
        count.append(journal)
        if len(count) >= number:
            raise full(journal.path)
        append(journal, *entries)

    monkeypatch.setattr(Journal, "append", limited)
    with pytest.raises(
        Stopped, match=r"the disk is full \(.*jsonl\).*What was graded is kept; the same command goes on"
    ):
        go(folder, course)
    monkeypatch.undo()
    all_is_well(folder, course)


@pytest.mark.parametrize("said", ["database or disk is full", "disk I/O error"])
def test_a_full_disk_at_the_gradebook_stops_with_a_message_and_grades_nothing_twice(folder, course, monkeypatch, said):
    save = batch.Records.save

    def limited(records, nb, student, *rest):
        save(records, nb, student, *rest)
        if student == "bob":
            raise OperationalError("INSERT", {}, sqlite3.OperationalError(said))

    monkeypatch.setattr(batch.Records, "save", limited)
    with pytest.raises(Stopped, match=f"cannot be written: {said}.*Make room first"):
        go(folder, course)
    monkeypatch.undo()
    assert sorted(ran(folder)) == ["ann", "bob", "cat"]
    all_is_well(folder, course)
    assert ran(folder) == []


def test_a_full_disk_that_nbgrader_takes_for_an_invalid_entry_stops_with_a_message(folder, course, monkeypatch):
    def fail(*_, **__):
        try:
            raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
        except OperationalError as error:
            raise InvalidEntry(*error.args)  # noqa: B904  as nbgrader does

    for name in ("assignment", "save"):
        monkeypatch.setattr(batch.Records, name, fail)
        with pytest.raises(Stopped, match="cannot be written: database or disk is full"):
            go(folder, course)
        monkeypatch.undo()
    all_is_well(folder, course)


def test_a_full_disk_at_the_pages_stops_with_a_message(folder, course, monkeypatch):
    def write_page(task):
        if "bob" in task.target:
            raise full(task.target)
        return page(task)

    page = write_feedback.write_page
    monkeypatch.setattr(write_feedback, "write_page", write_page)
    with pytest.raises(Stopped, match="a worker had to stop: the disk is full .*bob.*tiny.html"):
        go(folder, course)
    monkeypatch.undo()
    ran(folder)
    all_is_well(folder, course)
    assert ran(folder) == []


def test_a_worker_without_disk_sets_nobody_aside_for_a_person(folder, course, monkeypatch):
    monkeypatch.setattr(tiny, "judge_here", no_room)
    with pytest.raises(Stopped, match="a worker had to stop: the disk is full"):
        go(folder, course)
    monkeypatch.undo()
    all_is_well(folder, course)


NO_DESCENT = "Traceback (most recent call last):\n  File 'x'\nModuleNotFoundError: No module named 'descent'\n"


def not_started(nb, master, job, seconds):
    raise cannot_start(NO_DESCENT)


@pytest.mark.parametrize("students", ["", "ann"])
def test_no_kernel_starts_and_nothing_is_recorded_of_anybody(folder, course, students):
    """As in a checkout that was moved: not the fault of any submission. The refused one needs no kernel."""
    tiny.write(folder, "abe", b"not a notebook")
    for name in "defg":
        tiny.write(folder, name, RIGHT)
    with pytest.raises(
        Stopped,
        match="nothing was recorded, because no submission can be graded here: no kernel could be started: "
        "ModuleNotFoundError: No module named 'descent'. Run `make`",
    ):
        go(folder, course, judge=not_started, students=students)
    assert not (folder / "grades.csv").exists() and '"result"' not in (folder / "journal.jsonl").read_text()
    assert not [line for line in lines(folder) if line["what"] == "grade"]
    assert go(folder, course)["ann"].score == 11


def test_a_kernel_that_does_not_start_once_is_no_reason_to_stop(folder, course):
    def judge(nb, master, job, seconds):
        return (not_started if job.student == "ann" else tiny.judge_here)(nb, master, job, seconds)

    rows = go(folder, course, judge=judge)
    assert [rows[name].state for name in ("ann", "bob", "cat")] == ["person", "waits", "waits"]
    assert "No module named 'descent'" in rows["ann"].notes[0]
    assert go(folder, course)["ann"].score == 11, "tried again with the next run"


@pytest.mark.parametrize("error", [Accident("no judge could be started"), TypeError("a mistake of the grader")])
def test_the_same_failure_for_everyone_stops_the_run_and_for_one_it_does_not(folder, course, error):
    def judge(nb, master, job, seconds):
        if job.student != spared:
            raise error
        return tiny.judge_here(nb, master, job, seconds)

    spared = ""
    with pytest.raises(Stopped, match=f"nothing was recorded, because no submission can be graded here: .*{error}"):
        go(folder, course, judge=judge)
    assert '"result"' not in (folder / "journal.jsonl").read_text() and not (folder / "grades.csv").exists()
    spared = "bob"
    rows = go(folder, course, judge=judge)
    assert [rows[name].state for name in ("ann", "bob", "cat")] == ["person", "waits", "person"]


# Accidents: a process of ours ended without the grader asking


@pytest.mark.parametrize("times, state", [(1, "waits"), (2, "waits"), (3, "person")])
def test_a_result_that_an_accident_disturbed_is_discarded_and_graded_again_alone(folder, course, times, state):
    """What the student would have had (nothing) is nowhere; after three accidents a person decides."""
    tiny.write(folder, "dan", RIGHT)
    tried, together = [], []

    def judge(nb, master, job, seconds):
        together.append(job.student)
        try:
            if job.student == "ann":
                tried.append(sorted(set(together)))
                if len(tried) <= times:
                    raise Accident("bubblewrap was killed")
            return tiny.judge_here(nb, master, job, seconds)
        finally:
            together.remove(job.student)

    rows = go(folder, course, judge=judge, workers=2)
    assert {name: row.state for name, row in rows.items()} == {
        "bob": "waits",
        "cat": "waits",
        "dan": "waits",
        "ann": state,
    }
    assert rows["ann"].score == (11 if state == "waits" else 0)
    assert len(tried) == min(times + 1, 3) and tried[1:] == [["ann"]] * (len(tried) - 1)
    results = [line for line in (folder / "journal.jsonl").read_text().splitlines() if '"student": "ann"' in line]
    assert len(results) == 1 and (
        "bubblewrap was killed" in rows["ann"].notes[0] if state == "person" else not rows["ann"].notes
    )
    assert go(folder, course)["ann"].score == 11


def test_the_command_prints_the_message_and_exits_with_2(folder, course, monkeypatch, capsys):
    monkeypatch.setattr(command, "isolated_course", lambda *_: (course, ""))
    monkeypatch.setattr(Journal, "append", no_room)
    assert grade.main(["--class", str(folder)]) == 2
    said = capsys.readouterr().err
    assert "grade: the disk is full" in said and "Traceback" not in said


class Held:
    """The gradebook, held by another program: `with Held(folder) as held: ... held.let_go()`."""

    def __init__(self, folder: Path):
        self.base = sqlite3.connect(folder / "gradebook.db", isolation_level=None, check_same_thread=False)

    def __enter__(self):
        self.base.execute("BEGIN EXCLUSIVE")
        return self

    def let_go(self) -> None:
        if self.base.in_transaction:
            self.base.execute("ROLLBACK")

    def __exit__(self, *_):
        self.let_go()
        self.base.close()


def test_a_gradebook_that_is_held_for_a_while_is_waited_for(folder, course, capsys):
    """Longer than SQLite waits by itself, so that it is our waiting that counts."""
    with Held(folder) as held:
        timer = threading.Timer(6, held.let_go)
        timer.start()
        began = time.monotonic()
        all_is_well(folder, course)
        assert time.monotonic() - began > 5 and ran(folder) == ["ann", "bob", "cat"]
        timer.join()
    assert capsys.readouterr().err.count("another program holds the gradebook; waiting") == 1


def test_a_gradebook_that_is_never_let_go_stops_with_a_message(folder, course, monkeypatch):
    monkeypatch.setattr(failures, "LOCK_SECONDS", 0.01)
    record = batch.record_results

    def hold(run, keys):
        with Held(folder):
            record(run, keys)

    monkeypatch.setattr(batch, "record_results", hold)
    with pytest.raises(Stopped, match="another program holds the gradebook of .*Close it. What was graded is kept"):
        go(folder, course)
    monkeypatch.undo()
    assert sorted(ran(folder)) == ["ann", "bob", "cat"]
    all_is_well(folder, course)
    assert ran(folder) == []


def test_errors_of_other_kinds_are_not_explained_away(folder, course, monkeypatch):
    assert failures.explanation(OSError(errno.ENOENT, "gone"), folder) is None
    assert failures.explanation(None, folder) is None

    def mistake(*_):
        raise FileNotFoundError("a mistake of ours")

    monkeypatch.setattr(batch, "replay", mistake)
    with pytest.raises(FileNotFoundError):
        go(folder, course)
    with pytest.raises(ClassError, match="another process"), batch.locked(batch.ClassFolder(folder)):
        go(folder, course)


# The gradebook in another place


def test_the_gradebook_may_be_another_database(folder, course, tmp_path):
    other = tmp_path / "other"
    tiny.give_gradebook(other)
    (folder / "class.toml").write_text(f'[gradebook]\nurl = "sqlite:///{other}/gradebook.db"\n')
    (folder / "gradebook.db").unlink()
    all_is_well(folder, course)
    place = batch.ClassFolder(folder)
    assert place.gradebook == f"{other}/gradebook.db" and place.graded() and not (folder / "gradebook.db").exists()
    (folder / "class.toml").write_text('[gradebook]\nurl = "postgresql+psycopg://ada:word@db.example/descent"\n')
    assert place.gradebook == "postgresql+psycopg://ada:***@db.example/descent" and place.graded()
    assert place.db_url == "postgresql+psycopg://ada:word@db.example/descent"


@pytest.mark.parametrize("text", ['[gradebook]\nfile = "x"', "[gradebook]\nurl = 3", 'gradebook = "x"'])
def test_a_gradebook_that_is_none_is_refused(folder, course, text):
    (folder / "class.toml").write_text(text)
    with pytest.raises(ClassError, match=r"\[gradebook\] holds url"):
        go(folder, course)
