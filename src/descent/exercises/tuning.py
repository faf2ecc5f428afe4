"""Chapter 04, sitting B: fair tuning by random search."""

from dataclasses import replace

import numpy as np

from descent.cases import between
from descent.contract_cases import given
from descent.exercise import Case, Exercise, Group, WrongReturn, returned

GROUPS = {
    "draw": Group(
        3,
        "every trial is the one of the draw, evaluated once",
        "每次试验都来自那一次抽取，各评估一次",
        only=("configs", "losses", "calls"),
    ),
    "best": Group(2, "best is the config of lowest loss", "best 是损失最小的配置", only=("best",)),
    "diverged": Group(
        2, "a run that diverged (loss NaN) never wins", "发散的训练（损失为 NaN）不会胜出", only=("best",)
    ),
    "equals": Group(1, "of equal losses the earliest wins", "损失相同时，最早的胜出", only=("best",)),
    "contract": Group(
        1,
        "one trial, many trials, a range of one value, very small and very large values, NaN, inf, errors",
        "只试一次、试很多次、范围只含一个值、极小和极大的值、损失有的或全是 NaN、全是 inf、报错",
    ),
}

EQUAL = "several trials have the lowest loss", "有几次试验并列最小"
ALL_NAN = "every loss is NaN", "所有损失都是 NaN"
SOME_NAN = "some losses are NaN", "有些损失是 NaN"
ALL_INF = "every loss is inf", "所有损失都是 inf"
ONE_CONFIG = "every range is a single value", "每个范围都只含一个值"
SMALL_LOSSES = "the losses are very small", "损失极小"
LOSS = """def loss(config):
    size = sum(np.log10(config[name] / goal[name]) ** 2 for name in goal)
    return {value}

random_search(loss, ranges, num_trials=num_trials, rng=np.random.default_rng(seed))"""


def shares(ranges, num_trials, seed):
    """The draw that the docstring fixes."""
    return np.random.default_rng(seed).random((num_trials, len(ranges)))


def edge(u):
    """How many trials stay below the lr from which on they diverge: those below the first trial's, where that
    is large; else all but one."""
    smaller = int((u[:, 0] < u[0, 0]).sum())
    return smaller if smaller >= 3 else len(u) - 1


def case(rng, group, names, fits, value="float(size)", special=None, **more):
    """A case whose draw `fits(shares, goals)`: seeds are tried until one does. Goals are shares of ranges."""
    spans = {"lr": (1e-4, 1.0), "weight_decay": (1e-6, 1e-2), "eps": (1e-8, 1e-3)}
    ranges = {name: spans[name] for name in names}
    num_trials = 5 + int(4 * rng.random())
    while True:
        seed, where = int(10000 * rng.random()), [between(rng, 0.2, 0.8) for _ in names]
        u = shares(ranges, num_trials, seed)
        if fits(u, where):
            break
    goal = {
        name: float(f"{low * (high / low) ** share:.2g}") for (name, (low, high)), share in zip(ranges.items(), where)
    }
    if group == "diverged":
        low, high = ranges["lr"]
        smaller, larger = np.sort(u[:, 0])[edge(u) - 1 :][:2]
        more["diverges_above"] = float(f"{low * (high / low) ** ((smaller + larger) / 2):.4g}")
    inputs = {"ranges": ranges, "goal": goal, "num_trials": num_trials, "seed": seed} | more
    return Case(group, inputs, LOSS.format(value=value), special)


