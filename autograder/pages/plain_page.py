"""The feedback page for a notebook whose real page cannot be made: points, notes and texts, escaped, in linear time."""

import json
from html import escape

from autograder.intake.roles import flags, is_test
from autograder.pages.bounded import SHOWN

WHY = (
    "This page is plain because the notebook could not be laid out. Points and comments are complete. · "
    "此笔记本无法正常排版，因此只显示纯文本；分数与评语是完整的。"
)
HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>{title}</title><style>"
    "body{{font:16px/1.5 sans-serif;max-width:52em;margin:2em auto;padding:0 1em}}"
    "pre{{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f4f4;padding:.5em}}</style></head><body>"
)
MOST = 2_000_000  # characters of all cells


class Cell(dict):
    """A cell of the notebook's JSON with the two attributes that `roles` reads."""

    cell_type = property(lambda self: self["cell_type"])
    metadata = property(lambda self: self["metadata"])


def plain_page(text: str, assignment: str, recorded: dict) -> str:
    """HTML without scripts. text: a graded notebook of ours; recorded: its entry of recorded.recorded."""
    parts = [
        HEAD.format(title=escape(assignment)),
        f"<h1>{escape(assignment)}</h1><p><b>Score: {recorded['score']:g} / {recorded['max_score']:g}</b>",
    ]
    if recorded["penalty"]:
        parts.append(f" (late: -{recorded['penalty']:g})")
    parts.append(f"</p><p><em>{WHY}</em></p><ul>")
    parts += [
        f"<li>{escape(name)}: {score or 0:g} / {most:g}</li>" for name, (score, most) in recorded["scores"].items()
    ]
    parts += [
        f"<li>{escape(name)}: {escape(comment)}</li>" for name, comment in recorded["comments"].items() if comment
    ]
    parts += [
        f"<li>{escape(' · '.join(filter(None, request.values())))}</li>" for request in recorded.get("regrade", ())
    ]
    parts.append("</ul>")
    characters_left = MOST
    for cell in map(Cell, json.loads(text)["cells"]):
        name = flags(cell).get("grade_id") or cell.get("id", "")
        cell_text = verdict(cell) if is_test(cell) else source(cell)  # a test cell's source holds hidden tests
        characters_left -= len(cell_text)
        if cell_text and characters_left > 0:
            parts.append(f"<h3>{escape(name)}</h3><pre>{escape(cell_text)}</pre>")
    return "".join([*parts, "</body></html>\n"])


def source(cell: Cell) -> str:
    joined = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    return joined if len(joined) <= SHOWN else joined[:SHOWN] + "\n..."


def verdict(cell: Cell) -> str:
    """The outputs that the judge wrote into a test cell, as text."""
    lines = []
    for output in cell.get("outputs", ()):
        if output["output_type"] == "error":
            lines.append(f"{output['ename']}: {output['evalue']}")
        else:
            data = output.get("data", {}).get("text/plain", output.get("text", ""))
            lines.append(data if isinstance(data, str) else "".join(data))
    return "\n".join(lines)[:SHOWN]
