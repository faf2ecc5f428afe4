"""How much a class tells and lends its students: [hints] of class.toml, as the variables that `descent` reads.

[hints]
ladder = 2                # a card ends at 1 the observation, 2 the question, 3 the name of the mistake
lend = false              # lend("momentum_step") gives no worked solution

This file imports next to nothing: `make grade` reads it before the processes start that mark.
"""

import os
import tomllib
from pathlib import Path
from typing import Any

KNOWN = {"ladder", "lend"}


def of(settings: dict[str, Any]) -> dict[str, str]:
    """The environment variables that [hints] stands for; nothing where it is left out. Raises ValueError."""
    table = settings.get("hints", {})
    if not isinstance(table, dict) or table.keys() - KNOWN:
        raise ValueError("[hints] may hold ladder = 1, 2 or 3 and lend = true or false, and nothing else")
    variables = {}
    if "ladder" in table:
        if table["ladder"] not in (1, 2, 3) or isinstance(table["ladder"], bool):
            raise ValueError(f"[hints] ladder = {table['ladder']!r}: must be 1 (observation), 2 (question) or 3 (name)")
        variables["DESCENT_LADDER"] = str(table["ladder"])
    if "lend" in table:
        if not isinstance(table["lend"], bool):
            raise ValueError(f"[hints] lend = {table['lend']!r}: must be true or false")
        variables["DESCENT_LEND"] = "1" if table["lend"] else "0"
    return variables


def set_environment(folder: str | Path | None) -> None:
    """Set the variables of the class in `folder` for this process and its children. A class.toml that cannot be read is
    left to the code that opens the class, which says what is wrong."""
    if folder is None:
        return
    try:
        settings = tomllib.loads((Path(folder).expanduser() / "class.toml").read_text(encoding="utf-8-sig"))
        os.environ.update(of(settings))
    except (OSError, ValueError):
        return
