"""Write the feedback pages of a class: those whose notebook, scores or comments changed, and all of them when the code
that writes pages did."""

from collections.abc import Callable, Iterator
from pathlib import Path

from autograder.gradebook import versions
from autograder.grading import pool
from autograder.grading.local_pool import LocalPool
from autograder.grading.persist import ClassRun, autograded, stop_if_the_machine_fails
from autograder.intake.notes import Note, short
from autograder.pages import feedback

BATCH = 100  # pages between two entries in the journal, and between two queries


def write_pages(run: ClassRun, workers: int, progress: Callable,
                new_pool: Callable[[int], pool.Pool] = LocalPool) -> None:
    """Write every feedback page that does not show what the gradebook says now."""
    stale = {}  # page's path -> key, name in the journal, state that the page will show
    for key, state, task in tasks_of(run, list(run.done)):
        name = f"{run.jobs[key].student}/{run.jobs[key].assignment}"
        if run.pages.get(name) != state or not Path(task[1]).exists():
            stale[task[1]] = (key, name, state)
    tasks = (task for _, _, task in tasks_of(run, [key for key, *_ in stale.values()]))
    written: dict[str, str] = {}
    with progress("feedback", len(stale)) as advance:
        for task, size in pool.results(feedback.write_page, tasks, min(workers, max(1, len(stale) // 10)), new_pool):
            key, name, state = stale[task[1]]
            if isinstance(size, pool.Lost):
                stop_if_the_machine_fails(run, size)
                run.extra_notes.setdefault(key, []).append(no_page(size.why))
            else:
                written[name] = run.pages[name] = state
            if len(written) >= BATCH:
                run.journal.append({"pages": written})
                written = {}
            advance(name)
    if written:
        run.journal.append({"pages": written})


def tasks_of(run: ClassRun, keys: list[str]) -> Iterator[tuple[str, str, tuple]]:
    """(key, hash of all that its page shows, task of feedback.write_page) of each submission that is recorded."""
    for batch in (keys[start : start + BATCH] for start in range(0, len(keys), BATCH)):
        names = run.names(batch)
        shown = run.patiently(lambda names=names: run.records.shown(set(names)))
        for (student, assignment), key in names.items():
            if (student, assignment) in shown:
                recorded = shown[student, assignment]
                page = run.folder.place("feedback", student, assignment) / f"{assignment}.html"
                state = versions.key(recorded=recorded, notebook=run.done[key]["sha"], pages=versions.page_version())
                yield key, state, (str(autograded(run.folder, run.jobs[key])), str(page), assignment, recorded)


def no_page(why: str) -> Note:
    return {"en": f"No feedback page: {short(why, 200)}", "zh": f"没有生成反馈页面：{short(why, 200)}"}
