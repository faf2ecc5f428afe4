"""We break the promises of a docstring beyond its formula: NaN, zero, defaults, errors, shapes, random draws, calls.

Each operator takes a function's syntax tree and yields changes of it. Changed code calls the functions of
contract_slips.py (`without_nan`, `squeezed` ...). An operator applies only where the docstring makes its promise:
cases need not test what the docstring does not promise.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from copy import deepcopy

from autograder.authoring.mutants import Mutant, changed_lines, drop_docstrings, is_require
from autograder.authoring.require_lines import arguments_of, ends, inside_requires, move_end, zero_names
from autograder.authoring.tree_edits import expression, inserted, replaced, returning, returns

NAN_FUNCTIONS = {"sum", "mean", "max", "min", "std", "var", "argmax", "argmin", "prod", "median", "cumsum"}
SWAPPED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}


def contract_mutants(source: str) -> list[Mutant]:
    """Every contract mutant of the function or class that `source` defines, without duplicates."""
    tree = ast.parse(textwrap.dedent(source))
    docstring = " ".join(
        ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    )
    drop_docstrings(tree)
    original = ast.unparse(tree)
    texts, mutants = {original}, []
    for position, node in enumerate(ast.walk(tree)):
        if not isinstance(node, ast.FunctionDef):
            continue
        for operator in OPERATORS:
            for change in operator(node, docstring):
                changed_tree = deepcopy(tree)
                change(list(ast.walk(changed_tree))[position])
                text = ast.unparse(ast.fix_missing_locations(changed_tree))
                if text not in texts:
                    texts.add(text)
                    was, now = changed_lines(original, text)
                    mutants.append(Mutant(was or "nothing", now or "nothing", text, kind="contract"))
    for change in readers_that_write(tree):
        changed_tree = deepcopy(tree)
        change(changed_tree)
        text = ast.unparse(ast.fix_missing_locations(changed_tree))
        was, now = changed_lines(original, text)
        mutants.append(Mutant(was or "nothing", now or "nothing", text, kind="contract"))
    return mutants


def readers_that_write(tree: ast.Module) -> Iterator:
    """In a class: a method that only reads attributes resets a number to its initial value from `__init__`."""
    for owner in [node for node in tree.body if isinstance(node, ast.ClassDef)]:
        methods = [node for node in owner.body if isinstance(node, ast.FunctionDef)]
        init = next((method_node for method_node in methods if method_node.name == "__init__"), None)
        numbers = [
            ast.unparse(statement)
            for statement in (init.body if init else [])
            if isinstance(statement, ast.Assign)
            and isinstance(statement.targets[0], ast.Attribute)
            and isinstance(statement.value, ast.Constant)
            and type(statement.value.value) in (int, float)
        ]
        for position, method in enumerate(ast.walk(tree)):
            writes = any(
                isinstance(method_node, ast.Attribute) and isinstance(method_node.ctx, ast.Store)
                for method_node in ast.walk(method)
            )
            if method in methods and not method.name.startswith("__") and not writes:
                for statement in numbers:

                    def change(copy, position=position, statement=statement):
                        inserted(statement)(list(ast.walk(copy))[position])

                    yield change


# ---- operators: (function, docstring) -> changes, each of which edits a copy of the function ------------


def require_deleted(function, docstring):
    for index, statement in enumerate(function.body):
        if is_require(statement):
            yield lambda copy, index=index: copy.body.__setitem__(index, ast.Pass())


def require_end_moved(function, docstring):
    """Replace `<` by `<=` in a `require` line, or the reverse: the range gains or loses its end."""
    for end in ends(function):
        yield lambda copy, end=end: move_end(copy, *end)


def other_default(function, docstring):
    for key in ("kw_defaults", "defaults"):
        for index, node in enumerate(getattr(function.args, key)):
            for default in other_constants(node):
                yield lambda copy, key=key, index=index, default=default: getattr(copy.args, key).__setitem__(
                    index, default
                )


def other_constants(node: ast.expr | None) -> Iterator[ast.expr]:
    """A different number for a number, or for one item of a tuple; for 0.0 also a small number."""
    if isinstance(node, ast.Constant) and (number := another(node.value)) is not None:
        yield ast.Constant(number)
        if type(node.value) is float and node.value == 0:
            yield ast.Constant(1e-4)
    if isinstance(node, ast.Tuple):
        for position, item in enumerate(node.elts):
            for changed_item in other_constants(item):
                yield ast.Tuple([*node.elts[:position], changed_item, *node.elts[position + 1 :]], ast.Load())


def another(default):
    """A different default of the same type; None for a string or for None, which are choices rather than numbers."""
    if isinstance(default, bool):
        return not default
    if isinstance(default, (int, float)):
        return 10 * default if 0 < default < 1e-3 else default / 2 if default else 0.125
    return None


def arguments_changed(function, docstring):
    """Change an argument on entry: replace NaN or inf, cut small or large numbers, mishandle a zero column or equal rows."""
    calls = [
        ("without_tiny", True),
        ("without_huge", True),
        ("without_nan", re.search(r"\bNaN\b", docstring)),
        ("without_inf", re.search(r"\binf\b", docstring)),
    ]
    for name in positional(function):
        for slip, speaks in calls:
            if speaks:
                yield inserted(f"{name} = {slip}({name})")
        if re.search(rf"\b{name}\b(?: \(\w+\))?:[^.(]*\(N, [A-Z]\)", docstring):  # one example per row
            yield inserted(f"{name} = zero_if_a_column_is({name})")
            yield inserted(f"{name} = repeats_left_out({name})")


def arguments_spoiled(function, docstring):
    """Modify an argument before returning, so that the caller's array changes."""
    if re.search(r"\b[Nn](?:ot|either is) changed", docstring):
        for name in positional(function):
            yield returning(f"spoiled_after({{}}, {name})")


