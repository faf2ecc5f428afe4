"""Chapter 01: gradient descent by all examples, by one, by a few; and how long a step may be."""

from functools import partial

import numpy as np

from descent.cases import between, chosen, numbers
from descent.contract_cases import CONTRACT, given, left_out, scaled, spoiled, with_nan, with_repeats, with_zero_line
from descent.epochs import STACKED_CODE, TRAINING_CODE, Rows, account, rows_and_targets, run_training
from descent.exercise import Case, Exercise, Group, WrongReturn, returned


def integer(rng, low, high):
    """A whole number from low to high."""
    return low + int((high - low + 1) * rng.random())


# ---- gradient_descent -------------------------------------------------------------------------------

ONLY_PATH = ("path",)
DESCENT_GROUPS = {
    "path": Group(3, "the path of a few steps", "走几步的路径", only=ONLY_PATH),
    "counts": Group(1, "no step at all, one step, many steps", "一步不走、只走一步、走很多步", only=ONLY_PATH),
    "shapes": Group(
        2, "a single number, a matrix and a stack of matrices as params", "参数是单个数、矩阵或一叠矩阵", only=ONLY_PATH
    ),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32", only=ONLY_PATH),
    "contract": Group(
        1,
        "the rest of the contract: calls of grad_fn, zero, NaN, errors, very small and very large numbers",
        "其余约定：grad_fn 的调用次数、取零、NaN、报错、极小和极大的数",
    ),
}


def descent_cases(rng):
    def case(group, shape, num_steps, dtype=np.float64):
        arrays = {key: numbers(rng, shape, dtype) for key in ("params", "center")}
        arrays["curvature"] = np.abs(numbers(rng, shape, dtype))
        return Case(
            group,
            arrays | {"lr": between(rng, 0.03, 0.25), "num_steps": num_steps},
            "grad_fn = lambda x: curvature * (x - center)\n"
            "gradient_descent(params, grad_fn, lr=lr, num_steps=num_steps)",
        )

    base, arrays = case("contract", 3, 3), ("params", "center")
    return [
        case("path", 2, 3),
        case("path", 3, 4),
        case("counts", 2, 0),
        case("counts", 2, 1),
        case("counts", 2, 25),
        case("shapes", (), 4),
        case("shapes", (2, 3), 3),
        case("shapes", (1, 1), 2),
        base,
        given(base, lr=0.0),
        given(base, lr=2.5, num_steps=2),
        given(base, center=base.inputs["params"].copy()),  # the gradient is 0: the path stays, and is as long as ever
        with_nan(base, "params"),
        with_nan(base, "center"),
        scaled(base, 1e-9, *arrays),
        scaled(base, 1e9, *arrays),
        scaled(base, 1e9, "center"),  # a step may be far longer than params
        given(base, lr=-0.1),
        given(base, num_steps=-1),
        case("float32", 3, 3, np.float32),
        case("float32", (2, 2), 2, np.float32),
        case("shapes", (2, 1, 3), 2),
    ]


def run_descent(solution, inputs):
    calls = 0

    def grad_fn(x):
        nonlocal calls
        calls += 1
        return inputs["curvature"] * (x - inputs["center"])

    grad_fn.__qualname__ = "grad_fn"
    path = solution(inputs["params"], grad_fn, lr=inputs["lr"], num_steps=inputs["num_steps"])
    return {"path": path, "calls_of_grad_fn": calls}


# ---- max_stable_lr, scaled_lr -----------------------------------------------------------------------

STABLE_GROUPS = {
    "values": Group(3, "more examples than features", "样本数多于特征数"),
    "wide": Group(1, "no more examples than features, and one example alone", "样本数不多于特征数，以及只有一个样本"),
    "limits": Group(
        1,
        "all zeros, a column of zeros, two equal rows; very large entries and very small ones",
        "全为零、有一列全为零、有两行相同；元素很大或很小",
    ),
}


