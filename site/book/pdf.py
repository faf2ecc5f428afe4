"""Print the built pages as a PDF with Chromium: make site PDF=1.

All pages of a language are joined into one, with links inside it. Hints, answers and the code of experiments are left out,
since the book folds them too; derivations and references are printed open.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from book.chromium import chromium
from book.texts import TEXTS

SITTINGS = ("index", "a", "b", "further")
LINK = re.compile(r'(?P<name>\b(?:href|src))="(?P<target>[^"]*)"')
ID = re.compile(r'(?P<name>\b(?:id|for|aria-describedby|aria-labelledby))="(?P<target>[^"]+)"')
STYLES = ("styles/furo.css", "katex/katex.min.css", "fonts.css", "book.css", "exercise.css")
PRINT_STYLES = """
@page { size: A4; margin: 20mm 18mm; @bottom-center { content: counter(page); font: 9pt sans-serif; color: #595d63 } }
body { background: #fff } .headerlink, .landing, .copy { display: none }
.chapter-page, .page-list { break-before: page } .chapter-page.index + .chapter-page { break-before: auto }
.page-list ul { columns: 2 } .page-list li { list-style: none; margin: .15em 0 } .page-list .index { font-weight: 600; margin-top: .7em; break-after: avoid }
.page article summary { break-after: avoid } .page article .card, .page article [data-descent], .predict { break-inside: avoid }
.page { display: block } .page article { font-size: 10.5pt }
.page article h1 { font-size: 22pt } .page article h2 { font-size: 15pt } .page article h3 { font-size: 12pt }
.exercise > details, .written > details, .cell > details.code { display: none }
.page article .highlight pre { white-space: pre-wrap; overflow-wrap: anywhere }
figure img { max-height: 230mm; object-fit: contain } .front { padding-top: 70mm }
"""


def pages_in_order(folder: Path) -> list[Path]:
    """The pages of one language in reading order."""
    chapters = sorted(path for path in folder.iterdir() if path.name[:2].isdigit())
    pages = [chapter / f"{place}.html" for chapter in chapters for place in SITTINGS]
    return [page for page in [*pages, folder / "glossary.html", folder / "bibliography.html"] if page.exists()]


def slug(page: Path, folder: Path) -> str:
    return page.relative_to(folder).with_suffix("").as_posix().replace("/", "-")


def article(page: Path, folder: Path) -> str:
    """A page's article, its ids prefixed by the page's name, its links to other pages made links to such ids."""
    html = re.search(r"<article\b[^>]*>(.*)</article>", page.read_text(encoding="utf-8"), re.S)[1]
    page_id = slug(page, folder)

    def inner_link(match: re.Match) -> str:
        url = match["target"]
        parts = urlsplit(url)
        if parts.scheme or url.startswith("//"):
            return match[0]
        target = (page.parent / parts.path).resolve() if parts.path else page
        if target.suffix == ".html" and target.is_relative_to(folder):
            target_id = slug(target, folder) + (f"-{parts.fragment}" if parts.fragment else "")
            return f'{match["name"]}="#{target_id}"'
        return f'{match["name"]}="{os.path.relpath(target, folder)}"'

    html = ID.sub(lambda match: f'{match["name"]}="{page_id}-{match["target"]}"', html)
    html = LINK.sub(inner_link, html).replace('loading="lazy"', "")
    html = re.sub(r'<details class="fold plain"', '<details open class="fold plain"', html)
    return f'<section class="chapter-page {page.stem}" id="{page_id}">{html}</section>'


def contents(folder: Path, lang: str) -> str:
    """The table of contents: links only, since page numbers are not known before printing."""
    rows = []
    for page in pages_in_order(folder):
        title = re.search(r"<h1>(.*?)<a class=\"headerlink\"", page.read_text(encoding="utf-8"), re.S)[1]
        kind = page.stem if page.stem in SITTINGS and page.stem != "index" else "index"
        rows.append(f'<li class="{kind}"><a href="#{slug(page, folder)}">{title}</a></li>')
    return f'<section class="page-list"><h1>{TEXTS[lang]["contents"]}</h1><ul>{"".join(rows)}</ul></section>'


def one_page(folder: Path, lang: str) -> str:
    """The HTML document that is printed: title, contents and all pages of one language."""
    styles = "".join(f'<link rel="stylesheet" href="_static/{name}">' for name in STYLES)
    title = TEXTS[lang]["courseTitle"]
    front = (
        f'<section class="front"><h1>{title}</h1><p>{TEXTS[lang]["lead"]}</p><p>{TEXTS[lang]["licence"]}</p></section>'
    )
    body = "\n".join(article(page, folder) for page in pages_in_order(folder))
    return (
        f'<!doctype html><html lang="{"zh-Hans" if lang == "zh" else lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f'{styles}<style>{PRINT_STYLES}</style></head><body data-theme="light"><div class="page"><article>{front}{contents(folder, lang)}{body}</article></div>'
        "</body></html>"
    )


def write(out: Path, lang: str) -> Path:
    """Print OUT/LANG into OUT/descent-LANG.pdf."""
    folder, pdf = out / lang, out / f"descent-{lang}.pdf"
    page = folder / "print.html"
    page.write_text(one_page(folder, lang), encoding="utf-8")
    try:
        with tempfile.TemporaryDirectory() as profile:
            command = [
                chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                "--no-pdf-header-footer", "--generate-pdf-document-outline", "--virtual-time-budget=60000",
                f"--user-data-dir={profile}", f"--print-to-pdf={pdf}", page.as_uri(),
            ]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    finally:
        page.unlink()
    if done.returncode or not pdf.exists():
        raise RuntimeError(f"Chromium printed no PDF:\n{done.stderr[-2000:]}")
    return pdf
