"""The course speaks English and Chinese: every sentence that code shows is given in both; here one is picked.

set_language("zh")                                   # the first cell of every notebook
say({"en": "right", "zh": "正确"})                    -> "正确"
tell({"en": f"GD: {n} steps", "zh": f"GD：{n} 步"})    # shown as a paragraph
show_html({"en": "<b>right</b>", "zh": "<b>正确</b>"}, text={"en": "right", "zh": "正确"})
"""

import os
import sys
from html import escape

LANGUAGES = ("en", "zh")
_language = "en"


def set_language(lang: str) -> None:
    """From now on `say` and `show_html` speak `lang`: "en" or "zh". Anything else raises ValueError."""
    global _language
    if lang not in LANGUAGES:
        raise ValueError(f"language = {lang!r}: must be 'en' or 'zh'")
    _language = lang


def say(both: dict[str, str]) -> str:
    """Return the one of `both` = {"en": ..., "zh": ...} that is in the notebook's language."""
    return both_languages(both, "say")[_language]


def both_languages(both: dict[str, str], what: str) -> dict[str, str]:
    """Return `both` if it is {"en": text, "zh": text} with no empty text, or raise ValueError for `what`."""
    if not isinstance(both, dict) or set(both) != set(LANGUAGES):
        raise ValueError(f"{what} = {both!r}: must be a dict with the keys 'en' and 'zh'")
    for lang in LANGUAGES:
        if not isinstance(both[lang], str) or not both[lang].strip():
            raise ValueError(f"{what}[{lang!r}] = {both[lang]!r}: must be a text that is not empty")
    return both


def show_html(html: dict[str, str], *, text: dict[str, str]) -> None:
    """Display `html` in the notebook's language; `text` says the same to a reader without HTML.

    A notebook gets one output with text/html and text/plain; outside a notebook the text is printed.
    While a chapter is built (DESCENT_BUILD=1) it is executed once for both languages: the output's metadata
    then carries both, as metadata["descent"] = {"en": {mime: data}, "zh": {...}}, to pick from.
    """
    both_languages(html, "html")
    both_languages(text, "text")
    if not in_notebook():
        print(text[_language])
        return
    from IPython.display import display

    bundles = {lang: {"text/html": html[lang], "text/plain": text[lang]} for lang in LANGUAGES}
    metadata = {"descent": bundles} if os.environ.get("DESCENT_BUILD") == "1" else {}
    display(bundles[_language], raw=True, metadata=metadata)


def tell(text: dict[str, str], *, border: str = "") -> None:
    """Display plain `text` in the notebook's language, line breaks kept; `border` colours a bar beside it."""
    both_languages(text, "text")
    style = "white-space: pre-wrap"
    if border:  # a bar instead of a background: it reads the same on a light and on a dark page
        style += f"; border-left: 5px solid {border}; padding: 0.3em 0.9em; margin: 0.3em 0"
    html = {lang: f'<div style="{style}">{escape(text[lang])}</div>' for lang in LANGUAGES}
    show_html(html, text=text)


def in_notebook() -> bool:
    """True in a Jupyter or browser kernel, False in a script, a test or a terminal."""
    ipython = sys.modules.get("IPython")  # a kernel has imported it; a script need not pay for it
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and type(shell).__name__ != "TerminalInteractiveShell"
