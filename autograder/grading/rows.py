"""One row for each submission of a class: what the table in the terminal and grades.csv show."""

from dataclasses import dataclass, field

from autograder.grading.job import Job
from autograder.grading.persist import ClassRun
from autograder.intake.notes import short

READ = "Read by a person: "  # how the note about scores of people begins


@dataclass
class Row:
    """state: graded, waits, late, person, refused, not yet or left alone; docs/instructors.md says what each means.
    score, max_score: points, the cost of being late taken off. waiting: grade_ids that a person has to score. new: was it
    graded in this run?"""

    student: str
    assignment: str
    state: str
    score: float = 0.0
    max_score: float = 0.0
    lang: str = ""
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    new: bool = field(default=True, compare=False)

    def for_csv(self) -> dict:
        waits = [f"Waits for a person: {', '.join(self.waiting)}."] if self.waiting else []
        return {
            "student_id": self.student,
            "assignment": self.assignment,
            "score": round(self.score, 4),
            "max_score": self.max_score,
            "note": " ".join(self.notes + waits),
        }


def rows(run: ClassRun) -> list[Row]:
    """A row for every submission of a run, by assignment and student, from the gradebook and the journal."""
    return [
        row_of(run, key) for key in sorted(run.jobs, key=lambda key: (run.jobs[key].assignment, run.jobs[key].student))
    ]


def row_of(run: ClassRun, key: str) -> Row:
    job, result = run.jobs[key], run.done.get(key, {})
    if job.assignment in run.changed:
        return of_changed_chapter(run, job)
    if not result:
        return Row(job.student, job.assignment, "not yet")
    row = Row(
        job.student,
        job.assignment,
        "graded",
        lang=result.get("lang") or "",
        seconds=result.get("seconds", {}).get("all", 0.0),
    )
    row.notes = [note["en"] for note in result.get("notes", []) + run.extra_notes.get(key, [])]
    if result.get("signs"):
        row.notes.append(f"Look at the code: it {'; it '.join(result['signs'])}.")
    recorded = run.records.row(job.student, job.assignment)
    if recorded is None:
        row.state = "person"
        return row
    penalty = recorded.late_submission_penalty or 0.0
    row.score, row.max_score = max(0.0, recorded.score - penalty), recorded.max_score
    if recorded.needs_manual_grade:
        row.state = "waits"
        row.waiting = sorted(grade.name for grade in recorded.grades if grade.needs_manual_grade)
    read = sorted(
        grade.name for grade in recorded.grades if grade.manual_score is not None and not grade.needs_manual_grade
    )
    if read:
        row.notes.append(f"{READ}{', '.join(read)}.")
    if recorded.assignment.total_seconds_late > 0:
        row.state = "late" if row.state == "graded" else row.state
        cost = f"-{penalty:g} points" if penalty else "that costs nothing"
        row.notes.append(f"Late by {duration(recorded.assignment.total_seconds_late)}: {cost}.")
    if result.get("lost") or key not in run.recorded:
        row.state = "person"
    if result.get("refused"):
        row.state = "refused"
        row.notes.insert(0, result["refused"]["en"])
    return row


def of_changed_chapter(run: ClassRun, job: Job) -> Row:
    """A submission of a chapter that waits for `make migrate`: its score as it was."""
    recorded = run.records.row(job.student, job.assignment)
    if recorded is None:
        return Row(job.student, job.assignment, "not yet")
    score = max(0.0, recorded.score - (recorded.late_submission_penalty or 0.0))
    notes = ["The chapter was changed: this is the score of its earlier release until make migrate."]
    return Row(job.student, job.assignment, "person", score, recorded.max_score, notes=notes)


def duration(seconds: float) -> str:
    days, rest = divmod(int(seconds), 86_400)
    return f"{days} d {rest // 3600} h" if days else f"{rest // 3600} h {rest % 3600 // 60} min"


def left_alone(path: str) -> Row:
    return Row(short(path, 80), "", "left alone", notes=["Not a submission of a chapter that is built here."])
