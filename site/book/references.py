"""Find references by number to exercises, experiments and parts of "Further": "exercise 4", "03 章练习 4"."""

import re
from typing import NamedTuple

KINDS = {
    "exercise": "exercise", "experiment": "experiment", "further": "further",
    "练习": "exercise", "实验": "experiment", "拓展": "further",
}  # fmt: skip
HEADING = re.compile(r"^#{2,3} (Exercise|Experiment|Further|练习|实验|拓展) (\d+)[:：] ?(.*)$", re.M)
# "exercises 1 and 2", "Further 5"; "练习 1、2", "实验 1 和 4", but not 迁移练习 20 到 30 分钟, which counts minutes
NUMBERED = {
    "en": re.compile(r"\b(?P<kind>(?:[Ee]xercise|[Ee]xperiment)s?|Further) (?P<numbers>\d+(?:(?:, | and )\d+)*)\b"),
    "zh": re.compile(r"(?<!迁移)(?P<kind>练习|实验|拓展) ?(?P<numbers>\d+(?:(?:、| 和 | 与 )\d+)*)"),
}
# What may precede a reference: "03, ", "chapter 04, ", "01 B, "; "03 章", "01 ", "00 A、". Matched separately, since as a prefix of NUMBERED it is slow.
BEFORE = {
    "en": re.compile(r"\b(?:[Cc]hapter )?(?P<chapter>0\d)(?P<sitting> [AB])?,? $"),
    "zh": re.compile(r"(?:第 ?)?(?<!\d)(?P<chapter>0\d) ?章?(?:的|、| )?(?P<sitting>[AB](?: 节)?)?(?:的|、| )?$"),
}
# "chapter 02", "(02)", "(00, 01)"; "02 章", "第 2 章", "（02）". A sitting may follow: "04 B".
CHAPTER = {
    "en": re.compile(r"\b[Cc]hapter (0\d)\b|(?<=\()(0\d)(?=[),;])|(?<=\(0\d, )(0\d)(?=[),])"),
    "zh": re.compile(r"第 ?(0?\d) ?章|(?<!\d)(0\d) ?章|(?<=（)(0\d)(?=[），；、])|(?<=（0\d[，、])(0\d)(?=[），、])"),
}
SITTING = re.compile(r"(?<![\d.])(0\d) ([AB])(?![A-Za-z])")


class Reference(NamedTuple):
    """A reference at text[start:end]. `chapter` is "03", or None if the text names no chapter."""

    start: int
    end: int
    chapter: str | None
    kind: str
    number: int


def headings(text: str) -> list[tuple[str, int, str]]:
    """[("exercise", 4, the rest of its heading)] of a chapter's text, in order."""
    return [(KINDS[kind.lower()], int(number), rest) for kind, number, rest in HEADING.findall(text)]


def references(text: str, lang: str) -> list[Reference]:
    """All references in a text, except in its headings.

    "exercises 1 and 2" gives the references "exercises 1" and "2". "01 B, Further 1" gives "Further 1", without "01 B": a
    sitting is linked separately.
    """
    found_references, title_spans = [], [match.span() for match in HEADING.finditer(text)]
    for match in NUMBERED[lang].finditer(text):
        if any(start <= match.start() < end for start, end in title_spans):
            continue
        kind = KINDS[match["kind"].lower().removesuffix("s")]
        before = BEFORE[lang].search(text, max(0, match.start() - 16), match.start())
        first_start = before.start() if before and not before["sitting"] else match.start()
        for index, number in enumerate(re.finditer(r"\d+", match["numbers"])):
            start, end = (match.start("numbers") + offset for offset in number.span())
            chapter = before["chapter"] if before else None
            found_references.append(Reference(start if index else first_start, end, chapter, kind, int(number[0])))
    return found_references
