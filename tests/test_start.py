"""The start of a run: what is started at the same time, and what a new worker has ready."""

import gc
import os
import subprocess
import sys
import threading

import pytest

from autograder import ROOT
from autograder.grading import local_pool
from autograder.judging import worker
from autograder.sandbox import walls

IMPORTED = ["autograder.grading.submission", "autograder.pages.feedback", "autograder.judging.mark"]
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
    return {
        "zygote": mine._zygote is not None and mine._zygote.process.poll() is None,
        "gc": gc.isenabled(),
        "frozen": gc.get_freeze_count(),
        "judges": mine._judges is not None and mine._judges.process.is_alive(),
        "not needed": [
            name for name in ("nbgrader.server_extensions", "nbgrader.apps", "matplotlib") if name in sys.modules
        ],
        "modules": [name for name in [*IMPORTED, "autograder.gradebook.record"] if name in sys.modules],
    }


def from_a_worker(**options) -> dict:
    """state_of_a_worker in a pool that a new process has made, as `make grade` does."""
    script = (
        f"import sys; sys.path[:0] = {[str(ROOT / 'src'), str(ROOT), str(ROOT / 'tests')]!r}\n"
        "from autograder import grade\ngrade.import_the_rest()\n"
        "from autograder.grading import local_pool, pool\nimport test_start\n"
        f"def main():\n    print(next(pool.results(test_start.state_of_a_worker, [1], 1, lambda size: "
        f"local_pool.LocalPool(size, **{options!r})))[1])\nif __name__ == '__main__':\n    main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return eval(done.stdout)


@pytest.mark.parametrize(
    ("isolation", "zygote", "judges"), [("walls", True, True), ("none", False, True), (None, False, False)]
)
def test_a_new_worker_has_started_what_takes_long(isolation, zygote, judges):
    state = from_a_worker(isolation=isolation)
    assert (state["zygote"], state["judges"]) == (zygote, judges)
    assert state["modules"] == IMPORTED and state["gc"] and state["frozen"] > 10_000


WITHOUT_SERVERS = """
import sys; sys.path[:0] = ['src', '.']
from autograder import grade
grade.import_the_rest()
names = ('nbgrader.server_extensions', 'nbgrader.apps', 'jupyter_server', 'matplotlib', 'autograder.authoring')
print([name for name in names if name in sys.modules])
import nbgrader, nbgrader.server_extensions.formgrader as real
real.load_jupyter_server_extension = print
nbgrader.load_formgrader('a server')
"""


def test_the_grader_and_its_workers_import_no_servers_figures_or_builder():
    """nbgrader's __init__ imports all its server extensions. If one is asked for later, it is the real one."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_SERVERS], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\na server\n", done.stderr
    assert from_a_worker(isolation=None)["not needed"] == []


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


@pytest.mark.parametrize(
    "function, message", [("start_without_bubblewrap", "bubblewrap"), ("start_after_a_thread", "must come first")]
)
def test_a_worker_starts_first_in_its_process_and_without_walls_says_so_at_the_first_submission(function, message):
    script = (
        f"import sys; sys.path[:0] = {[str(ROOT / 'src'), str(ROOT), str(ROOT / 'tests')]!r}\n"
        f"import test_start\nprint(test_start.{function}())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    assert message in done.stdout, done.stderr


def test_the_forkserver_starts_before_the_grader_imports_anything_large():
    done = subprocess.run([sys.executable, "-c", START_OF_THE_GRADER], capture_output=True, text=True, cwd=ROOT)
    server, read = done.stdout.splitlines()
    assert server.startswith("server ('autograder.pages.feedback'") and server.endswith(" []"), done.stderr
    assert read == "read True True" and "/nowhere is not a folder" in done.stderr


@pytest.fixture
def made(monkeypatch):
    """The pools that are made from now on."""
    pools, make = [], local_pool.LocalPool
    monkeypatch.setattr(
        local_pool, "LocalPool", lambda *given, **options: pools.append(make(*given, **options)) or pools[-1]
    )
    yield pools
    for pool in pools:
        pool.close()


def test_workers_that_are_sure_to_be_needed_start_before_they_are_asked_for(made):
    with local_pool.started_early(2) as new_pool:
        early = [worker.process for worker in made[0].workers]
        assert len(early) == 2 and all(process.is_alive() for process in early)
        assert new_pool(1) is not made[0]
        assert new_pool(2) is made[0]
        made[0].submit(pid_of_a_worker, 0)
        ((_, pid, error),) = made[0].finished(60)
        assert error is None and pid in [process.pid for process in early]
        assert new_pool(2) is not made[0]


@pytest.mark.parametrize("number", [0, 1])
def test_workers_that_started_and_were_not_needed_end(made, number):
    with pytest.raises(KeyError), local_pool.started_early(number):
        processes = [worker.process for pool in made for worker in pool.workers]
        raise KeyError
    assert len(processes) == number and not any(process.is_alive() for process in processes)


def pid_of_a_worker(_):
    return os.getpid()
