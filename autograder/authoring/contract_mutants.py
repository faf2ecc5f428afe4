"""We break what a docstring promises beside its formula: NaN, zero, defaults, errors, shapes, draws, the number of calls.

Each operator takes the tree of an answer and yields changed trees. The names that changed code calls
(`without_nan`, `squeezed` ...) are the functions of contract_slips.py. An operator works only where the docstring
speaks of its subject: what is not promised is not demanded.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from copy import deepcopy

from autograder.authoring.mutants import Mutant, changed_lines, drop_docstrings, is_require

NAN_FUNCTIONS = {"sum", "mean", "max", "min", "std", "var", "argmax", "argmin", "prod", "median", "cumsum"}
SWAPPED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
MOVED_END = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}


def contract_mutants(source: str) -> list[Mutant]:
    """Every contract mutant of the function or class that `source` defines, each text once."""
    tree = ast.parse(textwrap.dedent(source))
    docstring = " ".join(
        ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    )
    drop_docstrings(tree)
    original = ast.unparse(tree)
    seen, found = {original}, []
    for place, node in enumerate(ast.walk(tree)):
        if not isinstance(node, ast.FunctionDef):
            continue
        for operator in OPERATORS:
            for change in operator(node, docstring):
                other = deepcopy(tree)
                change(list(ast.walk(other))[place])
                text = ast.unparse(ast.fix_missing_locations(other))
                if text not in seen:
                    seen.add(text)
                    was, now = changed_lines(original, text)
                    found.append(Mutant(was or "nothing", now or "nothing", text, kind="contract"))
    for change in readers_that_write(tree):
        other = deepcopy(tree)
        change(other)
        text = ast.unparse(ast.fix_missing_locations(other))
        was, now = changed_lines(original, text)
        found.append(Mutant(was or "nothing", now or "nothing", text, kind="contract"))
    return found


def readers_that_write(tree: ast.Module) -> Iterator:
    """In a class: a method that sets no attribute puts a number back to what `__init__` made of it."""
    for owner in [node for node in tree.body if isinstance(node, ast.ClassDef)]:
        methods = [node for node in owner.body if isinstance(node, ast.FunctionDef)]
        start = next((one for one in methods if one.name == "__init__"), None)
        numbers = [
            ast.unparse(line)
            for line in (start.body if start else [])
            if isinstance(line, ast.Assign)
            and isinstance(line.targets[0], ast.Attribute)
            and isinstance(line.value, ast.Constant)
            and type(line.value.value) in (int, float)
        ]
        for place, method in enumerate(ast.walk(tree)):
            writes = any(isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) for one in ast.walk(method))
            if method in methods and not method.name.startswith("__") and not writes:
                for line in numbers:

                    def change(copy, place=place, line=line):
                        inserted(line)(list(ast.walk(copy))[place])

                    yield change


def without_requires(source: str) -> Iterator[tuple[str, str]]:
    """Each `require` line, and the source without it."""
    tree = ast.parse(textwrap.dedent(source))
    drop_docstrings(tree)
    for place, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.FunctionDef):
            for number, line in enumerate(node.body):
                if is_require(line):
                    other = deepcopy(tree)
                    list(ast.walk(other))[place].body[number] = ast.Pass()
                    yield ast.unparse(line), ast.unparse(ast.fix_missing_locations(other))


def other_ends(source: str) -> Iterator[tuple[str, str, str]]:
    """Each comparison in a `require` line that has an end, as "lr >= 0"; the line, and the source with that end moved."""
    tree = ast.parse(textwrap.dedent(source))
    drop_docstrings(tree)
    for place, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.FunctionDef):
            for number, inner, at in ends(node):
                compared = list(ast.walk(node.body[number]))[inner]
                sides = [compared.left, *compared.comparators][at : at + 2]
                words = ast.unparse(ast.Compare(sides[0], [compared.ops[at]], [sides[1]]))
                other = deepcopy(tree)
                move_end(list(ast.walk(other))[place], number, inner, at)
                yield words, ast.unparse(node.body[number]), ast.unparse(ast.fix_missing_locations(other))


# ---- operators: (function, docstring) -> changes, each done to a copy of the function -------------------


def require_deleted(function, docstring):
    for number, line in enumerate(function.body):
        if is_require(line):
            yield lambda copy, number=number: copy.body.__setitem__(number, ast.Pass())


def require_end_moved(function, docstring):
    """`<=` for `<` in a `require` line, and the other way round: an end of the range is let in or shut out."""
    for place in ends(function):
        yield lambda copy, place=place: move_end(copy, *place)


def ends(function) -> Iterator[tuple[int, int, int]]:
    """Where a `require` line says <, <=, > or >=: the line's number, the comparison's in it, and the operator's in that.

    Not `X.size > 0`: what comes after it fails for an empty array all the same.
    """
    for number, line in enumerate(function.body):
        for inner, node in enumerate(ast.walk(line) if is_require(line) else ()):
            for at, one in enumerate(getattr(node, "ops", ())):
                if type(one) in MOVED_END and getattr(node.left, "attr", None) != "size":
                    yield number, inner, at


def move_end(function, number: int, inner: int, at: int) -> None:
    ops = list(ast.walk(function.body[number]))[inner].ops
    ops[at] = MOVED_END[type(ops[at])]()


def other_default(function, docstring):
    for key in ("kw_defaults", "defaults"):
        for number, node in enumerate(getattr(function.args, key)):
            for other in other_constants(node):
                yield lambda copy, key=key, number=number, other=other: getattr(copy.args, key).__setitem__(
                    number, other
                )


def other_constants(node: ast.expr | None) -> Iterator[ast.expr]:
    """Another number for a number, or for one of a tuple's; for 0.0 a small one as well."""
    if isinstance(node, ast.Constant) and (other := another(node.value)) is not None:
        yield ast.Constant(other)
        if type(node.value) is float and node.value == 0:
            yield ast.Constant(1e-4)
    if isinstance(node, ast.Tuple):
        for place, item in enumerate(node.elts):
            for new in other_constants(item):
                yield ast.Tuple([*node.elts[:place], new, *node.elts[place + 1 :]], ast.Load())


