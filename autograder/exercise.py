"""Begin a new exercise in every file that it touches: python -m autograder.exercise TOPIC.NAME [CHAPTER]"""

import argparse
import sys
from pathlib import Path

from autograder import ROOT
from autograder.authoring.notebooks import chosen
from autograder.authoring.scaffold import scaffold
from autograder.authoring.source import CannotBuild

NEXT = """Now write what says TODO, in this order; docs/authors.md shows a whole example.
  make keys TOPIC={topic}
  .venv/bin/python -m pytest -q -k {name}
  make mutation ARGS={name}"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.exercise", description=__doc__)
    parser.add_argument(
        "name", metavar="TOPIC.NAME", help="such as momentum.momentum_step; NAME alone is a topic of its own"
    )
    parser.add_argument("chapter", nargs="?", help="03 or 03_momentum: put cells at the end of this chapter's text")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    complaints: list[str] = []
    texts = chosen(options.root, [options.chapter], complaints) if options.chapter else []
    topic, _, name = options.name.rpartition(".")
    try:
        if not complaints:
            files = scaffold(options.root, topic or name, name, texts[0].stem if texts else None)
    except CannotBuild as problem:
        complaints.append(str(problem))
    if complaints:
        print("\n".join(complaints), file=sys.stderr)
        return 1
    print("\n".join(str(file.relative_to(options.root)) for file in files))
    print(NEXT.format(topic=topic or name, name=name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
