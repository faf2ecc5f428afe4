"""Docstrings of exercises: the English one is in `src/reference`, the Chinese one in a cell of the chapter text.

    # %% [markdown] role="docstring" of="momentum_step" lang="zh" twin="161291a5"
    # 动量法走一步，学习率在速度之外。

A chapter that uses a function of an earlier chapter again takes the Chinese docstring from there. `twin` is the first 8
digits of the SHA-256 of the English docstring that was translated: when that one changes, the build reports it. While
both are being written, an English docstring cell may stand beside the Chinese one; it must equal the reference's.
"""

import ast
import hashlib
import inspect
import re
from dataclasses import dataclass
from pathlib import Path

from .source import Problems, Unit, split
from .todo import CHINESE as TODO

Owner = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
EXAMPLE = re.compile(r"^[ \t]*>>> .*(?:\n(?![ \t]*(?:>>>|$)).*)*", re.M)
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w])")
SHAPE = re.compile(r"\((?:[A-Za-z0-9]{1,2},)+[A-Za-z0-9]{0,2}\)")
NAME = re.compile(r"[A-Za-z]+(?:_[A-Za-z0-9]+)+|[A-Z][A-Za-z]*(?:Error|Warning)")


@dataclass
class Docstring:
    """The cells of one function's docstring, by language."""

    cells: dict[str, Unit]
    used: bool = False


def take(cells: list[Unit], problems: Problems) -> tuple[dict[str, Docstring], list[Unit]]:
    """Return the docstring cells by the name of their function, and the other cells."""
    docs: dict[str, Docstring] = {}
    for cell in (cell for cell in cells if cell.role == "docstring"):
        languages = docs.setdefault(cell.keys["of"], Docstring({})).cells
        lang = cell.keys["lang"]
        if lang in languages:
            problems.add(cell, f"a second docstring of {cell.keys['of']} in the same language")
        languages[lang] = cell
    return docs, [cell for cell in cells if cell.role != "docstring"]


def borrow(path: Path, docs: dict[str, Docstring]) -> None:
    """Add to `docs` the Chinese docstrings of earlier chapters that this one does not have itself."""
    for earlier in sorted(path.parent.glob("[0-9][0-9]_*.py"), reverse=True):
        if earlier.name < path.name and 'role="docstring"' in earlier.read_text(encoding="utf-8"):
            earlier_docs, _ = take(split(earlier, Problems(earlier)), Problems(earlier))
            for name, doc in earlier_docs.items():
                if "zh" in doc.cells:
                    docs.setdefault(name, Docstring({"zh": doc.cells["zh"]}, used=True))


def digest(docstring: str) -> str:
    """Return the `twin` of an English docstring, given without its function's indentation."""
    return hashlib.sha256(docstring.encode()).hexdigest()[:8]


def documented(node: Owner) -> dict[str, Owner]:
    """Return {name: node} of a function or class, and of its methods as `Class.method`."""
    inner = [child for child in node.body if isinstance(child, Owner)] if isinstance(node, ast.ClassDef) else []
    return {node.name: node} | {f"{node.name}.{child.name}": child for child in inner}


def translated(text: str, nodes: list[Owner], docs: dict[str, Docstring]) -> str:
    """Return the module's text with the Chinese docstrings of these functions and classes in place of the English."""
    return replaced(text, nodes, {name: doc.cells["zh"].text["zh"] for name, doc in docs.items() if "zh" in doc.cells})


def replaced(text: str, nodes: list[Owner], docstrings: dict[str, str]) -> str:
    """Return the module's text with new docstrings, given by name, for these functions, classes and their methods."""
    lines = text.splitlines()
    owners = [pair for node in nodes for pair in documented(node).items()]
    for name, node in sorted(owners, key=lambda pair: pair[1].body[0].lineno, reverse=True):
        if name in docstrings and ast.get_docstring(node) is not None:
            statement = node.body[0]
            lines[statement.lineno - 1 : statement.end_lineno] = literal(docstrings[name], statement.col_offset)
    return "\n".join(lines) + "\n"


