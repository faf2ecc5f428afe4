"""Build the site: make site.

    python -m book.build OUT [--class] [--no-checks] [--url https://example.org/descent/]

Needs what `make site` installs: the environment of requirements-site.txt, node, and the packages of site/package.json in the
folder DESCENT_NODE_MODULES. Python for the browser comes from book/pyodide.py; if it cannot be downloaded, the book is built
without check boxes and a warning is printed.
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

from book import pdf as book_pdf
from book import times
from book.chromium import chromium
from book.pages import LANGUAGES, chapters_of, write_book
from book.texts import SITE, TEXTS

COURSE = SITE.parent
FONTS = (
    "source-serif-4-latin-wght-normal",
    "source-serif-4-latin-wght-italic",
    "inter-latin-wght-normal",
    "jetbrains-mono-latin-wght-normal",
)
# Fallback formats in KaTeX's style sheet: every browser that runs Pyodide reads woff2.
OLD_FONTS = re.compile(r",\s*url\([^)]*\.(?:woff|ttf)\) format\(['\"]\w+['\"]\)")


def assets(out: Path) -> None:
    """Write what every page loads from _static: bundled scripts, the worker, KaTeX's style sheet, fonts."""
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
        subprocess.run(
            [str(argument) for argument in command], check=True, env=os.environ | {"NODE_PATH": str(modules)}
        )
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
    """Run Sphinx for one language; conf.py reads its settings from the environment."""
    flags = {"CLASS": class_edition, "CHECKS": checks, "LITE": lite, "PDF": pdf}
    settings = {
        "DESCENT_LANG": lang,
        "DESCENT_ASSETS": str(assets_folder),
        "DESCENT_URL": url,
        **{f"DESCENT_{name}": "1" if value else "" for name, value in flags.items()},
    }
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-b", "html", "-c", SITE / "book"]
    command += ["-d", source / f"doctrees-{lang}", source / lang, out / lang]
    subprocess.run([str(argument) for argument in command], check=True, env=os.environ | settings)
    for unused in (".buildinfo", "objects.inv", "_sources"):
        path = out / lang / unused
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


FRONT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 12vh auto; padding: 0 1.2rem }}</style>
{head}</head><body><main>
{body}
</main><script>{script}</script></body></html>
"""
# The language that the reader has chosen on the site, else the first of the browser's languages that the book has.
REDIRECT = """let lang;
try { lang = localStorage.getItem("descent:lang"); } catch {}
lang = ["en", "zh"].includes(lang) ? lang : (navigator.languages ?? []).map(code => code.slice(0, 2)).find(code => code === "en" || code === "zh") ?? "en";
location.replace(lang + "/index.html");"""
# A host sends the 404 page for any address, so links to the first page are computed in the browser.
FIX_LINKS = """const base = location.pathname.replace(/(?<=\\/)(en|zh|lite|notebooks|pyodide)\\/.*|[^/]*$/, "");
for (const link of document.querySelectorAll("a")) link.href = base + link.getAttribute("href");"""


def front(out: Path, url: str) -> None:
    """Write index.html, which redirects to the reader's language (without JavaScript: two links), and 404.html."""
    links = {lang: f'<a href="{lang}/index.html" lang="{lang}">{TEXTS[lang]["courseTitle"]}</a>' for lang in LANGUAGES}
    head = '<link rel="icon" href="en/_static/favicon.svg">\n'
    head += f'<meta name="description" content="{escape(TEXTS["en"]["lead"])}">\n'
    if url:
        head += (
            f'<link rel="canonical" href="{url}">\n<meta property="og:title" content="{TEXTS["en"]["courseTitle"]}">\n'
        )
        head += f'<meta property="og:image" content="{url}en/_static/social.png">\n'
    body = "<h1>Descent</h1>\n" + "\n".join(f"<p>{link}</p>" for link in links.values())
    (out / "index.html").write_text(
        FRONT.format(title="Descent", head=head, body=body, script=REDIRECT), encoding="utf-8"
    )
    body = "\n".join(
        f'<section lang="{lang}"><h1>{TEXTS[lang]["notFound"]}</h1><p>{TEXTS[lang]["notFoundText"]} {links[lang]}</p></section>'
        for lang in LANGUAGES
    )
    not_found = FRONT.format(
        title=" · ".join(TEXTS[lang]["notFound"] for lang in LANGUAGES),
        head='<meta name="robots" content="noindex">',
        body=body,
        script=FIX_LINKS,
    )
    (out / "404.html").write_text(not_found, encoding="utf-8")
    (out / ".nojekyll").touch()  # otherwise GitHub Pages omits folders that begin with _


def sitemap(out: Path, url: str) -> None:
    """Write sitemap.xml: every page with its translation. Search engines require absolute addresses."""
    pages = sorted(path.relative_to(out / "en").as_posix() for path in (out / "en").rglob("*.html"))
    pages = [page for page in pages if page not in ("search.html", "genindex.html")]
    codes = {"en": "en", "zh": "zh-Hans"}
    rows = []
    for page in pages:
        alternates = "".join(
            f'<xhtml:link rel="alternate" hreflang="{codes[lang]}" href="{url}{lang}/{page}"/>' for lang in LANGUAGES
        )
        rows += [f"<url><loc>{url}{lang}/{page}</loc>{alternates}</url>" for lang in LANGUAGES]
    opening = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">'
    text = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', opening, *rows, "</urlset>", ""])
    (out / "sitemap.xml").write_text(text, encoding="utf-8")


def notebooks(out: Path) -> None:
    """Copy the students' notebooks, which have no answers, for download."""
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
    started = time.monotonic()
    if pdf:
        chromium()  # exits now if there is none, not after the build
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    source, assets_folder = out.parent / f"{out.name}-source", out.parent / f"{out.name}-assets"
    if checks:
        from book.carrier import PyodideUnavailable
        from book.pyodide import ship

        try:
            ship(COURSE, out / "pyodide")
        except PyodideUnavailable as error:
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
            book_pdf.write(out, lang)
    front(out, url)
    if url:
        sitemap(out, url)
    notebooks(out)
    unmeasured = {folder: count for folder in chapters_of(COURSE) if (count := times.unmeasured(COURSE, folder))}
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
        f"site: {out} ({size:.0f} MB, {time.monotonic() - started:.0f} s)" + ("" if checks else ", without check boxes")
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
