"""Makes normalization.npz for tests/test_reference_batch_norm.py and _layer_norm.py, with PyTorch.

pip install torch==2.13.0 numpy            (in an environment of its own)
python tests/golden/normalization.py
"""

from pathlib import Path

import numpy as np
import torch

N, D, MOMENTUM, EPS = 6, 5, 0.23, 2e-3


def main():
    rng = np.random.default_rng(17)
    gamma, beta = rng.uniform(0.5, 2, D), rng.standard_normal(D)
    out = {"gamma": gamma, "beta": beta, "hyper": [MOMENTUM, EPS]}

    layer = torch.nn.BatchNorm1d(D, eps=EPS, momentum=MOMENTUM, dtype=torch.float64)
    layer.weight.data, layer.bias.data = torch.tensor(gamma), torch.tensor(beta)
    for step in range(3):  # three batches: the running statistics collect
        X = rng.standard_normal((N, D)) * [1, 5, 0.1, 2, 1] + [0, 3, -1, 0, 9]
        X = torch.tensor(X, requires_grad=True)
        G = torch.tensor(rng.standard_normal((N, D)))
        layer.zero_grad()
        Y = layer(X)
        Y.backward(G)
        out |= {f"X{step}": X.detach().numpy(), f"G{step}": G.numpy(), f"out{step}": Y.detach().numpy()}
        out |= {f"grad_X{step}": X.grad.numpy(), f"grad_gamma{step}": layer.weight.grad.numpy().copy()}
        out |= {f"grad_beta{step}": layer.bias.grad.numpy().copy()}
        out[f"mean{step}"] = layer.running_mean.numpy().copy()
        out[f"var{step}"] = layer.running_var.numpy().copy()
    layer.eval()
    out["eval_X"] = rng.standard_normal((3, D)) * 4
    out["eval_out"] = layer(torch.tensor(out["eval_X"])).detach().numpy()

    # Every intermediate gradient of batch normalization, by autograd on the graph of the docstring.
    X = torch.tensor(out["X0"], requires_grad=True)
    mean = X.mean(dim=0)
    centred = X - mean
    var = (centred**2).mean(dim=0)
    inv_std = (var + EPS) ** -0.5
    x_hat = centred * inv_std
    Y = torch.tensor(gamma) * x_hat + torch.tensor(beta)
    named = {"mean": mean, "centred": centred, "var": var, "inv_std": inv_std, "x_hat": x_hat}
    for tensor in named.values():
        tensor.retain_grad()
    Y.backward(torch.tensor(out["G0"]))
    out |= {f"step_{name}": tensor.grad.numpy() for name, tensor in named.items()}

    for name, shape in {"2d": (N, D), "3d": (2, 3, D)}.items():
        layer = torch.nn.LayerNorm(D, eps=EPS, dtype=torch.float64)
        layer.weight.data, layer.bias.data = torch.tensor(gamma), torch.tensor(beta)
        X = torch.tensor(rng.standard_normal(shape) * 3 + 1, requires_grad=True)
        G = torch.tensor(rng.standard_normal(shape))
        Y = layer(X)
        Y.backward(G)
        out |= {f"ln{name}_X": X.detach().numpy(), f"ln{name}_G": G.numpy()}
        out[f"ln{name}_out"] = Y.detach().numpy()
        out |= {f"ln{name}_grad_X": X.grad.numpy(), f"ln{name}_grad_gamma": layer.weight.grad.numpy()}
        out |= {f"ln{name}_grad_beta": layer.bias.grad.numpy()}
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **out)


if __name__ == "__main__":
    main()
