"""A wrong function of the student's is not blamed on the one that calls it."""

import numpy as np
import pytest

from autograder.authoring.inline import NOT_WRITTEN
from descent import check as module
from descent.check import check
from descent.helpers import exercises_in, exercises_used, sentence, wrong_helpers
from descent.hyper import require
from descent.say import set_language

RIGHT = """
def momentum_step(params, grads, velocity, *, lr, momentum=0.9):
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")
    velocity = momentum * velocity + grads
    return params - lr * velocity, velocity
"""
WRONG = RIGHT.replace("params - lr", "params + lr")
CALLER = """
def nesterov_step(params, grad_fn, velocity, *, lr, momentum=0.9):
    grads = grad_fn(params - lr * momentum * velocity)
    return momentum_step(params, grads, velocity, lr=lr, momentum=momentum)
"""


def notebook(*cells):
    space = {"np": np, "require": require}
    for cell in cells:
        exec(cell, space)
    return space


@pytest.fixture
def card(capsys, monkeypatch):
    monkeypatch.setattr(module, "strict", lambda: False)
    monkeypatch.setattr(module, "_attempts", {})
    set_language("en")

    def shown(name, space):
        check(name, space[name])
        return capsys.readouterr().out

    return shown


def test_the_card_of_the_caller_names_the_wrong_helper(card):
    text = card("nesterov_step", notebook(WRONG, CALLER))
    assert "`nesterov_step` calls your `momentum_step`, which fails its own check. Mend `momentum_step` first" in text


def test_a_right_helper_is_not_mentioned_and_a_right_caller_has_no_such_sentence(card):
    backwards = CALLER.replace("params - lr", "params + lr")
    assert "momentum_step`, which fails" not in card("nesterov_step", notebook(RIGHT, backwards))
    assert "all cases pass" in card("nesterov_step", notebook(RIGHT, CALLER))


@pytest.mark.parametrize("said", NOT_WRITTEN.values())
def test_a_helper_that_is_not_written_yet_is_reported_once(card, said):
    stub = f"def momentum_step(*args, **hyper):\n    raise NotImplementedError('{said.format(name='momentum_step')}')\n"
    text = card("nesterov_step", notebook(stub, CALLER))
    assert (
        "`nesterov_step` calls `momentum_step`, which is not written yet" in text and "fails its own check" not in text
    )


def test_a_function_of_ones_own_may_stand_between(card):
    between = "def mine(*args, **hyper):\n    return momentum_step(*args, **hyper)\n"
    text = card("nesterov_step", notebook(WRONG, between, CALLER.replace("return momentum_step", "return mine")))
    assert "`nesterov_step` calls your `momentum_step`, which fails its own check" in text


def test_what_a_function_uses_is_read_from_its_code_inner_functions_and_methods_included():
    space = notebook(
        "def a():\n    return [momentum_step for _ in ()], lambda: nesterov_step\n"
        "class B:\n    def go(self):\n        return momentum_step"
    )
    assert set(exercises_used("x", space["a"])) == {"momentum_step", "nesterov_step"}
    assert exercises_used("x", space["B"]) == ["momentum_step"]
    assert exercises_used("momentum_step", space["B"]) == [] and exercises_used("x", 3) == []


def test_the_text_of_an_answer_says_the_same():
    assert exercises_in("nesterov_step", CALLER) == ["momentum_step"] and exercises_in("x", "def (") == []
    assert exercises_in("momentum_step", RIGHT) == []


@pytest.mark.parametrize(
    "failing, found",
    [
        ({"low"}, ["low"]),
        ({"low", "middle"}, ["low"]),
        ({"middle"}, ["middle"]),
        ({"low", "other"}, ["low", "other"]),
        ((), []),
    ],
)
def test_the_deepest_wrong_helper_is_the_one_to_mend(failing, found):
    used = {
        "top": ["middle", "other"],
        "middle": ["low"],
        "low": ["top"],
        "other": ["low"] if "other" not in failing else [],
    }
    assert wrong_helpers("top", used.__getitem__, lambda name: name not in failing) == found


def test_several_helpers_are_listed_in_both_languages():
    both = sentence("top", ["a", "b", "c"])
    assert "`a`, `b` and `c`, which fail their own checks" in both["en"] and "`a`、`b`、`c`" in both["zh"]
