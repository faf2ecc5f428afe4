"""A figure of the report, drawn."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """A figure for the page: the address of an <img>, its size in CSS pixels, what it shows in words."""

    source: str
    width: int
    height: int
    alt: str
