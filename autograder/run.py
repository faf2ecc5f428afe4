"""Run a notebook's cells in one kernel and park a copy of it at every test cell. No test is tried here.

Nothing that the kernel sends is believed: messages are cut while they arrive, and what is kept is made anew.
"""

import copy
import os
import secrets
import select
import shutil
import signal
import socket
import struct
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import zmq
from jupyter_core.utils import run_sync

from . import sandbox
from .outputs import Outputs
from .reasons import reason
from .settings import Settings

INSIDE = ("wire.py", "link.py", "inside/__init__.py", "inside/snapshot.py")  # all that a kernel gets of ours
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


@dataclass
class Ran:
    """A notebook after its run, and the snapshots for the judge: `with run(...) as ran`.

    nb: a copy with the outputs of the cells that ran. snapshots: {grade_id: Snapshot, or a reason why there is
    none}. seconds: {cell id: seconds}. When it is closed, every process of the run is dead.
    """

    nb: dict
    folder: Path
    snapshots: dict[str, Snapshot | dict] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        for snapshot in self.snapshots.values():
            if isinstance(snapshot, Snapshot):
                snapshot.close()
        for _ in range(50):  # what they started may be starting more
            if not sandbox.end_leftovers(self.folder):
                break
            time.sleep(0.01)
        shutil.rmtree(self.folder, ignore_errors=True)


class KernelGone(Exception):
    """No more cells; args[0] is the reason for the tests that are left."""


def is_test(cell) -> bool:
    """A cell that the judge evaluates: nbgrader's autograder tests."""
    flags = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and bool(flags.get("grade")) and not flags.get("solution")


def run(nb, *, workdir: Path | None = None, settings: Settings = Settings()) -> Ran:
    """Execute the code cells of an admitted notebook in order, experiments skipped.

    workdir: where the run's own folder is made (default: the system's temporary folder); its path must be
    short, because sockets live there. The caller closes what is returned.
    """
    folder = Path(tempfile.mkdtemp(prefix="dg-", dir=workdir))
    if len(str(folder)) > 80:
        folder.rmdir()
        raise ValueError(f"workdir = {str(workdir)!r}: too long a path for a socket, use a shorter one")
    ran = Ran(copy.deepcopy(nb), folder)
    try:
        tests = [cell for cell in ran.nb.cells if is_test(cell)]
        ran.snapshots = {cell.metadata.nbgrader.grade_id: reason("not_run") for cell in tests}
        kernel = Kernel(settings, folder)
        try:
            run_cells(kernel, ran, settings)
        finally:
            kernel.close()
    except BaseException:
        ran.close()
        raise
    return ran


def run_cells(kernel, ran: Ran, settings: Settings) -> None:
    end = time.monotonic() + settings.notebook_seconds
    gone = None
    for number, cell in enumerate(ran.nb.cells, 1):
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if gone is None and time.monotonic() > end:
            gone = reason("notebook_time", cell=number, seconds=settings.notebook_seconds)
        if is_test(cell):
            grade_id = cell.metadata.nbgrader.grade_id
            try:
                ran.snapshots[grade_id] = gone or kernel.park() or reason("no_snapshot")
            except KernelGone:
                gone = ran.snapshots[grade_id] = reason("no_snapshot")
        elif gone is None and cell.source.strip() and "experiment" not in cell.metadata.get("tags", []):
            began = time.monotonic()
            try:
                kernel.execute(cell, number, end)
            except KernelGone as error:
                gone = error.args[0]
            ran.seconds[cell.get("id", str(number))] = time.monotonic() - began


