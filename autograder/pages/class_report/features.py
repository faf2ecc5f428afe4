"""We take a student's text apart into small pieces that two people seldom write alike by chance.

Four kinds. essay: runs of five words (eight characters of Chinese) in written answers and text cells. comment: runs
of four words in comments and strings of code. name: names that the student made up. cell: runs of eight symbols in
code cells of the student's own, where a renamed variable is still the same symbol. The code of an answer is not
among them: most exercises have three lines, and those are alike anyway.

Everything is a plain search in the text; a student's code is never parsed.
"""

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from autograder.grading.outcome import NOTES_ID

KINDS = ("essay", "comment", "name", "cell")
MOST_CHARACTERS = 200_000  # of one submission; more than anybody types
CHINESE = "\u3400-\u9fff"
WORD = re.compile(rf"[{CHINESE}]|[^\W_{CHINESE}]+")
SYMBOL = re.compile(
    r"""(?P<string>[rbfuRBFU]{0,2}(?:\"\"\"[\s\S]*?(?:\"\"\"|\Z)|'''[\s\S]*?(?:'''|\Z)
                        |"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))
                      |(?P<comment>\#[^\n]*)|(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<other>\S)""",
    re.VERBOSE,
)
PYTHON = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | {"self", "args", "kwargs"}
LENGTHS = {"essay": 5, "comment": 4, "cell": 8}
CHINESE_LENGTH = 8
SHORTEST_NAME = 4


@dataclass
class Written:
    """What one student wrote: texts (essays, text cells), answers (code), cells (code of their own)."""

    texts: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)


class Piece(NamedTuple):
    """A feature, and where in its text it stands."""

    key: int
    start: int
    end: int


def written(cells: Iterable[dict], released: dict[str, str]) -> Written:
    """The student's part of a graded notebook. released: cell id -> text as the student got it."""
    found, left = Written(), MOST_CHARACTERS
    for cell in cells:
        own = cell["id"] not in released and cell["id"] != NOTES_ID
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        answered = cell["metadata"].get("nbgrader", {}).get("solution") and source != released.get(cell["id"])
        if not (own or answered) or left <= 0:
            continue
        source, left = source[:left], left - len(source)
        if cell["cell_type"] == "markdown":
            found.texts.append(source)
        else:
            (found.cells if own else found.answers).append(source)
    return found


def all_of(sources: Iterable[str]) -> Written:
    """Texts of the course as if a student had written all of it, as text and as code: a student who repeats it
    has not copied from anybody."""
    texts = list(sources)
    return Written(texts, [], texts)


def sources(student: Written, kind: str) -> list[str]:
    """The texts of a student that features of a kind are looked for in."""
    return student.texts if kind == "essay" else student.cells if kind == "cell" else student.answers + student.cells


def pieces(text: str, kind: str, known: frozenset[str] = PYTHON) -> Iterator[Piece]:
    """The features of a kind in one text. known: names that do not count as the student's own."""
    if kind == "essay":
        yield from runs(list(WORD.finditer(text)), kind)
    elif kind == "comment":
        for symbol in SYMBOL.finditer(text):
            if symbol.lastgroup in ("comment", "string"):
                yield from runs(list(WORD.finditer(text, symbol.start(), symbol.end())), kind)
    elif kind == "name":
        for symbol in SYMBOL.finditer(text):
            if is_own_name(symbol, text, known):
                yield Piece(hash(symbol.group()), symbol.start(), symbol.end())
    else:
        symbols = [s for s in SYMBOL.finditer(text) if s.lastgroup != "comment"]
        yield from neighbours(symbols, [plain_symbol(symbol, text, known) for symbol in symbols], LENGTHS[kind])


def runs(found: list[re.Match], kind: str) -> Iterator[Piece]:
    """Every run of neighbouring words; longer where most of them are single Chinese characters."""
    plain = [word.group().casefold() for word in found]
    return neighbours(found, plain, run_length(plain, kind))


def run_length(plain: list[str], kind: str) -> int:
    chinese = sum("\u3400" <= word[0] <= "\u9fff" for word in plain)
    return CHINESE_LENGTH if 2 * chinese > len(plain) else LENGTHS[kind]


def neighbours(found: list[re.Match], plain: list[str], size: int) -> Iterator[Piece]:
    """Every `size` matches in a row, compared as `plain` has them."""
    keys = run_keys(plain, size)
    return map(Piece, keys, (first.start() for first in found), (last.end() for last in found[size - 1 :]))


def run_keys(plain: list[str], size: int) -> Iterator[int]:
    return map(hash, zip(*(plain[i:] for i in range(size)), strict=False))


def keys(
    text: str, kind: str, known: frozenset[str] | set[str] = PYTHON, symbols: list[re.Match] | None = None
) -> set[int]:
    """The keys of pieces(text, kind, known), without their places, which takes a third of the time.

    symbols: those of the text, if they are at hand."""
    if kind == "essay":
        return word_keys(WORD.findall(text), kind)
    if symbols is None:
        symbols = list(SYMBOL.finditer(text))
    if kind == "comment":
        inner = [symbol.span() for symbol in symbols if symbol.lastgroup in ("comment", "string")]
        return set().union(*(word_keys(WORD.findall(text, *span), kind) for span in inner))
    if kind == "name":
        return {hash(symbol.group()) for symbol in symbols if is_own_name(symbol, text, known)}
    plain = [plain_symbol(symbol, text, known) for symbol in symbols if symbol.lastgroup != "comment"]
    return set(run_keys(plain, LENGTHS[kind]))


def word_keys(words: list[str], kind: str) -> set[int]:
    plain = list(map(str.casefold, words))
    return set(run_keys(plain, run_length(plain, kind)))


def is_own_name(symbol: re.Match, text: str, known: frozenset[str] | set[str]) -> bool:
    name = symbol.group()
    return (
        symbol.lastgroup == "name"
        and len(name) >= SHORTEST_NAME
        and name not in known
        and text[symbol.start() - 1 : symbol.start()] != "."
    )


def plain_symbol(symbol: re.Match, text: str, known: frozenset[str] | set[str]) -> str:
    """A symbol as it is compared: a name of the student's own is any name, a string any string."""
    if symbol.lastgroup == "string":
        return '"'
    if symbol.lastgroup == "name" and symbol.group() not in known and text[symbol.start() - 1 : symbol.start()] != ".":
        return "name"
    return symbol.group()


def names_in(symbols: list[re.Match]) -> set[str]:
    return {symbol.group() for symbol in symbols if symbol.lastgroup == "name"}
