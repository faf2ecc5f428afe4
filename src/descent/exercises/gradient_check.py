"""Chapter 00: gradients by differences, and the search for the array whose gradient is wrong."""

import contextlib
import io
from dataclasses import replace

import numpy as np

from descent.cases import between, chosen, numbers
from descent.contract_cases import given, left_out, scaled, with_nan
from descent.exercise import Case, Exercise, Group, WrongReturn

# ---- numerical_gradient -----------------------------------------------------------------------------

NUMERICAL_GROUPS = {
    "gradient": Group(3, "the gradient at a point, with a step h that can be seen", "在某一点的梯度，步长 h 较大"),
    "shapes": Group(
        2, "a single number, a matrix, its transpose and a stack of matrices", "单个数、矩阵、转置和一叠矩阵"
    ),
    "dtypes": Group(
        1, "float32 and whole numbers give a gradient in float64", "输入是 float32 或整数时，梯度仍是 float64"
    ),
    "default": Group(1, "the usual small h", "不指定 h，用默认的小步长"),
    "contract": Group(
        1, "many entries, NaN, very small and very large numbers, errors", "元素很多、NaN、极小和极大的数、报错"
    ),
}
BENT = "f = lambda x: float((a * x**3).sum() + (b * x).sum()**2)\n"  # of degree 3: central differences err by a h^2


def numerical_cases(rng):
    def case(group, shape, dtype=np.float64, whole=False, **h):
        x = numbers(rng, shape)
        x = np.asarray(np.ceil(x) if whole else x, dtype=dtype)
        inputs = {"x": x, "a": numbers(rng, shape), "b": np.round(numbers(rng, shape) / 2, 2)} | h
        return Case(group, inputs, BENT + f"numerical_gradient(f, x{', h=h' if h else ''})")

    def large_h():
        return {"h": between(rng, 0.05, 0.3)}

    base = case("contract", 3, **large_h())
    return [
        case("gradient", 3, **large_h()),
        case("gradient", 2, **large_h()),
        case("gradient", 4, **large_h()),
        case("shapes", (), **large_h()),
        case("shapes", (2, 3), **large_h()),
        case("dtypes", 3, np.float32, h=1e-5),
        case("dtypes", 2, np.int64, whole=True, h=between(rng, 0.1, 0.3)),
        case("default", 3),
        case("default", (2, 2)),
        case("contract", (5, 5), **large_h()),
        case("contract", (1, 1), **large_h()),
        with_nan(base, "x"),
        at_the_wall(base),
        given(scaled(base, 1e-9, "x"), h=1e-10),
        given(scaled(base, 1e9, "x"), h=1e8),
        left_out(scaled(scaled(base, 0.01, "x"), 1e3, "a"), "h"),  # ten times the default h would be seen
        given(base, h=0.0),
        given(base, h=-0.1),
        case("shapes", (2, 1, 2), **large_h()),
        transposed(case("shapes", (2, 3), **large_h())),
    ]


TURNED = "x is the transpose of an array", "x 是一个数组的转置"


def transposed(case):
    """f at the transpose of x. Its entries lie in memory in another order: `reshape(-1)` makes a copy of it."""
    turned = given(case, x=case.inputs["x"].T.copy())
    return replace(turned, code=case.code.replace("gradient(f, x,", "gradient(f, x.T,"), special=TURNED)


WALL = "f gives NaN for one entry only, as a logarithm below 0 does", "f 只对一个元素给出 NaN，就像负数的对数"


def at_the_wall(case):
    """f is NaN where an entry is below `wall`: x is not, its smallest entry minus h is, and no other entry minus h."""
    wall = round(float(np.min(case.inputs["x"])) - 0.002, 3)
    code = case.code.replace("f = lambda x: float(", "f = lambda x: np.nan if (x < wall).any() else float(")
    return replace(given(case, wall=wall, h=0.004), code=code, special=WALL)


