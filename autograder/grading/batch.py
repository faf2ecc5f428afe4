"""Grade a whole class: find what is new, let workers grade it, and keep what they find (keeping.py).

Only this process touches the class folder and the gradebook. After an interruption everything that is in the
journal counts as done.
"""

import contextlib
import fcntl
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from functools import partial
from pathlib import Path

from autograder.gradebook import coursedir, versions
from autograder.grading import selection, pool, run_and_judge, failures
from autograder.intake import masters
from autograder.judging import nursery
from autograder.pages import table
from autograder.sandbox import probe
from autograder.gradebook.audit import Audit, known_secret
from autograder import ROOT
from autograder.gradebook.coursedir import ClassError, ClassFolder, Submission
from autograder.gradebook.files import replace
from autograder.gradebook.journal import Journal
from autograder.grading.persist import Work, audit_others, autograded, keep, record, refresh, write_pages
from autograder.grading.persist import stop_if_the_machine_fails
from autograder.gradebook.record import Changed, Records, grades_csv
from autograder.gradebook.secret import load_secret
from autograder.sandbox.settings import Settings
from autograder.grading.submission import WITH_WALLS, WITHOUT_WALLS, Job, grade, lost
from descent.capstone.handed_in import CHECKS as MISSION_CHECKS

BATCH = 4  # results recorded together; more, and the workers wait for their next job meanwhile
SPARE_SECONDS = 120.0  # what a worker may take beyond the limits of run and judge before it counts as dead


@dataclass
class Course:
    """Where the chapters are, and how submissions are run: the real course, or a tiny one in tests."""

    solutions: Path = ROOT / "solutions"
    released: Path = ROOT / "notebooks"
    steps: str = WITH_WALLS

    def assignments(self, begin: str = "") -> list[str]:
        """Names of all built chapters that begin with `begin`."""
        return sorted({p.parent.name for p in self.solutions.glob("*/*/*.ipynb")
                       if p.stem == p.parent.name and p.stem.startswith(begin)})


def command(folder: str | None, chapter: str | None, workers: int, unsafe: bool = False, *, students: str = "",
            regrade: bool = False, limits: str = "", cluster: str = "", new_secret: bool = False) -> int:
    """What `make grade` does. Returns the exit code."""
    try:
        place = replace_fields(coursedir.open_class(folder), given=tuple(selection.limits(limits).items()))
        course, warning = behind_walls(folder is None, unsafe)
        if warning:
            print(f"grade: {warning}", file=sys.stderr)
        if folder is None:
            from autograder.authoring import sample_class
            sample_class.make(place)
        rows = grade_class(place, course, chapter or "", workers, table.Progress(), students=students,
                           regrade=regrade, cluster=cluster, new_secret=new_secret,
                           finish=partial(write_report, warning))
    except (ClassError, Changed, masters.Stale, failures.Stopped, PermissionError) as error:
        print(f"grade: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "\ngrade: interrupted. What was graded is kept: the same command goes on from here.",
            file=sys.stderr,
        )
        return 130
    table.table(rows, place, warning=warning)
    return 0


def write_report(warning: str, work: Work, chapters: dict, rows: list[table.Row]) -> None:
    """The page for the instructor. Grades are kept already: without it the run has not failed."""
    from autograder.pages.class_report import page  # matplotlib takes its time: not in every process that grades
    try:
        page.write(work, chapters, rows, warning)
    except Exception as error:
        print(f"grade: the report could not be written ({type(error).__name__}: {error}); the grades are kept",
              file=sys.stderr)


def behind_walls(sample: bool, unsafe: bool) -> tuple[Course, str]:
    """How submissions are run on this machine, and what to say about it.

    A class of real students needs walls, or the express wish to do without; the sample class is our own code.
    Raises ClassError.
    """
    if unsafe:
        return Course(steps=WITHOUT_WALLS), (
            "WITHOUT a sandbox, as asked for: each submission can read and change whatever you can, other "
            "students' grades too. Every grade is marked so.")
    wrong = probe.look()[1]
    if wrong is None:
        return Course(), ""
    if sample:
        return Course(steps=WITHOUT_WALLS), (
            f"the sample class runs WITHOUT a sandbox, because its submissions are this course's own code; a real "
            f"class would be refused here: {wrong}")
    raise ClassError(wrong)


