"""Fork a snapshot to try a student's function with other helpers: whatever happens there, the snapshot stays as it was.

The snapshot forks (inside/snapshot.py, `branch`). The child takes over the conversation, on the same socket with new
tables. After we have killed it, the parent skips everything up to our mark and continues.
"""

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from autograder.judging import proxies
from autograder.sandbox.fair_clock import FairClock, newest_child
from autograder.wire.limits import WireError
from autograder.wire.link import Link

END_SECONDS = 2.0  # for a process that was killed to be gone, and for the snapshot to take our mark


@contextlib.contextmanager
def branched(link: Link, target: Any, snapshot_pid: int, seconds: float) -> Iterator[tuple[Link, Any] | None]:
    """(a conversation with a copy of the snapshot, `target` there); None if it could not be forked.

    target: an object of the student's. seconds: the limit of the conversation with the copy. Raises WireError.
    """
    mark = os.urandom(16)
    link.send("branch", mark, target)
    copy = proxies.connect(link.sock, replace(link.limits, seconds=seconds))
    op, values = copy.receive()
    child = newest_child(snapshot_pid)
    if op != "ok" or len(values) != 1 or not child:
        yield None
        return
    try:
        pidfd = os.pidfd_open(child)
    except OSError:  # it has ended already; the snapshot waits for our mark
        copy.broken = WireError("ended")
        forget_received(link.sock)
        send(link.sock, mark)
        yield None
        return
    # Charge what the worker charges for this test. The child's wait for a CPU counts, too, so our limit comes first.
    clock = FairClock(seconds, pids=[os.getpid(), snapshot_pid], roots=[snapshot_pid])
    copy.time_left = clock.remaining
    try:
        yield copy, values[0]
    finally:
        copy.broken = copy.broken or WireError("ended")  # its proxies must not use the socket any more
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        select.select([pidfd], [], [], END_SECONDS)
        os.close(pidfd)
        forget_received(link.sock)
        send(link.sock, mark)


def forget_received(sock: socket.socket) -> None:
    """Discard what the copy has sent and we have not read."""
    with contextlib.suppress(OSError):
        while sock.recv(1 << 20, socket.MSG_DONTWAIT):
            pass


def send(sock: socket.socket, data: bytes) -> None:
    deadline = time.monotonic() + END_SECONDS
    while data and time.monotonic() < deadline:
        try:
            data = data[sock.send(data) :]
        except BlockingIOError:  # the snapshot first has to read what its copy left unread
            pass
        except OSError:  # it has ended: the next request raises the error
            return
