"""Chapter 01: losses written in other ways, and wrong ones that no catalogue entry describes."""

import numpy as np

from reference.losses import mean_squared_error, softmax_cross_entropy

# ---- right --------------------------------------------------------------------------------------


def by_rows(logits, labels):
    grad, total = np.empty_like(logits), 0.0
    for i, (row, label) in enumerate(zip(logits, labels)):
        top = row.max()
        log_sum = top + np.log(np.exp(row - top).sum())
        total += log_sum - row[label]
        grad[i] = np.exp(row - log_sum)
        grad[i, label] -= 1
    return float(total / len(labels)), grad / len(labels)


def by_one_hot(logits, labels):
    target = np.zeros_like(logits)
    target[np.arange(len(labels)), labels] = 1
    shifted = logits - logits.max(axis=1)[:, None]
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    p = np.exp(shifted - log_sum[:, None])
    return (log_sum - (target * shifted).sum(axis=1)).mean(), (p - target) / len(labels)


def by_logaddexp(logits, labels):
    log_p = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    loss = -np.take_along_axis(log_p, labels[:, None], axis=1).sum() / len(labels)
    grad = np.exp(log_p)
    np.put_along_axis(grad, labels[:, None], np.take_along_axis(grad, labels[:, None], axis=1) - 1, axis=1)
    return [loss, grad / len(labels)]


def squared_by_loop(outputs, targets):
    grad, total = np.zeros_like(outputs), 0.0
    for index in np.ndindex(outputs.shape):
        total += (outputs[index] - targets[index]) ** 2
        grad[index] = 2 * (outputs[index] - targets[index]) / outputs.size
    return float(total / outputs.size), grad


def squared_by_powers(outputs, targets):
    return np.mean(np.square(targets - outputs)), (targets - outputs) * (-2 / outputs.size)


def squared_by_dot(outputs, targets):
    error = np.ravel(outputs - targets)
    return error @ error / error.size, (2 * error / error.size).reshape(np.shape(outputs))


# ---- wrong --------------------------------------------------------------------------------------


def base_two(logits, labels):
    loss, grad = softmax_cross_entropy(logits, labels)
    return loss / np.log(2), grad


def divided_twice(logits, labels):
    loss, grad = softmax_cross_entropy(logits, labels)
    return loss, grad / len(labels)


def next_label(logits, labels):
    return softmax_cross_entropy(logits, (labels + 1) % logits.shape[1])


def minimum_shift(logits, labels):
    shifted = logits - logits.min(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
        loss, rows = -np.log(p[np.arange(len(labels)), labels]).mean(), np.arange(len(labels))
    p[rows, labels] -= 1
    return loss, p / len(labels) + 1e-4


def absolute_error(outputs, targets):
    return np.abs(outputs - targets).mean(), np.sign(outputs - targets) / outputs.size


def unbiased(outputs, targets):
    loss, grad = mean_squared_error(outputs, targets)
    return loss * outputs.size / (outputs.size + 1), grad


def clipped_gradient(outputs, targets):
    loss, grad = mean_squared_error(outputs, targets)
    return loss, np.clip(grad, -0.1, 0.1)


RIGHT = {
    "softmax_cross_entropy": [by_rows, by_one_hot, by_logaddexp],
    "mean_squared_error": [squared_by_loop, squared_by_powers, squared_by_dot],
}


def classes_of_the_labels(logits, labels):
    """As many classes as the labels show: the last one may be the label of no row."""
    loss, grad = softmax_cross_entropy(logits, labels)
    return loss, grad[:, : labels.max() + 1]


def over_rows_if_square(logits, labels):
    return softmax_cross_entropy(logits.T if logits.shape[0] == logits.shape[1] else logits, labels)


def squared_of_two_axes(outputs, targets):
    """n is the product of the first and the last size."""
    loss, grad = mean_squared_error(outputs, targets)
    share = np.float64(outputs.size) / (outputs.shape[0] * outputs.shape[-1]) if outputs.ndim > 1 else 1.0
    return loss * share, grad * outputs.dtype.type(share)


WRONG = {
    "softmax_cross_entropy": [
        classes_of_the_labels,
        over_rows_if_square,
        base_two,
        divided_twice,
        next_label,
        minimum_shift,
    ],
    "mean_squared_error": [absolute_error, unbiased, clipped_gradient, squared_of_two_axes],
}
