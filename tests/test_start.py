"""The start of a run: what begins beside what, and what is ready when a worker is born."""

import gc
import os
import subprocess
import sys

import pytest

from autograder.grading import local_pool
from autograder.judging import prepared, server
from autograder.sandbox import walls, zygote
from autograder.gradebook.coursedir import ROOT

READY = ("autograder.grading.submission", "autograder.pages.feedback", "autograder.judging.mark", "autograder.gradebook.record")
AT_THE_GRADER_S_START = """
import sys; sys.path[:0] = ['src', '.']
from autograder.judging import server
server.warm_up = lambda preload: print("server", preload, sorted({'numpy', 'nbgrader', 'nbformat'} & set(sys.modules)))
from autograder import grade
grade.main(["--class", "/nowhere"])
from autograder.grading import batch
import gc
print("read", gc.isenabled())
"""


def seen_from_a_worker(_) -> dict:
    """What a job finds in a worker before it has done anything."""
    born = getattr(zygote.OURS, "zygote", None)
    return {"zygote": born is not None and born.process.poll() is None, "gc": gc.isenabled(), "frozen": gc.get_freeze_count(),
            "judges": [one.process.is_alive() for one in prepared.NURSERY],
            "modules": [name for name in READY if name in sys.modules]}


def from_a_worker(**options) -> dict:
    """Of a fresh process of ours, as `make grade` is one: this one has a server already, with other imports."""
    script = (f"import sys; sys.path[:0] = {[str(ROOT / 'src'), str(ROOT), str(ROOT / 'tests')]!r}\n"
              "from autograder.grading import local_pool, pool\nimport test_start\n"
              f"def main():\n    print(next(pool.results(test_start.seen_from_a_worker, [1], 1, lambda size: "
              f"local_pool.LocalPool(size, **{options!r})))[1])\nif __name__ == '__main__':\n    main()\n")
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert said.returncode == 0, said.stderr
    return eval(said.stdout)


@pytest.mark.parametrize(("isolation", "zygote", "judges"), [("walls", True, [True]), ("none", False, [True]), (None, False, [])])
def test_a_worker_begins_at_once_with_what_takes_long(isolation, zygote, judges):
    seen = from_a_worker(isolation=isolation)
    assert (seen["zygote"], seen["judges"]) == (zygote, judges)
    assert seen["modules"] == list(READY[:3]) and seen["gc"] and seen["frozen"] > 10_000


def test_a_worker_without_walls_lives_and_says_so_with_its_first_submission(monkeypatch):
    monkeypatch.setattr(walls, "bubblewrap", lambda: None)
    monkeypatch.setattr(zygote, "OURS", type(zygote.OURS)())
    monkeypatch.setattr(prepared, "settle", lambda: None)  # this process is not new
    monkeypatch.setattr(local_pool.signal, "signal", lambda *_: None)
    monkeypatch.setattr(local_pool.threading, "Thread", lambda **_: type("", (), {"start": lambda self: None})())
    local_pool.prepare_worker(os.getpid(), "walls")
    with pytest.raises(walls.NoWalls, match="bubblewrap"):
        zygote.ours()


def test_the_server_of_the_workers_begins_before_anything_is_read():
    said = subprocess.run([sys.executable, "-c", AT_THE_GRADER_S_START], capture_output=True, text=True, cwd=ROOT)
    assert said.stdout.splitlines() == [f"server {server.WORKERS} []", "read True"], said.stderr
    assert "/nowhere is not a folder" in said.stderr


@pytest.fixture
def made(monkeypatch):
    """The pools that are made from now on."""
    pools, make = [], local_pool.LocalPool
    monkeypatch.setattr(local_pool, "LocalPool", lambda *given, **options: pools.append(make(*given, **options)) or pools[-1])
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
        (_, pid, error), = made[0].finished(60)
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
