"""We stop when the validation loss no longer improves, and go back to the best parameters we saw."""

from descent.hyper import require


class EarlyStopping:
    """Watch the validation loss: remember the best parameters, say when to stop.

    An epoch improves if loss < best_loss - min_delta; then its loss and its params become the best ones.
    After `patience` epochs in a row that do not improve, it is time to stop.

    patience: how many epochs to wait, at least 1.  min_delta: what counts as no improvement, at least 0.
    Raises ValueError for others.
    Attributes: best_loss (inf before the first improvement), best_epoch (None before; the first update is
    epoch 0), num_bad (epochs since the last improvement).

    The rule of Keras' EarlyStopping with restore_best_weights=True (its patience 0 acts like 1).
    """

    def __init__(self, *, patience, min_delta=0.0):
        require(patience >= 1, "patience", patience, "a whole number >= 1")
        require(min_delta >= 0, "min_delta", min_delta, "a number >= 0")
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = float("inf")
        self.best_epoch = None
        self.best_params = None
        self.num_epochs = 0
        self.num_bad = 0

    def update(self, loss, params):
        """Take in one epoch: its validation loss, lower is better, and the params (a dict of arrays).

        Keeps a copy: params may be changed in place later. A loss of NaN does not improve.
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
        """Return a copy of the best params: a dict of arrays.

        Raises ValueError if no loss was better than inf so far.
        """
        require(self.best_epoch is not None, "best_epoch", None, "known: no update with a finite loss so far")
        return {name: array.copy() for name, array in self.best_params.items()}
