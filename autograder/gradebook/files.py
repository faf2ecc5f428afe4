"""Write a file so that after a crash either the old or the new one is on the disk, whole."""

import os
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Replace `path`, whose folder is made if need be. Raises OSError; then the old file is still there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    try:
        with open(new, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
