"""The student's verb: every way a function can be wrong gets a sentence that helps, and help comes step by step."""

import os
import subprocess
import sys

import numpy as np
import pytest

from autograder.authoring.given_lines import with_given_lines
from descent import check as module
from descent.check import check
from descent.exercises import find
from descent.hyper import require
from descent.say import set_language
from reference.momentum import classical_velocity, heavy_ball_matrix, momentum_step, nesterov_step

BY = {"momentum_step": momentum_step, "nesterov_step": nesterov_step, "classical_velocity": classical_velocity,
      "heavy_ball_matrix": heavy_ball_matrix}
MISTAKE = "gradient ascent"


@pytest.fixture(autouse=True)
def a_session_of_ones_own(monkeypatch):
    """A student at a notebook: nothing raises, no attempts so far, English."""
    for name in ("NBGRADER_VALIDATING", "PYTEST_VERSION", "DESCENT_BUILD", "DESCENT_LADDER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "_attempts", {})
    monkeypatch.setattr(module, "strict", lambda: False)
    set_language("en")
    yield
    set_language("en")


@pytest.fixture
def card(capsys):
    """Run check and return the card's text."""
    def shown(solution, name="momentum_step", **options):
        if getattr(solution, "__module__", None) == __name__:  # written here without the lines a student is given
            solution = with_given_lines(BY[name], solution)
        check(name, solution, **options)
        return capsys.readouterr().out
    return shown


def student(body, name="momentum_step"):
    """A student's function with this body, as its own file, so that the card can quote the line."""
    head = {"momentum_step": "params, grads, velocity, *, lr, momentum=0.9",
            "nesterov_step": "params, grad_fn, velocity, *, lr, momentum=0.9",
            "classical_velocity": "velocity, *, lr", "heavy_ball_matrix": "curvature, *, lr, momentum"}[name]
    source = f"def {name}({head}):\n" + "\n".join(f"    {line}" for line in body.splitlines())
    space = {"np": np}
    exec(compile(source, "<student>", "exec"), space)
    return space[name]


def ascends(params, grads, velocity, *, lr, momentum=0.9):
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")
    velocity = momentum * velocity + grads
    return params + lr * velocity, velocity


def test_a_right_function_gets_a_short_card(card):
    text = card(momentum_step)
    assert text.startswith("momentum_step: all cases pass")
    assert "FAIL" not in text and "expected" not in text and len(text.splitlines()) == 6


RIGHT = "velocity = momentum * velocity + grads\n"


@pytest.mark.parametrize("body, part", [
    ("raise NotImplementedError('momentum_step: not written yet')", "not written yet\n"),
    ("raise NotImplementedError", "Write your code in place of the line"),
    ("raise NotImplementedError('gradient_descent: not written yet')", "calls `gradient_descent`, which is not written"),
    ("velocty = momentum * velocity + grads\nreturn params - lr * velocity_new, velocity", "'velocity_new' is not defined"),
    ("v = v + grads\nreturn params, v", "a name has no value where it is used"),
    ("pass", "`momentum_step` returned None (is a `return` missing?), expected 2 values: params, velocity"),
    (RIGHT + "return params - lr * velocity", "returned one ndarray, expected 2 values: params, velocity"),
    (RIGHT + "return params - lr * velocity, velocity, lr", "returned 3 values, expected 2"),
    (RIGHT + "return np.stack([params - lr * velocity, velocity])", "returned one ndarray, expected 2 values"),
    (RIGHT + "return list(params - lr * velocity), velocity", "`params` is of type list, expected a NumPy array"),
    (RIGHT + "return params - lr * velocity, None", "`velocity` is None (is a `return` missing?)"),
    (RIGHT + "return params - lr * velocity, np.ma.array(velocity)", "MaskedArray, expected a plain NumPy array"),
    (RIGHT + "return params - lr * velocity, np.array(velocity, int)", "`velocity` has dtype int64, expected float64"),
    (RIGHT + "return params - lr * velocity, velocity[None]", "`velocity` has shape (1, 3), expected (3,)"),
    (RIGHT + "return params - lr * velocity, velocity * np.nan", "`velocity` contains NaN (3 of 3 entries)"),
    (RIGHT + "return params - lr * velocity, velocity + np.inf", "`velocity` contains inf (3 of 3 entries)"),
    ("return momentum_step(params)", "NameError"),
    ("return 1 / 0, velocity", "ZeroDivisionError: division by zero"),
    ("import sys\nsys.exit(1)", "ends the program"),
    ("return np.zeros_like()", "TypeError: "),
])
def test_the_card_says_what_is_wrong(card, body, part):
    space_free = part == "NameError"
    text = card(student(body) if not space_free else student("return undefined_helper(params)"))
    assert ("a name has no value" if space_free else part) in text


def test_a_function_that_is_written_for_some_cases_only_is_not_a_stub(card):
    text = card(student("if params.ndim == 2:\n    raise NotImplementedError\n" + RIGHT
                        + "return params - lr * velocity, velocity"))
    assert text.startswith("momentum_step: 2 of 5 parts pass")
    assert "right for vectors, wrong for matrices" in text and "or not to the end" in text


def test_an_error_message_calls_grad_fn_by_its_name(card):
    text = card(student("return params, grad_fn()", "nesterov_step"), "nesterov_step")
    assert "TypeError: grad_fn() missing 1 required positional argument" in text and "`def` line" not in text


def test_a_wrong_dtype_gets_no_pattern_of_numbers(card):
    def objects(curvature, *, lr, momentum):
        return heavy_ball_matrix(curvature, lr=lr, momentum=momentum).astype(object)
    text = card(objects, "heavy_ball_matrix")
    assert "has dtype object, expected float64" in text and "Observation" not in text


def test_a_student_s_own_line_is_quoted(card):
    import linecache
    body = RIGHT + "return 1 / 0, velocity"
    source = ["def f():\n", "    velocity = ...\n", "    return 1 / 0, velocity\n"]
    linecache.cache["<student>"] = (1, None, source, "<student>")
    try:
        text = card(student(body))
    finally:
        del linecache.cache["<student>"]
    assert "In your code, line 3: `return 1 / 0, velocity`" in text


def test_a_function_that_calls_itself_for_ever(card):
    def momentum_step(params, grads, velocity, *, lr, momentum=0.9):
        return momentum_step(params, grads, velocity, lr=lr, momentum=momentum)
    assert "calls itself again and again" in card(momentum_step)


@pytest.mark.parametrize("solution, part", [
    (lambda params, grads: (params, grads), "does not fit the `def` line"),
    (lambda params, grads, velocity, *, rate, momentum: 0, "does not fit the `def` line"),
])
def test_a_changed_signature(card, solution, part):
    assert part in card(solution)


def test_a_wrong_call_inside_is_not_blamed_on_the_def_line(card):
    """The student's function is called as it should be; a call within it is not."""
    def helper(a, *, lr):
        return a

    def momentum_step(params, grads, velocity, *, lr, momentum=0.9):
        return helper(params), velocity
    text = card(momentum_step)
    assert "helper() missing 1 required keyword-only argument: 'lr'" in text and "`def` line" not in text


@pytest.mark.parametrize("solution, part", [
    (None, "`momentum_step` is None (NoneType), not a function"),
    (3.5, "`momentum_step` is 3.5 (float), not a function"),
    ((np.ones(2), np.ones(2)), "not a function. Hand over the function itself, without parentheses"),
])
def test_what_is_not_a_function(card, solution, part):
    text = card(solution)
    assert part in text and "First case" not in text


def test_a_number_called_inside_is_not_taken_for_that(card):
    text = card(student("lr = 3\nreturn lr(params), velocity"))
    assert "'int' object is not callable" in text and "not a function" not in text


def test_a_matrix_instead_of_an_array(card):
    def matrices(curvature, *, lr, momentum):
        return heavy_ball_matrix(curvature, lr=lr, momentum=momentum).view(type("matrix", (np.ndarray,), {}))
    assert "`matrix` is of type matrix, expected a plain NumPy array" in card(matrices, "heavy_ball_matrix")


@pytest.mark.parametrize("body, names", [
    ("velocity *= momentum\nvelocity += grads\nreturn params - lr * velocity, velocity", "`velocity`"),
    ("velocity = momentum * velocity + grads\nparams -= lr * velocity\nreturn params, velocity", "`params`"),
    ("grads += momentum * velocity\nreturn params - lr * grads, grads", "`grads`"),
])
def test_a_changed_input_is_named(card, body, names):
    assert f"changes its input {names}" in card(student(body))


def test_an_input_changed_at_a_later_step_only(card):
    calls = []

    def forgetful(params, grads, velocity, *, lr, momentum=0.9):
        calls.append(1)
        if calls[-4:] == [1] * 4 and len(calls) == 4:  # the second step of the first run
            velocity += 0.0
            velocity[0] += 1e-3
            grads[0] += 1
        return momentum_step(params, grads, velocity, lr=lr, momentum=momentum)
    text = card(forgetful)
    assert "changes its input `grads`, `velocity`" in text and "argument" not in text


def test_a_hyper_parameter_given_as_a_list_item_is_watched_too(card):
    assert "changes its input `velocity`" in card(
        student("velocity *= lr\nreturn velocity", "classical_velocity"), "classical_velocity")


@pytest.mark.parametrize("body, part", [
    ("pass", "returned None (is a `return` missing?)"),
    ("return [lr * one for one in velocity]", "returned one list, expected a NumPy array of shape (3,)"),
    ("return (lr * velocity)[None]", "returned an array of shape (1, 3), expected (3,)"),
    ("return (lr * velocity).sum()", "returned an array of shape (), expected (3,)"),
])
def test_a_state_that_cannot_be_gone_on_with(card, body, part):
    assert part in card(student(body, "classical_velocity"), "classical_velocity")


@pytest.mark.parametrize("body, count", [
    ("return params, velocity", 0), ("grad_fn(params)\ngrad_fn(params)\nreturn params, velocity", 2)])
def test_the_gradient_is_asked_for_once(card, body, count):
    assert f"called grad_fn {count} times in one step, expected once" in card(
        student(body, "nesterov_step"), "nesterov_step")


def test_an_interrupted_loop_is_not_an_attempt(card):
    def endless(*args, **kwargs):
        raise KeyboardInterrupt
    text = card(endless)
    assert "stopped by you" in text and "which loop" in text
    assert module._attempts == {}


# ---- the ladder -----------------------------------------------------------------------------------

def wrong(scale):
    def solution(params, grads, velocity, *, lr, momentum=0.9):
        velocity = momentum * velocity + scale * grads
        return params - lr * velocity, velocity
    return solution


def climbed(text):
    return ["Observation" in text, "Question" in text, "This behaves like" in text]


def test_a_different_attempt_climbs_one_step_and_the_same_one_does_not(card):
    assert climbed(card(wrong(2.0))) == [True, False, False]
    assert climbed(card(wrong(2.0))) == [True, False, False]
    assert climbed(card(wrong(3.0)))[1:] == [True, False]
    text = card(ascends)
    assert climbed(text) == [True, True, True] and MISTAKE in text


def test_the_other_languages_ladder(card):
    set_language("zh")
    text = card(ascends, hint=3)
    assert all(word in text for word in ("观察", "想一想", "这很像是", "梯度上升", "应为", "得到", "未通过"))
    assert "Observation" not in text and "FAIL" not in text


def test_the_first_card_names_nothing(card):
    text = card(ascends)
    assert climbed(text) == [True, False, False] and MISTAKE not in text and "hint=2" in text


@pytest.mark.parametrize("hint", [1, 2, 3])
def test_a_hint_on_request(card, hint):
    assert climbed(card(ascends, hint=hint)) == [hint >= 1, hint >= 2, hint >= 3]


def test_attempts_of_one_exercise_do_not_climb_anothers_ladder(card):
    for scale in (2.0, 3.0, 4.0):
        card(wrong(scale))
    text = card(heavy_ball_matrix_wrong, "heavy_ball_matrix")
    assert "Question" not in text


def heavy_ball_matrix_wrong(curvature, *, lr, momentum):
    return np.array([[1 - lr * curvature, -momentum], [1.0, 0.0]])


def test_a_stub_and_a_right_answer_are_no_attempts(card):
    card(student("raise NotImplementedError"))
    card(momentum_step)
    assert climbed(card(ascends)) == [True, False, False]


def test_an_unknown_mistake_gets_a_general_question_and_no_name(card):
    text = card(lambda p, g, v, *, lr, momentum=0.9: (np.cos(p), np.sin(v)), hint=3)
    assert "do it by hand" in text and "no mistake we know" in text


@pytest.mark.parametrize("top", [1, 2, 3])
def test_a_class_may_stop_the_ladder(card, monkeypatch, top):
    monkeypatch.setenv("DESCENT_LADDER", str(top))
    text = card(ascends, hint=3)
    assert climbed(text) == [True, top >= 2, top >= 3] and "hint=" not in text


def test_a_wrong_setting_is_told(monkeypatch):
    monkeypatch.setenv("DESCENT_LADDER", "0")
    with pytest.raises(ValueError, match="DESCENT_LADDER = '0': must be 1"):
        check("momentum_step", ascends)
    with pytest.raises(ValueError, match="hint = 4: must be 1"):
        check("momentum_step", ascends, hint=4)


def test_an_unknown_exercise_is_told_with_the_nearest():
    with pytest.raises(LookupError, match="'momentum_stpe'; did you mean 'momentum_step'"):
        check("momentum_stpe", momentum_step)
    with pytest.raises(LookupError, match="there is no exercise called 'xyz'$"):
        find("xyz")


# ---- who reads the result --------------------------------------------------------------------------

@pytest.fixture
def strictly(monkeypatch):
    monkeypatch.undo()
    monkeypatch.delenv("PYTEST_VERSION", raising=False)
    return monkeypatch


@pytest.mark.parametrize("name", ["NBGRADER_VALIDATING", "PYTEST_VERSION", "DESCENT_BUILD"])
def test_a_program_that_reads_the_result_gets_an_error(strictly, name):
    strictly.setattr("IPython.get_ipython", lambda: object())
    assert not module.strict()
    strictly.setenv(name, "1")
    assert module.strict()
    with pytest.raises(AssertionError, match="velocity.* is right and .*params"):
        check("momentum_step", ascends)
    with pytest.raises(NotImplementedError, match="not written yet"):
        check("momentum_step", student("raise NotImplementedError"))
    check("momentum_step", momentum_step)


def test_a_script_is_strict_and_a_notebook_is_not():
    code = ("from descent.check import strict; import sys; a = strict(); import IPython; b = strict();"
            "IPython.get_ipython = lambda: object(); print(a, b, strict())")
    environment = {key: value for key, value in os.environ.items()
                   if key not in ("PYTEST_VERSION", "NBGRADER_VALIDATING", "DESCENT_BUILD")}
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert out.stdout.split() == ["True", "True", "False"]


def test_a_card_shown_on_purpose_never_raises_and_is_no_attempt(monkeypatch, capsys):
    monkeypatch.setattr(module, "strict", lambda: True)

    def uphill(params, grads, velocity, *, lr, momentum=0.9):
        velocity = momentum * velocity + grads
        return params + lr * velocity, velocity

    module.show_card("momentum_step", uphill)
    first = capsys.readouterr().out
    module.show_card("momentum_step", uphill, hint=3)
    assert MISTAKE not in first and MISTAKE in capsys.readouterr().out
    assert module._attempts == {}
    with pytest.raises(ValueError, match="hint = 4"):
        module.show_card("momentum_step", uphill, hint=4)
