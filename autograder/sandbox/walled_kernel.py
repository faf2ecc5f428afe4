"""Kernels behind walls: what `Settings.provisioner` names for everything but trusted code.

A kernel is forked from the worker's zygote into namespaces of its own; its first process is ours and ends it.
"""

import socket
from pathlib import Path

from autograder.sandbox import cpu_affinity, zygote
from autograder.sandbox.local_kernel import clean_environment, home_of

LONGEST = 80  # characters of a run's folder: sockets live there
LIVES: dict[str, zygote.Life] = {}  # of the runs that are not closed yet, by folder
ZYGOTES: dict[str, zygote.Zygote] = {}


class Walled:
    """One kernel of this thread's zygote."""

    def __init__(self, limits: dict, folder: Path, channel: socket.socket):
        request = {"folder": str(folder), "home": str(home_of(folder)), "limits": limits, "env": clean_environment(folder),
                   "processor": cpu_affinity.ours()}
        if str(folder) in LIVES:  # an earlier try
            LIVES.pop(str(folder)).close()
        self.life = LIVES[str(folder)] = ZYGOTES[str(folder)].fork(request, channel, limits["start_seconds"])

    def alive(self) -> bool:
        return self.life.alive()

    def why(self) -> str | None:
        """The limit that ended the kernel: "memory", "cpu", or None."""
        return self.life.why

    def last_words(self) -> str:
        """What a kernel said that never came to life."""
        return self.life.failed or ""

    def interrupt(self) -> None:
        self.life.say("interrupt")

    def kill(self) -> None:
        """End everything but the snapshots that are to be kept."""
        self.life.seal()

    def keep(self, pid: int) -> None:
        """A snapshot that outlives the kernel, by its pid on this machine."""
        inside = pid_inside(pid)
        if inside is not None:
            self.life.say(f"keep {inside}")

    # -- what a run needs besides a kernel

    @staticmethod
    def new_folder(workdir: Path | None) -> Path:
        """A run's folder, which kernels see at the same path. With `workdir`, and for this run alone, there."""
        if workdir is not None and len(str(workdir)) > LONGEST - 20:
            raise ValueError(f"workdir = {str(workdir)!r}: too long a path for a socket, use a shorter one")
        owner = zygote.Zygote(workdir) if workdir is not None else zygote.ours()
        folder = owner.new_folder()
        ZYGOTES[str(folder)] = owner
        return folder

    @staticmethod
    def end(folder: Path) -> None:
        """End every process of the run in `folder` and wait until they have ended."""
        life = LIVES.pop(str(folder), None)
        if life is not None:
            life.close()
        owner = ZYGOTES.pop(str(folder), None)
        if owner is not None and owner is not getattr(zygote.OURS, "zygote", None):
            owner.end()


def pid_inside(pid: int) -> int | None:
    """What the kernel's own namespace calls a process of this machine."""
    try:
        with open(f"/proc/{pid}/status") as file:
            numbers = next(line for line in file if line.startswith("NSpid:")).split()
    except (OSError, StopIteration):
        return None
    return int(numbers[-1])
