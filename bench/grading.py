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


def stock_course(place: Path, handed_in, **options) -> Path:
    """A stock course, ready for `nbgrader autograde`."""
    folder = classes.give_to_stock(place, classes.master(), handed_in, **options)
    cost(["nbgrader", "generate_assignment", classes.CHAPTER, "--force"], folder=folder)
    return folder


def grade_stock(folder: Path) -> Cost:
    return cost(["nbgrader", "autograde", classes.CHAPTER], folder=folder)


def grade_ours(folder: Path, workers: int) -> Cost:
    return cost([sys.executable, "-m", "bench.ours", str(folder), str(workers)])


def fresh(make, run, kept: dict, name: str):
    """A function for `measure.interleaved`: a new class, graded; returns what was measured, and keeps scores and the
    last class."""

    def turn():
        folder = make()
        result = run(folder)
        kept.setdefault(name, []).append(scores(folder))
        kept[name, "folder"], kept[name, "stdout"] = folder, result.stdout
        times = json.loads(result.stdout) if result.stdout.startswith("{") else {}
        return [result.wall, result.cpu, *(times.get(name, np.nan) for name in ("start", "first", "graded"))]

    return turn


def compare(place: Path, handed_in, rounds: int) -> tuple[dict[str, np.ndarray], dict]:
    """For every candidate rows of (wall, CPU, and for ours: start-up, until every worker has graded one, until recording
    is finished), for the floor rows of (wall, CPU) a notebook; and the last class of each."""
    numbers, kept = iter(range(10_000)), {}

    def folder() -> Path:
        return place / str(next(numbers))

    timed = {
        STOCK: fresh(lambda: stock_course(folder(), handed_in), grade_stock, kept, STOCK),
        TWO: fresh(lambda: classes.give_to_ours(folder(), handed_in), partial(grade_ours, workers=2), kept, TWO),
        ONE: fresh(lambda: classes.give_to_ours(folder(), handed_in), partial(grade_ours, workers=1), kept, ONE),
        FLOOR: lambda: bare(len(handed_in)),
    }
    seconds = measure.interleaved(timed, rounds=rounds, rng=np.random.default_rng(0))
    first = kept[STOCK][0]
    for name in (STOCK, TWO, ONE):
        for found in kept[name]:
            if found != first or len(first) < len(handed_in):
                differ = sorted(first.items() ^ found.items())[:3]
                raise ValueError(
                    f"{name} does not do the same work as {STOCK}: {len(found)} scores of {len(first)}, {differ}"
                )
    return seconds, kept


def bare(number: int) -> list[float]:
    """The floor of one notebook."""
    found = json.loads(cost([sys.executable, "-m", "bench.floor", str(number)]).stdout)
    return [found["wall"], found["cpu"], np.nan, np.nan, np.nan]


def compared(seconds: dict[str, np.ndarray], number: int) -> str:
    """The table of candidates."""
    rows = []
    for name in (STOCK, TWO, ONE):
        found = seconds[name]
        wall, cpu, *_ = found.T
        ratios = [seconds[STOCK][:, which] / found[:, which] for which in (0, 1)]
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
    """What a notebook costs above its cells and tests alone, within a round."""
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


def single(place: Path, handed_in) -> Cost:
    """The whole of `make grade` for a class of one, from nothing: walls, gradebook, judge, page, report."""
    name = next(iter(handed_in))
    folder = classes.give_to_ours(place / "single", {name: handed_in[name]})
    return cost([sys.executable, "-m", "autograder.grade", "--class", str(folder), "--workers", "2"])


def report(place: Path, handed_in, rounds: int, with_experiments: int) -> str:
    number = len(handed_in)
    before = measure.load()
    seconds, kept = compare(place, handed_in, rounds)
    pages = cost([sys.executable, "-m", "autograder.grade", "--class", str(kept[TWO, "folder"]), "--workers", "2"])
    cold = single(place, handed_in)
    few = dict(list(handed_in.items())[:8])
    first, others = peak_memory(
        [
            sys.executable,
            "-m",
            "autograder.grade",
            "--class",
            str(classes.give_to_ours(place / "memory", few)),
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
        f"- Memory: {others / 2 / 2**20:.0f} MB a worker with its kernel, snapshots and judge; {first / 2**20:.0f} MB "
        "for the process that keeps the gradebook.",
    ]
    if with_experiments:
        some = dict(list(handed_in.items())[:with_experiments])
        whole = grade_stock(stock_course(place / "experiments", some, experiments=True))
        lines.append(
            f"- For comparison, stock with the chapter's experiments in, as a course uses it: "
            f"{whole.wall / with_experiments:.1f} s a submission, {whole.cpu / with_experiments:.1f} s of "
            f"CPU time ({with_experiments} submissions)."
        )
    return "\n".join(lines)


def main(options: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench grading")
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--with-experiments", type=int, default=2, metavar="N", help="N submissions, 0: none")
    parser.add_argument("--write", action="store_true", help="publish the tables in docs/bench.md")
    given = parser.parse_args(options)
    probe.require()
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/var/tmp") as made:
        handed_in = classes.students(classes.master(), given.students)
        text = report(Path(made), handed_in, given.rounds, given.with_experiments)
    print(text)
    if given.write:
        measure.publish("grading", text)
    return 0
