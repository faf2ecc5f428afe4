"""We put the features on a common scale before training, measured on the training set alone.

Every method has two halves: `..._fit` measures on training examples, the other half applies what was measured
to any examples, without looking at them. X has one example per row: (N, D).
"""

import numpy as np

from descent.hyper import require
from descent.say import tr


def standardize_fit(X):
    """Measure mean and standard deviation of every feature.

        shift_j = mean of column j             scale_j = sqrt(mean of (X_ij - shift_j)^2)
        scale_j = 1 for a feature that is constant in X: it becomes 0 (or nearly), not NaN

    X: (N, D), floats, not changed. Returns (shift, scale), each (D,), in the dtype of X.
    Features may lie far from 0, as years do. A feature that holds NaN becomes NaN when it is rescaled.

    >>> standardize_fit(np.array([[1.0, 7.0], [5.0, 7.0]]))
    (array([3., 7.]), array([2., 1.]))

    The variance divides by N, as in scikit-learn's StandardScaler.
    """
    varies = X.max(axis=0) > X.min(axis=0)
    return X.mean(axis=0), np.where(varies, X.std(axis=0), 1)


def min_max_fit(X):
    """Measure lowest value and range of every feature: rescaled, the training examples fill [0, 1].

    Returns (shift, scale), each (D,): shift_j the lowest value, scale_j highest minus lowest, 1 if constant.
    They have the dtype of X, and are floats even if X holds whole numbers: in uint8, 3 - 5 would be 254.
    X: (N, D), not changed. A feature that holds NaN becomes NaN when it is rescaled.

    >>> min_max_fit(np.array([[2, 7], [5, 7]], dtype=np.uint8))
    (array([2., 7.]), array([3., 1.]))
    """
    low, high = 1.0 * X.min(axis=0), 1.0 * X.max(axis=0)
    return low, np.where(high > low, high - low, 1)


def rescale(X, shift, scale):
    """Apply what a fit has measured: (X - shift) / scale, feature by feature.

    X: (N, D), floats or whole numbers (pixels in uint8). shift, scale: (D,), floats. They are not changed.
    Returns an array of X's shape; its dtype is float32 if all three are float32. NaN passes through.

    >>> rescale(np.array([[3, 8]], dtype=np.uint8), np.array([5.0, 2.0]), np.array([2.0, 3.0]))
    array([[-1.,  2.]])
    """
    return (X - shift) / scale


def pca_fit(X, *, num_components=None):
    """Principal components: orthogonal directions in which the examples vary most.

        covariance C = (X - mean)^T (X - mean) / N       C u_k = variance_k u_k,  variances in falling order

    X: array of shape (N, D), N and D at least 2, not changed. num_components: how many to keep (K); all, which is
    min(N, D), if None.
    Returns (mean, components, variances): (D,), (D, K) with one direction u_k per column, (K,).
    The sign of a direction is arbitrary, either is right; here its entry of largest size is positive.
    Raises ValueError unless 1 <= num_components <= min(N, D).

    >>> mean, components, variances = pca_fit(np.array([[0.0, 1.0], [3.0, 5.0]]), num_components=1)
    >>> mean.tolist(), components.round(9).tolist(), variances.round(9).tolist()
    ([1.5, 3.0], [[0.6], [0.8]], [6.25])

    scikit-learn's PCA divides by N - 1 and has its directions in rows.
    """
    require(
        num_components is None or 1 <= num_components <= min(X.shape),
        "num_components",
        num_components,
        tr(f"None, or in [1, {min(X.shape)}]", f"None，或 [1, {min(X.shape)}] 内的数"),
    )
    mean = X.mean(axis=0)
    # SVD: more precise than eigh(C).
    _, singular, rows = np.linalg.svd(X - mean, full_matrices=False)
    components = rows[:num_components].T
    largest = np.argmax(np.abs(components), axis=0, keepdims=True)
    components = components * np.sign(np.take_along_axis(components, largest, axis=0))
    return mean, components, singular[:num_components] ** 2 / len(X)


def pca(X, mean, components):
    """Coordinates of the examples along the components: (X - mean) @ components, shape (N, K).

    X: (N, D). mean, components: from pca_fit. They are not changed. The dtype stays. A row of X with NaN becomes NaN.

    >>> pca(np.array([[3.0, 4.0]]), np.array([1.0, 2.0]), np.array([[0.0], [1.0]]))
    array([[2.]])
    """
    return (X - mean) @ components


def pca_whiten(X, mean, components, variances, *, eps=0.0):
    """Coordinates along the components, each divided by its standard deviation: their covariance is I.

        (X - mean) @ components / sqrt(variances + eps)

    X: (N, D). mean, components, variances: from pca_fit, with variances + eps > 0. They are not changed.
    eps: a number that keeps directions of almost no variance from becoming pure noise.
    Returns (N, K). The dtype stays. A row of X with NaN becomes NaN. Raises ValueError unless eps >= 0.

    >>> pca_whiten(np.array([[7.0, 3.0]]), np.array([1.0, 1.0]), np.eye(2), np.array([9.0, 0.25]))
    array([[2., 4.]])
    """
    require(eps >= 0, "eps", eps, tr("a number >= 0", "大于或等于 0 的数"))
    return (X - mean) @ components / np.sqrt(variances + eps)


def zca_matrix(components, variances, *, eps=0.0):
    """The matrix that whitens by turning to the components, scaling, and turning back.

        M = U diag(1 / sqrt(variances + eps)) U^T              U: components, (D, D)

    components, variances: from pca_fit, with variances + eps > 0. They are not changed. Returns M: (D, D), symmetric.
    The dtype stays. Raises ValueError unless eps >= 0.

    >>> zca_matrix(np.eye(2), np.array([4.0, 0.25]))
    array([[0.5, 0. ],
           [0. , 2. ]])

    Zero-phase component analysis (Bell and Sejnowski 1997): (X - mean) @ M has covariance I, and of all whitened
    versions it is the one closest to X, so digits still look like digits.
    """
    require(eps >= 0, "eps", eps, tr("a number >= 0", "大于或等于 0 的数"))
    return components / np.sqrt(variances + eps) @ components.T
