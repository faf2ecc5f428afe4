"""What a command costs with everything that it starts: seconds of the clock and of the processor, and memory."""

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
    """wall: seconds until the command ended. processor: of all its processes, also those that outlived it."""

    wall: float
    processor: float
    said: str


def cost(words: list[str], *, folder: Path = ROOT) -> Cost:
    """Run a command to its end and to the end of all that it started. Raises RuntimeError with what it said if it fails.

    Orphans become children of this process for the while, so that the system counts their time here.
    """
    libc = ctypes.CDLL(None)
    if sys.platform == "linux":
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before, began = spent(), time.perf_counter()
    try:
        done = subprocess.run(words, cwd=folder, env=environment(), capture_output=True, text=True)
        wall = time.perf_counter() - began
        with contextlib.suppress(ChildProcessError):
            while sys.platform == "linux":
                os.waitpid(-1, 0)
    finally:
        if sys.platform == "linux":
            libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return Cost(wall, spent() - before, done.stdout)


def spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def environment() -> dict[str, str]:
    beside = str(Path(sys.executable).parent)
    return os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "OPENBLAS_NUM_THREADS": "1",
                         "PATH": os.pathsep.join([beside, os.environ.get("PATH", "")])}


def peak_memory(words: list[str], seconds: float = 0.5) -> tuple[float, float]:
    """Run a command; returns the most bytes that its first process had, and that all others had together. A page
    that several processes share is divided among them. NaN where the system does not say."""
    process = subprocess.Popen(words, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    first = others = 0.0
    while process.poll() is None:
        sizes = {pid: proportional(pid) for pid in descendants(process.pid)}
        first = max(first, sizes.pop(process.pid, 0))
        others = max(others, sum(sizes.values()))
        time.sleep(seconds)
    return (first, others) if others else (float("nan"), float("nan"))


def descendants(pid: int) -> set[int]:
    """A process and all below it."""
    found, todo = set(), [pid]
    while todo:
        one = todo.pop()
        found.add(one)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                todo += map(int, (task / "children").read_text().split())
    return found


def proportional(pid: int) -> int:
    """Bytes of a process's memory, shared pages divided."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0
