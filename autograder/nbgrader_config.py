"""nbgrader's own commands and its formgrader on our classes. Run them in this folder:

    cd autograder
    DESCENT_CLASS=/path/to/class ../.venv/bin/nbgrader autograde 03_momentum

Without DESCENT_CLASS they work on the sample class. Every path is absolute, so it does not matter from where
the file is read. (nbgrader silently ignores --config=FILE; --JupyterApp.config_file works.)
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
for _place in (str(ROOT / "src"), str(ROOT)):
    if _place not in sys.path:
        sys.path.insert(0, _place)

from nbgrader.converters import GenerateAssignment  # noqa: E402
from nbgrader.preprocessors import ClearSolutions  # noqa: E402

from autograder.authoring import release  # noqa: E402
from autograder.gradebook import coursedir, exchange, given_scores, hints, nbgrader_adapter  # noqa: E402
from autograder.pages import cleaning, levels  # noqa: E402

nbgrader_adapter.put_alembic_on_path()
_folder = coursedir.class_from_environment()
hints.set_environment(_folder.path)
given_scores.keep(_folder)

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (traitlets puts it into this namespace)
c.merge(cleaning.safe_pages())
c.HTMLExporter.filters = c.HTMLExporter.filters | levels.filters(_folder)
c.HTMLExporter.template_file = levels.TEMPLATE
c.HTMLExporter.extra_template_paths = [str(levels.FOLDER)]
c.merge(exchange.exchange_config(_folder))
c.CourseDirectory.root = str(_folder.path)
c.CourseDirectory.db_url = _folder.db_url
c.CourseDirectory.groupshared = "group" in _folder.class_table()
c.CourseDirectory.source_directory = str(ROOT / "solutions" / "en")
c.CourseDirectory.release_directory = str(_folder.path / "release")  # notebooks/ is the builder's alone

c.ClearSolutions.text_stub = release.YOUR_ANSWER["en"]
c.GenerateAssignment.preprocessors = [
    release.NameTheStub if step is ClearSolutions else step for step in GenerateAssignment().preprocessors
]
c.Autograde.exporter_class = "autograder.grading.preprocessors.SubmissionReader"
c.Autograde.pre_convert_hook = "autograder.grading.preprocessors.expect_the_notebook"
c.Autograde.sanitize_preprocessors = ["autograder.grading.preprocessors.Grade"]
c.Autograde.autograde_preprocessors = ["autograder.grading.preprocessors.Save"]
c.GenerateFeedback.exporter_class = "autograder.pages.exporter.FeedbackExporter"
c.GenerateFeedback.preprocessors = []  # the page leaves hidden tests out and reads the gradebook itself
