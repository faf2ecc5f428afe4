"""formgrader shows who reads an essay, and its levels below the answer, as buttons that set the score.

Its page is nbconvert's, so ours is a template that adds to formgrader's own (formgrader/levels.html.j2). A click saves score and
comment as if they had been typed: the audit has them like any other.
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


def filters(place: ClassFolder) -> dict[str, Callable]:
    """What the template asks for the levels of a cell. Raises ClassError."""
    newest = settings(place)

    @pass_context
    def levels_of(
        context: dict, cell: NotebookNode
    ) -> str:  # formgrader shows the configuration: a partial would be all rubrics
        rubrics, graders = newest()
        return reader(graders, context, cell) + levels(rubrics, context, cell)

    return {"levels": levels_of}


def settings(place: ClassFolder) -> Callable[[], tuple[Rubrics, Graders]]:
    """Levels and readers as the class's files say them now: on a hub formgrader runs for weeks. While a file that is being
    edited cannot be read, they stay what they were. Raises ClassError at the beginning."""
    paths = [place.path / "class.toml", place.path / RUBRICS]

    def stamps() -> list[tuple[int, int] | None]:
        return [(one.stat().st_mtime_ns, one.stat().st_size) if one.exists() else None for one in paths]

    seen, known = stamps(), (rubrics_of(place), graders_of(place))

    def newest() -> tuple[Rubrics, Graders]:
        nonlocal seen, known
        with contextlib.suppress(ClassError, OSError):
            if (now := stamps()) != seen:
                seen, known = now, (rubrics_of(place), graders_of(place))
        return known

    return newest


def language(context: dict) -> str:
    lang = context["nb"].metadata.get("descent", {}).get("lang", "en")
    return lang if lang in WORDS else "en"


def reader(graders: Graders, context: dict, cell: NotebookNode) -> str:
    """Who reads this essay, where the class has split them; "" elsewhere."""
    if not graders.names or not (flags(cell).get("grade") and flags(cell).get("solution")):
        return ""
    about, cell_id = context["resources"], flags(cell)["grade_id"]
    name, lang = graders.reader(about.get("assignment_id", ""), about.get("student", ""), cell_id), language(context)
    yours = name == account()
    words = WORDS[lang]["yours"] if yours else WORDS[lang]["reader"].format(name)
    return (
        f'<p class="descent-reader" lang="{lang}" data-cell="{escape(cell_id)}" data-yours="{str(yours).lower()}">'
        f"{escape(words)}</p>"
    )


def levels(rubrics: Rubrics, context: dict, cell: NotebookNode) -> str:
    """The levels of a cell as HTML, "" for a cell without."""
    criteria = rubrics.get((context["resources"].get("assignment_id", ""), flags(cell).get("grade_id", "")))
    if not criteria or not flags(cell).get("grade"):
        return ""
    return table(flags(cell)["grade_id"], criteria, language(context))


def table(cell: str, criteria: tuple[Criterion, ...], lang: str) -> str:
    words = WORDS[lang]
    return (
        f'<div class="descent-levels" lang="{lang}" data-cell="{escape(cell)}" data-word="{words["word"]}" '
        f'data-differs="{words["differs"]}"><table><caption>{words["title"]} <span role="status"></span></caption>'
        + "".join(row(one, lang) for one in criteria)
        + "</table></div>"
    )


def row(one: Criterion, lang: str) -> str:
    name = escape(one.names[lang])
    cells = "".join(
        f'<td><button type="button" aria-pressed="false" data-points="{points:g}" aria-label="{name} {points:g}: {escape(text)}">'
        f"<strong>{points:g}</strong> {escape(text)}</button></td>"
        for points, text in zip(one.points, one.sentences[lang])
    )
    return f'<tr data-name="{name}" data-most="{one.points[-1]:g}"><th scope="row">{name}</th>{cells}</tr>'
