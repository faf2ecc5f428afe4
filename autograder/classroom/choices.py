"""A word of a make variable that is one of a few."""

from collections.abc import Iterable

from autograder.gradebook.coursedir import ClassError


def one_of(variable: str, word: str, allowed: Iterable[str]) -> str:
    """The word, if it is allowed. Raises ClassError that names make's variable, the wrong word and the right ones."""
    words = tuple(allowed)
    if word in words:
        return word
    right = " or ".join(f"{variable}={one}" for one in words)
    if not word:
        raise ClassError(f"{variable}= is missing: write {right}")
    raise ClassError(f"{variable}={word} is none of them: write {right}")
