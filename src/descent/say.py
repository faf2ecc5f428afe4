"""The course speaks English and Chinese: a sentence that code shows is written in both, and the notebook's is picked.

set_language("zh")                                   # the first cell of every notebook
tr("right", "正确")                                   -> "正确"
say({"en": "right", "zh": "正确"})                    -> "正确"
tell(tr(f"GD: {n} steps", f"GD：{n} 步"))             # shown as a paragraph

A chapter's text writes `tr(...)`, too; the builder resolves it, so that a notebook holds the strings of one language.
"""

import sys
from collections.abc import Callable
from html import escape
from typing import Any

LANGUAGES = ("en", "zh")
_language = "en"
_display: Callable[[dict[str, Any]], None] | None = None


def set_language(lang: str) -> None:
    """From now on `tr`, `say` and `show_html` speak `lang`: "en" or "zh". Anything else raises ValueError."""
    global _language
    if lang not in LANGUAGES:
        raise ValueError(f"language = {lang!r}: must be 'en' or 'zh'")
    _language = lang


def tr(en: str, zh: str) -> str:
    """Return `en` or `zh`, whichever is the notebook's language; English until set_language is called."""
    return zh if _language == "zh" else en


def say(both: dict[str, str] | str) -> str:
    """Return the text of {"en": ..., "zh": ...} that is in the notebook's language; a plain string as it is."""
    return both_languages(both, "say")[_language]


def both_languages(both: dict[str, str] | str, what: str) -> dict[str, str]:
    """Return `both` as {"en": text, "zh": text}; a plain string is one of the notebook's language and stands for both.

    Raises ValueError for `what` if a language is missing or a text is empty.
    """
    if isinstance(both, str):
        both = dict.fromkeys(LANGUAGES, both)
    if not isinstance(both, dict) or set(both) != set(LANGUAGES):
        raise ValueError(f"{what} = {both!r}: must be a string or a dict with the keys 'en' and 'zh'")
    for lang in LANGUAGES:
        if not isinstance(both[lang], str) or not both[lang].strip():
            raise ValueError(f"{what}[{lang!r}] = {both[lang]!r}: must be a text that is not empty")
    return both


def set_display(function: Callable[[dict[str, Any]], None] | None) -> None:
    """From now on hand what is shown to `function`: for a host that has no IPython, such as a web page.

    It gets {"text/html": ..., "text/plain": ...} in the language that is set, and for a card "card" as well: the card
    as data (descent/card_data.py) with "level", the step of the ladder to show. None: as before.
    """
    global _display
    _display = function


def has_display() -> bool:
    """True if a host has called set_display."""
    return _display is not None


def show_html(html: dict[str, str] | str, *, text: dict[str, str] | str, card: dict[str, Any] | None = None) -> None:
    """Display `html` in the notebook's language; `text` says the same to a reader without HTML.

    A notebook gets one output with text/html and text/plain; outside a notebook the text is printed. A host of its own
    (`set_display`) gets both, and `card`, which is the same as data.
    """
    html = both_languages(html, "html")[_language]
    text = both_languages(text, "text")[_language]
    if _display is not None:
        _display({"text/html": html, "text/plain": text} | ({"card": card} if card else {}))
        return
    if not in_notebook():
        print(text)
        return
    from IPython.display import display

    display({"text/html": html, "text/plain": text}, raw=True)


def tell(text: dict[str, str] | str, *, border: str = "") -> None:
    """Display plain `text` in the notebook's language, line breaks kept; `border` colours a bar beside it."""
    text = both_languages(text, "text")[_language]
    style = "white-space: pre-wrap"
    if border:  # a bar instead of a background: it reads the same on a light and on a dark page
        style += f"; border-left: 5px solid {border}; padding: 0.3em 0.9em; margin: 0.3em 0"
    show_html(f'<div style="{style}">{escape(text)}</div>', text=text)


def in_notebook() -> bool:
    """True in a Jupyter or browser kernel, False in a script, a test or a terminal."""
    ipython = sys.modules.get("IPython")  # a kernel has imported it; a script need not pay for it
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and type(shell).__name__ != "TerminalInteractiveShell"
