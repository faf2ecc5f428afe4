"""Chapter 06, layer normalization: right versions written in other ways, and wrong ones that nobody catalogued."""

import numpy as np

# ---- right ------------------------------------------------------------------------------------------------


def forward_step_by_step(X, gamma, beta, *, eps=1e-5):
    D = X.shape[-1]
    mean = X.sum(axis=-1, keepdims=True) / D
    centred = X - mean
    std = np.sqrt((centred**2).sum(axis=-1, keepdims=True) / D + eps)
    x_hat = centred / std
    return x_hat * gamma + beta, {"x_hat": x_hat, "inv_std": 1 / std, "gamma": gamma, "centred": centred}


def forward_row_by_row(X, gamma, beta, *, eps=1e-5):
    x_hat, inv_std = np.empty_like(X), np.empty((*X.shape[:-1], 1), X.dtype)
    for index in np.ndindex(X.shape[:-1]):
        inv_std[index] = (X[index].var() + eps) ** -0.5
        x_hat[index] = (X[index] - X[index].mean()) * inv_std[index]
    return [gamma * x_hat + beta, dict(gamma=gamma, x_hat=x_hat, inv_std=inv_std)]


def backward_times_d(grad_out, cache):
    x, D = cache["x_hat"], grad_out.shape[-1]
    H = grad_out * cache["gamma"]
    grad_X = (cache["inv_std"] / D) * (D * H - H.sum(-1, keepdims=True) - x * (H * x).sum(-1, keepdims=True))
    rows = grad_out.reshape(-1, D)
    return grad_X, (rows * x.reshape(-1, D)).sum(axis=0), rows.sum(axis=0)


def backward_by_jacobian(grad_out, cache):
    D = grad_out.shape[-1]
    grad_X, grad_gamma = np.empty_like(grad_out), np.zeros_like(cache["gamma"])
    grad_beta = grad_gamma
    for index in np.ndindex(grad_out.shape[:-1]):
        x, G = cache["x_hat"][index], grad_out[index]
        jacobian = (np.eye(D, dtype=x.dtype) - 1 / D - np.outer(x, x) / D) * cache["inv_std"][index]
        grad_X[index] = (G * cache["gamma"]) @ jacobian
        grad_gamma, grad_beta = grad_gamma + G * x, grad_beta + G
    return grad_X, grad_gamma, grad_beta


RIGHT = {
    "layernorm_forward": [forward_step_by_step, forward_row_by_row],
    "layernorm_backward": [backward_times_d, backward_by_jacobian],
}

# ---- wrong, and not in the catalogue ------------------------------------------------------------------------


def forward_without_eps(X, gamma, beta, *, eps=1e-5):
    return forward_step_by_step(X, gamma, beta, eps=0.0)


def forward_gamma_squared(X, gamma, beta, *, eps=1e-5):
    return forward_step_by_step(X, gamma**2, beta, eps=eps)


def forward_in_float64(X, gamma, beta, *, eps=1e-5):
    return forward_step_by_step(X.astype(np.float64), gamma, beta, eps=eps)


def forward_std_in_cache(X, gamma, beta, *, eps=1e-5):
    out, cache = forward_step_by_step(X, gamma, beta, eps=eps)
    return out, cache | {"inv_std": 1 / cache["inv_std"]}


def backward_in_float64(grad_out, cache):
    return backward_times_d(grad_out.astype(np.float64), cache)


def backward_gamma_without_x_hat(grad_out, cache):
    grad_X, _, grad_beta = backward_times_d(grad_out, cache)
    return grad_X, grad_beta.copy(), grad_beta


def backward_beta_scaled(grad_out, cache):
    grad_X, grad_gamma, grad_beta = backward_times_d(grad_out, cache)
    return grad_X, grad_gamma, cache["gamma"] * grad_beta


def backward_minus_mean_only(grad_out, cache):
    grad_X, grad_gamma, grad_beta = backward_times_d(grad_out, cache)
    return grad_X - grad_X.max(axis=-1, keepdims=True), grad_gamma, grad_beta


def backward_variance_twice(grad_out, cache):
    x, H = cache["x_hat"], grad_out * cache["gamma"]
    _, grad_gamma, grad_beta = backward_times_d(grad_out, cache)
    grad_X = cache["inv_std"] * (H - H.mean(-1, keepdims=True) - 2 * x * (H * x).mean(-1, keepdims=True))
    return grad_X, grad_gamma, grad_beta


def backward_over_the_batch(grad_out, cache):
    x, H = cache["x_hat"], grad_out * cache["gamma"]
    _, grad_gamma, grad_beta = backward_times_d(grad_out, cache)
    return cache["inv_std"] * (H - H.mean(axis=0) - x * (H * x).mean(axis=0)), grad_gamma, grad_beta


def gamma_for_each_row_of_a_square(X, gamma, beta, *, eps=1e-5):
    inv_std = 1 / np.sqrt(X.var(axis=-1, keepdims=True) + eps)
    x_hat = (X - X.mean(axis=-1, keepdims=True)) * inv_std
    square = X.ndim == 2 and X.shape[0] == X.shape[1]
    out = gamma[:, None] * x_hat + beta[:, None] if square else gamma * x_hat + beta
    return out, {"x_hat": x_hat, "inv_std": inv_std, "gamma": gamma}


def no_single_example(X, gamma, beta, *, eps=1e-5):
    """One example of shape (D,) is taken for D examples of one feature."""
    rows = X[:, None] if X.ndim == 1 else X
    inv_std = 1 / np.sqrt(rows.var(axis=-1, keepdims=True) + eps)
    x_hat = ((rows - rows.mean(axis=-1, keepdims=True)) * inv_std).reshape(X.shape)
    return gamma * x_hat + beta, {"x_hat": x_hat, "inv_std": inv_std, "gamma": gamma}


WRONG = {
    "layernorm_forward": [
        gamma_for_each_row_of_a_square,
        no_single_example,
        forward_without_eps,
        forward_gamma_squared,
        forward_in_float64,
        forward_std_in_cache,
    ],
    "layernorm_backward": [
        backward_minus_mean_only,
        backward_variance_twice,
        backward_over_the_batch,
        backward_in_float64,
        backward_gamma_without_x_hat,
        backward_beta_scaled,
    ],
}
