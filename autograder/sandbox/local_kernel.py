"""Kernels without a sandbox, for code that is trusted; and what both classes of kernels need.

`copy_inside` is the only code of ours that a kernel gets: two whole folders.
"""

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

from autograder import ROOT
from autograder.sandbox.student_kernel import Host

ROOMS = ("wire", "inside")
PACKAGE = "descent_inside"
RUN_MARK = "DESCENT_RUN"  # environment variable of every process of a run, by which `end` finds them
MAX_PATH = 80  # characters of a run's folder: the paths of Unix sockets below it are limited to 108


class LocalKernel:
    """A StudentKernel in a clean environment: it can import nothing of the grader's by accident, and that is all."""

    def __init__(self, host: Host, limits: dict, workdir: Path | None):
        self.folder = Path(tempfile.mkdtemp(prefix="dg-", dir=workdir))
        if len(str(self.folder)) > MAX_PATH:
            self.folder.rmdir()
            raise ValueError(f"workdir = {str(workdir)!r}: the path is too long for a Unix socket, use a shorter one")
        make_home(self.folder)
        self.process: subprocess.Popen | None = None

    def start(self, channel: socket.socket) -> None:
        path, stderr = self.folder / "inside", self.folder / "stderr"
        if self.process is None:
            copy_inside(path)
        code = (
            f"import sys; sys.path.insert(0, {str(path)!r}); from {PACKAGE}.inside.cells import main; "
            f"sys.path.remove({str(path)!r}); main({channel.fileno()})"
        )
        with open(stderr, "wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", code],
                pass_fds=[channel.fileno()],
                cwd=home_of(self.folder),
                env=clean_environment(self.folder),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=file,
            )

    @property
    def started(self) -> subprocess.Popen:
        assert self.process is not None  # `start` comes first
        return self.process

    def kernel_pid(self) -> int:
        return self.started.pid

    def root_pid(self) -> int:
        return 0

    def alive(self) -> bool:
        return self.started.poll() is None

    def limit_met(self) -> None:
        """There are no limits here that could have ended the kernel."""

    def last_words(self) -> str:
        try:
            return (self.folder / "stderr").read_text(errors="replace")[-4000:]
        except OSError:
            return ""

    def accident(self, seconds: float) -> None:
        """Without a sandbox we cannot tell who ended a process."""

    def interrupt(self) -> None:
        self.started.send_signal(signal.SIGINT)

    def keep(self, pid: int) -> None:
        """Nothing to do: a snapshot is in a process group of its own, so `seal` does not reach it."""

    def seal(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def kill_all_but(self, snapshots: Collection[int]) -> None:
        """Without a sandbox the processes of a snapshot cannot be told from others."""

    def end(self) -> None:
        self.seal()
        for _ in range(50):  # processes that are being killed may be starting others
            if not kill_marked(self.folder):
                break
            time.sleep(0.01)


def clean_environment(folder: Path) -> dict[str, str]:
    """A kernel's environment, built from nothing: no PYTHONPATH, no variable of the person who grades."""
    home = home_of(folder)
    return {
        RUN_MARK: folder.name,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "IPYTHONDIR": str(home / ".ipython"),
        "MPLCONFIGDIR": str(home / ".mpl"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def home_of(folder: Path) -> Path:
    return Path(folder) / "home"


def make_home(folder: Path) -> None:
    """Make the kernel's working directory, with matplotlib's font list in it."""
    home = home_of(folder)
    for name in (".mpl", "tmp"):
        (home / name).mkdir(parents=True, exist_ok=True)
    for fonts in font_cache():
        shutil.copy(fonts, home / ".mpl")


@functools.cache
def font_cache() -> tuple[Path, ...]:
    """matplotlib's font list, made once per machine: without it every kernel spends a second searching for fonts."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "descent" / "matplotlib"
    lists = tuple(cache.glob("fontlist*.json"))
    if not lists:
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, "-c", "import matplotlib.font_manager"],
            check=False,
            env=os.environ | {"MPLCONFIGDIR": str(cache), "MPLBACKEND": "agg"},
        )
        lists = tuple(cache.glob("fontlist*.json"))
    return lists


def copy_inside(folder: Path) -> None:
    """Copy the rooms that run beside a student's code into `folder`, as one package."""
    for room in ROOMS:
        shutil.copytree(
            ROOT / "autograder" / room, folder / PACKAGE / room, ignore=shutil.ignore_patterns("__pycache__")
        )
    (folder / PACKAGE / "__init__.py").touch()


def kill_marked(folder: Path) -> int:
    """Kill every process of the run in `folder`, daemons too. Returns how many there were."""
    mark, killed = f"{RUN_MARK}={Path(folder).name}".encode(), 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)
                killed += 1
        except (OSError, ValueError):  # it has ended, or belongs to another user
            pass
    return killed
