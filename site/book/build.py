"""Build the site: make site.

    python -m book.build OUT [--class] [--no-checks] [--url https://example.org/descent/]

Needs what `make site` sets up: this environment (requirements-site.txt), node, and the packages of site/package.json in
the folder DESCENT_NODE_MODULES. Python for the browser comes from book/pyodide.py; where it cannot be had the book is
built without check boxes, and the build says so.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from html import escape
from pathlib import Path

from book import pdf as printed
from book import times
from book.pages import LANGUAGES, chapters_of, write_book
from book.words import SITE, WORDS

COURSE = SITE.parent
FONTS = (
    "source-serif-4-latin-wght-normal",
    "source-serif-4-latin-wght-italic",
    "inter-latin-wght-normal",
    "jetbrains-mono-latin-wght-normal",
)
OLD_FONTS = re.compile(
    r",\s*url\([^)]*\.(?:woff|ttf)\) format\(['\"]\w+['\"]\)"
)  # every browser that runs Pyodide reads woff2


def assets(out: Path) -> None:
    """Scripts bundled, the worker as it is, KaTeX's style sheet and the fonts: what every page loads from _static."""
    modules = Path(os.environ["DESCENT_NODE_MODULES"]).resolve()
    shutil.rmtree(out, ignore_errors=True)
    for folder in ("fonts", "katex/fonts"):
        (out / folder).mkdir(parents=True)
    bundle = [
        modules / ".bin" / "esbuild",
        "--bundle",
        "--minify",
        "--format=iife",
        "--loader:.json=json",
        "--log-level=warning",
    ]
    for entry, more in (("book", []), ("editor", ["--global-name=DescentEditor"]), ("lite", [])):
        command = [*bundle, *more, SITE / "js" / f"{entry}.js", f"--outfile={out / entry}.js"]
        subprocess.run([str(word) for word in command], check=True, env=os.environ | {"NODE_PATH": str(modules)})
    shutil.copy(SITE / "js" / "python-worker.js", out)
    styles = (modules / "katex/dist/katex.min.css").read_text(encoding="utf-8")
    (out / "katex" / "katex.min.css").write_text(OLD_FONTS.sub("", styles), encoding="utf-8")
    for font in (modules / "katex/dist/fonts").glob("*.woff2"):
        shutil.copy(font, out / "katex/fonts")
    for name in FONTS:
        (font,) = (modules / "@fontsource-variable").glob(f"*/files/{name}.woff2")
        shutil.copy(font, out / "fonts")


def book(
    source: Path,
    out: Path,
    lang: str,
    assets_folder: Path,
    *,
    class_edition: bool,
    checks: bool,
    lite: bool,
    url: str,
    pdf: bool,
) -> None:
    flags = {"CLASS": class_edition, "CHECKS": checks, "LITE": lite, "PDF": pdf}
    settings = {
        "DESCENT_LANG": lang,
        "DESCENT_ASSETS": str(assets_folder),
        "DESCENT_URL": url,
        **{f"DESCENT_{name}": "1" if value else "" for name, value in flags.items()},
    }
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-b", "html", "-c", SITE / "book"]
    command += ["-d", source / f"doctrees-{lang}", source / lang, out / lang]
    subprocess.run([str(word) for word in command], check=True, env=os.environ | settings)
    for left in (".buildinfo", "objects.inv", "_sources"):
        path = out / lang / left
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


FRONT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 12vh auto; padding: 0 1.2rem }}</style>
{head}</head><body><main>
{body}
</main><script>{script}</script></body></html>
"""
# The language that was chosen by hand, else the first of the reader's that the book has.
CHOOSE = """let lang;
try { lang = localStorage.getItem("descent:lang"); } catch {}
lang = ["en", "zh"].includes(lang) ? lang : (navigator.languages ?? []).map(one => one.slice(0, 2)).find(one => one === "en" || one === "zh") ?? "en";
location.replace(lang + "/index.html");"""
# A host sends this page for any address, so the way to the first page is only known here.
LOST = """const base = location.pathname.replace(/(?<=\\/)(en|zh|lite|notebooks|pyodide)\\/.*|[^/]*$/, "");
for (const link of document.querySelectorAll("a")) link.href = base + link.getAttribute("href");"""


def front(out: Path, url: str) -> None:
    """The first page: to the reader's language, or a choice where there is no JavaScript. And the page for a wrong address."""
    links = {lang: f'<a href="{lang}/index.html" lang="{lang}">{WORDS[lang]["courseTitle"]}</a>' for lang in LANGUAGES}
    head = '<link rel="icon" href="en/_static/favicon.svg">\n'
    head += f'<meta name="description" content="{escape(WORDS["en"]["lead"])}">\n'
    if url:
        head += (
            f'<link rel="canonical" href="{url}">\n<meta property="og:title" content="{WORDS["en"]["courseTitle"]}">\n'
        )
        head += f'<meta property="og:image" content="{url}en/_static/social.png">\n'
    body = "<h1>Descent</h1>\n" + "\n".join(f"<p>{link}</p>" for link in links.values())
    (out / "index.html").write_text(
        FRONT.format(title="Descent", head=head, body=body, script=CHOOSE), encoding="utf-8"
    )
    body = "\n".join(
        f'<section lang="{lang}"><h1>{WORDS[lang]["notFound"]}</h1><p>{WORDS[lang]["notFoundText"]} {links[lang]}</p></section>'
        for lang in LANGUAGES
    )
    lost = FRONT.format(
        title=" · ".join(WORDS[lang]["notFound"] for lang in LANGUAGES),
        head='<meta name="robots" content="noindex">',
        body=body,
        script=LOST,
    )
    (out / "404.html").write_text(lost, encoding="utf-8")
    (out / ".nojekyll").touch()  # GitHub Pages would leave out every folder that begins with _


