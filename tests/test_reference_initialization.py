"""Initializers against PyTorch, and what they do to a signal through thirty layers."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.initialization import (
    constant,
    fans,
    he_normal,
    he_uniform,
    leaky_relu_gain,
    normal,
    standard_uniform,
    xavier_normal,
    xavier_uniform,
    zeros,
)

few = settings(max_examples=40, deadline=None, derandomize=True)
GOLDEN = np.load(Path(__file__).parent / "golden" / "initialization.npz")
SHAPE = (int(GOLDEN["fan_in"]), int(GOLDEN["fan_out"]))
RNG = np.random.default_rng

MAKERS = {
    "xavier_uniform": lambda rng, shape: xavier_uniform(rng, shape, gain=1.3),
    "xavier_normal": lambda rng, shape: xavier_normal(rng, shape, gain=1.3),
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "he_normal_fan_out": lambda rng, shape: he_normal(rng, shape, mode="fan_out"),
    "he_uniform_fan_out": lambda rng, shape: he_uniform(rng, shape, mode="fan_out"),
    "he_normal_leaky": lambda rng, shape: he_normal(rng, shape, gain=leaky_relu_gain(0.3)),
    "standard_uniform": standard_uniform,
}


@pytest.mark.parametrize("name", MAKERS)
def test_bounds_and_spread_are_pytorchs(name):
    w = MAKERS[name](RNG(1), SHAPE)
    largest, std = GOLDEN[name]
    assert w.shape == SHAPE and w.dtype == np.float64
    assert w.std() == pytest.approx(std, rel=0.012)  # two samples of 60 000: sigma .4 %
    assert abs(w.mean()) < 5 * std / np.sqrt(w.size)
    if "uniform" in name:
        assert np.abs(w).max() == pytest.approx(largest, rel=3e-4)
        assert largest / std == pytest.approx(3**0.5, rel=0.012)


def test_fans():
    assert fans((7, 3)) == (7, 3)
    # PyTorch stores (out, in, height, width), Keras (height, width, in, out)
    assert fans((3, 2, 5, 7)) == tuple(GOLDEN["conv_fans"])


def test_gain_is_pytorchs():
    ours = [leaky_relu_gain(slope) for slope in GOLDEN["slopes"].tolist()]
    np.testing.assert_allclose(ours, GOLDEN["gains"], rtol=1e-15)


@few
@given(slope=st.floats(-3, 3), seed=st.integers(0, 1000))
def test_gain_keeps_its_contract(slope, seed):
    z = RNG(seed).standard_normal(50)
    z = np.concatenate([z, -z])
    h = np.where(z > 0, z, slope * z)
    assert leaky_relu_gain(slope) ** 2 * np.mean(h**2) == pytest.approx(np.mean(z**2), rel=1e-12)


def test_the_one_draw_of_each_contract():
    shape = (6, 4)
    z, u = RNG(2).standard_normal(shape), RNG(2).uniform(-1, 1, shape)
    cases = [
        (normal(RNG(2), shape, scale=0.3), 0.3 * z),
        (xavier_normal(RNG(2), shape, gain=2), 2 * np.sqrt(2 / 10) * z),
        (he_normal(RNG(2), shape), np.sqrt(2 / 6) * z),
        (he_normal(RNG(2), shape, mode="fan_out"), np.sqrt(2 / 4) * z),
        (xavier_uniform(RNG(2), shape, gain=2), 2 * np.sqrt(6 / 10) * u),
        (he_uniform(RNG(2), shape), np.sqrt(6 / 6) * u),
        (he_uniform(RNG(2), shape, mode="fan_out", gain=1), np.sqrt(3 / 4) * u),
        (standard_uniform(RNG(2), shape), np.sqrt(1 / 6) * u),
        (zeros(RNG(2), shape), np.zeros(shape)),
        (constant(RNG(2), shape, value=3), np.full(shape, 3.0)),
    ]
    for got, expected in cases:
        np.testing.assert_allclose(got, expected, rtol=1e-14)
        assert got.dtype == np.float64


def relu_stds(init, seed, *, depth=30, width=200, num=64):
    """Standard deviation of the activations after each of 30 ReLU layers."""
    rng = RNG(seed)
    X, stds = rng.standard_normal((num, width)), []
    for _ in range(depth):
        X = np.maximum(X @ init(rng, (width, width)), 0)
        stds.append(X.std())
    return stds


def test_thirty_relu_layers():
    """He keeps the size: sqrt(1 - 1/pi) = .826 after the first layer, and about that after 30, where single
    runs of this width spread from .4 to 1.3. With 1/n half the mean square is lost per layer, in every run.
    """
    runs = np.array([relu_stds(he_normal, seed) for seed in range(3)])
    np.testing.assert_allclose(runs[:, 0], (1 - 1 / np.pi) ** 0.5, rtol=0.03)
    assert 0.5 < np.median(runs[:, -1]) < 1.3 and np.all((0.3 < runs) & (runs < 1.6))
    lecun = relu_stds(lambda rng, shape: he_normal(rng, shape, gain=1), 0)
    np.testing.assert_allclose(lecun, runs[0] * 2.0 ** (-np.arange(1, 31) / 2), rtol=1e-9)
    assert 1e-5 < lecun[-1] < 5e-5


def test_standard_keeps_a_third_of_the_variance():
    X = RNG(3).standard_normal((500, 300))
    for _ in range(4):
        before = np.mean(X**2)
        X = X @ standard_uniform(RNG(4), (300, 300))
        assert np.mean(X**2) / before == pytest.approx(1 / 3, rel=0.05)


def test_xavier_is_a_compromise_and_he_twice_it_only_for_square_matrices():
    def variance_ratio(shape):
        return (he_uniform(RNG(5), shape) / xavier_uniform(RNG(5), shape))[0, 0] ** 2

    assert variance_ratio((40, 40)) == pytest.approx(2)
    assert variance_ratio((30, 10)) == pytest.approx(4 / 3)


@pytest.mark.parametrize("bad", [0, -1, float("nan")])
@pytest.mark.parametrize("init", [xavier_uniform, xavier_normal, he_normal, he_uniform])
def test_refuses_gain(init, bad):
    with pytest.raises(ValueError, match=f"gain = {bad}: must be a number > 0"):
        init(RNG(0), (2, 3), gain=bad)


def test_refuses():
    for init in (he_normal, he_uniform):
        with pytest.raises(ValueError, match="""mode = 'fan_avg': must be "fan_in" or "fan_out\""""):
            init(RNG(0), (2, 3), mode="fan_avg")
    for bad in (-1, float("nan")):
        with pytest.raises(ValueError, match=f"scale = {bad}: must be a number >= 0"):
            normal(RNG(0), (2, 3), scale=bad)
    with pytest.raises(ValueError, match=r"shape = \(3,\): must be \(fan_in, fan_out\)"):
        xavier_uniform(RNG(0), (3,))
