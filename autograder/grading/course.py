"""Where the chapters are, and how submissions are isolated on this machine."""

from dataclasses import dataclass
from pathlib import Path

from autograder import ROOT
from autograder.gradebook.coursedir import ClassError
from autograder.grading.job import Isolation
from autograder.sandbox import probe


@dataclass(frozen=True)
class Course:
    """The built chapters: the real course, or a tiny one in tests. Folders: <solutions>/<lang>/<assignment>/, and the
    same below `released`."""

    solutions: Path = ROOT / "solutions"
    released: Path = ROOT / "notebooks"
    isolation: Isolation = "walls"

    def assignments(self) -> list[str]:
        """Names of all built chapters."""
        return sorted({p.parent.name for p in self.solutions.glob("*/*/*.ipynb") if p.stem == p.parent.name})


def isolated_course(sample: bool, unsafe: bool) -> tuple[Course, str]:
    """The course as this machine can run it, and a warning for the person who grades ("" when there is none).

    A class of real students needs walls, or the explicit option to do without; the sample class is our own code.
    Raises ClassError.
    """
    if unsafe:
        return Course(isolation="none"), (
            "WITHOUT a sandbox, as asked for: each submission can read and change whatever you can, other "
            "students' grades too. Every grade is marked so."
        )
    wrong = probe.look()[1]
    if wrong is None:
        return Course(), ""
    if sample:
        return Course(isolation="none"), (
            f"the sample class runs WITHOUT a sandbox, because its submissions are this course's own code; a real "
            f"class would be refused here: {wrong}"
        )
    raise ClassError(wrong)
