"""Makes adaptive.npz: 200 steps of every adaptive method in PyTorch and optax, a few in Keras.

    pip install torch==2.13.0 numpy optax==0.2.8 jax==0.10.2 keras==3.15.1      (in an environment of its own)
    KERAS_BACKEND=torch python tests/golden/adaptive.py

The gradient is scale * (h * (x - c) + cos(x)) with random h and c, so that it depends on the path; scale
makes some entries tiny (1e-6: where eps is added shows), one always zero. Every seventh gradient is zero
altogether. The learning rate drops to a fifth after step 120. Kept: the first three points and every tenth.
"""

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import jax  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402
import torch  # noqa: E402

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)  # NAdam keeps a running product in the default dtype
SCALES = {
    "0d": np.array(1.0),
    "0d_tiny": np.array(1e-6),
    "1d": np.array([1.0, 0.0, 1e-6, 30.0, -0.4]),
    "2d": np.array([[1.0, 1e-6, 3.0, 0.1], [1e-3, 1.0, -1e-6, 7.0], [0.0, 2.0, 0.5, 1e2]]),
}
NUM_STEPS, DROP_AT, LR, LR_LATE = 200, 120, 0.03, 0.006
ALPHA, BETAS, EPS, DECAY = 0.93, (0.87, 0.985), 1e-7, 0.3
KEPT = np.array([0, 1, 2, *range(9, NUM_STEPS, 10)])
ADAM = {"betas": BETAS, "eps": EPS}
TORCH = {
    "adagrad": (torch.optim.Adagrad, {"eps": EPS}),
    "rmsprop": (torch.optim.RMSprop, {"alpha": ALPHA, "eps": EPS}),
    "adam": (torch.optim.Adam, ADAM),
    "amsgrad": (torch.optim.Adam, ADAM | {"amsgrad": True}),
    "adam_l2": (torch.optim.Adam, ADAM | {"weight_decay": DECAY}),
    "adamw": (torch.optim.AdamW, ADAM | {"weight_decay": DECAY}),
    "adamax": (torch.optim.Adamax, ADAM),
    # beta1 * (1 - 0.96^(t * momentum_decay) / 2) is beta1 for a huge momentum_decay: Dozat's constant case
    "nadam": (torch.optim.NAdam, ADAM | {"momentum_decay": 1e6}),
    "nadam_growing": (torch.optim.NAdam, ADAM),
}
B = {"b1": BETAS[0], "b2": BETAS[1], "eps": EPS}


def lr_at(count):
    return jax.numpy.where(count < DROP_AT, LR, LR_LATE)


OPTAX = {
    "adagrad_from_0": lambda: optax.adagrad(lr_at, initial_accumulator_value=0.0, eps=0.0),
    "adagrad": lambda: optax.adagrad(lr_at, eps=EPS),
    "rmsprop_outside": lambda: optax.rmsprop(lr_at, decay=ALPHA, eps=EPS, eps_in_sqrt=False),
    "rmsprop": lambda: optax.rmsprop(lr_at, decay=ALPHA, eps=EPS),
    "adam": lambda: optax.adam(lr_at, **B),
    "amsgrad": lambda: optax.amsgrad(lr_at, **B),
    "adamw": lambda: optax.adamw(lr_at, **B, weight_decay=DECAY),
    "nadam": lambda: optax.nadam(lr_at, **B),
    "adamax": lambda: optax.adamax(lr_at, **B),
}
K = {"beta_1": BETAS[0], "beta_2": BETAS[1], "epsilon": EPS}
KERAS = {
    "adagrad": lambda: keras.optimizers.Adagrad(LR, epsilon=EPS),
    "rmsprop": lambda: keras.optimizers.RMSprop(LR, rho=ALPHA, epsilon=EPS),
    "adam": lambda: keras.optimizers.Adam(LR, **K),
    "adamax": lambda: keras.optimizers.Adamax(LR, **K),
}


def gradient(step, x, problem):
    h, c, scale = problem
    return scale * (h * (x - c) + np.cos(x)) * (step % 7 != 3)


def torch_path(kind, start, problem, dtype=np.float64):
    optimizer_class, hyper = TORCH[kind]
    params = torch.tensor(start.astype(dtype))
    optimizer = optimizer_class([params], lr=LR, **hyper)
    path = []
    for step in range(NUM_STEPS):
        optimizer.param_groups[0]["lr"] = LR if step < DROP_AT else LR_LATE
        params.grad = torch.tensor(np.asarray(gradient(step, params.numpy(), problem), dtype=dtype))
        optimizer.step()
        path.append(params.numpy().copy())
    return np.array(path)[KEPT]


def optax_path(kind, start, problem):
    optimizer = OPTAX[kind]()
    params = jax.numpy.asarray(start)
    state, path = optimizer.init(params), []
    update = jax.jit(optimizer.update)
    for step in range(NUM_STEPS):
        grads = jax.numpy.asarray(gradient(step, np.asarray(params), problem))
        updates, state = update(grads, state, params)
        params = optax.apply_updates(params, updates)
        path.append(np.asarray(params))
    return np.array(path)[KEPT]


def keras_path(kind, start, problem):
    """The first three points, at one learning rate."""
    keras.config.set_floatx("float64")
    optimizer, params, path = KERAS[kind](), keras.Variable(start, dtype="float64"), []
    for step in range(3):
        grads = keras.ops.convert_to_tensor(gradient(step, params.numpy(), problem), dtype="float64")
        optimizer.apply([grads], [params])
        path.append(params.numpy().copy())
    return np.array(path)


def main():
    rng = np.random.default_rng(20174)
    arrays = {"kept": KEPT, "settings": np.array([LR, LR_LATE, DROP_AT, ALPHA, *BETAS, EPS, DECAY])}
    for name, scale in SCALES.items():
        h, c = rng.uniform(0.5, 4, scale.shape), rng.normal(size=scale.shape)
        start = rng.normal(0, 2, scale.shape)
        problem, start = (np.asarray(h), np.asarray(c), scale), np.asarray(start)
        arrays |= {f"{name}_h": h, f"{name}_c": c, f"{name}_scale": scale, f"{name}_start": start}
        arrays |= {f"{name}_torch_{kind}": torch_path(kind, start, problem) for kind in TORCH}
        arrays |= {f"{name}_optax_{kind}": optax_path(kind, start, problem) for kind in OPTAX}
    for kind in TORCH:
        arrays[f"2d_torch32_{kind}"] = torch_path(kind, start, problem, np.float32)
    for kind in KERAS:
        arrays[f"2d_keras_{kind}"] = keras_path(kind, start, problem)
    packages = (torch, optax, jax, keras)
    arrays["versions"] = np.array([f"{package.__name__} {package.__version__}" for package in packages])
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    main()
