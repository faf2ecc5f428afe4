"""Makes schedules.npz: learning rates from PyTorch's schedulers and optax's schedules, for 60 steps.

    pip install torch==2.13.0 numpy optax==0.2.8 jax==0.10.2       (in an environment of its own)
    python tests/golden/schedules.py

inverse_time has no scheduler of that name in either: it is the eta of torch.optim.ASGD with alpha 1,
eta = lr / (1 + lambd * lr * step).
"""

from pathlib import Path

import jax
import numpy as np
import optax
import torch
from torch.optim import lr_scheduler

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)
LR, LR_MIN, NUM_STEPS = 0.37, 0.011, 60


def torch_rates(make_scheduler):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=LR)
    scheduler, rates = make_scheduler(optimizer), []
    for _ in range(NUM_STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(rates)


def asgd_rates(lambd):
    params = torch.zeros(1, requires_grad=True)
    optimizer, rates = torch.optim.ASGD([params], lr=LR, lambd=lambd, alpha=1.0), [LR]
    for _ in range(NUM_STEPS - 1):
        params.grad = torch.zeros(1)
        optimizer.step()
        rates.append(float(optimizer.state[params]["eta"]))  # what the next step will use
    return np.array(rates)


def optax_rates(schedule):
    return np.array([float(schedule(step)) for step in range(NUM_STEPS)])


def main():
    arrays = {
        "settings": np.array([LR, LR_MIN]),
        "torch_step_decay": torch_rates(lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.3)),
        "torch_exponential": torch_rates(lambda o: lr_scheduler.ExponentialLR(o, gamma=0.93)),
        "torch_cosine": torch_rates(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=41, eta_min=LR_MIN)),
        "torch_restarts": torch_rates(
            lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=7, T_mult=2, eta_min=LR_MIN)
        ),
        "torch_restarts_equal": torch_rates(lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=11)),
        "torch_warmup_from_a_third": torch_rates(lambda o: lr_scheduler.LinearLR(o, total_iters=9)),
        "torch_inverse_time": asgd_rates(lambd=0.2),
        "optax_cosine": optax_rates(optax.cosine_decay_schedule(LR, decay_steps=41, alpha=LR_MIN / LR)),
        "optax_step_decay": optax_rates(optax.exponential_decay(LR, 7, 0.3, staircase=True)),
        "optax_warmup": optax_rates(optax.linear_schedule(0.0, LR, transition_steps=9)),
        "optax_warmup_cosine": optax_rates(
            optax.warmup_cosine_decay_schedule(0.0, LR, warmup_steps=9, decay_steps=50, end_value=LR_MIN)
        ),
        "versions": np.array([f"{one.__name__} {one.__version__}" for one in (torch, optax, jax)]),
    }
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    main()
