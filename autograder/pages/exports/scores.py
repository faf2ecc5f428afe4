"""What is handed on of each submission: the score after what being late costs, and the comments of people."""

from dataclasses import dataclass

from nbgrader.api import Gradebook, SubmittedAssignment

NOTHING = ("No response.", "")  # what nbgrader writes at an essay that was left as it was


@dataclass
class Score:
    points: float
    comment: str = ""
    waits: bool = False


@dataclass
class Column:
    """One assignment: its name here, its title there, and the scores of those who handed in."""

    name: str
    title: str
    max_points: float
    scores: dict[str, Score]


def columns(gradebook: Gradebook, titles: dict[str, str], assignments: list[str], students: list[str]) -> list[Column]:
    """The assignments that were asked for (an empty list: all) with their scores.

    Raises LookupError for an assignment or student that is not in the gradebook.
    """
    known = {assignment.name: assignment for assignment in gradebook.assignments}
    for name in assignments:
        if name not in known:
            raise LookupError(
                f"no assignment {name!r} in the gradebook; there are: {', '.join(sorted(known)) or 'none'}"
            )
    everybody = {student.id for student in gradebook.students}
    for name in students:
        if name not in everybody:
            raise LookupError(f"no student {name!r} in the gradebook")
    found = []
    for name in sorted(assignments or known):
        assignment = known[name]
        scores = {s.student_id: score_of(s) for s in assignment.submissions if not students or s.student_id in students}
        found.append(Column(name, titles.get(name, name), assignment.max_score, scores))
    return found


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
