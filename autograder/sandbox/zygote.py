"""A worker's zygote, seen from the grader: started behind the walls when first needed, asked for kernels.

One for each thread that runs notebooks (a pool's worker has one). It ends with its thread or process; when it
is found dead a new one takes its place.
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
import threading
import time
from multiprocessing.util import Finalize
from pathlib import Path

from autograder.sandbox import local_kernel, cpu_affinity, walls

FONTS = "fonts"  # below runs/: matplotlib's folder, in the zygote's eyes; kernels have one of their own
OURS = threading.local()


class Zygote:
    """base: its folder on this machine, with the few files it reads and below runs/ a folder for each run."""

    def __init__(self, place: Path | None = None):
        self.owner = os.getpid()
        sweep(place)
        self.base = Path(tempfile.mkdtemp(prefix="dg-", dir=place))
        self.runs = self.base / "runs"
        self.count = 0
        self.process = self.socket = None
        self.lock = os.open(self.base / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.end = Finalize(self, close, (self.owner, self.base, vars(self)), exitpriority=10)
        lay_out(self.base)
        self.start()

    def start(self) -> None:
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            words = walls.command(self.base, self.runs, environment(self.base), inner("zygote", str(theirs.fileno())))
            with open(self.base / "said", "wb") as said:
                self.process = subprocess.Popen(words, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                                                stdout=said, stderr=said, env={}, cwd="/")
            cpu_affinity.leave(self.process.pid)  # we may be kept on one processor, and it would inherit that
        finally:
            theirs.close()

    def new_folder(self) -> Path:
        """A folder for one run, with a place for the kernel's home."""
        self.count += 1
        folder = self.runs / str(self.count)
        (folder / "home").mkdir(parents=True)
        for path in (folder, folder / "home"):
            path.chmod(0o700)
            walls.give(path)
        return folder

    def fork(self, request: dict, channel: socket.socket, seconds: float) -> "Life":
        """Ask for a kernel that serves `channel`. One that died meanwhile is started anew, once. Raises RuntimeError with what it said."""
        for attempt in (1, 2):
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
                socket.send_fds(self.socket, [json.dumps(request).encode()], [theirs.fileno(), channel.fileno()])
                theirs.close()
                return Life(ours, self.process, time.monotonic() + seconds)
            except (OSError, EOFError) as error:
                theirs.close()
                ours.close()
                said = self.last_words()
                if attempt == 2:
                    raise RuntimeError(f"no kernel could be started behind the walls: {said or error}") from error
                self.stop()
                self.start()

    def last_words(self) -> str:
        try:
            return " ".join((self.base / "said").read_text(errors="replace").split())[-1000:]
        except OSError:
            return ""

    def stop(self) -> None:
        stop(self.process, self.socket)


class Life:
    """A kernel's life as its first process tells it."""

    def __init__(self, control: socket.socket, zygote: subprocess.Popen, end: float):
        self.control, self.ended, self.why, self.failed, self.sealed = control, None, None, None, False
        self.born = False
        self.pidfd = -1
        while not self.born:
            if not select.select([control], [], [], 0.05)[0]:
                if zygote.poll() is not None or time.monotonic() > end:
                    raise EOFError("the zygote does not answer")
                continue
            self.hear(end)
            if self.ended is not None and not self.born:
                raise EOFError(self.failed or "the zygote has ended")

    def hear(self, end: float = 0) -> None:
        """Take in what has been said; wait for the next word until `end`."""
        while select.select([self.control], [], [], max(0, end - time.monotonic()) if end else 0)[0]:
            try:
                data, about, _, _ = self.control.recvmsg(1 << 16, socket.CMSG_SPACE(12))
            except OSError:
                data, about = b"", []
            if not data:
                self.ended = -signal.SIGKILL if self.ended is None else self.ended
                return
            self.read(json.loads(data), about)
            if end:
                return

    def read(self, said: dict, about) -> None:
        if said.get("born"):
            self.born = True
            for level, kind, value in about:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                    self.pidfd = os.pidfd_open(struct.unpack("3i", value)[0])
        if "failed" in said:
            self.failed, self.ended = said["failed"], 1
        if "ended" in said:
            self.ended, self.why = said["ended"], said["why"]
        self.sealed = self.sealed or "sealed" in said

    def alive(self) -> bool:
        self.hear()
        return self.ended is None

    def say(self, text: str) -> None:
        try:
            self.control.send(text.encode())
        except OSError:
            self.ended = -signal.SIGKILL if self.ended is None else self.ended

    def seal(self, seconds: float = 5.0) -> None:
        """End every process but the snapshots that it was told to keep."""
        self.say("seal")
        end = time.monotonic() + seconds
        while not self.sealed and time.monotonic() < end and self.pidfd >= 0:
            self.hear(end)
            if not self.sealed and select.select([self.pidfd], [], [], 0)[0]:
                return

    def close(self) -> None:
        """End everything of it, and wait until it has ended. Safe to call twice."""
        self.control.close()
        if self.pidfd >= 0:
            if not select.select([self.pidfd], [], [], 1)[0]:
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
                select.select([self.pidfd], [], [], 5)
            os.close(self.pidfd)
            self.pidfd = -1


def lay_out(base: Path) -> None:
    """The folders of a zygote and the only code of ours that it sees."""
    base.chmod(0o711)
    local_kernel.copy_inside(base / "inside")
    (base / "runs").mkdir(mode=0o700)
    (base / "runs" / FONTS).mkdir()
    with contextlib.suppress(OSError):  # without its list, matplotlib looks through all fonts again
        for path in local_kernel.font_cache():
            shutil.copy(path, base / "runs" / FONTS)
    for path in (base / "runs", base / "runs" / FONTS):
        walls.give(path)
    if os.getuid() == 0:
        for path in [base / "inside", *(base / "inside").rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        (base / "lent").mkdir(mode=0o711)


def inner(module: str, argument: str) -> list[str]:
    return [sys.executable, "-P", "-s", "-m", f"{local_kernel.PACKAGE}.inside.{module}", argument]


def environment(base: Path) -> dict[str, str]:
    return {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8",
            "TZ": "UTC", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": str(base / "inside"),
            "MPLCONFIGDIR": str(base / "runs" / FONTS), "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def stop(process, sock) -> None:
    if sock is not None:
        sock.close()
    if process is not None:
        process.kill()
        process.wait()


def close(owner: int, base: Path, fields: dict) -> None:
    if os.getpid() == owner:
        stop(fields.get("process"), fields.get("socket"))
        shutil.rmtree(base, ignore_errors=True)
        os.close(fields["lock"])


def sweep(place: Path | None) -> None:
    """Remove the folders of zygotes whose grader was killed: nobody holds their lock any more."""
    for path in Path(place or tempfile.gettempdir()).glob("dg-*/lock"):
        try:
            with open(path) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path.parent, ignore_errors=True)
        except OSError:  # in use, or another user's
            pass


def ours() -> Zygote:
    """This thread's zygote, started now if there is none."""
    found = getattr(OURS, "zygote", None)
    if found is None or found.owner != os.getpid():
        found = OURS.zygote = Zygote()
    return found
