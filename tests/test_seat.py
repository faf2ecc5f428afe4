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

from autograder.grading import run_and_judge, submission
from autograder.judging import prepared
from autograder.sandbox import cpu_affinity
from autograder.inside import huge_pages
from autograder.judging.judge import judge
from autograder.sandbox.run import run
from autograder.judging.server import warm_up
from autograder.sandbox.settings import Settings

WHERE = "import os, json\nprint(json.dumps(sorted(os.sched_getaffinity(0))))"
several = pytest.mark.skipif(len(cpu_affinity.ANY) < 2, reason="there is nothing to choose on a machine of one processor")


@pytest.fixture
def own_names(monkeypatch):
    """Workers of other tests, and of a class that is graded on this machine now, take nothing from us."""
    monkeypatch.setattr(cpu_affinity, "NAME", f"\0test {os.getpid()} {time.monotonic()} ")


def in_a_thread(work):
    """What `work` returns in a thread of its own, which has ended."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join(30)
    return found[0]


def crowd(number: int) -> list:
    """What so many workers get who take one after the other, while those before them go on."""
    with cpu_affinity.taken() as mine:
        return [(mine, cpu_affinity.ours(), frozenset(os.sched_getaffinity(0))),
                *(in_a_thread(lambda: crowd(number - 1)) if number > 1 else [])]


def test_every_worker_has_a_processor_of_its_own_while_there_are_enough(own_names):
    *first, last = in_a_thread(lambda: crowd(len(cpu_affinity.ANY) + 1))
    assert sorted(number for number, _, _ in first) == sorted(cpu_affinity.ANY)
    assert all(number == again and where == {number} for number, again, where in first)
    assert last == (cpu_affinity.ANYWHERE, cpu_affinity.ANYWHERE, cpu_affinity.ANY)


def test_a_worker_takes_the_processor_where_it_is(own_names, monkeypatch):
    assert 0 <= cpu_affinity.here() < os.cpu_count()
    for number in cpu_affinity.ANY:
        monkeypatch.setattr(cpu_affinity, "here", lambda number=number: number)
        assert in_a_thread(lambda: crowd(1))[0][0] == number


def test_a_processor_is_free_again_afterwards_and_so_is_the_worker(own_names):
    def twice():
        found = [*crowd(len(cpu_affinity.ANY)), *crowd(1)]
        return len(found), found[-1][0], cpu_affinity.ours(), frozenset(os.sched_getaffinity(0))

    number, again, now, where = in_a_thread(twice)
    assert number == len(cpu_affinity.ANY) + 1 and again != cpu_affinity.ANYWHERE and now == cpu_affinity.ANYWHERE and where == cpu_affinity.ANY


def test_a_worker_that_is_killed_leaves_its_processors_free(own_names):
    for _ in range(2):
        read, write = os.pipe()
        child = os.fork()
        if not child:
            with cpu_affinity.taken() as number:
                os.write(write, str(number).encode())
                os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        found = os.read(read, 10)
        assert found != b"-1"
    assert len(in_a_thread(lambda: crowd(len(cpu_affinity.ANY)))) == len(cpu_affinity.ANY)


def test_nobody_is_kept_anywhere_who_has_not_taken_a_processor():
    cpu_affinity.stay(cpu_affinity.ours())
    assert cpu_affinity.ours() == cpu_affinity.ANYWHERE and os.sched_getaffinity(0) == cpu_affinity.ANY


def places(name: str, walls: bool) -> dict:
    """In a worker: where the kernel, a copy before and after it is let go, the judge and the kernel's first process
    may run."""
    cpu_affinity.NAME = name
    prepared.nursery()
    nb = notebook(code(WHERE, "a"), answer("def f(x):\n    return x"), graded(WHERE, "b"))
    settings = Settings(mark="fake_mark:mark", **({} if walls else {"provisioner": "autograder.sandbox.local_kernel:LocalKernel"}))
    with cpu_affinity.taken() as taken, run(nb, settings=settings) as ran:
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
        found = workers.submit(places, cpu_affinity.NAME, True).result()
    here = [found.pop("taken")]
    assert found.pop("first") == sorted(cpu_affinity.ANY)
    assert found == dict.fromkeys(found, here) and len(found) == 4


@several
def test_who_is_ended_leaves_first(own_names, monkeypatch):
    left = []
    monkeypatch.setattr(cpu_affinity, "leave", left.append)
    with run(notebook(graded("1", "a"))) as ran:
        copy = ran.snapshots["a"].pid
    assert left[-1] == copy


def test_a_submission_is_run_and_judged_on_one(monkeypatch):
    seen = []

    class Seen(Exception):
        pass

    def run_instead(*_, **__):
        seen.append(cpu_affinity.ours())
        raise Seen

    monkeypatch.setattr(run_and_judge, "run", run_instead)
    monkeypatch.setattr(run_and_judge, "get_ready", lambda *_, **__: seen.append(cpu_affinity.ours()))
    monkeypatch.setattr(cpu_affinity, "NAME", f"\0test {os.getpid()} {time.monotonic()} ")
    job = submission.Job("ada", "03", "", "", "", "", secret="s")
    nb = notebook(graded("1"))
    nb.metadata["descent"] = {"lang": "en"}
    with pytest.raises(Seen):
        run_and_judge.run_and_judge(nb, SimpleNamespace(solution=nb), job, {})
    assert seen[0] == cpu_affinity.ANYWHERE and seen[1] in cpu_affinity.ANY and cpu_affinity.ours() == cpu_affinity.ANYWHERE


def test_huge_pages_hold_what_the_small_ones_held():
    read, write = os.pipe()
    child = os.fork()
    if not child:
        kept = [bytes([number % 251]) * 9000 for number in range(2000)]
        made = huge_pages.huge()
        same = kept == [bytes([number % 251]) * 9000 for number in range(2000)]
        os.write(write, json.dumps([made, same]).encode())
        os._exit(0)
    os.waitpid(child, 0)
    made, same = json.loads(os.read(read, 100))
    assert same and (made > 0 or os.uname().release.split(".")[:2] < ["6", "1"])
