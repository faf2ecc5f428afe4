"""Exposing the broken Adams: other inputs that do it, and some that show too much or nothing."""

import numpy as np

from descent.broken_adams import BROKEN_ADAMS, astray

# ---- right --------------------------------------------------------------------------------------


def single_numbers(*, betas, eps):
    return {
        "A": [np.array(1e-7)],
        "B": [np.array([-0.1, 5.0, 0.0])],
        "C": [np.array(-2.5)] * 10,
        "D": [np.array(0.0)] * 4 + [np.array(0.3)],
    }


def matrices(*, betas, eps):
    ones = np.ones((2, 3))
    rising = np.arange(6.0).reshape(2, 3)
    return {"D": (0 * ones, 0 * ones, -7 * ones), "C": (ones, ones), "B": (rising,), "A": (eps * ones,)}


def nearly_zero_first(*, betas, eps):
    """Under D the first gradient has only to be small beside the second; under C they may differ a bit."""
    one = np.ones(4, dtype=np.float32)
    return {
        "A": [np.full(4, 3e-6)],
        "B": [np.array([100, 1])],
        "C": [one, one * (1 + 1e-5), one],
        "D": [one / 10, 1000 * one],
    }


def by_search(*, betas, eps):
    """Random inputs until each letter has its own."""
    rng, found = np.random.default_rng(0), {}
    while len(found) < len(BROKEN_ADAMS):
        sizes = 10.0 ** rng.integers(-8, 2, (rng.integers(1, 4), 2))
        grads = list(rng.random(sizes.shape) * sizes)
        if rng.random() < 0.7:
            grads = [np.array([one[0], one[0]]) for one in grads]
        if rng.random() < 0.5:
            grads = [grads[0]] * len(grads)
        elif rng.random() < 0.5:
            grads = [0 * one for one in grads[1:]] + [grads[0]]
        if len(letters := astray(grads, betas=betas, eps=eps)) == 1:
            found.setdefault(letters[0], grads)
    return found


RIGHT = {"expose_adam_bugs": [single_numbers, matrices, nearly_zero_first, by_search]}

# ---- wrong, and in no catalogue -----------------------------------------------------------------


def nothing_shows(*, betas, eps):
    return dict.fromkeys("ABCD", [np.array([1.0])])


def tiny_and_unequal(*, betas, eps):
    """For every letter: all four go astray."""
    return dict.fromkeys("ABCD", [np.array([eps, 3 * eps]), np.array([2 * eps, -eps])])


def two_letters_only(*, betas, eps):
    return {letter: matrices(betas=betas, eps=eps)[letter] for letter in "AB"}


def no_arrays(*, betas, eps):
    return {"A": eps, "B": "1, 3", "C": [], "D": [np.array([0.0]), np.array([1.0, 2.0])]}


def not_a_number(*, betas, eps):
    return dict.fromkeys("ABCD", [np.array([np.nan])])


WRONG = {"expose_adam_bugs": [nothing_shows, tiny_and_unequal, two_letters_only, no_arrays, not_a_number]}
