"""Layer normalization against PyTorch, and its laws."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.batch_norm import batchnorm_forward, batchnorm_init
from reference.gradient_check import numerical_gradient
from reference.layer_norm import layernorm_backward, layernorm_forward

few = settings(max_examples=40, deadline=None, derandomize=True)
GOLDEN = np.load(Path(__file__).parent / "golden" / "normalization.npz")
GAMMA, BETA = GOLDEN["gamma"], GOLDEN["beta"]
EPS = float(GOLDEN["hyper"][1])


def sample(seed, shape=(4, 6)):
    rng = np.random.default_rng(seed)
    X, G = 3 * rng.standard_normal(shape) + 1, rng.standard_normal(shape)
    return X, G, rng.uniform(0.5, 2, shape[-1]), rng.standard_normal(shape[-1])


@pytest.mark.parametrize("name", ["2d", "3d"])
def test_pytorchs(name):
    out, cache = layernorm_forward(GOLDEN[f"ln{name}_X"], GAMMA, BETA, eps=EPS)
    np.testing.assert_allclose(out, GOLDEN[f"ln{name}_out"], rtol=1e-12, atol=1e-13)
    grads = layernorm_backward(GOLDEN[f"ln{name}_G"], cache)
    for part, grad in zip(["X", "gamma", "beta"], grads, strict=True):
        expected = GOLDEN[f"ln{name}_grad_{part}"]
        np.testing.assert_allclose(grad, expected, rtol=1e-11, atol=1e-12, err_msg=part)


@pytest.mark.parametrize("shape", [(6,), (4, 6), (2, 3, 5)])
def test_gradients_are_slopes(shape):
    X, G, gamma, beta = sample(1, shape)
    _, cache = layernorm_forward(X, gamma, beta)
    grads = layernorm_backward(G, cache)
    for i, at in enumerate((X, gamma, beta)):

        def loss(value):
            inputs = [X, gamma, beta]
            inputs[i] = value
            return np.sum(G * layernorm_forward(*inputs)[0])

        assert grads[i].shape == at.shape
        np.testing.assert_allclose(grads[i], numerical_gradient(loss, at), rtol=1e-7, atol=1e-8)


@few
@given(seed=st.integers(0, 10**6), factor=st.floats(0.1, 100), offset=st.floats(-100, 100))
def test_each_row_forgets_its_scale_and_shift(seed, factor, offset):
    X, _, gamma, beta = sample(seed)
    out, _ = layernorm_forward(X, gamma, beta, eps=1e-14)
    moved, _ = layernorm_forward(factor * X + offset, gamma, beta, eps=1e-14)
    np.testing.assert_allclose(moved, out, atol=1e-8)
    alone, _ = layernorm_forward(X[2], gamma, beta, eps=1e-14)
    np.testing.assert_allclose(alone, out[2], rtol=1e-12)


@few
@given(seed=st.integers(0, 10**6))
def test_it_is_batch_norm_of_the_transpose(seed):
    X, _, _, _ = sample(seed)
    ours, _ = layernorm_forward(X, np.ones(6), np.zeros(6))
    theirs, _, _ = batchnorm_forward(X.T, np.ones(4), np.zeros(4), batchnorm_init(4), True)
    np.testing.assert_allclose(ours, theirs.T, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_inputs_are_kept(dtype):
    arrays = [array.astype(dtype) for array in sample(2)]
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    X, G, gamma, beta = arrays
    out, cache = layernorm_forward(X, gamma, beta)
    assert {a.dtype for a in (out, *cache.values(), *layernorm_backward(G, cache))} == {np.dtype(dtype)}
    assert out.shape == X.shape and all(map(np.array_equal, arrays, before))


def test_nan_stays_in_its_row():
    X, _, gamma, beta = sample(3)
    X[1, 2] = np.nan
    out, _ = layernorm_forward(X, gamma, beta)
    assert np.isnan(out[1]).all() and np.isfinite(out[[0, 2, 3]]).all()


@pytest.mark.parametrize("bad", [0, -1, float("nan")])
def test_refuses(bad):
    X, _, gamma, beta = sample(4)
    with pytest.raises(ValueError, match=f"eps = {bad}: must be a number > 0"):
        layernorm_forward(X, gamma, beta, eps=bad)
