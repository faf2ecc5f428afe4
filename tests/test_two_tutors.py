"""Two tutors share the essays of the capstone by question, each with an account and a formgrader of their own: make test-browser.

Headless Chromium opens the addresses that `make essays` prints. Screenshots are left in build/screenshots.
"""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cluster_here import free_port, wait_until
from test_audit import lines
from test_browser import SHOTS, page  # noqa: F401  (a fixture)
from test_graders import GROUP, UIDS, start_formgrader, why_not

from autograder import ROOT
from autograder.gradebook.coursedir import open_class
from autograder.gradebook.record import Records

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]
CHAPTER = "07_capstone"
TUTORS = tuple(f"tutor{uid}" for uid in UIDS)
STUDENTS = {"ada": "solutions/en", "bai": "solutions/zh"}


def run(module: str, *words: object) -> str:
    """One of the course's commands, as make runs it; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", f"autograder.{module}", *map(str, words)], cwd=ROOT, text=True, capture_output=True,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def formgrader(uid: int, place: Path, home: Path) -> Iterator[str]:
    """`make formgrader` under an account of its own."""
    log = SHOTS / f"tutors-{uid}.log"
    port = free_port()
    server = start_formgrader(uid, place, home, port, "", "--ServerApp.ip=127.0.0.1", log=log, reads_all=True)
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert server.poll() is None, log.read_text()[-3000:]
        try:
            urllib.request.urlopen(f"{url}/api", timeout=5)
        except OSError:
            return False
        return True

    try:
        wait_until(answers, 300, "formgrader")
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture
def place() -> Iterator[Path]:
    """A class of a group, graded once: two students with all of the capstone right, in English and in Chinese. Not in pytest's
    own folder, which every other run of pytest closes to other accounts."""
    why = why_not()
    if why:
        print(f"\nNOT TESTED: {why}", file=sys.__stderr__)
        pytest.skip(why)
    outside = Path(tempfile.mkdtemp(prefix="descent-tutors-"))
    outside.chmod(0o755)
    folder = outside / "class"
    for student, source in STUDENTS.items():
        target = folder / "submitted" / student / CHAPTER / f"{CHAPTER}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_bytes((ROOT / source / CHAPTER / target.name).read_bytes())
    (folder / "class.toml").write_text(
        f'[class]\ngroup = "{GROUP.gr_name}"\n\n[graders]\nnames = ["{TUTORS[0]}", "{TUTORS[1]}"]\nby = "question"\nanonymous = true\n'
    )
    assert "2 submissions: 2 waits" in run("grade", "--class", folder)
    yield folder
    shutil.rmtree(outside)


def test_each_tutor_reads_one_question_of_everybody(place, page):
    """Each is led to their own essays only, sees whose the others are and no names, presses levels and writes a comment. Then
    grade sheet, audit and the students' pages have both."""
    shares = {}
    for tutor in TUTORS:
        printed = run("essays", place, "--grader", tutor)
        shares[tutor] = re.findall(r"  (/formgrader/submissions/\S+/)#(\w+)", printed)
        assert not any(student in printed.replace(str(place), "") for student in STUDENTS)
    cells = {tutor: {cell for _, cell in share} for tutor, share in shares.items()}
    assert sorted(map(len, cells.values())) == [1, 1] and set.union(*cells.values()) == {"ablation", "report"}
    assert all(len(share) == len(STUDENTS) for share in shares.values())
    with (
        formgrader(UIDS[0], place, place.parent / "home0") as first,
        formgrader(UIDS[1], place, place.parent / "home1") as second,
    ):
        for tutor, url in zip(TUTORS, (first, second), strict=True):
            for number, (address, cell) in enumerate(shares[tutor]):
                read(page, f"{url}{address}#{cell}", cell, tutor, number)
    check_scores(place, cells)


def read(page, address: str, cell: str, tutor: str, number: int) -> None:
    """Press the second highest level of each criterion, and write a comment."""
    page.goto(address)
    box = page.locator(f".descent-levels[data-cell={cell}]")
    page.locator(f"textarea[id={cell}-comment][placeholder]").wait_for()  # formgrader has loaded the comments
    page.wait_for_function(f"document.activeElement.id === '{cell}'")
    assert page.evaluate("formgrader.last_selected[0].id") == cell
    page.screenshot(path=SHOTS / f"tutors-{tutor}-{number}-opened.png")
    rect = page.locator(f"input.score[id={cell}]").bounding_box()
    assert 0 < rect["y"] < 1000, "the essay is on the screen"
    readers = {
        one.get_attribute("data-cell"): (one.get_attribute("data-yours"), one.inner_text())
        for one in page.locator(".descent-reader").all()
    }
    (other,) = set(TUTORS) - {tutor}
    assert readers.pop(cell) in (("true", "Yours"), ("true", "归你阅读"))
    assert [yours for yours, _ in readers.values()] == ["false"] and other in str(readers)
    for row in box.locator("tr[data-name]").all():
        row.locator("button").nth(-2).click()
    comment = page.locator(f"textarea[id={cell}-comment]")
    comment.fill(f"{comment.input_value()}\n\nRead by somebody: {cell} {number}.")
    comment.press("Tab")
    page.wait_for_timeout(1500)
    assert box.locator("[role=status]").inner_text() == "= 16"
    box.scroll_into_view_if_needed()
    page.screenshot(path=SHOTS / f"tutors-{tutor}-{number}-read.png")
    visible = page.locator("body").inner_text()
    assert "Submission #" in visible and not re.search(r"\b(ada|bai)\b", page.locator(".breadcrumb").inner_text())


def check_scores(place: Path, cells: dict[str, set[str]]) -> None:
    assert "2 submissions: 2 graded" in run("grade", "--class", place)
    with Records(open_class(str(place)).db_url) as records:
        for student in STUDENTS:
            given = {grade.name: grade.manual_score for grade in records.row(student, CHAPTER).grades}
            assert given["ablation"] == given["report"] == 16
    given = [line for line in lines(place) if line["what"] == "score" and line["field"] == "manual_score"]
    for tutor, (cell,) in cells.items():
        mine = [line for line in given if line["who"].startswith(f"{tutor}@")]
        assert {(line["student"], line["cell"], line["after"]) for line in mine} == {
            (one, cell, 16) for one in STUDENTS
        }
        assert all(line["when"].endswith("+00:00") for line in mine)
    last = {line["student"]: line for line in lines(place) if line["what"] == "grade" and line.get("given")}
    who = {cell: tutor for tutor, (cell,) in cells.items()}
    for student in STUDENTS:
        assert {cell: by.partition("@")[0] for cell, (by, _) in last[student]["given"].items()} == who
    sheet = {row["student_id"]: row for row in csv.DictReader((place / "grades.csv").read_text("utf-8").splitlines())}
    for student in STUDENTS:
        assert sheet[student]["note"] == "Read by a person: ablation, report." and float(sheet[student]["score"]) == 92
        text = (place / "feedback" / student / CHAPTER / f"{CHAPTER}.html").read_text(encoding="utf-8")
        for cell in who:
            assert f"Read by somebody: {cell} " in text and "4/5" in text
