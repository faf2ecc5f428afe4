"""We list the mutants of a function: its source with one small change each, in the order of its lines.

What a student is given is left alone: the `def` line, the docstring, the leading require(...) lines.
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
    """One changed version: the line before and after ("was -> now" is its name), and the whole source.

    `kind` is "operator" or "contract" (contract_mutants.py); a guarded mistake has no source.
    """

    was: str
    now: str
    source: str
    kind: str = "operator"

    def __str__(self):
        return f"{self.was} -> {self.now}"


def mutants(source: str) -> list[Mutant]:
    """Every mutant of the function or class that `source` defines, each text once."""
    tree = ast.parse(textwrap.dedent(source))
    drop_docstrings(tree)
    original = ast.unparse(tree)
    seen, found, names = {original}, [], Counter()
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        scope = scope_of(function)
        for owner, key, node in places(function):
            for new in [*changes(node, scope), *exchanged(owner, key)]:
                old = put(owner, key, new)
                text = ast.unparse(ast.fix_missing_locations(tree))
                put(owner, key, old)
                if text not in seen:
                    seen.add(text)
                    was, now = changed_lines(original, text)
                    names[was, now] += 1
                    again = f"  # {names[was, now]}" if names[was, now] > 1 else ""
                    found.append(Mutant(was, now + again, text))
    return found


def places(function: ast.FunctionDef) -> Iterator[tuple]:
    """(owner, key, node) of all that may be changed; key is a field, or a field and a position in it."""
    body = function.body
    given = 0
    while given < len(body) and is_require(body[given]):
        given += 1
    for place in range(given, len(body)):
        yield function, ("body", place), body[place]
        yield from inside(body[place])


def inside(owner: ast.AST) -> Iterator[tuple]:
    if isinstance(owner, ast.FunctionDef):
        return  # has arguments of its own: listed as a function
    if isinstance(owner, ast.keyword) and owner.arg in ARRAY_OPTIONS:
        return  # axis=0 is changed by the operator of calls, and not as any number
    if isinstance(owner, ast.JoinedStr):
        return  # a sentence for people
    for field, value in ast.iter_fields(owner):
        for place, node in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(node, ast.AST):
                yield owner, ((field, place) if isinstance(value, list) else field), node
                yield from inside(node)


def put(owner: ast.AST, key, new):
    """Put a node, or for a slice of a body a list of statements, in its place; return what was there."""
    if isinstance(key, tuple):
        field, place = key
        place = slice(place, place + len(new)) if isinstance(new, list) else place
        old = getattr(owner, field)[place]
        getattr(owner, field)[place] = new
    else:
        old = getattr(owner, key)
        setattr(owner, key, new)
    return old


def exchanged(owner: ast.AST, key) -> Iterator[list[ast.stmt]]:
    """A simple statement and the one after it in the other order, where one uses what the other makes."""
    if isinstance(key, tuple):
        pair = getattr(owner, key[0])[key[1] : key[1] + 2]
        if len(pair) == 2 and all(isinstance(one, (ast.Assign, ast.AugAssign, ast.Expr)) for one in pair):
            (made, used), (made_next, used_next) = map(names_in, pair)
            if made & used_next or used & made_next or made & made_next:
                yield pair[::-1]


def names_in(node: ast.stmt) -> tuple[set[str], set[str]]:
    """The names that a statement makes, and those that it uses."""
    found = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    made = {one.id for one in found if isinstance(one.ctx, ast.Store)}
    return made, {one.id for one in found if isinstance(one.ctx, ast.Load)}


def scope_of(function: ast.FunctionDef) -> Scope:
    arguments = [one.arg for one in function.args.args if one.arg != "self"]
    options = zip(function.args.kwonlyargs, function.args.kw_defaults)
    defaults = {one.arg: value for one, value in options if value is not None}
    return Scope(arguments, set(arguments) | unpacked(function, arguments), defaults)


def is_require(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) == "require"


def unpacked(function: ast.FunctionDef, arguments: list[str]) -> set[str]:
    """Names unpacked from an argument, as in `m, v, t = state`: the caller owns those arrays, too."""
    return {
        one.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Tuple)
        and isinstance(node.value, ast.Name)
        and node.value.id in arguments
        for one in node.targets[0].elts
        if isinstance(one, ast.Name)
    }


def drop_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]


def changed_lines(before: str, after: str) -> tuple[str, str]:
    """The lines that differ, without what is equal above and below."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return tuple(" / ".join(line.strip() for line in lines) for lines in (old, new))


def source_of(function: Callable) -> str:
    return inspect.getsource(function)


def build(function: Callable, source: str) -> Callable:
    """The function that `source` defines, among the names that the original sees in its module."""
    space = SLIPS | vars(sys.modules[function.__module__])
    exec(compile(source, "<mutant>", "exec"), space)
    return space[function.__name__]
