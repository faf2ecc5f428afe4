"""Chapter 00: gradients by differences, and the search for the array whose gradient is wrong."""

import contextlib
import io

import numpy as np

from descent.cases import between, numbers
from descent.exercise import Case, Exercise, Group, WrongReturn

# ---- numerical_gradient -----------------------------------------------------------------------------

NUMERICAL_GROUPS = {
    "gradient": Group(3, "the gradient at a point, with a step h that can be seen", "在某一点的梯度，步长 h 较大"),
    "shapes": Group(2, "a single number and a matrix", "单个数和矩阵"),
    "dtypes": Group(1, "float32 and whole numbers give a gradient in float64", "输入是 float32 或整数时，梯度仍是 float64"),
    "default": Group(1, "the usual small h", "不指定 h，用默认的小步长"),
}
BENT = "f = lambda x: float((a * x**3).sum() + (b * x).sum()**2)\n"  # of degree 3: central differences err by a h^2


def numerical_cases(rng):
    def case(group, shape, dtype=np.float64, whole=False, **h):
        x = numbers(rng, shape)
        x = np.asarray(np.ceil(x) if whole else x, dtype=dtype)
        inputs = {"x": x, "a": numbers(rng, shape), "b": np.round(numbers(rng, shape) / 2, 2)} | h
        return Case(group, inputs, BENT + f"numerical_gradient(f, x{', h=h' if h else ''})")

    def seen():
        return {"h": between(rng, 0.05, 0.3)}
    return [case("gradient", 3, **seen()), case("gradient", 2, **seen()), case("gradient", 4, **seen()),
            case("shapes", (), **seen()), case("shapes", (2, 3), **seen()), case("dtypes", 3, np.float32, h=1e-5),
            case("dtypes", 2, np.int64, whole=True, h=between(rng, 0.1, 0.3)), case("default", 3),
            case("default", (2, 2))]


def run_numerical(solution, inputs):
    def f(x):
        return float((inputs["a"] * x**3).sum() + (inputs["b"] * x).sum() ** 2)

    f.__qualname__ = "f"
    return {"gradient": solution(f, inputs["x"], **({"h": inputs["h"]} if "h" in inputs else {}))}


# ---- gradient_check ---------------------------------------------------------------------------------

