"""Early stopping: hand-made runs, and its laws on random ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.early_stopping import EarlyStopping

few = settings(max_examples=40, deadline=None, derandomize=True)


def params(epoch):
    return {"W": np.full((2, 3), float(epoch)), "b": np.full(3, -float(epoch), dtype=np.float32)}


def run(losses, **options):
    """Epoch by epoch until told to stop; the params are one dict of arrays, changed in place."""
    stopper = EarlyStopping(**options)
    weights = params(0)
    for epoch, loss in enumerate(losses):
        for name, array in params(epoch).items():
            weights[name][...] = array
        if stopper.update(loss, weights):
            return stopper, epoch, weights
    return stopper, None, weights


@pytest.mark.parametrize(
    "losses, options, best, stop",
    [
        ([5, 4, 3, 3.5, 3.2, 9], dict(patience=2), 2, 4),
        ([5, 4, 3, 3.5, 2.9, 9], dict(patience=2), 4, None),
        ([5, 5, 5], dict(patience=1), 0, 1),  # an equal loss does not improve
        ([5, 6, 4], dict(patience=1), 0, 1),
        ([5, 4.9, 4.8, 4.7], dict(patience=3, min_delta=0.25), 3, None),  # small steps add up
        ([5, 4.75], dict(patience=1, min_delta=0.25), 0, 1),  # exactly min_delta is not enough
        ([float("nan"), 5, float("nan"), 4], dict(patience=2), 3, None),
        ([3, float("nan"), float("inf")], dict(patience=2), 0, 2),
        ([-1, -2, -1, -1], dict(patience=2), 1, 3),
    ],
)
def test_runs(losses, options, best, stop):
    stopper, stopped, _ = run(losses, **options)
    assert (stopper.best_epoch, stopped) == (best, stop)
    assert stopper.best_loss == losses[best]
    assert stopper.restore()["W"][0, 0] == best


losses = st.lists(st.floats(-10, 10) | st.just(float("nan")), min_size=1, max_size=30)


@few
@given(losses=losses, patience=st.integers(1, 5))
def test_the_best_params_come_back(losses, patience):
    stopper, stopped, weights = run(losses, patience=patience)
    seen = losses if stopped is None else losses[: stopped + 1]
    finite = [loss for loss in seen if loss == loss]
    if not finite:
        with pytest.raises(ValueError, match="best_epoch = None"):
            stopper.restore()
        return
    best = seen.index(min(finite))
    restored = stopper.restore()
    for name, array in params(best).items():
        assert np.array_equal(restored[name], array) and restored[name].dtype == array.dtype
        weights[name][...] = 99  # the run goes on in place
        restored[name][...] = 77  # and so does the caller of restore
        assert np.array_equal(stopper.restore()[name], array)
    if stopped is not None:
        assert stopped - best == patience


@few
@given(losses=losses, patience=st.integers(1, 5), min_delta=st.floats(0, 3))
def test_it_stops_when_it_should(losses, patience, min_delta):
    """The same rule, said about whole lists: improvements first, then runs without one."""
    _, stopped, _ = run(losses, patience=patience, min_delta=min_delta)
    best, bad = float("inf"), []
    for loss in losses:
        improves = loss < best - min_delta
        best = loss if improves else best
        bad.append(not improves)
    runs = [i for i in range(patience - 1, len(bad)) if all(bad[i - patience + 1 : i + 1])]
    assert stopped == (runs[0] if runs else None)


def test_two_stoppers_do_not_share():
    a, b = EarlyStopping(patience=1), EarlyStopping(patience=1)
    a.update(1.0, params(3))
    assert b.best_epoch is None and b.best_loss == float("inf") and b.num_bad == 0


def test_params_are_not_changed():
    weights = params(4)
    stopper = EarlyStopping(patience=2)
    stopper.update(1.0, weights)
    stopper.update(2.0, weights)
    assert np.array_equal(weights["W"], params(4)["W"]) and weights["W"] is not stopper.best_params["W"]


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(patience=0), "patience = 0: must be a whole number >= 1"),
        (dict(patience=float("nan")), "patience = nan: must be a whole number >= 1"),
        (dict(patience=1, min_delta=-0.1), "min_delta = -0.1: must be a number >= 0"),
        (dict(patience=1, min_delta=float("nan")), "min_delta = nan: must be a number >= 0"),
    ],
)
def test_refuses(options, message):
    with pytest.raises(ValueError) as error:
        EarlyStopping(**options)
    assert str(error.value) == message
