"""What a class meets on other people's disks: a damaged gradebook, a folder with an odd name, one that may not be written, one
without locks. Every command says one sentence, ends with an error and leaves everything as it was."""

import errno
import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import tiny_course as tiny
from nbgrader.api import Gradebook, InvalidEntry
from sqlalchemy.exc import OperationalError
from test_audit import lines
from test_grade import course, folder, go  # noqa: F401  fixtures
from test_graders import UIDS, as_account, shared  # noqa: F401  (a fixture)
from test_new_class import state

from autograder import ROOT, people
from autograder.authoring import adopt
from autograder.gradebook.coursedir import open_class
from autograder.gradebook.lock import locked
from autograder.gradebook.record import Records
from autograder.grading.failures import Stopped

COMMANDS = {  # door -> its words, "." for the class
    "essays": ["."],
    "export": ["canvas", "--class", "."],
    "migrate": ["."],
    "people": ["rename", ".", "ann", "anna"],
    "formgrader": ["--class", "."],
}
WRITE = COMMANDS | {"people": ["drop", ".", "ann"], "new_class": [".", "--roster", "ROSTER"]}


def run(door: str, words: list[str], place: Path, capsys) -> str:
    """Give a command that cannot succeed; returns its sentence."""
    assert import_module(f"autograder.{door}").main([str(place) if word == "." else word for word in words]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "Error" not in err, err
    return err


@pytest.mark.parametrize("damage", ["all of it", "a page"])
def test_a_damaged_gradebook_is_one_sentence_and_stays_as_it_is(folder, course, capsys, monkeypatch, damage):
    go(folder, course)
    path = folder / "gradebook.db"
    data = bytearray(path.read_bytes())
    start = 0 if damage == "all of it" else 4096
    data[start : start + 80_000] = b"no page of SQLite's " * 4000
    path.write_bytes(data)
    before = state(folder)
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("formgrader would have been started"))
    for door, words in COMMANDS.items():
        if damage == "a page" and door == "formgrader":
            continue  # it reads the first page only
        said = run(door, words, folder, capsys)
        assert f"the gradebook of {folder} is damaged" in said and "from your backup" in said, (door, said)
    with pytest.raises(Stopped, match="is damaged: .*Put gradebook.db from your backup in its place"):
        go(folder, course, regrade=True)
    after = state(folder)
    assert {name for name in before if before[name] != after.get(name)} <= {".", "journal.jsonl"} and after[
        "gradebook.db"
    ] == (before["gradebook.db"])


@pytest.mark.parametrize("name", ["50% off", "CS%20101", "why? #2", "我的 班", "a'b\"c", "[x]"])
def test_a_folder_may_be_called_as_it_likes(folder, course, name):
    """The address of a gradebook is text in which some characters mean something else."""
    moved = folder.rename(folder.with_name(name))
    beside = set(moved.parent.iterdir())
    for path in (moved / "gradebook.db", moved / "journal.jsonl"):
        path.unlink(missing_ok=True)
    tiny.give_gradebook(moved)
    go(moved, course)
    assert set(moved.parent.iterdir()) == beside and (moved / "gradebook.db").stat().st_size > 10_000
    with Records(open_class(str(moved)).db_url) as records:
        assert records.row("ann", "tiny") is not None


DOOR = """
import importlib, sys
door, *words = sys.argv[1:]
sys.exit(importlib.import_module("autograder." + door).main(words))
"""


def test_an_account_that_may_read_but_not_write_changes_nothing(shared, course, tmp_path):
    (shared / "class.toml").unlink()
    for path in [shared, *shared.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    check(shared, tmp_path, lambda door, words: as_account(UIDS[0], DOOR, door, *words, reads_all=True))


def check(place: Path, tmp_path: Path, start) -> None:
    roster = tmp_path / "new.csv"
    roster.write_text("ann\nbob\ncat\ndan\n")
    before = state(place)
    for door, words in WRITE.items():
        own = {".": str(place), "ROSTER": str(roster)}
        process = start(door, [own.get(word, word) for word in words])
        said = process.communicate(timeout=120)[0]
        assert process.returncode == 2 and "Traceback" not in said, (door, said)
        assert "you may not" in said or "the disk may only be read" in said, (door, said)
        assert len(said.strip().splitlines()) == 1, said
    assert state(place) == before


def test_a_disk_that_may_only_be_read(folder, course, tmp_path):
    go(folder, course)
    place = tmp_path / "read only"
    place.mkdir()
    made = [["mount", "--bind", str(folder), str(place)], ["mount", "-o", "remount,ro,bind", str(place)]]
    if os.getuid() != 0 or any(subprocess.run(words, capture_output=True).returncode for words in made):
        subprocess.run(["umount", str(place)], capture_output=True)
        pytest.skip("only root can mount, where mounting is allowed")
    try:
        check(place, tmp_path, in_a_process)
    finally:
        subprocess.run(["umount", str(place)], check=True)


def in_a_process(door: str, words: list[str]) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", DOOR, door, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT / "src", ROOT)))}, cwd=ROOT,
    )  # fmt: skip


def test_a_network_drive_without_locks_is_said(folder, course, capsys, monkeypatch):
    go(folder, course)

    def flock(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    for door in ("migrate", "people"):
        assert "the file system has no locks" in run(door, COMMANDS[door], folder, capsys)
    with pytest.raises(Stopped, match="the file system has no locks"):
        go(folder, course)
    monkeypatch.undo()
    with locked(open_class(str(folder))):
        pass
    shutil.rmtree(folder)


def test_a_disk_that_is_full_when_a_student_leaves(folder, course, capsys, monkeypatch):
    """The student is in the class as before, in audit and gradebook; the same command does it later."""
    go(folder, course)
    before = state(folder)

    def full(*_):
        raise InvalidEntry from OperationalError("DELETE", {}, sqlite3.OperationalError("database or disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(Gradebook, "remove_student", full)
        assert "database or disk is full" in run("people", ["drop", ".", "ann"], folder, capsys)
    assert {name: data for name, (_, data) in state(folder).items()} == {
        name: data for name, (_, data) in before.items()
    }
    assert people.main(["drop", str(folder), "ann"]) == 0 and (folder / "dropped/ann/1/gradebook.json").is_file()
    assert [line["student"] for line in lines(folder) if line["what"] == "drop"] == ["ann"]


def test_a_disk_that_is_full_when_an_assignment_is_adopted(tmp_path, monkeypatch):
    (tmp_path / "class" / "submitted").mkdir(parents=True)
    place, written = open_class(str(tmp_path / "class")), []

    def write(nb, path):
        written.append(path)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(adopt.nbformat, "write", write)
    one = adopt.Assignment("hw", "hw.ipynb", "en", tiny.solution(), tiny.released())
    with pytest.raises(OSError, match="No space"):
        adopt.write(place, [one])
    assert sorted(os.listdir(place.path)) == ["submitted"]
