"""Grade a whole class: find what is new, let workers grade it, journal, record, write pages and the table.

Only this process touches the class folder and the gradebook. A result is on the disk (autograded/, then the
journal) before it is recorded; after an interruption everything that is in the journal counts as done.
"""

import contextlib
import fcntl
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from autograder import coursedir, feedback, judge, masters, pool, report, steps, versions
from autograder.coursedir import ROOT, ClassError, ClassFolder, Submission
from autograder.journal import Journal
from autograder.notes import Note
from autograder.record import Changed, Records, grades_csv, read_timestamp
from autograder.secret import fingerprint, load_secret
from autograder.settings import Settings
from autograder.submission import Job, grade, lost

BATCH = 20
SPARE_SECONDS = 120.0  # what a worker may take beyond the limits of run and judge before it counts as dead


@dataclass
class Course:
    """Where the chapters are, and how submissions are run: the real course, or a tiny one in tests."""

    solutions: Path = ROOT / "solutions"
    released: Path = ROOT / "notebooks"
    steps: str = "autograder.steps.run_and_judge"

    def assignments(self, begin: str = "") -> list[str]:
        """Names of all built chapters that begin with `begin`."""
        return sorted({p.parent.name for p in self.solutions.glob("*/*/*.ipynb")
                       if p.stem == p.parent.name and p.stem.startswith(begin)})


@dataclass
class Work:
    """One run over a class: what is known about it so far."""

    folder: ClassFolder
    course: Course
    records: Records
    journal: Journal
    executor: Callable
    jobs: dict[str, Job] = field(default_factory=dict)
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    recorded: set[str] = field(default_factory=set)
    pages: dict[str, str] = field(default_factory=dict)
    extra: dict[str, list[Note]] = field(default_factory=dict)


def command(folder: str | None, chapter: str | None, workers: int) -> int:
    """What `make grade` does. Returns the exit code."""
    try:
        place = coursedir.open_class(folder)
        if folder is None:
            from autograder import sample_class
            sample_class.make(place)
        rows = grade_class(place, Course(), chapter or "", workers, report.Progress())
    except (ClassError, Changed, masters.Stale, PermissionError) as error:
        print(f"grade: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ngrade: interrupted. What was graded is kept: the same command goes on from here.", file=sys.stderr)
        return 130
    report.table(rows, place)
    return 0


def grade_class(folder: ClassFolder, course: Course, begin: str = "", workers: int = 1,
                progress: Callable = report.silent, executor: Callable = pool.local_executor) -> list[report.Row]:
    """Grade every submission of a class that has no result yet; returns one row for each submission there is.

    executor: called with a number of workers, it makes what the work is submitted to.

    Raises ClassError, Changed, Stale with what is wrong with the class or the course as a whole.
    """
    check_machine()
    try:
        steps.settings_from(folder.limits())
    except ValueError as error:
        raise ClassError(f"{folder.path / 'class.toml'}: {error}") from None
    chapters = {name: masters.load(name, course.solutions, course.released) for name in course.assignments(begin)}
    chapters = {name: found for name, found in chapters.items() if found}
    if not chapters:
        raise ClassError(f"no built chapter begins with {begin!r} in {course.solutions}: run `make notebooks`")
    found, left = coursedir.submissions(folder, set(chapters))
    with locked(folder), Journal(folder.path / "journal.jsonl") as journal:
        config = coursedir.nbgrader_config(folder)
        with Records(folder.db_url, config) as records:
            work = Work(folder, course, records, journal, executor)
            for name in sorted({s.assignment for s in found}):
                records.assignment(name, chapters[name], folder.settings().get("due", {}).get(name))
            plan(work, found, chapters)
            replay(work)
            run_missing(work, workers, progress)
            record(work, [key for key in work.jobs if key not in work.recorded])
            refresh(work)
            write_pages(work, workers, progress)
            rows = report.rows(work)
            replace(folder.path / "grades.csv", grades_csv([row.for_csv() for row in rows]))
    return rows + [report.left_alone(path) for path in left]


def check_machine() -> None:
    """What marks an exercise must be importable here, or every test of every student would have no points."""
    try:
        judge.load(Settings().mark)
    except ImportError as error:
        raise ClassError(f"the judge cannot mark on this machine: {error}. Run `make grade`, which sets the "
                         "import path, or put src and this folder on PYTHONPATH") from None


