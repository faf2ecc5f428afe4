"""What was written is there after any crash, and a dead worker costs one job at most."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import pytest
import tiny_course as tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.gradebook.journal import Journal
from autograder.grading import local_pool, pool
from autograder.grading.local_pool import LocalPool

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


# Worker processes


def forks(size: int, **options) -> LocalPool:
    return LocalPool(size, context=multiprocessing.get_context("fork"), **options)


def work(job: tuple) -> str:
    """Jobs of the tests: (what to do, where to count the attempts)."""
    what, path = job
    with open(path, "a") as file:
        file.write("x")
    if what == "die" or (what == "die once" and os.path.getsize(path) == 1):
        os._exit(1)
    if what == "end":
        os._exit(0)
    if what == "raise":
        raise RuntimeError("a mistake of the grader")
    if what == "hang":
        time.sleep(60)
    if what == "killed while it sends":
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return Endless()
    return what


class Endless:
    """A result so large that sending it takes longer than its worker lives."""

    def __reduce__(self):
        time.sleep(0.3)
        return bytes, (b"x" * 100_000_000,)


def run(folder, whats, size=2, **options) -> tuple[dict, dict]:
    jobs = [(what, str(folder / f"{i}-{what}")) for i, what in enumerate(whats)]
    found = dict(pool.results(work, jobs, size, partial(forks, **options)))
    assert set(found) == set(jobs)
    return ({what: found[what, path] for what, path in jobs}, {what: os.path.getsize(path) for what, path in jobs})


def test_a_job_that_kills_its_worker_is_given_up_after_two_retries_and_costs_no_other_job_an_attempt(tmp_path):
    found, attempts = run(
        tmp_path, ["a", "b", "die", "c", "die once", "d", "raise", "e", "end", "killed while it sends"]
    )
    for what in ("die", "end", "killed while it sends"):
        lost = found.pop(what)
        assert isinstance(lost, pool.Lost) and lost.attempts == attempts.pop(what) == 3
    assert found.pop("raise") == pool.Lost("the grader failed: RuntimeError: a mistake of the grader", 1)
    assert found == {name: name for name in ("a", "b", "c", "die once", "d", "e")}
    assert attempts == {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "raise": 1, "die once": 2}


def test_a_job_that_does_not_come_back_is_killed_and_the_others_are_not(tmp_path):
    found, attempts = run(tmp_path, ["a", "hang", "b"], seconds=0.5)
    assert isinstance(found.pop("hang"), pool.Lost) and attempts == {"a": 1, "hang": 3, "b": 1}
    assert found == {"a": "a", "b": "b"}


@pytest.mark.parametrize("waits", [True, False])
def test_the_time_that_a_worker_waits_for_a_cpu_is_not_its_own(monkeypatch, waits):
    monkeypatch.setattr(local_pool, "waiting_seconds", lambda pid: time.monotonic() if waits else 0.0)
    jobs = forks(1, seconds=0.2)
    jobs.submit(time.sleep, 0.8)
    ended = []
    while not ended:
        ended = jobs.finished(0.1)
    jobs.close()
    assert isinstance(ended[0][2], pool.Died) != waits


def test_a_job_whose_worker_died_is_done_again_with_nothing_beside_it(tmp_path):
    sizes = []
    jobs = [(what, str(tmp_path / what)) for what in ("die once", "a", "b", "c")]
    assert len(list(pool.results(work, jobs, 2, lambda size: sizes.append(size) or forks(size)))) == 4
    assert sizes == [2, 1]


def test_a_worker_that_is_killed_while_it_has_nothing_to_do_is_replaced():
    made = forks(1)
    try:
        os.kill(made.workers[0].process.pid, signal.SIGKILL)
        made.workers[0].process.join()
        made.submit(str, 3)
        assert made.finished(60) == [(3, "3", None)]
    finally:
        made.close()


def test_the_workers_are_dead_when_the_caller_stops(tmp_path):
    jobs = [(what, str(tmp_path / what)) for what in ("a", "hang", "b")]
    before = multiprocessing.active_children()
    going = pool.results(work, jobs, 2, forks)
    assert next(going)[1] == "a"
    children = [child for child in multiprocessing.active_children() if child not in before]
    assert len(children) == 2
    going.close()
    assert not any(child.is_alive() for child in children)


def test_a_worker_has_its_next_job_before_the_last_result_is_looked_at(tmp_path):
    jobs = [(name, str(tmp_path / name)) for name in ("a", "b", "c")]
    going = pool.results(work, jobs, 1, forks)
    assert next(going)[1] == "a"
    end = time.monotonic() + 10
    while not (tmp_path / "b").exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert (tmp_path / "b").exists() and not (tmp_path / "c").exists()
    assert [result for _, result in going] == ["b", "c"]


def test_a_worker_ends_when_the_coordinator_was_killed():
    coordinator = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    worker = multiprocessing.get_context("fork").Process(target=local_pool.end_with, args=(coordinator.pid, 0.05))
    worker.start()
    worker.join(0.3)
    assert worker.is_alive()
    coordinator.kill()
    coordinator.wait()
    worker.join(10)
    assert worker.exitcode == 1


def test_an_error_that_no_pipe_can_carry_arrives_as_text():
    error = local_pool.sendable(type("Local", (Exception,), {})("words"))
    assert type(error) is RuntimeError and str(error) == "Local: words"
    assert isinstance(local_pool.sendable(OSError(28, "full", "x")), OSError)


# A pool that may go away as a whole: a cluster


class Flighty(tiny.Threads):
    """With room for `size` jobs; gone for good with each job that says so, once."""

    def __init__(self, size: int, log: list):
        super().__init__(size)
        self.log, self.gone = log, False
        log.append("connected")

    def submit(self, work, job):
        if self.gone:
            raise pool.Gone("the scheduler does not answer")
        if job not in self.log and "gone" in str(job):
            self.log.append(job)
            self.gone = True
        super().submit(work, job)

    def finished(self, seconds):
        if self.gone:
            raise pool.Gone("the scheduler does not answer")
        return super().finished(seconds)


def test_jobs_of_a_pool_that_is_gone_are_done_by_the_next_one():
    log, jobs = [], ["a", "gone 1", "b", "c", "gone 2", "d"]
    found = list(pool.results(str.upper, iter(jobs), 2, lambda size: Flighty(size, log)))
    assert sorted(found) == sorted((job, job.upper()) for job in jobs) and log.count("connected") == 3


def test_a_pool_that_is_always_gone_is_given_up():
    log = []

    def never(size):
        made = Flighty(size, log)
        made.gone = True
        return made

    with pytest.raises(pool.Gone, match="does not answer"):
        list(pool.results(str.upper, ["a"], 1, never))
    assert log.count("connected") == pool.RECONNECTS + 1


def test_a_worker_that_is_not_fit_stops_everything():
    def unfit(job):
        raise pool.Unfit("another version")

    with pytest.raises(pool.Unfit, match="another version"):
        list(pool.results(unfit, ["a"], 1, tiny.Threads))


def test_jobs_are_taken_when_there_is_room_for_them():
    taken = []

    def jobs():
        for number in range(6):
            taken.append(number)
            yield number

    ahead = [len(taken) - done for done, _ in enumerate(pool.results(str, jobs(), 2, tiny.Threads))]
    assert len(ahead) == 6 and max(ahead) <= 4  # two running, two that nobody has looked at yet


def test_a_job_whose_workers_died_elsewhere_says_so():
    def died(job):
        raise pool.Died(3)

    assert list(pool.results(died, ["a"], 1, tiny.Threads)) == [("a", pool.Lost(pool.DIED, 3))]
