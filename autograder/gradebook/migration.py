"""Bring the gradebook to a chapter's new release: cells are added, removed and renamed by grade_id, everything else stays.

nbgrader refuses a chapter whose cells changed after submissions were recorded, and its way out loses what people gave. Here
the rows change in place: a score or comment of a person stays with its cell. What belongs to a removed cell is written into
<CLASS>/migrations/ before it goes, with a copy of the gradebook.
"""

import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import make_url

from autograder.gradebook import decisions
from autograder.gradebook.audit import now
from autograder.gradebook.coursedir import ClassError, ClassFolder
from autograder.gradebook.files import replace
from autograder.gradebook.record import Records
from autograder.intake.masters import Master
from autograder.intake.roles import flags

FOLDER = "migrations"
KINDS = {"grade": GradeCell, "solution": SolutionCell, "task": TaskCell, "source": SourceCell}
Cells = dict[str, dict[str, dict[str, Any]]]  # kind -> grade_id -> its columns


@dataclass
class Plan:
    """What a new release changes in one chapter. added, removed: grade_ids of graded cells and answers. points: grade_id ->
    (before, now). renamed: old grade_id -> new. kept: how many scores and comments of people stay. lost: those of removed
    cells, {student, cell, score, extra, comment}."""

    assignment: str
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    submissions: int = 0
    kept: int = 0
    lost: list[dict[str, Any]] = field(default_factory=list)
    needed: bool = False

    def sentences(self) -> list[str]:
        summary = [f"{self.assignment}: {self.submissions} submissions"]
        for word, names in (("new", self.added), ("gone", self.removed)):
            if names:
                summary.append(f"  {word}: {', '.join(names)}")
        summary += [f"  {old} is called {new} now" for old, new in self.renamed.items()]
        summary += [
            f"  {name}: {before:g} points before, {after:g} now" for name, (before, after) in self.points.items()
        ]
        summary.append(f"  {self.kept} scores and comments of people stay")
        for entry in self.lost:
            summary.append(
                f"  of a cell that is gone: {entry['student']}, {entry['cell']}: score {entry['score']}, "
                f"comment {entry['comment']!r}"
            )
        return summary


def cells_of(nb: NotebookNode) -> Cells:
    """The cells that nbgrader keeps rows of, as its SaveCells takes them."""
    cells: Cells = {kind: {} for kind in KINDS}
    for cell in nb.cells:
        about = flags(cell)
        if not about:
            continue
        name = str(about.get("grade_id"))
        graded = {"cell_type": cell.cell_type, "max_score": float(about.get("points") or 0.0)}
        if about.get("task"):
            cells["task"][name] = graded
        elif about.get("grade"):
            cells["grade"][name] = graded
        if about.get("solution"):
            cells["solution"][name] = {}
        if about.get("grade") or about.get("solution") or about.get("locked") or about.get("task"):
            cells["source"][name] = {
                "cell_type": cell.cell_type, "source": cell.source, "checksum": about.get("checksum"),
                "locked": not about.get("solution") and bool(about.get("grade") or about.get("locked")),
            }  # fmt: skip
    return cells


def plan(records: Records, assignment: str, chapter: dict[str, Master], renamed: dict[str, str]) -> Plan:
    """What a migration of this chapter would do. Raises ClassError for a cell that cannot be renamed so."""
    notebook = notebook_row(records, assignment)
    migration = Plan(assignment)
    if notebook is None:
        return migration
    master = chapter.get("en") or next(iter(chapter.values()))
    now_cells, before = cells_of(master.complete(master.released)), rows_of(notebook)
    old = {name for kind in ("grade", "solution", "task") for name in before[kind]}
    new = {name for kind in ("grade", "solution", "task") for name in now_cells[kind]}
    for old_name, new_name in renamed.items():
        if old_name in old - new and new_name in new - old:
            migration.renamed[old_name] = new_name
        elif old_name in old - new or new_name in new - old:
            raise ClassError(
                f"{assignment}: {old_name} cannot be renamed {new_name}: gone are {sorted(old - new)}, new {sorted(new - old)}"
            )
    migration.submissions = len(notebook.submissions)
    migration.added = sorted(new - old - set(migration.renamed.values()))
    migration.removed = sorted(old - new - migration.renamed.keys())
    for kind in ("grade", "task"):
        for name, row in before[kind].items():
            after = now_cells[kind].get(migration.renamed.get(name, name))
            if after and after["max_score"] != row.max_score:
                migration.points[name] = (row.max_score, after["max_score"])
    migration.needed = any(before[kind].keys() != now_cells[kind].keys() for kind in KINDS)
    for submitted in notebook.submissions:
        given: dict[str, dict[str, Any]] = {}
        for grade in submitted.grades:
            if grade.manual_score is not None or grade.extra_credit:
                given.setdefault(grade.name, {}).update(score=grade.manual_score, extra=grade.extra_credit)
        for comment in submitted.comments:
            if comment.manual_comment:
                given.setdefault(comment.name, {}).update(comment=comment.manual_comment)
        for name, values in given.items():
            if name in migration.removed:
                migration.lost.append(
                    {"student": submitted.student.id, "cell": name}
                    | {key: values.get(key) for key in ("score", "extra", "comment")}
                )
            else:
                migration.kept += len([value for value in values.values() if value])
    return migration