def sitemap(out: Path, url: str) -> None:
    """All pages of the book, each with its other language; search engines want whole addresses."""
    pages = sorted(path.relative_to(out / "en").as_posix() for path in (out / "en").rglob("*.html"))
    pages = [page for page in pages if page not in ("search.html", "genindex.html")]
    codes = {"en": "en", "zh": "zh-Hans"}
    rows = []
    for page in pages:
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{codes[lang]}" href="{url}{lang}/{page}"/>' for lang in LANGUAGES
        )
        rows += [f"<url><loc>{url}{lang}/{page}</loc>{others}</url>" for lang in LANGUAGES]
    opening = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">'
    text = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', opening, *rows, "</urlset>", ""])
    (out / "sitemap.xml").write_text(text, encoding="utf-8")


def notebooks(out: Path) -> None:
    """The students' notebooks, to download; they hold no answers."""
    for lang in LANGUAGES:
        (out / "notebooks" / lang).mkdir(parents=True)
        for folder in chapters_of(COURSE):
            shutil.copy(COURSE / "notebooks" / lang / folder / f"{folder}.ipynb", out / "notebooks" / lang)


def build(
    out: Path,
    *,
    class_edition: bool,
    checks: bool,
    lite: bool,
    url: str = "",
    need_checks: bool = False,
    pdf: bool = False,
) -> None:
    begun = time.monotonic()
    if pdf:
        printed.browser()  # said at once where there is none, not after the build
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    source, assets_folder = out.parent / f"{out.name}-source", out.parent / f"{out.name}-assets"
    if checks:
        from book.carrier import NotToBeHad
        from book.pyodide import ship

        try:
            ship(COURSE, out / "pyodide")
        except NotToBeHad as error:
            if need_checks:
                sys.exit(f"site: not built, since it would have no check boxes: {error}")
            print(f"site: NO CHECK BOXES, only the book: {error}", file=sys.stderr)
            checks = False
    assets(assets_folder)
    for lang in LANGUAGES:
        write_book(COURSE, source, lang, answers=not class_edition)
        book(
            source, out, lang, assets_folder,
            class_edition=class_edition, checks=checks, lite=lite and checks, url=url, pdf=pdf,
        )  # fmt: skip
        if pdf:
            printed.write(out, lang)
    front(out, url)
    if url:
        sitemap(out, url)
    notebooks(out)
    unmeasured = {folder: missing for folder in chapters_of(COURSE) if (missing := times.unmeasured(COURSE, folder))}
    if unmeasured:
        print(
            f"site: {sum(unmeasured.values())} experiments do not say how long they take ({', '.join(unmeasured)}): "
            "see docs/site.md, times",
            file=sys.stderr,
        )
    shutil.copy(SITE / "NOTICE.txt", out / "NOTICE.txt")
    if checks and lite:
        from book import lite as jupyterlite

        jupyterlite.build(COURSE, out, assets_folder / "lite.js", class_edition=class_edition)
    shutil.rmtree(source)
    shutil.rmtree(assets_folder)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    print(
        f"site: {out} ({size:.0f} MB, {time.monotonic() - begun:.0f} s)" + ("" if checks else ", without check boxes")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--class", dest="class_edition", action="store_true", help="for a class: no answers anywhere")
    parser.add_argument("--no-checks", dest="checks", action="store_false", help="only the book: no Python")
    parser.add_argument("--no-lite", dest="lite", action="store_false", help="no JupyterLite")
    parser.add_argument("--pdf", action="store_true", help="also print the book, with Chromium")
    parser.add_argument("--need-checks", action="store_true", help="fail where Python for the browser cannot be had")
    parser.add_argument("--url", default="", help="where the site will stand: for search engines and previews of links")
    options = parser.parse_args()
    if options.url and not options.url.startswith(("https://", "http://")):
        parser.error(f"--url must begin with https:// or http://, not {options.url!r}")
    build(
        options.out.resolve(), class_edition=options.class_edition, checks=options.checks, lite=options.lite,
        url=options.url.rstrip("/") + "/" if options.url else "", need_checks=options.need_checks, pdf=options.pdf,
    )  # fmt: skip


if __name__ == "__main__":
    main()
