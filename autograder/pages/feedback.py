"""The page that tells a student what became of their work: nbgrader's feedback page, cleaned (cleaning.py).

Hidden tests are left out. Workers write pages from plain data: the gradebook stays with one process.
"""

import re
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
from autograder.pages.cleaning import CleanOutputs, safe_pages

NO_ALT = re.compile(r"<img(?![^>]*\salt=)")


class Page(HTMLExporter):
    """nbgrader's feedback template without nbconvert's last step, which parses the whole page again and takes
    as long as all the others together: it marks pictures without a description, as a search can."""

    def _preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """The steps alone: `nb` is a copy already, and of a notebook of ours, which nothing is wrong with."""
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
        return nb, resources

    def from_notebook_node(self, nb: NotebookNode, resources: dict | None = None, **kw: Any):
        resources = self._init_resources(resources)
        kinds = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources)
        self.register_filter("filter_data_type", kinds)
        self.register_filter("highlight_code", lambda source, **_: highlighted(source))
        html, resources = TemplateExporter.from_notebook_node(self, nb, resources, **kw)
        return NO_ALT.sub('<img alt="figure without a description"', html), resources


@lru_cache(maxsize=4096)
def highlighted(source: str) -> str:
    """Python code as HTML; remembered, because most code cells of a class are the course's."""
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


def page(text: str, assignment: str, known: dict) -> str:
    """The feedback page of a graded notebook, given as text. known: what Records.shown says of it."""
    nb = nbformat.v4.reads(text)
    for cell in nb.cells:
        name = flags(cell).get("grade_id")
        if is_answer(cell):
            flags(cell)["comment"] = known["comments"].get(name)
        if flags(cell).get("grade"):
            flags(cell)["score"], flags(cell)["points"] = known["scores"][name]
    about = {"notebook": assignment, "assignment": assignment, "score": known["score"],
             "max_score": known["max_score"], "late_penalty": known["penalty"]}
    return exporter().from_notebook_node(nb, {"nbgrader": about})[0]


def write_page(task: tuple[str, str, str, dict]) -> int:
    """Write the feedback page of (graded notebook's path, page's path, assignment, known); returns its
    size."""
    source, target, assignment, known = task
    html = page(Path(source).read_text(encoding="utf-8"), assignment, known)
    replace(Path(target), html)
    return len(html)
