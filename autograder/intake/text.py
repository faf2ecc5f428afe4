"""Comparing texts of cells as a reader would: line ends and spaces that nobody sees make no difference."""

import re
import unicodedata

DOCSTRING = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''", re.DOTALL)
STUB_LINE = re.compile(r"(?:async )?(?:def|class) |@|raise NotImplementedError|pass$|\.\.\.$")
WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]")
LONG_LINE = 25  # characters: nobody writes so many like the course by accident
SHORT_LINE = 8  # such as the dash of a list, with which any line may begin
CODE_SIGNS = frozenset("=()[]{}:;_<>*/+#\\")


def plain(text: str) -> str:
    """`text` without spaces at the ends of lines, without blank lines around it, with ordinary spaces only."""
    lines = text.replace("\u00a0", " ").replace("\u3000", " ").replace("\ufeff", "").splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


def printable(text: str, instead: str = "?") -> str:
    """`text` in which every kind of space is an ordinary one, and any other character that is not printable, such as a line
    end or one that turns the direction of writing round, is `instead`."""
    return "".join(c if c.isprintable() else " " if unicodedata.category(c) == "Zs" else instead for c in text)


def same_text(first: str, second: str) -> bool:
    return first == second or plain(first) == plain(second)


def squeezed(text: str) -> str:
    """`text` with every run of spaces and line ends as one space."""
    return " ".join(text.split())


def lines_of(text: str) -> set[str]:
    """The lines of a text, squeezed, blank ones left out."""
    return {squeezed(line) for line in text.splitlines() if line.strip()}


def added_lines(text: str, question: str, course: str) -> str:
    """What of `text` is the student's, "" for nothing: lines of the question are left out, also in front of a line of
    the student's, and so are long lines that stand in `course`, the text of all course cells, with other line breaks."""
    begins = sorted(lines_of(question), key=len, reverse=True)
    added = []
    for line in text.splitlines():
        short = squeezed(line)
        begin = next((begin for begin in begins if short.startswith(begin)), "")
        if len(begin) >= SHORT_LINE or (begin and begin == short):
            line = short.removeprefix(begin).strip()
        elif len(short) >= LONG_LINE and short in course:
            continue
        if line or not short:
            added.append(line)
    return "\n".join(added).strip()


def is_another_wording(text: str, original: str) -> bool:
    """Is every line of `text` long, and four fifths of its words in `original`? Words of Chinese are its characters."""
    known = set(WORD.findall(original.lower()))
    lines = [WORD.findall(line.lower()) for line in text.splitlines() if line.strip()]
    return all(len(words) >= 6 and sum(word in known for word in words) >= 0.8 * len(words) for words in lines)


def is_blank(source: str, stub: str) -> bool:
    """Was nothing written into this answer? Its text is blank, the stub, or a stub of another release: names without
    any statement but `raise NotImplementedError` and what the stub has too."""
    if not source.strip() or same_text(source, stub):
        return True
    if "NotImplementedError" not in source:
        return False
    known = lines_of(DOCSTRING.sub("", stub))
    lines = [line.partition("#")[0].strip() for line in DOCSTRING.sub("", source).splitlines()]
    return all(not line or squeezed(line) in known or STUB_LINE.match(line) for line in lines)


def is_prose(text: str) -> bool:
    """Does a text look like sentences rather than code? By how many signs it has that code is full of."""
    return bool(text.strip()) and sum(sign in CODE_SIGNS for sign in text) < 0.03 * len(text)
