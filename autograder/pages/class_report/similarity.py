"""We find pairs of submissions that share more than chance explains: pairs to look at, not verdicts.

Only rare pieces count (features.py): no text of the course, nothing that many students wrote. Pairs come from an index
of the writers of each rare piece, not from comparing every two submissions, so thousands of submissions take seconds.
For each pair we also give the number of pairs in this class that share as much.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from autograder.pages.class_report import features
from autograder.pages.class_report.features import KINDS, PYTHON, SYMBOL, Written, names_in, pieces, sources

# A pair is listed if it shares this many rare pieces of one kind: 17 words of an essay in a row, 15 of comments, 6
# invented names, about six lines of code in cells that the students added.
FLOORS = {"essay": 13, "comment": 12, "name": 6, "cell": 60}
COMMON_SHARE, COMMON_LEAST, COMMON_MOST = 0.1, 6, 50  # a piece that more students wrote is not one pair's affair
MOST_PASSAGES, PASSAGE_CHARACTERS, MOST_COMMON = 4, 400, 3


@dataclass(frozen=True)
class Course:
    """The course's own pieces, which prove no copying: keys by kind, and names."""

    keys: dict[str, set[int]]
    names: frozenset[str]


@dataclass(frozen=True)
class Shared:
    """What a pair shares of one kind. count: rare pieces. pairs: how many pairs of the class share at least as many,
    including this one. passages: as each of the two wrote them."""

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
    """A passage that too many students share to say anything about a pair; as one of them wrote it."""

    kind: str
    students: int
    passage: str


@dataclass(frozen=True)
class Likeness:
    """pairs: the most unusual first. above: the number of pairs above FLOORS. all_pairs: the number of pairs."""

    pairs: list[Pair]
    above: int
    all_pairs: int
    students: int
    common: int  # a piece counts when at most this many students wrote it
    by_many: list[Common]


@dataclass
class Counts:
    """For each kind: sorted codes of pairs (i * n + j), and the number of rare pieces that each pair shares."""

    codes: dict[str, np.ndarray] = field(default_factory=dict)
    counts: dict[str, np.ndarray] = field(default_factory=dict)


def course_of(texts: Iterable[str]) -> Course:
    """The pieces of all texts of the course: released and solved notebooks in all languages, and printed cases."""
    keys: dict[str, set[int]] = {kind: set() for kind in KINDS}
    names = set(PYTHON)
    for text in texts:
        symbols = list(SYMBOL.finditer(text))
        text_names = names_in(symbols)  # a text has no other names, so those of the other texts are not needed here
        names |= text_names
        for kind in KINDS:
            if kind != "name":
                keys[kind] |= features.keys(text, kind, text_names, symbols)
    return Course(keys, frozenset(names))


def likeness(students: dict[str, Written], course: Course, most: int = 40) -> Likeness:
    """The pairs of one class that share most, in one chapter."""
    names = sorted(students)
    n = len(names)
    common = int(min(max(COMMON_LEAST, COMMON_SHARE * n), COMMON_MOST))
    shared_counts = Counts()
    rare: dict[str, set[int]] = {}
    by_many: list[Common] = []
    for kind in KINDS:
        keys = [keys_of(students[name], kind, course) for name in names]
        rare[kind], frequent, shared_counts.codes[kind], shared_counts.counts[kind] = shared_pieces(keys, common)
        if kind != "name":
            by_many += passages_of_many(kind, frequent, keys, [students[name] for name in names], course)
    all_pairs = n * (n - 1) // 2
    scores: dict[int, float] = {}
    above: set[int] = set()
    for kind in KINDS:
        counts = shared_counts.counts[kind]
        as_many = pairs_with_at_least(counts)
        for code, score in zip(shared_counts.codes[kind].tolist(), -np.log10(as_many / max(all_pairs, 1)), strict=True):
            scores[code] = scores.get(code, 0.0) + float(score)
        above.update(shared_counts.codes[kind][counts >= FLOORS[kind]].tolist())
    best = sorted(above, key=lambda code: (-scores[code], code))[:most]
    pairs = [describe(code, names, students, course, shared_counts, rare, scores[code]) for code in best]
    return Likeness(pairs, len(above), all_pairs, n, common, by_many)


def keys_of(student: Written, kind: str, course: Course) -> set[int]:
    return (
        set().union(*(features.keys(text, kind, course.names) for text in sources(student, kind))) - course.keys[kind]
    )


