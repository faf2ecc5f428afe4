"""A started kernel and what we ask of it: run a cell, or fork a copy that waits for the judge.

Nothing that it sends is believed: messages are cut while they arrive, and what is kept is made anew.
"""

import hmac
import json
import os
import secrets
import select
import shutil
import signal
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path

import zmq
from jupyter_core.utils import run_sync

from . import sandbox
from .outputs import STOPPED, Outputs, name_limits
from .reasons import reason
from .settings import Settings

INSIDE = ("wire.py", "shared.py", "sending.py", "receiving.py", "link.py", "inside/__init__.py",
          "inside/snapshot.py")  # all that a kernel gets of ours
PACKAGE = "descent_inside"


@dataclass
class Snapshot:
    """A parked copy of the kernel: its socket, and its process by a handle that no other can take over."""

    socket: socket.socket
    pid: int
    pidfd: int

    def close(self) -> None:
        """End the copy and its process group. Safe to call twice."""
        if self.pidfd < 0:
            return
        try:
            os.killpg(self.pid, signal.SIGKILL)
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        except OSError:  # it has ended already, or leads no group
            pass
        select.select([self.pidfd], [], [], 2)  # until it has ended
        os.close(self.pidfd)
        self.pidfd = -1
        self.socket.close()


class KernelGone(Exception):
    """No more cells; args[0] is the reason for the tests that are left."""


