"""We rehearse at home what the judge will do: the same training, with your parts, scored on validation images."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from descent.capstone import schema
from descent.capstone.instances import Instance, canonical, generator, instance
from descent.capstone.missions import MISSIONS
from descent.capstone.pieces import PARTS, Parts
from descent.capstone.training import Trained, train_configuration
from descent.hyper import require
from descent.models import accuracy
from descent.say import tell

SEEDS = 3
NOBODY = "practice"  # the id that the notebook comes with


@dataclass
class Home:
    """What this kernel rehearses with: whose instance, which parts, and what was trained already."""

    student: str = ""
    parts: Parts = field(default_factory=dict)
    done: dict[tuple, list["Run"]] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One training run: accuracy on the validation images and on the rows trained on, and what it left."""

    accuracy: float
    train_accuracy: float
    trained: Trained


_home = Home()


def assemble(student: str, names: dict[str, Any]) -> None:
    """Take the parts of a training run from `names` (pass `globals()`), and say what is still missing.

    student: your id, the name of the folder you hand in; it decides your instance of every mission.
    """
    _home.student = student if isinstance(student, str) else ""
    _home.parts = {name: names[name] for name in PARTS if callable(names.get(name))}
    _home.done.clear()
    missing = [name for name in PARTS if name not in _home.parts]
    ready = len(PARTS) - len(missing)
    en, zh = f"{ready} of {len(PARTS)} parts are here", f"共 {len(PARTS)} 个零件，已有 {ready} 个"
    if missing:
        en += f"; missing: {', '.join(missing)}. Run the cells that define them"
        zh += f"；缺少：{'、'.join(missing)}。请先运行定义它们的单元格"
    if not canonical(_home.student):
        en += ". Your instance is not known yet: write your id into `student_id`"
        zh += "。还不知道你的实例：请把你的学号写进 `student_id`"
    elif canonical(_home.student) == NOBODY:
        en += f'. These are practice instances, nobody\'s: write your own id in place of "{NOBODY}"'
        zh += f'。现在是练习用的实例，不属于任何人：请把 "{NOBODY}" 换成你自己的学号'
    else:
        en, zh = f"{en}. Instances of {_home.student!r}.", f"{zh}。实例属于 {_home.student!r}。"
    tell({"en": en, "zh": zh}, border="#0072b2" if not missing and _home.student else "#e69f00")


def ready() -> bool:
    """Whether `assemble` has got an id and every part."""
    return bool(canonical(_home.student)) and len(_home.parts) == len(PARTS)


def my_instance(mission: str) -> Instance:
    """Your instance of a mission. Raises ValueError before `assemble` knows your id."""
    return instance(mission, _home.student)


def rehearse(mission: str, configuration: dict[str, Any], *, seeds: int = SEEDS, trace: bool = False) -> list[Run]:
    """Train `configuration` on your instance with the seeds 0, 1, ... and return a Run for each.

    trace=True also records "accuracy" and "train_accuracy" after every epoch in `trained.history`.
    Runs are remembered: the same configuration is not trained twice. Raises ValueError with everything that is
    wrong with the configuration, or if parts or your id are missing; an unsolved part raises NotImplementedError.
    """
    require(ready(), "assemble", _home.student or None, "called before, with your id and all parts")
    config, problems = schema.validate(mission, configuration)
    if problems:
        raise ValueError("\n".join(problem["en"] for problem in problems[: schema.MOST_PROBLEMS]))
    known = {name: value for name, value in config.items() if name != "prediction"}
    runs = _home.done.setdefault((mission, trace, json.dumps(known)), [])
    data = my_instance(mission)
    while len(runs) < seeds:
        runs.append(one_run(config, data, MISSIONS[mission].budget, len(runs), trace))
    return runs[:seeds]


def one_run(config: dict[str, Any], data: Instance, budget: int, seed: int, trace: bool) -> Run:
    watch: Callable | None = None
    if trace:

        def watch(scores):
            return {
                "accuracy": accuracy(scores(data.X_val), data.y_val),
                "train_accuracy": accuracy(scores(data.X_train), data.y_train),
            }

    trained = train_configuration(
        config,
        data.X_train,
        data.y_train,
        rng=generator("rehearsal", str(seed)),
        parts=_home.parts,
        budget=budget,
        watch=watch,
    )
    return Run(
        accuracy(trained.scores(data.X_val), data.y_val), accuracy(trained.scores(data.X_train), data.y_train), trained
    )


def accuracies(runs: list[Run]) -> np.ndarray:
    """The validation accuracy of each run."""
    return np.array([run.accuracy for run in runs])


def whose() -> str:
    """The id that `assemble` was given."""
    return _home.student
