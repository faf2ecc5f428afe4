"""On a shared machine nobody but the instructor, or a group of them, may read a class: grades, classmates' work, the secret.

[class]
group = "teachers"        # class.toml; without it the class is its owner's alone
"""

import contextlib
import grp
import os
import pwd
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from autograder import ROOT
from autograder.gradebook.coursedir import ClassError, ClassFolder

ANSWERS = (ROOT / "src" / "reference", ROOT / "solutions")


def group_of(folder: ClassFolder) -> int | None:
    """The id of the class's group, None without one. Raises ClassError for a name that is no group."""
    name = folder.class_table().get("group")
    try:
        return grp.getgrnam(name).gr_gid if name else None
    except KeyError:
        raise ClassError(
            f"{folder.path / 'class.toml'}: [class] group = {name!r} is not a group of this machine "
            f"(`getent group {name}` finds none)"
        ) from None


@contextlib.contextmanager
def private(folder: ClassFolder) -> Iterator[None]:
    """Close the class folder to others, and inside the block make new files so too."""
    group = group_of(folder)
    close(folder.path, group)
    before = os.umask(0o007 if group is not None else 0o077)
    try:
        yield
    finally:
        os.umask(before)
        share_gradebook(folder.path, group)


def close(path: Path, group: int | None) -> None:
    """Mode 700 for the folder; or group and mode 2770, and the same for all it holds, unless the folder has them already.
    What belongs to somebody else stays as it is: `make doctor CLASS=` says so."""
    share_gradebook(path, group)
    secret = path / ".secret"
    if group is not None and secret.exists():  # of a class that was its owner's alone before
        share(secret, group)
    info, mode = path.stat(), 0o700 if group is None else 0o2770
    if stat.S_IMODE(info.st_mode) == mode and group in (None, info.st_gid):
        return
    if group is not None:
        for parent, folders, files in os.walk(path):
            for name in [*folders, *files]:
                share(Path(parent) / name, group)
    with contextlib.suppress(PermissionError):
        if group is not None:
            os.chown(path, -1, group)
        path.chmod(mode)


def share_gradebook(path: Path, group: int | None) -> None:
    """SQLite makes its file with mode 644 whatever the umask allows, so the group could not write it."""
    if group is not None and (path / "gradebook.db").exists():
        share(path / "gradebook.db", group)


def share(path: Path, group: int) -> None:
    """Let the group read and write a file or folder of ours, and nobody else; of the class's secret read alone."""
    info = path.lstat()
    if stat.S_ISLNK(info.st_mode):
        return
    mode = stat.S_IMODE(info.st_mode) & 0o770
    shared = mode | 0o2070 if stat.S_ISDIR(info.st_mode) else 0o640 if path.name == ".secret" else mode | 0o060
    with contextlib.suppress(PermissionError):
        os.chown(path, -1, group)
        path.chmod(shared)


def warnings(folder: ClassFolder | None) -> list[str]:
    """A sentence with the command that mends it for each place that others can read: the class, its gradebook, and the
    answers in this checkout."""
    problems = [
        f"{path} can be read by {readers}: chmod -R go-rwx {shlex.quote(str(path))}"
        for path in ANSWERS
        if (readers := readers_of(path, None))
    ]
    if folder is None:
        return problems
    group = group_of(folder)
    where = shlex.quote(str(folder.path))
    mend = (
        f"chmod 700 {where}"
        if group is None
        else (f"chgrp -R {folder.class_table()['group']} {where} && chmod -R u+rwX,g+rwXs,o-rwx {where}")
    )
    places = [folder.path]
    url = make_url(folder.db_url)
    if url.drivername == "sqlite" and url.database and not Path(url.database).is_relative_to(folder.path):
        places.append(Path(url.database))
    for path in places:
        if readers := readers_of(path, group):
            problems.insert(
                0,
                f"{path} can be read by {readers}: "
                + (mend if path == folder.path else f"chmod go-rwx {shlex.quote(str(path))}"),
            )
    return problems


def readers_of(path: Path, group: int | None) -> str:
    """Who may read a file or enter a folder besides its owner and `group`: "everybody on this machine", a group's name,
    or "" for nobody. A place below a folder that others cannot enter is safe."""
    path = path.resolve()
    if not path.exists():
        return ""
    info = path.stat()
    entered = [parent.stat() for parent in path.parents]
    if info.st_mode & 0o004 and all(parent.st_mode & 0o001 for parent in entered):
        return "everybody on this machine"
    shared = info.st_mode & 0o040 and info.st_gid != group and others_in(info.st_gid, info.st_uid)
    if shared and all(
        parent.st_mode & 0o001 or (parent.st_mode & 0o010 and parent.st_gid == info.st_gid) for parent in entered
    ):
        return f"the group {shared}"
    return ""


def others_in(group: int, owner: int) -> str:
    """The name of the group when somebody besides the owner and root is in it, else ""."""
    try:
        name, members = grp.getgrgid(group).gr_name, set(grp.getgrgid(group).gr_mem)
    except KeyError:
        return ""
    members |= {user.pw_name for user in pwd.getpwall() if user.pw_gid == group}
    alone = {user.pw_name for user in pwd.getpwall() if user.pw_uid in (owner, 0)}
    return name if members - alone else ""
