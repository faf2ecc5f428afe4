"""We make small mechanical changes to a piece of code: typing slips rather than misunderstandings.

Each operator takes one node of a syntax tree and yields replacements for it. They are chosen for array code: an
update in place, eps inside a root. Calls, axes and indices are in mutation_calls.py.
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
    """What an operator knows about the function around a node.

    arguments: its positional parameters. borrowed: names of objects that belong to the caller. defaults: the default
    values of its keyword-only parameters.
    """

    arguments: list[str]
    borrowed: set[str]
    defaults: dict[str, ast.AST]


def changes(node: ast.AST, scope: Scope) -> Iterator[ast.AST]:
    """The possible replacements for `node`."""
    for node_type, variants in OPERATORS:
        if isinstance(node, node_type):
            yield from variants(node)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from other_values(node, scope)
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in scope.borrowed:
        target = ast.Subscript(node.targets[0], ast.Constant(...), ast.Store())
        yield ast.Assign([target], node.value, lineno=0)  # x[...] = value: in place


def other_values(node: ast.Name, scope: Scope):
    """Another argument; the default instead of the value that was passed."""
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
    """True if (a first b) second c equals a first (b second c), up to rounding."""
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
    for index, op in enumerate(node.ops):
        for operator in COMPARISONS[type(op)]:
            ops = [*node.ops[:index], operator(), *node.ops[index + 1 :]]
            yield ast.Compare(node.left, ops, node.comparators)


def logic(node: ast.BoolOp):
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for index in range(len(node.values)):
        values = node.values[:index] + node.values[index + 1 :]
        yield ast.BoolOp(node.op, values) if len(values) > 1 else values[0]


def constant(node: ast.Constant):
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, (int, float)):
        yield from (number(changed) for changed in (value + 1, value - 1, 2 * value, 0) if changed != value)
    elif isinstance(value, str):
        yield ast.Constant(value + "_")


def sign(node: ast.UnaryOp):
    yield node.operand


def choice(node: ast.IfExp | ast.If | ast.While):
    """Another condition: its opposite, always, never."""
    for test in (ast.UnaryOp(ast.Not(), node.test), ast.Constant(True), ast.Constant(False)):
        changed = deepcopy(node)
        changed.test = test
        yield changed


def order(node: ast.Tuple):
    """Two neighbours exchanged: values returned, or names unpacked, in the wrong order."""
    for index in range(len(node.elts) - 1):
        first, second = node.elts[index : index + 2]
        yield ast.Tuple([*node.elts[:index], second, first, *node.elts[index + 2 :]], node.ctx)


def statement(node: ast.stmt):
    """The statement removed; `continue` for `break`."""
    yield ast.Pass()
    if isinstance(node, ast.Break):
        yield ast.Continue()


def negated(node: ast.Assign | ast.Return):
    """The opposite sign of what is assigned or returned."""
    if isinstance(node.value, (ast.BinOp, ast.Call, ast.Name)):
        changed = deepcopy(node)
        changed.value = ast.UnaryOp(ast.USub(), node.value)
        yield changed
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        for index in range(len(node.value.elts)):
            changed = deepcopy(node)
            changed.value.elts[index] = ast.UnaryOp(ast.USub(), changed.value.elts[index])
            yield changed


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
