"""Everything that patches or imitates nbgrader's gradebook, for nbgrader 0.9.6: look here first after an upgrade.

nbgrader commits after every row, starts a process to learn the version of its tables, and computes scores in
preprocessors that open the gradebook again for every notebook. The functions below let its own rules run inside one
open session instead.
"""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

from nbformat import NotebookNode
from nbgrader import dbutil
from nbgrader.api import Gradebook, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades, SaveCells
from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.exc import NoSuchModuleError, OperationalError
from traitlets.config import Config

from autograder.gradebook.coursedir import ClassError


def put_alembic_on_path() -> None:
    """nbgrader's commands start `alembic` by name when they make a gradebook: let them find the one beside this
    Python."""
    folder = str(Path(sys.executable).parent)
    if folder not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([folder, os.environ.get("PATH", "")])


def check_server(db_url: str) -> None:
    """Raises ClassError with what to do for a database on a server that does not let us in, or whose driver is missing. A
    file is opened later, with patience."""
    url = make_url(db_url)
    if url.drivername == "sqlite":
        return
    description = f"the gradebook, {url.render_as_string(hide_password=True)} ([gradebook] url in class.toml),"
    try:
        engine = create_engine(url)
    except NoSuchModuleError:
        raise ClassError(
            f"{description} is no kind of database that SQLAlchemy knows; write postgresql+psycopg://..."
        ) from None
    except ImportError as error:
        raise ClassError(
            f"{description} needs the package {error.name}, which is not installed here: .venv/bin/python -m pip install "
            "-r requirements-postgres.txt"
        ) from None
    try:
        engine.connect().close()
    except (OperationalError, ValueError) as error:
        why = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise ClassError(f"{description} cannot be opened: {why}") from None
    finally:
        engine.dispose()


def stamp_version(db_url: str) -> None:
    """Write the version of nbgrader's tables into an empty database. nbgrader, which makes the tables, would start a
    process of `alembic` to learn it, and a crash before its answer would leave a gradebook without a version."""
    engine = create_engine(db_url)
    with engine.connect() as connection:
        if not set(inspect(connection).get_table_names()) - {"alembic_version"}:
            from alembic.runtime.migration import MigrationContext  # only here: most gradebooks exist
            from alembic.script import ScriptDirectory

            MigrationContext.configure(connection).stamp(ScriptDirectory(dbutil.ALEMBIC_DIR), "head")
            connection.commit()
    engine.dispose()


@contextlib.contextmanager
def one_transaction(gradebook: Gradebook) -> Iterator[None]:
    """nbgrader commits after each row it makes; inside the block it only flushes, and the caller commits."""
    gradebook.db.commit = gradebook.db.flush
    try:
        yield
    finally:
        del gradebook.db.commit


def save_cells(nb: NotebookNode, assignment: str, db_url: str) -> None:
    """nbgrader's SaveCells: the rows of an assignment from its notebook. Raises RuntimeError when the cells differ from
    those that submissions were recorded for."""
    resources = {"nbgrader": {"notebook": assignment, "assignment": assignment, "db_url": db_url}}
    SaveCells().preprocess(deepcopy(nb), resources)


def save_scores(nb: NotebookNode, row: SubmittedNotebook, student: str, assignment: str) -> None:
    """nbgrader's SaveAutoGrades for one submission whose rows are loaded: scores and comments from the notebook."""
    grades = {grade.name: grade for grade in row.grades}
    comments = {comment.name: comment for comment in row.comments}
    step = SaveAutoGrades()
    step.log.setLevel(logging.ERROR)
    step.notebook_id = step.assignment_id = assignment
    step.student_id = student
    step.gradebook = SimpleNamespace(
        find_grade=lambda name, *_: grades[name],
        find_comment=lambda name, *_: comments[name],
        db=SimpleNamespace(commit=lambda: None),
    )
    for index, cell in enumerate(nb.cells):
        step.preprocess_cell(cell, {}, index)


def late_penalty(row: SubmittedNotebook, config: Config) -> float | None:
    """nbgrader's AssignLatePenalties, with the plugin that `config` names: at most the score, never below 0; None when
    the submission is in time or costs nothing."""
    step = AssignLatePenalties(config=config)
    step.init_plugin()
    seconds = row.assignment.total_seconds_late
    if seconds <= 0:
        return None
    penalty = step.plugin_inst.late_submission_penalty(row.student.id, row.score, seconds)
    return None if penalty is None else step._check_late_penalty(row, penalty)
