"""Take an nbgrader problem set into a class: source notebooks with solution marks, plain asserts and hidden tests.

Every notebook becomes an assignment of the class: <CLASS>/adopted/solutions/<lang>/<name>/<name>.ipynb and its student
version below adopted/notebooks. `name` is the folder's name, or <folder>--<notebook> if there are several notebooks.
Cells get ids, and a task cell gets an answer cell after it. Then the assignment's own solution is graded like a
submission, which shows for each test whether it can be judged outside of the student's process (trial.py).
"""

import hashlib
import re
import shutil
import unicodedata
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.nbgraderformat import ValidationError
from nbgrader.nbgraderformat.v3 import MetadataValidatorV3
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

from autograder.gradebook.coursedir import ClassError, ClassFolder
from autograder.gradebook.permissions import private
from autograder.grading.course import SEPARATOR, Course, adopted_by
from autograder.grading.in_kernel import TAG
from autograder.intake import masters
from autograder.intake.roles import flags, is_answer, is_test

NAME = re.compile(r"[^A-Za-z0-9._-]+")
MOST_BYTES = 8 << 20  # of files beside the notebooks
AUTOTEST = re.compile(r"^\s*#+\s*(?:HASHED )?AUTOTEST\b", re.MULTILINE)
RELEASE = (
    LockCells,
    ClearSolutions,
    ClearOutput,
    ComputeChecksums,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
)
TASK_ANSWER = {"en": "YOUR ANSWER HERE", "zh": "在这里写下你的回答"}


@dataclass
class Assignment:
    """One notebook of a problem set as an assignment. file: its name in the set. files: the files beside it."""

    name: str
    file: str
    lang: str
    solution: NotebookNode
    released: NotebookNode
    files: dict[str, bytes] = field(default_factory=dict)

    def master(self) -> masters.Master:
        return masters.make(deepcopy(self.solution), deepcopy(self.released), self.name)

    def mark(self, tests: set[str]) -> None:
        """Tag the tests that cannot be judged outside of the student's process."""
        for nb in (self.solution, self.released):
            for cell in nb.cells:
                tags = [tag for tag in cell.metadata.get("tags", []) if tag != TAG]
                if flags(cell).get("grade_id") in tests:
                    tags.append(TAG)
                if tags or "tags" in cell.metadata:
                    cell.metadata["tags"] = tags


def read(source: Path, lang: str = "en") -> list[Assignment]:
    """The assignments of a problem set. source: its folder, or one notebook. Raises ClassError."""
    folder = source.parent if source.is_file() else source
    paths = [source] if source.is_file() else sorted(source.glob("*.ipynb"))
    if not source.exists():
        raise ClassError(f"FROM={source}: there is nothing. It is the folder of one assignment, such as source/ps1")
    if not paths:
        inside = ", ".join(sorted(p.name for p in folder.iterdir())[:6]) or "nothing"
        raise ClassError(f"FROM={source} holds no notebook (it holds: {inside}). It is the folder of one assignment")
    if source.is_file() and source.suffix != ".ipynb":
        raise ClassError(f"FROM={source} is not a notebook (.ipynb)")
    base = plain_name(folder.resolve().name, "assignment")
    names = [base if len(paths) == 1 else f"{base}{SEPARATOR}{plain_name(path.stem, 'notebook')}" for path in paths]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        same_name = " and ".join(path.name for path, name in zip(paths, names, strict=True) if name == repeated[0])
        raise ClassError(f"FROM={source}: {same_name} would both be called {repeated[0]}: rename one of them")
    assignments, files = [], files_beside(source)
    for path, name in zip(paths, names, strict=True):
        assignments.append(convert(path, name, lang, others=[p.name for p in paths if p != path], files=files))
    if not any(master.points for master in (assignment.master() for assignment in assignments)):
        raise ClassError(f"FROM={source}: no cell is graded. Is it the source version, made with Create Assignment?")
    return assignments


