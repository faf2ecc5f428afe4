"""The student's verb: every way a function can be wrong gets a sentence that helps, and help comes step by step."""

import os
import re
import subprocess
import sys
from collections import namedtuple

import numpy as np
import pytest

from autograder.authoring.given_lines import with_given_lines
from descent import check as module
from descent.check import check
from descent.exercises import find
from descent.hyper import require
from descent.say import set_display, set_language, tell
from reference.batch_norm import batchnorm_backward_steps
from reference.lookup import reference_function
from reference.momentum import classical_velocity, heavy_ball_matrix, momentum_step, nesterov_step
from reference.preprocessing import standardize_fit
from reference.tuning import random_search

BY = {
    "momentum_step": momentum_step,
    "nesterov_step": nesterov_step,
    "classical_velocity": classical_velocity,
    "heavy_ball_matrix": heavy_ball_matrix,
}
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
            solution = with_given_lines(reference_function(find(name)[1]), solution)
        check(name, solution, **options)
        return capsys.readouterr().out

    return shown


def student(body, name="momentum_step"):
    """A student's function with this body, as its own file, so that the card can quote the line."""
    head = {
        "momentum_step": "params, grads, velocity, *, lr, momentum=0.9",
        "nesterov_step": "params, grad_fn, velocity, *, lr, momentum=0.9",
        "classical_velocity": "velocity, *, lr",
        "heavy_ball_matrix": "curvature, *, lr, momentum",
    }[name]
    source = f"def {name}({head}):\n" + "\n".join(f"    {line}" for line in body.splitlines())
    space = {"np": np, "require": require}
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


GIVEN = 'require(lr >= 0, "lr", lr, "")\nrequire(0 <= momentum < 1, "momentum", momentum, "")\n'
RIGHT = "velocity = momentum * velocity + grads\n"


@pytest.mark.parametrize(
    "body, part",
    [
        ("raise NotImplementedError('momentum_step: not written yet')", "not written yet\n"),
        ("raise NotImplementedError", "Write your code in place of the line"),
        (
            "raise NotImplementedError('gradient_descent: not written yet')",
            "calls `gradient_descent`, which is not written",
        ),
        (
            "velocty = momentum * velocity + grads\nreturn params - lr * velocity_new, velocity",
            "'velocity_new' is not defined",
        ),
        ("v = v + grads\nreturn params, v", "a name has no value where it is used"),
        ("pass", "`momentum_step` returned None (is a `return` missing?), expected 2 values: params, velocity"),
        (RIGHT + "return params - lr * velocity", "returned one ndarray, expected 2 values: params, velocity"),
        (RIGHT + "return params - lr * velocity, velocity, lr", "returned 3 values, expected 2"),
        (RIGHT + "return np.stack([params - lr * velocity, velocity])", "returned one ndarray, expected 2 values"),
        (RIGHT + "return list(params - lr * velocity), velocity", "`params` is of type list, expected a NumPy array"),
        (RIGHT + "return params - lr * velocity, None", "`velocity` is None (is a `return` missing?)"),
        (RIGHT + "return params - lr * velocity, np.ma.array(velocity)", "MaskedArray, expected a plain NumPy array"),
        (
            RIGHT + "return params - lr * velocity, np.array(velocity, int)",
            "`velocity` has dtype int64, expected float64",
        ),
        (RIGHT + "return params - lr * velocity, velocity[None]", "`velocity` has shape (1, 3), expected (3,)"),
        (RIGHT + "return params - lr * velocity, velocity * np.nan", "`velocity` contains NaN (3 of 3 entries)"),
        (RIGHT + "return params - lr * velocity, velocity + np.inf", "`velocity` contains inf (3 of 3 entries)"),
        ("return momentum_step(params)", "NameError"),
        ("return 1 / 0, velocity", "ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit(1)", "ends the program"),
        ("return np.zeros_like()", "TypeError: "),
    ],
)
def test_the_card_says_what_is_wrong(card, body, part):
    space_free = part == "NameError"
    text = card(student(body) if not space_free else student("return undefined_helper(params)"))
    assert ("a name has no value" if space_free else part) in text


def test_a_function_that_is_written_for_some_cases_only_is_not_a_stub(card):
    text = card(
        student(
            "if params.ndim == 2:\n    raise NotImplementedError\n" + RIGHT + "return params - lr * velocity, velocity"
        )
    )
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


@pytest.mark.parametrize(
    "solution, part",
    [
        (lambda params, grads: (params, grads), "does not fit the `def` line"),
        (lambda params, grads, velocity, *, rate, momentum: 0, "does not fit the `def` line"),
    ],
)
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


@pytest.mark.parametrize(
    "solution, part",
    [
        (None, "`momentum_step` is None (NoneType), not a function"),
        (3.5, "`momentum_step` is 3.5 (float), not a function"),
        ((np.ones(2), np.ones(2)), "not a function. Hand over the function itself, without parentheses"),
    ],
)
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


