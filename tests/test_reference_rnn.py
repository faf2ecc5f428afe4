"""The one-unit RNN against PyTorch's autograd and differences; its cliff, its vanishing gradient."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.gradient_check import numerical_gradient
from reference.rnn import rnn_gradient, rnn_loss_and_grads, rnn_state_gradients, rnn_states, sigmoid

GOLDEN = np.load(Path(__file__).parent / "golden" / "gradients.npz")
RUNS = [{"x0": 0.5, "target": 0.7, "num_steps": 50}, {"x0": -0.3, "target": 0.2, "num_steps": 3}]


@pytest.mark.parametrize("run, first", [(0, 0), (1, 6)])
def test_pytorch_finds_the_same_loss_and_gradient(run, first):
    for k, point in enumerate(GOLDEN["rnn_points"], start=first):
        loss, grads = rnn_loss_and_grads(point, **RUNS[run])
        assert loss == pytest.approx(float(GOLDEN["rnn_losses"][k]), rel=1e-12, abs=1e-15)
        np.testing.assert_allclose(grads, GOLDEN["rnn_grads"][k], rtol=1e-11)


@given(w=st.floats(-4, 4), b=st.floats(-2, 2), T=st.integers(1, 12), x0=st.floats(-1, 1), target=st.floats(0, 1))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_differences_find_the_same_gradient(w, b, T, x0, target):
    params, hyper = np.array([w, b]), {"x0": x0, "target": target, "num_steps": T}
    numeric = numerical_gradient(lambda p: rnn_loss_and_grads(p, **hyper)[0], params)
    np.testing.assert_allclose(rnn_loss_and_grads(params, **hyper)[1], numeric, rtol=1e-5, atol=1e-8)


def test_each_step_by_itself():
    params, T = np.array([1.7, -0.4]), 6
    states = rnn_states(params, x0=0.3, num_steps=T)
    assert states[0] == 0.3 and len(states) == T + 1
    np.testing.assert_allclose(states[1:], 1.7 / (1 + np.exp(-states[:-1])) - 0.4, rtol=1e-14)
    d = rnn_state_gradients(params, states, target=0.7)
    for t in range(T + 1):  # start anew from state t: its gradient is that of the first state of a shorter run

        def loss_from(x, rest=T - t):
            end = rnn_states(params, x0=x, num_steps=rest)[-1] if rest else x
            return (sigmoid(end) - 0.7) ** 2

        assert d[t] == pytest.approx(float(numerical_gradient(loss_from, states[t])), rel=1e-6)
    by_hand = [np.sum(d[1:] * sigmoid(states[:-1])), np.sum(d[1:])]
    np.testing.assert_allclose(rnn_gradient(params, states, target=0.7), by_hand)


def test_the_gradient_vanishes_or_explodes_with_the_factor_per_step():
    for w, b, ratio in [(1.0, 0.0, (0, 0.3)), (5.0, -2.5, (1.2, 1.3))]:
        params = np.array([w, b])
        d = rnn_state_gradients(params, rnn_states(params, x0=0.0, num_steps=50), target=0.1)
        assert ratio[0] < abs(d[0] / d[-1]) ** (1 / 50) < ratio[1]


def test_the_cliff_is_steep_and_not_a_jump():
    losses = [rnn_loss_and_grads(np.array([4.9, b]))[0] for b in (-2.552, -2.549)]
    assert losses[0] > 0.3 and losses[1] < 0.01
    near = [rnn_loss_and_grads(np.array([4.9, -2.55 + side]))[0] for side in (0, 1e-9)]
    assert abs(near[0] - near[1]) < 1e-7


def test_sigmoid_at_the_ends():
    np.testing.assert_array_equal(sigmoid(np.array([-1e4, 0.0, 1e4, np.inf])), [0, 0.5, 1, 1])
    assert np.isnan(sigmoid(np.array(np.nan)))
    x = np.linspace(-20, 20, 81)
    np.testing.assert_allclose(sigmoid(x), 1 / (1 + np.exp(-x)), rtol=0, atol=5e-16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_and_inputs_are_not_changed(dtype):
    params = np.array([2.0, -1.0], dtype)
    states = rnn_states(params, x0=0.5, num_steps=5)
    loss, grads = rnn_loss_and_grads(params)
    d = rnn_state_gradients(params, states, target=0.7)
    assert states.dtype == loss.dtype == grads.dtype == d.dtype == dtype and grads.shape == (2,)
    np.testing.assert_array_equal(params, [2, -1])


def test_whole_numbers_are_not_rounded_down():
    np.testing.assert_array_equal(
        rnn_states(np.array([3, -1]), x0=0.5, num_steps=4),
        rnn_states(np.array([3.0, -1.0]), x0=0.5, num_steps=4),
    )


def test_nan_passes_through():
    loss, grads = rnn_loss_and_grads(np.array([np.nan, 0.0]))
    assert np.isnan(loss) and np.isnan(grads).all()


def test_at_least_one_step():
    for call in (
        lambda: rnn_states(np.ones(2), x0=0, num_steps=0),
        lambda: rnn_loss_and_grads(np.ones(2), num_steps=0),
    ):
        with pytest.raises(ValueError, match="num_steps = 0: must be a whole number >= 1"):
            call()