def stable_cases(rng):
    def case(group, X):
        return Case(group, {"X": X}, "max_stable_lr(X)")

    steep = between(rng, 1.5, 2.5)
    # Two eigenvalues close together; the vector of the larger one stands at a right angle to (1, 1).
    close = np.array([[steep, -steep], [0.95 * steep, 0.95 * steep], [0.0, 0.0]]).round(3)
    return [
        case("values", close),
        case("values", numbers(rng, (5, 2))),
        case("values", numbers(rng, (4, 3))),
        case("values", np.hstack([numbers(rng, (6, 1)), np.ones((6, 1))])),
        case("wide", numbers(rng, (2, 5))),
        case("wide", numbers(rng, (3, 3))),
        case("wide", numbers(rng, (1, 3))),
        case("values", numbers(rng, (4, 1))),
        limits(numbers(rng, (4, 2))),
        limits(numbers(rng, (3, 2))),
        with_zero_line(case("limits", numbers(rng, (4, 3))), "X"),  # a pixel that is never on
        with_repeats(case("limits", numbers(rng, (4, 2))), "X"),
    ]


def limits(X):
    return Case("limits", {"X": X, "factors": [1e9, 1e-9, 0]}, "[max_stable_lr(factor * X) for factor in factors]")


def run_stable(solution, inputs):
    if "factors" in inputs:
        return {f"lr for {factor} * X": solution(factor * inputs["X"]) for factor in inputs["factors"]}
    return {"lr": solution(inputs["X"])}


SCALED_GROUPS = {
    "linear": Group(2, 'the rule "linear"', "“linear” 规则"),
    "sqrt": Group(2, 'the rule "sqrt"', "“sqrt” 规则"),
    "default": Group(1, "no rule given", "不指定规则"),
    "contract": CONTRACT,
}


def scaled_cases(rng):
    def case(group, old, new, **rule):
        inputs = {"lr": between(rng, 0.02, 0.9), "batch_size": old, "new_batch_size": new} | rule
        options = ", ".join(f"{name}={name}" for name in inputs if name != "lr")
        return Case(group, inputs, f"scaled_lr(lr, {options})")

    old, new = integer(rng, 30, 60), integer(rng, 200, 300)
    base = case("contract", old, new, rule="sqrt")
    return [
        given(base, lr=0.0),
        given(base, lr=4e9),
        given(base, lr=1e-12),
        given(base, batch_size=1),
        given(base, new_batch_size=1),
        given(base, batch_size=3000),
        given(base, new_batch_size=3000),
        left_out(base, "rule"),
        given(base, lr=-0.1),
        given(base, batch_size=0),
        given(base, new_batch_size=0),
        given(base, rule="cubic"),
        case("linear", old, new, rule="linear"),
        case("linear", new, old + 1, rule="linear"),
        case("linear", old, new + old, rule="linear"),
        case("sqrt", old, new, rule="sqrt"),
        case("sqrt", new, old, rule="sqrt"),
        case("sqrt", old + 2, new, rule="sqrt"),
        case("default", old, 2 * new),
        case("default", new, old),
    ]


def run_scaled(solution, inputs):
    return {"lr": solution(inputs["lr"], **chosen(inputs, "batch_size", "new_batch_size", "rule"))}


# ---- minibatches, sgd, minibatch_sgd ----------------------------------------------------------------

BATCH_GROUPS = {
    "rows": Group(3, "every row once in an epoch, the last batch smaller", "一轮里每行恰好出现一次，最后一批较小"),
    "order": Group(
        3,
        "a new random order every epoch, drawn from rng, X and y together",
        "每一轮都用 rng 重新随机排序，X 与 y 一起打乱",
    ),
    "edges": Group(
        1, "batch_size 1, N and more than N; rows that are matrices", "batch_size 为 1、为 N、大于 N；每行是一个矩阵"
    ),
    "contract": Group(
        1, "one row alone, a very large batch_size, and the errors", "只有一行、batch_size 极大，以及报错"
    ),
}


