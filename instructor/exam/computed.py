"""What the keys of the exam claim, computed with the functions of the course.

`Q01`, `Q02`, ... return {name: number} for the names in keys.toml. A question of the kind "find the bug" gets the
names that the code in the question defines.
"""

import numpy as np

from descent.intervals import mean_interval
from reference.adaptive import adagrad_init, adagrad_step, adam_init, adam_step, rmsprop_init, rmsprop_step
from reference.batch_norm import batchnorm_forward, fold_batchnorm
from reference.clipping import clip_by_global_norm
from reference.curvature import power_iteration
from reference.gradient_check import numerical_gradient
from reference.gradient_descent import gradient_descent
from reference.initialization import he_normal, leaky_relu_gain
from reference.losses import mean_squared_error, softmax_cross_entropy
from reference.momentum import (
    classical_momentum_step,
    ema_momentum_step,
    heavy_ball_matrix,
    lookahead_point,
    momentum_step,
    nesterov_step,
    optimal_heavy_ball,
    spectral_radius,
)
from reference.noise import noise_floor
from reference.penalties import soft_threshold
from reference.preprocessing import rescale, standardize_fit
from reference.rnn import rnn_state_gradients
from reference.weight_decay import adam_l2_step, adamw_step

# ---- chapter 00 -------------------------------------------------------------------------------------


def Q01():
    def loss(p):
        u = p[0] * p[1]
        return (u + p[0]) ** 2

    point = np.array([1.0, 3.0])
    dw, dx = numerical_gradient(loss, point)
    dv = numerical_gradient(lambda v: v**2, np.array(4.0))
    return {"loss": loss(point), "dv": float(dv), "dw": dw, "dx": dx, "through_u": float(dv) * 3}


def Q02():
    at = numerical_gradient(np.exp, np.array(1.0), h=0.01) - np.e
    return {"at_001": float(at), "best_h_float32": np.finfo(np.float32).eps ** (1 / 3)}


def Q03(space):
    outputs, targets = np.array([[0.0], [2.0]]), np.array([0.0, 2.0])
    return {"returned": space["mse"](outputs, targets), "right": mean_squared_error(outputs, targets[:, None])[0]}


def Q04():
    X, G = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [0.5]])
    s, W = np.array([1.0, 2.0]), np.array([[1.0], [3.0]])
    dW = numerical_gradient(lambda w: float(np.sum(G * ((X * s) @ w))), W)
    ds = numerical_gradient(lambda v: float(np.sum(G * ((X * v) @ W))), s)
    return {"dW1": dW[0, 0], "dW2": dW[1, 0], "ds1": ds[0], "ds2": ds[1]}


def Q05():
    return {}


# ---- chapter 01 -------------------------------------------------------------------------------------


def Q06():
    loss, grad = softmax_cross_entropy(np.array([[0.0, np.log(3)], [0.0, 0.0]]), np.array([0, 1]))
    return {
        "loss": loss,
        "g11": grad[0, 0],
        "g12": grad[0, 1],
        "g21": grad[1, 0],
        "g22": grad[1, 1],
        "p12": 2 * grad[0, 1],
    }


def Q07():
    factor = 10 ** (1 / 24)  # the loss holds the square of the distance
    curvature = (1 + factor) / 0.7
    path = gradient_descent(np.array(1e-6), lambda x: curvature * x, lr=0.7, num_steps=12)
    assert np.isclose((path[-1] / path[0]) ** 2, 10)
    return {
        "factor": factor,
        "curvature": curvature,
        "largest": 2 / curvature,
        "from_loss": factor**2,
        "product": 0.7 * curvature,
    }


def Q08(space):
    rng, unseen = np.random.default_rng(0), []
    X = np.arange(1000)
    for _ in range(50):
        seen = np.concatenate([rows for rows, _ in space["minibatches"](X, X, batch_size=100, rng=rng)])
        unseen.append(1 - len(np.unique(seen)) / 1000)
    assert abs(np.mean(unseen) - 0.9**10) < 0.01
    return {"unseen": 0.9**10, "missed": 1 - 100 / 1000}


def Q09():
    small = noise_floor(1, lr=0.2, noise_variance=1)
    return {
        "ratio": noise_floor(1, lr=0.4, noise_variance=1) / small,
        "linear": 0.4 / 0.2,
        "before": 2 - 0.2,
        "after": 2 - 0.4,
    }


def Q10():
    path = gradient_descent(np.array(1.0), np.sign, lr=0.3, num_steps=40)
    return {"one": max(path[-2:]), "other": min(path[-2:]), "step": path[0] - path[1]}


# ---- chapter 02 -------------------------------------------------------------------------------------


