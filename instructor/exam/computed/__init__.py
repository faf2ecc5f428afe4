"""What the keys of the exam claim, computed with the functions of the course.

`Q01`, `Q02`, ... return {name: number} for the names in keys.toml. A question of the kind "find the bug" gets the
names that the code in the question defines.
"""

from collections.abc import Callable

from instructor.exam.computed import chapters_00_to_03, chapters_04_to_07


def numbers_of(question: str) -> Callable:
    """The function that computes the numbers of a question. Raises AttributeError for an unknown one."""
    return getattr(chapters_00_to_03 if int(question[1:]) <= 20 else chapters_04_to_07, question)
