"""Points: hidden cases are a class's own, memorizing the visible answers earns nothing, hidden cases stay hidden."""

import numpy as np
import pytest

from autograder.judging.mark import answered, hidden_failures, hidden_rng, mark, points_earned, prepare
from descent.examine import examine
from descent.exercise import Case, Exercise, Group
from descent.exercises import find, table, visible_cases
from descent.keys import encode, fingerprint, load
from descent.outcome import try_case
from reference.momentum import ema_momentum_step, momentum_step

WHERE = {"assignment": "03_momentum", "secret": "a class", "lang": "en"}


def marked(solution, name="momentum_step", points=8, **where):
    return mark(name, solution, points=points, **WHERE | where)


def key_of(args, kwargs):
    return repr([encode(list(args)), encode(dict(sorted(kwargs.items())))])  # no addresses: they come again


def parrot(name, fallback):
    """A solution that has memorized the visible cases, call by call, and uses `fallback` for the rest."""
    from reference.lookup import reference_function

    _, exercise = find(name)
    known, right = {}, reference_function(exercise)

    def recorder(*args, **kwargs):
        key = key_of(args, kwargs)
        try:
            known[key] = result = right(*args, **kwargs)
        except ValueError as error:
            known[key] = error
            raise
        return result

    for case in visible_cases(exercise):
        try_case(exercise, recorder, case)

    def solution(*args, **kwargs):
        found = known.get(key_of(args, kwargs))
        if isinstance(found, ValueError):
            raise found
        return found if found is not None else fallback(*args, **kwargs)

    return solution


def unwritten(*args, **kwargs):
    raise NotImplementedError


PLAIN = [name for name in table() if name != "nesterov_step"]  # it is asked for a function: no two calls look alike


@pytest.mark.parametrize("fallback", [lambda *args, **kwargs: (args[0], args[-1]), unwritten, lambda *a, **k: 1 / 0])
@pytest.mark.parametrize("name", PLAIN)
def test_memorizing_the_visible_cases_earns_nothing(name, fallback):
    topic, exercise = find(name)
    solution, cases = parrot(name, fallback), visible_cases(exercise)
    result = marked(solution, name)
    assert result.points == 0
    if examine(exercise, solution, cases, load(exercise, topic, cases)).passed:  # no two draws look alike to a parrot
        assert "passes on the numbers you can see, fails on others like them" in result.text
        assert result.text.count("FAIL") == len(exercise.groups)


def test_most_exercises_can_be_memorized_so_the_test_above_means_something():
    learnt = [
        name
        for name in PLAIN
        for topic, exercise in [find(name)]
        for cases in [visible_cases(exercise)]
        if examine(exercise, parrot(name, unwritten), cases, load(exercise, topic, cases)).passed
    ]
    assert len(learnt) > 0.6 * len(PLAIN)


def test_knowing_some_visible_cases_and_stopping_at_the_rest_earns_nothing():
    """A stub for what is not known does not make the hidden cases go away."""
    full = parrot("momentum_step", unwritten)
    calls = []

    def first_two(*args, **kwargs):
        calls.append(1)
        return full(*args, **kwargs) if len(calls) <= 2 else unwritten()

    assert marked(first_two).points == 0


def numbers_of(cases):
    return fingerprint(cases)


def test_hidden_cases_are_those_of_the_class_the_assignment_and_the_exercise():
    _, exercise = find("momentum_step")
    ways = [("s", "a", "x"), ("t", "a", "x"), ("s", "b", "x"), ("s", "a", "y"), ("s", "ax", ""), ("", "a", "x")]
    prints = {numbers_of(exercise.cases(hidden_rng(*way))) for way in ways}
    assert len(prints) == len(ways)
    assert numbers_of(visible_cases(exercise)) not in prints
    again = [numbers_of(exercise.cases(hidden_rng("s", "a", "x"))) for _ in range(2)]
    assert again[0] == again[1]
    assert hidden_rng("s", "a", "x").random() == hidden_rng(b"s", "a", "x").random(), "a secret may be bytes"


def float64_only(params, grads, velocity, *, lr, momentum=0.9):
    return tuple(np.asarray(one, float) for one in momentum_step(params, grads, velocity, lr=lr, momentum=momentum))


def vectors_only(params, grads, velocity, *, lr, momentum=0.9):
    return (params, velocity) if params.ndim != 1 else momentum_step(params, grads, velocity, lr=lr, momentum=momentum)


