"""Makes gradients.npz: losses, backward passes, a Hessian and the one-unit RNN by PyTorch's autograd.

pip install torch==2.13.0 numpy       (in an environment of its own)
python tests/golden/gradients.py
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)


def leaf(array, dtype=np.float64):
    return torch.tensor(np.asarray(array, dtype=dtype), requires_grad=True)


def cross_entropy(logits, labels, dtype=np.float64):
    z = leaf(logits, dtype)
    loss = F.cross_entropy(z, torch.tensor(labels))
    loss.backward()
    return loss.detach().numpy(), z.grad.numpy()


def squared_error(outputs, targets):
    o = leaf(outputs)
    loss = F.mse_loss(o, torch.tensor(targets))
    loss.backward()
    return loss.detach().numpy(), o.grad.numpy()


def affine(X, W, b, grad_out):
    leaves = leaf(X), leaf(W), leaf(b)
    (leaves[0] @ leaves[1] + leaves[2]).backward(torch.tensor(grad_out))
    return [one.grad.numpy() for one in leaves]


def relu(X, grad_out):
    x = leaf(X)
    torch.relu(x).backward(torch.tensor(grad_out))
    return x.grad.numpy()


def two_layer(params, X, y, loss_fn):
    leaves = {name: leaf(value) for name, value in params.items()}
    hidden = torch.relu(torch.tensor(X) @ leaves["W1"] + leaves["b1"])
    loss = loss_fn(hidden @ leaves["W2"] + leaves["b2"], torch.tensor(y))
    loss.backward()
    return loss.detach().numpy(), {name: one.grad.numpy() for name, one in leaves.items()}


def rnn_loss(params, x0, target, num_steps):
    x = torch.tensor(x0)
    for _ in range(num_steps):
        x = params[0] * torch.sigmoid(x) + params[1]
    return (torch.sigmoid(x) - target) ** 2


def rnn(params, x0, target, num_steps):
    p = leaf(params)
    loss = rnn_loss(p, x0, target, num_steps)
    loss.backward()
    return loss.detach().numpy(), p.grad.numpy()


def main():
    rng = np.random.default_rng(20001)
    arrays = {"versions": np.array([f"torch {torch.__version__}"])}

    labels = np.array([2, 0, 4, 1, 1, 3])
    for name, size in [("usual", 2.0), ("huge", 1000.0), ("tiny", 1e-6)]:
        logits = rng.normal(0, size, (6, 5))
        loss, grad = cross_entropy(logits, labels)
        arrays |= {f"ce_{name}_logits": logits, f"ce_{name}_loss": loss, f"ce_{name}_grad": grad}
    loss, grad = cross_entropy(arrays["ce_usual_logits"], labels, np.float32)
    arrays |= {"ce_labels": labels, "ce_float32_loss": loss, "ce_float32_grad": grad}

    for name, shape in [("0d", ()), ("1d", (7,)), ("2d", (6, 3))]:
        outputs, targets = np.asarray(rng.normal(size=shape)), np.asarray(rng.normal(size=shape))
        loss, grad = squared_error(outputs, targets)
        arrays |= {f"mse_{name}_outputs": outputs, f"mse_{name}_targets": targets}
        arrays |= {f"mse_{name}_loss": loss, f"mse_{name}_grad": grad}

    X, W, b, G = rng.normal(size=(6, 4)), rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=(6, 3))
    for name, value in zip(["X", "W", "b", "grad_out"], [X, W, b, G]):
        arrays[f"affine_{name}"] = value
    for name, value in zip(["X", "W", "b"], affine(X, W, b, G)):
        arrays[f"affine_grad_{name}"] = value
    at_the_kink = np.array([[-1.5, 0.0, 2.0], [0.0, -0.1, 1e-9]])
    arrays |= {"relu_X": at_the_kink, "relu_grad_out": G[:2], "relu_grad_X": relu(at_the_kink, G[:2])}

    params = {
        "W1": rng.normal(size=(4, 5)),
        "b1": rng.normal(size=5),
        "W2": rng.normal(size=(5, 3)),
        "b2": rng.normal(size=3),
    }
    arrays |= {f"net_{name}": value for name, value in params.items()}
    arrays |= {"net_targets": rng.normal(size=(6, 3)), "net_labels": np.array([2, 0, 1, 1, 2, 0])}
    for kind, answers, loss_fn in [("mse", "net_targets", F.mse_loss), ("ce", "net_labels", F.cross_entropy)]:
        loss, grads = two_layer(params, X, arrays[answers], loss_fn)
        arrays[f"net_{kind}_loss"] = loss
        arrays |= {f"net_{kind}_grad_{name}": grad for name, grad in grads.items()}

    features, start = torch.tensor(X), torch.tensor(rng.normal(size=(4, 5)))
    hessian = torch.autograd.functional.hessian(lambda W: F.cross_entropy(features @ W, torch.tensor(labels)), start)
    arrays |= {"hessian_W": start.numpy(), "hessian": hessian.numpy().reshape(20, 20)}

    points = np.array([[5.0, -2.4], [3.0, -1.0], [-2.0, 0.7], [6.2, -3.1], [0.0, 0.0], [20.0, -10.0]])
    pairs = [rnn(p, 0.5, 0.7, 50) for p in points] + [rnn(p, -0.3, 0.2, 3) for p in points]
    arrays |= {"rnn_points": points, "rnn_losses": np.array([loss for loss, _ in pairs])}
    arrays["rnn_grads"] = np.array([grad for _, grad in pairs])
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    main()
