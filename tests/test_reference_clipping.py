"""Clipping against torch.nn.utils and optax; what it must keep: direction, bound, what is small enough."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reference.clipping import clip_by_global_norm, clip_by_norm, clip_by_value
from reference.rnn import rnn_loss_and_grads

GOLDEN = np.load(Path(__file__).parent / "golden" / "clipping.npz")
NAMES = ["W", "b", "s", "zero"]
GRADS = {name: GOLDEN[f"grads_{name}"] for name in NAMES}
arrays = hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=st.floats(-1e6, 1e6))
bounds = st.floats(1e-6, 1e6)
more = settings(max_examples=60, deadline=None, derandomize=True)
NAN = float("nan")


# ---- from outside -------------------------------------------------------------------------------


@pytest.mark.parametrize("k, max_norm", list(enumerate(GOLDEN["max_norms"].tolist())))
def test_optax_clips_by_the_same_factor(k, max_norm):
    clipped, norm = clip_by_global_norm(GRADS, max_norm=max_norm)
    assert list(clipped) == NAMES and norm == pytest.approx(float(GOLDEN["torch_total"]), rel=1e-14)
    for name in NAMES:
        np.testing.assert_allclose(clipped[name], GOLDEN[f"optax_norm{k}_{name}"], rtol=1e-14)


@pytest.mark.parametrize("k, max_norm", list(enumerate(GOLDEN["max_norms"].tolist())))
def test_pytorch_divides_by_the_norm_plus_a_millionth(k, max_norm):
    clipped, norm = clip_by_global_norm(GRADS, max_norm=max_norm)
    factor = norm / (norm + 1e-6) if norm > max_norm else 1
    for name in NAMES:
        theirs = GOLDEN[f"torch_norm{k}_{name}"]
        np.testing.assert_allclose(clipped[name] * factor, theirs, rtol=1e-14)
        if norm > max_norm and name != "zero":
            assert np.abs(clipped[name] - theirs).max() > 0


@pytest.mark.parametrize("k, max_value", list(enumerate(GOLDEN["max_values"].tolist())))
def test_pytorch_clips_by_value_to_the_same_bits(k, max_value):
    for name in NAMES:
        clipped = clip_by_value(GRADS[name], max_value=max_value)
        np.testing.assert_array_equal(clipped, GOLDEN[f"torch_value{k}_{name}"])


# ---- laws ---------------------------------------------------------------------------------------


@given(grads=arrays, max_norm=bounds)
@more
def test_the_norm_is_bounded_the_direction_kept_and_the_small_untouched(grads, max_norm):
    before, norm = grads.copy(), np.linalg.norm(grads)
    clipped = clip_by_norm(grads, max_norm=max_norm)
    np.testing.assert_array_equal(grads, before)
    if norm <= max_norm:
        np.testing.assert_array_equal(clipped, grads)
    else:
        assert np.linalg.norm(clipped) == pytest.approx(max_norm, rel=1e-12)
        np.testing.assert_allclose(clipped, grads * (max_norm / norm), rtol=1e-12)
    again = clip_by_norm(clipped, max_norm=max_norm)
    np.testing.assert_allclose(again, clipped, rtol=1e-14, err_msg="clipping twice is clipping once")


@given(grads=arrays, others=arrays, max_norm=bounds)
@more
def test_the_global_norm_is_the_norm_of_everything_in_a_row(grads, others, max_norm):
    together, norm = clip_by_global_norm({"a": grads, "b": others}, max_norm=max_norm)
    row = clip_by_norm(np.concatenate([grads.ravel(), others.ravel()]), max_norm=max_norm)
    assert norm == pytest.approx(np.sqrt(np.sum(grads**2) + np.sum(others**2)), rel=1e-14) and type(norm) is float
    joined = np.concatenate([np.ravel(together["a"]), np.ravel(together["b"])])
    np.testing.assert_allclose(joined, row, rtol=1e-12)
    alone, _ = clip_by_global_norm({"a": grads}, max_norm=max_norm)
    np.testing.assert_allclose(alone["a"], clip_by_norm(grads, max_norm=max_norm), rtol=1e-12)


@given(grads=arrays, max_value=st.floats(0, 1e6))
@more
def test_by_value_every_entry_is_bounded_and_once_is_enough(grads, max_value):
    clipped = clip_by_value(grads, max_value=max_value)
    assert np.all(np.abs(clipped) <= max_value)
    np.testing.assert_array_equal(clip_by_value(clipped, max_value=max_value), clipped)
    small = np.abs(grads) <= max_value
    np.testing.assert_array_equal(np.asarray(clipped)[small], grads[small])


def test_by_value_changes_the_direction_and_by_norm_does_not():
    grads = np.array([3.0, 0.3])
    np.testing.assert_array_equal(clip_by_value(grads, max_value=0.3), [0.3, 0.3])
    by_norm = clip_by_norm(grads, max_norm=0.3)
    assert by_norm[0] / by_norm[1] == pytest.approx(10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (3,), (2, 4)])
def test_dtype_and_shape_are_kept_and_nothing_is_shared(shape, dtype):
    grads = np.full(shape, 7.0, dtype)
    mixed = {"a": grads, "b": np.ones(2, np.float64)}
    for bound in (0.5, 1e3):
        outs = [clip_by_norm(grads, max_norm=bound), clip_by_value(grads, max_value=bound)]
        outs.append(clip_by_global_norm(mixed, max_norm=bound)[0]["a"])
        for out in outs:
            assert out.shape == shape and out.dtype == dtype and not np.shares_memory(out, grads)
    assert np.all(grads == 7)


def test_nan_stays_in_its_place_and_inf_takes_the_finite_entries_to_0():
    grads = np.array([1.0, NAN, 50.0])
    np.testing.assert_array_equal(clip_by_norm(grads, max_norm=1), grads)
    np.testing.assert_array_equal(clip_by_value(grads, max_value=2), [1, NAN, 2])
    clipped, norm = clip_by_global_norm({"a": grads, "b": np.ones(2)}, max_norm=1)
    assert np.isnan(norm) and np.all(clipped["b"] == 1)
    with pytest.warns(RuntimeWarning, match="invalid"):
        np.testing.assert_array_equal(clip_by_norm(np.array([1.0, -np.inf]), max_norm=1), [0, NAN])
    np.testing.assert_array_equal(clip_by_value(np.array([1.0, -np.inf]), max_value=2), [1, -2])


def test_at_the_cliff_an_unclipped_run_is_thrown_onto_a_plateau_and_a_clipped_one_goes_on():
    """Pascanu 2013: the gradient at the cliff is 26 long, against less than 1 on both sides of it."""
    cliff = np.array([4.9, -2.55])
    beside = [rnn_loss_and_grads(cliff + [0, side])[1] for side in (-0.002, 0.002)]
    assert np.linalg.norm(rnn_loss_and_grads(cliff)[1]) > 20 and all(np.linalg.norm(g) < 1 for g in beside)
    ends = []
    for max_norm in (1e9, 0.1):
        params = cliff
        for _ in range(300):
            params = params - 0.3 * clip_by_norm(rnn_loss_and_grads(params)[1], max_norm=max_norm)
        ends.append(rnn_loss_and_grads(params))
    assert ends[0][0] > 0.08 and np.linalg.norm(ends[0][1]) < 1e-3  # stuck: hardly a gradient left
    assert ends[1][0] < 0.01


@pytest.mark.parametrize("wrong", [-1, 0, NAN])
def test_wrong_bounds_are_named(wrong):
    for clip, given_grads in [(clip_by_norm, np.ones(2)), (clip_by_global_norm, {"a": np.ones(2)})]:
        with pytest.raises(ValueError, match=f"max_norm = {wrong}: must be a number > 0"):
            clip(given_grads, max_norm=wrong)
    if wrong != 0:
        with pytest.raises(ValueError, match=f"max_value = {wrong}: must be a number >= 0"):
            clip_by_value(np.ones(2), max_value=wrong)


def test_an_infinite_limit_shortens_nothing_and_the_length_can_be_logged():
    for grads in (np.array([3.0, -4.0]), np.zeros(2), np.array([[2.0, np.inf]]), np.array([np.nan, 1.0])):
        np.testing.assert_array_equal(clip_by_norm(grads, max_norm=np.inf), grads)
    clipped, norm = clip_by_global_norm({"W": np.array([3.0]), "b": np.array(4.0)}, max_norm=float("inf"))
    assert norm == 5.0 and clipped["W"].tolist() == [3.0] and clipped["b"] == 4.0