def plain_name(text: str, otherwise: str) -> str:
    """An assignment's name in ASCII, because the exchange, URLs and files of an LMS contain it. If letters are lost, a
    hash of the whole name is added, so that two folders with Chinese names stay two assignments."""
    name = NAME.sub("_", text).replace(SEPARATOR, "-").strip("._")
    if any(c.isalnum() and not c.isascii() for c in text):
        mark = hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()[:6]
        return f"{name or otherwise}-{mark}"
    return name or otherwise


def files_beside(source: Path) -> dict[str, bytes]:
    """Data, pictures and modules in the assignment's folder and its subfolders, which its notebooks may read: path below the
    folder -> bytes. Raises ClassError when they are too large."""
    if not source.is_dir():
        return {}
    files = {
        str(path.relative_to(source)): path
        for path in sorted(source.rglob("*"))
        if path.is_file() and path.suffix != ".ipynb" and not left_out(path.relative_to(source))
    }
    size = sum(path.stat().st_size for path in files.values())
    if size > MOST_BYTES:
        raise ClassError(
            f"{source} holds {size >> 20} MB of files beside its notebooks; {MOST_BYTES >> 20} MB are allowed"
        )
    return {name: path.read_bytes() for name, path in files.items()}


def left_out(path: Path) -> bool:
    """What editors and Python leave behind belongs to nobody's assignment."""
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def convert(path: Path, name: str, lang: str, others: list[str], files: dict[str, bytes]) -> Assignment:
    """One source notebook as a solution and its student version. Raises ClassError with the cell that is wrong."""
    nb = load(path)
    cells = []
    for number, cell in enumerate(nb.cells):
        grade_id = flags(cell).get("grade_id")
        if flags(cell).get("task"):
            cells += task(cell, lang)
            continue
        if not (flags(cell).get("grade") or flags(cell).get("solution") or flags(cell).get("locked")):
            cell.metadata.pop("nbgrader", None)
        cell.id = grade_id if grade_id and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", grade_id) else f"cell-{number}"
        cells.append(cell)
    nb.cells, nb.nbformat, nb.nbformat_minor = cells, 4, 5
    unique(nb, path)
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb.metadata["descent"] = {
        "chapter": name,
        "lang": lang,
        "adopted": {
            "file": path.name,
            "others": [*others, *files],
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        },
    }
    solution = NotebookNode(deepcopy(nb))
    released = NotebookNode(deepcopy(nb))
    resources: dict[str, Any] = {"nbgrader": {}}
    try:
        for step in RELEASE:
            released, resources = step().preprocess(released, resources)
    except Exception as error:  # RuntimeError for marks that do not fit; nbgrader raises others, too
        raise ClassError(f"{path.name}: nbgrader cannot make the student version: {error}") from None
    for cell in solution.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    assignment = Assignment(name, path.name, lang, solution, released, files)
    check(assignment, path)
    return assignment


def load(path: Path) -> NotebookNode:
    """A source notebook as nbformat 4 with nbgrader's metadata of schema 3. Raises ClassError."""
    try:
        nb = nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat raises many kinds for files that are none
        raise ClassError(f"{path} cannot be read as a notebook: {type(error).__name__}: {error}"[:400]) from None
    language = (
        nb.metadata.get("kernelspec", {}).get("language")
        or nb.metadata.get("language_info", {}).get("name")
        or "python"
    )
    if str(language).lower() not in ("python", "python3", "ipython"):
        raise ClassError(f"{path.name} is written in {language}; only Python can be graded here")
    try:
        nb = MetadataValidatorV3().upgrade_notebook_metadata(nb)
    except (ValidationError, KeyError, TypeError) as error:
        raise ClassError(f"{path.name}: nbgrader's metadata cannot be read: {error}") from None
    for number, cell in enumerate(nb.cells, 1):
        if AUTOTEST.search(cell.source) and flags(cell).get("grade"):
            raise ClassError(
                f"{path.name}, cell {number}: AUTOTEST is filled in by `nbgrader generate_assignment --create`. Run it, copy "
                "the tests that it made into the source, and adopt that"
            )
    return nb


