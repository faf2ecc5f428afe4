"""`from reference.momentum import momentum_step` in an answer cell becomes that function with solution marks.

Students get the signature, docstring and leading `require(...)` lines; solution marks go around the rest. So stub,
worked solution and reference are one text. The Chinese notebook gets the chapter's Chinese docstring.
"""

import ast
import re
from functools import partial
from pathlib import Path
from typing import Any

from . import docstrings, pairs
from .docstrings import Docstring
from .source import Problems, Unit

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
REGION = re.compile(rf"\n?^([ \t]*){BEGIN}[ \t]*\n.*?^[ \t]*{END}[ \t]*$", re.M | re.S)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def inline(
    unit: Unit, reference: Path, docs: dict[str, Docstring], problems: Problems, *, chinese_needed: bool = False
) -> bool:
    """Replace an import from `reference` (the folder of its modules) by the source; False if the cell has no such import.

    `docs` are the chapter's docstring cells; `chinese_needed`: every docstring must have a Chinese one.
    """
    imported = reference_import(unit, problems)
    if imported is None:
        return False
    module, names = imported
    path = reference / f"{module}.py"
    if not path.is_file():
        problems.add(unit, f"there is no src/reference/{module}.py")
        return False
    english = path.read_text(encoding="utf-8")
    nodes_by_name = functions(english)
    for name in names:
        if name not in nodes_by_name:
            problems.add(unit, f"src/reference/{module}.py has no function or class {name}")
        elif "taught" not in unit.keys:
            docstrings.check(nodes_by_name[name], unit, docs, problems, needed=chinese_needed)
    nodes = [nodes_by_name[name] for name in names if name in nodes_by_name]
    if chapter := unit.keys.get("taught"):  # students have read its docstring there
        texts = {
            "en": docstrings.pointing(english, nodes, f"See chapter {chapter}."),
            "zh": docstrings.pointing(english, nodes, f"见 {chapter} 章。"),
        }
    else:
        texts = {"en": english, "zh": docstrings.translated(english, nodes, docs)}
    texts = {lang: cut_out(text, names, unit, problems) for lang, text in texts.items()}
    unit.text = pairs.resolve(texts, partial(problems.add, unit))
    return True


def functions(text: str) -> dict[str, docstrings.Owner]:
    return {node.name: node for node in ast.parse(text).body if isinstance(node, docstrings.Owner)}


def cut_out(text: str, names: list[str], unit: Unit, problems: Problems) -> str:
    """Return the wanted functions and classes of a module's text, with solution marks in an answer cell."""
    nodes_by_name, parts = functions(text), []
    for name in (name for name in names if name in nodes_by_name):
        if unit.role == "answer":
            parts.append(marked(text.splitlines(), nodes_by_name[name], unit, problems))
        else:
            parts.append(segment(text.splitlines(), nodes_by_name[name]))
    return "\n\n\n".join(parts)


def reference_import(unit: Unit, problems: Problems) -> tuple[str, list[str]] | None:
    """Return (module, names) of a cell that is `from reference.module import names` and nothing else."""
    body = ast.parse(unit.text["en"]).body
    if not any(imports_reference(node) for node in ast.walk(ast.Module(body, []))):
        return None
    node = body[0]
    if unit.role not in {"answer", "given"}:
        problems.add(unit, "imports from reference, which no student has; only answer and given cells may")
    elif len(body) > 1 or not isinstance(node, ast.ImportFrom) or (node.module or "").count(".") != 1:
        problems.add(unit, "must be one line 'from reference.MODULE import NAME, NAME' and nothing else")
    elif any(alias.asname for alias in node.names):
        problems.add(unit, "'as' cannot be inlined: import the function under its own name")
    else:
        return (node.module or "").split(".")[1], [alias.name for alias in node.names]
    return None


def imports_reference(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] == "reference"
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    return any(name.split(".")[0] == "reference" for name in names)


def segment(lines: list[str], node: Any) -> str:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return "\n".join(lines[first - 1 : node.end_lineno])


def marked(lines: list[str], node: Any, unit: Unit, problems: Problems) -> str:
    """Return the function or class with solution marks around everything that a student has to write."""
    is_class = isinstance(node, ast.ClassDef)
    bodies = [child for child in node.body if isinstance(child, FUNCTIONS)] if is_class else [node]
    hidden = 0
    for function in reversed(bodies):  # from the last, so that earlier line numbers stay valid
        num_given = 0
        while num_given < len(function.body) and is_given(function.body[num_given], first=num_given == 0):
            num_given += 1
        if num_given == len(function.body):
            continue  # a docstring and require lines only
        statement = function.body[num_given]
        first = min([statement, *getattr(statement, "decorator_list", [])], key=lambda node: node.lineno)
        start = function.body[num_given - 1].end_lineno if num_given else first.lineno - 1
        while not num_given and is_comment(lines[start - 1]) and start > function.lineno:
            start -= 1  # comments above the first statement belong to the solution
        while not lines[start].strip():
            start += 1  # the blank line stays outside
        if lines[first.lineno - 1][: statement.col_offset].strip():
            problems.add(unit, f"{function.name}: its body must start on a line of its own")
            continue
        indent = " " * statement.col_offset
        lines[function.end_lineno : function.end_lineno] = [indent + END]
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


NOT_WRITTEN = {"en": "{name}: not written yet", "zh": "{name}：还没有写"}  # descent.examine reads both


def stubbed(source: str, lang: str = "en") -> str:
    """Return the student's version of a cell: every marked region becomes a stub that names its exercise.

    In a class the stub names the method (`EarlyStopping.update`). Outside of functions the region is only removed: the
    student starts from the line before it, such as `prediction = None`.
    """
    tree = ast.parse(source)

    def stub(region: re.Match) -> str:
        name = ".".join(enclosing(tree, source.count("\n", 0, region.start(1)) + 1))
        return f'\n{region[1]}raise NotImplementedError("{NOT_WRITTEN[lang].format(name=name)}")' if name else ""

    return REGION.sub(stub, source)


def enclosing(tree: ast.AST, line: int) -> list[str]:
    """Return the names of the class and function around `line`, outermost first."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and node.lineno <= line <= (node.end_lineno or node.lineno):
            return [node.name, *enclosing(node, line)]
    return []
