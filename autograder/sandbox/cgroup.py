"""Control groups (cgroup v2), where this process may make some: each worker gets a group of its own.

A group needs no administrator where systemd delegates one:

    systemd-run --user --scope -p Delegate=yes make grade CLASS=...

Without it nothing changes: the limits of processes (inside/isolate.py) and of a notebook (inside/namespace_init.py) hold
with and without. A group adds what the system counts by itself: all memory of a worker, the system's own for it included.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

CONTROLLERS = ("cpu", "memory", "pids")
GRADER = (
    "descent-grader"  # the group that the grader itself moves to: a group with processes gives nothing to groups below
)
WORKER = "descent-worker-"
WEIGHT = 100  # of each worker: equal shares of the CPUs, however many processes one has
SPARE_BYTES, SPARE_PROCESSES = 2 << 30, 256  # for a worker's own processes: zygote, judges, their parents
HOW = "systemd-run --user --scope -p Delegate=yes make grade CLASS=... lets each worker have one"


@dataclass(frozen=True)
class Group:
    """A worker's group. folder: its directory."""

    folder: Path

    def limit(self, memory_bytes: int, processes: int) -> None:
        """Set the limits for one notebook, with what belongs to the grader on top."""
        with contextlib.suppress(OSError):
            (self.folder / "memory.max").write_text(f"{memory_bytes + SPARE_BYTES}\n")
            (self.folder / "pids.max").write_text(f"{processes + SPARE_PROCESSES}\n")

    def events(self) -> tuple[int, int]:
        """(how often the group's own limit of memory was met, how many of its processes the system has killed for lack of
        memory, that of the machine included)"""
        try:
            text = (self.folder / "memory.events").read_text()
            counts = {name: int(number) for name, number in map(str.split, text.splitlines())}
        except (OSError, ValueError):
            return 0, 0
        return counts.get("oom", 0), counts.get("oom_kill", 0)

    def kills_since(self, before: tuple[int, int]) -> int:
        """How many processes the group's own limit has cost since `before`, which the submission is to blame for. Without an
        event of that limit the machine was out of memory, which is nobody's fault: 0."""
        limit_met, killed = self.events()
        return killed - before[1] if limit_met > before[0] else 0

    def remove(self) -> None:
        """Remove the group, if no process is left in it."""
        with contextlib.suppress(OSError):
            self.folder.rmdir()


def own_folder(mounts: Path = Path("/proc/self/mountinfo"), groups: Path = Path("/proc/self/cgroup")) -> Path | None:
    """The directory of this process's group in the cgroup v2 hierarchy, None without one."""
    try:
        mounted = [line.split() for line in mounts.read_text().splitlines() if " - cgroup2 " in line]
        name = next(line[3:] for line in groups.read_text().splitlines() if line.startswith("0::"))
    except (OSError, StopIteration):
        return None
    if not mounted:
        return None
    root, point = mounted[0][3], mounted[0][4]
    below = name if root == "/" else name.removeprefix(root)
    return Path(point + below.rstrip("/")) if below.startswith("/") or root != "/" else None


def why_not(folder: Path | None) -> str:
    """Why groups cannot be made below a folder; "" if they can."""
    if folder is None:
        return "this system has no cgroup v2"
    try:
        controllers = (folder / "cgroup.controllers").read_text().split()
    except OSError:
        return "this system has no cgroup v2"
    missing = [name for name in CONTROLLERS if name not in controllers]
    if missing:
        return f"the controllers {', '.join(missing)} are not delegated to {folder}"
    needed = (folder, folder / "cgroup.procs", folder / "cgroup.subtree_control")
    if not all(os.access(path, os.W_OK) for path in needed):
        return f"{folder} cannot be written"
    return ""


def session_folder() -> Path | None:
    """The directory of this process's group; if that is the grader's own or a worker's, the one above."""
    folder = own_folder()
    if folder is not None and (folder.name == GRADER or folder.name.startswith(WORKER)):
        folder = folder.parent
    return folder


def delegated() -> Path | None:
    """The directory below which groups can be made, None where they cannot."""
    folder = session_folder()
    return folder if not why_not(folder) else None


def join(folder: Path | None = None) -> Group | None:
    """Move this process, whose children follow, into a group of its own; None where no group can be made. folder: where,
    None for `delegated`.

    Must come before the process has children: those it has stay where they are.
    """
    folder = folder or delegated()
    if folder is None:
        return None
    own = folder / f"{WORKER}{os.getpid()}"
    try:
        remove_abandoned(folder)
        make_room(folder)
        own.mkdir(exist_ok=True)
        (own / "cpu.weight").write_text(f"{WEIGHT}\n")
        (own / "cgroup.procs").write_text(f"{os.getpid()}\n")
    except OSError:  # delegated less than it seemed: all limits hold without
        with contextlib.suppress(OSError):
            own.rmdir()
        return None
    return Group(own)


def make_room(folder: Path) -> None:
    """Turn on the controllers for the groups below a folder, after its own processes have moved to the grader's group: the
    system refuses it while there are any. Raises OSError."""
    control = folder / "cgroup.subtree_control"
    if set(CONTROLLERS) <= set(control.read_text().split()):
        return
    grader = folder / GRADER
    grader.mkdir(exist_ok=True)
    for pid in (folder / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            (grader / "cgroup.procs").write_text(f"{pid}\n")
    control.write_text(" ".join(f"+{name}" for name in CONTROLLERS) + "\n")


def remove_abandoned(folder: Path) -> None:
    """Remove the groups of workers that have ended: a group with processes cannot be removed, so this is always safe."""
    for path in folder.glob(f"{WORKER}*"):
        Group(path).remove()


def line() -> tuple[bool | None, str]:
    """For `make doctor`: (whether groups are used, what to know about it)."""
    folder = session_folder()
    reason = why_not(folder)
    if not reason:
        return True, f"cgroup v2: each worker gets a group below {folder} (cpu.weight, memory.max, pids.max)"
    return None, f"cgroup v2: not used, because {reason}; not needed, {HOW}"
