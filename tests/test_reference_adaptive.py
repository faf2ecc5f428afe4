"""The adaptive methods against PyTorch, optax, Keras and published numbers, and the laws they must obey."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reference.adam_variants import adamax_step, amsgrad_init, amsgrad_step, nadam_step
from reference.adaptive import adagrad_init, adagrad_step, adam_init, adam_step, rmsprop_init, rmsprop_step
from reference.weight_decay import adam_l2_step, adamw_step

GOLDEN = np.load(Path(__file__).parent / "golden" / "adaptive.npz")
LR, LR_LATE, DROP_AT, ALPHA, BETA1, BETA2, EPS, DECAY = GOLDEN["settings"].tolist()
ADAM = {"betas": (BETA1, BETA2), "eps": EPS}
SHAPES = ["0d", "0d_tiny", "1d", "2d"]
NAN = float("nan")


class Method(NamedTuple):
    init: object
    step: object
    hyper: dict  # what the golden runs used, besides lr


METHODS = {
    "adagrad": Method(adagrad_init, adagrad_step, {"eps": EPS}),
    "rmsprop": Method(rmsprop_init, rmsprop_step, {"alpha": ALPHA, "eps": EPS}),
    "adam": Method(adam_init, adam_step, ADAM),
    "amsgrad": Method(amsgrad_init, amsgrad_step, ADAM),
    "adam_l2": Method(adam_init, adam_l2_step, ADAM | {"weight_decay": DECAY}),
    "adamw": Method(adam_init, adamw_step, ADAM | {"weight_decay": DECAY}),
    "nadam": Method(adam_init, nadam_step, ADAM),
    "adamax": Method(adam_init, adamax_step, ADAM),
}
DECAYING = ["adam_l2", "adamw"]
PLAIN = [name for name in METHODS if name not in DECAYING]
ADAM_LIKE = [name for name in METHODS if "betas" in METHODS[name].hyper]


def golden_gradient(shape, dtype=np.float64):
    h, c, scale = (GOLDEN[f"{shape}_{key}"] for key in ("h", "c", "scale"))
    return lambda t, x: (scale * (h * (x - c) + np.cos(x)) * (t % 7 != 3)).astype(dtype)


def golden_run(name, shape, dtype=np.float64, num_steps=200, **changed):
    """The points of a run with the settings of the golden ones; `changed` replaces hyper-parameters."""
    method, gradient = METHODS[name], golden_gradient(shape, dtype)
    params = GOLDEN[f"{shape}_start"].astype(dtype)
    state, path = method.init(params), []
    for t in range(num_steps):
        lr = LR if t < DROP_AT else LR_LATE
        params, state = method.step(params, gradient(t, params), state, lr=lr, **(method.hyper | changed))
        path.append(params)
    return np.array(path)


def run(name, params, gradients, lr=0.01, **hyper):
    """The points of a run on given gradients, and the last state."""
    method = METHODS[name]
    state, path = method.init(params), []
    for grads in gradients:
        params, state = method.step(params, grads, state, lr=lr, **hyper)
        path.append(params)
    return np.array(path), state


def scale_of(path):
    return max(1.0, np.abs(path).max())


# ---- from outside -------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", METHODS)
def test_pytorch_takes_the_same_200_steps(name, shape):
    path = golden_run(name, shape)[GOLDEN["kept"]]
    np.testing.assert_allclose(path, GOLDEN[f"{shape}_torch_{name}"], rtol=0, atol=1e-12 * scale_of(path))


@pytest.mark.parametrize("name", METHODS)
def test_pytorch_takes_the_same_200_steps_in_float32(name):
    path = golden_run(name, "2d", np.float32)[GOLDEN["kept"]]
    assert path.dtype == np.float32
    np.testing.assert_allclose(path, GOLDEN[f"2d_torch32_{name}"], rtol=0, atol=5e-6)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "name, kind, changed",
    [
        ("adagrad", "adagrad_from_0", {"eps": 1e-300}),
        ("rmsprop", "rmsprop_outside", {}),
        ("adam", "adam", {}),
        ("adamw", "adamw", {}),
        ("nadam", "nadam", {}),
        ("adamax", "adamax", {}),
    ],
)
def test_optax_takes_the_same_200_steps(name, kind, changed, shape):
    path = golden_run(name, shape, **changed)[GOLDEN["kept"]]
    np.testing.assert_allclose(path, GOLDEN[f"{shape}_optax_{kind}"], rtol=0, atol=1e-12 * scale_of(path))


def test_the_numbers_cs231n_publishes():
    """Assignment 2, Optimization notebook: one step of RMSProp, and the sixth of Adam."""
    w, dw = np.linspace(-0.4, 0.6, 20).reshape(4, 5), np.linspace(-0.6, 0.4, 20).reshape(4, 5)
    up, down = np.linspace(0.6, 0.9, 20).reshape(4, 5), np.linspace(0.7, 0.5, 20).reshape(4, 5)
    new, cache = rmsprop_step(w, dw, up, lr=1e-2, alpha=0.99, eps=1e-8)
    np.testing.assert_allclose(new[0, :3], [-0.39223849, -0.34037513, -0.28849239], atol=5e-9)
    np.testing.assert_allclose(cache[0], [0.5976, 0.6126277, 0.6277108, 0.64284931, 0.65804321], atol=5e-9)
    new, (m, v, t) = adam_step(w, dw, (up, down, 5), lr=1e-2)
    np.testing.assert_allclose(new[0, :3], [-0.40094747, -0.34836187, -0.29577703], atol=5e-9)
    np.testing.assert_allclose(v[0], [0.69966, 0.68908382, 0.67851319, 0.66794809, 0.65738853], atol=5e-9)
    np.testing.assert_allclose(m[0], [0.48, 0.49947368, 0.51894737, 0.53842105, 0.55789474], atol=5e-9)
    assert t == 6


# ---- where conventions differ, the difference is the documented one ------------------------------


def path_by(update, shape, num_steps):
    """The points of x <- x - lr * update(t, g), for the conventions that are not ours."""
    gradient, x, path = golden_gradient(shape), GOLDEN[f"{shape}_start"], []
    for t in range(num_steps):
        x = x - (LR if t < DROP_AT else LR_LATE) * update(t, gradient(t, x))
        path.append(x)
    return np.array(path)


def adagrad_from_a_tenth_with_eps_inside():
    G = 0.1

    def update(t, g):
        nonlocal G
        G = G + g**2
        return g / np.sqrt(G + EPS)

    return update


def rmsprop_with_eps_inside():
    v = 0.0

    def update(t, g):
        nonlocal v
        v = ALPHA * v + (1 - ALPHA) * g**2
        return g / np.sqrt(v + EPS)

    return update


def amsgrad_with_the_maximum_of_v_hat():
    m = v = largest = 0.0

    def update(t, g):
        nonlocal m, v, largest
        m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g**2
        largest = np.maximum(largest, v / (1 - BETA2 ** (t + 1)))
        return m / (1 - BETA1 ** (t + 1)) / (np.sqrt(largest) + EPS)

    return update


def nadam_with_growing_beta1():
    m = v = 0.0
    product = 1.0

    def update(t, g):
        nonlocal m, v, product
        now, following = (BETA1 * (1 - 0.96 ** (k * 0.004) / 2) for k in (t + 1, t + 2))
        m, v, product = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g**2, product * now
        ahead = following * m / (1 - product * following) + (1 - now) * g / (1 - product)
        return ahead / (np.sqrt(v / (1 - BETA2 ** (t + 1))) + EPS)

    return update


def adamax_with_eps_added_last():
    m = u = 0.0

    def update(t, g):
        nonlocal m, u
        m, u = BETA1 * m + (1 - BETA1) * g, np.maximum(BETA2 * u, np.abs(g))
        return m / (1 - BETA1 ** (t + 1)) / (u + EPS)

    return update


def adam_with_epsilon_hat():
    m = v = 0.0

    def update(t, g):
        nonlocal m, v
        m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g**2
        return np.sqrt(1 - BETA2 ** (t + 1)) / (1 - BETA1 ** (t + 1)) * m / (np.sqrt(v) + EPS)

    return update


@pytest.mark.parametrize(
    "name, theirs, update",
    [
        ("adagrad", "optax_adagrad", adagrad_from_a_tenth_with_eps_inside),
        ("adagrad", "keras_adagrad", adagrad_from_a_tenth_with_eps_inside),
        ("rmsprop", "optax_rmsprop", rmsprop_with_eps_inside),
        ("rmsprop", "keras_rmsprop", rmsprop_with_eps_inside),
        ("amsgrad", "optax_amsgrad", amsgrad_with_the_maximum_of_v_hat),
        ("nadam", "torch_nadam_growing", nadam_with_growing_beta1),
        ("adam", "keras_adam", adam_with_epsilon_hat),
        ("adamax", "keras_adamax", adamax_with_eps_added_last),
    ],
)
def test_other_conventions_differ_as_the_docstrings_say(name, theirs, update):
    golden = GOLDEN[f"2d_{theirs}"]
    kept = GOLDEN["kept"] if len(golden) > 3 else slice(3)  # Keras: the first three points
    as_documented = path_by(update(), "2d", 200)[kept]
    rtol = 2e-7 if "keras" in theirs else 0  # Keras keeps its hyper-parameters in float32
    np.testing.assert_allclose(as_documented, golden, rtol=rtol, atol=1e-12 * scale_of(golden))
    ours = golden_run(name, "2d")[kept]
    assert np.abs(ours - golden).max() > 1e-5, "no difference: the docstring claims one"


# ---- laws of all methods ------------------------------------------------------------------------

shapes = hnp.array_shapes(min_dims=0, max_dims=3, max_side=3)
numbers = st.floats(-100, 100, width=32)
lrs = st.floats(0, 2)
betas01 = st.tuples(st.floats(0, 0.99), st.floats(0, 0.999))
few = settings(max_examples=20, deadline=None, derandomize=True)
more = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def params_and_gradients(draw, dtype=np.float64, elements=numbers, num=3):
    shape = draw(shapes)
    arrays = [draw(hnp.arrays(dtype, shape, elements=elements)) for _ in range(num + 1)]
    return arrays[0], arrays[1:]


def arrays_in(state):
    return [part for part in (state if isinstance(state, tuple) else (state,)) if not isinstance(part, int)]


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data(), lr=lrs)
@few
def test_shape_and_dtype_are_kept_and_inputs_are_not_changed(name, dtype, data, lr):
    params, gradients = data.draw(params_and_gradients(dtype))
    method = METHODS[name]
    state = method.init(params)
    for grads in gradients:
        inputs = [params, grads, *arrays_in(state)]
        before = [np.copy(a) for a in inputs]
        new, new_state = method.step(params, grads, state, lr=lr)
        assert len(arrays_in(new_state)) == len(arrays_in(state))
        for out in [new, *arrays_in(new_state)]:
            assert out.shape == params.shape and out.dtype == dtype
            assert not any(np.shares_memory(out, a) for a in inputs)
        for now, then in zip(inputs, before):
            np.testing.assert_array_equal(now, then)
        params, state = new, new_state


@pytest.mark.parametrize("name", METHODS)
def test_the_state_counts_steps_and_a_run_can_be_resumed(name):
    rng = np.random.default_rng(3)
    params, gradients = rng.normal(size=(2, 3)), list(rng.normal(size=(6, 2, 3)))
    path, state = run(name, params, gradients)
    half, halfway = run(name, params, gradients[:3])
    again, x = halfway, half[-1]
    for grads in gradients[3:]:
        x, again = METHODS[name].step(x, grads, again, lr=0.01)
    np.testing.assert_array_equal(x, path[-1])
    if isinstance(state, tuple):
        assert state[-1] == 6 and type(state[-1]) is int


@pytest.mark.parametrize("name", PLAIN)
@given(case=params_and_gradients(), lr=lrs)
@few
def test_entries_do_not_see_each_other(name, case, lr):
    params, gradients = case
    whole, _ = run(name, params, gradients, lr)
    for index in np.ndindex(params.shape):
        alone, _ = run(name, params[index], [g[index] for g in gradients], lr)
        np.testing.assert_array_equal(whole[(slice(None), *index)], alone)


@pytest.mark.parametrize("name", METHODS)
@given(case=params_and_gradients())
@few
def test_lr_0_moves_nothing_but_the_state_goes_on(name, case):
    params, gradients = case
    path, state = run(name, params, gradients, lr=0)
    np.testing.assert_array_equal(path, np.broadcast_to(params, path.shape))
    if any(np.any(g != 0) for g in gradients):
        assert any(np.any(part != 0) for part in arrays_in(state))


@pytest.mark.parametrize("name", PLAIN)
@given(case=params_and_gradients(), lr=lrs)
@few
def test_zero_gradients_from_a_fresh_state_move_nothing(name, case, lr):
    params, gradients = case
    path, _ = run(name, params, [np.zeros_like(params)] * 3, lr)
    np.testing.assert_array_equal(path, np.broadcast_to(params, path.shape))


@pytest.mark.parametrize("name", PLAIN)
@given(case=params_and_gradients(), lr=lrs)
@few
def test_the_mirror_image_of_a_run_is_a_run(name, case, lr):
    params, gradients = case
    path, _ = run(name, params, gradients, lr)
    mirrored, _ = run(name, -params, [-g for g in gradients], lr)
    np.testing.assert_array_equal(mirrored, -path)


@pytest.mark.parametrize("name", PLAIN)
@given(exponent=st.integers(-20, 20), seed=st.integers(0, 1000))
@few
def test_the_scale_of_the_gradients_does_not_matter_without_eps(name, exponent, seed):
    """Powers of two: no rounding, so the paths are equal to the last bit."""
    rng = np.random.default_rng(seed)
    params, gradients = rng.normal(size=4), rng.normal(size=(6, 4))
    path, _ = run(name, params, gradients, eps=0)
    scaled, _ = run(name, params, gradients * 2.0**exponent, eps=0)
    np.testing.assert_array_equal(scaled, path)


@pytest.mark.parametrize("name", ["adagrad", "adam", "amsgrad"])
@given(case=params_and_gradients(num=1), lr=lrs, eps=st.sampled_from([1e-8, 1e-3]), betas=betas01)
@more
def test_the_first_step_is_lr_times_the_sign(name, case, lr, eps, betas):
    """Up to eps: lr * g / (|g| + eps), whatever the betas."""
    params, (grads,) = case
    hyper = {"eps": eps} | ({} if name == "adagrad" else {"betas": betas})
    path, _ = run(name, np.zeros_like(params), [grads], lr, **hyper)
    np.testing.assert_allclose(path[0], -lr * grads / (np.abs(grads) + eps), rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("alpha, longer", [(0.9, 3.1623), (0.99, 10.0)])
def test_rmsprop_starts_cold(alpha, longer):
    new, _ = rmsprop_step(np.zeros(3), np.array([5.0, -0.3, 2.0]), np.zeros(3), lr=0.01, alpha=alpha)
    np.testing.assert_allclose(np.abs(new), 0.01 * longer, rtol=1e-5)


# ---- methods that become other methods ----------------------------------------------------------


@given(case=params_and_gradients(), lr=lrs, betas=betas01)
@more
def test_without_weight_decay_adamw_and_l2_are_adam(case, lr, betas):
    path, _ = run("adam", *case, lr, betas=betas)
    for name in DECAYING:
        same, _ = run(name, *case, lr, betas=betas, weight_decay=0)
        np.testing.assert_array_equal(same, path)


@given(case=params_and_gradients(), lr=st.floats(0, 0.1), decay=st.floats(0, 1))
@more
def test_on_zero_gradients_adamw_only_shrinks(case, lr, decay):
    params, _ = case
    path, _ = run("adamw", params, [np.zeros_like(params)] * 3, lr, weight_decay=decay)
    np.testing.assert_allclose(path[-1], params * (1 - lr * decay) ** 3, rtol=1e-12, atol=1e-300)


def test_adamw_shrinks_all_weights_alike_and_l2_those_with_large_gradients_less():
    """The share of itself that a weight loses per step beside Adam's own step, after 500 noisy steps."""
    params, scale = np.array([2.0, 2.0]), np.array([0.1, 10.0])
    gradients = scale * np.random.default_rng(0).choice([-1.0, 1.0], (500, 1))
    plain, _ = run("adam", params, gradients, lr=1e-3)
    shares = {}
    for name in DECAYING:
        decayed, _ = run(name, params, gradients, lr=1e-3, weight_decay=0.01)
        shares[name] = (plain[-1] - decayed[-1]) / params
    assert shares["adamw"][0] == pytest.approx(shares["adamw"][1], rel=1e-2)
    assert shares["adam_l2"][0] > 50 * shares["adam_l2"][1]


