"""The class's secret: it seeds the hidden cases, so that every class meets other numbers and none can be
looked up.

It lives in <CLASS>/.secret, is made on first use and never printed. Its owner alone can read it, or with [class] group in
class.toml the members of that group, who grade. Changing it changes hidden cases and therefore makes every submission be
graded anew.
"""

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from autograder.gradebook import permissions
from autograder.gradebook.coursedir import ClassFolder

NAME = ".secret"


def load_secret(folder: Path) -> str:
    """The secret of the class in `folder`; made there, with mode 600 (a group's: 640), if there is none yet.

    Raises PermissionError when others may read the file, ValueError when it is empty, ClassError for a group that is none.
    """
    path = Path(folder) / NAME
    group = permissions.group_of(ClassFolder(Path(folder)))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read(path, group)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    if group is not None:
        permissions.share(path, group)
    return read(path, group)


def read(path: Path, group: int | None) -> str:
    info = path.stat()
    mode = stat.S_IMODE(info.st_mode)
    if mode & (0o037 if group is not None and info.st_gid == group else 0o077):
        raise PermissionError(
            f"{path} has mode {mode:o}: others may read the class's secret. "
            f"Run: chmod 600 '{path}' and ask yourself who has seen it"
        )
    secret = path.read_text().strip()
    if not secret:
        raise ValueError(f"{path} is empty: restore it from your backup, or delete it and grade everything anew")
    return secret


def fingerprint(secret: str) -> str:
    """A short name of a secret that does not give it away."""
    return hmac.new(secret.encode(), b"fingerprint", hashlib.sha256).hexdigest()[:16]


def seed_for(secret: str, assignment: str, exercise: str) -> int:
    """The seed of an exercise's hidden cases in this class, for np.random.default_rng."""
    digest = hmac.new(secret.encode(), f"{assignment}\0{exercise}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest, "big")
