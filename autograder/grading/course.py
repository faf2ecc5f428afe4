"""Where the chapters are, and how submissions are isolated on this machine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autograder import ROOT
from autograder.gradebook.coursedir import ClassError, ClassFolder
from autograder.grading.job import Isolation
from autograder.intake import masters
from autograder.intake.masters import Master
from autograder.sandbox import probe


@dataclass(frozen=True)
class Course:
    """The built chapters: the real course, or a tiny one in tests. Folders: <solutions>/<lang>/<assignment>/, and the
    same below `released`. adopted: the folder of a class's own assignments (adopted_by), with solutions/ and notebooks/."""

    solutions: Path = ROOT / "solutions"
    released: Path = ROOT / "notebooks"
    isolation: Isolation = "walls"
    adopted: Path | None = None

    def of_class(self, folder: ClassFolder) -> "Course":
        """With the assignments that the class has adopted."""
        return replace(self, adopted=adopted_by(folder))

    def assignments(self) -> list[str]:
        """Names of all built chapters, and of adopted assignments."""
        return sorted({*built(self.solutions), *self.own()})

    def own(self) -> list[str]:
        """Names of the adopted assignments."""
        return built(self.adopted / "solutions") if self.adopted else []

    def places(self, assignment: str) -> tuple[Path, Path]:
        """The folders of solutions and of student versions that an assignment is in."""
        if self.adopted and assignment in self.own():
            return self.adopted / "solutions", self.adopted / "notebooks"
        return self.solutions, self.released

    def parts(self) -> dict[str, list[str]]:
        """Adopted problem sets of several notebooks: name of the set -> the assignments that they became."""
        sets: dict[str, list[str]] = {}
        for name in self.own():
            if SEPARATOR in name:
                sets.setdefault(name.split(SEPARATOR)[0], []).append(name)
        return sets


class CourseChapters(Mapping[str, dict[str, Master]]):
    """The chapters of a course by name. One is read when it is first asked for: a class seldom hands in all of them.
    places: name -> folders of its solutions and of its student versions."""

    def __init__(self, places: dict[str, tuple[Path, Path]]):
        self.places = places
        self.read: dict[str, dict[str, Master]] = {}

    def __getitem__(self, name: str) -> dict[str, Master]:
        """Raises Stale, as masters.load does."""
        if name not in self.read:
            self.read[name] = masters.load(name, *self.places[name])
        return self.read[name]

    def __contains__(self, name: object) -> bool:
        return name in self.places

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def __reduce__(self) -> tuple:
        """For another process, which reads what it needs."""
        return type(self), (self.places,)


SEPARATOR = "--"  # between the name of an adopted problem set and that of one of its notebooks


def adopted_by(folder: ClassFolder) -> Path:
    """Where a class keeps the assignments that it has adopted."""
    return folder.path / "adopted"


def built(solutions: Path) -> list[str]:
    return sorted({path.parent.name for path in solutions.glob("*/*/*.ipynb") if path.stem == path.parent.name})


def runs_in_kernel(folder: ClassFolder, assignment: str) -> bool:
    """[adopted] ps1 = { in_kernel = true } of class.toml, of the assignment or of its problem set. Raises ClassError."""
    table = folder.settings().get("adopted", {})
    if not isinstance(table, dict) or not all(
        isinstance(terms, dict) and set(terms) <= {"in_kernel"} and isinstance(terms.get("in_kernel", True), bool)
        for terms in table.values()
    ):
        raise ClassError(
            f"{folder.path / 'class.toml'}: [adopted] holds assignments, such as ps1 = {{ in_kernel = true }}, and nothing else"
        )
    for name in (assignment, assignment.split(SEPARATOR)[0]):
        if name in table:
            return table[name].get("in_kernel", False)
    return False


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