def batch_cases(rng):
    def case(group, count, size, shape=()):
        inputs = rows_and_targets(rng, count, shape) | {"batch_size": size, "seed": integer(rng, 1, 99999)}
        return Case(
            group, inputs, "rng = np.random.default_rng(seed)\nlist(minibatches(X, y, batch_size=batch_size, rng=rng))"
        )

    def divided(group, batches, size, rest, shape=()):
        return case(group, batches * size + rest, size, shape)

    small = integer(rng, 7, 19)
    base = case("contract", small, 3)
    return [
        case("contract", 1, 1),
        case("contract", small, 1000),
        case("contract", 23, 1),
        scaled(base, 1e-9, "X", "y"),
        scaled(base, 1e9, "X", "y"),
        given(base, batch_size=0),
        given(base, batch_size=-1),
        given(base, y=base.inputs["y"][1:]),
        divided("rows", 2, integer(rng, 3, 7), integer(rng, 1, 2), (2,)),
        divided("rows", integer(rng, 3, 9), 2, 1),
        divided("rows", integer(rng, 2, 6), integer(rng, 3, 6), 0),
        divided("rows", integer(rng, 2, 4), integer(rng, 5, 9), integer(rng, 1, 4)),
        divided("order", 5, integer(rng, 6, 9), integer(rng, 1, 5)),
        divided("order", integer(rng, 5, 8), integer(rng, 6, 7), integer(rng, 1, 5)),
        case("edges", small, 1),
        case("edges", small, small, (2,)),
        given(case("edges", 9, 4, (2,)), y=numbers(rng, (9, 1))),  # targets as a column stay one
        given(case("edges", 10, 4, (2,)), y=np.argsort(rng.random(10)).astype(np.int64)),  # labels stay whole numbers
        case("edges", 32, 35),  # so many rows that their order is looked at
        case("edges", 28, 3, (2, 2)),  # nine batches of 3 and one of 1: it comes last by chance once in ten times
    ]


def run_minibatches(solution, inputs):
    """How many rows each batch has and which; in the group "order" three epochs and another seed as well."""
    X, y, size = inputs["X"], inputs["y"], inputs["batch_size"]
    data_rows = Rows(X, y)

    def epoch(rng):
        batches = solution(X, y, batch_size=size, rng=rng)
        if batches is None:
            raise WrongReturn(
                "returned None, expected a generator (is `yield` missing?)",
                "返回了 None，应为生成器（是否漏写了 yield？）",
            )
        batches_found = []
        for batch in batches:
            batches_found.append(data_rows.find(*returned(batch, "X_batch", "y_batch")))
            if len(batches_found) > 2 * len(X):
                raise WrongReturn(
                    f"yields more than {2 * len(X)} batches for {len(X)} rows",
                    f"只有 {len(X)} 行，却给出了超过 {2 * len(X)} 个批量",
                )
        return [rows for rows, _ in batches_found], all(paired for _, paired in batches_found)

    rng = np.random.default_rng(inputs["seed"])
    first, paired = epoch(rng)
    values = {"batch_sizes": [len(rows) for rows in first]} | account([first], len(X)) | {"y_with_its_row": paired}
    if len(X) > 30:  # then a random order passes these checks with a probability below 1e-9
        second, same_seed = epoch(rng)[0], epoch(np.random.default_rng(inputs["seed"]))[0]
        other_seed = epoch(np.random.default_rng(inputs["seed"] + 1))[0]
        order = flat(first)
        values["neighbours_kept"] = sum(b - a == 1 for a, b in zip(order, order[1:])) >= len(X) // 2
        values["rows_near_their_place"] = all(
            near_its_place(rows_of_epoch) for rows_of_epoch in (first, second, other_seed)
        )
        values["sorted_in_each_batch"] = size > 1 and all(
            list(rows) == sorted(rows)
            for rows_of_epoch in (first, second, other_seed)
            for rows in rows_of_epoch
            if None not in rows
        )
        values |= {
            "same_order_for_the_same_seed": first == same_seed,
            "same_order_next_epoch": first == second,
            "same_order_for_another_seed": first == other_seed,
        }
        orders = [flat(rows_of_epoch) for rows_of_epoch in (first, second, *(epoch(rng)[0] for _ in range(10)))]
        if all(len(rows_of_epoch) == len(X) for rows_of_epoch in orders):
            orders = np.array(orders)
            values["a_row_keeps_its_place"] = bool((orders == orders[0]).all(axis=0).any())
            values["rows_rise"] = rises_too_often(orders)
    return values


