"""Chapter 02: gradients that are too long, shortened by entry, by array and for a whole model."""

import numpy as np

from descent.cases import between, named_arrays, numbers, plain_number
from descent.contract_cases import CONTRACT, given, scaled, with_inf, with_nan
from descent.exercise import Case, Exercise, Group, WrongReturn, returned


def length(*arrays):
    return float(np.sqrt(sum((np.asarray(array, dtype=np.float64) ** 2).sum() for array in arrays)))


# ---- clip_by_value ----------------------------------------------------------------------------------

VALUE_GROUPS = {
    "values": Group(
        3, "entries above the limit, below minus the limit, and between", "元素大于上限、小于负的上限、介于其间"
    ),
    "shapes": Group(1, "a single number, a matrix and a stack of matrices", "单个数、矩阵和一叠矩阵"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}


def value_cases(rng):
    def case(group, shape, dtype=np.float64):
        """Two entries are outside on either side where there is room, two are inside."""
        size = int(np.prod(shape))
        grads = np.sort(np.abs(numbers(rng, size)))
        limit = float(np.round((grads[(size - 1) // 2] + grads[size // 2]) / 2, 3)) if size > 1 else grads[0] / 2
        grads = grads * np.where(np.arange(size) % 2, 1, -1)
        grads = grads[np.argsort(rng.random(size))].reshape(shape).astype(dtype)
        return Case(
            group, {"grads": grads, "max_value": float(np.round(limit, 3))}, "clip_by_value(grads, max_value=max_value)"
        )

    base = case("contract", 4)
    return [
        case("values", 5),
        case("values", 4),
        case("values", 6),
        case("shapes", ()),
        case("shapes", (2, 3)),
        case("float32", 4, np.float32),
        case("float32", (2, 3), np.float32),
        case("shapes", (1, 1)),
        given(base, max_value=0.0),
        given(base, max_value=1e12),
        with_nan(base, "grads"),
        with_inf(base, "grads"),
        scaled(base, 1e9, "grads", "max_value"),
        scaled(base, 1e-9, "grads", "max_value"),
        given(base, max_value=-0.1),
        case("shapes", (2, 1, 3)),
    ]


def run_value(solution, inputs):
    return {"clipped": solution(inputs["grads"], max_value=inputs["max_value"])}


# ---- clip_by_norm -----------------------------------------------------------------------------------

NORM_GROUPS = {
    "long": Group(3, "gradients longer than max_norm", "长度超过 max_norm 的梯度"),
    "short": Group(
        2,
        "gradients shorter than max_norm stay as they are; one a little longer does not",
        "长度小于 max_norm 的梯度保持不变；略长一点的就要缩短",
    ),
    "shapes": Group(1, "a single number, a matrix and a stack of matrices", "单个数、矩阵和一叠矩阵"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}


def norm_cases(rng):
    def case(group, grads, share):
        """max_norm is this share of the gradient's length."""
        return Case(
            group,
            {"grads": grads, "max_norm": float(np.round(share * length(grads), 3)) or 1.5},
            "clip_by_norm(grads, max_norm=max_norm)",
        )

    def long():
        return between(rng, 0.2, 0.7)

    zeros = np.zeros(2 + int(9 * rng.random()))
    base = case("contract", numbers(rng, 3), long())
    return [
        case("long", numbers(rng, 3), long()),
        case("long", 20 * numbers(rng, 4), long()),
        case("short", numbers(rng, 3), between(rng, 1.3, 1.9)),
        case("short", numbers(rng, 4) / 8, between(rng, 2, 4)),
        case("short", zeros, 1.0),
        case("short", numbers(rng, 2), between(rng, 0.93, 0.98)),
        case("short", 10 * numbers(rng, 4), between(rng, 1.003, 1.006)),
        case("shapes", numbers(rng, (2, 1, 3)), long()),
        case("shapes", numbers(rng, ()), long()),
        case("shapes", numbers(rng, (2, 3)), long()),
        case("float32", numbers(rng, 3, np.float32), long()),
        case("float32", numbers(rng, (3, 2), np.float32), long()),
        case("shapes", numbers(rng, (1, 1)), long()),
        given(base, max_norm=np.inf),
        given(base, max_norm=1e12),
        case("contract", numbers(rng, (2, 2)), np.inf),
        given(base, max_norm=1e-9),
        scaled(base, 1e9, "grads", "max_norm"),
        scaled(base, 1e-9, "grads", "max_norm"),
        given(base, max_norm=0.0),
        given(base, max_norm=-0.1),
    ]


def run_norm(solution, inputs):
    return {"clipped": solution(inputs["grads"], max_norm=inputs["max_norm"])}


# ---- clip_by_global_norm ----------------------------------------------------------------------------

GLOBAL_GROUPS = {
    "long": Group(
        3,
        "together longer than max_norm, some arrays or none by themselves",
        "合起来长度超过 max_norm，单看每个数组有的超过、有的不超过",
        only=("clipped",),
    ),
    "short": Group(1, "together shorter than max_norm, and a little longer", "合起来比 max_norm 短，以及略长一点"),
    "norm": Group(
        2, "the length before clipping is returned beside the gradients", "同时返回裁剪之前的长度", only=("norm",)
    ),
    "float32": Group(1, "float32 stays float32 in every array", "每个数组都保持 float32"),
    "contract": CONTRACT,
}


def global_cases(rng):
    shapes = {"W1": (3, 2), "b1": (2,), "W2": (2, 1), "b2": (1,)}
    others = {"kernel": (2, 1, 3), "gain": ()}

    def case(group, share, names=tuple(shapes), single=()):
        sizes = shapes | others
        grads = {name: numbers(rng, sizes[name], np.float32 if name in single else np.float64) for name in names}
        return Case(
            group,
            {"grads": grads, "max_norm": float(np.round(share * length(*grads.values()), 3))},
            "clip_by_global_norm(grads, max_norm=max_norm)",
        )

    base = case("contract", between(rng, 0.3, 0.6))
    zeros = {name: np.zeros(shape) for name, shape in shapes.items()}
    return [
        case("long", between(rng, 0.2, 0.5)),
        case("long", between(rng, 0.9, 0.97)),
        case("long", between(rng, 0.3, 0.6), ("W2", "b1")),
        case("long", between(rng, 0.3, 0.6), ("kernel", "gain", "b1")),
        case("short", between(rng, 1.2, 1.9)),
        case("short", between(rng, 2, 4), ("b2", "W2")),
        case("short", between(rng, 0.93, 0.98), ("b1", "b2")),
        case("short", between(rng, 1.003, 1.006)),
        case("norm", between(rng, 0.3, 0.8)),
        case("norm", between(rng, 1.2, 3), ("W1", "b2")),
        case("float32", between(rng, 0.3, 0.6), single=tuple(shapes)),
        case("float32", between(rng, 0.3, 0.6), ("b1", "W2"), ("b1", "W2")),
        given(base, max_norm=np.inf),
        given(base, max_norm=1e12),
        case("contract", np.inf, ("b1", "W2")),
        given(base, max_norm=1e-9),
        given(base, grads=zeros),
        scaled(base, 1e9, "grads", "max_norm"),
        scaled(base, 1e-9, "grads", "max_norm"),
        given(base, max_norm=0.0),
        given(base, max_norm=-0.1),
    ]


def run_global(solution, inputs):
    """Each clipped array, and the length, which may be a float32 where the arrays are."""
    clipped, norm = returned(solution(inputs["grads"], max_norm=inputs["max_norm"]), "clipped grads", "norm")
    if (
        clipped is inputs["grads"] and length(*clipped.values()) <= inputs["max_norm"]
    ):  # if not, it was changed in place
        raise WrongReturn(
            "returned the dict `grads` itself: make a new one", "返回的就是传入的字典 `grads`：请新建一个字典"
        )
    clipped = named_arrays(clipped, inputs["grads"])
    single = any(array.dtype == np.float32 for array in inputs["grads"].values())
    norm = plain_number(norm, np.float32) if single else norm
    return {f"clipped {name}": clipped[name] for name in inputs["grads"]} | {"norm": norm}


EXERCISES = [
    Exercise("clip_by_value", "clipping.clip_by_value", VALUE_GROUPS, value_cases, run_value, clauses={}),
    Exercise(
        "clip_by_norm",
        "clipping.clip_by_norm",
        NORM_GROUPS,
        norm_cases,
        run_norm,
        clauses={"square root of the sum": "long", "exactly the length": "long", "equals g": "short"},
    ),
    Exercise(
        "clip_by_global_norm",
        "clipping.clip_by_global_norm",
        GLOBAL_GROUPS,
        global_cases,
        run_global,
        clauses={"write all entries": "long", "what clip_by_norm makes": "long", "a new dict": "short"},
    ),
]
