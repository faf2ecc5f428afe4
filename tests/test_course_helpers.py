"""A wrong helper costs its own exercise only, in class too: its caller is tried with the course's in its place."""

import os
import signal

import pytest
from parked import Parked, answer, code, graded, judge, notebook
from test_helpers import CALLER, RIGHT, WRONG

from autograder.inside import snapshot
from autograder.judging import branch, proxies
from autograder.judging.course_helpers import CourseHelpers
from autograder.pages.graded import Exercise, describe
from autograder.sandbox.settings import Settings
from autograder.wire.limits import WireLimits

SETUP = "import numpy as np\nfrom descent.hyper import require\n"
STUB = "def momentum_step(*args, **hyper):\n    raise NotImplementedError('momentum_step: not written yet')\n"
BATCHES = """
def minibatches(X, y, *, batch_size, rng):
    require(batch_size >= 1, "batch_size", batch_size, "a whole number >= 1")
    order = {order}
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]
"""
CHECKS = ("momentum_step", "nesterov_step")


def marks(source, names=CHECKS, tests=None):
    """{exercise: verdict} of a notebook that checks these exercises in this order."""
    tests = tests or [graded(f'check("{name}", {name})', f"test_{name}", 10) for name in names]
    nb = notebook(code(SETUP, "setup"), *(answer(f"def {name}(): pass", name) for name in names), *tests)
    with Parked(SETUP + source, *(test.id for test in tests)) as ran:
        verdicts = judge(nb, ran, assignment="03", secret="s", settings=Settings())
    return {verdict.grade_id.removeprefix("test_"): verdict for verdict in verdicts}


def card(verdict):
    return verdict.outputs[0]["data"]["text/plain"]


@pytest.mark.parametrize(
    "helper", [WRONG, STUB, "momentum_step = None\n", ""], ids=["wrong", "stub", "None", "missing"]
)
def test_the_caller_earns_its_points_and_the_card_says_whose_mistake_it_is(helper):
    found = marks(helper + CALLER)
    assert (found["momentum_step"].points, found["nesterov_step"].points) == (0, 10)
    assert "calls `momentum_step`, and yours is wrong or missing" in card(found["nesterov_step"])


def test_a_right_helper_is_left_alone_and_nothing_is_said():
    found = marks(RIGHT + CALLER)
    assert [verdict.points for verdict in found.values()] == [10, 10]
    assert "wrong or missing" not in card(found["nesterov_step"])


def test_a_caller_that_is_wrong_itself_loses_its_own_points_only():
    widened = CALLER.replace("return momentum_step", "params, velocity = momentum_step")
    widened += "    return np.float64(params), np.float64(velocity)\n"
    alone, both = (marks(helper + widened)["nesterov_step"] for helper in (RIGHT, WRONG))
    assert 0 < alone.points < 10 and both.points == alone.points and both.failed == alone.failed


def test_a_helper_between_is_followed():
    between = "def mine(*args, **hyper):\n    return momentum_step(*args, **hyper)\n"
    caller = CALLER.replace("return momentum_step", "return mine")
    assert marks(WRONG + between + caller)["nesterov_step"].points == 10


def test_two_answers_that_call_each_other_earn_nothing():
    first = "def momentum_step(params, grads, velocity, **hyper):\n    return nesterov_step(params, lambda x: grads, velocity, **hyper)\n"
    found = marks(first + CALLER)
    assert found["momentum_step"].points == 0  # what calls it has its own points, as with any wrong helper
    assert marks(first + CALLER, names=CHECKS[::-1])["nesterov_step"].points == 0


def test_a_generator_function_and_a_random_generator_cross_as_well():
    caller = """
def minibatch_sgd(params, loss_and_grads, X, y, *, lr, batch_size, num_epochs, rng):
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(num_epochs >= 0, "num_epochs", num_epochs, "a whole number >= 0")
    path, losses = [params], []
    for _ in range(num_epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size=batch_size, rng=rng):
            loss, grads = loss_and_grads(params, X_batch, y_batch)
            params = params - lr * grads
            path.append(params)
            losses.append(loss)
    return np.array(path), np.array(losses)
"""
    names = ("minibatches", "minibatch_sgd")
    right, wrong = (BATCHES.replace("{order}", order) for order in ("rng.permutation(len(X))", "np.arange(len(X))"))
    at_best = marks(right + caller, names)["minibatch_sgd"].points
    found = marks(wrong + caller, names)
    assert found["minibatches"].points < 10 and found["minibatch_sgd"].points == at_best > 0


