"""Write a file so that after a crash either the old or the new one is on the disk, whole."""

import errno
import os
from pathlib import Path

from sqlalchemy.exc import OperationalError


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


FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your quota is used up",
    errno.EFBIG: "a file has reached the largest size that is allowed here",
    errno.EROFS: "the disk may only be read",
    errno.EIO: "the disk reports an error",
}

ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # of these, what more room mends


def why(error: Exception, folder: Path | str) -> str:
    """An error of the disk or the gradebook as a sentence with what to do; any other error as it says itself."""
    if isinstance(error, OSError) and error.errno in FULL:
        cure = "Make room" if error.errno in ROOM else "Put that right"
        return f"{FULL[error.errno]} ({error.filename or folder}). {cure}, then run the same command again"
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
        return f"you may not read or write {error.filename or folder}: whose is it (ls -ld shows that), and is it yours to change?"
    if cause := of_database(error):
        text = str(cause.orig)
        if "locked" in text:
            return (
                f"another program holds the gradebook of {folder} (a formgrader that saves, nbgrader, a database browser). "
                "Close it, then run the same command again"
            )
        return f"the gradebook of {folder} cannot be used: {text}. Make room if the disk is full, then run it again"
    return str(error)


def of_database(error: BaseException | None) -> OperationalError | None:
    """The database's own error, which nbgrader hides in an InvalidEntry."""
    while error is not None and not isinstance(error, OperationalError):
        error = error.__cause__ or error.__context__
    return error
