"""Compare each optimizer step with a lower bound: the time to move every array that it touches through memory once."""

from functools import partial

import numpy as np

from bench import measure
from reference.adam_variants import amsgrad_init, amsgrad_step
from reference.adaptive import adagrad_init, adagrad_step, adam_init, adam_step, rmsprop_init, rmsprop_step
from reference.momentum import momentum_init, momentum_step, nesterov_rewritten_step

# the step, its init, and how many arrays it reads or writes: params and state are read and written, gradients read
STEPS = {
    "momentum_step": (momentum_step, momentum_init, 5),
    "nesterov_rewritten_step": (nesterov_rewritten_step, momentum_init, 5),
    "adagrad_step": (adagrad_step, adagrad_init, 5),
    "rmsprop_step": (rmsprop_step, rmsprop_init, 5),
    "adam_step": (adam_step, adam_init, 7),
    "amsgrad_step": (amsgrad_step, amsgrad_init, 9),
}
SIZES = {"784 x 256": (784, 256), "2048 x 2048": (2048, 2048)}


def table(*, rounds: int) -> str:
    """Markdown: for each step and size the time as a multiple of the bound.

    The bound is the number of arrays times the time in which a copy reads or writes one, measured in the same
    rounds. A NumPy expression goes through memory once per operation, so the multiple counts operations.
    """
    rows = {name: [name, str(arrays)] for name, (_, _, arrays) in STEPS.items()}
    for shape in SIZES.values():
        seconds = times(shape, rounds)
        for name, (_, _, arrays) in STEPS.items():
            bound = arrays * seconds["copy"] / 2
            rows[name] += [f"{1e6 * np.median(seconds[name]):.0f}", measure.spread(seconds[name] / bound, 1)]
    head = ["step", "arrays touched"]
    for size in SIZES:
        head += [f"{size}: microseconds", "times the bound"]
    return measure.table(head, list(rows.values()))


def times(shape: tuple[int, int], rounds: int) -> dict[str, np.ndarray]:
    """Seconds of every step, and of a copy, round by round."""
    rng = np.random.default_rng(0)
    params, grads = (rng.random(shape, dtype=np.float32) for _ in range(2))
    target = np.empty_like(params)
    np.empty(30_000_000, np.uint8)  # freed at once: afterwards malloc keeps freed memory for reuse
    repeat = max(1, 2**22 // params.size)
    timed = {"copy": measure.stopwatch(lambda: np.copyto(target, params), 4 * repeat)}
    for name, (step, init, _) in STEPS.items():
        _, state = step(params, grads, init(params), lr=0.01)
        timed[name] = measure.stopwatch(partial(step, params, grads, state, lr=0.01), repeat)
    return measure.interleaved(timed, rounds=rounds, rng=rng)
