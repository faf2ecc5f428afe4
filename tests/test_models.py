import numpy as np
import pytest

from descent import models

# Parts a student would write, in their shortest form.


def half_squared_error(scores, targets):
    diff = scores - targets
    return 0.5 * np.sum(diff**2) / len(diff), diff / len(diff)


def affine_backward(grad_out, x, W):
    return grad_out @ W.T, x.T @ grad_out, grad_out.sum(axis=0)


TANH = (np.tanh, lambda grad_out, x: grad_out * (1 - np.tanh(x) ** 2))


def scale_forward(x, gamma, beta, running, training):
    """A stand-in for a normalization: it counts its calls in training and scales by the count."""
    count = (running or 0) + training
    return gamma * x * (1 + count) + beta, (x * (1 + count), gamma * (1 + count)), count


def scale_backward(grad_out, cache):
    return grad_out * cache[1], np.sum(grad_out * cache[0], axis=0), grad_out.sum(axis=0)


def fixed_dropout(num):
    mask = np.array([2.0, 0.0, 2.0, 0.0, 2.0])[:num]
    return (lambda x: (x * mask, mask)), (lambda grad_out, mask: grad_out * mask)


def normal(rng, shape):
    return rng.standard_normal(shape) / 2


def numeric_grads(value, params, h=1e-6):
    grads = {name: np.zeros_like(array) for name, array in params.items()}
    for name, array in params.items():
        for i in np.ndindex(array.shape):
            up, down = array.copy(), array.copy()
            up[i], down[i] = up[i] + h, down[i] - h
            grads[name][i] = (value({**params, name: up}) - value({**params, name: down})) / (2 * h)
    return grads


def assert_same(grads, expected):
    assert grads.keys() == expected.keys()
    for name in grads:
        np.testing.assert_allclose(grads[name], expected[name], rtol=1e-6, atol=1e-8, err_msg=name)


@pytest.fixture
def batch():
    rng = np.random.default_rng(1)
    return rng.standard_normal((6, 4)), rng.standard_normal((6, 3))


def test_linear(batch):
    params = models.linear_init(np.random.default_rng(2), 4, 3, init=normal)
    assert params["W"].shape == (4, 3) and params["b"].tolist() == [0, 0, 0]
    params["b"] = np.array([0.1, -0.2, 0.3])

    def run(params):
        return models.linear_loss_and_grads(params, *batch, loss=half_squared_error, affine_backward=affine_backward)

    assert_same(run(params)[1], numeric_grads(lambda p: run(p)[0], params))
    np.testing.assert_allclose(models.linear_scores(params, batch[0]), batch[0] @ params["W"] + params["b"])


@pytest.mark.parametrize("sizes", [(4, 3), (4, 5, 3), (4, 5, 5, 3)])
@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("dropped", [False, True])
def test_mlp_gradients(batch, sizes, normalized, dropped):
    params = models.mlp_init(np.random.default_rng(3), sizes, init=normal, normalized=normalized)
    params = {name: array + 0.1 for name, array in params.items()}
    before = {name: array.copy() for name, array in params.items()}
    parts = dict(
        loss=half_squared_error,
        affine_backward=affine_backward,
        activation=TANH,
        normalization=(scale_forward, scale_backward) if normalized else None,
        dropout=fixed_dropout(5) if dropped else None,
    )

    def run(params):
        return models.mlp_loss_and_grads(params, *batch, **parts)

    assert_same(run(params)[1], numeric_grads(lambda p: run(p)[0], params))
    for name in params:
        assert np.array_equal(params[name], before[name])


def test_linear_is_an_mlp_without_hidden_layer(batch):
    linear = models.linear_init(np.random.default_rng(2), 4, 3, init=normal)
    mlp = {"W1": linear["W"], "b1": linear["b"]}
    parts = dict(loss=half_squared_error, affine_backward=affine_backward)
    a, grads_a = models.linear_loss_and_grads(linear, *batch, **parts)
    b, grads_b = models.mlp_loss_and_grads(mlp, *batch, activation=TANH, **parts)
    assert a == b and np.array_equal(grads_a["W"], grads_b["W1"])


