"""Run and judge for tests that are about processes and not about kernels: no walls, nothing written."""

import os
import time

from nbformat.v4 import new_output

from autograder.grading.outcome import Judged


def judge(nb, master, job, seconds: dict) -> dict:
    """Gives everybody full points, except that "die" kills the worker and "hang" blocks it."""
    for cell in nb.cells:
        if cell.source == "'die'":
            os._exit(1)
        if cell.source == "'hang'":
            time.sleep(600)
    seconds["run"] = 0.001
    return {
        cell.id: Judged(float(cell.metadata.nbgrader.points), [])
        for cell in nb.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    }


def quick(nb, master, job, seconds: dict) -> dict:
    """Answers and plain asserts in this process, a little slower than they are."""
    names, verdicts = {}, {}
    for cell in nb.cells:
        if cell.cell_type != "code" or "os._exit" in cell.source:
            continue
        try:
            exec(cell.source, names)
            error = None
        except Exception as raised:
            error = raised
        flags = cell.metadata.get("nbgrader", {})
        if flags.get("grade"):
            outputs = [new_output("error", ename=type(error).__name__, evalue=str(error))] if error else []
            verdicts[cell.id] = Judged(0.0 if error else float(flags["points"]), outputs)
    time.sleep(0.1)
    seconds["run"] = 0.001
    return verdicts
