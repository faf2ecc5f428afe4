"""The floor: run only the cells and tests of a class, in one warm interpreter, without a grader.

python -m bench.floor STUDENTS          prints {"wall": seconds, "cpu": seconds} per notebook, as JSON
"""

import contextlib
import io
import json
import sys
import time
from functools import partial

from autograder.intake.roles import flags, is_test
from autograder.judging.mark import mark
from autograder.judging.names import parse
from bench import classes


def run(cells) -> None:
    """Run one notebook; exceptions of its cells are ignored."""
    names: dict = {"__name__": "__main__"}
    for cell in cells:
        if is_test(cell):
            names["check"] = partial(points_of, points=float(flags(cell)["points"]))
        with contextlib.suppress(Exception):
            exec(compile(parse(cell.source), "<cell>", "exec"), names)


def points_of(name: str, solution, *, points: float) -> float:
    return mark(name, solution, points=points, assignment=classes.CHAPTER, secret=classes.SECRET, lang="en").points


def main(number: int) -> None:
    chapter = classes.master()
    notebooks = [classes.graded_cells(chapter, nb) for nb in classes.students(chapter, number).values()]
    with contextlib.redirect_stdout(io.StringIO()):
        run(notebooks[0])
        starts = time.perf_counter(), time.process_time()
        for cells in notebooks:
            run(cells)
        ends = time.perf_counter(), time.process_time()
    wall, cpu = ((end - start) / number for start, end in zip(starts, ends, strict=True))
    print(json.dumps({"wall": wall, "cpu": cpu}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
