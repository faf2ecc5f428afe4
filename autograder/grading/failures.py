"""A full disk, a gradebook that another program holds: what to wait for, and what to report when waiting does not help.

Grading stops at once and in order: what is in the journal is kept, and the same command goes on from there.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import InvalidEntry
from sqlalchemy.exc import DatabaseError

from autograder.gradebook.files import FROM_BACKUP, FULL, LOCAL_DISK, NO_LOCKS, ROOM, is_damaged, of_database
from autograder.grading.pool import Gone, Unfit

LOCK_SECONDS = 60.0  # how long another program may hold the gradebook; SQLite waits five of them in each attempt
KEPT = "What was graded is kept; the same command goes on from here."


class Stopped(Exception):
    """Grading had to stop; the message says why, what is kept, and what to do."""


@contextlib.contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn errors of the disk, the gradebook and the cluster inside the block into Stopped with a message."""
    try:
        yield
    except (OSError, DatabaseError, Gone, Unfit) as error:
        why = explanation(error, folder)
        if why is None:
            raise
        raise Stopped(why) from error


def explanation(error: BaseException | None, folder: Path) -> str | None:
    """What to tell the person who grades, or None for an error of another kind."""
    if isinstance(error, OSError) and error.errno in FULL:
        where = error.filename or folder
        return (
            f"{FULL[error.errno]} ({where}). {KEPT} {'Make room' if error.errno in ROOM else 'Put that right'} first."
        )
    if isinstance(error, OSError) and error.errno in NO_LOCKS:
        return f"{error.filename or folder}: {LOCAL_DISK}"
    if isinstance(error, Gone | Unfit):
        return f"{error}. {KEPT}"
    if isinstance(error, DatabaseError) and of_database(error) is error:
        text = str(error.orig)
        if is_damaged(error):
            return f"the gradebook of {folder} is damaged: {text}. {FROM_BACKUP}"
        if is_locked(error):
            return (
                f"another program holds the gradebook of {folder} (a formgrader that saves, nbgrader, a database "
                f"browser) and has not let go of it for {LOCK_SECONDS:g} s. Close it. {KEPT}"
            )
        if "full" in text or "disk I/O error" in text:
            return f"the gradebook of {folder} cannot be written: {text}. {KEPT} Make room first."
        return f"the gradebook of {folder} cannot be used: {text}. {KEPT}"
    return None


def is_locked(error: DatabaseError) -> bool:
    return "database is locked" in str(error.orig) or "database table is locked" in str(error.orig)


def patiently(action: Callable[[], Any], before_retry: Callable[[], None] = lambda: None) -> Any:
    """Do what needs the gradebook; while another program holds it, try again for LOCK_SECONDS.

    action: may be done twice without harm. before_retry: a rollback. Raises DatabaseError when the time is up.
    """
    end, reported = time.monotonic() + LOCK_SECONDS, False
    while True:
        try:
            return action()
        except (DatabaseError, InvalidEntry) as error:
            before_retry()
            cause = of_database(error)
            if cause is None:
                raise
            if not is_locked(cause) or time.monotonic() > end:
                raise cause from None
        if not reported:
            print(
                f"grade: another program holds the gradebook; waiting for it, for {LOCK_SECONDS:g} s at most",
                file=sys.stderr,
            )
            reported = True
        time.sleep(0.1)
