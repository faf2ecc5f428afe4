"""The one place that starts a process for a student's code.

The seam: `Settings.provisioner` names a class. `Class(limits, folder, channel)` starts a kernel that serves `channel`,
a socket (inside/cells.py), and sees `folder` at the same path. The class makes that folder (`new_folder`), says whether
the kernel is `alive` and `why` not, has `interrupt` for the cell that runs, `kill` for everything but the snapshots it
was told to `keep`, `home_of(folder)` as working directory, and ends whatever is left of a run (`end`). Walls are a
matter for such a class (`walled.py`) and for nothing else; the one below has none.
"""

import contextlib
import functools
import importlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder import ROOT

ROOMS = ("wire", "inside")  # all that a kernel gets of ours: two whole folders
PACKAGE = "descent_inside"
RUN_MARK = "DESCENT_RUN"  # in the environment of every process of a run: how the last ones are found


class LocalKernel:
    """A kernel without walls, in a clean environment: nothing of the grader's can be imported by accident."""

    def __init__(self, limits: dict, folder: Path, channel: socket.socket):
        path = folder / "inside"
        copy_inside(path)
        code = (f"import sys; sys.path.insert(0, {str(path)!r}); from {PACKAGE}.inside.cells import main; "
                f"sys.path.remove({str(path)!r}); main({channel.fileno()})")
        self.process = subprocess.Popen([sys.executable, "-P", "-c", code], pass_fds=[channel.fileno()],
                                        cwd=home_of(folder), env=clean_environment(folder), start_new_session=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def alive(self) -> bool:
        return self.process.poll() is None

    def why(self) -> None:
        """There are no limits here that could have ended it."""

    def last_words(self) -> str:
        return ""

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def keep(self, pid: int) -> None:
        """A snapshot, which is to outlive the kernel: in a group of its own, kill() leaves it alone."""

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @staticmethod
    def new_folder(workdir: Path | None) -> Path:
        """A folder for one run, in `workdir` or the system's temporary folder, with a list of fonts."""
        folder = Path(tempfile.mkdtemp(prefix="dg-", dir=workdir))
        if len(str(folder)) > 80:
            folder.rmdir()
            raise ValueError(f"workdir = {str(workdir)!r}: too long a path for a socket, use a shorter one")
        make_home(folder)
        return folder

    @staticmethod
    def end(folder: Path) -> None:
        """End every process of the run in `folder`."""
        for _ in range(50):  # what they started may be starting more
            if not end_leftovers(folder):
                break
            time.sleep(0.01)


def clean_environment(folder: Path) -> dict[str, str]:
    """Built from nothing: no PYTHONPATH, nothing of the person who grades, no folder but the run's own."""
    home = home_of(folder)
    return {
        RUN_MARK: folder.name,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": str(home), "TMPDIR": str(home / "tmp"), "IPYTHONDIR": str(home / ".ipython"),
        "MPLCONFIGDIR": str(home / ".mpl"), "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0",
        "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    }


def home_of(folder: Path) -> Path:
    return Path(folder) / "home"


def make_home(folder: Path) -> None:
    """The kernel's working directory, with a list of fonts that is ready."""
    home = home_of(folder)
    for name in (".mpl", "tmp"):
        (home / name).mkdir(parents=True, exist_ok=True)
    for fonts in font_cache():
        shutil.copy(fonts, home / ".mpl")


@functools.cache
def font_cache() -> tuple[Path, ...]:
    """matplotlib's list of fonts, made once per machine: without it every kernel spends a second on it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "descent" / "matplotlib"
    found = tuple(cache.glob("fontlist*.json"))
    if not found:
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], check=False,
                       env=os.environ | {"MPLCONFIGDIR": str(cache), "MPLBACKEND": "agg"})
        found = tuple(cache.glob("fontlist*.json"))
    return found


def provisioner_of(settings):
    """The class that the settings name."""
    module, _, name = settings.provisioner.partition(":")
    return getattr(importlib.import_module(module), name)


def copy_inside(folder: Path) -> None:
    """Copy the only code of ours that a kernel sees into `folder`, as one package."""
    for room in ROOMS:
        shutil.copytree(ROOT / "autograder" / room, folder / PACKAGE / room, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / PACKAGE / "__init__.py").touch()


def end_leftovers(folder: Path) -> int:
    """Kill every process that a run in `folder` left, however detached. Returns how many there were."""
    mark, ended = f"{RUN_MARK}={Path(folder).name}".encode(), 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)
                ended += 1
        except (OSError, ValueError):  # gone meanwhile, or somebody else's
            pass
    return ended
