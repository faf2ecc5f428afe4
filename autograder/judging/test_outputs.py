"""The outputs of a test cell: card, printed text, error; all cut to a length and without control characters."""

import io
from typing import Any

from nbformat import NotebookNode

from autograder.judging.result import Mark
from autograder.sandbox.outputs import new_output, text_of
from descent import card_data


def error_output(name: str, text: str) -> NotebookNode:
    text = text_of(text, 1000)
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])


def card_of(result: Mark | None) -> list:
    if result is None:
        return []
    card: dict[str, Any] = {"text/plain": text_of(result.text)}
    if result.html:
        card["text/html"] = text_of(result.html)
    if getattr(result, "rows", ()):
        card[card_data.MIME] = {"rows": [[text_of(part) for part in row] for row in result.rows]}
    return [new_output("display_data", data=card)]


class Printed(io.TextIOBase):
    """sys.stdout of a test: keeps the first `limit` characters."""

    def __init__(self, limit: int):
        self.parts: list[str] = []
        self.room = limit

    def writable(self):
        return True

    def write(self, text):
        if self.room > 0:
            self.parts.append(text[: self.room])
            self.room -= len(text)
        return len(text)

    def outputs(self) -> list:
        text = text_of("".join(self.parts))
        return [new_output("stream", name="stdout", text=text)] if text else []
