"""Read and change the `require(...)` lines of an answer: numbers that may be 0, ends of ranges, a line removed."""

import ast
import re
import textwrap
from collections.abc import Iterator
from copy import deepcopy

from autograder.authoring.mutants import drop_docstrings, is_require

MOVED_END = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}


def without_requires(source: str) -> Iterator[tuple[str, str]]:
    """Each `require` line, and the source without it."""
    tree = ast.parse(textwrap.dedent(source))
    drop_docstrings(tree)
    for position, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.FunctionDef):
            for index, statement in enumerate(node.body):
                if is_require(statement):
                    changed_tree = deepcopy(tree)
                    list(ast.walk(changed_tree))[position].body[index] = ast.Pass()
                    yield ast.unparse(statement), ast.unparse(ast.fix_missing_locations(changed_tree))


def other_ends(source: str) -> Iterator[tuple[str, str, str]]:
    """For each comparison such as "lr >= 0" in a `require` line: the comparison, its line, and the source with `>` there."""
    tree = ast.parse(textwrap.dedent(source))
    drop_docstrings(tree)
    for position, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.FunctionDef):
            for index, inner, at in ends(node):
                compared = list(ast.walk(node.body[index]))[inner]
                sides = [compared.left, *compared.comparators][at : at + 2]
                comparison = ast.unparse(ast.Compare(sides[0], [compared.ops[at]], [sides[1]]))
                changed_tree = deepcopy(tree)
                move_end(list(ast.walk(changed_tree))[position], index, inner, at)
                yield comparison, ast.unparse(node.body[index]), ast.unparse(ast.fix_missing_locations(changed_tree))


def ends(function) -> Iterator[tuple[int, int, int]]:
    """Where `require` lines contain <, <=, > or >=: index of the line, of the comparison in it, of the operator in that.

    `X.size > 0` is left out: without it a later line fails for an empty array anyway.
    """
    for index, statement in enumerate(function.body):
        for inner, node in enumerate(ast.walk(statement) if is_require(statement) else ()):
            for at, op in enumerate(getattr(node, "ops", ())):
                if type(op) in MOVED_END and getattr(node.left, "attr", None) != "size":
                    yield index, inner, at


def move_end(function, index: int, inner: int, at: int) -> None:
    ops = list(ast.walk(function.body[index]))[inner].ops
    ops[at] = MOVED_END[type(ops[at])]()


def zero_names(function, *, limited: bool = True) -> list[str]:
    """Arguments that may be 0 by the `require` lines: `name >= 0`, and if `limited`, `0 <= name < 1` as well."""
    names = []
    for statement in filter(is_require, function.body):
        condition = ast.unparse(statement.value.args[0])
        names += re.findall(r"\b([A-Za-z_]\w*) >= 0(?![.\d])", condition)
        if limited:
            names += re.findall(r"(?<![.\d])\b0 <= ([A-Za-z_]\w*)(?![.\w(\[])", condition)
    return [name for name in dict.fromkeys(names) if name in arguments_of(function)]


def arguments_of(function) -> list[str]:
    return [argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]]


def inside_requires(function) -> set[int]:
    """The ids of all nodes inside `require` lines."""
    return {id(inner) for line in function.body if is_require(line) for inner in ast.walk(line)}
