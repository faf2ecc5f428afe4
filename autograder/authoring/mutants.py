"""We list the mutants of a function: copies of its source with one small change each, in the order of its lines.

The lines that students are given stay unchanged: the `def` line, the docstring, the leading require(...) lines.
"""

import ast
import inspect
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autograder.authoring.contract_slips import SLIPS
from autograder.authoring.mutation_calls import ARRAY_OPTIONS
from autograder.authoring.mutation_operators import Scope, changes


@dataclass(frozen=True)
class Mutant:
    """A changed version of a function: the line before and after ("was -> now" is its name), and the whole source.

    `kind` is "operator" or "contract" (contract_mutants.py). The source is empty for a guarded mistake.
    """

    was: str
    now: str
    source: str
    kind: str = "operator"

    def __str__(self):
        return f"{self.was} -> {self.now}"


def mutants(source: str) -> list[Mutant]:
    """Every mutant of the function or class that `source` defines, without duplicates."""
    tree = ast.parse(textwrap.dedent(source))
    drop_docstrings(tree)
    original = ast.unparse(tree)
    texts, results, names = {original}, [], Counter()
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        scope = scope_of(function)
        for owner, key, node in places(function):
            for new in [*changes(node, scope), *exchanged(owner, key)]:
                old = put(owner, key, new)
                text = ast.unparse(ast.fix_missing_locations(tree))
                put(owner, key, old)
                if text not in texts:
                    texts.add(text)
                    was, now = changed_lines(original, text)
                    names[was, now] += 1
                    suffix = f"  # {names[was, now]}" if names[was, now] > 1 else ""
                    results.append(Mutant(was, now + suffix, text))
    return results


def places(function: ast.FunctionDef) -> Iterator[tuple]:
    """(owner, key, node) of every node that may be changed; key is a field, or a field and an index in it."""
    body = function.body
    start = 0
    while start < len(body) and is_require(body[start]):
        start += 1
    for index in range(start, len(body)):
        yield function, ("body", index), body[index]
        yield from inside(body[index])


def inside(owner: ast.AST) -> Iterator[tuple]:
    if isinstance(owner, ast.FunctionDef):
        return  # a function of its own: `mutants` walks it with its own scope
    if isinstance(owner, ast.keyword) and owner.arg in ARRAY_OPTIONS:
        return  # axis=0 is changed by the operator for calls, not by the one for numbers
    if isinstance(owner, ast.JoinedStr):
        return  # a message: no test compares its wording
    for field, value in ast.iter_fields(owner):
        for index, node in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(node, ast.AST):
                yield owner, ((field, index) if isinstance(value, list) else field), node
                yield from inside(node)


def put(owner: ast.AST, key, new):
    """Replace the node at `key`, or for a list the statements from there on; return what was replaced."""
    if isinstance(key, tuple):
        field, index = key
        index = slice(index, index + len(new)) if isinstance(new, list) else index
        old = getattr(owner, field)[index]
        getattr(owner, field)[index] = new
    else:
        old = getattr(owner, key)
        setattr(owner, key, new)
    return old


def exchanged(owner: ast.AST, key) -> Iterator[list[ast.stmt]]:
    """Two simple statements in a row, swapped, where one uses or overwrites what the other assigns."""
    if isinstance(key, tuple):
        pair = getattr(owner, key[0])[key[1] : key[1] + 2]
        if len(pair) == 2 and all(isinstance(statement, (ast.Assign, ast.AugAssign, ast.Expr)) for statement in pair):
            (stored, loaded), (stored_next, loaded_next) = map(names_in, pair)
            if stored & loaded_next or loaded & stored_next or stored & stored_next:
                yield pair[::-1]


def names_in(node: ast.stmt) -> tuple[set[str], set[str]]:
    """The names that a statement assigns, and those that it reads."""
    nodes = [child for child in ast.walk(node) if isinstance(child, ast.Name)]
    stored = {child.id for child in nodes if isinstance(child.ctx, ast.Store)}
    return stored, {child.id for child in nodes if isinstance(child.ctx, ast.Load)}


def scope_of(function: ast.FunctionDef) -> Scope:
    arguments = [argument.arg for argument in function.args.args if argument.arg != "self"]
    options = zip(function.args.kwonlyargs, function.args.kw_defaults)
    defaults = {argument.arg: value for argument, value in options if value is not None}
    return Scope(arguments, set(arguments) | unpacked(function, arguments), defaults)


def is_require(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) == "require"


def unpacked(function: ast.FunctionDef, arguments: list[str]) -> set[str]:
    """Names unpacked from an argument, as in `m, v, t = state`: those arrays belong to the caller, too."""
    return {
        item.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Tuple)
        and isinstance(node.value, ast.Name)
        and node.value.id in arguments
        for item in node.targets[0].elts
        if isinstance(item, ast.Name)
    }


def drop_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]


def changed_lines(before: str, after: str) -> tuple[str, str]:
    """The lines that differ, without the common lines above and below."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return tuple(" / ".join(line.strip() for line in lines) for lines in (old, new))


def source_of(function: Callable) -> str:
    return inspect.getsource(function)


def build(function: Callable, source: str) -> Callable:
    """The function that `source` defines, with the globals of the original's module."""
    space = SLIPS | vars(sys.modules[function.__module__])
    exec(compile(source, "<mutant>", "exec"), space)
    return space[function.__name__]
