"""Mark a solution as the judge does, with the right answers to the hidden cases computed once for all tests.

Nearly all the time of a mark goes into these answers. The cases themselves are drawn anew for each mark, because a
solution may change what it is given.
"""

from functools import cache

from autograder.judging.mark import expected, hidden_rng
from autograder.judging.mark import mark as mark_once
from descent.exercises import visible_cases


@cache
def right_answers(name, assignment, secret):
    exercise, visible, key, hidden = expected(name, assignment, secret)
    return exercise, key, [outcome for _, outcome in hidden]


def mark(name, solution, *, assignment, secret, **others):
    exercise, key, answers = right_answers(name, assignment, secret)
    hidden = list(zip(exercise.cases(hidden_rng(secret, assignment, name)), answers, strict=True))
    ready = {name: (exercise, visible_cases(exercise), key, hidden)}
    return mark_once(name, solution, assignment=assignment, secret=secret, ready=ready, **others)
