"""Chapter 06: batch normalization, forward and backward."""

from dataclasses import replace

import numpy as np

from descent.cases import after, between, numbers
from descent.contract_cases import CONTRACT, given, scaled, with_nan, with_repeats, with_zero_line
from descent.exercise import Case, Exercise, Group, WrongReturn, returned

# ---- forward: training, running statistics, evaluation ---------------------------------------------------

FORWARD_GROUPS = {
    "training": Group(3, "the output in training", "训练时的输出", only=("out",)),
    "cache": Group(1, "what the backward pass needs", "反向传播要用到的中间量", only=("cache",)),
    "running": Group(
        3,
        "running statistics over three batches, the last one smaller",
        "经过三批之后的滑动统计量，最后一批较小",
        only=("running_mean", "running_var"),
    ),
    "evaluation": Group(3, "evaluation, also of one example", "评估，包括只有一个样本的情形"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}
STILL = "a feature is the same in all examples", "有一个特征在所有样本中都相同"
CACHED = ("centred", "inv_std", "x_hat", "gamma")


def layer(rng, D, dtype=np.float64):
    """gamma, beta and running statistics of a layer that has been trained for a while."""
    return {
        "gamma": numbers(rng, D, dtype),
        "beta": numbers(rng, D, dtype),
        "running": (numbers(rng, D, dtype), np.abs(numbers(rng, D, dtype))),
    }


def batch(rng, N, D, dtype=np.float64, still=None):
    """Examples whose features have means of their own. `still`: a feature that hardly varies."""
    X = numbers(rng, (N, D)) + np.round(4 * rng.random(D), 1)
    if still is not None:
        X[:, still] = 1.5 + np.round(0.01 * rng.random(N), 4)
    return np.round(X, 4).astype(dtype)


def forward_cases(rng):
    call = "batchnorm_forward(X, gamma, beta, running, training{})"

    def case(group, N, D, training, dtype=np.float64, still=None, **hyper):
        options = "".join(f", {key}={key}" for key in hyper)
        inputs = {"X": batch(rng, N, D, dtype, still)} | layer(rng, D, dtype) | {"training": training} | hyper
        return Case(group, inputs, call.format(options))

    def cached(N, D, eps, dtype=np.float64):
        inputs = (
            {"X": batch(rng, N, D, dtype)}
            | layer(rng, D, dtype)
            | {"training": True, "eps": eps, "cached": list(CACHED)}
        )
        return Case(
            "cache",
            inputs,
            f"out, cache, running = {call.format(', eps=eps')}\nfor key in cached:\n    print(key, cache[key])",
        )

    def batches(D, sizes, momentum, new=False):
        """new: a layer whose running statistics are still 0 and 1."""
        inputs = {"batches": [batch(rng, N, D) for N in sizes]} | layer(rng, D)
        inputs |= {"running": (np.zeros(D), np.ones(D))} if new else {}
        inputs |= {"training": True, "momentum": momentum}
        return Case(
            "running",
            inputs,
            f"for X in batches:\n    out, cache, running = {call.format(', momentum=momentum')}\n    print(running)",
        )

    base = case("contract", 4, 3, True, momentum=0.25, eps=0.5)
    mean, var = base.inputs["running"]
    spoiled = np.array([np.nan, *mean[1:]]), np.array([var[0], np.nan, *var[2:]])

    def scaled_all(factor, eps):
        return given(scaled(base, factor, "X", "gamma", "beta"), running=(mean * factor, var * factor), eps=eps)

    still = cached(4, 3, 0.25)  # a feature that does not vary at all: its variance is 0
    still = replace(given(still, X=still.inputs["X"] * [1, 0, 1] + [0, 1.5, 0]), group="contract", special=STILL)
    contract = [
        case("contract", 3, 1, True),
        case("contract", 1, 1, False),
        given(base, momentum=0.0),
        given(base, momentum=1.0),
        given(base, eps=2.5),
        given(base, eps=2.5, training=False),
        with_nan(base, "X", "gamma", "beta"),
        with_repeats(base, "X"),
        with_zero_line(base, "X"),
        given(base, running=spoiled),
        given(base, running=spoiled, training=False),
        scaled_all(1e-9, 1e-12),
        scaled_all(1e9, 0.5),
        given(base, X=base.inputs["X"] + 1e5),
        still,
        given(base, momentum=-0.1),
        given(base, momentum=1.1),
        given(base, eps=0.0),
        given(base, X=base.inputs["X"][:1]),
    ]
    return [
        case("training", 5, 3, True),
        case("training", 4, 2, True, still=1),
        case("training", 2, 3, True, eps=between(rng, 0.1, 0.4)),
        cached(4, 3, between(rng, 0.01, 0.05)),
        cached(3, 2, between(rng, 0.1, 0.4)),
        batches(2, (4, 4, 3), between(rng, 0.15, 0.4), new=True),
        batches(3, (3, 3, 2), between(rng, 0.6, 0.9)),
        case("evaluation", 4, 3, False),
        case("evaluation", 1, 2, False, eps=between(rng, 0.1, 0.4)),
        case("float32", 4, 2, True, np.float32, momentum=between(rng, 0.15, 0.4)),
        case("float32", 3, 3, False, np.float32),
        cached(3, 2, 0.25, np.float32),
        *contract,
    ]


def run_forward(solution, inputs):
    """Everything returned for each batch; of the cache only the entries that a case names."""
    hyper = {key: inputs[key] for key in ("momentum", "eps") if key in inputs}
    batches = inputs["batches"] if "batches" in inputs else [inputs["X"]]
    running, values = inputs["running"], {}
    for number, X in enumerate(batches, start=1):
        result = solution(X, inputs["gamma"], inputs["beta"], running, inputs["training"], **hyper)
        out, cache, running = returned(result, "out", "cache", "running")
        mean, var = returned(running, "running_mean", "running_var")
        if "cached" in inputs and isinstance(cache, dict):
            values |= {f"cache {key}": cache[key] for key in inputs["cached"] if key in cache}
        label = after(number, len(batches))
        values |= {f"out{label}": out, f"running_mean{label}": mean, f"running_var{label}": var}
    return values


# ---- backward: step by step, and in closed form -------------------------------------------------------------

EDGES = Group(
    1,
    "one feature, a gamma of 0, centred values of 0, NaN, very small and very large numbers",
    "只有一个特征、gamma 为 0、中心化后为 0 的值、NaN、极小和极大的数",
)
STEPS_GROUPS = {
    "sums": Group(2, "beta and gamma", "beta 和 gamma", only=("beta", "gamma")),
    "x_hat": Group(1, "x_hat", "x_hat", only=("x_hat",)),
    "var": Group(2, "inv_std and var", "inv_std 和 var", only=("inv_std", "var")),
    "centred": Group(2, "centred, by both ways", "centred（两条路径）", only=("centred",)),
    "mean": Group(1, "mean", "mean", only=("mean",)),
    "X": Group(2, "X, by both ways", "X（两条路径）", only=("X",)),
    "float32": Group(1, "everything; float32 stays float32", "全部；float32 保持为 float32"),
    "contract": EDGES,
}
STEPS = ("beta", "gamma", "x_hat", "inv_std", "var", "centred", "mean", "X")
CLOSED_GROUPS = {
    "X": Group(3, "the gradient for X", "对 X 的梯度", only=("grad_X",)),
    "all": Group(2, "all three gradients", "三个梯度都对"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": EDGES,
}
CACHE_CODE = (
    "centred = X - X.mean(axis=0)\ninv_std = 1 / np.sqrt(X.var(axis=0) + eps)\n"
    'cache = {"centred": centred, "inv_std": inv_std, "x_hat": centred * inv_std, "gamma": gamma}\n'
)


def cache_of(X, gamma, eps):
    """What the forward pass keeps of a training batch, as the docstring says: the student's own may be wrong."""
    centred = X - X.mean(axis=0)
    inv_std = 1 / np.sqrt(X.var(axis=0) + eps)
    return {"centred": centred, "inv_std": inv_std, "x_hat": centred * inv_std, "gamma": gamma}


def backward_case(rng, name, group, N, D, eps, dtype=np.float64):
    inputs = {
        "X": batch(rng, N, D, dtype),
        "gamma": numbers(rng, D, dtype),
        "eps": eps,
        "grad_out": numbers(rng, (N, D), dtype),
    }
    return Case(group, inputs, f"{CACHE_CODE}{name}(grad_out, cache)")


def backward_contract(rng, name):
    base = backward_case(rng, name, "contract", 4, 3, 0.02)
    still = backward_case(rng, name, "contract", 3, 3, 0.02)
    middle = np.array([-0.5, 0.0, 0.5])  # of three examples one lies in the mean: its centred value is exactly 0
    X = np.column_stack([2 + middle[::-1], np.full(3, 1.5), 4 * middle])
    return [
        backward_case(rng, name, "contract", 3, 1, 0.02),
        with_nan(base, "grad_out", "X", "gamma"),
        with_repeats(base, "X", "grad_out"),
        with_zero_line(base, "X"),
        with_zero_line(base, "grad_out"),
        given(base, gamma=base.inputs["gamma"] * [1, 0, 1]),  # layers are started with gamma 0, and 0 / 0 is NaN
        scaled(base, 1e-9, "grad_out", "gamma"),
        scaled(base, 1e9, "grad_out", "gamma"),
        scaled(base, 1e9, "X"),
        replace(given(still, X=X), special=("centred values are 0", "中心化后有的值为 0")),
    ]


def steps_cases(rng):
    """Two batches of different sizes for each step."""
    cases = []
    for group in [name for name in STEPS_GROUPS if name != "contract"]:
        dtype = np.float32 if group == "float32" else np.float64
        cases += [
            backward_case(rng, "batchnorm_backward_steps", group, N, D, eps, dtype)
            for N, D, eps in ((4, 3, between(rng, 0.01, 0.05)), (3, 2, between(rng, 0.2, 0.6)))
        ]
    return cases + backward_contract(rng, "batchnorm_backward_steps")


def run_steps(solution, inputs):
    grads = solution(inputs["grad_out"], cache_of(inputs["X"], inputs["gamma"], inputs["eps"]))
    if not isinstance(grads, dict):
        raise WrongReturn(
            f"returned one {type(grads).__name__}, expected a dict of gradients",
            f"返回了一个 {type(grads).__name__}，应返回由各梯度组成的字典",
        )
    return {key: grads[key] for key in STEPS if key in grads}


def closed_cases(rng):
    def case(group, N, D, low, high, dtype=np.float64):
        return backward_case(rng, "batchnorm_backward", group, N, D, between(rng, low, high), dtype)

    return [
        case("X", 4, 3, 0.01, 0.05),
        case("X", 3, 2, 0.2, 0.6),
        case("all", 5, 2, 0.2, 0.6),
        case("all", 3, 4, 0.01, 0.05),
        case("float32", 4, 2, 0.01, 0.05, np.float32),
        case("float32", 3, 3, 0.2, 0.6, np.float32),
        *backward_contract(rng, "batchnorm_backward"),
    ]


def run_closed(solution, inputs):
    grads = solution(inputs["grad_out"], cache_of(inputs["X"], inputs["gamma"], inputs["eps"]))
    grad_X, grad_gamma, grad_beta = returned(grads, "grad_X", "grad_gamma", "grad_beta")
    return {"grad_beta": grad_beta, "grad_gamma": grad_gamma, "grad_X": grad_X}


# ---- folding ------------------------------------------------------------------------------------------------

FOLD_GROUPS = {
    "weights": Group(2, "the weights", "权重", only=("W",)),
    "bias": Group(3, "the bias", "偏置", only=("b",)),
    "small": Group(1, "a unit of almost no variance, and a large eps", "几乎没有方差的单元，以及较大的 eps"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(
        1,
        "one feature, a large eps, very small and very large numbers, and the error",
        "只有一个特征、很大的 eps、极小和极大的数，以及报错",
    ),
}


def fold_cases(rng):
    def case(group, fan_in, D, dtype=np.float64, small=False, eps=None):
        inputs = {"W": numbers(rng, (fan_in, D), dtype), "b": numbers(rng, D, dtype)} | layer(rng, D, dtype)
        if small:
            inputs["running"][1][-1] = between(rng, 1, 9) / 1000
        inputs |= {} if eps is None else {"eps": eps}
        return Case(group, inputs, f"fold_batchnorm(W, b, gamma, beta, running{', eps=eps' * (eps is not None)})")

    base = case("contract", 3, 2, eps=0.25)
    mean, var = base.inputs["running"]

    def scaled_all(factor):
        return given(
            scaled(base, factor, "W", "b", "gamma", "beta"), running=(factor * mean, factor * var), eps=factor / 4
        )

    return [
        case("weights", 3, 2),
        case("weights", 3, 3),  # square: a factor of the rows fits, too
        case("bias", 2, 3),
        case("bias", 3, 4),
        case("small", 4, 2, small=True, eps=between(rng, 0.1, 0.4)),
        case("small", 2, 3, small=True),
        case("float32", 3, 2, np.float32),
        case("float32", 2, 3, np.float32, eps=between(rng, 0.1, 0.4)),
        case("contract", 3, 1),
        case("contract", 1, 2),
        scaled_all(1e-9),
        scaled_all(1e9),
        given(base, eps=0.0),
    ]


def run_fold(solution, inputs):
    eps = {"eps": inputs["eps"]} if "eps" in inputs else {}
    result = solution(inputs["W"], inputs["b"], inputs["gamma"], inputs["beta"], inputs["running"], **eps)
    W, b = returned(result, "W", "b")
    return {"W": W, "b": b}


EXERCISES = [
    Exercise(
        "batchnorm_forward",
        "batch_norm.batchnorm_forward",
        FORWARD_GROUPS,
        forward_cases,
        run_forward,
        clauses={"Features may lie far from 0.": "contract"},
    ),
    Exercise(
        "batchnorm_backward_steps",
        "batch_norm.batchnorm_backward_steps",
        STEPS_GROUPS,
        steps_cases,
        run_steps,
        clauses={},
    ),
    Exercise(
        "batchnorm_backward", "batch_norm.batchnorm_backward", CLOSED_GROUPS, closed_cases, run_closed, clauses={}
    ),
    Exercise("fold_batchnorm", "batch_norm.fold_batchnorm", FOLD_GROUPS, fold_cases, run_fold, clauses={}),
]