@pytest.mark.parametrize(
    "solution, points",
    [(momentum_step, 9), (float64_only, 8), (vectors_only, 6), (unwritten, 0), (None, 0), (lambda *a, **k: None, 0)],
)
def test_partial_credit_adds_up(solution, points):
    assert marked(solution, points=9).points == points
    assert f"{points} of 9 points" in marked(solution, points=9).text.splitlines()[0]


def test_a_clause_of_a_contract_earns_its_points_alone():
    """The average is right, the lr that goes with it is not: 3 of 9."""

    def same_lr(params, grads, average, *, lr, momentum=0.9):
        _, average = ema_momentum_step(params, grads, average, lr=lr, momentum=momentum)
        return params - lr * average, average

    result = marked(same_lr, "ema_momentum_step", points=9)
    assert result.points == 3 and result.mistake == "same_lr"
    assert result.failed and not result.missing and not marked(momentum_step).failed
    assert marked(unwritten).missing and not marked(None).missing


def test_points_of_groups_add_up_to_all():
    for _, exercise in table().values():
        groups = set(exercise.groups)
        parts = [points_earned(exercise, frozenset(groups - {one}), 10) for one in groups]
        assert points_earned(exercise, frozenset(), 10) == 10 == pytest.approx(sum(parts), abs=1e-4)
        assert points_earned(exercise, frozenset(groups), 10) == 0


def loud(params, grads, velocity, *, lr, momentum=0.9):
    """Right on the visible cases, and on the hidden ones it tells what it sees."""
    raise RuntimeError(f"HIDDEN {params} {lr}")


def test_nothing_said_about_a_hidden_case_reaches_the_card():
    result = marked(parrot("momentum_step", loud))
    assert result.points == 0
    for text in (result.text, result.html):
        assert "HIDDEN" not in text and "RuntimeError" not in text and "array" not in text
    _, exercise = find("momentum_step")
    hidden = exercise.cases(hidden_rng("a class", "03_momentum", "momentum_step"))
    seen = {case.inputs.get("momentum") for case in visible_cases(exercise)}
    drawn = {case.inputs["momentum"] for case in hidden if "momentum" in case.inputs} - seen
    assert len(drawn) > 3 and not any(str(momentum) in result.text for momentum in drawn)


def test_a_solution_that_fails_in_sight_is_not_shown_hidden_numbers_either():
    def wrong(params, grads, velocity, *, lr, momentum=0.9):
        return params, velocity

    texts = [marked(wrong, secret=secret).text for secret in ("one", "two")]
    assert texts[0] == texts[1]


def test_hidden_cases_of_a_group_that_has_failed_are_not_run():
    calls = []

    def run(solution, inputs):
        return {"x": solution(inputs["x"])}

    def cases(rng):
        return [Case(group, {"x": float(rng.integers(1, 9))}) for group in ("a", "a", "b")]

    exercise = Exercise("e", "momentum.momentum_init", {"a": Group(1, "a", "甲"), "b": Group(1, "b", "乙")}, cases, run)

    def solution(x):
        calls.append(x)
        return x + 1

    assert hidden_failures(exercise, solution, answered(exercise, np.random.default_rng(0)), {"a"}) == {"a"}
    assert len(calls) == 1


@pytest.mark.parametrize("lang, word", [("en", "points"), ("zh", "满分")])
def test_the_card_is_in_the_language_asked_for(lang, word):
    assert word in marked(momentum_step, lang=lang).text.splitlines()[0]


def test_the_mark_names_the_mistake_and_a_class_may_stop_the_ladder(monkeypatch):
    def ascends(params, grads, velocity, *, lr, momentum=0.9):
        velocity = momentum * velocity + grads
        return params + lr * velocity, velocity

    assert marked(ascends).mistake == "ascends" and "gradient ascent" in marked(ascends).text
    monkeypatch.setenv("DESCENT_LADDER", "1")
    assert "gradient ascent" not in marked(ascends).text


def test_an_unknown_exercise_is_an_error_and_not_a_zero():
    with pytest.raises(LookupError, match="no exercise called 'nope'"):
        marked(momentum_step, "nope")


def test_what_is_prepared_is_used_once_and_gives_the_same_marks():
    def wrong(params, grads, velocity, *, lr, momentum=0.9):
        return params, velocity

    plain = [marked(solution) for solution in (momentum_step, wrong)]
    ready = prepare(["momentum_step", "no exercise"], **WHERE)
    assert set(ready) == {"momentum_step"}
    assert marked(momentum_step, ready=ready) == plain[0] and not ready
    assert marked(wrong, ready=prepare(["momentum_step"], **WHERE)) == plain[1]
