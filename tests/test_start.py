"""The start of a run: what begins beside what, and what is ready when a worker is born."""

import gc
import os
import subprocess
import sys

import pytest

from autograder.grading import pool, submission
from autograder.judging import prepared, server
from autograder.sandbox import walls, zygote
from autograder.gradebook.coursedir import ROOT

READY = ("autograder.grading.run_and_judge", "autograder.pages.feedback", "autograder.judging.mark", "autograder.gradebook.record")
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
              "from autograder.grading import pool, submission\nimport test_start\n"
              f"def main():\n    print(next(pool.results(test_start.seen_from_a_worker, [1], 1, executor=lambda n: "
              f"pool.local_executor(n, **{options!r})))[1])\nif __name__ == '__main__':\n    main()\n")
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert said.returncode == 0, said.stderr
    return eval(said.stdout)


@pytest.mark.parametrize(("steps", "zygote", "judges"), [
    (submission.WITH_WALLS, True, [True]), (submission.WITHOUT_WALLS, False, [True]), ("", False, [])])
def test_a_worker_begins_at_once_with_what_takes_long(steps, zygote, judges):
    seen = from_a_worker(steps=steps)
    assert (seen["zygote"], seen["judges"]) == (zygote, judges)
    assert seen["modules"] == list(READY[:3]) and seen["gc"] and seen["frozen"] > 10_000


def test_a_worker_without_walls_lives_and_says_so_with_its_first_submission(monkeypatch):
    monkeypatch.setattr(walls, "bubblewrap", lambda: None)
    monkeypatch.setattr(zygote, "OURS", type(zygote.OURS)())
    monkeypatch.setattr(prepared, "settle", lambda: None)  # this process is not new
    monkeypatch.setattr(pool.signal, "signal", lambda *_: None)
    monkeypatch.setattr(pool.threading, "Thread", lambda **_: type("", (), {"start": lambda self: None})())
    pool.prepare_worker(os.getpid(), submission.WITH_WALLS)
    with pytest.raises(walls.NoWalls, match="bubblewrap"):
        zygote.ours()


def test_the_server_of_the_workers_begins_before_anything_is_read():
    said = subprocess.run([sys.executable, "-c", AT_THE_GRADER_S_START], capture_output=True, text=True, cwd=ROOT)
    assert said.stdout.splitlines() == [f"server {server.WORKERS} []", "read True"], said.stderr
    assert "/nowhere is not a folder" in said.stderr


def test_workers_that_are_sure_to_be_needed_begin_before_they_are_asked_for(monkeypatch):
    made, make = [], pool.local_executor
    monkeypatch.setattr(pool, "local_executor", lambda *about: made.append(make(*about)) or made[-1])
    with pool.begun(2, "") as executor:
        early = dict(made[0]._processes)
        assert len(early) == 2 and all(process.is_alive() for process in early.values())
        with executor(1) as smaller:
            assert smaller is not made[0]
        with executor(2) as asked:
            assert asked is made[0] and set(asked.map(work_of_a_worker, range(4))) <= set(early)
        with executor(2) as again:
            assert again is not made[0]


@pytest.mark.parametrize("number", [0, 1])
def test_workers_that_began_and_were_not_needed_end(monkeypatch, number):
    made, make = [], pool.local_executor
    monkeypatch.setattr(pool, "local_executor", lambda *about: made.append(make(*about)) or made[-1])
    with pytest.raises(KeyError), pool.begun(number, ""):
        processes = [process for one in made for process in one._processes.values()]
        raise KeyError
    assert len(processes) == number and not any(process.is_alive() for process in processes)


def work_of_a_worker(_):
    return os.getpid()
