"""Chapter 02: curvature from gradients, the kinds of critical points, and a way off a saddle."""

import numpy as np

from descent.cases import array_like, between, chosen, numbers
from descent.contract_cases import CONTRACT, given, scaled, spoiled, with_nan
from descent.exercise import Case, Exercise, Group, WrongReturn, returned


def symmetric(rng, size):
    """A symmetric matrix of short numbers, no two of one size on and above the diagonal."""
    upper = np.zeros((size, size))
    upper[np.triu_indices(size)] = numbers(rng, size * (size + 1) // 2)
    return upper + np.triu(upper, 1).T


def picked(rng, count):
    """0 .. count - 1 in random order."""
    return [int(index) for index in np.argsort(rng.random(count))]


# ---- Hessians by differences ------------------------------------------------------------------------

# The gradient of x.A x / 2 + (u.x)^4 / 4. Its third derivatives tell central differences from one-sided ones, and
# make the rows of a Hessian by differences unsymmetric.
BENT = "grad_fn = lambda x: (A @ x.ravel() + (u @ x.ravel())**3 * u).reshape(x.shape)\n"


def bent(inputs):
    def grad_fn(x):
        x, shape = np.ravel(x), np.shape(x)
        return (inputs["A"] @ x + (inputs["u"] @ x) ** 3 * inputs["u"]).reshape(shape)

    grad_fn.__qualname__ = "grad_fn"
    return grad_fn


def random_point(rng, shape):
    size = int(np.prod(shape))
    return {
        "params": np.round(numbers(rng, shape) / 3, 2),
        "A": symmetric(rng, size),
        "u": np.round(numbers(rng, size) / 4, 2),
    }


PRODUCT_GROUPS = {
    "product": Group(3, "the product at a point, with a step h that can be seen", "在某一点的乘积，步长 h 较大"),
    "shapes": Group(2, "a single number, a matrix and a stack of matrices as params", "参数是单个数、矩阵或一叠矩阵"),
    "default": Group(1, "the usual small h", "不指定 h，用默认的小步长"),
    "contract": CONTRACT,
}


def product_cases(rng):
    def case(group, shape, **h):
        inputs = random_point(rng, shape) | {"vector": np.round(numbers(rng, shape) / 2, 2)} | h
        return Case(group, inputs, BENT + f"hessian_vector_product(grad_fn, params, vector{', h=h' if h else ''})")

    base = case("contract", 3, h=0.04)
    return [
        case("product", 3, h=between(rng, 0.05, 0.2)),
        case("product", 2, h=between(rng, 0.3, 0.6)),
        case("product", 2, h=between(rng, 0.05, 0.2)),
        case("shapes", (), h=between(rng, 0.1, 0.3)),
        case("shapes", (2, 3), h=between(rng, 0.05, 0.2)),
        case("default", 3),
        case("default", (1, 2)),
        *place_contract(base),
        with_nan(base, "vector"),
        given(base, vector=np.zeros(3)),
        given(scaled(scaled(scaled(base, 1e-9, "params"), 1e9, "u"), 1e18, "A"), h=3e-11),
        scaled(base, 1e9, "vector", "A"),
        scaled(base, 1e-9, "vector"),
        scaled(case("contract", 3), 100, "vector"),
        scaled(scaled(given(base, h=0.8), 1e7, "params"), 100, "vector"),
        given(base, h=0.0),
        given(base, h=-0.1),
        case("shapes", (2, 1, 3), h=between(rng, 0.05, 0.2)),
    ]


def place_contract(base):
    """The contract of both: the ends of h, NaN, small and large second derivatives."""
    return [
        base,
        given(base, h=0.8),
        with_nan(base, "params"),
        given(base, A=spoiled(base.inputs["A"], 1, np.nan)),  # one entry of every gradient is NaN
        scaled(base, 1e9, "A"),
        scaled(scaled(base, 1e-12, "A"), 1e-3, "u"),
    ]


def run_product(solution, inputs):
    """H v; grad_fn is called twice."""
    grad_fn, points = bent(inputs), []

    def counted(x):
        points.append(x)
        return grad_fn(x)

    counted.__qualname__ = "grad_fn"
    product = solution(counted, inputs["params"], inputs["vector"], **chosen(inputs, "h"))
    if len(points) != 2:
        raise WrongReturn(
            f"called grad_fn {len(points)} times, expected twice", f"调用了 {len(points)} 次 grad_fn，应当调用两次"
        )
    return {"product": product}


HESSIAN_GROUPS = {
    "matrix": Group(3, "the Hessian at a point, with a step h that can be seen", "在某一点的海森矩阵，步长 h 较大"),
    "shapes": Group(
        2,
        "a matrix and a stack of matrices as params: entries in the order of params.ravel()",
        "参数是矩阵或一叠矩阵：元素按 params.ravel() 的顺序排列",
    ),
    "default": Group(1, "the usual small h", "不指定 h，用默认的小步长"),
    "contract": CONTRACT,
}


def hessian_cases(rng):
    def case(group, shape, **h):
        return Case(
            group, random_point(rng, shape) | h, BENT + f"numerical_hessian(grad_fn, params{', h=h' if h else ''})"
        )

    base = case("contract", 2, h=0.15)
    return [
        case("matrix", 3, h=between(rng, 0.2, 0.4)),
        scaled(case("matrix", 2, h=between(rng, 0.3, 0.6)), 9, "params"),  # h is the step, however large params are
        case("shapes", (2, 3), h=between(rng, 0.2, 0.4)),
        case("shapes", (2, 2), h=between(rng, 0.2, 0.4)),
        case("shapes", (), h=between(rng, 0.2, 0.4)),
        case("default", 3),
        case("default", 2),
        *place_contract(base),
        scaled(scaled(case("contract", 2), 1e-3, "params"), 1e-9, "A"),
        given(scaled(scaled(scaled(base, 1e-9, "params"), 1e9, "u"), 1e18, "A"), h=3e-11),
        given(scaled(base, 1e7, "params"), h=800000.0),
        case("contract", (3, 7), h=0.15),
        case("shapes", (2, 1, 2), h=between(rng, 0.2, 0.4)),
    ]


def run_hessian(solution, inputs):
    return {"hessian": solution(bent(inputs), inputs["params"], **chosen(inputs, "h"))}


# ---- power_iteration --------------------------------------------------------------------------------

POWER_GROUPS = {
    "steps": Group(3, "one to four steps", "走一到四步"),
    "converged": Group(
        2,
        "one hundred steps: the eigenvalue of largest absolute value, with its sign",
        "走一百步：绝对值最大的特征值，带符号",
    ),
    "limits": Group(
        1, "no step; a product that is zero; a vector of another shape", "一步不走；乘积为零；其他形状的向量"
    ),
    "contract": CONTRACT,
}


def power_cases(rng):
    def case(group, A, vector, *num_steps):
        options = {"num_steps": num_steps[0]} if num_steps else {}
        return Case(
            group,
            {"A": A, "vector": vector} | options,
            "product = lambda v: (A @ v.ravel()).reshape(v.shape)\n"
            f"power_iteration(product, vector{', num_steps=num_steps' if options else ''})",
        )

    def gapped(size, sign):
        """One eigenvalue far from the others, so that 100 steps find it."""
        direction = numbers(rng, size)
        return np.round(symmetric(rng, size) / 5 + sign * 4 * np.outer(direction, direction), 2)

    flat = np.diag([between(rng, 1, 3), 0.0, 0.0])
    base = case("contract", symmetric(rng, 3), numbers(rng, 3), 3)
    return [
        case("steps", symmetric(rng, 2), numbers(rng, 2), 1),
        case("steps", symmetric(rng, 3), numbers(rng, 3), 2),
        case("steps", symmetric(rng, 3), numbers(rng, 3), 4),
        case("converged", gapped(3, -1), numbers(rng, 3)),
        case("converged", gapped(2, 1), numbers(rng, 2)),
        # The second eigenvalue is 0.8 of the first, so that the vector still moves a little at step 90.
        case("converged", with_eigenvalues(rng, (3.0, -2.4, 1.0)), numbers(rng, 3)),
        case("converged", with_eigenvalues(rng, (2.5, -2.1)), numbers(rng, 2), 90),
        case("limits", symmetric(rng, 2), numbers(rng, 2), 0),
        case("limits", np.zeros((3, 3)), numbers(rng, 3), 5),
        case("limits", flat, np.array([0.0, *numbers(rng, 2)]), 3),
        case("limits", symmetric(rng, 6), numbers(rng, (2, 3)), 2),
        case("limits", -np.abs(symmetric(rng, 1)), numbers(rng, ()), 2),
        scaled(base, 1e9, "A"),
        scaled(base, 1e-20, "A"),  # small is not zero
        scaled(base, 1e9, "vector"),
        scaled(base, 1e-9, "vector"),
        with_nan(base, "A"),
        with_nan(base, "vector"),
        given(base, num_steps=150),
        given(base, num_steps=-1),
        case("limits", symmetric(rng, 6), numbers(rng, (2, 1, 3)), 2),
    ]


def run_power(solution, inputs):
    """The eigenvalue; of the vector its length and v v^T, because -v is as good as v."""

    def product(v):
        return (inputs["A"] @ np.ravel(v)).reshape(np.shape(v))

    product.__qualname__ = "product"
    options = {"num_steps": inputs["num_steps"]} if "num_steps" in inputs else {}
    eigenvalue, vector = returned(solution(product, inputs["vector"], **options), "eigenvalue", "v")
    vector = np.ravel(array_like(vector, inputs["vector"]))
    return {
        "eigenvalue": eigenvalue,
        "|v|": float(np.sqrt((vector * vector).sum())),
        "outer(v,v)": np.outer(vector, vector),
    }


# ---- classify_critical_point ------------------------------------------------------------------------

KIND_GROUPS = {
    "kinds": Group(3, "no eigenvalue is zero", "特征值都不为零"),
    "zeros": Group(2, "some eigenvalues are zero", "有的特征值为零"),
    "tolerance": Group(1, "eigenvalues a little above and below the tolerance", "特征值略大于或略小于 tolerance"),
    "contract": CONTRACT,
}
TURN = np.array([[0.6, -0.8], [0.8, 0.6]])  # products with numbers of two decimals have four


def with_eigenvalues(rng, values):
    """A symmetric matrix with these eigenvalues: the first two in a turned block, then all places mixed.

    Processors round a matrix product differently in its last digit, so it is rounded at the size of one.
    """
    scale = 1e9 if max(map(abs, values)) > 1e6 else 1.0
    hessian = np.diag(np.round(np.array(values, dtype=float) / scale, 12))
    hessian[:2, :2] = np.round(TURN @ hessian[:2, :2] @ TURN.T, 8)
    order = picked(rng, len(values))
    return (hessian + hessian.T)[np.ix_(order, order)] / 2 * scale


def kind_cases(rng):
    def sizes(signs, scale=1.0):
        return [sign * float(np.round(size * scale, 8)) for sign, size in zip(signs, np.abs(numbers(rng, len(signs))))]

    def case(group, spectra, **options):
        hessians = [with_eigenvalues(rng, spectrum) for spectrum in spectra]
        tail = ", tolerance=tolerance" if options else ""
        return Case(
            group,
            {"hessians": [hessians[k] for k in picked(rng, len(hessians))]} | options,
            f"[classify_critical_point(hessian{tail}) for hessian in hessians]",
        )

    clear = [(1, 1), (-1, -1), (1, -1), (1, 1, 1), (-1, -1, -1), (1, 1, -1), (1, -1, -1)]
    # A zero of either sign: which one rounding gives is a matter of luck.
    zeros = [(1, 1, -1e-9), (-1, -1, 1e-9), (1, -1, 0), (1, 1, 0), (-1, -1, 0), (0, 0, 0), (1, 1, 1), (-1, -1, -1)]

    def near(tolerance):
        """Spectra next to the tolerance; of two, three or four numbers."""
        over, under = 1.5 * tolerance, 0.5 * tolerance
        return [
            (7, over),
            (6, under),
            (-6, under),
            (-5, -under),
            (over, -7),
            (-6, -over),
            (6, over, -under),
            (under, -under),
        ]

    first, second = between(rng, 0.01, 0.09), between(rng, 0.001, 0.009)
    base = case("contract", [sizes((1, -1))], tolerance=0.05)
    return [
        case("kinds", [sizes(signs) for signs in clear]),
        case("kinds", [sizes(signs) for signs in clear]),
        case("zeros", [sizes(signs) for signs in zeros]),
        case("zeros", [sizes(signs) for signs in zeros]),
        # Both signs among the eigenvalues, one alone on the diagonal, and a zero beside them.
        case("zeros", [(3.0, -1.0, 0.0), (-3.0, 1.0, 0.0), (2.0, -0.7, 0.0, 0.0), (2.5, 0.7, 0.0)]),
        case("tolerance", near(first), tolerance=first),
        case("tolerance", near(second), tolerance=second),
        case("tolerance", [(0, 0), sizes((1, 1)), sizes((-1, -1)), sizes((1, -1))], tolerance=0.0),
        case("contract", near(2.5), tolerance=2.5),
        case("contract", [(3e-6, 3e-6), (-3e-6, -3e-6), (3e-6, -3e-6), (1e-5, 1e-7), (1, 1e-7), (1, -1e-7)]),
        given(base, tolerance=0.0, hessians=[np.diag([1e-9, 2e-9]), np.diag([-1e-9, -2e-9]), np.diag([1e-9, -2e-9])]),
        # Exactly at the tolerance: matrices whose eigenvalues come out without rounding.
        given(base, tolerance=0.5, hessians=[np.diag([0.5, 2.0]), np.diag([-2.0, -0.5]), np.diag([0.5, -2.0])]),
        case("contract", [sizes(signs, 1e9) for signs in clear]),
        given(base, tolerance=-0.1),
        *(given(base, hessians=[spoiled(base.inputs["hessians"][0], 3, by)]) for by in (np.nan, np.inf)),
        *(given(base, hessians=[np.array([[1.0, by], [by, 2.0]])]) for by in (np.nan, np.inf)),
    ]


def run_kinds(solution, inputs):
    options = chosen(inputs, "tolerance")
    return {
        f"kind of hessians[{k}]": as_word(solution(hessian, **options)) for k, hessian in enumerate(inputs["hessians"])
    }


def as_word(value):
    return str(value) if isinstance(value, np.str_) else value


# ---- perturbed_gradient_descent ---------------------------------------------------------------------

PUSH_GROUPS = {
    "saddle": Group(3, "started on the saddle: a push, then gradient steps", "从鞍点出发：先推一下，再按梯度走"),
    "small": Group(2, "a gradient that gets small on the way", "途中梯度变小"),
    "wait": Group(2, "the gradient stays small: a push every `wait` steps", "梯度一直很小：每隔 wait 步推一次"),
    "shapes": Group(1, "a matrix and a stack of matrices as params, and float32", "参数是矩阵或一叠矩阵，以及 float32"),
    "contract": CONTRACT,
}


def push_cases(rng):
    def case(group, params, curvature, num_steps, tolerance, wait, dtype=np.float64):
        inputs = {
            "params": np.asarray(params, dtype),
            "curvature": np.asarray(curvature, dtype),
            "lr": between(rng, 0.05, 0.2),
            "num_steps": num_steps,
            "radius": between(rng, 0.2, 0.9),
            "grad_tolerance": tolerance,
            "wait": wait,
            "seed": int(1 + 99999 * rng.random()),
        }
        options = ", ".join(f"{name}={name}" for name in inputs if name not in ("params", "curvature", "seed"))
        return Case(
            group,
            inputs,
            "grad_fn = lambda x: curvature * x\nrng = np.random.default_rng(seed)\n"
            f"path = perturbed_gradient_descent(params, grad_fn, {options}, rng=rng)\n"
            "next_draw = rng.random()\nprint(path, next_draw)",
        )

    def saddle(shape):
        curvature = np.abs(numbers(rng, shape))
        curvature.ravel()[-1] *= -1
        return curvature

    small = np.round(np.abs(numbers(rng, 2)) / 20, 3)
    far, flat = between(rng, 1, 2), between(rng, 0.05, 0.1)
    base = case("contract", numbers(rng, 2), small, 5, 5.0, 2)
    saddles = case("contract", np.zeros(3), saddle(3), 4, 0.0, 3)
    return [
        case("saddle", np.zeros(2), saddle(2), 4, 0.0, 3),
        case("saddle", np.zeros(3), saddle(3), 3, 0.0, 9),
        case("small", [between(rng, 1, 2), 0.0], [between(rng, 2, 3), between(rng, -1, -0.5)], 14, 1.0, 20),
        case("small", [between(rng, 1, 2), 0.0], [between(rng, 2, 3), between(rng, -1, -0.5)], 14, 0.7, 20),
        # Each entry of the gradient is below the tolerance, its length never is: no push
        case("small", [far, -far - 0.01], [flat, flat], 4, round(1.2 * far * flat, 3), 20),
        case("wait", numbers(rng, 2) / 10, small, 8, 5.0, 3),
        # After the push the gradient is large for two or three steps: they count as well.
        given(case("wait", np.zeros(3), 2 + rng.random(3).round(2), 8, 0.3, 4), lr=0.15, radius=0.5),
        case("shapes", np.zeros((2, 3)), saddle((2, 3)), 3, 0.5, 9),
        case("shapes", np.zeros(()), saddle(()), 4, 0.5, 9),
        case("shapes", np.zeros(2), saddle(2), 4, 0.5, 9, np.float32),
        given(base, lr=0.0),
        given(base, radius=0.0),
        given(saddles, radius=0.0),  # the gradient is 0 and stays 0: the path is as long as ever
        given(
            saddles, curvature=np.zeros(3), num_steps=7
        ),  # 0 at the pushed point, too: the next push comes all the same
        given(base, num_steps=0),
        given(base, lr=2.5),
        given(base, radius=1e9),
        given(saddles, radius=1e-9),
        given(base, wait=1, num_steps=25),
        given(base, params=np.array([30.0, -20.0]), curvature=np.array([0.06, 0.05])),
        scaled(base, 1e9, "params"),
        given(scaled(base, 1e-9, "params"), radius=1e-9),
        *(given(base, **{name: -0.1}) for name in ("lr", "radius", "grad_tolerance")),
        given(base, num_steps=-1),
        given(base, wait=0),
        case("shapes", np.zeros((2, 1, 2)), saddle((2, 1, 2)), 3, 0.5, 9),
    ]


def run_push(solution, inputs):
    def grad_fn(x):
        return inputs["curvature"] * x

    grad_fn.__qualname__ = "grad_fn"
    options = {name: inputs[name] for name in ("lr", "num_steps", "radius", "grad_tolerance", "wait")}
    rng = np.random.default_rng(inputs["seed"])
    return {"path": solution(inputs["params"], grad_fn, **options, rng=rng), "next_draw": rng.random()}


def as_many_drawn(got, expected, inputs):
    """The number that rng gives after the run tells how many were drawn before."""
    if got == expected:
        return None
    return {
        "en": "is not the number that rng gives next: draw one number for each entry at every push, and nothing else",
        "zh": "不是 rng 接下来应当给出的数：每次扰动为每个元素抽取一个数，除此之外不再抽取",
    }


EXERCISES = [
    # rounding of the gradient, divided by h, is left: hence 1e-7
    Exercise(
        "hessian_vector_product",
        "curvature.hessian_vector_product",
        PRODUCT_GROUPS,
        product_cases,
        run_product,
        rtol=1e-7,
        clauses={"called twice": "product", "polynomial of degree 2": "product", "order h^2": "product"},
    ),
    Exercise(
        "numerical_hessian",
        "curvature.numerical_hessian",
        HESSIAN_GROUPS,
        hessian_cases,
        run_hessian,
        rtol=1e-7,
        clauses={"row i holds the product": "matrix", "nearest to them": "matrix"},
    ),
    Exercise(
        "power_iteration",
        "curvature.power_iteration",
        POWER_GROUPS,
        power_cases,
        run_power,
        atol=1e-12,
        clauses={"If H v = 0": "limits"},
    ),
    Exercise(
        "classify_critical_point",
        "curvature.classify_critical_point",
        KIND_GROUPS,
        kind_cases,
        run_kinds,
        clauses={"any other as 0": "tolerance", "if they differ": "zeros"},
    ),
    Exercise(
        "perturbed_gradient_descent",
        "curvature.perturbed_gradient_descent",
        PUSH_GROUPS,
        push_cases,
        run_push,
        compare={"next_draw": as_many_drawn},
        clauses={},
    ),
]
