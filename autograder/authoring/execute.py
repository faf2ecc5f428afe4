"""Execute a chapter in each language, without access to the answers; a warning is an error."""

import asyncio
import math
import os
import re
import tempfile
import time

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from . import language
from .chapter import Chapter
from .drafts import is_finished
from .minutes import EXPERIMENT
from .source import LANGUAGES, Problems, Unit

SECONDS_PER_CELL = 120
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ADDRESS = re.compile(r"at 0x[0-9a-f]{6,}")
KERNEL = re.compile(r"ipykernel_\d+")


def execute(chapter: Chapter, languages: list[str]) -> list[str]:
    """Fill in the outputs of the notebooks in these languages; return which experiments took longer than is counted.

    Each language has a kernel of its own; with two CPUs both run at once. Raises CannotBuild on any error or warning.
    """
    import matplotlib.font_manager  # noqa: F401  builds the font cache here, so that its notice is in no cell's output

    problems = Problems(chapter.path)
    runs = asyncio.run(run_all(chapter, languages))
    for unit, reason in [complaint for _, complaints in runs.values() for complaint in complaints]:
        languages_affected = [lang for lang, (_, complaints) in runs.items() if (unit, reason) in complaints]
        problems.add(
            unit, reason + ("" if languages_affected == list(LANGUAGES) else f" ({', '.join(languages_affected)})")
        )
    problems.refuse()
    return slow(runs)


Run = tuple[list[tuple[Unit, float]], list[tuple[Unit, str]]]  # (cell, seconds), and (cell, problem)


def slow(runs: dict[str, Run]) -> list[str]:
    """Name the experiments that took longer than the minutes they are counted with. A busy machine makes it a note."""
    notes = {}
    for unit, seconds in (pair for timed, _ in runs.values() for pair in timed):
        counted = 60 * unit.keys.get("minutes", EXPERIMENT)
        if unit.role == "experiment" and seconds > counted:
            notes[unit.line] = (
                f"line {unit.line}: this experiment took {seconds:.0f} s and is counted as {counted:.0f} s: "
                f"say minutes={math.ceil(seconds / 30) / 2:g} if a quiet machine needs as long"
            )
    return [notes[line] for line in sorted(notes)]


async def run_all(chapter: Chapter, languages: list[str]) -> dict[str, Run]:
    turn = asyncio.Semaphore(cpus())
    return dict(zip(languages, await asyncio.gather(*[run(chapter, lang, turn) for lang in languages]), strict=True))


def cpus() -> int:
    """Return how many CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def run(chapter: Chapter, lang: str, turn: asyncio.Semaphore) -> Run:
    """Execute a notebook when it is its turn."""
    nb = chapter.notebooks[lang]
    cells = [(index, cell) for index, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    units = [unit for unit in chapter.units if unit.kind == "code"]
    complaints: list[tuple[Unit, str]] = []
    timed: list[tuple[Unit, float]] = []
    async with turn:
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as ipython:
            client = NotebookClient(
                nb,
                timeout=SECONDS_PER_CELL,
                kernel_name="python3",
                record_timing=False,
                coalesce_streams=True,
                extra_arguments=["--log-level=ERROR"],
                resources={"metadata": {"path": folder}},
            )
            async with client.async_setup_kernel(env=environment(ipython)):
                for unit, (index, cell) in zip(units, cells, strict=True):
                    start = time.perf_counter()
                    try:
                        await client.async_execute_cell(cell, index)
                    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                        complaints.append((unit, "failed when executed: " + COLOUR.sub("", str(error)).strip()))
                        break
                    timed.append((unit, time.perf_counter() - start))
                    complaints += [(unit, reason) for reason in faults(cell)]
                    if is_finished(chapter.path.stem):
                        complaints += [(unit, reason) for reason in language.faults_of_outputs(cell, lang)]
        nb.metadata.descent.outputs = {cell.id: len(cell.outputs) for _, cell in cells if cell.outputs}
        return timed, complaints


def environment(ipython: str) -> dict[str, str]:
    """The kernel's environment: this Python, of our packages only `descent`, none of the author's settings."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "MPLBACKEND", "IPYTHON", "DESCENT_"))
    }
    return {
        **inherited,
        "DESCENT_BUILD": "1",
        "IPYTHONDIR": ipython,
        "PYTHONHASHSEED": "0",
        "OPENBLAS_NUM_THREADS": "1",
    }


def faults(cell: NotebookNode) -> list[str]:
    """Return the outputs that a chapter must not have: text on stderr, a memory address."""
    reasons = []
    for output in cell.outputs:
        text = output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
        if output.get("name") == "stderr":
            reasons.append(
                f"wrote to stderr, which a chapter never does: {KERNEL.sub('ipykernel', text.strip()[:500])}"
            )
        elif ADDRESS.search(text):
            reasons.append("shows a memory address (at 0x...), new in each build; end with plt.show()")
    return reasons
