"""Random search: equal trials, log-uniform draws, and a choice that a diverged run cannot win."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.tuning import random_search

RANGES = {"lr": (1e-4, 1.0), "weight_decay": (1e-6, 1e-2)}


def distance(config):
    return abs(np.log10(config["lr"]) + 2)


@given(num_trials=st.integers(1, 30), seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_equal_trials_from_the_one_draw_and_the_best_is_the_lowest(num_trials, seed):
    seen, rng, twin = [], np.random.default_rng(seed), np.random.default_rng(seed)
    best, trials = random_search(lambda c: seen.append(c) or distance(c), RANGES, num_trials=num_trials, rng=rng)
    u = twin.random((num_trials, 2))
    assert rng.bit_generator.state == twin.bit_generator.state
    assert len(seen) == len(trials) == num_trials and [config for config, _ in trials] == seen
    np.testing.assert_allclose([c["lr"] for c in seen], 1e-4 * 1e4 ** u[:, 0], rtol=1e-12)
    np.testing.assert_allclose([c["weight_decay"] for c in seen], 1e-6 * 1e4 ** u[:, 1], rtol=1e-12)
    assert all(type(value) is float for c in seen for value in c.values())
    assert distance(best) == min(loss for _, loss in trials)


def test_every_decade_is_as_likely():
    _, trials = random_search(distance, RANGES, num_trials=4000, rng=np.random.default_rng(0))
    counts = np.histogram([np.log10(config["lr"]) for config, _ in trials], bins=[-4, -3, -2, -1, 0])[0]
    assert counts.sum() == 4000 and np.all(np.abs(counts - 1000) < 120)  # 4.4 standard deviations


def test_a_diverged_run_never_wins():
    def loss(config):
        return float("nan") if config["lr"] > 1e-3 else np.inf if config["lr"] > 5e-4 else 7.0

    rng = np.random.default_rng(1)
    best, trials = random_search(loss, {"lr": (1e-4, 1.0)}, num_trials=50, rng=rng)
    assert best["lr"] <= 5e-4 and sum(np.isnan(value) for _, value in trials) > 20
    assert random_search(lambda c: float("nan"), RANGES, num_trials=3, rng=rng)[0].keys() == RANGES.keys()


def test_the_earliest_of_equals_is_chosen_and_a_trial_cannot_be_changed_from_inside():
    def loss(config):
        config["lr"] = 0.0
        return np.float32(1)

    best, trials = random_search(loss, RANGES, num_trials=4, rng=np.random.default_rng(0))
    assert best is trials[0][0] and all(config["lr"] > 0 and type(value) is float for config, value in trials)
    assert RANGES == {"lr": (1e-4, 1.0), "weight_decay": (1e-6, 1e-2)}


@pytest.mark.parametrize(
    "ranges, num_trials, named",
    [
        (RANGES, 0, "num_trials = 0"),
        (RANGES, float("nan"), "num_trials = nan"),
        ({"lr": (0, 1)}, 3, "ranges = {'lr': (0, 1)}"),
        ({"lr": (1, 0.1)}, 3, "ranges = {'lr': (1, 0.1)}"),
        ({"lr": (1, float("nan"))}, 3, "ranges = {'lr': (1, nan)}"),
    ],
)
def test_wrong_settings_are_named(ranges, num_trials, named):
    with pytest.raises(ValueError) as caught:
        random_search(distance, ranges, num_trials=num_trials, rng=None)
    assert str(caught.value).startswith(named + ": must be ")
