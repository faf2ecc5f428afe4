"""How fast a class is graded, compared with stock nbgrader on equal work and with running the bare cells.

    python -m bench grading [--students=60] [--rounds=1] [--with-experiments=2] [--write]

All candidates grade the same notebooks. Stock nbgrader runs them without experiments, with tests that mark in the kernel
on the cases that our judge tries; ours run in the sandbox. The scores must be equal before times are compared. In a
round every candidate runs once, in random order; ratios are taken within a round. CPU time counts every process of a
command and nothing that other programs used, so on a busy machine it is more reliable than wall time.
"""

import argparse
import json
import sqlite3
import sys
import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np

from autograder.sandbox import probe
from bench import classes, measure
from bench.processes import Cost, cost, peak_memory

STOCK, TWO, ONE = "stock nbgrader, one process", "ours, two workers", "ours, one worker"
FLOOR = "the floor"
POINTS = """select a.student_id, c.name, g.auto_score from grade g
    join base_cell c on c.id = g.cell_id join submitted_notebook n on n.id = g.notebook_id
    join submitted_assignment a on a.id = n.assignment_id where g.auto_score is not null"""


def scores(folder: Path) -> dict[tuple[str, str], float]:
    """(student, test) -> points in a gradebook."""
    with closing(sqlite3.connect(folder / "gradebook.db")) as base:
        return {(student, name): points for student, name, points in base.execute(POINTS)}


def stock_course(parent: Path, handed_in, **options) -> Path:
    """A stock course, ready for `nbgrader autograde`."""
    folder = classes.give_to_stock(parent, classes.master(), handed_in, **options)
    cost(["nbgrader", "generate_assignment", classes.CHAPTER, "--force"], folder=folder)
    return folder


def grade_stock(folder: Path) -> Cost:
    return cost(["nbgrader", "autograde", classes.CHAPTER], folder=folder)


def grade_ours(folder: Path, workers: int) -> Cost:
    return cost([sys.executable, "-m", "bench.ours", str(folder), str(workers)])


def fresh(make, run, graded_classes: dict, candidate: str):
    """A function for `measure.interleaved`: grades a new class and returns the times. It stores the scores, the folder of
    the last class and the output in `graded_classes`."""

    def turn():
        folder = make()
        result = run(folder)
        graded_classes.setdefault(candidate, []).append(scores(folder))
        graded_classes[candidate, "folder"], graded_classes[candidate, "stdout"] = folder, result.stdout
        times = json.loads(result.stdout) if result.stdout.startswith("{") else {}
        return [result.wall, result.cpu, *(times.get(candidate, np.nan) for candidate in ("start", "first", "graded"))]

    return turn


def compare(parent: Path, handed_in, rounds: int) -> tuple[dict[str, np.ndarray], dict]:
    """(times, graded_classes). times: for each candidate rows of (wall, CPU, and for ours: start-up, until every worker
    has graded one, until recording is finished); for the floor rows of (wall, CPU) for each notebook."""
    numbers, graded_classes = iter(range(10_000)), {}

    def folder() -> Path:
        return parent / str(next(numbers))

    timed = {
        STOCK: fresh(lambda: stock_course(folder(), handed_in), grade_stock, graded_classes, STOCK),
        TWO: fresh(
            lambda: classes.give_to_ours(folder(), handed_in), partial(grade_ours, workers=2), graded_classes, TWO
        ),
        ONE: fresh(
            lambda: classes.give_to_ours(folder(), handed_in), partial(grade_ours, workers=1), graded_classes, ONE
        ),
        FLOOR: lambda: bare(len(handed_in)),
    }
    seconds = measure.interleaved(timed, rounds=rounds, rng=np.random.default_rng(0))
    stock_points = graded_classes[STOCK][0]
    for name in (STOCK, TWO, ONE):
        for points in graded_classes[name]:
            if points != stock_points or len(stock_points) < len(handed_in):
                differences = sorted(stock_points.items() ^ points.items())[:3]
                raise ValueError(
                    f"{name} does not do the same work as {STOCK}: {len(points)} scores of {len(stock_points)}, {differences}"
                )
    return seconds, graded_classes


def bare(number: int) -> list[float]:
    """The floor for one notebook: wall and CPU seconds."""
    seconds = json.loads(cost([sys.executable, "-m", "bench.floor", str(number)]).stdout)
    return [seconds["wall"], seconds["cpu"], np.nan, np.nan, np.nan]


