"""Chapters that are drafts: the builder demands less of them, so that they can be built while they are written.

A finished chapter has one language per notebook, Chinese docstrings, three hints for each exercise, and at most 90
minutes and 60 visible lines of given code in a sitting (docs/authors.md).
"""

DRAFTS: set[str] = set()  # such as "08_next_topic"


def is_finished(chapter: str) -> bool:
    """True unless the chapter, such as "03_momentum", is listed as a draft."""
    return chapter not in DRAFTS
