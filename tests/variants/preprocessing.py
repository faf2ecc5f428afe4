"""Chapter 06, preprocessing: right versions in other words, and wrong ones that nobody catalogued."""

import numpy as np

# ---- right: loops, eigenvectors of the covariance, other signs ------------------------------------------


def standardize_by_loop(X):
    shift, scale = np.zeros(X.shape[1], X.dtype), np.ones(X.shape[1], X.dtype)
    for j in range(X.shape[1]):
        column = X[:, j]
        shift[j] = column.sum() / len(column)
        if len(set(column.tolist())) > 1:
            scale[j] = np.sqrt(((column - shift[j]) ** 2).sum() / len(column))
    return shift, scale


def standardize_with_ptp(X):
    mean = np.mean(X, axis=0)
    std = np.sqrt(np.mean((X - mean) ** 2, axis=0))
    std[np.ptp(X, axis=0) == 0] = 1.0
    return [mean, std]


def standardize_all_equal(X):
    return X.mean(0), np.where((X == X[0]).all(axis=0), np.ones_like(X[0]), X.std(0))


def min_max_by_loop(X):
    low, high = X[0] * 1.0, X[0] * 1.0
    for row in X:
        low, high = np.minimum(low, row), np.maximum(high, row)
    scale = high - low
    scale[scale == 0] = 1
    return low, scale


def min_max_by_sorting(X):
    ordered = np.sort(X * 1.0, axis=0)
    spread = ordered[-1] - ordered[0]
    return ordered[0], spread + (spread == 0)


def rescale_transposed(X, shift, scale):
    return ((X.T - shift[:, None]) / scale[:, None]).T


def rescale_by_loop(X, shift, scale):
    out = np.empty(X.shape, shift.dtype)
    for j in range(X.shape[1]):
        out[:, j] = (X[:, j] - shift[j]) / scale[j]
    return out


def pca_by_eigh(X, *, num_components=None):
    mean = X.mean(axis=0)
    values, vectors = np.linalg.eigh((X - mean).T @ (X - mean) / len(X))
    K = num_components or min(X.shape)
    return mean, vectors[:, ::-1][:, :K], values[::-1][:K]


def pca_by_cov(X, *, num_components=None):
    values, vectors = np.linalg.eigh(np.cov(X, rowvar=False, bias=True))
    order = np.argsort(-values)[: min(X.shape) if num_components is None else num_components]
    return np.mean(X, axis=0), -vectors[:, order], values[order]


def pca_by_svd(X, *, num_components=None):
    mean = X.mean(axis=0)
    _, singular, Vt = np.linalg.svd((X - mean) / np.sqrt(len(X)), full_matrices=False)
    return [mean, -Vt.T[:, :num_components], np.square(singular)[:num_components]]


def project_after(X, mean, components):
    return X @ components - mean @ components


def project_with_einsum(X, mean, components):
    return np.einsum("nd,dk->nk", X - mean, components)


def project_by_loop(X, mean, components):
    return np.stack([np.dot(components.T, row - mean) for row in X])


def whiten_scaled_directions(X, mean, components, variances, *, eps=0.0):
    return (X - mean) @ (components / np.sqrt(variances + eps))


def whiten_by_power(X, mean, components, variances, *, eps=0.0):
    return (X - mean).dot(components).dot(np.diag((variances + eps) ** -0.5))


def zca_with_diag(components, variances, *, eps=0.0):
    return components @ np.diag(1 / np.sqrt(variances + eps)) @ components.T


def zca_as_a_sum(components, variances, *, eps=0.0):
    return sum(np.outer(u, u) / np.sqrt(v + eps) for u, v in zip(components.T, variances))


RIGHT = {
    "standardize_fit": [standardize_by_loop, standardize_with_ptp, standardize_all_equal],
    "min_max_fit": [min_max_by_loop, min_max_by_sorting],
    "rescale": [rescale_transposed, rescale_by_loop],
    "pca_fit": [pca_by_eigh, pca_by_cov, pca_by_svd],
    "pca": [project_after, project_with_einsum, project_by_loop],
    "pca_whiten": [whiten_scaled_directions, whiten_by_power],
    "zca_matrix": [zca_with_diag, zca_as_a_sum],
}

