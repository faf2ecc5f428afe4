"""Losses and backward passes against PyTorch's autograd and against differences of themselves."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.backprop import affine, affine_backward, relu, relu_backward, two_layer_loss_and_grads
from reference.gradient_check import gradient_check, numerical_gradient
from reference.losses import mean_squared_error, softmax_cross_entropy

GOLDEN = np.load(Path(__file__).parent / "golden" / "gradients.npz")
seeds = st.integers(0, 10_000)
sizes = st.tuples(st.integers(1, 6), st.integers(1, 5), st.integers(1, 4))
few = settings(max_examples=25, deadline=None, derandomize=True)
close = np.testing.assert_allclose


# ---- from outside -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["usual", "huge", "tiny"])
def test_softmax_cross_entropy_is_pytorchs(size):
    loss, grad = softmax_cross_entropy(GOLDEN[f"ce_{size}_logits"], GOLDEN["ce_labels"])
    close(loss, GOLDEN[f"ce_{size}_loss"], rtol=1e-14)
    close(grad, GOLDEN[f"ce_{size}_grad"], rtol=0, atol=1e-15)


def test_softmax_cross_entropy_is_pytorchs_in_float32():
    loss, grad = softmax_cross_entropy(GOLDEN["ce_usual_logits"].astype(np.float32), GOLDEN["ce_labels"])
    assert loss.dtype == grad.dtype == np.float32
    close(loss, GOLDEN["ce_float32_loss"], rtol=1e-6)
    close(grad, GOLDEN["ce_float32_grad"], rtol=0, atol=1e-7)


@pytest.mark.parametrize("shape", ["0d", "1d", "2d"])
def test_mean_squared_error_is_pytorchs(shape):
    loss, grad = mean_squared_error(GOLDEN[f"mse_{shape}_outputs"], GOLDEN[f"mse_{shape}_targets"])
    close(loss, GOLDEN[f"mse_{shape}_loss"], rtol=1e-14)
    close(grad, GOLDEN[f"mse_{shape}_grad"], rtol=1e-14)


def test_affine_backward_is_pytorchs():
    grads = affine_backward(GOLDEN["affine_grad_out"], GOLDEN["affine_X"], GOLDEN["affine_W"])
    for name, grad in zip(["X", "W", "b"], grads):
        close(grad, GOLDEN[f"affine_grad_{name}"], rtol=0, atol=1e-14)


def test_relu_backward_is_pytorchs_at_the_kink_too():
    np.testing.assert_array_equal(relu_backward(GOLDEN["relu_grad_out"], GOLDEN["relu_X"]), GOLDEN["relu_grad_X"])


@pytest.mark.parametrize(
    "kind, y, loss_fn",
    [("mse", "net_targets", mean_squared_error), ("ce", "net_labels", softmax_cross_entropy)],
)
def test_the_two_layer_net_is_pytorchs(kind, y, loss_fn):
    params = {name: GOLDEN[f"net_{name}"] for name in ("W1", "b1", "W2", "b2")}
    loss, grads = two_layer_loss_and_grads(params, GOLDEN["affine_X"], GOLDEN[y], loss_fn=loss_fn)
    close(loss, GOLDEN[f"net_{kind}_loss"], rtol=1e-14)
    for name in params:
        close(grads[name], GOLDEN[f"net_{kind}_grad_{name}"], rtol=0, atol=1e-14)


# ---- differences --------------------------------------------------------------------------------


@given(size=sizes, seed=seeds)
@few
def test_every_backward_agrees_with_differences(size, seed):
    N, D, K = size
    rng = np.random.default_rng(seed)
    X, W, b, G = rng.normal(size=(N, D)), rng.normal(size=(D, K)), rng.normal(size=K), rng.normal(size=(N, K))
    labels, away = (
        rng.integers(K, size=N),
        np.where(rng.random((N, D)) < 0.5, -1, 1) * rng.uniform(0.1, 2, (N, D)),
    )
    grad_X, grad_W, grad_b = affine_backward(G, X, W)
    for grad, f, x in [
        (grad_X, lambda x: np.sum(G * affine(x, W, b)), X),
        (grad_W, lambda x: np.sum(G * affine(X, x, b)), W),
        (grad_b, lambda x: np.sum(G * affine(X, W, x)), b),
        (relu_backward(X, away), lambda x: np.sum(X * relu(x)), away),
        (softmax_cross_entropy(G, labels)[1], lambda x: softmax_cross_entropy(x, labels)[0], G),
        (mean_squared_error(X, away)[1], lambda x: mean_squared_error(x, away)[0], X),
    ]:
        assert grad.shape == x.shape
        close(grad, numerical_gradient(f, x), rtol=1e-6, atol=1e-8)


def a_network(seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    shapes = {"W1": (3, 5), "b1": (5,), "W2": (5, 2), "b2": (2,)}
    params = {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
    return params, rng.normal(size=(7, 3)).astype(dtype), rng.normal(size=(7, 2)).astype(dtype)


@pytest.mark.parametrize("seed", range(3))
def test_the_network_passes_the_gradient_check(seed, capsys):
    params, X, targets = a_network(seed)
    wrong = gradient_check(lambda p: two_layer_loss_and_grads(p, X, targets, loss_fn=mean_squared_error), params)
    assert wrong == [] and capsys.readouterr().out == ""


# ---- laws ---------------------------------------------------------------------------------------


@given(size=sizes, seed=seeds, shift=st.floats(-1000, 1000))
@few
def test_softmax_cross_entropy_does_not_see_a_shift_and_its_rows_add_up_to_0(size, seed, shift):
    N, K, _ = size
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(0, 5, (N, K)), rng.integers(K, size=N)
    loss, grad = softmax_cross_entropy(logits, labels)
    shifted_loss, shifted_grad = softmax_cross_entropy(logits + shift, labels)
    close(shifted_loss, loss, rtol=1e-9, atol=1e-11)
    close(shifted_grad, grad, rtol=0, atol=1e-11)
    close(grad.sum(axis=1), 0, atol=1e-14)
    assert loss >= 0 and np.all(grad[np.arange(N), labels] <= 0)


def test_softmax_cross_entropy_at_the_ends():
    loss, grad = softmax_cross_entropy(np.array([[1000.0, -1000.0], [-1000.0, 1000.0]]), np.array([0, 0]))
    assert loss == 1000.0
    np.testing.assert_array_equal(grad, [[0, 0], [-0.5, 0.5]])
    assert softmax_cross_entropy(np.zeros((3, 4)), np.array([0, 1, 3]))[0] == pytest.approx(np.log(4))
    masked, grad = softmax_cross_entropy(np.array([[0.0, 0.0, -np.inf]]), np.array([1]))
    assert masked == pytest.approx(np.log(2)) and grad[0, 2] == 0


def test_nan_and_inf_are_seen_not_hidden():
    assert np.isnan(softmax_cross_entropy(np.array([[np.nan, 0.0]]), np.array([1]))[0])
    with pytest.warns(RuntimeWarning, match="invalid"):
        assert np.isnan(softmax_cross_entropy(np.array([[np.inf, 0.0]]), np.array([1]))[0])
    assert np.isnan(mean_squared_error(np.array([np.nan, 0.0]), np.zeros(2))[0])
    assert mean_squared_error(np.array([np.inf, 0.0]), np.zeros(2))[0] == np.inf
    assert np.isnan(relu(np.array([np.nan]))) and relu_backward(np.array([np.nan]), np.array([-1.0])) == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_and_inputs_are_not_changed(dtype):
    params, X, targets = a_network(0, dtype)
    labels = np.array([0, 1, 1, 0, 1, 0, 1])
    before = {name: value.copy() for name, value in params.items()} | {"X": X.copy(), "t": targets.copy()}
    loss, grads = two_layer_loss_and_grads(params, X, targets, loss_fn=mean_squared_error)
    outs = [loss, *grads.values(), *softmax_cross_entropy(targets, labels), relu_backward(X, X), relu(X)]
    outs += [*affine_backward(targets, X, params["W1"][:, :2])]
    assert all(out.dtype == dtype for out in outs)
    assert list(grads) == list(params) and all(grads[name].shape == params[name].shape for name in params)
    for name, value in {**params, "X": X, "t": targets}.items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize(
    "logits, labels, named",
    [
        (np.zeros(3), np.array([0, 1, 2]), "logits.shape = (3,)"),
        (np.zeros((0, 3)), np.zeros(0, int), "logits.shape = (0, 3)"),
        (np.zeros((3, 2)), np.array([[0], [1], [1]]), "labels.shape = (3, 1)"),
        (np.zeros((3, 2)), np.array([0, 1]), "labels.shape = (2,)"),
        (np.zeros((3, 2)), np.array([0, 1, -1]), "labels.min() = -1"),
        (np.zeros((3, 2)), np.array([0, 1, 2]), "labels.max() = 2"),
    ],
)
def test_softmax_cross_entropy_names_what_does_not_fit(logits, labels, named):
    with pytest.raises(ValueError) as caught:
        softmax_cross_entropy(logits, labels)
    assert str(caught.value).startswith(named + ": must be ")


def test_mean_squared_error_refuses_to_broadcast():
    with pytest.raises(ValueError, match=r"targets.shape = \(4, 1\): must be that of outputs"):
        mean_squared_error(np.zeros(4), np.zeros((4, 1)))
