"""The one place that starts a process for a student's code.

The seam: `kernel_manager(settings, folder)` gives a jupyter_client manager whose kernels come from the class
that `settings.provisioner` names, a jupyter_client provisioner that gets `folder`, seen by the kernel at the same
path, and `limits`. The class makes that folder (`new_folder`), says whether the kernel is `alive`, honours send_signal(SIGINT) for the cell that runs,
kill() for everything but the snapshots it was told to `keep`, `home_of(folder)` as working directory, and ends whatever is left
of a run (`end`). Walls are a matter for such a class (`walled.py`) and for nothing else; the one below has none.
"""

import asyncio
import functools
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.metadata import EntryPoint
from pathlib import Path

from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from traitlets import Dict, Instance, Unicode

ARGV = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}",
        "--HistoryManager.hist_file=:memory:"]
RUN_MARK = "DESCENT_RUN"  # in the environment of every process of a run: how the last ones are found


class LocalKernel(LocalProvisioner):
    """A kernel without walls, in a clean environment: nothing of the grader's can be imported by accident."""

    folder = Unicode()
    limits = Dict()
    inside_ready = False

    async def pre_launch(self, **kwargs):
        manager, folder = self.parent, Path(self.folder)
        manager.transport, manager.cache_ports = "ipc", False
        manager.ip, manager.connection_file = str(folder / "k"), str(folder / "kernel.json")
        kwargs["cwd"] = str(home_of(folder))
        kwargs = await super().pre_launch(**kwargs)
        kwargs["env"] = clean_environment(folder)
        kwargs["stdout"] = kwargs["stderr"] = subprocess.DEVNULL
        return kwargs

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def keep(self, pid: int) -> None:
        """A snapshot, which is to outlive the kernel: in a group of its own, kill() leaves it alone."""

    async def wait(self):
        while await self.poll() is None:  # the inherited one looks ten times a second
            await asyncio.sleep(0.002)
        return await super().wait()

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


class OneSpec(KernelSpecManager):
    """Every kernel is ours, whatever name a notebook asks for."""

    spec = Instance(KernelSpec)

    def get_kernel_spec(self, kernel_name):
        return self.spec


def kernel_manager(settings, folder: Path) -> KernelManager:
    """A manager, not started, whose kernel will live in `folder` behind the walls that the settings name."""
    name = "descent:" + settings.provisioner
    group = KernelProvisionerFactory.GROUP_NAME
    KernelProvisionerFactory.provisioners[name] = EntryPoint(name, settings.provisioner, group)
    config = {"folder": str(folder), "limits": settings.of_kernel()}
    provisioner = {"provisioner_name": name, "config": config}
    spec = KernelSpec(argv=list(ARGV), display_name="Python 3", language="python", interrupt_mode="signal",
                      metadata={"kernel_provisioner": provisioner})
    return KernelManager(kernel_name="python3", kernel_spec_manager=OneSpec(spec=spec))


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
