"""Chapter 04: AdaGrad, RMSProp, Adam and its relatives: steps that adapt to each entry's gradients."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from descent.cases import after, between, chosen, numbers
from descent.contract_cases import CONTRACT, given, left_out, spoiled, with_nan, with_zeros
from descent.exercise import Case, Exercise, Group, returned

GROUPS = {
    "step": Group(2, "one step in the middle of a run: the state is not zero", "运行途中走一步：状态不为零"),
    "steps": Group(3, "four steps from the start, lr changes on the way", "从头走四步，途中改变 lr"),
    "tiny": Group(2, "gradients as small as eps, one of them zero", "梯度小到与 eps 相当，其中一个为零"),
    "shapes": Group(2, "a single number, a matrix and a stack of matrices as params", "参数是单个数、矩阵或一叠矩阵"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}


@dataclass(frozen=True)
class Method:
    """What distinguishes the cases of a step: the parts of its state, its hyper-parameters besides lr and eps.

    A state of one part is that array itself, a state of several parts is a tuple. `falling`: the first gradient is large
    and the others are small, so that a maximum differs from the last value.
    """

    state: str
    parts: tuple[str, ...]
    hyper: Callable[[np.random.Generator], dict]
    falling: bool = False

    def pack(self, parts: list):
        return parts[0] if len(parts) == 1 else tuple(parts)

    def zeros(self, shape, dtype=np.float64):
        """The initial state of a run."""
        return self.pack([0 if part == "t" else np.zeros(shape, dtype) for part in self.parts])

    def middle(self, rng, shape, dtype=np.float64):
        """A state from the middle of a run. v is small compared with the gradients. Every other v_max is just above v, so
        that this step's v exceeds it; the others are far above."""
        values = {
            "t": 2 + int(7 * rng.random()),
            "m": numbers(rng, shape, dtype),
            "v": np.round(np.abs(numbers(rng, shape)) / 5, 3).astype(dtype),
            "sum_squares": np.abs(numbers(rng, shape, dtype)),
        }
        above = np.where(np.arange(values["v"].size).reshape(shape) % 2, 2.0, 0.01)
        values["v_max"] = np.round(values["v"].astype(np.float64) + above, 3).astype(dtype)
        return self.pack([values[part] if part == "t" else np.asarray(values[part]) for part in self.parts])

    def with_part(self, state, name: str, value):
        """The state with another value for one of its parts."""
        parts = [state] if len(self.parts) == 1 else state
        return self.pack([value if part == name else old for part, old in zip(self.parts, parts)])

    def scaled(self, state, factor: float):
        """The state of a run whose gradients are `factor` times as large: averages of squares grow with its square."""
        powers = {"t": 0, "m": 1, "v": 2, "v_max": 2, "sum_squares": 2}
        parts = [state] if len(self.parts) == 1 else state
        return self.pack([old if part == "t" else old * factor ** powers[part] for part, old in zip(self.parts, parts)])

    def taken_apart(self, state) -> dict:
        """The parts of a returned state by name."""
        return dict(zip(self.parts, (state,) if len(self.parts) == 1 else returned(state, *self.parts)))


LATE = "t is very large and beta2 next to 1", "t 极大而 beta2 极接近 1"
ONLY_ZEROS = "all gradients before were 0", "此前的梯度全为 0"
TURNED = "`lr * weight_decay` is above 1", "`lr * weight_decay` 大于 1"


def tiny(rng, shape=()):
    """Numbers of about 1e-6 with three digits."""
    return np.array([float(f"{value}e-6") for value in numbers(rng, shape).ravel()]).reshape(shape)


def betas(rng):
    return {"betas": (between(rng, 0.6, 0.82), between(rng, 0.86, 0.97))}


def alpha(rng):
    return {"alpha": between(rng, 0.6, 0.93)}


def decayed(rng):
    return betas(rng) | {"weight_decay": between(rng, 0.1, 0.5)}