def returns_changed(function, docstring):
    """Change what is returned: squeeze it, make it at least 1-d, cast it to float64, round it to a few digits."""
    lettered = re.search(r"\([A-Z](?:, [A-Z\d])*,?\)", docstring)
    slips = [
        ("squeezed", lettered),
        ("at_least_1d", "any shape" in docstring),
        ("as_float64", "dtype" in docstring),
        ("of_few_digits", True),
    ]
    for slip, speaks in slips:
        if speaks:
            yield from each_returned(function, slip)


def each_returned(function, slip):
    """Apply `slip` to the returned value; if that is a tuple, to one item at a time."""
    items = max([len(node.value.elts) for node in returns(function) if isinstance(node.value, ast.Tuple)], default=0)
    if not items:
        yield returning(f"{slip}({{}})")
    for item in range(items):

        def change(copy, item=item):
            for node in returns(copy):
                if isinstance(node.value, ast.Tuple) and len(node.value.elts) > item:
                    node.value.elts[item] = expression(slip, node.value.elts[item])

        yield change


def early_at_zero(function, docstring):
    """Treat 0 as "not given" (`lr = lr or 0.1`); return the inputs unchanged if a number is 0."""
    defaults = dict(zip([argument.arg for argument in function.args.kwonlyargs], function.args.kw_defaults))
    for name in zero_names(function):
        default = defaults.get(name)
        replacement = ast.unparse(default) if isinstance(default, ast.Constant) and default.value else "0.1"
        yield inserted(f"{name} = {name} or {replacement}")
        if (returned := unchanged_answer(function)) is not None:
            yield inserted(f"if {name} == 0:\n    return {returned}")


def lazy_at_zero_gradient(function, docstring):
    """Skip the step where the gradient is zero: for the whole array, or entry by entry as in sparse updates."""
    if not {"params", "grads"} <= set(positional(function)):
        return
    if returned := unchanged_answer(function):
        yield inserted(f"if not np.any(grads):\n    return {returned}")
    for item, name in enumerate(unchanged_items(function)):
        if name is None:
            continue

        def change(copy, item=item, name=name):
            for node in returns(copy):
                values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
                masked = ast.parse(f"kept_at_zero({ast.unparse(values[item])}, *came)", mode="eval").body
                if isinstance(node.value, ast.Tuple):
                    node.value.elts[item] = masked
                else:
                    node.value = masked
            inserted(f"came = ({name}, grads)")(copy)  # saved on entry: the body may assign to these names

        yield change


def numbers_cut(function, docstring):
    """Cap a number that has no upper limit at 1."""
    for name in zero_names(function, limited=False):
        yield inserted(f"{name} = min({name}, 1.0)")


def products_cut(function, docstring):
    """Cap the product of such a number and another option, for example lr * weight_decay, at 1."""
    names, required = set(zero_names(function, limited=False)), inside_requires(function)
    options = {argument.arg for argument in function.args.kwonlyargs} | names
    for number, node in enumerate(ast.walk(function)):
        if (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Mult)
            and id(node) not in required
            and len(sides := {getattr(side, "id", None) for side in (node.left, node.right)} & options) == 2
            and sides & names
        ):
            yield replaced(number, lambda node: ast.parse(f"min({ast.unparse(node)}, 1.0)", mode="eval").body)


