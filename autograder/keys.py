"""Build src/descent/keys/*.json: what the reference and every known mistake answer on the visible cases.

python -m autograder.keys            write what has changed
python -m autograder.keys momentum   the same for some topics only
python -m autograder.keys --check    fail where a file is stale
"""

import argparse
import sys

from autograder.authoring.answer_keys import update


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.keys", description=__doc__.split("\n")[0])
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help="only these (default: all)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where a file is stale")
    options = parser.parse_args(arguments)
    return update(options.topics, check=options.check)


if __name__ == "__main__":
    sys.exit(main())