class Kernel:
    """A started kernel, asked over plain zmq sockets in one loop."""

    def __init__(self, settings: Settings, folder: Path):
        self.settings, self.folder = settings, folder
        self.manager = sandbox.kernel_manager(settings, folder)
        self.manager.context.maxmsgsize = settings.message_bytes
        self.received = 0
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
            for sock, message in self.messages(0.1):
                missing.discard(message["header"]["msg_type"])

    def still_starting(self, end: float) -> None:
        if not self.manager.is_alive():
            raise RuntimeError("the kernel ended before it was ready: is ipykernel installed beside this Python?")
        if time.monotonic() > end:
            raise RuntimeError(f"the kernel was not ready after {self.settings.start_seconds:g} s")

    def load_inside(self) -> None:
        """Copy the snapshot's few files to where the kernel can read them, and import them before any cell."""
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
            raise RuntimeError("the kernel could not import what parks it: is msgpack installed beside its Python?")

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
            try:
                _, parts = self.client.session.feed_identities(frames)
                message = self.client.session.deserialize(parts)
            except (ValueError, TypeError, KeyError, RecursionError, IndexError):
                continue
            if isinstance(message.get("content"), dict) and isinstance(message.get("parent_header"), dict):
                yield sock, message

    room = 1 << 20  # bytes that the running cell may still send
    dropped = False  # whether it sent more

    def execute(self, cell, number: int, end: float) -> None:
        """Run one cell and keep its outputs. KernelGone if the kernel does not survive it."""
        settings = self.settings
        deadline = min(time.monotonic() + settings.cell_seconds, end)
        request = self.client.execute(cell.source, store_history=True, allow_stdin=False, stop_on_error=False)
        outputs, began, stopped, half = Outputs(settings), self.received, None, None
        idle = replied = self.dropped = False
        why = ""
        while not (idle and replied):
            now = time.monotonic()
            if idle or replied:  # one of the two messages may be lost with an enormous output
                half = half or now
                if now > half + 1:
                    break
            before, used = self.received, self.received - began
            self.room = min(settings.cell_output_bytes - used, settings.notebook_output_bytes - self.received)
            flood = used > settings.flood_factor * settings.cell_output_bytes
            if stopped is None and (now > deadline or flood):
                stopped, why = now, "it printed without end" if flood else f"it ran longer than {settings.cell_seconds:g} s"
                self.manager.interrupt_kernel()
            elif stopped is not None and now > stopped + settings.interrupt_seconds:
                self.keep(cell, outputs, why)
                raise KernelGone(reason("kernel_hung", cell=number, seconds=settings.cell_seconds))
            for sock, message in self.messages(0.1):
                kind = message["header"].get("msg_type")
                if message["parent_header"].get("msg_id") != request:
                    continue
                if sock is self.shell and kind == "execute_reply":
                    replied = True
                    cell.execution_count = self.count = getattr(self, "count", 0) + 1
                elif kind == "status":
                    idle |= message["content"].get("execution_state") == "idle"
                else:
                    outputs.add(kind, message["content"], room=self.room)
            if self.received == before and not self.manager.is_alive():
                self.keep(cell, outputs)
                raise KernelGone(reason("kernel_died", cell=number))
        self.keep(cell, outputs, why)

    def keep(self, cell, outputs, why: str = "") -> None:
        if self.dropped:
            outputs.cut()
        if why:
            outputs.error("TimeoutError", f"this cell was stopped: {why}")
        cell.outputs = outputs.kept

    def ask_silently(self, code: str, end: float, listener: socket.socket | None = None) -> bool:
        """Run our own code; True when it has succeeded, or as soon as somebody connects to `listener`.

        Raises KernelGone if the kernel is dead, or does not answer even after an interrupt.
        """
        request = self.client.execute(code, silent=True, store_history=False, allow_stdin=False, stop_on_error=False)
        self.room = 0
        for grace in (0, self.settings.interrupt_seconds):
            while time.monotonic() < end + grace:
                for sock, message in self.messages(0.1):
                    if sock is self.shell and message["parent_header"].get("msg_id") == request:
                        return message["content"].get("status") == "ok"
                if listener is not None and select.select([listener], [], [], 0)[0]:
                    return True
                if not self.manager.is_alive():
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
                    pid, _, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
                    return Snapshot(sock, pid, os.pidfd_open(pid))
            except OSError:
                if time.monotonic() > end:
                    return None
            else:
                sock.close()
        return None

    def close(self) -> None:
        """Kill the kernel's process group; nothing it sends is heard any more."""
        if self.client is not None:
            self.client.stop_channels()
        if self.manager.has_kernel:  # the manager's own way looks ten times a second
            run_sync(self.manager.provisioner.kill)()
            run_sync(self.manager.provisioner.wait)()
        self.manager.cleanup_resources()
