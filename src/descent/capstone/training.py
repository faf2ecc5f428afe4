"""We train the network of a configuration, with the parts passed in, and count its example-gradients."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.capstone import pieces
from descent.models import add_penalty, mlp_init, mlp_loss_and_grads, mlp_scores
from descent.train import train

CLASSES = 10


class OverBudget(Exception):
    """The next batch would need more example-gradients than the budget has left."""


@dataclass(frozen=True)
class Trained:
    """What a run left: scores(X) of the trained network, its history, the example-gradients it has used.

    epochs: how many were done. diverged: the loss was no longer finite, and the run ended there.
    """

    scores: Callable[[np.ndarray], np.ndarray]
    history: dict[str, np.ndarray]
    spent: int
    epochs: int
    diverged: bool


def train_configuration(
    config: dict[str, Any],
    X,
    y,
    *,
    rng: np.random.Generator,
    parts: pieces.Parts,
    budget: int,
    watch: Callable | None = None,
    each_batch: Callable | None = None,
) -> Trained:
    """Train the network of a complete configuration (schema.validate makes one) on X (N, D) and labels y (N,).

    Drawn from one rng, in this order: rows put aside (if early stopping), initial weights, then for every epoch
    the mini-batches and for every batch shift, flip, noise, dropout layer by layer. The network has X's dtype.
    watch(scores) -> named numbers for the history, asked before the first epoch and after every one.
    each_batch() is called before every batch and may raise. Raises OverBudget rather than overdraw the budget.
    """
    aside, training_part = pieces.put_aside(config, len(X), rng)
    X_aside, y_aside, X, y = X[aside], y[aside], X[training_part], y[training_part]
    to_network = pieces.rescaling(config, X, parts)
    change = pieces.augmenting(config, rng, parts)
    layers = pieces.layers(config, rng, parts)
    params = mlp_init(
        rng,
        (X.shape[1], *config["hidden"], CLASSES),
        init=pieces.initial(config, X.dtype, parts),
        normalized=config["batch_norm"],
    )
    running = (
        {k: parts["batchnorm_init"](width, dtype=X.dtype) for k, width in enumerate(config["hidden"], start=1)}
        if config["batch_norm"]
        else {}
    )
    init, step = pieces.stepping(config, parts)
    stopper = parts["EarlyStopping"](patience=config["patience"]) if config["patience"] else None
    spent, best = 0, {}

    def batches(rng):
        for rows, labels in parts["minibatches"](X, y, batch_size=config["batch_size"], rng=rng):
            yield to_network(change(rows)), labels

    def loss_and_grads(params, rows, labels):
        nonlocal spent
        if each_batch:
            each_batch()
        if spent + len(rows) > budget:
            raise OverBudget(f"{spent} of {budget} example-gradients are used, the next batch needs {len(rows)}")
        spent += len(rows)
        value, grads = mlp_loss_and_grads(params, rows, labels, running=running, **layers)
        if config["l2"]:
            value, grads = add_penalty(
                value, grads, params, penalty=lambda W: parts["l2_penalty"](W, strength=config["l2"])
            )
        if config["clip_norm"] is not None:
            grads, _ = parts["clip_by_global_norm"](grads, max_norm=config["clip_norm"])
        return value, grads

    def network(params, statistics):
        def scores(inputs):
            with np.errstate(over="ignore", invalid="ignore"):  # a network that diverged scores NaN
                return mlp_scores(
                    params,
                    to_network(inputs),
                    activation=layers["activation"],
                    normalization=layers.get("normalization"),
                    running=statistics,
                )

        return scores

    def stop(_, params):
        loss, _ = parts["softmax_cross_entropy"](network(params, running)(X_aside), y_aside)
        ended = stopper.update(float(loss), params)
        if stopper.num_bad == 0:
            best["running"] = dict(running)
        return ended

    params, history = train(
        params,
        batches,
        loss_and_grads,
        step,
        init=init,
        rng=rng,
        num_epochs=config["epochs"],
        lr=pieces.scheduled(config, len(X), parts),
        stop=stop if stopper else None,
        evaluate=(lambda params: watch(network(params, running)) if watch else {}) if watch or stopper else None,
    )
    if stopper is not None and stopper.best_epoch is not None:
        params, running = stopper.restore(), best["running"]
    return Trained(
        network(params, running), history, spent, len(history["epoch_end"]), not np.isfinite(history["loss"][-1])
    )
