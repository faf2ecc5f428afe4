"""Mark a mission: train the student's configuration with the reference, score it on images that no student has.

The configuration is plain data, copied value by value by `descent.capstone.schema`. Each run has its own seed and
training data, both drawn from the class's secret. They are the same for all students of a class, so that equal
configurations earn equal points: between two students' instances the accuracy of one configuration varies by 0.01, which
was up to a quarter of a mission's points. Since students do not have these draws, they cannot tune to them.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import reference
from autograder.judging.result import Mark
from descent import card
from descent.capstone import cards, schema
from descent.capstone.credit import credit
from descent.capstone.handed_in import CHECKS, chosen
from descent.capstone.instances import instance
from descent.capstone.missions import MISSIONS
from descent.capstone.pieces import PARTS, Parts
from descent.capstone.training import Trained, train_configuration
from descent.models import accuracy

HELD_OUT = Path(reference.__file__).parent / "data" / "mnist_held_out.npz"
RUNS = 3
CPU_SECONDS = 90.0  # all runs of one mission; the largest configuration of the schema takes about a tenth
TOPICS = (
    "backprop",
    "losses",
    "gradient_descent",
    "clipping",
    "momentum",
    "adaptive",
    "weight_decay",
    "schedules",
    "penalties",
    "dropout",
    "early_stopping",
    "augmentation",
    "preprocessing",
    "initialization",
    "batch_norm",
)


class Draw(NamedTuple):
    """The random choices of one run. data: replaces the student's id when training data are drawn. seed: of the run."""

    data: str
    seed: int


class TooSlow(Exception):
    """This machine did not finish in CPU_SECONDS; no configuration can cause that, so a person has to look."""


def mark_mission(check: str, missions: Any, *, points: float, assignment: str, secret: str | bytes, lang: str) -> Mark:
    """Mark one of the two missions that a student hands in; `check` is its name in the notebook.

    A configuration that breaks the schema or exceeds the budget is not trained: it gets no points, and a card with the
    reasons. Raises TooSlow.
    """
    mission, configuration, problem = chosen(check, missions)
    config, problems = (
        (None, [problem] if problem else []) if mission is None else schema.validate(mission, configuration)
    )
    if mission is None or config is None:
        missing = type(missions) is dict and CHECKS[check] >= len(missions)
        return mark_with_card(0.0, cards.refused(check, problems, lang, points, missing), missing=missing)
    runs, scores = judged(mission, config, draws_of(secret, assignment, mission))
    mean = round(float(np.mean(scores)), 6)
    earned = round(points * credit(mission, mean), 2)
    rows = cards.trained(
        check,
        mission,
        scores,
        config,
        lang,
        points=(earned, points),
        spent=max(run.spent for run in runs),
        diverged=sum(run.diverged for run in runs),
        num_images=len(held_out()[1]),
    )
    return mark_with_card(earned, rows, score={"mission": mission, "accuracy": mean})


def mark_with_card(points: float, rows: list, **fields: Any) -> Mark:
    return Mark(points, card.text_card(rows), card.html_card(rows), rows=tuple(rows), **fields)


def judged(mission: str, config: dict[str, Any], draws: list[Draw]) -> tuple[list[Trained], list[float]]:
    """A run for every draw, and the accuracy of each on the held-out images."""
    pixels, labels = held_out()
    watch_clock = stopwatch(CPU_SECONDS)
    runs, scores = [], []
    for draw in draws:
        drawn = instance(mission, draw.data)
        run = train_configuration(
            config,
            drawn.X_train,
            drawn.y_train,
            rng=np.random.default_rng(draw.seed),
            parts=reference_parts(),
            budget=MISSIONS[mission].budget,
            each_batch=watch_clock,
        )
        runs.append(run)
        scores.append(accuracy(run.scores(drawn.inputs(pixels)), labels))
    return runs, scores


def stopwatch(seconds: float) -> Callable[[], None]:
    """A function that raises TooSlow once this process has used `seconds` of CPU time from now."""
    end = time.process_time() + seconds

    def check_clock():
        if time.process_time() > end:
            raise TooSlow(f"the training of one mission took more than {seconds:g} s of CPU time")

    return check_clock


def draws_of(secret: str | bytes, assignment: str, mission: str) -> list[Draw]:
    """The draws of a mission in one class."""
    key = secret.encode() if isinstance(secret, str) else secret

    def digest(*parts: object) -> bytes:
        return hmac.new(key, "\0".join(map(str, parts)).encode(), hashlib.sha256).digest()

    return [
        Draw(
            data=digest(assignment, "capstone data", mission, number).hex(),
            seed=int.from_bytes(digest(assignment, "capstone", mission, number), "big"),
        )
        for number in range(RUNS)
    ]


@cache
def held_out() -> tuple[np.ndarray, np.ndarray]:
    """1000 MNIST images (1000, 784), float32 in [0, 1], and their labels: 100 of each digit."""
    with np.load(HELD_OUT) as stored:
        return stored["X"].astype(np.float32) / 255, stored["y"].astype(np.int64)


@cache
def reference_parts() -> Parts:
    """Every part of a training run, from the reference."""
    modules = [import_module(f"reference.{topic}") for topic in TOPICS]
    return {name: next(getattr(module, name) for module in modules if hasattr(module, name)) for name in PARTS}
