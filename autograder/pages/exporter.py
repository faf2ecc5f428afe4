"""Our feedback page as an exporter of nbconvert's, so that nbgrader's own command and formgrader's button write it, too."""

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode

from autograder.gradebook.coursedir import ClassFolder
from autograder.gradebook.record import Records
from autograder.pages import recorded
from autograder.pages.feedback import page_or_plain


class FeedbackExporter(HTMLExporter):
    """The exporter of nbgrader's GenerateFeedback; its `parent` knows the class's folder."""

    def from_notebook_node(self, nb: NotebookNode, resources: dict | None = None, **kw: Any) -> tuple[Any, dict]:
        resources = self._init_resources(resources)
        about = resources["nbgrader"]
        assert self.parent is not None  # nbgrader's command
        name, folder = (about["student"], about["assignment"]), ClassFolder(Path(self.parent.coursedir.root))
        with Records(about["db_url"]) as records:
            entry = recorded.recorded(records, {name}, recorded.late_policy(folder))[name]
        questions = recorded.questions(folder)
        entry |= {"contact": questions["contact"], "questions_until": recorded.questions_until(questions, name[1])}
        return page_or_plain(nbformat.writes(nb), name[1], entry)[0], resources
