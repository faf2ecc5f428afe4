"""A class on a real JupyterHub, on this machine: make test-class. Nothing leaves 127.0.0.1.

JupyterHub from PyPI with its node proxy, set up by deploy/one-server/install.sh; an instructor, an assistant and two students
as separate accounts of the system, and the account of the class; headless Chromium for everything that people click.
Environments stay in /var/tmp/descent-test-hub, so that the next run is faster; accounts and class are deleted.
"""

import contextlib
import csv
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from autograder import ROOT

pytestmark = [pytest.mark.hub, pytest.mark.filterwarnings("default")]

PLACE = Path(os.environ.get("DESCENT_TEST_HUB", "/var/tmp/descent-test-hub"))
SHOTS = ROOT / "build" / "screenshots"
CHAPTER = "03_momentum"
PATIENCE = 1200  # seconds, for a server to start
COMMENT = "made by the test of the course Descent"  # of the accounts: no other account is ever deleted
GRADER, TEACHER, ASSISTANT, ANN, BOB = ACCOUNTS = tuple(
    f"descent-{name}" for name in ("grader", "teacher", "assistant", "ann", "bob")
)
PASSWORD = "a password of the test {}"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
ESSAY = "At the bottom the gradient is zero but the velocity is not, so it climbs the far wall and comes back."


def python_for_everybody() -> str | None:
    """A Python of at least 3.11 that can make environments and that every account can run."""
    for path in ("/usr/bin/python3", "/usr/local/bin/python3", sys.executable):
        check = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))"
        done = subprocess.run(["runuser", "-u", "nobody", "--", path, "-c", check], capture_output=True, cwd="/")
        if done.returncode == 0:
            return path
    return None


def what_is_missing() -> str | None:
    """Why this machine cannot run the test; None if it can."""
    if os.name != "posix" or os.getuid() != 0:
        return "it needs root, to make accounts"
    for program in ("runuser", "useradd", "chpasswd", "npm", "node", "make", "git"):
        if shutil.which(program) is None:
            return f"{program} is missing"
    if chromium() is None:
        return "no Chromium was found: apt-get install chromium, or set DESCENT_CHROMIUM to its path"
    if python_for_everybody() is None:
        return "no Python 3.11 with ensurepip that every account can run (Debian: apt-get install python3-venv)"
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            if pwd.getpwnam(name).pw_gecos != COMMENT:
                return f"the account {name} exists and is not of this test"
    return None


def chromium() -> str | None:
    return os.environ.get("DESCENT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def free_ports(count: int) -> int:
    """The first of `count` neighbouring ports that nobody uses."""
    for first in range(18000, 19000, 10):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + count):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    raise OSError("no free ports")


def run_as(account: str, *argv: str, check: bool = True, **options) -> subprocess.CompletedProcess:
    """Run a program as an account of the test, in its home."""
    entry = pwd.getpwnam(account)
    done = subprocess.run(
        ["runuser", "-u", account, "--", "env", "-u", "PYTHONPATH", f"HOME={entry.pw_dir}", f"USER={account}", *argv],
        cwd=options.pop("cwd", entry.pw_dir),
        capture_output=True,
        text=True,
        **options,
    )
    assert not check or done.returncode == 0, f"{argv}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done


def make(*words: str) -> str:
    """One of the course's commands, as the account of the class; returns what it printed."""
    home = Path(pwd.getpwnam(GRADER).pw_dir)
    argv = ["make", "--no-print-directory", f"VENV={PLACE / 'hub' / 'grader'}", f"CLASS={home / 'class'}", *words]
    return run_as(GRADER, *argv, cwd=home / "descent").stdout