def grade_class(
    folder: ClassFolder,
    course: Course,
    begin: str = "",
    workers: int = 1,
    progress: Callable = table.silent,
    executor: Callable | None = None,
    students: str = "",
    regrade: bool = False,
    cluster: str = "",
    new_secret: bool = False,
    finish: Callable = lambda work, chapters, rows: None,
) -> list[table.Row]:
    """Grade every submission of a class that has no result yet; returns one row for each submission there is.

    begin, students: only these chapters and students (choice.students). regrade: also what has a result.
    executor: called with a number of workers, it makes what the work is submitted to; processes of this machine.
    cluster: the address of a Dask scheduler whose workers grade; pages are written on this machine all the same.
    new_secret: the class's secret may be another one than at the last run.
    finish: called at the end with the whole run, its chapters and all rows, while the gradebook is open.

    Raises ClassError, Changed, Stale with what is wrong with the class or the course as a whole, Stopped when
    the disk, the gradebook or the cluster does not let it go on.
    """
    check_machine(folder)
    chapters = {name: masters.load(name, course.solutions, course.released) for name in course.assignments()}
    chapters = {name: found for name, found in chapters.items() if found}
    if not any(name.startswith(begin) for name in chapters):
        raise ClassError(
            f"no built chapter begins with {begin!r} in {course.solutions}: run `make notebooks`"
        )
    found, left = coursedir.submissions(folder, set(chapters))
    chosen = selection.students(students, {one.student for one in found})
    config = coursedir.nbgrader_config(folder)
    new = 0 if executor or cluster else sum(one.assignment.startswith(begin) and (chosen is None or one.student in chosen)
                                            and not autograded(folder, one).exists() for one in found)
    with (
        failures.explained(folder.path),
        locked(folder),
        pool.begun(min(workers, new), course.steps) as begun,
        Journal(folder.path / "journal.jsonl") as journal,
        Audit(folder.path) as audit,
        failures.patiently(lambda: Records(folder.db_url, config)) as records,
    ):
        again = "on request" if regrade else ""
        work = Work(folder, records, journal, audit, executor or begun, again)
        for name in sorted({s.assignment for s in found if s.assignment.startswith(begin)}):
            due = folder.settings().get("due", {}).get(name)
            work.patiently(lambda name=name, due=due: records.assignment(name, chapters[name], due))
        plan(work, course, found, chapters, new_secret)
        work.patiently(lambda: replay(work))
        audit_others(work)
        if cluster:
            from autograder.grading.cluster import cluster_executor
            work.executor = cluster_executor(cluster, load_secret(folder.path), time_limit(work))
        wanted = {key for key, job in work.jobs.items()
                  if job.assignment.startswith(begin) and (chosen is None or job.student in chosen)}
        run_missing(work, wanted, workers, progress, regrade)
        record(work, [key for key in work.done if key not in work.recorded])
        work.patiently(lambda: refresh(work))
        audit_others(work)
        write_pages(work, workers, progress, executor or pool.local_executor)
        rows = work.patiently(lambda: table.rows(work))
        replace(
            folder.path / "grades.csv", grades_csv([row.for_csv() for row in rows if row.state != "not yet"])
        )
        finish(work, chapters, rows)
    shown = {(work.jobs[key].student, work.jobs[key].assignment) for key in wanted}
    return [row for row in rows if (row.student, row.assignment) in shown] + [
        table.left_alone(path) for path in left if chosen is None
    ]


