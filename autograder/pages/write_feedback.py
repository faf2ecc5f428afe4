"""Write the pages of a class's students: those whose notebook, scores or comments changed, and all of them when the code
that writes pages changed. A page that cannot be made is replaced by a plain one; the others are written all the same."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from autograder.classroom import regrade
from autograder.gradebook import versions
from autograder.grading import pool
from autograder.grading.local_pool import LocalPool
from autograder.grading.persist import ClassRun, autograded, stop_if_the_machine_fails
from autograder.intake.notes import Note, short
from autograder.pages import progress as progress_pages
from autograder.pages import recorded as gradebook
from autograder.pages.feedback import PageTask, write_page, write_plain_page
from autograder.pages.progress import ProgressTask, write_progress

BATCH = 100  # pages between two entries in the journal, and between two queries
WALL_SECONDS = 25.0  # for one page, after which its process is killed; its CPU time is limited in feedback.py
PLAIN = " plain: "  # between the state of a page and the reason why it is plain, in the journal
page_pool = partial(LocalPool, seconds=WALL_SECONDS, retry_overdue=False)


def write_pages(
    run: ClassRun, workers: int, progress: Callable, new_pool: Callable[[int], pool.Pool] = page_pool
) -> None:
    """Write every page that is out of date: feedback pages, then those over all chapters. Submissions whose page is plain
    get a note. Regrade requests in notebooks are queued first, because the pages show them."""
    for key, job in run.jobs.items():
        if key in run.done:
            regrade.receive(run.folder, job.student, job.assignment, run.done[key].get("requests", []))
    stale: dict[
        str, tuple[str, str, str]
    ] = {}  # page's path -> key ("" for a page over all chapters), name, its new state
    states: dict[str, dict[str, str]] = {}  # student -> key -> state
    for key, state, task in tasks_of(run, list(run.done)):
        name = f"{run.jobs[key].student}/{run.jobs[key].assignment}"
        states.setdefault(run.jobs[key].student, {})[key] = state
        written_state, _, why = run.pages.get(name, "").partition(PLAIN)
        if written_state != state or not Path(task.target).exists():
            stale[task.target] = (key, name, state)
        elif why:
            add_note(run, key, why)
    overviews: dict[str, list[str]] = {}  # student -> keys
    for student, of_student in states.items():
        state = versions.key(**of_student)
        targets = [target for target, _ in progress_targets(run, student)]
        if run.pages.get(f"{student}/") != state or not all(Path(target).exists() for target in targets):
            overviews[student] = list(of_student)
            stale[targets[0]] = ("", f"{student}/", state)
    tasks = chain(
        (task for _, _, task in tasks_of(run, [key for key, *_ in stale.values() if key])),
        progress_tasks(run, overviews),
    )
    written: dict[str, str] = {}
    with progress("pages", len(stale)) as advance:
        for task, result in pool.results(write_one, tasks, min(workers, max(1, len(stale) // 10)), new_pool):
            key, name, state = stale[task.target]
            why = plain_instead(run, task, result) if isinstance(result, pool.Lost) else result
            if why and key:
                add_note(run, key, why)
            written[name] = run.pages[name] = state + (PLAIN + why if why else "")
            if len(written) >= BATCH:
                run.journal.append({"pages": written})
                written = {}
            advance(name)
    if written:
        run.journal.append({"pages": written})


def write_one(task: PageTask | ProgressTask) -> str:
    """Runs in a worker. Returns why the page is plain, "" if it is not."""
    return write_page(task) if isinstance(task, PageTask) else write_progress(task)


def plain_instead(run: ClassRun, task: PageTask | ProgressTask, lost: pool.Lost) -> str:
    """Write a plain page after the process that wrote the real one died; returns the reason."""
    stop_if_the_machine_fails(run, lost)
    why = "the process that wrote it died or took too long" if lost.error is None else lost.why
    return write_plain_page(task, why) if isinstance(task, PageTask) else progress_pages.write_plain(task, why)


def tasks_of(run: ClassRun, keys: list[str]) -> Iterator[tuple[str, str, PageTask]]:
    """(key, hash of everything that its page shows, task) of each submission in the gradebook."""
    late, questions = gradebook.late_policy(run.folder), gradebook.questions(run.folder)
    requests = regrade.of_pages(run.folder)
    for batch in (keys[start : start + BATCH] for start in range(0, len(keys), BATCH)):
        names = run.names(batch)
        entries = run.patiently(lambda: gradebook.recorded(run.records, set(names), late))
        for (student, assignment), key in names.items():
            if (student, assignment) in entries:
                recorded = entries[student, assignment] | {
                    "contact": questions["contact"],
                    "questions_until": gradebook.questions_until(questions, assignment),
                    "fingerprint": run.versions[key]["submission"][:12],
                    "progress": "../index.html",
                }
                if (student, assignment) in requests:
                    recorded["regrade"] = requests[student, assignment]
                page = run.folder.place("feedback", student, assignment) / f"{assignment}.html"
                state = versions.key(recorded=recorded, notebook=run.done[key]["sha"], pages=versions.page_version())
                yield key, state, PageTask(str(autograded(run.folder, run.jobs[key])), str(page), assignment, recorded)


def progress_targets(run: ClassRun, student: str) -> list[tuple[str, str]]:
    """(path, prefix of its links to feedback pages) of the two pages over all chapters."""
    return [
        (str(run.folder.path / "progress" / f"{student}.html"), f"../feedback/{quote(student)}/"),
        (str(run.folder.path / "feedback" / student / "index.html"), ""),
    ]


def progress_tasks(run: ClassRun, overviews: dict[str, list[str]]) -> Iterator[ProgressTask]:
    for student, keys in overviews.items():
        pages = sorted((task for _, _, task in tasks_of(run, keys)), key=lambda task: task.assignment)
        yield ProgressTask(student, tuple(progress_targets(run, student)), tuple(pages))


def add_note(run: ClassRun, key: str, why: str) -> None:
    run.extra_notes.setdefault(key, []).append(plain_note(why))


def plain_note(why: str) -> Note:
    return {"en": f"The feedback page is plain: {short(why, 200)}.", "zh": f"反馈页面只有纯文本：{short(why, 200)}。"}
