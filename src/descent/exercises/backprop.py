"""Chapter 00: the chain rule by hand, through an affine layer, a ReLU and a network of two layers."""

from dataclasses import replace

import numpy as np

from descent.cases import named_arrays, numbers, plain_number
from descent.contract_cases import given, scaled, spoiled, with_nan, with_repeats, with_zero_line
from descent.exercise import Case, Exercise, Group, WrongReturn, returned

# ---- affine_backward --------------------------------------------------------------------------------

AFFINE_GROUPS = {
    "X": Group(1, "the gradient with respect to X", "对 X 的梯度", only=("grad_X",)),
    "W": Group(2, "the gradient with respect to W", "对 W 的梯度", only=("grad_W",)),
    "b": Group(1, "the gradient with respect to b", "对 b 的梯度", only=("grad_b",)),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(1, "sizes of 1, NaN, very small and very large numbers", "某一维只有 1、NaN、极小和极大的数"),
}


def affine_cases(rng):
    def case(group, rows, inputs, outputs, dtype=np.float64):
        return Case(
            group,
            {
                "grad_out": numbers(rng, (rows, outputs), dtype),
                "X": numbers(rng, (rows, inputs), dtype),
                "W": numbers(rng, (inputs, outputs), dtype),
            },
            "affine_backward(grad_out, X, W)",
        )

    base = case("contract", 3, 3, 3)  # all three sizes alike: no shape shows which axis was meant
    arrays = ("grad_out", "X", "W")
    return [
        case("X", 4, 3, 2),
        case("X", 2, 3, 4),
        case("W", 3, 2, 4),
        case("W", 5, 3, 2),
        case("b", 4, 2, 3),
        case("b", 2, 4, 3),
        case("float32", 3, 2, 4, np.float32),
        case("float32", 4, 3, 2, np.float32),
        case("contract", 1, 3, 2),
        case("contract", 3, 1, 2),
        case("contract", 3, 2, 1),
        case("contract", 1, 1, 1),
        *(with_nan(base, name) for name in arrays),
        with_repeats(base, "grad_out", "X"),
        with_zero_line(base, *arrays),
        scaled(base, 1e-9, "grad_out"),
        scaled(base, 1e-9, "X", "W"),
        scaled(base, 1e9, *arrays),
    ]


def run_affine(solution, inputs):
    names = ("grad_X", "grad_W", "grad_b")
    return dict(zip(names, returned(solution(inputs["grad_out"], inputs["X"], inputs["W"]), *names)))


# ---- relu_backward ----------------------------------------------------------------------------------

