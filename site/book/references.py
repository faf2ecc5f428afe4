"""Where a text names an exercise, an experiment or a part of "Further" by its number: "exercise 4", "03 章练习 4"."""

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
# What stands before it: "03, ", "chapter 04, ", "01 B, "; "03 章", "01 ", "00 A、". A pattern with this in front is slow.
BEFORE = {
    "en": re.compile(r"\b(?:[Cc]hapter )?(?P<chapter>0\d)(?P<sitting> [AB])?,? $"),
    "zh": re.compile(r"(?:第 ?)?(?<!\d)(?P<chapter>0\d) ?章?(?:的|、| )?(?P<sitting>[AB](?: 节)?)?(?:的|、| )?$"),
}
# "chapter 02", "(02)", "(00, 01)"; "02 章", "第 2 章", "（02）". Behind them a sitting may be named: "04 B".
CHAPTER = {
    "en": re.compile(r"\b[Cc]hapter (0\d)\b|(?<=\()(0\d)(?=[),;])|(?<=\(0\d, )(0\d)(?=[),])"),
    "zh": re.compile(r"第 ?(0?\d) ?章|(?<!\d)(0\d) ?章|(?<=（)(0\d)(?=[），；、])|(?<=（0\d[，、])(0\d)(?=[），、])"),
}
SITTING = re.compile(r"(?<![\d.])(0\d) ([AB])(?![A-Za-z])")


class Reference(NamedTuple):
    """start and end of the words in the text; chapter as "03", or None where the text names none."""

    start: int
    end: int
    chapter: str | None
    kind: str
    number: int


def headings(text: str) -> list[tuple[str, int, str]]:
    """[("exercise", 4, the rest of its heading)] of a chapter's text, in order."""
    return [(KINDS[kind.lower()], int(number), rest) for kind, number, rest in HEADING.findall(text)]


def references(text: str, lang: str) -> list[Reference]:
    """All references of a text but its headings.

    Of "exercises 1 and 2" the first is "exercises 1", the second "2". In "01 B, Further 1" the words are "Further 1":
    "01 B" is a place of its own.
    """
    out, titles = [], [found.span() for found in HEADING.finditer(text)]
    for found in NUMBERED[lang].finditer(text):
        if any(start <= found.start() < end for start, end in titles):
            continue
        kind = KINDS[found["kind"].lower().removesuffix("s")]
        before = BEFORE[lang].search(text, max(0, found.start() - 16), found.start())
        first = before.start() if before and not before["sitting"] else found.start()
        for place, number in enumerate(re.finditer(r"\d+", found["numbers"])):
            start, end = (found.start("numbers") + at for at in number.span())
            chapter = before["chapter"] if before else None
            out.append(Reference(start if place else first, end, chapter, kind, int(number[0])))
    return out
