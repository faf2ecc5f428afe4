"""The page that tells a student what became of their work: nbgrader's feedback page, with nothing in it that
runs.

A student's Markdown and outputs are HTML that somebody else will open, so every piece is cleaned after it was
rendered: tags and attributes from a list, no scripts, no links that run code. Hidden tests and tracebacks of
test cells are left out. The same cleaning is set for nbgrader's own pages in nbgrader_config.py.
"""

import re
from copy import deepcopy
from functools import cache
from pathlib import Path

import bleach
import nbformat
import nbgrader
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor, Preprocessor
from nbformat import NotebookNode
from nbgrader.api import SubmittedNotebook
from nbgrader.preprocessors import ClearHiddenTests
from traitlets.config import Config

from autograder.matching import flags, is_answer, is_test

TAGS = frozenset(
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 "
    "h3 h4 h5 h6 hr i img ins kbd li ol p pre s samp small span strong sub summary sup table tbody td "
    "tfoot th thead tr ul var".split()
)
ATTRIBUTES = {
    "*": ["class", "title", "lang", "dir", "role", "aria-label", "style"],
    "a": ["href"],
    "ol": ["start"],
    "img": ["src", "alt", "width", "height"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan"],
    "details": ["open"],
}
STYLES = CSSSanitizer(
    allowed_css_properties=frozenset(
        "background background-color border border-bottom border-collapse border-left border-radius "
        "border-right "
        "border-top color display font-family font-size font-style font-weight height line-height margin "
        "margin-bottom "
        "margin-left margin-right margin-top max-width overflow-x padding padding-bottom padding-left "
        "padding-right "
        "padding-top text-align text-decoration vertical-align white-space width".split()
    )
)
SAFE_OUTPUTS = ("text/plain", "text/latex", "image/png", "image/jpeg")
CLEANED_OUTPUTS = ("text/html", "text/markdown")
LINK = re.compile(r"(?i)^(https?:|mailto:|#|/?[\w./-]*$)")
IMAGE = re.compile(r"(?i)^(data:image/(png|jpeg|gif);base64,[a-z0-9+/=\s]*$|https://)")
UNSEEN = re.compile(r"(?is)<(script|style|template|noscript)\b.*?(</\1\s*>|\Z)")


def clean_html(html: str) -> str:
    """The same HTML without anything that runs, loads from elsewhere by stealth or breaks out of its
    place."""
    return bleach.clean(UNSEEN.sub("", html), tags=TAGS, attributes=allowed, css_sanitizer=STYLES,
                        protocols={"http", "https", "mailto", "data"}, strip=True)


def allowed(tag: str, name: str, value: str) -> bool:
    if name not in ATTRIBUTES["*"] and name not in ATTRIBUTES.get(tag, ()):
        return False
    if name == "href":
        return bool(LINK.match(value.strip()))
    return name != "src" or bool(IMAGE.match(value.strip()))


@pass_context
def clean_markdown(context: dict, source: str) -> str:
    """nbconvert's Markdown filter, cleaned: registered as `markdown2html` on every page that shows student
    text."""
    return clean_html(renderer().markdown2html(context, source))


@cache
def renderer() -> HTMLExporter:
    return HTMLExporter()


class CleanOutputs(Preprocessor):
    """Leave of a cell's outputs only what cannot run, of test cells no traceback, of hidden tests nothing."""

    enabled = True

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        cell.pop("widgets", None)
        if cell.cell_type == "raw":
            cell.source = clean_html(cell.source)
        for output in cell.get("outputs", ()):
            if output.output_type == "error" and is_test(cell):
                output.traceback = [f"{output.ename}: {output.evalue}" if output.evalue else output.ename]
            if "data" in output:
                output.data = NotebookNode(
                    {
                        mime: clean_html(text_of(value)) if mime in CLEANED_OUTPUTS else value
                        for mime, value in output.data.items()
                        if mime in SAFE_OUTPUTS + CLEANED_OUTPUTS
                    }
                )
        return cell, resources


def text_of(value: object) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def safe_pages() -> Config:
    """Configuration that makes every page of nbgrader's that shows a student's work (formgrader, feedback)
    safe."""
    config = Config()
    config.HTMLExporter.filters = {"markdown2html": clean_markdown}
    config.HTMLExporter.preprocessors = [CleanOutputs]
    return config


@cache
def exporter() -> HTMLExporter:
    """nbgrader's feedback template, made once per process."""
    base = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
    config = safe_pages()
    config.Exporter.default_preprocessors = []
    config.HTMLExporter.preprocessors = [ClearHiddenTests, CleanOutputs, CSSHTMLHeaderPreprocessor]
    config.HTMLExporter.template_name = "feedback"
    config.HTMLExporter.extra_template_basedirs = [str(base / "templates")]
    config.HTMLExporter.extra_template_paths = [
        str(base / "static" / "node_modules" / "bootstrap" / "dist" / "css")]
    return HTMLExporter(config=config)


def scores_of(row: SubmittedNotebook) -> dict:
    """What the gradebook knows of a submission, as plain data for `page`."""
    return {
        "scores": {g.name: [g.score, g.max_score] for g in row.grades},
        "comments": {c.name: c.comment for c in row.comments},
        "penalty": row.late_submission_penalty or 0,
        "score": row.score - (row.late_submission_penalty or 0),
        "max_score": row.max_score,
    }


def page(text: str, assignment: str, known: dict) -> str:
    """The feedback page of a graded notebook, given as text. known: scores_of its row."""
    nb = nbformat.reads(text, as_version=4)
    for cell in nb.cells:
        name = flags(cell).get("grade_id")
        if is_answer(cell):
            flags(cell)["comment"] = known["comments"].get(name)
        if flags(cell).get("grade"):
            flags(cell)["score"], flags(cell)["points"] = known["scores"][name]
    about = {"notebook": assignment, "assignment": assignment, "score": known["score"],
             "max_score": known["max_score"], "late_penalty": known["penalty"]}
    return exporter().from_notebook_node(deepcopy(nb), {"nbgrader": about})[0]


def write_page(task: tuple[str, str, str, dict]) -> int:
    """Write the feedback page of (graded notebook's path, page's path, assignment, known); returns its
    size."""
    source, target, assignment, known = task
    html = page(Path(source).read_text(encoding="utf-8"), assignment, known)
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(html, encoding="utf-8")
    new.replace(path)
    return len(html)
