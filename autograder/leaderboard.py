"""The capstone's leaderboard, from a graded class: python -m autograder.leaderboard --class FOLDER"""

import argparse
import sys

from autograder.gradebook.coursedir import ClassError, open_class
from autograder.pages.leaderboard import write


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.leaderboard", description=__doc__)
    parser.add_argument("--class", dest="folder", required=True, metavar="FOLDER", help="a class that was graded")
    try:
        folder = open_class(parser.parse_args(arguments).folder)
        rows = write(folder)
    except (ClassError, PermissionError) as error:
        print(f"leaderboard: {error}", file=sys.stderr)
        return 2
    print(f"{len(rows)} results on the board: {folder.path / 'leaderboard.html'}, leaderboard.csv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
