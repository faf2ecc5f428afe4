"""A comparison of methods is fair when each was tuned with the same effort, and none on the test set."""

import numpy as np

from descent.hyper import require
from descent.say import tr


def random_search(validation_loss, ranges, *, num_trials, rng):
    """Try num_trials random settings of the hyper-parameters and choose by the loss on the validation set.

        u = rng.random((num_trials, len(ranges)))                the only draw
        value j of trial i = low_j * (high_j / low_j)^u_ij       log-uniform: every decade is as likely

    validation_loss(config) trains with config, a dict of name: float, and returns the validation loss.
    ranges: a dict of name: (low, high), not changed; its order is that of the columns of u.
    Returns (best, trials): the config of lowest loss (the earliest of equals), and the list of all
    (config, loss) in order. A loss of NaN, as of a run that diverged, counts as inf: it never beats a number.
    Raises ValueError unless num_trials >= 1 and 0 < low <= high for every range.

    To compare methods: the same num_trials for each, as many names in ranges as the method needs, the test
    set once, with `best`; report the median of the trials beside it. Bergstra & Bengio (2012).
    """
    require(num_trials >= 1, "num_trials", num_trials, "a whole number >= 1")
    require(all(0 < low <= high for low, high in ranges.values()), "ranges", ranges, "of 0 < low <= high")
    trials = []
    for u in rng.random((num_trials, len(ranges))):
        config = {}
        for (name, (low, high)), share in zip(ranges.items(), u):
            config[name] = float(low * (high / low) ** share)
        trials.append((config, float(validation_loss(dict(config)))))
    losses = [np.inf if np.isnan(loss) else loss for _, loss in trials]
    best, _ = trials[int(np.argmin(losses))]
    return best, trials
