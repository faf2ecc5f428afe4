"""Chapter 06: where the weights start.

Weights are right however they were drawn, if they have the right distribution. So they are not compared one by
one, but by what all right ones have in common: of 25,000 draws or more the ends, the standard deviation and the
share near 0. The limits lie so wide that a right answer is refused less than once in 10^9 times.
"""

from functools import partial

import numpy as np

from descent.cases import array_like, between, numbers
from descent.contract_cases import given
from descent.exercise import Case, Exercise, Group, returned

# ---- draws -----------------------------------------------------------------------------------------

DRAWN = Group(
    1,
    "a very small and a large gain, many matrices of two weights, and the errors",
    "很小和很大的 gain、许多只有两个权重的矩阵，以及报错",
)
XAVIER_GROUPS = {
    "default": Group(
        3, "with gain 1: more inputs than outputs, and fewer", "gain 为 1：输入比输出多，以及输入比输出少"
    ),
    "gain": Group(2, "with another gain", "换一个 gain"),
    "contract": DRAWN,
}
HE_GROUPS = {
    "fan_in": Group(3, "for ReLU, by the fan-in", "用于 ReLU，按扇入"),
    "fan_out": Group(2, "by the fan-out", "按扇出"),
    "gain": Group(2, "with another gain", "换一个 gain"),
    "contract": DRAWN,
}


def draw_case(rng, name, group, tall, **options):
    """A matrix of about 30,000 weights."""
    long, short = int(240 + 80 * rng.random()), int(105 + 25 * rng.random())
    inputs = {"shape": (long, short) if tall else (short, long), "seed": int(10_000 * rng.random())} | options
    hyper = "".join(f", {key}={key}" for key in options)
    return Case(
        group,
        inputs,
        f"rng = np.random.default_rng(seed)\nW = {name}(rng, shape{hyper})\n"
        "print(W.min(), W.max(), W.std(), np.mean(np.abs(W) < W.std()))",
    )


def tiny_case(rng, name, times, **options):
    """Many matrices of two weights: there a rounded fan shows, and weights that were made to fit their own statistics."""
    inputs = {"shape": (1, 2), "times": times, "seed": int(10_000 * rng.random())} | options
    hyper = "".join(f", {key}={key}" for key in options)
    return Case(
        "contract",
        inputs,
        "rng = np.random.default_rng(seed)\n"
        f"W = np.concatenate([{name}(rng, shape{hyper}) for _ in range(times)])\n"
        "print(W.min(), W.max(), W.std(), np.mean(np.abs(W) < W.std()))",
        ("the shape is (1, 2)", "形状是 (1, 2)"),
    )


def xavier_cases(rng, name):
    case = partial(draw_case, rng, name)
    base = case("contract", True, gain=1e-6)
    return [
        case("default", True),
        case("default", False),
        case("gain", True, gain=between(rng, 1.7, 2.1)),
        case("gain", False, gain=between(rng, 0.5, 0.7)),
        base,
        case("contract", False, gain=25.0),
        tiny_case(rng, name, 250),
        given(base, gain=0.0),
        given(base, gain=-1.0),
    ]


def he_cases(rng, name):
    case = partial(draw_case, rng, name)
    base = case("contract", True, gain=1e-6, mode="fan_out")
    return [
        case("fan_in", True),
        case("fan_in", False),
        case("fan_out", True, mode="fan_out"),
        case("fan_out", False, mode="fan_out"),
        case("gain", True, gain=between(rng, 1.8, 2.2), mode="fan_in"),
        case("gain", False, gain=between(rng, 0.5, 0.7), mode="fan_out"),
        base,
        case("contract", False, gain=25.0, mode="fan_in"),
        tiny_case(rng, name, 250, mode="fan_out"),
        given(base, gain=0.0),
        given(base, gain=-1.0),
        given(base, gain=1.0, mode="fan_avg"),
    ]


