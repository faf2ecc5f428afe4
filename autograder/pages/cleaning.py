"""We make sure that nothing a student wrote can run in a reader's browser.

Markdown and outputs end up as HTML, so each is cleaned after rendering: only listed tags and attributes, no scripts, no
links that run code, no external pictures. Text that is too long, too deep or too slow is shown unrendered (bounded.py).
Used for our feedback pages and, through nbgrader_config.py, for formgrader and nbgrader's own pages.
"""

import re
from functools import cache, lru_cache

import bleach
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets.config import Config

from autograder.intake.cpu_limit import TooSlow
from autograder.intake.roles import is_test
from autograder.pages.bounded import HTML, MARKDOWN, Budget, bounded, too_deep

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
CARD = 10_000  # characters
BUDGET = "descent_budget"  # key of a page's Budget in nbconvert's resources
LINK = re.compile(r"(?i)^(https?:|mailto:|#|/?[\w./-]*$)")
IMAGE = re.compile(r"(?i)^(data:image/(png|jpeg|gif);base64,[a-z0-9+/=\s]*$)")
# A style without addresses, functions other than colours, and escapes that would hide them; and a negative number, which
# may move an element over its neighbours.
STYLE = re.compile(r"(?i)(?:[\w\s#%:;,.'\"!-]|(?:rgb|hsl)a?\([\d\s.,%/]*\))*")
NEGATIVE = re.compile(r"(?<![\w-])-[\d.]")
# Classes of highlighted code, and of tables. Formgrader's style sheet has others, some of which cover the page.
CLASS = re.compile(r"[a-z]{1,2}[a-z0-9]?|highlight|hl-\w+|anchor-link|dataframe")
UNSEEN = re.compile(r"(?is)<(script|style|template|noscript)\b.*?(</\1\s*>|\Z)")


def clean_html(html: str) -> str:
    """The HTML without anything that runs code, loads from other hosts or covers other parts of the page. Styles and
    classes that might do so are removed."""
    return bleach.clean(
        UNSEEN.sub("", html),
        tags=TAGS,
        attributes=allowed,
        css_sanitizer=STYLES,
        protocols={"http", "https", "mailto", "data"},
        strip=True,
    )


def cleaned(html: str, budget: Budget) -> str:
    """clean_html of an output, within limits. Short outputs are cached: many students get the same card."""
    return bounded(cached if len(html) <= CARD else clean_html, html, budget, HTML)


cached = lru_cache(maxsize=4096)(clean_html)


def allowed(tag: str, name: str, value: str) -> bool:
    if name not in ATTRIBUTES["*"] and name not in ATTRIBUTES.get(tag, ()):
        return False
    if name == "style":
        return bool(STYLE.fullmatch(value)) and not NEGATIVE.search(value)
    if name == "class":
        return all(map(CLASS.fullmatch, value.split()))
    if name == "href":
        return bool(LINK.match(value.strip()))
    return name != "src" or bool(IMAGE.match(value.strip()))


@pass_context
def clean_markdown(context: dict, source: str) -> str:
    """nbconvert's Markdown filter with cleaning, registered as `markdown2html` on every page that shows student text.
    Cached: most text cells are the course's own, so all students have the same."""
    budget = context.get("resources", {}).get(BUDGET) or Budget()
    if context.get("cell", {}).get("attachments"):
        return bounded(lambda text: render(text, context), source, budget, MARKDOWN)
    return bounded(cached_markdown, source, budget, MARKDOWN)


def render(source: str, context: dict) -> str:
    """Markdown as clean HTML. Raises TooSlow for nesting so deep that cleaning would take too long."""
    html = renderer().markdown2html(context, source)
    if too_deep(html):
        raise TooSlow
    return clean_html(html)


@lru_cache(maxsize=4096)
def cached_markdown(source: str) -> str:
    return render(source, {})


@cache
def renderer() -> HTMLExporter:
    return HTMLExporter()


class CleanOutputs(Preprocessor):
    """Keep only outputs that cannot run, and no traceback of a test cell, which would show hidden tests."""

    enabled = True

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        budget = resources.setdefault(BUDGET, Budget())
        cell.pop("widgets", None)
        if cell.cell_type == "raw":
            cell.source = cleaned(cell.source, budget)
        for output in cell.get("outputs", ()):
            if output.output_type == "error" and is_test(cell):
                output.traceback = [f"{output.ename}: {output.evalue}" if output.evalue else output.ename]
            if "data" in output:
                output.data = NotebookNode(
                    {
                        mime: cleaned(text_of(value), budget) if mime in CLEANED_OUTPUTS else value
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
