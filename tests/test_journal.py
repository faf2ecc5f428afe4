"""What was written is there after any crash, and a dead worker costs one job at most."""

import json
import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import pytest
from hypothesis import given, settings, strategies as st

from autograder import pool
from autograder.journal import Journal

ENTRIES = [{"result": {"key": "a", "text": "中文\n"}}, {"recorded": ["a"]}, {"result": {"key": "b"}}]


def test_entries_come_back_in_order(tmp_path):
    with Journal(tmp_path / "j") as journal:
        for entry in ENTRIES:
            journal.append(entry)
        assert list(journal.entries()) == ENTRIES
    with Journal(tmp_path / "j") as journal:
        assert list(journal.entries()) == ENTRIES


def test_every_entry_is_on_the_disk_before_append_returns(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append((tmp_path / "j").read_bytes()))
    with Journal(tmp_path / "j") as journal:
        for entry in ENTRIES:
            journal.append(entry)
            assert synced[-1].endswith(b"\n") and json.loads(synced[-1].splitlines()[-1]) == entry
    assert len(synced) == 1 + len(ENTRIES)  # first of all the name of the file


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_torn_last_line_costs_only_itself(tmp_path, cut):
    path = tmp_path / "j"
    with Journal(path) as journal:
        for entry in ENTRIES:
            journal.append(entry)
    path.write_bytes(path.read_bytes()[:-cut])
    with Journal(path) as journal:
        assert list(journal.entries()) == (ENTRIES if cut == 1 else ENTRIES[:2] if cut <= 26 else ENTRIES[:1])
        journal.append({"new": 1})
        assert list(journal.entries())[-1] == {"new": 1}


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_before_do_not_stop_it(data):
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "j")
        with open(path, "wb") as file:
            file.write(data)
        with Journal(path) as journal:
            journal.append({"new": 1})
            assert list(journal.entries())[-1] == {"new": 1}


def test_numbers_that_json_does_not_have_are_refused(tmp_path):
    with Journal(tmp_path / "j") as journal, pytest.raises(ValueError):
        journal.append({"score": float("nan")})


# The pool

def forks(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork"))


def work(job: tuple) -> str:
    """Jobs of the tests: (what to do, where to count the attempts)."""
    what, path = job
    with open(path, "a") as file:
        file.write("x")
    if what == "die" or (what == "die once" and os.path.getsize(path) == 1):
        os._exit(1)
    if what == "raise":
        raise RuntimeError("a mistake of the grader")
    if what == "hang":
        time.sleep(60)
    return what


def run(folder, whats, **options) -> tuple[dict, dict]:
    jobs = [(what, str(folder / f"{i}-{what}")) for i, what in enumerate(whats)]
    found = dict(pool.results(work, jobs, 2, executor=forks, **options))
    assert set(found) == set(jobs)
    return ({what: found[what, path] for what, path in jobs},
            {what: os.path.getsize(path) for what, path in jobs})


def test_a_job_that_kills_its_worker_is_given_up_after_two_retries_and_the_others_are_done(tmp_path):
    found, attempts = run(tmp_path, ["a", "b", "die", "c", "die once", "d", "raise", "e"])
    lost = found.pop("die")
    assert isinstance(lost, pool.Lost) and lost.attempts == attempts["die"] == 3
    assert found.pop("raise") == pool.Lost("the grader failed: RuntimeError: a mistake of the grader", 1)
    assert found == {name: name for name in ("a", "b", "c", "die once", "d", "e")}
    assert attempts["die once"] == 2


def test_a_job_that_does_not_come_back_is_killed(tmp_path):
    found, attempts = run(tmp_path, ["a", "hang", "b"], seconds=0.5)
    assert isinstance(found.pop("hang"), pool.Lost) and attempts["hang"] == 3
    assert found == {"a": "a", "b": "b"}


def test_the_workers_are_dead_when_the_caller_stops(tmp_path):
    going = pool.results(
        work,
        [("a", str(tmp_path / "a")), ("hang", str(tmp_path / "h")), ("b", str(tmp_path / "b"))],
        2,
        executor=forks,
    )
    assert next(going)[1] == "a"
    children = multiprocessing.active_children()
    assert children
    going.close()
    assert not [child for child in children if child.is_alive()]


def test_a_worker_ends_when_the_coordinator_was_killed():
    coordinator = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    worker = multiprocessing.get_context("fork").Process(target=pool.end_with, args=(coordinator.pid, 0.05))
    worker.start()
    worker.join(0.3)
    assert worker.is_alive()
    coordinator.kill()
    coordinator.wait()
    worker.join(10)
    assert worker.exitcode == 1
