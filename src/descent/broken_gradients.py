"""Networks that train although their gradients are wrong: chapter 00 exposes them with finite differences.

Each returns (loss, grads) of affine - ReLU - affine with the mean squared error. The loss is right. The gradients of
the first layer are wrong, because relu_backward is replaced by something else.
"""

import numpy as np


def without_gate(params, X, Y):
    """The ReLU is left out of the backward pass."""
    return _loss_and_grads(params, X, Y, lambda answers: answers)


def relu_of_gradient(params, X, Y):
    """relu instead of relu_backward: negative gradients become 0, whatever the sign of the unit's input."""
    return _loss_and_grads(params, X, Y, lambda answers: np.maximum(answers, 0))


def _loss_and_grads(params, X, Y, wrong_gate):
    hidden = np.maximum(X @ params["W1"] + params["b1"], 0)
    error = hidden @ params["W2"] + params["b2"] - Y
    behind = 2 * error / error.size
    front = wrong_gate(behind @ params["W2"].T)
    return (error * error).mean(), {
        "W1": X.T @ front,
        "b1": front.sum(axis=0),
        "W2": hidden.T @ behind,
        "b2": behind.sum(axis=0),
    }
