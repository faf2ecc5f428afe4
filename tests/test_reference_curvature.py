"""Curvature from gradients: against PyTorch's Hessian, against eigvalsh, and on saddles that must be left."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.curvature import (
    classify_critical_point,
    hessian_vector_product,
    numerical_hessian,
    perturbed_gradient_descent,
    power_iteration,
)
from reference.gradient_descent import gradient_descent
from reference.losses import softmax_cross_entropy

GOLDEN = np.load(Path(__file__).parent / "golden" / "gradients.npz")
few = settings(max_examples=30, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
NAN = float("nan")


def softmax_gradient(W):
    X = GOLDEN["affine_X"]
    return X.T @ softmax_cross_entropy(X @ W, GOLDEN["ce_labels"])[1]


def symmetric(seed, n):
    A = np.random.default_rng(seed).normal(size=(n, n))
    return A + A.T


# ---- products and the Hessian -------------------------------------------------------------------


def test_the_hessian_is_pytorchs():
    hessian = numerical_hessian(softmax_gradient, GOLDEN["hessian_W"])
    np.testing.assert_allclose(hessian, GOLDEN["hessian"], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(hessian, hessian.T)


def test_the_product_is_pytorchs_hessian_times_the_vector():
    vector = np.random.default_rng(0).normal(size=(4, 5))
    product = hessian_vector_product(softmax_gradient, GOLDEN["hessian_W"], vector)
    np.testing.assert_allclose(product.ravel(), GOLDEN["hessian"] @ vector.ravel(), rtol=0, atol=1e-9)


@given(seed=seeds, n=st.integers(1, 6))
@few
def test_on_a_quadratic_only_rounding_is_left(seed, n):
    A, rng = symmetric(seed, n), np.random.default_rng(seed)
    x, v = rng.normal(size=n), rng.normal(size=n)
    np.testing.assert_allclose(hessian_vector_product(lambda z: A @ z, x, v), A @ v, atol=1e-8)
    np.testing.assert_allclose(numerical_hessian(lambda z: A @ z, x), A, atol=1e-8)


def test_differences_are_central_and_of_second_order():
    x, v = np.array([1.0]), np.array([1.0])
    errors = [hessian_vector_product(lambda z: z**3, x, v, h=h)[0] - 3 for h in (1e-2, 1e-3)]
    np.testing.assert_allclose(errors, [1e-4, 1e-6], rtol=1e-5)


@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_any_shape_and_inputs_are_not_changed(shape):
    x, v = np.full(shape, 2.0), np.full(shape, 0.5)
    assert np.shape(hessian_vector_product(np.exp, x, v)) == shape
    np.testing.assert_allclose(numerical_hessian(np.exp, x), np.exp(2) * np.eye(x.size), rtol=1e-8)
    assert np.all(x == 2) and np.all(v == 0.5)
    assert hessian_vector_product(np.exp, x.astype(np.float32), v.astype(np.float32)).dtype == np.float32


# ---- power iteration ----------------------------------------------------------------------------


@given(seed=seeds, n=st.integers(1, 6))
@few
def test_power_iteration_finds_the_eigenvalue_of_largest_size_with_its_sign(seed, n):
    A, start = symmetric(seed, n), np.random.default_rng(seed).normal(size=n)
    eigenvalue, vector = power_iteration(lambda v: A @ v, start, num_steps=3000)
    eigenvalues = np.linalg.eigvalsh(A)
    sizes = np.sort(np.abs(eigenvalues))
    if n == 1 or sizes[-2] < 0.99 * sizes[-1]:
        assert eigenvalue == pytest.approx(eigenvalues[np.argmax(np.abs(eigenvalues))], rel=1e-9)
        np.testing.assert_allclose(A @ vector, eigenvalue * vector, atol=1e-8)
    assert np.linalg.norm(vector) == pytest.approx(1) and type(eigenvalue) is float
    assert eigenvalue == pytest.approx(vector @ A @ vector, rel=1e-12)


def test_the_sharpness_of_softmax_regression_from_gradients_alone():
    W = GOLDEN["hessian_W"]
    eigenvalue, vector = power_iteration(
        lambda v: hessian_vector_product(softmax_gradient, W, v),
        np.ones((4, 5)) + np.eye(4, 5),
        num_steps=300,
    )
    assert eigenvalue == pytest.approx(np.linalg.eigvalsh(GOLDEN["hessian"])[-1], rel=1e-7)
    assert vector.shape == (4, 5)


def test_power_iteration_does_num_steps_products_and_one_for_the_eigenvalue():
    calls, start = [], np.array([3.0, 4.0])
    assert power_iteration(lambda v: calls.append(v) or v * [1, 2], start, num_steps=0)[0] == pytest.approx(1.64)
    assert len(calls) == 1
    power_iteration(lambda v: calls.append(v) or v * [1, 2], start, num_steps=7)
    assert len(calls) == 9 and np.all(start == [3, 4])


def test_a_plateau_has_sharpness_0():
    eigenvalue, vector = power_iteration(lambda v: 0 * v, np.array([3.0, 4.0]))
    assert eigenvalue == 0.0
    np.testing.assert_allclose(vector, [0.6, 0.8])


# ---- kinds of critical points -------------------------------------------------------------------


@pytest.mark.parametrize(
    "eigenvalues, kind",
    [
        ([1, 2], "minimum"),
        ([-1, -2], "maximum"),
        ([1, -2], "saddle"),
        ([3, 0, -1], "saddle"),
        ([0, 2], "inconclusive"),
        ([0, -2], "inconclusive"),
        ([0, 0], "inconclusive"),
        ([1e-7, 5], "inconclusive"),
        ([1e-5, 5], "minimum"),
        ([-1e-7, 5], "inconclusive"),
        ([4], "minimum"),
        ([-4], "maximum"),
        ([0], "inconclusive"),
    ],
)
def test_the_kind_does_not_depend_on_the_axes(eigenvalues, kind):
    n = len(eigenvalues)
    rotation = np.linalg.qr(np.random.default_rng(n).normal(size=(n, n)))[0]
    for Q in (np.eye(n), rotation):
        assert classify_critical_point(Q @ np.diag(np.array(eigenvalues, dtype=float)) @ Q.T) == kind


@pytest.mark.parametrize(
    "gradient, kind",
    [
        (lambda x: 4 * x**3, "inconclusive"),
        (lambda x: 3 * x**2, "inconclusive"),
        (lambda x: 2 * x, "minimum"),
        (lambda x: -np.sin(x), "maximum"),
    ],
)
def test_x4_and_x3_look_the_same_at_0(gradient, kind):
    assert classify_critical_point(numerical_hessian(gradient, np.array([0.0]))) == kind


def test_the_tolerance_decides_what_is_zero():
    hessian = np.diag([1e-4, 1.0])
    assert classify_critical_point(hessian) == "minimum"
    assert classify_critical_point(hessian, tolerance=1e-3) == "inconclusive"


# ---- leaving saddles ----------------------------------------------------------------------------


def saddle(x):
    """Gradient of x^2/2 - y^2/2 + y^4/4: a saddle at 0, minima at (0, 1) and (0, -1)."""
    return np.array([x[0], x[1] ** 3 - x[1]])


PGD = {"lr": 0.1, "num_steps": 300, "radius": 0.01, "grad_tolerance": 1e-3, "wait": 50}


@pytest.mark.parametrize("start", [[1.0, 0.0], [0, 0]])
def test_the_push_leaves_a_saddle_that_gradient_descent_does_not(start):
    stuck = gradient_descent(np.array(start), saddle, lr=0.1, num_steps=300)[-1]
    np.testing.assert_allclose(stuck, 0, atol=1e-9)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        end = perturbed_gradient_descent(np.array(start), saddle, **PGD, rng=rng)[-1]
        np.testing.assert_allclose(np.abs(end), [0, 1], atol=0.02)


def test_pushes_have_the_radius_the_wait_and_the_one_draw_of_the_docstring():
    rng, twin = np.random.default_rng(7), np.random.default_rng(7)
    hyper = PGD | {"num_steps": 9, "wait": 4}
    path = perturbed_gradient_descent(np.zeros((2, 3)), np.zeros_like, **hyper, rng=rng)
    moves = np.diff(path, axis=0)
    for t in range(9):
        if t % 4 == 0:
            noise = twin.standard_normal((2, 3))
            np.testing.assert_allclose(moves[t], 0.01 * noise / np.linalg.norm(noise), rtol=1e-12)
        else:
            assert np.all(moves[t] == 0)
    assert rng.bit_generator.state == twin.bit_generator.state


def test_the_step_is_taken_with_the_gradient_at_the_pushed_point():
    path = perturbed_gradient_descent(np.zeros(1), lambda x: x, **PGD | {"num_steps": 1}, rng=np.random.default_rng(0))
    assert abs(path[1, 0]) == pytest.approx(0.01 * 0.9)


def test_a_start_of_whole_numbers_is_pushed_too():
    path = perturbed_gradient_descent(np.array([0, 0]), saddle, **PGD, rng=np.random.default_rng(0))
    assert np.linalg.norm(path[1]) > 0.005


def test_far_from_critical_points_it_is_gradient_descent():
    start, f = np.array([3.0, 2.0]), lambda x: x * [1, 3]
    path = perturbed_gradient_descent(start, f, **PGD | {"num_steps": 20}, rng=None)
    np.testing.assert_array_equal(path, gradient_descent(start, f, lr=0.1, num_steps=20))


def test_float32_stays_float32_and_the_start_is_not_changed():
    start = np.zeros(2, np.float32)
    path = perturbed_gradient_descent(start, lambda x: x, **PGD, rng=np.random.default_rng(0))
    assert path.dtype == np.float32 and path.shape == (301, 2) and np.all(start == 0)


# ---- errors -------------------------------------------------------------------------------------


def call_pgd(**changed):
    return lambda: perturbed_gradient_descent(np.zeros(2), saddle, rng=None, **PGD | changed)


@pytest.mark.parametrize(
    "call, named",
    [
        (lambda: hessian_vector_product(saddle, np.zeros(2), np.ones(2), h=0), "h = 0"),
        (lambda: numerical_hessian(saddle, np.zeros(2), h=NAN), "h = nan"),
        (lambda: power_iteration(saddle, np.ones(2), num_steps=-1), "num_steps = -1"),
        (lambda: classify_critical_point(np.eye(2), tolerance=-1), "tolerance = -1"),
        (lambda: classify_critical_point(np.array([[NAN]])), "hessian = "),
        (lambda: classify_critical_point(np.array([[np.inf]])), "hessian = "),
        (call_pgd(lr=NAN), "lr = nan"),
        (call_pgd(num_steps=-1), "num_steps = -1"),
        (call_pgd(radius=-1), "radius = -1"),
        (call_pgd(grad_tolerance=NAN), "grad_tolerance = nan"),
        (call_pgd(wait=0), "wait = 0"),
    ],
)
def test_wrong_hyperparameters_are_named(call, named):
    with pytest.raises(ValueError, match=f"^{named}.*: must be"):
        call()
