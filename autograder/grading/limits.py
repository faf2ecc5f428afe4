"""The limits of grading that a class may change: class.toml's [limits] become settings of the sandbox and of intake."""

import difflib
import math
from dataclasses import fields, replace
from typing import Any

from autograder.intake.limits import IntakeLimits
from autograder.sandbox.settings import Settings


def settings_from(limits: dict[str, float]) -> Settings:
    """Settings with what a class changes: any number of Settings, and test_seconds for one test. submission_seconds
    grows with notebook_seconds and judge_notebook_seconds. Names and values of IntakeLimits are checked here too
    (IntakeLimits.of takes them).

    Raises ValueError for a name that is no limit, or a value that is no positive number.
    """
    of_intake = {f.name for f in fields(IntakeLimits)}
    known = {f.name for f in fields(Settings) if f.type in ("int", "float", int, float)} | {"test_seconds"} | of_intake
    for name, value in limits.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}? There are" if near else "there are"
            raise ValueError(f"[limits] {name} is unknown; {hint}: {', '.join(sorted(known))}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise ValueError(f"[limits] {name} = {value!r}: must be a finite number > 0")
    changed: dict[str, Any] = {
        name: value for name, value in limits.items() if name not in {"test_seconds"} | of_intake
    }
    settings = Settings(**changed)
    if "submission_seconds" not in limits:  # what a class gives to cells or tests must not be taken away by their sum
        more = (
            settings.notebook_seconds - Settings.notebook_seconds,
            settings.judge_notebook_seconds - Settings.judge_notebook_seconds,
        )
        settings = replace(
            settings, submission_seconds=settings.submission_seconds + sum(max(0.0, part) for part in more)
        )
    seconds = limits.get("test_seconds", settings.wire.seconds)
    return replace(settings, wire=replace(settings.wire, seconds=seconds))
