"""What exports contain of each submission: the score after the late penalty, and people's comments."""

from dataclasses import dataclass

from nbgrader.api import Gradebook, SubmittedAssignment

NOTHING = ("No response.", "")  # nbgrader's comment on an essay that was not changed


@dataclass
class Score:
    points: float
    comment: str = ""
    waits: bool = False


@dataclass
class Column:
    """One assignment: its name here, its title in the LMS, and the scores of those who handed in."""

    name: str
    title: str
    max_points: float
    scores: dict[str, Score]


def columns(gradebook: Gradebook, titles: dict[str, str], assignments: list[str], students: list[str]) -> list[Column]:
    """`assignments` (all if empty) with the scores of `students` (all if empty).

    Raises LookupError for an assignment or student that is not in the gradebook.
    """
    by_name = {assignment.name: assignment for assignment in gradebook.assignments}
    for name in assignments:
        if name not in by_name:
            raise LookupError(
                f"no assignment {name!r} in the gradebook; there are: {', '.join(sorted(by_name)) or 'none'}"
            )
    students_known = {student.id for student in gradebook.students}
    for name in students:
        if name not in students_known:
            raise LookupError(f"no student {name!r} in the gradebook")
    results = []
    for name in sorted(assignments or by_name):
        assignment = by_name[name]
        scores = {s.student_id: score_of(s) for s in assignment.submissions if not students or s.student_id in students}
        results.append(Column(name, titles.get(name, name), assignment.max_score, scores))
    return results


def score_of(submission: SubmittedAssignment) -> Score:
    penalty = submission.late_submission_penalty or 0.0
    points = max(0.0, submission.score - penalty)
    comments = []
    if penalty:
        comments.append(f"{number(submission.score)} points, less {number(penalty)} for being late.")
    for notebook in submission.notebooks:
        for comment in sorted(notebook.comments, key=lambda comment: comment.name):
            if comment.comment and comment.comment.strip() not in NOTHING:
                comments.append(f"{comment.name}: {comment.comment.strip()}")
    return Score(points, " ".join(comments), submission.needs_manual_grade)


def number(value: float) -> str:
    """Points with two decimals at most, as Canvas shows them: "9.9", "10"."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
