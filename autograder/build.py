"""Build the notebooks of a chapter: python -m autograder.build [--check] [--force] [CHAPTER ...]

Each language is executed on its own, in a kernel that cannot import `reference`, and only when its code has changed.
"""

import argparse
import sys
import time
from pathlib import Path

from autograder import ROOT
from autograder.authoring.chapter import load
from autograder.authoring.notebooks import build, check, chosen, orphans, report
from autograder.authoring.source import CannotBuild
from autograder.authoring.todo import waiting


def graded_below_full_marks(name: str, root: Path) -> list[str]:
    """What does not get full points of a chapter that was just built, when its own solution is graded as a submission."""
    from autograder.authoring import trial  # only a build that changed something needs the grader
    from autograder.grading.course import Course
    from autograder.sandbox import probe

    return trial.complaints(
        name, Course(root / "solutions", root / "notebooks", "none" if probe.look()[1] else "walls")
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m autograder.build", description="Build the notebooks of a chapter from its text."
    )
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="03 or 03_momentum; default: all")
    parser.add_argument("--check", action="store_true", help="only compare, executing nothing")
    parser.add_argument("--force", action="store_true", help="execute what is up to date as well")
    parser.add_argument("--release", action="store_true", help="with --check: refuse what waits for Chinese (zh: TODO)")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    complaints: list[str] = []
    for text in chosen(options.root, options.chapters, complaints):
        start = time.perf_counter()
        try:
            if options.check:
                complaints += check(text, options.root)
                continue
            chapter = load(text, options.root)
            written, notes = build(chapter, options.root, force=options.force)
            done = f"{len(written)} notebooks written" if written else "up to date"
            print(f"{text.stem}: {done} ({time.perf_counter() - start:.1f} s)\n{report(chapter)}", flush=True)
            print("".join(f"  {note}\n" for note in notes), end="", flush=True)
            if written:
                complaints += graded_below_full_marks(text.stem, options.root)
        except CannotBuild as problem:
            complaints.append(str(problem))
    if not options.chapters:
        complaints += orphans(options.root)
    unfinished: list[str] = []
    if options.check and not options.chapters:
        todo, chinese = waiting(options.root)
        unfinished = todo + (chinese if options.release else [])
        complaints += unfinished
        if chinese and not options.release:
            print(f"{len(chinese)} lines wait for Chinese (zh: TODO); make check RELEASE=1 lists them and fails")
    print("".join(f"{complaint}\n" for complaint in complaints), end="", file=sys.stderr)
    if complaints and options.check and len(complaints) > len(unfinished):
        print("Edit only solutions/NN_topic.py and src/reference/; then: make notebooks", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