@given(case=params_and_gradients(), lr=lrs, beta2=st.floats(0, 0.999))
@more
def test_beta1_0_is_bias_corrected_rmsprop_and_nadam_looks_no_further(case, lr, beta2):
    params, gradients = case
    path, _ = run("adam", params, gradients, lr, betas=(0, beta2), eps=1e-8)
    ahead, _ = run("nadam", params, gradients, lr, betas=(0, beta2), eps=1e-8)
    np.testing.assert_array_equal(ahead, path)
    x, v = params, rmsprop_init(params)
    for t, grads in enumerate(gradients, start=1):
        correction = np.sqrt(1 - beta2**t)
        x, v = rmsprop_step(x, grads, v, lr=lr * correction, alpha=beta2, eps=1e-8 * correction)
        np.testing.assert_allclose(path[t - 1], x, rtol=1e-12, atol=1e-12)


@given(case=params_and_gradients(), lr=lrs)
@more
def test_without_any_memory_all_take_sign_steps(case, lr):
    params, gradients = case
    signs = params - np.cumsum([lr * g / (np.abs(g) + 1e-8) for g in gradients], axis=0)
    for name in ("adam", "nadam", "adamax"):
        path, _ = run(name, params, gradients, lr, betas=(0, 0), eps=1e-8)
        np.testing.assert_allclose(path, signs, rtol=1e-12, atol=1e-12)
    path, _ = run("rmsprop", params, gradients, lr, alpha=0, eps=1e-8)
    np.testing.assert_allclose(path, signs, rtol=1e-12, atol=1e-12)