CHECK_GROUPS = {
    "one": Group(3, "one array wrong, or none", "有一个数组错了，或者都没错"),
    "several": Group(2, "two arrays wrong, in the order of params", "有两个数组错了，按 params 的顺序报出"),
    "form": Group(2, "a gradient that is missing, has another shape or holds NaN", "梯度缺失、形状不符或含有 NaN"),
    "tolerance": Group(1, "errors a little above and below the tolerance, or small beside the rest",
                       "误差略大于或略小于容差，或比其余元素小得多"),
    "float64": Group(1, "float32 arrays, and a tolerance that float32 cannot meet", "数组是 float32，容差却是 float32 达不到的"),
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
            elif bug == "shift":
                grads[name] = g + 0.01
            elif bug == "first row":
                grads[name] = g * np.array([[2.0], [1.0]])
            else:
                grads[name] = bug * g
        return loss, grads
    return loss_and_grads
"""
PLANTED_CODE = compile(PLANTED, "<planted bugs>", "exec")


def check_cases(rng):
    names = ["W", "b", "gain"]

    def name(*without):
        left = [one for one in names if one not in without]
        return left[int(len(left) * rng.random())]

    def case(group, planted, dtype=np.float64, gain=True, first_feature=1.0, **options):
        """Z is linear in each array, so that any h gives the exact gradient; a large one leaves less rounding."""
        options = {"h": between(rng, 0.001, 0.005)} | options
        order = np.argsort(rng.random(len(planted)))
        shape = (2, 3) if rng.random() < 0.5 or first_feature != 1 else (3, 2)
        params = {"W": numbers(rng, shape, dtype), "b": numbers(rng, shape[1], dtype),
                  "gain": gain * numbers(rng, shape[1], dtype)}
        X = np.round(numbers(rng, (4, shape[0]), dtype) / 2, 2)
        X[:, 0] *= first_feature
        inputs = {"X": X, "params": {one: params[one] for one in rng_order(rng, names)},
                  "bugs": [planted[k] for k in order]} | options
        tail = "".join(f", {option}={option}" for option in options)
        return Case(group, inputs, PLANTED + f"[gradient_check(plant(bug), params{tail}) for bug in bugs]")

    def one():
        return [[], [(name(), -1.0)], [(name(), 2.0)], [(name(), "entry")], [(name(), between(rng, 0.3, 0.7))],
                [(name(), "shift")]]

    def several():
        first, second = name(), name()
        return [[("W", -1.0), ("b", "entry")], [("gain", 2.0), ("W", 0.5)], [("b", "shift"), ("gain", -1.0)],
                [(first, 2.0)], [(second, "entry")]]

    def form():
        return [[(name(), "missing")], [("gain", "shape")], [("b", "shape")], [(name(), "nan")],
                [("W", "missing"), ("b", "nan")], []]

    def near(rtol):
        return [[(name(), 1 + rtol / 2)], [(name(), 1 + 3 * rtol)], [(name(), 1 - rtol / 2)], [(name(), 1 - 3 * rtol)],
                [(name(), -1.0)]]

    def shifted():
        return [[(name(), "shift")], [(name(), "shift")], [(name(), 2.0)], [(name(), 0.5), (name(), "shift")]]

    def hidden_by_the_rest():
        return [[("W", "first row")], [], [("W", "first row"), (name("W"), "shift")], [(name(), "entry")],
                [("W", "first row"), (name("W"), 2.0)], [(name(), -1.0)]]
    loose, strict = between(rng, 0.02, 0.09), round(between(rng, 2, 9) / 1e4, 7)
    return [case("one", one()), case("one", one()),
            case("several", several()), case("several", several()), case("form", form()), case("form", form()),
            case("tolerance", near(loose), rtol=loose), case("tolerance", near(strict), rtol=strict),
            case("tolerance", shifted(), atol=between(rng, 0.02, 0.05)),
            case("tolerance", shifted(), atol=between(rng, 0.001, 0.005)),
            # No gain: two gradients are exactly 0, and so are their differences. That is right, even with atol = 0.
            case("tolerance", [[], [("W", "shift")], [("gain", 2.0)], [("b", "entry")]], gain=False, atol=0.0),
            # A feature that is nearly 0: one row of the gradient is small beside the others, and wrong all the same.
            *(case("tolerance", hidden_by_the_rest(), first_feature=1e-5) for _ in range(2)),
            # With the usual h there would be more rounding than these tolerances allow.
            *(case("float64", one(), np.float32, h=between(rng, 0.3, 0.7), rtol=1e-12, atol=1e-11) for _ in range(2))]


def rng_order(rng, names):
    return [names[k] for k in np.argsort(rng.random(len(names)))]


def plant(bugs, X):
    """`PLANTED`: the loss and gradients with bugs in them."""
    space = {"np": np, "X": X}
    exec(PLANTED_CODE, space)
    return space["plant"](bugs)


def run_check(solution, inputs):
    """The names found for each set of planted bugs; what the solution prints is not shown."""
    values, options = {}, {name: inputs[name] for name in ("h", "rtol", "atol") if name in inputs}
    for number, bugs in enumerate(inputs["bugs"]):
        with contextlib.redirect_stdout(io.StringIO()):
            found = solution(plant(bugs, inputs["X"]), inputs["params"], **options)
        if type(found) not in (list, tuple):
            what = "None (is a `return` missing?)" if found is None else f"one {type(found).__name__}"
            was = "None（是否漏写了 return？）" if found is None else f"一个 {type(found).__name__}"
            raise WrongReturn(f"returned {what}, expected a list of names", f"返回了{was}，应返回名字的列表")
        values[f"names for bugs[{number}]"] = list(found)
    return values


EXERCISES = [
    # rounding of f, divided by h, is left: hence 1e-7
    Exercise("numerical_gradient", "gradient_check.numerical_gradient", NUMERICAL_GROUPS, numerical_cases, run_numerical,
             rtol=1e-7),
    Exercise("gradient_check", "gradient_check.gradient_check", CHECK_GROUPS, check_cases, run_check),
]
