"""We compute a class's statistics: scores, results of exercises, mistakes by name, seconds, limits met, open essays.

Scores come from the gradebook, where a person may have changed them; everything else from the results of grading.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from autograder.grading.persist import ClassRun
from autograder.grading.rows import Row
from autograder.intake.masters import Master
from autograder.intake.roles import is_test
from autograder.pages.class_report.marks import Mark, Recorded
from descent import exercises, keys

OUTCOMES = ("all points", "some points", "no points", "not answered", "not tried", "waits")
CALL = re.compile(r"check\(\s*[\"'](\w+)[\"']")
UNNAMED = {
    "": "wrong in a way that no known mistake explains",
    "limit": "the answer met a limit of its test (time, for example)",
    "absent": "the name was not defined when the test began (its cell failed, for example)",
}
REASONS = {
    "test_time": "a test ran too long",
    "tests_time": "the tests ran too long together",
    "judge_ended": "a test's process ended",
    "kernel_died": "the kernel ended",
    "kernel_memory": "too much memory",
    "kernel_cpu": "too much processor time",
    "kernel_hung": "a cell did not stop",
    "notebook_time": "the notebook ran too long",
    "no_snapshot": "the kernel did not answer at a test",
    "not_run": "not reached",
    "wire": "values could not be exchanged",
    "test_broken": "the test itself failed",
}


@dataclass
class Exercise:
    """One graded cell of a chapter over all submissions that were graded."""

    id: str
    name: str
    points: float
    calls_check: bool
    outcomes: Counter = field(default_factory=Counter)
    shares: list[float] = field(default_factory=list)  # share of the points, for each submission with a score
    seconds: list[float] = field(default_factory=list)
    students: dict[str, list[str]] = field(default_factory=dict)  # mistake -> who made it
    names: dict[str, str] = field(default_factory=dict)  # mistake -> its name

    @property
    def mean(self) -> float | None:
        return sum(self.shares) / len(self.shares) if self.shares else None

    @property
    def commonest(self) -> str:
        """The most common mistake and how many students made it; of equal ones, one with a name."""
        if not self.students:
            return ""
        id = max(self.students, key=lambda id: (len(self.students[id]), id not in UNNAMED, id))
        return f"{self.names[id]} ({len(self.students[id])})"


@dataclass
class Chapter:
    name: str
    max_score: float = 0.0
    scores: list[float] = field(default_factory=list)  # final scores in percent; 0 for refused submissions
    waiting: int = 0  # number of scores that still lack the points of an essay
    exercises: list[Exercise] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=dict)  # step -> seconds of each submission
    limits: list[tuple[Row, list[str]]] = field(default_factory=list)
    signs: list[tuple[Row, list[str]]] = field(default_factory=list)

    @property
    def mistakes(self) -> tuple[list[tuple[Exercise, str, list[str]]], list[tuple[Exercise, str, list[str]]]]:
        """Two lists of (exercise, name of the mistake, students), most common first: mistakes with a name, and others."""
        by_count = sorted(
            ((exercise, id, who) for exercise in self.exercises for id, who in exercise.students.items()),
            key=lambda m: (-len(m[2]), m[0].id, m[1]),
        )
        named, unnamed = (
            [(exercise, exercise.names[id], who) for exercise, id, who in by_count if (id in UNNAMED) is is_unnamed]
            for is_unnamed in (False, True)
        )
        return named, unnamed

    @property
    def median(self) -> float:
        return median(self.scores) if self.scores else 0.0


def chapters(
    run: ClassRun, masters: Mapping[str, dict[str, Master]], rows: list[Row], gradebook: dict[tuple[str, str], Recorded]
) -> list[Chapter]:
    """Every chapter that has a graded submission. rows: report.rows of the same run; gradebook: marks.recorded."""
    by_name = {(row.student, row.assignment): row for row in rows}
    by_assignment: dict[str, Chapter] = {}
    for key in sorted(run.done, key=lambda key: run.jobs[key].student):
        job = run.jobs[key]
        row = by_name.get((job.student, job.assignment))
        recorded = gradebook.get((job.student, job.assignment))
        if row is None or recorded is None:
            continue
        chapter = by_assignment.get(job.assignment)
        if chapter is None:
            chapter = by_assignment[job.assignment] = Chapter(job.assignment, row.max_score)
            chapter.exercises = exercises_of(masters[job.assignment])
        count(chapter, row, run.done[key], recorded.marks)
    return [by_assignment[name] for name in sorted(by_assignment)]


def exercises_of(master: dict[str, Master]) -> list[Exercise]:
    """The graded cells of a chapter, in order; a test cell gets the name of the exercise that it checks."""
    nb = master.get("en") or next(iter(master.values()))
    graded_exercises = []
    sources = {cell.id: cell.source for cell in nb.solution.cells if is_test(cell)}
    for id, points in nb.points.items():
        call = CALL.search(sources.get(id, ""))
        graded_exercises.append(Exercise(id, call.group(1) if call else id.removeprefix("test_"), points, bool(call)))
    return graded_exercises


def count(chapter: Chapter, row: Row, result: dict, marks: dict[str, Mark]) -> None:
    """Add one submission to the statistics of its chapter."""
    chapter.scores.append(100 * row.score / row.max_score if row.max_score else 0.0)
    if result.get("refused"):
        return
    chapter.waiting += bool(row.waiting)
    for step, seconds in result.get("seconds", {}).items():
        chapter.seconds.setdefault(step, []).append(seconds)
    tests = result.get("tests", {})
    unanswered = {grade_id: {"missing": True} for grade_id in result.get("unanswered", ())}
    for exercise in chapter.exercises:
        if exercise.id in marks:
            details = tests.get(exercise.id, {}) | unanswered.get(exercise.id, {})
            count_test(exercise, row.student, details, marks[exercise.id])
    limits = list(result.get("limits", []))
    reasons = Counter(REASONS.get(test["reason"], test["reason"]) for test in tests.values() if test.get("reason"))
    reasons += Counter(
        "an answer ran too long" for test in tests.values() if test.get("limit") == "time" and not test.get("reason")
    )
    limits += [f"{reason} ({n} test{'s' * (n > 1)})" for reason, n in reasons.items()]
    if limits:
        chapter.limits.append((row, limits))
    if result.get("signs"):
        chapter.signs.append((row, list(result["signs"])))


def count_test(exercise: Exercise, student: str, about: dict, mark: Mark) -> None:
    if about.get("seconds") is not None:
        exercise.seconds.append(about["seconds"])
    if mark.score is None:
        exercise.outcomes["waits"] += 1
        return
    share = mark.score / exercise.points if exercise.points else 1.0
    exercise.shares.append(share)
    exercise.outcomes[outcome(share, about, mark)] += 1
    if share < 1 and about and not about.get("missing") and not about.get("reason") and exercise.calls_check:
        unnamed = "limit" if about.get("limit") else "" if about.get("exercise") else "absent"
        id = about.get("mistake") or unnamed
        exercise.students.setdefault(id, []).append(student)
        exercise.names.setdefault(id, mistake_name(exercise.name, id))


def outcome(share: float, about: dict, mark: Mark) -> str:
    if share >= 1:
        return "all points"
    if not mark.by_person and about.get("reason"):
        return "not tried"
    if not mark.by_person and about.get("missing"):
        return "not answered"
    return "some points" if share > 0 else "no points"


def mistake_name(exercise: str, id: str) -> str:
    """The card's sentence for a mistake."""
    if id in UNNAMED:
        return UNNAMED[id]
    try:
        topic, _ = exercises.find(exercise)
        return next(mistake["name"]["en"] for mistake in keys.read(topic)[exercise]["mistakes"] if mistake["id"] == id)
    except (LookupError, StopIteration):
        return id
