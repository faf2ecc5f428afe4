"""The `require` lines of an answer stand in the stub that a student is given, so wrong answers have them, too.

The catalogue of mistakes and the tests' variants are written without them; here they are put in front.
"""

import ast
import textwrap
from collections.abc import Callable
from functools import cache, wraps

from autograder.authoring.mutants import build, drop_docstrings, is_require, source_of


def with_given_lines(right: Callable, solution: Callable) -> Callable:
    """`solution` behind the leading `require` lines of `right`; of a class, those of its __init__."""
    given = given_lines(right)
    if given is None:
        return solution
    if isinstance(solution, type):

        class Given(solution):
            def __init__(self, *args, **kwargs):
                given(self, *args, **kwargs)
                super().__init__(*args, **kwargs)

        Given.__name__ = Given.__qualname__ = solution.__name__
        return Given

    @wraps(solution)
    def function(*args, **kwargs):
        given(*args, **kwargs)
        return solution(*args, **kwargs)

    return function


@cache
def given_lines(right: Callable) -> Callable | None:
    """A function that runs the leading `require` lines of `right`, or of its __init__; None where there are none."""
    tree = ast.parse(textwrap.dedent(source_of(right)))
    drop_docstrings(tree)
    function = tree.body[0]
    if isinstance(function, ast.ClassDef):
        function = next(
            (one for one in function.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None
        )
    lines = []
    for line in function.body if function else []:
        if not is_require(line):
            break
        lines.append(line)
    if not lines:
        return None
    function.body, function.name = lines, right.__name__
    return build(right, ast.unparse(ast.fix_missing_locations(ast.Module([function], []))))