def test_a_process_that_answers_nonsense_keeps_its_own_functions():
    class_ = "class nesterov_step:\n    def __new__(cls, *args, **hyper):\n        raise ValueError\n    __code__ = 3\n"
    assert marks(WRONG + class_)["nesterov_step"].points == 0


def test_little_time_left_means_no_second_try():
    link = CourseHelpers(link=None, earlier=["momentum_step"], time_left=lambda: 0.0)
    with link.second_try(print) as copy:
        assert copy is None and link.wrong() == []


def test_which_helper_is_wrong_is_known_from_its_own_test():
    link = CourseHelpers(link=None, earlier=["a", "b"], checked={"a": True, "b": False})
    link.replaced = {"a": None, "b": None}
    assert link.wrong() == ["b"]
    link.checked.clear()  # another judge has tried them
    assert link.wrong() == ["a", "b"]


@pytest.mark.parametrize("response", [3, "momentum_step", {}])
def test_a_hostile_response_to_the_question_costs_its_sender_only(response, monkeypatch):
    monkeypatch.setitem(snapshot.SERVE, "uses", lambda *_: response)  # the fork inherits it
    found = marks(WRONG + CALLER)
    assert found["nesterov_step"].points == 0 and (found["nesterov_step"].reason or {}).get("code") != "test_broken"


def test_a_builtin_as_answer_can_be_asked():
    assert marks(RIGHT + "nesterov_step = np.dot\n")["nesterov_step"].points == 0


def test_the_feedback_page_keeps_what_is_said_of_a_caller_that_passes():
    verdict = marks(WRONG + CALLER)["nesterov_step"]
    cell = graded('check("nesterov_step", nesterov_step)', "test_nesterov_step", 10)
    cell.outputs = verdict.outputs
    exercise = Exercise(id="test_nesterov_step", name="nesterov_step", score=10, most=10, state="", is_text=False)
    describe(exercise, cell, {}, {}, "en", False)
    assert exercise.state == "passed" and "yours is wrong or missing" in exercise.why


@pytest.mark.parametrize("ours", ["while True: pass", "os._exit(0)", "raise SystemExit", "pass"])
def test_a_second_try_that_never_ends_costs_nothing_of_what_the_first_one_earned(ours):
    """The caller has one mistake of its own, and does something else when the helper is the course's."""
    lazy = RIGHT.replace("def momentum_step", "def right")
    lazy = lazy.replace('    require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")\n', "")
    test = f"    if type(momentum_step).__name__ != 'function':\n        {ours}\n    return right("
    found = marks("import os\n" + lazy + WRONG + CALLER.replace("    return momentum_step(", test))
    alone = marks(lazy + CALLER.replace("return momentum_step(", "return right("))
    assert 0 < found["nesterov_step"].points == alone["nesterov_step"].points < 10
    assert found["nesterov_step"].failed == alone["nesterov_step"].failed


def test_a_copy_that_has_ended_before_we_look_costs_the_first_try_nothing(monkeypatch):
    def gone(pid):
        os.kill(pid, signal.SIGKILL)
        raise ProcessLookupError

    with Parked("def f(x):\n    return x + 1", "t") as ran:
        snapshot = ran.snapshots["t"]
        link = proxies.connect(snapshot.socket, WireLimits(seconds=20))
        function = link.request("get", "f")
        with monkeypatch.context() as patched:
            patched.setattr(branch.os, "pidfd_open", gone)
            with branch.branched(link, function, snapshot.pid, 20.0) as copy:
                assert copy is None
        assert function(1) == 2
        with branch.branched(link, function, snapshot.pid, 20.0) as copy:
            assert copy[1](2) == 3
        assert function(3) == 4
