"""Compare times as ratios within a round, in which every candidate runs once: a busy machine slows all of them equally."""

import os
import platform
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

PAGE = Path(__file__).resolve().parent.parent / "docs" / "bench.md"


def interleaved(timed: dict[str, Callable[[], float]], *, rounds: int, rng) -> dict[str, np.ndarray]:
    """Call every function once per round, in a new order each time.

    Each function returns the seconds it took, one number or several; we return an array for each, one row per round.
    """
    seconds = {name: [] for name in timed}
    for _ in range(rounds):
        for index in rng.permutation(len(timed)):
            name = list(timed)[index]
            seconds[name].append(timed[name]())
    return {name: np.array(values) for name, values in seconds.items()}


def stopwatch(function: Callable, repeat: int) -> Callable[[], float]:
    """A function that warms up with one call of `function`, then times `repeat` calls; it returns the seconds of one call."""

    def run():
        function()
        start = time.perf_counter()
        for _ in range(repeat):
            function()
        return (time.perf_counter() - start) / repeat

    return run


def spread(values: np.ndarray, digits: int = 2) -> str:
    """The median, with the quartiles in brackets."""
    low, middle, high = np.percentile(values, (25, 50, 75))
    return f"{middle:.{digits}f} ({low:.{digits}f} .. {high:.{digits}f})"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def machine(threads: int) -> str:
    """One sentence about the machine: CPU, cores, Python, system."""
    return (
        f"{cpu_name()}, {os.cpu_count()} cores, {threads} used; Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}"
    )


def cpu_name() -> str:
    """The name of the CPU, from /proc/cpuinfo."""
    info = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.+)", info.read_text()) if info.is_file() else None
    return model[1].strip() if model else platform.processor() or "unknown CPU"


def load() -> float:
    """The load average over the last minute; NaN on systems without one."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def publish(part: str, text: str) -> None:
    """Replace this part of docs/bench.md with `text`. Raises ValueError if the page has no markers for it."""
    page = PAGE.read_text(encoding="utf-8")
    start, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->"
    if start not in page or end not in page:
        raise ValueError(f"{PAGE.name} has no place for {part!r}: add the lines {start.strip()} and {end}")
    before, from_part = page.split(start, 1)
    after = from_part.split(end, 1)[1]
    PAGE.write_text(f"{before}{start}\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
