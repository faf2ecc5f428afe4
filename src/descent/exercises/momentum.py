"""Chapter 03: momentum and Nesterov."""

import numpy as np

from descent.exercise import Case, Exercise, Group, returned

STEP_GROUPS = {
    "step": Group(2, "one step with a velocity that is not zero", "速度不为零时走一步"),
    "steps": Group(3, "four steps from rest, lr changes on the way", "从静止出发走四步，途中改变 lr"),
    "shapes": Group(2, "a single number and a matrix as params", "参数是单个数或矩阵"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
}


def numbers(rng, shape, dtype=np.float64):
    """Distinct short numbers, none near zero: readable on a card, the same on every machine."""
    signs = rng.choice([-1.0, 1.0], size=shape)
    return np.asarray(signs * np.round(rng.uniform(0.2, 3.0, size=shape), 2), dtype=dtype)


def between(rng, low, high):
    return float(np.round(rng.uniform(low, high), 3))


def one_step(rng, group, shape, state="velocity", dtype=np.float64):
    return Case(group, {"params": numbers(rng, shape, dtype), "grads": numbers(rng, shape, dtype),
                        state: numbers(rng, shape, dtype), "lr": between(rng, 0.03, 0.3),
                        "momentum": between(rng, 0.55, 0.95)})


def step_cases(rng, state="velocity"):
    cases = [one_step(rng, "step", 3, state), one_step(rng, "step", 2, state)]
    for size in (2, 3):
        lr = between(rng, 0.05, 0.2)
        cases.append(Case("steps", {"params": numbers(rng, size), "grads": [numbers(rng, size) for _ in range(4)],
                                    state: np.zeros(size), "lr": [lr, lr, round(lr / 4, 5), round(lr / 4, 5)],
                                    "momentum": between(rng, 0.55, 0.95)}))
    return cases + [one_step(rng, "shapes", (), state), one_step(rng, "shapes", (2, 3), state),
                    one_step(rng, "float32", 3, state, np.float32)]


def run_steps(solution, inputs, state="velocity"):
    """One step, or one step for each gradient and lr of a list."""
    params, memory = inputs["params"], inputs[state]
    several = isinstance(inputs["lr"], list)
    steps = zip(inputs["grads"], inputs["lr"]) if several else [(inputs["grads"], inputs["lr"])]
    values = {}
    for number, (grads, lr) in enumerate(steps, start=1):
        result = solution(params, grads, memory, lr=lr, momentum=inputs["momentum"])
        params, memory = returned(result, "params", state)
        label = f" after step {number}" if several else ""
        values[f"{state}{label}"], values[f"params{label}"] = memory, params
    return values


EXERCISES = [
    Exercise("momentum_step", "momentum.momentum_step", STEP_GROUPS, step_cases, run_steps),
]
