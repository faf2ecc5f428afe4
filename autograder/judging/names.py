"""Decide which names of a test cell are the student's, and which statements of the chapter the judge must run itself.

We use the instructor's notebook only. A name is the student's if the last statement that surely binds it before the test
is in an answer cell. Imports are the judge's own in every cell. Any other name comes from top-level statements of given
cells, as few as the test needs: the one that binds it, and those that change it afterwards (`cases.append(...)`,
`table["x"] = ...`). Statements of an earlier test cell are run only for a name that no given cell and no answer binds,
such as a helper function, because a wrong answer must not fail the tests of later exercises.
"""

import ast
import builtins
import dis
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType

from autograder.intake.roles import CourseCell, is_answer

MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)
SURE = (
    ast.Assign,
    ast.AnnAssign,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.With,
    ast.Expr,
)
IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass
class Statement:
    """A top-level statement (node None in an answer cell), with the names that it surely binds, may bind, changes in
    place, calls a method of, reads when it runs, and reads later (when a function that it defines is called)."""

    node: ast.stmt | None
    cell: int
    in_test: bool = False
    is_class: bool = False
    binds: set[str] = field(default_factory=set)
    may_bind: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    reads_later: set[str] = field(default_factory=set)


@dataclass
class Plan:
    """Steps before a test, ("run", statement) and ("ask", name) in order, then `test` itself."""

    steps: list[tuple]
    test: ast.Module
    classes: frozenset[str] = frozenset()  # names that answers of the instructor's notebook define as classes


def parse(source: str) -> ast.Module:
    """The syntax tree of a cell; IPython lines (%, !) become `pass`, a %% cell is empty. Raises SyntaxError."""
    if source.lstrip().startswith("%%"):
        source = ""
    return ast.parse(MAGIC.sub(r"\1pass", source))


def describe(node: ast.stmt, cell: int) -> Statement:
    """A statement's global names, as the compiler determines them."""
    statement = Statement(node, cell, changes=changed_by(node), calls=called_on(node))
    code = compile(ast.Module([node], []), "<cell>", "exec", optimize=0)
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("STORE_NAME", "STORE_GLOBAL"):
            (statement.binds if isinstance(node, SURE) else statement.may_bind).add(instruction.argval)
        elif instruction.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
            statement.reads.add(instruction.argval)
    for inner in inner_codes(code):
        for instruction in dis.get_instructions(inner):
            if instruction.opname == "STORE_GLOBAL":
                statement.may_bind.add(instruction.argval)
            elif instruction.opname in ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"):
                statement.reads_later.add(instruction.argval)
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        statement.binds.add("*")
    statement.reads |= statement.changes
    return statement


def inner_codes(code: CodeType) -> Iterator[CodeType]:
    """Code objects of the functions, classes, lambdas and comprehensions in a code object."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from inner_codes(constant)


def changed_by(node: ast.stmt) -> set[str]:
    """Names of the objects that a statement changes by assignment: to an attribute, an item, or in place."""
    targets = [
        n.value
        for n in ast.walk(node)
        if isinstance(n, (ast.Attribute, ast.Subscript)) and not isinstance(n.ctx, ast.Load)
    ]
    targets += [n.target for n in ast.walk(node) if isinstance(n, ast.AugAssign)]
    return set(filter(None, map(root_name, targets)))


def called_on(node: ast.stmt) -> set[str]:
    """Names of the objects that a statement may change by a method call whose value it does not use."""
    calls = [n.value for n in ast.walk(node) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)]
    return set(filter(None, (root_name(call.func.value) for call in calls if isinstance(call.func, ast.Attribute))))


def root_name(target: ast.expr) -> str | None:
    """The name that a chain of attributes and items begins with."""
    while isinstance(target, (ast.Attribute, ast.Subscript)):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


def is_graded(cell: CourseCell) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade")) and not is_answer(cell)


def statements(cells: Sequence[CourseCell]) -> list[Statement]:
    """All top-level statements of the code cells in order, without experiments. A cell with a syntax error has none:
    a test that uses its names then raises NameError."""
    all_statements = []
    for number, cell in enumerate(cells):
        if cell.cell_type != "code" or "experiment" in cell.metadata.get("tags", []):
            continue
        try:
            body = parse(cell.source).body
        except SyntaxError:
            continue
        for node in body:
            statement = describe(node, number)
            statement.in_test = is_graded(cell)
            if is_answer(cell) and not isinstance(node, IMPORTS):
                statement = Statement(
                    None, number, binds=statement.binds | statement.may_bind, is_class=isinstance(node, ast.ClassDef)
                )
            all_statements.append(statement)
    return all_statements


def plan_test(
    cells: Sequence[CourseCell],
    position: int,
    *,
    given: frozenset[str] = frozenset({"check"}),
    known: list[Statement] | None = None,
) -> Plan:
    """The steps that the test cell at `position` needs. given: names that the judge supplies.

    known: statements(cells), for a caller that has them already.
    """
    known = [s for s in known or statements(cells) if s.cell < position]
    test = parse(cells[position].source)
    needed: set[int] = set()
    requested: set[tuple[int, str]] = set()
    resolved: set[tuple[str, int]] = set()

    def need(name: str, before: int, *, of_tests: bool = True) -> None:
        """Take the statements that determine `name` as of just before statement number `before`.
        of_tests: those of earlier test cells, too, if no other binds the name."""
        if name in given or (name, before) in resolved:
            return
        resolved.add((name, before))
        if not makers_of(name, before, in_test=False) and of_tests and not hasattr(builtins, name):
            makers_of(name, before, in_test=True)

    def makers_of(name: str, before: int, *, in_test: bool) -> bool:
        """Take them from the test cells, or from all others; False if none of these binds the name."""
        makers, binder = [], None
        for index in range(before - 1, -1, -1):
            statement = known[index]
            if statement.in_test != in_test:
                continue
            if name in statement.binds and statement.node is None:
                requested.add((before, name))  # the kernel has executed what changed it since
                return True
            if name in statement.binds | statement.may_bind | statement.changes | statement.calls:
                makers.append(index)
            if name in statement.binds:
                binder = statement
                break
        else:
            makers += [
                index
                for index, s in enumerate(known[:before])
                if "*" in s.binds and s.in_test == in_test and not hasattr(builtins, name)
            ]
        if not any(name in known[i].binds | known[i].may_bind or "*" in known[i].binds for i in makers):
            return False
        imported = binder is not None and isinstance(binder.node, IMPORTS)
        for index in makers:
            statement = known[index]
            if not imported or name in statement.binds | statement.may_bind | statement.changes:
                take(index)  # a call such as np.testing.assert_equal(...) does not change a module
        return True

    def take(index: int) -> None:
        if index not in needed:
            needed.add(index)
            for name in known[index].reads:
                need(name, index)
            for name in known[index].reads_later:
                need(name, index)
                need(name, len(known))

    bound: set[str] = set()
    own: set[str] = set()  # names that the test itself may bind, as a loop does
    for node in test.body:
        statement = describe(node, position)
        own |= statement.binds | statement.may_bind
        for name in (statement.reads | statement.reads_later) - bound:
            need(name, len(known), of_tests=name not in own)
        bound |= statement.binds
    steps: list[tuple] = []
    for index in range(len(known) + 1):
        steps += [("ask", name) for before, name in sorted(requested) if before == index]
        if index in needed:
            steps.append(("run", known[index].node))
    return Plan(steps, test, frozenset(name for s in known if s.is_class for name in s.binds))
