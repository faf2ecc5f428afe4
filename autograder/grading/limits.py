"""The limits of grading that a class may change: class.toml's [limits] become settings of the sandbox."""

import difflib
import math
from dataclasses import fields, replace

from autograder.sandbox.settings import Settings


def settings_from(limits: dict[str, float]) -> Settings:
    """Settings with what a class changes: any number of Settings, and test_seconds for one test.

    Raises ValueError for a name that is no limit, or a value that is no positive number.
    """
    known = {f.name for f in fields(Settings) if f.type in ("int", "float", int, float)} | {"test_seconds"}
    for name, value in limits.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}? There are" if near else "there are"
            raise ValueError(f"[limits] {name} is unknown; {hint}: {', '.join(sorted(known))}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise ValueError(f"[limits] {name} = {value!r}: must be a finite number > 0")
    settings = Settings(**{name: value for name, value in limits.items() if name != "test_seconds"})
    seconds = limits.get("test_seconds", settings.wire.seconds)
    return replace(settings, wire=replace(settings.wire, seconds=seconds))
