"""Time Run All in each chapter, for the solution and the student notebook, on an idle or a busy machine.

    python -m bench chapters [--chapters=03,05] [--lang=en] [--busy] [--write]

Each notebook runs in a fresh kernel, as in JupyterLab. The aims on two idle cores are 45 s for a solution notebook and 20 s
for a student notebook; with --busy, which keeps one other process on each core, twice that.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from autograder import ROOT
from bench import measure

AIMS = {"solutions": 45.0, "notebooks": 20.0}  # seconds
SLOWEST = 3  # cells named for each notebook
WORDS = {"solutions": "solution", "notebooks": "student"}


def run_all(path: Path) -> tuple[float, list[tuple[float, str]]]:
    """Wall seconds of all cells of a notebook, and the slowest cells: (seconds, first line). Errors do not stop it."""
    nb = nbformat.read(path, as_version=4)
    client = NotebookClient(nb, kernel_name="python3", allow_errors=True, timeout=600, record_timing=False)
    cells = []
    with client.setup_kernel():
        for index, cell in enumerate(nb.cells):
            if cell.cell_type == "code":
                started = time.perf_counter()
                client.execute_cell(cell, index)
                cells.append((time.perf_counter() - started, next(iter(cell.source.splitlines()), "")))
    return sum(seconds for seconds, _ in cells), sorted(cells, reverse=True)[:SLOWEST]


@contextlib.contextmanager
def neighbours(number: int) -> Iterator[None]:
    """Keep `number` other processes computing."""
    spinning = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def report(names: list[str], lang: str, busy: bool) -> str:
    rows = []
    for name in names:
        for folder, aim in AIMS.items():
            seconds, slowest = run_all(ROOT / folder / lang / name / f"{name}.ipynb")
            limit = aim * (2 if busy else 1)
            listed = "; ".join(f"{took:.1f} s `{line[:50]}`" for took, line in slowest if took > 0.5)
            rows.append(
                [name, WORDS[folder], f"{seconds:.0f}", f"{limit:.0f}", "" if seconds <= limit else "over", listed]
            )
    return (
        f"{measure.machine(os.cpu_count() or 1)}; {'one other process on each core' if busy else 'idle'}, load "
        f"{measure.load():.1f}.\n\n"
        + measure.table(["chapter", "notebook", "seconds", "aim", "", "slowest cells"], rows)
    )


def main(options: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench chapters")
    parser.add_argument("--chapters", default="", help="only these, by number: 03,05")
    parser.add_argument("--lang", default="en", choices=("en", "zh"))
    parser.add_argument("--busy", action="store_true", help="with another process on each core")
    parser.add_argument("--write", action="store_true", help="publish the table in docs/bench.md")
    arguments = parser.parse_args(options)
    built = sorted(path.name for path in (ROOT / "solutions" / arguments.lang).iterdir() if path.is_dir())
    names = [name for name in built if not arguments.chapters or name[:2] in arguments.chapters.split(",")]
    with neighbours(os.cpu_count() or 1) if arguments.busy else contextlib.nullcontext():
        text = report(names, arguments.lang, arguments.busy)
    print(text)
    if arguments.write:
        measure.publish("chapters, busy" if arguments.busy else "chapters", text)
    return 0
