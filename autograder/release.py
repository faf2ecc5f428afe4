"""The student's version of a notebook, made by nbgrader's own converter; our part is the stub that names its exercise."""

import ast
import logging
import re
import tempfile
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions
from nbformat import NotebookNode
from traitlets.config import Config

from autograder.inline import BEGIN, END

REGION = re.compile(rf"\n?^([ \t]*){BEGIN}\n.*?^[ \t]*{END}$", re.M | re.S)
YOUR_ANSWER = {"en": "*Write your answer here.*", "zh": "*在此作答。*"}


class NameTheStub(ClearSolutions):
    """Put `raise NotImplementedError("momentum_step: not written yet")` where a solution was.

    In a class the method is named (`EarlyStopping.update`). Outside of functions nothing takes the solution's
    place: what stands before it, such as `prediction = None`, is the student's start.
    """

    def _replace_solution_region(self, cell: NotebookNode, language: str) -> bool:
        if cell.cell_type != "code":
            return super()._replace_solution_region(cell, language)
        source = cell.source

        def stub(found: re.Match) -> str:
            line = source.count("\n", 0, found.start(1)) + 1
            name = ".".join(enclosing(ast.parse(source), line))
            return f'\n{found[1]}raise NotImplementedError("{name}: not written yet")' if name else ""

        cell.source, count = REGION.subn(stub, source)
        return count > 0


def enclosing(tree: ast.AST, line: int) -> list[str]:
    """Return the names of the class and function around `line`, outermost first."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.lineno <= line <= node.end_lineno:
            return [node.name, *enclosing(node, line)]
    return []


def student_version(solution: NotebookNode) -> NotebookNode:
    """Return what nbgrader's generate_assignment makes of a built solution notebook; no database is used."""
    about = solution.metadata.descent
    with tempfile.TemporaryDirectory() as root:
        source = Path(root, "source", about.chapter, f"{about.chapter}.ipynb")
        source.parent.mkdir(parents=True)
        nbformat.write(solution, source)
        config = Config()
        config.CourseDirectory.root = root
        config.CourseDirectory.assignment_id = about.chapter
        config.ClearSolutions.text_stub = YOUR_ANSWER[about.lang]  # a subclass reads its parent's settings
        config.SaveCells.enabled = False
        config.GenerateAssignment.no_database = True
        course = CourseDirectory(config=config)
        converter = GenerateAssignment(coursedir=course, config=config)
        converter.preprocessors = [NameTheStub if step is ClearSolutions else step for step in converter.preprocessors]
        converter.log.setLevel(logging.ERROR)
        converter.start()
        released = nbformat.read(Path(root, "release", about.chapter, f"{about.chapter}.ipynb"), as_version=4)
    released.metadata.descent.pop("outputs", None)
    return released
