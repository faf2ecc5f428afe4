"""`from reference.momentum import momentum_step` in an answer cell becomes that function, with solution marks.

Signature, docstring and leading `require(...)` lines are what a student is given; the marks go around the rest of
the body. So stub, worked solution and oracle are one text. A function may use only what a student has at that
point of the chapter: builtins, imports of provided and setup cells, functions answered or given earlier.
"""

import ast
import builtins
import symtable
from pathlib import Path

from autograder.source import CHECKS, Problems, Unit

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
KNOWN = {*dir(builtins), "display", "get_ipython", "__name__"}
DEFS = (ast.FunctionDef, ast.AsyncFunctionDef)


def inline_all(units: list[Unit], reference: Path, problems: Problems) -> None:
    """Replace imports from `reference` (the folder with its modules) and check every name that graded code uses."""
    imported: set[str] = set()  # by provided and setup cells
    solved: set[str] = set()  # defined by earlier answer and given cells
    provided: set[str] = set()  # everything else that cells before this one define and that is there when graded
    skipped: set[str] = set()  # defined in experiments only: not there when graded
    answers: dict[str, Unit] = {}
    for unit in (unit for unit in units if unit.kind == "code"):
        wanted = reference_import(unit, problems)
        if wanted:
            inline(unit, *wanted, reference, problems)
        text = unit.text["en"]
        bound, free = names(text)
        if unit.role == "experiment":
            skipped |= bound
            continue
        missing = free - KNOWN - bound - imported - solved - (set() if wanted else provided)
        if unit.role == "answer":
            check_answer(unit, bound, problems)
            answers[unit.id] = unit
        if unit.role == "answer" or wanted:
            unit.names = sorted(bound)
            solved |= bound
            for name in sorted(missing):
                problems.add(unit, f"the free name {name}: a student does not have it here; make it an argument, import "
                             "it in a setup cell, or let an earlier cell give it or ask for it")
        else:
            for name in sorted(missing & skipped):
                problems.add(unit, f"{name} comes from an experiment, and experiments are skipped when graded")
            imported |= imports(text)
            provided |= bound
        if unit.role in CHECKS:
            check_tests(unit, free, answers, problems)
    tested = {name for unit in units if unit.role in CHECKS for name in unit.of}
    for name in answers.keys() - tested:
        problems.add(answers[name], f'an answer without tests: add role="tests" id="test_{name}" points=...')


def check_answer(unit: Unit, bound: set[str], problems: Problems) -> None:
    if unit.id not in bound:
        problems.add(unit, f"defines {', '.join(sorted(bound)) or 'nothing'}, but not {unit.id}: the id is the name asked for")
    marks = [mark for line in unit.text["en"].splitlines() for mark in (BEGIN, END) if line.strip() == mark]
    if not marks or marks != [BEGIN, END] * (len(marks) // 2):
        problems.add(unit, f"needs a line '{BEGIN}' and then a line '{END}' around what a student has to write")


def check_tests(unit: Unit, used: set[str], answers: dict[str, Unit], problems: Problems) -> None:
    for name in unit.of:
        if name not in answers:
            problems.add(unit, f'no answer with the id "{name}" comes before it (name what it tests with of="...")')
        elif not used & set(answers[name].names):
            problems.add(unit, f'never uses the answer "{name}" that it says it tests')


def names(text: str) -> tuple[set[str], set[str]]:
    """Return the names that code binds at its top level, and those that it takes from elsewhere."""
    top = symtable.symtable(text, "cell", "exec")
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    used, tables = set(), [top]
    while tables:
        table = tables.pop()
        used |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (table is top or s.is_global())}
        tables += table.get_children()
    return bound, used - bound


def imports(text: str) -> set[str]:
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    return {(alias.asname or alias.name).split(".")[0] for node in nodes for alias in node.names}


def reference_import(unit: Unit, problems: Problems) -> tuple[str, list[str]] | None:
    """Return (module, names) if the cell is `from reference.module import names` and nothing else."""
    body = ast.parse(unit.text["en"]).body
    found = [node for node in ast.walk(ast.Module(body, [])) if "reference" in {
        (getattr(node, "module", None) or "").split(".")[0], *(a.name.split(".")[0] for a in getattr(node, "names", [])
                                                              if isinstance(a, ast.alias))}]
    if not found:
        return None
    node = body[0]
    if unit.role not in {"answer", "given"}:
        problems.add(unit, "imports from reference, which no student has; only answer and given cells may")
    elif len(body) > 1 or not isinstance(node, ast.ImportFrom) or (node.module or "").count(".") != 1 \
            or any(a.asname or a.name == "*" for a in node.names):
        problems.add(unit, "must be one line 'from reference.MODULE import NAME, NAME' and nothing else")
    else:
        return node.module.split(".")[1], [alias.name for alias in node.names]
    return None


def inline(unit: Unit, module: str, wanted: list[str], reference: Path, problems: Problems) -> None:
    path = reference / f"{module}.py"
    if not path.is_file():
        return problems.add(unit, f"there is no src/reference/{module}.py")
    text = path.read_text(encoding="utf-8")
    found = {node.name: node for node in ast.parse(text).body if isinstance(node, (*DEFS, ast.ClassDef))}
    parts = []
    for name in wanted:
        if name in found:
            hide = unit.role == "answer"
            parts.append(marked(text, found[name], unit, problems) if hide else segment(text.splitlines(), found[name]))
        else:
            problems.add(unit, f"src/reference/{module}.py has no function or class {name}")
    unit.text = dict.fromkeys(unit.text, "\n\n\n".join(parts))


def segment(lines: list[str], node) -> str:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return "\n".join(lines[first - 1:node.end_lineno])


def marked(text: str, node, unit: Unit, problems: Problems) -> str:
    """Return the source of a function or class with solution marks in every body that has something to hide."""
    lines = text.splitlines()
    if isinstance(node, ast.ClassDef):
        bodies = [child for child in node.body if isinstance(child, DEFS)]
    else:
        bodies = [node]
    hidden = 0
    for function in reversed(bodies):  # from the last, so that the line numbers before it stay right
        shown = 0
        while shown < len(function.body) and is_given(function.body[shown], first=shown == 0):
            shown += 1
        if shown == len(function.body):
            continue  # a docstring and require lines only
        statement = function.body[shown]
        start = function.body[shown - 1].end_lineno if shown else statement.lineno - 1
        while not shown and is_comment(lines[start - 1]) and start > function.lineno:
            start -= 1  # comments above the first statement tell how it is done
        while not lines[start].strip():
            start += 1  # the blank line stays outside
        if lines[statement.lineno - 1][:statement.col_offset].strip():
            problems.add(unit, f"{function.name}: its body must start on a line of its own")
            continue
        indent = " " * statement.col_offset
        lines[function.end_lineno:function.end_lineno] = [indent + END]
        lines[start:start] = [indent + BEGIN]
        hidden += 1
    if not hidden:
        problems.add(unit, f"{node.name} has nothing for a student to write")
    node.end_lineno += 2 * hidden
    return segment(lines, node)


def is_comment(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def is_given(statement: ast.stmt, *, first: bool) -> bool:
    """A docstring, or a `require(...)` statement."""
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value
    if isinstance(value, ast.Constant):
        return first and isinstance(value.value, str)
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "require"

