"""Chapter 05, early stopping: right classes written in other ways, and wrong ones that no catalogue entry describes."""

import copy

import numpy as np

from descent.hyper import require
from reference.early_stopping import EarlyStopping

# ---- right --------------------------------------------------------------------------------------


class WithHistory:
    def __init__(self, *, patience, min_delta=0.0):
        require(patience >= 1, "patience", patience, "a whole number >= 1")
        require(min_delta >= 0, "min_delta", min_delta, "a number >= 0")
        self.patience, self.min_delta, self.losses = patience, min_delta, []
        self.best_loss, self.best_epoch, self.kept = np.inf, None, None

    @property
    def num_bad(self):
        return len(self.losses) - 1 - (-1 if self.best_epoch is None else self.best_epoch)

    def update(self, loss, params):
        self.losses.append(loss)
        if self.best_loss - loss > self.min_delta:
            self.best_loss, self.best_epoch = loss, len(self.losses) - 1
            self.kept = copy.deepcopy(params)
        return self.num_bad >= self.patience

    def restore(self):
        require(self.best_epoch is not None, "best_epoch", None, "known")
        return copy.deepcopy(self.kept)


class CountsDown:
    def __init__(self, *, patience, min_delta=0.0):
        require(patience >= 1, "patience", patience, "a whole number >= 1")
        require(min_delta >= 0, "min_delta", min_delta, "a number >= 0")
        self.patience, self.min_delta, self.left = patience, min_delta, patience
        self.epoch, self.best_epoch, self.best_loss, self.num_bad = -1, None, float("inf"), 0

    def update(self, loss, params):
        self.epoch += 1
        if not loss < self.best_loss - self.min_delta:
            self.left -= 1
            self.num_bad = self.patience - self.left
            if self.left <= 0:
                return True
            return None
        self.left, self.num_bad = self.patience, 0
        self.best_loss, self.best_epoch = loss, self.epoch
        self.saved = [(name, np.array(array)) for name, array in params.items()]
        return None

    def restore(self):
        require(self.best_epoch is not None, "best_epoch", None, "known")
        return {name: np.array(array) for name, array in self.saved}


class StopsForGood(EarlyStopping):
    stopped = False

    def update(self, loss, params):
        self.stopped = super().update(loss, params) or self.stopped
        return np.bool_(self.stopped)


class SaysNothingUntilTheStop(EarlyStopping):
    def update(self, loss, params):
        if super().update(loss, params):
            return True


RIGHT = {"EarlyStopping": [SaysNothingUntilTheStop, WithHistory, CountsDown, StopsForGood]}

# ---- wrong, and not in the catalogue --------------------------------------------------------------


class NeverStops(EarlyStopping):
    def update(self, loss, params):
        super().update(loss, params)
        return False


class StopsAtOnce(EarlyStopping):
    def update(self, loss, params):
        super().update(loss, params)
        return True


class HigherIsBetter(EarlyStopping):
    def update(self, loss, params):
        stop = super().update(-loss, params)
        self.best_loss = -self.best_loss
        return stop


class KeepsTheFirst(EarlyStopping):
    def update(self, loss, params):
        if self.best_params is not None:
            kept = self.best_params
            stop = super().update(loss, params)
            self.best_params = kept
            return stop
        return super().update(loss, params)


class TakesEpochZeroForNone(EarlyStopping):
    def restore(self):
        require(bool(self.best_epoch), "best_epoch", self.best_epoch, "known")
        return super().restore()


WRONG = {"EarlyStopping": [TakesEpochZeroForNone, NeverStops, StopsAtOnce, HigherIsBetter, KeepsTheFirst]}
