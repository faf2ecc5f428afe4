"""Read the untrusted data that a student hands in: two missions with their configurations, and a nickname."""

import unicodedata
from typing import Any

from descent.capstone.missions import MISSIONS, PRACTICE
from descent.capstone.schema import SCHEMA, both, plain, word, wrong

CHECKS = {"mission_1": 0, "mission_2": 1}  # the checks of the capstone: which of the two missions each is about
LONGEST = 20
EXAMPLE = '{"few_labels": {"prediction": 0.9}, "deep": {"prediction": 0.8}}'


def chosen(check: str, missions: Any) -> tuple[str | None, Any, dict[str, str] | None]:
    """(name of the mission, its configuration, None), or (None, None, problem).

    missions: {mission: configuration, mission: configuration}; `check`, a key of CHECKS, selects one of the two. No
    object inside `missions` is called or compared, except strings of exact type.
    """
    if type(missions) is not dict:
        return (
            None,
            None,
            both(
                f"`my_missions` is {word(missions)}; it must be a dict such as {EXAMPLE}",
                f"`my_missions` 是 {word(missions)}；它应当是一个字典，例如 {EXAMPLE}",
            ),
        )
    if len(missions) > len(CHECKS):
        return (
            None,
            None,
            both(
                f"`my_missions` has {len(missions)} missions; choose two",
                f"`my_missions` 里有 {len(missions)} 项任务；请只选两项",
            ),
        )
    if CHECKS[check] >= len(missions):
        number, already = CHECKS[check] + 1, len(missions)
        return (
            None,
            None,
            both(
                f"mission {number} is not chosen yet: `my_missions` has {already}",
                f"第 {number} 项任务还没有选：`my_missions` 里有 {already} 项",
            ),
        )
    name, configuration = list(missions.items())[CHECKS[check]]
    if type(name) is str and name in PRACTICE:
        return (
            None,
            None,
            both(
                f"`{name}` is for practice and earns no points; choose two of {', '.join(MISSIONS)}",
                f"`{name}` 只供练习，不计分；请从 {'、'.join(MISSIONS)} 中选两项",
            ),
        )
    if type(name) is not str or name not in MISSIONS:
        return (
            None,
            None,
            both(
                f"{word(name)} is no mission; there are {', '.join(MISSIONS)}",
                f"{word(name)} 不是任务名；可选的有 {'、'.join(MISSIONS)}",
            ),
        )
    return name, configuration, None


def num_predictions(missions: Any) -> int:
    """The number of missions, of two, with a predicted accuracy in [0, 1]."""
    if type(missions) is not dict or len(missions) > len(CHECKS):
        return 0
    predictions = [
        plain(configuration["prediction"])
        for name, configuration in missions.items()
        if type(name) is str and name in MISSIONS and type(configuration) is dict and "prediction" in configuration
    ]
    return sum(wrong("prediction", SCHEMA["prediction"], configuration) is None for configuration in predictions)


def nickname(text: Any) -> str | None:
    """A name for the leaderboard: letters, digits, and single spaces, - or _ between them, at most 20 characters.

    None if `text` is no string or nothing remains. Letters of every script are allowed; characters that are invisible,
    reverse the line or start a formula are dropped.
    """
    if type(text) is not str:
        return None
    characters = []
    for character in unicodedata.normalize("NFKC", text[: 10 * LONGEST]):
        if unicodedata.category(character)[0] in "LN":
            characters.append(character)
        elif character in " -_" and characters and characters[-1] not in " -_":
            characters.append(character)
    return "".join(characters)[:LONGEST].strip(" -_") or None
