"""Write a file so that after a crash either the old or the new one is on the disk, whole."""

import errno
import os
from pathlib import Path

from sqlalchemy.exc import DatabaseError, OperationalError


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

NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS)
LOCAL_DISK = "the file system has no locks, as some network drives: two commands at once could spoil the class. Move it to a local disk"

ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # of these, what more room mends


def why(error: Exception, folder: Path | str) -> str:
    """An error of the disk or the gradebook as a sentence with what to do; any other error as it says itself."""
    if isinstance(error, OSError) and error.errno in FULL:
        cure = "Make room" if error.errno in ROOM else "Put that right"
        return f"{FULL[error.errno]} ({error.filename or folder}). {cure}, then run the same command again"
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
        return f"you may not read or write {error.filename or folder}: whose is it (ls -ld shows that), and is it yours to change?"
    if isinstance(error, OSError) and error.errno in NO_LOCKS:
        return f"{error.filename or folder}: {LOCAL_DISK}"
    if cause := of_database(error):
        text = str(cause.orig)
        if "locked" in text:
            return (
                f"another program holds the gradebook of {folder} (a formgrader that saves, nbgrader, a database browser). "
                "Close it, then run the same command again"
            )
        if is_damaged(cause):
            return f"the gradebook of {folder} is damaged: {text}. {FROM_BACKUP}"
        return f"the gradebook of {folder} cannot be used: {text}. Make room if the disk is full, then run it again"
    return str(error)


FROM_BACKUP = "Put gradebook.db from your backup in its place, then run the same command again"


def is_damaged(error: DatabaseError) -> bool:
    """SQLite's "file is not a database" and "database disk image is malformed": of no class more special than this."""
    return type(error) is DatabaseError


def of_database(error: BaseException | None) -> DatabaseError | None:
    """The database's own error, which nbgrader hides in an InvalidEntry; not one about a row, such as IntegrityError."""
    while error is not None and type(error) not in (DatabaseError, OperationalError):
        error = error.__cause__ or error.__context__
    return error if isinstance(error, DatabaseError) else None
