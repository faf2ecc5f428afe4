"""Grade a class: python -m autograder.grade [--class FOLDER] [--chapter 03] [--students "ada,ben*"] ...

Without --class the sample class is made under build/sample and graded. After an interruption the same command goes on
where it was. (This file imports next to nothing, because every process that grades starts by importing it.)
"""

import argparse
import gc
import os
import sys
from typing import Any

from autograder import ROOT, import_nbgrader_alone

# What workers need: imported once, by the process that they are forked from.
WORKER_IMPORTS = ("autograder.pages.feedback", "autograder.grading.local_pool", "autograder.grading.submission")


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code (pages.command.grade_and_show)."""
    parser = argparse.ArgumentParser(prog="python -m autograder.grade", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--class", dest="folder", metavar="FOLDER", help="the class; without it the sample class")
    add("--chapter", default="", metavar="NN", help="only the chapters whose name begins so")
    add("--students", default="", metavar="IDS", help='only these: ids or patterns, commas between them, "ada,ben*"')
    add("--regrade", action="store_true", help="grade again also what has not changed")
    add("--limits", default="", metavar="NAME=NUMBER", help='for this run: "cell_seconds=5 test_seconds=3"')
    add("--workers", type=positive, default=os.cpu_count() or 1, metavar="N", help="processes (all cores)")
    add("--cluster", default="", metavar="tcp://HOST:PORT", help="let the workers of this Dask scheduler grade")
    add("--new-secret", action="store_true", help="the class has another secret now: grade everything anew")
    add(
        "--unsafe-no-sandbox",
        action="store_true",
        dest="unsafe",
        help="run submissions as code you trust, without any wall around them; marks every grade",
    )
    options = vars(parser.parse_args(arguments))
    sys.path[:0] = [place for place in (str(ROOT / "src"), str(ROOT)) if place not in sys.path]
    from autograder.gradebook import hints

    hints.set_environment(options["folder"])  # before the processes that mark are started
    batch, command = import_the_rest()
    about_the_run = {name: options.pop(name) for name in ("folder", "limits", "unsafe")}
    return command.grade_and_show(options=batch.Options(**options), make_sample=make_sample, **about_the_run)


def import_the_rest() -> tuple:
    """The modules that grade. The server that workers are forked from starts first, and imports beside us."""
    from autograder.judging import judge_forkserver

    judge_forkserver.start_multiprocessing(*WORKER_IMPORTS)
    gc.disable()  # nothing that is imported becomes garbage
    import_nbgrader_alone()
    from autograder.grading import batch
    from autograder.pages import command

    gc.freeze()
    gc.enable()
    return batch, command


def make_sample(place: Any) -> None:
    """Write the sample class. What makes it is imported only for that."""
    from autograder.authoring import sample_class

    sample_class.make(place)


def positive(text: str) -> int:
    """A number of workers. argparse turns the error into a message and exit code 2."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes: 1, 2, ...")
    return int(text)


if __name__ == "__main__":
    code = main()
    gc.freeze()  # skip the final GC pass at interpreter exit
    sys.exit(code)
