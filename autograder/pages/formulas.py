"""Formulas as MathML, which browsers show without scripts and without a network.

A student writes formulas, too, so what latex2mathml makes is written out here: only elements and attributes of a list, and
every text escaped. (Its own serializer does not escape.)
"""

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

ELEMENTS = frozenset(
    "math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt "
    "mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none".split()
)
ATTRIBUTES = frozenset(
    "accent accentunder columnalign columnspacing depth display displaystyle fence form height largeop "
    "linethickness lspace mathvariant maxsize minsize movablelimits notation rowspacing rspace "
    "scriptlevel separator stretchy symmetric width".split()
)
TAG = re.compile(r"(<(?:\"[^\"]*\"|'[^']*'|[^\"'>])*>)")
VERBATIM = re.compile(r"<(/?)(?:code|pre)\b", re.I)
FORMULA = re.compile(
    r"\$\$(?P<block>.+?)\$\$|(?P<environment>\\begin\{[a-z*]+\}.+?\\end\{[a-z*]+\})|\$(?P<inline>[^$\n]+?)\$", re.S
)
LONGEST = 2000  # characters of one formula
NAMES = {r"\rVert": "‖", r"\lVert": "‖", r"\rvert": "|", r"\lvert": "|"}  # after \bigl and \bigr


def with_formulas(html: str) -> str:
    """The same HTML with $...$, $$...$$ and environments as MathML, but for those in <code> and <pre>."""
    if "$" not in html and "\\begin" not in html:
        return html
    parts, verbatim = TAG.split(html), 0
    for i, part in enumerate(parts):
        if i % 2:
            mark = VERBATIM.match(part)
            verbatim += 0 if not mark else -1 if mark[1] else 1
        elif verbatim <= 0:
            parts[i] = FORMULA.sub(lambda m: mathml(m[m.lastgroup], block=m.lastgroup != "inline"), part)
    return "".join(parts)


@lru_cache(maxsize=8192)
def mathml(tex: str, block: bool) -> str:
    """A formula as MathML; its escaped text as code, where it cannot be converted. tex: LaTeX, escaped for HTML."""
    source = unescape(tex).strip().replace("{aligned}", "{align*}")
    try:
        if len(source) > LONGEST:
            raise ValueError("too long")
        markup = written(convert_to_element(source, display="block" if block else "inline"))
    except Exception:  # latex2mathml raises many kinds, and IndexError or RecursionError for some texts
        return f"<code>{escape(source)}</code>"
    return f'<span class="formula" role="group" tabindex="0">{markup}</span>' if block else markup


def written(element: Element) -> str:
    """An element as text: what is not on the lists is left out, its content stays."""
    inner = escape(text_of(element.text)) + "".join(written(child) + escape(text_of(child.tail)) for child in element)
    if element.tag not in ELEMENTS:
        return inner
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.attrib.items() if name in ATTRIBUTES)
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"


def text_of(text: str | None) -> str:
    plain = unescape(text or "")
    return NAMES.get(plain, plain.replace("\\_", "_"))
