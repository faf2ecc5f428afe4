"""Batch normalization against PyTorch: forwards, running statistics, every step back; and its laws."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.models import mlp_init, mlp_loss_and_grads, mlp_scores
from reference.backprop import affine_backward, relu, relu_backward
from reference.batch_norm import (
    batchnorm_backward,
    batchnorm_backward_steps,
    batchnorm_forward,
    batchnorm_init,
    fold_batchnorm,
)
from reference.gradient_check import gradient_check, numerical_gradient
from reference.losses import softmax_cross_entropy

few = settings(max_examples=40, deadline=None, derandomize=True)
GOLDEN = np.load(Path(__file__).parent / "golden" / "normalization.npz")
GAMMA, BETA = GOLDEN["gamma"], GOLDEN["beta"]
MOMENTUM, EPS = GOLDEN["hyper"].tolist()
HYPER = dict(momentum=MOMENTUM, eps=EPS)
N, D = GOLDEN["X0"].shape


def sample(seed, n=7, d=3):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) * rng.uniform(0.5, 3, d) + rng.standard_normal(d)
    return X, rng.standard_normal((n, d)), rng.uniform(0.5, 2, d), rng.standard_normal(d)


def forward(X, gamma, beta, **hyper):
    out, cache, _ = batchnorm_forward(X, gamma, beta, batchnorm_init(X.shape[1]), True, **hyper)
    return out, cache


# ---- from outside -------------------------------------------------------------------------------


def test_three_batches_are_pytorchs():
    running = batchnorm_init(D)
    for i in range(3):
        out, cache, running = batchnorm_forward(GOLDEN[f"X{i}"], GAMMA, BETA, running, True, **HYPER)
        np.testing.assert_allclose(out, GOLDEN[f"out{i}"], rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(running[0], GOLDEN[f"mean{i}"], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(running[1], GOLDEN[f"var{i}"], rtol=1e-12)
        grads = batchnorm_backward(GOLDEN[f"G{i}"], cache)
        for name, grad in zip(["X", "gamma", "beta"], grads, strict=True):
            np.testing.assert_allclose(grad, GOLDEN[f"grad_{name}{i}"], rtol=1e-11, atol=1e-12, err_msg=name)
    out, cache, after = batchnorm_forward(GOLDEN["eval_X"], GAMMA, BETA, running, False, **HYPER)
    np.testing.assert_allclose(out, GOLDEN["eval_out"], rtol=1e-12, atol=1e-13)
    assert cache is None and after is running


def test_every_step_back_is_autograds():
    _, cache = forward(GOLDEN["X0"], GAMMA, BETA, **HYPER)
    steps = batchnorm_backward_steps(GOLDEN["G0"], cache)
    assert list(steps) == ["beta", "gamma", "x_hat", "inv_std", "var", "centred", "mean", "X"]
    for name in ("x_hat", "inv_std", "var", "centred", "mean"):
        expected = GOLDEN[f"step_{name}"]
        np.testing.assert_allclose(steps[name], expected, rtol=1e-10, atol=1e-11, err_msg=name)
    for name in ("X", "gamma", "beta"):
        np.testing.assert_allclose(steps[name], GOLDEN[f"grad_{name}0"], rtol=1e-11, atol=1e-12, err_msg=name)


# ---- gradients ----------------------------------------------------------------------------------


@few
@given(seed=st.integers(0, 10**6))
def test_closed_form_is_the_chain_of_steps(seed):
    X, G, gamma, beta = sample(seed)
    _, cache = forward(X, gamma, beta)
    steps = batchnorm_backward_steps(G, cache)
    for name, grad in zip(["X", "gamma", "beta"], batchnorm_backward(G, cache), strict=True):
        np.testing.assert_allclose(grad, steps[name], rtol=1e-9, atol=1e-11)


def test_gradients_are_slopes():
    X, G, gamma, beta = sample(1)
    _, cache = forward(X, gamma, beta, eps=1e-3)
    grads = batchnorm_backward(G, cache)
    for i, at in enumerate((X, gamma, beta)):

        def loss(value):
            inputs = [X, gamma, beta]
            inputs[i] = value
            return np.sum(G * forward(*inputs, eps=1e-3)[0])

        np.testing.assert_allclose(grads[i], numerical_gradient(loss, at), rtol=1e-7, atol=1e-8)


def test_in_a_network():
    rng = np.random.default_rng(2)
    X, labels = rng.standard_normal((9, 4)), rng.integers(0, 3, 9)
    params = mlp_init(rng, (4, 6, 5, 3), init=lambda rng, s: rng.standard_normal(s), normalized=True)
    parts = dict(
        loss=softmax_cross_entropy,
        affine_backward=affine_backward,
        activation=(relu, relu_backward),
        normalization=(batchnorm_forward, batchnorm_backward),
    )
    running = {1: batchnorm_init(6), 2: batchnorm_init(5)}

    def loss_and_grads(params):
        return mlp_loss_and_grads(params, X, labels, running=dict(running), **parts)

    assert gradient_check(loss_and_grads, params) == []
    assert np.abs(loss_and_grads(params)[1]["b1"]).max() < 1e-12  # a bias before batch norm does nothing
    # W -> 3W: the loss stays, the gradient of W is a third (exactly for eps -> 0)
    tiny = dict(parts, normalization=(lambda *args: batchnorm_forward(*args, eps=1e-14), batchnorm_backward))
    params["b1"] = np.zeros(6)
    a, grads = mlp_loss_and_grads(params, X, labels, running=dict(running), **tiny)
    scaled = {**params, "W1": 3 * params["W1"]}
    b, grads_scaled = mlp_loss_and_grads(scaled, X, labels, running=dict(running), **tiny)
    assert a == pytest.approx(b, rel=1e-12)
    np.testing.assert_allclose(3 * grads_scaled["W1"], grads["W1"], rtol=1e-9, atol=1e-12)
    # and training leaves statistics with which evaluation works on a single row
    mlp_loss_and_grads(params, X, labels, running=running, **parts)
    scores = mlp_scores(params, X[:1], activation=parts["activation"], normalization=parts["normalization"],
                        running=running)  # fmt: skip
    assert scores.shape == (1, 3) and np.isfinite(scores).all()


# ---- laws ---------------------------------------------------------------------------------------


@few
@given(seed=st.integers(0, 10**6), factor=st.floats(0.1, 100), offset=st.floats(-100, 100))
def test_training_forgets_scale_and_shift(seed, factor, offset):
    X, _, gamma, beta = sample(seed)
    out, _ = forward(X, gamma, beta, eps=1e-14)
    moved, _ = forward(factor * X + offset, gamma, beta, eps=1e-14)
    np.testing.assert_allclose(moved, out, atol=1e-8)
    np.testing.assert_allclose(out.mean(axis=0), beta, atol=1e-12)
    np.testing.assert_allclose(out.std(axis=0), gamma, rtol=1e-9)


@few
@given(seed=st.integers(0, 10**6))
def test_gradient_of_x_is_orthogonal_to_what_is_forgotten(seed):
    X, G, gamma, beta = sample(seed)
    _, cache = forward(X, gamma, beta, eps=1e-14)
    grad_X, _, _ = batchnorm_backward(G, cache)
    np.testing.assert_allclose(grad_X.sum(axis=0), 0, atol=1e-10)
    np.testing.assert_allclose((grad_X * X).sum(axis=0), 0, atol=1e-9)


def test_running_statistics_tend_to_those_of_the_data():
    rng = np.random.default_rng(3)
    running = batchnorm_init(2)
    means, variances = [], []
    for _ in range(2000):
        X = rng.standard_normal((4, 2)) * [1, 3] + [5, -2]
        _, _, running = batchnorm_forward(X, np.ones(2), np.zeros(2), running, True, momentum=0.1)
        means.append(running[0])
        variances.append(running[1])
    np.testing.assert_allclose(np.mean(means[200:], axis=0), [5, -2], atol=0.1)
    # unbiased: with the biased variance of 4 examples this would be a quarter too small
    np.testing.assert_allclose(np.mean(variances[200:], axis=0), [1, 9], rtol=0.05)


def test_momentum_is_the_weight_of_the_new():
    X, _, gamma, beta = sample(4)
    old = (np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
    _, _, same = batchnorm_forward(X, gamma, beta, old, True, momentum=0)
    assert np.array_equal(same, old)
    _, _, new = batchnorm_forward(X, gamma, beta, old, True, momentum=1)
    np.testing.assert_allclose(new, [X.mean(axis=0), X.var(axis=0, ddof=1)], rtol=1e-13)


@few
@given(seed=st.integers(0, 10**6))
def test_evaluation_treats_each_row_alone(seed):
    X, G, gamma, beta = sample(seed)
    running = (G[0], G[1] ** 2)
    together, _, _ = batchnorm_forward(X, gamma, beta, running, False)
    alone = [batchnorm_forward(row[None], gamma, beta, running, False)[0][0] for row in X]
    np.testing.assert_allclose(together, alone, rtol=1e-13)
    identity, _, _ = batchnorm_forward(X, np.ones(3), np.zeros(3), batchnorm_init(3), False, eps=1e-14)
    np.testing.assert_allclose(identity, X, rtol=1e-12)


@few
@given(seed=st.integers(0, 10**6))
def test_folding_and_its_inverse(seed):
    rng = np.random.default_rng(seed)
    X, W, b = rng.standard_normal((6, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)
    gamma, beta, mean = rng.uniform(0.5, 2, 3), rng.standard_normal(3), rng.standard_normal(3)
    var = rng.uniform(0.1, 4, 3)
    expected, _, _ = batchnorm_forward(X @ W + b, gamma, beta, (mean, var), False, eps=1e-3)
    folded_W, folded_b = fold_batchnorm(W, b, gamma, beta, (mean, var), eps=1e-3)
    np.testing.assert_allclose(X @ folded_W + folded_b, expected, rtol=1e-10, atol=1e-12)
    # the batch norm that undoes this one: scale and shift swap roles
    eps = 1e-3
    undo = (beta, gamma**2 - eps)
    W_again, b_again = fold_batchnorm(folded_W, folded_b, np.sqrt(var + eps), mean, undo, eps=eps)
    np.testing.assert_allclose(W_again, W, rtol=1e-12)
    np.testing.assert_allclose(b_again, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_inputs_are_kept(dtype):
    arrays = [array.astype(dtype) for array in sample(5)]
    before = [array.copy() for array in arrays]
    running = batchnorm_init(3, dtype=dtype)
    for array in (*arrays, *running):
        array.flags.writeable = False
    X, G, gamma, beta = arrays
    out, cache, new = batchnorm_forward(X, gamma, beta, running, True)
    evaluated, _, _ = batchnorm_forward(X, gamma, beta, running, False)
    results = [out, evaluated, *new, *cache.values(), *batchnorm_backward(G, cache)]
    results += batchnorm_backward_steps(G, cache).values()
    results += fold_batchnorm(X.T, beta[[0, 1, 2, 0, 1, 2, 0]], *[np.resize(a, 7) for a in (gamma, beta)],
                              (np.resize(beta, 7), np.resize(gamma, 7)))  # fmt: skip
    assert {result.dtype for result in results} == {np.dtype(dtype)}
    assert all(map(np.array_equal, arrays, before))
    exact, _ = forward(*[a.astype(np.float64) for a in (X, gamma, beta)])
    np.testing.assert_allclose(out, exact, rtol=1e-5, atol=1e-5)


def test_nan_stays_in_its_column():
    X, _, gamma, beta = sample(6)
    X[2, 1] = np.nan
    out, _, running = batchnorm_forward(X, gamma, beta, batchnorm_init(3), True)
    for array in (out, *running):
        assert np.isnan(array[..., 1]).all() and np.isfinite(array[..., [0, 2]]).all()


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(momentum=-0.1), r"momentum = -0.1: must be in \[0, 1\]"),
        (dict(momentum=float("nan")), r"momentum = nan: must be in \[0, 1\]"),
        (dict(momentum=1.1), r"momentum = 1.1: must be in \[0, 1\]"),
        (dict(eps=0), "eps = 0: must be a number > 0"),
        (dict(eps=float("nan")), "eps = nan: must be a number > 0"),
    ],
)
def test_refuses(options, message):
    X, _, gamma, beta = sample(7)
    with pytest.raises(ValueError, match=message):
        batchnorm_forward(X, gamma, beta, batchnorm_init(3), True, **options)


def test_one_example_has_no_variance():
    X, _, gamma, beta = sample(8, n=1)
    with pytest.raises(ValueError, match=r"len\(X\) = 1: must be at least 2 in training"):
        batchnorm_forward(X, gamma, beta, batchnorm_init(3), True)
    with pytest.raises(ValueError, match="eps = 0"):
        fold_batchnorm(np.eye(3), beta, gamma, beta, batchnorm_init(3), eps=0)
