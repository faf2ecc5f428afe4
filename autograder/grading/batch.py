"""Grade a whole class: find what is new, let workers grade it, and keep what they return (persist.py).

Only this process touches the class folder and the gradebook. After an interruption everything that is in the
journal counts as done.
"""

import contextlib
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from autograder import load_object
from autograder.gradebook import coursedir, hints, permissions, versions
from autograder.gradebook.audit import Audit, known_secret
from autograder.gradebook.coursedir import ClassError, ClassFolder, Submission
from autograder.gradebook.files import replace
from autograder.gradebook.journal import Journal
from autograder.gradebook.lock import locked
from autograder.gradebook.record import Changed, Records, grades_csv
from autograder.gradebook.secret import load_secret
from autograder.grading import failures, local_pool, pool, selection
from autograder.grading.course import Course, CourseChapters, runs_in_kernel
from autograder.grading.exchange_files import carry_all
from autograder.grading.job import Job
from autograder.grading.limits import settings_from
from autograder.grading.persist import (
    ClassRun,
    adopt_decisions,
    audit_others,
    autograded,
    persist_result,
    record_results,
    refresh_times,
    stop_if_the_machine_fails,
)
from autograder.grading.rows import Row, left_alone, rows
from autograder.grading.same_failure import gradable_machine
from autograder.grading.submission import grade, lost
from autograder.intake import masters
from autograder.sandbox.settings import Settings
from descent.capstone.handed_in import CHECKS as MISSION_CHECKS

BATCH = 4  # results recorded together; with more, workers wait for their next job meanwhile
SPARE_SECONDS = 120.0  # what a worker may take beyond the limits of run and judge before it counts as dead
Chapters = Mapping[str, dict[str, masters.Master]]