def shared_pieces(keys: list[set[int]], common: int) -> tuple[set[int], dict[int, int], np.ndarray, np.ndarray]:
    """(rare, frequent, codes, counts). rare: pieces of 2 to `common` students. frequent: piece -> number of students, for
    more than `common`. codes, counts: the pairs that share rare pieces, and how many each shares."""
    n = len(keys)
    sizes = [len(student_keys) for student_keys in keys]
    all_keys = np.fromiter((key for student_keys in keys for key in student_keys), np.int64, sum(sizes))
    writers = np.repeat(np.arange(n), sizes)
    order = np.lexsort((writers, all_keys))
    all_keys, writers = all_keys[order], writers[order]
    starts = np.flatnonzero(np.r_[True, all_keys[1:] != all_keys[:-1]]) if len(all_keys) else np.zeros(0, int)
    lengths = np.diff(np.r_[starts, len(all_keys)])
    parts = [np.zeros(0, np.int64)]
    for length in range(2, common + 1):
        group = starts[lengths == length]
        if len(group):
            first, second = np.triu_indices(length, 1)
            members = writers[group[:, None] + np.arange(length)]
            parts.append((members[:, first] * n + members[:, second]).ravel())
    codes, counts = np.unique(np.concatenate(parts), return_counts=True)
    rare = starts[(lengths > 1) & (lengths <= common)]
    is_frequent = lengths > common
    return (
        set(all_keys[rare].tolist()),
        dict(zip(all_keys[starts[is_frequent]].tolist(), lengths[is_frequent].tolist(), strict=True)),
        codes,
        counts,
    )


def passages_of_many(
    kind: str, frequent: dict[int, int], keys: list[set[int]], students: list[Written], course: Course
) -> list[Common]:
    """The longest passages made of frequent pieces, each in the version of the student who has most of these pieces."""
    remaining = set(frequent)
    common: list[Common] = []
    while len(common) < MOST_COMMON and students:
        best = max(range(len(keys)), key=lambda i: len(keys[i] & remaining))
        theirs = keys[best] & remaining
        if len(theirs) < FLOORS[kind]:
            break
        common.append(
            Common(
                kind, round(median(frequent[key] for key in theirs)), passages(students[best], kind, theirs, course)[0]
            )
        )
        remaining -= theirs
    return common


def pairs_with_at_least(counts: np.ndarray) -> np.ndarray:
    """For each entry, the number of entries that are at least as large."""
    return len(counts) - np.searchsorted(np.sort(counts), counts, side="left")


def describe(
    code: int,
    names: list[str],
    students: dict[str, Written],
    course: Course,
    shared_counts: Counts,
    rare: dict[str, set[int]],
    unusual: float,
) -> Pair:
    """The pair with this code and what it shares, computed again from the two texts."""
    first, second = (names[i] for i in divmod(code, len(names)))
    shared = []
    for kind in KINDS:
        index = np.searchsorted(shared_counts.codes[kind], code)
        if index == len(shared_counts.codes[kind]) or shared_counts.codes[kind][index] != code:
            continue
        shared_keys = rare[kind] & keys_of(students[first], kind, course) & keys_of(students[second], kind, course)
        count = int(shared_counts.counts[kind][index])
        shared.append(
            Shared(
                kind,
                count,
                int(np.sum(shared_counts.counts[kind] >= count)),
                (
                    passages(students[first], kind, shared_keys, course),
                    passages(students[second], kind, shared_keys, course),
                ),
            )
        )
    return Pair(first, second, shared, unusual)


def passages(student: Written, kind: str, keys: set[int], course: Course) -> list[str]:
    """The longest passages that consist of these pieces, as the student wrote them; for names, each name once."""
    texts: dict[str, None] = {}
    for text in sources(student, kind):
        start = end = -1
        for piece in pieces(text, kind, course.names):
            if piece.key not in keys:
                continue
            if piece.start > end or kind == "name":
                if end >= 0:
                    texts[text[start:end]] = None
                start = piece.start
            end = piece.end
        if end >= 0:
            texts[text[start:end]] = None
    if kind == "name":
        return sorted(texts)[:20]
    longest = sorted(texts, key=len, reverse=True)[:MOST_PASSAGES]
    return [p if len(p) <= PASSAGE_CHARACTERS else p[:PASSAGE_CHARACTERS] + " ..." for p in longest]


def percent(share: float) -> str:
    """A base rate as the report prints it: "0.4%", "under 0.01%"."""
    if not share:
        return "0%"
    digits = max(0, 1 - math.floor(math.log10(100 * share))) if share < 0.1 else 0
    return "under 0.01%" if share < 1e-4 else f"{100 * share:.{min(digits, 2)}f}%"
