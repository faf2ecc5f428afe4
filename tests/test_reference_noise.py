"""The noise floor: a step leaves it as it is, simulated runs hover there, and it ends where stability ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.noise import noise_floor


@given(curvature=st.floats(0.01, 100), share=st.floats(0.001, 1.99), variance=st.floats(0, 100))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_step_leaves_the_floor_as_it_is(curvature, share, variance):
    lr = share / curvature
    floor = noise_floor(curvature, lr=lr, noise_variance=variance)
    assert (1 - lr * curvature) ** 2 * floor + lr**2 * variance == pytest.approx(floor, rel=1e-9)


@pytest.mark.parametrize("lr, expected", [(0.1, 0.1 / 1.9), (0.4, 0.25), (1.5, 3.0)])
def test_runs_hover_at_lr_over_two_minus_lr_times_curvature(lr, expected):
    assert noise_floor(1.0, lr=lr, noise_variance=1.0) == pytest.approx(expected)
    rng, x, squares = np.random.default_rng(2), np.full(4000, 3.0), []
    for t in range(300):
        x = x - lr * (x + rng.standard_normal(4000))
        if t >= 100:
            squares.append(np.mean(x**2))
    assert np.mean(squares) == pytest.approx(expected, rel=0.02)


def test_from_two_on_there_is_no_floor():
    assert noise_floor(4.0, lr=0.5, noise_variance=0.3) == float("inf") == noise_floor(1.0, lr=9.0, noise_variance=0.0)
    for name, wrong in [("curvature", 0.0), ("lr", 0.0), ("noise_variance", -1.0), ("lr", float("nan"))]:
        arguments = {"curvature": 1.0, "lr": 0.1, "noise_variance": 1.0, name: wrong}
        with pytest.raises(ValueError, match=f"^{name} = "):
            noise_floor(arguments.pop("curvature"), **arguments)
