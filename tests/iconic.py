"""The nine iconic figures with data of real runs, as the chapters compute them: FIGURES = {name: function}."""

from functools import cache

import numpy as np

from descent.data import flip_labels, load_digits
from descent.explore_landscape import cliff_loss
from descent.explore_paths import START, small_path, small_problem
from descent.explore_penalties import centre
from descent.explore_race import landscape_problem
from descent.figures.activations import draw_activations
from descent.figures.balls import draw_balls
from descent.figures.cliff import draw_cliff
from descent.figures.momentum_map import draw_momentum_map
from descent.figures.moving_edge import draw_moving_edge
from descent.figures.race import draw_race, stays_below
from descent.figures.saddle import draw_saddle
from descent.figures.style import tr
from descent.figures.three_descents import draw_three_descents
from descent.figures.wrong_labels import draw_wrong_labels
from descent.models import mlp_activations, mlp_init, mlp_loss_and_grads, mlp_scores
from descent.problems import quadratic, saddle
from descent.train import follow, no_state, train
from reference.adaptive import adagrad_init, adagrad_step, adam_init, adam_step, rmsprop_init, rmsprop_step
from reference.backprop import affine_backward, relu, relu_backward
from reference.clipping import clip_by_norm
from reference.curvature import hessian_vector_product, perturbed_gradient_descent, power_iteration
from reference.gradient_descent import gradient_descent, max_stable_lr, minibatches
from reference.initialization import he_normal, normal, standard_uniform, xavier_uniform
from reference.losses import softmax_cross_entropy
from reference.momentum import heavy_ball_matrix, momentum_init, momentum_step, spectral_radius
from reference.rnn import rnn_loss_and_grads


@cache
def descents():
    X, y = small_problem(10)
    runs = [small_path(size, 0.3, 10, 1, 20) for size in (32, 4, 1)]
    assert np.allclose(runs[0][0], START)
    return runs, lambda w: np.mean((w @ X.T - y) ** 2, axis=-1)


def three_descents():
    runs, loss = descents()
    return draw_three_descents(*runs, loss=loss, lr=0.3, kappa=10, epochs=20, rows=32)


@cache
def softmax_run(lr, steps=60, measured=True):
    data = load_digits()
    X, labels = data.X_train[:400], data.y_train[:400]

    def gradient(W):
        return X.T @ softmax_cross_entropy(X @ W, labels)[1]

    W, v = np.zeros((64, 10)), np.random.default_rng(0).standard_normal((64, 10))
    losses, edges = [], []
    for _ in range(steps + 1):
        losses.append(softmax_cross_entropy(X @ W, labels)[0])
        if measured:
            top, v = power_iteration(lambda u: hessian_vector_product(gradient, W, u), v, num_steps=25)
            edges.append(2 / top)
        W = W - lr * gradient(W)
    return np.array(losses), np.array(edges)


def moving_edge(lr=6.0):
    safe = max_stable_lr(load_digits().X_train[:400])
    losses, edges = softmax_run(lr)
    return draw_moving_edge(
        losses,
        edges,
        lr=lr,
        safe=safe,
        safe_losses=softmax_run(safe, measured=False)[0],
        below=tr(
            "Softmax regression on 400 digits from W = 0, full gradient. $\\lambda_{\\max}$ by power iteration.",
            "400 张数字上的 softmax 回归，从 W = 0 出发，完整梯度。每一步用幂迭代求 $\\lambda_{\\max}$。",
        ),
    )


def cliff():
    start, lr = np.array([4.9, -2.55]), 0.3
    gradient = rnn_loss_and_grads(start)[1]
    path = [start]
    for _ in range(12):
        path.append(path[-1] - lr * clip_by_norm(rnn_loss_and_grads(path[-1])[1], max_norm=1.0))
    return draw_cliff(
        cliff_loss, np.array(path), start - lr * gradient, lr=lr, length=np.linalg.norm(gradient), max_norm=1.0
    )


def saddle_figure():
    run = {"lr": 0.1, "num_steps": 250}
    pushed = perturbed_gradient_descent(
        saddle.start, saddle.gradient, **run, radius=0.05, grad_tolerance=0.05, wait=1000, rng=np.random.default_rng(3)
    )
    return draw_saddle(
        gradient_descent(saddle.start, saddle.gradient, **run),
        gradient_descent(np.array([1.0, 1e-6]), saddle.gradient, **run),
        pushed,
        value=saddle.value,
        lr=0.1,
        push=0.05,
        tolerance=0.05,
    )


@cache
def radii():
    across = np.unique(np.concatenate([np.linspace(0, 0.2, 61), np.linspace(0.2, 4.0, 191)]))
    up = np.linspace(0, 0.995, 131)
    return (
        np.array([[spectral_radius(heavy_ball_matrix(1.0, lr=a, momentum=b)) for a in across] for b in up]),
        across,
        up,
    )


def swing(a, momentum):
    def step(x, g, v, *, lr):
        return momentum_step(x, g, v, lr=lr, momentum=momentum)

    return follow(quadratic([1.0]).gradient, np.ones(1), step, lr=a, num_steps=30, init=momentum_init)[:, 0]


