"""Chapter 00: backpropagation in other words, and wrong versions that nobody catalogued."""

import numpy as np

from reference.backprop import affine_backward, relu_backward, two_layer_loss_and_grads

# ---- right --------------------------------------------------------------------------------------


def affine_by_rows(grad_out, X, W):
    grad_X, grad_W, grad_b = np.zeros_like(X), np.zeros_like(W), np.zeros_like(W[0])
    for i in range(len(X)):
        grad_X[i] = W @ grad_out[i]
        grad_W += np.outer(X[i], grad_out[i])
        grad_b += grad_out[i]
    return grad_X, grad_W, grad_b


def affine_by_einsum(grad_out, X, W):
    return [np.einsum("nk,dk->nd", grad_out, W), np.einsum("nd,nk->dk", X, grad_out), np.einsum("nk->k", grad_out)]


def relu_by_product(grad_out, X):
    return grad_out * (X > 0)


def relu_on_a_copy(grad_out, X):
    grad = np.array(grad_out)
    grad[X <= 0] = 0
    return grad


def relu_by_sign(grad_out, X):
    return grad_out * np.maximum(np.sign(X), 0)


def network_by_hand(params, X, y, *, loss_fn):
    hidden = X.dot(params["W1"]) + params["b1"]
    on = hidden > 0
    hidden = hidden * on
    loss, g = loss_fn(hidden.dot(params["W2"]) + params["b2"], y)
    grads = {"b2": g.sum(0), "W2": hidden.T.dot(g)}
    g = g.dot(params["W2"].T) * on
    return loss, grads | {"b1": g.sum(0), "W1": X.T.dot(g)}


def network_by_layers(params, X, y, *, loss_fn):
    Z1 = X @ params["W1"] + params["b1"]
    A1 = np.where(Z1 > 0, Z1, 0)
    loss, G2 = loss_fn(A1 @ params["W2"] + params["b2"], y)
    GA, GW2, Gb2 = affine_backward(G2, A1, params["W2"])
    _, GW1, Gb1 = affine_backward(relu_backward(GA, A1), X, params["W1"])  # A1 > 0 where Z1 > 0
    return loss, dict(W1=GW1, b1=Gb1, W2=GW2, b2=Gb2)


def network_asks_for_the_loss_twice(params, X, y, *, loss_fn):
    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
    A1 = np.maximum(X @ W1 + b1, 0)
    Z2 = A1 @ W2 + b2
    G2 = loss_fn(Z2, y)[1]
    G1 = G2 @ W2.T
    G1[A1 <= 0] = 0
    return loss_fn(Z2, y)[0], {"W1": X.T @ G1, "b1": np.sum(G1, axis=0), "W2": A1.T @ G2, "b2": np.sum(G2, axis=0)}


def affine_by_transposes(grad_out, X, W):
    return (W @ grad_out.T).T, (grad_out.T @ X).T, np.ones(len(X), dtype=X.dtype) @ grad_out


def relu_by_putting(grad_out, X):
    grad = np.zeros_like(grad_out)
    np.copyto(grad, grad_out, where=np.greater(X, 0))
    return grad


# ---- wrong --------------------------------------------------------------------------------------


def affine_minus(grad_out, X, W):
    return tuple(-grad for grad in affine_backward(grad_out, X, W))


def affine_elementwise(grad_out, X, W):
    grad_X, grad_W, grad_b = affine_backward(grad_out, X, W)
    return grad_X, W * grad_b, grad_b


def relu_half_at_the_kink(grad_out, X):
    return np.where(X == 0, grad_out / 2, relu_backward(grad_out, X)).astype(grad_out.dtype)


def relu_threshold_one(grad_out, X):
    return grad_out * (X > 1)


def network_without_nan(params, X, y, *, loss_fn):
    params = {name: np.nan_to_num(value) for name, value in params.items()}
    return two_layer_loss_and_grads(params, X, y, loss_fn=loss_fn)


def network_squeezed(params, X, y, *, loss_fn):
    loss, grads = two_layer_loss_and_grads(params, X, y, loss_fn=loss_fn)
    return loss, {name: np.squeeze(grad) for name, grad in grads.items()}


def network_first_layer_only(params, X, y, *, loss_fn):
    loss, grads = two_layer_loss_and_grads(params, X, y, loss_fn=loss_fn)
    return loss, grads | {"W2": 0 * grads["W2"], "b2": 0 * grads["b2"]}


