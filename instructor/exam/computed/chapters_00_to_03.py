"""The numbers in the keys of Q01 to Q20."""

import numpy as np

from reference.clipping import clip_by_global_norm
from reference.curvature import power_iteration
from reference.gradient_check import numerical_gradient
from reference.gradient_descent import gradient_descent
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
from reference.rnn import rnn_state_gradients

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
