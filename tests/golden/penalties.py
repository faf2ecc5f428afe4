"""Makes penalties.npz for tests/test_reference_penalties.py: scikit-learn's linear models, PyTorch's renorm.

pip install torch==2.13.0 numpy scikit-learn==1.9.1            (in an environment of its own)
python tests/golden/penalties.py
"""

from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import ElasticNet, Lasso, Ridge

N, STRENGTH, L1, L2 = 31, 0.13, 0.07, 0.19


def main():
    rng = np.random.default_rng(5)
    X = rng.standard_normal((N, 6)) * [1, 2, 0.5, 1, 3, 0.7]
    y = X @ [1.5, 0, -2, 0, 0.4, 0] + 0.3 * rng.standard_normal(N)
    exact = {"fit_intercept": False, "tol": 1e-15, "max_iter": 100_000}
    out = {"X": X, "y": y, "strengths": [STRENGTH, L1, L2]}
    out["ridge"] = Ridge(alpha=N * STRENGTH, fit_intercept=False, solver="cholesky").fit(X, y).coef_
    out["lasso"] = Lasso(alpha=STRENGTH, **exact).fit(X, y).coef_
    out["elastic_net"] = ElasticNet(alpha=L1 + L2, l1_ratio=L1 / (L1 + L2), **exact).fit(X, y).coef_

    W = rng.standard_normal((4, 7))
    out["W"] = W
    out["renorm"] = torch.renorm(torch.tensor(W), p=2, dim=1, maxnorm=1.7).numpy()
    w = torch.tensor(W, requires_grad=True)
    (STRENGTH / 2 * (w**2).sum()).backward()
    out["l2_grad"] = w.grad.numpy().copy()
    w.grad = None
    (L1 * w.abs().sum() + L2 / 2 * (w**2).sum()).backward()
    out["elastic_net_grad"] = w.grad.numpy().copy()
    w.grad = torch.zeros_like(w)
    torch.optim.SGD([w], lr=0.1, weight_decay=STRENGTH).step()
    out["decayed"] = w.detach().numpy()
    out["softshrink"] = torch.nn.functional.softshrink(torch.tensor(W), 0.4).numpy()
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **out)


if __name__ == "__main__":
    main()
