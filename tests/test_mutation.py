"""The machinery of `make mutation` on a tiny exercise; its page belongs to the exercises there are."""

import ast
import inspect
import os
import zlib

import numpy as np
import pytest

from autograder import mutation
from autograder.authoring.mutants import build, mutants, source_of
from autograder.authoring.mutation_trial import ENDED, HIDDEN, SURVIVED, VISIBLE, all_mutants, trials
from autograder.mutation import Count
from descent.cases import numbers
from descent.exercise import Case, Exercise, Group
from descent.exercises import table
from descent.hyper import require
from reference.lookup import reference_function

# ---- an exercise of our own: another process imports this module, and runs it -----------------------


def halved(x, scale, *, times=1):
    """Divide x by two, `times` times."""
    require(times >= 1, "times", times, "a whole number >= 1")
    for _ in range(times):
        x = x / 2
    while scale < 0:
        scale = -scale
    return x * scale


def halved_cases(rng):
    visible = rng.bit_generator.state["state"]["state"] == VISIBLE_STATE
    return [Case("value", {"x": numbers(rng, 3), "times": 1 if visible else 2})]


def run_halved(solution, inputs):
    return {"half": solution(inputs["x"], 1.0, times=inputs["times"])}


HALVED = Exercise("halved", "", {"value": Group(1, "half", "一半")}, halved_cases, run_halved)
VISIBLE_STATE = np.random.default_rng(zlib.crc32(b"halved")).bit_generator.state["state"]["state"]


def load_halved(name):
    return HALVED, halved


def fickle(x, scale, *, times=1):
    return x * np.random.default_rng().random()


def load_other(name):
    if name == "dies":
        os._exit(1)
    return HALVED, fickle


@pytest.fixture(scope="module")
def trial():
    return next(trials(["halved"], processes=2, load=load_halved, silence=0.3))


def test_each_mutant_of_a_tiny_exercise_gets_its_verdict_and_an_endless_one_is_ended(trial):
    verdicts = {str(mutant): verdict for mutant, verdict in trial.verdicts}
    assert trial.error is None and [mutant for mutant, _ in trial.verdicts] == mutants(source_of(halved))
    assert verdicts["x = x / 2 -> x = x * 2"] == VISIBLE
    assert verdicts["for _ in range(times): -> for _ in range(1):"] == HIDDEN, "only there are two halvings"
    assert verdicts["return x * scale -> return x / scale"] == SURVIVED, "the only scale is 1"
    assert verdicts["while scale < 0: -> while True:"] == ENDED
    assert verdicts["x = x / 2 -> x[...] = x / 2"] == VISIBLE, "the input is changed"


@pytest.mark.parametrize("name, error", [("dies", "died"), ("fickle", "visible case twice")])
def test_an_exercise_that_cannot_be_tried_is_an_error(name, error):
    (trial,) = trials([name], processes=1, load=load_other)
    assert error in trial.error and not trial.verdicts


# ---- the operators ----------------------------------------------------------------------------------