class Kernel:
    """A started kernel, asked over plain zmq sockets in one loop."""

    def __init__(self, settings: Settings, folder: Path):
        self.settings, self.folder = settings, folder
        self.manager = sandbox.kernel_manager(settings, folder)
        self.manager.context.maxmsgsize = settings.message_bytes
        self.count = 0  # cells so far
        self.received = 0  # bytes so far
        self.kept = 0  # of them, at most
        self.room = 1 << 20  # bytes that the running cell may still send
        self.dropped = False  # whether it sent more
        self.client = None
        try:
            self.manager.start_kernel()
            self.connect()
            self.load_inside()
        except BaseException:
            self.close()
            raise

    def connect(self) -> None:
        """Wait until the kernel answers and says that it hears our subscription (jupyter_client's own wait
        is a fixed 0.2 s, and outputs can be lost without the second)."""
        end = time.monotonic() + self.settings.start_seconds
        paths = [f"{self.manager.ip}-{port}" for port in (self.manager.shell_port, self.manager.iopub_port)]
        while not all(map(os.path.exists, paths)):  # a socket that connects too early waits 0.1 s
            self.still_starting(end)
            time.sleep(0.002)
        self.client = self.manager.client()
        self.client.start_channels(stdin=False, hb=False, control=False)
        self.shell, self.iopub = self.client.shell_channel.socket, self.client.iopub_channel.socket
        self.poller = zmq.Poller()
        self.poller.register(self.shell, zmq.POLLIN)
        self.poller.register(self.iopub, zmq.POLLIN)
        self.client.kernel_info()
        missing = {"kernel_info_reply", "iopub_welcome"}
        while missing:
            self.still_starting(end)
            for _, message in self.messages(0.1):
                missing.discard(message["header"]["msg_type"])

    def still_starting(self, end: float) -> None:
        if not self.manager.provisioner.alive():
            said = getattr(self.manager.provisioner, "last_words", str)()
            raise RuntimeError(f"the kernel ended before it was ready: {said or 'is ipykernel installed?'}")
        if time.monotonic() > end:
            raise RuntimeError(f"the kernel was not ready after {self.settings.start_seconds:g} s")

    def load_inside(self) -> None:
        """Copy the snapshot's few files to where the kernel can read them; import them before any cell."""
        if self.manager.provisioner.inside_ready:
            return
        here = Path(__file__).parent
        for name in INSIDE:
            target = self.folder / "inside" / PACKAGE / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(here / name, target)
        (self.folder / "inside" / PACKAGE / "__init__.py").touch()
        path = str(self.folder / "inside")
        code = (f"__import__('sys').path.insert(0, {path!r})\n__import__('{PACKAGE}.inside.snapshot')\n"
                f"__import__('sys').path.remove({path!r})")
        if not self.ask_silently(code, time.monotonic() + self.settings.start_seconds):
            raise RuntimeError("the kernel could not import what parks it: is msgpack installed?")

    def messages(self, seconds: float):
        """(socket, message) of what arrives within `seconds`. Big ones are counted, and read only while the
        cell may say more (the last of them is cut); what is no message is dropped."""
        for sock, _ in self.poller.poll(max(0, seconds) * 1000):
            if sock not in (self.shell, self.iopub):
                continue
            frames = sock.recv_multipart()
            size = sum(map(len, frames))
            self.received += size
            if sock is self.iopub and size > 65536 and self.room <= 0:
                self.dropped = True
                continue
            message = self.read(frames)
            if message is not None:
                yield sock, message

    def read(self, frames: list[bytes]) -> dict | None:
        """A message of the kernel's, None for anything else. (Session's own way reads every date, which nobody asks
        for here, and takes most of the time of a cell.)"""
        session = self.client.session
        try:
            signature, *parts = session.feed_identities(frames)[1]
            if len(parts) < 4 or not hmac.compare_digest(signature, session.sign(parts[:4])):
                return None
            header, parent, content = (json.loads(parts[index]) for index in (0, 1, 3))
        except (ValueError, TypeError, RecursionError):
            return None
        whole = all(isinstance(part, dict) for part in (header, parent, content))
        return {"header": header, "parent_header": parent, "content": content} if whole else None

    def ask(self, code: str, **options) -> str:
        """Send a request to run code; returns its id."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
                   "stop_on_error": False} | options
        return self.client.session.send(self.shell, "execute_request", content)["header"]["msg_id"]

    def execute(self, cell, number: int, end: float) -> None:
        """Run one cell and keep its outputs. KernelGone if the kernel does not survive it."""
        cell.execution_count = self.count = self.count + 1
        outputs, self.dropped, why, lost = Outputs(self.settings), False, "", None
        request = self.ask(cell.source)
        began, first, limit = time.monotonic(), self.received, self.settings.cell_output_bytes
        deadline, stopped, quiet = min(began + self.settings.cell_seconds, end), None, began
        missing = {"idle", "reply"}
        while missing and lost is None:
            now, before = time.monotonic(), self.received
            used = before - first
            self.room = min(limit - used, self.settings.notebook_output_bytes - self.kept)
            flood = used > self.settings.flood_factor * limit
            if stopped is None and (now > deadline or flood):
                stopped = now
                why = f"it ran longer than {self.settings.cell_seconds:g} s"
                why = "it printed without end" if flood else why
                self.manager.interrupt_kernel()
            for sock, message in self.messages(0.1):
                if message["parent_header"].get("msg_id") == request:
                    missing.discard(self.take(sock, message, outputs))
            now = time.monotonic()
            if self.received != before:
                quiet = now
            elif len(missing) == 1 and now > quiet + 1:
                break  # one of the two may be lost with an enormous output
            elif not self.manager.provisioner.alive():
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
        why = getattr(self.manager.provisioner, "why", lambda: None)()
        if why == "memory":
            return reason("kernel_memory", cell=number, bytes=self.settings.total_memory_bytes >> 20)
        if why == "cpu":
            return reason("kernel_cpu", cell=number, seconds=self.settings.cpu_seconds)
        return reason("kernel_died", cell=number)

    def take(self, sock, message, outputs: Outputs) -> str | None:
        """Keep what a message of the running cell says; "reply" or "idle" when it says that it is done."""
        kind, content = message["header"].get("msg_type"), message["content"]
        if sock is self.shell:
            return "reply" if kind == "execute_reply" else None
        if kind == "status":
            return "idle" if content.get("execution_state") == "idle" else None
        outputs.add(kind, content, room=self.room)
        return None

    def ask_silently(self, code: str, end: float, listener: socket.socket | None = None) -> bool:
        """Run our own code; True when it has succeeded, or as soon as somebody connects to `listener`.

        Raises KernelGone if the kernel is dead, or does not answer even after an interrupt.
        """
        request = self.ask(code, silent=True, store_history=False)
        self.room = 0
        for grace in (0, self.settings.interrupt_seconds):
            while time.monotonic() < end + grace:
                for sock, message in self.messages(0.1):
                    if sock is self.shell and message["parent_header"].get("msg_id") == request:
                        return message["content"].get("status") == "ok"
                if listener is not None and select.select([listener], [], [], 0)[0]:
                    return True
                if not self.manager.provisioner.alive():
                    raise KernelGone
            if not grace:
                self.manager.interrupt_kernel()
        raise KernelGone

    def park(self) -> Snapshot | None:
        """A copy of the kernel as it is now; None if none reports in time. KernelGone as ask_silently."""
        nonce = secrets.token_hex(16)
        path = self.folder / secrets.token_hex(4)
        end = time.monotonic() + self.settings.snapshot_seconds
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            path.chmod(0o666)  # the student's user may be another; the folder is closed to everybody else
            listener.listen(8)
            self.poller.register(listener, zmq.POLLIN)
            try:
                self.ask_silently(f"__import__('sys').modules['{PACKAGE}.inside.snapshot']"
                                  f".park({str(path)!r}, {nonce!r}, globals())", end, listener)
                return self.accept(listener, nonce.encode(), end)
            finally:
                self.poller.unregister(listener)
                path.unlink(missing_ok=True)

    def accept(self, listener, nonce: bytes, end: float) -> Snapshot | None:
        """The connection that knows the nonce, among few: others are closed unread."""
        for _ in range(8):
            try:
                listener.settimeout(max(0.001, end - time.monotonic()))
                sock, _ = listener.accept()
                sock.settimeout(max(0.001, min(1, end - time.monotonic())))
                if sock.recv(len(nonce), socket.MSG_WAITALL) == nonce:
                    peer = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
                    pid, _, _ = struct.unpack("3i", peer)
                    self.manager.provisioner.keep(pid)
                    return Snapshot(sock, pid, os.pidfd_open(pid))
            except OSError:
                if time.monotonic() > end:
                    return None
            else:
                sock.close()
        return None

    def close(self) -> None:
        """End the kernel and all that it started but the snapshots; nothing it sends is heard any more."""
        if self.client is not None:
            self.client.stop_channels()
        if self.manager.has_kernel:  # the manager's own way looks ten times a second
            run_sync(self.manager.provisioner.kill)()
            run_sync(self.manager.provisioner.wait)()
        self.manager.cleanup_resources()
