"""A started kernel and what we ask of it: run a cell, or fork a copy that waits for the judge.

Nothing that it sends is believed: messages are counted while they arrive, and what is kept is made anew.
"""

import os
import secrets
import signal
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox import local_kernel, cpu_affinity
from autograder.wire import packets
from autograder.sandbox.outputs import STOPPED, Outputs, name_limits
from autograder.sandbox.reasons import reason
from autograder.sandbox.settings import Settings

GONE = object()  # the kernel's end of the socket is closed


@dataclass
class Snapshot:
    """A parked copy of the kernel: its socket, and its process by a handle that no other can take over."""

    socket: socket.socket
    pid: int
    pidfd: int

    def close(self) -> None:
        """Kill the copy and its process group, which may take a while to end. Safe to call twice."""
        if self.pidfd < 0:
            return
        with suppress(OSError):  # it has ended already, and its pid may be another's
            signal.pidfd_send_signal(self.pidfd, 0)
            cpu_affinity.leave(self.pid)
        with suppress(OSError):  # it leads no group
            os.killpg(self.pid, signal.SIGKILL)
        with suppress(OSError):  # it has ended already
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        os.close(self.pidfd)
        self.pidfd = -1
        self.socket.close()


def ends() -> tuple[socket.socket, socket.socket]:
    """Our end and the snapshot's end of the wire; the system names who speaks at the other one."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return ours, theirs


def first_speaker(sock: socket.socket, end: float) -> Snapshot | None:
    """The process that says the first byte, None if nobody does until `end`."""
    try:
        sock.settimeout(max(0.001, end - time.monotonic()))
        data, about, _, _ = sock.recvmsg(1, socket.CMSG_SPACE(12))
        pids = [struct.unpack("3i", value)[0] for _, kind, value in about if kind == socket.SCM_CREDENTIALS]
        if not data or not pids or pids[0] <= 0:
            return None
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        return Snapshot(sock, pids[0], os.pidfd_open(pids[0]))
    except OSError:
        return None


class KernelGone(Exception):
    """No more cells; args[0] is the reason for the tests that are left."""


class Kernel:
    """A started kernel, asked over one socket."""

    def __init__(self, settings: Settings, folder: Path):
        self.settings = settings
        self.reader = packets.Reader()
        self.count = 0  # cells so far
        self.received = 0  # bytes so far
        self.kept = 0  # of them, at most
        self.dropped = False  # whether the running cell sent more than is kept
        try:
            self.start(folder)
        except RuntimeError:  # its zygote may have been killed meanwhile, and no student's code has run yet
            self.start(folder)

    def start(self, folder: Path) -> None:
        self.socket, theirs = packets.pair()
        self.process = None
        try:
            with theirs:
                self.process = local_kernel.provisioner_of(self.settings)(self.settings.of_kernel(), folder, theirs)
            self.wait_until_ready()
        except BaseException:
            self.close()
            raise

    def wait_until_ready(self) -> None:
        end = time.monotonic() + self.settings.start_seconds
        while True:
            match message := self.hear(0.1, packets.PACKET):
                case [_, "ready", _]:
                    return
                case [_, "failed", {"text": said}]:
                    raise RuntimeError(f"the kernel ended before it was ready: {said}")
            if message is GONE or not self.process.alive():
                said = self.process.last_words() or "are IPython, ipykernel and msgpack installed?"
                raise RuntimeError(f"the kernel ended before it was ready: {said}")
            if time.monotonic() > end:
                raise RuntimeError(f"the kernel was not ready after {self.settings.start_seconds:g} s")

    def hear(self, seconds: float, room: int):
        """The next message that is whole and within `room` bytes, None if there is none in time, GONE at the end."""
        self.socket.settimeout(max(0.001, seconds))
        try:
            packet = self.socket.recv(packets.PACKET + 1)
            if not packet:
                return GONE
            self.received += len(packet)
            return self.reader.take(packet, room)
        except packets.TooLong:
            self.dropped = True
        except TimeoutError:
            pass
        except OSError:
            return GONE
        return None

    def ask(self, *what, handles: tuple[int, ...] = ()) -> str:
        """Send a request; returns what its answers begin with. KernelGone if the kernel does not take it."""
        request = secrets.token_hex(8)
        self.socket.settimeout(self.settings.interrupt_seconds)
        try:
            packets.send(self.socket, [request, *what], handles)
        except OSError as error:
            raise KernelGone from error
        return request

    def execute(self, cell, number: int, end: float) -> None:
        """Run one cell and keep its outputs. KernelGone if the kernel does not survive it."""
        cell.execution_count = self.count = self.count + 1
        outputs, self.dropped, why, lost = Outputs(self.settings), False, "", None
        try:
            request = self.ask("run", cell.source)
        except KernelGone:
            raise KernelGone(self.how_it_died(number)) from None
        began, first, limit = time.monotonic(), self.received, self.settings.cell_output_bytes
        deadline, stopped, quiet = min(began + self.settings.cell_seconds, end), None, began
        while lost is None:
            now, before = time.monotonic(), self.received
            used = before - first
            room = min(limit - used, self.settings.notebook_output_bytes - self.kept)
            flood = used > self.settings.flood_factor * limit
            if stopped is None and (now > deadline or flood):
                stopped = now
                why = f"it ran longer than {self.settings.cell_seconds:g} s"
                why = "it printed without end" if flood else why
                self.process.interrupt()
            message = self.hear(0.1, max(room, packets.PACKET))
            match message:
                case [id, "done", _] if id == request:
                    break
                case [id, str(kind), dict(content)] if id == request:
                    outputs.add(kind, content, room=room)
            now = time.monotonic()
            if self.received != before:
                quiet = now
            elif message is GONE or not self.process.alive():
                lost = self.how_it_died(number)
            grace = self.settings.interrupt_seconds
            if stopped is not None and (now > max(stopped, quiet) + grace or now > stopped + 5 * grace):
                lost = reason("kernel_hung", cell=number, seconds=self.settings.cell_seconds)
        self.kept += min(limit, self.received - first)
        if self.dropped:
            outputs.cut()
        if why:
            outputs.error("TimeoutError", STOPPED + why)
        name_limits(outputs, self.settings)
        cell.outputs = outputs.kept
        if lost:
            raise KernelGone(lost)

    def how_it_died(self, number: int) -> dict:
        """The reason for the tests after it: the limit that ended it, if one did."""
        end = time.monotonic() + 1  # its first process says so a moment after its socket has closed
        while self.process.alive() and time.monotonic() < end:
            time.sleep(0.005)
        why = self.process.why()
        if why == "memory":
            return reason("kernel_memory", cell=number, bytes=self.settings.total_memory_bytes >> 20)
        if why == "cpu":
            return reason("kernel_cpu", cell=number, seconds=self.settings.cpu_seconds)
        return reason("kernel_died", cell=number)

    def park(self) -> Snapshot | None:
        """A copy of the kernel as it is now; None if none reports in time.

        Raises KernelGone if the kernel is dead, or does not answer even after an interrupt.
        """
        end = time.monotonic() + self.settings.snapshot_seconds
        ours, theirs = ends()
        snapshot = None
        try:
            with theirs:
                request = self.ask("park", handles=(theirs.fileno(),))
            self.wait_for(request, end)
            snapshot = first_speaker(ours, end)
        finally:
            if snapshot is None:
                ours.close()
        if snapshot is not None:
            self.process.keep(snapshot.pid)
        return snapshot

    def wait_for(self, request: str, end: float) -> None:
        """Until the kernel has done what it was asked for; interrupted at `end`, given up soon after."""
        for grace in (0, self.settings.interrupt_seconds):
            while time.monotonic() < end + grace:
                message = self.hear(0.1, packets.PACKET)
                if isinstance(message, list) and message[:2] == [request, "done"]:
                    return
                if message is GONE or not self.process.alive():
                    raise KernelGone
            if not grace:
                self.process.interrupt()
        raise KernelGone

    def close(self) -> None:
        """End the kernel and all that it started but the snapshots; nothing it sends is heard any more."""
        self.socket.close()
        if self.process is not None:
            self.process.kill()
