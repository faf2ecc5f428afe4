"""A class whose gradebook is on a PostgreSQL server, as docs/postgresql.md sets it up: make test-class."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import postgres_here as postgres
import pytest
from test_audit import lines
from test_grade import course, folder, go, grades_of  # noqa: F401  fixtures
from test_graders import UIDS, as_account, shared, start_formgrader  # noqa: F401  (a fixture)

from autograder import ROOT
from autograder.gradebook.coursedir import open_class
from autograder.gradebook.record import Records

pytestmark = [pytest.mark.postgres, pytest.mark.filterwarnings("default")]
CHAPTER = "03_momentum"
STUDENTS = [f"student{number}" for number in range(10)]
PAGE = ROOT / "docs" / "postgresql.md"


@pytest.fixture(scope="module")
def port():
    why = postgres.what_is_missing()
    if why:
        print(f"\nPOSTGRESQL IS NOT TESTED: {why}", file=sys.__stderr__)
        pytest.skip(why)
    with postgres.server() as number:
        yield number


@pytest.fixture
def empty(port):
    """The URL of an empty database, made with the page's own words."""
    number = len(postgres.psql(port, "SELECT datname FROM pg_database", user=postgres.OWNER).split())
    name = f"descent{number}"
    postgres.psql(port, f"CREATE DATABASE {name} OWNER descent", user=postgres.OWNER)
    return postgres.url(port, name)


