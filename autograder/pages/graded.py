"""A graded notebook as a list of exercises: the state of each, what went wrong in one sentence, the rows of its card.

There are six states: passed, part, none (it failed), missing (not answered), stopped (the test could not run), wait (a
person has to score it).
"""

import re
from dataclasses import dataclass, field
from typing import Any

from nbformat import from_dict
from nbgrader.utils import compute_checksum

from autograder.grading.failed_cells import CELL_FILE
from autograder.intake.roles import TEST, answers_of, flags, is_answer, is_test
from autograder.pages.content import text
from autograder.pages.texts import COLON, TEXTS
from descent.card_data import MIME

STATES = ("passed", "part", "none", "missing", "stopped", "wait")
REPAIR = ("none", "part", "missing", "stopped")
NOTES_ID = "grader-notes"
REMOTE = "raised by the submitted code"
CELL = re.compile(r"[Cc]ell (\d+)|第 (\d+) 个单元格")
UNKNOWN = ("We don't recognize", "我们不认识")


class Cell(dict):
    """A cell of a notebook's JSON with the attributes that `roles` and nbgrader read."""

    cell_type = property(lambda self: self["cell_type"])
    metadata = property(lambda self: self["metadata"])
    source = property(lambda self: text(self["source"]))


@dataclass
class Exercise:
    """One graded cell. rows: its card as (kind, label, text), empty without a card. why: what went wrong, in one sentence
    with `code` in it. question: the card's question with its label, or "". cells: the answer cells that it grades."""

    id: str
    name: str
    score: float
    most: float
    state: str
    is_text: bool
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    why: str = ""
    question: str = ""
    comment: str = ""
    cells: list[Cell] = field(default_factory=list)

    @property
    def lost(self) -> float:
        return self.most - self.score

    def of(self, *kinds: str) -> list[tuple[str, str, str]]:
        return [row for row in self.rows if row[0] in kinds]


@dataclass
class Graded:
    """One graded submission."""

    lang: str
    title: str
    cells: list[Cell]
    exercises: list[Exercise]
    notes: list[dict[str, str]]
    refused: dict[str, str] | None

    @property
    def waiting(self) -> float:
        return sum(exercise.most for exercise in self.exercises if exercise.state == "wait")

    @property
    def raw(self) -> float:
        return sum(exercise.score for exercise in self.exercises)

    def to_repair(self) -> list[Exercise]:
        """The exercises in which a student can win points back, the most points first."""
        repairs = [
            exercise
            for exercise in self.exercises
            if exercise.state in REPAIR and exercise.lost > 0 and not (exercise.is_text and exercise.state != "missing")
        ]
        if all(exercise.state == "missing" for exercise in repairs):
            return repairs  # nothing was answered: keep the chapter's order, beginning with the first exercise
        return sorted(repairs, key=lambda exercise: -exercise.lost)


def read(nb: dict[str, Any], assignment: str, recorded: dict[str, Any]) -> Graded:
    """The exercises of a graded notebook of ours (its JSON). recorded: its entry of recorded.recorded."""
    cells = [Cell(cell) for cell in nb["cells"]]
    about = nb["metadata"].get("descent", {})
    grading = about.get("grading", {})
    lang = grading.get("lang") or about.get("lang") or "en"
    lang = lang if lang in TEXTS else "en"
    exercises = []
    answers = answers_of(cells)
    for cell in cells:
        grade_id = flags(cell).get("grade_id")
        if grade_id not in answers or not flags(cell).get("grade") or grade_id not in recorded["scores"]:
            continue
        name = grade_id.removeprefix(TEST)
        score, most = recorded["scores"][grade_id]
        exercise = Exercise(grade_id, name, score or 0.0, most, "", not is_test(cell), cells=answers[grade_id])
        exercise.comment = recorded["comments"].get(grade_id) or recorded["comments"].get(name) or ""
        describe(
            exercise, cell, grading.get("tests", {}).get(grade_id, {}), recorded, lang, bool(grading.get("refused"))
        )
        exercise.why = CELL.sub(lambda m: cell_words(cells, int(m[1] or m[2]), lang) or m[0], exercise.why)
        exercises.append(exercise)
    return Graded(
        lang, title_of(cells, assignment), cells, exercises, grading.get("notes") or [], grading.get("refused")
    )


