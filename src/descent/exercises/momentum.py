"""Chapter 03: momentum and Nesterov."""

from functools import partial

import numpy as np

from descent.cases import after, array_like, between, chosen, numbers, run_steps
from descent.contract_cases import CONTRACT, given, left_out, scaled, with_nan, with_zeros
from descent.exercise import Case, Exercise, Group, WrongReturn, returned

# ---- steps that are handed a gradient --------------------------------------------------------------

STEP_GROUPS = {
    "step": Group(2, "one step with a velocity that is not zero", "速度不为零时走一步"),
    "steps": Group(3, "four steps from rest, lr changes on the way", "从静止出发走四步，途中改变 lr"),
    "shapes": Group(2, "a single number, a matrix and a stack of matrices as params", "参数是单个数、矩阵或一叠矩阵"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}


def hyper(rng):
    return {"lr": between(rng, 0.03, 0.3), "momentum": between(rng, 0.55, 0.95)}


def one_step(rng, name, state, group, shape, dtype=np.float64):
    arrays = {key: numbers(rng, shape, dtype) for key in ("params", "grads", state)}
    return Case(group, arrays | hyper(rng), f"{name}(params, grads, {state}, lr=lr, momentum=momentum)")


def four_steps(rng, name, state, group, size, start=np.zeros):
    lr = between(rng, 0.05, 0.2)
    inputs = {
        "params": numbers(rng, size),
        "grads": [numbers(rng, size) for _ in range(4)],
        state: start(size),
        "lr": [lr, lr, round(lr / 4, 5), round(lr / 4, 5)],
        "momentum": between(rng, 0.55, 0.95),
    }
    return Case(
        group,
        inputs,
        f"for g, rate in zip(grads, lr):\n    params, {state} = "
        f"{name}(params, g, {state}, lr=rate, momentum=momentum)\n    print({state}, params)",
    )


def step_cases(rng, name, state="velocity"):
    single, quadruple = partial(one_step, rng, name, state), partial(four_steps, rng, name, state)
    return [
        single("step", 3),
        quadruple("steps", 2),
        quadruple("steps", 3),
        single("shapes", ()),
        single("shapes", (1, 3)),
        single("float32", 3, np.float32),
        single("float32", (2, 2), np.float32),
        *step_contract(base := single("contract", 3), "params", "grads", state),
        # The velocity moves an entry without gradient, too.
        given(base, grads=np.array([0.0, *base.inputs["grads"][1:]])),
        single("shapes", (2, 1, 3)),
    ]


def step_contract(base, *arrays, gradient="grads"):
    """The cases beside the formula, for any step with lr and momentum; gradient: the input that makes it zero."""
    return [
        given(base, lr=0.0),
        given(base, momentum=0.0),
        given(base, lr=2.5, momentum=0.99),
        left_out(base, "momentum"),
        *with_zeros(base, gradient),  # params coast on a plateau
        with_nan(base, *arrays),
        scaled(base, 1e-9, *arrays),
        scaled(base, 1e9, *arrays),
        scaled(base, 1e9, arrays[1]),  # a step may be far longer than params
        given(base, lr=-0.1),
        given(base, momentum=-0.1),
        given(base, momentum=1.0),
    ]


# ---- the change from one convention to the other ---------------------------------------------------

CHANGE_GROUPS = {
    "points": Group(3, "the run goes on through the same points", "换过来之后，走过的点不变"),
    "shapes": Group(1, "a single number, a matrix and a stack of matrices as velocity", "速度是单个数、矩阵或一叠矩阵"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}


def change_cases(rng):
    def case(group, shape, dtype=np.float64):
        arrays = {"params": numbers(rng, shape, dtype), "velocity": numbers(rng, shape, dtype)}
        inputs = arrays | {"grads": [numbers(rng, shape, dtype) for _ in range(3)]} | hyper(rng)
        return Case(
            group,
            inputs,
            "state = classical_velocity(velocity, lr=lr)\nfor g in grads:\n    params, state = "
            "classical_momentum_step(params, g, state, lr=lr, momentum=momentum)\n    print(params)",
        )

    base = case("contract", 3)
    return [
        case("points", 3),
        case("points", 2),
        case("shapes", ()),
        case("shapes", (1, 3)),
        case("float32", 3, np.float32),
        case("float32", 2, np.float32),
        given(base, lr=0.0),
        given(base, lr=2.5, momentum=0.99),
        with_nan(base, "velocity"),
        scaled(base, 1e-9, "params", "velocity", "grads"),
        scaled(base, 1e9, "params", "velocity", "grads"),
        given(base, lr=-0.1),
        case("shapes", (2, 1, 3)),
    ]


def run_change(solution, inputs):
    """The points of the run after the change; the state itself is for the student to find."""
    lr, params, values = inputs["lr"], inputs["params"], {}
    state = array_like(solution(inputs["velocity"], lr=lr), inputs["velocity"])
    for number, grads in enumerate(inputs["grads"], start=1):
        state = inputs["momentum"] * state + lr * grads
        params = params - state
        values[f"params{after(number, 3)}"] = params
    return values


# ---- the velocity as an average --------------------------------------------------------------------

EMA_GROUPS = {
    "average": Group(
        3,
        "the state is an average of the gradients; if they are constant it tends to them",
        "状态是梯度的平均；梯度不变时，它趋于该梯度",
        only=("average",),
    ),
    "path": Group(
        3,
        "the same points as momentum_step, from rest and later in the run",
        "与 momentum_step 走过相同的点：从静止出发，以及走到中途",
        only=("params",),
    ),
    "shapes": Group(1, "a single number, a matrix and a stack of matrices as params", "参数是单个数、矩阵或一叠矩阵"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}


def ema_cases(rng):
    name, state = "ema_momentum_step", "average"
    single, quadruple = partial(one_step, rng, name, state), partial(four_steps, rng, name, state)

    def constant(size):
        inputs = {
            "params": numbers(rng, size),
            "grads": numbers(rng, size),
            state: np.zeros(size),
            "lr": between(rng, 0.03, 0.3),
            "momentum": between(rng, 0.4, 0.7),
            "num_steps": 20,
        }
        return Case(
            "average",
            inputs,
            "for _ in range(num_steps):\n    params, average = "
            f"{name}(params, grads, average, lr=lr, momentum=momentum)\n    print(average)",
        )

    return [
        constant(2),
        quadruple("average", 2),
        quadruple("path", 2),
        single("path", 3),
        single("shapes", ()),
        single("shapes", (1, 3)),
        single("float32", 3, np.float32),
        single("float32", (2, 2), np.float32),
        *step_contract(single("contract", 3), "params", "grads", state),
        single("shapes", (2, 1, 3)),
    ]


# ---- Nesterov: the step asks for the gradient ------------------------------------------------------


def nesterov_cases(rng):
    bowl = "grad_fn = lambda x: curvature * (x - center)\n"

    def case(group, shape, dtype=np.float64, steps=1):
        arrays = {key: numbers(rng, shape, dtype) for key in ("params", "center", "velocity")}
        arrays["curvature"] = np.abs(numbers(rng, shape, dtype))
        if steps == 1:
            return Case(
                group, arrays | hyper(rng), bowl + "nesterov_step(params, grad_fn, velocity, lr=lr, momentum=momentum)"
            )
        lr, momentum = between(rng, 0.05, 0.2), between(rng, 0.55, 0.95)
        lrs = [lr, lr, round(lr / 4, 5), round(lr / 4, 5)]
        return Case(
            group,
            arrays | {"velocity": np.zeros(shape), "lr": lrs, "momentum": momentum},
            bowl + "for rate in lr:\n    params, velocity = "
            "nesterov_step(params, grad_fn, velocity, lr=rate, momentum=momentum)\n"
            "    print(velocity, params)",
        )

    return [
        case("step", 3),
        case("steps", 2, steps=4),
        case("steps", 3, steps=4),
        case("shapes", ()),
        case("shapes", (1, 3)),
        case("float32", 3, np.float32),
        case("float32", (2, 2), np.float32),
        *step_contract(case("contract", 3), "params", "center", "velocity", gradient="curvature"),
        case("shapes", (2, 1, 3)),
    ]


def run_nesterov(solution, inputs):
    """As `run_steps`; `lookahead` is the point at which the step asked for the gradient."""
    points = []

    def grad_fn(x):
        points.append(x.copy() if isinstance(x, np.ndarray) else x)
        return inputs["curvature"] * (x - inputs["center"])

    grad_fn.__qualname__ = "grad_fn"  # what an error message calls it
    lrs = inputs["lr"] if isinstance(inputs["lr"], list) else [inputs["lr"]]
    params, velocity, values = inputs["params"], inputs["velocity"], {}
    for number, lr in enumerate(lrs, start=1):
        points.clear()
        result = solution(params, grad_fn, velocity, lr=lr, **chosen(inputs, "momentum"))
        params, velocity = returned(result, "params", "velocity")
        if len(points) != 1:
            raise WrongReturn(
                f"called grad_fn {len(points)} times in one step, expected once",
                f"在一步中调用了 {len(points)} 次 grad_fn，应当只调用一次",
            )
        label = after(number, len(lrs))
        values |= {
            f"lookahead{label.replace('after', 'in')}": points[0],
            f"velocity{label}": velocity,
            f"params{label}": params,
        }
    return values


# ---- the matrix of a step, and the best lr and momentum --------------------------------------------

MATRIX_GROUPS = {
    "matrix": Group(3, "the matrix for a positive curvature", "曲率为正时的矩阵"),
    "path": Group(2, "powers of the matrix follow a run", "矩阵的各次幂给出一次运行的各点"),
    "limits": Group(1, "curvature zero, curvature negative, momentum zero", "曲率为零、曲率为负、momentum 为零"),
    "contract": CONTRACT,
}


def matrix_cases(rng):
    def case(group, curvature, momentum, points=None):
        inputs = {"curvature": curvature, "lr": between(rng, 0.03, 0.3), "momentum": momentum}
        code = "heavy_ball_matrix(curvature, lr=lr, momentum=momentum)"
        if points is not None:
            inputs["points"] = points
            code = f"M = {code}\nfor _ in range(4):\n    points = M @ points\n    print(points[0])"
        return Case(group, inputs, code)

    def curvature(sign=1):
        return sign * between(rng, 0.5, 9.0)

    def momentum():
        return between(rng, 0.3, 0.95)

    base = case("contract", curvature(), momentum())
    return [
        case("matrix", curvature(), momentum()),
        case("matrix", curvature(), momentum()),
        case("path", curvature(), momentum(), numbers(rng, 2)),
        case("path", curvature(), momentum(), numbers(rng, 2)),
        case("limits", 0.0, momentum()),
        case("limits", curvature(-1), momentum()),
        case("limits", curvature(), 0.0),
        given(base, lr=0.0),
        given(base, curvature=2e9, lr=1e-9),
        given(base, curvature=-40.0, momentum=0.99),
        given(base, curvature=1e-9, lr=50.0),
        given(base, curvature=2, lr=1),  # whole numbers: the matrix is one of floats all the same
        given(base, lr=-0.1),
        given(base, momentum=-0.1),
        given(base, momentum=1.0),
    ]


def run_matrix(solution, inputs):
    """The matrix; and where there are points (x[t], x[t-1]), the x that four products with it lead to."""
    hyper = {key: inputs[key] for key in ("lr", "momentum")}
    matrix = solution(inputs["curvature"], **hyper)
    values, points = {"matrix": matrix}, inputs.get("points")
    if points is not None and isinstance(matrix, np.ndarray) and matrix.shape == (2, 2):
        for number in range(1, 5):
            points = matrix @ points
            values[f"x{after(number, 4)}"] = points[0]
    return values


OPTIMAL_GROUPS = {
    "values": Group(3, "lr and momentum between two curvatures", "给定两个曲率时的 lr 和 momentum"),
    "ends": Group(2, "equal curvatures, and nearly equal ones", "两个曲率相等，或几乎相等"),
    "wide": Group(1, "large condition numbers", "条件数很大"),
    "contract": Group(1, "very large and very small curvatures, and the errors", "曲率极大或极小，以及报错"),
}


def optimal_cases(rng):
    def case(group, low, high):
        return Case(
            group, {"curvature_min": low, "curvature_max": high}, "optimal_heavy_ball(curvature_min, curvature_max)"
        )

    low, other, equal, near = (between(rng, 0.2, 2.5) for _ in range(4))
    return [
        case("values", low, round(low + between(rng, 2, 30), 3)),
        case("values", other, round(7.3 * other, 3)),
        case("ends", equal, equal),
        case("ends", near, round(1.06 * near, 3)),
        case("ends", 3.0, 3.006),  # nearly equal is not equal
        case("wide", round(near / 1000, 6), round(300 * equal, 1)),
        case("contract", 1e-12, 3e-12),
        case("contract", 2e9, 5e10),
        case("contract", low, 1e10 * other),
        case("contract", 0.0, equal),
        case("contract", 1.5, 1.4999),
    ]


def run_optimal(solution, inputs):
    lr, momentum = returned(solution(inputs["curvature_min"], inputs["curvature_max"]), "lr", "momentum")
    return {"lr": lr, "momentum": momentum}


EXERCISES = [
    *(
        Exercise(name, f"momentum.{name}", STEP_GROUPS, partial(step_cases, name=name), run_steps, clauses=clauses)
        for name, clauses in [
            ("momentum_step", {}),
            ("classical_momentum_step", {"The velocity is the move": "step", "visits the same points": "steps"}),
            ("nesterov_rewritten_step", {"start at the same point": "steps", "params are lookahead_point": "steps"}),
        ]
    ),
    Exercise(
        "classical_velocity",
        "momentum.classical_velocity",
        CHANGE_GROUPS,
        change_cases,
        run_change,
        clauses={"A copy of it goes on": "points", "they visit": "points"},
    ),
    Exercise(
        "ema_momentum_step",
        "momentum.ema_momentum_step",
        EMA_GROUPS,
        ema_cases,
        partial(run_steps, state="average"),
        clauses={
            "a weighted mean of the gradients so far": "average",
            "at most 1": "average",
            "average tends to it": "average",
            "the params visited are those of momentum_step": "path",
        },
    ),
    Exercise(
        "nesterov_step",
        "momentum.nesterov_step",
        STEP_GROUPS,
        nesterov_cases,
        run_nesterov,
        clauses={"It is called once.": "step"},
    ),
    Exercise(
        "heavy_ball_matrix",
        "momentum.heavy_ball_matrix",
        MATRIX_GROUPS,
        matrix_cases,
        run_matrix,
        clauses={"three successive points of a run": "path"},
    ),
    # An answer found by a numerical search instead of a formula is right as well: hence 1e-6.
    Exercise(
        "optimal_heavy_ball",
        "momentum.optimal_heavy_ball",
        OPTIMAL_GROUPS,
        optimal_cases,
        run_optimal,
        clauses={"as small as possible": "values", "one gradient step reaches the minimum": "ends"},
        rtol=1e-6,
        atol=1e-16,
    ),
]