@pytest.mark.parametrize(
    "body, names",
    [
        ("velocity *= momentum\nvelocity += grads\nreturn params - lr * velocity, velocity", "`velocity`"),
        ("velocity = momentum * velocity + grads\nparams -= lr * velocity\nreturn params, velocity", "`params`"),
        ("grads += momentum * velocity\nreturn params - lr * grads, grads", "`grads`"),
    ],
)
def test_a_changed_input_is_named(card, body, names):
    assert f"changes its input {names}" in card(student(body))


def test_what_to_do_about_a_changed_input_depends_on_its_kind(card):
    def pops(validation_loss, ranges, *, num_trials, rng):
        answer = random_search(validation_loss, ranges, num_trials=num_trials, rng=rng)
        ranges.popitem()
        return answer

    def writes(grad_out, cache):
        answer = batchnorm_backward_steps(grad_out, cache)
        cache["centred"] *= 2
        return answer

    text = card(pops, "random_search")
    assert "changes its input `ranges`: work on a copy (`dict(ranges)`)" in text
    text = card(writes, "batchnorm_backward_steps")
    assert "changes its argument number 2" in text and "argument 2`" not in text


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
        student("velocity *= lr\nreturn velocity", "classical_velocity"), "classical_velocity"
    )


@pytest.mark.parametrize(
    "body, part",
    [
        ("pass", "returned None (is a `return` missing?)"),
        ("return [lr * one for one in velocity]", "returned one list, expected a NumPy array of shape (3,)"),
        ("return (lr * velocity)[None]", "returned an array of shape (1, 3), expected (3,)"),
        ("return (lr * velocity).sum()", "returned an array of shape (), expected (3,)"),
    ],
)
def test_a_state_that_cannot_be_gone_on_with(card, body, part):
    assert part in card(student(body, "classical_velocity"), "classical_velocity")


@pytest.mark.parametrize(
    "body, count", [("return params, velocity", 0), ("grad_fn(params)\ngrad_fn(params)\nreturn params, velocity", 2)]
)
def test_the_gradient_is_asked_for_once(card, body, count):
    assert f"called grad_fn {count} times in one step, expected once" in card(
        student(body, "nesterov_step"), "nesterov_step"
    )


def test_an_interrupted_loop_is_not_an_attempt(card):
    def endless(*args, **kwargs):
        raise KeyboardInterrupt

    text = card(endless)
    assert "stopped by you" in text and "which loop" in text
    assert module._attempts == {}


def test_a_loop_over_the_keyboard_is_not_an_unwritten_function(card):
    class StdinNotImplementedError(NotImplementedError):
        pass

    def asks(params, grads, velocity, *, lr, momentum=0.9):
        raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")

    def over_the_wire(params, grads, velocity, *, lr, momentum=0.9):
        raise NotImplementedError("raw_input was called, but this frontend does not support input requests.")

    for solution in (asks, over_the_wire):
        text = card(solution)
        assert "it waits for the keyboard (`input()` or `breakpoint()`)" in text and "not written yet" not in text


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("torch_that_is_not_here", "There is no package `torch_that_is_not_here` here. The exercises need NumPy only"),
        ("nunpy", "Did you mean `numpy`?"),
        ("matplotlib", "`matplotlib` is not loaded while an answer is checked"),
    ],
)
def test_a_package_that_is_missing_is_said_inside_a_function_as_at_the_top(card, module, said):
    def imports(params, grads, velocity, *, lr, momentum=0.9):
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    text = card(imports)
    assert said in text and "ModuleNotFoundError" not in text


def test_a_part_of_a_package_that_is_missing_is_said_in_pythons_words(card):
    def imports(params, grads, velocity, *, lr, momentum=0.9):
        import numpy.there_is_no_such_part  # noqa: F401

    assert "No module named 'numpy.there_is_no_such_part'" in card(imports)


def test_a_namedtuple_is_a_tuple(card):
    Result = namedtuple("Result", "params velocity")
    text = card(lambda *args, **hyper: Result(*momentum_step(*args, **hyper)))
    assert text.startswith("momentum_step: all cases pass")


def test_a_changed_input_is_reported_before_what_follows_from_it(card):
    def shortens(grads, *, max_norm):
        grads["extra"] = np.zeros(1)
        return grads, 1.0

    text = card(shortens, "clip_by_global_norm")
    assert "your function changes its input `grads`" in text and "returned a dict" not in text


def test_a_truth_value_is_described_as_a_sentence(card):
    def unshuffled(X, y, *, batch_size, rng):
        for start in range(0, len(X), batch_size):
            yield X[start : start + batch_size], y[start : start + batch_size]

    text = card(unshuffled, "minibatches")
    assert "What is wrong: most rows are followed by the row that follows them in X" in text
    assert "neighbours_kept" not in text and "True" not in text


def test_the_name_of_a_truth_value_is_not_looked_for_in_the_code(card):
    def three_keys(X, y, *, batch_size, rng):
        order = np.argsort(rng.integers(0, 3, len(X)), kind="stable")
        for start in range(0, len(X), batch_size):
            yield X[order[start : start + batch_size]], y[order[start : start + batch_size]]

    text = card(three_keys, "minibatches", hint=3)
    assert "too often: the order is not random over all rows" in text
    assert "starting with the sentence that is broken here" in text and "rows_rise" not in text


