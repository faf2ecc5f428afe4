"""Known mistakes of chapter 04's steps, one module per method."""

from reference.mistakes import Mistake, adagrad, adam, amsgrad, rmsprop, weight_decay

MISTAKES: dict[str, list[Mistake]] = (
    adagrad.MISTAKES | rmsprop.MISTAKES | adam.MISTAKES | amsgrad.MISTAKES | weight_decay.MISTAKES
)