def run_draw(solution, inputs, ends):
    """What is true of the weights. An answer that does not draw from rng ends before the numbers.

    ends: whether the distribution has any; a normal one has none.
    """
    options = {key: inputs[key] for key in ("gain", "mode") if key in inputs}

    def draw(rng, shape):
        W = solution(rng, shape, **options)
        return W if type(W) is np.ndarray else array_like(W, np.zeros(shape))  # raises, with words

    rng = np.random.default_rng(inputs["seed"])
    W = draw(rng, inputs["shape"])
    few = tuple(max(length // 20, 2) for length in inputs["shape"])
    once, again = draw(np.random.default_rng(7), few), draw(np.random.default_rng(7), few)
    first, then = draw(rng, few), draw(rng, few)
    values = {
        "shape": W.shape,
        "floating-point numbers": W.dtype.kind == "f",  # of any precision: no docstring promises one
        "same weights from generators of the same seed": np.array_equal(once, again),
        "same weights at the next call": np.array_equal(first, then),
    }
    right = W.shape == inputs["shape"] and W.dtype.kind == "f" and np.array_equal(once, again)
    if right and "times" in inputs:
        W = np.concatenate([W, *(draw(rng, inputs["shape"]) for _ in range(inputs["times"] - 1))])
    return values | statistics(W.astype(np.float64), ends) if right else values


def statistics(W, ends):
    """Numbers that hardly differ from draw to draw."""
    std = float(W.std())
    values = {
        "different rows": len({row.tobytes() for row in W}),
        "different columns": len({row.tobytes() for row in W.T}),
        # Not all of them: float32 draws repeat themselves now and then, and they are right, too.
        "no weight is used twice": bool(len(np.unique(np.abs(W))) >= 0.9 * W.size),
    }
    if ends:
        values |= {"lowest": float(W.min()), "highest": float(W.max())}
    return values | {
        "std": std,
        "mean is 0 up to chance": bool(abs(W.mean()) <= 7 * std / W.size**0.5),
        "share within one std": float(np.mean(np.abs(W) < std)),
    }


def compare_to_a_draw(allowed):
    """A comparison of a statistic with that of another right draw, allowed(expected, n) apart at most."""

    def compare(got, expected, inputs):
        around = allowed(expected, inputs["shape"][0] * inputs["shape"][1] * inputs.get("times", 1))
        if abs(got - expected) <= around:
            return None
        return {
            "en": f"is {got:.4g}, expected {expected:.4g} within {around:.2g}",
            "zh": f"是 {got:.4g}，应为 {expected:.4g}，误差不超过 {around:.2g}",
        }

    return compare


# Ends: of n draws from [-b, b] none lies within 50 b/n of one end with a chance of exp(-25). Std and share: seven
# standard deviations of the difference of two draws; a normal sample is the less certain one.
END = compare_to_a_draw(lambda end, n: 50 / n * abs(end))
COMPARE = {
    "lowest": END,
    "highest": END,
    "std": compare_to_a_draw(lambda std, n: 7 * std / n**0.5),
    "share within one std": compare_to_a_draw(lambda share, n: 3.5 / n**0.5),
}

# ---- fans, and the gain of a leaky ReLU ---------------------------------------------------------------

FANS_GROUPS = {
    "fan_in": Group(2, "fan-in of convolution kernels", "卷积核的扇入", only=("fan_in",)),
    "fan_out": Group(2, "fan-out of convolution kernels", "卷积核的扇出", only=("fan_out",)),
    "axes": Group(2, "a matrix, and kernels of three and five axes", "矩阵，以及三个轴、五个轴的卷积核"),
    "contract": Group(
        1, "one channel, one tap, and the error for a bias", "只有一个通道或核只有一个位置，以及对偏置报错"
    ),
}


def fans_cases(rng):
    def case(group, *taps):
        fewer = int(3 + 4 * rng.random())
        channels = (fewer, fewer + 1 + int(5 * rng.random()))
        channels = channels if rng.random() < 0.5 else channels[::-1]
        return Case(group, {"shape": (*taps, *channels)}, "fans(shape)")

    def size(low=2):
        return low + int(4 * rng.random())

    side, base = size(3), case("contract")
    return [
        case("fan_in", side, side),
        case("fan_in", size(2), size(6)),
        case("fan_out", size(2), size(6)),
        case("fan_out", side + 1, side + 1),
        case("axes"),
        case("axes", size(3)),
        case("axes", 2, size(3), size(3)),
        given(base, shape=(1, *base.inputs["shape"])),
        given(base, shape=(side, 1, 1)),
        given(base, shape=(1, side)),
        given(base, shape=(side,)),
        given(base, shape=()),
    ]


def run_fans(solution, inputs):
    fan_in, fan_out = returned(solution(inputs["shape"]), "fan_in", "fan_out")
    return {"fan_in": fan_in, "fan_out": fan_out}


GAIN_GROUPS = {
    "slopes": Group(3, "slopes between 0 and 1", "斜率在 0 和 1 之间"),
    "ends": Group(
        2,
        "ReLU, the identity, the absolute value, and a unit close to ReLU",
        "ReLU、恒等、绝对值，以及接近 ReLU 的单元",
    ),
    "other": Group(1, "a steep slope and a negative one", "很陡的斜率和负的斜率"),
}


def gain_cases(rng):
    def case(group, slope):
        half = numbers(rng, 3)
        return Case(
            group,
            {"negative_slope": slope, "z": np.concatenate([half, -half])},
            "gain = leaky_relu_gain(negative_slope)\nh = np.where(z > 0, z, negative_slope * z)\n"
            "print(gain**2 * np.mean(h**2), np.mean(z**2))",
        )

    return [
        case("slopes", between(rng, 0.1, 0.3)),
        case("slopes", between(rng, 0.4, 0.8)),
        case("slopes", between(rng, 0.01, 0.06)),
        case("ends", 0.0),
        case("ends", 1.0),
        case("ends", -1.0),
        case("ends", between(rng, 0.002, 0.009)),
        case("other", between(rng, 1.5, 3)),
        case("other", 3e7),
        case("other", -between(rng, 0.4, 0.8)),
    ]


def run_gain(solution, inputs):
    """The size of a signal behind the units; the gain itself is for the student to find."""
    gain, z = array_like(solution(inputs["negative_slope"]), np.zeros(())), inputs["z"]
    h = np.where(z > 0, z, inputs["negative_slope"] * z)
    return {"gain is positive": bool(gain > 0), "gain^2 * mean(h^2)": float(gain) ** 2 * float(np.mean(h**2))}


# A known mistake is known by its numbers, which differ a little where somebody draws in another way.
draws = partial(Exercise, compare=COMPARE, rtol=0.05, atol=1e-3)
EXERCISES = [
    Exercise("fans", "initialization.fans", FANS_GROUPS, fans_cases, run_fans, clauses={}),
    *(
        draws(
            name,
            f"initialization.{name}",
            XAVIER_GROUPS,
            partial(xavier_cases, name=name),
            partial(run_draw, ends=ends),
            clauses={},
        )
        for name, ends in (("xavier_uniform", True), ("xavier_normal", False))
    ),
    *(
        draws(
            name,
            f"initialization.{name}",
            HE_GROUPS,
            partial(he_cases, name=name),
            partial(run_draw, ends=ends),
            clauses={},
        )
        for name, ends in (("he_normal", False), ("he_uniform", True))
    ),
    Exercise(
        "leaky_relu_gain",
        "initialization.leaky_relu_gain",
        GAIN_GROUPS,
        gain_cases,
        run_gain,
        clauses={"Then gain^2 * mean(h^2) = mean(z^2).": "slopes"},
    ),
]
