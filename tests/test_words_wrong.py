"""What a card observes where words, lists of words or NaN are wrong, and no number."""

import numpy as np
import pytest

from descent.exercise import Case
from descent.failure import Failure
from descent.words_wrong import nan_lost, wrong_words


def failures(*pairs):
    return [Failure(Case("all", {}), {"kind": got}, {"kind": right}) for got, right in pairs]


@pytest.mark.parametrize("pairs, words", [
    ([("a saddle", "a maximum"), ("a saddle", "a maximum")], 'you say "a saddle" instead of "a maximum"'),
    ([("x", "y"), ("z", "y")], 'you say "x" instead of "y", or "z" instead of "y"'),
    ([(["W"], ["W", "b"]), ([], ["b"])], "something is missing, and nothing is there that does not belong"),
    ([(["W", "b"], ["W"]), (["b"], [])], "something is there that does not belong, and nothing is missing"),
])  # fmt: skip
def test_words_that_are_wrong_in_one_way(pairs, words):
    assert words in wrong_words(failures(*pairs))["en"]


@pytest.mark.parametrize("pairs", [
    [("x", "y")],
    [("a", "b"), ("b", "c"), ("c", "a")],
    [(["W"], ["b"]), (["W"], ["W", "b"])],
    [([1.0], [1.0, 2.0]), ([2.0], [1.0, 2.0])],
    [("x", "y"), (["W"], ["b"])],
])  # fmt: skip
def test_one_failure_or_none_in_common_is_no_pattern(pairs):
    assert wrong_words(failures(*pairs)) is None


def test_a_nan_that_was_lost():
    right = np.array([1.0, np.nan])
    assert "should make `kind` NaN" in nan_lost(failures((np.array([1.0, 5.0]), right)))["en"]
    assert nan_lost(failures((np.array([1.5, 5.0]), right))) is None, "another entry is wrong, too"
    assert nan_lost(failures((np.array([np.nan, 5.0]), np.array([1.0, 2.0])))) is None
