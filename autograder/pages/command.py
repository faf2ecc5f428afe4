"""What `make grade` shows: progress, warnings, errors as one sentence each, the table, pages and the report."""

import difflib
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from autograder.classroom import regrade, take_in
from autograder.classroom.about_nobody import about_nobody
from autograder.classroom.census import census
from autograder.classroom.deliveries import last_system
from autograder.classroom.graders import graders_of
from autograder.gradebook import coursedir
from autograder.gradebook.coursedir import ClassError, ClassFolder
from autograder.gradebook.files import why
from autograder.gradebook.record import Changed
from autograder.grading import failures, selection
from autograder.grading.batch import Chapters, Options, grade_class
from autograder.grading.course import isolated_course
from autograder.grading.persist import ClassRun
from autograder.grading.rows import Row
from autograder.intake import masters
from autograder.pages import recorded, table
from autograder.pages.class_report import page
from autograder.pages.class_report.beside import Beside
from autograder.pages.write_feedback import write_pages

LMS = ("canvas", "moodle")  # systems that feedback and scores go back to
WITHOUT_GRADES = ("gradescope", "folder")  # no table of scores is made for these
MOST_PLACES = 8  # notebooks in a wrong place with a sentence of their own


def grade_and_show(
    folder: str | None,
    options: Options,
    *,
    make_sample: Callable[[ClassFolder], None],
    limits: str = "",
    unsafe: bool = False,
) -> int:
    """Grade the class in `folder`, or the sample class, which make_sample writes. Returns the exit code: 0 when every
    submission has a result, 2 when something must be put right first, 130 when interrupted."""
    missing: list[str] = []
    try:
        class_folder = replace(coursedir.open_class(folder), given=tuple(selection.limits(limits).items()))
        check_settings(class_folder)
        course, warning = isolated_course(folder is None, unsafe)
        if warning:
            print(f"grade: {warning}", file=sys.stderr)
        if folder is None:
            make_sample(class_folder)
        for sentence in class_folder.unknown_settings(set(course.of_class(class_folder).assignments())) + about_nobody(
            class_folder
        ):
            print(f"grade: {sentence}", file=sys.stderr)
        with Beside() as beside:
            rows = grade_class(
                class_folder,
                course,
                replace(
                    options,
                    progress=table.Progress(),
                    before_pages=beside.begin,
                    write_pages=write_pages,
                    finish=partial(finish, warning, missing, options.chapter, beside=beside),
                ),
            )
    except (ClassError, Changed, masters.Stale, failures.Stopped) as error:  # their messages say what to do
        print(f"grade: {error}", file=sys.stderr)
        return 2
    except PermissionError as error:
        print(f"grade: {why(error, folder or coursedir.SAMPLE)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ngrade: interrupted. What was graded is kept: the same command goes on from here.", file=sys.stderr)
        return 130
    table.table(rows, class_folder, warning=warning)
    for sentence in missing:
        print(f"grade: {sentence}", file=sys.stderr)
    waits = any("make migrate" in note for row in rows for note in row.notes)
    for sentence in (
        problems := never_taken_in(class_folder)
        + not_graded(class_folder, rows, course.of_class(class_folder).assignments())
    ):
        print(f"grade: {sentence}", file=sys.stderr)
    if not problems and not waits and rows:
        print(next_step(class_folder if folder else None, rows))
    return 2 if problems or waits else 0


def check_settings(folder: ClassFolder) -> None:
    """Report mistakes in class.toml and regrade/ before grading rather than after. Raises ClassError."""
    graders_of(folder)
    regrade.requests(folder)
    recorded.questions(folder)


def never_taken_in(folder: ClassFolder) -> list[str]:
    """A sentence with the right command for files in submitted/ that still have the names of an LMS."""
    counts = Counter(take_in.unzipped(folder).values())
    return [
        f"{count} in submitted/ named as {system.capitalize()} names them: none of them was graded. Take them in with "
        f'make intake CLASS="{folder.path}" ZIP="{folder.path / "submitted"}" FROM={system}'
        for system, count in counts.items()
    ]


