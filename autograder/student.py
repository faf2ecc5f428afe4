"""Pack the course for students: python -m autograder.student [--to FOLDER]

Writes dist/descent-student-VERSION.zip: a wheel without answers, pinned requirements, notebooks, set-up pages.
"""

import argparse
import sys
from pathlib import Path

from autograder import ROOT
from autograder.authoring.student_package import make


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.student", description=__doc__.split("\n")[0])
    parser.add_argument("--to", type=Path, default=ROOT / "dist", metavar="FOLDER", help="where to (default: dist/)")
    try:
        path = make(parser.parse_args(arguments).to)
    except (OSError, RuntimeError) as error:
        print(f"student: {error}", file=sys.stderr)
        return 2
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
