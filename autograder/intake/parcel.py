"""A submission as plain data, so that it can be graded on a machine that does not see the class's folder.

It holds what grading reads: the names in the folder, the kind of each, and the bytes of notebooks within the size
limit. A link arrives as a link, a pipe as a folder: both are refused with the same sentence as before.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograder.intake.limits import IntakeLimits

Entry = tuple[bytes, str, int, bytes]  # name, kind, size, content


def pack(folder: Path) -> dict:
    """The folder of a submission as plain data."""
    if folder.is_symlink():
        return {"kind": "link", "entries": []}
    try:
        return {"kind": "folder", "entries": [entry(path) for path in sorted(folder.iterdir())]}
    except OSError:
        return {"kind": "nothing", "entries": []}


def entry(path: Path) -> Entry:
    name, info = os.fsencode(path.name), path.lstat()
    if stat.S_ISLNK(info.st_mode):
        return name, "link", 0, b""
    if not stat.S_ISREG(info.st_mode):
        return name, "folder", 0, b""
    readable = path.suffix == ".ipynb" and info.st_size <= IntakeLimits.bytes
    try:
        return name, "file", info.st_size, path.read_bytes() if readable else b""
    except OSError:  # no permission: as little of a file as a folder is
        return name, "folder", 0, b""


@contextlib.contextmanager
def unpacked(packed: dict, name: str) -> Iterator[Path]:
    """Write the folder, called `name`, below a private temporary folder that is removed on exit.

    A killed worker leaves that folder behind. Its lock is free then, and the next zygote that starts removes it.
    """
    base = Path(tempfile.mkdtemp(prefix="dg-"))
    lock = os.open(base / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = base / "submitted" / name
        folder.parent.mkdir()
        if packed["kind"] == "link":
            folder.symlink_to("nowhere")
        elif packed["kind"] == "folder":
            folder.mkdir()
            for packed_entry in packed["entries"]:
                write_entry(folder, *packed_entry)
        yield folder
    finally:
        shutil.rmtree(base, ignore_errors=True)
        os.close(lock)


def write_entry(folder: Path, name: bytes, kind: str, size: int, content: bytes) -> None:
    """Write one entry. Raises ValueError for a name that leads out of the folder."""
    path = folder / os.fsdecode(name)
    if path.parent != folder:
        raise ValueError(f"{name!r} is not the name of a file")
    if kind == "link":
        path.symlink_to("nowhere")
    elif kind == "folder":
        path.mkdir()
    else:
        with open(path, "xb") as file:
            file.write(content)
            file.truncate(size)  # of a file over the limit only the size was packed