@pytest.fixture(scope="module")
def accounts() -> Iterator[None]:
    missing = what_is_missing()
    if missing:
        print(f"\nTHE HUB IS NOT TESTED: {missing}", file=sys.stderr)
        pytest.skip(missing)
    delete_accounts()
    for name in ACCOUNTS:
        subprocess.run(["useradd", "--create-home", "--shell", "/bin/bash", "--comment", COMMENT, name], check=True)
    lines = "".join(f"{name}:{PASSWORD.format(name)}\n" for name in ACCOUNTS[1:])
    subprocess.run(["chpasswd"], input=lines, text=True, check=True)
    yield
    if not os.environ.get("DESCENT_KEEP_HUB"):
        delete_accounts()


def delete_accounts() -> None:
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            if pwd.getpwnam(name).pw_gecos == COMMENT:
                subprocess.run(["userdel", "--remove", "--force", name], check=True, capture_output=True)


@pytest.fixture(scope="module")
def hub(accounts) -> Iterator[str]:
    """The address of a running hub."""
    port = free_ports(4)
    shutil.rmtree(PLACE / "state", ignore_errors=True)
    shutil.rmtree(PLACE / "exchange", ignore_errors=True)
    PLACE.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "HUB": str(PLACE / "hub"),
        "STATE": str(PLACE / "state"),
        "EXCHANGE": str(PLACE / "exchange"),
        "GRADER": GRADER,
        "INSTRUCTORS": TEACHER,
        "ASSISTANTS": ASSISTANT,
        "PORT": str(port),
        "SERVICE_PORT": str(port + 3),
        "PYTHON": str(python_for_everybody()),
    }
    done = subprocess.run(
        [ROOT / "deploy" / "one-server" / "install.sh"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    be_patient(PLACE / "hub" / "jupyterhub_config.py")
    SHOTS.mkdir(parents=True, exist_ok=True)
    bin = PLACE / "hub" / "hub" / "bin"
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "JUPYTER", "NBGRADER"))
    }
    clean.pop("PYTHONPATH", None)
    clean |= {"PATH": f"{bin}:{os.environ['PATH']}"}
    with open(SHOTS / "hub.log", "w") as log:
        process = subprocess.Popen(
            [bin / "jupyterhub", "-f", PLACE / "hub" / "jupyterhub_config.py"],
            cwd=PLACE / "state", env=clean, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{url}/hub/api", process)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)  # the hub ends the servers and services that it has started
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            end_leftovers()


def end_leftovers() -> None:
    """A hub that gave up leaves its proxy and its service running, each in a session of its own."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if os.fsencode(PLACE / "hub") in path.read_bytes():
                os.kill(int(path.parent.name), signal.SIGKILL)


def be_patient(config: Path) -> None:
    """This test is about what a hub does, not how fast: on a busy machine a server needs more than the four minutes of a
    real hub."""
    text, count = re.subn(
        r"(http_timeout = |start_timeout = |\"timeout\": )\d+", rf"\g<1>{PATIENCE}", config.read_text()
    )
    assert count == 3, "the hub's timeouts are written otherwise"
    config.write_text(text)


def wait_for(url: str, process: subprocess.Popen, seconds: float = PATIENCE + 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=5)
            return
        assert process.poll() is None, f"the hub ended: {(SHOTS / 'hub.log').read_text()[-3000:]}"
        time.sleep(0.5)
    raise AssertionError(f"the hub did not answer: {(SHOTS / 'hub.log').read_text()[-3000:]}")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    if what_is_missing():
        pytest.skip(str(what_is_missing()))
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        started.close()


class Person:
    """Somebody at a browser of their own, logged in to the hub."""

    def __init__(self, browser, hub: str, name: str):
        self.hub, self.name, self.home = hub, name, Path(pwd.getpwnam(name).pw_dir)
        self.page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
        self.page.set_default_timeout(600_000)
        self.page.goto(f"{hub}/hub/login?next=%2Fhub%2Fhome")
        self.page.fill("#username_input", name)
        self.page.fill("#password_input", PASSWORD.format(name))
        self.page.click("#login_submit")
        self.page.wait_for_url("**/hub/home")

    def shot(self, name: str) -> None:
        self.page.screenshot(path=SHOTS / f"hub-{name}.png")

    def assignments(self) -> None:
        """Open the assignment list in the person's own JupyterLab."""
        self.page.goto(f"{self.hub}/hub/spawn")
        self.page.wait_for_url(re.compile(rf"/user/{self.name}/lab"))
        self.page.goto(f"{self.hub}/user/{self.name}/lab?reset")  # no panel of an earlier visit
        self.page.get_by_role("menuitem", name="Nbgrader").click()
        self.page.get_by_text("Assignment List", exact=True).first.click()
        try:
            self.page.locator(".list_item", has_text=CHAPTER).first.wait_for()
        finally:
            self.shot(f"{self.name}-assignments")

    def row(self, kind: str):
        """The chapter's line in one of the three lists: released, fetched, submitted."""
        return self.page.locator(f"#{kind}_assignments_list .list_item", has_text=CHAPTER).first

    def press(self, kind: str, button: str, action: str) -> None:
        """Press a button of the chapter's line and wait until the server has done it."""
        with self.page.expect_response(lambda answer: f"/assignments/{action}" in answer.url) as answer:
            self.row(kind).get_by_role("button", name=button).first.click()
        assert answer.value.json()["success"], answer.value.json()

    def fetch(self) -> None:
        self.press("released", "Fetch", "fetch")
        self.row("fetched").wait_for()
        self.shot(f"{self.name}-fetched")

    def submit(self) -> None:
        self.press("fetched", "Submit", "submit")
        self.row("submitted").wait_for()
        self.shot(f"{self.name}-submitted")

    def validate(self) -> None:
        """Press Validate in the assignment list; it says that all is right."""
        self.row("fetched").locator("a").first.click()  # unfold its notebooks
        self.page.locator("#fetched_assignments_list").get_by_role("button", name="Validate").first.click()
        dialog = self.page.locator(".jp-Dialog")
        dialog.get_by_text("passes all the tests").first.wait_for()
        self.shot(f"{self.name}-validated")
        dialog.get_by_role("button").last.click()

    def fetch_feedback(self) -> None:
        self.assignments()
        self.press("submitted", "Fetch Feedback", "fetch_feedback")
        self.shot(f"{self.name}-feedback")

    def notebook(self) -> Path:
        return self.home / CHAPTER / f"{CHAPTER}.ipynb"

    def answer(self, answers: dict[str, str]) -> None:
        """Fill in answers, as the person's own account."""
        nb = nbformat.read(self.notebook(), as_version=4)
        for cell in nb.cells:
            cell.source = answers.get(cell.id, cell.source)
        run_as(self.name, "tee", str(self.notebook()), input=nbformat.writes(nb))

    def feedback(self) -> dict[str, str]:
        """time of submission -> page, as the person has fetched them."""
        found = (self.home / CHAPTER / "feedback").glob(f"*/{CHAPTER}.html")
        return {path.parent.name: path.read_text(encoding="utf-8") for path in found}


def answers_of_the_course() -> dict[str, str]:
    """Every answer of the chapter, right, and one essay in the student's own words."""
    nb = nbformat.read(ROOT / "solutions" / "en" / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
    flags = {cell.id: cell.metadata.get("nbgrader", {}) for cell in nb.cells}
    right = {cell.id: cell.source for cell in nb.cells if flags[cell.id].get("solution")}
    return {
        name: ESSAY if flags[name].get("grade") and cell_type == "markdown" else source
        for name, source in right.items()
        for cell_type in [next(cell.cell_type for cell in nb.cells if cell.id == name)]
    }


def total(page: str) -> float:
    """The points in the title of a feedback page."""
    return float(re.search(r"([\d.]+) / [\d.]+</title>", page)[1])


def test_the_whole_way_of_a_class(hub, browser):
    """Release, fetch, solve, validate, submit, collect, grade in the sandbox, an essay read by the assistant, feedback for the
    right student only, a resubmission, the grade sheet."""
    home = Path(pwd.getpwnam(GRADER).pw_dir)
    settings = home / "class" / "class.toml"
    text = settings.read_text(encoding="utf-8")
    assert tomllib.loads(text)["exchange"] == {"course": "descent", "root": str(PLACE / "exchange")}
    assert "# [late]" in text and f"# {CHAPTER} = " in text, "the settings stand in it as comments, as after make class"
    settings.write_text(text + f'\n[graders]\nnames = ["{TEACHER}", "{ASSISTANT}"]\n', encoding="utf-8")
    assert "is released to the course 'descent'" in make("release", "CHAPTER=03", "LANG=en")
    right = answers_of_the_course()
    essay = next(name for name, text in right.items() if text == ESSAY)
    ann, bob = Person(browser, hub, ANN), Person(browser, hub, BOB)
    for student in (ann, bob):
        student.assignments()
        student.fetch()
    ann.answer(right)
    bob.answer({name: text for name, text in right.items() if name not in ("nesterov_step", essay)})
    ann.validate()
    for student in (ann, bob):
        student.submit()
    assert "03_momentum: 2 new, 0 handed in again" in make("collect", "CHAPTER=03")
    printed = make("grade")
    assert ANN in printed and "waits" in printed and "WITHOUT" not in printed
    read_essay(browser, hub, essay)
    given = [json.loads(line) for line in (home / "class" / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["who"].partition("@")[0] for line in given if line["what"] == "score"} == {ASSISTANT}
    make("grade")
    assert "2 pages given back" in make("give-back", "CHAPTER=03", "TO=exchange")
    pages = {}
    for student in (ann, bob):
        student.fetch_feedback()
        ((_, pages[student.name]),) = student.feedback().items()
    assert total(pages[ANN]) > total(pages[BOB]) and ESSAY in pages[ANN] and ESSAY not in pages[BOB]
    assert "Clearly said." in pages[ANN] and "Clearly said." not in pages[BOB]
    first = ann.feedback()
    ann.answer(
        {
            "momentum_step": "def momentum_step(params, grads, velocity, *, lr, momentum=0.9):\n    return params, velocity"
        }
    )
    ann.submit()
    assert "1 handed in again, 1 as before" in make("collect", "CHAPTER=03")
    make("grade")
    make("give-back", "CHAPTER=03", "TO=exchange")
    ann.fetch_feedback()
    second = ann.feedback()
    assert len(second) == 2 and second.items() > first.items()
    assert total(second[max(second)]) < total(pages[ANN])
    assert "Clearly said." in second[max(second)], "the essay is the same, so its comment and points stay"
    make("export", "FORMAT=canvas")
    with (home / "class" / "canvas.csv").open(encoding="utf-8-sig") as file:
        rows = {row["SIS Login ID"]: row for row in csv.DictReader(file)}
    column = next(name for name in next(iter(rows.values())) if CHAPTER in name)
    assert float(rows[ANN][column]) == total(second[max(second)]) and float(rows[BOB][column]) == total(pages[BOB])


def test_nobody_reads_what_is_not_theirs(hub, browser):
    """After the test above: files of one student, the class, the answers, and the formgrader."""
    home = Path(pwd.getpwnam(GRADER).pw_dir)
    exchange = PLACE / "exchange" / "descent"
    theirs = [
        pwd.getpwnam(BOB).pw_dir + f"/{CHAPTER}/{CHAPTER}.ipynb",
        *(home / "class" / name for name in (".secret", "gradebook.db", "grades.csv", "class.toml", "audit.jsonl")),
        home / "class" / "submitted" / BOB / CHAPTER / f"{CHAPTER}.ipynb",
        home / "descent" / "solutions" / f"{CHAPTER}.py",
        home / "descent" / "src" / "reference" / "momentum.py",
        exchange / "inbound",
        exchange / "feedback",
        PLACE / "state" / "hub.sqlite",
    ]
    for path in theirs:
        assert Path(path).exists(), path
        for student in (ANN, BOB):
            if str(path).startswith(pwd.getpwnam(student).pw_dir):
                continue
            program = "ls" if Path(path).is_dir() else "cat"
            done = run_as(student, program, str(path), check=False)
            assert done.returncode != 0 and "Permission denied" in done.stderr, f"{student} can read {path}"
    python = PLACE / "hub" / "student" / "bin" / "python"
    for module in ("reference", "autograder", "instructor"):
        assert "ModuleNotFoundError" in run_as(ANN, str(python), "-c", f"import {module}", check=False).stderr
    ann = Person(browser, hub, ANN)
    answer = ann.page.goto(f"{hub}/services/descent/formgrader")
    assert answer.status == 403, "a student must not see the formgrader"
    ann.assignments()
    ann.page.get_by_role("menuitem", name="Nbgrader").click()
    ann.shot("menu-of-a-student")
    assert ann.page.get_by_text("Formgrader", exact=True).count() == 0


def test_the_instructor_logs_in_and_opens_formgrader(hub, browser):
    """After the tests above: from the hub's own page to Services, descent, to a submission and its levels, and to the class's
    JupyterLab, where commands are given. The assistant gets there, too, but not to the hub's administration."""
    teacher = Person(browser, hub, TEACHER)
    page = teacher.page
    page.goto(f"{hub}/hub/home")
    page.get_by_role("button", name="Services").or_(page.get_by_role("link", name="Services")).first.click()
    page.get_by_role("link", name="descent", exact=True).click()
    page.wait_for_url(re.compile(r"/services/descent/"))
    page.locator("tr:visible", has_text=CHAPTER).first.wait_for()
    teacher.shot("teacher-formgrader")
    page.goto(f"{hub}/services/descent/formgrader/manage_submissions/{CHAPTER}")
    for student in (ANN, BOB):
        page.get_by_text(student).first.wait_for()
    page.goto(f"{hub}/services/descent/formgrader/gradebook/{CHAPTER}/{CHAPTER}")
    page.locator("a[href*='/submissions/']").first.click()
    page.locator(".descent-levels button").first.wait_for()
    teacher.shot("teacher-levels")
    assistant = Person(browser, hub, ASSISTANT)  # at the same time, at the same server
    assistant.page.goto(page.url)
    assistant.shot("assistant-levels")
    seen = [person.page.locator(".descent-reader").first.text_content() for person in (teacher, assistant)]
    assert seen in (["Yours", f"Read by {TEACHER}"], [f"Read by {ASSISTANT}", "Yours"])
    page.goto(f"{hub}/services/descent/lab")
    page.locator("#jp-main-dock-panel, #main").first.wait_for()
    assert page.goto(f"{hub}/hub/admin").status == 200
    assert Person(browser, hub, ASSISTANT).page.goto(f"{hub}/hub/admin").status == 403


def read_essay(browser, hub: str, essay: str) -> None:
    """The assistant gives points and a comment for Ann's essay in formgrader."""
    assistant = Person(browser, hub, ASSISTANT)
    page = assistant.page
    page.goto(f"{hub}/services/descent/formgrader/gradebook/{CHAPTER}/{CHAPTER}")
    page.locator("a[href*='/submissions/']").first.wait_for()
    assistant.shot("formgrader")
    links = page.locator("a[href*='/formgrader/submissions/']").evaluate_all("all => all.map(one => one.href)")
    for link in dict.fromkeys(links):  # the list is anonymous and in no order
        page.goto(link)
        page.locator("input.score").first.wait_for()
        if page.get_by_text(ESSAY[:40]).count():
            levels, box = page.locator(f".descent-levels[data-cell='{essay}']"), page.locator(f"[id='{essay}-comment']")
            for criterion in levels.locator("tr[data-name]").all():
                criterion.get_by_role("button").last.click()  # the highest level of each
            page.wait_for_timeout(2000)
            assert page.locator(f"[id='{essay}'].score").input_value() == "3"
            box.fill(box.input_value() + "\n\nClearly said.")
            box.press("Tab")
            page.wait_for_timeout(2000)
            assistant.shot("essay")
            return
    raise AssertionError("formgrader shows nobody's essay")
