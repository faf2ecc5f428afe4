"""Take an nbgrader assignment into a class: python -m autograder.adopt --class FOLDER --from path/to/source/ps1

--from transfer:lion_step takes an exercise of the instructor pack.
Its own solution is graded first, as a submission would be; of every test cell is said where it can be judged.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat

from autograder import ROOT, load_object
from autograder.authoring import adopt, trial
from autograder.gradebook.coursedir import ClassError, ClassFolder, open_class
from autograder.gradebook.files import why
from autograder.grading.course import SEPARATOR, isolated_course, runs_in_kernel
from autograder.grading.job import Isolation
from autograder.intake.roles import flags
from autograder.sandbox.accident import Accident

LANGUAGES = ("en", "zh")


@contextlib.contextmanager
def source_of(source: str, lang: str) -> Iterator[Path]:
    """The folder of an assignment's source; of a transfer exercise, one that is made for it. Raises ClassError."""
    kind, _, name = source.partition(":")
    if kind != "transfer":
        yield Path(source).expanduser()
        return
    transfers = load_object("instructor.transfer:load")()
    if name not in transfers:
        raise ClassError(f"there is no transfer exercise called {name!r}; there are {', '.join(transfers)}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / name
        folder.mkdir()
        notebook = load_object("instructor.transfer.source:source_notebook")(transfers[name], lang)
        nbformat.write(notebook, folder / f"{name}.ipynb")
        yield folder


def run(folder: ClassFolder, source: str, lang: str, isolation: Isolation) -> list[str]:
    """Adopt; returns what to say. Raises ClassError, and then the class is as it was."""
    with source_of(source, lang) as source_path:
        assignments = adopt.read(source_path, lang)
    base = assignments[0].name.split(SEPARATOR)[0]
    allowed = runs_in_kernel(folder, base)
    sentences, wrong, errors, inside = [], [], [], False
    for assignment in assignments:
        master = assignment.master()
        tried = trial.try_solution(master, lang, isolation, assignment.files)
        tests = tried.tests
        assignment.mark({test.name for test in tests if test.where == trial.INSIDE})
        inside |= any(test.where == trial.INSIDE for test in tests)
        wrong += [f"{assignment.file}, cell {test.name}: {test.why}" for test in tests if test.where == trial.WRONG]
        errors += [f"{assignment.file}, {error}" for error in tried.errors]
        by_person = [
            flags(c)["grade_id"] for c in master.solution.cells if flags(c).get("grade") and flags(c).get("solution")
        ]
        sentences += [
            f"{assignment.name}: {sum(master.points.values()):g} points, {len(tests)} test cells",
            *map(line, tests),
        ]
        sentences += [f"  {name}: read by a person ({master.points[name]:g} points)" for name in by_person]
    if wrong:
        raise ClassError(
            "nothing was adopted: the assignment's own solution does not get full points.\n  "
            + "\n  ".join([*errors, *wrong])
        )
    sentences += [f"  look at it: {error}" for error in errors]
    places = adopt.write(folder, assignments)
    sentences.append(f"student versions: {', '.join(str(source_path) for source_path in places)}")
    if inside and not allowed:
        sentences.append(
            "Tests marked * need what stays in the student's process: what an answer prints, its source, a file that the test "
            f"reads (docs/wire.md). They wait for a person. To let them run inside of the sandboxed kernel, whose verdict a student's code can "
            f"decide, write into {folder.path / 'class.toml'}:\n  [adopted]\n  {base} = {{ in_kernel = true }}"
        )
    return sentences


def line(test: trial.Test) -> str:
    where = "judged outside of the student's process" if test.where == trial.OUTSIDE else f"* {test.where} ({test.why})"
    blank = f"; gives {test.blank:g} points to an unanswered notebook" if test.blank else ""
    return f"  {test.name} ({test.points:g} points): {where}{blank}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.adopt", description=__doc__.split(":")[0])
    parser.add_argument("--class", dest="folder", default="", help="folder of the class")
    parser.add_argument(
        "--from", dest="source", default="", help="folder of the assignment's source version, or transfer:NAME"
    )
    parser.add_argument("--lang", default="en", help="the language of its texts: en or zh")
    parser.add_argument("--unsafe-no-sandbox", action="store_true", dest="unsafe", help="where no sandbox can be had")
    options = parser.parse_args(arguments)
    sys.path[:0] = [place for place in (str(ROOT / "src"), str(ROOT)) if place not in sys.path]
    try:
        if not options.folder or not options.source:
            raise ClassError(
                "CLASS= is the folder of the class, FROM= that of the assignment, such as source/ps1, or transfer:NAME"
            )
        if options.lang not in LANGUAGES:
            raise ClassError(f"LANG={options.lang} is not one of {', '.join(LANGUAGES)}")
        course, warning = isolated_course(False, options.unsafe)
        if warning:
            print(f"adopt: {warning}", file=sys.stderr)
        folder = open_class(options.folder)
        print("\n".join(run(folder, options.source, options.lang, course.isolation)))
    except (ClassError, OSError, Accident) as error:
        print(f"adopt: {why(error, options.folder)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