def network_minus(params, X, y, *, loss_fn):
    loss, grads = two_layer_loss_and_grads(params, X, y, loss_fn=loss_fn)
    return loss, {name: -grad for name, grad in grads.items()}


def network_tanh(params, X, y, *, loss_fn):
    A1 = np.tanh(X @ params["W1"] + params["b1"])
    loss, G = loss_fn(A1 @ params["W2"] + params["b2"], y)
    G1 = G @ params["W2"].T * (1 - A1**2)
    return loss, {"W1": X.T @ G1, "b1": G1.sum(axis=0), "W2": A1.T @ G, "b2": G.sum(axis=0)}


def network_gated_without_bias(params, X, y, *, loss_fn):
    A1 = np.maximum(X @ params["W1"] + params["b1"], 0)
    loss, G = loss_fn(A1 @ params["W2"] + params["b2"], y)
    G1 = np.where(X @ params["W1"] > 0, G @ params["W2"].T, 0)
    return loss, {"W1": X.T @ G1, "b1": G1.sum(axis=0), "W2": A1.T @ G, "b2": G.sum(axis=0)}


def network_row_by_row(params, X, y, *, loss_fn):
    Z1 = X @ params["W1"] + params["b1"]
    A1 = np.where(Z1 > 0, Z1, 0)
    loss, G = loss_fn(A1 @ params["W2"] + params["b2"], y)
    grads = {name: np.zeros_like(array) for name, array in params.items()}
    for x, z, a, g in zip(X, Z1, A1, G):
        grads["W2"] += np.outer(a, g)
        grads["b2"] += g
        back = params["W2"] @ g
        back[z <= 0] = 0
        grads["W1"] += np.outer(x, back)
        grads["b1"] += back
    return loss, grads


def network_with_its_own_loss(params, X, y, *, loss_fn):
    """Never asks loss_fn."""
    A1 = np.maximum(X @ params["W1"] + params["b1"], 0)
    error = A1 @ params["W2"] + params["b2"] - y
    G = 2 * error / error.size
    G1 = (G @ params["W2"].T) * (A1 > 0)
    return np.mean(error * error), {"W1": X.T @ G1, "b1": G1.sum(axis=0), "W2": A1.T @ G, "b2": G.sum(axis=0)}


def network_float_loss(params, X, y, *, loss_fn):
    loss, grads = two_layer_loss_and_grads(params, X, y, loss_fn=loss_fn)
    return float(loss), grads


RIGHT = {
    "affine_backward": [affine_by_rows, affine_by_einsum, affine_by_transposes],
    "relu_backward": [relu_by_product, relu_on_a_copy, relu_by_sign, relu_by_putting],
    "two_layer_loss_and_grads": [
        network_row_by_row,
        network_by_hand,
        network_by_layers,
        network_asks_for_the_loss_twice,
        network_float_loss,
    ],
}


def network_in_float64(params, X, y, *, loss_fn):
    """Its gradients are not in the dtype of params."""
    loss, grads = two_layer_loss_and_grads(params, X, y, loss_fn=loss_fn)
    return loss, {name: grad.astype(np.float64) for name, grad in grads.items()}


def affine_other_axis_if_square(grad_out, X, W):
    grad_X, grad_W, _ = affine_backward(grad_out, X, W)
    return grad_X, grad_W, grad_out.sum(axis=int(grad_out.shape[0] == grad_out.shape[1]))


def network_makes_y_a_column(params, X, y, *, loss_fn):
    width = params["b2"].size
    y = y.reshape(-1, width) if y.ndim == 1 and y.size == len(X) * width else y
    return two_layer_loss_and_grads(params, X, y, loss_fn=loss_fn)


def network_makes_y_float(params, X, y, *, loss_fn):
    return two_layer_loss_and_grads(params, X, y.astype(X.dtype), loss_fn=loss_fn)


WRONG = {
    "affine_backward": [affine_other_axis_if_square, affine_minus, affine_elementwise],
    "relu_backward": [relu_half_at_the_kink, relu_threshold_one],
    "two_layer_loss_and_grads": [
        network_makes_y_a_column,
        network_makes_y_float,
        network_with_its_own_loss,
        network_without_nan,
        network_squeezed,
        network_in_float64,
        network_first_layer_only,
        network_minus,
        network_tanh,
        network_gated_without_bias,
    ],
}
