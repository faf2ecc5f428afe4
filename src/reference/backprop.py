"""Backpropagation is the chain rule, walked from the loss backwards.

Each layer gets the gradient of the loss with respect to what came out of it (grad_out) and hands back the
gradients with respect to what went in. A gradient always has the shape of the thing it belongs to.
"""

import numpy as np


def affine(X, W, b):
    """Return the affine layer's output X W + b. X: (N, D), one example per row; W: (D, K); b: (K,)."""
    return X @ W + b


def affine_backward(grad_out, X, W):
    """Gradients of the affine layer X W + b with respect to X, W and b.

        dloss/dX = G W^T
        dloss/dW = X^T G
        dloss/db = sum of G over its rows

    grad_out (G): (N, K), the gradient with respect to the output. X: (N, D). W: (D, K). They are not changed.
    Returns (grad_X, grad_W, grad_b), of shapes (N, D), (D, K), (K,), in the dtype of the inputs.
    The gradients of W and b are sums over the batch: the 1/N of a mean loss is in G already.
    NaN passes through.

    >>> affine_backward(np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]]))
    (array([[10.]]), array([[6.]]), array([2.]))
    """
    return grad_out @ W.T, X.T @ grad_out, grad_out.sum(axis=0)


def relu(X):
    """Return the rectified linear unit max(X, 0), entry by entry. Any shape; NaN stays NaN."""
    return np.maximum(X, 0)


def relu_backward(grad_out, X):
    """Gradient of relu(X) with respect to X.

        dloss/dX = G  where X > 0,   0 elsewhere

    grad_out (G), X: arrays of one shape and dtype, any shape. They are not changed.
    Returns an array of that shape and dtype.
    At the kink X = 0 we take 0, as PyTorch does; any number in [0, 1] is a subgradient there.
    Where X > 0, a NaN in G passes through.

    >>> relu_backward(np.array([5.0, -6.0, 7.0]), np.array([1.0, 2.0, -3.0]))
    array([ 5., -6.,  0.])
    """
    return np.where(X > 0, grad_out, 0)


def two_layer_loss_and_grads(params, X, y, *, loss_fn):
    """Loss of a network with one hidden layer, and its gradient with respect to every parameter.

        Z1 = X W1 + b1      A1 = relu(Z1)      Z2 = A1 W2 + b2      loss = loss_fn(Z2, y)

    params: a dict with "W1": (D, H), "b1": (H,), "W2": (H, K), "b2": (K,). X: (N, D). They are not changed.
    loss_fn(Z2, y) returns (loss, gradient with respect to Z2), as mean_squared_error does. It is given y as it came.
    Where an entry of Z1 is 0 the ReLU has slope 0, as in relu_backward.
    Returns (loss, grads): grads is a dict with the names and shapes of params, in their dtype.
    A NaN in W2, b2 or y passes through to the loss and to the gradients.
    """
    Z1 = affine(X, params["W1"], params["b1"])
    A1 = relu(Z1)
    Z2 = affine(A1, params["W2"], params["b2"])
    loss, grad_Z2 = loss_fn(Z2, y)
    grad_A1, grad_W2, grad_b2 = affine_backward(grad_Z2, A1, params["W2"])
    grad_Z1 = relu_backward(grad_A1, Z1)
    _, grad_W1, grad_b1 = affine_backward(grad_Z1, X, params["W1"])
    return loss, {"W1": grad_W1, "b1": grad_b1, "W2": grad_W2, "b2": grad_b2}