def title_of(cells: list[Cell], assignment: str) -> str:
    """The first heading that the course wrote."""
    for cell in cells:
        first = cell.source.lstrip().split("\n")[0]
        if cell.cell_type == "markdown" and first.startswith("# ") and not is_answer(cell):
            return first[2:].replace("`", "").replace("*", "").strip()
    return assignment


def describe(
    exercise: Exercise, cell: Cell, details: dict[str, Any], recorded: dict[str, Any], lang: str, refused: bool
) -> None:
    exercise.rows = card_rows(cell)
    error = next((output for output in cell.get("outputs", ()) if output["output_type"] == "error"), None)
    exercise.state = state_of(exercise, details, error, recorded, refused)
    exercise.question = next((label + line for kind, label, line in exercise.rows if kind == "question"), "")
    if exercise.state in ("none", "part", "stopped"):
        exercise.why = why(exercise, error, lang)
    elif exercise.state == "passed":  # an observation, for example about a wrong helper that cost no points here
        exercise.why = next((line for _, _, line in exercise.of("observation")), "")


def cell_words(cells: list[Cell], number: int, lang: str) -> str:
    """The name of cell `number`, counted from 1, as the page has no cell numbers; "" if it has no name."""
    counted = [cell for cell in cells if cell.get("id") != NOTES_ID]
    name = flags(counted[number - 1]).get("grade_id") if 0 < number <= len(counted) else None
    if not name:
        return ""
    return f"cell `{name}`" if lang == "en" else f"单元格 `{name}` "


def state_of(
    exercise: Exercise, details: dict[str, Any], error: dict | None, recorded: dict[str, Any], refused: bool
) -> str:
    if exercise.id in recorded.get("waits", ()):
        return "wait"
    by_points = "passed" if exercise.score >= exercise.most else "part" if exercise.score > 0 else "none"
    if exercise.id in recorded.get("by_person", ()) or by_points == "passed":
        return by_points
    if refused or details.get("reason") or details.get("limit") or (error and error["ename"] == "NotTried"):
        return "stopped"
    if details.get("missing") or (by_points == "none" and exercise.cells and all(map(untouched, exercise.cells))):
        return "missing"
    return by_points


def untouched(cell: Cell) -> bool:
    """True if an answer is empty or as it was released: nbgrader keeps the released text's checksum in the cell."""
    checksum = flags(cell).get("checksum")
    if not cell.source.strip():
        return True
    return checksum is not None and compute_checksum(from_dict({**cell, "source": cell.source})) == checksum


def card_rows(cell: Cell) -> list[tuple[str, str, str]]:
    for output in cell.get("outputs", ()):
        rows = output.get("data", {}).get(MIME, {}).get("rows") if is_test(cell) else None
        if rows:
            return [(kind, label, line) for kind, label, line in rows]
    return []


def why(exercise: Exercise, error: dict | None, lang: str) -> str:
    """What went wrong: the name of the mistake, or the card's observation or problem, or the test's error."""
    broken = next(
        (output for cell in exercise.cells for output in cell.get("outputs", ()) if output["output_type"] == "error"),
        None,
    )
    if broken and not exercise.of("name", "problem") and (error is None or error["ename"] != "NotTried"):
        raised = CELL_FILE.sub(r"(\1)", f"{broken['ename']}: {broken['evalue']}"[:300])
        return TEXTS[lang]["cell_fails"].format(cell=exercise.name, error=raised)
    names = [line for _, _, line in exercise.of("name") if not line.startswith(UNKNOWN)]
    observed = [line for _, _, line in exercise.of("observation")]
    problems = [line for _, _, line in exercise.of("problem")]
    for line in names + observed + problems:
        return line
    if error is None:
        return ""
    if error["ename"] in ("NotTried", "NotGraded"):
        return error["evalue"]
    return error["ename"] + COLON[lang] + error["evalue"].replace(REMOTE, TEXTS[lang]["raised"])
