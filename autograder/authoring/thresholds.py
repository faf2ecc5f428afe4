"""Where the capstone's thresholds come from: python -m autograder.authoring.thresholds [MISSION ...] [--runs 8]

For each mission made-up students hand in three kinds of configuration:

- start: a configuration that ignores the mission's difficulty;
- first tries: what a reader of chapters 01 to 06 tries first, a right idea with the constants of the books (three each);
- tuned: a good configuration with two hyper-parameters found by random search on the student's own validation images.

Each configuration is trained and scored as by the judge, but on the student's instance. There are eight instances and the
seeds of four secrets, so that no threshold depends on one draw. The results go into instructor/capstone_runs.md, which no
student gets; the resulting thresholds are printed, to be copied into src/descent/capstone/credit.py.
"""

import argparse
import re
import sys

import numpy as np

from autograder import ROOT
from autograder.judging.missions import draws_of, judged, reference_parts
from descent.capstone.credit import THRESHOLDS, credit
from descent.capstone.instances import generator, instance
from descent.capstone.missions import MISSIONS
from descent.capstone.schema import validate
from descent.capstone.training import train_configuration
from reference.losses import softmax_cross_entropy
from reference.tuning import random_search

PAGE = ROOT / "instructor" / "capstone_runs.md"
BEGIN, END = "<!-- runs: written by autograder/authoring/thresholds.py -->", "<!-- end of runs -->"
RUNS, TRIALS, SECRETS = 8, 6, 4
# By how much the draws of a class (three runs) move one configuration's accuracy: its standard deviation between classes,
# measured as 0.004 (bad_scales) to 0.008 (few_labels).
CLASS_SPREAD = 0.007
RANGES = {mission: {"lr": (5e-4, 2e-2), "dropout": (0.02, 0.5)} for mission in MISSIONS}
RANGES["deep"] = {"lr": (3e-4, 6e-3), "clip_norm": (0.3, 10)}  # dropout in 19 narrow layers leaves too little
DEEP = {"hidden": [64] * 19}
STARTS = {
    "few_labels": {},
    "flipped_labels": {},
    "deep": DEEP | {"optimizer": "adam", "lr": 0.001, "init": "xavier_uniform"},  # Keras' default init
    "bad_scales": {"optimizer": "adam", "lr": 0.001},  # "Adam rescales every weight's step by itself"
}
PLAIN_ADAM = {"optimizer": "adam", "lr": 0.001}  # the lr of the paper and of every library
FIRST_TRIES = {
    "few_labels": [
        PLAIN_ADAM | {"epochs": 120, "shift": 2},
        PLAIN_ADAM | {"epochs": 120, "hidden": [128], "dropout": 0.5},
        PLAIN_ADAM | {"epochs": 120, "hidden": [128], "shift": 2, "dropout": 0.3},
    ],
    "flipped_labels": [
        PLAIN_ADAM | {"epochs": 20, "shift": 2},
        PLAIN_ADAM | {"epochs": 20, "hidden": [128], "dropout": 0.5},
        PLAIN_ADAM | {"epochs": 20, "hidden": [128], "shift": 2, "dropout": 0.3},
    ],
    "deep": [
        DEEP | PLAIN_ADAM | {"epochs": 16},
        DEEP | PLAIN_ADAM | {"epochs": 16, "schedule": "warmup_cosine"},
        DEEP | PLAIN_ADAM | {"epochs": 16, "clip_norm": 1.0},
    ],
    "bad_scales": [
        PLAIN_ADAM | {"epochs": 20, "inputs": "standardize"},
        PLAIN_ADAM | {"epochs": 20, "inputs": "min_max"},
        {"epochs": 20, "inputs": "standardize"},
    ],
}
ADAM = {"optimizer": "adam", "schedule": "cosine"}
RECIPES = {  # the configurations to tune, chosen once by hand
    "few_labels": ADAM | {"hidden": [128, 128], "schedule": "warmup_cosine", "shift": 2, "epochs": 120},
    "flipped_labels": ADAM | {"hidden": [128], "shift": 2, "epochs": 20},
    "deep": ADAM | DEEP | {"schedule": "warmup_cosine", "epochs": 16},
    "bad_scales": ADAM | {"hidden": [128], "inputs": "min_max", "epochs": 20},
}


