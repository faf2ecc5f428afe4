"""What was written is there after any crash, and a dead worker costs one job at most."""

import json
import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from hypothesis import given, settings, strategies as st

from autograder.grading import pool
from autograder.gradebook.journal import Journal

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
    before = multiprocessing.active_children()
    assert next(going)[1] == "a"
    children = [child for child in multiprocessing.active_children() if child not in before]
    assert children
    going.close()
    # Not is_alive(): for a moment it says yes of a dead one that the executor's own thread has just collected.
    assert not [child for child in children if os.path.exists(f"/proc/{child.pid}")]


def test_a_worker_has_its_next_job_before_the_last_result_is_looked_at(tmp_path):
    jobs = [(name, str(tmp_path / name)) for name in ("a", "b", "c")]
    going = pool.results(work, jobs, 1, executor=forks)
    assert next(going)[1] == "a"
    end = time.monotonic() + 10
    while not (tmp_path / "b").exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert (tmp_path / "b").exists() and not (tmp_path / "c").exists()
    assert [result for _, result in going] == ["b", "c"]


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


# An executor that may go away as a whole: a cluster

class Flighty(ThreadPoolExecutor):
    """With room for `size` jobs; gone for good with each job that says so, once."""

    def __init__(self, size: int, log: list):
        super().__init__(size)
        self.size, self.log, self.gone = size, log, False
        log.append("connected")

    def room(self) -> int:
        self.log.append("room")
        return self.size

    def submit(self, work, job):
        if self.gone:
            raise pool.Gone("the scheduler does not answer")
        future = super().submit(work, job)
        if job not in self.log and "gone" in str(job):
            self.log.append(job)
            self.gone = True
            lost = Future()
            lost.set_exception(pool.Gone("the scheduler does not answer"))
            return lost
        return future


def test_jobs_of_an_executor_that_is_gone_are_done_by_the_next_one_and_none_is_a_suspect():
    log, jobs = [], ["a", "gone 1", "b", "c", "gone 2", "d"]
    found = list(pool.results(str.upper, iter(jobs), 1, 0.0, executor=lambda workers: Flighty(2, log)))
    assert sorted(found) == sorted((job, job.upper()) for job in jobs) and log.count("connected") == 3


def test_an_executor_that_is_always_gone_is_given_up():
    log = []

    def never(workers):
        made = Flighty(2, log)
        made.gone = True
        return made

    with pytest.raises(pool.Gone, match="does not answer"):
        list(pool.results(str.upper, ["a"], 1, executor=never))
    assert log.count("connected") == pool.RECONNECTS + 1


def test_a_worker_that_is_not_fit_stops_everything():
    def unfit(job):
        raise pool.Unfit("another version")

    with pytest.raises(pool.Unfit, match="another version"):
        list(pool.results(unfit, ["a"], 1, executor=ThreadPoolExecutor))


def test_jobs_are_taken_when_there_is_room_for_them():
    taken = []

    def jobs():
        for number in range(6):
            taken.append(number)
            yield number

    ahead = [len(taken) - done for done, _ in enumerate(pool.results(str, jobs(), 2, executor=ThreadPoolExecutor))]
    assert len(ahead) == 6 and max(ahead) <= 4  # two at work, two that nobody has looked at yet


def test_a_job_whose_workers_died_elsewhere_says_so():
    def died(job):
        raise pool.Died(3)

    assert list(pool.results(died, ["a"], 1, executor=ThreadPoolExecutor)) == [
        ("a", pool.Lost("the grading process died or did not come back", 3))]
