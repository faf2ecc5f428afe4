"""A worker, its kernel, the judge and the snapshots run on one CPU; different workers on different ones."""

import json
import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor

import pytest
from parked import answer, code, graded, judge, notebook, run

from autograder.inside import huge_pages
from autograder.judging import worker
from autograder.judging.judge_forkserver import start_multiprocessing
from autograder.sandbox import cpu_affinity
from autograder.sandbox.cpu_affinity import ALL_CPUS, UNPINNED
from autograder.sandbox.settings import Settings

PRINT_AFFINITY = "import os, json\nprint(json.dumps(sorted(os.sched_getaffinity(0))))"
needs_two_cpus = pytest.mark.skipif(len(ALL_CPUS) < 2, reason="with one CPU there is nothing to choose")


@pytest.fixture
def own_locks(monkeypatch):
    """Other workers on this machine, of a class that is graded now, hold no lock that we ask for."""
    monkeypatch.setattr(cpu_affinity, "LOCK_NAME", f"\0test {os.getpid()} {time.monotonic()} ")


def in_a_thread(function):
    """What `function` returns in a thread of its own, which has ended."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join(30)
    return results[0]


def nested_workers(number: int) -> list:
    """[(CPU, affinity)] of so many threads that are pinned at the same time, in the order in which they asked."""
    with cpu_affinity.pin_thread() as cpu:
        return [
            (cpu, frozenset(os.sched_getaffinity(0))),
            *(in_a_thread(lambda: nested_workers(number - 1)) if number > 1 else []),
        ]


def test_each_worker_has_a_cpu_of_its_own_while_there_are_enough(own_locks):
    *first, last = in_a_thread(lambda: nested_workers(len(ALL_CPUS) + 1))
    assert sorted(cpu for cpu, _ in first) == sorted(ALL_CPUS)
    assert all(affinity == {cpu} for cpu, affinity in first)
    assert last == (UNPINNED, ALL_CPUS)


def test_a_worker_prefers_its_current_cpu(own_locks, monkeypatch):
    assert 0 <= cpu_affinity.current_cpu() < os.cpu_count()
    for number in ALL_CPUS:
        monkeypatch.setattr(cpu_affinity, "current_cpu", lambda number=number: number)
        assert in_a_thread(lambda: nested_workers(1))[0][0] == number


def test_a_cpu_is_free_again_afterwards_and_the_thread_unpinned(own_locks):
    def twice():
        first, second = nested_workers(len(ALL_CPUS)), nested_workers(1)
        return len(first), second[0][0], frozenset(os.sched_getaffinity(0))

    number, cpu, affinity = in_a_thread(twice)
    assert number == len(ALL_CPUS) and cpu != UNPINNED and affinity == ALL_CPUS


def test_a_worker_that_is_killed_leaves_its_cpu_free(own_locks):
    for _ in range(2):
        read, write = os.pipe()
        child = os.fork()
        if not child:
            with cpu_affinity.pin_thread() as cpu:
                os.write(write, str(cpu).encode())
                os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        assert os.read(read, 10) != b"-1"
    assert len(in_a_thread(lambda: nested_workers(len(ALL_CPUS)))) == len(ALL_CPUS)


def affinities(lock_name: str) -> dict:
    """In a worker that is pinned: its CPU, and the affinity of every process of one submission."""
    cpu_affinity.LOCK_NAME = lock_name
    worker.current().judges()
    nb = notebook(code(PRINT_AFFINITY, "a"), answer("def f(x):\n    return x"), graded(PRINT_AFFINITY, "b"))
    settings = Settings(mark="fake_mark:mark")
    with worker.current().pinned(), run(nb, settings=settings) as ran:
        cpu, snapshot = worker.current().cpu, ran.snapshots["b"]
        init = open(f"/proc/{snapshot.pid}/stat").read().rpartition(")")[2].split()[1]
        found = {
            "cpu": cpu,
            "snapshot": sorted(os.sched_getaffinity(snapshot.pid)),
            "init": sorted(os.sched_getaffinity(int(init))),
        }
        (verdict,) = judge(nb, ran, assignment="03", secret="s", settings=settings)
        found["worker"] = sorted(os.sched_getaffinity(0))
    return found | {
        "kernel": json.loads(ran.nb.cells[0].outputs[0].text),
        "judge": json.loads(verdict.outputs[0].text),
        "afterwards": worker.current().cpu,
    }


@needs_two_cpus
def test_worker_kernel_snapshot_and_judge_share_a_cpu_and_the_init_process_does_not(own_locks):
    with ProcessPoolExecutor(1, mp_context=start_multiprocessing()) as workers:
        found = workers.submit(affinities, cpu_affinity.LOCK_NAME).result()
    assert found.pop("init") == sorted(ALL_CPUS) and found.pop("afterwards") == UNPINNED
    cpu = found.pop("cpu")
    assert found == dict.fromkeys(["snapshot", "worker", "kernel", "judge"], [cpu])


@needs_two_cpus
def test_a_process_is_unpinned_before_it_is_killed(own_locks, monkeypatch):
    unpinned = []
    monkeypatch.setattr(cpu_affinity, "unpin", unpinned.append)
    with run(notebook(graded("1", "a"))) as ran:
        pid = ran.snapshots["a"].pid
    assert unpinned[-1] == pid


def test_huge_pages_keep_the_contents_of_memory():
    read, write = os.pipe()
    child = os.fork()
    if not child:
        kept = [bytes([number % 251]) * 9000 for number in range(2000)]
        collapsed = huge_pages.collapse_private_memory()
        same = kept == [bytes([number % 251]) * 9000 for number in range(2000)]
        os.write(write, json.dumps([collapsed, same]).encode())
        os._exit(0)
    os.waitpid(child, 0)
    collapsed, same = json.loads(os.read(read, 100))
    assert same and (collapsed > 0 or os.uname().release.split(".")[:2] < ["6", "1"])
