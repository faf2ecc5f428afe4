"""One class for all candidates: the same notebooks in a class folder of ours and in a stock nbgrader course.

The stock course does equal work: its source notebook has no experiments, and each test cell marks the answer in the
kernel, on the very cases that our judge tries (autograder.judging.mark with the same secret). So the scores must agree.
"""

from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.authoring import sample_class, typed_mistakes
from autograder.gradebook.coursedir import ROOT
from autograder.intake import masters
from autograder.intake.masters import Master
from autograder.intake.roles import flags, is_answer, is_test

CHAPTER = "03_momentum"
SECRET = "0" * 64
MARKED = """from autograder.judging.mark import mark as _mark
def check(name, solution):
    return _mark(name, solution, points={points!r}, assignment={chapter!r}, secret={secret!r}, lang="en").points
"""
CONFIG = """c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.db_url = "sqlite:///{root}/gradebook.db"
c.Exchange.root = {root!r}
c.ExecutePreprocessor.timeout = 600
"""


def master() -> Master:
    """The chapter, in English: a stock course has one language."""
    return masters.load(CHAPTER, ROOT / "solutions", ROOT / "notebooks")["en"]


def students(chapter: Master, number: int) -> dict[str, NotebookNode]:
    """student -> notebook. Everybody has solved the chapter; two thirds have made one known mistake somewhere."""
    mistakes = typed_mistakes.mistakes_of(chapter)
    wrong = [
        (exercise, source)
        for exercise, sources in sorted(mistakes.items())
        for source in sources
        if any(cell.id == exercise for cell in chapter.released.cells)
    ]
    notebooks = {}
    for index in range(number):
        exercise, source = wrong[index % len(wrong)]
        notebooks[f"s{index:03d}"] = sample_class.answered(chapter, {exercise: source} if index % 3 else {})
    return notebooks


def give_to_ours(folder: Path, handed_in: dict[str, NotebookNode]) -> Path:
    write(folder, handed_in)
    (folder / ".secret").write_text(SECRET + "\n")
    (folder / ".secret").chmod(0o600)
    return folder


def give_to_stock(
    folder: Path, chapter: Master, handed_in: dict[str, NotebookNode], *, experiments: bool = False
) -> Path:
    """Write a stock course: the source notebook, and the submissions; `nbgrader generate_assignment` makes the rest."""
    source = folder / "source" / CHAPTER / f"{CHAPTER}.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(for_stock(chapter.solution, experiments), source)
    (folder / "nbgrader_config.py").write_text(CONFIG.format(root=str(folder)))
    write(folder, {name: for_stock(nb, experiments) for name, nb in handed_in.items()})
    return folder


def for_stock(nb: NotebookNode, experiments: bool) -> NotebookNode:
    """A notebook of the chapter for a stock course: its tests compute their points in the kernel."""
    nb = deepcopy(nb)
    nb.cells = [cell for cell in nb.cells if experiments or "experiment" not in cell.metadata.get("tags", ())]
    for cell in nb.cells:
        if is_test(cell):
            points = float(flags(cell)["points"])
            cell.source = MARKED.format(points=points, chapter=CHAPTER, secret=SECRET) + cell.source
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return nb


def write(folder: Path, handed_in: dict[str, NotebookNode]) -> None:
    for student, nb in handed_in.items():
        path = folder / "submitted" / student / CHAPTER / f"{CHAPTER}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)


def graded_cells(chapter: Master, nb: NotebookNode) -> list[NotebookNode]:
    """The code cells that every grader has to run."""
    return [
        cell
        for cell in chapter.complete(nb).cells
        if cell.cell_type == "code"
        and "experiment" not in cell.metadata.get("tags", ())
        and not (is_answer(cell) and not cell.source.strip())
    ]
