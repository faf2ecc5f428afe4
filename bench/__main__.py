"""Measure speed: everything that is compared runs in turn, in one run.

    python -m bench                  every part there is
    python -m bench training         one part
    python -m bench training --write publish its table in docs/bench.md

A part is a module of this folder with main(options); what follows its name goes to it.
"""

import sys
from importlib import import_module
from pathlib import Path

PARTS = ("training", "grading", "chapters")


def parts() -> list[str]:
    """The parts that are here, in the order of PARTS."""
    return [part for part in PARTS if (Path(__file__).parent / f"{part}.py").is_file()]


def main(arguments: list[str]) -> int:
    named = [argument for argument in arguments if not argument.startswith("-")]
    options = [argument for argument in arguments if argument.startswith("-")]
    if unknown := set(named) - set(parts()):
        print(f"no part called {', '.join(sorted(unknown))}; here are: {', '.join(parts())}", file=sys.stderr)
        return 2
    return max(import_module(f"bench.{part}").main(options) or 0 for part in named or parts())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