def task(cell: NotebookNode, lang: str) -> list[NotebookNode]:
    """A task, which nbgrader lets students answer in new cells, as a question and one answer cell for a person to grade."""
    grade_id, points = flags(cell)["grade_id"], flags(cell).get("points", 0)
    cell.metadata.pop("nbgrader")
    cell.id = f"{slug(grade_id)}-question"
    cell.metadata["nbgrader"] = marks(cell.id, locked=True)
    answer = new_markdown_cell(TASK_ANSWER.get(lang, TASK_ANSWER["en"]), id=slug(grade_id))
    answer.metadata["nbgrader"] = marks(grade_id, grade=True, solution=True, points=points)
    return [cell, answer]


def marks(grade_id: str, **changed: Any) -> dict[str, Any]:
    return {
        "schema_version": 3, "grade_id": grade_id, "grade": False, "solution": False, "locked": False, "task": False
    } | changed  # fmt: skip


def slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text)[:50] or "cell"


def unique(nb: NotebookNode, path: Path) -> None:
    """Raises ClassError for a grade_id that is used twice; gives other cells different ids."""
    names = [flags(cell)["grade_id"] for cell in nb.cells if flags(cell).get("grade_id")]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ClassError(f"{path.name}: several cells have the nbgrader id {', '.join(repeated)}: give each its own")
    ids: set[str] = set()
    for cell in nb.cells:
        while cell.id in ids:
            cell.id = f"{cell.id[:50]}-again"
        ids.add(cell.id)


def check(assignment: Assignment, path: Path) -> None:
    """Raises ClassError for what would make grading fail."""
    for cell in assignment.solution.cells:
        if (flags(cell).get("grade") or flags(cell).get("solution")) and (problem := masters.wrong_flags(cell)):
            raise ClassError(f"{path.name}: cell {cell.id} {problem}")
    for cell, released in zip(assignment.solution.cells, assignment.released.cells, strict=True):
        if cell.cell_type == "code" and is_answer(cell) and not is_test(cell) and cell.source == released.source:
            raise ClassError(f"{path.name}: the answer {cell.id} holds its solution in the student version as well")


def lay_out(folder: Path, new: Path, assignments: list[Assignment]) -> None:
    """Make `new`: a copy of `folder` in which these assignments replace their earlier versions."""
    if folder.is_dir():
        shutil.copytree(folder, new)
    base = assignments[0].name.split(SEPARATOR)[0]
    for old in [*new.glob(f"*/*/{base}"), *new.glob(f"*/*/{base}{SEPARATOR}*")]:
        shutil.rmtree(old)
    for assignment in assignments:
        for step, nb in (("solutions", assignment.solution), ("notebooks", assignment.released)):
            target = new / step / assignment.lang / assignment.name
            target.mkdir(parents=True)
            nbformat.write(nb, target / f"{assignment.name}.ipynb")
        for name, data in assignment.files.items():
            path = new / "notebooks" / assignment.lang / assignment.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def write(folder: ClassFolder, assignments: list[Assignment]) -> list[Path]:
    """Put the assignments into the class, all or none, in place of earlier versions; files beside the notebooks go to the
    students, too. Returns the folders of the student versions. Raises ClassError for the name of a chapter."""
    chapters = set(Course().assignments())
    for assignment in assignments:
        if assignment.name in chapters:
            raise ClassError(f"{assignment.name} is a chapter of this course: rename the folder that is adopted")
    adopted = adopted_by(folder)
    new = adopted.with_name(".adopted.new")
    with private(folder):
        shutil.rmtree(new, ignore_errors=True)
        try:
            lay_out(adopted, new, assignments)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        old = adopted.with_name(".adopted.old")
        shutil.rmtree(old, ignore_errors=True)
        if adopted.exists():
            adopted.rename(old)
        new.rename(adopted)
        shutil.rmtree(old, ignore_errors=True)
    return [adopted / "notebooks" / assignment.lang / assignment.name for assignment in assignments]
