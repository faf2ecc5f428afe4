"""We cut a student's text into small pieces that two people rarely write in the same way by chance.

There are four kinds. essay: runs of five words (eight characters of Chinese) in written answers and text cells.
comment: runs of four words in comments and strings of code. name: names that the student invented. cell: runs of eight
symbols in code cells that the student added, where all variables count as the same symbol. The code of answers is left
out: most exercises take three lines, and right answers look the same.

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
    """A student's own work: texts (essays, text cells), answers (code), cells (code cells that they added)."""

    texts: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)


class Piece(NamedTuple):
    """A feature and its position in the text."""

    key: int
    start: int
    end: int


def written(cells: Iterable[dict], released: dict[str, str]) -> Written:
    """The student's own work in a graded notebook. released: cell id -> text as it was released."""
    own_work, characters_left = Written(), MOST_CHARACTERS
    for cell in cells:
        is_own_cell = cell["id"] not in released and cell["id"] != NOTES_ID
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        is_answer = cell["metadata"].get("nbgrader", {}).get("solution") and source != released.get(cell["id"])
        if not (is_own_cell or is_answer) or characters_left <= 0:
            continue
        source, characters_left = source[:characters_left], characters_left - len(source)
        if cell["cell_type"] == "markdown":
            own_work.texts.append(source)
        else:
            (own_work.cells if is_own_cell else own_work.answers).append(source)
    return own_work


def all_of(sources: Iterable[str]) -> Written:
    """Texts of the course as if a student had written them, as text and as code: repeating them is not copying."""
    texts = list(sources)
    return Written(texts, [], texts)


def sources(student: Written, kind: str) -> list[str]:
    """The texts of a student that can contain features of a kind."""
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


def runs(matches: list[re.Match], kind: str) -> Iterator[Piece]:
    """Every run of neighbouring words; longer runs if most words are single Chinese characters."""
    normalized = [word.group().casefold() for word in matches]
    return neighbours(matches, normalized, run_length(normalized, kind))


def run_length(normalized: list[str], kind: str) -> int:
    chinese = sum("\u3400" <= word[0] <= "\u9fff" for word in normalized)
    return CHINESE_LENGTH if 2 * chinese > len(normalized) else LENGTHS[kind]


def neighbours(matches: list[re.Match], normalized: list[str], size: int) -> Iterator[Piece]:
    """Every run of `size` matches, keyed by their normalized texts."""
    keys = run_keys(normalized, size)
    return map(Piece, keys, (first.start() for first in matches), (last.end() for last in matches[size - 1 :]))


def run_keys(normalized: list[str], size: int) -> Iterator[int]:
    return map(hash, zip(*(normalized[i:] for i in range(size)), strict=False))


def keys(
    text: str, kind: str, known: frozenset[str] | set[str] = PYTHON, symbols: list[re.Match] | None = None
) -> set[int]:
    """The keys of pieces(text, kind, known) without positions, in a third of the time.

    symbols: the matches of SYMBOL in the text, if the caller has them."""
    if kind == "essay":
        return word_keys(WORD.findall(text), kind)
    if symbols is None:
        symbols = list(SYMBOL.finditer(text))
    if kind == "comment":
        inner = [symbol.span() for symbol in symbols if symbol.lastgroup in ("comment", "string")]
        return set().union(*(word_keys(WORD.findall(text, *span), kind) for span in inner))
    if kind == "name":
        return {hash(symbol.group()) for symbol in symbols if is_own_name(symbol, text, known)}
    normalized = [plain_symbol(symbol, text, known) for symbol in symbols if symbol.lastgroup != "comment"]
    return set(run_keys(normalized, LENGTHS[kind]))


def word_keys(word_list: list[str], kind: str) -> set[int]:
    normalized = list(map(str.casefold, word_list))
    return set(run_keys(normalized, run_length(normalized, kind)))


def is_own_name(symbol: re.Match, text: str, known: frozenset[str] | set[str]) -> bool:
    name = symbol.group()
    return (
        symbol.lastgroup == "name"
        and len(name) >= SHORTEST_NAME
        and name not in known
        and text[symbol.start() - 1 : symbol.start()] != "."
    )


def plain_symbol(symbol: re.Match, text: str, known: frozenset[str] | set[str]) -> str:
    """A symbol normalized for comparison: all names of the student's own are equal, and all strings."""
    if symbol.lastgroup == "string":
        return '"'
    if symbol.lastgroup == "name" and symbol.group() not in known and text[symbol.start() - 1 : symbol.start()] != ".":
        return "name"
    return symbol.group()


def names_in(symbols: list[re.Match]) -> set[str]:
    return {symbol.group() for symbol in symbols if symbol.lastgroup == "name"}