def test_amsgrad_is_adam_until_v_falls_and_never_longer_after():
    gradients = [np.array([g]) for g in (1.0, 2.0, 3.0, 4.0, 0.1, 0.1, 0.1)]
    adam, _ = run("adam", np.zeros(1), gradients, betas=(0, 0.5))
    ams, _ = run("amsgrad", np.zeros(1), gradients, betas=(0, 0.5))
    np.testing.assert_array_equal(ams[:4], adam[:4])
    steps = np.abs(np.diff(adam[3:], axis=0)), np.abs(np.diff(ams[3:], axis=0))
    assert np.all(steps[1] < steps[0])


@given(case=params_and_gradients(num=5), lr=lrs)
@more
def test_adagrad_only_slows_down_and_does_not_mind_the_order(case, lr):
    params, gradients = case
    states = [adagrad_init(params)]
    for grads in gradients:
        _, state = adagrad_step(params, grads, states[-1], lr=lr)
        assert np.all(state >= states[-1])
        states.append(state)
    _, backwards = run("adagrad", params, gradients[::-1], lr)
    np.testing.assert_allclose(backwards, states[-1], rtol=1e-12)


@pytest.mark.parametrize("name, steps", [("adagrad", 100), ("adam", 100)])
def test_constant_gradients(name, steps):
    """Adam goes on at full length; AdaGrad's t-th step is lr / sqrt(t)."""
    path, _ = run(name, np.zeros(2), [np.array([0.02, -7.0])] * steps, lr=0.1, eps=0)
    lengths = 0.1 / np.sqrt(np.arange(1, steps + 1)) if name == "adagrad" else np.full(steps, 0.1)
    np.testing.assert_allclose(path, np.cumsum(lengths)[:, None] * [-1, 1], rtol=1e-10)


