"""Texts in code are written in both languages, as pairs; each notebook keeps its own half.

    print(tr(f"{n} steps", f"{n} 步"))       ->  print(f"{n} steps")
    x = 1  #| the start | 起点               ->  x = 1  # the start

We edit the text at the positions that `ast` and `tokenize` report, so that everything else stays as the author wrote it.
"""

import ast
import io
import tokenize
from collections.abc import Callable

LANGUAGES = ("en", "zh")
COMMENT = "#|"


def faults(code: str) -> list[str]:
    """Return the problems with the pairs in a cell or function; its code must be Python."""
    problems = []
    tree = ast.parse(code)
    inside = {id(call) for node in ast.walk(tree) for call in below(node) if is_tr(call)}
    for call in calls(tree):
        if id(call) in inside:
            problems.append("tr(...) inside an f-string or another tr(...): write the whole sentence in both languages")
        elif len(call.args) != 2 or call.keywords or not all(is_text(arg) for arg in call.args):
            problems.append(f'{ast.unparse(call)[:60]}: tr takes two strings, tr("English", "中文")')
        elif (english := fields(call.args[0])) != (chinese := fields(call.args[1])):
            differ = ", ".join(sorted(english ^ chinese))
            problems.append(f"the two halves of a tr(...) differ in {differ}: both need the same {{fields}}")
    if any(
        isinstance(node, ast.ImportFrom | ast.Import) and "tr" in [a.name for a in node.names] for node in tree.body
    ):
        problems.append("imports tr, which the builder resolves: delete the import")
    for token in comments(code):
        halves = token.string.removeprefix(COMMENT).split(" | ")
        if len(halves) != 2 or not all(half.strip() for half in halves):
            problems.append(f"{token.string!r}: a comment in both languages is written #| English | 中文")
    return problems


def in_language(code: str, lang: str) -> str:
    """Return `code` with every pair replaced by its half in `lang`. Call `faults` first."""
    index = LANGUAGES.index(lang)
    tree = ast.parse(code)
    docstrings = {id(node.value) for node in docstring_statements(tree)}
    lines = code.split("\n")
    changes = [(call, argument_source(call, index, lines, docstring=id(call) in docstrings)) for call in calls(tree)]
    code = replace(lines, changes)
    for token in sorted(comments(code), key=lambda token: token.start, reverse=True):
        half = token.string.removeprefix(COMMENT).split(" | ")[index].strip()
        lines = code.split("\n")
        row, column = token.start
        lines[row - 1] = lines[row - 1][:column] + "# " + half
        code = "\n".join(lines)
    return code


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and is_tr(node)]


def is_tr(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr"


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or isinstance(node, ast.Constant) and isinstance(node.value, str)


def below(node: ast.AST) -> list[ast.AST]:
    """The nodes inside an f-string or inside a call of tr."""
    if isinstance(node, ast.JoinedStr) or is_tr(node):
        return [child for child in ast.walk(node) if child is not node]
    return []


def fields(text: ast.AST) -> set[str]:
    """Return the expressions of an f-string; how they are formatted may differ between languages."""
    return {ast.unparse(node.value) for node in ast.walk(text) if isinstance(node, ast.FormattedValue)}


def docstring_statements(tree: ast.AST) -> list[ast.Expr]:
    """Return the first statement of every function, class and module if it is an expression, so possibly a docstring."""
    owners = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module
    firsts = [node.body[0] for node in ast.walk(tree) if isinstance(node, owners) and node.body]
    return [first for first in firsts if isinstance(first, ast.Expr)]


def comments(code: str) -> list[tokenize.TokenInfo]:
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return [token for token in tokens if token.type == tokenize.COMMENT and token.string.startswith(COMMENT)]


def characters(lines: list[str], row: int, offset: int) -> int:
    """Return the column for a byte offset, which is what `ast` reports."""
    return len(lines[row - 1].encode()[:offset].decode())


def replace(lines: list[str], changes: list[tuple[ast.Call, str]]) -> str:
    """Return the text with each node replaced, the last first."""
    lines = list(lines)
    for node, text in sorted(changes, key=lambda change: (change[0].lineno, change[0].col_offset), reverse=True):
        first, last = node.lineno, node.end_lineno or node.lineno
        before = lines[first - 1][: characters(lines, first, node.col_offset)]
        after = lines[last - 1][characters(lines, last, node.end_col_offset or 0) :]
        lines[first - 1 : last] = (before + text + after).split("\n")
    return "\n".join(lines)


def argument_source(call: ast.Call, index: int, lines: list[str], *, docstring: bool) -> str:
    """Return the source of one argument, ready to replace the call."""
    argument = call.args[index]
    text = ast.get_source_segment("\n".join(lines), argument) or ""
    indent = lines[call.lineno - 1][: len(lines[call.lineno - 1]) - len(lines[call.lineno - 1].lstrip())]
    if docstring:
        return indented(text, indent)
    if "\n" not in text or stands_alone(text):
        return text
    # Strings side by side on several lines: they need parentheses, and lines of their own, indented as they were.
    margin = " " * characters(lines, argument.lineno, argument.col_offset)
    first_on_line = not lines[argument.lineno - 1][: len(margin)].strip()
    return f"(\n{margin if first_on_line else indent + '    '}{text}\n{indent})"


def stands_alone(text: str) -> bool:
    """True if the text is one expression without parentheses around it, such as a string in triple quotes."""
    try:
        return len(ast.parse(text).body) == 1
    except SyntaxError:
        return False


def indented(text: str, indent: str) -> str:
    """Return a docstring's source with the lines after the first at `indent`."""
    first, *rest = text.split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first, *[(indent + line[margin:]).rstrip() for line in rest]])


def resolve(texts: dict[str, str], complain: Callable[[str], None]) -> dict[str, str]:
    """Return the code of each language from code with pairs; faults go to `complain`, and the code stays as it is."""
    problems = [fault for text in dict.fromkeys(texts.values()) for fault in faults(text)]
    for fault in problems:
        complain(fault)
    return texts if problems else {lang: in_language(text, lang) for lang, text in texts.items()}
