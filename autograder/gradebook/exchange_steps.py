"""nbgrader's two steps of the exchange that need care: what students wrote is copied in, pages are given out.

Every student can write to the exchange's inbound folder.

nbgrader's own step follows links with the instructor's rights, so that a link to the answers or to a classmate's work
would be graded as the student's. This one copies regular files of the student's own, and nothing else.
"""

import os
import pwd
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from nbgrader.utils import parse_utc

from autograder.gradebook.coursedir import is_text

MOST_BYTES = 500_000_000  # of one submission; what grading accepts is less (intake/limits.py)
LATE_SECONDS = 300  # a folder that was written so much later than its name says gets a warning


class SafeCollect(ExchangeCollect):
    """nbgrader's step for submissions that are what they say: owned by their student, without links."""

    def init_src(self) -> None:
        """The newest accepted folder of each student. One with a strange name stops nobody else's."""
        inbound = Path(self.root) / self.coursedir.course_id / "inbound"
        if not inbound.is_dir():
            self.fail(f"nothing can have been handed in: {inbound} is missing. Release an assignment first")
        if not os.access(inbound, os.R_OK | os.X_OK):
            self.fail(f"you may not read {inbound}: it belongs to {account(inbound.stat().st_uid)}")
        self.inbound_path = str(inbound)
        newest: dict[str, dict[str, Any]] = {}
        for name in sorted(os.listdir(inbound)):
            record = self.record_of(name)
            if record and self.accepted(record):
                latest = newest.setdefault(record["username"], record)
                if record["timestamp"] > latest["timestamp"]:
                    newest[record["username"]] = record
        self.src_records = [newest[student] for student in sorted(newest)]

    def record_of(self, name: str) -> dict[str, Any] | None:
        """Student and time that a folder's name says; None for another assignment's, with a warning for no name of
        nbgrader's."""
        parts = name.rsplit("+", 3)
        if len(parts) < 3 or parts[1] != self.coursedir.assignment_id:
            return None
        try:
            if parts[0].startswith(".") or not is_text(name):
                raise ValueError
            return {"username": parts[0], "filename": name, "timestamp": parse_utc(parts[2])}
        except (ValueError, OverflowError):
            self.log.warning("%r is no submission of nbgrader's: left alone", name)
            return None

    def accepted(self, record: dict[str, Any]) -> bool:
        """Is this a folder of the student's own? A warning says why not."""
        place = Path(self.inbound_path) / record["filename"]
        info = place.lstat()
        owner = account(info.st_uid)
        if not stat.S_ISDIR(info.st_mode):
            self.log.warning("%s is not a folder: left alone", place.name)
            return False
        if self.check_owner and owner != record["username"]:
            self.log.warning(
                "%s was handed in by the account %s, not by %s: left alone (if accounts have other names than students "
                "here: check_owner = false in [exchange])",
                place.name,
                owner,
                record["username"],
            )
            return False
        written = datetime.fromtimestamp(info.st_ctime, UTC).replace(tzinfo=None)
        if (written - record["timestamp"]).total_seconds() > LATE_SECONDS:
            self.log.warning(
                "%s: the time in its name is %s, but the folder was last changed at %s UTC",
                record["username"],
                record["timestamp"].isoformat(" ", "seconds"),
                written.isoformat(" ", "seconds"),
            )
        return True

    def copy_files(self) -> None:
        self.check_owner = False  # done above; nbgrader's step would only warn
        super().copy_files()

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy regular files of the folder's owner. The folder appears when it is complete."""
        place = Path(dest)
        new = place.with_name(f".{place.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        left_out = copy_own_files(Path(src), new, group=self.coursedir.groupshared)
        new.rename(place)
        if left_out:
            self.log.warning(
                "%s: left out, because it is a link, somebody else's or too large: %s",
                Path(src).name.split("+")[0],
                ", ".join(left_out[:6]),
            )


class ReadableFeedback(ExchangeReleaseFeedback):
    """nbgrader's step keeps the mode of a page, and in a class nobody but its owner may read. On the exchange everybody who
    knows a page's name may: it is computed from the secret of the submission, and the folder cannot be listed."""

    def copy_files(self) -> None:
        super().copy_files()
        for page in Path(self.dest_path).glob("*.html"):
            if page.lstat().st_uid == os.getuid():
                page.chmod(0o664 if self.coursedir.groupshared else 0o644)


def copy_own_files(source: Path, target: Path, *, group: bool = False) -> list[str]:
    """Copy the regular files below `source` that belong to its owner; returns the names of what was left out.

    Nothing is looked up twice by its path, so exchanging a file for a link meanwhile leads nowhere."""
    owner, left_out, room = source.lstat().st_uid, [], MOST_BYTES
    for parent, folders, files, fd in os.fwalk(source, follow_symlinks=False):
        inside = Path(parent).relative_to(source)
        (target / inside).mkdir(parents=True)
        if group:
            (target / inside).chmod(0o2770)
        left_out += [str(inside / name) for name in folders if stat.S_ISLNK(os.lstat(name, dir_fd=fd).st_mode)]
        for name in files:
            try:
                handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=fd)
            except OSError:
                left_out.append(str(inside / name))
                continue
            with os.fdopen(handle, "rb") as file:
                info = os.fstat(handle)
                room -= info.st_size
                if not stat.S_ISREG(info.st_mode) or info.st_uid != owner or room < 0:
                    left_out.append(str(inside / name))
                    continue
                copy = target / inside / name
                with open(copy, "wb") as out:
                    out.write(file.read(info.st_size))  # no more than was counted, though it may grow
                if group:
                    copy.chmod(0o660)
    return left_out


def account(uid: int) -> str:
    """The name of an account, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
