"""A finished figure as a PNG in the page, with alt text, caption and dark mode; a missing glyph is an error."""

import base64
import io
import re
import warnings
from functools import cache
from html import escape

import numpy as np

from descent.figures.labels import settle
from descent.figures.style import DPI, pyplot
from descent.say import LANGUAGES, both_languages, show_html

PAGE = 100  # pixels of the page to an inch: a figure of 7 inches fills a column of 700
# On dark pages (JupyterLab, the book, VS Code) white becomes the page's ground and every colour keeps its hue. What is
# light on white, gold and sky, becomes dark on black: without more brightness their contrast there is 3.5 and 2.9.
DARKENED = "filter: invert(1) hue-rotate(180deg) brightness(1.25); mix-blend-mode: screen"
DARK = (
    "<style>"
    + ", ".join(
        f"{page} .descent-figure"
        for page in ('body[data-jp-theme-light="false"]', 'body[data-theme="dark"]', "body.vscode-dark")
    )
    + f" {{{DARKENED}}}"
    f'@media (prefers-color-scheme: dark) {{body[data-theme="auto"] .descent-figure {{{DARKENED}}}}}</style>'
)


def show(fig, *, alt=None, caption=None, photo: bool = False) -> None:
    """Display a figure (or the figure of given axes) with its alt text and caption, and close it.

    alt says what is to be seen for someone who cannot see it. alt and caption: a text, or {"en": text, "zh": text}
    where one notebook source serves both languages. photo: a picture whose colours a dark page must not invert.
    ValueError if there is no alt text, or for a character that the figures' font lacks.
    """
    alt = in_languages(alt, "alt")
    show_html(figure_html(fig, alt=alt, caption=caption, photo=photo), text=alt)


def in_languages(text, argument: str) -> dict[str, str]:
    """{"en": text, "zh": text} for a string in one language or such a dict. Raises ValueError if a text is empty."""
    return both_languages(dict.fromkeys(LANGUAGES, text) if isinstance(text, str) else text, argument)


def figure_html(fig, *, alt, caption=None, photo: bool = False) -> dict[str, str]:
    """Return {"en": html, "zh": html}: <figure> with the picture, its alt text and caption; close `fig`."""
    captions = in_languages(caption, "caption") if caption else dict.fromkeys(LANGUAGES, "")
    image = image_html(fig, alt=alt, photo=photo)
    return {
        lang: ("" if photo else DARK)
        + f'<figure style="margin: 0.6em 0">{image[lang]}'
        + (f"<figcaption>{escape(captions[lang])}</figcaption>" if captions[lang] else "")
        + "</figure>"
        for lang in LANGUAGES
    }


def image_html(fig, *, alt, photo: bool = False) -> dict[str, str]:
    """Return {"en": html, "zh": html}: the <img> alone, with its alt text; close `fig`."""
    alt = in_languages(alt, "alt")
    fig = fig.get_figure(root=True)
    picture, width = png(fig)
    pyplot().close(fig)
    data = base64.b64encode(picture).decode()
    css_class = "" if photo else ' class="descent-figure"'
    return {
        lang: f'<img{css_class} alt="{escape(alt[lang])}" width="{width}" '
        f'style="max-width: 100%; height: auto; background: #fff" src="data:image/png;base64,{data}">'
        for lang in LANGUAGES
    }


def png(fig) -> tuple[bytes, int]:
    """Return the figure as PNG bytes, the same for the same figure (no date, no version), and its width on the page.

    A palette of 224 colours is a third of the size; where it would swallow the colour of a thin line, there is none.
    """
    from PIL import Image

    check_glyphs(fig)
    fig.set_dpi(DPI)  # names are placed by the sizes that are saved
    settle(fig)
    raw = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph .* missing")
        fig.savefig(raw, format="rgba", dpi=DPI)
    rgb_image = Image.frombytes("RGBA", fig.canvas.get_width_height(), raw.getvalue()).convert("RGB")
    # k-means ends when fewer than 100 pixels change their colour: three times as fast as to the last pixel
    image = rgb_image.quantize(224, kmeans=100, dither=Image.Dither.NONE)
    off = np.abs(np.asarray(rgb_image, np.int16) - np.asarray(image.convert("RGB"), np.int16)).max(axis=-1)
    small = io.BytesIO()
    (rgb_image if np.mean(off > 40) > 1e-4 else image).save(small, format="png", optimize=True)
    return small.getvalue(), round(rgb_image.width * PAGE / DPI)


def check_glyphs(fig) -> None:
    """Raises ValueError for a character that the figures' font does not have, with the text around it."""
    from matplotlib.text import Text

    for text in fig.findobj(Text):
        mathematics = text.get_text().count("$") > 1 and text.get_parse_math()
        for character in re.sub(r"\$[^$]*\$", "", text.get_text()) if mathematics else text.get_text():
            if not character.isspace() and not any(
                ord(character) in charmap for charmap in charmaps(bool(mathematics))
            ):
                raise ValueError(
                    f"the figures' font has no {character!r} (U+{ord(character):04X}), which is in the text "
                    f"{text.get_text()!r}: use another character, or add it with fonts/make_font.py"
                )


@cache
def charmaps(beside_mathematics: bool) -> list[set[int]]:
    """The characters of the course's font and of the one that helps it out, which cannot beside mathematics."""
    from matplotlib.font_manager import findfont, get_font

    names = ["Descent Sans"] if beside_mathematics else ["Descent Sans", "DejaVu Sans"]
    return [set(get_font(findfont(name)).get_charmap()) for name in names]
