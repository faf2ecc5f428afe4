"""Workers of a cluster on this machine: python -m autograder.worker tcp://HOST:8786 [--workers N]

Starts N processes (one for each core) that grade what the scheduler hands them, and starts one again that dies
or loses its scheduler. Refuses to start where the walls do not stand. Ends with Ctrl-C or SIGTERM.
"""

import argparse
import os
import sys

from autograder import ROOT


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.worker", description=__doc__.split("\n")[0])
    parser.add_argument("scheduler", metavar="tcp://HOST:PORT", help="what `make scheduler` prints, or tls://")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (all cores)")
    parser.add_argument(
        "--unsafe-no-sandbox",
        action="store_true",
        dest="unsafe",
        help="start without walls, for runs that ask for none themselves",
    )
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    for place in (str(ROOT / "src"), str(ROOT)):
        if place not in sys.path:
            sys.path.insert(0, place)
    from autograder.grading import cluster_worker

    if options.one:
        return cluster_worker.run_one(options.scheduler)
    from autograder.sandbox import probe

    wrong = None if options.unsafe else probe.look()[1]
    if wrong:
        print(f"worker: {wrong}", file=sys.stderr)
        return 2
    return cluster_worker.supervise(options.scheduler, max(1, options.workers))


if __name__ == "__main__":
    sys.exit(main())
