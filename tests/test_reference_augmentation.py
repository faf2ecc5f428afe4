"""Image and text augmentation: content moves exactly, nothing wraps, labels blend as images do."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reference.augmentation import (
    add_noise,
    color_jitter,
    crop,
    horizontal_flip,
    mixup,
    random_flip,
    random_shift,
    rotate,
    shift,
)

few = settings(max_examples=40, deadline=None, derandomize=True)
GOLDEN = np.load(Path(__file__).parent / "golden" / "augmentation.npz")
DEGREES = GOLDEN["degrees"].tolist()
RNG = np.random.default_rng


def images(*shape, dtype=np.float64):
    """No zeros, so that a zero in the result was filled in."""
    return RNG(sum(shape)).uniform(0.1, 1, shape).astype(dtype)


# ---- shift --------------------------------------------------------------------------------------


@few
@given(down=st.integers(-7, 7), right=st.integers(-7, 7), many=st.booleans())
def test_shift_moves_exactly_and_fills_zeros(down, right, many):
    before = images(3, 4, 5) if many else images(4, 5)
    after = shift(before, down=down, right=right)
    assert after.shape == before.shape
    for r in range(4):
        for c in range(5):
            inside = 0 <= r - down < 4 and 0 <= c - right < 5
            expected = before[..., r - down, c - right] if inside else 0
            assert np.all(after[..., r, c] == expected)


@few
@given(down=st.integers(-3, 3), right=st.integers(-3, 3))
def test_shift_there_and_back_loses_the_border_only(down, right):
    before = images(6, 7)
    back = shift(shift(before, down=down, right=right), down=-down, right=-right)
    same = back == before
    assert np.all(back[~same] == 0) and same.sum() == (6 - abs(down)) * (7 - abs(right))


def test_random_shift_uses_the_draw_of_its_contract():
    before = images(5, 6, 7)
    after = random_shift(before, max_shift=2, rng=RNG(3))
    shifts = RNG(3).integers(-2, 2, (5, 2), endpoint=True)
    assert len({tuple(s) for s in shifts}) > 1
    for image, moved, (d, r) in zip(before, after, shifts, strict=True):
        assert np.array_equal(moved, shift(image, down=d, right=r))
    assert np.array_equal(random_shift(before, max_shift=0, rng=RNG(3)), before)
    assert random_shift(before[:0], max_shift=2, rng=RNG(3)).shape == (0, 6, 7)
    reached = RNG(3).integers(-1, 1, (100, 2), endpoint=True)
    assert set(reached.ravel()) == {-1, 0, 1}


# ---- flip, crop, rotate -------------------------------------------------------------------------


@few
@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=4), elements=st.floats(-1, 1)))
def test_flip_is_an_involution(before):
    flipped = horizontal_flip(before)
    assert np.array_equal(horizontal_flip(flipped), before)
    assert np.array_equal(flipped[..., 0], before[..., -1])
    assert not np.shares_memory(flipped, before)


def test_random_flip():
    before = images(40, 3, 4)
    after = random_flip(before, p=0.3, rng=RNG(5))
    flip = RNG(5).random(40) < 0.3
    assert 0 < flip.sum() < 20
    assert np.array_equal(after[flip], before[flip][..., ::-1])
    assert np.array_equal(after[~flip], before[~flip])
    assert np.array_equal(random_flip(before, p=0, rng=RNG(5)), before)
    assert np.array_equal(random_flip(before, p=1, rng=RNG(5)), horizontal_flip(before))


def test_crop():
    before = images(2, 5, 6)
    window = crop(before, top=1, left=2, height=3, width=4)
    assert np.array_equal(window, before[:, 1:4, 2:6]) and not np.shares_memory(window, before)
    assert np.array_equal(crop(before, top=0, left=0, height=5, width=6), before)


@pytest.mark.parametrize("name", ["square", "wide"])
@pytest.mark.parametrize("i", range(4))
def test_rotate_is_pytorchs(name, i):
    got = rotate(GOLDEN[name], degrees=DEGREES[i])
    np.testing.assert_allclose(got, GOLDEN[f"{name}_{i}"], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("quarters", [-1, 0, 1, 2, 3])
@pytest.mark.parametrize("side", [4, 5])
def test_quarter_turns_are_exact_and_counter_clockwise(quarters, side):
    before = images(2, side, side)
    expected = np.rot90(before, quarters, axes=(1, 2))
    np.testing.assert_allclose(rotate(before, degrees=90 * quarters), expected, atol=1e-14)


@few
@given(degrees=st.floats(-360, 360))
def test_rotate_blends(degrees):
    """Every new pixel is a weighted mean of old ones and 0; the middle of a white image stays white."""
    after = rotate(np.ones((9, 9)), degrees=degrees)
    assert after.min() >= 0 and after.max() <= 1 + 1e-12
    np.testing.assert_allclose(after[2:7, 2:7], 1, atol=1e-12)


# ---- noise, colour jitter, mixup -------------------------------------------------------------------


def test_noise_uses_the_draw_of_its_contract():
    before = images(3, 4, 5)
    got = add_noise(before, scale=0.2, rng=RNG(7))
    assert np.array_equal(got, np.clip(before + 0.2 * RNG(7).standard_normal((3, 4, 5)), 0, 1))
    assert got.min() >= 0 and got.max() == 1
    assert np.array_equal(add_noise(before, scale=0, rng=RNG(7)), before)


def test_color_jitter():
    image = np.array([[0, 0.25, 0.75]])
    assert color_jitter(image, brightness=2, contrast=1).tolist() == [[0, 0.5, 1]]
    assert color_jitter(image, brightness=0, contrast=1).tolist() == [[0, 0, 0]]
    np.testing.assert_allclose(color_jitter(image, brightness=1, contrast=0), np.full((1, 3), 1 / 3))
    np.testing.assert_allclose(color_jitter(image, brightness=1, contrast=0.5), [[1 / 6, 7 / 24, 13 / 24]])


def test_color_jitter_stretches_each_image_about_its_own_mean():
    two = np.array([[[0.2, 0.4]], [[0.6, 0.8]]])
    np.testing.assert_allclose(color_jitter(two, brightness=1, contrast=2), [[[0.1, 0.5]], [[0.5, 0.9]]])


@few
@given(share=st.floats(0, 1), seed=st.integers(0, 1000))
def test_mixup_is_convex(share, seed):
    rng = RNG(seed)
    X, labels, permutation = rng.random((5, 3, 2)), rng.integers(0, 4, 5), rng.permutation(5)
    Y = np.eye(4)[labels]
    new_X, new_Y = mixup(X, Y, share=share, permutation=permutation)
    np.testing.assert_allclose(new_Y.sum(axis=1), 1, atol=1e-12)
    assert new_Y.min() >= 0
    low, high = np.minimum(X, X[permutation]), np.maximum(X, X[permutation])
    assert np.all(low - 1e-12 <= new_X) and np.all(new_X <= high + 1e-12)
    for i, j in enumerate(permutation):
        np.testing.assert_allclose(new_X[i], share * X[i] + (1 - share) * X[j])
        np.testing.assert_allclose(new_Y[i], share * Y[i] + (1 - share) * Y[j])


def test_mixup_of_one_share():
    X, Y = images(4, 3), np.eye(4)
    permutation = np.array([2, 0, 3, 1])
    assert all(map(np.array_equal, mixup(X, Y, share=1, permutation=permutation), (X, Y)))
    swapped = (X[permutation], Y[permutation])
    assert all(map(np.array_equal, mixup(X, Y, share=0, permutation=permutation), swapped))


# ---- for all ------------------------------------------------------------------------------------

CALLS = {
    "shift": lambda x: shift(x, down=1, right=-2),
    "random_shift": lambda x: random_shift(x, max_shift=2, rng=RNG(1)),
    "horizontal_flip": horizontal_flip,
    "random_flip": lambda x: random_flip(x, p=0.5, rng=RNG(1)),
    "crop": lambda x: crop(x, top=0, left=0, height=4, width=5),
    "rotate": lambda x: rotate(x, degrees=20),
    "add_noise": lambda x: add_noise(x, scale=0.1, rng=RNG(1)),
    "color_jitter": lambda x: color_jitter(x, brightness=1.2, contrast=0.8),
    "mixup": lambda x: mixup(x, x, share=0.3, permutation=np.array([1, 2, 0]))[0],
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_shape_and_inputs_are_kept(name, dtype):
    before = images(3, 4, 5, dtype=dtype)
    copy = before.copy()
    before.flags.writeable = False
    after = CALLS[name](before)
    assert after.dtype == dtype and after.shape == before.shape and np.array_equal(before, copy)
    assert after.flags.writeable and not np.shares_memory(after, before)


@pytest.mark.parametrize("name", CALLS)
def test_nan_stays(name):
    with np.errstate(invalid="ignore"):
        assert np.isnan(CALLS[name](np.full((3, 4, 5), np.nan))).any()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda x, bad: random_flip(x, p=bad, rng=RNG(0)), "p = {}: must be in [0, 1]"),
        (lambda x, bad: add_noise(x, scale=bad, rng=RNG(0)), "scale = {}: must be a number >= 0"),
        (lambda x, bad: color_jitter(x, brightness=bad, contrast=1), "brightness = {}: must be a number >= 0"),
        (lambda x, bad: color_jitter(x, brightness=1, contrast=bad), "contrast = {}: must be a number >= 0"),
        (lambda x, bad: mixup(x, x, share=bad, permutation=[0, 1]), "share = {}: must be in [0, 1]"),
        (lambda x, bad: crop(x, top=0, left=0, height=bad, width=1), "height = {}: must be in [1, 3]"),
        (lambda x, bad: crop(x, top=0, left=0, height=1, width=bad), "width = {}: must be in [1, 5]"),
        (lambda x, bad: crop(x, top=bad, left=0, height=2, width=4), "top = {}: must be in [0, 1]"),
        (lambda x, bad: crop(x, top=0, left=bad, height=2, width=4), "left = {}: must be in [0, 1]"),
    ],
)
@pytest.mark.parametrize("bad", [-1, float("nan")])
def test_refuses(call, message, bad):
    with pytest.raises(ValueError) as error:
        call(images(2, 3, 5), bad)
    assert str(error.value) == message.format(bad)


def test_refuses_what_is_too_large():
    with pytest.raises(ValueError, match="p = 1.5"):
        random_flip(images(2, 3, 3), p=1.5, rng=RNG(0))
    with pytest.raises(ValueError, match="share = 1.5"):
        mixup(np.eye(2), np.eye(2), share=1.5, permutation=[0, 1])
    with pytest.raises(ValueError, match=r"left = 2: must be in \[0, 1\]"):
        crop(images(3, 5), top=0, left=2, height=2, width=4)
    with pytest.raises(ValueError, match=r"height = 4: must be in \[1, 3\]"):
        crop(images(3, 5), top=0, left=0, height=4, width=4)
