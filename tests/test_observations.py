"""An observation is true of what the wrong version answers: checked as it stands, or by the author's `holds`."""

from collections import Counter
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest

from autograder.authoring.answer_keys import known_mistakes
from autograder.authoring.claims import Trial
from autograder.authoring.observations import is_checked, untrue
from descent.exercise import Case, Exercise, Group
from descent.exercises import table, visible_cases
from descent.outcome import try_case
from reference.lookup import answer
from reference.mistakes import wrong_version

NAMES = list(table())
# How many observations of an exercise were read by hand and have no `holds`. The numbers only fall; a new exercise has none.
READ_BY_HAND = {
    "EarlyStopping": 14, "adagrad_step": 11, "adam_l2_step": 10, "adam_step": 19, "adamw_step": 10,
    "affine_backward": 8, "amsgrad_step": 12, "batchnorm_backward": 11, "batchnorm_backward_steps": 9,
    "batchnorm_forward": 17, "center_columns": 7, "classical_momentum_step": 12, "classical_velocity": 7,
    "classify_critical_point": 8, "clip_by_global_norm": 9, "clip_by_norm": 10, "clip_by_value": 6,
    "cosine_annealing": 13, "cosine_with_restarts": 10, "crop": 6, "dropout_backward": 6, "dropout_forward": 15,
    "elastic_net": 5, "ema_momentum_step": 10, "exponential": 8, "expose_adam_bugs": 12, "fans": 6,
    "fold_batchnorm": 9, "gradient_check": 10, "gradient_descent": 9, "he_normal": 15, "he_uniform": 13,
    "heavy_ball_matrix": 10, "hessian_vector_product": 5, "horizontal_flip": 5, "inverse_time": 8, "l1_penalty": 8,
    "l2_penalty": 7, "layernorm_backward": 10, "layernorm_forward": 9, "leaky_relu_gain": 7, "linear_warmup": 9,
    "max_norm": 6, "max_stable_lr": 8, "mean_squared_error": 5, "min_max_fit": 7, "minibatch_sgd": 11,
    "minibatches": 11, "mixup": 7, "momentum_step": 13, "nesterov_rewritten_step": 10, "nesterov_step": 13,
    "noise_floor": 9, "numerical_gradient": 6, "numerical_hessian": 6, "optimal_heavy_ball": 9, "pca": 6,
    "pca_fit": 10, "pca_whiten": 8, "perturbed_gradient_descent": 10, "power_iteration": 8,
    "proximal_gradient_step": 8, "random_deletion": 7, "random_search": 17, "random_shift": 7, "random_swap": 6,
    "relu_backward": 7, "rescale": 7, "ridge_solution": 7, "rmsprop_step": 13, "rnn_gradient": 7,
    "rnn_loss_and_grads": 8, "rnn_state_gradients": 9, "scaled_lr": 7, "sgd": 10, "shift": 8, "soft_threshold": 7,
    "softmax_cross_entropy": 10, "standardize_fit": 9, "step_decay": 10, "synonym_replacement": 7,
    "two_layer_loss_and_grads": 9, "warmup_cosine": 9, "xavier_normal": 13, "xavier_uniform": 15, "zca_matrix": 7,
}  # fmt: skip


def mistakes_of(name):
    topic = table()[name][0]
    return known_mistakes(topic).get(name, []) if find_spec(f"reference.mistakes.{topic}") else []


@cache
def right_answers(name):
    exercise = table()[name][1]
    return exercise, [(case, answer(exercise, case)) for case in visible_cases(exercise)]


def trials(name, function):
    exercise, answers = right_answers(name)
    return [Trial(exercise, case, try_case(exercise, function, case), right) for case, right in answers]


def by_hand(name):
    """The mistakes whose observation nothing checks."""
    return [one.id for one in mistakes_of(name) if one.holds is None and not is_checked(one.observation["en"])]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_observed_is_true(name):
    wrong = {one.id: found for one in mistakes_of(name)
             if (found := untrue(one.observation["en"], one.holds, trials(name, one.function)))}  # fmt: skip
    assert not wrong