def run(module: str, *words: object, check: bool = True) -> subprocess.CompletedProcess:
    """One of the course's commands, as make runs it."""
    done = subprocess.run(
        [sys.executable, "-m", f"autograder.{module}", *map(str, words)], cwd=ROOT, text=True, capture_output=True,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def make_class(place: Path, zip_of: Path, url: str) -> Path:
    """A class of ten by commands alone: eight right, one blank and one Chinese, with the gradebook at `url` ("": a file)."""
    for student in STUDENTS:
        source = {"student8": "notebooks/en", "student9": "solutions/zh"}.get(student, "solutions/en")
        target = zip_of / student / CHAPTER / f"{CHAPTER}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / source / CHAPTER / f"{CHAPTER}.ipynb").read_bytes())
    roster = zip_of.parent / "students.csv"
    roster.write_text("\n".join(["student_id", *STUDENTS]) + "\n")
    run("new_class", place, "--roster", roster, "--timezone", "UTC")
    if url:
        with open(place / "class.toml", "a") as file:
            file.write(f'\n[gradebook]\nurl = "{url}"\n')
    (place / ".secret").chmod(0o600)
    (place / ".secret").write_text("5" * 64)
    assert "10 new" in run("take_in", place, zip_of, "--from", "folder").stdout
    return place


def score_essay(url: str, student: str, points: float) -> None:
    with Records(url) as records:
        essay = next(grade for grade in records.row(student, CHAPTER).grades if grade.name == "why_overshoot")
        essay.manual_score, essay.needs_manual_grade = points, False
        records.commit()


def test_ten_students_get_the_same_grades_as_with_a_file(empty, port, tmp_path):
    """Class, intake, grade, essays, a score, a regrade request, give-back, export, a student who is renamed and one who
    leaves; then the database is copied, lost and restored."""
    server, file = tmp_path / "server", tmp_path / "file"
    for place, url in ((server, empty), (file, "")):
        make_class(place, tmp_path / "in", url)
        assert "10 submissions: 9 waits, 1 graded" in run("grade", "--class", place).stdout
        assert "9, of which 9 wait" in run("essays", place).stdout
        score_essay(open_class(str(place)).db_url, "student3", 2)
        run(
            "regrade",
            place,
            "--student",
            "student3",
            "--chapter",
            "03",
            "--exercise",
            "why_overshoot",
            "--request",
            "Why?",
        )
        assert "8 waits, 2 graded" in run("grade", "--class", place).stdout
        run("give_back", place, "--to", "folder")
        run("export", "canvas", "--class", place)
    assert not (server / "gradebook.db").exists() and (file / "gradebook.db").exists()
    for name in ("grades.csv", "canvas.csv", "give-back/all-folder.zip"):
        assert (server / name).exists(), name
    assert (server / "grades.csv").read_text() == (file / "grades.csv").read_text()
    assert (server / "canvas.csv").read_text() == (file / "canvas.csv").read_text()
    page = (server / "feedback/student3" / CHAPTER / f"{CHAPTER}.html").read_text(encoding="utf-8")
    assert "Why?" in page
    before = (server / "grades.csv").read_text()

    copy = tmp_path / "gradebook.dump"
    name = empty.rpartition("/")[2]
    target = ["-h", "127.0.0.1", "-p", str(port), "-U", "descent"]
    password = os.environ | {"PGPASSWORD": postgres.PASSWORD}
    programs = postgres.programs()
    subprocess.run([programs / "pg_dump", *target, "-Fc", "-f", copy, name], check=True, env=password)
    run("people", "rename", server, "student2", "otto")
    run("people", "drop", server, "student1")
    assert "otto" in run("grade", "--class", server).stdout
    saved = tmp_path / "restored"
    make_class(saved, tmp_path / "in", "")  # the folder of the class, from the same backup: here only its notebooks
    fresh = "restored"
    postgres.psql(port, f"CREATE DATABASE {fresh} OWNER descent", user=postgres.OWNER)
    subprocess.run([programs / "pg_restore", *target, "--no-owner", "-d", fresh, copy], check=True, env=password)
    with open(saved / "class.toml", "a") as settings:
        settings.write(f'\n[gradebook]\nurl = "{postgres.url(port, fresh)}"\n')
    run("grade", "--class", saved)
    assert grades_of(saved) == {row["student_id"]: row for row in csv.DictReader(before.splitlines())}


GRADE = """
import sys, time, tiny_course as tiny
from pathlib import Path
from autograder.gradebook.coursedir import ClassError, open_class
from autograder.grading import batch
root, folder = map(Path, sys.argv[1:])
course = batch.Course(root / "solutions", root / "notebooks")
done = 0
end = time.monotonic() + 150
while time.monotonic() < end and done < 4:
    try:
        rows = tiny.grade_class(open_class(str(folder)), course, regrade=True)
        assert sorted(row.state for row in rows)[0] == "graded", rows
        done += 1
    except ClassError as error:
        assert "another process is grading" in str(error), error
    time.sleep(0.1)
print("graded", done)
"""


def ask(port: int, path: str, body: dict | None = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/formgrader/api/{path}?token=t", data, {"Content-Type": "application/json"},
        method="PUT" if body else "GET",
    )  # fmt: skip
    return json.load(urllib.request.urlopen(request, timeout=60))


def test_two_accounts_grade_and_two_formgraders_save_at_once(empty, shared, course, tmp_path):
    """Both `make grade` finish four times, 60 saves of two formgraders all arrive, and the audit knows who gave which."""
    with open(shared / "class.toml", "a") as settings:
        settings.write(f'\n[gradebook]\nurl = "{empty}"\n')
    go(shared, course, regrade=True)
    with Records(empty) as records:
        essays = {
            student: next(grade.id for grade in records.row(student, "tiny").grades if grade.name == "why")
            for student in ("bob", "cat")
        }
    servers = {
        number: start_formgrader(
            uid, shared, tmp_path / f"home{uid}", number, "t", "--ServerApp.disable_check_xsrf=True"
        )
        for number, uid in zip((18923, 18924), UIDS)
    }
    graders: list[subprocess.Popen] = []
    try:
        for number, server in servers.items():
            for _ in range(240):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{number}/formgrader/api/assignments?token=t", timeout=5)
                    break
                except OSError:
                    assert server.poll() is None, server.stdout.read()[-3000:]
                    time.sleep(0.5)
        graders = [as_account(uid, GRADE, str(course.solutions.parent), str(shared)) for uid in UIDS]
        for score in range(1, 31):
            for number, student in zip(servers, ("bob", "cat")):
                given = ask(number, f"grade/{essays[student]}", {"manual_score": score / 10, "extra_credit": None})
                assert given["manual_score"] == score / 10
        for grading in graders:
            assert "graded 4" in grading.communicate(timeout=180)[0]
    finally:
        for process in [*servers.values(), *graders]:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            process.stdout.close()
    go(shared, course)
    with Records(empty) as records:
        for student in ("bob", "cat"):
            essay = next(grade for grade in records.row(student, "tiny").grades if grade.name == "why")
            assert (essay.manual_score, essay.needs_manual_grade) == (3.0, False)
    given = [line for line in lines(shared) if line["what"] == "score"]
    who = {
        student: {line["who"].partition("@")[0] for line in given if line["student"] == student} for student in essays
    }
    assert len(given) == 60 and who == {"bob": {f"tutor{UIDS[0]}"}, "cat": {f"tutor{UIDS[1]}"}}
    assert float(grades_of(shared)["bob"]["score"]) == pytest.approx(14.0)


@pytest.mark.parametrize(
    "url, why",
    [
        ("postgresql+psycopg://descent:wrong@127.0.0.1:{port}/descent", "password authentication failed"),
        ("postgresql+psycopg://descent:{password}@127.0.0.1:{port}/nobody", "does not exist"),
        ("postgresql+psycopg://descent:{password}@127.0.0.1:1/descent", "Connection refused"),
    ],
)
def test_a_server_that_lets_nobody_in_is_one_sentence(port, tmp_path, url, why):
    (tmp_path / "submitted").mkdir()
    where = url.format(port=port, password=postgres.PASSWORD)
    (tmp_path / "class.toml").write_text(f'[gradebook]\nurl = "{where}"\n')
    for words in (("grade", "--class"), ("essays",), ("export", "canvas", "--class"), ("formgrader", "--class")):
        done = run(*words, tmp_path, check=False)
        assert done.returncode == 2 and why in done.stderr and "Traceback" not in done.stderr, done.stderr
        assert postgres.PASSWORD not in done.stderr and "wrong@" not in done.stderr


def test_the_page_makes_role_and_database_as_this_test_does():
    text = PAGE.read_text(encoding="utf-8")
    sql = re.findall(r'-c "([^"]*)"', text)
    assert [re.sub(r"'.*?'", "'...'", line) for line in sql] == list(postgres.SQL)
    assert "pg_dump" in text and "pg_restore" in text and (ROOT / "requirements-postgres.txt").exists()
