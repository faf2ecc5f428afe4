"""Read the test cells of an instructor's notebook: code to run, names to request from the student's process, exercises."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType

from autograder.intake.roles import CourseCell
from autograder.judging.names import Statement, plan_test


@dataclass
class Test:
    """A test cell, parsed and compiled. steps: ("run", code) and ("ask", name), in order. last: the expression whose
    value is the points, None if the cell ends with another statement. error: why it could not be compiled.
    kind: "check" if it ends with a call of `check` and uses it nowhere else, "plain" if it does not use it, "mixed"."""

    flags: dict
    steps: list[tuple]
    kind: str = "plain"
    exercise: str | None = None  # the exercise that it checks
    earlier: tuple[str, ...] | None = (
        None  # the exercises of the tests before it; None if it checks none of the course's
    )
    classes: frozenset[str] = frozenset()  # names that the instructor's answers define as classes
    last: CodeType | None = None
    error: Exception | None = None


def read_test(cells: Sequence[CourseCell], index: int, *, known: list[Statement]) -> Test:
    """The test cell at `index`. known: names.statements(cells)."""
    test = Test(cells[index].metadata["nbgrader"], [])
    try:
        plan = plan_test(cells, index, known=known)
        test.steps = [(action, compiled([item]) if action == "run" else item) for action, item in plan.steps]
        body = plan.test.body
        test.kind, test.exercise = kind_of(body), exercise_of(body)
        test.classes = plan.classes
        if body and isinstance(body[-1], ast.Expr):
            test.last = compile(ast.Expression(body[-1].value), "<test>", "eval", optimize=0)
            body.pop()
        test.steps.append(("run", compiled(body)))
    except Exception as error:
        test.error = error
    return test


def kind_of(body: list[ast.stmt]) -> str:
    uses = sum(isinstance(node, ast.Name) and node.id == "check" for statement in body for node in ast.walk(statement))
    last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    is_call = isinstance(last, ast.Call) and isinstance(last.func, ast.Name) and last.func.id == "check"
    return "plain" if not uses else "check" if is_call and uses == 1 else "mixed"


def exercise_of(body: list[ast.stmt]) -> str | None:
    """The exercise in a test's last expression, check("momentum_step", momentum_step); None without such a call."""
    if kind_of(body) != "check":
        return None
    arguments = body[-1].value.args  # type: ignore[attr-defined]  # kind_of has found the call
    name = arguments[0].value if arguments and isinstance(arguments[0], ast.Constant) else None
    return name if isinstance(name, str) else None


def compiled(body: list[ast.stmt]) -> CodeType:
    return compile(ast.Module(body, []), "<test>", "exec", optimize=0)