def variances_by_moments(function, docstring):
    """Mean of squares minus square of mean, which cancels for the numbers "far from 0" that a docstring allows."""
    if "far from 0" not in docstring:
        return
    for number, node in enumerate(ast.walk(function)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", None) in ("var", "std"):

            def moments(node):
                slip = ast.Name(f"{node.func.attr}_by_moments", ast.Load())
                return ast.Call(slip, [node.func.value, *node.args], node.keywords)

            yield replaced(number, moments)


def dtypes_lost(function, docstring):
    """np.zeros(shape) for np.zeros_like(array): float64 instead of the array's dtype."""
    if "dtype" not in docstring:
        return
    for number, node in enumerate(ast.walk(function)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", None) in ("zeros_like", "ones_like"):

            def of_shape(node):
                return ast.parse(f"np.{node.func.attr[:-5]}(np.shape({ast.unparse(node.args[0])}))", mode="eval").body

            yield replaced(number, of_shape)


def copies_widened(function, docstring):
    """`array.astype(float)` for `array.copy()`: a float64 copy, whatever the array's dtype."""
    if not re.search(r"\b(?:dtype|copy)\b", docstring):
        return
    for number, node in enumerate(ast.walk(function)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "copy" and not node.args:

            def widened(node):
                return ast.parse(f"{ast.unparse(node.func.value)}.astype(float)", mode="eval").body

            yield replaced(number, widened)


def generator_replaced(function, docstring):
    """Use a new generator instead of the `rng` that is passed in."""
    if "rng" in arguments_of(function):
        yield inserted("rng = np.random.default_rng(0)")


def callbacks_twice(function, docstring):
    """Call a function that is passed in one more time."""
    names = set(arguments_of(function))
    called = [
        number
        for number, node in enumerate(ast.walk(function))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]
    for number in called:

        def change(copy, number=number):
            node = list(ast.walk(copy))[number]
            second_call = ast.Call(deepcopy(node.func), deepcopy(node.args), deepcopy(node.keywords))
            node.args, node.keywords = (
                [
                    ast.Constant("called twice"),
                    second_call,
                    ast.Call(deepcopy(node.func), deepcopy(node.args), deepcopy(node.keywords)),
                ],
                [],
            )
            node.func = ast.Name("second", ast.Load())

        yield change


def callbacks_remembered(function, docstring):
    """Cache the results of a function that is passed in, where the docstring promises how often it is called."""
    if "called once for each" not in docstring:
        return
    names = set(arguments_of(function))
    for number, node in enumerate(ast.walk(function)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:

            def change(copy, number=number):
                node = list(ast.walk(copy))[number]
                node.args = [ast.Name("had", ast.Load()), ast.Name(node.func.id, ast.Load()), *node.args]
                node.func = ast.Name("remembered", ast.Load())
                inserted("had = {}")(copy)

            yield change


def nan_functions(function, docstring):
    """np.nansum for np.sum, where the docstring mentions NaN."""
    if not re.search(r"\bNaN\b", docstring):
        return
    required = inside_requires(function)
    for number, node in enumerate(ast.walk(function)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in NAN_FUNCTIONS
            and id(node) not in required
        ):

            def change(copy, number=number):
                node = list(ast.walk(copy))[number]
                if ast.unparse(node.func.value) != "np":
                    node.args = [node.func.value, *node.args]
                node.func = ast.Attribute(ast.Name("np", ast.Load()), f"nan{node.func.attr}", ast.Load())

            yield change


def loops_cut(function, docstring):
    """Stop a loop after a few iterations."""
    for number, node in enumerate(ast.walk(function)):
        if isinstance(node, ast.For):

            def change(copy, number=number):
                node = list(ast.walk(copy))[number]
                node.iter = expression("first_few", node.iter)

            yield change


def comparisons_swapped(function, docstring):
    """`b < a` for `a < b`, outside of `require`."""
    required = inside_requires(function)
    for number, node in enumerate(ast.walk(function)):
        if (
            isinstance(node, ast.Compare)
            and id(node) not in required
            and len(node.ops) == 1
            and type(node.ops[0]) in SWAPPED
        ):

            def change(copy, number=number):
                node = list(ast.walk(copy))[number]
                node.ops = [SWAPPED[type(node.ops[0])]()]

            yield change


OPERATORS = [
    require_deleted,
    require_end_moved,
    other_default,
    arguments_changed,
    arguments_spoiled,
    returns_changed,
    early_at_zero,
    lazy_at_zero_gradient,
    numbers_cut,
    products_cut,
    variances_by_moments,
    dtypes_lost,
    copies_widened,
    generator_replaced,
    callbacks_twice,
    callbacks_remembered,
    nan_functions,
    loops_cut,
    comparisons_swapped,
]


# ---- parts ----------------------------------------------------------------------------------------------


def positional(function) -> list[str]:
    """The positional arguments that are data: without `self` and functions that the body calls."""
    called = {
        node.func.id for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return [argument.arg for argument in function.args.args if argument.arg not in called | {"self"}]


def unchanged_answer(function) -> str | None:
    """What the last line would return if nothing had been done, as code: `params, velocity`; None if that is unclear."""
    names = unchanged_items(function)
    return ", ".join(names) if names and None not in names else None


def unchanged_items(function) -> list[str | None]:
    """For each value that the last line returns, the first argument used in it, or None."""
    last = function.body[-1]
    if not isinstance(last, ast.Return) or last.value is None:
        return []
    items = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
    return [
        next(
            (node.id for node in ast.walk(item) if isinstance(node, ast.Name) and node.id in positional(function)), None
        )
        for item in items
    ]
