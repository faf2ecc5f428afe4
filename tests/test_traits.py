"""A card says where a function goes wrong when only some kind of case does."""

import numpy as np
import pytest

from descent.contract_cases import given, left_out, scaled, with_inf, with_nan
from descent.exercise import Case
from descent.traits import ordinary, traits, where

BASE = Case(
    "all", {"params": np.array([1.5, -2.0, 0.25]), "lr": 0.1, "momentum": 0.9}, "f(params, lr=lr, momentum=momentum)"
)
CASES = {
    "an input holds NaN": with_nan(BASE, "params"),
    "an input holds inf": with_inf(BASE, "params"),
    "the numbers are very small": scaled(BASE, 1e-9, "params"),
    "the numbers are very large": scaled(BASE, 1e9, "params"),
    "`lr` is 0": given(BASE, lr=0.0),
    "`momentum` is not given and its default holds": left_out(BASE, "momentum"),
    "a single number (0-d) stands in place of an array": given(BASE, params=np.array(2.5)),
    "the arrays are matrices": given(BASE, params=np.ones((2, 3))),
    "there is one row only": given(BASE, params=np.ones((1, 3))),
    "there is one column only": given(BASE, params=np.ones((3, 1))),
    "the arrays are float32": given(BASE, params=np.ones(3, np.float32)),
}
FOUND = [traits(case, [BASE, *CASES.values()]) for case in (BASE, *CASES.values())]


def failing(*words):
    return [word in words for word in ("", *CASES)]


def test_a_case_of_ordinary_numbers_has_no_trait():
    assert FOUND[0] == set() and ordinary(FOUND[0])
    assert not any(ordinary(one) for one in FOUND[1:7]) and all(ordinary(one) for one in FOUND[7:])


@pytest.mark.parametrize("word", [word for word in CASES if word not in ("the arrays are matrices",)])
def test_each_trait_is_seen_where_it_is_alone(word):
    assert where(failing(word), FOUND)[0] == word


def test_two_traits_are_listed_and_what_is_not_explained_is_not_claimed():
    assert where(failing("`lr` is 0", "an input holds NaN"), FOUND)[0] == "`lr` is 0, or an input holds NaN"
    matrices = ("the arrays are matrices", "there is one row only", "there is one column only")
    assert where(failing(*matrices), FOUND)[0] == "the arrays are matrices"
    assert where([True] * len(FOUND), FOUND) is None and where(failing(""), FOUND) is None
    assert where(failing("the arrays are matrices"), FOUND) is None, "other matrices pass"


def test_every_trait_has_words_in_both_languages():
    for one in FOUND:
        assert all(en and zh for en, zh in one)