@pytest.mark.parametrize(
    "name, betas, end",
    [
        ("adam", (0, 1 / 10), 1),
        ("adam", (0.9, 0.999), -1),
        ("amsgrad", (0, 1 / 10), -1),
    ],
)
def test_reddis_counterexample(name, betas, end):
    """Reddi 2018: gradients C, -1, -1 in turn on [-1, 1], C = 3. Their sum is positive, so -1 is best."""
    method, x = METHODS[name], np.array(0.0)
    state = method.init(x)
    for t in range(1, 3001):
        grads = np.array(3.0 if t % 3 == 1 else -1.0)
        x, state = method.step(x, grads, state, lr=0.5 / np.sqrt(t), betas=betas)
        x = np.clip(x, -1, 1)
    assert abs(x - end) < 0.05


# ---- NaN, inf, errors ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", METHODS)
def test_nan_stays_where_it_is_and_stays_for_good(name):
    path, _ = run(name, np.ones(2), [np.array([1.0, NAN]), np.array([1.0, 1.0])])
    assert np.isfinite(path[:, 0]).all() and np.isnan(path[:, 1]).all()


WRONG = {
    "lr": (-0.1, NAN),
    "eps": (-1e-9, NAN),
    "alpha": (-0.1, 1.0, NAN),
    "weight_decay": (-0.1, NAN),
    "betas[0]": (-0.1, 1.0, NAN),
    "betas[1]": (-0.1, 1.5, NAN),
}


@pytest.mark.parametrize(
    "name, hyper, value",
    [
        (name, hyper, value)
        for name, method in METHODS.items()
        for hyper, values in WRONG.items()
        if hyper == "lr" or hyper.split("[")[0] in method.hyper
        for value in values
    ],
)
def test_a_step_names_the_wrong_hyperparameter_and_its_range(name, hyper, value):
    one, method = np.ones(2), METHODS[name]
    betas = {"betas[0]": (value, 0.9), "betas[1]": (0.9, value)}
    wrong = {"betas": betas[hyper]} if hyper in betas else {hyper: value}
    with pytest.raises(ValueError) as caught:
        method.step(one, one, method.init(one), **wrong)
    assert str(caught.value).startswith(f"{hyper} = {value!r}: must be ")
    assert str(caught.value).endswith("in [0, 1)" if hyper[:2] in ("al", "be") else "a number >= 0")


@pytest.mark.parametrize("name", METHODS)
def test_hyperparameters_are_keyword_only(name):
    method = METHODS[name]
    with pytest.raises(TypeError, match="positional"):
        method.step(np.ones(2), np.ones(2), method.init(np.ones(2)), 0.1)