SOURCE = '''
def step(params, grads, state, *, lr=0.01, eps=1e-8):
    """A docstring with 1 number."""
    require(lr >= 0, "lr", lr, "a number >= 0")
    m, v = state
    v = v + grads ** 2
    scale = np.sqrt(v) + eps
    total = v[1:].sum(axis=0, keepdims=True)
    if lr > 0.5 and eps > 0:
        m = np.maximum(m, np.zeros_like(grads))
    return params - lr * grads / scale, total
'''
WANTED = [
    "v = v + grads ** 2 -> v = v - grads ** 2",
    "v = v + grads ** 2 -> v = v + 2 ** grads",
    "v = v + grads ** 2 -> v = v + grads ** 3",
    "v = v + grads ** 2 -> v = v + grads",
    "v = v + grads ** 2 -> v[...] = v + grads ** 2",
    "v = v + grads ** 2 -> pass",
    "v = v + grads ** 2 -> v = (v + grads) ** 2",
    "v = v + grads ** 2 -> v = -(v + grads ** 2)",
    "v = v + grads ** 2 / scale = np.sqrt(v) + eps -> scale = np.sqrt(v) + eps / v = v + grads ** 2",
    "m, v = state -> v, m = state",
    "scale = np.sqrt(v) + eps -> scale = np.sqrt(v + eps)",
    "scale = np.sqrt(v) + eps -> scale = v + eps",
    "scale = np.sqrt(v) + eps -> scale = np.sqrt(v) + 1e-08",
    "total = v[1:].sum(axis=0, keepdims=True) -> total = v[1:].mean(axis=0, keepdims=True)",
    "total = v[1:].sum(axis=0, keepdims=True) -> total = v[1:].sum(axis=1, keepdims=True)",
    "total = v[1:].sum(axis=0, keepdims=True) -> total = v[1:].sum(axis=0)",
    "total = v[1:].sum(axis=0, keepdims=True) -> total = v[1 + 1:].sum(axis=0, keepdims=True)",
    "total = v[1:].sum(axis=0, keepdims=True) -> total = v[1:-1].sum(axis=0, keepdims=True)",
    "if lr > 0.5 and eps > 0: -> if lr > 0.5 or eps > 0:",
    "if lr > 0.5 and eps > 0: -> if lr >= 0.5 and eps > 0:",
    "if lr > 0.5 and eps > 0: -> if True:",
    "m = np.maximum(m, np.zeros_like(grads)) -> m = np.minimum(m, np.zeros_like(grads))",
    "m = np.maximum(m, np.zeros_like(grads)) -> m = np.maximum(m, np.ones_like(grads))",
    "return (params - lr * grads / scale, total) -> return (total, params - lr * grads / scale)",
    "return (params - lr * grads / scale, total) -> return (params - lr * state / scale, total)",
]


@pytest.mark.parametrize("wanted", WANTED)
def test_an_operator_makes_its_mutant(wanted):
    assert wanted in map(str, mutants(SOURCE))


def test_what_a_student_is_given_is_left_alone_and_no_mutant_comes_twice():
    found = mutants(SOURCE)
    assert len(found) > 80
    assert len({mutant.source for mutant in found}) == len({str(mutant) for mutant in found}) == len(found)
    for mutant in found:
        lines = mutant.source.splitlines()
        assert lines[:2] == [
            "def step(params, grads, state, *, lr=0.01, eps=1e-08):",
            "    require(lr >= 0, 'lr', lr, 'a number >= 0')",
        ]
        assert lines[2:] != ast.unparse(ast.parse(SOURCE)).splitlines()[3:]


def test_lines_that_occur_twice_have_mutants_with_names_of_their_own():
    source = "def f(x):\n    x = x + 1\n    y = x * 3\n    x = x + 1\n    return x, y"
    names = [str(mutant) for mutant in mutants(source)]
    assert {"x = x + 1 -> pass", "x = x + 1 -> pass  # 2"} <= set(names) and len(set(names)) == len(names)


def test_methods_are_mutated_and_a_mutant_sees_the_names_of_its_module():
    source = (
        "class Counter:\n    def __init__(self, *, by):\n        self.by = by\n"
        "    def next(self, x):\n        return x + self.by\n"
    )
    names = set(map(str, mutants(source)))
    assert {"self.by = by -> pass", "return x + self.by -> return x - self.by"} <= names
    assert build(halved, source_of(halved))(np.array([4.0]), 3.0, times=1) == 6.0
    assert build(halved, source_of(halved)).__globals__["require"] is require


# ---- the page ---------------------------------------------------------------------------------------


