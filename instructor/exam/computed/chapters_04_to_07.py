"""The numbers in the keys of Q21 to Q40."""

import numpy as np

from descent.intervals import mean_interval
from reference.adaptive import adagrad_init, adagrad_step, adam_init, adam_step, rmsprop_init, rmsprop_step
from reference.batch_norm import batchnorm_forward, fold_batchnorm
from reference.initialization import he_normal, leaky_relu_gain
from reference.penalties import soft_threshold
from reference.preprocessing import rescale, standardize_fit
from reference.weight_decay import adam_l2_step, adamw_step

# ---- chapter 04 -------------------------------------------------------------------------------------


def Q21():
    x1, state = adam_step(np.array(1.0), np.array(3.0), adam_init(np.array(1.0)), lr=0.1, betas=(0.5, 0.75), eps=0)
    x2, (m, v, t) = adam_step(x1, np.array(0.0), state, lr=0.1, betas=(0.5, 0.75), eps=0)
    return {
        "x1": x1,
        "m_hat": m / (1 - 0.5**t),
        "v_hat": v / (1 - 0.75**t),
        "step2": x1 - x2,
        "x2": x2,
        "uncorrected": 0.1 * m / np.sqrt(v),
        "v": v,
        "v_correction": 1 - 0.75**t,
    }


def lengths(step, init, count, **options):
    """The lengths of the steps while every gradient is 1 and lr is 1."""
    x, moved = np.zeros(1), []
    state = init(x)
    for _ in range(count):
        following, state = step(x, np.ones(1), state, lr=1.0, **options)
        moved.append(float((x - following)[0]))
        x = following
    return moved


def Q22():
    P, Q = lengths(adagrad_step, adagrad_init, 1000), lengths(rmsprop_step, rmsprop_init, 1000, alpha=0.99)
    R = lengths(adam_step, adam_init, 1000)
    assert np.allclose(R, 1) and abs(P[99] - 0.1) < 0.001 and abs(Q[0] - 10) < 0.001 and abs(Q[999] - 1) < 0.001
    return {
        "alpha": 1 - 1 / Q[0] ** 2,
        "p10": P[9],
        "p1000": P[999],
        "q10": Q[9],
        "q100": Q[99],
        "hundredth": (1 / 0.01) ** 2,
        "without_root": 1 - 1 / Q[0],
    }


def Q23(space):
    state, x = (0.0, 0.0, 0), 0.0
    for _ in range(2):
        before = x
        x, state = space["adam_step"](x, 1.0, state, lr=1.0)
    return {"m": state[0], "v": state[1], "step": before - x, "m_correction": 1 - 0.9**2, "v_correction": 1 - 0.999**2}


def Q24():
    rng, x = np.random.default_rng(0), np.ones(4000)
    state = adam_init(x)
    for _ in range(1000):
        x, state = adam_l2_step(x, 5 * rng.standard_normal(4000), state, lr=0.001, weight_decay=0.5)
    assert abs(x.mean() - (1 - 0.001 * 0.5 / 5) ** 1000) < 0.01, "the mean of simulated weights"
    y, state = np.ones(1), adam_init(np.ones(1))
    for _ in range(1000):
        y, state = adamw_step(y, np.zeros(1), state, lr=0.001, weight_decay=0.5)
    return {"l2": (1 - 0.001 * 0.5 / 5) ** 1000, "adamw": y[0], "share_l2": 0.001 * 0.5 / 5, "share_adamw": 0.001 * 0.5}


def Q25():
    state = (np.zeros(1), np.zeros(1), 10_000)
    moved, (m, v, _) = adam_step(np.zeros(1), np.ones(1), state, lr=1.0)
    return {"step": -moved[0], "m": m[0], "v": v[0]}


# ---- chapter 05 -------------------------------------------------------------------------------------


def lowest(f, low=-5.0, high=5.0):
    """Where f is smallest, to about 1e-6: a fine grid, then a finer one around its best point."""
    for _ in range(4):
        grid = np.linspace(low, high, 2001)
        at = grid[np.argmin(f(grid))]
        low, high = at - (high - low) / 500, at + (high - low) / 500
    return float(at)


def Q26():
    found = {}
    for name, w in (("large", 2.0), ("small", 0.5)):
        found[f"l2_{name}"] = lowest(lambda x, w=w: 0.25 * (x - w) ** 2 + 0.15 * x**2)
        found[f"l1_{name}"] = lowest(lambda x, w=w: 0.25 * (x - w) ** 2 + 0.3 * abs(x))
        assert abs(found[f"l1_{name}"] - soft_threshold(np.array(w), threshold=0.3 / 0.5)) < 1e-5
    return found | {"slope": 0.5 * 0.5, "across": 0.5 - 0.3 / 0.5}


def Q27():
    return {"share": 150 / 500, "wrong": 0.3 * 500}


def Q28(space):
    X = np.ones((300, 300))
    out, mask = space["dropout_forward"](X, p=0.2, rng=np.random.default_rng(0))
    assert abs(out.mean() - 1) < 0.05 and abs(np.mean(mask == 0) - 0.8) < 0.01
    _, half = space["dropout_forward"](X, p=0.5, rng=np.random.default_rng(0))
    assert half.max() == 1 / (1 - 0.5)
    return {"dropped": 1 - 0.2, "factor": mask.max(), "right_factor": 1 / (1 - 0.2), "same": 0.5}


