"""Cells of a notebook as HTML that cannot run anything: Markdown with formulas, highlighted code, outputs.

Cleaned by cleaning.py within the limits of bounded.py. Styles, classes and headings are removed as well, so that a
student's text cannot change the look of the page.
"""

import re
from functools import lru_cache
from html import escape
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.intake.cpu_limit import TooSlow
from autograder.pages import cleaning
from autograder.pages.bounded import HTML, MARKDOWN, SHOWN, Budget, bounded, too_deep
from autograder.pages.formulas import TAG, with_formulas

TOKEN = re.compile(r"[a-z]{1,2}[a-z0-9]?|highlight.*")  # a class of the code's colours
LOOKS = re.compile(r"""\s(?:style|role|dir|aria-label)=(?:"[^"]*"|'[^']*')""")
CLASS = re.compile(r"""\sclass=(?:"([^"]*)"|'[^']*')""")
ANCHOR = re.compile(r'<a class="anchor-link"[^>]*>.*?</a>')
HEADING = re.compile(r"<(/?)h([1-6])\b")
PICTURE = re.compile(r"[A-Za-z0-9+/=\s]*")
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
FORMATTER, LEXER = HtmlFormatter(nowrap=True), PythonLexer(stripall=False, stripnl=False)
NO_PICTURE = {"en": "figure without a description", "zh": "没有说明的图片"}
TABLE = {"en": "table", "zh": "表格"}
OUTPUT = 5_000  # characters of one printed output; a page is no place for a log


def markdown(cell: dict, budget: Budget, lang: str) -> str:
    """A text cell, cached: most text cells are the course's own, so all students have the same."""
    source = text(cell["source"])
    if cell.get("attachments"):
        return bounded(lambda source: tidy(cleaning.render(source, {"cell": cell}), lang), source, budget, MARKDOWN)
    return bounded(lambda source: cached_markdown(source, lang), source, budget, MARKDOWN)


@lru_cache(maxsize=4096)
def cached_markdown(source: str, lang: str) -> str:
    return tidy(cleaning.render(source, {}), lang)


def tidy(html: str, lang: str) -> str:
    """Adapt cleaned HTML to our page: our styles only, headings below ours, alt text for pictures, wide tables in a
    region that the keyboard can scroll, formulas as MathML."""
    html = ANCHOR.sub("", html)
    html = TAG.sub(lambda m: own_looks(m[1], lang), html)
    region = f'<div class="scroll" tabindex="0" role="group" aria-label="{TABLE[lang]}"><table'
    html = html.replace("<table", region).replace("</table>", "</table></div>").replace("<th></th>", "<td></td>")
    return with_formulas(html)


def own_looks(tag: str, lang: str) -> str:
    tag = CLASS.sub(lambda m: m[0] if TOKEN.fullmatch(m[1] or "") else "", LOOKS.sub("", tag))
    tag = HEADING.sub(lambda m: f"<{m[1]}h{max(4, min(6, int(m[2]) + 1))}", tag)
    if tag.startswith("<img") and " alt=" not in tag:
        tag = f'<img alt="{NO_PICTURE[lang]}"' + tag[4:]
    return tag


@lru_cache(maxsize=4096)
def coloured(source: str) -> str:
    return f'<pre class="code">{highlight(source, LEXER, FORMATTER)}</pre>'


def code(source: str, budget: Budget) -> str:
    """Python code; text that is too long is shown as it is."""
    return bounded(coloured, source, budget, SHOWN) if source.strip() else ""


def outputs(cell: dict, budget: Budget, lang: str) -> str:
    """The outputs of a cell. A card of `check` is left out: the page shows the judge's."""
    return "".join(output(item, budget, lang) for item in cell.get("outputs", ()))


def output(item: dict[str, Any], budget: Budget, lang: str) -> str:
    if item["output_type"] == "stream":
        return plain(text(item["text"]))
    if item["output_type"] == "error":
        return plain(f"{item['ename']}: {item['evalue']}")
    data = item.get("data", {})
    for mime in ("image/png", "image/jpeg"):
        if mime in data and PICTURE.fullmatch(text(data[mime])):
            return (
                f'<p class="output"><img alt="{NO_PICTURE[lang]}" src="data:{mime};base64,'
                f'{"".join(text(data[mime]).split())}"></p>'
            )
    if "text/html" in data:
        html = text(data["text/html"])
        if html.startswith('<div role="status"'):
            return ""
        return f'<div class="output">{bounded(lambda html: cleaned(html, lang), html, budget, HTML)}</div>'
    return plain(text(data.get("text/plain", data.get("text/latex", ""))))


def cleaned(html: str, lang: str) -> str:
    if too_deep(html):
        raise TooSlow
    return tidy(cleaning.clean_html(html), lang)


def plain(printed: str) -> str:
    printed = ANSI.sub("", printed).strip("\n")
    cut = "\n..." if len(printed) > OUTPUT else ""
    return f'<pre class="output">{escape(printed[:OUTPUT])}{cut}</pre>' if printed else ""


def comment(source: str, budget: Budget, lang: str) -> str:
    """A person's comment on an answer, written in Markdown."""
    return bounded(lambda source: cached_markdown(source, lang), source, budget, MARKDOWN)


def text(value: object) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)
