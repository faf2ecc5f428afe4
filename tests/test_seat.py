"""The processor that a worker takes: one worker's alone, for everybody who takes turns, and for nobody who ends."""

import json
import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor

import pytest
from parked import answer, code, graded, notebook

from autograder import pool, prepared, seat, submission
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


def taken():
    seat.take()
    return seat.ours(), set(os.sched_getaffinity(0))


def test_every_worker_has_a_processor_of_its_own_while_there_are_enough(own_names):
    numbers, affinities = zip(*[in_a_thread(taken) for _ in range(len(seat.ANY) + 1)], strict=True)
    assert sorted(numbers[:-1]) == sorted(seat.ANY) and all(affinities[i] == {numbers[i]} for i in range(len(seat.ANY)))
    assert numbers[-1] == seat.ANYWHERE and affinities[-1] == seat.ANY


def test_a_processor_is_free_again_when_its_worker_has_ended(own_names):
    for _ in range(2):
        with ProcessPoolExecutor(1, mp_context=warm_up()) as workers:
            assert workers.submit(taken_as, seat.NAME).result() == (min(seat.ANY), {min(seat.ANY)})


def taken_as(name):
    seat.NAME = name
    return taken()


def test_who_takes_twice_stays_and_a_fork_has_not_taken(own_names):
    def twice_and_fork():
        first, second = taken(), taken()
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.write(write, str(seat.ours()).encode())
            os._exit(0)
        os.waitpid(child, 0)
        return first == second, os.read(read, 10)

    assert in_a_thread(twice_and_fork) == (True, b"-1")


def test_nobody_is_kept_anywhere_who_has_not_taken_a_processor():
    seat.stay(seat.ours())
    assert seat.ours() == seat.ANYWHERE and os.sched_getaffinity(0) == seat.ANY


def places(name: str, walls: bool) -> dict:
    """In a worker: where the kernel, a copy before and after it is let go, the judge and the kernel's first process
    may run."""
    seat.NAME = name
    prepared.nursery()
    seat.take()
    nb = notebook(code(WHERE, "a"), answer("def f(x):\n    return x"), graded(WHERE, "b"))
    settings = Settings(mark="fake_mark:mark", **({} if walls else {"provisioner": "autograder.sandbox:LocalKernel"}))
    with run(nb, settings=settings) as ran:
        copy = ran.snapshots["b"]
        found = {"copy": sorted(os.sched_getaffinity(copy.pid))}
        if walls:
            first = open(f"/proc/{copy.pid}/stat").read().rpartition(")")[2].split()[1]
            found["first"] = sorted(os.sched_getaffinity(int(first)))
        handle = os.pidfd_open(copy.pid)
        verdict, = judge(nb, ran, assignment="03", secret="s", settings=settings)
    os.close(handle)
    return found | {"taken": seat.ours(), "kernel": json.loads(ran.nb.cells[0].outputs[0].text),
                    "judge": json.loads(verdict.outputs[0].text), "worker": sorted(os.sched_getaffinity(0))}


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


def test_a_worker_that_grades_takes_one_and_another_does_not(own_names):
    for steps, number in ((submission.WITHOUT_WALLS, min(seat.ANY)), ("", seat.ANYWHERE)):
        with ProcessPoolExecutor(1, mp_context=warm_up(), initializer=prepare_as,
                                 initargs=(seat.NAME, os.getpid(), steps)) as workers:
            assert workers.submit(seat.ours).result() == number


def prepare_as(name, *about):
    seat.NAME = name
    pool.prepare_worker(*about)


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
