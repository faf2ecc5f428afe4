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
ROOMS = {
    "intake": ("autograder/intake/**/*.py",),
    "wire": ("autograder/wire/**/*.py",),
    "inside": ("autograder/inside/**/*.py",),
    "sandbox": ("autograder/sandbox/**/*.py",),
    "judging": ("autograder/judging/**/*.py",),
    "reference": ("src/reference/**/*.py", "src/reference/data/*.npz"),
    "descent": ("src/descent/**/*.py", "src/descent/keys/*.json", "src/descent/data/*.npz"),
    "packages": ("requirements.txt",),
}


@cache
def room_versions(root: Path = ROOT) -> dict[str, str]:
    """A hash of each room that a score can depend on, and of the Python that runs them."""
    versions = {"python": hashlib.sha256(sys.version.encode()).hexdigest()}
    for room, patterns in ROOMS.items():
        state = hashlib.sha256()
        for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
            state.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
        versions[room] = state.hexdigest()
    return versions


def grader_version(root: Path = ROOT) -> str:
    """One hash of all rooms: which grader made a grade."""
    return key(**room_versions(root))


def submission_hash(folder: Path, limits: dict[str, float] | None = None) -> str:
    """A hash of all that admission reads of a submission."""
    return fingerprint(folder, IntakeLimits.of(limits or {}))


def of(folder: Path, master: str, secret: str, limits: dict[str, float], steps: str) -> dict[str, str]:
    """The version of everything that the grade of a submission in `folder` depends on."""
    return {"submission": submission_hash(folder, limits), "master": master, "grader": grader_version(), "secret": secret,
            "limits": key(**limits), "steps": steps}


def key(**parts: object) -> str:
    """One name for a piece of work: equal parts, equal key."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def text_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
