"""The start of a run: what begins beside what, and what is ready when a worker is born."""

import gc
import os
import subprocess
import sys

import pytest

from autograder import pool, prepared, seat, server, submission, walls, zygotes
from autograder.coursedir import ROOT

READY = ("autograder.steps", "autograder.feedback", "autograder.mark", "autograder.record")
AT_THE_GRADER_S_START = """
import sys; sys.path[:0] = ['src', '.']
from autograder import server
server.warm_up = lambda preload: print("server", preload, sorted({'numpy', 'nbgrader', 'nbformat'} & set(sys.modules)))
from autograder import grade
grade.main(["--class", "/nowhere"])
from autograder import grading
import gc
print("read", gc.isenabled())
"""


def seen_from_a_worker(_) -> dict:
    """What a job finds in a worker before it has done anything."""
    born = getattr(zygotes.OURS, "zygote", None)
    return {"zygote": born is not None and born.process.poll() is None, "gc": gc.isenabled(), "frozen": gc.get_freeze_count(),
            "judges": [one.process.is_alive() for one in prepared.NURSERY],
            "modules": [name for name in READY if name in sys.modules]}


def from_a_worker(**options) -> dict:
    """Of a fresh process of ours, as `make grade` is one: this one has a server already, with other imports."""
    script = (f"import sys; sys.path[:0] = {[str(ROOT / 'src'), str(ROOT), str(ROOT / 'tests')]!r}\n"
              "from autograder import pool, submission\nimport test_start\n"
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
    monkeypatch.setattr(zygotes, "OURS", type(zygotes.OURS)())
    monkeypatch.setattr(seat, "take", lambda: None)
    monkeypatch.setattr(prepared, "settle", lambda: None)  # this process is not new
    monkeypatch.setattr(pool.signal, "signal", lambda *_: None)
    monkeypatch.setattr(pool.threading, "Thread", lambda **_: type("", (), {"start": lambda self: None})())
    pool.prepare_worker(os.getpid(), submission.WITH_WALLS)
    with pytest.raises(walls.NoWalls, match="bubblewrap"):
        zygotes.ours()


def test_the_server_of_the_workers_begins_before_anything_is_read():
    said = subprocess.run([sys.executable, "-c", AT_THE_GRADER_S_START], capture_output=True, text=True, cwd=ROOT)
    assert said.stdout.splitlines() == [f"server {server.WORKERS} []", "read True"], said.stderr
    assert "/nowhere is not a folder" in said.stderr
