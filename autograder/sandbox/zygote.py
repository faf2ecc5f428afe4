"""The grader's side of a worker's zygote (inside/zygote.py): start it in the outer sandbox, ask it for kernels.

A worker has one, which ends with it; a zygote that died is started again.
"""

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from multiprocessing.util import Finalize
from pathlib import Path

from autograder.sandbox import cpu_affinity, local_kernel, walls
from autograder.sandbox.accident import cannot_start

FONTS = "fonts"  # below runs/: the zygote's matplotlib folder; each kernel has one of its own


class Zygote:
    """base: its folder on this machine: inside/ (the code it runs), runs/ (a folder for each run), a lock file."""

    def __init__(self, parent: Path | None = None):
        self.owner = os.getpid()
        remove_abandoned(parent)
        self.base = Path(tempfile.mkdtemp(prefix="dg-", dir=parent))
        self.runs = self.base / "runs"
        self.run_count = 0
        self.process: subprocess.Popen | None = None
        self.socket: socket.socket | None = None
        self.lock = os.open(self.base / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.end = Finalize(self, close, (self.owner, self.base, vars(self)), exitpriority=10)
        lay_out(self.base)
        self.start()

    def start(self) -> None:
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            argv = walls.command(
                self.base, self.runs, environment(self.base), inner_argv("zygote", str(theirs.fileno()))
            )
            with open(self.base / "stderr", "wb") as stderr:
                self.process = subprocess.Popen(
                    argv,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=stderr,
                    stderr=stderr,
                    env={},
                    cwd="/",
                )
            cpu_affinity.unpin(self.process.pid)  # it inherits our affinity, and we may be pinned
        finally:
            theirs.close()

    def new_folder(self) -> Path:
        """A folder for one run, with the kernel's home in it."""
        self.run_count += 1
        folder = self.runs / str(self.run_count)
        (folder / "home").mkdir(parents=True)
        for path in (folder, folder / "home"):
            path.chmod(0o700)
            walls.give(path)
        return folder

    def fork(self, request: dict, channel: socket.socket, seconds: float) -> "NamespaceHandle":
        """A kernel that serves `channel`. A zygote that died meanwhile is started again, once. Raises CannotStart."""
        for attempt in (1, 2):
            assert self.process is not None and self.socket is not None  # the constructor has started it
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
                socket.send_fds(self.socket, [json.dumps(request).encode()], [theirs.fileno(), channel.fileno()])
                theirs.close()
                return NamespaceHandle(ours, self.process, time.monotonic() + seconds)
            except (OSError, EOFError) as error:
                theirs.close()
                ours.close()
                if attempt == 2:
                    raise cannot_start(self.last_words() or str(error)) from error
                self.stop()
                self.start()
        raise AssertionError("the second attempt has returned or raised")

    def last_words(self) -> str:
        """The end of what the zygote wrote to stderr."""
        try:
            return (self.base / "stderr").read_text(errors="replace")[-4000:]
        except OSError:
            return ""

    def stop(self) -> None:
        stop(self.process, self.socket)


class NamespaceHandle:
    """A kernel's namespaces, controlled through the socket to their init process (inside/namespace_init.py)."""

    def __init__(self, control: socket.socket, zygote: subprocess.Popen, deadline: float):
        self.control = control
        self.exit_code: int | None = None  # of the kernel
        self.limit_met: str | None = None
        self.failure: str | None = None  # a traceback, if the kernel could not be started
        self.born = self.sealed = self.init_lost = False
        self.init_pid, self.pidfd = 0, -1
        while not self.born:
            if not select.select([control], [], [], 0.05)[0]:
                if zygote.poll() is not None:
                    raise EOFError("the zygote has ended")
                if time.monotonic() > deadline:
                    raise EOFError("the zygote does not answer (if this machine was very busy, run `make grade` again)")
                continue
            self.read_reports(deadline)
            if self.exit_code is not None and not self.born:
                raise EOFError(self.failure or "the zygote has ended")

    def read_reports(self, deadline: float = 0) -> None:
        """Read the reports that have arrived; with a deadline, wait for one report until then."""
        while select.select([self.control], [], [], max(0, deadline - time.monotonic()) if deadline else 0)[0]:
            try:
                data, ancillary, _, _ = self.control.recvmsg(1 << 16, socket.CMSG_SPACE(12))
            except OSError:
                data, ancillary = b"", []
            if not data:
                self.lost()
                return
            self.take_report(json.loads(data), ancillary)
            if deadline:
                return

    def lost(self) -> None:
        """The init process has ended, and with it every process in the namespaces. Only we may end it."""
        self.init_lost = True
        if self.exit_code is None:
            self.exit_code = -signal.SIGKILL

    def take_report(self, report: dict, ancillary: list[tuple[int, int, bytes]]) -> None:
        if report.get("born"):
            self.born = True
            for level, kind, value in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                    self.init_pid = struct.unpack("3i", value)[0]
                    self.pidfd = os.pidfd_open(self.init_pid)
        if "failed" in report:
            self.failure, self.exit_code = report["failed"], 1
        if "ended" in report:
            self.exit_code, self.limit_met = report["ended"], report["limit"]
        self.sealed = self.sealed or "sealed" in report

    def kernel_alive(self) -> bool:
        self.read_reports()
        return self.exit_code is None

    def accident(self, seconds: float = 0.0) -> bool:
        """Whether the init process has ended although we did not end it; waits so long for that."""
        return self.pidfd >= 0 and (self.init_lost or bool(select.select([self.pidfd], [], [], seconds)[0]))

    def command(self, text: str) -> None:
        """Send a command to the init process."""
        try:
            self.control.send(text.encode())
        except OSError:
            self.lost()

    def seal(self, seconds: float = 5.0) -> None:
        """Kill every process but the snapshots to keep, and wait until it is done."""
        self.sealed = False
        self.command("seal")
        deadline = time.monotonic() + seconds
        while not self.sealed and time.monotonic() < deadline and self.pidfd >= 0:
            self.read_reports(deadline)
            if not self.sealed and select.select([self.pidfd], [], [], 0)[0]:
                return

    def close(self) -> None:
        """End every process in the namespaces and wait for their end. Safe to call twice."""
        self.control.close()
        if self.pidfd >= 0:
            if not select.select([self.pidfd], [], [], 1)[0]:
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
                select.select([self.pidfd], [], [], 5)
            os.close(self.pidfd)
            self.pidfd = -1


def lay_out(base: Path) -> None:
    """Make the folders of a zygote, with the only code of ours that it sees."""
    base.chmod(0o711)
    local_kernel.copy_inside(base / "inside")
    (base / "runs").mkdir(mode=0o700)
    (base / "runs" / FONTS).mkdir()
    with contextlib.suppress(OSError):  # without the list matplotlib searches for fonts again
        for path in local_kernel.font_cache():
            shutil.copy(path, base / "runs" / FONTS)
    for path in (base / "runs", base / "runs" / FONTS):
        walls.give(path)
    if os.getuid() == 0:
        for path in [base / "inside", *(base / "inside").rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        (base / "lent").mkdir()
        (base / "lent").chmod(0o711)  # whatever the grader's umask is


def inner_argv(module: str, argument: str) -> list[str]:
    """The argv that runs a module of inside/ in the outer sandbox."""
    return [sys.executable, "-P", "-s", "-m", f"{local_kernel.PACKAGE}.inside.{module}", argument]


def environment(base: Path) -> dict[str, str]:
    """The zygote's environment. PYTHONPATH holds the folder of `descent`, of which only that package is mounted, so
    that it is found where an editable install points to another place (a checkout that was moved)."""
    search_path = [str(base / "inside"), str(walls.package_folder("descent").parent)]
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": "/tmp",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(search_path),
        "MPLCONFIGDIR": str(base / "runs" / FONTS),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def stop(process: subprocess.Popen | None, sock: socket.socket | None) -> None:
    if sock is not None:
        sock.close()
    if process is not None:
        for child in stopped_children(process.pid):
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
        process.kill()
        process.wait()


def stopped_children(pid: int, seconds: float = 0.1) -> list[int]:
    """Stop a process, so that it starts nothing more, and return its children.

    bubblewrap's child dies with it only from the moment at which it has asked for that; one that is killed a moment
    earlier leaves a child that waits for ever.
    """
    deadline = time.monotonic() + seconds
    try:
        os.kill(pid, signal.SIGSTOP)
        while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "TZX":
            if time.monotonic() > deadline:
                break
            time.sleep(0.001)
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # it has ended, or the system does not list children
        return []


def close(owner: int, base: Path, fields: dict) -> None:
    """End the zygote and remove its folder; in a fork of its owner, do nothing."""
    if os.getpid() == owner:
        stop(fields.get("process"), fields.get("socket"))
        shutil.rmtree(base, ignore_errors=True)
        os.close(fields["lock"])


def remove_abandoned(parent: Path | None) -> None:
    """Remove the folders of zygotes whose grader was killed: nobody holds their lock any more."""
    for path in Path(parent or tempfile.gettempdir()).glob("dg-*/lock"):
        try:
            with open(path) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path.parent, ignore_errors=True)
        except OSError:  # in use, or another user's
            pass
