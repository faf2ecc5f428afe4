"""The start of a run: what is started at the same time, and what a new worker has ready."""

import gc
import os
import subprocess
import sys
import threading

import pytest

from autograder import ROOT
from autograder.grading import pool, submission
from autograder.judging import worker
from autograder.sandbox import walls

IMPORTED = ["autograder.grading.run_and_judge", "autograder.pages.feedback", "autograder.judging.mark"]
START_OF_THE_GRADER = """
import sys; sys.path[:0] = ['src', '.']
from autograder.judging import judge_forkserver
judge_forkserver.start_multiprocessing = lambda *modules: print("server", modules, sorted({'numpy', 'nbgrader', 'nbformat'} & set(sys.modules)))
from autograder import grade
grade.main(["--class", "/nowhere"])
import gc
print("read", gc.isenabled(), "autograder.grading.batch" in sys.modules)
"""


def state_of_a_worker(_) -> dict:
    """What a worker has before its first job."""
    mine = worker.current()
    return {"zygote": mine._zygote is not None and mine._zygote.process.poll() is None, "gc": gc.isenabled(),
            "frozen": gc.get_freeze_count(), "judges": mine._judges is not None and mine._judges.process.is_alive(),
            "modules": [name for name in [*IMPORTED, "autograder.gradebook.record"] if name in sys.modules]}


def from_a_worker(**options) -> dict:
    """state_of_a_worker in a pool that a new process has made, as `make grade` does."""
    script = (f"import sys; sys.path[:0] = {[str(ROOT / 'src'), str(ROOT), str(ROOT / 'tests')]!r}\n"
              "from autograder import grade\ngrade.read_the_rest()\n"
              "from autograder.grading import pool\nimport test_start\n"
              f"def main():\n    print(next(pool.results(test_start.state_of_a_worker, [1], 1, executor=lambda n: "
              f"pool.local_executor(n, **{options!r})))[1])\nif __name__ == '__main__':\n    main()\n")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return eval(done.stdout)


@pytest.mark.parametrize(("steps", "zygote", "judges"), [
    (submission.WITH_WALLS, True, True), (submission.WITHOUT_WALLS, False, True), ("", False, False)])
def test_a_new_worker_has_started_what_takes_long(steps, zygote, judges):
    state = from_a_worker(steps=steps)
    assert (state["zygote"], state["judges"]) == (zygote, judges)
    assert state["modules"] == IMPORTED and state["gc"] and state["frozen"] > 10_000


def start_without_bubblewrap() -> str:
    """In a new process: start a worker where bubblewrap is missing, then ask it for a zygote."""
    walls.bubblewrap = lambda: None
    worker.current().start(sandbox=True)
    try:
        worker.current().zygote()
    except walls.NoWalls as error:
        return str(error)
    return "no error"


def start_after_a_thread() -> str:
    stop = threading.Event()
    threading.Thread(target=stop.wait, daemon=True).start()
    try:
        worker.current().start(sandbox=False)
    except RuntimeError as error:
        return str(error)
    return "no error"


@pytest.mark.parametrize("function, message", [("start_without_bubblewrap", "bubblewrap"),
                                               ("start_after_a_thread", "must come first")])
def test_a_worker_starts_first_in_its_process_and_without_walls_says_so_at_the_first_submission(function, message):
    script = (f"import sys; sys.path[:0] = {[str(ROOT / 'src'), str(ROOT), str(ROOT / 'tests')]!r}\n"
              f"import test_start\nprint(test_start.{function}())")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT,
                          env=os.environ | {"OPENBLAS_NUM_THREADS": "1"})
    assert message in done.stdout, done.stderr


def test_the_forkserver_starts_before_the_grader_imports_anything_large():
    done = subprocess.run([sys.executable, "-c", START_OF_THE_GRADER], capture_output=True, text=True, cwd=ROOT)
    server, read = done.stdout.splitlines()
    assert server.startswith("server ('autograder.pages.feedback'") and server.endswith(" []"), done.stderr
    assert read == "read True True" and "/nowhere is not a folder" in done.stderr


def test_workers_that_are_sure_to_be_needed_start_before_they_are_asked_for(monkeypatch):
    made, make = [], pool.local_executor
    monkeypatch.setattr(pool, "local_executor", lambda *about: made.append(make(*about)) or made[-1])
    with pool.begun(2, "") as executor:
        early = dict(made[0]._processes)
        assert len(early) == 2 and all(process.is_alive() for process in early.values())
        with executor(1) as smaller:
            assert smaller is not made[0]
        with executor(2) as asked:
            assert asked is made[0] and set(asked.map(pid_of_a_worker, range(4))) <= set(early)
        with executor(2) as again:
            assert again is not made[0]


@pytest.mark.parametrize("number", [0, 1])
def test_workers_that_were_started_and_not_needed_end(monkeypatch, number):
    made, make = [], pool.local_executor
    monkeypatch.setattr(pool, "local_executor", lambda *about: made.append(make(*about)) or made[-1])
    with pytest.raises(KeyError), pool.begun(number, ""):
        processes = [process for executor in made for process in executor._processes.values()]
        raise KeyError
    assert len(processes) == number and not any(process.is_alive() for process in processes)


def pid_of_a_worker(_):
    return os.getpid()
