"""Check the value of a make variable that allows only a few words."""

from collections.abc import Iterable

from autograder.gradebook.coursedir import ClassError


def one_of(variable: str, word: str, allowed: Iterable[str]) -> str:
    """Return the word if it is allowed. Raises ClassError that names the variable, the word and the allowed words."""
    choices = tuple(allowed)
    if word in choices:
        return word
    right = " or ".join(f"{variable}={choice}" for choice in choices)
    if not word:
        raise ClassError(f"{variable}= is missing: write {right}")
    raise ClassError(f"{variable}={word} is none of them: write {right}")
