"""Walk through JSON text without building what is not needed.

A notebook's outputs can be a hundred times larger than its sources. They are skipped here, never decoded, so that
neither their size nor their contents decide about a submission. Depth costs no recursion.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

SPACE = re.compile(rb"[ \t\r\n]*+")
STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
SCALAR = re.compile(rb"[^\s,\]}\[{\":]++")
TO_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:"(?:[^"\\]++|\\.)*+"[^"\[\]{}]*+)*+([\[\]{}])', re.DOTALL)
VALUES = 1_000_000
EVERY = 1_000  # members or elements between two looks at the time


class NotJSON(ValueError):
    """The text is not JSON at byte `position`."""

    def __init__(self, position: int):
        super().__init__(position)
        self.position = position


class TooManyParts(ValueError):
    """More brackets than the limit."""


def small(text: bytes, size: int) -> Any:
    """The value of JSON text, decoded as a whole, which is quicker than walking through it; None for text of more than
    `size` bytes, of many parts, and for what is not JSON."""
    if len(text) > size or text.count(b"{") + text.count(b"[") > size // 50 or text.count(b",") > size // 10:
        return None
    try:
        return json.loads(text.decode("utf-8"), strict=False)
    except (ValueError, RecursionError):
        return None


class Parts:
    """JSON text, bytes of UTF-8, read once from its begin to its end. `position` stands before the next value.

    brackets: how many may be skipped in all. check: raises what ends the reading when it takes too long.
    """

    def __init__(self, text: bytes, brackets: int, check: Callable[[], None] = lambda: None):
        self.text, self.brackets, self.check, self.position = text, brackets, check, 0
        self.space()

    def next_byte(self) -> bytes:
        return self.text[self.position : self.position + 1]

    def space(self) -> None:
        """Step over spaces. Raises NotJSON at the end of the text."""
        self.position = SPACE.match(self.text, self.position).end()  # type: ignore[union-attr]
        if self.position >= len(self.text):
            raise NotJSON(self.position)

    def skip(self) -> None:
        """Step over the next value. Raises NotJSON, TooManyParts."""
        if self.next_byte() not in (b"{", b"["):
            match = (STRING if self.next_byte() == b'"' else SCALAR).match(self.text, self.position)
            if match is None:
                raise NotJSON(self.position)
            self.position = match.end()
            return
        open_brackets = bytearray()
        while True:
            match = TO_BRACKET.match(self.text, self.position)
            if match is None:
                raise NotJSON(len(self.text))
            self.position, bracket = match.end(), match[1]
            self.brackets -= 1
            if self.brackets < 0:
                raise TooManyParts
            if bracket in b"{[":
                open_brackets += bracket
            elif open_brackets[-1:] != (b"{" if bracket == b"}" else b"["):
                raise NotJSON(self.position - 1)
            else:
                open_brackets.pop()
                if not open_brackets:
                    return

    def take(self) -> Any:
        """The next value, decoded; None for one that is nested too deeply, a number that is too long, or a list or
        object of more than VALUES values, which would need many times the memory of the text.

        Raises NotJSON, TooManyParts, UnicodeDecodeError."""
        begin = self.position
        self.skip()
        if self.text.count(b",", begin, self.position) > VALUES:
            return None
        try:
            return json.loads(self.text[begin : self.position].decode("utf-8"), strict=False)
        except json.JSONDecodeError as error:
            raise NotJSON(begin + len(error.doc[: error.pos].encode())) from None
        except UnicodeDecodeError:
            raise
        except (ValueError, RecursionError):
            return None

    def members(self) -> Iterator[str]:
        """The name of each member of the object that comes next; its value is taken or walked through by the caller,
        or else skipped."""
        for _ in self.values(b"}"):
            if self.next_byte() != b'"':
                raise NotJSON(self.position)
            name = self.take()
            self.space()
            if self.next_byte() != b":":
                raise NotJSON(self.position)
            self.position += 1
            self.space()
            begin = self.position
            yield name
            if self.position == begin:
                self.skip()

    def elements(self) -> Iterator[None]:
        """Once for each element of the array that comes next, as `members`."""
        for _ in self.values(b"]"):
            begin = self.position
            yield
            if self.position == begin:
                self.skip()

    def values(self, closing: bytes) -> Iterator[None]:
        """Once for each part between commas, up to the `closing` bracket."""
        self.position += 1
        self.space()
        count = 0
        while self.next_byte() != closing:
            count += 1
            if count % EVERY == 0:
                self.check()
            yield
            self.space()
            if self.next_byte() == b",":
                self.position += 1
                self.space()
            elif self.next_byte() != closing:
                raise NotJSON(self.position)
        self.position += 1
