"""Known mistakes as a student would have typed them: a definition that stands on its own, from a function of ours."""

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable
from importlib import import_module

from autograder.authoring.mutants import is_require
from autograder.intake.masters import Master
from autograder.intake.roles import is_answer
from descent.exercises import table
from reference.lookup import reference_function


def mistakes_of(master: Master) -> dict[str, list[str]]:
    """exercise of a chapter -> wrong versions as a student would have typed them: those whose source stands on its
    own."""
    found = {}
    for cell in master.released.cells:
        if is_answer(cell) and cell.id in table():
            topic = table()[cell.id][0]
            known = import_module(f"reference.mistakes.{topic}").MISTAKES[cell.id]
            sources = [source for one in known if (source := typed(cell.id, one.function))]
            if sources:
                found[cell.id] = sources
    return found


def typed(name: str, function: Callable) -> str | None:
    """The source of `function` as a definition of `name`, the helpers of ours that it calls inside it; None when it
    cannot be written so."""
    definition, inner = definition_of(function), {}
    if definition is None or not lend(definition, function, inner):
        return None
    definition.name = name
    at = 1 if ast.get_docstring(definition) else 0
    definition.body[at:at] = [*(statement for _, statement in inner.values()), *given_lines(name, definition)]
    return ast.unparse(ast.fix_missing_locations(definition))


def given_lines(name: str, definition: ast.FunctionDef) -> list[ast.stmt]:
    """The `require` lines of an exercise's answer, which stand in the stub that a student is given, and what they import;
    none where they speak of arguments that `definition` has not."""
    tree = (
        ast.parse(textwrap.dedent(inspect.getsource(reference_function(table()[name][1])))).body[0]
        if name in table()
        else None
    )
    lines = [line for line in getattr(tree, "body", []) if is_require(line)]
    used = {node.id for line in lines for node in ast.walk(line) if isinstance(node, ast.Name)}
    known = {node.arg for node in ast.walk(definition.args) if isinstance(node, ast.arg)} | set(dir(builtins))
    if not lines or not used <= known | {"require", "tr", "np"}:
        return []
    imports = [
        ast.ImportFrom(module, [ast.alias(one)], 0)
        for module, one in (("descent.hyper", "require"), ("descent.say", "tr"))
        if one in used
    ]
    return [*imports, *lines]


def definition_of(function: Callable) -> ast.FunctionDef | None:
    """A function's definition without its decorators."""
    try:
        definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    if not isinstance(definition, ast.FunctionDef):
        return None
    definition.decorator_list = []
    return definition


def lend(definition: ast.FunctionDef, function: Callable, inner: dict[str, tuple]) -> bool:
    """Put into `inner`, by name, what a definition takes from its module: (the value, the statement that makes it).
    False when something cannot be written as a statement of its own."""
    if function.__closure__:
        return False
    nodes = [n for n in ast.walk(definition) if isinstance(n, ast.Name)]
    bound = {n.id for n in nodes if isinstance(n.ctx, ast.Store)} | set(dir(builtins)) | {"np"}
    bound |= {n.arg for n in ast.walk(definition) if isinstance(n, ast.arg)}
    bound |= {n.name for n in ast.walk(definition) if isinstance(n, ast.FunctionDef) and n is not definition}
    for name in sorted({n.id for n in nodes} - bound):
        value = function.__globals__.get(name)
        if name in inner:
            if inner[name][0] is not value:
                return False
        elif inspect.isfunction(value) and value.__module__.startswith("descent."):
            what = ast.alias(value.__name__, name if name != value.__name__ else None)
            inner[name] = value, ast.ImportFrom(value.__module__, [what], 0)
        elif inspect.isfunction(value):
            helper = definition_of(value)
            if helper is None:
                return False
            helper.name = name
            inner[name] = value, helper
            if not lend(helper, value, inner):
                return False
        elif isinstance(value, int | float | str):
            inner[name] = value, ast.Assign([ast.Name(name, ast.Store())], ast.Constant(value), lineno=0)
        else:
            return False
    return True
