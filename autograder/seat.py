"""One processor for those who take turns: a worker, its kernel, the judge and the copies that the judge asks.

One of them works at a time, so the next may work where the last one stopped: a question over the wire and its answer take
90 microseconds on one processor and 200 on two, the second of which falls asleep between turns. Whoever is to be ended
leaves first (`leave`), because to end takes longer than a turn.
"""

import os
import socket
import threading
from contextlib import suppress

ANY = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset()
ANYWHERE = -1
NAME = "\0descent worker on processor "
OURS = threading.local()


def take() -> None:
    """Keep this thread on a processor that no other worker of this machine has, if there is one.

    A name in the system's own space of names says that it is taken, and is free again when this process ends, however
    it ends.
    """
    if ours() != ANYWHERE:
        return
    for number in sorted(ANY):
        taken = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            taken.bind(f"{NAME}{number}")
        except OSError:
            taken.close()
            continue
        taken.detach()  # open to the end
        OURS.owner, OURS.number = os.getpid(), number
        stay(number)
        return


def ours() -> int:
    """The processor that this thread has taken, or ANYWHERE."""
    return OURS.number if getattr(OURS, "owner", None) == os.getpid() else ANYWHERE


def stay(number: int) -> None:
    """Run this thread on that processor only."""
    if number != ANYWHERE:
        with suppress(OSError):
            os.sched_setaffinity(0, {number})


def leave(pid: int) -> None:
    """Let a process run anywhere."""
    if ANY:
        with suppress(OSError):
            os.sched_setaffinity(pid, ANY)