def momentum_map():
    spots = [(0.05, 0.16), (1.15, 0.62), (1.78, 0.03), (3.0, 0.33)]
    return draw_momentum_map(*radii(), {spot: swing(*spot) for spot in spots})


METHODS = {
    "gd": (lambda x, g, s, *, lr: (x - lr * g, s), no_state),
    "adagrad": (adagrad_step, adagrad_init),
    "rmsprop": (lambda x, g, s, *, lr: rmsprop_step(x, g, s, lr=lr, alpha=0.99), rmsprop_init),
    "momentum": (momentum_step, momentum_init),
    "adam": (lambda x, g, s, *, lr: adam_step(x, g, s, lr=lr, betas=(0.9, 0.99)), adam_init),
}


@cache
def races(goal=1e-4):
    problem, start = landscape_problem("valley", 30)
    paths, lrs = {}, {}
    for name, (step, init) in METHODS.items():
        runs = {
            lr: follow(problem.gradient, start, step, lr=lr, num_steps=200, init=init)
            for lr in np.logspace(-3, 0.5, 36)
        }
        below = {lr: stays_below(problem.value(run) / problem.value(start)) < goal for lr, run in runs.items()}
        lrs[name] = min(runs, key=lambda lr: np.argmax(below[lr]) if below[lr][-1] else np.inf)
        paths[name] = runs[lrs[name]]
    return paths, lrs, problem.value


def race():
    paths, lrs, value = races()
    return draw_race(
        paths,
        value=value,
        lrs=lrs,
        below=tr(
            "One valley, κ = 50, turned by 30°. Each with the best of 36 learning rates; first 40 steps above.",
            "同一个山谷，κ = 50，转 30°。每种方法用 36 个学习率中最好的一个；上排为前 40 步。",
        ),
    )


def balls():
    return draw_balls(centre(20), radius=0.8)


@cache
def layers(depth=10, units=200):
    X = load_digits().X_train
    X = (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 0.1)
    inits = {
        "small": lambda rng, shape: normal(rng, shape, scale=0.02),
        "standard": standard_uniform,
        "xavier": xavier_uniform,
        "large": lambda rng, shape: normal(rng, shape, scale=0.2),
    }
    return {
        name: mlp_activations(
            mlp_init(np.random.default_rng(0), (64, *[units] * depth, 10), init=init), X, activation=(np.tanh, None)
        )[:-1]
        for name, init in inits.items()
    }


def activations():
    names = {
        "small": tr("normal, 0.02", "正态，0.02"),
        "standard": tr("uniform, $1/\\sqrt{n}$", "均匀，$1/\\sqrt{n}$"),
        "xavier": "Xavier",
        "large": tr("normal, 0.2", "正态，0.2"),
    }
    return draw_activations(
        {names[name]: outputs for name, outputs in layers().items()},
        below=tr("Digits through 10 layers of 200 units.", "数字图像穿过 10 层，每层 200 个单元。"),
    )


@cache
def memorizing(seeds=5, epochs=80):
    digits = load_digits(dtype=np.float32)
    X, y, activation = digits.X_train[:300], digits.y_train[:300], (relu, relu_backward)
    histories = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        given = flip_labels(y, rng, share=0.3)
        wrong = given != y

        def shares(params):
            answers = mlp_scores(params, X, activation=activation).argmax(axis=1)
            test = mlp_scores(params, digits.X_test, activation=activation).argmax(axis=1)
            return {
                "right": np.mean(answers[~wrong] == y[~wrong]),
                "truth": np.mean(answers[wrong] == y[wrong]),
                "given": np.mean(answers[wrong] == given[wrong]),
                "test": np.mean(test == digits.y_test),
            }

        steps = epochs * 10
        _, history = train(
            mlp_init(rng, (64, 128, 10), init=lambda rng, shape: he_normal(rng, shape).astype(np.float32)),
            lambda rng: minibatches(X, given, batch_size=30, rng=rng),
            lambda params, X, y: mlp_loss_and_grads(
                params, X, y, loss=softmax_cross_entropy, affine_backward=affine_backward, activation=activation
            ),
            lambda w, g, s, lr: (w - lr * g, s),
            lr=lambda t: 0.5 * (1 - t / steps),
            rng=rng,
            num_epochs=epochs,
            evaluate=shares,
        )
        histories.append(history)
    return {name: np.array([history[name] for history in histories]) for name in ("right", "truth", "given", "test")}


def wrong_labels():
    return draw_wrong_labels(
        **memorizing(),
        below=tr(
            "300 digits, 30 % of the labels wrong; 128 hidden units.", "300 张数字，30 % 的标签是错的；128 个隐藏单元。"
        ),
    )


FIGURES = {
    "1_three_descents": three_descents,
    "2_moving_edge": moving_edge,
    "3_cliff": cliff,
    "4_saddle": saddle_figure,
    "5_momentum_map": momentum_map,
    "6_race": race,
    "7_balls": balls,
    "8_activations": activations,
    "9_wrong_labels": wrong_labels,
}
