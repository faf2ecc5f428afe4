"""Known mistakes as a student would type them: self-contained definitions made from our functions."""

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
    """exercise of a chapter -> sources of its known mistakes, without those that cannot be made self-contained."""
    sources_by_exercise = {}
    for cell in master.released.cells:
        if is_answer(cell) and cell.id in table():
            topic = table()[cell.id][0]
            mistakes = import_module(f"reference.mistakes.{topic}").MISTAKES[cell.id]
            sources = [source for mistake in mistakes if (source := typed(cell.id, mistake.function))]
            if sources:
                sources_by_exercise[cell.id] = sources
    return sources_by_exercise


def typed(name: str, function: Callable) -> str | None:
    """The source of `function` as a definition of `name` that contains the helpers it calls; None if that is impossible."""
    definition, inner = definition_of(function), {}
    if definition is None or not lend(definition, function, inner):
        return None
    definition.name = name
    start = 1 if ast.get_docstring(definition) else 0
    definition.body[start:start] = [*(statement for _, statement in inner.values()), *given_lines(name, definition)]
    return ast.unparse(ast.fix_missing_locations(definition))


def given_lines(name: str, definition: ast.FunctionDef) -> list[ast.stmt]:
    """The `require` lines of the exercise's stub, and their imports; empty if they use arguments that `definition` does
    not have."""
    tree = (
        ast.parse(textwrap.dedent(inspect.getsource(reference_function(table()[name][1])))).body[0]
        if name in table()
        else None
    )
    lines = [line for line in getattr(tree, "body", []) if is_require(line)]
    used = {node.id for line in lines for node in ast.walk(line) if isinstance(node, ast.Name)}
    available = {node.arg for node in ast.walk(definition.args) if isinstance(node, ast.arg)} | set(dir(builtins))
    if not lines or not used <= available | {"require", "tr", "np"}:
        return []
    imports = [
        ast.ImportFrom(module, [ast.alias(imported)], 0)
        for module, imported in (("descent.hyper", "require"), ("descent.say", "tr"))
        if imported in used
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
    """Collect in `inner`, by name, the globals that a definition uses: (value, statement that defines it). False if one of
    them cannot be written as a statement."""
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
            alias = ast.alias(value.__name__, name if name != value.__name__ else None)
            inner[name] = value, ast.ImportFrom(value.__module__, [alias], 0)
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