def not_graded(folder: ClassFolder, rows: list[Row], assignments: list[str]) -> list[str]:
    """A sentence for each notebook in submitted/ that was not graded because its folder has no name of a chapter."""
    unzipped, sentences = take_in.unzipped(folder), []
    for row in rows:
        path = folder.path / row.student
        if row.state != "left alone" or path.name in unzipped or path.is_symlink() or not holds_notebook(path):
            continue
        similar = difflib.get_close_matches(path.name, assignments, 1, 0.5)
        sentences.append(
            f"{row.student} holds a notebook that was not graded: it is not in the folder of a chapter that is built here"
            + (f" (perhaps {similar[0]})" if similar else "")
            + ". Notebooks belong into submitted/<student>/<chapter>/"
        )
    if len(sentences) > MOST_PLACES:
        sentences[MOST_PLACES:] = [
            f"{len(sentences) - MOST_PLACES} more such notebooks were not graded: the lines `left alone` above. Built here: "
            f"{', '.join(assignments)}"
        ]
    return sentences


def holds_notebook(path: Path) -> bool:
    return ".ipynb" in path.name.lower() if path.is_file() else any(path.glob("*.[iI][pP][yY][nN][bB]*"))


def next_step(folder: ClassFolder | None, rows: list[Row]) -> str:
    """The instructor's next command. folder: None for the sample class."""
    class_argument = f" {coursedir.class_argument(folder.path)}" if folder else ""
    if waiting := sum(row.state == "waits" for row in rows):
        essays = f"make essays{class_argument} lists them, " if folder else ""
        return f"next: {waiting} wait for a person: {essays}make formgrader{class_argument} to read, then make grade{class_argument} again"
    chapters = sorted({row.assignment for row in rows if row.assignment})
    chapter_argument = f" CHAPTER={chapters[0]}" if len(chapters) == 1 else " CHAPTER=..."
    if folder is None:
        return "next: a class of your own, make class CLASS=/path/to/myclass ROSTER=students.csv"
    system = last_system(folder.path)
    if system in WITHOUT_GRADES:
        return f"next: make give-back{class_argument} TO=folder{chapter_argument}; the scores are in {folder.path / 'grades.csv'}"
    alternative = "" if system in LMS else " (or moodle)"
    system = system if system in LMS else "canvas"
    return f"next: make give-back{class_argument} TO={system}{chapter_argument} and make export{class_argument} FORMAT={system}{chapter_argument}{alternative}"


def finish(
    warning: str,
    missing: list[str],
    prefix: str,
    run: ClassRun,
    chapters: Chapters,
    rows: list[Row],
    beside: Beside | None = None,
) -> None:
    """While the gradebook is open: list who is missing, and write the report. prefix: of the chapters that were to be
    graded; nobody is missing in the others."""
    missing += run.changed.values()
    if costs := run.audit.other_penalties():
        shown = [f"{student} ({name}: -{old:g}, now -{new:g})" for (student, name), (old, new) in sorted(costs.items())]
        more = f" and {len(shown) - 20} more, see audit.jsonl" if len(shown) > 20 else ""
        missing.append(
            f"of {len(shown)} submissions that were graded before only the cost of being late changed (a due date, [late], an "
            f"extension or a time of submission): {', '.join(shown[:20])}{more}. Give their chapters back and export them again"
        )
    if waiting := [request for request in regrade.requests(run.folder) if request.waits]:
        names = ", ".join(f"{request.student} ({request.assignment}.{request.exercise})" for request in waiting[:8])
        missing.append(f"regrade requests that wait for a decision in regrade/: {names}")
    try:
        recorded_names = run.patiently(lambda: [(student, name) for student, name, *_ in run.records.states()])
        if removed := sorted({name for _, name in recorded_names} - set(chapters)):
            missing.append(
                f"in the gradebook, but not built here: {', '.join(removed)}. Their scores stay in the gradebook and are not in "
                "grades.csv: is this the release of the course that the class was graded with?"
            )
        graded = {name for name in chapters if name.startswith(prefix)}
        hashes = {(job.student, job.assignment): run.versions[key]["submission"] for key, job in run.jobs.items()}
        missing += census(run.folder.path, recorded_names, built=graded, hashes=hashes).sentences(run.folder.path)
    except ClassError as error:  # a roster that cannot be read: the grades are kept
        missing.append(str(error))
    write_report(warning, run, chapters, rows, beside)


def write_report(
    warning: str, run: ClassRun, chapters: Chapters, rows: list[Row], beside: Beside | None = None
) -> None:
    """Write the instructor's page. Grades are recorded by now, so an error here does not fail the run. beside: has made
    parts of the page in a process of its own."""
    try:
        page.write(run, chapters, rows, warning, beside.parts() if beside else None)
    except Exception as error:
        print(
            f"grade: the report could not be written ({type(error).__name__}: {error}); the grades are kept",
            file=sys.stderr,
        )
