"""Chapter 02: the gradient through time of a recurrent network with one unit, in steps."""

import numpy as np

from descent.cases import between, numbers
from descent.contract_cases import CONTRACT, given, spoiled, with_nan
from descent.exercise import Case, Exercise, Group, returned


def two(rng, scale=1.0, dtype=np.float64):
    """w and b, none of them near the other's size."""
    return np.round(scale * numbers(rng, 2), 3).astype(dtype)


def back_cases(rng, name):
    def case(group, num_steps, dtype=np.float64, params=None):
        params = two(rng, dtype=dtype) if params is None else params
        inputs = {"params": params, "states": numbers(rng, num_steps + 1, dtype), "target": between(rng, 0.1, 0.9)}
        return Case(group, inputs, f"{name}(params, states, target=target)")

    def steep():
        return np.array([(-1 if rng.random() < 0.5 else 1) * between(rng, 5, 8), between(rng, -2, -1)])

    base, flat = case("contract", 3), case("contract", 25, params=np.array([3.9, -2.0]))
    return [
        case("steps", 3),
        case("steps", 4),
        case("steps", 2),
        case("one", 1),
        case("one", 1),
        case("long", 9, params=steep()),
        case("long", 12, params=steep()),
        case("float32", 3, np.float32),
        case("float32", 4, np.float32),
        given(base, target=0.0),
        given(base, target=1.0),
        with_nan(base, "params"),
        # Not in x_0: forwards, 0 * NaN reaches dloss/db as well, and that is no mistake.
        given(base, states=spoiled(base.inputs["states"], 1, np.nan)),
        given(base, states=spoiled(base.inputs["states"], -1, np.nan)),
        # The last slope is tiny, and so is every entry; none of them is 0.
        given(flat, states=np.append(flat.inputs["states"][:-1] / 9, -26.0), target=0.05),
        given(base, params=base.inputs["params"] * [0, 1], target=0.65),  # w is 0: no state depends on the one before
        given(base, params=1e6 * base.inputs["params"]),
        given(base, params=1e-6 * base.inputs["params"]),
    ]


BACK_GROUPS = {
    "steps": Group(3, "two to four steps", "两到四步"),
    "one": Group(1, "one step", "只有一步"),
    "long": Group(2, "many steps with a large weight", "很多步，权重很大"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}


def run_states(solution, inputs):
    return {"d": solution(inputs["params"], inputs["states"], target=inputs["target"])}


def run_gradient(solution, inputs):
    return {"gradient": solution(inputs["params"], inputs["states"], target=inputs["target"])}


LOSS_GROUPS = {
    "loss": Group(2, "the loss", "损失", only=("loss",)),
    "gradient": Group(3, "the gradient", "梯度", only=("grads",)),
    "defaults": Group(1, "x0, target and num_steps as in the paper's figure", "x0、target、num_steps 用论文插图的取值"),
    "contract": CONTRACT,
}


def loss_cases(rng):
    def case(group, **options):
        tail = "".join(f", {name}={name}" for name in options)
        return Case(group, {"params": two(rng)} | options, f"rnn_loss_and_grads(params{tail})")

    def options(num_steps):
        return {"x0": between(rng, -2, 2), "target": between(rng, 0.1, 0.6), "num_steps": num_steps}

    base = case("contract", **options(3))
    return [
        case("loss", **options(2)),
        case("loss", **options(5)),
        case("gradient", **options(3)),
        case("gradient", **options(4)),
        case("defaults"),
        case("defaults"),
        case("defaults", num_steps=3),
        given(base, x0=-3.0, target=0.0),
        given(base, x0=3.0, target=1.0),
    ]


def run_loss(solution, inputs):
    options = {name: value for name, value in inputs.items() if name != "params"}
    loss, grads = returned(solution(inputs["params"], **options), "loss", "grads")
    return {"loss": loss, "grads": grads}


EXERCISES = [
    Exercise(
        "rnn_state_gradients",
        "rnn.rnn_state_gradients",
        BACK_GROUPS,
        lambda rng: back_cases(rng, "rnn_state_gradients"),
        run_states,
        clauses={"entry t is dloss/dx_t": "steps", "Slopes are taken": "steps", "all later states follow": "steps"},
    ),
    Exercise(
        "rnn_gradient",
        "rnn.rnn_gradient",
        BACK_GROUPS,
        lambda rng: back_cases(rng, "rnn_gradient"),
        run_gradient,
        clauses={"always with the same": "steps", "entry 0 is": "steps", "Entry 1 is": "steps"},
    ),
    Exercise("rnn_loss_and_grads", "rnn.rnn_loss_and_grads", LOSS_GROUPS, loss_cases, run_loss, clauses={}),
]