@pytest.mark.parametrize("name", NAMES)
def test_a_new_observation_can_be_checked(name):
    found, allowed = by_hand(name), READ_BY_HAND.get(name, 0)
    assert len(found) <= allowed, (
        f"{len(found) - allowed} observations of {name} in src/reference/mistakes are new and nothing checks them. Give each "
        "`holds`, or one of the forms in autograder/authoring/claims.py. Unchecked are: " + ", ".join(found))  # fmt: skip


# the checker itself, on wrong versions of the middle of two points

POINTS = [[-3.0, -1.5], [1.0, 4.0], [-2.0, 3.0]]
MIDDLE = Exercise("middle", "", {"g": Group(1, "a", "b")}, lambda rng: [Case("g", {"points": points}) for points in POINTS],
                  lambda solution, inputs: {"middle": float(solution(inputs["points"]))})  # fmt: skip


def said(observation, function, holds=None):
    mistakes = {}
    wrong_version(
        mistakes, "middle", observation=(observation, "文"), question=("a", "b"), name=("c", "d"), holds=holds
    )(function)
    [one] = mistakes["middle"]
    found = [
        Trial(MIDDLE, case, try_case(MIDDLE, function, case), try_case(MIDDLE, np.mean, case))
        for case in MIDDLE.cases(None)
    ]
    return untrue(observation, one.holds, found)


def test_larger_than_any_point_is_refused_for_one_that_lies_between():
    def third(points):
        return points[0] + (points[1] - points[0]) / 3

    observation = "larger than any of these points"
    assert not is_checked(observation), "so an author must give holds"
    [found] = said(observation, third, lambda inputs, got, right: got["middle"] > max(inputs["points"]))
    assert found.startswith("holds is False for {'points': [-3.0, -1.5]}: got {'middle': -2.5}")
    assert said("between the points", third, lambda inputs, got, right: min(inputs["points"]) < got["middle"]) == []


@pytest.mark.parametrize("observation, function, true", [
    ("`middle` is right", np.mean, True),
    ("`middle` is right in every case", np.sum, False),
    ("`middle` is twice what it should be", np.sum, True),
    ("`middle` is half of what it should be", np.sum, False),
    ("`middle` is too large", np.sum, True),  # in size: the sum of negative numbers, too
    ("`middle` is too small", np.sum, False),
    ("`middle` is too large", max, True),
    ("`middle` has the wrong sign", lambda points: -np.mean(points), True),
    ("`middle` has the wrong sign", np.sum, False),
    ("the returned values are right, but the array handed in as `points` has changed", lambda points: np.mean(points), False),
    ("the returned values are right, but the array handed in as `points` has changed",
     lambda points: np.mean(points) if points.append(np.mean(points)) is None else None, True),
    ("`middle` is too large; `middle` is right", np.sum, False),
    ("every entry has the wrong sign", lambda points: -np.mean(points), True),
    ("every entry is twice what it should be", lambda points: 3 * np.mean(points), False),
    ("the rest is right; `middle` has the wrong sign", lambda points: -np.mean(points), True),
    ("everything is right but `other`", np.sum, False),
    ("`middle` is right after one step", np.sum, False),
    ("right up to `middle`", np.sum, False),
    ("all numbers are right", np.sum, False),
    ("the numbers are right for float64", np.sum, False),
    ("for float32 inputs the answer comes back as float64", np.mean, False),  # no case is float32
])  # fmt: skip
def test_a_clause_of_a_known_form_is_checked_as_it_stands(observation, function, true):
    assert is_checked(observation) and (said(observation, function) == []) == true


def test_a_sentence_of_another_form_is_not():
    assert not is_checked("`middle` is right; it moves")


if __name__ == "__main__":
    print(dict(sorted(Counter({name: len(by_hand(name)) for name in NAMES}).items())))
