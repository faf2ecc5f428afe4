"""The two steps that need walls: run a student's cells in a kernel, then let the judge try the test cells."""

import difflib
import math
import time
from dataclasses import fields, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.sandbox import cpu_affinity
from autograder.judging.judge import Verdict, get_ready, judge
from autograder.intake.limits import IntakeLimits
from autograder.intake.masters import Master
from autograder.intake.roles import is_test
from autograder.grading.outcome import Judged, error_output
from autograder.sandbox.run import run
from autograder.gradebook.secret import load_secret
from autograder.sandbox.settings import Settings
from autograder.grading.submission import Job


def settings_from(limits: dict[str, float]) -> Settings:
    """Settings with what a class changes: any number of settings.Settings, and test_seconds for one test.

    Raises ValueError for a name that is no limit, or a value that is no positive number.
    """
    of_intake = {f.name for f in fields(IntakeLimits)}
    known = {f.name for f in fields(Settings) if f.type in ("int", "float", int, float)} | {"test_seconds"} | of_intake
    for name, value in limits.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            meant = f"did you mean {near[0]}? There are" if near else "there are"
            raise ValueError(f"[limits] {name} is unknown; {meant}: {', '.join(sorted(known))}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise ValueError(f"[limits] {name} = {value!r}: must be a finite number > 0")
    changed = Settings(**{name: value for name, value in limits.items() if name not in {"test_seconds"} | of_intake})
    seconds = limits.get("test_seconds", changed.wire.seconds)
    return replace(changed, wire=replace(changed.wire, seconds=seconds))


def run_and_judge(nb: NotebookNode, master: Master, job: Job, seconds: dict[str, float]) -> dict[str, Judged]:
    """Run `nb`, which gets the outputs of its cells, and return the verdict of every test cell.

    `seconds` gets the time of both steps. Raises OSError, RuntimeError when the machine cannot run a kernel.
    """
    return with_settings(settings_from(dict(job.limits)), nb, master, job, seconds)


def run_and_judge_without_walls(nb: NotebookNode, master: Master, job: Job,
                                seconds: dict[str, float]) -> dict[str, Judged]:
    """The same for code that is trusted: it can read and change whatever the person who grades can."""
    settings = replace(settings_from(dict(job.limits)), provisioner="autograder.sandbox.local_kernel:LocalKernel")
    return with_settings(settings, nb, master, job, seconds)


def with_settings(settings: Settings, nb: NotebookNode, master: Master, job: Job,
                  seconds: dict[str, float]) -> dict[str, Judged]:
    lang = nb.metadata.descent.lang
    about = dict(assignment=job.assignment, lang=lang, settings=settings,
                 secret=job.secret or load_secret(Path(job.class_folder)))
    get_ready(master.solution, **about)
    began = time.perf_counter()
    with cpu_affinity.taken(), run(nb, settings=settings) as ran:
        seconds["run"] = round(time.perf_counter() - began, 3)
        for cell, after in zip(nb.cells, ran.nb.cells, strict=True):
            if cell.cell_type == "code" and not is_test(cell):
                cell.outputs, cell.execution_count = after.outputs, after.execution_count
        began = time.perf_counter()
        verdicts = judge(master.solution, ran, student=job.student, **about)
        seconds["judge"] = round(time.perf_counter() - began, 3)
    return {verdict.grade_id: judged(verdict, lang) for verdict in verdicts}


def judged(verdict: Verdict, lang: str) -> Judged:
    """A verdict in the notebook's language; a test that is broken, or trained for too long, waits for a person."""
    outputs = [nbformat.from_dict(output) for output in verdict.outputs]
    if verdict.reason:
        kept = [out for out in outputs if out.output_type not in ("error", "execute_result")]
        outputs = [*kept, error_output("NotTried", verdict.reason.get(lang, verdict.reason["en"]))]
    broken = verdict.reason is not None and verdict.reason["code"] in ("test_broken", "training_time")
    why = verdict.reason and {name: verdict.reason[name] for name in ("en", "zh")}
    about = {"exercise": verdict.exercise, "mistake": verdict.mistake, "failed": list(verdict.failed),
             "missing": verdict.missing, "seconds": round(verdict.seconds, 3), "limit": verdict.limit,
             "reason": verdict.reason and verdict.reason["code"]}
    if verdict.score:
        about["score"] = verdict.score
    return Judged(None if broken else verdict.points, outputs, why, about)
