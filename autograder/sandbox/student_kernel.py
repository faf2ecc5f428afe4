"""The interface of the classes that run a student's code: WalledKernel in the sandbox, LocalKernel without.

`Settings.kernel_class` names one of them. Everything about isolation is inside such a class; the rest of the grader
sees one folder, one socket and these methods.
"""

import socket
from collections.abc import Collection
from pathlib import Path
from typing import Any, Protocol

from autograder.sandbox.cgroup import Group


class Host(Protocol):
    """What a kernel needs of the worker that runs it (judging/worker.py)."""

    cpu: int  # the CPU that the worker is pinned to, or cpu_affinity.UNPINNED
    group: Group | None  # the worker's control group, if it has one

    def zygote(self) -> Any:
        """The worker's zygote.Zygote, started if necessary. (Its module imports this one through local_kernel.)"""


class StudentKernel(Protocol):
    """The processes of one notebook's run: the kernel, what its cells start, and the parked snapshots.

    folder: made by the constructor; the kernel sees it at the same path. Its working directory is folder/home.
    """

    folder: Path

    def __init__(self, host: Host, limits: dict, workdir: Path | None):
        """limits: Settings.kernel_limits(). workdir: where `folder` is made, None for the default place.
        Raises ValueError if the path is too long for a Unix socket."""

    def start(self, channel: socket.socket) -> None:
        """Start a kernel that serves `channel` (inside/cells.py). May be called again if the kernel did not get ready.
        Raises CannotStart, NoWalls."""

    def kernel_pid(self) -> int:
        """The kernel's pid, as this machine counts; 0 if it has ended."""

    def root_pid(self) -> int:
        """A process that is an ancestor of every process of the run, 0 if there is none."""

    def alive(self) -> bool:
        """Whether the kernel's process runs."""

    def limit_met(self) -> str | None:
        """The limit that ended the kernel: "memory", "cpu", or None."""

    def last_words(self) -> str:
        """What a kernel that did not get ready wrote before it ended."""

    def accident(self, seconds: float) -> str | None:
        """What ended the processes although neither the grader nor the student's code can have: None if nothing did.
        seconds: how long to wait for the evidence, after a kernel or snapshot has ended."""

    def interrupt(self) -> None:
        """Send SIGINT to the kernel."""

    def keep(self, pid: int) -> None:
        """`seal` leaves this snapshot alive. pid: as this machine counts."""

    def seal(self) -> None:
        """Kill every process but the snapshots to keep."""

    def kill_all_but(self, snapshots: Collection[int]) -> None:
        """After `seal`: kill every process but these snapshots (pids as this machine counts), such as the children of
        another one, and wait for their end."""

    def end(self) -> None:
        """Kill every process and wait for their end. Safe to call twice."""
