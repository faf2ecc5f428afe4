"""Measure how much an attack slows down an honest student who is graded at the same time by the pool's other worker.

We measure the seconds that grading charges the honest student for a test of about two seconds (fair_clock.py): the time
that passed minus the time that the process waited for a CPU. Limits use the same number, and other programs on a busy
machine affect it only through caches and memory. An attack is compared with the median of the pairs without an attack in
the same run; their spread shows which differences are significant.
"""

import statistics
import tempfile
import time
import tomllib
from pathlib import Path

import test_hostile
import tiny_course as tiny

from autograder.grading import submission
from autograder.grading.job import Job
from autograder.grading.local_pool import LocalPool
from hostile.code_attacks import CODE
from hostile.file_attacks import FILES

SLOW_ANSWER = """
import numpy as np
def square(x):
    a = np.random.default_rng(0).standard_normal((120, 120))
    for _ in range(3000):
        a = a @ a / np.abs(a).max() + sum(range(2000)) * 1e-9
    return x ** 2
"""
HONEST = "honest"  # the name of the pair without an attack
EVERY = 8  # attacks between two honest pairs
FULL = {"test_double": 4.0, "test_square": 6.0, "test_predictions": 1.0}


def measure(names: list[str]) -> tuple[dict[str, tuple[bool, float]], str]:
    """Attacks by their names (code_fork_storm) -> ({name: (whether the neighbour has all its points, its seconds divided by
    those beside an honest student)}, a sentence about the pairs without an attack)."""
    seconds: dict[str, float] = {}
    points: dict[str, bool] = {}
    honest = []
    with tempfile.TemporaryDirectory(prefix="beside-") as temporary:
        root, folder = tiny.lay_out(Path(temporary) / "course"), Path(temporary) / "class"
        folder.mkdir()
        test_hostile.hand_in(folder, list(CODE), list(FILES))
        tiny.write(folder, HONEST, tiny.answered(**tiny.RIGHT))
        tiny.write(folder, "neighbour", tiny.answered(**tiny.RIGHT | {"square": SLOW_ANSWER}))
        pool = LocalPool(2, isolation="walls", seconds=300.0)
        try:
            pair(pool, root, folder, HONEST)  # the workers start
            for number, name in enumerate(names):
                if number % EVERY == 0:
                    honest.append(pair(pool, root, folder, HONEST)[1])
                points[name], seconds[name] = pair(pool, root, folder, name)
        finally:
            pool.close()
    usual = statistics.median(honest)
    spread = f"{min(honest) / usual:.2f} and {max(honest) / usual:.2f}"
    sentence = (
        f"the neighbour's test is charged {usual:.1f} s beside an honest student, the median of {len(honest)} pairs, "
        f"which lie between {spread} of that"
    )
    return {name: (points[name], seconds[name] / usual) for name in names}, sentence


def pair(pool: LocalPool, root: Path, folder: Path, name: str) -> tuple[bool, float]:
    """Grade a submission at the same time as the neighbour; (whether the neighbour has full points, seconds charged)."""
    result = None
    for student in (name, "neighbour"):
        pool.submit(submission.grade, job_of(root, folder, student))
        time.sleep(0.05)
    unfinished = 2
    while unfinished:
        for job, outcome, error in pool.finished(1.0):
            unfinished -= 1
            if job.student == "neighbour":
                if error is not None:
                    raise error
                result = outcome
    points = {name: score for name, score in result["scores"].items() if name in FULL}
    return points == FULL, result["tests"]["test_square"]["seconds"]


def job_of(root: Path, folder: Path, student: str) -> Job:
    submission_folder = str(folder / "submitted" / student / "tiny")
    limits = tomllib.loads(test_hostile.LIMITS)["limits"]
    return Job(
        student,
        "tiny",
        submission_folder,
        str(root / "solutions"),
        str(root / "notebooks"),
        "secret",
        f"{student}-{time.monotonic()}",
        "1",
        tuple(sorted(limits.items())),
        "walls",
        False,
    )