def test_a_row_counts_and_a_wrong_list_of_equivalents_is_reported(trial):
    survivors = {str(mutant): "reason" for mutant, verdict in trial.verdicts if verdict == SURVIVED}
    assert len(survivors) >= 2
    first, *others = survivors
    row, wrong = mutation.row_of(trial, {first: "reason", "no -> such": "reason"}, "0" * 8)
    caught, found = len(trial.verdicts) - len(survivors), row.operator
    assert (found.mutants, found.caught, found.equivalent) == (caught + len(survivors), caught, 1)
    assert set(row.survivors) == set(others) and 0 < found.visible < found.caught
    assert found.share == found.caught / (found.mutants - 1)
    assert row.contract == mutation.Count(), "the exercise names no clauses"
    assert wrong == ["halved: listed as equivalent, but it is caught or does not exist: no -> such"]


def test_the_page_can_be_read_back(tmp_path, monkeypatch):
    rows = [
        mutation.Row("one", Count(40, 38, 37, 1), Count(20, 18, 18, 1), "0123abcd", ("a = b | c -> a = b & c",)),
        mutation.Row("two", Count(10, 10, 10, 0), Count(), "ffffffff"),
    ]
    monkeypatch.setattr(mutation, "PAGE", tmp_path / "mutation.md")
    assert mutation.read_page() == {}
    mutation.PAGE.write_text(mutation.page(rows), encoding="utf-8")
    assert list(mutation.read_page().values()) == rows
    assert "| **all 2 exercises** | 50 | 48 | 47 | 1 | **97.9 %** | 20 | 18 | 1 | **94.7 %** | |" in mutation.page(rows)


@pytest.mark.parametrize("kind", ["operator", "contract"])
def test_a_share_that_is_too_low_is_reported(kind):
    def row(name, mutants, caught):
        counts = {"operator": Count(), "contract": Count(), kind: Count(mutants, caught, caught, 0)}
        return mutation.Row(name, **counts, made_from="")

    good = row("good", 1000, 1000)
    assert mutation.too_low([good, row("ninety", 20, 18)]) == []
    assert f"bad: 85 % of {kind} mutants caught" in mutation.too_low([good, row("bad", 20, 17)])[0]
    assert mutation.too_low([row("ninety", 20, 18)])[0].startswith(f"in all: 90 % of {kind} mutants caught")


def test_a_fingerprint_changes_with_the_answer_and_with_the_cases_but_not_with_words():
    exercise = table()["momentum_step"][1]
    function = reference_function(exercise)
    stamp = mutation.made_from(exercise, function)
    assert mutation.made_from(exercise, function) == stamp
    assert mutation.made_from(exercise, reference_function(table()["classical_momentum_step"][1])) != stamp
    changed = {field: getattr(exercise, field) for field in inspect.signature(Exercise).parameters}
    fewer = Exercise(**changed | {"cases": lambda rng: exercise.cases(rng)[:-1]})
    assert mutation.made_from(fewer, function) != stamp
    words = {name: Group(group.weight, "other", "其他") for name, group in exercise.groups.items()}
    assert mutation.made_from(Exercise(**changed | {"groups": words}), function) == stamp
    assert mutation.made_from(Exercise(**changed | {"clauses": None}), function) != stamp


def test_the_committed_page_is_the_result_for_the_exercises_there_are():
    rows = mutation.read_page()
    made_from = {
        name: mutation.made_from(exercise, reference_function(exercise)) for name, (_, exercise) in table().items()
    }
    stale = [name for name in table() if name not in rows or rows[name].made_from != made_from[name]]
    assert not stale, f'run `make mutation ARGS="{" ".join(stale)}"`'
    assert list(rows) == list(table()) and not mutation.too_low(list(rows.values()))
    assert mutation.PAGE.read_text(encoding="utf-8") == mutation.page(list(rows.values()))


def test_a_reviewed_equivalent_is_a_mutant_of_its_exercise_and_has_a_reason():
    for name, reviewed in mutation.equivalents().items():
        exercise = table()[name][1]
        names = {str(mutant) for mutant, _ in all_mutants(exercise, reference_function(exercise))}
        for mutant, reason in reviewed.items():
            assert mutant in names, f"{name} has no mutant {mutant}"
            assert len(reason) > 20, "a reason, in words"
