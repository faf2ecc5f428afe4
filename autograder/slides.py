"""Slides of the figures of built chapters, build/slides/<lang>/<chapter>.html: python -m autograder.slides [CHAPTER ...]"""

import argparse
import sys
from pathlib import Path

import nbformat

from autograder import ROOT
from autograder.authoring.notebooks import chosen
from autograder.authoring.slides import slides
from autograder.authoring.source import LANGUAGES


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.slides", description=__doc__)
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="03 or 03_momentum; default: all")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    complaints: list[str] = []
    for text in chosen(options.root, options.chapters, complaints):
        for lang in LANGUAGES:
            built = options.root / "solutions" / lang / text.stem / f"{text.stem}.ipynb"
            if not built.is_file():
                complaints.append(f"{text.stem} ({lang}) is not built: make notebooks first")
                continue
            page, count = slides(nbformat.read(built, as_version=4), lang)
            file = options.root / "build" / "slides" / lang / f"{text.stem}.html"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(page, "utf-8")
            print(f"{count} figures: {file}")
    if complaints:
        print("\n".join(complaints), file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
