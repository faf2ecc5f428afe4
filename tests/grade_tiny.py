"""`make grade` on the tiny course: python grade_tiny.py COURSE [arguments of autograder.grade]

From the environment: SOAK_PATIENCE seconds instead of a minute, SOAK_JUDGE in place of run and judge, SOAK_BATCH
submissions in a transaction. All else is the real command.
"""

import importlib
import os
import sys
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "src")]
    from autograder import grade
    from autograder.grading import batch, cluster, course, failures, submission
    from autograder.grading.local_pool import LocalPool
    from autograder.pages import command

    root, judge = Path(sys.argv[1]), os.environ.get("SOAK_JUDGE")
    command.isolated_course = lambda *_: (course.Course(root / "solutions", root / "notebooks"), "")
    batch.BATCH = int(os.environ.get("SOAK_BATCH", batch.BATCH))
    patience = float(os.environ.get("SOAK_PATIENCE", 0))
    if patience:
        failures.LOCK_SECONDS = cluster.CONNECT_SECONDS = patience
    if judge:
        module, _, name = judge.rpartition(".")
        work = partial(submission.grade, judge=getattr(importlib.import_module(module), name))
        local = {} if "--cluster" in sys.argv else {"new_pool": LocalPool}
        batch.Options = partial(batch.Options, work=work, **local)
    print("ready", flush=True)
    return grade.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
