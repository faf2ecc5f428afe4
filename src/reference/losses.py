"""A loss turns outputs and right answers into one number; its gradient tells every output how to change."""

import numpy as np

from descent.hyper import require
from descent.say import tr


def softmax_cross_entropy(logits, labels):
    """Return the mean cross-entropy of softmax(logits) against the labels, and its gradient.

        p_ik = exp(z_ik) / sum_j exp(z_ij)
        loss = -1/N sum_i log p_i,y_i

    logits (z): array (N, K), not changed. labels (y): array (N,) of whole numbers from 0 to K-1, not changed.
    Logits of 1000 and of -1000 are allowed.
    Returns (loss, grad_logits): a number, and an array (N, K) in the dtype of logits with the derivative of the loss
    with respect to each logit. If a logit is NaN, the loss is NaN.
    Raises ValueError unless logits is (N, K) with N, K >= 1, labels is (N,) and every label is from 0 to K-1.

    >>> loss, grad_logits = softmax_cross_entropy(np.array([[1001.0, 1000.0, 1001.0]]), np.array([1]))
    >>> float(loss.round(4)), grad_logits.round(4).tolist()
    (1.862, [[0.4223, -0.8446, 0.4223]])
    """
    require(
        logits.ndim == 2 and logits.size > 0,
        "logits.shape",
        logits.shape,
        tr("(N, K), N and K >= 1", "(N, K)，N、K >= 1"),
    )
    require(
        labels.shape == logits.shape[:1],
        "labels.shape",
        labels.shape,
        tr("(N,), one label a row", "(N,)，每行一个标签"),
    )
    require(labels.min() >= 0, "labels.min()", int(labels.min()), tr("0 or more", "大于或等于 0"))
    require(labels.max() < logits.shape[1], "labels.max()", int(labels.max()), tr("less than K", "小于 K"))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    loss = -log_p[rows, labels].mean()
    grad_logits = np.exp(log_p)
    grad_logits[rows, labels] -= 1
    return loss, grad_logits / len(labels)


def mean_squared_error(outputs, targets):
    """Return the mean of the squared errors over all n entries, and its gradient.

        loss = 1/n sum_i (o_i - t_i)^2

    outputs (o), targets (t): arrays of one shape, any shape. They are not changed. NaN passes through.
    Returns (loss, grad_outputs): a number, and an array of the shape and dtype of outputs with the derivative of the
    loss with respect to each output.
    Raises ValueError unless the shapes are equal: (N,) and (N, 1) would be broadcast to (N, N).

    The convention of torch.nn.functional.mse_loss; other texts divide by 2n, or by the rows only.

    >>> loss, grad_outputs = mean_squared_error(np.array([3.0, 5.0]), np.array([1.0, 6.0]))
    >>> float(loss), grad_outputs.tolist()
    (2.5, [2.0, -1.0])
    """
    require(
        targets.shape == outputs.shape, "targets.shape", targets.shape, tr("that of outputs", "与 outputs 的形状相同")
    )
    error = outputs - targets
    return (error * error).mean(), 2 * error / error.size
