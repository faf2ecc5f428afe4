"""The momentum reference against PyTorch, optax and published numbers, and the laws it must obey."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reference.momentum import (
    classical_momentum_step,
    classical_velocity,
    coasting_distance,
    ema_momentum_step,
    heavy_ball_matrix,
    lookahead_point,
    momentum_init,
    momentum_step,
    nesterov_rewritten_step,
    nesterov_step,
    optimal_heavy_ball,
    optimal_nesterov,
    recover_hyperparameters,
    spectral_radius,
)

GOLDEN = np.load(Path(__file__).parent / "golden" / "momentum.npz")
LR, LR_LATE, MOMENTUM, DROP_AT = GOLDEN["settings"].tolist()
SHAPES = ["0d", "1d", "2d"]
GRADS_STEPS = [momentum_step, classical_momentum_step, ema_momentum_step, nesterov_rewritten_step]


def zero_nesterov(params, grads, velocity, **hyper):
    """nesterov_step on a constant gradient, so that the laws can be said once for all five steps."""
    return nesterov_step(params, lambda _: grads, velocity, **hyper)


STEPS = GRADS_STEPS + [zero_nesterov]


def golden_problem(shape):
    h, c, start = GOLDEN[f"{shape}_h"], GOLDEN[f"{shape}_c"], GOLDEN[f"{shape}_start"]
    return (lambda x: h * (x - c) + np.cos(x)), start


def run(step, grad_fn, start, lrs, momentum=MOMENTUM):
    """The params after each step; `step` may take the gradient or, as nesterov_step does, the function."""
    params, state, path = start, momentum_init(start), []
    for lr in lrs:
        grads = grad_fn if step is nesterov_step else grad_fn(params)
        params, state = step(params, grads, state, lr=lr, momentum=momentum)
        path.append(params)
    return np.array(path)


WITH_A_DROP = [LR] * int(DROP_AT) + [LR_LATE] * (200 - int(DROP_AT))


# ---- from outside -------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("step, kind", [(momentum_step, "heavy_ball"), (nesterov_rewritten_step, "nesterov")])
def test_pytorch_takes_the_same_200_steps(shape, step, kind):
    path = run(step, *golden_problem(shape), WITH_A_DROP)
    np.testing.assert_allclose(path, GOLDEN[f"{shape}_torch_{kind}"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("step, kind", [(momentum_step, "heavy_ball"), (nesterov_rewritten_step, "nesterov")])
def test_optax_with_a_schedule_keeps_lr_outside_as_pytorch_does(shape, step, kind):
    path = run(step, *golden_problem(shape), WITH_A_DROP)[9::10]
    np.testing.assert_allclose(path, GOLDEN[f"{shape}_optax_{kind}"], rtol=0, atol=1e-12)


def test_pytorch_is_not_the_classical_form_once_lr_drops():
    path = run(classical_momentum_step, *golden_problem("1d"), WITH_A_DROP)
    away = np.abs(path - GOLDEN["1d_torch_heavy_ball"]).max(axis=1)
    assert away[: int(DROP_AT)].max() < 1e-12 and away[int(DROP_AT) :].max() > 1e-8


def test_the_numbers_cs231n_publishes_for_sgd_momentum():
    """Assignment 2, Optimization notebook: v <- .9 v - lr dw, w <- w + v, so its v is minus our u."""
    w = np.linspace(-0.4, 0.6, 20).reshape(4, 5)
    dw = np.linspace(-0.6, 0.4, 20).reshape(4, 5)
    v = np.linspace(0.6, 0.9, 20).reshape(4, 5)
    next_w, next_u = classical_momentum_step(w, dw, -v, lr=1e-3)
    np.testing.assert_allclose(next_w[0], [0.1406, 0.20738947, 0.27417895, 0.34096842, 0.40775789], atol=5e-9)
    np.testing.assert_allclose(next_w[3, 4], 1.4096, atol=5e-9)
    np.testing.assert_allclose(-next_u[[0, 0, 3], [0, 1, 4]], [0.5406, 0.55475789, 0.8096], atol=5e-9)


def test_the_constants_lessard_uses_for_his_counterexample():
    lr, momentum = optimal_heavy_ball(1, 25)
    assert (lr, momentum) == (pytest.approx(1 / 9, rel=1e-15), pytest.approx(4 / 9, rel=1e-15))


def test_lessards_limit_cycle():
    def slope(x):
        return 25 * x if x < 1 else x + 24 if x < 2 else 25 * x - 24

    x, v = np.float64(3.3), np.float64(0)
    for _ in range(600):
        x, v = momentum_step(x, slope(x), v, lr=1 / 9, momentum=4 / 9)
    cycle = []
    for _ in range(3):
        cycle.append(x)
        x, v = momentum_step(x, slope(x), v, lr=1 / 9, momentum=4 / 9)
    np.testing.assert_allclose(sorted(cycle), np.array([-2208, 792, 2592]) / 1225, rtol=1e-12)


@pytest.mark.parametrize(
    "kappa, expected",
    [
        (10, (62, 24, 33)),
        (100, (612, 85, 120)),
        (1000, (6107, 288, 393)),
    ],
)
def test_the_kappa_race(kappa, expected):
    h = np.logspace(0, np.log10(kappa), 50)
    arms = [
        (momentum_step, 2 / (1 + kappa), 0.0),
        (momentum_step, *optimal_heavy_ball(1, kappa)),
        (nesterov_step, *optimal_nesterov(1, kappa)),
    ]
    counts = []
    for step, lr, momentum in arms:
        path = run(step, lambda x: h * x, np.ones(50), [lr] * (expected[0] + 1), momentum)
        counts.append(1 + int(np.argmax(np.linalg.norm(path, axis=1) <= 1e-6 * np.sqrt(50))))
    assert tuple(counts) == expected


# ---- laws ---------------------------------------------------------------------------------------

shapes = hnp.array_shapes(min_dims=0, max_dims=3, max_side=4)
numbers = st.floats(-100, 100, width=32)
lrs = st.floats(0, 2)
momenta = st.floats(0, 0.99)
off_by = st.floats(-0.3, 0.3)


@st.composite
def three_arrays(draw, dtype=np.float64):
    shape = draw(shapes)
    return [draw(hnp.arrays(dtype, shape, elements=numbers)) for _ in range(3)]


@pytest.mark.parametrize("step", STEPS)
@given(arrays=three_arrays(), lr=lrs)
@settings(max_examples=30, deadline=None)
def test_momentum_0_is_gradient_descent(step, arrays, lr):
    params, grads, state = arrays
    new, _ = step(params, grads, state, lr=lr, momentum=0)
    np.testing.assert_array_equal(new, params - lr * grads)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data(), lr=lrs, momentum=momenta)
@settings(max_examples=20, deadline=None)
def test_shape_and_dtype_are_kept_and_inputs_are_not_changed(step, dtype, data, lr, momentum):
    arrays = data.draw(three_arrays(dtype))
    before = [a.copy() for a in arrays]
    for out in step(*arrays, lr=lr, momentum=momentum):
        assert out.shape == arrays[0].shape and out.dtype == dtype
        assert not any(np.shares_memory(out, a) for a in arrays)
    for now, then in zip(arrays, before):
        np.testing.assert_array_equal(now, then)


@given(arrays=three_arrays(), lr=lrs, momentum=momenta)
@settings(max_examples=50, deadline=None)
def test_classical_velocity_carries_a_run_over(arrays, lr, momentum):
    params, grads, velocity = arrays
    here, there, u = params, params, classical_velocity(velocity, lr=lr)
    assert u.shape == velocity.shape and u.dtype == velocity.dtype
    for turn in range(5):
        here, velocity = momentum_step(here, grads - turn, velocity, lr=lr, momentum=momentum)
        there, u = classical_momentum_step(there, grads - turn, u, lr=lr, momentum=momentum)
        np.testing.assert_allclose(there, here, rtol=1e-12, atol=1e-9)


@given(arrays=three_arrays(), lr=lrs, momentum=momenta)
@settings(max_examples=50, deadline=None)
def test_the_average_takes_the_same_path_and_is_a_mean(arrays, lr, momentum):
    params, grads, other = arrays
    here = there = params
    velocity = average = momentum_init(params)
    for turn in range(6):
        g = grads if turn % 2 else other
        here, velocity = momentum_step(here, g, velocity, lr=lr, momentum=momentum)
        there, average = ema_momentum_step(there, g, average, lr=lr, momentum=momentum)
        np.testing.assert_allclose(there, here, rtol=1e-9, atol=1e-7)
    ones, mean = np.ones(()), np.zeros(())
    for turn in range(1, 30):
        _, mean = ema_momentum_step(ones, ones, mean, lr=lr, momentum=momentum)
        np.testing.assert_allclose(mean, 1 - momentum**turn, rtol=1e-12)


@given(arrays=three_arrays(), lr=st.floats(0, 0.2), momentum=momenta)
@settings(max_examples=50, deadline=None)
def test_nesterov_rewritten_walks_on_the_lookahead_points(arrays, lr, momentum):
    x, c, _ = arrays
    y, v, w = x, momentum_init(x), momentum_init(x)
    for _ in range(30):
        y, w = nesterov_rewritten_step(y, 3 * (y - c) + np.sin(y), w, lr=lr, momentum=momentum)
        x, v = nesterov_step(x, lambda z: 3 * (z - c) + np.sin(z), v, lr=lr, momentum=momentum)
        scale = max(1.0, np.abs(y).max(initial=0), np.abs(w).max(initial=0))
        np.testing.assert_allclose(v, w, rtol=0, atol=1e-12 * scale)
        ahead = lookahead_point(x, v, lr=lr, momentum=momentum)
        np.testing.assert_allclose(ahead, y, rtol=0, atol=1e-12 * scale)


def test_nesterov_asks_for_one_gradient():
    asked = []
    nesterov_step(np.ones(2), lambda z: asked.append(z) or z, np.ones(2), lr=0.1)
    assert len(asked) == 1
    np.testing.assert_allclose(asked[0], np.ones(2) - 0.1 * 0.9)


@given(h=st.floats(0, 30), lr=st.floats(0, 1), momentum=momenta, now=st.floats(-3, 3), last=st.floats(-3, 3))
@settings(max_examples=100, deadline=None)
def test_the_matrix_is_the_step(h, lr, momentum, now, last):
    matrix = heavy_ball_matrix(h, lr=lr, momentum=momentum)
    velocity = (last - now) / lr if lr > 1e-3 else 0.0
    if velocity == 0.0:
        last = now
    new, _ = momentum_step(np.float64(now), h * now, np.float64(velocity), lr=lr, momentum=momentum)
    np.testing.assert_allclose(matrix @ [now, last], [new, now], rtol=1e-9, atol=1e-9)


def test_spectral_radius_sees_complex_and_negative_eigenvalues():
    assert spectral_radius(np.array([[0.0, -4.0], [1.0, 0.0]])) == pytest.approx(2)
    assert spectral_radius(np.diag([1.0, -3.0])) == 3.0


@given(low=st.floats(0.01, 10), ratio=st.floats(1.05, 1e4), by_lr=off_by, by_momentum=off_by)
@settings(max_examples=100, deadline=None)
def test_no_neighbour_beats_the_optimal_pair(low, ratio, by_lr, by_momentum):
    def slowest(lr, momentum):
        ends = [heavy_ball_matrix(h, lr=lr, momentum=momentum) for h in (low, low * ratio)]
        return max(spectral_radius(matrix) for matrix in ends)

    lr, momentum = optimal_heavy_ball(low, low * ratio)
    root = np.sqrt(ratio)
    rate = (root - 1) / (root + 1)
    assert slowest(lr, momentum) == pytest.approx(rate, abs=2e-7)  # a double eigenvalue: half the digits
    neighbour = slowest(lr * (1 + by_lr), min(0.999999, max(0.0, momentum * (1 + by_momentum))))
    assert neighbour >= rate - 2e-7


@given(low=st.floats(0.01, 10), ratio=st.floats(1.05, 1e3), by_lr=off_by, by_momentum=off_by)
@settings(max_examples=100, deadline=None)
def test_no_neighbour_beats_the_optimal_nesterov_pair(low, ratio, by_lr, by_momentum):
    def slowest(lr, momentum):
        matrices = [
            np.array([[(1 + momentum) * (1 - lr * h), -momentum * (1 - lr * h)], [1, 0]])
            for h in np.linspace(low, low * ratio, 30)
        ]
        return max(spectral_radius(m) for m in matrices)

    lr, momentum = optimal_nesterov(low, low * ratio)
    rate = 1 - 2 / np.sqrt(3 * ratio + 1)
    assert slowest(lr, momentum) == pytest.approx(rate, abs=1e-6)
    assert slowest(lr * (1 + by_lr), max(0.0, momentum * (1 + by_momentum))) >= rate - 1e-6


def test_one_curvature_needs_one_step():
    assert optimal_heavy_ball(4, 4) == (0.25, 0.0)
    assert optimal_nesterov(4, 4) == (0.25, 0.0)


@given(
    h=hnp.arrays(np.float64, 3, elements=st.floats(0.5, 9)),
    lr=st.floats(0.01, 0.2),
    momentum=st.floats(0, 0.95),
)
@settings(max_examples=50, deadline=None)
def test_hyperparameters_are_recovered_from_the_record(h, lr, momentum):
    start = np.array([1.0, -2.0, 0.5])
    path = np.vstack([start, run(momentum_step, lambda x: h * x, start, [lr] * 12, momentum)])
    assert recover_hyperparameters(path, h * path[:-1]) == pytest.approx((lr, momentum), rel=1e-9, abs=1e-9)


@given(velocity=hnp.arrays(np.float32, 3, elements=numbers), lr=lrs, momentum=st.floats(0, 0.9))
@settings(max_examples=50, deadline=None)
def test_coasting_ends_where_the_steps_end(velocity, lr, momentum):
    far = coasting_distance(velocity, lr=lr, momentum=momentum)
    assert far.shape == (3,) and far.dtype == np.float32
    params, nothing, v = np.zeros(3), np.zeros(3), velocity.astype(float)
    for _ in range(300):
        params, v = momentum_step(params, nothing, v, lr=lr, momentum=momentum)
    np.testing.assert_allclose(far, params, rtol=1e-5, atol=1e-6)


# ---- errors -------------------------------------------------------------------------------------

NAN = float("nan")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "name, value",
    [("lr", -0.1), ("lr", NAN), ("momentum", -0.1), ("momentum", 1.0), ("momentum", 1.5), ("momentum", NAN)],
)
def test_a_step_names_the_wrong_hyperparameter(step, name, value):
    one = np.ones(2)
    with pytest.raises(ValueError, match=f"{name} = {value!r}: must be"):
        step(one, one, one, **({"lr": 0.1, "momentum": 0.9} | {name: value}))


@pytest.mark.parametrize(
    "call",
    [
        lambda: classical_velocity(np.ones(2), lr=-1),
        lambda: coasting_distance(np.ones(2), lr=-1),
        lambda: coasting_distance(np.ones(2), lr=0.1, momentum=1),
        lambda: heavy_ball_matrix(1.0, lr=-1, momentum=0.5),
        lambda: heavy_ball_matrix(1.0, lr=0.1, momentum=1),
        lambda: optimal_heavy_ball(0, 1),
        lambda: optimal_heavy_ball(2, 1),
        lambda: optimal_heavy_ball(1, NAN),
        lambda: optimal_nesterov(-1, 1),
        lambda: optimal_nesterov(2, 1),
        lambda: recover_hyperparameters(np.ones((4, 2)), np.ones((4, 2))),
        lambda: recover_hyperparameters(np.ones((2, 2)), np.ones((1, 2))),
    ],
)
def test_the_others_refuse_too(call):
    with pytest.raises(ValueError, match="must be"):
        call()


@pytest.mark.parametrize("step", GRADS_STEPS)
def test_hyperparameters_are_keyword_only(step):
    with pytest.raises(TypeError):
        step(1.0, 1.0, 1.0, 0.1)
