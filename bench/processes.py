"""What a command and everything that it starts cost: wall time, CPU time, memory."""

import contextlib
import ctypes
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from autograder.gradebook.coursedir import ROOT

PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Cost:
    """wall: seconds until the command ended. cpu: seconds of all its processes, also of those that outlived it."""

    wall: float
    cpu: float
    stdout: str


def cost(argv: list[str], *, folder: Path = ROOT) -> Cost:
    """Run a command until it and everything that it started have ended. Raises RuntimeError with its output if it fails.

    Meanwhile this process is the subreaper of orphans, so that their CPU time is counted here.
    """
    libc = ctypes.CDLL(None)
    if sys.platform == "linux":
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    ours = children()  # such as a server of this process's own, which goes on
    before, began = cpu_of_children(), time.perf_counter()
    try:
        done = subprocess.run(argv, cwd=folder, env=environment(), capture_output=True, text=True)
        wall = time.perf_counter() - began
        while sys.platform == "linux" and (left := children() - ours):
            for pid in left:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
    finally:
        if sys.platform == "linux":
            libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        )
    return Cost(wall, cpu_of_children() - before, done.stdout)


def children() -> set[int]:
    """The processes whose parent is this one, orphans that it has adopted among them."""
    found: set[int] = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(path.read_text(errors="replace").rpartition(")")[2].split()[1]) == os.getpid():
                found.add(int(path.parent.name))
    return found


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def environment() -> dict[str, str]:
    beside = str(Path(sys.executable).parent)
    return os.environ | {
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": os.pathsep.join([beside, os.environ.get("PATH", "")]),
    }


def peak_memory(argv: list[str], seconds: float = 0.5) -> tuple[float, float]:
    """Run a command; returns the peak memory in bytes of its first process, and of all others together, sampled every
    `seconds`. Shared pages are divided among the processes that share them (PSS). NaN on systems without it."""
    process = subprocess.Popen(argv, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    first = others = 0.0
    while process.poll() is None:
        sizes = {pid: proportional_set_size(pid) for pid in descendants(process.pid)}
        first = max(first, sizes.pop(process.pid, 0))
        others = max(others, sum(sizes.values()))
        time.sleep(seconds)
    return (first, others) if others else (float("nan"), float("nan"))


def descendants(pid: int) -> set[int]:
    """A process and all its descendants."""
    tree, todo = set(), [pid]
    while todo:
        parent = todo.pop()
        tree.add(parent)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                todo += map(int, (task / "children").read_text().split())
    return tree


def proportional_set_size(pid: int) -> int:
    """PSS of a process in bytes."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0
