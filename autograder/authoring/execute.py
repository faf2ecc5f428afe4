"""Run a chapter once, for both languages, where it may not see the answers and may not write a warning."""

import os
import re
import tempfile
from copy import deepcopy

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from autograder.authoring.chapter import Chapter
from autograder.authoring.source import Problems, Unit

SECONDS_PER_CELL = 120
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ADDRESS = re.compile(r"at 0x[0-9a-f]{6,}")


def execute(chapter: Chapter) -> None:
    """Fill in the outputs of both notebooks from one execution; raise CannotBuild on any error or warning."""
    import matplotlib.font_manager  # noqa: F401  builds the font cache here, where its notice is no output

    problems = Problems(chapter.path)
    nb = chapter.notebooks["en"]
    cells = [(index, cell) for index, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    units = [unit for unit in chapter.units if unit.kind == "code"]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as ipython:
        client = NotebookClient(nb, timeout=SECONDS_PER_CELL, kernel_name="python3", record_timing=False,
                                coalesce_streams=True, extra_arguments=["--log-level=ERROR"],
                                resources={"metadata": {"path": folder}})
        with client.setup_kernel(env=environment(ipython)):
            for unit, (index, cell) in zip(units, cells, strict=True):
                try:
                    client.execute_cell(cell, index)
                except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                    problems.add(unit, "failed when executed: " + COLOUR.sub("", str(error)).strip())
                    problems.refuse()
                check_outputs(unit, cell, problems)
    problems.refuse()
    counts = {cell.id: len(cell.outputs) for _, cell in cells if cell.outputs}
    for lang in ("zh", "en"):  # en, which was executed and holds both, comes last
        translated = chapter.notebooks[lang]
        for index, cell in cells:
            translated.cells[index].outputs = [in_language(output, lang) for output in cell.outputs]
        translated.metadata.descent.outputs = counts


def environment(ipython: str) -> dict[str, str]:
    """The kernel's environment: this Python, nothing of ours but `descent`, no settings of the author's."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "MPLBACKEND", "IPYTHON", "DESCENT_"))}
    return {**kept, "DESCENT_BUILD": "1", "IPYTHONDIR": ipython, "PYTHONHASHSEED": "0",
            "OPENBLAS_NUM_THREADS": "1"}


def check_outputs(unit: Unit, cell: NotebookNode, problems: Problems) -> None:
    for output in cell.outputs:
        text = output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
        if output.get("name") == "stderr":
            problems.add(unit, f"wrote to stderr, which a chapter never does: {text.strip()[:500]}")
        elif found := ADDRESS.search(text):
            problems.add(unit, f"shows a memory address ({found[0]}), new in each build; end with plt.show()")


def in_language(output: NotebookNode, lang: str) -> NotebookNode:
    """Return a copy of an output, in the language asked for where descent.say left both in its metadata."""
    output = deepcopy(output)
    both = output.get("metadata", {}).pop("descent", None)
    if both:
        output.data = both[lang]
    return output