def Q11():
    H = np.array([[2.0, 2.0], [2.0, -1.0]])
    lowest, largest = np.linalg.eigvalsh(H)
    one_step = power_iteration(lambda v: H @ v, np.array([1.0, 0.0]), num_steps=1)[0]
    assert np.isclose(power_iteration(lambda v: H @ v, np.array([1.0, 0.0]))[0], largest)
    return {"largest": largest, "lowest": lowest, "rayleigh": one_step, "length": np.linalg.norm(H @ [1.0, 0.0])}


def Q12():
    shrink, grow = 10 ** (-1 / 22), 10 ** (1 / 24)
    return {
        "shrink": shrink,
        "grow": grow,
        "up": (1 - shrink) / 0.1,
        "down": (1 - grow) / 0.1,
        "wait": 8 * np.log(10) / np.log(1.1),
    }


def Q13(space):
    grads = {"W": np.array([3.0, 0.0]), "b": np.array([0.0, 4.0])}
    clipped, norm = space["clip_by_global_norm"](grads, max_norm=5)
    kept, right = clip_by_global_norm(grads, max_norm=5)
    assert all(np.array_equal(kept[name], grads[name]) for name in grads)
    return {
        "wrong_norm": norm,
        "norm": right,
        "first": np.linalg.norm(clipped["W"]),
        "second": np.linalg.norm(clipped["b"]),
    }


def Q14():
    lr, curvatures = 2 / 102, np.array([2.0, 100.0])
    path = gradient_descent(np.ones(2), lambda x: curvatures * x, lr=lr, num_steps=1)
    factor = np.abs(path[1]).max()
    assert np.allclose(np.abs(path[1]), factor)
    return {
        "lr": lr,
        "factor": factor,
        "steps": np.log(0.1) / np.log(factor),
        "lr_of_largest": 1 / 100,
        "its_factor": 1 - 2 / 100,
    }


def Q15():
    states = np.zeros(101)  # sigmoid 1/2 everywhere: the slope is at its largest
    d = rnn_state_gradients(np.array([3.0, 0.0]), states, target=0.0)
    return {"bound": d[0] / d[-1]}


# ---- chapter 03 -------------------------------------------------------------------------------------


def Q16():
    options = {"lr": 0.1, "momentum": 0.5}
    x, v = momentum_step(np.array(1.0), np.array(2.0), np.array(0.0), **options)
    x2, v2 = momentum_step(x, np.array(1.0), v, **options)
    y, u, z, a = np.array(1.0), np.array(0.0), np.array(1.0), np.array(0.0)
    for g in (2.0, 1.0):
        y, u = classical_momentum_step(y, np.array(g), u, **options)
        z, a = ema_momentum_step(z, np.array(g), a, **options)
    assert np.isclose(y, x2) and np.isclose(z, x2)
    return {"x1": x, "v2": v2, "x2": x2, "u2": u, "a2": a, "plain": 1 - 0.1 * 2 - 0.1 * 1}


def Q17():
    momentum = 10 ** (-2 / 44)
    low, high = (1 - np.sqrt(0.9)) ** 2, (1 + np.sqrt(0.9)) ** 2
    for inside in (low * 1.001, high * 0.999):
        assert np.isclose(spectral_radius(heavy_ball_matrix(1, lr=inside, momentum=0.9)), np.sqrt(0.9))
    return {"momentum": momentum, "low": low, "high": high, "not_squared": 10 ** (-1 / 44)}


def Q18(space):
    arguments, options = (np.array(1.0), lambda x: 2 * x, np.array(3.0)), {"lr": 0.1, "momentum": 0.5}
    right, velocity = nesterov_step(*arguments, **options)
    ahead = lookahead_point(np.array(1.0), np.array(3.0), **options)
    return {
        "returned": space["nesterov_step"](*arguments, **options)[0],
        "right": right,
        "ahead": 1 - 0.5 * 3,
        "right_ahead": ahead,
        "gradient": 2 * ahead,
        "velocity": velocity,
    }


def Q19():
    lr, momentum = optimal_heavy_ball(1, 49)
    return {"lr": lr, "momentum": momentum, "rate": momentum**0.5, "plain": 48 / 50}


def Q20():
    def terminal(lr, momentum):
        """The length of a step when every gradient is 1 and the velocity has stopped growing."""
        x, v = np.array(0.0), np.array(1 / (1 - momentum))
        return x - momentum_step(x, np.array(1.0), v, lr=lr, momentum=momentum)[0]

    assert np.isclose(terminal(0.005, 0.99), terminal(0.05, 0.9))
    return {"before": terminal(0.05, 0.9), "after": terminal(0.05, 0.99), "lr": 0.05 * (1 - 0.99) / (1 - 0.9)}


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
