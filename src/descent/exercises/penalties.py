"""Chapter 05: penalties and their gradients, the soft threshold, ISTA, ridge regression, max-norm."""

from dataclasses import replace
from functools import partial

import numpy as np

from descent.cases import after, array_like, between, numbers
from descent.contract_cases import CONTRACT, given, in_order, scaled, with_nan, with_repeats, with_zero_line
from descent.exercise import Case, Exercise, Group, returned

# ---- penalties: a value and a gradient -------------------------------------------------------------

PENALTY_GROUPS = {
    "value": Group(2, "the value of the penalty", "惩罚项的值", only=("value",)),
    "gradient": Group(3, "its gradient", "它的梯度", only=("gradient",)),
    "shapes": Group(2, "a single number, a matrix and a stack of matrices as params", "参数是单个数、矩阵或一叠矩阵"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}
CORNER = {"corner": Group(2, "the gradient where an entry is zero", "有元素为零时的梯度", only=("gradient",))}


def penalty_cases(rng, name, strengths, corner=False):
    def case(group, shape, dtype=np.float64, zeros=0):
        params = numbers(rng, shape, dtype)
        params.reshape(-1)[:zeros] = 0
        hyper = {key: between(rng, 0.2, 0.9) for key in strengths}
        options = ", ".join(f"{key}={key}" for key in hyper)
        return Case(group, {"params": params} | hyper, f"{name}(params, {options})")

    base, single = case("contract", 3), case("shapes", ())
    single = given(single, params=-np.abs(single.inputs["params"]))
    cases = [
        case("value", 3),
        case("value", 4),
        case("gradient", 3),
        case("gradient", 2),
        case("shapes", ()),
        case("shapes", (2, 3)),
        case("shapes", (1, 1)),
        single,
        case("float32", 3, np.float32),
        case("float32", (2, 2), np.float32),
        with_nan(case("value", 3), "params"),
        scaled(base, 1e-9, "params"),
        scaled(base, 1e9, "params"),
        given(base, **{key: 2.5123456789 for key in strengths}),
    ]
    cases += [given(base, **{key: value}) for key in strengths for value in (0.0, -0.1)]
    cases.append(given(with_nan(case("value", 3), "params"), **dict.fromkeys(strengths, 0.0)))
    cases += [case("corner", 4, zeros=1), case("corner", 5, zeros=2)] if corner else []
    cases.append(case("shapes", (2, 1, 3)))
    return in_order(cases, PENALTY_GROUPS | CORNER)


def run_penalty(solution, inputs):
    """Value and gradient. The value may be any number, a Python float as well: it gets the dtype of params."""
    params = inputs["params"]
    hyper = {key: value for key, value in inputs.items() if key != "params"}
    value, gradient = returned(solution(params, **hyper), "value", "gradient")
    if np.ndim(value) == 0 and isinstance(value, (float, int, np.number, np.ndarray)):
        value = np.asarray(value).astype(params.dtype)[()]
    return {"value": value, "gradient": gradient}


# ---- the soft threshold ----------------------------------------------------------------------------

VALUES = ("params",)
FAR_BEYOND = "entries lie far beyond the threshold", "有元素远远超出阈值"
THRESHOLD_GROUPS = {
    "shrink": Group(
        3, "entries of both signs, inside and outside of the threshold", "两种符号、阈值内外的元素都有", only=VALUES
    ),
    "edge": Group(
        2,
        "entries at the threshold and at zero, threshold zero; zeros are exactly 0",
        "元素正好等于阈值、元素为零、阈值为零；零要正好是 0",
    ),
    "shapes": Group(
        2, "a single number, a matrix and a stack of matrices as params", "参数是单个数、矩阵或一叠矩阵", only=VALUES
    ),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32", only=VALUES),
    "contract": replace(CONTRACT, only=VALUES),
}


def threshold_cases(rng):
    code = "soft_threshold(params, threshold=threshold)"

    def case(group, shape, dtype=np.float64):
        """Sizes are by turns well above and below the threshold, signs at random."""
        threshold, signs = between(rng, 0.6, 1.4), np.sign(numbers(rng, shape))
        above = np.arange(signs.size).reshape(shape) % 2 == 0
        shares = np.where(above, 1.3 + 1.5 * rng.random(shape), 0.2 + 0.6 * rng.random(shape))
        params = np.asarray(np.round(signs * threshold * shares, 2), dtype=dtype)
        return Case(group, {"params": params, "threshold": threshold}, code)

    def edge():
        threshold = between(rng, 0.6, 1.4)
        params = np.array([threshold, -threshold, 0.0, -round(2 * threshold, 2)])
        return Case("edge", {"params": params, "threshold": threshold}, code)

    base, single = case("contract", 4), case("shapes", ())
    return [
        case("shrink", 4),
        case("shrink", 6),
        edge(),
        edge(),
        # All below the threshold, with all digits: a formula that is 0 up to rounding leaves something.
        Case("edge", {"params": np.array([0.1, -0.3, 123.4, -1000 / 7]), "threshold": 700 / 3}, code),
        Case("edge", {"params": numbers(rng, 3) * [1, 0, 1], "threshold": 0.0}, code),
        case("shapes", ()),
        case("shapes", (2, 3)),
        case("shapes", (1, 1)),
        given(single, params=-np.abs(single.inputs["params"])),
        given(single, params=np.round(0.2 * single.inputs["params"], 2)),  # below the threshold
        case("float32", 3, np.float32),
        case("float32", (2, 2), np.float32),
        with_nan(base, "params"),
        scaled(base, 1e-12, "params", "threshold"),
        replace(given(base, params=base.inputs["params"] * [30.0, 1.0, 500.0, 1.0]), special=FAR_BEYOND),
        scaled(base, 1e9, "params"),
        given(base, threshold=1e10),
        given(base, threshold=-0.1),
        case("shapes", (2, 1, 3)),
    ]


def run_threshold(solution, inputs):
    """The result; and which of its entries are exactly 0, since 1e-17 is as good as 0 where numbers are compared."""
    params = solution(inputs["params"], threshold=inputs["threshold"])
    if not isinstance(params, (np.ndarray, np.generic)) or params.shape != inputs["params"].shape:
        return {"params": params}
    return {"params": params, "entries that are exactly 0": int(np.sum(params == 0))}


# ---- one step of ISTA ------------------------------------------------------------------------------

ISTA_GROUPS = {
    "step": Group(3, "one step", "走一步"),
    "steps": Group(2, "four steps, lr changes on the way", "走四步，途中改变 lr"),
    "shapes": Group(2, "a single number, a matrix and a stack of matrices as params", "参数是单个数、矩阵或一叠矩阵"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}


def ista_cases(rng):
    def one_step(group, shape, dtype=np.float64):
        while True:
            inputs = {key: numbers(rng, shape, dtype) for key in ("params", "grads")}
            inputs |= {"lr": between(rng, 0.1, 0.4), "strength": between(rng, 1.2, 4.0)}
            stays = np.abs(inputs["params"] - inputs["lr"] * inputs["grads"]) > inputs["lr"] * inputs["strength"] + 0.05
            if stays.all() if np.size(stays) == 1 else 0 < stays.sum() < stays.size:
                return Case(group, inputs, "proximal_gradient_step(params, grads, lr=lr, strength=strength)")

    def four(size):
        """The first entry becomes zero at the first step."""
        lr, params = between(rng, 0.1, 0.2), numbers(rng, size)
        grads = [numbers(rng, size) for _ in range(4)]
        params[0], grads[0][0] = np.sign(params[0]) / 10, round(grads[0][0] / 10, 2)
        inputs = {
            "params": params,
            "grads": grads,
            "lr": [lr, lr, round(lr / 4, 5), round(lr / 4, 5)],
            "strength": between(rng, 1.8, 3.0),
        }
        return Case(
            "steps",
            inputs,
            "for g, rate in zip(grads, lr):\n    params = proximal_gradient_step"
            "(params, g, lr=rate, strength=strength)\n    print(params)",
        )

    base, small = one_step("contract", 3), one_step("shapes", ())
    return [
        one_step("step", 3),
        one_step("step", 4),
        four(3),
        four(4),
        one_step("shapes", ()),
        one_step("shapes", (2, 3)),
        one_step("shapes", (1, 1)),
        given(small, params=small.inputs["params"] / 100, grads=small.inputs["grads"] / 10),
        one_step("float32", 3, np.float32),
        one_step("float32", (2, 2), np.float32),
        with_nan(base, "params", "grads"),
        # The penalty counts where the gradient is 0.
        given(base, grads=np.array([0.0, *base.inputs["grads"][1:]])),
        given(base, grads=np.zeros(3)),
        scaled(base, 1e-12, "params", "grads", "strength"),
        scaled(base, 1e9, "params", "grads"),
        scaled(base, 1e9, "grads"),  # a step may be far longer than params
        given(base, lr=0.0),
        given(base, strength=0.0),
        given(base, lr=2.5, strength=0.2),
        replace(given(base, params=base.inputs["params"] * [30.0, 1.0, 500.0]), special=FAR_BEYOND),
        given(base, strength=6.0),
        given(base, lr=-0.1, strength=0.0),
        given(base, lr=0.0, strength=-0.1),
        one_step("shapes", (2, 1, 3)),
    ]


def run_ista(solution, inputs):
    """One step, or one for each of a list of gradients."""
    params, grads, lrs, values = inputs["params"], inputs["grads"], inputs["lr"], {}
    if not isinstance(grads, list):
        return {"params": solution(params, grads, lr=lrs, strength=inputs["strength"])}
    for number, (gradient, lr) in enumerate(zip(grads, lrs), start=1):
        params = array_like(solution(params, gradient, lr=lr, strength=inputs["strength"]), params)
        values[f"params{after(number, len(grads))}"] = params
    return values


# ---- ridge regression, max-norm --------------------------------------------------------------------

RIDGE_GROUPS = {
    "solution": Group(3, "more rows than columns", "行数多于列数"),
    "wide": Group(2, "more columns than rows", "列数多于行数"),
    "limits": Group(1, "strength zero, and very large", "strength 为零，以及很大"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(
        1, "one row, one column, data of other sizes, an error", "只有一行、只有一列、数据的尺度不同、报错"
    ),
}


def ridge_cases(rng):
    def case(group, N, D, low, high, dtype=np.float64):
        """Columns far from parallel: strength decides how long the weights are, not rounding."""
        while True:
            X, y = numbers(rng, (N, D), dtype), numbers(rng, N, dtype)
            sizes = np.linalg.svd(X, compute_uv=False)
            if N == 1 or sizes[0] < 4 * sizes[-1]:
                strength = between(rng, low, high) if high else 0.0
                return Case(group, {"X": X, "y": y, "strength": strength}, "ridge_solution(X, y, strength=strength)")

    base = case("contract", 4, 2, 0.3, 1.5)
    return [
        case("solution", 5, 2, 0.3, 1.5),
        case("solution", 7, 3, 0.3, 1.5),
        case("wide", 2, 3, 0.3, 1.5),
        case("wide", 3, 5, 0.3, 1.5),
        case("limits", 6, 2, 0, 0),
        case("limits", 4, 2, 300, 900),
        case("float32", 5, 2, 0.3, 1.5, np.float32),
        case("float32", 6, 3, 0.3, 1.5, np.float32),
        case("contract", 1, 1, 0.3, 1.5),
        case("contract", 1, 2, 0.3, 1.5),
        case("contract", 4, 1, 0.3, 1.5),
        case("contract", 3, 3, 0.3, 1.5),
        scaled(base, 1e-4, "X"),
        scaled(base, 1e-9, "y"),
        scaled(base, 1e9, "y"),
        with_repeats(base, "X"),
        with_zero_line(base, "X"),
        given(base, strength=1000.0),
        given(scaled(base, 1e-9, "X"), strength=1e-18),
        given(scaled(base, 1e9, "X"), strength=1e18),
        given(base, strength=-0.1),
    ]


def run_ridge(solution, inputs):
    return {"w": solution(inputs["X"], inputs["y"], strength=inputs["strength"])}


NORM_GROUPS = {
    "scaled": Group(3, "columns too long, and others within the limit", "有的列太长，有的列在界内"),
    "within": Group(2, "a column at the limit, and one of zeros", "一列正好在界上，一列全为零"),
    "square": Group(1, "as many rows as columns", "行数等于列数"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(
        1,
        "one row, one column, an infinite limit, very small and very large numbers, errors",
        "只有一行、只有一列、上限为无穷、极小和极大的数、报错",
    ),
}


def norm_cases(rng):
    code = "max_norm(W, limit=limit)"

    def case(group, shape, dtype=np.float64):
        """Columns by turns about twice and half as long as the limit."""
        limit, W = between(rng, 0.7, 2.5), numbers(rng, shape)
        lengths = np.where(np.arange(shape[1]) % 2 == 0, 1.6 + rng.random(shape[1]), 0.3 + 0.4 * rng.random(shape[1]))
        W = np.round(W / np.linalg.norm(W, axis=0) * limit * lengths, 2).astype(dtype)
        return Case(group, {"W": W, "limit": limit}, code)

    def within():
        """A column of 3-4-5 proportions at the limit, one of zeros, a short and a long one."""
        limit = round(5 * between(rng, 0.2, 0.6), 2)
        W = np.zeros((3, 4))
        W[0, 0], W[2, 0] = round(0.6 * limit, 3), -round(0.8 * limit, 3)
        W[:, 2] = np.round(0.2 * limit * rng.random(3) + 0.01, 2)
        W[:, 3] = -np.round(limit * (0.7 + rng.random(3)), 2)
        return Case("within", {"W": W, "limit": limit}, code)

    base = case("contract", (3, 2))
    return [
        case("scaled", (2, 3)),
        case("scaled", (4, 2)),
        within(),
        within(),
        case("square", (3, 3)),
        case("square", (2, 2)),
        case("float32", (3, 2), np.float32),
        case("float32", (2, 3), np.float32),
        case("contract", (1, 3)),
        case("contract", (3, 1)),
        case("contract", (1, 1)),
        given(base, limit=float("inf")),
        scaled(base, 1e-9, "W", "limit"),
        scaled(base, 1e9, "W"),
        given(base, limit=1e10),
        given(base, limit=1e-3),
        given(base, limit=0.0),
        given(base, limit=-0.1),
    ]


def run_norm(solution, inputs):
    return {"W": solution(inputs["W"], limit=inputs["limit"])}


EXERCISES = [
    Exercise(
        "l2_penalty",
        "penalties.l2_penalty",
        PENALTY_GROUPS,
        partial(penalty_cases, name="l2_penalty", strengths=("strength",)),
        run_penalty,
        clauses={},
    ),
    Exercise(
        "l1_penalty",
        "penalties.l1_penalty",
        PENALTY_GROUPS | CORNER,
        partial(penalty_cases, name="l1_penalty", strengths=("strength",), corner=True),
        run_penalty,
        clauses={"the slope of R": "gradient", "it is their mean": "corner"},
    ),
    Exercise(
        "elastic_net",
        "penalties.elastic_net",
        PENALTY_GROUPS | CORNER,
        partial(penalty_cases, name="elastic_net", strengths=("l1_strength", "l2_strength"), corner=True),
        run_penalty,
        clauses={},
    ),
    Exercise(
        "soft_threshold",
        "penalties.soft_threshold",
        THRESHOLD_GROUPS,
        threshold_cases,
        run_threshold,
        clauses={"is as small as possible": "shrink", "the result is exactly 0": "edge"},
    ),
    Exercise(
        "proximal_gradient_step",
        "penalties.proximal_gradient_step",
        ISTA_GROUPS,
        ista_cases,
        run_ista,
        clauses={"is as small as possible": "step", "With lr = 0 it is params.": "contract"},
    ),
    # An explicit inverse or a least-squares solver is right as well: hence the wider tolerances.
    Exercise(
        "ridge_solution",
        "penalties.ridge_solution",
        RIDGE_GROUPS,
        ridge_cases,
        run_ridge,
        rtol=1e-7,
        rtol_float32=1e-4,
        clauses={},
    ),
    Exercise(
        "max_norm",
        "penalties.max_norm",
        NORM_GROUPS,
        norm_cases,
        run_norm,
        clauses={"with an infinite one W stays as it is": "contract", "columns within the limit stay": "within"},
    ),
]