def run_numerical(solution, inputs):
    calls, wall = 0, inputs.get("wall", -np.inf)

    def f(x):
        nonlocal calls
        calls += 1
        return np.nan if (x < wall).any() else float((inputs["a"] * x**3).sum() + (inputs["b"] * x).sum() ** 2)

    f.__qualname__ = "f"
    x = inputs["x"] if inputs["x"].shape == inputs["a"].shape else inputs["x"].T
    gradient = solution(f, x, **chosen(inputs, "h"))
    if calls > 2 * inputs["x"].size:
        raise WrongReturn(
            f"called f {calls} times for {inputs['x'].size} entries, expected twice per entry",
            f"对 {inputs['x'].size} 个元素调用了 {calls} 次 f，每个元素应当只调用两次",
        )
    return {"gradient": gradient}


# ---- gradient_check ---------------------------------------------------------------------------------

CHECK_GROUPS = {
    "one": Group(3, "one array wrong, or none", "有一个数组错了，或者都没错"),
    "several": Group(2, "two arrays wrong, in the order of params", "有两个数组错了，按 params 的顺序报出"),
    "form": Group(2, "a gradient that is missing, has another shape or holds NaN", "梯度缺失、形状不符或含有 NaN"),
    "tolerance": Group(
        1,
        "errors a little above and below the tolerance, or small beside the rest",
        "误差略大于或略小于容差，或比其余元素小得多",
    ),
    "float64": Group(
        1, "float32 arrays, and a tolerance that float32 cannot meet", "数组是 float32，容差却是 float32 达不到的"
    ),
    "contract": Group(
        1,
        "NaN in params, defaults, tolerances of 0 and above 1, very small and large numbers, errors",
        "params 含 NaN、默认值、容差为零或大于 1、极小和极大的数、报错",
    ),
}
PLANTED = """def plant(bugs):
    def loss_and_grads(params):
        Z = X @ params["W"] + params["b"]
        loss = float((params["gain"] * Z**2).sum())
        G = 2 * params["gain"] * Z
        grads = {"W": X.T @ G, "b": G.sum(axis=0), "gain": (Z**2).sum(axis=0)}
        for name, bug in bugs:
            g = grads[name]
            if bug == "missing":
                del grads[name]
            elif bug == "shape":
                grads[name] = g[np.newaxis]
            elif bug == "nan":
                grads[name] = g * np.nan
            elif bug == "entry":
                grads[name] = g + 0.5 * (np.arange(g.size) == g.size - 1).reshape(g.shape)
            elif bug == "first row":
                grads[name] = g * np.array([[2.0], [1.0]])
            elif isinstance(bug, str):  # "add 0.01"
                grads[name] = g + float(bug[4:])
            else:
                grads[name] = bug * g
        return loss, grads
    return loss_and_grads
"""
CUBIC = PLANTED.replace("Z**2", "Z**3").replace('2 * params["gain"] * Z', '3 * params["gain"] * Z**2')
PLANTED_CODE = {power: compile(source, "<planted bugs>", "exec") for power, source in ((2, PLANTED), (3, CUBIC))}


