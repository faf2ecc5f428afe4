"""The limits of the shell that the grader was started from (`ulimit`), which every process of ours and of a student's inherits,
and its folder for temporary files.

A student's process never gets more than they allow (inside/isolate.py), and would be blamed for meeting them. So the
grader refuses to grade where one is below what a submission may use. (Only the standard library: the first process of
all imports it.)
"""

import contextlib
import os
import resource
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOM = 1 << 29  # bytes of address space that a process of ours has mapped when it is ready, at most
STACK = 8 << 20  # bytes; what Linux gives by default
TEMPDIR = 60  # characters; a Unix socket's path has at most 107, and multiprocessing makes one of 33 below this folder
SPARE_PROCESSES = 32  # of the grader's own; the system counts all processes of a user together


@dataclass(frozen=True)
class Need:
    """What is needed of one limit. option: of `ulimit`, which counts in `unit`."""

    name: str
    option: str
    what: str
    amount: float
    unit: int = 1


def needs(limits: dict) -> list[Need]:
    """limits: Settings.kernel_limits()."""
    return [
        Need("AS", "-v", "kB of memory", limits["memory_bytes"] + ROOM, 1 << 10),
        Need("DATA", "-d", "kB of data", limits["memory_bytes"] + ROOM, 1 << 10),
        Need("STACK", "-s", "kB of stack", STACK, 1 << 10),
        Need("FSIZE", "-f", "kB for one file", limits["file_bytes"], 1 << 10),
        Need("NOFILE", "-n", "open files", limits["open_files"]),
        Need("NPROC", "-u", "processes", limits["processes"] + SPARE_PROCESSES),
        Need("CPU", "-t", "seconds of CPU time", limits["cpu_seconds"]),
    ]


def lift() -> None:
    """Raise the soft limits that a process only inherits, as far as their hard limits allow."""
    for name in ("NOFILE", "STACK", "DATA"):
        number = getattr(resource, f"RLIMIT_{name}")
        soft, hard = resource.getrlimit(number)
        needed = {"NOFILE": 4096, "STACK": STACK, "DATA": hard}[name]
        most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        if soft != resource.RLIM_INFINITY and (most == resource.RLIM_INFINITY or soft < most):
            with contextlib.suppress(OSError, ValueError):  # macOS has limits of its own
                resource.setrlimit(number, (most, hard))


def choose_tempdir() -> None:
    """Use /tmp where the folder for temporary files ($TMPDIR) has a name that is too long for Unix sockets below it, or, for
    root, where the unprivileged user that students' processes run as cannot enter it."""
    folder = Path(tempfile.gettempdir()).absolute()
    if len(os.fsencode(folder)) > TEMPDIR or (os.getuid() == 0 and not open_to_all(folder)):
        tempfile.tempdir = os.environ["TMPDIR"] = "/tmp"


def open_to_all(folder: Path) -> bool:
    """True if every user may enter this folder."""
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents))


def wrong(limits: dict) -> str | None:
    """What is too little, and the cure; None if nothing is."""
    for need in needs(limits):
        hard = resource.getrlimit(getattr(resource, f"RLIMIT_{need.name}"))[1]
        if hard != resource.RLIM_INFINITY and hard < need.amount:
            return (
                f"this shell allows a process {hard // need.unit} {need.what} (ulimit {need.option}), and submissions may use "
                f"{int(need.amount) // need.unit}: they would lose points for it. Start a shell without this limit (`ulimit "
                f"-H{need.option[1:]}` shows it; it may come from ~/.bashrc, /etc/security/limits.conf or a job scheduler) and "
                "run the same command there"
            )
    return None
