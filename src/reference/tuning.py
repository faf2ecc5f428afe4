"""A comparison of methods is fair if each was tuned with the same effort, and none on the test set."""

import numpy as np

from descent.hyper import require
from descent.say import tr


def random_search(validation_loss, ranges, *, num_trials, rng):
    """Try num_trials random settings of the hyper-parameters and choose the best by its loss on the validation set.

        u = rng.random((num_trials, len(ranges)))                the only draw
        value j of trial i = low_j * (high_j / low_j)^u_ij       log-uniform: all decades are equally likely

    validation_loss: takes a config, a dict of name: float, trains with it and returns the validation loss. It is
    called once for each trial.
    ranges: a dict of name: (low, high), not changed; its order is that of the columns of u.
    Returns (best, trials): the config of the lowest loss (the earliest of equals), and the list of all
    (config, loss) in order. A loss of NaN (the run diverged) never beats a finite one. If all are NaN, best is the first
    config.
    Raises ValueError unless num_trials >= 1 and 0 < low <= high for every range.

    To compare methods: use the same num_trials for each and the test set once, with `best`; report the median of the
    trials as well. Bergstra & Bengio (2012).

    >>> ranges, rng = {"lr": (0.01, 1.0)}, np.random.default_rng(0)
    >>> best, trials = random_search(lambda config: abs(config["lr"] - 0.1), ranges, num_trials=3, rng=rng)
    >>> [(round(config["lr"], 4), round(loss, 4)) for config, loss in trials], round(best["lr"], 4)
    ([(0.1879, 0.0879), (0.0346, 0.0654), (0.0121, 0.0879)], 0.0346)
    """
    require(num_trials >= 1, "num_trials", num_trials, tr("a whole number >= 1", "大于或等于 1 的整数"))
    require(
        all(0 < low <= high for low, high in ranges.values()),
        "ranges",
        ranges,
        tr("of 0 < low <= high", "满足 0 < low <= high"),
    )
    trials = []
    for u in rng.random((num_trials, len(ranges))):
        config = {}
        for (name, (low, high)), share in zip(ranges.items(), u):
            config[name] = float(low * (high / low) ** share)
        trials.append((config, float(validation_loss(dict(config)))))
    ranked = sorted(trials, key=lambda trial: np.inf if np.isnan(trial[1]) else trial[1])  # equals stay in their order
    best, _ = ranked[0]
    return best, trials
