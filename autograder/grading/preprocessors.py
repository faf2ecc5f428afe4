"""Our steps as nbgrader's own commands and the formgrader button call them: thin adapters.

nbgrader reads a submission (`SubmissionReader`), sanitizes it (`Grade`: admit, run and judge, which belong
together) and records it (`Save`, which is the batch command's recording). A submission that is no notebook at
all gets through like any other and ends as a refused one, so it cannot stop a batch.
"""

import contextlib
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Enum, Unicode

from autograder.gradebook import coursedir, versions
from autograder.gradebook.audit import Audit, known_secret
from autograder.gradebook.record import Records
from autograder.gradebook.secret import load_secret
from autograder.gradebook.timestamps import read_timestamp
from autograder.grading import run_and_judge
from autograder.grading.course import Course, runs_in_kernel
from autograder.grading.job import Isolation, Job
from autograder.grading.pool import RETRIES
from autograder.grading.submission import Judge, grade_notebook
from autograder.intake import masters
from autograder.intake.masters import Master
from autograder.sandbox import probe
from autograder.sandbox.accident import Accident


class SubmissionReader(NotebookExporter):
    """Reads a graded notebook as usual, and a submitted one not at all: `Grade` does, from its folder."""

    def from_filename(self, filename: str, resources: dict | None = None, **kw: Any) -> tuple[Any, dict]:
        if getattr(self.parent, "_sanitizing", False):
            resources = dict(resources or {})
            resources["nbgrader"] = {**resources.get("nbgrader", {}), "folder": str(Path(filename).parent)}
            return self.from_notebook_node(new_notebook(), resources, **kw)
        return super().from_filename(filename, resources=resources, **kw)


class Grade(NbGraderPreprocessor):
    """Admit, run and judge: in place of nbgrader's sanitizing and executing."""

    solutions = Unicode(str(Course.solutions), help="Folder of the instructor's notebooks.").tag(config=True)
    released = Unicode(str(Course.released), help="Folder of the students' notebooks.").tag(config=True)
    isolation = Enum[Isolation](["walls", "none"], "walls", help="none: submissions are code that you trust.").tag(
        config=True
    )
    judge = staticmethod(run_and_judge.run_and_judge)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        if self.isolation == "walls":
            probe.require()
        student, assignment, handed_in = (resources["nbgrader"][name] for name in ("student", "assignment", "folder"))
        folder = coursedir.class_from_environment()
        course = Course(Path(self.solutions), Path(self.released)).of_class(folder)
        solutions, released = course.places(assignment)
        chapter = masters.load(assignment, solutions, released)
        inside = assignment in course.own() and runs_in_kernel(folder, assignment)
        limits = folder.limits()
        with Audit(folder.path, (student, assignment)) as audit:
            print_of_secret = known_secret(folder.path, audit)
            audit.announce(versions.grader_version(), versions.room_versions())
        job = Job(
            student,
            assignment,
            handed_in,
            str(solutions),
            str(released),
            load_secret(folder.path),
            limits=tuple(sorted(limits.items())),
            isolation=self.isolation,
            in_kernel=inside,
        )
        graded = undisturbed(job, chapter, self.judge)
        graded.metadata.descent.grading["versions"] = versions.of(
            Path(handed_in),
            masters.fingerprint(chapter),
            print_of_secret,
            limits,
            self.isolation + (", in the kernel" if inside else ""),
        )
        return graded, resources


def undisturbed(job: Job, chapter: dict[str, Master], judge: Judge) -> NotebookNode:
    """grade_notebook, again when a process of the grader's own was killed meanwhile. Raises Accident the third time."""
    for _ in range(RETRIES):
        with contextlib.suppress(Accident):
            return grade_notebook(job, chapter, judge)
    return grade_notebook(job, chapter, judge)


class Save(NbGraderPreprocessor):
    """Record scores, comments and the cost of being late exactly as the batch command does."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        name = resources["nbgrader"]["student"], resources["nbgrader"]["assignment"]
        folder = coursedir.class_from_environment()
        handed_in = folder.place("submitted", *name)
        with Records(resources["nbgrader"]["db_url"], coursedir.nbgrader_config(folder)) as records:
            records.save(nb, *name, read_timestamp(handed_in, folder.timezone())[0])
            records.commit()
            with Audit(folder.path, name) as audit:
                audit.compare(records.states({name}), {name: dict(nb.metadata.descent.grading.versions)})
        return nb, resources


def expect_the_notebook(assignment: str, student: str, notebooks: list[str]) -> None:
    """nbgrader's pre_convert_hook: let it ask for the assignment's notebook whatever the student called the
    file."""
    if notebooks:
        folder = Path(notebooks[0]).parent
        notebooks[:] = [str(folder / f"{folder.name}.ipynb")]
