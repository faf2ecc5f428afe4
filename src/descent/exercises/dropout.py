"""Chapter 05: inverted dropout, forward and backward.

A mask is right however it was drawn, if every entry is dropped with probability p and on its own. So masks are not
compared with one that we drew, but by what all right ones have in common.
"""

import numpy as np

from descent.cases import array_like, between, numbers
from descent.compare import difference
from descent.contract_cases import given, scaled
from descent.exercise import Case, Exercise, Group, returned

FORWARD_GROUPS = {
    "scale": Group(3, "training: entries are dropped, or kept and scaled", "训练时：元素要么被丢弃，要么保留并放大"),
    "share": Group(3, "training: how many are dropped, and which", "训练时：丢弃多少个、丢弃哪些"),
    "evaluation": Group(2, "training, then evaluation", "先训练，再评估"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(
        1,
        "p zero, p near 1, a single entry, very small and very large numbers, errors",
        "p 为零、p 接近 1、只有一个元素、极小和极大的数、报错",
    ),
}


def forward_cases(rng):
    def case(group, shape, low, high, dtype=np.float64):
        inputs = {"X": numbers(rng, shape, dtype), "p": between(rng, low, high), "seed": int(10_000 * rng.random())}
        code = "rng = np.random.default_rng(seed)\n"
        if group == "evaluation":
            inputs["training"] = [True, False]
            code += "for mode in training:\n    print(dropout_forward(X, p=p, rng=rng, training=mode))"
        else:
            code += "dropout_forward(X, p=p, rng=rng)"
        return Case(group, inputs, code)

    def large(low, high, zeros=False):
        """Ones, or every other entry 0, as behind a ReLU. Two rows or two columns are dropped alike by chance once in 10^11 times, and as many entries in each of
        six masks about as rarely."""
        inputs = {
            "rows": 90 + int(40 * rng.random()),
            "columns": 100 + int(40 * rng.random()),
            "p": between(rng, low, high),
            "seed": int(10_000 * rng.random()),
        } | ({"zeros": True} if zeros else {})
        array_code = "X = np.ones((rows, columns))\n" + ("X[:, ::2] = 0\n" if zeros else "")
        return Case(
            "share",
            inputs,
            f"rng = np.random.default_rng(seed)\n{array_code}"
            "out, mask = dropout_forward(X, p=p, rng=rng)\n"
            "print(np.mean(mask == 0), len(np.unique(mask, axis=0)), len(np.unique(mask, axis=1)))\n"
            "print([np.count_nonzero(dropout_forward(out, p=p, rng=rng)[1] == 0) for _ in range(4)])",
            ("X holds zeros", "X 里有零") if zeros else None,
        )

    base, evaluation_base = case("contract", 4, 0.2, 0.38), case("evaluation", (2, 3), 0.2, 0.38)
    return [
        case("scale", 6, 0.2, 0.38),
        case("scale", (3, 4), 0.62, 0.8),
        case("scale", (2, 3, 2), 0.2, 0.38),
        large(0.2, 0.38),
        large(0.62, 0.8),
        large(0.2, 0.38, zeros=True),
        evaluation_base,
        case("evaluation", 5, 0.62, 0.8),
        given(evaluation_base, p=0.0),
        case("float32", 6, 0.2, 0.38, np.float32),
        case("float32", (3, 4), 0.2, 0.38, np.float32),
        given(evaluation_base, X=evaluation_base.inputs["X"].astype(np.float32)),
        case("contract", (1, 1), 0.2, 0.38),
        given(base, p=0.0),
        given(base, p=0.95),
        scaled(base, 1e-9, "X"),
        scaled(base, 1e9, "X"),
        given(base, p=1.0),
        given(base, p=-0.1),
    ]


def run_forward(solution, inputs):
    """The mask and output of X, and statistics of the mask of a large array.

    For an answer that uses another generator only the first value is returned, because the others are not reproducible.
    """

    def call(X, rng, **training):
        before = X.copy()
        out, mask = returned(solution(X, p=inputs["p"], rng=rng, **training), "out", "mask")
        for array in (out, mask):
            if type(array) is not np.ndarray or array.shape != X.shape:
                array_like(array, X)  # raises WrongReturn
        out, mask = out.copy(), mask.copy()
        X[...] = before  # changing X in place is reported, but has no other effect
        return out, mask

    X, seed = inputs.get("X"), inputs["seed"]
    large = np.ones((inputs["rows"], inputs["columns"])) if X is None else np.resize(X, (40, 50))
    if "zeros" in inputs:
        large[:, ::2] = 0
    rng = np.random.default_rng(seed)
    mode = {"training": True} if "training" in inputs else {}  # else the default holds
    mask, same_seed, next_batch = (
        call(large, generator, **mode)[1] for generator in (rng, np.random.default_rng(seed), rng)
    )
    values = {"same mask from generators of the same seed": np.array_equal(mask, same_seed)}
    if not np.array_equal(mask, same_seed):
        return values
    values["same mask for the next batch"] = np.array_equal(mask, next_batch)
    if X is None:
        more = [call(large, rng)[1] for _ in range(4)]
        return (
            values
            | counts(mask == 0)
            | {
                "always the same number dropped": len(
                    {np.count_nonzero(drawn == 0) for drawn in (mask, next_batch, *more)}
                )
                == 1
            }
        )
    return values | answers_of(call, inputs) | {"values in a large mask": np.unique(mask)}


def counts(drops):
    """How many entries are dropped, and whether rows and columns differ."""
    return {
        "share": float(drops.mean()),
        "different rows": len(np.unique(drops, axis=0)),
        "different columns": len(np.unique(drops, axis=1)),
    }


def answers_of(call, inputs):
    """Mask and output for X; then in evaluation, if the case asks for it, and whether that drew from rng."""
    X, rng = inputs["X"], np.random.default_rng(inputs["seed"])
    out, mask = call(X, rng, **({"training": True} if "training" in inputs else {}))
    rtol = 1e-4 if X.dtype == np.float32 else 1e-9
    values = {"mask": mask, "out": out, "out is X * mask": bool(np.allclose(out, X * mask, rtol=rtol, atol=0))}
    if "training" in inputs:
        before = rng.bit_generator.state
        out, mask = call(X, rng, training=False)
        values |= {
            "mask in evaluation": mask,
            "out in evaluation": out,
            "rng drawn from in evaluation": rng.bit_generator.state != before,
        }
    return values


# ---- what all right masks have in common -------------------------------------------------------------


def compare_to(nearest):
    """A comparison with the right answer that comes nearest: zero where there is a zero, else nearest(inputs)."""

    def compare(got, expected, inputs):
        if type(got) is np.ndarray and got.shape == expected.shape:
            expected = np.where(got == 0, 0, nearest(inputs)).astype(expected.dtype)
        return difference(got, expected, 1e-9, 2e-5)

    return compare


def compare_share(got, expected, inputs):
    """Within 6.5 standard deviations of p: a right answer is refused once in 10^10 times."""
    p, count = inputs["p"], inputs["rows"] * inputs["columns"]
    allowed = 6.5 * np.sqrt(p * (1 - p) / count)
    if abs(got - p) <= allowed:
        return None
    return {
        "en": f"is {got:.3f}, expected {p} within {allowed:.3f}",
        "zh": f"是 {got:.3f}，应为 {p}，误差不超过 {allowed:.3f}",
    }


COMPARE = {
    "mask": compare_to(lambda inputs: 1 / (1 - inputs["p"])),
    "out": compare_to(lambda inputs: inputs["X"] / (1 - inputs["p"])),
    "share": compare_share,
}

# ---- backward: nothing is random any more -------------------------------------------------------------

BACKWARD_GROUPS = {
    "gradient": Group(
        3, "through the mask of a training batch, and of an evaluation", "经过训练时的掩码，以及评估时的掩码"
    ),
    "shapes": Group(2, "a batch of images, a square matrix, a vector, a single number", "一批图像、方阵、向量、单个数"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(
        1, "very small and very large numbers, a mask of several scales", "极小和极大的数、放大倍数不一的掩码"
    ),
}


def backward_cases(rng):
    def case(group, shape, p, dtype=np.float64):
        """p with a short 1/(1 - p); at least one entry is dropped and one kept."""
        keep = np.zeros(shape)
        while p and (keep.all() or not keep.any()):
            keep = rng.random(shape) >= p
        mask = np.asarray(keep / (1 - p) if p else np.ones(shape), dtype=dtype)
        return Case(
            group, {"grad_out": numbers(rng, shape, dtype), "mask": mask, "p": p}, "dropout_backward(grad_out, mask)"
        )

    base, single = case("contract", 4, 0.2), case("shapes", (), 0.0)
    return [
        case("gradient", 5, 0.2),
        case("gradient", (2, 3), 0.6),
        case("gradient", (3, 2), 0.0),
        case("shapes", (2, 1, 2, 3), 0.375),
        case("shapes", (3, 3), 0.2),
        given(case("shapes", 4, 0.75), mask=np.zeros(4)),  # chance may drop all of it
        given(single, mask=np.asarray(1.25), p=0.2),
        case("shapes", (1, 1), 0.0),
        case("float32", 4, 0.2, np.float32),
        case("float32", (3, 2), 0.6, np.float32),
        scaled(base, 1e-9, "grad_out"),
        scaled(base, 1e9, "grad_out"),
        scaled(base, 1e-9, "mask"),
        scaled(base, 1e9, "mask"),
        given(base, mask=np.array([0.0, 1.25, 4.0, 0.5])),  # the contract holds for any mask
        case("shapes", (2, 1, 3), 0.2),
    ]


def run_backward(solution, inputs):
    return {"gradient": solution(inputs["grad_out"], inputs["mask"])}


EXERCISES = [
    Exercise(
        "dropout_forward",
        "dropout.dropout_forward",
        FORWARD_GROUPS,
        forward_cases,
        run_forward,
        COMPARE,
        clauses={
            "Entries are dropped independently.": "share",
            "0 with probability p": "share",
            "the same number, which depends on p alone": "scale",
            "over all draws, is X": "scale",
            "In evaluation out is X": "evaluation",
            "nothing is drawn from rng": "evaluation",
            "what each entry was multiplied by": "scale",
            "In evaluation it is all ones.": "evaluation",
        },
    ),
    Exercise(
        "dropout_backward",
        "dropout.dropout_backward",
        BACKWARD_GROUPS,
        backward_cases,
        run_backward,
        clauses={
            "grad_out is the gradient of the loss with respect to out; the loss depends on X only through out.": "gradient"
        },
    ),
]
