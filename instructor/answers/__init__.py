"""Other answers to the transfer exercises: a second way to the numbers, right ones in other words, typical wrong ones.

SECOND is written without looking at the reference: loops, central differences, a direct search. RIGHT must get all
points, every entry of WRONG must lose some. An instructor can show WRONG in class, or make a catalogue of it.
"""

from importlib import import_module

from instructor.transfer import CHAPTERS


def collect(kind: str) -> dict:
    """SECOND: {exercise: function}; RIGHT and WRONG: {exercise: {what it does: function}}."""
    found = {}
    for chapter in CHAPTERS:
        found |= getattr(import_module(f"instructor.answers.chapter_{chapter}"), kind)
    return found
