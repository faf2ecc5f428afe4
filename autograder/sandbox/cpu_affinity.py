"""One processor for those who take turns: a worker, its kernel, the judge and the copies that the judge asks.

One of them works at a time, so the next may work where the last one stopped: a question over the wire and its answer take
90 microseconds on one processor and 200 on two, the second of which falls asleep between turns. Whoever is to be ended
leaves first (`leave`), because to end takes longer than a turn.
"""

import contextlib
import ctypes
import os
import socket
import threading
from collections.abc import Iterator

ANY = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset()
ANYWHERE = -1
NAME = "\0descent worker on processor "
OURS = threading.local()


@contextlib.contextmanager
def taken() -> Iterator[int]:
    """Keep this thread, for one submission, on a processor that no other worker has; ANYWHERE if there is none left.

    The one where it is now, if that is free: the system has put it there because nobody else was busy there, and it may
    choose again before the next submission. A name in the system's own space of names says that a processor is taken.
    """
    OURS.number, now = ANYWHERE, here() if ANY else ANYWHERE
    with contextlib.ExitStack() as held:
        for number in sorted(ANY, key=lambda number: (number != now, number)):
            name = held.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            with contextlib.suppress(OSError):
                name.bind(f"{NAME}{number}")
                OURS.number = number
                stay(number)
                break
        else:
            leave(0)
        try:
            yield OURS.number
        finally:
            OURS.number = ANYWHERE
            leave(0)


def here() -> int:
    """The processor that this thread runs on."""
    return ctypes.CDLL(None).sched_getcpu()


def ours() -> int:
    """The processor that this thread has taken, or ANYWHERE."""
    return getattr(OURS, "number", ANYWHERE)


def stay(number: int) -> None:
    """Run this thread on that processor only."""
    if number != ANYWHERE:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {number})


def leave(pid: int) -> None:
    """Let a process (0: this thread) run anywhere."""
    if ANY:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, ANY)