def pointing(text: str, nodes: list[Owner], sentence: str) -> str:
    """Return the module's text with `sentence` as the docstring of each of these functions, classes and methods."""
    return replaced(text, nodes, {name: sentence for node in nodes for name in documented(node)})


def literal(text: str, column: int) -> list[str]:
    """Return the lines of a docstring in triple quotes at a column."""
    indent, opening = " " * column, ('r"""' if "\\" in text else '"""')
    first, *other_lines = text.strip().splitlines()
    if not other_lines:
        return [f'{indent}{opening}{first}"""']
    return [f"{indent}{opening}{first}", *[(indent + line).rstrip() for line in other_lines], f'{indent}"""']


def check(node: Owner, unit: Unit, docs: dict[str, Docstring], problems: Problems, *, needed: bool) -> None:
    """Compare the Chinese docstrings of a function or class with the English ones; `needed`: they must exist."""
    for name, owner in documented(node).items():
        english = ast.get_docstring(owner)
        doc = docs.get(name)
        if doc:
            doc.used = True
        if english is None:
            if doc:
                problems.add(
                    next(iter(doc.cells.values())), f"{name} has no docstring in src/reference: write it there"
                )
            continue
        chinese = doc.cells.get("zh") if doc else None
        if doc and "en" in doc.cells and doc.cells["en"].text["en"].strip() != english:
            problems.add(
                doc.cells["en"],
                f"is not the docstring of {name} in src/reference, which is the English one: "
                "change it there and delete this cell",
            )
        if chinese and not TODO.search(chinese.text["zh"]):
            compare(name, owner, english, chinese, problems)
        elif chinese is None and needed:
            problems.add(
                unit,
                f'{name} has no Chinese docstring: add a cell \'# %% [markdown] role="docstring" '
                f'of="{name}" lang="zh" twin="{digest(english)}"\'',
            )


def compare(name: str, owner: Owner, english: str, chinese: Unit, problems: Problems) -> None:
    """Both must describe one function: the same examples, names, numbers, shapes and errors."""
    text = chinese.text["zh"].strip()
    if chinese.keys.get("twin") != digest(english):
        problems.add(
            chinese,
            f"its English twin, the docstring of {name} in src/reference, is not the one that was "
            f'translated: bring the Chinese text up to date, then write twin="{digest(english)}"',
        )
    if '"""' in text:
        problems.add(chinese, "a docstring cannot hold three quotes")
    for aspect, left, right in zip(
        ("examples", "names", "numbers", "shapes", "'Raises'"), facts(english, owner), facts(text, owner), strict=True
    ):
        if left != right:
            missing, extra = sorted(left - right), sorted(right - left)
            problems.add(chinese, f"the {aspect} differ from the English docstring's: missing {missing}, extra {extra}")


def facts(text: str, owner: Owner) -> tuple[set[str], ...]:
    """Return what a docstring says in either language: examples, names, numbers, shapes, how many errors."""
    text = text.translate(str.maketrans("（），：", "(),:"))
    examples = {inspect.cleandoc(example) for example in EXAMPLE.findall(text)}
    prose = EXAMPLE.sub("", text)
    names = set(NAME.findall(prose)) | set(re.findall(r"`([^`]+)`", prose)) - {"..."}
    if not isinstance(owner, ast.ClassDef):
        arguments = owner.args.posonlyargs + owner.args.args + owner.args.kwonlyargs
        names |= {argument.arg for argument in arguments if declared(argument.arg, prose)}
    grouped = re.sub(r"(?<=\d)[ ,\u202f](?=\d{3}(?!\d))", "", prose)
    shapes = {shape for shape in SHAPE.findall(re.sub(r"(?<=,)\s+", "", prose))}
    errors = len(re.findall(r"\bRaises\b", prose)) + len(re.findall("抛出", prose))
    return examples, names, set(NUMBER.findall(grouped)), shapes, {f"{errors} of them"}


def declared(argument: str, prose: str) -> bool:
    """True where a line of the docstring describes an argument: `params (x), grads: arrays of one shape`."""
    beginnings = re.findall(r"^[ \t]*([\w (),、]+?):", prose, re.M)
    return any(re.search(rf"(?<![\w]){re.escape(argument)}(?![\w])", beginning) for beginning in beginnings)
