"""Every promise of a docstring is tried by a case, and what finds an untried one finds each kind."""

from dataclasses import replace

import numpy as np
import pytest

from autograder.authoring.contract import sentences, untried
from autograder.authoring.contract_mutants import contract_mutants
from autograder.authoring.given_lines import with_given_lines
from autograder.authoring.mutants import build, source_of
from autograder.authoring.require_lines import without_requires
from descent.cases import chosen, numbers
from descent.contract_cases import (
    CONTRACT,
    given,
    left_out,
    scaled,
    with_inf,
    with_nan,
    with_repeats,
    with_zero_line,
    with_zeros,
)
from descent.exercise import Case, Exercise, Group
from descent.exercises import table
from descent.hyper import require
from reference.lookup import reference_function


@pytest.mark.parametrize("name", table())
def test_every_promise_of_the_docstring_is_tried(name):
    exercise = table()[name][1]
    if exercise.clauses is None:
        pytest.skip("the exercise does not name its clauses yet")
    assert untried(exercise, reference_function(exercise)) == []


# ---- an exercise of our own -------------------------------------------------------------------------


def decayed(params, grads, *, lr, decay=0.5):
    """Move against the gradient, and shrink.

        x <- x - lr * (g + decay * x)

    params (x): (N, D), grads (g): array (N, D). They are not changed. NaN and inf pass through.
    Returns an array of the same shape and dtype. The first row counts twice.
    Raises ValueError unless lr >= 0 and 0 <= decay < 1.

    The convention of PyTorch.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= decay < 1, "decay", decay, "in [0, 1)")
    return params - lr * (grads + decay * params)


def run_decayed(solution, inputs):
    return {"params": solution(inputs["params"], inputs["grads"], lr=inputs["lr"], **chosen(inputs, "decay"))}


def one_case(rng, shape=(2, 3), dtype=np.float64, **hyper):
    arrays = {name: numbers(rng, shape, dtype) for name in ("params", "grads")}
    return Case("step", arrays | {"lr": 0.5, "decay": 0.25} | hyper, "decayed(params, grads, lr=lr, decay=decay)")


def all_cases(rng):
    base = one_case(rng)
    return [
        base,
        one_case(rng, (1, 3)),
        one_case(rng, (2, 1)),
        one_case(rng, dtype=np.float32),
        given(base, lr=0.0),
        given(base, decay=0.0),
        given(base, lr=-1.0),
        given(base, decay=1.0),
        left_out(base, "decay"),
        with_nan(base, "params", "grads"),
        with_inf(base, "params", "grads"),
        scaled(base, 1e-9, "params", "grads"),
        scaled(base, 1e9, "params", "grads"),
        given(base, lr=3.0),
        with_repeats(base, "params", "grads"),
        with_zero_line(base, "params"),
        with_zero_line(base, "grads"),
        *with_zeros(base, "grads"),
    ]


GROUPS = {"step": Group(1, "step", "一步")}
COVERED = Exercise("decayed", "", GROUPS, all_cases, run_decayed, clauses={"The first row counts twice.": "step"})


def test_an_exercise_whose_promises_are_all_tried_has_nothing_to_add():
    assert untried(COVERED, decayed) == []


def without(place):
    return lambda rng: [case for number, case in enumerate(all_cases(rng)) if number != place]


@pytest.mark.parametrize(
    "place, words",
    [
        (1, "`params` of N = 1"),
        (2, "`params` of D = 1"),
        (3, "no float32"),
        (4, "no call with lr = 0"),
        (5, "no call with decay = 0"),
        (6, "no case fails without: require(lr >= 0"),
        (7, "without: require(0 <= decay < 1"),
        (8, "no call leaves out `decay`, whose default is 0.5"),
        (9, "(no NaN)"),
        (10, "(no inf)"),
    ],
)
def test_a_missing_kind_of_case_is_found(place, words):
    found = untried(replace(COVERED, cases=without(place)), decayed)
    assert any(words in one for one in found), found


def test_an_end_of_a_range_that_no_case_stands_at_is_found():
    def cases(rng):
        return [given(case, decay=1.5) if case.inputs.get("decay") == 1.0 else case for case in all_cases(rng)]

    assert untried(replace(COVERED, cases=cases), decayed) == [
        "no case stands at the end of the range: decay < 1, in require(0 <= decay < 1, 'decay', decay, 'in [0, 1)')"
    ]


def test_any_shape_means_more_axes_than_two():
    def cases(rng):
        return [case for case in exercise.cases(rng) if np.ndim(case.inputs["velocity"]) < 3]

    exercise = table()["momentum_step"][1]
    found = untried(replace(exercise, cases=cases), reference_function(exercise))
    assert len(found) == 1 and "no array of 3 dimensions" in found[0]


@pytest.mark.parametrize(
    "clauses, words",
    [
        ({}, "no case is said to try: The first row counts twice."),
        ({"The first row counts twice.": "rows"}, "which is no group"),
        ({"The first row counts twice.": "step", "It is quick": "step"}, "the docstring does not say 'It is quick'"),
    ],
)
def test_a_sentence_that_nobody_tries_is_found(clauses, words):
    assert any(words in one for one in untried(replace(COVERED, clauses=clauses), decayed))


def test_an_end_of_a_range_that_is_left_to_chance_is_found():
    def cases(rng):
        return [*all_cases(rng), one_case(rng, lr=3 + rng.random())]

    assert untried(replace(COVERED, cases=cases), decayed) == ["the highest `lr` is left to chance: fix it in one case"]


def test_formulas_sources_and_the_summary_promise_nothing():
    assert sentences(decayed.__doc__) == [
        "params (x): (N, D), grads (g): array (N, D).",
        "They are not changed.",
        "NaN and inf pass through.",
        "Returns an array of the same shape and dtype.",
        "The first row counts twice.",
        "Raises ValueError unless lr >= 0 and 0 <= decay < 1.",
    ]


# ---- cases ------------------------------------------------------------------------------------------


def test_the_helpers_change_one_thing_and_leave_the_case_they_start_from_alone():
    base = one_case(np.random.default_rng(0))
    before = {name: np.copy(value) for name, value in base.inputs.items()}
    spoiled = with_nan(base, "params", "grads")
    assert np.isnan(spoiled.inputs["params"].flat[0]) and np.isnan(spoiled.inputs["grads"].flat[1])
    assert np.isnan(spoiled.inputs["params"]).sum() == 1
    assert np.isinf(with_inf(given(base, params={"W": np.ones(2)}), "params").inputs["params"]["W"][0])
    np.testing.assert_array_equal(scaled(base, 4.0, "grads").inputs["grads"], 4 * base.inputs["grads"])
    repeated, zeroed = with_repeats(base, "params").inputs["params"], with_zero_line(base, "grads").inputs["grads"]
    np.testing.assert_array_equal(repeated[1], base.inputs["params"][0])
    assert not zeroed[:, 0].any() and zeroed[:, 1:].all()
    missing = left_out(base, "decay")
    assert "decay" not in missing.inputs and missing.code == "decayed(params, grads, lr=lr)"
    for name, value in base.inputs.items():
        np.testing.assert_array_equal(value, before[name])
    assert CONTRACT.weight == 1


# ---- contract mutants -------------------------------------------------------------------------------

SOURCE = source_of(decayed)
WANTED = [
    "require(lr >= 0, 'lr', lr, 'a number >= 0') -> pass",
    "require(lr >= 0, 'lr', lr, 'a number >= 0') -> require(lr > 0, 'lr', lr, 'a number >= 0')",
    "require(0 <= decay < 1, 'decay', decay, 'in [0, 1)') -> require(0 <= decay <= 1, 'decay', decay, 'in [0, 1)')",
    "def decayed(params, grads, *, lr, decay=0.5): -> def decayed(params, grads, *, lr, decay=0.25):",
    "nothing -> params = without_nan(params)",
    "nothing -> grads = without_inf(grads)",
    "nothing -> params = without_tiny(params)",
    "nothing -> params = without_huge(params)",
    "nothing -> grads = zero_if_a_column_is(grads)",
    "nothing -> params = repeats_left_out(params)",
    "nothing -> lr = lr or 0.1",
    "nothing -> decay = decay or 0.5",
    "nothing -> if lr == 0: / return params",
    "nothing -> if not np.any(grads): / return params",
    "return params - lr * (grads + decay * params) -> came = (params, grads) / "
    "return kept_at_zero(params - lr * (grads + decay * params), *came)",
    "nothing -> lr = min(lr, 1.0)",
    "return params - lr * (grads + decay * params) -> return squeezed(params - lr * (grads + decay * params))",
    "return params - lr * (grads + decay * params) -> return as_float64(params - lr * (grads + decay * params))",
    "return params - lr * (grads + decay * params) -> return spoiled_after(params - lr * (grads + decay * params), grads)",
]


@pytest.mark.parametrize("wanted", WANTED)
def test_a_contract_operator_makes_its_mutant(wanted):
    assert wanted in map(str, contract_mutants(SOURCE))


def test_callbacks_loops_comparisons_and_sums_have_mutants_where_they_stand():
    source = '''
def descend(x, grad_fn, *, num_steps):
    """Walk.

    NaN passes through.
    """
    for _ in range(num_steps):
        x = x - grad_fn(x)
        if x.sum() < 3:
            break
    return x
'''
    found = set(map(str, contract_mutants(source)))
    assert {
        "x = x - grad_fn(x) -> x = x - second('called twice', grad_fn(x), grad_fn(x))",
        "for _ in range(num_steps): -> for _ in first_few(range(num_steps)):",
        "if x.sum() < 3: -> if np.nansum(x) < 3:",
        "if x.sum() < 3: -> if x.sum() > 3:",
    } <= found
    drawing = contract_mutants("def f(x, *, rng):\n    return x + rng.random()")
    assert "nothing -> rng = np.random.default_rng(0)" in map(str, drawing)
    tuples = contract_mutants("def f(x, *, betas=(0.5, 0.25)):\n    return x")
    assert {"def f(x, *, betas=(0.5, 0.25)): -> def f(x, *, betas=(0.5, 0.125)):"} <= set(map(str, tuples))
    assert not any("grad_fn = " in one or "squeezed" in one or "without_inf" in one for one in found)


def test_every_contract_mutant_of_a_covered_exercise_is_caught_and_its_source_runs():
    from autograder.authoring.mutation_trial import VISIBLE, verdict_of
    from descent.outcome import try_case

    cases = [(VISIBLE, case, try_case(COVERED, decayed, case)) for case in all_cases(np.random.default_rng(0))]
    equivalent = "nothing -> if lr == 0: / return params"
    for mutant in contract_mutants(SOURCE):
        assert mutant.kind == "contract"
        caught = verdict_of(COVERED, cases, build(decayed, mutant.source)) == VISIBLE
        assert caught == (str(mutant) != equivalent), str(mutant)


def test_a_wrong_answer_has_the_lines_that_a_student_is_given():
    wrong = with_given_lines(decayed, lambda params, grads, *, lr, decay=0.5: params)
    assert wrong(1.0, 2.0, lr=0.1) == 1.0
    for hyper in ({"lr": -1.0}, {"lr": 1.0, "decay": 1.0}):
        with pytest.raises(ValueError):
            wrong(1.0, 2.0, **hyper)
    assert len(list(without_requires(SOURCE))) == 2


def test_slips_of_rows_leave_other_arrays_alone():
    from autograder.authoring.contract_slips import repeats_left_out, zero_if_a_column_is

    X = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 1.0]])
    assert not zero_if_a_column_is(X).any()
    np.testing.assert_array_equal(repeats_left_out(X), [[0, 1], [0, 2], [0, 0]])
    for other in (X[:, 1:], X[1:, 1:], X[:, 1], np.arange(4), 2.0):
        assert zero_if_a_column_is(other) is other
    np.testing.assert_array_equal(repeats_left_out(X[:2]), X[:2])


def test_products_variances_dtypes_and_readers_have_mutants():
    source = '''
def scaled(X, *, lr, decay):
    """Scale. Features may lie far from 0. The dtype stays."""
    require(decay >= 0, "decay", decay, "a number >= 0")
    out = np.zeros_like(X) + lr * decay
    return out + X.var(axis=0), X.std(axis=0)
'''
    found = set(map(str, contract_mutants(source)))
    assert {
        "out = np.zeros_like(X) + lr * decay -> out = np.zeros_like(X) + min(lr * decay, 1.0)",
        "out = np.zeros_like(X) + lr * decay -> out = np.zeros(np.shape(X)) + lr * decay",
        "return (out + X.var(axis=0), X.std(axis=0)) -> return (out + var_by_moments(X, axis=0), X.std(axis=0))",
        "return (out + X.var(axis=0), X.std(axis=0)) -> return (out + X.var(axis=0), std_by_moments(X, axis=0))",
    } <= found
    silent = set(map(str, contract_mutants(source.replace("Features may lie far from 0. The dtype stays.", ""))))
    assert not any("moments" in one or "np.shape" in one for one in silent)
    small = set(map(str, contract_mutants("def f(x, *, delta=0.0):\n    return x")))
    assert {"def f(x, *, delta=0.0): -> def f(x, *, delta=0.0001):"} <= small


def test_copies_entries_without_gradient_and_remembered_calls_have_mutants():
    from autograder.authoring.contract_slips import kept_at_zero, remembered

    source = '''
def walk(params, grads, grad_fn):
    """Walk. grad_fn is called once for each step. Returns a copy."""
    params = params - grads - grad_fn(params)
    return params.copy(), grads
'''
    found = set(map(str, contract_mutants(source)))
    assert {
        "return (params.copy(), grads) -> return (params.astype(float), grads)",
        "params = params - grads - grad_fn(params) / return (params.copy(), grads) -> came = (params, grads) / "
        "params = params - grads - grad_fn(params) / return (kept_at_zero(params.copy(), *came), grads)",
        "params = params - grads - grad_fn(params) -> had = {} / params = params - grads - remembered(had, grad_fn, params)",
    } <= found, found
    assert not any("remembered" in str(one) for one in contract_mutants(source.replace("once for each", "at each")))
    calls, had = [], {}
    assert [remembered(had, lambda x: calls.append(x) or x, x) for x in (1.0, 2.0, 1.0)] == [1.0, 2.0, 1.0]
    assert calls == [1.0, 2.0]
    new, old = np.array([np.nan, 5.0]), np.array([1.0, 2.0])
    np.testing.assert_array_equal(kept_at_zero(new, old, np.array([0.0, 3.0])), [1.0, 5.0])
    assert kept_at_zero(7.0, 1.0, 0.0) == 7.0


def test_a_method_that_sets_nothing_has_a_mutant_that_does():
    source = """
class Counter:
    def __init__(self):
        self.count = 0

    def up(self):
        self.count += 1

    def now(self):
        return self.count
"""
    found = [mutant for mutant in contract_mutants(source) if str(mutant) == "nothing -> self.count = 0"]
    assert len(found) == 1
    assert "def now(self):\n        self.count = 0\n        return self.count" in found[0].source


def test_a_variance_by_moments_is_right_near_zero_and_wrong_far_from_it():
    from autograder.authoring.contract_slips import std_by_moments, var_by_moments

    X = np.random.default_rng(0).normal(size=(6, 2))
    assert np.allclose(var_by_moments(X, axis=0), X.var(axis=0), rtol=1e-12)
    assert std_by_moments(X, axis=1, keepdims=True).shape == (6, 1)
    assert not np.allclose(var_by_moments(X + 1e6, axis=0), X.var(axis=0), rtol=1e-6)
