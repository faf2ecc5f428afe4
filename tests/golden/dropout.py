"""Makes dropout.npz: PyTorch's dropout forwards and backwards, for tests/test_reference_dropout.py.

    pip install torch==2.13.0 numpy            (in an environment of its own)
    python tests/golden/dropout.py

The inputs have no zeros, so that PyTorch's mask can be read off its output.
"""

from pathlib import Path

import numpy as np
import torch


def main():
    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    out = {"p": 0.37}
    for dtype in ("float64", "float32"):
        X = torch.tensor(rng.uniform(0.5, 2, (5, 7)).astype(dtype), requires_grad=True)
        G = torch.tensor(rng.standard_normal((5, 7)).astype(dtype))
        dropped = torch.nn.functional.dropout(X, p=0.37, training=True)
        dropped.backward(G)
        out |= {f"{dtype}_X": X.detach().numpy(), f"{dtype}_G": G.numpy()}
        out |= {f"{dtype}_out": dropped.detach().numpy(), f"{dtype}_grad": X.grad.numpy()}
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **out)


if __name__ == "__main__":
    main()
