"""What the person who grades asks for on the command line: which students, which limits.

STUDENTS="ada,ben*"  LIMITS="cell_seconds=5 test_seconds=3"
"""

import difflib
from fnmatch import fnmatchcase

from autograder.gradebook.coursedir import ClassError
from autograder.grading.limits import settings_from


def students(asked: str, known: set[str]) -> set[str] | None:
    """The students that `asked` names: ids or patterns (*, ?, [abc]) with commas between them; None for all.

    Without any comma, spaces separate, unless the whole text is an id.
    Raises ClassError for a pattern that matches nobody, with the ids that look like it.
    """
    if not asked.strip():
        return None
    patterns = [pattern.strip() for pattern in asked.split(",")]
    if len(patterns) == 1 and not matching(patterns[0], known):
        patterns = patterns[0].split()
    chosen: set[str] = set()
    for pattern in filter(None, patterns):
        matches = matching(pattern, known)
        if not matches:
            verb = "matches" if set(pattern) & set("*?[") else "is called"
            raise ClassError(
                f"STUDENTS={asked!r}: no folder in submitted/ {verb} {pattern!r}; {similar_ids(pattern, known)}"
            )
        chosen |= matches
    return chosen


def matching(pattern: str, known: set[str]) -> set[str]:
    """The student whose id is `pattern`, else all that it matches."""
    return {pattern} if pattern in known else {name for name in known if fnmatchcase(name, pattern)}


def similar_ids(pattern: str, known: set[str]) -> str:
    """A sentence with the ids that look like `pattern`, or that contain it."""
    plain = pattern.strip("*?").lower()
    by_case = {name.lower(): name for name in sorted(known)}
    near = [by_case[name] for name in difflib.get_close_matches(plain, by_case, 4, 0.6)]
    near += [name for name in sorted(known) if plain and plain in name.lower() and name not in near][:4]
    if near:
        return f"did you mean {', '.join(near[:6])}?"
    return f"there are {len(known)}: {', '.join(sorted(known)[:6])}{', ...' if len(known) > 6 else ''}"


def limits(asked: str) -> dict[str, float]:
    """Limits given as "cell_seconds=5 test_seconds=3" (spaces or commas), for this run only.

    Raises ClassError for an unknown name, with the one that was probably meant.
    """
    overrides: dict[str, float] = {}
    for setting in asked.replace(",", " ").split():
        name, equals, value = setting.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = 0.0
        if not equals or not number:
            raise ClassError(f"LIMITS={asked!r}: {setting!r} is not name=number, such as cell_seconds=5")
        overrides[name] = int(number) if number.is_integer() else number
    try:
        settings_from(overrides)
    except ValueError as error:
        raise ClassError(f"LIMITS={asked!r}: {error}") from None
    return overrides
