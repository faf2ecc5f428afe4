"""One endless exercise costs only itself, a slow right answer keeps its points, and a hostile notebook ends in time."""

import itertools
import os
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from parked import Parked, answer, code, graded, judge, notebook, run
from test_course_helpers import CALLER, CHECKS, RIGHT, marks
from test_run import DEAF, outputs

from autograder.grading import run_and_judge
from autograder.grading.job import Job
from autograder.grading.limits import settings_from
from autograder.intake.limits import IntakeLimits
from autograder.judging import judge as judging
from autograder.pages import feedback
from autograder.sandbox.fair_clock import FairClock
from autograder.sandbox.run import EVIDENCE_SECONDS, Budget
from autograder.sandbox.settings import Settings
from autograder.wire.limits import WireLimits

# A visible case is 2, a hidden one 3 (fake_phases).
PHASES = Settings(
    mark="fake_phases:mark",
    wire=WireLimits(seconds=5),
    first_seconds=0.3,
    judge_notebook_seconds=9,
    judge_slack_seconds=0.5,
)
ANSWERS = """
import time
def right(x):
    return 2 * x
def endless(x):
    while True: pass
def sleeps(x):
    time.sleep(1000)
def endless_when_hidden(x):
    while x == 3: pass
    return 2 * x
def slow(x):
    time.sleep(0.9)
    return 2 * x
"""


def points(*names, settings=PHASES, test="check('double', {})"):
    """What the tests of a notebook earn whose answers are these functions, and their verdicts."""
    tests = [graded(test.format(name), f"t{number}") for number, name in enumerate(names)]
    nb = notebook(answer(ANSWERS), *tests)
    with Parked(ANSWERS, *(cell.id for cell in tests)) as ran:
        judge(nb, ran, assignment="03", secret="s", settings=settings)  # the processes that judges are forked from
    with Parked(ANSWERS, *(cell.id for cell in tests)) as ran:
        verdicts = judge(nb, ran, assignment="03", secret="s", settings=settings)
    return [verdict.points for verdict in verdicts], verdicts


@pytest.mark.parametrize("broken", ["endless", "sleeps", "endless_when_hidden"])
def test_an_endless_exercise_costs_only_itself(broken):
    earned, verdicts = points("right", broken, "right", "slow", "right")
    assert earned == [4, 0, 4, 4, 4]
    assert verdicts[1].limit == "time"


def test_a_slow_right_answer_keeps_its_points_among_endless_ones():
    earned, _ = points("endless", "sleeps", "slow", "right", settings=replace(PHASES, judge_notebook_seconds=12))
    assert earned == [0, 0, 4, 4]


def test_the_time_of_all_tests_is_limited_however_many_never_end():
    names = ["endless", "sleeps", "endless_when_hidden"] * 4
    earned, verdicts = points(*names, settings=replace(PHASES, judge_notebook_seconds=4))
    assert earned == [0] * 12 and sum(verdict.seconds for verdict in verdicts) < 8  # without a limit 60


def test_a_test_without_a_card_that_never_ends_costs_only_itself():
    earned, verdicts = points(
        "endless", "right", "right", test="assert {}(2) == 4", settings=replace(PHASES, judge_notebook_seconds=4)
    )
    assert earned == [0, 4, 4] and verdicts[0].reason["code"] == "test_time"
    assert verdicts[0].seconds < 4 - 2 * PHASES.first_seconds  # what the others may need is left


def test_tests_without_a_card_that_never_end_leave_their_time_to_the_others():
    names = ["endless", "sleeps", "right", "endless", "right", "right"]
    earned, verdicts = points(*names, test="assert {}(2) == 4", settings=replace(PHASES, judge_notebook_seconds=6))
    assert earned == [0, 0, 4, 0, 4, 4]
    assert sum(verdict.seconds for verdict in verdicts[:4]) < 6 - PHASES.first_seconds


