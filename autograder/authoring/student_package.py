"""The course as students get it: one zip with a wheel of `descent`, pinned requirements and the student notebooks.

It holds no answer: the wheel is `src/descent` alone, and the notebooks are those of `notebooks/`.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

from autograder import ROOT

REQUIREMENTS = "requirements-student.txt"
LANGUAGES = ("en", "zh")
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "LICENSES", "src/descent")  # everything the wheel is built from
STAMP = (2026, 1, 1, 0, 0, 0)  # time stamp of every file in the zip, so that the same course gives the same bytes


def version(root: Path = ROOT) -> str:
    """The version of the course, from pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def make(folder: Path, root: Path = ROOT) -> Path:
    """Write descent-student-VERSION.zip into `folder` and return its path.

    Raises FileNotFoundError if the student notebooks are not built, RuntimeError if the wheel cannot be built.
    """
    notebooks = sorted((root / "notebooks").glob("*/*/*.ipynb"))
    if not notebooks:
        raise FileNotFoundError(f"no student notebook in {root / 'notebooks'}: run `make notebooks`")
    number = version(root)
    name = f"descent-student-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        wheel = build_wheel(Path(temporary), root)
        files = {
            wheel.name: wheel.read_bytes(),
            REQUIREMENTS: (root / REQUIREMENTS).read_bytes(),
            "LICENSE": (root / "LICENSE").read_bytes(),
        }
        for lang in LANGUAGES:
            text = (root / "docs" / "student" / f"SETUP.{lang}.md").read_text(encoding="utf-8")
            files[f"SETUP.{lang}.md"] = text.replace("VERSION", number).encode()
        files |= {path.relative_to(root).as_posix(): path.read_bytes() for path in notebooks}
        target = folder / f"{name}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in sorted(files.items()):
                archive.writestr(zipfile.ZipInfo(f"{name}/{path}", STAMP), data, zipfile.ZIP_DEFLATED)
    return target


def build_wheel(folder: Path, root: Path = ROOT) -> Path:
    """Build the wheel of `descent` in `folder` from a copy of its sources, so that nothing else can get into it."""
    for source in SOURCES:
        target = folder / "source" / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if (root / source).is_dir():
            shutil.copytree(root / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / source, target)
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--no-build-isolation",
            str(folder / "source"),
            "-w",
            str(folder),
        ],
        capture_output=True,
        text=True,
    )
    wheels = list(folder.glob("*.whl"))
    if process.returncode or len(wheels) != 1:
        raise RuntimeError(f"the wheel of descent could not be built: {process.stderr.strip()[-500:]}")
    return wheels[0]
