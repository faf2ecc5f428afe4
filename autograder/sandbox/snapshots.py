"""The grader's handle of a parked snapshot (inside/snapshot.py): its socket and its process."""

import os
import select
import signal
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass

from autograder.sandbox import cpu_affinity


@dataclass
class Snapshot:
    """socket: our end of the conversation. pidfd: refers to this very process, also when its pid is used again."""

    socket: socket.socket
    pid: int
    pidfd: int

    def stop(self) -> None:
        """Suspend the process and its process group."""
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Undo `stop`."""
        self.signal(signal.SIGCONT)

    def signal(self, number: int) -> None:
        with suppress(OSError):  # it leads no process group
            os.killpg(self.pid, number)
        with suppress(OSError):  # it has ended
            signal.pidfd_send_signal(self.pidfd, number)

    def close(self, *, wait_seconds: float = 0.0) -> None:
        """Kill the process and its process group; wait so long for the end of the process. Safe to call twice."""
        if self.pidfd < 0:
            return
        with suppress(OSError):  # it has ended, and its pid may belong to another process
            signal.pidfd_send_signal(self.pidfd, 0)
            cpu_affinity.unpin(self.pid)
        self.signal(signal.SIGKILL)
        if wait_seconds:
            select.select([self.pidfd], [], [], wait_seconds)
        os.close(self.pidfd)
        self.pidfd = -1
        self.socket.close()


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Our end and the snapshot's end. The system adds the sender's pid to what arrives at ours."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return ours, theirs


def accept(sock: socket.socket, deadline: float) -> Snapshot | None:
    """The snapshot that sends the first byte on `sock`, None if it closed the socket. Raises TimeoutError at the deadline
    (time.monotonic())."""
    try:
        sock.settimeout(max(0.001, deadline - time.monotonic()))
        data, ancillary, _, _ = sock.recvmsg(1, socket.CMSG_SPACE(12))
        pids = [struct.unpack("3i", value)[0] for _, kind, value in ancillary if kind == socket.SCM_CREDENTIALS]
        if not data or not pids or pids[0] <= 0:
            return None
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        return Snapshot(sock, pids[0], os.pidfd_open(pids[0]))
    except TimeoutError:
        raise
    except OSError:
        return None
