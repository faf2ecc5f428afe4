"""A card says where a function goes wrong when only some kind of case does."""

from dataclasses import replace

import numpy as np
import pytest

from descent.contract_cases import given, left_out, scaled, with_inf, with_nan
from descent.exercise import Case
from descent.outcome import Outcome
from descent.partly import only_some_cases
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


def test_two_traits_together_are_named_where_neither_alone_explains():
    both = given(with_nan(BASE, "params"), lr=0.0)
    cases = [BASE, CASES["an input holds NaN"], CASES["`lr` is 0"], both]
    found = [traits(case, cases) for case in cases]
    assert where([False, False, False, True], found) == (
        "`lr` is 0 and an input holds NaN",
        "`lr` 为 0，并且输入含有 NaN",
    )


@pytest.mark.parametrize("shape", [3, (2, 3), ()])
def test_where_only_refused_inputs_fail_nothing_is_said_of_dtypes_and_shapes(shape):
    cases = [given(BASE, params=np.ones(shape)), given(BASE, params=np.ones(shape), lr=-0.1)]
    answers = [Outcome({"params": np.ones(shape)}), Outcome(error="ValueError")]
    assert only_some_cases(cases, [False, True], answers)["en"] == (
        "right in every other case, wrong where an input has to be refused with an error"
    )


def test_where_every_answered_case_fails_nothing_is_said_to_be_right():
    cases = [given(BASE, params=np.ones((2, 3))), given(BASE, params=np.ones((2, 3)), lr=-0.1)]
    answers = [Outcome({"params": np.ones((2, 3))}), Outcome(error="ValueError")]
    sentence = only_some_cases(cases, [True, False], answers)
    assert sentence is None or "vectors" not in sentence["en"]


def test_lr_of_0_is_named_though_a_refused_case_and_one_with_nan_have_it_too():
    cases = [BASE, given(BASE, lr=0.0), given(BASE, lr=0.0, momentum=-0.1), given(with_nan(BASE, "params"), lr=0.0)]
    answers = [Outcome(error="ValueError" if case.inputs["momentum"] < 0 else None) for case in cases]
    for count in (2, 3, 4):
        failed = [False, True, False, False][:count]
        sentence = only_some_cases(cases[:count], failed, answers[:count])
        assert sentence["en"] == "right in every other case, wrong where `lr` is 0"


def test_an_option_that_a_case_sets_in_its_code_is_not_said_to_be_left_to_its_default():
    """The run of a case may give the option itself: `random_deletion(tokens, p=p, rng=rng)` for p in (0, 1)."""
    usual = [given(BASE, momentum=0.5), given(BASE, momentum=0.6), BASE]
    inputs = {name: value for name, value in BASE.inputs.items() if name != "momentum"}
    by_run = replace(BASE, inputs=inputs, code="for m in (0, 1):\n    step(params, momentum=m)")
    word = "`momentum` is not given and its default holds"
    assert word not in {en for en, _ in traits(by_run, [*usual, by_run])}
    left = left_out(BASE, "momentum")
    assert word in {en for en, _ in traits(left, [*usual, left])}


def test_numbers_far_from_zero_and_close_together_are_a_trait_of_their_own():
    far = given(BASE, params=np.array([2001.0, 2002.5, 2004.0]))
    word = "the numbers of `params` lie far from 0 and close together"
    assert word in {en for en, _ in traits(far, [BASE, far])} and not ordinary(traits(far, [BASE, far]))
    for params in ([2001.0, -2002.5, 2004.0], [2001.0, 2001.0, 2001.0], [200.0, 204.0, 201.0], [2001.0, 2002.0]):
        near = given(BASE, params=np.array(params))
        assert word not in {en for en, _ in traits(near, [BASE, near])}, params
