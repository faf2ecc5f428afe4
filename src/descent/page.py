"""The course in a web page: check or run a reader's text, and answer with data that the page lays out.

    check("momentum_step", text, cells, "en")     -> {"state": "failed", "card": {...}, "printed": "..."}
    run(text, cells, "en")                        -> {"state": "ran", "shown": [{"text": ...}, {"html": ...}]}

Code comes as cells in the order of the chapter: {"id", "kind": "given" | "answer" | "experiment", "source"}; an answer
also says whose it is, "mine": "passed" | "borrowed" | "open". Only the cells that a text needs are run, so that a page
never loads what it does not use. Nothing is kept between two calls.

An error comes with Python's own words and, where they do not say what to do, with a "note" (descent/advice.py).

states: passed, failed, missing (of a card), ran, partly, error, undefined (the text defines no such name), needs (an
earlier exercise that is open), package (a package of Pyodide must be loaded first).
"""

import ast
import io
import linecache
import symtable
import sys
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from descent import browser, say
from descent.advice import advice
from descent.check import data_of, examined

OUTPUT_LIMIT = 20_000  # characters; a figure is not counted
OWN = "<your code"  # the file name of a reader's text begins so
TEST, CELL = "test of ", "cell"  # titles of a test and of a text that is no answer


class Needs(Exception):
    """An earlier exercise that a text uses and that is open."""


class Shown(io.TextIOBase):
    """What a run prints and displays, in order: {"text": ...} and {"html": ..., "text": ...}."""

    def __init__(self):
        self.parts: list[dict[str, str]] = []
        self.left, self.cut = OUTPUT_LIMIT, False

    def write(self, text: str) -> int:
        kept = text[: self.left]
        self.left -= len(kept)
        if len(kept) < len(text) and not self.cut:
            self.cut = True
            kept += say.tr("\n... (the rest is left out)\n", "\n……（其余省略）\n")
        if kept and self.parts and "html" not in self.parts[-1]:
            self.parts[-1]["text"] += kept
        elif kept:
            self.parts.append({"text": kept})
        return len(text)

    def display(self, data: dict[str, Any]) -> None:
        self.parts.append({"html": data["text/html"], "text": data["text/plain"]})

    def notes(self) -> list[dict[str, str]]:
        """What says that an experiment ran with fewer seeds: it holds for all that stands on that experiment."""
        return [part for part in self.parts if browser.MARK in part.get("html", "")]

    def text(self) -> str:
        """All of it as text."""
        return "".join(part["text"] if "html" not in part else part["text"] + "\n" for part in self.parts)


def names(source: str) -> tuple[set[str], set[str]]:
    """(names that a text defines at its top level, global names that it needs from before).

    A name that a text both defines and uses is needed only where its first use comes first. Raises SyntaxError.
    """
    table = symtable.symtable(source, "<cell>", "exec")
    made = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    used = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    early = used_before_made(ast.parse(source), made)
    inner, inside = [*table.get_children()], set()
    while inner:
        scope = inner.pop()
        inner += scope.get_children()
        inside |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global()}
    return made, (used - made) | early | (inside - made)


def used_before_made(tree: ast.Module, made: set[str]) -> set[str]:
    """The names of `made` that the top level reads before it writes them; a value is read before its target."""
    out, written = set(), set()
    for statement in tree.body:
        reads, writes = set(), set()
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                (reads if isinstance(node.ctx, ast.Load) else writes).add(node.id)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                reads.add(node.target.id)
        if isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            out |= (reads - written) & made  # x = x + 1
        else:
            out |= (reads - writes - written) & made
        written |= writes | {statement.name} if hasattr(statement, "name") else writes
    return out


def needed(source: str, cells: list[dict]) -> tuple[list[dict], list[str]]:
    """(the cells that `source` stands on, in order, the names of borrowed answers among them). Raises Needs."""
    wanted, chosen, borrowed, everything = names(source)[1], [], [], bool(sets_up(source, cells))
    for place in reversed(range(len(cells))):
        cell = cells[place]
        try:
            made, used = names(cell["source"])
        except SyntaxError:
            made, used = {cell["id"]}, set()
        if cell["kind"] == "answer":
            made |= {cell["id"]}
        if sets_up(cell["source"], cells[:place]) & wanted:
            everything = True  # the call gets what every cell before it has made
        elif not made & wanted and not (everything and cell["kind"] != "experiment"):
            continue
        if cell["kind"] == "answer":
            if cell["mine"] == "open":
                raise Needs(cell["id"])
            if cell["mine"] == "borrowed":
                borrowed.append(cell["id"])
        chosen.append(cell)
        wanted |= used
    return chosen[::-1], borrowed


def sets_up(source: str, before: list[dict]) -> set[str]:
    """The names that work only after a text ran: of assemble(student_id, globals()), what is imported together with
    `assemble`; of a text that is no such call, none."""
    try:
        [statement] = ast.parse(source).body
        call = statement.value
        if not any(ast.unparse(argument) == "globals()" for argument in call.args):
            return set()
        name = call.func.id
    except (SyntaxError, ValueError, AttributeError):
        return set()
    return next((made for cell in before if name in (made := names(cell["source"])[0])), set())


def execute(source: str, title: str, space: dict[str, Any], *, value: bool = False) -> Any:
    """Run a text; tracebacks can show its lines. value: return the value of its last expression."""
    file = f"{OWN} {title}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    tree = ast.parse(source, file)
    last = tree.body.pop() if value and tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, file, "exec"), space)
    return None if last is None else eval(compile(ast.Expression(last.value), file, "eval"), space)


