"""Time limits charge a process what it uses and sleeps, not what other processes take from it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from autograder.sandbox import fair_clock
from autograder.sandbox.fair_clock import FairClock, RunClock, Starved, cpu_seconds

SPIN = "while True: pass"


@pytest.fixture
def process():
    """process(source): a running Python on CPU 0, with other processes there if `rivals` is not 0."""
    started = []

    def start(source, rivals=0):
        cpu = min(os.sched_getaffinity(0))
        for code in [source] + [SPIN] * rivals:
            pinned = f"import os\nos.sched_setaffinity(0, {{{cpu}}})\n{code}"
            started.append(subprocess.Popen([sys.executable, "-S", "-c", pinned], start_new_session=True))
        time.sleep(0.5)
        return started[0].pid

    yield start
    for one in started:
        os.killpg(one.pid, signal.SIGKILL)  # its children spin as well
        one.wait()


def seconds_until_expired(clock, at_most=30.0):
    while not clock.expired():
        assert clock.elapsed() < at_most
        time.sleep(0.01)
    return clock.elapsed()


def test_sleeping_is_charged(process):
    pid = process("import time\ntime.sleep(100)")
    assert 0.5 <= seconds_until_expired(FairClock(0.5, pids=[pid], roots=[pid])) < 2


def test_a_process_that_shares_its_cpu_gets_the_time_that_the_others_take(process):
    pid = process(SPIN, rivals=3)
    clock = FairClock(0.5, pids=[pid], roots=[pid])
    assert seconds_until_expired(clock) > 1.2  # a quarter of the CPU: about 2 s
    assert clock.cpu_used() >= 0.4


def test_own_subprocesses_are_charged(process):
    fork = "[os.fork() for _ in range(3)]\nimport time\nwhile os.getpid() != first: pass\ntime.sleep(100)"
    pid = process("first = os.getpid()\n" + fork)
    clock = FairClock(0.5, pids=[pid], roots=[pid])
    seconds_until_expired(clock)
    assert clock.charged() >= 0.5


def test_at_the_backstop_the_machine_is_to_blame(process, monkeypatch):
    monkeypatch.setattr(fair_clock, "MIN_BACKSTOP", 0.3)
    monkeypatch.setattr(fair_clock, "BACKSTOP", 1)
    pid = process(SPIN, rivals=9)
    with pytest.raises(Starved):
        seconds_until_expired(FairClock(1.0, pids=[pid], roots=[pid]))


def test_the_waits_of_what_was_short_are_known_and_of_what_was_very_short_are_not(process):
    pid = process(SPIN, rivals=3)
    clock = FairClock(5, pids=[pid])
    assert clock.waits() == 0
    time.sleep(0.4)
    assert 0.1 < clock.waits() < clock.spent() < 2
    time.sleep(0.2)
    clock.remaining()  # from now on `spent` leaves them out
    assert clock.waits() == 0


def test_what_we_do_for_a_process_meanwhile_is_charged(monkeypatch):
    """A cell can print in a moment what takes us seconds to read, on the same CPU: it waits for us, not for others."""
    monkeypatch.setattr(fair_clock, "waiting_seconds", lambda pid: time.monotonic())  # it has waited all the time
    clocks = [FairClock(9.0, pids=[os.getpid()], serving=serving) for serving in (False, True)]
    ends = time.thread_time() + 0.2
    while time.thread_time() < ends:
        pass
    others, ours = (clock.without_waiting() for clock in clocks)
    assert others < 0.05 and ours >= 0.19


def test_a_run_among_rivals_is_charged_its_own_time(process):
    pid = process(SPIN, rivals=15)
    clock = RunClock(pid, pid)
    time.sleep(4)
    used = cpu_seconds(pid)
    assert used < clock.charged() < 2, "a sixteenth of the CPU, and no more than three times as much is charged"


def test_the_sleep_of_a_run_is_charged(process):
    pid = process("import time\ntime.sleep(100)")
    clock = RunClock(pid, pid)
    time.sleep(0.5)
    assert clock.charged() >= 0.4


def test_a_run_whose_own_children_keep_it_waiting_is_charged_all_of_it(process):
    """The kernel and this thread share a CPU: both wait for a child of the kernel that computes."""
    fork = "[os.fork() for _ in range(2)]\nwhile True: pass"
    pid = process("import os\n" + fork)
    clock = RunClock(pid, pid)
    time.sleep(1.5)
    assert clock.charged() >= 1.3
