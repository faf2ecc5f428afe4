"""We put the features on a common scale before training, measured on the training set alone.

Every method has two halves: `..._fit` measures on training examples, the other half applies what was measured
to any examples, without looking at them. X has one example per row: (N, D).
"""

import numpy as np

from descent.hyper import require


def standardize_fit(X):
    """Measure mean and standard deviation of every feature.

        shift_j = mean of column j             scale_j = sqrt(mean of (X_ij - shift_j)^2)
        scale_j = 1 for a feature that is constant in X: it becomes 0 (or nearly), not NaN

    X: (N, D), not changed. Returns (shift, scale), each (D,), in the dtype of X.
    The variance divides by N, as in scikit-learn's StandardScaler. A feature with NaN or inf gets a shift
    that is not finite.
    """
    varies = X.max(axis=0) > X.min(axis=0)
    return X.mean(axis=0), np.where(varies, X.std(axis=0), 1)


def min_max_fit(X):
    """Measure lowest value and range of every feature: rescaled, the training examples fill [0, 1].

    Returns (shift, scale), each (D,): shift_j the lowest value, scale_j highest minus lowest, 1 if constant.
    They are floats even if X holds whole numbers: in uint8, 3 - 5 would be 254.
    X: (N, D), not changed. A feature with NaN has a shift of NaN.
    """
    low, high = 1.0 * X.min(axis=0), 1.0 * X.max(axis=0)
    return low, np.where(high > low, high - low, 1)


def rescale(X, shift, scale):
    """Apply what a fit has measured: (X - shift) / scale, feature by feature.

    X: (N, D); shift, scale: (D,), floats. They are not changed. Returns an array of X's shape. NaN and inf pass
    through.
    """
    return (X - shift) / scale


def pca_fit(X, *, num_components=None):
    """Principal components: orthogonal directions in which the examples vary most.

        covariance C = (X - mean)^T (X - mean) / N       C u_k = variance_k u_k,  variances in falling order

    X: (N, D), not changed. num_components: how many to keep; all, which is min(N, D), if None.
    Returns (mean, components, variances): (D,), (D, K) with one direction u_k per column, (K,).
    The sign of a direction is arbitrary: we make its entry of largest size positive.
    Raises ValueError unless 1 <= num_components <= min(N, D), numpy.linalg.LinAlgError if X has NaN or inf.
    scikit-learn's PCA divides by N - 1 and has its directions in rows.
    """
    require(num_components is None or 1 <= num_components <= min(X.shape),
            "num_components", num_components, f"None, or in [1, {min(X.shape)}]")
    mean = X.mean(axis=0)
    # The right singular vectors of the centred data are the eigenvectors of C, and more precise ones.
    _, singular, rows = np.linalg.svd(X - mean, full_matrices=False)
    components = rows[:num_components].T
    largest = np.argmax(np.abs(components), axis=0, keepdims=True)
    components = components * np.sign(np.take_along_axis(components, largest, axis=0))
    return mean, components, singular[:num_components] ** 2 / len(X)


def pca(X, mean, components):
    """Coordinates of the examples along the components: (X - mean) @ components, shape (N, K).

    X: (N, D); mean, components: from pca_fit. They are not changed. NaN and inf pass through.
    """
    return (X - mean) @ components


def pca_whiten(X, mean, components, variances, *, eps=0.0):
    """Coordinates along the components, each divided by its standard deviation: their covariance is I.

        (X - mean) @ components / sqrt(variances + eps)

    X: (N, D); the others from pca_fit. They are not changed. Returns (N, K). NaN and inf pass through.
    eps keeps directions of almost no variance from becoming pure noise. Raises ValueError unless eps >= 0;
    with eps = 0 a direction of variance 0 gives NaN or inf and NumPy's warning.
    """
    require(eps >= 0, "eps", eps, "a number >= 0")
    return (X - mean) @ components / np.sqrt(variances + eps)


def zca_matrix(components, variances, *, eps=0.0):
    """The matrix that whitens by turning to the components, scaling, and turning back.

        M = U diag(1 / sqrt(variances + eps)) U^T              U: components, (D, D)

    (X - mean) @ M has covariance I, and of all whitened versions it is the one closest to X: digits still
    look like digits. components, variances: from pca_fit. They are not changed. Returns M: (D, D), symmetric.
    Raises ValueError unless eps >= 0; with eps = 0 a variance of 0 gives NaN or inf and NumPy's warning.
    Zero-phase component analysis (Bell and Sejnowski 1997).
    """
    require(eps >= 0, "eps", eps, "a number >= 0")
    return components / np.sqrt(variances + eps) @ components.T
