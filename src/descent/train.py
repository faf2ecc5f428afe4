"""We write the training loop once: everything that is learned in the course is handed to it as a function."""

from collections.abc import Callable, Iterable

import numpy as np

from descent.hyper import require
from descent.say import tr


def no_state(params):
    """The state of a step that remembers nothing."""
    return None


def train(
    params: dict[str, np.ndarray],
    batches: Callable[[np.random.Generator], Iterable[tuple]],
    loss_and_grads: Callable,
    step: Callable,
    *,
    lr: float | Callable[[int], float],
    rng: np.random.Generator,
    init: Callable = no_state,
    num_steps: int | None = None,
    num_epochs: int | None = None,
    evaluate: Callable[[dict], dict[str, float]] | None = None,
    evaluate_every: int | None = None,
    stop: Callable[[dict, dict], bool] | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Train for num_steps steps or num_epochs epochs. Returns (new params, history).

    batches(rng) -> the batches of one epoch, each a tuple of arrays.
    loss_and_grads(params, *batch) -> loss and the gradients by name.
    step(array, grad, state, *, lr) -> new array and new state, called for each named array.
    init(array) -> the state its first step gets.
    lr: a number, or a schedule: lr(t) for the step number t = 0, 1, 2, ...
    evaluate(params) -> named numbers, asked before the first step, then after every `evaluate_every` steps
        (after every epoch unless given) and after the last one.
    stop(numbers, params) -> True to end the run; asked after each evaluation but the first.

    history, plain arrays: "loss" and "lr" with one entry per step, "epoch_end" with the number of steps done
    at the end of each epoch; if evaluate is given, "step" with the number of steps done at each evaluation,
    and one array per name that evaluate returned.

    Raises ValueError if a gradient, or what a step returns, has another shape than its array: NumPy would broadcast
    it, and a bias of shape (3,) would become (3, 3).

    A run whose loss is no longer finite ends there: the loss that ended it is the last one recorded, and its
    step is not taken. NumPy's overflow warnings are silenced for the loop, since the history shows it.
    """
    require((num_steps is None) != (num_epochs is None), "num_steps, num_epochs", (num_steps, num_epochs),
            "one number and one None: give the budget in steps or in epochs")  # fmt: skip
    require((num_steps or num_epochs) >= 1, "num_steps, num_epochs", (num_steps, num_epochs), "1 or more")
    often = evaluate_every is None or evaluate_every >= 1
    require(often, "evaluate_every", evaluate_every, "None, or 1 or more")
    schedule = lr if callable(lr) else lambda t: lr
    params = dict(params)
    states = {name: init(array) for name, array in params.items()}
    history = {"loss": [], "lr": [], "epoch_end": []}
    evaluations = [(0, evaluate(params))] if evaluate else []
    t = 0  # steps done

    def stopped():
        """Evaluate the params and ask whether the run is over."""
        if not evaluate or evaluations[-1][0] == t:
            return False
        evaluations.append((t, evaluate(params)))
        return stop is not None and bool(stop(evaluations[-1][1], params))

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for batch in _epochs(batches, rng):
            if batch is None:
                history["epoch_end"].append(t)
                if evaluate_every is None and stopped():
                    break
            if t == num_steps or len(history["epoch_end"]) == num_epochs:
                break
            if batch is None:
                continue
            loss, grads = loss_and_grads(params, *batch)
            history["loss"].append(loss)
            lr_now = float(schedule(t))  # a NumPy float64 would turn float32 params into float64
            history["lr"].append(lr_now)
            if not np.isfinite(loss):
                break
            for name, grad in grads.items():
                array = params[name]
                _require_shape(grad, array, "grads", name)
                params[name], states[name] = step(array, grad, states[name], lr=lr_now)
                _require_shape(params[name], array, "the new params", name)
            t += 1
            if evaluate_every is not None and t % evaluate_every == 0 and stopped():
                break
        stopped()  # the last evaluation, if the run did not end on one
    arrays = {name: np.array(values) for name, values in history.items()}
    if evaluate:
        arrays["step"] = np.array([when for when, _ in evaluations])
        for name in evaluations[0][1]:
            arrays[name] = np.array([numbers[name] for _, numbers in evaluations])
    return params, arrays


def _require_shape(value, array, where: str, name: str) -> None:
    """Raise ValueError unless `value` has the shape of `array`. The message is made only then: this runs in every step."""
    if np.shape(value) != np.shape(array):
        require(False, f'shape of {where}["{name}"]', np.shape(value), tr("that of its params", "与对应的 params 相同"))


def _epochs(batches, rng):
    """Yield the batches of one epoch after the other, and None at the end of each."""
    while True:
        num = 0
        for batch in batches(rng):
            num += 1
            yield batch
        require(num >= 1, "batches", batches, "a function that yields at least one batch per epoch")
        yield None


def follow(gradient, start, step, *, lr, num_steps, init=no_state) -> np.ndarray:
    """The points that `step` visits on a function with this gradient: shape (num_steps + 1, *start.shape).

    gradient(x) -> an array like x. step, init and lr as in `train`. The first point is start. Points that
    overflow become inf or NaN without a warning.
    """
    schedule = lr if callable(lr) else lambda t: lr
    x = np.asarray(start)
    state = init(x)
    path = [x]
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(num_steps):
            slope = gradient(x)
            require(
                np.shape(slope) == np.shape(x),
                "shape of the gradient",
                np.shape(slope),
                tr("that of start", "与 start 相同"),
            )
            x, state = step(x, slope, state, lr=float(schedule(t)))
            path.append(x)
    return np.array(path)
