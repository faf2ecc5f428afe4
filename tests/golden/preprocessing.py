"""Makes preprocessing.npz for tests/test_reference_preprocessing.py: scikit-learn's scalers and PCA.

pip install numpy scikit-learn==1.9.1 scipy==1.17.1            (in an environment of its own)
python tests/golden/preprocessing.py
"""

from pathlib import Path

import numpy as np
from scipy.linalg import inv, sqrtm
from sklearn.decomposition import PCA
from sklearn.preprocessing import MinMaxScaler, StandardScaler


def main():
    rng = np.random.default_rng(13)
    X = rng.standard_normal((31, 5)) @ rng.standard_normal((5, 5)) * [1, 30, 0.2, 5, 1] + [3, 0, -7, 100, 1]
    new = rng.standard_normal((7, 5)) * 10
    constant = X.copy()
    constant[:, 2] = 0.1
    out = {"X": X, "new": new, "constant": constant}
    for name, train in {"plain": X, "constant": constant}.items():
        out[f"{name}_standard"] = StandardScaler().fit(train).transform(new)
        out[f"{name}_min_max"] = MinMaxScaler().fit(train).transform(new)
    pca = PCA(svd_solver="full").fit(X)
    out |= {"mean": pca.mean_, "components": pca.components_, "variances": pca.explained_variance_}
    out["coordinates"] = pca.transform(new)
    out["pca_white"] = PCA(svd_solver="full", whiten=True).fit(X).transform(new)
    out["zca"] = inv(sqrtm(np.cov(X.T, bias=True))).real
    out["zca_eps"] = inv(sqrtm(np.cov(X.T, bias=True) + 0.5 * np.eye(5))).real
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **out)


if __name__ == "__main__":
    main()
