"""What the person who grades asks for on the command line: which students, which limits.

    STUDENTS="ada,ben*"  LIMITS="cell_seconds=5 test_seconds=3"
"""

import difflib
from fnmatch import fnmatchcase

from autograder.grading import run_and_judge
from autograder.gradebook.coursedir import ClassError


def students(asked: str, known: set[str]) -> set[str] | None:
    """The students that `asked` names: ids or patterns (*, ?, [abc]) with commas between them; None for all.

    Where no comma is used, spaces stand for commas unless an id of that text exists.
    Raises ClassError for a name that is nobody's, with those that look like it.
    """
    if not asked.strip():
        return None
    words = [word.strip() for word in asked.split(",")]
    if len(words) == 1 and not named(words[0], known):
        words = words[0].split()
    wanted: set[str] = set()
    for word in filter(None, words):
        found = named(word, known)
        if not found:
            raise ClassError(f"STUDENTS={asked!r}: no folder in submitted/ {matches(word)} {word!r}; "
                             f"{alike(word, known)}")
        wanted |= found
    return wanted


def named(word: str, known: set[str]) -> set[str]:
    """The student whose id is `word`, else all that it matches as a pattern."""
    return {word} if word in known else {name for name in known if fnmatchcase(name, word)}


def matches(word: str) -> str:
    return "matches" if set(word) & set("*?[") else "is called"


def alike(word: str, known: set[str]) -> str:
    """A sentence with the ids that look like `word`, or that contain it."""
    plain = word.strip("*?").lower()
    by_case = {name.lower(): name for name in sorted(known)}
    near = [by_case[name] for name in difflib.get_close_matches(plain, by_case, 4, 0.6)]
    near += [name for name in sorted(known) if plain and plain in name.lower() and name not in near][:4]
    if near:
        return f"did you mean {', '.join(near[:6])}?"
    return f"there are {len(known)}: {', '.join(sorted(known)[:6])}{', ...' if len(known) > 6 else ''}"


def limits(asked: str) -> dict[str, float]:
    """Limits given as "cell_seconds=5 test_seconds=3" (spaces or commas), for this run only.

    Raises ClassError for what is no limit, with the name that was probably meant.
    """
    given: dict[str, float] = {}
    for word in asked.replace(",", " ").split():
        name, equals, value = word.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = 0.0
        if not equals or not number:
            raise ClassError(f"LIMITS={asked!r}: {word!r} is not name=number, such as cell_seconds=5")
        given[name] = int(number) if number.is_integer() else number
    try:
        run_and_judge.settings_from(given)
    except ValueError as error:
        raise ClassError(f"LIMITS={asked!r}: {error}") from None
    return given
