"""Dropout against PyTorch, its expectation, and dropout as an ensemble and as ridge."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.dropout import dropout_backward, dropout_forward
from reference.gradient_check import numerical_gradient

few = settings(max_examples=40, deadline=None, derandomize=True)
GOLDEN = np.load(Path(__file__).parent / "golden" / "dropout.npz")
P = float(GOLDEN["p"])


class Draws:
    """A generator whose next draw is known."""

    def __init__(self, values):
        self.values = values

    def random(self, shape):
        assert shape == self.values.shape
        return self.values


@pytest.mark.parametrize("dtype, rtol", [("float64", 1e-15), ("float32", 3e-7)])
def test_forward_and_backward_are_pytorchs(dtype, rtol):
    kept = GOLDEN[f"{dtype}_out"] != 0
    assert 0 < kept.mean() < 1
    out, mask = dropout_forward(GOLDEN[f"{dtype}_X"], p=P, rng=Draws(np.where(kept, 0.9, 0.1)))
    np.testing.assert_allclose(out, GOLDEN[f"{dtype}_out"], rtol=rtol)
    grad = dropout_backward(GOLDEN[f"{dtype}_G"], mask)
    np.testing.assert_allclose(grad, GOLDEN[f"{dtype}_grad"], rtol=rtol)
    assert out.dtype == mask.dtype == grad.dtype == dtype


def test_the_one_draw_of_the_contract():
    X = np.ones((4, 5))
    out, mask = dropout_forward(X, p=0.3, rng=np.random.default_rng(4))
    rng = np.random.default_rng(4)
    assert np.array_equal(mask, (rng.random((4, 5)) >= 0.3) / 0.7) and np.array_equal(out, mask)
    used = np.random.default_rng(4)
    dropout_forward(X, p=0.3, rng=used)
    assert used.random() == rng.random()


def test_a_draw_equal_to_p_is_kept():
    _, mask = dropout_forward(np.ones(3), p=0.25, rng=Draws(np.array([0.25, 0.2499, 0.0])))
    np.testing.assert_allclose(mask, [1 / 0.75, 0, 0])


@few
@given(p=st.floats(0, 0.95), seed=st.integers(0, 10**6))
def test_expected_output_is_the_input(p, seed):
    X = np.random.default_rng(seed).uniform(-2, 2, (1, 3))
    n = 20_000
    out, _ = dropout_forward(np.repeat(X, n, axis=0), p=p, rng=np.random.default_rng(seed + 1))
    sigma = np.abs(X[0]) * np.sqrt(p / (1 - p) / n)
    assert np.all(np.abs(out.mean(axis=0) - X[0]) <= 6 * sigma + 1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4)])
def test_evaluation_is_the_identity(dtype, shape):
    X = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    out, mask = dropout_forward(X, p=0.5, rng=None, training=False)
    assert np.array_equal(out, X) and np.array_equal(mask, np.ones(shape))
    assert out.dtype == mask.dtype == dtype
    assert np.array_equal(dropout_backward(X, mask), X)


@few
@given(p=st.floats(0, 0.95), seed=st.integers(0, 10**6))
def test_values_and_inputs(p, seed):
    X = np.random.default_rng(seed).uniform(1, 2, (3, 4)).astype(np.float32)
    before = X.copy()
    X.flags.writeable = False
    out, mask = dropout_forward(X, p=p, rng=np.random.default_rng(seed))
    assert np.array_equal(X, before) and out.dtype == np.float32
    assert np.all((out == 0) | np.isclose(out, X / (1 - p), rtol=1e-6))
    assert np.array_equal(out == 0, mask == 0)
    if p == 0:
        assert np.array_equal(out, X)


def test_backward_is_the_slope_of_forward():
    rng = np.random.default_rng(2)
    X, G, draws = rng.standard_normal((3, 4)), rng.standard_normal((3, 4)), rng.random((3, 4))
    _, mask = dropout_forward(X, p=0.4, rng=Draws(draws))
    numeric = numerical_gradient(lambda X: np.sum(G * dropout_forward(X, p=0.4, rng=Draws(draws))[0]), X)
    np.testing.assert_allclose(dropout_backward(G, mask), numeric, rtol=1e-8, atol=1e-9)


def all_masked(x, p):
    """x under each of the 2^D masks, and the probability of each."""
    draws = np.array(list(product([0.0, 1 - 1e-9], repeat=len(x))))
    out, mask = dropout_forward(np.tile(x, (len(draws), 1)), p=p, rng=Draws(draws))
    kept = (mask > 0).sum(axis=1)
    return out, (1 - p) ** kept * p ** (len(x) - kept)


def test_weight_scaling_is_exact_for_softmax_regression():
    """The geometric mean over all 2^8 masks, normalized, is the network without dropout."""
    rng = np.random.default_rng(3)
    x, W, b = rng.standard_normal(8), rng.standard_normal((8, 5)), rng.standard_normal(5)

    def log_softmax(z):
        z = z - z.max(axis=-1, keepdims=True)
        return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))

    masked, chance = all_masked(x, 0.5)
    assert chance.sum() == pytest.approx(1) and len(chance) == 256
    mean = np.exp(chance @ log_softmax(masked @ W + b))
    np.testing.assert_allclose(mean / mean.sum(), np.exp(log_softmax(x @ W + b)), rtol=1e-12)
    # with a hidden layer it is an approximation only
    hidden = rng.standard_normal((8, 8))
    mean = np.exp(chance @ log_softmax(np.tanh(masked @ hidden) @ W + b))
    full = np.exp(log_softmax(np.tanh(x @ hidden) @ W + b))
    assert np.abs(mean / mean.sum() - full).max() > 0.01


def test_dropout_of_inputs_is_ridge_in_expectation():
    """E (y - (x * mask) w)^2 = (y - x w)^2 + p / (1 - p) sum of x_j^2 w_j^2."""
    rng = np.random.default_rng(5)
    x, w, y, p = rng.standard_normal(6), rng.standard_normal(6), 0.7, 0.3
    masked, chance = all_masked(x, p)
    expected = (y - x @ w) ** 2 + p / (1 - p) * np.sum(x**2 * w**2)
    assert chance @ (y - masked @ w) ** 2 == pytest.approx(expected, rel=1e-12)


def test_nan_and_inf_as_documented():
    X, draws = np.array([np.nan, np.nan, np.inf, np.inf]), Draws(np.array([0.0, 0.9, 0.0, 0.9]))
    with np.errstate(invalid="ignore"):
        out, _ = dropout_forward(X, p=0.5, rng=draws)
    np.testing.assert_array_equal(out, [np.nan, np.nan, np.nan, np.inf])


@pytest.mark.parametrize("p", [-0.1, 1, 1.0, 1.5, float("nan"), float("inf")])
def test_refuses(p):
    with pytest.raises(ValueError, match=r"must be in \[0, 1\)") as error:
        dropout_forward(np.ones(3), p=p, rng=np.random.default_rng(0))
    assert str(error.value).startswith(f"p = {p!r}:")
