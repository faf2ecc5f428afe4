"""The slow parts of the report, figures and similarity, from plain data: a second process makes them while pages are
written."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.persist import ClassRun, autograded
from autograder.intake.masters import Master
from autograder.pages.class_report import numbers, similarity
from autograder.pages.class_report.features import Written, written
from autograder.pages.class_report.numbers import Chapter
from autograder.pages.class_report.picture import Picture
from autograder.pages.class_report.similarity import Likeness
from descent import card, exercises

Masters = Mapping[str, dict[str, Master]]


@dataclass(frozen=True)
class Parts:
    """For each chapter: its figures by name, and its similar submissions."""

    pictures: dict[str, dict[str, Picture | None]]
    likeness: dict[str, Likeness]


@dataclass(frozen=True)
class Task:
    """submissions: chapter -> student -> (language, graded notebook); without those that were refused."""

    masters: Masters
    chapters: list[Chapter]
    submissions: dict[str, dict[str, tuple[str, Path]]]


def task(run: ClassRun, masters: Masters, chapters: list[Chapter]) -> Task:
    submissions: dict[str, dict[str, tuple[str, Path]]] = {chapter.name: {} for chapter in chapters}
    for key in run.done:
        job, lang = run.jobs[key], run.done[key].get("lang")
        if job.assignment in submissions and lang in masters[job.assignment]:
            submissions[job.assignment][job.student] = lang, autograded(run.folder, job)
    return Task(masters, chapters, submissions)


def make(task: Task) -> Parts:
    from autograder.pages.class_report import figures  # Matplotlib is slow to import: only where figures are drawn

    pictures = {
        chapter.name: {
            "scores": figures.scores(chapter),
            "outcomes": figures.outcomes(chapter),
            "seconds": figures.seconds(chapter),
        }
        for chapter in task.chapters
    }
    texts = {name: texts_of(task, name) for name in task.submissions}
    pairs = any(len(students) > 1 for students in texts.values())  # without pairs the course's texts are not needed
    course = similarity.course_of(course_texts(task.masters) if pairs else ())
    return Parts(pictures, {name: similarity.likeness(students, course) for name, students in texts.items()})


def texts_of(task: Task, chapter: str) -> dict[str, Written]:
    """student -> what they wrote in a chapter, from the graded notebooks."""
    released = {
        lang: {cell.id: cell.source for cell in master.released.cells} for lang, master in task.masters[chapter].items()
    }
    return {
        student: written(json.loads(path.read_bytes())["cells"], released[lang])
        for student, (lang, path) in task.submissions[chapter].items()
    }


def course_texts(masters: Masters) -> Iterator[str]:
    """Every text of the course that a student may copy: notebooks, solutions, and the cases that cards show."""
    texts: set[str] = set()
    for chapter in masters.values():
        for master in chapter.values():
            texts.update(cell.source for nb in (master.released, master.solution) for cell in nb.cells)
        for exercise in numbers.exercises_of(chapter):
            if exercise.calls_check and exercise.name in exercises.table():
                cases = exercises.visible_cases(exercises.find(exercise.name)[1])
                texts.update(card.case_text(case) for case in cases)
    yield from sorted(texts)
