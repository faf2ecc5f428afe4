"""Chapter 05: early stopping, a class that watches the validation loss."""

from dataclasses import replace

import numpy as np

from descent.cases import between, chosen
from descent.contract_cases import given, in_order, left_out, scaled
from descent.exercise import Case, Exercise, Group

GROUPS = {
    "stop": Group(3, "when it is time to stop", "什么时候该停", only=("stop",)),
    "best": Group(
        3,
        "best_loss, best_epoch, num_bad after every epoch",
        "每轮之后的 best_loss、best_epoch、num_bad",
        only=("best_loss", "best_epoch", "num_bad"),
    ),
    "restore": Group(
        3,
        "the best params, whatever happens to the arrays later",
        "最好的参数，不受之后数组改动的影响",
        only=("restored",),
    ),
    "odd": Group(1, "losses that are NaN, or equal to the best one", "损失为 NaN，或与最好的损失相等"),
    "contract": Group(
        1,
        "without min_delta, params restored in every epoch, very small and very large losses and params, only the first "
        "epoch or none improves, errors",
        "不给 min_delta、每轮都取回参数、极小和极大的损失与参数、只有第一轮有改进或没有一轮有改进、报错",
    ),
}
CODE = """\
stopper = EarlyStopping(patience=patience, min_delta=min_delta)
params = {"W": np.zeros((2, 1)), "b": np.zeros(1)}
for loss in losses:
    for array in params.values():
        array += 1  # the same arrays in every epoch, changed in place
    stop = stopper.update(loss, params)
    print(stop, stopper.best_loss, stopper.best_epoch, stopper.num_bad)
    if stop:
        break
print(stopper.restore())"""
BREAK = "    if stop:\n        break\n"
RESTORED = "    stopper.restore()  # looking at the best params changes nothing\n"
FLOAT32 = ("the params are float32", "参数是 float32")
NAN_CODE = "losses = [np.nan if epoch in nan_at else loss for epoch, loss in enumerate(losses)]\n"

# Losses as steps from epoch to epoch, in units, after a few epochs that all improve. Six lead to the best loss.
FALLING = (-6, -5, +2, -6, +3, +2, -9, +1, +4, -2, +1, +3)
# After the best loss, all losses are worse, so a stopper that is called after the stop has to return True again.
RISING = (-3, -2, -4, +2, +1, -1, +2, +1)
# Here min_delta is 0.6 units: one step of 0.4 down is no improvement, two are.
SLOW = (-5, -0.4, -0.4, -0.4, -6, -0.4, +3, -7, -0.4, +0.2, +1, +1)


def cases(rng):
    def case(group, steps, patience):
        unit, loss = between(rng, 0.02, 0.04), between(rng, 1.8, 2.8)
        steps, small = (-3,) * int(8 * rng.random()) + steps, 0.6 * unit if steps is SLOW else 0.0
        losses = [float(loss) for loss in np.round(loss + unit * np.cumsum(steps), 3)]
        return Case(group, {"losses": losses, "patience": patience, "min_delta": round(small, 4)}, CODE)

    def odd(patience):
        best, worse = between(rng, 0.4, 0.9), between(rng, 1.1, 1.9)
        losses = [worse, round(worse - 0.1, 3), best, worse, best, worse, worse, round(best - 0.1, 3)]
        return Case(
            "odd", {"losses": losses, "nan_at": [0, 3, 6], "patience": patience, "min_delta": 0.0}, NAN_CODE + CODE
        )

    base = case("contract", FALLING, 3)
    never = Case("contract", base.inputs | {"nan_at": list(range(len(base.inputs["losses"])))}, NAN_CODE + CODE)
    changes = [
        CODE.replace("array += 1 ", f"array += {added} ") for added in ("1e-9 / 3", "1e9 / 3", "np.nan", "np.inf")
    ]
    odd_params = [
        Case("contract", base.inputs | {"added": value}, code)
        for value, code in zip((1e-9 / 3, 1e9 / 3, float("nan"), float("inf")), changes)
    ]
    continued = [given(case("stop", RISING, patience), go_on=True) for patience in (3, 1)]
    continued = [replace(stop_case, code=stop_case.code.replace(BREAK, "")) for stop_case in continued]
    looked_at = replace(
        given(base, look_every_epoch=True),
        code=CODE.replace(BREAK, RESTORED + BREAK),
        special=("`restore` is called after every epoch", "每轮之后都调用 `restore`"),
    )
    code32 = CODE.replace("np.zeros((2, 1))", "np.zeros((2, 1), dtype)").replace("np.zeros(1)", "np.zeros(1, dtype)")
    single = [
        replace(given(stop_case, dtype="float32"), code=code32, special=FLOAT32)
        for stop_case in (base, case("contract", SLOW, 4))
    ]
    small, large = (scaled(base, factor, "losses") for factor in (1e-9, 1e9))
    return in_order(
        [
            *odd_params,
            given(small, min_delta=2e-11),
            given(large, min_delta=2e7),
            given(base, losses=[9.0, 7.5, 6.0, 6.5, 3.5, 4.0, 4.5, 5.0], min_delta=2.0),
            given(base, losses=[8.0, 7.4, 6.8, 6.2, 5.6], min_delta=0.5),  # a share of the loss would be more
            given(base, losses=[float("inf"), *base.inputs["losses"]]),
            given(base, losses=[0.5, 0.75, 0.625, 1.0]),  # the best epoch is number 0, which counts as False in Python
            case("stop", FALLING, 3),
            case("stop", SLOW, 3),
            case("stop", FALLING, 4),
            *continued,
            case("best", FALLING, 30),
            case("best", SLOW, 40),
            case("restore", FALLING, 3),
            case("restore", SLOW, 3),
            odd(8),
            odd(9),
            left_out(base, "min_delta"),
            left_out(small, "min_delta"),  # a default of 1e-4 would count no improvement there
            looked_at,
            *single,
            given(base, patience=1),
            never,
            given(base, patience=0),
            given(base, min_delta=-0.1),
        ],
        GROUPS,
    )


