"""Chapter 06: layer normalization, forward and backward."""

from dataclasses import replace

import numpy as np

from descent.cases import between, numbers
from descent.contract_cases import given, scaled, with_nan, with_repeats, with_zero_line
from descent.exercise import Case, Exercise, Group, returned

FORWARD_GROUPS = {
    "out": Group(3, "the output", "输出", only=("out",)),
    "cache": Group(1, "what the backward pass needs", "反向传播要用到的中间量", only=("cache",)),
    "shapes": Group(
        2, "one example, batches of sequences, and of images", "单个样本、一批序列，以及一批图像", only=("out",)
    ),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32", only=("out",)),
    "contract": Group(
        1,
        "one feature, a large eps, features far from 0 or all equal, NaN, very small and very large numbers, and the error",
        "只有一个特征、很大的 eps、离 0 很远或彼此相等的特征、NaN、极小和极大的数，以及报错",
    ),
}
BACKWARD_GROUPS = {
    "X": Group(3, "the gradient for X", "对 X 的梯度", only=("grad_X",)),
    "all": Group(2, "all three gradients", "三个梯度都对"),
    "shapes": Group(2, "one example, and a batch of sequences", "单个样本，以及一批序列"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(
        1,
        "one feature, features that are all equal, NaN, very small and very large numbers",
        "只有一个特征、彼此相等的特征、NaN、极小和极大的数",
    ),
}
STILL = "all features of an example are equal", "某个样本的特征全都相等"
CACHED = ("inv_std", "x_hat", "gamma")
CACHE_CODE = (
    "inv_std = 1 / np.sqrt(X.var(axis=-1, keepdims=True) + eps)\n"
    "x_hat = (X - X.mean(axis=-1, keepdims=True)) * inv_std\n"
    'cache = {"x_hat": x_hat, "inv_std": inv_std, "gamma": gamma}\n'
)


def examples(rng, shape, dtype=np.float64, still=False):
    """Examples whose rows have means of their own. `still`: in the first row the features hardly differ."""
    X = numbers(rng, shape) + np.round(4 * rng.random((*shape[:-1], 1)), 1)
    if still:
        X[0] = 1.5 + np.round(0.01 * rng.random(shape[-1]), 4)
    return np.round(X, 4).astype(dtype)


def forward_cases(rng):
    def case(group, shape, eps=None, dtype=np.float64, still=False):
        inputs = {
            "X": examples(rng, shape, dtype, still),
            "gamma": numbers(rng, shape[-1], dtype),
            "beta": numbers(rng, shape[-1], dtype),
        } | ({} if eps is None else {"eps": eps})
        code = f"layernorm_forward(X, gamma, beta{', eps=eps' * (eps is not None)})"
        if group == "cache":
            inputs["cached"] = list(CACHED)
            code = f"out, cache = {code}\nfor key in cached:\n    print(key, cache[key])"
        return Case(group, inputs, code)

    base, arrays = case("contract", (3, 4), 0.5), ("X", "gamma", "beta")
    still = case("cache", (3, 4), 0.25)  # an example whose features are all equal: its variance is 0
    return [
        case("out", (2, 4), still=True),
        case("out", (3, 2), between(rng, 0.1, 0.4)),
        case("out", (4, 3), between(rng, 0.01, 0.05)),
        case("out", (3, 3), between(rng, 0.01, 0.05)),
        case("cache", (3, 4), between(rng, 0.01, 0.05)),
        case("cache", (2, 3), between(rng, 0.1, 0.4)),
        case("cache", (2, 2, 3), between(rng, 0.1, 0.4)),
        case("shapes", (4,), between(rng, 0.1, 0.4)),
        case("shapes", (2, 3, 4), between(rng, 0.01, 0.05)),
        case("shapes", (3, 2, 3), between(rng, 0.1, 0.4)),
        case("shapes", (2, 2, 1, 3), between(rng, 0.1, 0.4)),
        case("float32", (3, 4), dtype=np.float32),
        case("float32", (4, 2), between(rng, 0.1, 0.4), np.float32),
        case("cache", (3, 2), 0.25, np.float32),
        case("contract", (3, 1)),
        case("contract", (1, 3)),
        given(base, eps=2.5),
        with_nan(base, "X"),
        with_nan(base, "gamma", "beta"),
        with_repeats(base, "X"),
        with_zero_line(base, "X"),
        given(scaled(base, 1e-9, *arrays), eps=1e-12),
        scaled(base, 1e9, *arrays),
        given(base, X=base.inputs["X"] + 1e5),
        replace(given(still, X=np.array([[1.5] * 4, *still.inputs["X"][1:]])), group="contract", special=STILL),
        given(base, eps=0.0),
    ]


def run_forward(solution, inputs):
    """The output, and the entries of the cache that a case names."""
    eps = {"eps": inputs["eps"]} if "eps" in inputs else {}
    out, cache = returned(solution(inputs["X"], inputs["gamma"], inputs["beta"], **eps), "out", "cache")
    keys = inputs.get("cached", ()) if isinstance(cache, dict) else ()
    return {f"cache {key}": cache[key] for key in keys if key in cache} | {"out": out}


def backward_cases(rng):
    def case(group, shape, low, high, dtype=np.float64):
        inputs = {
            "X": examples(rng, shape, dtype),
            "gamma": numbers(rng, shape[-1], dtype),
            "eps": between(rng, low, high),
            "grad_out": numbers(rng, shape, dtype),
        }
        return Case(group, inputs, f"{CACHE_CODE}layernorm_backward(grad_out, cache)")

    base = case("contract", (3, 4), 0.02, 0.02)
    return [
        case("X", (3, 4), 0.01, 0.05),
        case("X", (2, 3), 0.2, 0.6),
        case("all", (4, 3), 0.2, 0.6),
        case("all", (3, 5), 0.01, 0.05),
        case("shapes", (5,), 0.2, 0.6),
        case("shapes", (2, 3, 4), 0.01, 0.05),
        case("float32", (3, 4), 0.01, 0.05, np.float32),
        case("float32", (2, 3), 0.2, 0.6, np.float32),
        case("contract", (3, 1), 0.02, 0.02),
        case("contract", (1, 3), 0.02, 0.02),
        with_nan(base, "grad_out"),
        with_nan(base, "X"),
        with_nan(base, "gamma"),
        with_repeats(base, "grad_out", "X"),
        with_zero_line(base, "grad_out", "X"),
        scaled(base, 1e-9, "grad_out", "gamma"),
        scaled(base, 1e9, "grad_out", "gamma"),
        scaled(base, 1e9, "X"),
        replace(given(base, X=np.array([[1.5] * 4, [-1, 0, 0, 1], *base.inputs["X"][2:]])), special=STILL),
    ]


def run_backward(solution, inputs):
    """The cache is built here as the docstring of the forward pass describes it: the student's own may be wrong."""
    X = inputs["X"]
    inv_std = 1 / np.sqrt(X.var(axis=-1, keepdims=True) + inputs["eps"])
    x_hat = (X - X.mean(axis=-1, keepdims=True)) * inv_std
    grads = solution(inputs["grad_out"], {"x_hat": x_hat, "inv_std": inv_std, "gamma": inputs["gamma"]})
    grad_X, grad_gamma, grad_beta = returned(grads, "grad_X", "grad_gamma", "grad_beta")
    return {"grad_beta": grad_beta, "grad_gamma": grad_gamma, "grad_X": grad_X}


EXERCISES = [
    Exercise(
        "layernorm_forward",
        "layer_norm.layernorm_forward",
        FORWARD_GROUPS,
        forward_cases,
        run_forward,
        clauses={"Features may lie far from 0.": "contract"},
    ),
    Exercise(
        "layernorm_backward", "layer_norm.layernorm_backward", BACKWARD_GROUPS, backward_cases, run_backward, clauses={}
    ),
]