def cases(rng, name, method):
    def case(group, arrays, lr, eps=1e-8):
        state, hyper = method.state, method.hyper(rng) | {"eps": eps}
        options = ", ".join(f"{key}={key}" for key in hyper)
        if not isinstance(arrays["grads"], list):
            code = f"{name}(params, grads, {state}, lr=lr, {options})"
        else:
            changes = isinstance(lr, list)
            head, rate = ("g, rate in zip(grads, lr)", "rate") if changes else ("g in grads", "lr")
            code = (
                f"for {head}:\n    params, {state} = {name}(params, g, {state}, lr={rate}, {options})\n"
                f"    print({state}, params)"
            )
        return Case(group, arrays | {"lr": lr} | hyper, code)

    def one_step(group, shape, dtype=np.float64):
        arrays = {key: numbers(rng, shape, dtype) for key in ("params", "grads")}
        return case(group, arrays | {method.state: method.middle(rng, shape, dtype)}, between(rng, 0.03, 0.3))

    def four_steps(size):
        lr = between(rng, 0.05, 0.2)
        grads = [numbers(rng, size) for _ in range(4)]
        if method.falling:
            grads = [grads[0], *(np.round(one_step / 10, 3) for one_step in grads[1:])]
        arrays = {"params": numbers(rng, size), "grads": grads, method.state: method.zeros(size)}
        return case("steps", arrays, [lr, lr, round(lr / 4, 5), round(lr / 4, 5)])

    def two_tiny(group, shape=(3,), dtype=np.float64):
        grads = [tiny(rng, shape).astype(dtype), tiny(rng, shape).astype(dtype)]
        for gradient in grads if shape else ():
            gradient.flat[1] = 0.0
        # the penalty's gradient has to be tiny, too
        params = tiny(rng, shape).astype(dtype) if name == "adam_l2_step" else numbers(rng, shape, dtype)
        arrays = {"params": params, "grads": grads, method.state: method.zeros(shape, dtype)}
        return case(group, arrays, between(rng, 0.03, 0.3), abs(float(tiny(rng))))

    return [
        one_step("step", 3),
        one_step("step", 2),
        four_steps(2),
        four_steps(3),
        two_tiny("tiny"),
        two_tiny("tiny"),
        one_step("shapes", ()),
        one_step("shapes", (2, 3)),
        one_step("shapes", (1, 1)),
        two_tiny("shapes", ()),
        two_tiny("shapes", (2, 2)),
        one_step("float32", 3, np.float32),
        one_step("float32", (2, 2), np.float32),
        two_tiny("float32", dtype=np.float32),
        *contract(one_step("contract", 3), name, method),
        one_step("shapes", (2, 1, 3)),
    ]


def contract(base, name, method):
    """The cases beyond the formula: zero, defaults, NaN, errors, both ends of every hyper-parameter."""
    state = base.inputs[method.state]
    late = []
    if "t" in method.parts:  # a correction counts at every step: 1 - 0.99999^100000 is 0.63
        late = [given(base, betas=(0.99, 0.99999), **{method.state: method.with_part(state, "t", 100_000)})]
        late = [replace(case, special=LATE) for case in late]
        # t counts the steps, also those whose gradients were 0: it cannot be found again from the averages.
        zeros = method.with_part(method.zeros(base.inputs["params"].shape), "t", 6)
        late.append(replace(given(base, **{method.state: zeros}), special=ONLY_ZEROS))
    small, large = scaled_run(base, name, method, 1e-9), scaled_run(base, name, method, 1e9)
    hyper = [key for key in ("betas", "alpha", "weight_decay") if key in base.inputs]
    # A NaN in v alone: np.maximum takes it over, a maximum by `>` does not. No run gets there, both are right.
    memories = {"sum_squares", "m"} if "v_max" in method.parts else {"sum_squares", "m", "v"}
    return [
        given(base, lr=0.0),
        given(small, eps=0.0),
        small,
        large,
        left_out(base, "lr"),
        left_out(small, "eps"),
        *(left_out(base, key) for key in hyper),
        *late,
        *(case for key in hyper for case in ENDS[key](base)),
        *with_zeros(base, "grads"),  # in the middle of a run: the averages go on, lazy updates would not
        with_nan(base, "params", "grads"),
        *(  # beside gradients of 0: entries, or a whole step, that are skipped would hide it
            given(
                base,
                grads=np.zeros_like(base.inputs["grads"]),
                **{method.state: method.with_part(state, part, spoiled(value, 2, np.nan))},
            )
            for part, value in method.taken_apart(state).items()
            if part in memories
        ),
        *errors(base, name),
    ]