def run(solution, inputs):
    """The epoch in which the stopper stops, its attributes after every epoch, and the restored params.

    Params are arrays filled with the number of epochs so far. We restore them several times: at the end, after more
    training, after another stopper was used, and after overwriting the returned arrays. The stored copy must not change.
    """
    stopper = solution(patience=inputs["patience"], **chosen(inputs, "min_delta"))
    dtype = inputs.get("dtype", "float64")
    params = {"W": np.zeros((2, 1), dtype), "b": np.zeros(1, dtype)}
    stop_epoch, answers, attributes = None, [], {"best_loss": [], "best_epoch": [], "num_bad": []}
    for epoch, loss in enumerate(inputs["losses"]):
        for array in params.values():
            array += inputs.get("added", 1)
        stop = stopper.update(float("nan") if epoch in inputs.get("nan_at", ()) else loss, params)
        for name, values in attributes.items():
            values.append(getattr(stopper, name))
        if "look_every_epoch" in inputs:
            stopper.restore()
        answers.append(bool(stop) if type(stop) in (bool, int, np.bool_, type(None)) else stop)
        if answers[-1] is True and stop_epoch is None:
            stop_epoch = epoch
            if "go_on" not in inputs:
                break
    values = {"stop in epoch": stop_epoch} | ({"stop in every epoch": answers} if "go_on" in inputs else {})
    values |= attributes | {"restored params": copied(stopper.restore())}
    for array in params.values():
        array += 100
    later = stopper.restore()
    values["restored params after more training"] = copied(later)
    solution(patience=1).update(0.0, {"W": -np.ones((2, 1)), "b": -np.ones(1)})
    values["restored params after another stopper was at work"] = copied(stopper.restore())
    if type(later) is dict:
        for array in later.values():
            array *= -7
    return values | {"restored params once more": copied(stopper.restore())}


def stopped(got, expected, inputs):
    """The epoch in which it says stop; None: in none of them."""
    if got == expected:
        return None
    if got is None:
        return {
            "en": f"is none: `update` never returns True; expected in epoch {expected}",
            "zh": f"没有：`update` 一次也没有返回 True；应在第 {expected} 轮停",
        }
    if expected is None:
        return {
            "en": f"is {got}: it is not time to stop in any of these epochs",
            "zh": f"是 {got}：这些轮里都还不到停的时候",
        }
    return {"en": f"is {got}, expected {expected}", "zh": f"是 {got}，应为 {expected}"}


def copied(params):
    """A dict of copies; anything else is not what it should be, and stays."""
    return {name: np.copy(array) for name, array in params.items()} if type(params) is dict else params


EXERCISES = [
    Exercise(
        "EarlyStopping",
        "early_stopping.EarlyStopping",
        GROUPS,
        cases,
        run,
        compare={"stop in epoch": stopped},
        clauses={"An epoch improves if": "best", "become the best ones": "restore", "it is time to stop": "stop"},
    )
]
