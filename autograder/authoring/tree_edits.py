"""Edits of a syntax tree for contract mutants: a change is a function that edits a copy of an answer's tree."""

import ast
from copy import deepcopy

from autograder.authoring.mutants import is_require


def returns(function) -> list[ast.Return]:
    """The `return` statements with a value of a function itself, without those of functions inside it."""
    inner = {
        id(node)
        for function_node in ast.walk(function)
        if isinstance(function_node, (ast.FunctionDef, ast.Lambda)) and function_node is not function
        for node in ast.walk(function_node)
    }
    return [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and node.value is not None and id(node) not in inner
    ]


def expression(name: str, node: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [node], [])


def replaced(number: int, by):
    """A change that replaces node `number` of ast.walk by by(node)."""

    def change(copy):
        old = list(ast.walk(copy))[number]
        new = ast.copy_location(by(deepcopy(old)), old)
        for owner in ast.walk(copy):
            for field, value in ast.iter_fields(owner):
                if value is old:
                    setattr(owner, field, new)
                elif isinstance(value, list):
                    value[:] = [new if item is old else item for item in value]

    return change


def inserted(code: str):
    """A change that inserts `code` after the leading `require` lines."""

    def change(copy):
        start = 0
        while start < len(copy.body) and is_require(copy.body[start]):
            start += 1
        copy.body[start:start] = ast.parse(code).body

    return change


def returning(call: str):
    """A change that wraps every returned value in `call`, a template with {} for the value."""

    def change(copy):
        for node in returns(copy):
            node.value = ast.parse(call.format(f"({ast.unparse(node.value)})"), mode="eval").body

    return change
