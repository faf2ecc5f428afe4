"""Chapter 01: a loss and its gradient, for classes and for numbers."""

from dataclasses import replace

import numpy as np

from descent.cases import numbers, plain_number
from descent.contract_cases import CONTRACT, given, scaled, with_nan, with_repeats, with_zero_line
from descent.exercise import Case, Exercise, Group, returned

CROSS_ENTROPY_GROUPS = {
    "loss": Group(2, "the loss", "损失", only=("loss",)),
    "gradient": Group(3, "the gradient", "梯度", only=("grad_logits",)),
    "large": Group(2, "logits of 1000 and of -1000", "得分大到 1000、小到 -1000"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}
LARGE = (
    np.array([[1000.0], [-1000.0], [0.0]]),
    np.array([[1000.0, 0.0, -1000.0, 0.0]]),
    np.array([[0.0, 1000.0, 0.0], [-1000.0, 0.0, 0.0]]),
    np.array([[0.0, 1000.0], [1000.0, 0.0], [0.0, 0.0]]),
)


NO_LAST = ("the last class is the label of no row", "没有哪一行的标签是最后一类")


def labels(rng, rows, classes):
    """Labels that hold the first class and the last one, and one of them twice."""
    drawn = np.floor(classes * rng.random(rows)).astype(np.int64)
    drawn[0], drawn[1], drawn[-1] = 0, classes - 1, 0  # not the same read backwards
    return drawn


def cross_entropy_cases(rng):
    def case(group, rows, classes, dtype=np.float64):
        inputs = {"logits": numbers(rng, (rows, classes), dtype), "labels": labels(rng, rows, classes)}
        return Case(group, inputs, "softmax_cross_entropy(logits, labels)")

    def large(offset, rows, classes, right=None):
        inputs = {"logits": np.round(numbers(rng, (rows, classes)) + offset, 2), "labels": labels(rng, rows, classes)}
        if right is not None:
            inputs["labels"] = np.array(right, dtype=np.int64)
        return Case("large", inputs, "softmax_cross_entropy(logits, labels)")

    def one_row(classes, label):
        return Case(
            "contract",
            {"logits": numbers(rng, (1, classes)), "labels": np.array([label], dtype=np.int64)},
            "softmax_cross_entropy(logits, labels)",
        )

    base = case("contract", 4, 3)
    return [
        *contract(base),
        given(base, logits=np.zeros((4, 3))),  # a model that knows nothing: the loss is log K
        with_repeats(base, "logits"),
        with_zero_line(base, "logits"),
        one_row(4, 3),
        replace(one_row(4, 1), special=NO_LAST),
        replace(given(base, labels=np.array([1, 0, 1, 0], dtype=np.int64)), special=NO_LAST),
        case("contract", 3, 3),  # as many classes as rows
        one_row(1, 0),
        case("loss", 4, 3),
        case("loss", 3, 5),
        case("gradient", 3, 4),
        case("gradient", 5, 3),
        large(LARGE[0], 3, 4),
        large(LARGE[1], 3, 4),
        large(LARGE[2], 2, 3, right=[2, 0]),
        large(LARGE[3], 3, 2, right=[0, 1, 0]),  # two classes, the wrong one certain: a sigmoid of the margin is 0
        case("float32", 4, 3, np.float32),
        case("float32", 3, 4, np.float32),
    ]


def contract(base):
    """NaN, very small and very large logits, and one case for each error."""
    logits, names = base.inputs["logits"], base.inputs["labels"]
    return [
        with_nan(base, "logits"),
        scaled(base, 1e-9, "logits"),
        scaled(base, 1e9, "logits"),
        given(base, labels=np.where(names == 0, -1, names)),
        given(base, labels=np.where(names == 0, 3, names)),
        given(base, labels=names[:, np.newaxis]),
        given(base, labels=names[:1]),
        given(base, logits=logits[:, 0]),
        given(base, logits=logits[:, :0]),
    ]


def run_cross_entropy(solution, inputs):
    loss, grad = returned(solution(inputs["logits"], inputs["labels"]), "loss", "grad_logits")
    return {"loss": plain_number(loss, inputs["logits"].dtype), "grad_logits": grad}


SQUARED_GROUPS = {
    "loss": Group(2, "the loss", "损失", only=("loss",)),
    "gradient": Group(3, "the gradient", "梯度", only=("grad_outputs",)),
    "shapes": Group(1, "a single number, and an array of three dimensions", "单个数，以及三维数组"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}


def squared_cases(rng):
    def case(group, shape, dtype=np.float64):
        inputs = {"outputs": numbers(rng, shape, dtype), "targets": numbers(rng, shape, dtype)}
        return Case(group, inputs, "mean_squared_error(outputs, targets)")

    base = case("contract", (3, 2))
    column = given(case("contract", 3), targets=numbers(rng, (3, 1)))
    return [
        with_nan(base, "outputs"),
        with_nan(base, "targets"),
        with_repeats(base, "outputs", "targets"),
        given(base, targets=base.inputs["outputs"].copy()),  # no error at all
        scaled(base, 1e-9, "outputs", "targets"),
        scaled(base, 1e9, "outputs", "targets"),
        column,
        case("shapes", (1, 1)),
        case("shapes", (1, 3)),
        case("loss", 3),
        case("loss", (3, 2)),
        case("loss", (2, 4)),
        case("gradient", 4),
        case("gradient", (4, 2)),
        case("gradient", (2, 3)),
        case("shapes", ()),
        case("shapes", (2, 2, 3)),  # no axis of 1: each counts in n
        case("float32", 3, np.float32),
        case("float32", (2, 3), np.float32),
    ]


def run_squared(solution, inputs):
    loss, grad = returned(solution(inputs["outputs"], inputs["targets"]), "loss", "grad_outputs")
    return {"loss": plain_number(loss, inputs["outputs"].dtype), "grad_outputs": grad}


EXERCISES = [
    Exercise(
        "softmax_cross_entropy",
        "losses.softmax_cross_entropy",
        CROSS_ENTROPY_GROUPS,
        cross_entropy_cases,
        run_cross_entropy,
        clauses={"from 0 to K-1": "contract", "of 1000 and of -1000": "large"},
    ),
    Exercise("mean_squared_error", "losses.mean_squared_error", SQUARED_GROUPS, squared_cases, run_squared, clauses={}),
]