def prepare(source: str, cells: list[dict], shown: Shown) -> tuple[dict[str, Any], list[str]]:
    """(a namespace in which `source` can run, names of borrowed answers).

    Of what earlier cells show only the notes are kept, in `shown`; from then on `shown` gets what is displayed.
    """
    before, borrowed = needed(source, cells)
    space: dict[str, Any] = {"__name__": "__main__"}
    earlier = Shown()
    say.set_display(earlier.display)
    with redirect_stdout(earlier):
        for cell in before:
            execute(cell["source"], cell["id"], space)
    shown.parts += earlier.notes()
    say.set_display(shown.display)
    return space, borrowed


@contextmanager
def no_keyboard() -> Iterator[None]:
    """input() and breakpoint() raise EOFError, as if someone had closed the keyboard."""

    def stop(*args: Any, **kwargs: Any) -> None:
        raise EOFError("breakpoint()")

    before = sys.stdin, sys.breakpointhook
    sys.stdin, sys.breakpointhook = io.StringIO(), stop
    try:
        yield
    finally:
        sys.stdin, sys.breakpointhook = before


def answered(
    work: Callable[[Shown], dict[str, Any]], lang: str, name: str | None = None, source: str = ""
) -> dict[str, Any]:
    """What `work` answers, with what it showed; whatever a reader's text does becomes an answer, too.

    name, source: the function that is checked and the text that should define it.
    """
    say.set_language(lang)
    shown = Shown()
    try:
        with redirect_stdout(shown), no_keyboard():
            answer = work(shown)
    except Needs as missing:
        answer = {"state": "needs", "needs": missing.args[0]}
    except ModuleNotFoundError as error:
        answer = {"state": "package", "package": error.name} | failure(error, lang, name, source)
    except FileNotFoundError as error:  # the figures' fonts and MNIST come with the package, where a page asks for them
        ours = "/descent/" in str(error.filename)
        answer = {"state": "package" if ours else "error", "package": "descent-data"} | failure(error, lang)
    except (Exception, SystemExit) as error:
        answer = {"state": "error"} | failure(error, lang, name, source)
    finally:
        say.set_display(None)
    return {"shown": shown.parts, "printed": shown.text()} | answer


def failure(error: BaseException, lang: str, name: str | None = None, source: str = "") -> dict[str, Any]:
    """An error of a reader's text as a notebook shows it: the lines of theirs that led to it, then Python's own words."""
    line = {"en": "line {}", "zh": "第 {} 行"}[lang].format
    comma = {"en": ", ", "zh": "，"}[lang]
    said = advice(error, source, name)
    note = {"note": said[lang]} if said else {}
    if isinstance(error, SyntaxError):
        text = (error.text or "").rstrip()
        shown = [line(error.lineno), f"    {text}", f"    {under(text, error.offset or 1)}^"] if error.text else []
        return {"error": "\n".join([*shown, f"{type(error).__name__}: {error.msg}"]), "line": error.lineno} | note
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename.startswith(OWN)]
    out = [f"{title_of(one.filename, lang)}{comma}{line(one.lineno)}\n    {one.line}" for one in frames[-5:]]
    words = "SystemExit" if isinstance(error, SystemExit) else f"{type(error).__name__}: {error}"
    return {"error": "\n".join([*out, words]), "line": frames[-1].lineno if frames else None} | note


def under(text: str, offset: int) -> str:
    """Blanks as wide as what stands before a place of a line: a tab for a tab, a wide blank for a Chinese character."""
    before = text[: offset - 1].ljust(offset - 1)
    wide = {sign: "\u3000" for sign in before if unicodedata.east_asian_width(sign) in "WF"}
    return "".join(wide.get(sign, "\t" if sign == "\t" else " ") for sign in before)


def title_of(file: str, lang: str) -> str:
    """What a reader calls the text of this name: their function's name, or a word for what has none."""
    title = file.removeprefix(OWN).strip(" >")
    tested = title.removeprefix(TEST)
    if lang == "zh":
        return f"{tested} 的测试" if tested != title else {CELL: "代码"}.get(title, title)
    return title


def check(name: str, source: str, cells: list[dict], lang: str) -> dict[str, Any]:
    """The card of an exercise that `descent.check` knows: "card" is descent/card_data.py's data."""

    def work(shown: Shown) -> dict[str, Any]:
        space, borrowed = prepare(source, cells, shown)
        execute(source, name, space)
        if name not in space:
            return {"state": "undefined", "borrowed": borrowed}
        card = data_of(examined(name, space[name]))
        return {"state": card["state"], "borrowed": borrowed, "card": card}

    return answered(work, lang, name, source)


def attempt(name: str, source: str, test: str, points: float | None, cells: list[dict], lang: str) -> dict[str, Any]:
    """Run an answer with the cell that tries it: for an exercise that has no card.

    points: what that cell's last value is at best; None where it raises if the answer is wrong.
    """

    def work(shown: Shown) -> dict[str, Any]:
        both = f"{source}\n{test}"
        space, borrowed = prepare(both, cells, shown)
        execute(source, name, space)
        if name not in space:
            return {"state": "undefined", "borrowed": borrowed}
        value = execute(test, f"{TEST}{name}", space, value=True)
        if points is not None:
            state = "passed" if value == points else "partly"
            return {"state": state, "borrowed": borrowed, "value": float(value or 0), "points": points}
        return {"state": "missing" if "NotImplementedError" in source else "passed", "borrowed": borrowed}

    return answered(work, lang, name, source)


def run(source: str, cells: list[dict], lang: str) -> dict[str, Any]:
    """Run a text and say what it shows; the value of a last expression is printed, too."""

    def work(shown: Shown) -> dict[str, Any]:
        space, borrowed = prepare(source, cells, shown)
        value = execute(source, CELL, space, value=True)
        if value is not None:
            print(repr(value))
        return {"state": "ran", "borrowed": borrowed}

    return answered(work, lang)
