"""The files that an LMS delivers, from a zip or a folder: safe names, no links, and no more bytes than a class can hand in.

Nothing is written with a name that the archive chose before that name was taken apart and checked.
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
MOST_FREE = 500_000_000  # unpacked bytes that need no such comparison
MOST_PART = 300  # characters of a part of a path; Moodle allows 255 for the name of a file, and adds the student's
MOST_BYTES = 200  # of a part as we write it: file systems take 255, and 85 Chinese characters are that many
CHUNK = 1 << 20
DEPTH = 8
IGNORED = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Entry:
    """A file: the parts of its path, its size as announced, and how it is opened. origin: its path, of one in a folder."""

    parts: tuple[str, ...]
    size: int
    open: Callable[[], IO[bytes]]
    origin: Path | None = None

    @property
    def name(self) -> str:
        return "/".join(self.parts)


@dataclass(frozen=True)
class LeftOut:
    """An entry that is not taken, and why."""

    name: str
    why: str


@contextlib.contextmanager
def opened(source: Path) -> Iterator[list[Entry | LeftOut]]:
    """The files of a zip or a folder; they can be read inside the block. Raises ClassError for what is neither, for a zip
    with a password, and for a damaged one, whenever that is found."""
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
    seen: set[tuple[str, ...]] = set()
    for info in infos:
        if info.is_dir():
            continue
        name = decoded(info)
        parts, wrong = safe_parts(name)
        mode = info.external_attr >> 16
        if info.flag_bits & 1:
            raise ClassError(f"{source} is protected with a password: unpack it first, and give the folder as ZIP=")
        if wrong:
            yield LeftOut(shown(name), wrong)
        elif mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
            yield LeftOut(shown(name), "a link or a special file")
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield LeftOut(shown(name), "compressed in a way that is not read here")
        elif parts in seen:
            yield LeftOut(shown(name), "a second file of the same name")
        elif parts:
            seen.add(parts)
            yield Entry(parts, info.file_size, partial(archive.open, info))


def in_folder(place: Path, above: tuple[str, ...], depth: int) -> Iterator[Entry | LeftOut]:
    for path in sorted(place.iterdir()):
        parts, wrong = safe_parts(path.name)
        shown_name = "/".join((*above, shown(path.name)))
        if wrong or not parts:
            if wrong:
                yield LeftOut(shown_name, wrong)
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
    """The name of an entry. Without the UTF-8 flag zipfile reads bytes as code page 437: then UTF-8 or GB 2312 if the bytes
    are that."""
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
    """(the parts of a path, why it cannot be used or ""). No parts: a file that nobody handed in."""
    unified = name.replace("\\", "/")
    parts = tuple(part for part in map(clean, unified.split("/")) if part not in ("", "."))
    if unified.startswith("/") or ".." in parts or (parts and len(parts[0]) == 2 and parts[0][1] == ":"):
        return (), "its path leads out of the folder"
    if any(not part.isprintable() or len(part) > MOST_PART for part in parts):
        return (), "its name is too long or holds characters that are not printable"
    if len(parts) > DEPTH + 1:
        return (), f"deeper than {DEPTH} folders"
    if any(part in IGNORED or part.startswith("._") for part in parts) or (parts and parts[-1].startswith(".")):
        return (), ""
    return parts, ""


def short(part: str) -> str:
    """A part of a path as a file system takes it: of a long one the middle is left out, and the ending kept."""
    data = part.encode("utf-8", "surrogateescape")
    if len(data) <= MOST_BYTES:
        return part
    return f"{data[: MOST_BYTES - 40].decode('utf-8', 'ignore')}…{data[-30:].decode('utf-8', 'ignore')}"


def clean(part: str) -> str:
    """A part of a path with ordinary spaces, and without the marks for the direction and the joining of letters that names
    in Persian, Arabic or Hebrew, and pictographs, have in them."""
    return printable("".join(c for c in part if unicodedata.category(c) != "Cf"), instead="\0")


def shown(name: str) -> str:
    return printable(name)[:120]


def copy(entry: Entry, target: Path, most: int) -> bool:
    """Write the file to `target`; False, with nothing written, when more than `most` bytes come out of it."""
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
