"""The two steps that need the sandbox: run a student's cells in a kernel, then let the judge try the test cells."""

import time
from dataclasses import replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.grading import in_kernel
from autograder.grading.failed_cells import explained
from autograder.grading.job import Job
from autograder.grading.limits import settings_from
from autograder.grading.outcome import Judged, error_output
from autograder.intake import masters
from autograder.intake.masters import Master
from autograder.intake.roles import flags, is_test
from autograder.judging import worker as workers
from autograder.judging.judge import Verdict, judge, prepare
from autograder.sandbox.run import run

WITHOUT_WALLS = "autograder.sandbox.local_kernel:LocalKernel"


def run_and_judge(nb: NotebookNode, master: Master, job: Job, seconds: dict[str, float]) -> dict[str, Judged]:
    """Run `nb`, which gets the outputs of its cells, and return the verdict of every test cell by its grade_id.

    `seconds` gets the time of both steps, and holds the CPU time of admission. With job.isolation "none" the code can read and change whatever the person who
    grades can. Raises Accident, CannotStart, NoWalls, OSError.
    """
    settings = settings_from(dict(job.limits))
    if job.isolation == "none":
        settings = replace(settings, kernel_class=WITHOUT_WALLS)
    lang = nb.metadata.descent.lang
    worker = workers.current()
    inside = in_kernel.tests_of(nb)
    tests = frozenset(flags(cell)["grade_id"] for cell in nb.cells if is_test(cell)) - inside
    terms = dict(worker=worker, tests=tests, assignment=job.assignment, lang=lang, settings=settings, secret=job.secret)
    if inside and not job.in_kernel:
        nb = in_kernel.without(nb, inside)
    if worker.group:
        worker.group.limit(settings.total_memory_bytes, settings.processes)
    prepare(master.solution, **terms)
    files = masters.files_of(Path(job.released) / lang / job.assignment, master)
    own = frozenset(cell.id for cell in nb.cells) - {cell.id for cell in master.solution.cells}
    began = time.perf_counter()
    with worker.pinned(), run(nb, host=worker, tests=tests, settings=settings, files=files, own=own) as ran:
        seconds["run"] = round(time.perf_counter() - began, 3)
        for cell, executed in zip(nb.cells, ran.nb.cells, strict=True):
            if cell.cell_type == "code" and not is_test(cell):
                cell.outputs, cell.execution_count = executed.outputs, executed.execution_count
        of_kernel = in_kernel.verdicts(ran, inside if job.in_kernel else frozenset(), master.released)
        began = time.perf_counter()
        seconds_left = settings.submission_seconds - seconds.get("admit_cpu", 0.0) - ran.charged
        verdicts = judge(master.solution, ran, **terms, seconds=seconds_left)
        seconds["judge"] = round(time.perf_counter() - began, 3)
        spent = sum(verdict.seconds for verdict in verdicts)
        # as submission_seconds counts
        seconds["charged"] = round(seconds.get("admit_cpu", 0.0) + ran.charged + spent, 3)
    of_judge = {verdict.grade_id: judged(explained(verdict, nb.cells), lang) for verdict in verdicts}
    return of_judge | of_kernel | {name: in_kernel.WAITS for name in inside - of_kernel.keys()}


def judged(verdict: Verdict, lang: str) -> Judged:
    """A verdict in the notebook's language; a test that is broken, or trained for too long, waits for a person."""
    outputs = [nbformat.from_dict(output) for output in verdict.outputs]
    if verdict.reason:
        kept = [output for output in outputs if output.output_type not in ("error", "execute_result")]
        outputs = [*kept, error_output("NotTried", verdict.reason.get(lang, verdict.reason["en"]))]
    broken = verdict.reason is not None and verdict.reason["code"] in ("test_broken", "training_time")
    why = verdict.reason and {name: verdict.reason[name] for name in ("en", "zh")}
    details = {
        "exercise": verdict.exercise,
        "mistake": verdict.mistake,
        "failed": list(verdict.failed),
        "missing": verdict.missing,
        "seconds": round(verdict.seconds, 3),
        "limit": verdict.limit,
        "reason": verdict.reason and verdict.reason["code"],
    }
    if verdict.line:
        details["line"] = verdict.line
    if verdict.score:
        details["score"] = verdict.score
    return Judged(None if broken else verdict.points, outputs, why, details)
