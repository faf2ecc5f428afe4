"""A mark with a visible case (2) and a hidden one (3), as autograder.judging.mark has them."""

from fake_mark import Mark


def begin(name, solution, *, points, **terms):
    got = solution(2)
    text = f"saw {got if isinstance(got, list) else 2}"
    return lambda: Mark(points if solution(3) == 6 and got == 4 else 0.0, text, "")


def mark(name, solution, **terms):
    return begin(name, solution, **terms)()
