"""Grade a class: python -m autograder.grade [--class FOLDER] [--chapter 03] [--workers N]

Without --class the sample class is made under build/sample and graded. Interrupted, say it again: it goes on
where it was. (This file imports next to nothing, because every process that grades starts by reading it.)
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0 when every submission has a result, also when some were refused."""
    parser = argparse.ArgumentParser(prog="python -m autograder.grade", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--class", dest="folder", metavar="FOLDER", help="the class; without it the sample class"
    )
    parser.add_argument("--chapter", metavar="NN", help="only the chapters whose name begins so")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (all cores)"
    )
    parser.add_argument(
        "--unsafe-no-sandbox", action="store_true", dest="unsafe",
        help="run submissions as code you trust, without any wall around them; marks every grade",
    )
    options = parser.parse_args(arguments)
    for place in (str(ROOT / "src"), str(ROOT)):
        if place not in sys.path:
            sys.path.insert(0, place)
    from autograder import grading
    return grading.command(options.folder, options.chapter, max(1, options.workers), options.unsafe)


if __name__ == "__main__":
    sys.exit(main())
