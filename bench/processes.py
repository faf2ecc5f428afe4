"""Measure a command with all its child processes: wall time, CPU time, memory."""

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

    While it runs, this process is the subreaper of its orphans, so that their CPU time is counted, too.
    """
    libc = ctypes.CDLL(None)
    if sys.platform == "linux":
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    own_children = children()  # this process's own, such as a forkserver: not to wait for
    cpu_before, start = cpu_of_children(), time.perf_counter()
    try:
        process = subprocess.run(argv, cwd=folder, env=environment(), capture_output=True, text=True)
        wall = time.perf_counter() - start
        while sys.platform == "linux" and (remaining := children() - own_children):
            for pid in remaining:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
    finally:
        if sys.platform == "linux":
            libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    if process.returncode:
        raise RuntimeError(
            f"{' '.join(argv)} ended with {process.returncode}:\n{process.stdout[-2000:]}{process.stderr[-4000:]}"
        )
    return Cost(wall, cpu_of_children() - cpu_before, process.stdout)


def children() -> set[int]:
    """The pids of this process's children, including orphans that it has adopted."""
    pids: set[int] = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(path.read_text(errors="replace").rpartition(")")[2].split()[1]) == os.getpid():
                pids.add(int(path.parent.name))
    return pids


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def environment() -> dict[str, str]:
    scripts = str(Path(sys.executable).parent)
    return os.environ | {
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")]),
    }


def peak_memory(argv: list[str], seconds: float = 0.5) -> tuple[float, float]:
    """Run a command; returns the peak memory in bytes of its first process, and of all others together, sampled every
    `seconds`. Shared pages are divided among the processes that share them (PSS). NaN on systems without it."""
    process = subprocess.Popen(argv, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak_of_first = peak_of_others = 0.0
    while process.poll() is None:
        sizes = {pid: proportional_set_size(pid) for pid in descendants(process.pid)}
        peak_of_first = max(peak_of_first, sizes.pop(process.pid, 0))
        peak_of_others = max(peak_of_others, sum(sizes.values()))
        time.sleep(seconds)
    return (peak_of_first, peak_of_others) if peak_of_others else (float("nan"), float("nan"))


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