def search_cases(rng):
    def distance(u, where):
        return ((u - where) ** 2).sum(axis=1)

    def inside(u, where):
        """Neither the first nor the last trial is the best or the worst."""
        order = np.argsort(distance(u, where))
        return not {order[0], order[-1]} & {0, len(u) - 1}

    def apart(u):
        """No lr is so near the one from which on trials diverge that rounding could matter."""
        return np.diff(np.sort(u[:, 0])).min() > 0.02

    def first_diverges(u, where):
        return (u[:, 0] < u[0, 0]).sum() >= 3 and apart(u) and inside(u, where)

    def later_diverges(u, where):
        """A later trial diverges, the first does not; the best is another one."""
        return (
            (u[:, 0] < u[0, 0]).sum() < 3
            and apart(u)
            and inside(u, where)
            and (u[:, 0].argmax() != distance(u, where).argmin())
        )

    def rounded_alike(u, where):
        """Two trials are close to the goal, more than one is far."""
        near = (distance(u, where) * 16 < 0.4).sum()
        return 2 <= near <= len(u) - 2 and distance(u, where)[0] * 16 > 0.6

    nan = 'np.nan if config["lr"] > diverges_above else float(size)'
    return [
        case(rng, "draw", ["lr"], inside),
        case(rng, "draw", ["weight_decay", "lr"], inside),
        case(rng, "draw", ["lr", "weight_decay", "eps"], inside),
        case(rng, "best", ["lr"], inside),
        case(rng, "best", ["lr", "weight_decay"], inside),
        case(rng, "diverged", ["lr"], first_diverges, nan),
        case(rng, "diverged", ["lr", "weight_decay"], first_diverges, nan),
        case(rng, "diverged", ["lr", "weight_decay"], later_diverges, nan),
        *(
            case(rng, "equals", names, rounded_alike, "float(np.round(size))", special=EQUAL, rounded=True)
            for names in (["lr"], ["lr", "weight_decay"])
        ),
        *contract(case(rng, "contract", ["lr", "weight_decay"], inside), LOSS.format(value=nan)),
    ]


def contract(base, code_with_nan):
    """The cases beside the draw. 30 trials are more than any case draws."""
    ranges = base.inputs["ranges"]
    all_diverge = replace(given(base, diverges_above=1e-12), code=code_with_nan, special=ALL_NAN)
    all_inf = replace(
        given(base, diverges_above=1e-12, diverged="inf"),
        code=code_with_nan.replace("np.nan", "np.inf"),
        special=ALL_INF,
    )
    some_diverge = replace(given(base, diverges_above=0.01, num_trials=20), code=code_with_nan, special=SOME_NAN)
    return [
        base,
        some_diverge,
        given(base, num_trials=1),
        given(base, num_trials=30),
        all_diverge,
        all_inf,
        given(base, ranges=ranges | {"lr": (0.25, 0.25)}),
        # Equal configs are trials all the same: training is random, and each trial is asked for.
        replace(given(base, ranges={"lr": (0.25, 0.25), "weight_decay": (0.001, 0.001)}), special=ONE_CONFIG),
        replace(
            given(base, unit=1e-9), code=LOSS.format(value="unit * float(size)"), special=SMALL_LOSSES
        ),  # a tolerance would take them for equal
        given(base, num_trials=0),
        given(base, ranges={"lr": (1e-11, 1e-9), "weight_decay": (1e6, 1e9)}, goal={"lr": 1e-10, "weight_decay": 3e7}),
        given(base, ranges=ranges | {"lr": (0.0, 1.0)}),
        given(base, ranges=ranges | {"weight_decay": (1.0, 0.1)}),
    ]


def run_search(solution, inputs):
    """The configs and losses of all trials, how often validation_loss was asked, and the best config."""
    configs = []

    def validation_loss(config):
        configs.append(config)
        size = float(sum(np.log10(config[name] / goal) ** 2 for name, goal in inputs["goal"].items()))
        size *= inputs.get("unit", 1.0)
        if "diverges_above" in inputs:
            return float(inputs.get("diverged", "nan")) if config["lr"] > inputs["diverges_above"] else size
        return float(np.round(size)) if inputs.get("rounded") else size

    result = solution(
        validation_loss, inputs["ranges"], num_trials=inputs["num_trials"], rng=np.random.default_rng(inputs["seed"])
    )
    best, trials = returned(result, "best", "trials")
    if type(trials) not in (list, tuple):
        kind = type(trials).__name__
        raise WrongReturn(
            f"returned trials of type {kind}, expected a list of (config, loss)",
            f"返回的 trials 类型为 {kind}，应为 (config, loss) 的列表",
        )
    pairs = [returned(trial, "config", "loss") for trial in trials]
    return {
        "configs": [config for config, _ in pairs],
        "losses": [loss for _, loss in pairs],
        "calls of validation_loss": len(configs),
        "best": best,
    }


EXERCISES = [
    Exercise(
        "random_search",
        "tuning.random_search",
        GROUPS,
        search_cases,
        run_search,
        clauses={"It is called once for each trial.": "draw"},
    )
]
