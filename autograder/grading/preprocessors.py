"""Our steps as nbgrader's own commands and the formgrader button call them: thin adapters, nothing of their
own.

nbgrader reads a submission (`SubmissionReader`), sanitizes it (`Grade`: admit, run and judge, which belong
together) and records it (`Save`, which is the batch command's recording). A submission that is no notebook at
all gets through like any other and ends as a refused one, so it cannot stop a batch.
"""

from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from autograder.gradebook import coursedir, versions
from autograder.intake import masters
from autograder.sandbox import probe
from autograder.gradebook.audit import Audit, known_secret
from autograder.grading.batch import Course
from autograder.gradebook.record import Records, read_timestamp
from autograder.grading.submission import Job, grade_notebook


class SubmissionReader(NotebookExporter):
    """Reads a graded notebook as usual, and a submitted one not at all: `Grade` does, from its folder."""

    def from_filename(self, filename: str, resources: dict | None = None, **kw: Any) -> tuple[str, dict]:
        if getattr(self.parent, "_sanitizing", False):
            about = dict(resources or {})
            about["nbgrader"] = {**about.get("nbgrader", {}), "folder": str(Path(filename).parent)}
            return self.from_notebook_node(new_notebook(), about, **kw)
        return super().from_filename(filename, resources=resources, **kw)


class Grade(NbGraderPreprocessor):
    """Admit, run and judge: in place of nbgrader's sanitizing and executing."""

    solutions = Unicode(str(Course.solutions), help="Folder of the instructor's notebooks.").tag(config=True)
    released = Unicode(str(Course.released), help="Folder of the students' notebooks.").tag(config=True)
    steps = Unicode(Course.steps, help="The function that runs and judges.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        if self.steps == Course.steps:
            probe.require()
        about = resources["nbgrader"]
        folder = coursedir.class_from_environment()
        chapter = masters.load(about["assignment"], Path(self.solutions), Path(self.released))
        limits = folder.limits()
        with Audit(folder.path, (about["student"], about["assignment"])) as audit:
            secret = known_secret(folder.path, audit)
        job = Job(about["student"], about["assignment"], about["folder"], str(folder.path), self.solutions,
                  self.released, limits=tuple(sorted(limits.items())), steps=self.steps)
        graded = grade_notebook(job, chapter)
        graded.metadata.descent.grading["versions"] = versions.of(
            Path(about["folder"]), masters.fingerprint(chapter), secret, limits, self.steps)
        return graded, resources


class Save(NbGraderPreprocessor):
    """Record scores, comments and the cost of being late exactly as the batch command does."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        about = resources["nbgrader"]
        name = about["student"], about["assignment"]
        folder = coursedir.class_from_environment()
        handed_in = folder.place("submitted", *name)
        with Records(about["db_url"], coursedir.nbgrader_config(folder)) as records:
            records.save(nb, *name, read_timestamp(handed_in)[0])
            records.commit()
            with Audit(folder.path, name) as audit:
                audit.look(records.states({name}), {name: dict(nb.metadata.descent.grading.versions)})
        return nb, resources


def expect_the_notebook(assignment: str, student: str, notebooks: list[str]) -> None:
    """nbgrader's pre_convert_hook: let it ask for the assignment's notebook whatever the student called the
    file."""
    if notebooks:
        folder = Path(notebooks[0]).parent
        notebooks[:] = [str(folder / f"{folder.name}.ipynb")]
