"""Students get the leading `require` lines with the stub, so wrong answers contain them, too.

The catalogue of mistakes and the tests' variants are written without these lines; here they are added.
"""

import ast
import textwrap
from collections.abc import Callable
from functools import cache, wraps

from autograder.authoring.mutants import build, drop_docstrings, is_require, source_of


def with_given_lines(right: Callable, solution: Callable) -> Callable:
    """`solution` with the leading `require` lines of `right` in front; for a class, those of its __init__."""
    run_given_lines = given_lines(right)
    if run_given_lines is None:
        return solution
    if isinstance(solution, type):

        class Given(solution):
            def __init__(self, *args, **kwargs):
                run_given_lines(self, *args, **kwargs)
                super().__init__(*args, **kwargs)

        Given.__name__ = Given.__qualname__ = solution.__name__
        return Given

    @wraps(solution)
    def function(*args, **kwargs):
        run_given_lines(*args, **kwargs)
        return solution(*args, **kwargs)

    return function


@cache
def given_lines(right: Callable) -> Callable | None:
    """A function that runs the leading `require` lines of `right`, or of its __init__; None if it has none."""
    tree = ast.parse(textwrap.dedent(source_of(right)))
    drop_docstrings(tree)
    function = tree.body[0]
    if isinstance(function, ast.ClassDef):
        function = next(
            (node for node in function.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"), None
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
