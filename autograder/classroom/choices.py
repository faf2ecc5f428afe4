"""A word of a make variable that is one of a few."""

from collections.abc import Iterable

from autograder.gradebook.coursedir import ClassError


def one_of(variable: str, word: str, allowed: Iterable[str]) -> str:
    """The word, if it is allowed. Raises ClassError that names make's variable, the wrong word and the right ones."""
    words = tuple(allowed)
    if word in words:
        return word
    wrong = f"{variable}={word} is none of them" if word else f"{variable}= is missing"
    raise ClassError(f"{wrong}: write {' or '.join(f'{variable}={one}' for one in words)}")