def flat(batches):
    """The rows of an epoch, one after the other; -1 for a row that X does not have."""
    return [-1 if row is None else row for rows in batches for row in rows]


def rises_too_often(orders):
    """True if a row is followed by one from further down in X more often than is plausible by chance.

    In a random order of n rows this happens (n - 1) / 2 times on average, with a variance of (n + 1) / 12. Seven standard
    deviations more have a probability of about 1e-12.
    """
    epochs, count = orders.shape
    rises = int((np.diff(orders, axis=1) > 0).sum())
    return bool(rises > epochs * (count - 1) / 2 + 7 * np.sqrt(epochs * (count + 1) / 12))


def near_its_place(batches):
    """True if the correlation of a row's number with its position is above 0.6.

    For 31 random rows or more this has a probability below 1 / 2,000, and three times in a row below 1e-9.
    """
    order = flat(batches)
    return len(set(order)) > 1 and bool(np.corrcoef(order, np.arange(len(order)))[0, 1] > 0.6)


ORDER = (
    "rows_per_step",
    "rows_missing",
    "rows_repeated",
    "order_kept",
    "same_order",
    "order_turned",
    "same_order_for_the_same_seed",
    "same_order_for_another_seed",
)
SGD_GROUPS = {
    "path": Group(3, "the path: the rule at every step", "路径：每一步都按公式走", only=("path",)),
    "losses": Group(
        1, "the loss of each step's example, just before the step", "每一步所用样本在更新之前的损失", only=("losses",)
    ),
    "order": Group(
        2,
        "every example once in an epoch, in a new random order",
        "一轮里每个样本恰好用一次，每轮重新随机排序",
        only=(*ORDER, "y_with_its_row"),
    ),
    "shapes": Group(
        1,
        "a matrix and a stack of matrices as params, and float32",
        "参数是矩阵或一叠矩阵，以及 float32",
        only=("path", "losses"),
    ),
    "contract": Group(
        1,
        "the rest of the contract: lr 0, no epoch, NaN, errors, very small and very large numbers",
        "其余约定：lr 为 0、零轮、NaN、报错、极小和极大的数",
        only=("path", "losses"),
    ),
}
MINIBATCH_GROUPS = {
    "path": SGD_GROUPS["path"],
    "losses": Group(
        1, "the mean loss of each batch, just before the step", "每一批在更新之前的平均损失", only=("losses",)
    ),
    "order": Group(
        2,
        "every row once in an epoch, the last batch smaller, a new random order",
        "一轮里每行恰好用一次，最后一批较小，每轮重新随机排序",
        only=(*ORDER, "y_with_its_row"),
    ),
    "shapes": SGD_GROUPS["shapes"],
    "contract": SGD_GROUPS["contract"],
}


