"""Makes clipping.npz: gradients clipped by torch.nn.utils and by optax.

pip install torch==2.13.0 numpy optax==0.2.8 jax==0.10.2       (in an environment of its own)
python tests/golden/clipping.py
"""

from pathlib import Path

import jax
import numpy as np
import optax
import torch

jax.config.update("jax_enable_x64", True)
MAX_NORMS, MAX_VALUES = [1e-3, 0.7, 5.0, 1e6], [0.0, 0.2, 1.0, 30.0]


def torch_clipped(grads, clip):
    params = [torch.zeros(g.shape, dtype=torch.float64) for g in grads.values()]
    for param, g in zip(params, grads.values()):
        param.grad = torch.tensor(g)
    total = clip(params)
    return {name: param.grad.numpy() for name, param in zip(grads, params)}, total


def optax_clipped(grads, transformation):
    state = transformation.init(grads)
    return {name: np.asarray(g) for name, g in transformation.update(grads, state)[0].items()}


def main():
    rng = np.random.default_rng(20132)
    grads = {
        "W": rng.normal(0, 3, (4, 3)),
        "b": rng.normal(0, 1e-6, 3),
        "s": np.array(2.5),
        "zero": np.zeros(2),
    }
    arrays = {f"grads_{name}": g for name, g in grads.items()}
    arrays |= {"max_norms": np.array(MAX_NORMS), "max_values": np.array(MAX_VALUES)}
    utils = torch.nn.utils
    for k, bound in enumerate(MAX_NORMS):
        clipped, total = torch_clipped(grads, lambda params: utils.clip_grad_norm_(params, bound))
        arrays |= {f"torch_norm{k}_{name}": g for name, g in clipped.items()} | {"torch_total": total.numpy()}
        clipped = optax_clipped(grads, optax.clip_by_global_norm(bound))
        arrays |= {f"optax_norm{k}_{name}": g for name, g in clipped.items()}
    for k, bound in enumerate(MAX_VALUES):
        clipped, _ = torch_clipped(grads, lambda params: utils.clip_grad_value_(params, bound))
        arrays |= {f"torch_value{k}_{name}": g for name, g in clipped.items()}
    arrays["versions"] = np.array([f"{one.__name__} {one.__version__}" for one in (torch, optax, jax)])
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    main()