def compared(seconds: dict[str, np.ndarray], number: int) -> str:
    """The table of candidates."""
    rows = []
    for name in (STOCK, TWO, ONE):
        measured = seconds[name]
        wall, cpu, *_ = measured.T
        ratios = [seconds[STOCK][:, column] / measured[:, column] for column in (0, 1)]
        rows.append(
            [
                name,
                measure.spread(wall, 1),
                measure.spread(number / wall),
                measure.spread(ratios[0], 1),
                measure.spread(1e3 * cpu / number, 0),
                measure.spread(ratios[1], 1),
            ]
        )
    return measure.table(
        [
            "",
            "seconds, whole command",
            "submissions a second",
            "times stock's throughput",
            "CPU ms a submission",
            "stock's / its",
        ],
        rows,
    )


def overhead(seconds: dict[str, np.ndarray], number: int) -> str:
    """The table of times above the floor, within a round."""
    floor = 1e3 * seconds[FLOOR]
    rows = [[FLOOR, measure.spread(floor[:, 0], 0), "", measure.spread(floor[:, 1], 0), ""]]
    for name, workers in ((ONE, 1), (TWO, 2)):
        _, cpu, _, first, graded = seconds[name].T
        wall = 1e3 * workers * (graded - first) / (number - workers)
        cpu = 1e3 * cpu / number
        rows.append(
            [
                name,
                measure.spread(wall, 0),
                measure.spread(wall - floor[:, 0], 0),
                measure.spread(cpu, 0),
                measure.spread(cpu - floor[:, 1], 0),
            ]
        )
    return measure.table(
        [
            "",
            "ms a notebook and worker, each one's first left out",
            "above the floor",
            "CPU ms a notebook, start-up included",
            "above the floor",
        ],
        rows,
    )


def single(parent: Path, handed_in) -> Cost:
    """`make grade` for a class of one, from a cold start: sandbox, gradebook, judge, page, report."""
    name = next(iter(handed_in))
    folder = classes.give_to_ours(parent / "single", {name: handed_in[name]})
    return cost([sys.executable, "-m", "autograder.grade", "--class", str(folder), "--workers", "2"])


def report(parent: Path, handed_in, rounds: int, with_experiments: int) -> str:
    number = len(handed_in)
    before = measure.load()
    seconds, graded_classes = compare(parent, handed_in, rounds)
    pages = cost(
        [sys.executable, "-m", "autograder.grade", "--class", str(graded_classes[TWO, "folder"]), "--workers", "2"]
    )
    cold = single(parent, handed_in)
    eight = dict(list(handed_in.items())[:8])
    grader_memory, workers_memory = peak_memory(
        [
            sys.executable,
            "-m",
            "autograder.grade",
            "--class",
            str(classes.give_to_ours(parent / "memory", eight)),
            "--workers",
            "2",
        ]
    )
    starts = np.median(np.concatenate([seconds[TWO], seconds[ONE]])[:, 2:4], axis=0)
    lines = [
        f"{measure.machine(2)}; nbgrader 0.9.6. Load of the machine before and after: {before:.1f} and "
        f"{measure.load():.1f}; more than 2 comes from other programs.",
        "",
        f"{number} submissions of {classes.CHAPTER}, {rounds} round{'s' if rounds > 1 else ''}: median (quartiles), "
        "ratios within a round.",
        "",
        compared(seconds, number),
        "",
        overhead(seconds, number),
        "",
        f"- Start-up of the whole command, before the first submission: {starts[0]:.1f} s; until every worker has started "
        f"what it needs and graded one: {starts[1]:.1f} s.",
        f"- Feedback pages and the report of these {number}, which stock's `autograde` does not make: "
        f"{pages.wall:.1f} s with two workers, {1e3 * pages.cpu / number:.0f} ms of CPU time each.",
        f"- A single submission from a cold start, page and report included: {cold.wall:.1f} s, "
        f"{cold.cpu:.1f} s of CPU time.",
        f"- Memory: {workers_memory / 2 / 2**20:.0f} MB a worker with its kernel, snapshots and judge; {grader_memory / 2**20:.0f} MB "
        "for the process that keeps the gradebook.",
    ]
    if with_experiments:
        with_cells = dict(list(handed_in.items())[:with_experiments])
        stock_cost = grade_stock(stock_course(parent / "experiments", with_cells, experiments=True))
        lines.append(
            f"- For comparison, stock with the chapter's experiments in, as a course uses it: "
            f"{stock_cost.wall / with_experiments:.1f} s a submission, {stock_cost.cpu / with_experiments:.1f} s of "
            f"CPU time ({with_experiments} submissions)."
        )
    return "\n".join(lines)


def main(options: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench grading")
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--with-experiments", type=int, default=2, metavar="N", help="N submissions, 0: none")
    parser.add_argument("--write", action="store_true", help="publish the tables in docs/bench.md")
    arguments = parser.parse_args(options)
    probe.require()
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/var/tmp") as parent:
        handed_in = classes.students(classes.master(), arguments.students)
        text = report(Path(parent), handed_in, arguments.rounds, arguments.with_experiments)
    print(text)
    if arguments.write:
        measure.publish("grading", text)
    return 0