def training_cases(rng, name, sizes):
    """`sizes`: the batch size of each case, None for one example per step."""
    call = (
        f"{name}(params, loss_and_grads, X, y, lr=lr, {'batch_size=batch_size, ' if sizes[0] else ''}"
        "num_epochs=num_epochs, rng=rng)"
    )

    def case(group, count, size, epochs=2, columns=2, targets=(), dtype=np.float64):
        inputs = {"params": numbers(rng, (columns, *targets), dtype)}
        inputs |= rows_and_targets(rng, count, (columns,), targets, dtype)
        inputs |= {"lr": between(rng, 0.005, 0.02), "num_epochs": epochs, "seed": integer(rng, 1, 99999)}
        code = STACKED_CODE if len(targets) > 1 else TRAINING_CODE
        return Case(group, inputs | ({"batch_size": size} if size else {}), code + call)

    base, arrays = case("contract", 5, sizes[0]), ("params", "y")
    alone = case("contract", 1, sizes[0])  # a NaN in one of several rows: where it strikes depends on the order
    long = [case("contract", 2, sizes[0], 23), case("contract", 23, sizes[0] and 1, 1)]
    more = (
        [
            given(base, batch_size=1),
            given(base, batch_size=40),
            given(base, batch_size=0),
            given(base, batch_size=0, num_epochs=0),
        ]
        if sizes[0]
        else []
    )
    return [
        given(base, lr=0.0),
        given(base, lr=2.5, num_epochs=1),
        given(base, num_epochs=0),
        with_nan(base, "params"),
        given(alone, X=spoiled(alone.inputs["X"], 1, np.nan)),
        with_nan(alone, "y"),
        scaled(base, 1e-9, *arrays),
        scaled(base, 1e9, *arrays),
        scaled(base, 1e9, "y"),
        given(scaled(base, 1e-9, "X"), lr=2e8),
        given(scaled(base, 1e9, "X"), lr=1e-20),
        given(base, lr=-0.1),
        given(base, num_epochs=-1),
        *long,
        *more,
        case("path", 5, sizes[0]),
        case("path", 7, sizes[1], 1),
        case("losses", 5, sizes[2]),
        case("losses", 8, sizes[3], 1),
        case("order", integer(rng, 14, 20), sizes[4]),
        case("order", integer(rng, 14, 20), sizes[5], 3, columns=1),
        case("shapes", 6, sizes[6], 1, 3, (2,)),
        case("shapes", 7, sizes[7], 2, 2, dtype=np.float32),
        case("shapes", 4, sizes[2], 1, 2, (1, 2)),
    ]


def minibatch_cases(rng):
    return training_cases(rng, "minibatch_sgd", [2, 3, 3, 5, integer(rng, 4, 6), 3, 4, 3])


EXERCISES = [
    Exercise(
        "gradient_descent",
        "gradient_descent.gradient_descent",
        DESCENT_GROUPS,
        descent_cases,
        run_descent,
        clauses={"called once for each step": "contract"},
    ),
    Exercise(
        "max_stable_lr",
        "gradient_descent.max_stable_lr",
        STABLE_GROUPS,
        stable_cases,
        run_stable,
        clauses={"there are labels for which": "values"},
        rtol=1e-6,
    ),  # there are several ways to the eigenvalue: six digits
    Exercise("scaled_lr", "gradient_descent.scaled_lr", SCALED_GROUPS, scaled_cases, run_scaled, clauses={}),
    Exercise(
        "minibatches",
        "gradient_descent.minibatches",
        BATCH_GROUPS,
        batch_cases,
        run_minibatches,
        clauses={
            "comes exactly once": "rows",
            "has batch_size rows": "rows",
            "the last batch is smaller": "rows",
            "Whole numbers in y": "edges",
            "The order of all N rows is random": "order",
        },
    ),
    Exercise(
        "sgd",
        "gradient_descent.sgd",
        SGD_GROUPS,
        partial(training_cases, name="sgd", sizes=[None] * 8),
        run_training,
        clauses={"Each use is a step": "path"},
    ),
    Exercise(
        "minibatch_sgd",
        "gradient_descent.minibatch_sgd",
        MINIBATCH_GROUPS,
        minibatch_cases,
        run_training,
        clauses={"If batch_size is N or more": "contract", "one step for each batch": "path"},
    ),
]
