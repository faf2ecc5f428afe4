"""Keep what workers found: notebook and journal first, then the gradebook, the audit, and the pages.

A result is on the disk before anything builds on it, and every step may be done again without harm.
"""

import json
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from sqlalchemy.exc import OperationalError

from autograder.gradebook import versions
from autograder.grading import pool, failures
from autograder.pages import feedback, table
from autograder.gradebook.audit import Audit
from autograder.gradebook.coursedir import ClassFolder, Submission
from autograder.gradebook.files import replace
from autograder.gradebook.journal import Journal
from autograder.intake.notes import Note
from autograder.gradebook.record import Records, read_timestamp
from autograder.grading.submission import Job

PAGES = 100  # pages between two entries in the journal, and between two questions to the gradebook


class Results(MutableMapping):
    """Results by key, kept as text: as objects those of a big class would take five times the memory."""

    def __init__(self):
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
class Work:
    """One run over a class: what is known about it so far."""

    folder: ClassFolder
    records: Records
    journal: Journal
    audit: Audit
    executor: Callable
    again: str = ""  # why submissions are graded again of which nothing has changed
    jobs: dict[str, Job] = field(default_factory=dict)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)  # by key: what the audit says of a grade
    done: Results = field(default_factory=Results)
    recorded: set[str] = field(default_factory=set)
    pages: dict[str, str] = field(default_factory=dict)
    extra: dict[str, list[Note]] = field(default_factory=dict)

    def patiently(self, action: Callable[[], Any]) -> Any:
        """Do what needs the gradebook, and wait while somebody else holds it."""
        return failures.patiently(action, self.records.rollback)


def keep(work: Work, job: Job, result: dict[str, Any]) -> None:
    """Put a result where a crash cannot reach it: the notebook first, then the journal."""
    result = dict(result)
    replace(autograded(work.folder, job), result.pop("notebook"))
    stamp = Path(job.folder) / "timestamp.txt"
    if stamp.is_file() and not stamp.is_symlink():
        replace(autograded(work.folder, job).parent / "timestamp.txt", stamp.read_text("utf-8", "replace")[:200])
    work.journal.append({"result": result})
    work.done[job.key] = result


def record(work: Work, keys: list[str]) -> None:
    """Record a batch in one transaction. If it fails, one by one, so that only the broken ones stay out.

    Raises OperationalError when not a submission but the gradebook is what fails.
    """
    if not keys:
        return
    try:
        work.patiently(lambda: record_together(work, keys))
        written = list(keys)
    except OperationalError:
        raise
    except Exception:
        work.records.rollback()
        written = [key for key in keys if recorded_alone(work, key)]
    audit(work, written)
    work.journal.append({"recorded": written})
    work.recorded.update(written)


def record_together(work: Work, keys: list[str]) -> None:
    for key in keys:
        job = work.jobs[key]
        nb = nbformat.v4.reads(autograded(work.folder, job).read_text(encoding="utf-8"))  # our own: valid
        work.records.save(nb, job.student, job.assignment, read_timestamp(Path(job.folder))[0])
    work.records.commit()


def recorded_alone(work: Work, key: str) -> bool:
    try:
        work.patiently(lambda: record_together(work, [key]))
    except OperationalError:
        raise
    except Exception as error:
        work.records.rollback()
        why = f"{type(error).__name__}: {error}"[:300]
        work.extra.setdefault(key, []).append(table.not_recorded(why))
        return False
    return True


def audit(work: Work, keys: list[str]) -> None:
    """Write down what recording these has changed."""
    ours = {(work.jobs[key].student, work.jobs[key].assignment): work.versions[key] for key in keys}
    work.patiently(lambda: work.audit.look(work.records.states(set(ours)), ours, work.again))


def audit_others(work: Work) -> None:
    """Write down what has changed in the gradebook since the last look; what this run is about to record again
    is looked at then."""
    ahead = {(work.jobs[key].student, work.jobs[key].assignment) for key in work.done if key not in work.recorded}
    work.patiently(lambda: work.audit.look(
        (state for state in work.records.states() if state[:2] not in ahead), {}))


def refresh(work: Work) -> None:
    """Times of submission, due dates, extensions and penalties may change without any new grading."""
    extensions = work.folder.extensions()
    for key in work.done:
        job = work.jobs[key]
        row = work.records.row(job.student, job.assignment)
        if row is None:
            continue
        stamp, said = read_timestamp(Path(job.folder))
        for note in said:
            if note not in work.extra.setdefault(key, []):
                work.extra[key].append(note)
        row.assignment.timestamp = stamp
        if (job.student, job.assignment) in extensions:
            row.assignment.extension = extensions[job.student, job.assignment] or None
        if row.assignment.duedate is not None or row.late_submission_penalty:
            work.records.late(row)
    work.records.commit()


def write_pages(work: Work, workers: int, progress: Callable, executor: Callable) -> None:
    """Write the feedback page of every submission whose notebook, scores or comments are not those of the
    page."""
    wanted = {}  # by task: key, name, state
    for key, state, task in pages_of(work, list(work.done)):
        name = f"{work.jobs[key].student}/{work.jobs[key].assignment}"
        if work.pages.get(name) != state or not Path(task[1]).exists():
            wanted[task[1]] = (key, name, state)
    tasks = (task for _, _, task in pages_of(work, [key for key, *_ in wanted.values()]))
    fresh: dict[str, str] = {}
    with progress("feedback", len(wanted)) as advance:
        for task, size in pool.results(feedback.write_page, tasks, min(workers, max(1, len(wanted) // 10)),
                                       executor=executor):
            key, name, state = wanted[task[1]]
            if isinstance(size, pool.Lost):
                stop_if_the_machine_fails(work, size)
                work.extra.setdefault(key, []).append(table.no_page(size.why))
            else:
                fresh[name] = work.pages[name] = state
            if len(fresh) >= PAGES:
                work.journal.append({"pages": fresh})
                fresh = {}
            advance(name)
    if fresh:
        work.journal.append({"pages": fresh})


def pages_of(work: Work, keys: list[str]) -> Iterator[tuple[str, str, tuple]]:
    """Of each that is recorded the key, a name of all that its page shows, and the task of feedback.write_page."""
    for batch in (keys[start : start + PAGES] for start in range(0, len(keys), PAGES)):
        names = {key: (work.jobs[key].student, work.jobs[key].assignment) for key in batch}
        shown = work.patiently(lambda names=names: work.records.shown(set(names.values())))
        for key in (key for key in batch if names[key] in shown):
            student, assignment = names[key]
            known, target = shown[student, assignment], work.folder.place("feedback", student, assignment)
            state = versions.key(known=known, notebook=work.done[key]["sha"], grader=versions.grader_version())
            yield key, state, (str(autograded(work.folder, work.jobs[key])), str(target / f"{assignment}.html"), assignment, known)


def stop_if_the_machine_fails(work: Work, lost: pool.Lost) -> None:
    """A worker without disk would set aside one submission after the other for a person."""
    why = failures.explanation(lost.error, work.folder.path)
    if why:
        raise failures.Stopped(f"a worker had to stop: {why}")


def autograded(folder: ClassFolder, job: Job | Submission) -> Path:
    return folder.place("autograded", job.student, job.assignment) / f"{job.assignment}.ipynb"