@contextlib.contextmanager
def silent(stage: str, total: int) -> Iterator[Callable[[str], None]]:
    """A progress display that shows nothing: `with progress("grading", 20) as advance: advance("ada")`."""
    yield lambda name: None


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line, and what the caller passes in.

    chapter, students: only these (selection.students); workers: processes; regrade: also what has a result; cluster: the
    address of a Dask scheduler whose workers grade; new_secret: the class's secret may be another one than before.
    progress: shows how far a stage is. before_pages(run, chapters, rows): called when grades.csv is written; begins what
    can be done beside the pages. write_pages(run, workers, progress): brings feedback pages up to date.
    finish(run, chapters, rows): called at the end, while the gradebook is open. work, new_pool: what grades one job, and
    where (pool.Pool of a size); tests pass others.
    """

    chapter: str = ""
    students: str = ""
    workers: int = 1
    regrade: bool = False
    cluster: str = ""
    new_secret: bool = False
    progress: Callable = silent
    before_pages: Callable[[ClassRun, Chapters, list[Row]], None] = lambda run, chapters, rows: None
    write_pages: Callable[[ClassRun, int, Callable], None] = lambda run, workers, progress: None
    finish: Callable[[ClassRun, Chapters, list[Row]], None] = lambda run, chapters, rows: None
    work: Callable[[Job], dict[str, Any]] = grade
    new_pool: Callable[[int], pool.Pool] | None = None


def grade_class(folder: ClassFolder, course: Course, options: Options = Options()) -> list[Row]:
    """Grade every submission of a class that has no result yet; returns one row for each submission that was asked for.

    Raises ClassError, Changed, Stale with what is wrong with the class or the course as a whole, Stopped when
    the disk, the gradebook, the sandbox or the cluster does not let it go on.
    """
    check_machine(folder)
    course = course.of_class(folder)
    chapters = CourseChapters({name: course.places(name) for name in course.assignments()})
    if not any(name.startswith(options.chapter) for name in chapters):
        raise ClassError(
            f"no built chapter begins with {options.chapter!r} in {course.solutions}: run `make notebooks`"
        )
    submissions, left_out = coursedir.submissions(folder, set(chapters), course.parts())
    students = selection.students(options.students, {submission.student for submission in submissions})
    selected = {
        (submission.student, submission.assignment)
        for submission in submissions
        if submission.assignment.startswith(options.chapter) and (students is None or submission.student in students)
    }
    config = coursedir.nbgrader_config(folder)
    new = sum(
        (submission.student, submission.assignment) in selected and not autograded(folder, submission).exists()
        for submission in submissions
    )
    early = 0 if options.new_pool or options.cluster else min(options.workers, new)
    with (
        failures.explained(folder.path),
        permissions.private(folder),
        locked(folder),
        local_pool.started_early(early, isolation=course.isolation, seconds=time_limit(folder)) as new_pool,
        Journal(folder.path / "journal.jsonl") as journal,
        Audit(folder.path) as audit,
        failures.patiently(lambda: Records(folder.db_url, config)) as records,
    ):
        run = ClassRun(folder, records, journal, audit, "on request" if options.regrade else "")
        make_assignments(run, chapters, sorted({name for _, name in selected}))
        plan(run, course, submissions, chapters, options.new_secret)
        run.patiently(lambda: replay(run))
        audit_others(run)
        run.patiently(lambda: adopt_decisions(run))
        if options.cluster:
            from autograder.grading.cluster import cluster_pool

            new_pool = cluster_pool(options.cluster, time_limit(folder))
        todo = [
            job
            for key, job in run.jobs.items()
            if (job.student, job.assignment) in selected
            and job.assignment not in run.changed
            and (options.regrade or key not in run.done)
        ]
        grade_jobs(run, todo, options, options.new_pool or new_pool)
        record_results(run, [key for key in run.done if key not in run.recorded])
        run.patiently(lambda: refresh_times(run))
        audit_others(run)
        grades = write_grades(run)
        notes = sum(map(len, run.extra_notes.values()))
        options.before_pages(run, chapters, grades)
        options.write_pages(run, options.workers, options.progress)
        if notes != sum(map(len, run.extra_notes.values())):
            grades = write_grades(run)
        carry_all(run)
        options.finish(run, chapters, grades)
    graded = {(job.student, job.assignment) for job in todo}
    for row in grades:
        row.new = (row.student, row.assignment) in graded
    return [row for row in grades if (row.student, row.assignment) in selected] + [
        left_alone(path) for path in left_out if students is None
    ]


def make_assignments(run: ClassRun, chapters: Chapters, names: list[str]) -> None:
    """Make or update the rows of these assignments. One whose cells changed after submissions were recorded waits, with its
    scores as they are. Raises Changed when all of them do."""
    due = run.folder.due()
    for name in names:
        try:
            run.patiently(partial(run.records.assignment, name, chapters[name], due.get(name)))
        except Changed as error:
            run.records.rollback()
            run.changed[name] = str(error).replace("CLASS=...", f"CLASS={shlex.quote(str(run.folder.path))}")
    if run.changed and len(run.changed) == len(names):
        raise Changed("; ".join(run.changed.values()))


def write_grades(run: ClassRun) -> list[Row]:
    """Write grades.csv; returns its rows."""
    grades = run.patiently(lambda: rows(run))
    replace(run.folder.path / "grades.csv", grades_csv([row.for_csv() for row in grades if row.state != "not yet"]))
    return grades


def check_machine(folder: ClassFolder) -> None:
    """The settings of the class must be right, and what marks an exercise must be importable, or every test of every
    student would have no points. Raises ClassError."""
    folder.check_sections()
    folder.extensions(), folder.due(), permissions.group_of(folder), coursedir.nbgrader_config(folder)
    try:
        settings_from(folder.limits())
        hints.of(folder.settings())
    except ValueError as error:
        raise ClassError(f"{folder.path / 'class.toml'}: {error}") from None
    try:
        load_object(Settings().mark)
    except ImportError as error:
        raise ClassError(
            f"the judge cannot mark on this machine: {error}. Run `make grade`, which sets the "
            "import path, or put src and this folder on PYTHONPATH"
        ) from None


def plan(
    run: ClassRun, course: Course, submissions: list[Submission], chapters: Chapters, new_secret: bool = False
) -> None:
    """Make a job for every submission, named by everything its grade depends on."""
    print_of_secret, limits = known_secret(run.folder.path, run.audit, new_secret), run.folder.limits()
    run.audit.announce(versions.grader_version(), versions.room_versions())
    secret = load_secret(run.folder.path)
    inside = {name: runs_in_kernel(run.folder, name) for name in course.own()}
    fingerprints = {
        name: masters.fingerprint(chapters[name]) for name in {submission.assignment for submission in submissions}
    }
    for submission in submissions:
        in_kernel = inside.get(submission.assignment, False)
        solutions, released = course.places(submission.assignment)
        parts = versions.of(
            submission.folder,
            fingerprints[submission.assignment],
            print_of_secret,
            limits,
            course.isolation + (", in the kernel" if in_kernel else ""),
        )
        key = versions.key(student=submission.student, assignment=submission.assignment, **parts)
        run.versions[key] = parts
        run.jobs[key] = Job(
            submission.student,
            submission.assignment,
            str(submission.folder),
            str(solutions),
            str(released),
            secret,
            key,
            fingerprints[submission.assignment],
            tuple(sorted(limits.items())),
            course.isolation,
            in_kernel,
            submission.assignment in inside,
        )


def replay(run: ClassRun) -> None:
    """Take from the journal what is done: results whose notebook is still as it was written, and which of them
    are in the gradebook."""
    for entry in run.journal.entries():
        if "result" in entry and entry["result"].get("key") in run.jobs:
            run.done[entry["result"]["key"]] = entry["result"]
            run.recorded.discard(entry["result"]["key"])  # graded once more: what was recorded is the older result
        run.recorded.update(entry.get("recorded", ()))
        run.pages.update(entry.get("pages", {}))
    for key, result in list(run.done.items()):
        path = autograded(run.folder, run.jobs[key])
        changed = not path.exists() or versions.text_hash(path) != result["sha"]
        if changed or (result.get("lost") and not scored_by_a_person(run, run.jobs[key])):
            del run.done[key]
    for key, job in run.jobs.items():
        if key not in run.done or run.records.row(job.student, job.assignment) is None:
            run.recorded.discard(key)


def scored_by_a_person(run: ClassRun, job: Job) -> bool:
    """Has somebody given a score? Until then a submission that no worker could grade is tried again."""
    row = run.records.row(job.student, job.assignment)
    return row is not None and any(grade.manual_score is not None for grade in row.grades)


def grade_jobs(run: ClassRun, jobs: list[Job], options: Options, new_pool: Callable[[int], pool.Pool]) -> None:
    """Let workers grade `jobs`; results are journaled one by one and recorded in batches."""
    unrecorded: list[str] = []
    size = min(options.workers, max(1, len(jobs)))
    with options.progress("grading", len(jobs)) as advance:
        for job, result in gradable_machine(pool.results(options.work, jobs, size, new_pool), run.folder.path):
            if isinstance(result, pool.Lost):
                stop_if_the_machine_fails(run, result)
                result = lost(job, result.why)
            persist_result(run, job, result)
            unrecorded.append(job.key)
            advance(job.student)
            if len(unrecorded) >= BATCH:
                record_results(run, unrecorded)
                unrecorded = []
    record_results(run, unrecorded)


def time_limit(folder: ClassFolder) -> float:
    """Seconds after which a worker that did not come back counts as dead: more than all its own limits."""
    settings = settings_from(folder.limits())
    training = len(MISSION_CHECKS) * settings.training_seconds
    return (
        settings.start_seconds + settings.notebook_seconds + settings.judge_notebook_seconds + training + SPARE_SECONDS
    )
