"""Grade a class: python -m autograder.grade [--class FOLDER] [--chapter 03] [--students "ada,ben*"] ...

Without --class the sample class is made under build/sample and graded. Interrupted, say it again: it goes on
where it was. (This file imports next to nothing, because every process that grades starts by reading it.)
"""

import argparse
import gc
import os
import sys

from autograder import ROOT


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0 when every submission has a result, also when some were refused."""
    parser = argparse.ArgumentParser(prog="python -m autograder.grade", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--class", dest="folder", metavar="FOLDER", help="the class; without it the sample class"
    )
    parser.add_argument("--chapter", metavar="NN", help="only the chapters whose name begins so")
    parser.add_argument("--students", default="", metavar="IDS",
                        help='only these: ids or patterns with commas between them, "ada,ben*"')
    parser.add_argument("--regrade", action="store_true", help="grade again also what has not changed")
    parser.add_argument("--limits", default="", metavar="NAME=NUMBER",
                        help='limits for this run instead of the class\'s: "cell_seconds=5 test_seconds=3"')
    parser.add_argument(
        "--workers", type=positive, default=os.cpu_count() or 1, metavar="N", help="processes (all cores)"
    )
    parser.add_argument(
        "--cluster", default="", metavar="tcp://HOST:PORT", help="let the workers of this Dask scheduler grade"
    )
    parser.add_argument(
        "--new-secret", action="store_true", help="the class has another secret now: grade everything anew"
    )
    parser.add_argument(
        "--unsafe-no-sandbox", action="store_true", dest="unsafe",
        help="run submissions as code you trust, without any wall around them; marks every grade",
    )
    options = parser.parse_args(arguments)
    for place in (str(ROOT / "src"), str(ROOT)):
        if place not in sys.path:
            sys.path.insert(0, place)
    return read_the_rest().command(options.folder, options.chapter, options.workers, options.unsafe,
                           students=options.students, regrade=options.regrade, limits=options.limits,
                           cluster=options.cluster, new_secret=options.new_secret)


def read_the_rest():
    """The module that grades. The server of the workers begins first, and reads beside us."""
    from autograder.judging import server
    server.warm_up(server.WORKERS)
    gc.disable()  # nothing that is imported becomes garbage
    from autograder.grading import batch
    gc.freeze()
    gc.enable()
    return batch


def positive(text: str) -> int:
    """A number of workers. argparse turns the error into a message and exit code 2."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes: 1, 2, ...")
    return int(text)


if __name__ == "__main__":
    code = main()
    gc.freeze()  # the system takes it all back: nothing has to be looked through for garbage once more
    sys.exit(code)