def test_a_suspended_process_does_not_run_meanwhile_and_every_visible_case_comes_before_any_hidden_one(tmp_path):
    log = tmp_path / "log"
    student = f"""
import os, threading, time
def note(text):
    with open({str(log)!r}, "a") as file:
        file.write(text + " ")
def read():
    with open({str(log)!r}, "a+") as file:
        file.seek(0)
        return file.read()
def slow(x):
    while x == 2 and "quick2" not in read():  # for ever, unless others have their turn
        time.sleep(0.05)
    note(f"slow{{x}}")
    return 2 * x
def quick(x):
    note(f"quick{{x}}")
    state = open("/proc/%d/stat" % PIDS[0]).read().rpartition(")")[2].split()[0]
    note(state if x == 2 else "")
    return 2 * x
"""
    tests = [graded("check('double', slow)", "a"), graded("check('double', quick)", "b")]
    nb = notebook(answer("def slow(): pass\ndef quick(): pass"), *tests)
    with (
        Parked("PIDS = []\n" + student, "a") as first,
        Parked(f"PIDS = [{first.snapshots['a'].pid}]\n" + student, "b") as ran,
    ):
        ran.snapshots["a"] = first.snapshots["a"]
        verdicts = judge(nb, ran, assignment="03", secret="s", settings=PHASES)
        del ran.snapshots["a"]
    assert [verdict.points for verdict in verdicts] == [4, 4]
    words = log.read_text().split()
    assert words in (["quick2", "T", "slow2", "quick3", "slow3"], ["quick2", "T", "slow2", "slow3", "quick3"])


LEFT_RUNNING = {
    "a child in another session that computes": "os.fork() or (os.setsid(), [None for _ in iter(int, 1)])",
    "a child that wakes its parent": "os.fork() or [os.kill(os.getppid(), signal.SIGCONT) for _ in iter(int, 1)]",
    "a child that stops its parent and wakes it": "os.fork() or [os.kill(os.getppid(), n) for _ in iter(int, 1) "
    "for n in (signal.SIGSTOP, signal.SIGCONT)]",
    "a child that floods the socket": "os.fork() or [send() for _ in iter(int, 1)]",
}


@pytest.mark.parametrize("what", LEFT_RUNNING)
def test_what_a_suspended_answer_leaves_running_costs_no_other_test(what):
    attack = f"""
import os, signal, time
def send():
    for fd in range(3, 30):
        try:
            os.write(fd, b"x" * 4096)
        except OSError:
            pass
def left(x):
    {LEFT_RUNNING[what]}
    time.sleep(1000)
"""
    tests = [graded(f"check('double', {name})", f"t{number}") for number, name in enumerate(["right", "left", "right"])]
    nb = notebook(answer(ANSWERS, "honest"), answer(attack, "attack"), *tests)
    with run(nb, settings=replace(PHASES, kernel_class=Settings.kernel_class)) as ran:
        verdicts = judge(nb, ran, assignment="03", secret="s", settings=replace(PHASES, wire=WireLimits(seconds=2)))
    assert [verdict.points for verdict in verdicts] == [4, 0, 4]


def test_judges_of_suspended_tests_are_ended_when_they_hold_too_much_memory(monkeypatch):
    monkeypatch.setattr(judging, "memory", lambda pid: 1 << 40)
    earned, verdicts = points("right", "slow", "right", settings=replace(PHASES, judge_slack_seconds=2))
    assert earned == [4, 0, 4] and verdicts[1].reason["code"] == "judge_ended"


def test_a_caller_of_an_endless_helper_keeps_its_points_and_the_card_says_so():
    endless = RIGHT.replace("    return", "    while True: pass\n    return")
    assert endless != RIGHT
    found = marks(endless + CALLER, CHECKS)
    assert (found["momentum_step"].points, found["nesterov_step"].points) == (0, 10)
    assert "yours took very long" in found["nesterov_step"].outputs[0]["data"]["text/plain"]


# -- cells


FAST = replace(
    PHASES,
    cell_seconds=1,
    notebook_seconds=3,
    interrupt_seconds=0.5,
    snapshot_seconds=0.5,
    kernel_class=Settings.kernel_class,
)


