"""Keep what workers found: notebook and journal first, then the gradebook and the audit.

A result is on the disk before anything builds on it, and every step may be done again without harm.
"""

import contextlib
import json
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from sqlalchemy.exc import OperationalError

from autograder.gradebook import decisions
from autograder.gradebook.audit import Audit
from autograder.gradebook.coursedir import ClassFolder, Submission
from autograder.gradebook.files import replace
from autograder.gradebook.journal import Journal
from autograder.gradebook.record import Records
from autograder.gradebook.timestamps import read_timestamp
from autograder.grading import failures, pool
from autograder.grading.job import Job
from autograder.intake.notes import Note, short


class Results(MutableMapping):
    """Results by key, kept as JSON bytes: as objects those of a big class would take five times the memory."""

    def __init__(self) -> None:
        self._texts: dict[str, bytes] = {}

    def __getitem__(self, key: str) -> dict[str, Any]:
        return json.loads(self._texts[key])

    def __setitem__(self, key: str, result: dict[str, Any]) -> None:
        self._texts[key] = json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode()

    def __delitem__(self, key: str) -> None:
        del self._texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __contains__(self, key: object) -> bool:
        return key in self._texts


@dataclass
class ClassRun:
    """One run over a class. The keys of all dictionaries are Job.key, but for `pages`: "student/assignment".

    regrade_reason: what the audit says when a submission is graded again of which nothing has changed. versions: what
    each grade depends on, for the audit. done: results in the journal. recorded: keys in the gradebook. pages: which
    state of its submission each page shows. extra_notes: what went wrong after grading. changed: assignment -> why it waits,
    of a chapter that has other cells than when its submissions were recorded.
    """

    folder: ClassFolder
    records: Records
    journal: Journal
    audit: Audit
    regrade_reason: str = ""
    jobs: dict[str, Job] = field(default_factory=dict)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)
    done: Results = field(default_factory=Results)
    recorded: set[str] = field(default_factory=set)
    pages: dict[str, str] = field(default_factory=dict)
    extra_notes: dict[str, list[Note]] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)

    def patiently(self, action: Callable[[], Any]) -> Any:
        """Do what needs the gradebook, and wait while another program holds it."""
        return failures.patiently(action, self.records.rollback)

    def names(self, keys: list[str]) -> dict[tuple[str, str], str]:
        """(student, assignment) -> key."""
        return {(self.jobs[key].student, self.jobs[key].assignment): key for key in keys}


def persist_result(run: ClassRun, job: Job, result: dict[str, Any]) -> None:
    """Put a result where a crash cannot reach it: the notebook first, then the journal."""
    result = dict(result)
    replace(autograded(run.folder, job), result.pop("notebook"))
    run.journal.append({"result": result})
    run.done[job.key] = result


def record_results(run: ClassRun, keys: list[str]) -> None:
    """Record a batch in one transaction. If it fails, one by one, so that only the broken ones stay out.

    Raises OperationalError when not a submission but the gradebook is what fails.
    """
    if not keys:
        return
    try:
        run.patiently(lambda: record_together(run, keys))
        written = list(keys)
    except OperationalError:
        raise
    except Exception:
        run.records.rollback()
        written = [key for key in keys if recorded_alone(run, key)]
    audit_results(run, written)
    run.journal.append({"recorded": written})
    run.recorded.update(written)


def record_together(run: ClassRun, keys: list[str]) -> None:
    zone = run.folder.timezone()
    for key in keys:
        job = run.jobs[key]
        nb = nbformat.v4.reads(autograded(run.folder, job).read_text(encoding="utf-8"))  # our own: valid
        run.records.save(nb, job.student, job.assignment, read_timestamp(Path(job.folder), zone)[0])
    run.records.commit()


def recorded_alone(run: ClassRun, key: str) -> bool:
    try:
        run.patiently(lambda: record_together(run, [key]))
    except OperationalError:
        raise
    except Exception as error:
        run.records.rollback()
        run.extra_notes.setdefault(key, []).append(not_recorded(f"{type(error).__name__}: {error}"[:300]))
        return False
    return True


def not_recorded(why: str) -> Note:
    return {"en": f"Not in the gradebook: {short(why, 200)}", "zh": f"未写入成绩册：{short(why, 200)}"}


def adopt_decisions(run: ClassRun) -> None:
    """In a class that an older version graded: which text each person's score belongs to, before anything is graded again."""
    for row in run.records.undecided_rows():
        path = run.folder.place("autograded", row.student.id, row.name) / f"{row.name}.ipynb"
        with contextlib.suppress(OSError, ValueError):  # without the notebook, the score will be marked for review
            decisions.adopt(run.records.gradebook, row, nbformat.v4.reads(path.read_text(encoding="utf-8")))
    run.records.commit()


def audit_results(run: ClassRun, keys: list[str]) -> None:
    """Write the audit's lines about what recording these has changed."""
    ours = {name: run.versions[key] for name, key in run.names(keys).items()}
    run.patiently(lambda: run.audit.compare(run.records.states(set(ours)), ours, run.regrade_reason))


def audit_others(run: ClassRun) -> None:
    """Write the audit's lines about what others changed in the gradebook since the last run; not of results that this
    run is about to record: their lines are written then."""
    ahead = set(run.names([key for key in run.done if key not in run.recorded]))
    run.patiently(lambda: run.audit.compare((state for state in run.records.states() if state[:2] not in ahead), {}))


def refresh_times(run: ClassRun) -> None:
    """Bring times of submission, extensions and penalties up to date, which needs no new grading."""
    extensions, zone = run.folder.extensions(), run.folder.timezone()
    for key in run.done:
        job = run.jobs[key]
        row = run.records.row(job.student, job.assignment)
        if row is None:
            continue
        timestamp, notes = read_timestamp(Path(job.folder), zone)
        known = run.extra_notes.setdefault(key, [])
        known += [note for note in notes if note not in known]
        row.assignment.timestamp = timestamp
        if (job.student, job.assignment) in extensions:
            row.assignment.extension = extensions[job.student, job.assignment] or None
        if row.assignment.duedate is not None or row.late_submission_penalty:
            run.records.late(row)
    run.records.commit()


def stop_if_the_machine_fails(run: ClassRun, lost: pool.Lost) -> None:
    """A worker without disk would set aside one submission after the other for a person."""
    why = failures.explanation(lost.error, run.folder.path)
    if why:
        raise failures.Stopped(f"a worker had to stop: {why}")


def autograded(folder: ClassFolder, job: Job | Submission) -> Path:
    return folder.place("autograded", job.student, job.assignment) / f"{job.assignment}.ipynb"
