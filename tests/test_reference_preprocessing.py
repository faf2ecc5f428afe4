"""Scaling, PCA and whitening against scikit-learn and scipy, and their laws."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.preprocessing import (
    min_max_fit,
    pca,
    pca_fit,
    pca_whiten,
    rescale,
    standardize_fit,
    zca_matrix,
)

few = settings(max_examples=40, deadline=None, derandomize=True)
GOLDEN = np.load(Path(__file__).parent / "golden" / "preprocessing.npz")
X, NEW = GOLDEN["X"], GOLDEN["new"]
N, D = X.shape


def sample(seed, n=12, d=4):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + 5 * rng.standard_normal(d)


# ---- from outside -------------------------------------------------------------------------------


@pytest.mark.parametrize("name, fit", [("standard", standardize_fit), ("min_max", min_max_fit)])
@pytest.mark.parametrize("kind, train", [("plain", X), ("constant", GOLDEN["constant"])])
def test_scalers_are_scikit_learns(name, fit, kind, train):
    got = rescale(NEW, *fit(train))
    np.testing.assert_allclose(got, GOLDEN[f"{kind}_{name}"], rtol=1e-12, atol=1e-13)


def test_pca_is_scikit_learns():
    mean, components, variances = pca_fit(X)
    np.testing.assert_allclose(mean, GOLDEN["mean"], rtol=1e-13)
    np.testing.assert_allclose(components, GOLDEN["components"].T, rtol=1e-11, atol=1e-12)
    # scikit-learn divides by N - 1
    np.testing.assert_allclose(variances * N / (N - 1), GOLDEN["variances"], rtol=1e-12)
    np.testing.assert_allclose(pca(NEW, mean, components), GOLDEN["coordinates"], rtol=1e-11, atol=1e-11)
    white = pca_whiten(NEW, mean, components, variances) * np.sqrt((N - 1) / N)
    np.testing.assert_allclose(white, GOLDEN["pca_white"], rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("eps, name", [(0.0, "zca"), (0.5, "zca_eps")])
def test_zca_is_the_inverse_root_of_the_covariance(eps, name):
    _, components, variances = pca_fit(X)
    M = zca_matrix(components, variances, eps=eps)
    np.testing.assert_allclose(M, GOLDEN[name], rtol=1e-9, atol=1e-10)


# ---- laws ---------------------------------------------------------------------------------------


@few
@given(seed=st.integers(0, 10**6))
def test_standardized(seed):
    X = sample(seed)
    Z = rescale(X, *standardize_fit(X))
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(Z.std(axis=0), 1, rtol=1e-12)
    shift, scale = standardize_fit(3 * X - 7)  # units do not matter
    np.testing.assert_allclose(rescale(3 * X - 7, shift, scale), Z, atol=1e-11)


@few
@given(seed=st.integers(0, 10**6))
def test_min_max_fills_the_unit_interval(seed):
    X = sample(seed)
    Z = rescale(X, *min_max_fit(X))
    assert np.all(Z.min(axis=0) == 0)
    np.testing.assert_allclose(Z.max(axis=0), 1, rtol=1e-14)


@pytest.mark.parametrize("fit", [standardize_fit, min_max_fit])
@pytest.mark.parametrize("value", [0.1, 1e10, -1 / 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_feature_becomes_zero(fit, value, dtype):
    """0.1 is the hard one: the mean of many 0.1 is not 0.1, and a std of 1e-17 would blow that up."""
    X = np.stack([np.full(1001, value), np.arange(1001.0)], axis=1).astype(dtype)
    shift, scale = fit(X)
    assert scale[0] == 1 and scale[1] > 1
    np.testing.assert_allclose(rescale(X, shift, scale)[:, 0], 0, atol=abs(value) * 2e-5)


def test_only_the_training_set_is_measured():
    shift, scale = standardize_fit(X)
    both = rescale(np.concatenate([X, NEW]), shift, scale)
    assert np.array_equal(both[:N], rescale(X, shift, scale)) and abs(both[N:].mean()) > 0.1


@few
@given(seed=st.integers(0, 10**6), wide=st.booleans())
def test_pca_diagonalizes_the_covariance(seed, wide):
    X = sample(seed, n=3 if wide else 12, d=4)
    mean, components, variances = pca_fit(X)
    K = min(X.shape)
    assert components.shape == (4, K) and variances.shape == (K,) and np.all(np.diff(variances) <= 0)
    np.testing.assert_allclose(components.T @ components, np.eye(K), atol=1e-12)
    Z = pca(X, mean, components)
    np.testing.assert_allclose(Z.T @ Z / len(X), np.diag(variances), atol=1e-10)
    np.testing.assert_allclose(Z @ components.T + mean, X, atol=1e-11)
    assert np.all(components[np.argmax(np.abs(components), axis=0), np.arange(K)] > 0)


@few
@given(seed=st.integers(0, 10**6), k=st.integers(1, 4))
def test_few_components_project(seed, k):
    X = sample(seed)
    mean, components, variances = pca_fit(X, num_components=k)
    assert components.shape == (4, k) and variances.shape == (k,)
    once = pca(X, mean, components) @ components.T + mean
    np.testing.assert_allclose(pca(once, mean, components) @ components.T + mean, once, atol=1e-11)
    _, _, everything = pca_fit(X)
    assert np.sum((X - once) ** 2) / len(X) == pytest.approx(everything[k:].sum(), abs=1e-10)


@few
@given(seed=st.integers(0, 10**6))
def test_whitened_data_has_covariance_identity(seed):
    X = sample(seed, n=40)
    mean, components, variances = pca_fit(X)
    M = zca_matrix(components, variances)
    np.testing.assert_allclose(M, M.T, atol=1e-9 * np.abs(M).max())
    for Z in (pca_whiten(X, mean, components, variances), (X - mean) @ M):
        np.testing.assert_allclose(Z.T @ Z / len(X), np.eye(4), atol=1e-8)
    zca, rotated = (X - mean) @ M, pca_whiten(X, mean, components, variances)
    assert np.sum((zca - X) ** 2) <= np.sum((rotated - X) ** 2) + 1e-9


def test_standardizing_can_worsen_the_conditioning():
    """With three correlated features the different scales may happen to help."""
    C = np.array([[9.0, -4, 8], [-4, 4, -4], [8, -4, 9]])
    raw = np.random.default_rng(0).standard_normal((50, 3))
    X = pca_whiten(raw, *pca_fit(raw)) @ np.linalg.cholesky(C).T
    np.testing.assert_allclose(X.T @ X / 50, C, atol=1e-12)
    Z = rescale(X, *standardize_fit(X))
    assert np.linalg.cond(X.T @ X) == pytest.approx(19.117, rel=1e-4)
    assert np.linalg.cond(Z.T @ Z) == pytest.approx(22.381, rel=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_inputs_are_kept(dtype):
    train = X.astype(dtype)
    before = train.copy()
    train.flags.writeable = False
    mean, components, variances = pca_fit(train)
    results = [
        *standardize_fit(train), *min_max_fit(train), rescale(train, *standardize_fit(train)),
        mean, components, variances, pca(train, mean, components),
        pca_whiten(train, mean, components, variances, eps=1e-3), zca_matrix(components, variances, eps=1e-3),
    ]  # fmt: skip
    assert {result.dtype for result in results} == {np.dtype(dtype)}
    assert np.array_equal(train, before)


def test_nan_as_documented():
    bad = X.copy()
    bad[3, 1] = np.nan
    for fit in (standardize_fit, min_max_fit):
        shift, scale = fit(bad)
        assert np.isnan(shift[1]) and np.isfinite(np.delete(shift, 1)).all()
        Z = rescale(bad, shift, scale)
        assert np.isnan(Z[:, 1]).all() and np.isfinite(np.delete(Z, 1, axis=1)).all()
    with pytest.raises(np.linalg.LinAlgError):
        pca_fit(bad)


@pytest.mark.parametrize("bad", [0, 6, -1])
def test_pca_refuses(bad):
    with pytest.raises(ValueError, match=rf"num_components = {bad}: must be None, or in \[1, 5\]"):
        pca_fit(X, num_components=bad)


@pytest.mark.parametrize("bad", [-1e-9, float("nan")])
def test_whitening_refuses(bad):
    mean, components, variances = pca_fit(X)
    with pytest.raises(ValueError, match=f"eps = {bad}: must be a number >= 0"):
        pca_whiten(X, mean, components, variances, eps=bad)
    with pytest.raises(ValueError, match=f"eps = {bad}: must be a number >= 0"):
        zca_matrix(components, variances, eps=bad)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_whole_numbers_do_not_wrap_around(dtype):
    X = np.array([[5, 100], [60, -100 if dtype == np.int8 else 200]], dtype=dtype)
    shift, scale = min_max_fit(X)
    np.testing.assert_array_equal(rescale(X, shift, scale), rescale(X.astype(float), *min_max_fit(X.astype(float))))
    assert rescale(np.array([[3, 0]], dtype=dtype), shift, scale)[0, 0] == (3 - 5) / 55
