"""Other answers to the transfer exercises of chapter 00."""

import numpy as np

from descent.hyper import require
from reference.backprop import relu, relu_backward


def slopes(f, x, h=1e-6):
    """Central differences of f at x, entry by entry."""
    x, grad = np.array(x, dtype=np.float64), np.zeros(np.shape(x))
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        grad[index] = (f(x + step) - f(x - step)) / (2 * h)
    return grad


# ---- masked_squared_error ---------------------------------------------------------------------------


def masked_by_differences(outputs, targets, known):
    def loss(o):
        return sum((o[i] - targets[i]) ** 2 for i in np.ndindex(o.shape) if known[i]) / int(known.sum())

    dtype = outputs.dtype.type
    return dtype(loss(outputs.astype(np.float64))), slopes(loss, outputs).astype(outputs.dtype)


def masked_by_index(outputs, targets, known):
    require(outputs.shape == targets.shape == known.shape and known.any(), "known", known, "as outputs, not empty")
    error = outputs[known] - targets[known]
    grad = np.zeros_like(outputs)
    grad[known] = 2 * error / error.size
    return np.mean(error**2), grad


def masked_over_all(outputs, targets, known):
    error = np.where(known, outputs - targets, 0)
    return np.mean(error**2), 2 * error / error.size


def masked_by_product(outputs, targets, known):
    error = (outputs - targets) * known
    return np.sum(error**2) / known.sum(), (2 * error / known.sum()).astype(outputs.dtype)


def masked_without_two(outputs, targets, known):
    loss, grad = masked_by_index(outputs, targets, known)
    return loss, grad / 2


def masked_zeros_as_targets(outputs, targets, known):
    error = outputs - np.where(known, targets, 0)
    return np.mean(error**2), 2 * error / error.size


# ---- tied_loss_and_grads ----------------------------------------------------------------------------


def tied_by_differences(params, X):
    def loss(p):
        out = np.maximum(X @ p["W"] + p["b"], 0) @ p["W"].T + p["c"]
        return np.mean((out - X) ** 2)

    wide = {name: value.astype(np.float64) for name, value in params.items()}
    grads = {
        name: slopes(lambda v, name=name: loss({**wide, name: v}), value).astype(params[name].dtype)
        for name, value in wide.items()
    }
    return X.dtype.type(loss(wide)), grads


def tied_parts(params, X):
    """Z, A, the gradients of out and of Z, and the loss."""
    W = params["W"]
    Z = X @ W + params["b"]
    A = relu(Z)
    error = A @ W.T + params["c"] - X
    G = 2 * error / error.size
    return A, G, relu_backward(G @ W, Z), (error * error).mean()


def tied_in_one_line(params, X):
    A, G, grad_Z, loss = tied_parts(params, X)
    grad_W = np.einsum("nd,nh->dh", X, grad_Z) + np.einsum("nd,nh->dh", G, A)
    return loss, {"W": grad_W, "b": grad_Z.sum(axis=0), "c": G.sum(axis=0)}


def tied_first_use_only(params, X):
    A, G, grad_Z, loss = tied_parts(params, X)
    return loss, {"W": X.T @ grad_Z, "b": grad_Z.sum(axis=0), "c": G.sum(axis=0)}


def tied_second_use_only(params, X):
    A, G, grad_Z, loss = tied_parts(params, X)
    return loss, {"W": G.T @ A, "b": grad_Z.sum(axis=0), "c": G.sum(axis=0)}


def tied_average_of_uses(params, X):
    A, G, grad_Z, loss = tied_parts(params, X)
    return loss, {"W": (X.T @ grad_Z + G.T @ A) / 2, "b": grad_Z.sum(axis=0), "c": G.sum(axis=0)}


def tied_without_gate(params, X):
    A, G, _, loss = tied_parts(params, X)
    grad_Z = G @ params["W"]
    return loss, {"W": X.T @ grad_Z + G.T @ A, "b": grad_Z.sum(axis=0), "c": G.sum(axis=0)}


SECOND = {"masked_squared_error": masked_by_differences, "tied_loss_and_grads": tied_by_differences}
RIGHT = {
    "masked_squared_error": {"boolean indexing": masked_by_index},
    "tied_loss_and_grads": {"einsum, both uses added": tied_in_one_line},
}
WRONG = {
    "masked_squared_error": {
        "divides by all entries": masked_over_all,
        "multiplies by the mask, so NaN stays": masked_by_product,
        "factor 2 missing in the gradient": masked_without_two,
        "takes 0 for unknown targets": masked_zeros_as_targets,
    },
    "tied_loss_and_grads": {
        "first use of W only": tied_first_use_only,
        "second use of W only": tied_second_use_only,
        "averages the two uses": tied_average_of_uses,
        "forgets the ReLU": tied_without_gate,
    },
}