def another(value):
    """Another default of the same kind; None for a word or for None, which are choices and no numbers."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return 10 * value if 0 < value < 1e-3 else value / 2 if value else 0.125
    return None


def arguments_changed(function, docstring):
    """At the start: NaN or inf replaced, small or large numbers cut; a column of zeros, or two equal rows, taken for more."""
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
    """At the end: an input of the caller's is changed."""
    if re.search(r"\b[Nn](?:ot|either is) changed", docstring):
        for name in positional(function):
            yield returning(f"spoiled_after({{}}, {name})")


def returns_changed(function, docstring):
    """What is returned: squeezed, never without dimensions, in float64, of few digits, in an array used before."""
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
    """`slip` around what is returned; around each item of a tuple."""
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
    """A number that is 0 taken for one that was not given; an early return, with nothing done, where it is 0."""
    defaults = dict(zip([one.arg for one in function.args.kwonlyargs], function.args.kw_defaults))
    for name in zero_names(function):
        default = defaults.get(name)
        other = ast.unparse(default) if isinstance(default, ast.Constant) and default.value else "0.1"
        yield inserted(f"{name} = {name} or {other}")
        if (answer := unchanged_answer(function)) is not None:
            yield inserted(f"if {name} == 0:\n    return {answer}")


def lazy_at_zero_gradient(function, docstring):
    """A step that does nothing where the gradient is zero: throughout, or entry by entry as in sparse updates."""
    if not {"params", "grads"} <= set(positional(function)):
        return
    if answer := unchanged_answer(function):
        yield inserted(f"if not np.any(grads):\n    return {answer}")
    for item, name in enumerate(unchanged_items(function)):
        if name is None:
            continue

        def change(copy, item=item, name=name):
            for node in returns(copy):
                values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
                kept = ast.parse(f"kept_at_zero({ast.unparse(values[item])}, *came)", mode="eval").body
                if isinstance(node.value, ast.Tuple):
                    node.value.elts[item] = kept
                else:
                    node.value = kept
            inserted(f"came = ({name}, grads)")(copy)  # the body may give these names other values

        yield change


def numbers_cut(function, docstring):
    """A number without an upper limit is held to at most 1."""
    for name in zero_names(function, limited=False):
        yield inserted(f"{name} = min({name}, 1.0)")


def products_cut(function, docstring):
    """A product of such a number with another option is held to at most 1: lr * weight_decay, say."""
    names, given = set(zero_names(function, limited=False)), inside_requires(function)
    options = {one.arg for one in function.args.kwonlyargs} | names
    for number, node in enumerate(ast.walk(function)):
        if (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Mult)
            and id(node) not in given
            and len(sides := {getattr(side, "id", None) for side in (node.left, node.right)} & options) == 2
            and sides & names
        ):
            yield replaced(number, lambda node: ast.parse(f"min({ast.unparse(node)}, 1.0)", mode="eval").body)


