"""A loss turns outputs and right answers into one number; its gradient tells every output how to change."""

import numpy as np

from descent.hyper import require


def softmax_cross_entropy(logits, labels):
    """Mean cross-entropy of softmax(logits) against the labels, and its gradient.

        p_ik = exp(z_ik) / sum_j exp(z_ij)
        loss = -1/N sum_i log p_i,y_i
        dloss/dz_ik = (p_ik - [k = y_i]) / N

    logits (z): (N, K). Any size, 1000 or -1000 too: subtract each row's largest logit first; it changes no p.
    labels (y): (N,), whole numbers 0 .. K-1. Neither is changed.
    Returns (loss, grad_logits): a number and an array (N, K), both in the dtype of logits.
    Raises ValueError for other shapes and for labels out of range (NumPy would read -1 as the last class).
    A logit of NaN or +inf makes the loss NaN; a logit of -inf is a class of probability 0.

    The convention of torch.nn.functional.cross_entropy: mean over rows, natural logarithm.
    """
    require(logits.ndim == 2 and logits.size > 0, "logits.shape", logits.shape, "(N, K), N and K at least 1")
    require(labels.shape == logits.shape[:1], "labels.shape", labels.shape, f"({len(logits)},), one per row")
    require(labels.min() >= 0, "labels.min()", int(labels.min()), "0 or more")
    require(labels.max() < logits.shape[1], "labels.max()", int(labels.max()), f"< {logits.shape[1]}")
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    loss = -log_p[rows, labels].mean()
    grad_logits = np.exp(log_p)
    grad_logits[rows, labels] -= 1
    return loss, grad_logits / len(labels)


def mean_squared_error(outputs, targets):
    """Mean of the squared errors over all n entries, and its gradient.

        loss = 1/n sum_i (o_i - t_i)^2
        dloss/do_i = 2 (o_i - t_i) / n

    outputs (o), targets (t): arrays of one shape, any shape. They are not changed.
    Returns (loss, grad_outputs): a number and an array of the shape of outputs.
    Raises ValueError when the shapes differ: (N,) against (N, 1) would broadcast to (N, N) without a word.
    NaN and inf pass through.

    The convention of torch.nn.functional.mse_loss; other texts divide by 2n, or by the rows only.
    """
    require(targets.shape == outputs.shape, "targets.shape", targets.shape, f"{outputs.shape}, as outputs")
    error = outputs - targets
    return (error * error).mean(), 2 * error / error.size