def scaled_run(base, name, method, factor):
    """The case with gradients, params and everything of their units multiplied by `factor`: the step scales with them."""
    inputs = {key: base.inputs[key] * factor for key in ("params", "grads")} | {"lr": 0.5 * factor, "eps": 3 * factor}
    if name == "adamw_step":  # lr * weight_decay is a share of the params and has to stay one
        inputs["weight_decay"] = 0.25 / factor
    return given(base, **inputs, **{method.state: method.scaled(base.inputs[method.state], factor)})


ENDS = {  # beyond every drawn value
    "betas": lambda base: [
        given(base, betas=(0.0, base.inputs["betas"][1])),
        given(base, betas=(base.inputs["betas"][0], 0.0)),
        given(base, betas=(0.0, 0.0), eps=0.5),  # the sign of the gradient, but for eps
    ],
    "alpha": lambda base: [given(base, alpha=0.0, eps=0.5), given(base, alpha=0.999)],
    # lr * weight_decay above 1 turns the weights round.
    "weight_decay": lambda base: [
        given(base, weight_decay=0.0),
        replace(given(base, lr=0.9, weight_decay=2.5), special=TURNED),
    ],
}


def errors(base, name):
    """One case for each bound of a `require` line; Adam with weight decay is given the line of weight_decay only."""
    if "weight_decay" in base.inputs:
        return [given(base, weight_decay=-0.1)]
    betas, cases = base.inputs.get("betas"), [given(base, lr=-0.1), given(base, eps=-1e-8)]
    if "alpha" in base.inputs:
        cases += [given(base, alpha=value) for value in (-0.1, 1.0)]
    if betas:
        cases += [given(base, betas=(value, betas[1])) for value in (-0.1, 1.0)]
        cases += [given(base, betas=(betas[0], value)) for value in (-0.1, 1.0)]
    return cases


def run(solution, inputs, method):
    """Run the step once, or once for each of a list of gradients: the parts of the state, then the params."""
    grads, lrs = inputs["grads"], inputs.get("lr")
    grads = grads if isinstance(grads, list) else [grads]
    lrs = lrs if isinstance(lrs, list) else [lrs] * len(grads)
    hyper = chosen(inputs, "betas", "alpha", "weight_decay", "eps")
    params, state, values = inputs["params"], inputs[method.state], {}
    for number, (gradient, lr) in enumerate(zip(grads, lrs), start=1):
        with np.errstate(all="ignore"):  # a NaN is told by the card
            result = solution(params, gradient, state, **({} if lr is None else {"lr": lr}), **hyper)
        params, state = returned(result, "params", method.state)
        parts = method.taken_apart(state)
        if "v_max" in parts and np.isnan(gradient).any() and np.shape(parts["v_max"]) == np.shape(parts["v"]):
            # A maximum by `>` keeps the old v_max beside a NaN, np.maximum does not: both are right.
            parts["v_max"] = np.where(np.isnan(parts["v"]), parts["v"], parts["v_max"])
        for name, value in (parts | {"params": params}).items():
            values[name + after(number, len(grads))] = copy(value)  # the next step may write into it
    return values


ADAM = ("m", "v", "t")
METHODS = {
    "adagrad_step": ("adaptive", Method("sum_squares", ("sum_squares",), lambda rng: {})),
    "rmsprop_step": ("adaptive", Method("v", ("v",), alpha)),
    "adam_step": ("adaptive", Method("state", ADAM, betas)),
    "amsgrad_step": ("adam_variants", Method("state", ("m", "v", "v_max", "t"), betas, falling=True)),
    "adam_l2_step": ("weight_decay", Method("state", ADAM, decayed)),
    "adamw_step": ("weight_decay", Method("state", ADAM, decayed)),
}

CLAUSES = {
    "rmsprop_step": {"The new params are those of adagrad_step": "step"},
    "adamw_step": {"Each entry of params moves as in adam_step": "step"},
}

# 1e-6: an eps in another place must count where gradients are tiny and nowhere else. No floor: there v is
# about 1e-12.
EXERCISES = [
    Exercise(
        name,
        f"{module}.{name}",
        GROUPS,
        partial(cases, name=name, method=method),
        partial(run, method=method),
        clauses=CLAUSES.get(name, {}),
        rtol=1e-6,
        atol=0.0,
    )
    for name, (module, method) in METHODS.items()
]
