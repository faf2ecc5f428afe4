"""A submission as plain data, so that it can be graded on a machine that does not see the class's folder.

What travels is what grading looks at: the names in the folder, what each of them is, and the bytes of notebooks
that are not too big. Links and pipes arrive as such or as something that is refused in the same words.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograder.intake.submitted import Limits

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
    wanted = path.suffix == ".ipynb" and info.st_size <= Limits.bytes
    try:
        return name, "file", info.st_size, path.read_bytes() if wanted else b""
    except OSError:  # unreadable: no regular file, as far as grading is concerned
        return name, "folder", 0, b""


@contextlib.contextmanager
def unpacked(packed: dict, name: str) -> Iterator[Path]:
    """The folder again, called `name`, below a private temporary folder that is removed afterwards.

    A killed worker leaves it; whoever next makes a zygote there removes it, because nobody holds its lock.
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
            for one in packed["entries"]:
                lay(folder, *one)
        yield folder
    finally:
        shutil.rmtree(base, ignore_errors=True)
        os.close(lock)


def lay(folder: Path, name: bytes, kind: str, size: int, content: bytes) -> None:
    path = folder / os.fsdecode(name)
    if path.parent != folder:
        raise ValueError(f"{name!r} is no name of a file")
    if kind == "link":
        path.symlink_to("nowhere")
    elif kind == "folder":
        path.mkdir()
    else:
        with open(path, "xb") as file:
            file.write(content)
            file.truncate(size)  # what is too big arrives as its size alone
