"""One kernel, as the grader sees it: run a cell, or park a snapshot.

The student's code controls everything that arrives from it, so bytes are counted while they arrive, and outputs are
built anew from what is kept.
"""

import secrets
import time
from contextlib import suppress
from typing import Any

from nbformat import NotebookNode

from autograder.sandbox import snapshots
from autograder.sandbox.accident import Accident, CannotStart, cannot_start
from autograder.sandbox.fair_clock import FairClock, RunClock, Starved, newest_child
from autograder.sandbox.outputs import STOPPED, Outputs, name_limits
from autograder.sandbox.reasons import reason
from autograder.sandbox.settings import Settings
from autograder.sandbox.snapshots import Snapshot
from autograder.sandbox.student_kernel import StudentKernel
from autograder.wire import packets

CLOSED = object()  # the kernel's end of the socket is closed


class KernelGone(Exception):
    """The kernel runs no more cells; args[0] is the reason for the tests that are left."""


class Kernel:
    """A started kernel. Raises CannotStart, Accident, NoWalls."""

    def __init__(self, settings: Settings, processes: StudentKernel):
        self.settings, self.processes = settings, processes
        self.reader = packets.PacketReader()
        self.count = 0  # cells so far
        self.received = 0  # bytes so far
        self.kept = 0  # upper bound on the bytes of outputs kept so far
        self.dropped = False  # whether the running cell sent a message that is too long
        try:
            self.start()
        except CannotStart:  # its zygote may have been killed meanwhile, and no student's code has run yet
            self.start()
        self.pid = self.processes.kernel_pid()

    def start(self) -> None:
        self.socket, theirs = packets.pair()
        try:
            with theirs:
                self.processes.start(theirs)
            self.wait_until_ready()
        except BaseException:
            self.close()
            raise

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + self.settings.start_seconds
        while True:
            match message := self.receive(0.1, packets.PACKET):
                case [_, "ready", _]:
                    return
                case [_, "failed", {"text": traceback}]:
                    raise cannot_start(traceback)
            if message is CLOSED or not self.processes.alive():
                raise cannot_start(self.processes.last_words())
            if time.monotonic() > deadline:
                raise Accident(f"the kernel was not ready after {self.settings.start_seconds:g} s")

    def receive(self, seconds: float, max_bytes: int) -> Any:
        """The next complete message of at most `max_bytes`, None if none arrives in time, CLOSED at the end."""
        self.socket.settimeout(max(0.001, seconds))
        try:
            packet = self.socket.recv(packets.PACKET + 1)
            if not packet:
                return CLOSED
            self.received += len(packet)
            return self.reader.add(packet, max_bytes)
        except packets.TooLong:
            self.dropped = True
        except TimeoutError:
            pass
        except OSError:
            return CLOSED
        return None

    def send_request(self, *action: Any, fds: tuple[int, ...] = ()) -> str:
        """Send a request; returns its id. Raises KernelGone if the kernel does not take it."""
        request = secrets.token_hex(8)
        self.socket.settimeout(self.settings.interrupt_seconds)
        try:
            packets.send(self.socket, [request, *action], fds)
        except OSError as error:
            raise KernelGone from error
        return request

    def execute(self, cell: NotebookNode, number: int, seconds: float) -> float:
        """Run one cell and keep its outputs; returns the seconds that it is charged, more than `seconds` if it was
        interrupted. Raises KernelGone if the kernel does not survive it, Accident if the machine is too busy."""
        cell.execution_count = self.count = self.count + 1
        outputs, self.dropped, why_stopped, lost = Outputs(self.settings), False, "", None
        try:
            request = self.send_request("run", cell.source)
        except KernelGone:
            raise KernelGone(self.reason_of_end(number)) from None
        clock = self.clock(max(0.01, seconds))
        first, limit, grace = self.received, self.settings.cell_output_bytes, self.settings.interrupt_seconds
        since_interrupt: FairClock | None = None  # and since the last packet after it:
        since_packet: FairClock | None = None
        while lost is None:
            before = self.received
            used = before - first
            room = min(limit - used, self.settings.notebook_output_bytes - self.kept)
            flood = used > self.settings.flood_factor * limit
            if since_interrupt is None and (flood or self.expired(clock)):
                since_interrupt, since_packet = self.clock(2 * grace), self.clock(grace)
                why_stopped = f"it ran longer than {round(clock.limit, 2):g} s"
                why_stopped = "it printed without end" if flood else why_stopped
                self.processes.interrupt()
            message = self.receive(0.1, max(room, packets.PACKET))
            match message:
                case [id, "done", _] if id == request:
                    break
                case [id, str(msg_type), dict(content)] if id == request:
                    outputs.add(msg_type, content, room=room)
            if self.received != before:
                since_packet = since_interrupt and self.clock(grace)
            elif message is CLOSED or not self.processes.alive():
                lost = self.reason_of_end(number)
            if since_interrupt and since_packet and (self.expired(since_packet) or self.expired(since_interrupt)):
                lost = reason("kernel_hung", cell=number, seconds=round(clock.limit, 2))
        self.kept += min(limit, self.received - first)
        if self.dropped:
            outputs.cut()
        if why_stopped:
            outputs.error("TimeoutError", STOPPED + why_stopped)
        name_limits(outputs, self.settings)
        cell.outputs = outputs.kept
        if lost:
            raise KernelGone(lost)
        return clock.spent()

    def clock(self, seconds: float, pid: int = 0) -> FairClock:
        """A time limit for the kernel or another process, from now."""
        return FairClock(seconds, pids=[pid or self.pid], roots=[self.processes.root_pid() or self.pid], serving=True)

    def run_clock(self) -> RunClock:
        """What all cells together are charged, from now."""
        return RunClock(self.pid, self.processes.root_pid() or self.pid)

    def expired(self, clock: FairClock) -> bool:
        try:
            return clock.expired()
        except Starved:
            raise Accident(
                f"the machine was too busy: a cell got less than {clock.limit:g} s of CPU time in "
                f"{clock.elapsed():.0f} s"
            ) from None

    def reason_of_end(self, number: int) -> dict:
        """The reason for the tests after cell `number`, in which the kernel ended: a limit, if one ended it."""
        deadline = time.monotonic() + 1  # the init process reports a moment after the socket has closed
        while self.processes.alive() and time.monotonic() < deadline:
            time.sleep(0.005)
        limit = self.processes.limit_met()
        if limit == "memory":
            return reason("kernel_memory", cell=number, bytes=self.settings.total_memory_bytes >> 20)
        if limit == "cpu":
            return reason("kernel_cpu", cell=number, seconds=self.settings.cpu_seconds)
        return reason("kernel_died", cell=number)

    def park(self, seconds: float) -> Snapshot | None:
        """A snapshot of the kernel as it is now; None if none reports in so many seconds.

        Raises KernelGone if the kernel is dead, or does not answer even after an interrupt.
        """
        ours, theirs = snapshots.socket_pair()
        snapshot = None
        try:
            with theirs:
                request = self.send_request("park", fds=(theirs.fileno(),))
            self.wait_for(request, seconds)
            clock = self.clock(seconds, newest_child(self.pid))
            while not self.expired(clock):
                with suppress(TimeoutError):
                    snapshot = snapshots.accept(ours, time.monotonic() + 0.2)
                    break
        finally:
            if snapshot is None:
                ours.close()
        if snapshot is not None:
            self.processes.keep(snapshot.pid)
        return snapshot

    def wait_for(self, request: str, seconds: float) -> None:
        """Until the request is done. After so many seconds the kernel is interrupted; raises KernelGone soon after."""
        for limit in (seconds, self.settings.interrupt_seconds):
            clock = self.clock(limit)
            while not self.expired(clock):
                message = self.receive(0.1, packets.PACKET)
                if isinstance(message, list) and message[:2] == [request, "done"]:
                    return
                if message is CLOSED or not self.processes.alive():
                    raise KernelGone
            self.processes.interrupt()
        raise KernelGone

    def close(self) -> None:
        """Kill the kernel and all that it started but the snapshots; nothing more is received."""
        self.socket.close()
        self.processes.seal()
