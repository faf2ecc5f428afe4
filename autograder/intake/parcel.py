"""A submission as plain data, so that it can be graded on a machine that does not see the class's folder.

It holds what admission reads: of every file the name, the kind and the bytes, as far as admission reads them. A
link arrives as a link, a pipe as a pipe: both are refused with the same sentence as before.
"""

import contextlib
import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograder.intake.folder import read_folder
from autograder.intake.limits import DEFAULTS, Budget, IntakeLimits
from autograder.intake.refused import Refused


def pack(folder: Path, limits: IntakeLimits = DEFAULTS) -> dict:
    """The folder of a submission as plain data: {"kind": "folder", "link" or "nothing", "files": [[name, kind, size,
    data], ...]}."""
    try:
        files = read_folder(folder, limits, Budget(limits.intake_seconds))
    except Refused as error:
        return {"kind": "link" if error.code == "link" else "nothing", "files": []}
    return {"kind": "folder", "files": [[os.fsencode(file.name), file.kind, file.size, file.data] for file in files]}


def pack_chapter(solutions: str, released: str, name: str) -> list[list]:
    """The two versions of an assignment, and the files that its notebooks read, as plain data: [[step, path, data], ...]."""
    return [
        [step, os.fsencode(path.relative_to(place)), path.read_bytes()]
        for step, place in (("solutions", Path(solutions)), ("released", Path(released)))
        for path in sorted(place.glob(f"*/{glob.escape(name)}/**/*"))
        if path.is_file()
    ]


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A temporary folder that is removed on exit.

    A killed worker leaves it behind. Its lock is free then, and the next zygote that starts removes it.
    """
    base = Path(tempfile.mkdtemp(prefix="dg-"))
    lock = os.open(base / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield base
    finally:
        shutil.rmtree(base, ignore_errors=True)
        os.close(lock)


@contextlib.contextmanager
def unpacked(packed: dict, name: str) -> Iterator[Path]:
    """Write the folder of a submission, called `name`, for the length of the block."""
    with private_folder() as base:
        folder = base / "submitted" / name
        folder.parent.mkdir()
        if packed["kind"] == "link":
            folder.symlink_to("nowhere")
        elif packed["kind"] == "folder":
            folder.mkdir()
            for file in packed["files"]:
                write_file(folder, *file)
        yield folder


@contextlib.contextmanager
def unpacked_chapter(packed: list[list] | None) -> Iterator[dict[str, str]]:
    """Write a chapter for the length of the block; gives its places by step. Of a chapter that was not sent: nothing."""
    with private_folder() if packed else contextlib.nullcontext() as base:
        for step, path, data in packed or ():
            write_file(base / step, path, "file", len(data), data)
        yield {step: str(base / step) for step, *_ in packed or ()}


def write_file(folder: Path, name: bytes, kind: str, size: int, data: bytes) -> None:
    """Write one file below `folder`. Raises ValueError for a name that leads out of it."""
    parts = os.fsdecode(name).split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise ValueError(f"{name!r} is not the name of a file")
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "link":
        path.symlink_to("nowhere")
    elif kind == "other":
        os.mkfifo(path)
    else:
        with open(path, "xb") as file:
            file.write(data)
            file.truncate(size)  # of a file that is not read only the first bytes and the size were packed