def test_endless_cells_leave_the_answers_after_them_defined():
    endless = [code("import time\ntime.sleep(1000)", f"own-{number}") for number in range(20)]
    nb = notebook(
        answer("def first(x):\n    return 2 * x", "x"),
        *endless,
        answer("def second(x):\n    return 2 * x", "y"),
        graded("assert first(2) == 4", "a"),
        graded("assert second(2) == 4", "b"),
        code("'the end'", "end"),
    )
    with run(nb, own=frozenset(cell.id for cell in endless), settings=replace(FAST, notebook_seconds=6)) as ran:
        verdicts = judge(nb, ran, assignment="03", secret="s", settings=FAST)
    assert [verdict.points for verdict in verdicts] == [4, 4]
    assert outputs(ran, "end")[0].data["text/plain"] == "'the end'"
    assert "longer than 1 s" in outputs(ran, "own-0")[-1].evalue
    assert "was not run" in outputs(ran, "own-19")[-1].evalue


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(1000)",
        DEAF + "import time\nwhile True: time.sleep(1000)",
        "import os\nos.fork = lambda: __import__('time').sleep(1000)",
        "import time\ntry:\n    time.sleep(1000)\nfinally:\n    time.sleep(0.4)",
        "import time\nwhile True:\n    try:\n        while True: time.sleep(0.01), print(1)\n    except KeyboardInterrupt: pass",
    ],
    ids=["endless", "deaf", "dead snapshots", "late", "chatty"],
)
def test_the_time_of_all_cells_is_limited(source):
    cells = [cell for number in range(20) for cell in (answer(source, f"a{number}"), graded("None", f"t{number}"))]
    began = time.monotonic()
    with run(notebook(*cells), settings=FAST):
        pass
    assert time.monotonic() - began < 15  # 3 s, the grace of one cell, and a busy machine


def test_a_budget_gives_each_cell_its_share():
    cells = [code("1", f"c{number}") for number in range(10)]
    settings = Settings(notebook_seconds=9, cell_seconds=4)
    budget = Budget(settings, cells, own={"c0", "c1", "c9"})
    first = budget.next(cells[0])
    budget.charge(first, first)
    second = budget.next(cells[1])
    budget.charge(second, second)
    assert (first, second) == (4, 2)  # the last third is kept
    assert budget.next(cells[2]) == pytest.approx(3 / 8)
    budget.interrupted = 5
    assert budget.next(cells[9]) == 0 and budget.next(cells[3]) > 0


def test_a_budget_gives_back_what_other_programs_took():
    cells = [code("1", f"c{number}") for number in range(10)]
    budget = Budget(Settings(notebook_seconds=10), cells, (), SimpleNamespace(charged=lambda: 2.0))
    budget.charge(2.5, 4)
    budget.settle()
    assert budget.left == 7.5  # most runs are never charged so much that a look at /proc is worth it
    budget.charge(7, 4)
    budget.settle()
    assert budget.left == 8
    budget.clock = SimpleNamespace(charged=lambda: 11.0)
    budget.charge(4, 4)
    budget.settle()
    assert budget.left == 4  # never less than by its cells


def test_short_cells_keep_their_time_beside_many_other_programs():
    """Each takes 0.004 s of CPU time and many times as long to get it, which is too short for a look at what took so long."""
    cells = [
        code("import time\nend = time.thread_time() + 0.004\nwhile time.thread_time() < end: pass", f"c{n}")
        for n in range(100)
    ]
    settings = Settings(notebook_seconds=3, cell_seconds=2)
    with run(notebook(code("1", "warm")), settings=settings):
        pass
    spin = "import os\nos.sched_setaffinity(0, {%d})\nwhile True: pass"
    rivals = [  # in sessions of their own, among which Linux may divide a CPU before it does among processes
        subprocess.Popen([sys.executable, "-S", "-c", spin % cpu], start_new_session=True)
        for cpu in os.sched_getaffinity(0)
        for _ in range(9)
    ]
    try:
        with run(notebook(*cells), settings=settings) as ran:
            assert not ran.unfinished and ran.charged < 3
            assert sum(ran.seconds.values()) > 3, "the machine was not busy enough to try it"
    finally:
        for rival in rivals:
            rival.kill()
            rival.wait()


class Waiting(FairClock):
    """Of what is charged for each test, it has waited nearly all the time for a CPU."""

    def spent(self):
        return super().spent() + 0.4

    def waits(self):
        return 0.4


