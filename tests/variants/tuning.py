"""Random search: right versions written in other ways, and wrong ones that no catalogue entry describes."""

import math

import numpy as np

from reference.tuning import random_search

# ---- right --------------------------------------------------------------------------------------


def number_by_number(validation_loss, ranges, *, num_trials, rng):
    """The same stream, drawn one number at a time in the order of the rows."""
    best, best_loss, trials = None, math.inf, []
    for _ in range(num_trials):
        config = {}
        for name, (low, high) in ranges.items():
            config[name] = math.exp(math.log(low) + rng.random() * (math.log(high) - math.log(low)))
        loss = validation_loss(config)
        trials.append((config, loss))
        if best is None or loss < best_loss:
            best, best_loss = config, (loss if loss == loss else math.inf)
    return best, trials


def trial_by_trial(validation_loss, ranges, *, num_trials, rng):
    lows, highs = np.log10(list(ranges.values())).T
    trials = []
    for _ in range(num_trials):
        values = 10 ** (lows + (highs - lows) * rng.random(len(ranges)))
        config = dict(zip(ranges, map(float, values)))
        trials.append([config, validation_loss(config)])
    return min(trials, key=lambda trial: (math.isnan(trial[1]), trial[1]))[0], trials


def in_arrays(validation_loss, ranges, *, num_trials, rng):
    u = rng.random(size=(num_trials, len(ranges)))
    columns = {
        name: np.float64(low) * (high / low) ** column for (name, (low, high)), column in zip(ranges.items(), u.T)
    }
    configs = [{name: values[i] for name, values in columns.items()} for i in range(num_trials)]
    losses = np.array([validation_loss(config) for config in configs])
    if np.isnan(losses).all():
        return configs[0], list(zip(configs, losses))
    return configs[np.nanargmin(losses)], list(zip(configs, losses))


def nan_counts_as_infinite(validation_loss, ranges, *, num_trials, rng):
    """As the hint of the chapter says."""
    trials = random_search(validation_loss, ranges, num_trials=num_trials, rng=rng)[1]
    losses = [math.inf if math.isnan(loss) else loss for _, loss in trials]
    return trials[losses.index(min(losses))][0], trials


RIGHT = {"random_search": [nan_counts_as_infinite, number_by_number, trial_by_trial, in_arrays]}

# ---- wrong, and in no catalogue -----------------------------------------------------------------


def normal_draws(validation_loss, ranges, *, num_trials, rng):
    trials = []
    for _ in range(num_trials):
        config = {name: float(np.sqrt(low * high) * 10 ** (rng.random() - 0.5)) for name, (low, high) in ranges.items()}
        trials.append((config, validation_loss(config)))
    return trials[0][0], trials


def second_best(validation_loss, ranges, *, num_trials, rng):
    _, trials = random_search(validation_loss, ranges, num_trials=num_trials, rng=rng)
    return sorted(trials, key=lambda trial: trial[1])[1][0], trials


def median_config(validation_loss, ranges, *, num_trials, rng):
    best, trials = random_search(validation_loss, ranges, num_trials=num_trials, rng=rng)
    return {name: float(np.median([config[name] for config, _ in trials])) for name in best}, trials


def rounded_values(validation_loss, ranges, *, num_trials, rng):
    best, trials = random_search(validation_loss, ranges, num_trials=num_trials, rng=rng)
    return {name: round(value, 3) for name, value in best.items()}, trials


def leaves_out_what_diverged(validation_loss, ranges, *, num_trials, rng):
    best, trials = random_search(validation_loss, ranges, num_trials=num_trials, rng=rng)
    return best, [(config, loss) for config, loss in trials if loss == loss] or trials


WRONG = {"random_search": [leaves_out_what_diverged, normal_draws, second_best, median_config, rounded_values]}
