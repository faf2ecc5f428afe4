"""We draw a card (descent/card_data.py) as plain text and as HTML."""

from html import escape
from typing import Any

from descent.as_python import case_text, python  # noqa: F401  (where tests and chapters look for them)
from descent.card_data import COLON, card_data, helper_row
from descent.examine import Report

Row = tuple[str, str, str]


def lines(report: Report, lang: str, level: int, points: tuple[float, float] | None = None, top: int = 3) -> list[Row]:
    """The card of a report in one language, as (kind, label with its colon, text); for `card_data`'s arguments."""
    return rows_of(card_data(report, points=points, top=top), lang, level)


def rows_of(data: dict[str, Any], lang: str, level: int) -> list[Row]:
    """The rows of a card up to a step of the ladder; `text_card` and `html_card` only lay them out."""
    level = min(level, data["top"])
    rows = [row for row in data["rows"] if row["step"] <= level]
    higher = [row["step"] for row in data["rows"] if row["step"] > level]
    drawn = [(row["kind"], row["label"][lang] + COLON[lang] if row["label"] else "", row["text"][lang]) for row in rows]
    if higher:
        drawn.append(("next", "", data["next"][lang].replace("{level}", str(min(higher)))))
    return drawn


def helper_line(sentence: dict[str, str], lang: str) -> Row:
    """The line of a card about another function of the student's (descent/helpers.py)."""
    data = helper_row(sentence)
    return data["kind"], data["label"][lang] + COLON[lang], sentence[lang]


def text_card(rows: list[tuple[str, str, str]]) -> str:
    """The card as plain text, for terminals, tracebacks and screen readers."""
    out = [rows[0][1] + rows[0][2]]
    for _, label, text in rows[1:]:
        if "\n" in text:
            out += [f"  {label.rstrip()}"] + [f"    {line}" for line in text.splitlines()]
        else:
            out.append(f"  {label}{text}")
    return "\n".join(out)


def html_card(rows: list[tuple[str, str, str]]) -> str:
    """The card as HTML: readable without colours and on a dark page."""
    kind = "ok" if not any(row[0] in ("fail", "note") for row in rows) else "note" if rows[-1][0] == "note" else "bad"
    colour = {"ok": "#238a46", "bad": "#d6403a", "note": "#9a7400"}[kind]
    body = [
        f'<div role="status" style="border:1px solid {colour};border-left:6px solid {colour};border-radius:4px;'
        'padding:8px 12px;max-width:56em;line-height:1.45">'
        f'<div><code style="font-weight:bold">{escape(rows[0][1])}</code><b>{escape(rows[0][2])}</b></div>'
    ]
    for row, label, text in rows[1:]:
        body.append(html_row(row, label, text))
    return "".join(body) + "</div>"


def html_row(kind: str, label: str, text: str) -> str:
    if kind in ("pass", "fail"):
        colour, sign = ("#238a46", "&#10003;") if kind == "pass" else ("#d6403a", "&#10007;")
        return f'<div><span style="color:{colour};font-weight:bold">{sign} {escape(label)}</span>{inline(text)}</div>'
    if kind in ("case", "value"):
        return (
            f'<div style="margin-top:6px">{escape(label)}</div><pre style="margin:2px 0 2px 1em;'
            f'white-space:pre-wrap">{escape(text)}</pre>'
        )
    head = f"<b>{escape(label)}</b>" if label else ""
    return f'<div style="margin-top:6px">{head}{inline(text)}</div>'


def inline(text: str) -> str:
    """Escaped text with `code` between backquotes."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
