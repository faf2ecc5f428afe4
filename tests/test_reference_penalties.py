"""Penalties, soft threshold, ridge and max-norm against scikit-learn and PyTorch, and their laws."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reference.gradient_check import numerical_gradient
from reference.penalties import (
    elastic_net,
    l1_penalty,
    l2_penalty,
    max_norm,
    proximal_gradient_step,
    ridge_solution,
    soft_threshold,
)

few = settings(max_examples=40, deadline=None, derandomize=True)
GOLDEN = np.load(Path(__file__).parent / "golden" / "penalties.npz")
X, Y, W = GOLDEN["X"], GOLDEN["y"], GOLDEN["W"]
STRENGTH, L1, L2 = GOLDEN["strengths"].tolist()
PENALTIES = [
    lambda w: l1_penalty(w, strength=0.3),
    lambda w: l2_penalty(w, strength=0.3),
    lambda w: elastic_net(w, l1_strength=0.3, l2_strength=0.7),
]
numbers = st.floats(-1e3, 1e3)
vectors = hnp.arrays(np.float64, 4, elements=numbers)


def data_gradient(w):
    return X.T @ (X @ w - Y) / len(X)


def ista(step):
    w = np.zeros(X.shape[1])
    for _ in range(2500):
        w = step(w)
    return w


LR = 1 / np.linalg.eigvalsh(X.T @ X / len(X)).max()

# ---- from outside -------------------------------------------------------------------------------


def test_gradients_are_pytorchs():
    np.testing.assert_allclose(l2_penalty(W, strength=STRENGTH)[1], GOLDEN["l2_grad"], rtol=1e-15)
    grad = elastic_net(W, l1_strength=L1, l2_strength=L2)[1]
    np.testing.assert_allclose(grad, GOLDEN["elastic_net_grad"], rtol=1e-14)
    np.testing.assert_allclose(W - 0.1 * l2_penalty(W, strength=STRENGTH)[1], GOLDEN["decayed"], rtol=1e-14, atol=1e-16)


def test_soft_threshold_is_pytorchs_softshrink():
    np.testing.assert_allclose(soft_threshold(W, threshold=0.4), GOLDEN["softshrink"], rtol=1e-14)
    assert np.sum(soft_threshold(W, threshold=0.4) == 0) == np.sum(GOLDEN["softshrink"] == 0) > 0


def test_ridge_is_scikit_learns():
    w = ridge_solution(X, Y, strength=STRENGTH)
    np.testing.assert_allclose(w, GOLDEN["ridge"], rtol=1e-12, atol=1e-13)


def test_ista_reaches_scikit_learns_lasso():
    w = ista(lambda w: proximal_gradient_step(w, data_gradient(w), lr=LR, strength=STRENGTH))
    np.testing.assert_allclose(w, GOLDEN["lasso"], rtol=1e-12, atol=1e-12)
    assert np.array_equal(w == 0, GOLDEN["lasso"] == 0) and np.sum(w == 0) >= 2


def test_ista_with_l2_reaches_scikit_learns_elastic_net():
    def step(w):
        grads = data_gradient(w) + l2_penalty(w, strength=L2)[1]
        return proximal_gradient_step(w, grads, lr=1 / (1 / LR + L2), strength=L1)

    w = ista(step)
    np.testing.assert_allclose(w, GOLDEN["elastic_net"], rtol=1e-12, atol=1e-12)


def test_max_norm_is_renorm_without_its_1e_7():
    ours, theirs = max_norm(W, limit=1.7), GOLDEN["renorm"]
    norms = np.linalg.norm(W, axis=0)
    assert 0 < np.sum(norms > 1.7) < len(norms)
    inside = norms <= 1.7
    assert np.array_equal(ours[:, inside], W[:, inside]) and np.array_equal(theirs[:, inside], W[:, inside])
    as_theirs = ours[:, ~inside] * norms[~inside] / (norms[~inside] + 1e-7)
    np.testing.assert_allclose(as_theirs, theirs[:, ~inside], rtol=1e-12)
    assert np.all(np.linalg.norm(theirs[:, ~inside], axis=0) < 1.7)


# ---- laws ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("shape", [(), (5,), (3, 2)])
def test_gradient_is_the_slope(penalty, shape):
    w = np.random.default_rng(1).choice([-1, 1], shape) * np.random.default_rng(2).uniform(0.5, 2, shape)
    numeric = numerical_gradient(lambda w: penalty(w)[0], w)
    np.testing.assert_allclose(penalty(w)[1], numeric, rtol=1e-8)


@pytest.mark.parametrize("penalty", PENALTIES)
@few
@given(v=vectors, w=vectors)
def test_subgradient_lies_below(penalty, v, w):
    """R(v) >= R(w) + <g, v - w>: what makes g a subgradient, corners included."""
    value, grad = penalty(w)
    assert penalty(v)[0] >= value + grad @ (v - w) - 1e-9 * (1 + abs(value) + np.abs(grad) @ np.abs(v - w))


def test_values():
    w = np.array([[1.0, -2.0], [0.0, 3.0]])
    assert l2_penalty(w, strength=0.5)[0] == 3.5 and l1_penalty(w, strength=0.5)[0] == 3
    assert elastic_net(w, l1_strength=0.5, l2_strength=0.5)[0] == 6.5
    assert l1_penalty(w, strength=0.5)[1].tolist() == [[0.5, -0.5], [0, 0.5]]


@few
@given(v=vectors, w=vectors, threshold=st.floats(0, 100))
def test_soft_threshold_is_firmly_nonexpansive(v, w, threshold):
    """|Tv - Tw|^2 <= <Tv - Tw, v - w>."""
    moved = soft_threshold(v, threshold=threshold) - soft_threshold(w, threshold=threshold)
    assert moved @ moved <= moved @ (v - w) + 1e-9 * (1 + np.sum((v - w) ** 2))


@few
@given(w=numbers, u=numbers, threshold=st.floats(0, 100))
def test_soft_threshold_is_the_proximal_operator(w, u, threshold):
    best = soft_threshold(np.array(w), threshold=threshold)

    def objective(u):
        return (u - w) ** 2 / 2 + threshold * abs(u)

    assert objective(best) <= objective(u) * (1 + 1e-9) + 1e-9


@few
@given(w=vectors, threshold=st.floats(0, 100))
def test_soft_threshold_formula(w, threshold):
    got = soft_threshold(w, threshold=threshold)
    np.testing.assert_allclose(got, np.sign(w) * np.maximum(np.abs(w) - threshold, 0), atol=1e-13)
    assert np.all(got[np.abs(w) <= threshold] == 0)
    assert np.array_equal(soft_threshold(w, threshold=0), w)


@few
@given(seed=st.integers(0, 10**6), strength=st.floats(0.01, 1.5))
def test_lasso_fixed_point_meets_kkt(seed, strength):
    """Where w = 0 the data gradient is at most `strength`; elsewhere it is -strength * sign(w)."""
    rng = np.random.default_rng(seed)
    X = np.linalg.qr(rng.standard_normal((12, 4)))[0] * np.array([1, 2, 2, 1.5]) * 12**0.5
    y = X @ rng.integers(-1, 2, 4) + 0.1 * rng.standard_normal(12)
    w = np.zeros(4)
    for _ in range(60):
        w = proximal_gradient_step(w, X.T @ (X @ w - y) / 12, lr=0.25, strength=strength)
    grad = X.T @ (X @ w - y) / 12
    assert np.all(np.abs(grad[w == 0]) <= strength + 1e-6)
    np.testing.assert_allclose(grad[w != 0], -strength * np.sign(w[w != 0]), atol=1e-6)


def test_subgradient_steps_give_no_exact_zeros_and_ista_does():
    w = ista(lambda w: w - 0.01 * LR * (data_gradient(w) + l1_penalty(w, strength=STRENGTH)[1]))
    assert np.all(w != 0)
    assert np.any(ista(lambda w: proximal_gradient_step(w, data_gradient(w), lr=LR, strength=STRENGTH)) == 0)


def test_without_penalty_it_is_gradient_descent():
    w = np.linspace(-1, 2, 6)
    got = proximal_gradient_step(w, data_gradient(w), lr=0.1, strength=0)
    assert np.array_equal(got, w - 0.1 * data_gradient(w))


@few
@given(seed=st.integers(0, 10**6), strength=st.floats(0.01, 10))
def test_ridge_gradient_is_zero(seed, strength):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((7, 3)), rng.standard_normal(7)
    w = ridge_solution(X, y, strength=strength)
    total = X.T @ (X @ w - y) / 7 + l2_penalty(w, strength=strength)[1]
    np.testing.assert_allclose(total, 0, atol=1e-12)


def test_ridge_of_nothing_to_invert():
    with pytest.raises(np.linalg.LinAlgError):
        ridge_solution(np.zeros((3, 2)), np.ones(3), strength=0)


@few
@given(W=hnp.arrays(np.float64, (3, 4), elements=numbers), limit=st.floats(0.01, 100))
def test_max_norm_projects(W, limit):
    once = max_norm(W, limit=limit)
    assert np.all(np.linalg.norm(once, axis=0) <= limit * (1 + 1e-12))
    np.testing.assert_allclose(max_norm(once, limit=limit), once, rtol=1e-12)
    inside = np.sqrt(np.sum(W**2, axis=0)) <= limit
    assert np.array_equal(once[:, inside], W[:, inside])
    # direction kept
    np.testing.assert_allclose(once * np.linalg.norm(W, axis=0), W * np.linalg.norm(once, axis=0), atol=1e-7)


CALLS = {
    "l1_penalty": lambda w: l1_penalty(w, strength=0.3)[1],
    "l2_penalty": lambda w: l2_penalty(w, strength=0.3)[1],
    "elastic_net": lambda w: elastic_net(w, l1_strength=0.3, l2_strength=0.2)[1],
    "soft_threshold": lambda w: soft_threshold(w, threshold=0.3),
    "proximal_gradient_step": lambda w: proximal_gradient_step(w, w, lr=0.1, strength=0.3),
    "max_norm": lambda w: max_norm(w, limit=1.5),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_shape_and_inputs_are_kept(name, dtype):
    w = W.astype(dtype)
    before = w.copy()
    w.flags.writeable = False
    got = CALLS[name](w)
    assert got.dtype == dtype and got.shape == w.shape and np.array_equal(w, before)
    assert not np.shares_memory(got, w)
    np.testing.assert_allclose(got, CALLS[name](W), rtol=1e-5, atol=1e-6)


def test_values_and_ridge_keep_float32():
    w = W.astype(np.float32)
    assert {l1_penalty(w, strength=0.3)[0].dtype, l2_penalty(w, strength=0.3)[0].dtype} == {np.dtype("f4")}
    w = ridge_solution(X.astype(np.float32), Y.astype(np.float32), strength=STRENGTH)
    assert w.dtype == np.float32
    np.testing.assert_allclose(w, GOLDEN["ridge"], rtol=1e-4, atol=1e-5)


def test_nan_and_inf_as_documented():
    w = np.array([np.nan, np.inf, 1.0])
    assert np.isnan(l1_penalty(w, strength=1)[0]) and np.isnan(l2_penalty(w, strength=1)[0])
    np.testing.assert_array_equal(l1_penalty(w, strength=2.0)[1], [np.nan, 2, 2])
    np.testing.assert_array_equal(soft_threshold(w, threshold=0.25), [np.nan, np.inf, 0.75])


def test_an_infinite_limit_changes_nothing():
    W = np.array([[3.0, 0.0, 1e200], [4.0, 0.0, 1.0]])
    with np.errstate(over="ignore", invalid="raise"):
        np.testing.assert_array_equal(max_norm(W[:, :2], limit=float("inf")), W[:, :2])


STRENGTH_MESSAGE = "strength = {}: must be a number >= 0"


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda bad: l1_penalty(W, strength=bad), STRENGTH_MESSAGE),
        (lambda bad: l2_penalty(W, strength=bad), STRENGTH_MESSAGE),
        (lambda bad: elastic_net(W, l1_strength=bad, l2_strength=1), "l1_" + STRENGTH_MESSAGE),
        (lambda bad: elastic_net(W, l1_strength=1, l2_strength=bad), "l2_" + STRENGTH_MESSAGE),
        (lambda bad: soft_threshold(W, threshold=bad), "threshold = {}: must be a number >= 0"),
        (lambda bad: proximal_gradient_step(W, W, lr=bad, strength=1), "lr = {}: must be a number >= 0"),
        (lambda bad: proximal_gradient_step(W, W, lr=1, strength=bad), STRENGTH_MESSAGE),
        (lambda bad: ridge_solution(X, Y, strength=bad), STRENGTH_MESSAGE),
        (lambda bad: max_norm(W, limit=bad), "limit = {}: must be a number > 0"),
    ],
)
@pytest.mark.parametrize("bad", [-0.5, float("nan")])
def test_refuses(call, message, bad):
    with pytest.raises(ValueError) as error:
        call(bad)
    assert str(error.value) == message.format(bad)


def test_an_infinite_limit_on_the_norm_changes_nothing():
    W = np.array([[3.0, 0.0], [4.0, 0.0]])
    np.testing.assert_array_equal(max_norm(W, limit=np.inf), W)
    np.testing.assert_array_equal(max_norm(W, limit=2.5), W / [2.0, 1.0])
    assert max_norm(W.astype(np.float32), limit=np.inf).dtype == np.float32