def Q29():
    def best(w):
        return lowest(lambda u: (u - w) ** 2 / 2 + abs(u) + 0.25 * u**2 / 2)

    other_order = soft_threshold(np.array(3 / 1.25), threshold=1.0)
    return {"large": best(3.0), "small": best(-0.8), "order": other_order, "no_zero": (-0.8 + 1) / 1.25}


def Q30():
    return {"error": (0.91 * 0.09 / 300) ** 0.5}


# ---- chapter 06 -------------------------------------------------------------------------------------


def Q31():
    X, gamma, beta = np.array([[1.0], [5.0]]), np.array([2.0]), np.array([1.0])
    out, _, running = batchnorm_forward(X, gamma, beta, (np.zeros(1), np.ones(1)), True, eps=1e-12)
    evaluated, _, _ = batchnorm_forward(np.array([[5.0]]), gamma, beta, running, False, eps=1e-12)
    return {
        "out1": out[0, 0],
        "out2": out[1, 0],
        "mean": running[0][0],
        "var": running[1][0],
        "evaluation": evaluated[0, 0],
        "biased": 0.9 * 1 + 0.1 * X.var(),
        "kept": 1 - 0.1,
    }


def Q32():
    rng = np.random.default_rng(0)
    assert abs(he_normal(rng, (500, 500)).std() - (2 / 500) ** 0.5) < 0.001
    assert np.isclose(leaky_relu_gain(0) / 500**0.5, (2 / 500) ** 0.5)
    factor = 0.001 ** (1 / 20)  # per layer, of the root of the mean square: sqrt(500 * variance / 2)
    return {"factor": factor, "used": factor * (2 / 500) ** 0.5, "needed": (2 / 500) ** 0.5}


def Q33(space):
    train, test = np.array([[0.0], [2.0]]), np.array([[7.0]])
    return {
        "returned": space["standardized"](train, test)[1][0, 0],
        "right": rescale(test, *standardize_fit(train))[0, 0],
    }


def Q34():
    scale = (2 ** (1 / 50) - 1) ** 0.5
    assert np.isclose((1 + scale**2) ** 50, 2)
    return {"plain": 2.0**50, "root": (1 + 1 / 50) ** 50, "scale": scale}


def Q35():
    W, b = fold_batchnorm(
        np.ones((1, 1)), np.zeros(1), np.array([2.0]), np.array([1.0]), (np.array([3.0]), np.array([4.0])), eps=1e-12
    )
    return {"slope": W[0, 0], "offset": b[0], "by_variance": 2 / 4}


# ---- chapter 07 -------------------------------------------------------------------------------------


def Q36():
    values = np.array([0.012, 0.004, 0.008])
    mean, low, high = mean_interval(values)
    error = values.std(ddof=1) / 3**0.5
    return {"mean": mean, "error": error, "low": low, "high": high, "high_normal": mean + 1.96 * error, "normal": 1.96}


def Q37():
    return {"error": (0.87 * 0.13 / 500) ** 0.5, "wrong_share": 1 - 0.87, "rise": 0.90 - 0.86}


def Q38(space):
    rng = np.random.default_rng(0)

    class Run:
        def __init__(self, config, seed):
            self.test_accuracy = rng.binomial(500, 0.85) / 500

    reported = [space["best_configuration"](list(range(40)), Run)[1] for _ in range(500)]
    return {"reported": np.mean(reported), "error": (0.85 * 0.15 / 500) ** 0.5}


def Q39():
    shared, own, n = 0.02**2, 0.005**2, 5
    rng = np.random.default_rng(0)
    seeds, rest = 0.02 * rng.standard_normal((20_000, 2, n)), 0.005 * rng.standard_normal((20_000, 2, n))
    unpaired = (seeds + rest)[:, 0].mean(axis=1) - (seeds + rest)[:, 1].mean(axis=1)
    paired = (seeds[:, :1] + rest)[:, 0].mean(axis=1) - (seeds[:, :1] + rest)[:, 1].mean(axis=1)
    assert abs(unpaired.var() / paired.var() - 17) < 1
    ratio = (shared + own) / own
    return {
        "ratio": ratio,
        "root_of_ratio": ratio**0.5,
        "unpaired": (2 * (shared + own) / n) ** 0.5,
        "paired": (2 * own / n) ** 0.5,
    }


def Q40():
    spread = 1.0 * 3**0.5 / half_width(3)  # standard deviation, in points, of a half width of 1.0 with three pairs
    widths = {n: half_width(n) * spread / n**0.5 for n in range(3, 31)}
    return {"pairs": next(n for n, width in widths.items() if width <= 0.3), "ninth": widths[9], "tenth": widths[10]}


def half_width(n):
    """How many standard errors a 95 % interval of n differences has on each side."""
    values = np.linspace(-1, 1, n)
    mean, _, high = mean_interval(values)
    return (high - mean) / (values.std(ddof=1) / n**0.5)
