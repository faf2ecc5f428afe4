"""We stop when the validation loss no longer improves, and go back to the best parameters we saw."""

from descent.hyper import require
from descent.say import tr


class EarlyStopping:
    """Watch the validation loss: remember the best parameters, say when to stop.

    An epoch improves if loss < best_loss - min_delta; then its loss and its params become the best ones.
    After `patience` epochs in a row that do not improve, it is time to stop.

    patience: a whole number >= 1. min_delta: a number >= 0.
    Attributes: best_loss (inf before the first improvement), best_epoch (None before; the first update is
    epoch 0), num_bad (epochs since the last improvement).
    Raises ValueError unless patience >= 1 and min_delta >= 0.

    Keras' EarlyStopping has this rule (its patience 0 acts like 1).
    """

    def __init__(self, *, patience, min_delta=0.0):
        require(patience >= 1, "patience", patience, tr("a whole number >= 1", "大于或等于 1 的整数"))
        require(min_delta >= 0, "min_delta", min_delta, tr("a number >= 0", "大于或等于 0 的数"))
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = float("inf")
        self.best_epoch = None
        self.best_params = None
        self.num_epochs = 0
        self.num_bad = 0

    def update(self, loss, params):
        """Take in one epoch: its validation loss and the params, a dict of arrays.

        Keep a copy of the best params: training may change the arrays in place later. A NaN loss is no improvement.
        Returns True when it is time to stop.
        """
        if loss < self.best_loss - self.min_delta:
            self.best_loss = loss
            self.best_epoch = self.num_epochs
            self.best_params = {name: array.copy() for name, array in params.items()}
            self.num_bad = 0
        else:
            self.num_bad += 1
        self.num_epochs += 1
        return self.num_bad >= self.patience

    def restore(self):
        """Return a copy of the best params, a dict of arrays.

        Raises ValueError if no epoch has improved so far.
        """
        require(
            self.best_epoch is not None,
            "best_epoch",
            None,
            tr("known: no update with a finite loss so far", "先要有一轮的损失是有限的"),
        )
        return {name: array.copy() for name, array in self.best_params.items()}
