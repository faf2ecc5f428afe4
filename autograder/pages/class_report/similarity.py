"""Which submissions share more than chance explains: places to look at, no verdicts.

Only rare pieces count (features.py): nothing that the course itself contains, nothing that many students wrote. Pairs
come from lists of who wrote each rare piece, never from comparing everybody with everybody, so that thousands of
submissions take seconds. Beside each pair stands how many pairs of this class share as much.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from autograder.pages.class_report import features
from autograder.pages.class_report.features import KINDS, PYTHON, SYMBOL, Written, names_in, pieces, sources

# A pair is looked at when it shares this many rare pieces of one kind: 17 words of an essay in a row, 15 of
# comments, 6 invented names, about six lines of code in cells of one's own.
FLOORS = {"essay": 13, "comment": 12, "name": 6, "cell": 60}
COMMON_SHARE, COMMON_LEAST, COMMON_MOST = 0.1, 6, 50  # a piece that more students wrote is not one pair's affair
MOST_PASSAGES, PASSAGE_CHARACTERS, MOST_COMMON = 4, 400, 3


@dataclass(frozen=True)
class Course:
    """What students cannot have copied from each other: the keys of the course's pieces by kind, its names."""

    keys: dict[str, set[int]]
    names: frozenset[str]


@dataclass(frozen=True)
class Shared:
    """What a pair shares of one kind: rare pieces, how many pairs of the class share at least as much (this one
    included), and the passages as each of the two wrote them."""

    kind: str
    count: int
    pairs: int
    passages: tuple[list[str], list[str]]


@dataclass(frozen=True)
class Pair:
    first: str
    second: str
    shared: list[Shared]
    unusual: float  # sum over kinds of -log10(share of pairs that have as much)


@dataclass(frozen=True)
class Common:
    """A passage that too many share for pairs to mean anything: how many, and as one of them wrote it."""

    kind: str
    students: int
    passage: str


@dataclass(frozen=True)
class Likeness:
    """The most unusual pairs first; how many there are above the floors; all pairs of the class."""

    pairs: list[Pair]
    above: int
    all_pairs: int
    students: int
    common: int  # a piece counts when at most this many students wrote it
    by_many: list[Common]


@dataclass
class Counts:
    """Per kind: codes of pairs (i * n + j) in order, and how many rare pieces each shares."""

    codes: dict[str, np.ndarray] = field(default_factory=dict)
    counts: dict[str, np.ndarray] = field(default_factory=dict)


def course_of(texts: Iterable[str]) -> Course:
    """Everything that the course holds: released and solved notebooks in all languages, and what its cards print."""
    keys: dict[str, set[int]] = {kind: set() for kind in KINDS}
    names = set(PYTHON)
    for text in texts:
        symbols = list(SYMBOL.finditer(text))
        own = names_in(symbols)  # a text has no other names, so those of the other texts are not needed here
        names |= own
        for kind in KINDS:
            if kind != "name":
                keys[kind] |= features.keys(text, kind, own, symbols)
    return Course(keys, frozenset(names))


def likeness(students: dict[str, Written], course: Course, most: int = 40) -> Likeness:
    """The pairs of one class that share most, in one chapter."""
    names = sorted(students)
    n = len(names)
    common = int(min(max(COMMON_LEAST, COMMON_SHARE * n), COMMON_MOST))
    found = Counts()
    rare: dict[str, set[int]] = {}
    by_many: list[Common] = []
    for kind in KINDS:
        keys = [keys_of(students[name], kind, course) for name in names]
        rare[kind], many, found.codes[kind], found.counts[kind] = shared_pieces(keys, common)
        if kind != "name":
            by_many += passages_of_many(kind, many, keys, [students[name] for name in names], course)
    all_pairs = n * (n - 1) // 2
    scores: dict[int, float] = {}
    above: set[int] = set()
    for kind in KINDS:
        counts = found.counts[kind]
        as_many = pairs_with_at_least(counts)
        for code, score in zip(found.codes[kind].tolist(), -np.log10(as_many / max(all_pairs, 1)), strict=True):
            scores[code] = scores.get(code, 0.0) + float(score)
        above.update(found.codes[kind][counts >= FLOORS[kind]].tolist())
    best = sorted(above, key=lambda code: (-scores[code], code))[:most]
    pairs = [describe(code, names, students, course, found, rare, scores[code]) for code in best]
    return Likeness(pairs, len(above), all_pairs, n, common, by_many)


