"""A configuration's words as functions: which step, which schedule, which initial weights, made from the parts.

`parts` maps the names in PARTS to functions of chapters 00 to 06: yours at home, the reference when judged.
"""

from collections.abc import Callable
from math import ceil

import numpy as np

from descent.data import as_images
from descent.train import no_state

DROPS = 3  # a run with step_decay has so many stairs: lr, lr / 10, lr / 100
PARTS = (
    "affine_backward", "relu", "relu_backward", "softmax_cross_entropy", "minibatches", "clip_by_global_norm",
    "momentum_init", "momentum_step", "nesterov_rewritten_step", "adagrad_init", "adagrad_step", "rmsprop_init",
    "rmsprop_step", "adam_init", "adam_step", "adamw_step", "step_decay", "cosine_annealing", "warmup_cosine",
    "l2_penalty", "dropout_forward", "dropout_backward", "EarlyStopping", "random_shift", "random_flip", "add_noise",
    "standardize_fit", "min_max_fit", "rescale", "zeros", "normal", "xavier_uniform", "he_normal",
    "batchnorm_init", "batchnorm_forward", "batchnorm_backward",
)  # fmt: skip
Parts = dict[str, Callable]


def put_aside(config, num: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """The rows that early stopping watches, and those that are trained on. Draws only if there is early stopping."""
    if not config["patience"]:
        return np.arange(0), np.arange(num)
    order = rng.permutation(num)
    few = round(config["aside"] * num)
    return order[:few], order[few:]


def rescaling(config, X, parts: Parts) -> Callable:
    """inputs -> what the network gets, with statistics of the training rows X."""
    if config["inputs"] == "raw":
        return lambda rows: rows
    shift, scale = parts["standardize_fit" if config["inputs"] == "standardize" else "min_max_fit"](X)
    return lambda rows: parts["rescale"](rows, shift, scale)


def augmenting(config, rng, parts: Parts) -> Callable:
    """rows -> changed copies of them: shifted, mirrored, with noise, in this order; the same rows if none is on."""

    def change(rows):
        if config["shift"] or config["flip"]:
            images = as_images(rows)
            if config["shift"]:
                images = parts["random_shift"](images, max_shift=config["shift"], rng=rng)
            if config["flip"]:
                images = parts["random_flip"](images, p=config["flip"], rng=rng)
            rows = images.reshape(rows.shape)
        return parts["add_noise"](rows, scale=config["noise"], rng=rng) if config["noise"] else rows

    return change


def layers(config, rng, parts: Parts) -> dict:
    """Keywords for `mlp_loss_and_grads`: loss, affine backward, ReLU; batch norm and dropout if configured."""
    keywords = {
        "loss": parts["softmax_cross_entropy"],
        "affine_backward": parts["affine_backward"],
        "activation": (parts["relu"], parts["relu_backward"]),
    }
    if config["batch_norm"]:
        keywords["normalization"] = parts["batchnorm_forward"], parts["batchnorm_backward"]
    if config["dropout"]:
        keywords["dropout"] = (
            lambda x: parts["dropout_forward"](x, p=config["dropout"], rng=rng),
            parts["dropout_backward"],
        )
    return keywords


def initial(config, dtype, parts: Parts) -> Callable:
    """init(rng, shape) -> weights, as `mlp_init` wants it."""
    rule = parts[config["init"]]
    more = {"scale": config["init_scale"]} if config["init"] == "normal" else {}
    return lambda rng, shape: np.asarray(rule(rng, shape, **more), dtype=dtype)


def stepping(config, parts: Parts) -> tuple[Callable, Callable]:
    """(init, step) for `train`. AdamW's decay leaves biases, gamma and beta alone."""
    momentum = {"momentum": config["momentum"]}
    name = config["optimizer"]
    if name == "sgd":
        return no_state, lambda x, g, state, lr: (x - lr * g, state)
    if name == "momentum":
        return parts["momentum_init"], lambda x, g, state, lr: parts["momentum_step"](x, g, state, lr=lr, **momentum)
    if name == "nesterov":
        return (
            parts["momentum_init"],
            lambda x, g, state, lr: parts["nesterov_rewritten_step"](x, g, state, lr=lr, **momentum),
        )
    if name == "adamw":

        def adamw(x, g, state, lr):
            decay = config["weight_decay"] if x.ndim > 1 else 0.0
            return parts["adamw_step"](x, g, state, lr=lr, weight_decay=decay)

        return parts["adam_init"], adamw
    return parts[f"{name}_init"], lambda x, g, state, lr: parts[f"{name}_step"](x, g, state, lr=lr)


def scheduled(config, num_rows: int, parts: Parts) -> Callable:
    """lr(t) for the step number t of a run of all the configured epochs."""
    num_steps = config["epochs"] * ceil(num_rows / config["batch_size"])
    lr, name = config["lr"], config["schedule"]
    if name == "step_decay":
        return lambda t: parts["step_decay"](t, lr=lr, drop_every=ceil(num_steps / DROPS))
    if name == "cosine":
        return lambda t: parts["cosine_annealing"](t, lr=lr, num_steps=num_steps)
    if name == "warmup_cosine":
        warmup_steps = round(config["warmup"] * num_steps)
        return lambda t: parts["warmup_cosine"](t, lr=lr, warmup_steps=warmup_steps, num_steps=num_steps)
    return lambda t: lr