def plan(work: Work, found: list[Submission], chapters: dict[str, dict]) -> None:
    """A job for every submission, named by everything its grade depends on."""
    secret, limits = fingerprint(load_secret(work.folder.path)), work.folder.limits()
    prints = {name: masters.fingerprint(chapter) for name, chapter in chapters.items()}
    for one in found:
        key = versions.key(student=one.student, assignment=one.assignment, steps=work.course.steps,
                           submission=versions.submission_hash(one.folder), master=prints[one.assignment],
                           grader=versions.grader_version(), secret=secret, limits=limits)
        work.jobs[key] = Job(one.student, one.assignment, str(one.folder), str(work.folder.path),
                             str(work.course.solutions), str(work.course.released), key, prints[one.assignment],
                             tuple(sorted(limits.items())), work.course.steps)


def replay(work: Work) -> None:
    """Take from the journal what is done: results whose notebook is still as it was written, and what of them is
    in the gradebook."""
    for entry in work.journal.entries():
        if "result" in entry and entry["result"].get("key") in work.jobs:
            work.done[entry["result"]["key"]] = entry["result"]
        work.recorded.update(entry.get("recorded", ()))
        work.pages.update(entry.get("pages", {}))
    for key, result in list(work.done.items()):
        path = autograded(work, work.jobs[key])
        changed = not path.exists() or versions.text_hash(path) != result["sha"]
        if changed or (result.get("lost") and not seen_by_a_person(work, work.jobs[key])):
            del work.done[key]
    for key, job in work.jobs.items():
        if key not in work.done or work.records.row(job.student, job.assignment) is None:
            work.recorded.discard(key)


def seen_by_a_person(work: Work, job: Job) -> bool:
    """Did somebody give a score already? Until then a submission that no worker could grade is tried again."""
    row = work.records.row(job.student, job.assignment)
    return row is not None and any(grade.manual_score is not None for grade in row.grades)


def run_missing(work: Work, workers: int, progress: Callable) -> None:
    """Let workers grade what is missing; results are journaled one by one and recorded in batches."""
    todo = [job for key, job in work.jobs.items() if key not in work.done]
    fresh: list[str] = []
    seconds = time_limit(work)
    with progress("grading", len(todo)) as advance:
        for job, result in pool.results(grade, todo, min(workers, max(1, len(todo))), seconds,
                                        work.executor):
            keep(work, job, lost(job, result.why) if isinstance(result, pool.Lost) else result)
            fresh.append(job.key)
            advance(job.student)
            if len(fresh) >= BATCH:
                record(work, fresh)
                fresh = []
    record(work, fresh)


def time_limit(work: Work) -> float:
    """Seconds after which a worker that did not come back counts as dead: more than all its own limits."""
    settings = steps.settings_from(work.folder.limits())
    return settings.start_seconds + settings.notebook_seconds + settings.judge_notebook_seconds + SPARE_SECONDS


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
    for key, job in work.jobs.items():
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
    """Write the feedback page of every submission whose notebook, scores or comments are not those of the page."""
    tasks, wanted = [], {}
    for key, job in work.jobs.items():
        row = work.records.row(job.student, job.assignment)
        if row is None or key not in work.done:
            continue
        known = feedback.scores_of(row)
        target = work.folder.place("feedback", job.student, job.assignment) / f"{job.assignment}.html"
        name = f"{job.student}/{job.assignment}"
        state = versions.key(known=known, notebook=work.done[key]["sha"], grader=versions.grader_version())
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
        work.journal.append({"pages": {name: work.pages[name] for _, name, _ in wanted.values() if name in work.pages}})


def autograded(work: Work, job: Job) -> Path:
    return work.folder.place("autograded", job.student, job.assignment) / f"{job.assignment}.ipynb"


def replace(path: Path, text: str) -> None:
    """Write a file so that it is either the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


@contextlib.contextmanager
def locked(folder: ClassFolder) -> Iterator[None]:
    """Only one process grades a class at a time; the lock ends with the process."""
    with open(folder.path / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClassError(f"another process is grading {folder.path} now: wait for it, or stop it") from None
        yield
