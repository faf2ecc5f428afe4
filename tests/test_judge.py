"""The judge's own rules: whose names a test sees, what its value means, and what a test may cost."""

import json
import os
import select
import signal
import socket
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from parked import Parked, answer, code, grade_ids, graded, judge, notebook

from autograder.grading.run_and_judge import judged
from autograder.judging import judge as judging
from autograder.judging import judge_forkserver, worker
from autograder.judging.judge_forkserver import start_multiprocessing
from autograder.judging.judge_process import PLAIN, Request
from autograder.judging.names import plan_test
from autograder.sandbox.accident import Accident
from autograder.sandbox.reasons import reason
from autograder.sandbox.settings import Settings
from autograder.sandbox.snapshots import Snapshot
from autograder.wire.limits import WireLimits

SETTINGS = Settings(mark="fake_mark:mark")
DOUBLE = "def f(x):\n    return 2 * x"


def verdicts_of(nb, student=DOUBLE, settings=SETTINGS, parked=None):
    ids = [c.metadata.nbgrader.grade_id for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade")]
    with Parked(student, *(ids if parked is None else parked)) as ran:
        return judge(nb, ran, assignment="03", secret="s3", lang="zh", settings=settings)


def verdict_of(*cells, **options):
    return verdicts_of(notebook(*cells), **options)[-1]


def tried(test, *, student=DOUBLE, master=DOUBLE, before=(), **options):
    """The verdict on one test after an answer cell."""
    return verdict_of(answer(master), *before, graded(test), student=student, **options)


def error_of(verdict):
    assert verdict.points == 0 and verdict.outputs[-1].output_type == "error"
    return f"{verdict.outputs[-1].ename}: {verdict.outputs[-1].evalue}"


# -- what a test's value means


@pytest.mark.parametrize(
    "test, points",
    [
        ("assert f(2) == 4", 4),
        ("1.5", 1.5),
        ("0", 0),
        ("4", 4),
        ("assert f(1) == 2\n3", 3),
        ("x = 1", 4),
        ("# nothing", 4),
        ("import numpy as np\nnp.float32(2)", 2),
        ("import numpy as np\nnp.int64(1)", 1),
        ("None", 4),
    ],
)
def test_the_last_value_is_the_points(test, points):
    verdict = tried(test)
    assert verdict.points == points and verdict.reason is None
    assert [o.output_type for o in verdict.outputs] == ["execute_result"]
    assert verdict.outputs[0].data == {"text/plain": repr(float(points))}


@pytest.mark.parametrize(
    "test",
    [
        "4.1",
        "-1",
        "float('nan')",
        "float('inf')",
        "True",
        "'4'",
        "[1]",
        "f",
        "f(2) == 4",
        "import numpy as np\nnp.bool_(True)",
    ],
)
def test_any_other_value_is_an_error_that_asks_for_a_person(test):
    verdict = tried(test)
    assert "value" in error_of(verdict)
    assert verdict.reason["code"] == "test_broken"


@pytest.mark.parametrize(
    "test, error",
    [
        ("assert f(2) == 5", "AssertionError"),
        ("assert f(2) == 5, 'not five'", "AssertionError: not five"),
        ("f(None)", "TypeError"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_test_that_raises_gives_nothing_and_one_error(test, error):
    verdict = tried(test)
    assert error_of(verdict).startswith(error)
    assert verdict.reason is None and len(verdict.outputs) == 1


def test_a_test_that_is_no_python_asks_for_a_person_and_the_others_are_tried():
    first, second = verdicts_of(notebook(answer(DOUBLE), graded("assert f(2 == 4", "a"), graded("f(2)", "b", 4)))
    assert first.reason["code"] == "test_broken" and error_of(first).startswith("TestBroken: SyntaxError")
    assert second.points == 4


def test_prints_are_kept_and_cut_and_warnings_are_no_failure():
    verdict = tried(
        "import sys, warnings\nprint('seen')\nprint('oops', file=sys.stderr)\nwarnings.warn('w')\nprint('x' * 10**6)"
    )
    assert verdict.points == 4
    assert (
        verdict.outputs[0].text.startswith("seen\nxxx")
        and len(verdict.outputs[0].text) == SETTINGS.test_output_characters
    )
    assert [o.output_type for o in verdict.outputs] == ["stream", "execute_result"]


def test_outputs_are_a_valid_notebooks_even_with_odd_characters():
    nb = notebook(answer(DOUBLE), graded("print('\\ud800')\nassert False, '\\udfff'"))
    judging.show(nb, verdicts_of(nb))
    nbformat.validate(nb)
    json.dumps(nb, ensure_ascii=False).encode()


# -- check


def test_check_is_the_judges_and_its_value_the_points():
    verdict = tried(
        "check('double', f)",
        before=[code("def check(*_): return 4", "p")],
        student=DOUBLE + "\ndef check(*_): return 4",
    )
    assert verdict.points == 4 and verdict.mistake is None
    assert [o.output_type for o in verdict.outputs] == ["display_data", "execute_result"]
    assert verdict.outputs[0].data == {"text/plain": "double 03 s3 zh", "text/html": "<p>card</p>"}


def test_a_wrong_answer_has_part_of_the_points_and_the_mistakes_name():
    verdict = tried("check('double', f, hint=True)", student="def f(x): return x")
    assert verdict.points == 2 and verdict.mistake == "wrong_factor" and verdict.exercise == "double"
    about = judged(verdict, "en").details
    assert about | {"seconds": 0} == {
        "exercise": "double",
        "mistake": "wrong_factor",
        "failed": ["large"],
        "missing": False,
        "seconds": 0,
        "limit": None,
        "reason": None,
    }


@pytest.mark.parametrize(
    "test",
    [
        "check('double', f)\ncheck('double', f)",
        "check('unknown', f)",
        "import no_such_module",
        "undefined_by_all",
        "raise SystemExit",
    ],
)
def test_a_broken_test_asks_for_a_person(test):
    assert tried(test).reason["code"] == "test_broken"


def test_a_test_cell_that_is_no_python_asks_for_a_person():
    assert tried("f(").reason["code"] == "test_broken"


# -- which names are the student's


HOSTILE = """
import builtins, math
def f(x): return 2 * x
def helper(): return "student"
np = len = assert_close = table = None
lr = 0.5
"""


@pytest.mark.parametrize(
    "before, test",
    [
        ([], "assert len([1]) == 1"),
        ([code("import numpy as np", "p")], "assert np.ones(2).sum() == 2"),
        ([code("def helper(): return 'judge'", "p")], "assert helper() == 'judge'"),
        (
            [code("table = {}\ntable['a'] = 1", "p"), code("table.update(b=2)", "q")],
            "assert table == dict(a=1, b=2)",
        ),
        ([code("total = 0", "p"), code("for i in range(3):\n    total += i", "q")], "assert total == 3"),
        ([code("%matplotlib inline\nx = 3\n!ls", "p"), code("%%bash\nx = (", "q")], "assert x == 3"),
        ([code("x = 1", "p"), code("x = 2", "e", tags=["experiment"])], "assert x == 1"),
        (
            [code("raise RuntimeError('not needed')", "p"), code("import time\ntime.sleep(99)\ny = 1", "q")],
            "assert y == 1",
        ),
        ([code("out = f(3)", "p")], "assert out == 6"),
        ([code("def both(): return f(1) + later()\ndef later(): return 1", "p")], "assert both() == 3"),
        ([code("check, tool = 1, 2", "p")], "assert tool == 2 and type(check).__name__ == 'Check'"),
        ([code("x = 5", "p")], "assert (lambda: x)() == 5 and [x for _ in 'a'] == [5]"),
        ([code("import numpy as np\nclass A:\n    y = np.ones(1)", "p")], "assert A.y.sum() == 1"),
        ([code("from math import *", "p")], "assert cos(0) == 1"),
        ([code("from math import *", "p"), code("x = 1", "q")], "assert x + floor(2.5) == 3"),
        ([code("if True:\n    mode = 1\nelse:\n    mode = 2", "p")], "assert mode == 1"),
        ([graded("from math import pi\ndef near(a): return abs(a - pi) < 1", "t0")], "assert near(3)"),
    ],
)
def test_everything_but_the_answers_names_is_the_judges(before, test):
    nb = notebook(answer(DOUBLE), *before, graded(test))
    verdict = verdicts_of(nb, student=HOSTILE, parked=["t0", "test"])[-1]
    assert verdict.points == 4, verdict.outputs[-1]


@pytest.mark.parametrize(
    "cells, test",
    [
        ([code("lr = 0.1", "p"), answer("lr = 0.25")], "assert lr == 0.5"),  # the student's 0.5
        ([answer("lr = 0.25"), code("lr = 0.1", "p")], "assert lr == 0.1"),  # bound again by the course
        (
            [answer("import math\ndef f(x): return math.pi")],
            "assert type(math).__name__ == 'module'",
        ),  # imports are the judge's
        (
            [answer("lr = 0.25"), code("lr_times = [lr * 2]", "p"), answer("lr = 0.3", "b")],
            "assert lr_times == [1.0] and lr == 0.5",
        ),
        ([answer("for lr in (1, 2):\n    pass")], "assert lr == 0.5"),
        ([answer("with open('x') as lr:\n    pass")], "assert lr == 0.5"),
    ],
)
def test_an_answers_names_are_the_students(cells, test):
    assert verdict_of(*cells, graded(test), student=HOSTILE).points == 4


def test_a_name_that_the_student_never_defined_is_the_students_error():
    verdict = tried("assert f(2) == 4", student="g = 1")
    assert error_of(verdict) == "NameError: name 'f' is not defined" and verdict.reason is None


def test_a_missing_name_matters_only_when_it_is_used():
    assert tried("1 if True else f", student="g = 1").points == 1


def test_only_what_is_needed_is_asked_and_run():
    cells = notebook(
        code("import numpy as np\nimport matplotlib.pyplot as plt\nslow = [1]", "p"),
        answer("def f(): pass\ndef g(): pass"),
        code("plt.plot(slow)\nother = f()", "q"),
        graded("def inner():\n    slow = 1\n    return slow\nassert np.all(f())"),
    ).cells
    steps = plan_test(cells, 3).steps
    assert [item for what, item in steps if what == "ask"] == ["f"]
    assert [item.lineno for what, item in steps if what == "run"] == [1]


# -- text and processes of the student's


def test_no_text_of_the_students_is_shown():
    for student in (
        "def f(x): raise ValueError(f'saw {x}')",
        "class E(Exception): pass\ndef f(x): raise E(f'saw {x}')",
    ):
        verdict = tried("f('hidden')", student=student)
        assert "hidden" not in json.dumps(verdict.outputs) and "submitted code" in error_of(verdict)


def test_a_students_endless_loop_ends_with_the_test_and_the_next_is_tried():
    nb = notebook(answer("def f(x): pass\ndef g(): pass"), graded("f(1)", "a"), graded("assert g() == 1", "b"))
    first, second = verdicts_of(
        nb,
        student="def f(x):\n    while True: pass\ndef g(): return 1",
        settings=replace(SETTINGS, wire=WireLimits(seconds=0.4)),
    )
    assert first.points == 0 and first.reason == reason("test_time", seconds=0.4)
    assert first.limit == "time" and second.limit is None
    assert second.points == 4


@pytest.mark.parametrize(
    "test, code",
    [
        ("while True: pass", "test_time"),
        ("import os\nos._exit(0)", "judge_ended"),
        ("import ctypes\nctypes.string_at(0)", "judge_ended"),
    ],
)
def test_a_test_that_kills_its_judge_costs_only_itself(test, code):
    nb = notebook(answer(DOUBLE), graded(test, "a"), graded("assert f(2) == 4", "b"))
    began = time.monotonic()
    first, second = verdicts_of(nb, settings=replace(SETTINGS, wire=WireLimits(seconds=0.5), judge_slack_seconds=0.2))
    assert first.points == 0 and first.reason["code"] == code and first.outputs[0].output_type == "error"
    assert second.points == 4 and time.monotonic() - began < 60


@pytest.mark.parametrize("whom", ["os.getpid()", "os.getppid()"])  # the judge, the chapter server
def test_a_judge_that_is_killed_from_outside_is_an_accident_and_the_next_submission_is_judged(whom):
    with pytest.raises(Accident, match="killed from outside"):
        tried(f"import os, signal, time\nos.kill({whom}, signal.SIGKILL)\ntime.sleep(5)")
    assert tried("assert f(2) == 4").points == 4


def test_memory_is_limited_in_the_judge():
    settings = replace(SETTINGS, judge_memory_bytes=200 << 20)
    assert error_of(tried("x = bytearray(300 << 20)", settings=settings)).startswith("MemoryError")
    assert tried("x = bytearray(100 << 20)", settings=settings).points == 4


def test_a_students_process_that_dies_is_said_so():
    verdict = tried("f(1)", student="import os\ndef f(x): os._exit(0)")
    assert verdict.reason["code"] == "wire" and "ended" in verdict.reason["en"] and error_of(verdict)


def test_a_test_that_swallows_the_end_of_the_process_has_no_points():
    verdict = tried("try:\n    f(1)\nexcept Exception:\n    pass", student="import os\ndef f(x): os._exit(0)")
    assert verdict.points == 0 and verdict.reason["code"] == "wire"


def test_a_verdict_that_is_too_large_is_none():
    verdict = tried("print('x' * 10**4)", settings=replace(SETTINGS, verdict_bytes=1000))
    assert verdict.points == 0 and verdict.reason["code"] == "judge_ended"


def test_tests_after_the_notebooks_time_are_not_tried():
    nb = notebook(answer(DOUBLE), graded("import time\ntime.sleep(3)", "a"), graded("None", "b"))
    first, second = verdicts_of(nb, settings=replace(SETTINGS, judge_notebook_seconds=0.2, judge_slack_seconds=0.3))
    assert first.reason["code"] == "test_time" and second.reason["code"] == "tests_time"


def training(source, id):
    """A test that trains: here it only sleeps."""
    cell = graded(source, id)
    cell.metadata["tags"] = ["training"]
    return cell


def test_a_training_has_its_own_time_and_when_that_is_not_enough_nobody_pays():
    limits = dict(wire=WireLimits(seconds=0.3), judge_slack_seconds=0.1)
    nb = notebook(answer(DOUBLE), training("import time\ntime.sleep(3)\n3", "a"), graded("assert f(1) == 2", "b"))
    enough = replace(SETTINGS, training_seconds=60, judge_notebook_seconds=2.5, **limits)
    verdicts_of(nb, settings=enough)  # what judges are forked from is ready afterwards
    first, second = verdicts_of(nb, settings=enough)
    assert first.points == 3 and second.points == 4 and second.reason is None
    first, second = verdicts_of(nb, settings=replace(SETTINGS, training_seconds=0.2, **limits))
    assert first.reason["code"] == "training_time" and judged(first, "en").points is None
    assert second.points == 4


def test_a_student_who_never_answers_a_training_has_no_points():
    nb = notebook(answer("def f(): pass"), training("f()\n3", "a"))
    [verdict] = verdicts_of(
        nb,
        student="def f():\n    while True: pass",
        settings=replace(SETTINGS, wire=WireLimits(seconds=0.3), training_seconds=20),
    )
    assert verdict.points == 0 and verdict.reason == reason("test_time", seconds=0.3)


def test_a_test_without_a_snapshot_has_the_runs_reason():
    nb = notebook(answer(DOUBLE), graded("None", "a"), graded("None", "b"))
    with Parked(DOUBLE, "b") as ran:
        ran.snapshots["a"] = reason("kernel_died", cell=3)
        first, second = judge(nb, ran, assignment="03", secret="s", settings=SETTINGS)
    assert first.reason == reason("kernel_died", cell=3) and first.points == 0 and first.max_points == 4
    assert second.points == 4


def children():
    return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))


def test_nothing_is_left_running():
    start_multiprocessing()
    before = children()
    nb = notebook(answer(DOUBLE), graded("while True: pass", "a"), graded("None", "b"))
    with Parked(DOUBLE, "a", "b") as ran:
        judge(
            nb,
            ran,
            assignment="03",
            secret="s",
            settings=replace(SETTINGS, wire=WireLimits(seconds=0.3), judge_slack_seconds=0.1),
        )
        gone = [s.pid for s in ran.snapshots.values()]
        assert all(s.pidfd == -1 for s in ran.snapshots.values())
    assert children() == before and not any(os.path.exists(f"/proc/{pid}") for pid in gone)


def test_a_judge_begins_with_a_wire_that_has_been_used():
    assert tried("from autograder.wire.receiving import read_form\nread_form.cache_info().currsize").points == 1


def test_a_snapshot_that_leads_no_group_is_killed_too():
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        time.sleep(60)
        os._exit(0)
    with theirs:
        Snapshot(ours, pid, os.pidfd_open(pid)).close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -9


def points_in_a_worker(source):
    return tried("assert f(2) == 4", student=source).points


def test_the_judge_works_in_a_pools_worker():
    with ProcessPoolExecutor(1, mp_context=start_multiprocessing()) as pool:
        assert list(pool.map(points_in_a_worker, [DOUBLE, "def f(x): return x"])) == [4, 0]


# -- chapter servers and judges


def test_a_chapter_is_read_once_and_every_submission_has_a_judge_of_its_own():
    nb = notebook(
        answer(DOUBLE),
        graded("import os\nimport time\nprint(os.getpid(), os.getppid())\ntime.kept = 1", "a"),
        graded("import time\nassert hasattr(time, 'kept')", "b"),
    )
    (first, same), (second, _) = verdicts_of(nb), verdicts_of(nb)
    assert same.points == 4  # one judge for all tests of a submission
    (one, above), (two, again) = (verdict.outputs[0].text.split() for verdict in (first, second))
    assert one != two and above == again
    before = verdicts_of(notebook(answer(DOUBLE), graded("import time\nassert not hasattr(time, 'kept')")))
    assert before[0].points == 4


def test_chapters_that_were_not_used_for_long_are_not_kept():
    for number in range(judge_forkserver.MAX_CHAPTERS + 2):
        assert tried(f"assert f({number}) == {2 * number}").points == 4
    assert len(worker.current().judges().chapters) == judge_forkserver.MAX_CHAPTERS


def test_when_the_process_that_is_ready_dies_another_takes_its_place():
    assert tried("assert f(1) == 2").points == 4
    kill(worker.current().judges().chapters[-1].pidfd)
    assert tried("assert f(1) == 2").points == 4
    kill(os.pidfd_open(worker.current().judges().process.pid))
    assert tried("assert f(1) == 2").points == 4
    assert tried("assert f(1) == 3 - 1").points == 4


def kill(pidfd: int) -> None:
    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    assert select.select([pidfd], [], [], 10)[0]


def judged_after_start(source):
    """In a worker that has forked its judge forkserver itself: points, and whether multiprocessing's was not needed."""
    return tried(
        "assert f(2) == 4", student=source
    ).points, judge_forkserver.forkserver._forkserver._forkserver_pid is None


def test_a_worker_that_is_new_forks_what_judges_come_from_and_needs_no_server():
    with ProcessPoolExecutor(1, mp_context=start_multiprocessing(), initializer=start_worker) as pool:
        assert list(pool.map(judged_after_start, [DOUBLE, "def f(x): return x"])) == [(4, True), (0, True)]


def test_a_worker_that_is_killed_takes_what_judges_come_from_along():
    with ProcessPoolExecutor(1, mp_context=start_multiprocessing(), initializer=start_worker) as pool:
        pool.submit(judged_after_start, DOUBLE).result()
        families = pool.submit(family).result()
        handles = [os.pidfd_open(pid) for pid in families]
        for process in pool._processes.values():
            process.kill()
        assert len(handles) == 3 and all(select.select([handle], [], [], 10)[0] for handle in handles)
        for handle in handles:
            os.close(handle)


def start_worker() -> None:
    worker.current().start(sandbox=False)


def family() -> list[int]:
    """This worker, its judge forkserver and the chapter server that was forked from it."""
    judges = worker.current().judges().process.pid
    return [os.getpid(), judges, *map(int, Path(f"/proc/{judges}/task/{judges}/children").read_text().split())]


def test_no_judge_outlives_its_grader():
    nb = notebook(answer(DOUBLE), graded("import time\ntime.sleep(60)", "a"))
    with Parked(DOUBLE, "a") as ran:
        about = (
            [judging.plain_cell(cell, grade_ids(nb)) for cell in nb.cells],
            {"assignment": "03", "secret": "s", "lang": "en"},
            SETTINGS,
        )
        child = worker.current().judges().fork_judge(*about)
        socket.send_fds(child.socket, [Request(PLAIN, 1, 60.0).pack()], [ran.snapshots["a"].socket.fileno()])
        kill(worker.current().judges().chapters[-1].pidfd)
        assert select.select([child.pidfd], [], [], 10)[0]  # it has ended
        child.kill()


# -- the order of tests, and what a lost judge costs


TWO_CHECKS = """
import os, mmap
log = mmap.mmap(-1, 4096)
def note(what):
    end = log.find(b"\\0")
    log[end:end + len(what)] = what.encode()
def f(x):
    note("f%s " % x)
    return 2 * x
def g(x):
    note("g%s " % x)
    return 2 * x
def read():
    return log[:log.find(b"\\0")].decode()
"""


def checks(*calls, before=()):
    """A notebook with an answer cell and these tests, marked by fake_phases."""
    return notebook(answer(TWO_CHECKS), *before, *(graded(call, id) for id, call in calls))


PHASES = replace(SETTINGS, mark="fake_phases:mark")


def test_visible_cases_of_every_check_come_first_then_other_tests_then_hidden_cases():
    nb = checks(
        ("a", "check('double', f)"),
        ("b", "print(read())\nNone"),
        ("c", "check('double', g)"),
        ("d", "x = check('double', f)\nx"),
        ("e", "print(read())\nNone"),
    )
    verdicts = verdicts_of(nb, student=TWO_CHECKS, settings=PHASES)
    assert [verdict.points for verdict in verdicts] == [4] * 5
    printed = "f2 g2 \n"  # the visible case of fake_phases is 2, the hidden one 3
    assert [verdict.outputs[0].text for verdict in (verdicts[1], verdicts[4])] == [printed, printed]
    assert "output" in verdicts[0].outputs[0]["output_type"] or verdicts[0].outputs[0]["data"]["text/plain"] == "saw 2"
    assert len(verdicts[3].outputs) == 1  # no card, because its text comes after hidden cases


def test_a_judge_that_is_lost_costs_the_test_that_broke_it_and_checks_that_had_begun_are_tried_again():
    nb = checks(("a", "check('double', f)"), ("b", "import os\nos._exit(0)"), ("c", "check('double', g)"))
    first, second, third = verdicts_of(nb, student=TWO_CHECKS, settings=PHASES)
    assert (first.points, second.points, third.points) == (4, 0, 4) and second.reason["code"] == "judge_ended"


def test_text_made_during_a_hidden_case_is_not_shown():
    student = "kept = []\ndef f(x):\n    kept.append(x)\n    return kept"
    verdict = tried("check('double', f)", student=student, settings=PHASES)
    assert verdict.outputs[0]["data"]["text/plain"] == "saw [2]"


@pytest.mark.parametrize(
    "value",
    [
        "loop = []\nloop.append(loop)",
        "loop = []\nfor _ in range(3000): loop = [loop]",
        "loop = {}\nloop[1] = [loop]",
        "loop = 10 ** 100_000",
    ],
)
def test_a_value_that_cannot_be_compared_is_a_wrong_answer(value):
    body = "".join(f"    {line}\n" for line in value.splitlines())
    source = f"def momentum_step(params, grads, velocity, *, lr, momentum=0.9):\n{body}    return loop, loop\n"
    nb = notebook(answer("def momentum_step(): pass"), graded("check('momentum_step', momentum_step)", "a"))
    [verdict] = verdicts_of(nb, student=source, settings=Settings())
    assert verdict.points == 0 and (verdict.reason is None or verdict.reason["code"] in ("unjudgeable", "wire"))
    assert judged(verdict, "en").points == 0
