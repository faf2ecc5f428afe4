"""The files that a student handed in, as bytes: from the folder of a submission, its subfolders and its archives.

No link is followed, no archive is written to the disk, and only files that can be a notebook or a zip archive are
read as a whole: of all others the first bytes, which tell what they are.
"""

import hashlib
import io
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from autograder.intake.limits import DEFAULTS, Budget, IntakeLimits
from autograder.intake.refused import Refused

DEPTH = 8  # of folders in folders, and of archives in archives
HEAD = 512  # bytes that tell what a file is
ARCHIVE = b"PK\x03\x04"
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others cannot be unpacked piece by piece
CHECKPOINTS = ".ipynb_checkpoints"  # JupyterLab's older copies: read when there is nothing else
NOT_THEIRS = ("timestamp.txt", "submission_secret.txt", "__pycache__", "__macosx", "thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class File:
    """name: its path below the folder of the submission, "notes/a.ipynb"; of a file in an archive
    "a.zip/notes/a.ipynb". kind: "file", "link", or "other" (a pipe, a file without permission). data: all bytes, or
    the first HEAD where the file cannot be a notebook or is too big."""

    name: str
    kind: str = "file"
    size: int = 0
    data: bytes = b""

    @property
    def is_whole(self) -> bool:
        return len(self.data) == self.size


def read_folder(folder: Path, limits: IntakeLimits, budget: Budget | None = None) -> list[File]:
    """The files of a submission, sorted by depth and name; archives not opened. Raises Refused for a link, and for what
    is no folder."""
    for path in (folder.parent, folder):  # the student's folder, and the assignment's in it
        if path.is_symlink():
            raise Refused("link", name=path.name)
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        raise Refused("not_a_file", name=folder.name) from None
    reader = Reader(limits, budget or Budget())
    try:
        reader.folder(handle, "", DEPTH)
    finally:
        os.close(handle)
    return sorted(reader.files, key=lambda file: (file.name.count("/"), file.name))


class Reader:
    """Reads files up to the limits of one submission; what is beyond them counts as too big."""

    def __init__(self, limits: IntakeLimits, budget: Budget):
        self.limits, self.budget = limits, budget
        self.files: list[File] = []
        self.bytes_left = 2 * limits.submission_bytes
        self.entries_left = limits.submission_files

    def folder(self, handle: int, prefix: str, depth: int) -> None:
        """Read the files of an open folder, then its subfolders."""
        with os.scandir(handle) as entries:
            names = [entry.name for entry in islice(entries, 100 * self.limits.submission_files)]
        names = sorted(names, key=lambda name: (not is_named_notebook(name), name))[: max(0, self.entries_left)]
        self.entries_left -= len(names)
        subfolders = []
        for name in names:
            self.budget.check()
            if is_theirs(name):
                if self.file(handle, name, prefix + name) == "folder":
                    subfolders.append(name)
        for name in subfolders if depth else ():
            try:
                inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=handle)
            except OSError:
                self.files.append(File(prefix + name, "other"))
                continue
            try:
                self.folder(inner, f"{prefix}{name}/", depth - 1)
            finally:
                os.close(inner)

    def file(self, handle: int, name: str, shown: str) -> str:
        """Read one entry of an open folder; returns its kind."""
        try:
            mode = os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                return "folder"
            if not stat.S_ISREG(mode):
                raise OSError("a link, or a pipe")
            opened = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=handle)
            with open(opened, "rb") as file:
                size = os.fstat(opened).st_size
                data = file.read(HEAD)
                if len(data) < size and self.is_wanted(data, size):
                    data += file.read(size - len(data))
                    self.bytes_left -= len(data)
            self.files.append(File(shown, "file", max(size, len(data)), data))
        except OSError:
            kind = "link" if "mode" in locals() and stat.S_ISLNK(mode) else "other"
            self.files.append(File(shown, kind))
        return "file"

    def is_wanted(self, head: bytes, size: int) -> bool:
        return may_be_notebook(head) and size <= min(self.limits.submission_bytes, self.bytes_left)


def is_theirs(name: str) -> bool:
    """Can a student have handed this in on purpose? Not what operating systems, editors and nbgrader leave behind."""
    if name == CHECKPOINTS:
        return True
    hidden = name.startswith(".") and not (name.lower().endswith(".ipynb") and name[1:2] not in ("_", "~"))
    return not hidden and name.lower() not in NOT_THEIRS


def is_named_notebook(name: str) -> bool:
    return ".ipynb" in name.rpartition("/")[2].lower()


def may_be_notebook(head: bytes) -> bool:
    """Do the first bytes of a file look like a JSON object, in any encoding, or like a zip archive?"""
    return head.startswith(ARCHIVE) or text_of(head).lstrip()[:1] == "{"


def text_of(head: bytes) -> str:
    """The first characters of a file, as far as they are text."""
    return head.decode(json.detect_encoding(head[:4]), "replace").lstrip("\ufeff")


def unpacked(files: list[File], limits: IntakeLimits, budget: Budget | None = None) -> Iterator[File]:
    """The files with every zip archive replaced by what is in it, whatever the archive's name. Raises Refused for an
    archive with a password."""
    reader = Reader(limits, budget or Budget())
    for file in files:
        yield from in_archive(file, reader, DEPTH)


def in_archive(file: File, reader: Reader, depth: int) -> Iterator[File]:
    if not file.data.startswith(ARCHIVE) or not file.is_whole or not depth:
        yield file
        return
    try:
        if file.data.count(b"PK\x01\x02") > 2 * reader.limits.submission_files:
            raise zipfile.BadZipFile("more entries than anybody hands in")
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            entries = sorted(archive.infolist(), key=lambda entry: not is_named_notebook(entry.filename))
            entries = entries[: max(0, reader.entries_left)]
            reader.entries_left -= len(entries)
            for entry in entries:
                reader.budget.check()
                if not entry.is_dir() and all(is_theirs(part) for part in entry.filename.split("/") if part.strip(".")):
                    yield from in_archive(read_entry(archive, entry, file.name, reader), reader, depth - 1)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError, zlib.error):
        yield File(file.name, "other", file.size, file.data[:HEAD])


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, archive_name: str, reader: Reader) -> File:
    """One file of an archive. Its size is what comes out of it, not what the archive says."""
    name = f"{archive_name}/{entry.filename}"
    if entry.flag_bits & 1:
        raise Refused("password", name=archive_name)
    if entry.compress_type not in COMPRESSIONS:
        return File(name, "other", entry.file_size)
    most = min(reader.limits.submission_bytes, reader.bytes_left)
    with archive.open(entry) as content:
        data = content.read(HEAD)
        if may_be_notebook(data):
            data += content.read(max(0, most - len(data)) + 1)
        reader.bytes_left -= len(data)
        size = max(len(data), entry.file_size if len(data) in (HEAD, most + 1) else 0)
    return File(name, "file", size, data if len(data) == size else data[:HEAD])


def fingerprint(folder: Path, limits: IntakeLimits = DEFAULTS) -> str:
    """A hash of all that admission can read of a submission. The time of submission is not part of it."""
    state = hashlib.sha256()
    try:
        for file in read_folder(folder, limits, Budget(limits.intake_seconds)):
            state.update(json.dumps([file.name, file.kind, file.size]).encode() + file.data)
    except Refused as error:
        state.update(error.code.encode())
    return state.hexdigest()
