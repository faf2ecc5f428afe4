"""We make small mechanical changes to a piece of code: the slips of a hand, not of an understanding.

Each operator takes one node of a syntax tree and yields what could stand in its place. They speak the
language of array code: an update in place, eps inside a root; axes and indices are in mutation_calls.py.
"""

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

from autograder.authoring.mutation_calls import attribute, call, changed_call, name, number, subscript

ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


@dataclass(frozen=True)
class Scope:
    """What an operator may know of the function around a node.

    arguments: its positional parameters. borrowed: names of what the caller still owns. defaults: the values
    that its keyword-only parameters have where nothing is passed.
    """

    arguments: list[str]
    borrowed: set[str]
    defaults: dict[str, ast.AST]


def changes(node: ast.AST, scope: Scope) -> Iterator[ast.AST]:
    """What could stand in the place of `node`."""
    for kind, operator in OPERATORS:
        if isinstance(node, kind):
            yield from operator(node)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from other_values(node, scope)
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in scope.borrowed:
        target = ast.Subscript(node.targets[0], ast.Constant(...), ast.Store())
        yield ast.Assign([target], node.value, lineno=0)  # x[...] = value: in place


def other_values(node: ast.Name, scope: Scope):
    """One argument for another; the default instead of what was passed."""
    arguments = scope.arguments
    if node.id in arguments and len(arguments) > 1:
        yield name(arguments[(arguments.index(node.id) + 1) % len(arguments)])
    if node.id in scope.defaults:
        yield scope.defaults[node.id]


def arithmetic(node: ast.BinOp):
    """Another operator, the operands exchanged, one dropped, parentheses moved."""
    left, op, right = node.left, node.op, node.right
    yield ast.BinOp(left, ARITHMETIC[type(op)](), right)
    if not isinstance(op, (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr)):
        yield ast.BinOp(right, op, left)
    yield left
    yield right
    if isinstance(right, ast.BinOp) and not same_level(op, right.op):  # a + b * c -> (a + b) * c
        yield ast.BinOp(ast.BinOp(left, op, right.left), right.op, right.right)
    if isinstance(left, ast.BinOp) and not same_level(left.op, op):  # a * b + c -> a * (b + c)
        yield ast.BinOp(left.left, left.op, ast.BinOp(left.right, op, right))
    if isinstance(left, ast.Call) and len(left.args) == 1:  # sqrt(v) + eps -> sqrt(v + eps)
        yield changed_call(left, args=[ast.BinOp(left.args[0], op, right)])


def same_level(first: ast.operator, second: ast.operator) -> bool:
    """Whether (a first b) second c is a first (b second c), up to rounding."""
    return (
        isinstance(first, ast.Add)
        and isinstance(second, (ast.Add, ast.Sub))
        or isinstance(first, (ast.Mult, ast.MatMult))
        and isinstance(second, (ast.Mult, ast.Div))
    )


def update(node: ast.AugAssign):
    yield ast.AugAssign(node.target, ARITHMETIC[type(node.op)](), node.value)
    yield ast.Assign([node.target], node.value, lineno=0)


def comparison(node: ast.Compare):
    for place, op in enumerate(node.ops):
        for other in COMPARISONS[type(op)]:
            ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield ast.Compare(node.left, ops, node.comparators)


def logic(node: ast.BoolOp):
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for place in range(len(node.values)):
        rest = node.values[:place] + node.values[place + 1 :]
        yield ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0]


def constant(node: ast.Constant):
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, (int, float)):
        yield from (number(other) for other in (value + 1, value - 1, 2 * value, 0) if other != value)
    elif isinstance(value, str):
        yield ast.Constant(value + "_")


def sign(node: ast.UnaryOp):
    yield node.operand


def choice(node: ast.IfExp | ast.If | ast.While):
    """Another condition: its opposite, always, never."""
    for test in (ast.UnaryOp(ast.Not(), node.test), ast.Constant(True), ast.Constant(False)):
        other = deepcopy(node)
        other.test = test
        yield other


def order(node: ast.Tuple):
    """Two neighbours exchanged: values returned, or names unpacked, in the wrong order."""
    for place in range(len(node.elts) - 1):
        one, two = node.elts[place : place + 2]
        yield ast.Tuple([*node.elts[:place], two, one, *node.elts[place + 2 :]], node.ctx)


def statement(node: ast.stmt):
    """Nothing in its place; `continue` for `break`."""
    yield ast.Pass()
    if isinstance(node, ast.Break):
        yield ast.Continue()


def negated(node: ast.Assign | ast.Return):
    """The other sign of what is assigned or returned."""
    if isinstance(node.value, (ast.BinOp, ast.Call, ast.Name)):
        other = deepcopy(node)
        other.value = ast.UnaryOp(ast.USub(), node.value)
        yield other
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        for place in range(len(node.value.elts)):
            other = deepcopy(node)
            other.value.elts[place] = ast.UnaryOp(ast.USub(), other.value.elts[place])
            yield other


def filtered(node: ast.comprehension):
    if node.ifs:
        yield ast.comprehension(node.target, node.iter, [], node.is_async)


OPERATORS = [
    (ast.BinOp, arithmetic),
    (ast.AugAssign, update),
    (ast.Compare, comparison),
    (ast.BoolOp, logic),
    (ast.Constant, constant),
    (ast.UnaryOp, sign),
    ((ast.IfExp, ast.If, ast.While), choice),
    (ast.Call, call),
    (ast.Attribute, attribute),
    (ast.Subscript, subscript),
    (ast.Tuple, order),
    (ast.stmt, statement),
    ((ast.Assign, ast.Return), negated),
    (ast.comprehension, filtered),
]
