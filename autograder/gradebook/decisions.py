"""A person's score stays decided as long as the text that was scored stays the same.

nbgrader marks every score that a person gave for review when a submission is recorded again, whatever changed. We keep a
hash of each graded cell's text in a table of our own, `descent_decision`, in the gradebook and its transactions:
`recorded` of the text that formgrader shows, `decided` of the one that the person's score belongs to.
"""

import hashlib
import json

from nbformat import NotebookNode
from nbgrader.api import Gradebook, SubmittedNotebook
from sqlalchemy import Column, MetaData, String, Table, delete, insert, select

from autograder.intake.roles import flags, is_test

TABLE = Table(
    "descent_decision",
    MetaData(),
    Column("notebook_id", String(32), primary_key=True),
    Column("cell", String(128), primary_key=True),
    Column("recorded", String(64)),
    Column("decided", String(64)),
)


def make_table(gradebook: Gradebook) -> None:
    TABLE.metadata.create_all(gradebook.engine)


def text_hashes(nb: NotebookNode) -> dict[str, str]:
    """grade_id -> hash of what a person scores: an essay's own text and pictures, for a test all code of the answers.
    Line ends and white space around a text do not count."""
    code = [text_of(cell) for cell in nb.cells if cell.cell_type == "code" and not is_test(cell)]
    return {
        flags(cell)["grade_id"]: hash_of(code if is_test(cell) else [text_of(cell), dict(cell.get("attachments", {}))])
        for cell in nb.cells
        if flags(cell).get("grade")
    }


def text_of(cell: NotebookNode) -> str:
    lines = cell.source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def hash_of(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def known(gradebook: Gradebook, row: SubmittedNotebook) -> dict[str, str | None]:
    """grade_id -> hash of the text that a person's score belongs to, before the submission is recorded again."""
    hashes = {
        cell: (recorded, decided)
        for cell, recorded, decided in gradebook.db.execute(
            select(TABLE.c.cell, TABLE.c.recorded, TABLE.c.decided).where(TABLE.c.notebook_id == row.id)
        )
    }
    decisions = {}
    for grade in row.grades:
        recorded, decided = hashes.get(grade.name, (None, None))
        settled = grade.manual_score is not None and not grade.needs_manual_grade
        decisions[grade.name] = recorded if settled else decided
    return decisions


def keep(gradebook: Gradebook, row: SubmittedNotebook, nb: NotebookNode, before: dict[str, str | None]) -> None:
    """After `nb` was recorded: take the marks for review off the scores whose text is still the one that was decided.
    before: what `known` said."""
    hashes = text_hashes(nb)
    for grade in row.grades:
        if grade.manual_score is not None and before.get(grade.name) and before[grade.name] == hashes.get(grade.name):
            grade.needs_manual_grade = False
    write(gradebook, row, hashes, before)


def adopt(gradebook: Gradebook, row: SubmittedNotebook, nb: NotebookNode) -> None:
    """For a submission that was recorded before this table was there: nb is what formgrader shows."""
    hashes = text_hashes(nb)
    write(
        gradebook,
        row,
        hashes,
        {
            grade.name: hashes.get(grade.name)
            for grade in row.grades
            if grade.manual_score is not None and not grade.needs_manual_grade
        },
    )


def write(gradebook: Gradebook, row: SubmittedNotebook, hashes: dict[str, str], decided: dict[str, str | None]) -> None:
    gradebook.db.execute(delete(TABLE).where(TABLE.c.notebook_id == row.id))
    if hashes:
        gradebook.db.execute(
            insert(TABLE),
            [
                {"notebook_id": row.id, "cell": cell, "recorded": hash, "decided": decided.get(cell)}
                for cell, hash in hashes.items()
            ],
        )


def has_entry(gradebook: Gradebook, row: SubmittedNotebook) -> bool:
    return gradebook.db.execute(select(TABLE.c.cell).where(TABLE.c.notebook_id == row.id).limit(1)).first() is not None
