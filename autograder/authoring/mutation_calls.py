"""Small changes to calls and indices: a neighbouring function, another axis, a slice off by one."""

import ast

PAIRS = [
    ("min", "max"),
    ("minimum", "maximum"),
    ("argmin", "argmax"),
    ("floor", "ceil"),
    ("any", "all"),
    ("sum", "mean"),
    ("var", "std"),
    ("zeros_like", "ones_like"),
    ("zeros", "ones"),
    ("exp", "expm1"),
    ("log", "log1p"),
    ("sqrt", "square"),
    ("sin", "cos"),
    ("eigh", "eig"),
    ("vstack", "hstack"),
]
RENAMED = {one: two for pair in PAIRS for one, two in (pair, pair[::-1])}
COMMUTATIVE = {"maximum", "minimum", "max", "min", "result_type"}
TIDY = {"float"}  # turns a NumPy scalar into a number, which counts as equal anyway: no case could notice its absence
ARRAY_OPTIONS = {"axis", "keepdims", "ddof"}


def call(node: ast.Call):
    """A function's neighbour, its argument alone, arguments exchanged, an option left out or changed."""
    function_name = ast.unparse(node.func)
    short_name = function_name.rsplit(".", 1)[-1]
    if short_name in RENAMED:
        yield changed_call(node, func=renamed(node.func, RENAMED[short_name]))
    if isinstance(node.func, ast.Attribute) and not function_name.startswith("np."):
        yield node.func.value  # x.copy() -> x
    elif len(node.args) == 1 and short_name not in TIDY:
        yield node.args[0]
    if short_name == "len":
        yield plus(node, -1)
    if short_name == "range":
        for position, end in enumerate(node.args):
            for step in (-1, 1):
                yield changed_call(node, args=[*node.args[:position], plus(end, step), *node.args[position + 1 :]])
        if len(node.args) == 1:
            yield changed_call(node, args=[number(1), *node.args])
    elif len(node.args) >= 2 and short_name not in COMMUTATIVE:
        yield changed_call(node, args=[node.args[1], node.args[0], *node.args[2:]])
    if short_name in ("var", "std") and "ddof" not in [option.arg for option in node.keywords]:
        yield changed_call(node, keywords=[*node.keywords, ast.keyword("ddof", number(1))])
    for position, option in enumerate(node.keywords):
        before, after = node.keywords[:position], node.keywords[position + 1 :]
        yield changed_call(node, keywords=before + after)
        changed = other_option(option)
        if changed is not None:
            yield changed_call(node, keywords=[*before, ast.keyword(option.arg, changed), *after])


def other_option(option: ast.keyword) -> ast.AST | None:
    value = option.value.value if isinstance(option.value, ast.Constant) else None
    return number({0: 1, 1: 0}.get(value, 0)) if option.arg in ("axis", "ddof") else None


def attribute(node: ast.Attribute):
    if node.attr == "T":
        yield node.value
    if node.attr == "size":
        yield ast.Call(name("len"), [node.value], [])


def subscript(node: ast.Subscript):
    """An index or the ends of a slice off by one. Indices that are constants are changed as constants."""
    indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for position, index in enumerate(indices):
        for changed in other_indices(index):
            changed_indices = [*indices[:position], changed, *indices[position + 1 :]]
            yield ast.Subscript(
                node.value,
                ast.Tuple(changed_indices, ast.Load()) if len(changed_indices) > 1 else changed_indices[0],
                node.ctx,
            )


def other_indices(index: ast.AST):
    if isinstance(index, ast.Slice):
        for step in (-1, 1):
            if index.lower is not None:
                yield ast.Slice(plus(index.lower, step), index.upper, index.step)
            if index.upper is not None:
                yield ast.Slice(index.lower, plus(index.upper, step), index.step)
        yield ast.Slice(number(1) if index.lower is None else None, index.upper, index.step)
        yield ast.Slice(index.lower, number(-1) if index.upper is None else None, index.step)
    elif isinstance(index, (ast.Name, ast.BinOp)):
        yield from (plus(index, step) for step in (-1, 1))


def name(text: str) -> ast.Name:
    return ast.Name(text, ast.Load())


def number(value: float) -> ast.AST:
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def plus(node: ast.AST, step: int) -> ast.BinOp:
    return ast.BinOp(node, ast.Add() if step > 0 else ast.Sub(), ast.Constant(abs(step)))


def renamed(function: ast.AST, text: str) -> ast.AST:
    return name(text) if isinstance(function, ast.Name) else ast.Attribute(function.value, text, ast.Load())


def changed_call(node: ast.Call, **parts) -> ast.Call:
    return ast.Call(**({"func": node.func, "args": node.args, "keywords": node.keywords} | parts))
