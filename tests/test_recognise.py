"""A known mistake is named where it is seen on most cases, and never where the code does something else."""

import numpy as np
import pytest

from autograder.authoring.answer_keys import known_mistakes
from autograder.authoring.given_lines import with_given_lines
from autograder.authoring.guarded import guarded
from descent.examine import examine
from descent.exercises import find, visible_cases
from descent.keys import load
from reference.lookup import reference_function


def matched(name, solution):
    topic, exercise = find(name)
    cases = visible_cases(exercise)
    return examine(
        exercise, with_given_lines(reference_function(exercise), solution), cases, load(exercise, topic, cases)
    ).match


def mistake(name, key):
    return next(one for one in known_mistakes(find(name)[0])[name] if one.id == key).function


def only_where(name, key, holds):
    return guarded(reference_function(find(name)[1]), mistake(name, key), holds)


def test_a_mistake_that_spares_single_numbers_is_named_and_the_card_says_on_how_many_cases():
    match = matched("momentum_step", only_where("momentum_step", "lr_missing", lambda array: array.ndim > 0))
    assert match.mistake.id == "lr_missing" and not match.everywhere
    total = len(visible_cases(find("momentum_step")[1]))
    assert match.agreeing == total - 1
    assert match.mistake.observation["en"].startswith(f"on {total - 1} of {total} cases: ")


def test_a_mistake_without_the_given_lines_is_named():
    wrong = mistake("momentum_step", "averaged").__wrapped__
    topic, exercise = find("momentum_step")
    cases = visible_cases(exercise)
    match = examine(exercise, wrong, cases, load(exercise, topic, cases)).match
    assert match.mistake.id == "averaged" and not match.everywhere


def test_a_mistake_beside_another_slip_in_few_cases_is_named():
    def doubles_numbers(params, grads, velocity, *, lr, momentum=0.9):
        params, velocity = mistake("momentum_step", "no_memory")(params, grads, velocity, lr=lr, momentum=momentum)
        return (2 * params if np.ndim(params) == 0 else params), velocity

    assert matched("momentum_step", doubles_numbers).mistake.id == "no_memory"


@pytest.mark.parametrize(
    "name, solution, why",
    [
        (
            "momentum_step",
            only_where("momentum_step", "lr_missing", lambda array: array.ndim == 2),
            "wrong for matrices only",
        ),
        (
            "clip_by_norm",
            lambda grads, *, max_norm: grads * 1.0,
            "no clipping at all is like the reversed condition on long gradients, and right on short ones",
        ),
        (
            "clip_by_global_norm",
            lambda grads, *, max_norm: (
                {key: one * min(1, max_norm / np.linalg.norm(grads[next(iter(grads))])) for key, one in grads.items()},
                float(np.linalg.norm(grads[next(iter(grads))])),
            ),
            "the first array is the longest in some cases",
        ),
        (
            "dropout_forward",
            only_where("dropout_forward", "unscaled", lambda array: array.size > 6),
            "the cases look at draws",
        ),
        (
            "momentum_step",
            only_where("momentum_step", "in_place", lambda array: array.ndim > 0),
            "a changed input says all",
        ),
    ],
)
def test_nothing_is_named_on_less(name, solution, why):
    assert matched(name, solution) is None, why