def short_tests(monkeypatch, used=lambda root: 0.0):
    """What 20 right answers earn in 4 s, each charged 0.4 s of waiting; used: CPU seconds of the student's processes."""
    monkeypatch.setattr(judging, "FairClock", Waiting)
    monkeypatch.setattr(judging, "cpu_seconds", used)
    return points(*["right"] * 20, settings=replace(PHASES, judge_notebook_seconds=4))


def test_many_short_tests_keep_their_time_on_a_busy_machine(monkeypatch):
    earned, verdicts = short_tests(monkeypatch)
    assert earned == [4] * 20


def test_answers_whose_processes_keep_each_other_waiting_are_charged_their_cpu_time(monkeypatch):
    used = itertools.count(step=0.4)
    earned, verdicts = short_tests(monkeypatch, lambda root: next(used))
    assert earned.count(0) >= 10


def test_the_default_limits_keep_a_submission_under_half_a_minute():
    settings, intake = settings_from({}), IntakeLimits()
    ends = settings.judge_slack_seconds + EVIDENCE_SECONDS + 1.0  # of the last test, and of the processes
    assert settings.submission_seconds + ends + feedback.ALL_SECONDS < 30
    longest = intake.intake_seconds + settings.notebook_seconds + 2 * settings.interrupt_seconds
    assert settings.submission_seconds - longest >= 4  # what an honest notebook's tests need on a busy machine
    honest = settings.cell_seconds + 1  # an endless cell, and the others
    assert settings.submission_seconds - honest >= settings.judge_notebook_seconds
    assert settings.wire.seconds < settings.judge_notebook_seconds and settings.cell_seconds < settings.notebook_seconds


def test_what_reading_and_cells_have_taken_is_not_there_for_the_tests(monkeypatch, tmp_path):
    asked = {}

    def judge(*_, seconds, **__):
        asked["seconds"] = seconds
        return []

    class Done:
        charged, snapshots = 7.5, {}
        nb = notebook()
        __enter__ = lambda self: self  # noqa: E731
        __exit__ = lambda *_: None  # noqa: E731

    monkeypatch.setattr(run_and_judge, "judge", judge)
    monkeypatch.setattr(run_and_judge, "prepare", lambda *_, **__: None)
    monkeypatch.setattr(run_and_judge, "run", lambda *_, **__: Done())
    nb = notebook()
    nb.metadata.descent = {"lang": "en"}
    master = SimpleNamespace(solution=notebook(), released=notebook(), files=())
    job = Job("ann", "tiny", "", "", str(tmp_path), "s", "k", "1", (("submission_seconds", 20.0),), "none", False)
    run_and_judge.run_and_judge(nb, master, job, {"admit_cpu": 2.0})
    assert asked["seconds"] == 10.5


def test_the_tests_share_what_is_left_of_a_submissions_time():
    names = ["endless"] * 6
    tests = [graded(f"check('double', {name})", f"t{number}") for number, name in enumerate(names)]
    with Parked(ANSWERS, *(cell.id for cell in tests)) as ran:
        verdicts = judge(
            notebook(answer(ANSWERS), *tests), ran, assignment="03", secret="s", settings=PHASES, seconds=1.5
        )
    assert sum(verdict.seconds for verdict in verdicts) < 4  # 9 without it


def test_an_answer_fifty_times_as_slow_as_ours_keeps_its_points_beside_an_endless_one():
    slow = "import time\n" + RIGHT.replace("    return", "    time.sleep(0.07)\n    return")
    assert "sleep" in slow
    endless = "def nesterov_step(*args, **hyper):\n    time.sleep(1000)\n"
    found = marks(slow + endless)
    assert (found["momentum_step"].points, found["nesterov_step"].points) == (10, 0)
    assert found["momentum_step"].seconds > 3  # ours takes 0.05 s


def test_a_class_that_gives_cells_or_tests_more_time_gets_it():
    settings = settings_from({"notebook_seconds": 300, "judge_notebook_seconds": 600})
    assert settings.submission_seconds == 22 + 292 + 585
    assert settings_from({"judge_notebook_seconds": 600, "submission_seconds": 30}).submission_seconds == 30
    assert settings_from({"judge_notebook_seconds": 5}).submission_seconds == 22
