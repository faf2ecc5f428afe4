"""The judge sees a solution over the wire, a student's notebook holds it in process: the card is the same."""

import numpy as np
import pytest

from autograder.authoring.answer_keys import known_mistakes
from autograder.judging.proxies import connect, mark_class
from autograder.wire.limits import WireLimits
from descent.exercises import table
from reference.lookup import reference_function
from tests.marking import mark
from tests.parked import park

EVERY_ONE = [
    (name, mistake.function)
    for name in ("ema_momentum_step", "nesterov_step")
    for mistake in known_mistakes("momentum")[name]
]
ONE_OF_EACH = [(name, known_mistakes(topic)[name][0].function) for name, (topic, _) in table().items()]
RIGHT = [(name, reference_function(exercise)) for name, (_, exercise) in table().items()]


def over_the_wire(name, function):
    snapshot = park({name: function})
    try:
        link = connect(snapshot.socket, WireLimits(seconds=600))  # counted as time that passes, on a busy machine, too
        proxy = link.request("get", name)
        if isinstance(function, type):  # as the judge does for what the instructor's notebook defines as a class
            mark_class(proxy)
        return marked(name, proxy)
    finally:
        snapshot.close()


def marked(name, solution):
    return mark(name, solution, points=8, assignment="any", secret="a class", lang="en")


# Two of the mistakes divide 0 by 0; a parked process inherits the filters of this one.
@pytest.mark.filterwarnings("ignore:(invalid value|divide by zero) encountered:RuntimeWarning")
@pytest.mark.parametrize("pairs", [EVERY_ONE, ONE_OF_EACH, RIGHT], ids=["every_one", "one_of_each", "right"])
def test_the_card_is_the_same_over_the_wire(pairs):
    assert pairs
    different = [
        (name, function.__name__) for name, function in pairs if over_the_wire(name, function) != marked(name, function)
    ]
    assert not different


def returns_a_matrix(params, grads, velocity, *, lr, momentum=0.9):
    class Always(np.ndarray):
        def __eq__(self, other):
            return True

    return np.zeros(np.shape(params)).view(Always), momentum * velocity + grads


def test_an_object_of_the_students_is_no_answer_and_is_called_what_it_is():
    there = over_the_wire("momentum_step", returns_a_matrix)
    assert there.points == 0 and "'not plain data'" in there.text


def never_ends(params, grads, velocity, *, lr, momentum=0.9):
    while True:
        pass


def test_a_loop_that_never_ends_is_said_to_be_one():
    snapshot = park({"momentum_step": never_ends})
    try:
        link = connect(snapshot.socket, WireLimits(seconds=0.3))
        there = marked("momentum_step", link.request("get", "momentum_step"))
    finally:
        snapshot.close()
    assert there.points == 0 and "Does a loop never get to its end?" in there.text
