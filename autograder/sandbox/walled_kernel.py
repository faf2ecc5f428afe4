"""Kernels in the sandbox: forked from the worker's zygote into namespaces of their own."""

import socket
from collections.abc import Collection
from pathlib import Path

from autograder.sandbox.fair_clock import children, newest_child
from autograder.sandbox.local_kernel import MAX_PATH, clean_environment, home_of
from autograder.sandbox.student_kernel import Host
from autograder.sandbox.zygote import NamespaceHandle, Zygote


class WalledKernel:
    """A StudentKernel whose namespaces end when its control socket closes."""

    def __init__(self, host: Host, limits: dict, workdir: Path | None):
        if workdir is not None and len(str(workdir)) > MAX_PATH - 20:
            raise ValueError(f"workdir = {str(workdir)!r}: the path is too long for a Unix socket, use a shorter one")
        self.cpu, self.limits, self.own_zygote = host.cpu, limits, workdir is not None
        self.zygote = Zygote(workdir) if workdir is not None else host.zygote()
        self.folder = self.zygote.new_folder()
        self.namespaces: NamespaceHandle | None = None
        self.inner_pids: dict[int, int] = {}  # of the snapshots: pid on this machine -> pid in the namespace
        self.group = host.group
        self.oom_kills_before = oom_kills()
        self.group_before = self.group.events() if self.group else (0, 0)

    def start(self, channel: socket.socket) -> None:
        request = {
            "folder": str(self.folder),
            "home": str(home_of(self.folder)),
            "limits": self.limits,
            "env": clean_environment(self.folder),
            "cpu": self.cpu,
        }
        if self.namespaces is not None:
            self.namespaces.close()
        self.namespaces = self.zygote.fork(request, channel, self.limits["start_seconds"])

    @property
    def started(self) -> NamespaceHandle:
        assert self.namespaces is not None  # `start` comes first
        return self.namespaces

    def kernel_pid(self) -> int:
        return newest_child(self.started.init_pid)  # the init process has forked nothing else

    def root_pid(self) -> int:
        return self.started.init_pid

    def alive(self) -> bool:
        return self.started.kernel_alive()

    def limit_met(self) -> str | None:
        return self.started.limit_met

    def last_words(self) -> str:
        return self.started.failure or ""

    def accident(self, seconds: float) -> str | None:
        if self.namespaces is not None and self.namespaces.accident(seconds):
            return "a process of the sandbox was killed from outside"
        own_fault = self.group.kills_since(self.group_before) if self.group else 0
        if seconds and oom_kills() - self.oom_kills_before > own_fault:
            return "the machine ran out of memory and the system killed a process"
        return None

    def interrupt(self) -> None:
        self.started.command("interrupt")

    def keep(self, pid: int) -> None:
        inner_pid = pid_in_namespace(pid)
        if inner_pid is not None:
            self.inner_pids[pid] = inner_pid
            self.started.command(f"keep {inner_pid}")

    def seal(self) -> None:
        if self.namespaces is not None:
            self.namespaces.seal()

    def kill_all_but(self, snapshots: Collection[int]) -> None:
        # Once the kernel is dead every process is a child of the init process or a descendant of such a child.
        if set(children(self.started.init_pid)) <= set(snapshots):
            return
        inner_pids = " ".join(str(self.inner_pids[pid]) for pid in snapshots if pid in self.inner_pids)
        self.started.command(f"keep-only {inner_pids}")
        self.started.seal()

    def end(self) -> None:
        if self.namespaces is not None:
            self.namespaces.close()
        if self.own_zygote:
            self.zygote.end()


def oom_kills() -> int:
    """How many processes the system has killed for lack of memory since it booted."""
    try:
        with open("/proc/vmstat") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("oom_kill ")), 0)
    except OSError:
        return 0


def pid_in_namespace(pid: int) -> int | None:
    """The pid of a process in the innermost namespace that it is in, None if it has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="latin-1") as file:  # a process chooses its own name
            pids = next(line for line in file if line.startswith("NSpid:")).split()
    except (OSError, StopIteration):
        return None
    return int(pids[-1])
