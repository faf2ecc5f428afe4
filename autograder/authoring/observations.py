"""Check that an author's observation about a wrong version is true of its outputs on the visible cases.

There are two ways. Clauses in one of the forms of CLAIMS are checked automatically. For any other sentence the author
writes `holds`, a function of (inputs, got, right) that is True for each visible case in which the wrong version fails.

    @wrong("midpoint", observation=("larger than any of the points", "..."), ...,
           holds=lambda inputs, got, right: got["midpoint"] > max(inputs["points"]))
"""

import re
from collections.abc import Callable

from .claims import CLAIMS, Check, Claim, Trial


def clauses(observation: str) -> list[tuple[str, Check | None, Claim]]:
    """Return the clauses of an English observation, each with its claim and, if it has a form of CLAIMS, its check."""
    named = set(re.findall(r"`(\w+)`", observation))
    parsed = []
    for part in re.split(r"; (?:but )?", observation.rstrip(".")):
        matches = ((check, re.fullmatch(form, part)) for form, check in CLAIMS)
        check, match = next(((check, match) for check, match in matches if match), (None, None))
        groups = match.groupdict() if match else {}
        claim = Claim(re.findall(r"`(\w+)`", groups.get("names") or ""), groups.get("word") or "", named)
        parsed.append((part, check, claim))
    return parsed


def is_checked(observation: str) -> bool:
    """True if every clause has one of the forms of CLAIMS."""
    return all(check for _, check, _ in clauses(observation))


def untrue(observation: str, holds: Callable | None, trials: list[Trial]) -> list[str]:
    """Return the clauses of an English observation that are not true of the visible cases, and failures of `holds`."""
    compared = [trial for trial in trials if trial.compared]
    reasons = [
        f'"{part}" is not true of the visible cases'
        for part, check, claim in clauses(observation)
        if check and not check(claim, compared)
    ]
    if holds:
        false = [trial for trial in compared if trial.failed and not holds(trial.case.inputs, trial.got, trial.right)]
        reasons += [
            f"holds is False for {trial.case.inputs}: got {trial.got}, right {trial.right}" for trial in false[:1]
        ]
    return reasons
