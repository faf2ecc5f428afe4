"""Chapter 06: features on a common scale, principal components, whitening."""

from dataclasses import replace
from functools import partial

import numpy as np

from descent.cases import between, numbers
from descent.contract_cases import CONTRACT, given, scaled, with_nan, with_repeats, with_zero_line
from descent.exercise import Case, Exercise, Group, returned

# ---- what is measured on the training set --------------------------------------------------------------

MIN_MAX_GROUPS = {
    "values": Group(3, "features of different sizes", "大小不同的特征"),
    "constant": Group(2, "a feature that is constant", "有一个特征是常数"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(
        1,
        "one example, one feature, features far from 0, NaN, very small and very large numbers",
        "只有一个样本、只有一个特征、离 0 很远的特征、NaN、极小和极大的数",
    ),
}
PIXELS = {
    "pixels": Group(
        1, "whole numbers in uint8: new examples may lie below the lowest", "uint8 的整数：新样本可能低于最小值"
    )
}
ROUNDING = {
    "rounding": Group(1, "a constant feature whose mean carries a rounding error", "常数特征，但均值带有舍入误差")
}
SIZES = np.array([1.0, 40.0, 0.001, 5.0])  # of the features: metres, millimetres ...


def fit_cases(rng, name, groups):
    def case(group, N, D, dtype=np.float64, constant=None):
        sizes = SIZES[:D] if dtype == np.float64 else 1.0
        X = np.round((numbers(rng, (N, D)) + numbers(rng, D)) * sizes, 6).astype(dtype)
        if constant is not None:
            X[:, int(D * rng.random())] = constant
        if group == "values":  # a feature may begin and end alike and vary in between
            X[[1, -1], 0] = X[0, 0], X[0, 0]
        return Case(group, {"X": X}, f"{name}(X)")

    cases = [
        case("values", 5, 3),
        case("values", 4, 4),
        case("constant", 4, 3, constant=0.0),
        case("constant", 4, 2, constant=round(between(rng, 1, 9)) / 4),
        # The sum of three 0.1 is not 0.3: a mean of 0.10000000000000002 leaves a deviation of 1e-17.
        case("rounding", 3, 2, constant=0.1),
        case("rounding", 3, 4, constant=0.1),
        case("float32", 4, 3, np.float32),
        case("float32", 3, 2, np.float32, constant=0.5),
    ]
    base = case("contract", 4, 2)
    rescaled = f"shift, scale = {name}(X)\n(new - shift) / scale"
    spoiled = given(with_nan(base, "X"), new=numbers(rng, (2, 2)))
    cases += [
        case("contract", 1, 3),
        case("contract", 3, 1),
        case("contract", 1, 1),
        with_repeats(base, "X"),
        scaled(base, 1e-9, "X"),
        scaled(base, 1e9, "X"),
        given(base, X=base.inputs["X"] + 3e6),
        replace(spoiled, code=rescaled),
    ]
    for N, D in ((4, 2), (3, 3)):
        low = (20 + 200 * rng.random(D)).astype(np.uint8)
        X = low + (2 + 30 * rng.random((N, D))).astype(np.uint8)
        new = X[:2] - np.arange(5, 5 + D, dtype=np.uint8)
        new[0] = low - 1
        cases.append(Case("pixels", {"X": X, "new": new}, rescaled))
    return [fit_case for fit_case in cases if fit_case.group in groups]


def run_fit(solution, inputs):
    """Shift and scale; where new examples are given, what becomes of them: there a fit has more than one right answer."""
    shift, scale = returned(solution(inputs["X"]), "shift", "scale")
    if "new" not in inputs:
        return {"shift": shift, "scale": scale}
    return {"rescaled": (inputs["new"] - in_float64(shift)) / in_float64(scale)}


def in_float64(array):
    """Floats of any width are right for whole numbers; an array of whole numbers stays one, and wraps."""
    return array.astype(np.float64) if isinstance(array, np.ndarray) and array.dtype.kind == "f" else array


RESCALE_GROUPS = {
    "examples": Group(3, "examples that are not those of the fit", "不同于拟合时所用的样本"),
    "few": Group(2, "one example, and a feature with a tiny scale", "只有一个样本，以及尺度极小的特征"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(
        1,
        "one feature, pixels in uint8, NaN, very small and very large numbers",
        "只有一个特征、uint8 像素、NaN、极小和极大的数",
    ),
}


def rescale_cases(rng):
    def case(group, N, D, dtype=np.float64, tiny=None):
        shift, scale = numbers(rng, D, dtype), np.abs(numbers(rng, D, dtype))
        X = numbers(rng, (N, D), dtype)
        if tiny is not None:
            scale[tiny] = between(rng, 1, 9) * 1e-5
        return Case(group, {"X": X, "shift": shift, "scale": scale}, "rescale(X, shift, scale)")

    base, arrays = case("contract", 3, 3), ("X", "shift", "scale")
    pixels = (255 * rng.random((3, 3))).astype(np.uint8)
    return [
        case("examples", 4, 3),
        case("examples", 3, 2),
        case("examples", 2, 4),
        case("few", 1, 3),
        case("few", 1, 2, tiny=1),
        case("few", 3, 3, tiny=0),
        case("float32", 3, 2, np.float32),
        case("float32", 2, 3, np.float32),
        case("contract", 3, 1),
        case("contract", 1, 1),
        given(base, X=pixels, shift=100.0 * np.abs(base.inputs["shift"])),
        with_repeats(base, "X"),
        with_zero_line(base, "X"),
        with_nan(base, *arrays),
        scaled(base, 1e-9, *arrays),
        scaled(base, 1e9, *arrays),
    ]


def run_rescale(solution, inputs):
    return {"rescaled": solution(inputs["X"], inputs["shift"], inputs["scale"])}


# ---- principal components --------------------------------------------------------------------------------

PCA_FIT_GROUPS = {
    "variances": Group(2, "the mean and the variances", "均值和方差", only=("mean", "variances")),
    "components": Group(3, "the directions, up to their signs", "各方向（不计正负号）", only=("components",)),
    "some": Group(2, "only the first components", "只保留前几个主成分"),
    "few": Group(1, "no more examples than features", "样本数不超过特征数"),
    "contract": Group(
        1,
        "all components asked for, data far from 0, very small and very large numbers, and the errors",
        "指定保留全部主成分、离 0 很远的数据、极小和极大的数，以及报错",
    ),
}


def spread_out(rng, N, D):
    """Data whose variances along the components are well apart: else the directions would hang on rounding."""
    while True:
        X = np.round(numbers(rng, (N, D)) * np.linspace(2.5, 0.6, D) + numbers(rng, D), 2)
        X[:, -1] = np.round(X[:, -1] + 0.7 * X[:, 0], 2)
        singular = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)[: min(N - 1, D)]
        if (singular[:-1] > 1.15 * singular[1:]).all() and singular[-1] > 0.15:
            return X


def pca_fit_cases(rng):
    def case(group, N, D, num_components=None):
        inputs, argument = {"X": spread_out(rng, N, D)}, ""
        if num_components is not None:
            inputs["num_components"], argument = num_components, ", num_components=num_components"
        return Case(group, inputs, f"pca_fit(X{argument})")

    base = case("contract", 5, 3, 3)
    return [
        case("variances", 6, 3),
        case("variances", 5, 2),
        case("components", 7, 3),
        case("components", 6, 2),
        case("some", 6, 4, 2),
        case("some", 5, 3, 1),
        case("few", 3, 5),
        case("few", 3, 4, 2),
        case("few", 4, 4),
        base,
        with_repeats(given(base, num_components=2), "X"),
        with_zero_line(falling_line(given(base, num_components=1)), "X"),
        scaled(base, 1e-9, "X"),
        scaled(base, 1e9, "X"),
        given(base, X=base.inputs["X"] + 1e4),
        given(base, num_components=0),
        given(base, num_components=4),
        given(case("contract", 2, 3, 2), num_components=3),
    ]


def falling_line(case):
    """The case with a last feature that falls where the one before it rises: the first direction has entries of both signs.

    So an answer that turns directions by the sign of one entry does not depend on the luck of a draw.
    """
    X = case.inputs["X"].copy()
    X[:, -1] = np.round(0.1 * X[:, -1] - 1.5 * X[:, -2], 4)
    return given(case, X=X)


def run_pca_fit(solution, inputs):
    """A direction has two signs, and both are right: each column is turned so that it adds up to more than 0 with
    weights that no direction is orthogonal to by chance. A direction of variance 0 (N examples lie in N - 1
    dimensions) may be anything that is orthogonal to the others.
    """
    count = {"num_components": inputs["num_components"]} if "num_components" in inputs else {}
    mean, components, variances = returned(solution(inputs["X"], **count), "mean", "components", "variances")
    values = {"mean": mean, "variances": variances, "components": components}
    if type(components) is np.ndarray and components.ndim == 2 and components.dtype.kind == "f":
        N, D = inputs["X"].shape
        K = min(count.get("num_components", D), N, D)
        if components.shape == (D, K):
            weights = np.sqrt([2, 3, 5, 7, 11, 13][:D])
            turned = components * np.where(weights @ components < 0, -1, 1)
            values["components"] = turned[:, : min(K, N - 1)]
            values["components^T components"] = components.T @ components
    return values


PROJECT_GROUPS = {
    "coordinates": Group(3, "coordinates of new examples", "新样本的坐标"),
    "shapes": Group(1, "one example, one component, one feature", "只有一个样本、一个主成分或一个特征"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(1, "NaN, very small and very large numbers", "NaN、极小和极大的数"),
}
# Vectors v for which I - 2 v v^T / v^T v has short entries.
INTEGERS = {2: (3.0, 1.0), 3: (3.0, 4.0, 5.0), 4: (1.0, 1.0, 3.0, 3.0)}


def directions(rng, D, K, dtype=np.float64):
    """K orthonormal columns of D entries with one or two decimals: a reflection, its columns in some order.

    Not symmetric: else a transpose too many would go unseen.
    """
    while D > 1:
        v = np.array(INTEGERS[D])[np.argsort(rng.random(D))] * np.where(rng.random(D) < 0.5, -1, 1)
        reflection = np.round(np.eye(D) - 2 * np.outer(v, v) / (v @ v), 3)
        columns = np.ascontiguousarray(reflection[:, np.argsort(rng.random(D))[:K]])
        if K < D or (columns != columns.T).any():
            return columns.astype(dtype)
    return np.full((1, 1), -1, dtype)


def project_cases(rng):
    def case(group, N, D, K, dtype=np.float64):
        inputs = {
            "X": numbers(rng, (N, D), dtype),
            "mean": numbers(rng, D, dtype),
            "components": directions(rng, D, K, dtype),
        }
        return Case(group, inputs, "pca(X, mean, components)")

    base = case("contract", 3, 3, 2)
    return [
        case("coordinates", 4, 3, 2),
        case("coordinates", 2, 4, 3),
        case("coordinates", 3, 2, 2),
        case("shapes", 1, 3, 2),
        case("shapes", 4, 3, 1),
        case("shapes", 3, 1, 1),
        case("float32", 3, 2, 2, np.float32),
        case("float32", 2, 3, 2, np.float32),
        with_nan(base, "X"),
        with_repeats(base, "X"),
        with_zero_line(base, "X"),
        scaled(base, 1e-9, "X", "mean"),
        scaled(base, 1e9, "X", "mean"),
    ]


def run_project(solution, inputs):
    return {"coordinates": solution(inputs["X"], inputs["mean"], inputs["components"])}


# ---- whitening ---------------------------------------------------------------------------------------------

WHITEN_GROUPS = {
    "white": Group(3, "coordinates on a common scale", "换到同一尺度的坐标"),
    "eps": Group(2, "with eps, and directions of almost no variance", "加上 eps，且有的方向几乎没有方差"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}
ZCA_GROUPS = {
    "matrix": Group(3, "the matrix without eps", "不加 eps 的矩阵"),
    "eps": Group(2, "with eps, and directions of almost no variance", "加上 eps，且有的方向几乎没有方差"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": CONTRACT,
}


def falling(rng, K, dtype, tiny):
    """Variances in falling order; the last one almost 0 if asked for."""
    variances = np.sort(np.abs(numbers(rng, K)))[::-1]
    if tiny:
        variances[-1] = between(rng, 1, 9) / 1000
    return np.round(variances, 6).astype(dtype)


def whiten_cases(rng):
    def case(group, N, D, K, eps=None, dtype=np.float64):
        inputs = {
            "X": numbers(rng, (N, D), dtype),
            "mean": numbers(rng, D, dtype),
            "components": directions(rng, D, K, dtype),
            "variances": falling(rng, K, dtype, eps is not None),
        }
        inputs |= {} if eps is None else {"eps": eps}
        return Case(group, inputs, f"pca_whiten(X, mean, components, variances{', eps=eps' * (eps is not None)})")

    base, arrays = case("contract", 3, 3, 2, 0.5), ("X", "mean", "variances")
    return [
        case("white", 4, 3, 3),
        case("white", 2, 4, 3),
        case("white", 3, 2, 2),
        case("eps", 3, 3, 3, between(rng, 0.01, 0.05)),
        case("eps", 4, 3, 2, between(rng, 0.1, 0.4)),
        case("float32", 3, 2, 2, dtype=np.float32),
        case("float32", 2, 4, 3, between(rng, 0.1, 0.4), np.float32),
        case("contract", 1, 3, 2),
        case("contract", 3, 1, 1),
        given(base, eps=0.0),
        given(base, eps=2.5),
        with_nan(base, "X"),
        with_repeats(base, "X"),
        with_zero_line(base, "X"),
        scaled(given(base, eps=0.0), 1e-9, *arrays),
        scaled(base, 1e9, *arrays),
        given(base, eps=-0.001),
    ]


def zca_cases(rng):
    def case(group, D, eps=None, dtype=np.float64):
        inputs = {"components": directions(rng, D, D, dtype), "variances": falling(rng, D, dtype, eps is not None)}
        inputs |= {} if eps is None else {"eps": eps}
        return Case(group, inputs, f"zca_matrix(components, variances{', eps=eps' * (eps is not None)})")

    base = case("contract", 3, 0.5)
    return [
        case("matrix", 2),
        case("matrix", 3),
        case("matrix", 4),
        case("eps", 3, between(rng, 0.01, 0.05)),
        case("eps", 2, between(rng, 0.1, 0.4)),
        case("float32", 3, dtype=np.float32),
        case("float32", 2, between(rng, 0.1, 0.4), np.float32),
        case("contract", 1),
        given(base, eps=0.0),
        given(base, eps=2.5),
        scaled(given(base, eps=0.0), 1e-9, "variances"),
        scaled(base, 1e9, "variances"),
        given(base, eps=-0.001),
    ]


def run_whiten(solution, inputs):
    eps = {"eps": inputs["eps"]} if "eps" in inputs else {}
    return {"white": solution(inputs["X"], inputs["mean"], inputs["components"], inputs["variances"], **eps)}


def run_zca(solution, inputs):
    eps = {"eps": inputs["eps"]} if "eps" in inputs else {}
    return {"matrix": solution(inputs["components"], inputs["variances"], **eps)}


def exercise(name, groups, cases, run, *, clauses, **options):
    return Exercise(name, f"preprocessing.{name}", groups, cases, run, clauses=clauses, **options)


EXERCISES = [
    *(
        exercise(name, groups, partial(fit_cases, name=name, groups=groups), run_fit, clauses=clauses)
        for name, groups, clauses in (
            ("standardize_fit", MIN_MAX_GROUPS | ROUNDING, {"Features may lie far from 0": "contract"}),
            ("min_max_fit", MIN_MAX_GROUPS | PIXELS, {"floats even if X holds whole numbers": "pixels"}),
        )
    ),
    exercise("rescale", RESCALE_GROUPS, rescale_cases, run_rescale, clauses={}),
    # Variances may come from the covariance matrix: the one that is 0 is then off by a rounding of the largest.
    exercise(
        "pca_fit",
        PCA_FIT_GROUPS,
        pca_fit_cases,
        run_pca_fit,
        atol=1e-12,
        clauses={"The sign of a direction is arbitrary": "components"},
    ),
    exercise("pca", PROJECT_GROUPS, project_cases, run_project, clauses={}),
    exercise("pca_whiten", WHITEN_GROUPS, whiten_cases, run_whiten, clauses={}),
    exercise("zca_matrix", ZCA_GROUPS, zca_cases, run_zca, clauses={}),
]
