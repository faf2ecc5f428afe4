"""The gradient check must name the wrong array, and only that one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from descent.exercises import find, visible_cases
from descent.outcome import try_case
from reference.backprop import two_layer_loss_and_grads
from reference.gradient_check import gradient_check, numerical_gradient
from reference.losses import mean_squared_error

rng = np.random.default_rng(0)
PARAMS = {
    "W1": rng.normal(size=(3, 4)),
    "b1": rng.normal(size=4),
    "W2": rng.normal(size=(4, 2)),
    "b2": np.zeros(2),
}
X, TARGETS = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
BUGS = {
    "sign": lambda g: -g,
    "doubled": lambda g: 2 * g,
    "forgotten mean": lambda g: 6 * g,
    "zero": np.zeros_like,
    "one entry": lambda g: g + 1e-3 * (np.arange(g.size).reshape(g.shape) == 1),
    "nan": lambda g: g * np.nan,
    "transposed": lambda g: np.append(g, 0.0) if g.ndim == 1 else g.T,
}


def with_bug(name, bug):
    def loss_and_grads(params):
        loss, grads = two_layer_loss_and_grads(params, X, TARGETS, loss_fn=mean_squared_error)
        return loss, grads | {name: bug(grads[name])}

    return loss_and_grads


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
@pytest.mark.parametrize("name", PARAMS)
def test_a_planted_bug_is_named_and_nothing_else(name, bug, capsys):
    assert gradient_check(with_bug(name, bug), PARAMS) == [name]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and lines[0].startswith(f"{name}: ")


def test_it_prints_the_worst_entry_with_both_values(capsys):
    def loss_and_grads(params):
        return np.sum(params["x"] ** 2), {"x": 2 * params["x"] + [[0, 0.1], [0, -0.2]]}

    assert gradient_check(loss_and_grads, {"x": np.array([[1.0, 2.0], [3.0, 4.0]])}) == ["x"]
    assert capsys.readouterr().out == "x: entry (1, 1): analytic 7.8, numeric 8\n"


def test_missing_and_misshapen_gradients_are_named(capsys):
    params = {"a": np.zeros(2), "b": np.ones((2, 3)), "c": np.array(1.0)}
    assert gradient_check(lambda p: (0.0, {"b": np.zeros((3, 2)), "c": 0.0}), params) == ["a", "b"]
    out = capsys.readouterr().out
    assert out == "a: None\nb: gradient of shape (3, 2), parameter of shape (2, 3)\n"


def test_two_bugs_are_named_in_the_order_of_params():
    both = {"b2": np.ones(2), "W1": np.ones((3, 4))}
    assert gradient_check(lambda p: (with_bug("b1", np.copy)(p)[0], with_bug("b1", np.copy)(p)[1] | both), PARAMS) == [
        "W1",
        "b2",
    ]


def test_float32_parameters_are_checked_in_float64():
    params = {name: value.astype(np.float32) for name, value in PARAMS.items()}
    seen = []

    def loss_and_grads(p):
        seen.append({value.dtype for value in p.values()})
        return with_bug("b1", np.copy)(p)

    assert gradient_check(loss_and_grads, params) == [] and all(s == {np.dtype(float)} for s in seen)
    assert all(value.dtype == np.float32 for value in params.values())


@given(x=hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=3), elements=st.floats(-3, 3)))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_numerical_gradient_of_known_functions(x):
    before = x.copy()
    np.testing.assert_allclose(numerical_gradient(lambda z: np.sum(z**2), x), 2 * x, rtol=0, atol=1e-8)
    np.testing.assert_allclose(numerical_gradient(lambda z: np.sum(np.sin(z)), x), np.cos(x), rtol=0, atol=1e-8)
    assert numerical_gradient(np.sum, x).shape == x.shape
    np.testing.assert_array_equal(x, before)


def test_differences_are_central_and_of_second_order():
    x = np.array(1.0)
    errors = [abs(numerical_gradient(lambda z: z**3, x, h=h) - 3) for h in (1e-2, 1e-3)]
    np.testing.assert_allclose(errors, [1e-4, 1e-6], rtol=1e-5)  # h^2 f'''/6 = h^2
    assert numerical_gradient(np.abs, np.array(0.0)) == 0


def test_the_gradient_of_float32_is_float64():
    grad = numerical_gradient(lambda z: np.sum(z**2), np.array([1.0, -2.0], dtype=np.float32))
    assert grad.dtype == np.float64
    np.testing.assert_allclose(grad, [2, -4], atol=1e-8)


@pytest.mark.parametrize(
    "call, named",
    [
        (lambda: numerical_gradient(np.sum, np.ones(2), h=0), "h = 0"),
        (lambda: numerical_gradient(np.sum, np.ones(2), h=float("nan")), "h = nan"),
        (lambda: gradient_check(None, {}, h=-1), "h = -1"),
        (lambda: gradient_check(None, {}, rtol=-1), "rtol = -1"),
        (lambda: gradient_check(None, {}, atol=float("nan")), "atol = nan"),
    ],
)
def test_wrong_settings_are_named(call, named):
    with pytest.raises(ValueError, match=f"{named}: must be a number >"):
        call()


def test_judging_a_gradient_check_takes_few_calls_of_the_loss():
    """Each call crosses from the student's process to the judge and back: 1081 took 1 to 2 s."""
    calls = 0

    def counted(loss_and_grads, params, **options):
        def count(params):
            nonlocal calls
            calls += 1
            return loss_and_grads(params)

        return gradient_check(count, params, **options)

    exercise = find("gradient_check")[1]
    for case in visible_cases(exercise):
        try_case(exercise, counted, case)
    assert 500 < calls < 900