def complete(mission: str, configuration: dict) -> dict:
    config, problems = validate(mission, {"prediction": 0.9} | configuration)
    if config is None:
        raise ValueError(problems[0]["en"])
    return config


def tuned(mission: str, student: str) -> dict:
    """The settings with the lowest validation loss of 6 random ones, on this student's instance."""
    own_instance, parts = instance(mission, student), reference_parts()

    def validation_loss(settings):
        run = train_configuration(
            complete(mission, RECIPES[mission] | settings),
            own_instance.X_train,
            own_instance.y_train,
            rng=np.random.default_rng(0),
            parts=parts,
            budget=MISSIONS[mission].budget,
        )
        return softmax_cross_entropy(run.scores(own_instance.X_val), own_instance.y_val)[0]

    best, _ = random_search(
        validation_loss, RANGES[mission], num_trials=TRIALS, rng=generator("tuning", mission, student)
    )
    return {name: float(f"{value:.3g}") for name, value in best.items()}


def measure(mission: str, number: int) -> tuple:
    """(student, tuned settings, accuracy of the tuned run, of the three first tries, of the start) of a made-up student."""
    student = f"tuner{number:02d}"
    settings = tuned(mission, student)
    of_class = draws_of(f"thresholds {number % SECRETS}", "07_capstone", mission)
    draws = [draw._replace(data=student) for draw in of_class]
    good, *tries, start = (
        float(np.mean(judged(mission, complete(mission, configuration), draws)[1]))
        for configuration in (RECIPES[mission] | settings, *FIRST_TRIES[mission], STARTS[mission])
    )
    return student, ", ".join(f"{name} {value:g}" for name, value in settings.items()), good, tries, start


def thresholds(rows: list[tuple]) -> tuple[float, float, float, float]:
    """Accuracies for 0, 60, 80 and 100 % of the points, from the rows of a mission.

    0 %: the median of the starts. 60 %: the median of all first tries. 100 %: the lower quartile of the tuned runs.
    80 %: halfway between the last two. All but the first are lowered by CLASS_SPREAD, so that a class whose draws happen
    to be hard does not pay for it.
    """
    start = float(np.median([row[4] for row in rows]))
    first = float(np.median([accuracy for row in rows for accuracy in row[3]])) - CLASS_SPREAD
    full = float(np.quantile([row[2] for row in rows], 0.25)) - CLASS_SPREAD
    return round(start, 3), round(first, 3), round((first + full) / 2, 3), round(full, 3)


def read(page: str) -> dict[str, list[tuple]]:
    """mission -> its rows as `measure` returns them, from the table in instructor/capstone_runs.md."""
    rows: dict[str, list] = {}
    for line in page.partition(BEGIN)[2].partition(END)[0].splitlines():
        if match := re.fullmatch(r"\| (\w+) \| (\w+) \| ([^|]+) \| (\S+) \| (\S+), (\S+), (\S+) \| (\S+) \|", line):
            mission, student, settings, good, *tries, start = match.groups()
            rows.setdefault(mission, []).append((student, settings, float(good), list(map(float, tries)), float(start)))
    return rows


def write(page: str, rows: dict[str, list[tuple]]) -> str:
    """The page with this table between its marks."""
    lines = ["", "| mission | student | found | tuned | first tries | start |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {mission} | {student} | {settings} | {good:.4f} | {', '.join(f'{accuracy:.4f}' for accuracy in tries)} | {start:.4f} |"
        for mission in MISSIONS
        for student, settings, good, tries, start in rows.get(mission, [])
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
            rows.append(measure(mission, number))
            print(mission, *rows[-1], flush=True)
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(write(page, read(page) | {mission: rows}), encoding="utf-8")
        shares = [credit(mission, accuracy) for row in rows for accuracy in row[3]]
        print(
            f"{mission}: {thresholds(rows)}, in credit.py: {THRESHOLDS[mission]}; "
            f"first tries earn {np.mean(shares):.0%} with that, tuned runs "
            f"{np.mean([credit(mission, row[2]) for row in rows]):.0%}",
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
