"""Four programs that claim to be Adam. Each contains one bug, and most inputs do not show it.

Each makes a whole run: from 0, one step for every gradient in a list; it returns the points after each step.
`astray` tells which of them leave Adam's path.
"""

import numpy as np


def adam_a(grads, *, lr=0.1, betas=(0.9, 0.999), eps=1e-8):
    x = m = v = np.zeros_like(grads[0])
    path = []
    for t, g in enumerate(grads, start=1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        m_hat = m / (1 - betas[0] ** t)
        v_hat = v / (1 - betas[1] ** t)
        x = x - lr * m_hat / np.sqrt(v_hat + eps)
        path.append(x)
    return path


def adam_b(grads, *, lr=0.1, betas=(0.9, 0.999), eps=1e-8):
    x = m = v = np.zeros_like(grads[0])
    path = []
    for t, g in enumerate(grads, start=1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * np.mean(g**2)
        m_hat = m / (1 - betas[0] ** t)
        v_hat = v / (1 - betas[1] ** t)
        x = x - lr * m_hat / (np.sqrt(v_hat) + eps)
        path.append(x)
    return path


def adam_c(grads, *, lr=0.1, betas=(0.9, 0.999), eps=1e-8):
    x = m = v = np.zeros_like(grads[0])
    path = []
    for t, g in enumerate(grads, start=1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        m = m / (1 - betas[0] ** t)
        v = v / (1 - betas[1] ** t)
        x = x - lr * m / (np.sqrt(v) + eps)
        path.append(x)
    return path


def adam_d(grads, *, lr=0.1, betas=(0.9, 0.999), eps=1e-8):
    beta2, beta1 = betas
    x = m = v = np.zeros_like(grads[0])
    path = []
    for t, g in enumerate(grads, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (np.sqrt(v_hat) + eps)
        path.append(x)
    return path


BROKEN_ADAMS = {"A": adam_a, "B": adam_b, "C": adam_c, "D": adam_d}


def path_of_adam(grads, *, lr=0.1, betas=(0.9, 0.999), eps=1e-8):
    """The points that Adam visits from 0, computed without state.

    m_hat and v_hat are weighted means of all gradients so far and of their squares, with weight beta^0 for the newest,
    beta^1 for the one before, beta^2, ...
    """
    x, path = np.zeros_like(grads[0]), []
    for t in range(1, len(grads) + 1):
        age = np.arange(t)[::-1]
        m_hat = np.average(grads[:t], axis=0, weights=betas[0] ** age)
        v_hat = np.average(np.square(grads[:t]), axis=0, weights=betas[1] ** age)
        x = x - lr * m_hat / (np.sqrt(v_hat) + eps)
        path.append(x)
    return path


def astray(grads, *, betas, eps):
    """Which broken Adams leave Adam's path on these gradients: their letters, in order.

    grads: a list of 1 to 100 arrays of one shape, of up to 100 finite numbers. To leave the path is to be off
    it by more than a thousandth of lr at any step, or to become NaN. Raises ValueError for other input.
    """
    grads = checked(grads)
    lr, letters = 0.1, []
    right = np.array(path_of_adam(grads, lr=lr, betas=betas, eps=eps))
    for letter, broken in BROKEN_ADAMS.items():
        with np.errstate(all="ignore"):
            path = np.array(broken(grads, lr=lr, betas=betas, eps=eps))
        if not np.abs(path - right).max() <= lr / 1000:
            letters.append(letter)
    return letters


def checked(grads):
    """The gradients as a list of float64 arrays. Raises ValueError if they are not as `astray` requires."""
    if type(grads) not in (list, tuple) or not 1 <= len(grads) <= 100:
        raise ValueError("grads must be a list of 1 to 100 arrays, one for each step")
    if not all(
        isinstance(gradient, (np.ndarray, np.generic, float, int)) and np.asarray(gradient).dtype.kind in "fiu"
        for gradient in grads
    ):
        raise ValueError("every gradient must be an array of real numbers")
    arrays = [np.asarray(gradient, dtype=np.float64) for gradient in grads]
    if len({gradient.shape for gradient in arrays}) > 1 or not 1 <= arrays[0].size <= 100:
        raise ValueError("all gradients must have one shape, with 1 to 100 entries")
    if not all(np.isfinite(gradient).all() and np.abs(gradient).max() <= 1e100 for gradient in arrays):
        raise ValueError("gradients must be finite (and not above 1e100, so that their squares are, too)")
    return arrays
