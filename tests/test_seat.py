"""The processor that a worker takes: one worker's alone, for everybody who takes turns, and for nobody who ends."""

import json
import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from types import SimpleNamespace

import pytest
from parked import answer, code, graded, notebook

from autograder import prepared, seat, steps, submission
from autograder.inside import pages
from autograder.judge import judge
from autograder.run import run
from autograder.server import warm_up
from autograder.settings import Settings

WHERE = "import os, json\nprint(json.dumps(sorted(os.sched_getaffinity(0))))"
several = pytest.mark.skipif(len(seat.ANY) < 2, reason="there is nothing to choose on a machine of one processor")


@pytest.fixture
def own_names(monkeypatch):
    """Workers of other tests, and of a class that is graded on this machine now, take nothing from us."""
    monkeypatch.setattr(seat, "NAME", f"\0test {os.getpid()} {time.monotonic()} ")


def in_a_thread(work):
    """What `work` returns in a thread of its own, which has ended."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join(30)
    return found[0]


def crowd(number: int) -> list:
    """What so many workers get who take one after the other, while those before them go on."""
    with seat.taken() as mine:
        return [(mine, seat.ours(), frozenset(os.sched_getaffinity(0))),
                *(in_a_thread(lambda: crowd(number - 1)) if number > 1 else [])]


def test_every_worker_has_a_processor_of_its_own_while_there_are_enough(own_names):
    *first, last = in_a_thread(lambda: crowd(len(seat.ANY) + 1))
    assert sorted(number for number, _, _ in first) == sorted(seat.ANY)
    assert all(number == again and where == {number} for number, again, where in first)
    assert last == (seat.ANYWHERE, seat.ANYWHERE, seat.ANY)


def test_a_worker_takes_the_processor_where_it_is(own_names, monkeypatch):
    assert 0 <= seat.here() < os.cpu_count()
    for number in seat.ANY:
        monkeypatch.setattr(seat, "here", lambda number=number: number)
        assert in_a_thread(lambda: crowd(1))[0][0] == number


def test_a_processor_is_free_again_afterwards_and_so_is_the_worker(own_names):
    def twice():
        found = [*crowd(len(seat.ANY)), *crowd(1)]
        return len(found), found[-1][0], seat.ours(), frozenset(os.sched_getaffinity(0))

    number, again, now, where = in_a_thread(twice)
    assert number == len(seat.ANY) + 1 and again != seat.ANYWHERE and now == seat.ANYWHERE and where == seat.ANY


def test_a_worker_that_is_killed_leaves_its_processors_free(own_names):
    for _ in range(2):
        read, write = os.pipe()
        child = os.fork()
        if not child:
            with seat.taken() as number:
                os.write(write, str(number).encode())
                os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        found = os.read(read, 10)
        assert found != b"-1"
    assert len(in_a_thread(lambda: crowd(len(seat.ANY)))) == len(seat.ANY)


def test_nobody_is_kept_anywhere_who_has_not_taken_a_processor():
    seat.stay(seat.ours())
    assert seat.ours() == seat.ANYWHERE and os.sched_getaffinity(0) == seat.ANY


def places(name: str, walls: bool) -> dict:
    """In a worker: where the kernel, a copy before and after it is let go, the judge and the kernel's first process
    may run."""
    seat.NAME = name
    prepared.nursery()
    nb = notebook(code(WHERE, "a"), answer("def f(x):\n    return x"), graded(WHERE, "b"))
    settings = Settings(mark="fake_mark:mark", **({} if walls else {"provisioner": "autograder.sandbox:LocalKernel"}))
    with seat.taken() as taken, run(nb, settings=settings) as ran:
        copy = ran.snapshots["b"]
        found = {"copy": sorted(os.sched_getaffinity(copy.pid))}
        if walls:
            first = open(f"/proc/{copy.pid}/stat").read().rpartition(")")[2].split()[1]
            found["first"] = sorted(os.sched_getaffinity(int(first)))
        verdict, = judge(nb, ran, assignment="03", secret="s", settings=settings)
        found["worker"] = sorted(os.sched_getaffinity(0))
    return found | {"taken": taken, "kernel": json.loads(ran.nb.cells[0].outputs[0].text),
                    "judge": json.loads(verdict.outputs[0].text)}


@several
def test_worker_kernel_copies_and_judge_stay_there_and_the_first_process_does_not(own_names):
    with ProcessPoolExecutor(1, mp_context=warm_up()) as workers:
        found = workers.submit(places, seat.NAME, True).result()
    here = [found.pop("taken")]
    assert found.pop("first") == sorted(seat.ANY)
    assert found == dict.fromkeys(found, here) and len(found) == 4


@several
def test_who_is_ended_leaves_first(own_names, monkeypatch):
    left = []
    monkeypatch.setattr(seat, "leave", left.append)
    with run(notebook(graded("1", "a"))) as ran:
        copy = ran.snapshots["a"].pid
    assert left[-1] == copy


def test_a_submission_is_run_and_judged_on_one(monkeypatch):
    seen = []

    class Seen(Exception):
        pass

    def run_instead(*_, **__):
        seen.append(seat.ours())
        raise Seen

    monkeypatch.setattr(steps, "run", run_instead)
    monkeypatch.setattr(steps, "get_ready", lambda *_, **__: seen.append(seat.ours()))
    monkeypatch.setattr(seat, "NAME", f"\0test {os.getpid()} {time.monotonic()} ")
    job = submission.Job("ada", "03", "", "", "", "", secret="s")
    nb = notebook(graded("1"))
    nb.metadata["descent"] = {"lang": "en"}
    with pytest.raises(Seen):
        steps.run_and_judge(nb, SimpleNamespace(solution=nb), job, {})
    assert seen[0] == seat.ANYWHERE and seen[1] in seat.ANY and seat.ours() == seat.ANYWHERE


def test_huge_pages_hold_what_the_small_ones_held():
    read, write = os.pipe()
    child = os.fork()
    if not child:
        kept = [bytes([number % 251]) * 9000 for number in range(2000)]
        made = pages.huge()
        same = kept == [bytes([number % 251]) * 9000 for number in range(2000)]
        os.write(write, json.dumps([made, same]).encode())
        os._exit(0)
    os.waitpid(child, 0)
    made, same = json.loads(os.read(read, 100))
    assert same and (made > 0 or os.uname().release.split(".")[:2] < ["6", "1"])