def variances_by_moments(function, docstring):
    """The mean of the squares minus the square of the mean, where the docstring says that numbers may lie far from 0."""
    if "far from 0" not in docstring:
        return
    for number, node in enumerate(ast.walk(function)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", None) in ("var", "std"):

            def moments(node):
                slip = ast.Name(f"{node.func.attr}_by_moments", ast.Load())
                return ast.Call(slip, [node.func.value, *node.args], node.keywords)

            yield replaced(number, moments)


def dtypes_lost(function, docstring):
    """np.zeros(shape) for np.zeros_like: float64 in that place alone."""
    if "dtype" not in docstring:
        return
    for number, node in enumerate(ast.walk(function)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", None) in ("zeros_like", "ones_like"):

            def of_shape(node):
                return ast.parse(f"np.{node.func.attr[:-5]}(np.shape({ast.unparse(node.args[0])}))", mode="eval").body

            yield replaced(number, of_shape)


def copies_widened(function, docstring):
    """`array.astype(float)` for `array.copy()`: a copy that is float64 whatever the array was."""
    if not re.search(r"\b(?:dtype|copy)\b", docstring):
        return
    for number, node in enumerate(ast.walk(function)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "copy" and not node.args:

            def widened(node):
                return ast.parse(f"{ast.unparse(node.func.value)}.astype(float)", mode="eval").body

            yield replaced(number, widened)


def generator_replaced(function, docstring):
    """A generator of one's own takes the place of the one that is handed in."""
    if "rng" in arguments_of(function):
        yield inserted("rng = np.random.default_rng(0)")


def callbacks_twice(function, docstring):
    """A function among the arguments is called once more."""
    names = set(arguments_of(function))
    called = [
        number
        for number, node in enumerate(ast.walk(function))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]
    for number in called:

        def change(copy, number=number):
            node = list(ast.walk(copy))[number]
            again = ast.Call(deepcopy(node.func), deepcopy(node.args), deepcopy(node.keywords))
            node.args, node.keywords = (
                [
                    ast.Constant("called twice"),
                    again,
                    ast.Call(deepcopy(node.func), deepcopy(node.args), deepcopy(node.keywords)),
                ],
                [],
            )
            node.func = ast.Name("second", ast.Load())

        yield change


def callbacks_remembered(function, docstring):
    """A function among the arguments is not called again for arguments that it has had, where calls are promised."""
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
    """np.nansum for np.sum, where the docstring speaks of NaN."""
    if not re.search(r"\bNaN\b", docstring):
        return
    given = inside_requires(function)
    for number, node in enumerate(ast.walk(function)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in NAN_FUNCTIONS
            and id(node) not in given
        ):

            def change(copy, number=number):
                node = list(ast.walk(copy))[number]
                if ast.unparse(node.func.value) != "np":
                    node.args = [node.func.value, *node.args]
                node.func = ast.Attribute(ast.Name("np", ast.Load()), f"nan{node.func.attr}", ast.Load())

            yield change


def loops_cut(function, docstring):
    """At most a few rounds of a loop."""
    for number, node in enumerate(ast.walk(function)):
        if isinstance(node, ast.For):

            def change(copy, number=number):
                node = list(ast.walk(copy))[number]
                node.iter = expression("first_few", node.iter)

            yield change


def comparisons_swapped(function, docstring):
    """`b < a` for `a < b`, outside of `require`."""
    given = inside_requires(function)
    for number, node in enumerate(ast.walk(function)):
        if (
            isinstance(node, ast.Compare)
            and id(node) not in given
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
    """The arguments that are data: not `self`, and no function that the body calls."""
    called = {
        node.func.id for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return [one.arg for one in function.args.args if one.arg not in called | {"self"}]


def zero_names(function, *, limited: bool = True) -> list[str]:
    """Arguments that may be 0 by the `require` lines: `name >= 0`, and if `limited`, `0 <= name < 1` as well."""
    found = []
    for line in filter(is_require, function.body):
        condition = ast.unparse(line.value.args[0])
        found += re.findall(r"\b([A-Za-z_]\w*) >= 0(?![.\d])", condition)
        if limited:
            found += re.findall(r"(?<![.\d])\b0 <= ([A-Za-z_]\w*)(?![.\w(\[])", condition)
    return [name for name in dict.fromkeys(found) if name in arguments_of(function)]


def arguments_of(function) -> list[str]:
    return [one.arg for one in [*function.args.args, *function.args.kwonlyargs]]


def returns(function) -> list[ast.Return]:
    inner = {
        id(node)
        for one in ast.walk(function)
        if isinstance(one, (ast.FunctionDef, ast.Lambda)) and one is not function
        for node in ast.walk(one)
    }
    return [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and node.value is not None and id(node) not in inner
    ]


def unchanged_answer(function) -> str | None:
    """The arguments that stand in for what the last line returns: `params, velocity`."""
    names = unchanged_items(function)
    return ", ".join(names) if names and None not in names else None


def unchanged_items(function) -> list[str | None]:
    """For each value that the last line returns, the argument that stands in for it; None where no argument is in it."""
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


def inside_requires(function) -> set[int]:
    return {id(inner) for line in function.body if is_require(line) for inner in ast.walk(line)}


def expression(name: str, node: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [node], [])


def replaced(number: int, by):
    """A change that puts by(node) in the place of node number `number` of a walk."""

    def change(copy):
        old = list(ast.walk(copy))[number]
        new = ast.copy_location(by(deepcopy(old)), old)
        for owner in ast.walk(copy):
            for field, value in ast.iter_fields(owner):
                if value is old:
                    setattr(owner, field, new)
                elif isinstance(value, list):
                    value[:] = [new if one is old else one for one in value]

    return change


def inserted(code: str):
    """A change that puts `code` behind the leading `require` lines."""

    def change(copy):
        place = 0
        while place < len(copy.body) and is_require(copy.body[place]):
            place += 1
        copy.body[place:place] = ast.parse(code).body

    return change


def returning(call: str):
    """A change that wraps every returned value: `call` has {} where it stands."""

    def change(copy):
        for node in returns(copy):
            node.value = ast.parse(call.format(f"({ast.unparse(node.value)})"), mode="eval").body

    return change
