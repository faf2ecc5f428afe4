"""One exercise on the feedback page: its card, the student's answer, the hints, what the teacher wrote."""

from html import escape

from autograder.intake.roles import is_test
from autograder.pages import content
from autograder.pages.bounded import Budget
from autograder.pages.frame import marked, tag
from autograder.pages.graded import REPAIR, Cell, Exercise
from autograder.pages.words import COLON, MARKS, WORDS, number, sentence

MISSION = ("mission", "credit", "cost", "prediction", "data", "student")  # rows of a capstone mission's card


def section(exercise: Exercise, task: list[Cell], hints: list[Cell], budget: Budget, lang: str) -> str:
    """The exercise, open where there is something to repair or to wait for, folded where it is right.

    task: the text above the answer. hints: what stands between the answer and its test.
    """
    words = WORDS[lang]
    if exercise.state == "passed" and not exercise.comment:
        kind, folded = "right", True
    else:
        kind, folded = ("repair" if exercise.state in REPAIR else "waits" if exercise.state == "wait" else ""), False
    parts = [
        *folded_cells(words["task"], task, budget, lang),
        *answer(exercise, budget, lang),
        *verdict(exercise, lang),
        *folded_cells(words["hints"], hints, budget, lang),
    ]
    if exercise.comment:
        said = content.comment(exercise.comment, budget, lang)
        parts.append(f"<h4>{words['instructor']}</h4><blockquote>{said}</blockquote>")
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
        f'<section class="exercise {kind}" id="{escape(exercise.id)}" aria-labelledby="h-{escape(exercise.id)}">'
        f'<div class="head">{title}</div>{body}<p class="up"><a href="#top">{words["up"]}</a></p></section>'
    )


def folded_cells(title: str, cells: list[Cell], budget: Budget, lang: str) -> list[str]:
    shown = "".join(cell_html(cell, budget, lang, with_outputs=False) for cell in cells)
    return [f"<details><summary>{title}</summary>{shown}</details>"] if shown else []


def cell_html(cell: Cell, budget: Budget, lang: str, *, with_outputs: bool) -> str:
    """A cell of the notebook; of a test cell nothing, because its source holds hidden tests."""
    if is_test(cell):
        return ""
    if cell.cell_type == "markdown":
        return content.markdown(cell, budget, lang)
    if cell.cell_type == "raw":
        return content.plain(cell.source)
    return content.code(cell.source, budget) + (content.outputs(cell, budget, lang) if with_outputs else "")


def answer(exercise: Exercise, budget: Budget, lang: str) -> list[str]:
    """What the student wrote: a text as it is, code in a fold that is open where it has to be repaired."""
    words = WORDS[lang]
    if exercise.is_text:
        return (
            [
                f"<h4>{words['your_text']}</h4>"
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
    return [f"<details{is_open}><summary>{words['your_code']}</summary>{code}</details>"] if code else []


def verdict(exercise: Exercise, lang: str) -> list[str]:
    """What the test found, in the card's words."""
    words = WORDS[lang]
    if exercise.state == "missing":
        return [f"<p>{words['untouched_text' if exercise.is_text else 'untouched']}</p>"]
    if exercise.state == "wait":
        return [f"<p>{sentence(words['wait'], lang)}</p>"] if not exercise.is_text else []
    parts = parts_list(exercise, lang) + [
        f"<p><b>{escape(label)}</b>{marked(line)}</p>" for _, label, line in exercise.of(*MISSION)
    ]
    if exercise.state == "passed":
        return parts
    found = ["".join(parts)] if parts else []
    if exercise.why and not exercise.of("problem"):
        return [*found, f"<p><b>{words['why']}{COLON[lang]}</b>{marked(sentence(exercise.why, lang))}</p>"]
    for kind, label, line in exercise.of("problem", "where", "observation", "note"):
        found.append(f"<p><b>{escape(label)}</b>{marked(line if kind == 'where' else sentence(line, lang))}</p>")
    values = "".join(f"<div>{escape(label)}<pre>{escape(line)}</pre></div>" for _, label, line in exercise.of("value"))
    if values:
        found.append(f'<div class="two">{values}</div>')
    think = "".join(
        f"<p><b>{escape(label)}</b>{marked(line)}</p>" for _, label, line in exercise.of("question", "name")
    )
    if think:
        found.append(f'<div class="think">{think}</div>')
    for _, label, line in exercise.of("case"):
        found.append(f"<details><summary>{escape(label.rstrip(':： '))}</summary>{content.coloured(line)}</details>")
    return found


def parts_list(exercise: Exercise, lang: str) -> list[str]:
    """The parts of the test, each passed or failed; folded where all pass."""
    rows = exercise.of("pass", "fail")
    looks = {"pass": ("passed", MARKS["passed"]), "fail": ("failed", MARKS["none"])}
    items = "".join(
        f'<li><span class="tag {looks[kind][0]}">{looks[kind][1]}'
        f'<span class="unseen"> {escape(label)}</span></span> {escape(label) if exercise.of("mission") else ""}{marked(line)}</li>'
        for kind, label, line in rows
    )
    if not items:
        return []
    listed = f'<ul class="parts">{items}</ul>'
    if exercise.state != "passed":
        return [listed]
    passed = sum(kind == "pass" for kind, *_ in rows)
    return [f"<p>{WORDS[lang]['parts'].format(passed=passed, all=len(rows))}</p>{listed}"]
