"""Check which names each cell uses and defines: an answer may use only names that a student has at that point.

These are builtins, imports of provided and setup cells, and definitions of earlier given and answer cells. Graded code
may not use names from experiments, because experiments are skipped when a submission is graded.
"""

import ast
import builtins
import re
import symtable
from pathlib import Path

from .docstrings import Docstring
from .inline import BEGIN, END, inline, stubbed
from .rules import CHECKS
from .source import Problems, Unit

ALWAYS = {*dir(builtins), "__name__", "display", "get_ipython"}


def resolve(
    units: list[Unit], reference: Path, docs: dict[str, Docstring], problems: Problems, *, chinese_needed: bool = False
) -> None:
    """Inline imports from `reference` and follow every name from cell to cell."""
    imported: set[str] = set()  # by provided and setup cells
    solved: set[str] = set()  # defined by earlier answer and given cells
    provided: set[str] = set()  # all that provided and setup cells define
    skipped: set[str] = set()  # what experiments define
    answers: dict[str, Unit] = {}
    for unit in (unit for unit in units if unit.kind == "code"):
        inlined = inline(unit, reference, docs, problems, chinese_needed=chinese_needed)
        bound, free = names(unit.text["en"])
        if unit.role in {"experiment", "practice"}:
            skipped |= bound
        elif unit.role in {"answer", "given"}:
            # An inlined function uses the globals of its module: helpers that this chapter provides do not count.
            available = ALWAYS | imported | solved | (set() if inlined else provided)
            for name in sorted(free - available):
                problems.add(
                    unit,
                    f"the free name {name}: a student does not have it here; make it an "
                    "argument, import it in a setup cell, or give or ask for it in an earlier cell",
                )
            unit.names = sorted(bound)
            solved |= bound
        else:
            for name in sorted((free & skipped) - provided - solved):
                problems.add(unit, f"{name} comes from an experiment, which is skipped when graded")
            if unit.role is None and not bound:
                problems.add(
                    unit,
                    'defines nothing that a later cell could use: say role="experiment", or every '
                    "submission waits for it when graded",
                )
            provided |= bound
            imported |= bound & imports(unit.text["en"])
        if unit.role == "answer":
            check_answer(unit, problems, literal=not inlined)
            answers[unit.id] = unit
        elif "BEGIN SOLUTION" in unit.text["en"]:
            problems.add(unit, "solution marks outside of an answer cell")
        if unit.role in CHECKS:
            check_tests(unit, free, answers, problems)
    tested = {name for unit in units if unit.role in CHECKS for name in unit.of}
    for name in answers.keys() - tested:
        problems.add(answers[name], f'an answer without tests: add role="tests" id="test_{name}" below it')
    for name, doc in docs.items():
        for cell in () if doc.used else doc.cells.values():
            problems.add(cell, f"no answer or given cell imports {name} from reference")


def check_answer(unit: Unit, problems: Problems, *, literal: bool) -> None:
    if unit.id not in unit.names:
        defined = ", ".join(unit.names) or "nothing"
        problems.add(unit, f"defines {defined} and not {unit.id}: the id is the name that is asked for")
    marks = [line.strip() for line in unit.text["en"].splitlines() if re.search("(BEGIN|END) SOLUTION", line)]
    if literal and (not marks or marks != [BEGIN, END] * (len(marks) // 2)):
        problems.add(unit, f"needs the lines '{BEGIN}' and '{END}' around what a student has to write")
        return
    try:
        ast.parse(stubbed(unit.text["en"]))
    except SyntaxError as error:
        problems.add(unit, f"without the marked lines it is not Python: {error.msg}")


def check_tests(unit: Unit, used: set[str], answers: dict[str, Unit], problems: Problems) -> None:
    for name in unit.of:
        if name not in answers:
            problems.add(unit, f'no answer "{name}" before it (call it test_ANSWER, or say of="ANSWER")')
        elif not used & set(answers[name].names):
            problems.add(unit, f'never uses the answer "{name}" that it is to test')


def names(text: str) -> tuple[set[str], set[str]]:
    """Return the names that code binds at its top level, and those that it uses without binding them."""
    top = symtable.symtable(text, "cell", "exec")
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    used, tables = set(), [top]
    while tables:
        table = tables.pop()
        used |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (table is top or s.is_global())}
        tables += table.get_children()
    return bound, used - bound


def check_threads(units: list[Unit], problems: Problems) -> None:
    """Check that descent is imported before NumPy: it limits the threads of BLAS, which works only then."""
    for unit in (unit for unit in units if unit.kind == "code"):
        nodes = sorted(
            (node for node in ast.walk(ast.parse(unit.text["en"])) if isinstance(node, ast.Import | ast.ImportFrom)),
            key=lambda node: node.lineno,
        )
        roots = [
            name.split(".")[0]
            for node in nodes
            for name in (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            )
        ]
        numpy = [i for i, root in enumerate(roots) if root in {"numpy", "matplotlib"}]
        if "descent" in roots and numpy and numpy[0] < roots.index("descent"):
            problems.add(
                unit, "imports NumPy before descent, which sets the threads of BLAS: put the imports of descent first"
            )
        if "descent" in roots or numpy:
            return  # the first cell that imports either decides


def imports(text: str) -> set[str]:
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    return {(alias.asname or alias.name).split(".")[0] for node in nodes for alias in node.names}
