"""We rehearse at home what the judge will do: the same training, with your parts, scored on validation images."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np

from descent.capstone import schema
from descent.capstone.instances import NOBODY, Instance, canonical, generator, instance
from descent.capstone.missions import ALL, Mission
from descent.capstone.pieces import PARTS, Parts
from descent.capstone.progress import progress
from descent.capstone.training import Trained, train_configuration
from descent.hyper import require
from descent.models import accuracy
from descent.say import say, tell, tr

SEEDS = 3


@dataclass
class Home:
    """What this kernel rehearses with: whose instance, which parts, and what was trained already."""

    student: str = ""
    parts: Parts = field(default_factory=dict)
    done: dict[tuple, list["Run"]] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One training run: accuracy on the validation images and on the rows trained on, and what it left.

    right: (N,) bool, which of the validation images it gets right.
    """

    accuracy: float
    train_accuracy: float
    trained: Trained
    right: np.ndarray


_home = Home()


def known_student(student: Any) -> str:
    """Return the id written in the notebook; while that is still "practice", your login on a JupyterHub if there is one.

    Anything that is not a string counts as no id.
    """
    if not isinstance(student, str):
        return ""
    login = os.environ.get("JUPYTERHUB_USER", "")
    return login if canonical(student) == NOBODY and canonical(login) else student


def assemble(student: str, names: dict[str, Any]) -> None:
    """Take the parts of a training run from `names` (pass `globals()`), and say what is still missing.

    student: your id, the name of the folder you hand in; it decides your instance of every mission. "practice" gives
    way to your login on a JupyterHub, which is the name under which the hub hands in.
    """
    _home.student = known_student(student)
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
        if _home.student != student:
            en, zh = f"{en} (Your login on this hub.)", f"{zh}（取自你登录 hub 的用户名。）"
    tell({"en": en, "zh": zh}, border="#0072b2" if not missing and _home.student else "#e69f00")


def ready() -> bool:
    """True if `assemble` was given an id and every part."""
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
    [runs] = rehearse_all(mission, [configuration], seeds=seeds, trace=trace)
    return runs


def rehearse_all(
    mission: str, configurations: list[dict[str, Any]], *, seeds: int = SEEDS, trace: bool = False
) -> list[list[Run]]:
    """`rehearse` for several configurations, with one progress bar. All are checked before the first is trained."""
    require(
        ready(),
        "assemble",
        _home.student or None,
        tr("called before, with your id and all parts", "要先调用它，并给出学号和全部零件"),
    )
    data = my_instance(mission)  # names what is wrong with an unknown mission
    about = ALL[mission]
    configs = [completed(mission, configuration) for configuration in configurations]
    every = [_home.done.setdefault(remembered_as(mission, config, trace), []) for config in configs]
    steps = sum(num_steps(about, config) * max(0, seeds - len(runs)) for config, runs in zip(configs, every))
    with progress(steps) as advance:
        for config, runs in zip(configs, every):
            while len(runs) < seeds:
                runs.append(one_run(config, data, about.budget, len(runs), trace, advance))
    return [runs[:seeds] for runs in every]


def completed(mission: str, configuration: dict[str, Any]) -> dict[str, Any]:
    """The configuration with its defaults. Raises ValueError with everything that is wrong with it."""
    config, problems = schema.validate(mission, configuration)
    if config is None:
        raise ValueError("\n".join(say(problem) for problem in problems[: schema.MOST_PROBLEMS]))
    return config


def num_steps(about: Mission, config: dict[str, Any]) -> int:
    """How many batches a run has, if nothing ends it early."""
    return config["epochs"] * ceil(schema.training_rows(about, config) / config["batch_size"])


def remembered_as(mission: str, config: dict[str, Any], trace: bool) -> tuple:
    """What tells two trainings apart: everything in a complete configuration but the prediction."""
    return mission, trace, json.dumps({name: value for name, value in config.items() if name != "prediction"})


def one_run(
    config: dict[str, Any], data: Instance, budget: int, seed: int, trace: bool, advance: Callable[[float], None]
) -> Run:
    """Train once with this seed; advance(1) is called before every batch."""
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
        each_batch=lambda: advance(1),
    )
    right = np.argmax(trained.scores(data.X_val), axis=1) == data.y_val
    return Run(float(right.mean()), accuracy(trained.scores(data.X_train), data.y_train), trained, right)


def accuracies(runs: list[Run]) -> np.ndarray:
    """The validation accuracy of each run."""
    return np.array([run.accuracy for run in runs])


def whose() -> str:
    """The id that `assemble` was given."""
    return _home.student