def check_cases(rng):
    names = ["W", "b", "gain"]

    def name(*without):
        remaining = [array_name for array_name in names if array_name not in without]
        return remaining[int(len(remaining) * rng.random())]

    def case(group, planted, shape=(2, 1), dtype=np.float64, gain=1.0, first_feature=1.0, **options):
        """Z is linear in each array, so that any h gives the exact gradient; a large one leaves less rounding.

        Each entry costs two calls of loss_and_grads for each set of bugs: most cases have four entries.
        """
        options = {"h": between(rng, 0.001, 0.005)} | options
        order = np.argsort(rng.random(len(planted)))
        params = {
            "W": numbers(rng, shape, dtype),
            "b": numbers(rng, shape[1], dtype),
            "gain": gain * numbers(rng, shape[1], dtype),
        }
        X = np.round(numbers(rng, (4, shape[0]), dtype) / 2, 2)
        X[:, 0] *= first_feature
        inputs = {
            "X": X,
            "params": {array_name: params[array_name] for array_name in rng_order(rng, names)},
            "bugs": [planted[k] for k in order],
        } | options
        tail = "".join(f", {option}={option}" for option in options)
        return Case(group, inputs, PLANTED + f"[gradient_check(plant(bug), params{tail}) for bug in bugs]")

    def one_bug():
        """The two cases with the most entries share the bugs: with all of them in both, half of the time went into these."""
        return [[], [(name(), -1.0)], [(name(), "entry")]], [
            [(name(), 2.0)],
            [(name(), between(rng, 0.3, 0.7))],
            [(name(), "add 0.01")],
        ]

    def several():
        return [
            [("W", -1.0), ("b", "entry")],
            [("gain", 2.0), ("W", 0.5)],
            [("b", "add 0.01"), ("gain", -1.0)],
            [(name(), 2.0)],
        ]

    def form():
        return [
            [(name(), "missing")],
            [("gain", "shape")],
            [("b", "shape")],
            [(name(), "nan")],
            [("W", "missing"), ("b", "nan")],
            [],
        ]

    def near(rtol):
        return [[(name(), 1 + rtol / 2)], [(name(), 1 + 3 * rtol)], [(name(), 1 - rtol / 2)], [(name(), 1 - 3 * rtol)]]

    def shifted():
        return [[(name(), "add 0.01")], [(name(), 2.0)], [(name(), 0.5), (name(), "add 0.01")]]

    def hidden_by_the_rest():
        return [[("W", "first row")], [], [("W", "first row"), (name("W"), "add 0.01")], [(name(), -1.0)]]

    def float64():
        return case(
            "float64", [[], [(name(), "entry")]], (2, 1), np.float32, h=between(rng, 0.3, 0.7), rtol=1e-12, atol=1e-11
        )

    wide, tall = one_bug()
    loose, strict = between(rng, 0.02, 0.09), round(between(rng, 2, 9) / 1e4, 7)
    return [
        case("one", wide, (2, 3)),
        case("one", tall, (3, 2)),
        case("several", several(), (2, 2)),
        case("several", several(), (3, 1)),
        case("form", form()),
        case("form", form()),
        case("tolerance", near(loose), rtol=loose),
        case("tolerance", near(strict), rtol=strict),
        case("tolerance", shifted(), atol=between(rng, 0.02, 0.05)),
        case("tolerance", shifted(), atol=between(rng, 0.001, 0.005)),
        # No gain: two gradients are exactly 0, and so are their differences. That is right, even with atol = 0.
        case("tolerance", [[], [("W", "add 0.01")], [("gain", 2.0)], [("b", "add 5e-09")]], gain=0.0, atol=0.0),
        # A feature that is nearly 0: one row of the gradient is small beside the others, and wrong all the same.
        *(case("tolerance", hidden_by_the_rest(), first_feature=1e-6) for _ in range(2)),
        # With the usual h there would be more rounding than these tolerances allow.
        float64(),
        float64(),
        *check_contract(case, name),
    ]