def keys_of(student: Written, kind: str, course: Course) -> set[int]:
    return (
        set().union(*(features.keys(text, kind, course.names) for text in sources(student, kind))) - course.keys[kind]
    )


def shared_pieces(keys: list[set[int]], common: int) -> tuple[set[int], dict[int, int], np.ndarray, np.ndarray]:
    """The pieces that 2 to `common` students wrote; those that more wrote, with how many; and for every pair that
    shares one of the first: its code and how many it shares."""
    n = len(keys)
    sizes = [len(one) for one in keys]
    every = np.fromiter((key for one in keys for key in one), np.int64, sum(sizes))
    who = np.repeat(np.arange(n), sizes)
    order = np.lexsort((who, every))
    every, who = every[order], who[order]
    starts = np.flatnonzero(np.r_[True, every[1:] != every[:-1]]) if len(every) else np.zeros(0, int)
    lengths = np.diff(np.r_[starts, len(every)])
    parts = [np.zeros(0, np.int64)]
    for length in range(2, common + 1):
        group = starts[lengths == length]
        if len(group):
            left, right = np.triu_indices(length, 1)
            members = who[group[:, None] + np.arange(length)]
            parts.append((members[:, left] * n + members[:, right]).ravel())
    codes, counts = np.unique(np.concatenate(parts), return_counts=True)
    rare = starts[(lengths > 1) & (lengths <= common)]
    many = lengths > common
    return (
        set(every[rare].tolist()),
        dict(zip(every[starts[many]].tolist(), lengths[many].tolist(), strict=True)),
        codes,
        counts,
    )


def passages_of_many(
    kind: str, many: dict[int, int], keys: list[set[int]], students: list[Written], course: Course
) -> list[Common]:
    """The longest passages made of pieces that many wrote, each as the student has it who has most of them."""
    left = set(many)
    found: list[Common] = []
    while len(found) < MOST_COMMON and students:
        best = max(range(len(keys)), key=lambda i: len(keys[i] & left))
        theirs = keys[best] & left
        if len(theirs) < FLOORS[kind]:
            break
        found.append(
            Common(kind, round(median(many[key] for key in theirs)), passages(students[best], kind, theirs, course)[0])
        )
        left -= theirs
    return found


def pairs_with_at_least(counts: np.ndarray) -> np.ndarray:
    """For every count, how many of the counts are at least as large."""
    return len(counts) - np.searchsorted(np.sort(counts), counts, side="left")


def describe(
    code: int,
    names: list[str],
    students: dict[str, Written],
    course: Course,
    found: Counts,
    rare: dict[str, set[int]],
    unusual: float,
) -> Pair:
    """A pair with what it shares, looked up once more in the two texts."""
    first, second = (names[i] for i in divmod(code, len(names)))
    shared = []
    for kind in KINDS:
        place = np.searchsorted(found.codes[kind], code)
        if place == len(found.codes[kind]) or found.codes[kind][place] != code:
            continue
        both = rare[kind] & keys_of(students[first], kind, course) & keys_of(students[second], kind, course)
        count = int(found.counts[kind][place])
        shared.append(
            Shared(
                kind,
                count,
                int(np.sum(found.counts[kind] >= count)),
                (passages(students[first], kind, both, course), passages(students[second], kind, both, course)),
            )
        )
    return Pair(first, second, shared, unusual)


def passages(student: Written, kind: str, keys: set[int], course: Course) -> list[str]:
    """The longest passages that are made of these pieces, as the student wrote them; of names, each once."""
    found: dict[str, None] = {}
    for text in sources(student, kind):
        start = end = -1
        for piece in pieces(text, kind, course.names):
            if piece.key not in keys:
                continue
            if piece.start > end or kind == "name":
                if end >= 0:
                    found[text[start:end]] = None
                start = piece.start
            end = piece.end
        if end >= 0:
            found[text[start:end]] = None
    if kind == "name":
        return sorted(found)[:20]
    longest = sorted(found, key=len, reverse=True)[:MOST_PASSAGES]
    return [p if len(p) <= PASSAGE_CHARACTERS else p[:PASSAGE_CHARACTERS] + " ..." for p in longest]


def percent(share: float) -> str:
    """A base rate as it stands beside a pair: "0.4%", "under 0.01%"."""
    if not share:
        return "0%"
    digits = max(0, 1 - math.floor(math.log10(100 * share))) if share < 0.1 else 0
    return "under 0.01%" if share < 1e-4 else f"{100 * share:.{min(digits, 2)}f}%"
