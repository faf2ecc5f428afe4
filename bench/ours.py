"""Grade a class as `make grade` does until recording is finished, then print timestamps.

    python -m bench.ours CLASS WORKERS     prints {"start", "first", "graded"}: seconds, as JSON

"first" is the time at which there are as many results as workers: by then every worker has started.

Pages and report are left to a later `make grade`, which continues from here, since `nbgrader autograde` makes none.
"""

import json
import sys
import time
from contextlib import contextmanager

BEGAN = time.time()


class Enough(Exception):
    """Everything is in the gradebook."""


def main(folder: str, workers: int) -> None:
    from autograder import grade

    batch, *_ = grade.import_the_rest()
    from autograder.gradebook import coursedir
    from autograder.grading.course import isolated_course

    times: dict[str, float] = {}

    @contextmanager
    def progress(stage: str, total: int):
        times["start"] = time.time() - BEGAN
        results = []

        def advance(name: str) -> None:
            results.append(name)
            if len(results) == workers:
                times["first"] = time.time() - BEGAN

        yield advance

    course, _ = isolated_course(False, False)

    def stop_before_pages(run, workers, progress) -> None:
        times["graded"] = time.time() - BEGAN
        raise Enough

    try:
        batch.grade_class(
            coursedir.open_class(folder),
            course,
            batch.Options(workers=workers, progress=progress, write_pages=stop_before_pages),
        )
    except Enough:
        print(json.dumps(times))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
