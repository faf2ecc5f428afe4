"""Kernels behind walls: the provisioner that `Settings.provisioner` names for everything but trusted code.

A kernel is forked from the worker's zygote into namespaces of its own; its first process is ours and ends it.
"""

from pathlib import Path

from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Dict, Unicode

from . import zygotes
from .sandbox import clean_environment, home_of

LONGEST = 80  # characters of a run's folder: sockets live there
LIVES: dict[str, zygotes.Life] = {}  # of the runs that are not closed yet, by folder
ZYGOTES: dict[str, zygotes.Zygote] = {}


class Walled(KernelProvisionerBase):
    """One kernel of this thread's zygote."""

    folder = Unicode()
    limits = Dict()
    inside_ready = True  # what parks a kernel has been imported before it was forked
    life = None

    @property
    def has_process(self) -> bool:
        return self.life is not None

    async def pre_launch(self, **kwargs):
        manager, folder = self.parent, Path(self.folder)
        manager.transport, manager.cache_ports = "ipc", False
        manager.ip, manager.connection_file = str(folder / "k"), str(folder.parent / f"{folder.name}.json")
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd, **kwargs):
        zygote = ZYGOTES[self.folder]
        connection = {name: value.decode() if isinstance(value, bytes) else value
                      for name, value in self.connection_info.items()}
        request = {"folder": self.folder, "home": str(home_of(self.folder)), "limits": dict(self.limits),
                   "env": clean_environment(Path(self.folder)), "connection": connection}
        self.life = zygote.fork(request, self.limits["start_seconds"])
        LIVES[self.folder] = self.life
        return self.connection_info

    def alive(self) -> bool:
        """At once, without the event loop that the manager's own question takes."""
        return self.life is not None and self.life.alive()

    async def poll(self):
        return None if self.life is None or self.life.alive() else self.life.ended

    def why(self) -> str | None:
        """The limit that ended the kernel: "memory", "cpu", or None."""
        return self.life.why if self.life else None

    def last_words(self) -> str:
        """What a kernel said that never came to life."""
        return (self.life.failed or "") if self.life else ""

    async def wait(self):
        code, self.life = (self.life.ended if self.life else None), None
        return code

    async def send_signal(self, signum: int) -> None:
        if self.life is not None:
            self.life.say("interrupt")

    async def kill(self, restart: bool = False) -> None:
        if self.life is not None:
            self.life.seal()

    def keep(self, pid: int) -> None:
        """A snapshot that outlives the kernel, by its pid on this machine."""
        inside = pid_inside(pid)
        if inside is not None:
            self.life.say(f"keep {inside}")

    async def terminate(self, restart: bool = False) -> None:
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        pass

    # -- what a run needs besides a kernel

    @staticmethod
    def new_folder(workdir: Path | None) -> Path:
        """A run's folder, which kernels see at the same path. With `workdir`, and for this run alone, there."""
        if workdir is not None and len(str(workdir)) > LONGEST - 20:
            raise ValueError(f"workdir = {str(workdir)!r}: too long a path for a socket, use a shorter one")
        zygote = zygotes.Zygote(workdir) if workdir is not None else zygotes.ours()
        folder = zygote.new_folder()
        ZYGOTES[str(folder)] = zygote
        return folder

    @staticmethod
    def end(folder: Path) -> None:
        """End every process of the run in `folder` and wait until they have ended."""
        life = LIVES.pop(str(folder), None)
        if life is not None:
            life.close()
        zygote = ZYGOTES.pop(str(folder), None)
        if zygote is not None and zygote is not getattr(zygotes.OURS, "zygote", None):
            zygote.end()


def pid_inside(pid: int) -> int | None:
    """What the kernel's own namespace calls a process of this machine."""
    try:
        with open(f"/proc/{pid}/status") as file:
            numbers = next(line for line in file if line.startswith("NSpid:")).split()
    except (OSError, StopIteration):
        return None
    return int(numbers[-1])