# ---- wrong, and not in the catalogue ----------------------------------------------------------------------


def mean_deviation(X):
    return X.mean(axis=0), np.abs(X - X.mean(axis=0)).mean(axis=0)


def first_example(X):
    return X[0].copy(), np.ones_like(X[0])


def constant_gets_two(X):
    std = X.std(axis=0)
    return X.mean(axis=0), np.where(X.max(axis=0) > X.min(axis=0), std, 2)


def half_range(X):
    low, high = X.min(axis=0), X.max(axis=0)
    return (low + high) / 2, np.where(high > low, (high - low) / 2, 1)


def standard_error(X):
    return X.min(axis=0), X.std(axis=0)


def low_and_high(X):
    return X.min(axis=0), X.max(axis=0)


def clipped(X, shift, scale):
    return np.clip((X - shift) / scale, -1, 1)


def squared_scale(X, shift, scale):
    return (X - shift) / scale**2


def first_feature_only(X, shift, scale):
    return (X - shift[0]) / scale[0]


def rotated_by_one(X, *, num_components=None):
    mean, components, variances = pca_by_svd(X, num_components=num_components)
    return mean, np.roll(components, 1, axis=0), variances


def axes_of_the_features(X, *, num_components=None):
    order = np.argsort(-X.var(axis=0))[:num_components]
    return X.mean(axis=0), np.eye(X.shape[1])[:, order], X.var(axis=0)[order]


def longer_directions(X, *, num_components=None):
    mean, components, variances = pca_by_svd(X, num_components=num_components)
    return mean, components * np.sqrt(variances), variances


def nothing_without_variance(X, *, num_components=None):
    mean, components, variances = pca_by_svd(X, num_components=num_components)
    return mean, components * (variances > 1e-9), variances


def in_float64(function):
    """A right function that hands back float64, whatever comes in."""

    def wider(X, *others, **options):
        return function(X.astype(np.float64), *others, **options)

    wider.__name__ = f"{function.__name__}_in_float64"
    return wider


def size_of_coordinates(X, mean, components):
    return np.abs((X - mean) @ components)


def double_mean(X, mean, components):
    return (X - 2 * mean) @ components


def project_with_mean_of_mean(X, mean, components):
    return (X - mean.mean()) @ components


def whiten_squared(X, mean, components, variances, *, eps=0.0):
    return ((X - mean) @ components) ** 2 / (variances + eps)


def whiten_eps_twice(X, mean, components, variances, *, eps=0.0):
    return (X - mean) @ components / np.sqrt(variances + 2 * eps + 0.1)


def whiten_all_alike(X, mean, components, variances, *, eps=0.0):
    return (X - mean) @ components / np.sqrt(variances.mean() + eps)


def zca_minus(components, variances, *, eps=0.0):
    return -components / np.sqrt(variances + eps) @ components.T


def zca_fourth_root(components, variances, *, eps=0.0):
    return components / (variances + eps) ** 0.25 @ components.T


def zca_one_scale(components, variances, *, eps=0.0):
    return components @ components.T / np.sqrt(variances.mean() + eps)


WRONG = {
    "standardize_fit": [mean_deviation, first_example, constant_gets_two],
    "min_max_fit": [half_range, standard_error, low_and_high],
    "rescale": [clipped, squared_scale, first_feature_only, in_float64(rescale_transposed)],
    "pca_fit": [rotated_by_one, axes_of_the_features, longer_directions, nothing_without_variance],
    "pca": [size_of_coordinates, double_mean, project_with_mean_of_mean, in_float64(project_after)],
    "pca_whiten": [whiten_squared, whiten_eps_twice, whiten_all_alike, in_float64(whiten_scaled_directions)],
    "zca_matrix": [zca_minus, zca_fourth_root, zca_one_scale, in_float64(zca_with_diag)],
}
