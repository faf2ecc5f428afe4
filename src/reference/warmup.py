"""Three minutes with shapes: an array of means meets an array of rows."""


def center_columns(X):
    """Subtract from every column its mean, so that each column has mean 0 afterwards.

        x_ij <- x_ij - 1/N sum_k x_kj

    X: (N, D), one example per row, not changed. Returns an array (N, D) in the dtype of X.
    NaN and inf stay in their column.
    """
    return X - X.mean(axis=0)