def check_contract(case, name):
    base = case("contract", [[], [(name(), 2.0)]], h=0.1, rtol=1e-5, atol=1e-8)
    without_gradient = {f"c{number}": np.ones(1) for number in range(1, 21)}  # no gradient is returned for them
    small = given(scaled(base, 0.01, "params"), power=3, rtol=0.0, atol=5e-9)
    small = left_out(replace(small, code=small.code.replace(PLANTED, CUBIC)), "h")
    return [
        # An error of the order h^2: with the default h it is at most 1.4e-9, with ten times that h 4e-8 for b.
        given(small, params=small.inputs["params"] | {"gain": np.ones(1)}),
        given(left_out(base, "rtol", "atol"), bugs=[[(name(), 1 + 3e-5)], [(name(), 1 + 5e-6)]]),
        case("contract", [[("W", "add 5e-09")], [("b", "add 5e-08")]], gain=0.0, h=0.1),
        case("contract", [[("gain", 1 + 5e-6)], []], h=0.1, rtol=0.0, atol=1e-9),
        case("contract", [[(name(), 3.0)], [(name(), "missing")]], h=0.1, rtol=2.5),
        # Relative to the numeric gradient, not to the analytic one: 1.6 is wrong (0.6 > 0.55), 0.5 is right.
        case("tolerance", [[(name(), 0.4)], [(name(), 1.6)], [(name(), 0.5)], [(name(), 1.5)]], rtol=0.55),
        case("tolerance", [[(name(), 0.2)], [(name(), 2.1)], [(name(), 0.5)]], rtol=0.9),
        both_tolerances(case),
        case("contract", [[(name(), "add 1.5")], [(name(), "add 40.0")]], h=0.1, atol=2.5),
        with_nan(given(base, bugs=[[]]), "params"),
        given(scaled(base, 1e-9, "params"), h=1e-9, atol=0.0),
        given(scaled(base, 1e9, "params"), h=1e8, bugs=[[("b", "add 1e+10")], [("b", 2.0)]]),
        given(base, params=without_gradient | base.inputs["params"], bugs=[[("gain", 2.0)]]),
        given(base, h=0.0, bugs=[[(array_name, "missing") for array_name in ("W", "b", "gain")]]),
        given(base, rtol=-0.1),
        given(base, atol=-0.1),
    ]


BETWEEN = (
    "an error is larger than either tolerance and smaller than their sum",
    "误差比两个容差都大、但小于它们的和",
)


def both_tolerances(case):
    """The two tolerances are added: 0.5, and rtol times a gradient of b that makes as much again."""
    while True:
        candidate = case("tolerance", [[("b", "add 0.8")], [("b", "add 1.2")]], rtol=0.5, atol=0.5)
        _, grads = plant([], candidate.inputs["X"])(candidate.inputs["params"])
        rtol = float(np.round(0.5 / np.abs(grads["b"][0]), 4))
        if 0.05 < rtol < 0.8:
            return replace(
                given(candidate, rtol=rtol), code=candidate.code.replace("rtol=0.5", f"rtol={rtol}"), special=BETWEEN
            )


def rng_order(rng, names):
    return [names[k] for k in np.argsort(rng.random(len(names)))]


def plant(bugs, X, power=2):
    """`PLANTED`, or for power 3 `CUBIC`: the loss and gradients with bugs in them."""
    space = {"np": np, "X": X}
    exec(PLANTED_CODE[power], space)
    return space["plant"](bugs)


def run_check(solution, inputs):
    """The names found for each set of planted bugs; what the solution prints is not shown."""
    values, options = {}, chosen(inputs, "h", "rtol", "atol")
    for number, bugs in enumerate(inputs["bugs"]):
        with contextlib.redirect_stdout(io.StringIO()):
            names = solution(plant(bugs, inputs["X"], **chosen(inputs, "power")), inputs["params"], **options)
        if type(names) not in (list, tuple):
            description = "None (is a `return` missing?)" if names is None else f"one {type(names).__name__}"
            description_zh = "None（是否漏写了 return？）" if names is None else f"一个 {type(names).__name__}"
            raise WrongReturn(
                f"returned {description}, expected a list of names", f"返回了{description_zh}，应返回名字的列表"
            )
        values[f"names for bugs[{number}]"] = [str(name) if isinstance(name, np.str_) else name for name in names]
    return values


EXERCISES = [
    # rounding of f, divided by h, is left: hence 1e-7
    Exercise(
        "numerical_gradient",
        "gradient_check.numerical_gradient",
        NUMERICAL_GROUPS,
        numerical_cases,
        run_numerical,
        clauses={"each entry costs two calls": "gradient", "The result is exact": "gradient"},
        rtol=1e-7,
    ),
    Exercise(
        "gradient_check",
        "gradient_check.gradient_check",
        CHECK_GROUPS,
        check_cases,
        run_check,
        clauses={"is missing or has another shape": "form", "NaN is wrong": "form"},
    ),
]
