"""Build the site: make site.

    python -m book.build OUT [--class] [--no-checks]

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
from pathlib import Path

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
    source: Path, out: Path, lang: str, assets_folder: Path, *, class_edition: bool, checks: bool, lite: bool
) -> None:
    flags = {"CLASS": class_edition, "CHECKS": checks, "LITE": lite}
    settings = {
        "DESCENT_LANG": lang,
        "DESCENT_SOURCE": str(source),
        "DESCENT_ASSETS": str(assets_folder),
        **{f"DESCENT_{name}": "1" if value else "" for name, value in flags.items()},
    }
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-b", "html", "-c", SITE / "book"]
    command += ["-d", source / f"doctrees-{lang}", source / lang, out / lang]
    subprocess.run([str(word) for word in command], check=True, env=os.environ | settings)
    for left in (".buildinfo", "objects.inv", "_sources"):
        path = out / lang / left
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def front(out: Path) -> None:
    """The first page: to the reader's language, or a choice where there is no JavaScript."""
    links = "".join(
        f'<p><a href="{lang}/index.html" lang="{lang}">{WORDS[lang]["courseTitle"]}</a></p>' for lang in LANGUAGES
    )
    script = "location.replace((navigator.language.startsWith('zh') ? 'zh' : 'en') + '/index.html')"
    (out / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Descent</title><main><h1>Descent</h1>{links}</main><script>{script}</script></html>\n",
        encoding="utf-8",
    )
    (out / ".nojekyll").touch()  # GitHub Pages would leave out every folder that begins with _


def notebooks(out: Path) -> None:
    """The students' notebooks, to download; they hold no answers."""
    for lang in LANGUAGES:
        (out / "notebooks" / lang).mkdir(parents=True)
        for folder in chapters_of(COURSE):
            shutil.copy(COURSE / "notebooks" / lang / folder / f"{folder}.ipynb", out / "notebooks" / lang)


def build(out: Path, *, class_edition: bool, checks: bool, lite: bool) -> None:
    begun = time.monotonic()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    source, assets_folder = out.parent / f"{out.name}-source", out.parent / f"{out.name}-assets"
    if checks:
        from book.carrier import NotToBeHad
        from book.pyodide import ship

        try:
            ship(COURSE, out / "pyodide")
        except NotToBeHad as error:
            print(f"site: NO CHECK BOXES, only the book: {error}", file=sys.stderr)
            checks = False
    assets(assets_folder)
    for lang in LANGUAGES:
        write_book(COURSE, source, lang, answers=not class_edition)
        book(
            source, out, lang, assets_folder,
            class_edition=class_edition, checks=checks, lite=lite and checks,
        )  # fmt: skip
    front(out)
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
    options = parser.parse_args()
    build(options.out.resolve(), class_edition=options.class_edition, checks=options.checks, lite=options.lite)


if __name__ == "__main__":
    main()