def check_machine(folder: ClassFolder) -> None:
    """What marks an exercise must be importable here, or every test of every student would have no points;
    and the settings of the class must be such."""
    folder.extensions()
    try:
        run_and_judge.settings_from(folder.limits())
    except ValueError as error:
        raise ClassError(f"{folder.path / 'class.toml'}: {error}") from None
    try:
        nursery.load(Settings().mark)
    except ImportError as error:
        raise ClassError(f"the judge cannot mark on this machine: {error}. Run `make grade`, which sets the "
                         "import path, or put src and this folder on PYTHONPATH") from None


def plan(work: Work, course: Course, found: list[Submission], chapters: dict[str, dict],
         new_secret: bool = False) -> None:
    """A job for every submission, named by everything its grade depends on."""
    secret, limits = known_secret(work.folder.path, work.audit, new_secret), work.folder.limits()
    prints = {name: masters.fingerprint(chapters[name]) for name in {one.assignment for one in found}}
    for one in found:
        parts = versions.of(one.folder, prints[one.assignment], secret, limits, course.steps)
        key = versions.key(student=one.student, assignment=one.assignment, **parts)
        work.versions[key] = parts
        work.jobs[key] = Job(one.student, one.assignment, str(one.folder), str(work.folder.path),
                             str(course.solutions), str(course.released), key, prints[one.assignment],
                             tuple(sorted(limits.items())), course.steps)


def replay(work: Work) -> None:
    """Take from the journal what is done: results whose notebook is still as it was written, and what of them
    is in the gradebook."""
    for entry in work.journal.entries():
        if "result" in entry and entry["result"].get("key") in work.jobs:
            work.done[entry["result"]["key"]] = entry["result"]
            work.recorded.discard(entry["result"]["key"])  # graded once more: what was recorded is the older one
        work.recorded.update(entry.get("recorded", ()))
        work.pages.update(entry.get("pages", {}))
    for key, result in list(work.done.items()):
        path = autograded(work.folder, work.jobs[key])
        changed = not path.exists() or versions.text_hash(path) != result["sha"]
        if changed or (result.get("lost") and not seen_by_a_person(work, work.jobs[key])):
            del work.done[key]
    for key, job in work.jobs.items():
        if key not in work.done or work.records.row(job.student, job.assignment) is None:
            work.recorded.discard(key)


def seen_by_a_person(work: Work, job: Job) -> bool:
    """Did somebody give a score already? Until then a submission that no worker could grade is tried
    again."""
    row = work.records.row(job.student, job.assignment)
    return row is not None and any(grade.manual_score is not None for grade in row.grades)


def run_missing(work: Work, wanted: set[str], workers: int, progress: Callable, regrade: bool = False) -> None:
    """Let workers grade what is missing of `wanted` (with `regrade` all of it); results are journaled one by
    one and recorded in batches."""
    todo = [job for key, job in work.jobs.items() if key in wanted and (regrade or key not in work.done)]
    fresh: list[str] = []
    seconds = time_limit(work)
    with progress("grading", len(todo)) as advance:
        for job, result in pool.results(grade, todo, min(workers, max(1, len(todo))), seconds,
                                        work.executor):
            if isinstance(result, pool.Lost):
                stop_if_the_machine_fails(work, result)
                result = lost(job, result.why)
            keep(work, job, result)
            fresh.append(job.key)
            advance(job.student)
            if len(fresh) >= BATCH:
                record(work, fresh)
                fresh = []
    record(work, fresh)


def time_limit(work: Work) -> float:
    """Seconds after which a worker that did not come back counts as dead: more than all its own limits."""
    settings = run_and_judge.settings_from(work.folder.limits())
    training = len(MISSION_CHECKS) * settings.training_seconds
    return (
        settings.start_seconds + settings.notebook_seconds + settings.judge_notebook_seconds + training + SPARE_SECONDS
    )


@contextlib.contextmanager
def locked(folder: ClassFolder) -> Iterator[None]:
    """Only one process grades a class at a time; the lock ends with the process."""
    with open(folder.path / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClassError(
                f"another process is grading {folder.path} now: wait for it, or stop it"
            ) from None
        yield