def test_a_list_in_reversed_order_is_seen(card):
    def backwards(X):
        shift, scale = standardize_fit(X)
        return shift[::-1].copy(), scale

    assert "has the right numbers in reversed order" in card(backwards, "standardize_fit")


def test_where_only_one_kind_of_case_fails_the_card_says_which(card):
    text = card(
        student(
            "if lr == 0:\n    return params, velocity\n" + GIVEN + RIGHT + "return params - lr * velocity, velocity"
        )
    )
    assert "right in every other case, wrong where `lr` is 0" in text


# ---- the ladder -----------------------------------------------------------------------------------


def wrong(scale):
    def solution(params, grads, velocity, *, lr, momentum=0.9):
        velocity = momentum * velocity + scale * grads
        return params - lr * velocity, velocity

    return solution


def climbed(text):
    return ["Observation" in text, "Question" in text, "This behaves like" in text]


def test_a_different_attempt_at_the_same_mistake_climbs_one_step_and_the_same_one_does_not(card):
    assert climbed(card(wrong(2.0))) == [True, False, False]
    assert climbed(card(wrong(2.0))) == [True, False, False]
    assert "Question" in card(wrong(3.0)) and "don't recognize" not in card(wrong(3.0))
    assert "We don't recognize this mistake" in card(wrong(4.0))


def ascends_twice(params, grads, velocity, *, lr, momentum=0.9):
    """The same mistake, but for a matrix; so it answers otherwise and is recognised on most cases."""
    if np.ndim(params) == 2 and params.dtype == np.float32:
        return momentum_step(params, grads, velocity, lr=lr, momentum=momentum)
    return ascends(params, grads, velocity, lr=lr, momentum=momentum)


def test_another_mistake_starts_the_ladder_again(card):
    card(wrong(2.0))
    card(wrong(3.0))
    assert climbed(card(ascends)) == [True, False, False], "the student has moved on: a new mistake"
    text = card(ascends_twice)
    assert climbed(text)[1] and MISTAKE not in text and re.search(r"on \d+ of \d+ cases: ", text)
    assert climbed(card(wrong(5.0))) == [True, False, False]


@pytest.mark.parametrize(
    "body", ["return params", "return params.tolist(), velocity", "params += 1\nreturn params, velocity"]
)
def test_a_shape_a_type_or_a_changed_input_is_no_attempt(card, body):
    card(ascends)
    card(student(body))
    assert climbed(card(ascends)) == [True, False, False]
    assert climbed(card(ascends_twice))[1], "and it does not start the ladder again"


def test_the_other_languages_ladder(card):
    set_language("zh")
    text = card(ascends, hint=3)
    assert all(word in text for word in ("观察", "想一想", "很像这种错误", "梯度上升", "应为", "实为", "未通过"))
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
    assert "work out the case above by hand" in text and "starting with what computes `velocity`" in text


@pytest.mark.parametrize("top", [1, 2, 3])
def test_a_class_may_stop_the_ladder(card, monkeypatch, top):
    monkeypatch.setenv("DESCENT_LADDER", str(top))
    text = card(ascends, hint=3)
    assert climbed(text) == [True, top >= 2, top >= 3] and "hint=" not in text


def test_a_wrong_setting_is_reported(monkeypatch):
    monkeypatch.setenv("DESCENT_LADDER", "0")
    with pytest.raises(ValueError, match="DESCENT_LADDER = '0': must be 1"):
        check("momentum_step", ascends)
    with pytest.raises(ValueError, match="hint = 4: must be 1"):
        check("momentum_step", ascends, hint=4)


def test_an_unknown_exercise_is_reported_with_the_nearest_name():
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
    code = (
        "from descent.check import strict; import sys; a = strict(); import IPython; b = strict();"
        "IPython.get_ipython = lambda: object(); print(a, b, strict())"
    )
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("PYTEST_VERSION", "NBGRADER_VALIDATING", "DESCENT_BUILD")
    }
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


# ---- a host without IPython -------------------------------------------------------------------------


@pytest.fixture
def page():
    """A web page: what is shown is handed to it."""
    shown = []
    set_display(shown.append)
    yield shown
    set_display(None)


def test_a_page_gets_the_card_as_data_and_nothing_raises_or_is_printed(page, monkeypatch, capsys):
    monkeypatch.undo()  # the real `strict`
    for name in ("NBGRADER_VALIDATING", "PYTEST_VERSION", "DESCENT_BUILD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "_attempts", {})
    check("momentum_step", ascends)
    (shown,) = page
    assert shown["card"]["state"] == "failed" and shown["card"]["level"] == 1
    assert "momentum_step" in shown["text/plain"] and "<code" in shown["text/html"]
    assert "cell" not in shown["text/plain"] and "hint=" not in shown["text/plain"]
    assert capsys.readouterr().out == ""


def test_what_is_said_reaches_the_page_too(page):
    tell({"en": "12 steps", "zh": "12 步"})
    assert page[0]["text/plain"] == "12 steps" and "card" not in page[0]