RELU_GROUPS = {
    "gate": Group(3, "inputs above and below zero", "输入大于零和小于零"),
    "kink": Group(1, "inputs of exactly zero", "输入恰好为零"),
    "shapes": Group(1, "a single number and an array of three dimensions", "单个数，以及三维数组"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(1, "NaN, very small and very large numbers", "NaN、极小和极大的数"),
}


def relu_cases(rng):
    def case(group, shape, dtype=np.float64, zeros=0):
        """Entries of X on both sides of zero (a single one above), on each gradients of either sign."""
        size = int(np.prod(shape))
        place, order = np.arange(size), np.argsort(rng.random(size))
        X = np.abs(numbers(rng, size)) * np.where(place % 2, -1, 1)
        grad_out = np.abs(numbers(rng, size)) * np.where(place // 2 % 2, 1, -1)
        X[:zeros] = 0
        return Case(
            group,
            {"grad_out": grad_out[order].reshape(shape).astype(dtype), "X": X[order].reshape(shape).astype(dtype)},
            "relu_backward(grad_out, X)",
        )

    base, open_gates, single = case("contract", 5), case("contract", 3), case("shapes", ())
    open_gates = given(open_gates, X=np.abs(open_gates.inputs["X"]))
    return [
        case("gate", 5),
        case("gate", (2, 3)),
        case("gate", (4, 2)),
        case("kink", 6, zeros=2),
        case("kink", (2, 4), zeros=3),
        single,
        given(single, X=-single.inputs["X"]),
        case("shapes", (2, 1, 3)),
        case("shapes", (1, 1)),
        case("float32", 4, np.float32),
        case("float32", (3, 2), np.float32),
        with_nan(open_gates, "grad_out"),
        scaled(base, 1e-9, "grad_out", "X"),
        scaled(base, 1e9, "grad_out", "X"),
    ]


def run_relu(solution, inputs):
    return {"grad_X": solution(inputs["grad_out"], inputs["X"])}


# ---- two_layer_loss_and_grads -----------------------------------------------------------------------

TWO_LAYER_GROUPS = {
    "loss": Group(1, "the loss", "损失", only=("loss",)),
    "second": Group(1, "the gradients of the second layer", "第二层的梯度", only=("W2", "b2")),
    "first": Group(3, "the gradients of the first layer", "第一层的梯度", only=("W1", "b1")),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(
        1,
        "another loss_fn, sizes of 1, NaN, very small and very large numbers",
        "换一个 loss_fn、某一维只有 1、NaN、极小和极大的数",
    ),
}
LOSS_CODE = """def loss_fn(outputs, targets):
    error = outputs - targets
    return (error * error).mean(), 2 * error / error.size
two_layer_loss_and_grads(params, X, y, loss_fn=loss_fn)"""
OTHER_LOSS = LOSS_CODE.replace(
    "(error * error).mean(), 2 * error / error.size", "(error**power).sum(), power * error**(power - 1)"
)


LABEL_LOSS = LOSS_CODE.replace("outputs - targets", "outputs.sum(axis=1) - targets").replace(
    "(error * error).mean(), 2 * error / error.size",
    "(error**2).sum(), np.repeat(2 * error[:, np.newaxis], outputs.shape[1], axis=1)",
)


def two_layer_cases(rng):
    def case(group, rows, sizes, dtype=np.float64):
        """Every hidden unit is on for some rows and off for others, somewhere only because of its bias."""
        inputs, hidden, outputs = sizes
        while True:
            params = {
                "W1": numbers(rng, (inputs, hidden)),
                "b1": numbers(rng, hidden) / 4,
                "W2": numbers(rng, (hidden, outputs)),
                "b2": numbers(rng, outputs),
            }
            X = numbers(rng, (rows, inputs))
            without_bias = X @ params["W1"]
            Z1 = without_bias + params["b1"]
            both_ways = ((Z1 > 0).any(axis=0) & (Z1 < 0).any(axis=0)).all()
            if both_ways and (np.abs(Z1) > 0.01).all() and (Z1 * without_bias < 0).any():
                break
        y = numbers(rng, (rows, outputs))
        return Case(
            group,
            {
                "params": {name: np.round(value, 3).astype(dtype) for name, value in params.items()},
                "X": X.astype(dtype),
                "y": y.astype(dtype),
            },
            LOSS_CODE,
        )

    base, one_row = case("contract", 3, (2, 3, 2)), case("contract", 2, (2, 3, 2))
    one_row = given(one_row, X=one_row.inputs["X"][:1], y=one_row.inputs["y"][:1])
    params = base.inputs["params"]
    all_on = given(base, params=params | {"b1": np.abs(params["b1"]) + 20})  # a NaN meets no unit that is off
    fourth, flat = case("contract", 3, (2, 3, 2)), case("contract", 4, (3, 2, 1))
    other_loss = [
        replace(given(fourth, power=4), code=OTHER_LOSS),
        # loss_fn alone knows what y is: whole numbers, and no column, though there is one output.
        replace(given(flat, y=np.array([2, 0, 1, 2], dtype=np.int64)), code=LABEL_LOSS),
    ]
    with_nans = [given(base, params=params | {name: spoiled(params[name], 1, np.nan)}) for name in ("W2", "b2")]
    return [
        case("loss", 3, (2, 3, 1)),
        case("loss", 4, (3, 2, 2)),
        case("second", 3, (2, 4, 2)),
        case("second", 4, (3, 2, 1)),
        case("first", 3, (2, 3, 2)),
        case("first", 4, (3, 2, 4)),
        case("first", 5, (2, 2, 1)),
        case("float32", 3, (2, 3, 2), np.float32),
        case("float32", 4, (3, 2, 1), np.float32),
        one_row,
        at_the_kink(case("contract", 3, (1, 2, 2))),
        at_the_kink(case("contract", 3, (2, 1, 2))),
        case("contract", 3, (1, 1, 1)),
        *other_loss,
        *with_nans,
        with_nan(all_on, "y"),
        with_repeats(base, "X"),
        with_zero_line(base, "X"),
        scaled(all_on, 1e-9, "X"),
        scaled(base, 1e9, "y"),
        scaled(base, 1e-9, "params", "X", "y"),
        scaled(base, 1e9, "params", "X", "y"),
    ]


def at_the_kink(case):
    """The case with a Z1 whose first entry is exactly 0."""
    params, X = case.inputs["params"], case.inputs["X"].copy()
    X[0] = 0
    return given(case, X=X, params=params | {"b1": np.append(0.0, params["b1"][1:])})


def run_two_layer(solution, inputs):
    complaints = []

    def loss_fn(outputs, targets):
        came = inputs["y"]
        if np.shape(targets) != came.shape:
            complaints.append(
                WrongReturn(
                    f"hands loss_fn a y of shape {np.shape(targets)}, expected y as it came: {came.shape}",
                    f"交给 loss_fn 的 y 形状为 {np.shape(targets)}，应当原样传入：{came.shape}",
                )
            )
        elif np.asarray(targets).dtype != came.dtype:
            complaints.append(
                WrongReturn(
                    f"hands loss_fn a y of dtype {np.asarray(targets).dtype}, expected y as it came: {came.dtype}",
                    f"交给 loss_fn 的 y 的 dtype 为 {np.asarray(targets).dtype}，应当原样传入：{came.dtype}",
                )
            )
        if complaints:
            raise complaints[0]
        if inputs["y"].ndim == 1:
            error = outputs.sum(axis=1) - targets
            return (error**2).sum(), np.repeat(2 * error[:, np.newaxis], outputs.shape[1], axis=1)
        error, power = outputs - targets, inputs.get("power")
        if power:
            return (error**power).sum(), power * error ** (power - 1)
        return (error * error).mean(), 2 * error / error.size

    loss_fn.__qualname__ = "loss_fn"
    try:
        result = solution(inputs["params"], inputs["X"], inputs["y"], loss_fn=loss_fn)
    except Exception:
        if complaints:  # in a class the error has been to the student's process and back
            raise complaints[0] from None
        raise
    loss, grads = returned(result, "loss", "grads")
    loss = plain_number(loss, inputs["params"]["b2"].dtype)
    return {"loss": loss} | {name: named_arrays(grads, inputs["params"])[name] for name in ("W2", "b2", "W1", "b1")}


EXERCISES = [
    Exercise(
        "affine_backward",
        "backprop.affine_backward",
        AFFINE_GROUPS,
        affine_cases,
        run_affine,
        clauses={"are sums over the batch": "b"},
    ),
    Exercise("relu_backward", "backprop.relu_backward", RELU_GROUPS, relu_cases, run_relu, clauses={}),
    Exercise(
        "two_layer_loss_and_grads",
        "backprop.two_layer_loss_and_grads",
        TWO_LAYER_GROUPS,
        two_layer_cases,
        run_two_layer,
        clauses={"loss_fn(Z2, y) returns": "contract", "y as it came": "contract", "entry of Z1 is 0": "contract"},
    ),
]
