"""Losses: gradients agree with central differences, extreme logits stay finite, and shapes that would broadcast are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.losses import mean_squared_error, softmax_cross_entropy

few = settings(max_examples=30, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)


def central_differences(loss, x, h=1e-6):
    slopes = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = h
        slopes[place] = (loss(x + step)[0] - loss(x - step)[0]) / (2 * h)
    return slopes


@given(seed=seeds, N=st.integers(1, 5), K=st.integers(1, 5))
@few
def test_gradient_of_cross_entropy(seed, N, K):
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(0, 2, (N, K)), rng.integers(K, size=N)
    loss, grad_logits = softmax_cross_entropy(logits, labels)
    np.testing.assert_allclose(
        grad_logits, central_differences(lambda z: softmax_cross_entropy(z, labels), logits), atol=1e-8
    )
    np.testing.assert_allclose(grad_logits.sum(axis=1), 0, atol=1e-12)
    assert loss == pytest.approx(
        np.mean([np.log(np.exp(row - row[label]).sum()) for row, label in zip(logits, labels)])
    )


@given(seed=seeds, shift=st.floats(-1000, 1000))
@few
def test_adding_a_number_to_a_row_changes_nothing(seed, shift):
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(size=(3, 4)), np.array([0, 3, 1])
    before, after = softmax_cross_entropy(logits, labels), softmax_cross_entropy(logits + shift, labels)
    np.testing.assert_allclose(after[0], before[0], rtol=1e-9)
    np.testing.assert_allclose(after[1], before[1], atol=1e-12)


def test_a_model_that_knows_nothing_and_one_that_is_sure_and_wrong():
    assert softmax_cross_entropy(np.zeros((2, 10)), np.array([4, 7]))[0] == pytest.approx(np.log(10))
    loss, grad_logits = softmax_cross_entropy(np.array([[2000.0, 0.0]]), np.array([1]))
    assert loss == 2000 and grad_logits.tolist() == [[1.0, -1.0]]


@given(seed=seeds, shape=st.sampled_from([(), (3,), (2, 3), (1, 1), (2, 1, 3)]))
@few
def test_gradient_of_squared_error(seed, shape):
    rng = np.random.default_rng(seed)
    outputs, targets = rng.normal(size=shape), rng.normal(size=shape)
    loss, grad_outputs = mean_squared_error(outputs, targets)
    assert loss == pytest.approx(np.mean((outputs - targets) ** 2))
    np.testing.assert_allclose(
        grad_outputs, central_differences(lambda o: mean_squared_error(o, targets), np.array(outputs)), atol=1e-8
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_stays(dtype):
    loss, grad = softmax_cross_entropy(np.ones((2, 3), dtype), np.array([0, 2]))
    assert loss.dtype == grad.dtype == dtype
    loss, grad = mean_squared_error(np.ones(3, dtype), np.zeros(3, dtype))
    assert loss.dtype == grad.dtype == dtype


@pytest.mark.parametrize(
    "logits, labels",
    [
        (np.ones(3), np.zeros(3, int)),
        (np.ones((2, 3)), np.array([0, -1])),
        (np.ones((2, 3)), np.array([0, 3])),
        (np.ones((2, 3)), np.array([[0], [1]])),
        (np.ones((2, 3)), np.array([0])),
        (np.ones((2, 0)), np.array([0, 0])),
    ],
)
def test_wrong_shapes_and_labels_are_refused(logits, labels):
    with pytest.raises(ValueError, match="must be"):
        softmax_cross_entropy(logits, labels)


def test_outputs_and_targets_are_not_broadcast():
    with pytest.raises(ValueError, match="targets.shape"):
        mean_squared_error(np.ones(3), np.ones((3, 1)))