def notebook_row(records: Records, assignment: str) -> Notebook | None:
    try:
        return records.gradebook.find_notebook(assignment, assignment)
    except MissingEntry:
        return None


def rows_of(notebook: Notebook) -> dict[str, dict[str, BaseCell]]:
    return {
        "grade": {cell.name: cell for cell in notebook.grade_cells},
        "solution": {cell.name: cell for cell in notebook.solution_cells},
        "task": {cell.name: cell for cell in notebook.task_cells},
        "source": {cell.name: cell for cell in notebook.source_cells},
    }


def apply(records: Records, class_folder: ClassFolder, migration: Plan, chapter: dict[str, Master]) -> Path:
    """Do what `plan` said, in one transaction; returns where the copy of the gradebook and what was lost are kept."""
    backup = keep(class_folder, migration)
    notebook = notebook_row(records, migration.assignment)
    if notebook is None:
        raise ClassError(f"{migration.assignment} is not in the gradebook")
    master = chapter.get("en") or next(iter(chapter.values()))
    wanted, rows, db = cells_of(master.complete(master.released)), rows_of(notebook), records.gradebook.db
    try:
        for kind, table in KINDS.items():
            for name, row in rows[kind].items():
                if migration.renamed.get(name) in wanted[kind]:
                    row.name = migration.renamed[name]
                elif name not in wanted[kind]:
                    for child in (Grade, Comment):
                        db.query(child).filter(child.cell_id == row.id).delete(synchronize_session=False)
                    db.flush()
                    db.expire(row)
                    db.delete(row)
            db.flush()
            there = rows[kind].keys() | {migration.renamed[name] for name in rows[kind] if name in migration.renamed}
            for name, columns in wanted[kind].items():
                if name not in there:
                    add(records, notebook, table(name=name, notebook=notebook, **columns))
        for before, after in migration.renamed.items():
            ids = [submitted.id for submitted in notebook.submissions]
            of_cell = decisions.TABLE.c.notebook_id.in_(ids) & (decisions.TABLE.c.cell == before)
            db.execute(decisions.TABLE.update().where(of_cell).values(cell=after))
        db.flush()
        records.commit()
    except Exception:
        records.rollback()
        raise
    db.expire_all()
    return backup


def add(records: Records, notebook: Notebook, cell: BaseCell) -> None:
    """A new cell, with a row for each submission as nbgrader makes them."""
    db = records.gradebook.db
    db.add(cell)
    db.flush()
    for submitted in db.query(SubmittedNotebook).filter(SubmittedNotebook.notebook_id == notebook.id):
        if isinstance(cell, GradeCell | TaskCell):
            db.add(Grade(cell_id=cell.id, notebook_id=submitted.id))
        if isinstance(cell, SolutionCell | TaskCell):
            db.add(Comment(cell_id=cell.id, notebook_id=submitted.id))


def keep(class_folder: ClassFolder, migration: Plan) -> Path:
    """Write what is about to be lost, and a copy of a gradebook that is a file. Raises OSError."""
    folder = class_folder.path / FOLDER
    folder.mkdir(exist_ok=True)
    stamp = now().replace(":", "-").partition("+")[0]
    path = folder / f"{stamp}-{migration.assignment}.json"
    replace(
        path,
        json.dumps(
            {
                "assignment": migration.assignment, "added": migration.added, "removed": migration.removed, "renamed": migration.renamed,
                "points": migration.points, "lost": migration.lost,
            },
            ensure_ascii=False,
            indent=1,
        ),
    )  # fmt: skip
    url = make_url(class_folder.db_url)
    if url.drivername == "sqlite":
        source, copy = (
            sqlite3.connect(str(url.database)),
            sqlite3.connect(folder / f"{stamp}-{migration.assignment}.db"),
        )
        try:
            source.backup(copy)
        finally:
            source.close()
            copy.close()
    return path