def test_mlp_init_asks_for_fan_in_fan_out():
    asked = []

    def init(rng, shape):
        asked.append(shape)
        return np.ones(shape)

    params = models.mlp_init(np.random.default_rng(0), (4, 5, 3), init=init, normalized=True)
    assert asked == [(4, 5), (5, 3)] and models.mlp_depth(params) == 2
    assert set(params) == {"W1", "b1", "gamma1", "beta1", "W2", "b2"}
    assert params["gamma1"].tolist() == [1] * 5 and params["beta1"].tolist() == [0] * 5
    with pytest.raises(ValueError, match=r"sizes = \(4,\)"):
        models.mlp_init(np.random.default_rng(0), (4,), init=init)


def test_running_statistics_change_in_training_only(batch):
    params = models.mlp_init(np.random.default_rng(3), (4, 5, 5, 3), init=normal, normalized=True)
    normalization = (scale_forward, scale_backward)
    running = {}
    for count in (1, 2):
        models.mlp_loss_and_grads(
            params, *batch, loss=half_squared_error, affine_backward=affine_backward, activation=TANH,
            normalization=normalization, running=running,
        )  # fmt: skip
        assert running == {1: count, 2: count}
    scores = models.mlp_scores(params, batch[0], activation=TANH, normalization=normalization, running=running)
    assert running == {1: 2, 2: 2}
    hidden = np.tanh(3 * (batch[0] @ params["W1"]))
    np.testing.assert_allclose(scores, np.tanh(3 * hidden @ params["W2"]) @ params["W3"])


def test_activations_of_every_layer(batch):
    params = models.mlp_init(np.random.default_rng(3), (4, 5, 5, 3), init=normal)
    outputs = models.mlp_activations(params, batch[0], activation=TANH)
    assert [out.shape for out in outputs] == [(6, 5), (6, 5), (6, 3)]
    np.testing.assert_allclose(outputs[0], np.tanh(batch[0] @ params["W1"]))
    assert np.array_equal(outputs[-1], models.mlp_scores(params, batch[0], activation=TANH))


def test_penalty_spares_biases():
    params = {"W1": np.array([[1.0, -2.0]]), "b1": np.array([3.0, 4.0])}
    grads = {name: np.ones_like(array) for name, array in params.items()}

    def penalty(w):
        return np.sum(w**2) / 2, w

    value, total = models.add_penalty(10.0, grads, params, penalty=penalty)
    assert value == 12.5 and total["W1"].tolist() == [[2, -1]] and total["b1"].tolist() == [1, 1]
    assert grads["W1"].tolist() == [[1, 1]]
    value, total = models.add_penalty(10.0, grads, params, penalty=penalty, only=lambda name: True)
    assert value == 25 and total["b1"].tolist() == [4, 5]


def test_accuracy():
    scores = np.array([[1, 2], [3, 0], [0, 5], [9, 1]])
    assert models.accuracy(scores, np.array([1, 0, 0, 0])) == 0.75


def test_float32_weights_make_a_float32_network_whose_losses_and_gradients_are_float32():
    rng = np.random.default_rng(4)
    X, targets = (rng.standard_normal((6, n)).astype(np.float32) for n in (4, 3))
    single = lambda rng, shape: normal(rng, shape).astype(np.float32)  # noqa: E731
    linear = models.linear_init(rng, 4, 3, init=single)
    mlp = models.mlp_init(rng, (4, 5, 3), init=single, normalized=True)
    _, linear_grads = models.linear_loss_and_grads(
        linear, X, targets, loss=half_squared_error, affine_backward=affine_backward
    )
    _, mlp_grads = models.mlp_loss_and_grads(
        mlp,
        X,
        targets,
        loss=half_squared_error,
        activation=TANH,
        affine_backward=affine_backward,
        normalization=(scale_forward, scale_backward),
    )
    for arrays in (linear, mlp, linear_grads, mlp_grads):
        assert {name: array.dtype for name, array in arrays.items()} == dict.fromkeys(arrays, np.float32)
    assert models.mlp_init(rng, (4, 3), init=normal)["b1"].dtype == np.float64
