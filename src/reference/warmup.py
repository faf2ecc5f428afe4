"""Three minutes with shapes: an array of means meets an array of rows."""


def center_columns(X):
    """Subtract from every column its mean, so that each column has mean 0 afterwards.

        x_ij <- x_ij - 1/N sum_k x_kj

    X: (N, D), floats, one example per row. It is not changed.
    Returns an array (N, D) in the dtype of X. A NaN makes its own column NaN and no other.
    """
    return X - X.mean(axis=0)
