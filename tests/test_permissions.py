"""Who can read a class on a shared machine: nobody but its owner, or a group of instructors; doctor warns."""

import grp
import os
import pwd
import stat
import subprocess
from pathlib import Path

import pytest
from test_grade import RIGHT, course, folder, go  # noqa: F401  fixtures

from autograder.gradebook import permissions
from autograder.gradebook.coursedir import ClassError, ClassFolder, open_class
from autograder.gradebook.record import Records

AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can act as somebody else")
GROUP = next((one.gr_name for one in grp.getgrall() if one.gr_gid in (4, 50, 100)), grp.getgrgid(os.getgid()).gr_name)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_class_is_its_owners_alone_with_all_that_grading_makes(folder, course):
    folder.chmod(0o755)
    before = os.umask(0o022)
    try:
        go(folder, course)
        assert os.umask(0o022) == 0o022, "the umask is given back"
    finally:
        os.umask(before)
    assert mode(folder) == 0o700
    for name in (
        "grades.csv",
        "journal.jsonl",
        "audit.jsonl",
        "feedback/ann/tiny/tiny.html",
        "autograded/ann/tiny/tiny.ipynb",
    ):
        assert mode(folder / name) & 0o077 == 0, name


@AS_ROOT
def test_a_stranger_can_read_nothing_of_it(folder, course, tmp_path):
    for place in [folder, *folder.parents]:
        if place.stat().st_uid == os.getuid() and place != Path("/"):
            place.chmod(mode(place) | 0o055)
    read = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "ls", str(folder)]
    if subprocess.run([*read[:-1], "/"], capture_output=True).returncode:
        pytest.skip("no setpriv here")
    assert subprocess.run(read, capture_output=True).returncode == 0
    go(folder, course)
    assert subprocess.run(read, capture_output=True).returncode != 0


@AS_ROOT
def test_with_a_group_its_members_can_write_and_nobody_else_can_read(folder, course):
    (folder / "class.toml").write_text(f'[class]\ngroup = "{GROUP}"\n')
    go(folder, course)
    group = grp.getgrnam(GROUP).gr_gid
    assert mode(folder) == 0o2770 and folder.stat().st_gid == group
    for path in folder.rglob("*"):
        info = path.stat()
        if path.name == ".secret":
            assert mode(path) == 0o640 and info.st_gid == group, "members of the group need it to grade"
        else:
            assert info.st_gid == group and mode(path) & 0o067 == 0o060, f"{path}: {mode(path):o}"
            assert not path.is_dir() or mode(path) & 0o2070 == 0o2070


@AS_ROOT
def test_the_gradebook_of_a_new_class_can_be_written_by_its_group(tmp_path):
    """SQLite makes the file without write permission for the group, and the folder had its mode before the file was there."""
    (tmp_path / "submitted").mkdir()
    (tmp_path / "class.toml").write_text(f'[class]\ngroup = "{GROUP}"\n')
    place = open_class(str(tmp_path))
    with permissions.private(place):
        pass  # as `make intake` does before the first grading
    with permissions.private(place):
        with Records(place.db_url):
            pass
    assert mode(tmp_path / "gradebook.db") == 0o660


def test_a_group_that_is_none_is_named_before_anything_is_graded(folder, course):
    (folder / "class.toml").write_text('[class]\ngroup = "no such group"\n')
    with pytest.raises(ClassError, match="is not a group of this machine"):
        go(folder, course)
    assert not (folder / "autograded").exists()


def test_no_link_of_a_students_is_followed(tmp_path):
    (tmp_path / "other").write_text("x")
    (tmp_path / "other").chmod(0o600)
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "link").symlink_to(tmp_path / "other")
    permissions.close(tmp_path / "class", os.getgid())
    assert mode(tmp_path / "other") == 0o600


@pytest.fixture
def open_place(tmp_path, monkeypatch):
    """A folder that others can reach, taken for the whole machine."""
    parents = {path: path.stat() for path in tmp_path.parents}
    for path, info in parents.items():
        if path != Path("/") and info.st_uid == os.getuid():
            path.chmod(stat.S_IMODE(info.st_mode) | 0o011)
    tmp_path.chmod(0o755)
    monkeypatch.setattr(permissions, "ANSWERS", ())
    yield tmp_path
    for path, info in parents.items():
        if path != Path("/") and info.st_uid == os.getuid():
            path.chmod(stat.S_IMODE(info.st_mode))


def test_doctor_warns_of_a_class_that_others_can_read_and_its_command_mends_it(open_place):
    place = open_place / "my class"
    place.mkdir()
    place.chmod(0o755)
    (warning,) = permissions.warnings(ClassFolder(place))
    assert f"{place} can be read by everybody on this machine: chmod 700 " in warning
    subprocess.run(warning.split(": ", 1)[1], shell=True, check=True)
    assert permissions.warnings(ClassFolder(place)) == []


def test_doctor_warns_of_answers_and_of_a_gradebook_elsewhere(open_place, monkeypatch):
    place, answers, base = open_place / "class", open_place / "solutions", open_place / "grades.db"
    place.mkdir()
    place.chmod(0o700)
    answers.mkdir()
    answers.chmod(0o755)
    base.touch()
    base.chmod(0o644)
    (place / "class.toml").write_text(f'[gradebook]\nurl = "sqlite:///{base}"\n')
    monkeypatch.setattr(permissions, "ANSWERS", (answers,))
    found = permissions.warnings(ClassFolder(place))
    assert len(found) == 2 and str(base) in found[0] and str(answers) in found[1]
    for warning in found:
        subprocess.run(warning.split(": ", 1)[1], shell=True, check=True)
    assert permissions.warnings(ClassFolder(place)) == []
    assert len(permissions.warnings(None)) == 0


def test_below_a_closed_folder_nothing_can_be_read(open_place):
    closed = open_place / "closed"
    (closed / "class").mkdir(parents=True)
    (closed / "class").chmod(0o755)
    closed.chmod(0o700)
    assert permissions.readers_of(closed / "class", None) == ""


def test_a_group_with_others_in_it_is_named_and_ones_own_is_not(open_place, monkeypatch):
    place = open_place / "class"
    place.mkdir()
    place.chmod(0o750)
    me = pwd.getpwuid(os.getuid()).pw_name
    fake = {"gr_name": "users", "gr_mem": [me, "student"]}
    monkeypatch.setattr(permissions.grp, "getgrgid", lambda gid: type("Group", (), fake))
    monkeypatch.setattr(
        permissions.pwd, "getpwall", lambda: [type("User", (), {"pw_name": me, "pw_uid": os.getuid(), "pw_gid": 1})]
    )
    assert permissions.readers_of(place, None) == "the group users"
    assert permissions.readers_of(place, place.stat().st_gid) == ""
    fake["gr_mem"] = [me]
    assert permissions.readers_of(place, None) == ""
