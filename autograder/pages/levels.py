"""We add to formgrader's page of an essay: who reads it, and its levels below the answer, as buttons that set the score.

Our template (formgrader/levels.html.j2) extends formgrader's own. A click saves score and comment as if they had been
typed, so the audit records them like any others.
"""

import contextlib
from collections.abc import Callable
from html import escape
from pathlib import Path

from jinja2 import pass_context
from nbformat import NotebookNode

from autograder.classroom.graders import Graders, graders_of
from autograder.classroom.rubrics import NAME as RUBRICS
from autograder.classroom.rubrics import Criterion, Rubrics, rubrics_of
from autograder.gradebook.audit import account
from autograder.gradebook.coursedir import ClassError, ClassFolder
from autograder.intake.roles import flags

FOLDER, TEMPLATE = Path(__file__).parent / "formgrader", "levels.html.j2"
WORDS = {
    "en": {
        "title": "Levels",
        "word": "Levels: ",
        "differs": ", but the score is {}",
        "reader": "Read by {}",
        "yours": "Yours",
    },
    "zh": {
        "title": "评分等级",
        "word": "等级：",
        "differs": "，但所给的分数是 {}",
        "reader": "由 {} 阅读",
        "yours": "归你阅读",
    },
}


def filters(folder: ClassFolder) -> dict[str, Callable]:
    """The filters that the template uses. Raises ClassError."""
    newest = settings(folder)

    @pass_context
    def levels_of(
        context: dict, cell: NotebookNode
    ) -> str:  # formgrader shows the configuration: a partial would be all rubrics
        rubrics, graders = newest()
        return reader(graders, context, cell) + levels(rubrics, context, cell)

    return {"levels": levels_of}


def settings(folder: ClassFolder) -> Callable[[], tuple[Rubrics, Graders]]:
    """A function that returns the levels and readers that are in the class's files now: on a hub formgrader runs for weeks.
    While a file is being edited and cannot be read, it returns the previous ones. Raises ClassError if they are wrong at
    the start."""
    paths = [folder.path / "class.toml", folder.path / RUBRICS]

    def stamps() -> list[tuple[int, int] | None]:
        return [(path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else None for path in paths]

    last_stamps, last_settings = stamps(), (rubrics_of(folder), graders_of(folder))

    def newest() -> tuple[Rubrics, Graders]:
        nonlocal last_stamps, last_settings
        with contextlib.suppress(ClassError, OSError):
            if (now := stamps()) != last_stamps:
                last_stamps, last_settings = now, (rubrics_of(folder), graders_of(folder))
        return last_settings

    return newest


def language(context: dict) -> str:
    lang = context["nb"].metadata.get("descent", {}).get("lang", "en")
    return lang if lang in WORDS else "en"


def reader(graders: Graders, context: dict, cell: NotebookNode) -> str:
    """Who reads this essay, if the class has several graders; otherwise ""."""
    if not graders.names or not (flags(cell).get("grade") and flags(cell).get("solution")):
        return ""
    about, cell_id = context["resources"], flags(cell)["grade_id"]
    name, lang = graders.reader(about.get("assignment_id", ""), about.get("student", ""), cell_id), language(context)
    yours = name == account()
    text = WORDS[lang]["yours"] if yours else WORDS[lang]["reader"].format(name)
    return (
        f'<p class="descent-reader" lang="{lang}" data-cell="{escape(cell_id)}" data-yours="{str(yours).lower()}">'
        f"{escape(text)}</p>"
    )


def levels(rubrics: Rubrics, context: dict, cell: NotebookNode) -> str:
    """The levels of a cell as HTML, "" for a cell without."""
    criteria = rubrics.get((context["resources"].get("assignment_id", ""), flags(cell).get("grade_id", "")))
    if not criteria or not flags(cell).get("grade"):
        return ""
    return table(flags(cell)["grade_id"], criteria, language(context))


def table(cell: str, criteria: tuple[Criterion, ...], lang: str) -> str:
    texts = WORDS[lang]
    return (
        f'<div class="descent-levels" lang="{lang}" data-cell="{escape(cell)}" data-word="{texts["word"]}" '
        f'data-differs="{texts["differs"]}"><table><caption>{texts["title"]} <span role="status"></span></caption>'
        + "".join(row(criterion, lang) for criterion in criteria)
        + "</table></div>"
    )


def row(criterion: Criterion, lang: str) -> str:
    name = escape(criterion.names[lang])
    cells = "".join(
        f'<td><button type="button" aria-pressed="false" data-points="{points:g}" aria-label="{name} {points:g}: {escape(text)}">'
        f"<strong>{points:g}</strong> {escape(text)}</button></td>"
        for points, text in zip(criterion.points, criterion.sentences[lang])
    )
    return f'<tr data-name="{name}" data-most="{criterion.points[-1]:g}"><th scope="row">{name}</th>{cells}</tr>'
