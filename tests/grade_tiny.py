"""`make grade` on the tiny course: python grade_tiny.py COURSE [arguments of autograder.grade]

From the environment: SOAK_PATIENCE seconds instead of a minute, SOAK_STEPS in place of run and judge, SOAK_BATCH
submissions in a transaction. All else is the real command.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "src")]
    from autograder import grade
    from autograder.grading import cluster, batch, failures
    from autograder.grading.submission import WITH_WALLS

    root, steps = Path(sys.argv[1]), os.environ.get("SOAK_STEPS", WITH_WALLS)
    batch.behind_walls = lambda *_: (batch.Course(root / "solutions", root / "notebooks", steps), "")
    batch.BATCH = int(os.environ.get("SOAK_BATCH", batch.BATCH))
    patience = float(os.environ.get("SOAK_PATIENCE", 0))
    if patience:
        failures.LOCK_SECONDS = cluster.CONNECT_SECONDS = patience
    print("ready", flush=True)
    return grade.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
