"""The student's version of a notebook: nbgrader's own converter, with stubs that name their exercise."""

import logging
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions
from traitlets.config import Config

from autograder.authoring.inline import stubbed

YOUR_ANSWER = {"en": "*Write your answer here.*", "zh": "*在此作答。*"}


class NameTheStub(ClearSolutions):
    """Put a stub that names its exercise where a solution was: see inline.stubbed."""

    def preprocess(self, notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        self.lang = notebook.metadata.descent.lang
        return super().preprocess(notebook, resources)

    def _replace_solution_region(self, cell: NotebookNode, language: str) -> bool:
        if cell.cell_type != "code":
            return super()._replace_solution_region(cell, language)
        before, cell.source = cell.source, stubbed(cell.source, self.lang)
        return cell.source != before


def student_version(solution: NotebookNode) -> NotebookNode:
    """Return the output of nbgrader's generate_assignment for a built solution notebook; no database is used."""
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
        log = logging.getLogger(__name__)
        course = CourseDirectory(config=config, log=log)
        converter = GenerateAssignment(coursedir=course, config=config, log=log)
        converter.preprocessors = [NameTheStub if s is ClearSolutions else s for s in converter.preprocessors]
        converter.start()
        released = nbformat.read(Path(root, "release", about.chapter, f"{about.chapter}.ipynb"), as_version=4)
    released.metadata.descent.pop("outputs", None)
    return released
