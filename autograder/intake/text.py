"""Comparing texts of cells as a reader would: line ends and spaces that nobody sees make no difference."""

import re

DOCSTRING = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''", re.DOTALL)
STUB_LINE = re.compile(r"(?:async )?(?:def|class) |@|raise NotImplementedError|pass$|\.\.\.$")
CODE_SIGNS = frozenset("=()[]{}:;_<>*/+#\\")


def plain(text: str) -> str:
    """`text` without spaces at the ends of lines, without blank lines around it, with ordinary spaces only."""
    lines = text.replace("\u00a0", " ").replace("\u3000", " ").replace("\ufeff", "").splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


def same_text(first: str, second: str) -> bool:
    return first == second or plain(first) == plain(second)


def squeezed(text: str) -> str:
    """`text` with every run of spaces and line ends as one space."""
    return " ".join(text.split())


def lines_of(text: str) -> set[str]:
    """The lines of a text, squeezed, blank ones left out."""
    return {squeezed(line) for line in text.splitlines() if line.strip()}


def added_lines(text: str, original: str) -> str:
    """What `text` has more than `original`, line by line, whatever the line breaks of `original` are; "" for nothing."""
    known, whole = sorted(lines_of(original), key=len, reverse=True), squeezed(original)
    added = []
    for line in text.splitlines():
        short = squeezed(line)
        if short and short not in whole:
            begin = next((known_line for known_line in known if short.startswith(known_line)), "")
            added.append(short.removeprefix(begin).strip() if begin else line)
    return "\n".join(added)


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
