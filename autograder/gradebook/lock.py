"""One process at a time changes a class; the lock ends with the process."""

import contextlib
import fcntl
from collections.abc import Iterator

from autograder.gradebook.coursedir import ClassError, ClassFolder


@contextlib.contextmanager
def locked(folder: ClassFolder) -> Iterator[None]:
    """Hold the class. Raises ClassError when another process does."""
    with open(folder.path / ".lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClassError(f"another process is grading {folder.path} now: wait for it, or stop it") from None
        yield
