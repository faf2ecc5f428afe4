"""Which names of a test cell are the student's, and which of the master's statements the judge needs itself.

Read from the master's text only: a name belongs to the student when the last cell that surely binds it before
the test is an answer cell. Imports are the judge's own wherever they stand. Every other name comes from the
top-level statements of provided cells, as few as the test needs: the one that binds it, and those that change
it afterwards (`cases.append(...)`, `table["x"] = ...`).
"""

import ast
import builtins
import re
from dataclasses import dataclass, field

MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef,
          ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass
class Statement:
    """One top-level statement: what it surely binds, may bind, changes, and reads now or later."""

    node: ast.stmt | None
    cell: int
    students: bool = False
    binds: set[str] = field(default_factory=set)
    may_bind: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    reads_later: set[str] = field(default_factory=set)


@dataclass
class Plan:
    """What to do before a test: ("run", statement) and ("ask", name), in order; then `test` itself."""

    steps: list
    test: ast.Module


def parse(source: str) -> ast.Module:
    """The module of a cell; lines for IPython (%, !) do nothing, a %% cell is empty."""
    if source.lstrip().startswith("%%"):
        source = ""
    return ast.parse(MAGIC.sub(r"\1pass", source))


def describe(node: ast.stmt, cell: int) -> Statement:
    """A statement's names. What stands in a function's body is read later, when it is called."""
    it = Statement(node, cell)
    sure = isinstance(node, (ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
                             ast.Import, ast.ImportFrom, ast.With, ast.AsyncWith, ast.Expr))

    def bind(name):
        (it.binds if sure else it.may_bind).add(name)

    def visit(node, inner):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                (it.reads_later if inner else it.reads).add(node.id)
            elif not inner:
                bind(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)) and not inner:
            for alias in node.names:
                bind(alias.asname or alias.name.split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name and not inner:
            bind(node.name)
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name and not inner:
            bind(node.name)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not inner:
            bind(node.name)
        if isinstance(node, ast.NamedExpr) and inner:
            it.may_bind.add(node.target.id)  # in a comprehension it binds outside
        if not inner:
            it.changes.update(changed_by(node))
        for child in ast.iter_child_nodes(node):
            visit(child, inner or isinstance(node, SCOPES))

    visit(node, False)
    if isinstance(node, ast.AugAssign):
        it.changes |= it.may_bind
        it.reads |= it.may_bind
    it.reads |= it.changes
    return it


def changed_by(node) -> set[str]:
    """Names whose object this node may change in place."""
    targets = []
    if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
        targets = [node.value]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        targets = [node.value.func.value]
    while targets and isinstance(targets[0], (ast.Attribute, ast.Subscript)):
        targets = [targets[0].value]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def is_answer(cell) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def statements(cells) -> list[Statement]:
    """All top-level statements of a master's code cells, experiments left out. Answers' imports are ours."""
    found = []
    for number, cell in enumerate(cells):
        if cell.cell_type != "code" or "experiment" in cell.metadata.get("tags", []):
            continue
        for node in parse(cell.source).body:
            statement = describe(node, number)
            if is_answer(cell) and not isinstance(node, (ast.Import, ast.ImportFrom)):
                students = statement.binds | statement.may_bind
                statement = Statement(None, number, students=True, binds=students)
            found.append(statement)
    return found


def plan(cells, position: int, *, given=frozenset({"check"})) -> Plan:
    """What the test cell at `position` needs. `given` are names that the judge supplies."""
    known = [s for s in statements(cells) if s.cell < position]
    test = parse(cells[position].source)
    needed, asked, seen = set(), {}, set()

    def need(name, before):
        """The statements before index `before` that make `name` what it is there."""
        if name in given or (name, before) in seen:
            return
        seen.add((name, before))
        makers = []
        for index in range(before - 1, -1, -1):
            statement = known[index]
            if name in statement.binds and statement.students:
                asked.setdefault(name, set()).add(before)  # with all that happened to it since, in the kernel
                return
            if name in statement.binds:
                makers.append(index)
                break
            if name in statement.may_bind or name in statement.changes:
                makers.append(index)
        else:
            if any("*" in s.binds for s in known[:before]) and not hasattr(builtins, name):
                makers += [i for i, s in enumerate(known[:before]) if "*" in s.binds]
            elif not any(name in known[i].may_bind | known[i].binds for i in makers):
                return  # only changed here: a builtin, or nothing we know
        for index in makers:
            take(index)

    def take(index):
        if index in needed:
            return
        needed.add(index)
        for name in known[index].reads:
            need(name, index)
        for name in known[index].reads_later:
            need(name, index)
            need(name, len(known))

    for node in test.body:
        statement = describe(node, position)
        for name in statement.reads | statement.reads_later:
            need(name, len(known))
    steps = []
    for index in range(len(known) + 1):
        steps += [("ask", name) for name in sorted(asked) if index in asked[name]]
        if index in needed:
            steps.append(("run", known[index].node))
    return Plan(steps, test)
