"""One exercise on the feedback page: its card, the student's answer, the hints, the instructor's comment."""

from html import escape

from autograder.intake.roles import is_test
from autograder.pages import content
from autograder.pages.bounded import Budget
from autograder.pages.frame import marked, tag
from autograder.pages.graded import REPAIR, Cell, Exercise
from autograder.pages.texts import COLON, MARKS, TEXTS, number, sentence

MISSION = ("mission", "credit", "cost", "prediction", "data", "student")  # rows of a capstone mission's card


def section(exercise: Exercise, task: list[Cell], hints: list[Cell], budget: Budget, lang: str) -> str:
    """The exercise: folded if it is right, open if there is something to repair or to wait for.

    task: the text above the answer. hints: the cells between the answer and its test.
    """
    texts = TEXTS[lang]
    if exercise.state == "passed" and not exercise.comment:
        css_class, folded = "right", True
    else:
        css_class, folded = (
            ("repair" if exercise.state in REPAIR else "waits" if exercise.state == "wait" else ""),
            False,
        )
    parts = [
        *folded_cells(texts["task"], task, budget, lang),
        *answer(exercise, budget, lang),
        *verdict(exercise, lang),
        *folded_cells(texts["hints"], hints, budget, lang),
    ]
    if exercise.comment:
        comment = content.comment(exercise.comment, budget, lang)
        parts.append(f"<h4>{texts['instructor']}</h4><blockquote>{comment}</blockquote>")
    name, body = escape(exercise.name), "".join(parts)
    title = (
        f'<h3 id="h-{escape(exercise.id)}"><code>{name}</code></h3>'
        f"<span>{tag(exercise.state, lang)} {number(exercise.score)} / {number(exercise.most)}</span>"
    )
    if folded:
        return (
            f'<details class="exercise right" id="{escape(exercise.id)}"><summary class="head">{title}</summary>'
            f"{body}</details>"
        )
    return (
        f'<section class="exercise {css_class}" id="{escape(exercise.id)}" aria-labelledby="h-{escape(exercise.id)}">'
        f'<div class="head">{title}</div>{body}<p class="up"><a href="#top">{texts["up"]}</a></p></section>'
    )


def folded_cells(title: str, cells: list[Cell], budget: Budget, lang: str) -> list[str]:
    html = "".join(cell_html(cell, budget, lang, with_outputs=False) for cell in cells)
    return [f"<details><summary>{title}</summary>{html}</details>"] if html else []


def cell_html(cell: Cell, budget: Budget, lang: str, *, with_outputs: bool) -> str:
    """A cell of the notebook; empty for a test cell, because its source has hidden tests."""
    if is_test(cell):
        return ""
    if cell.cell_type == "markdown":
        return content.markdown(cell, budget, lang)
    if cell.cell_type == "raw":
        return content.plain(cell.source)
    return content.code(cell.source, budget) + (content.outputs(cell, budget, lang) if with_outputs else "")


def answer(exercise: Exercise, budget: Budget, lang: str) -> list[str]:
    """The student's answer: text, or code in a fold that is open if it has to be repaired."""
    texts = TEXTS[lang]
    if exercise.is_text:
        return (
            [
                f"<h4>{texts['your_text']}</h4>"
                f'<div class="think">{content.markdown(exercise.cells[0], budget, lang)}</div>'
            ]
            if (exercise.state != "missing")
            else []
        )
    code = "".join(
        cell_html(cell, budget, lang, with_outputs=len(exercise.cells) > 1)
        if cell.cell_type == "markdown"
        else content.code(cell.source, budget)
        for cell in exercise.cells
    )
    is_open = " open" if exercise.state in ("none", "part", "stopped") else ""
    return [f"<details{is_open}><summary>{texts['your_code']}</summary>{code}</details>"] if code else []


def verdict(exercise: Exercise, lang: str) -> list[str]:
    """The result of the test: the rows of its card."""
    texts = TEXTS[lang]
    if exercise.state == "missing":
        return [f"<p>{texts['untouched_text' if exercise.is_text else 'untouched']}</p>"]
    if exercise.state == "wait":
        return [f"<p>{sentence(texts['wait'], lang)}</p>"] if not exercise.is_text else []
    parts = parts_list(exercise, lang) + [
        f"<p><b>{escape(label)}</b>{marked(line)}</p>" for _, label, line in exercise.of(*MISSION)
    ]
    if exercise.state == "passed":
        return parts
    paragraphs = ["".join(parts)] if parts else []
    if exercise.why and not exercise.of("problem"):
        return [*paragraphs, f"<p><b>{texts['why']}{COLON[lang]}</b>{marked(sentence(exercise.why, lang))}</p>"]
    for kind, label, line in exercise.of("problem", "where", "observation", "note"):
        paragraphs.append(f"<p><b>{escape(label)}</b>{marked(line if kind == 'where' else sentence(line, lang))}</p>")
    values = "".join(f"<div>{escape(label)}<pre>{escape(line)}</pre></div>" for _, label, line in exercise.of("value"))
    if values:
        paragraphs.append(f'<div class="two">{values}</div>')
    think = "".join(
        f"<p><b>{escape(label)}</b>{marked(line)}</p>" for _, label, line in exercise.of("question", "name")
    )
    if think:
        paragraphs.append(f'<div class="think">{think}</div>')
    for _, label, line in exercise.of("case"):
        paragraphs.append(
            f"<details><summary>{escape(label.rstrip(':： '))}</summary>{content.coloured(line)}</details>"
        )
    return paragraphs


def parts_list(exercise: Exercise, lang: str) -> list[str]:
    """The parts of the test, each passed or failed; folded where all pass."""
    rows = exercise.of("pass", "fail")
    styles = {"pass": ("passed", MARKS["passed"]), "fail": ("failed", MARKS["none"])}
    items = "".join(
        f'<li><span class="tag {styles[kind][0]}">{styles[kind][1]}'
        f'<span class="unseen"> {escape(label)}</span></span> {escape(label) if exercise.of("mission") else ""}{marked(line)}</li>'
        for kind, label, line in rows
    )
    if not items:
        return []
    parts = f'<ul class="parts">{items}</ul>'
    if exercise.state != "passed":
        return [parts]
    passed = sum(kind == "pass" for kind, *_ in rows)
    return [f"<p>{TEXTS[lang]['parts'].format(passed=passed, all=len(rows))}</p>{parts}"]
