"""What a grade depends on besides the submission: when any of it changes, submissions are graded anew."""

import hashlib
import json
import sys
from functools import cache
from pathlib import Path

from autograder import ROOT
from autograder.intake.folder import fingerprint
from autograder.intake.limits import IntakeLimits

# What a score can depend on. A page, a command, an exporter or a text of the docs is not among it.
# tests/test_fingerprint.py fails when code that a worker grades with stands outside of these.
ROOMS = {
    "intake": ("autograder/intake/**/*.py",),
    "wire": ("autograder/wire/**/*.py",),
    "inside": ("autograder/inside/**/*.py",),
    "sandbox": ("autograder/sandbox/**/*.py",),
    "judging": ("autograder/judging/**/*.py",),
    "grading": tuple(
        f"autograder/grading/{name}.py"
        for name in ("failed_cells", "in_kernel", "job", "limits", "outcome", "run_and_judge", "submission")
    ),
    "reference": ("src/reference/**/*.py", "src/reference/data/*.npz"),
    "descent": ("src/descent/**/*.py", "src/descent/keys/*.json", "src/descent/data/*.npz"),
    "transfer": ("instructor/transfer/*.py", "instructor/transfer/*.toml", "instructor/answers/*.py"),
    "packages": ("requirements.txt",),
}
PAGES = ("autograder/pages/**/*", "requirements.txt")  # what a feedback page depends on besides the graded notebook


@cache
def room_versions(root: Path = ROOT) -> dict[str, str]:
    """A hash of each room that a score can depend on, and of the Python that runs them."""
    python = hashlib.sha256(sys.version.encode()).hexdigest()
    return {"python": python, **{room: files_hash(root, patterns) for room, patterns in ROOMS.items()}}


def grader_version(root: Path = ROOT) -> str:
    """One hash of all rooms: which grader made a grade."""
    return key(**room_versions(root))


@cache
def page_version(root: Path = ROOT) -> str:
    """A hash of the code that writes feedback pages: pages are written again when it changes."""
    return files_hash(root, PAGES)


def files_hash(root: Path, patterns: tuple[str, ...]) -> str:
    """A hash of the names and bytes of all files below `root` that match a pattern."""
    state = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        if path.is_file() and "__pycache__" not in path.parts:
            state.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return state.hexdigest()


def submission_hash(folder: Path, limits: dict[str, float] | None = None) -> str:
    """A hash of all that admission reads of a submission. The time of submission is not part of it: it is read when
    recording."""
    return fingerprint(folder, IntakeLimits.of(limits or {}))


def of(folder: Path, master: str, secret: str, limits: dict[str, float], isolation: str) -> dict[str, str]:
    """The version of everything that the grade of a submission in `folder` depends on."""
    return {
        "submission": submission_hash(folder, limits),
        "master": master,
        "grader": grader_version(),
        "secret": secret,
        "limits": key(**limits),
        "isolation": isolation,
    }


def key(**parts: object) -> str:
    """One name for a piece of work: equal parts, equal key."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def text_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
