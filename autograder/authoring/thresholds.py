"""Where the capstone's thresholds come from: python -m autograder.authoring.thresholds [MISSION ...] [--runs 20]

For each mission 20 made-up students do what a good student does: choose two hyper-parameters by random search on
their own validation images (6 trials, one seed each), then hand in the winner. Beside it the starting point of the
mission, what many would try first. Both are judged as in a class. The results go into docs/capstone.md; the
thresholds that follow from them are printed, to be put into src/descent/capstone/credit.py.
"""

import argparse
import re
import sys

import numpy as np

from autograder import ROOT
from autograder.judging.missions import judged, reference_parts, seeds_of
from descent.capstone.credit import THRESHOLDS
from descent.capstone.instances import generator, instance
from descent.capstone.missions import MISSIONS
from descent.capstone.schema import validate
from descent.capstone.training import train_configuration
from reference.losses import softmax_cross_entropy
from reference.tuning import random_search

PAGE = ROOT / "docs" / "capstone.md"
BEGIN, END = "<!-- tuned runs: written by autograder/thresholds.py -->", "<!-- end of tuned runs -->"
RUNS, TRIALS = 20, 6
LEAST = 0.2  # nothing is earned up to twice the accuracy of guessing
RANGES = {mission: {"lr": (5e-4, 2e-2), "dropout": (0.02, 0.5)} for mission in MISSIONS}
RANGES["deep"] = {"lr": (3e-4, 6e-3), "clip_norm": (0.3, 10)}  # dropout in 19 narrow layers leaves too little
STARTS = {
    "few_labels": {},
    "flipped_labels": {},
    "deep": {"hidden": [64] * 19, "optimizer": "adam", "lr": 0.001, "init": "xavier_uniform"},  # Keras' default init
    "bad_scales": {"optimizer": "adam", "lr": 0.001},  # "Adam rescales every weight's step by itself"
}
ADAM = {"optimizer": "adam", "schedule": "cosine"}
RECIPES = {  # what is tuned: the rest of the configuration, chosen once by hand
    "few_labels": ADAM | {"hidden": [128, 128], "schedule": "warmup_cosine", "shift": 2, "epochs": 120},
    "flipped_labels": ADAM | {"hidden": [128], "shift": 2, "epochs": 20},
    "deep": ADAM | {"hidden": [64] * 19, "schedule": "warmup_cosine", "epochs": 16},
    "bad_scales": ADAM | {"hidden": [128], "inputs": "min_max", "epochs": 20},
}


def complete(mission: str, configuration: dict) -> dict:
    config, problems = validate(mission, {"prediction": 0.9} | configuration)
    if config is None:
        raise ValueError(problems[0]["en"])
    return config


def tuned(mission: str, student: str) -> dict:
    """The configuration that this student finds: lowest validation loss of 6 random settings."""
    mine, parts = instance(mission, student), reference_parts()

    def validation_loss(found):
        run = train_configuration(
            complete(mission, RECIPES[mission] | found),
            mine.X_train,
            mine.y_train,
            rng=np.random.default_rng(0),
            parts=parts,
            budget=MISSIONS[mission].budget,
        )
        return softmax_cross_entropy(run.scores(mine.X_val), mine.y_val)[0]

    best, _ = random_search(
        validation_loss, RANGES[mission], num_trials=TRIALS, rng=generator("tuning", mission, student)
    )
    return {name: float(f"{value:.3g}") for name, value in best.items()}


def measure(mission: str, student: str) -> tuple:
    """(mission, student, what was found, accuracy tuned, accuracy of the starting point)."""
    found = tuned(mission, student)
    seeds = seeds_of("thresholds", "07_capstone", mission)
    accuracies = [
        float(np.mean(judged(mission, complete(mission, configuration), student, seeds)[1]))
        for configuration in (RECIPES[mission] | found, STARTS[mission])
    ]
    return mission, student, ", ".join(f"{name} {value:g}" for name, value in found.items()), *accuracies


def thresholds(tuned_runs: list[float], starts: list[float]) -> tuple[float, float, float, float]:
    """Accuracies for 0, 50, 80 and 100 % of the points.

    100 %: the lower quartile of the tuned runs, so that three of four tuned runs have it. start: the median of the
    untuned ones. 50 and 80 %: half, and four fifths, of the way from start to 100 %. 0 %: a quarter of that way
    below start, but no less than 0.2.
    """
    full, start = float(np.quantile(tuned_runs, 0.25)), float(np.median(starts))
    way = full - start
    return round(max(LEAST, start - way / 4), 3), round(start + way / 2, 3), round(start + 0.8 * way, 3), round(full, 3)


def read(page: str) -> dict[str, list[tuple[str, str, float, float]]]:
    """mission -> its rows (student, what was found, tuned, start), from the table in docs/capstone.md."""
    rows: dict[str, list] = {}
    for line in page.partition(BEGIN)[2].partition(END)[0].splitlines():
        if found := re.fullmatch(r"\| (\w+) \| (\w+) \| ([^|]+) \| (\S+) \| (\S+) \|", line):
            mission, student, settings, good, start = found.groups()
            rows.setdefault(mission, []).append((student, settings, float(good), float(start)))
    return rows


def write(page: str, rows: dict[str, list[tuple]]) -> str:
    """The page with this table between its marks."""
    lines = ["", "| mission | student | found | tuned | starting point |", "|---|---|---|---|---|"]
    lines += [
        f"| {mission} | {student} | {found} | {good:.4f} | {start:.4f} |"
        for mission in MISSIONS
        for student, found, good, start in rows.get(mission, [])
    ]
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + "\n".join([*lines, "", ""]) + END + rest.partition(END)[2]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m autograder.authoring.thresholds", description=__doc__.split("\n")[0]
    )
    parser.add_argument("missions", nargs="*", metavar="MISSION", help=f"of {', '.join(MISSIONS)}; default: all")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help=f"students for each mission ({RUNS})")
    options = parser.parse_args(arguments)
    for mission in options.missions or MISSIONS:
        rows = []
        for number in range(options.runs):
            row = measure(mission, f"tuner{number:02d}")
            print(*row, flush=True)
            rows.append(row[1:])
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(write(page, read(page) | {mission: rows}), encoding="utf-8")
        print(
            f"{mission}: {thresholds([row[2] for row in rows], [row[3] for row in rows])}, "
            f"in credit.py: {THRESHOLDS[mission]}",
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
