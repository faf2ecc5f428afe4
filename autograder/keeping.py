"""Keep what workers found: notebook and journal first, then the gradebook, then the pages.

A result is on the disk before anything builds on it, and every step may be done again without harm.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from autograder import feedback, pool, report, versions
from autograder.coursedir import ClassFolder
from autograder.journal import Journal
from autograder.notes import Note
from autograder.record import Records, read_timestamp
from autograder.submission import Job


@dataclass
class Work:
    """One run over a class: what is known about it so far."""

    folder: ClassFolder
    records: Records
    journal: Journal
    executor: Callable
    jobs: dict[str, Job] = field(default_factory=dict)
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    recorded: set[str] = field(default_factory=set)
    pages: dict[str, str] = field(default_factory=dict)
    extra: dict[str, list[Note]] = field(default_factory=dict)


def keep(work: Work, job: Job, result: dict[str, Any]) -> None:
    """Put a result where a crash cannot reach it: the notebook first, then the journal."""
    result = dict(result)
    replace(autograded(work, job), result.pop("notebook"))
    stamp = Path(job.folder) / "timestamp.txt"
    if stamp.is_file() and not stamp.is_symlink():
        replace(autograded(work, job).parent / "timestamp.txt", stamp.read_text("utf-8", "replace")[:200])
    work.journal.append({"result": result})
    work.done[job.key] = result


def record(work: Work, keys: list[str]) -> None:
    """Record a batch in one transaction. If it fails, one by one, so that only the broken ones stay out."""
    if not keys:
        return
    try:
        for key in keys:
            record_one(work, key)
        work.records.commit()
        written = list(keys)
    except Exception:
        work.records.rollback()
        written = [key for key in keys if recorded_alone(work, key)]
    work.journal.append({"recorded": written})
    work.recorded.update(written)


def recorded_alone(work: Work, key: str) -> bool:
    try:
        record_one(work, key)
        work.records.commit()
    except Exception as error:
        work.records.rollback()
        why = f"{type(error).__name__}: {error}"[:300]
        work.extra.setdefault(key, []).append(report.not_recorded(why))
        return False
    return True


def record_one(work: Work, key: str) -> None:
    job = work.jobs[key]
    nb = nbformat.read(autograded(work, job), as_version=4)
    work.records.save(nb, job.student, job.assignment, read_timestamp(Path(job.folder))[0])


def refresh(work: Work) -> None:
    """Times of submission, due dates and penalties may change without any new grading."""
    for key in work.done:
        job = work.jobs[key]
        row = work.records.row(job.student, job.assignment)
        if row is None:
            continue
        stamp, said = read_timestamp(Path(job.folder))
        work.extra.setdefault(key, []).extend(said)
        row.assignment.timestamp = stamp
        if row.assignment.duedate is not None or row.late_submission_penalty:
            work.records.late(row)
    work.records.commit()


def write_pages(work: Work, workers: int, progress: Callable) -> None:
    """Write the feedback page of every submission whose notebook, scores or comments are not those of the
    page."""
    tasks, wanted = [], {}
    for key, result in work.done.items():
        job = work.jobs[key]
        row = work.records.row(job.student, job.assignment)
        if row is None:
            continue
        known = feedback.scores_of(row)
        target = work.folder.place("feedback", job.student, job.assignment) / f"{job.assignment}.html"
        name = f"{job.student}/{job.assignment}"
        state = versions.key(known=known, notebook=result["sha"], grader=versions.grader_version())
        if work.pages.get(name) != state or not target.exists():
            task = (str(autograded(work, job)), str(target), job.assignment, known)
            tasks.append(task)
            wanted[task[1]] = (key, name, state)
    with progress("feedback", len(tasks)) as advance:
        for task, size in pool.results(feedback.write_page, tasks, min(workers, max(1, len(tasks) // 10)),
                                       executor=work.executor):
            key, name, state = wanted[task[1]]
            if isinstance(size, pool.Lost):
                work.extra.setdefault(key, []).append(report.no_page(size.why))
            else:
                work.pages[name] = state
            advance(name)
    if tasks:
        work.journal.append(
            {"pages": {name: work.pages[name] for _, name, _ in wanted.values() if name in work.pages}}
        )


def autograded(work: Work, job: Job) -> Path:
    return work.folder.place("autograded", job.student, job.assignment) / f"{job.assignment}.ipynb"


def replace(path: Path, text: str) -> None:
    """Write a file so that it is either the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
