"""Gradient descent: step counts from theory, every row once per epoch, the bound on lr from both sides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.gradient_descent import (
    gradient_descent,
    max_stable_lr,
    minibatch_sgd,
    minibatches,
    scaled_lr,
    sgd,
)
from reference.losses import mean_squared_error, softmax_cross_entropy

few = settings(max_examples=30, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
NAN = float("nan")


# ---- gradient_descent ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kappa, in_50, in_2", [(10, 62, 69), (100, 612, 691), (1000, 6107, 6908), (10_000, 61039, 69078)]
)
def test_steps_to_a_millionth_of_the_distance(kappa, in_50, in_2):
    """Quadratic, log-spaced curvatures 1 .. kappa, from ones, optimal lr = 2 / (1 + kappa)."""
    for n, expected in [(50, in_50), (2, in_2)]:
        h = np.logspace(0, np.log10(kappa), n)
        path = gradient_descent(np.ones(n), lambda x: h * x, lr=2 / (1 + kappa), num_steps=expected)
        distance = np.linalg.norm(path[-2:], axis=1) / np.sqrt(n)
        assert distance[1] <= 1e-6 < distance[0]


@given(curvature=st.floats(0.01, 100), ratio=st.floats(0, 2.01), start=st.floats(-5, 5))
@few
def test_a_quadratic_contracts_by_1_minus_lr_times_curvature(curvature, ratio, start):
    lr = ratio / curvature
    path = gradient_descent(np.array(start), lambda x: curvature * x, lr=lr, num_steps=20)
    np.testing.assert_allclose(path, start * (1 - lr * curvature) ** np.arange(21), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (3,), (2, 4)])
def test_the_path_keeps_shape_and_dtype_and_starts_at_params(shape, dtype):
    params = np.full(shape, 2.0, dtype)
    path = gradient_descent(params, lambda x: x, lr=0.1, num_steps=5)
    assert path.shape == (6, *shape) and path.dtype == dtype and np.all(params == 2)
    assert np.all(path[0] == params) and not np.shares_memory(path, params)
    assert gradient_descent(params, lambda x: x, lr=0.1, num_steps=0).shape == (1, *shape)


def test_divergence_is_not_hidden():
    with pytest.warns(RuntimeWarning, match="overflow|invalid"):
        path = gradient_descent(np.array([1.0]), lambda x: 2 * x, lr=1e200, num_steps=4)
    assert not np.isfinite(path[-1])


# ---- max_stable_lr ------------------------------------------------------------------------------


def on_both_labels(X):
    """Every row with each of two labels: the minimum is W = 0, where the curvature bound is reached."""
    X, labels = np.vstack([X, X]), np.repeat([0, 1], len(X))

    def loss_and_grads(W):
        loss, grad_logits = softmax_cross_entropy(X @ W, labels)
        return loss, X.T @ grad_logits

    return X, loss_and_grads


@given(seed=seeds, N=st.integers(1, 9), D=st.integers(1, 5), scale=st.floats(0.01, 100))
@few
def test_the_bound_on_lr_is_reached_and_not_passed(seed, N, D, scale):
    X, loss_and_grads = on_both_labels(scale * np.random.default_rng(seed).normal(size=(N, D)))
    steepest = np.linalg.svd(X)[2][0]
    start = 1e-4 / scale * np.outer(steepest, [1, -1])
    for factor, grows in [(0.99, False), (1.01, True)]:
        lr = factor * max_stable_lr(X)
        path = gradient_descent(start, lambda W: loss_and_grads(W)[1], lr=lr, num_steps=10)
        sizes = np.linalg.norm(path, axis=(1, 2))
        assert np.all(np.diff(sizes) > 0) if grows else np.all(np.diff(sizes) < 0)


@given(seed=seeds, K=st.integers(2, 5))
@few
def test_below_the_bound_the_loss_falls_at_every_step(seed, K):
    rng = np.random.default_rng(seed)
    X, labels, W = rng.normal(size=(8, 3)) * [1, 5, 0.2], rng.integers(K, size=8), rng.normal(0, 3, (3, K))
    losses = []
    for _ in range(15):
        loss, grad_logits = softmax_cross_entropy(X @ W, labels)
        losses.append(loss)
        W = W - 0.999 * max_stable_lr(X) * X.T @ grad_logits
    assert np.all(np.diff(losses) < 0)


def test_max_stable_lr_at_the_ends():
    assert max_stable_lr(np.zeros((3, 2))) == float("inf")
    assert max_stable_lr(np.array([[2.0]])) == 1.0 and type(max_stable_lr(np.ones((2, 2), np.float32))) is float
    with pytest.raises(np.linalg.LinAlgError):
        max_stable_lr(np.array([[1.0, NAN]]))


# ---- minibatches --------------------------------------------------------------------------------


@given(N=st.integers(1, 40), B=st.integers(1, 50), seed=seeds)
@few
def test_every_row_once_per_epoch_in_the_order_of_the_one_draw(N, B, seed):
    X, y = np.arange(3 * N).reshape(N, 3), np.arange(N)
    rng, twin = np.random.default_rng(seed), np.random.default_rng(seed)
    batches = list(minibatches(X, y, batch_size=B, rng=rng))
    np.testing.assert_array_equal(np.concatenate([y_batch for _, y_batch in batches]), twin.permutation(N))
    assert rng.bit_generator.state == twin.bit_generator.state
    for X_batch, y_batch in batches:
        np.testing.assert_array_equal(X_batch, X[y_batch])
        assert not np.shares_memory(X_batch, X)
    sizes = [len(y_batch) for _, y_batch in batches]
    assert sizes[:-1] == [B] * (len(sizes) - 1) and 1 <= sizes[-1] <= B and sum(sizes) == N
    np.testing.assert_array_equal(X, np.arange(3 * N).reshape(N, 3))


def test_the_next_epoch_has_another_order():
    rng, y = np.random.default_rng(0), np.arange(31)
    epochs = [np.concatenate([batch for _, batch in minibatches(y, y, batch_size=6, rng=rng)]) for _ in range(2)]
    assert not np.array_equal(*epochs)


# ---- sgd ----------------------------------------------------------------------------------------


def a_regression(seed=0, N=31, dtype=np.float64):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, 3)).astype(dtype)
    y = (X @ [1, -2, 0.5] + 0.1 * rng.normal(size=N)).astype(dtype)

    def loss_and_grads(w, X, y):
        loss, grad = mean_squared_error(X @ w, y)
        return loss, X.T @ grad

    return X, y, loss_and_grads


def test_sgd_is_mini_batches_of_one():
    X, y, f = a_regression()
    one = sgd(np.zeros(3), f, X, y, lr=0.03, num_epochs=2, rng=np.random.default_rng(5))
    few_rows = minibatch_sgd(np.zeros(3), f, X, y, lr=0.03, batch_size=1, num_epochs=2, rng=np.random.default_rng(5))
    for a, b in zip(one, few_rows):
        np.testing.assert_allclose(a, b, rtol=1e-13)
    assert one[0].shape == (63, 3) and one[1].shape == (62,)


@pytest.mark.parametrize("batch_size", [31, 40])
def test_one_batch_of_all_rows_is_gradient_descent(batch_size):
    X, y, f = a_regression()
    path, losses = minibatch_sgd(
        np.zeros(3), f, X, y, lr=0.1, batch_size=batch_size, num_epochs=7, rng=np.random.default_rng(0)
    )
    full = gradient_descent(np.zeros(3), lambda w: f(w, X, y)[1], lr=0.1, num_steps=7)
    np.testing.assert_allclose(path, full, rtol=1e-12)
    np.testing.assert_allclose(losses, [f(w, X, y)[0] for w in full[:-1]], rtol=1e-12)


@given(N=st.integers(1, 20), B=st.integers(1, 25), num_epochs=st.integers(0, 3), seed=seeds)
@few
def test_mini_batch_sgd_step_by_step(N, B, num_epochs, seed):
    X, y, f = a_regression(seed, N)
    path, losses = minibatch_sgd(
        np.ones(3), f, X, y, lr=0.02, batch_size=B, num_epochs=num_epochs, rng=np.random.default_rng(seed)
    )
    rng, step = np.random.default_rng(seed), 0
    for _ in range(num_epochs):
        order = rng.permutation(N)
        for rows in np.split(order, range(B, N, B)):
            loss, grads = f(path[step], X[rows], y[rows])
            assert losses[step] == loss
            np.testing.assert_array_equal(path[step + 1], path[step] - 0.02 * grads)
            step += 1
    assert len(path) == step + 1 == len(losses) + 1 and np.all(path[0] == 1)


@pytest.mark.parametrize("run", [sgd, lambda *a, **k: minibatch_sgd(*a, batch_size=4, **k)])
def test_sgd_learns_keeps_float32_and_changes_no_input(run):
    X, y, f = a_regression(dtype=np.float32)
    params, before = np.zeros(3, np.float32), (X.copy(), y.copy())
    path, losses = run(params, f, X, y, lr=np.float32(0.05), num_epochs=20, rng=np.random.default_rng(1))
    assert path.dtype == losses.dtype == np.float32 and np.all(params == 0)
    np.testing.assert_allclose(path[-1], [1, -2, 0.5], atol=0.15)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


# ---- scaled_lr and errors -----------------------------------------------------------------------


def test_scaled_lr():
    assert scaled_lr(0.1, batch_size=32, new_batch_size=128) == pytest.approx(0.4)
    assert scaled_lr(0.1, batch_size=32, new_batch_size=128, rule="sqrt") == pytest.approx(0.2)
    for rule in ("linear", "sqrt"):
        there = scaled_lr(0.07, batch_size=6, new_batch_size=31, rule=rule)
        assert scaled_lr(there, batch_size=31, new_batch_size=6, rule=rule) == pytest.approx(0.07)


def call_sgd(f, **changed):
    X, y, loss_and_grads = a_regression()
    return f(np.zeros(3), loss_and_grads, X, y, **({"lr": 0.1, "num_epochs": 1, "rng": None} | changed))


@pytest.mark.parametrize(
    "call, named",
    [
        (lambda: gradient_descent(np.ones(1), None, lr=-1, num_steps=1), "lr = -1"),
        (lambda: gradient_descent(np.ones(1), None, lr=NAN, num_steps=1), "lr = nan"),
        (lambda: gradient_descent(np.ones(1), None, lr=1, num_steps=-1), "num_steps = -1"),
        (lambda: next(minibatches(np.ones(3), np.ones(3), batch_size=0, rng=None)), "batch_size = 0"),
        (lambda: next(minibatches(np.ones(3), np.ones(3), batch_size=NAN, rng=None)), "batch_size = nan"),
        (lambda: next(minibatches(np.ones(3), np.ones(4), batch_size=2, rng=None)), r"len\(y\) = 4"),
        (lambda: call_sgd(sgd, lr=NAN), "lr = nan"),
        (lambda: call_sgd(sgd, num_epochs=-1), "num_epochs = -1"),
        (lambda: call_sgd(minibatch_sgd, lr=-0.1, batch_size=2), "lr = -0.1"),
        (lambda: call_sgd(minibatch_sgd, batch_size=0), "batch_size = 0"),
        (lambda: call_sgd(minibatch_sgd, batch_size=2, num_epochs=NAN), "num_epochs = nan"),
        (lambda: scaled_lr(-1, batch_size=1, new_batch_size=1), "lr = -1"),
        (lambda: scaled_lr(1, batch_size=0, new_batch_size=1), "batch_size = 0"),
        (lambda: scaled_lr(1, batch_size=1, new_batch_size=NAN), "new_batch_size = nan"),
        (lambda: scaled_lr(1, batch_size=1, new_batch_size=1, rule="cubic"), "rule = 'cubic'"),
    ],
)
def test_wrong_hyperparameters_are_named(call, named):
    with pytest.raises(ValueError, match=f"{named}: must be"):
        call()
