"""The capstone's leaderboard, from a graded class: python -m autograder.leaderboard --class FOLDER"""

import argparse
import sys

from sqlalchemy.exc import DatabaseError

from autograder.gradebook.coursedir import ClassError, open_class
from autograder.gradebook.files import why
from autograder.pages.leaderboard import write


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.leaderboard", description=__doc__)
    parser.add_argument("--class", dest="folder", required=True, metavar="FOLDER", help="a class that was graded")
    options = parser.parse_args(arguments)
    try:
        folder = open_class(options.folder)
        rows = write(folder)
    except (ClassError, OSError, DatabaseError) as error:
        print(f"leaderboard: {why(error, options.folder)}", file=sys.stderr)
        return 2
    print(f"{len(rows)} results on the board: {folder.path / 'leaderboard.html'}, leaderboard.csv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
