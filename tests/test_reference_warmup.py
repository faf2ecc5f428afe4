"""center_columns: obvious answers, and the laws that say what centring is."""

import numpy as np
import pytest

from reference.warmup import center_columns


def test_two_columns_by_hand():
    X = np.array([[1.0, 10.0], [3.0, 10.0], [5.0, 40.0]])
    np.testing.assert_array_equal(center_columns(X), [[-2, -10], [0, -10], [2, 20]])
    np.testing.assert_array_equal(X, [[1, 10], [3, 10], [5, 40]])


@pytest.mark.parametrize("shape", [(5, 2), (2, 5), (3, 3), (1, 4)])
def test_column_means_become_zero_and_differences_of_rows_stay(shape):
    X = np.random.default_rng(0).normal(7, 3, shape)
    centred = center_columns(X)
    np.testing.assert_allclose(centred.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(np.diff(centred, axis=0), np.diff(X, axis=0), atol=1e-14)
    np.testing.assert_allclose(center_columns(centred), centred, atol=1e-14)


def test_float32_stays_float32():
    assert center_columns(np.ones((3, 2), dtype=np.float32)).dtype == np.float32


def test_nan_stays_in_its_column():
    centred = center_columns(np.array([[1.0, np.nan], [3.0, 2.0]]))
    np.testing.assert_array_equal(centred, [[-1, np.nan], [1, np.nan]])
