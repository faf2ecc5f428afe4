"""All figures of the built notebooks on one page, build/gallery/index.html: python -m autograder.gallery [CHAPTER ...]"""

import argparse
import sys
from pathlib import Path

from autograder import ROOT
from autograder.authoring.gallery import gallery
from autograder.authoring.notebooks import chosen


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.gallery", description=__doc__)
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="03 or 03_momentum; default: all")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    complaints: list[str] = []
    texts = chosen(options.root, options.chapters, complaints)
    page, count = gallery(options.root, [text.stem for text in texts])
    if not count:
        complaints.append("no built notebook with a figure: make notebooks first")
    if complaints:
        print("\n".join(complaints), file=sys.stderr)
        return 1
    file = options.root / "build" / "gallery" / "index.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, "utf-8")
    print(f"{count} figures: {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
