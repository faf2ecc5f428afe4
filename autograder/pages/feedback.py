"""The page that shows a student their points and comments: nbgrader's feedback page, cleaned (cleaning.py).

Hidden tests are left out. Workers write pages from plain data: the gradebook stays with one process.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import nbformat
import nbgrader
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests

from autograder.gradebook.files import replace
from autograder.intake.roles import flags, is_answer
from autograder.pages.bounded import TooSlow, cpu_limit
from autograder.pages.cleaning import CleanOutputs, safe_pages
from autograder.pages.plain_page import plain_page

ALL_SECONDS = 15.0  # of CPU time for a page; one of a whole chapter with all its figures takes 0.1
NO_ALT = re.compile(r"<img(?![^>]*\salt=)")


class Page(HTMLExporter):
    """nbgrader's feedback template without nbconvert's last step, which parses the whole page again and takes
    as long as all the others together: it marks pictures without a description, as a search can."""

    def _preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """The steps alone: `nb` is a copy already, and of a notebook of ours, which nothing is wrong with."""
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
        return nb, resources

    def from_notebook_node(self, nb: NotebookNode, resources: dict | None = None, **kw: Any) -> tuple[Any, dict]:
        resources = self._init_resources(resources)
        kinds = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources)
        self.register_filter("filter_data_type", kinds)
        self.register_filter("highlight_code", lambda source, **_: highlighted(source))
        html, resources = TemplateExporter.from_notebook_node(self, nb, resources, **kw)
        return NO_ALT.sub('<img alt="figure without a description"', html), resources


@lru_cache(maxsize=4096)
def highlighted(source: str) -> str:
    """Python code as HTML; cached, because most code cells of a class are the course's."""
    return Highlight2HTML(pygments_lexer="ipython3")(source)


@cache
def exporter() -> Page:
    """Made once per process."""
    base = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
    config = safe_pages()
    config.Exporter.default_preprocessors = []
    config.HTMLExporter.preprocessors = [ClearHiddenTests, CleanOutputs, CSSHTMLHeaderPreprocessor]
    config.HTMLExporter.template_name = "feedback"
    config.HTMLExporter.extra_template_basedirs = [str(base / "templates")]
    bootstrap = base / "static" / "node_modules" / "bootstrap" / "dist" / "css"
    config.HTMLExporter.extra_template_paths = [str(bootstrap)]
    return Page(config=config)


def page(text: str, assignment: str, recorded: dict) -> str:
    """The feedback page of a graded notebook, given as text. recorded: what Records.shown says of it."""
    nb = nbformat.v4.reads(text)
    for cell in nb.cells:
        name = flags(cell).get("grade_id")
        if is_answer(cell):
            flags(cell)["comment"] = recorded["comments"].get(name)
        if flags(cell).get("grade"):
            flags(cell)["score"], flags(cell)["points"] = recorded["scores"][name]
    resources = {"notebook": assignment, "assignment": assignment, "score": recorded["score"],
                 "max_score": recorded["max_score"], "late_penalty": recorded["penalty"]}
    return exporter().from_notebook_node(nb, {"nbgrader": resources})[0]


@dataclass(frozen=True)
class PageTask:
    """A page to write: of the graded notebook `source`, to `target`. recorded: what Records.shown says of it."""

    source: str
    target: str
    assignment: str
    recorded: dict


def write_page(task: PageTask) -> str:
    """Write a feedback page; where it cannot be made in ALL_SECONDS of CPU time, a plain one. Returns why it is plain, ""
    for a real one. Raises OSError."""
    text = Path(task.source).read_text(encoding="utf-8")
    try:
        with cpu_limit(ALL_SECONDS):
            html = page(text, task.assignment, task.recorded)
    except OSError:
        raise
    except TooSlow:
        return write_plain_page(task, f"it took longer than {ALL_SECONDS:g} s of CPU time")
    except Exception as error:
        return write_plain_page(task, f"{type(error).__name__}: {error}"[:200])
    replace(Path(task.target), html)
    return ""


def write_plain_page(task: PageTask, why: str) -> str:
    replace(Path(task.target), plain_page(Path(task.source).read_text(encoding="utf-8"), task.assignment, task.recorded))
    return why
