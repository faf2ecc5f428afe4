"""Read the files of an LMS's zip or folder safely: checked names, no links, and limits against zip bombs.

A name from the archive is split and checked before anything is written under it.
"""

import contextlib
import os
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from autograder.gradebook.coursedir import ClassError
from autograder.intake.text import printable

MOST_ENTRIES = 50_000
MOST_RATIO = 200  # unpacked bytes for each byte of the zip, beyond MOST_FREE
MOST_FREE = 500_000_000  # unpacked bytes that are allowed at any ratio
MOST_PART = 300  # characters of a path component; Moodle allows 255 for a file's name and adds the student's
MOST_BYTES = 200  # of a component as we write it: file systems allow 255, which 85 Chinese characters fill
CHUNK = 1 << 20
DEPTH = 8
IGNORED = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Entry:
    """A file: its path's components, its declared size, and a function that opens it. origin: its path, if it is in a folder."""

    parts: tuple[str, ...]
    size: int
    open: Callable[[], IO[bytes]]
    origin: Path | None = None

    @property
    def name(self) -> str:
        return "/".join(self.parts)


@dataclass(frozen=True)
class LeftOut:
    """An entry that is not taken in, and why."""

    name: str
    why: str


@contextlib.contextmanager
def opened(source: Path) -> Iterator[list[Entry | LeftOut]]:
    """The files of a zip or a folder, readable inside the `with` block. Raises ClassError if `source` is neither, has a password
    or is damaged; damage may also be noticed later in the block."""
    if source.is_dir():
        yield list(in_folder(source, (), DEPTH))
        return
    if not source.is_file():
        raise ClassError(f"{source}: there is no such zip or folder")
    try:
        with zipfile.ZipFile(source) as archive:
            yield list(in_zip(archive, source))
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:
        raise ClassError(f"{source} is no whole zip ({error}): download it again. Nothing of it was taken") from None


def in_zip(archive: zipfile.ZipFile, source: Path) -> Iterator[Entry | LeftOut]:
    infos = archive.infolist()
    if len(infos) > MOST_ENTRIES:
        raise ClassError(f"{source} has {len(infos)} entries; a class hands in fewer than {MOST_ENTRIES}")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MOST_FREE + MOST_RATIO * source.stat().st_size:
        raise ClassError(
            f"{source} would unpack to {unpacked / 1e9:.1f} GB from {source.stat().st_size / 1e6:.1f} MB: "
            "that is no class's work. Nothing of it was taken"
        )
    earlier_parts: set[tuple[str, ...]] = set()
    for info in infos:
        if info.is_dir():
            continue
        name = decoded(info)
        parts, problem = safe_parts(name)
        mode = info.external_attr >> 16
        if info.flag_bits & 1:
            raise ClassError(f"{source} is protected with a password: unpack it first, and give the folder as ZIP=")
        if problem:
            yield LeftOut(shown(name), problem)
        elif mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
            yield LeftOut(shown(name), "a link or a special file")
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield LeftOut(shown(name), "compressed in a way that is not read here")
        elif parts in earlier_parts:
            yield LeftOut(shown(name), "a second file of the same name")
        elif parts:
            earlier_parts.add(parts)
            yield Entry(parts, info.file_size, partial(archive.open, info))


def in_folder(folder: Path, above: tuple[str, ...], depth: int) -> Iterator[Entry | LeftOut]:
    for path in sorted(folder.iterdir()):
        parts, problem = safe_parts(path.name)
        shown_name = "/".join((*above, shown(path.name)))
        if problem or not parts:
            if problem:
                yield LeftOut(shown_name, problem)
        elif path.is_symlink():
            yield LeftOut(shown_name, "a link or a special file")
        elif path.is_dir():
            if depth:
                yield from in_folder(path, (*above, *parts), depth - 1)
            else:
                yield LeftOut(shown_name, f"deeper than {DEPTH} folders")
        elif path.is_file():
            yield Entry((*above, *parts), path.stat().st_size, partial(open_file, path), path)
        else:
            yield LeftOut(shown_name, "a link or a special file")


def open_file(path: Path) -> IO[bytes]:
    return open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def decoded(info: zipfile.ZipInfo) -> str:
    """The name of an entry. Without the UTF-8 flag zipfile decodes as code page 437; we try UTF-8, then GB 2312 instead."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        data = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb2312"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def safe_parts(name: str) -> tuple[tuple[str, ...], str]:
    """(the components of a path, why it cannot be used or ""). No components and no reason: a system file, to be ignored."""
    unix_name = name.replace("\\", "/")
    parts = tuple(part for part in map(clean, unix_name.split("/")) if part not in ("", "."))
    if unix_name.startswith("/") or ".." in parts or (parts and len(parts[0]) == 2 and parts[0][1] == ":"):
        return (), "its path leads out of the folder"
    if any(not part.isprintable() or len(part) > MOST_PART for part in parts):
        return (), "its name is too long or holds characters that are not printable"
    if len(parts) > DEPTH + 1:
        return (), f"deeper than {DEPTH} folders"
    if any(part in IGNORED or part.startswith("._") for part in parts) or (parts and parts[-1].startswith(".")):
        return (), ""
    return parts, ""


def short(part: str) -> str:
    """Shorten a path component to what file systems allow: the middle goes, the ending stays."""
    data = part.encode("utf-8", "surrogateescape")
    if len(data) <= MOST_BYTES:
        return part
    return f"{data[: MOST_BYTES - 40].decode('utf-8', 'ignore')}…{data[-30:].decode('utf-8', 'ignore')}"


def clean(part: str) -> str:
    """A path component with ordinary spaces and without format characters (category Cf): direction marks in Arabic or Hebrew
    names, joiners in Persian names and in emoji."""
    return printable("".join(c for c in part if unicodedata.category(c) != "Cf"), instead="\0")


def shown(name: str) -> str:
    """A name for a message: printable, at most 120 characters."""
    return printable(name)[:120]


def copy(entry: Entry, target: Path, most: int) -> bool:
    """Write the file to `target`. If it has more than `most` bytes, write nothing and return False."""
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with entry.open() as source, open(target, "xb") as file:
        while chunk := source.read(min(CHUNK, most + 1 - written)):
            written += len(chunk)
            if written > most:
                break
            file.write(chunk)
    if written > most:
        target.unlink()
    return written <= most
