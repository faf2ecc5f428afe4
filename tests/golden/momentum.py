"""Makes momentum.npz: 200 steps of SGD in PyTorch and optax, for tests/test_reference_momentum.py.

    pip install torch==2.13.0 numpy optax==0.2.8 jax==0.10.2       (in an environment of its own)
    python tests/golden/momentum.py

The problem is f(x) = sum(h * (x - c)**2) / 2 + sum(sin(x)) with random h and c, so that gradients depend on
the path and no two entries agree. The learning rate drops to a fifth after step 120.
"""

from pathlib import Path

import jax
import numpy as np
import optax
import torch

jax.config.update("jax_enable_x64", True)
SHAPES = {"0d": (), "1d": (5,), "2d": (3, 4)}
NUM_STEPS, DROP_AT = 200, 120
LR, LR_LATE, MOMENTUM = 0.07, 0.014, 0.83


def torch_path(h, c, start, nesterov):
    params = torch.tensor(start, requires_grad=True)
    optimizer = torch.optim.SGD([params], lr=LR, momentum=MOMENTUM, nesterov=nesterov)
    path = []
    for step in range(NUM_STEPS):
        if step == DROP_AT:
            optimizer.param_groups[0]["lr"] = LR_LATE
        optimizer.zero_grad()
        loss = (torch.tensor(h) * (params - torch.tensor(c)) ** 2).sum() / 2 + torch.sin(params).sum()
        loss.backward()
        optimizer.step()
        path.append(params.detach().numpy().copy())
    return np.array(path)


def optax_path(h, c, start, nesterov):
    def schedule(count):
        return jax.numpy.where(count < DROP_AT, LR, LR_LATE)

    optimizer = optax.sgd(schedule, momentum=MOMENTUM, nesterov=nesterov)
    params = jax.numpy.asarray(start)
    state = optimizer.init(params)
    path = []
    for _ in range(NUM_STEPS):
        updates, state = optimizer.update(h * (params - c) + jax.numpy.cos(params), state, params)
        params = optax.apply_updates(params, updates)
        path.append(np.asarray(params))
    return np.array(path)[9::10]  # every tenth point tells as much


def main():
    rng = np.random.default_rng(20161)
    arrays = {"settings": np.array([LR, LR_LATE, MOMENTUM, DROP_AT])}
    for name, shape in SHAPES.items():
        h, c, start = rng.uniform(0.5, 9, shape), rng.normal(size=shape), rng.normal(0, 3, shape)
        h, c, start = np.asarray(h), np.asarray(c), np.asarray(start)
        arrays |= {f"{name}_h": h, f"{name}_c": c, f"{name}_start": start}
        for nesterov, kind in [(False, "heavy_ball"), (True, "nesterov")]:
            arrays[f"{name}_torch_{kind}"] = torch_path(h, c, start, nesterov)
            arrays[f"{name}_optax_{kind}"] = optax_path(h, c, start, nesterov)
    made_with = [f"{package.__name__} {package.__version__}" for package in (torch, optax, jax)]
    arrays["versions"] = np.array(made_with)
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    main()
