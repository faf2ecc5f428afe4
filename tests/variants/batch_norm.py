"""Chapter 06, batch normalization: right versions written in other ways, and wrong ones that nobody catalogued."""

import numpy as np

# ---- right ------------------------------------------------------------------------------------------------


def forward_by_loop(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    N, D = X.shape
    out, mean, var = np.empty_like(X), running[0].copy(), running[1].copy()
    cache = {"centred": np.empty_like(X), "inv_std": np.empty_like(gamma), "x_hat": np.empty_like(X), "gamma": gamma}
    for j in range(D):
        m, v = running[0][j], running[1][j]
        if training:
            m = sum(X[:, j]) / N
            v = sum((X[:, j] - m) ** 2) / N
            mean[j] = running[0][j] + momentum * (m - running[0][j])
            var[j] = running[1][j] + momentum * (v * N / (N - 1) - running[1][j])
        cache["centred"][:, j] = X[:, j] - m
        cache["inv_std"][j] = (v + eps) ** -0.5
        cache["x_hat"][:, j] = cache["centred"][:, j] * cache["inv_std"][j]
        out[:, j] = gamma[j] * cache["x_hat"][:, j] + beta[j]
    return out, cache, (mean, var)


def forward_other_algebra(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    mean, var = running
    if training:
        mean, var = np.mean(X, axis=0), np.mean((X - np.mean(X, axis=0)) ** 2, axis=0)
        unbiased = np.var(X, axis=0, ddof=1)
        running = [running[0] * (1 - momentum) + mean * momentum, running[1] - momentum * (running[1] - unbiased)]
    std = np.sqrt(var + eps)
    cache = {"X": X, "std": std, "gamma": gamma, "centred": X - mean, "x_hat": (X - mean) / std, "inv_std": 1 / std}
    scale = gamma / std
    return scale * X + (beta - scale * mean), cache, running


def steps_with_einsum(grad_out, cache):
    c, s, x, gamma = cache["centred"], cache["inv_std"], cache["x_hat"], cache["gamma"]
    N = grad_out.shape[0]
    H = grad_out * gamma
    inv_std = np.einsum("nd,nd->d", H, c)
    var = -inv_std * s * s * s / 2
    centred = H * s + (2 / N) * c * var
    mean = -np.einsum("nd->d", centred)
    return {
        "X": centred + mean / N,
        "mean": mean,
        "centred": centred,
        "var": var,
        "inv_std": inv_std,
        "x_hat": H,
        "gamma": np.einsum("nd,nd->d", grad_out, x),
        "beta": np.einsum("nd->d", grad_out),
    }


def steps_mean_by_both_ways(grad_out, cache):
    c, s, N = cache["centred"], cache["inv_std"], len(grad_out)
    g = {"beta": np.ones(N, grad_out.dtype) @ grad_out, "gamma": np.sum(cache["x_hat"] * grad_out, 0)}
    g["x_hat"] = cache["gamma"] * grad_out
    g["inv_std"] = np.sum(g["x_hat"] * c, axis=0)
    g["var"] = g["inv_std"] * (-0.5) * np.power(s, 3)
    g["mean"] = -np.sum(g["x_hat"], axis=0) * s - g["var"] * np.mean(2 * c, axis=0)
    g["centred"] = g["x_hat"] * s + g["var"] * 2 * c / N
    g["X"] = g["x_hat"] * s + g["var"] * 2 * c / N + g["mean"] / N
    return g


def closed_by_steps(grad_out, cache):
    g = steps_with_einsum(grad_out, cache)
    return g["X"], g["gamma"], g["beta"]


def closed_times_n(grad_out, cache):
    x, N = cache["x_hat"], len(grad_out)
    H = grad_out * cache["gamma"]
    grad_X = cache["inv_std"] / N * (N * H - H.sum(axis=0) - x * (H * x).sum(axis=0))
    return [grad_X, (grad_out * x).sum(axis=0), grad_out.sum(axis=0)]


def closed_by_loop(grad_out, cache):
    grad_X = np.empty_like(grad_out)
    for j in range(grad_out.shape[1]):
        G, x = grad_out[:, j], cache["x_hat"][:, j]
        grad_X[:, j] = cache["gamma"][j] * cache["inv_std"][j] * (G - G.mean() - x * (G @ x) / len(G))
    return grad_X, np.sum(grad_out * cache["x_hat"], axis=0), np.sum(grad_out, axis=0)


def fold_by_matrix(W, b, gamma, beta, running, *, eps=1e-5):
    S = np.diag(gamma / np.sqrt(running[1] + eps))
    return W @ S, (b - running[0]) @ S + beta


def fold_bias_apart(W, b, gamma, beta, running, *, eps=1e-5):
    mean, var = running
    inv_std = (var + eps) ** -0.5
    return gamma * inv_std * W, beta + gamma * inv_std * b - gamma * inv_std * mean


RIGHT = {
    "batchnorm_forward": [forward_by_loop, forward_other_algebra],
    "batchnorm_backward_steps": [steps_with_einsum, steps_mean_by_both_ways],
    "batchnorm_backward": [closed_by_steps, closed_times_n, closed_by_loop],
    "fold_batchnorm": [fold_by_matrix, fold_bias_apart],
}

# ---- wrong, and not in the catalogue ------------------------------------------------------------------------


def forward_median(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache, new = forward_other_algebra(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    if training:
        out = gamma * (X - np.median(X, axis=0)) / np.sqrt(X.var(axis=0) + eps) + beta
    return out, cache, new


def forward_absolute(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    return forward_other_algebra(X, np.abs(gamma), beta, running, training, momentum=momentum, eps=eps)


def forward_running_swapped(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache, new = forward_other_algebra(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    return out, cache, (new[1], new[0])


def forward_eps_doubled(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    return forward_other_algebra(X, gamma, beta, running, training, momentum=momentum, eps=2 * eps)


def forward_in_float64(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    return forward_other_algebra(X.astype(np.float64), gamma, beta, running, training, momentum=momentum, eps=eps)


def forward_mean_lags(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache, new = forward_other_algebra(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    return out, cache, ((running[0] + new[0]) / 2, new[1])


def steps_with_one_off(key):
    """The right answer but for the gradient called `key`, on which nothing else is built."""

    def steps(grad_out, cache):
        g = steps_with_einsum(grad_out, cache)
        return g | {key: g[key] + g[key].max()}

    steps.__name__ = f"steps_with_{key}_off"
    return steps


def steps_in_float64(grad_out, cache):
    return steps_with_einsum(grad_out.astype(np.float64), cache)


def steps_numbers_scaled(grad_out, cache):
    return {key: 2 * value for key, value in steps_with_einsum(grad_out, cache).items()}


def steps_var_twice(grad_out, cache):
    g = steps_with_einsum(grad_out, cache)
    return g | {"centred": g["centred"] + g["var"] * cache["centred"] / len(grad_out)}


def steps_forgets_mean(grad_out, cache):
    g = steps_with_einsum(grad_out, cache)
    return {key: value for key, value in g.items() if key != "mean"}


def closed_squared_inv_std(grad_out, cache):
    grad_X, grad_gamma, grad_beta = closed_by_steps(grad_out, cache)
    return grad_X * cache["inv_std"], grad_gamma, grad_beta


def closed_minus(grad_out, cache):
    grad_X, grad_gamma, grad_beta = closed_by_steps(grad_out, cache)
    return -grad_X, grad_gamma, grad_beta


def closed_n_minus_one(grad_out, cache):
    G, x, N = grad_out, cache["x_hat"], len(grad_out)
    grad_X = cache["gamma"] * cache["inv_std"] * (G - G.sum(axis=0) / N - x * (G * x).sum(axis=0) / (N - 1))
    return grad_X, (G * x).sum(axis=0), G.sum(axis=0)


def closed_beta_mean(grad_out, cache):
    grad_X, grad_gamma, grad_beta = closed_by_steps(grad_out, cache)
    return grad_X, grad_gamma, grad_beta / len(grad_out)


def closed_in_float64(grad_out, cache):
    return closed_by_steps(grad_out.astype(np.float64), cache)


def fold_in_float64(W, b, gamma, beta, running, *, eps=1e-5):
    return fold_bias_apart(W.astype(np.float64), b.astype(np.float64), gamma, beta, running, eps=eps)


def fold_scaled_beta(W, b, gamma, beta, running, *, eps=1e-5):
    s = gamma / np.sqrt(running[1] + eps)
    return W * s, (b - running[0] + beta) * s


def fold_mean_for_var(W, b, gamma, beta, running, *, eps=1e-5):
    s = gamma / np.sqrt(np.abs(running[0]) + eps)
    return W * s, (b - running[1]) * s + beta


def fold_weights_kept(W, b, gamma, beta, running, *, eps=1e-5):
    return W.copy(), fold_bias_apart(W, b, gamma, beta, running, eps=eps)[1]


def divides_by_gamma(grad_out, cache):
    """Right, but where a gamma is 0."""
    from reference.batch_norm import batchnorm_backward_steps

    grads = batchnorm_backward_steps(grad_out, cache)
    return grads | {"inv_std": grads["gamma"] * cache["gamma"] ** 2 / cache["inv_std"] / cache["gamma"]}


WRONG = {
    "batchnorm_forward": [
        forward_median,
        forward_absolute,
        forward_running_swapped,
        forward_eps_doubled,
        forward_in_float64,
        forward_mean_lags,
    ],
    "batchnorm_backward_steps": [
        divides_by_gamma,
        steps_numbers_scaled,
        steps_var_twice,
        steps_forgets_mean,
        steps_in_float64,
        *map(steps_with_one_off, ("beta", "gamma", "x_hat", "inv_std", "var", "mean")),
    ],
    "batchnorm_backward": [
        closed_squared_inv_std,
        closed_minus,
        closed_n_minus_one,
        closed_beta_mean,
        closed_in_float64,
    ],
    "fold_batchnorm": [fold_scaled_beta, fold_mean_for_var, fold_weights_kept, fold_in_float64],
}
