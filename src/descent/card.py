"""We show what an examination found: what passed, the first case that failed, and a ladder of help."""

import re
from html import escape
from typing import Any

import numpy as np

from descent.compare import show, show_both
from descent.examine import Problem, Report
from descent.exercise import Case

WORDS = {
    "passed": {"en": "all cases pass", "zh": "全部通过"},
    "failed": {"en": "{passed} of {all} parts pass", "zh": "共 {all} 部分，通过了 {passed} 部分"},
    "missing": {"en": "not written yet", "zh": "还没有写"},
    "points": {"en": "{points:g} of {max_points:g} points", "zh": "得 {points:g} 分，满分 {max_points:g} 分"},
    "pass": {"en": "pass", "zh": "通过"},
    "fail": {"en": "FAIL", "zh": "未通过"},
    "hidden": {"en": "passes on the numbers you can see, fails on others like them",
               "zh": "在看得到的数上通过，换一组同类的数就不通过"},
    "case": {"en": "First case that fails (paste it into a new cell to see for yourself)",
             "zh": "第一个没通过的例子（可以粘贴到新单元格里自己运行）"},
    "problem": {"en": "What is wrong", "zh": "问题"},
    "where": {"en": "In your code, line {line}", "zh": "在你的代码里，第 {line} 行"},
    "expected": {"en": "expected", "zh": "应为"},
    "got": {"en": "got", "zh": "得到"},
    "observation": {"en": "Observation", "zh": "观察"},
    "question": {"en": "Question", "zh": "想一想"},
    "name": {"en": "This behaves like", "zh": "这很像是"},
    "next": {"en": 'Stuck? Change something and check again, or ask for the next step: `check("{name}", {name}, '
                   "hint={level})`",
             "zh": '卡住了？改一改再检查，或者直接看下一步提示：`check("{name}", {name}, hint={level})`'},
    "unknown": {"en": "no mistake we know behaves like this one", "zh": "没有哪个已知的错误是这样表现的"},
    "stub": {"en": "Write your code in place of the line `raise NotImplementedError(...)`, run that cell, then run this "
                   "one again.",
             "zh": "把 `raise NotImplementedError(...)` 那一行换成你的代码，运行那个单元格，再运行本单元格。"},
}
COLON = {"en": ": ", "zh": "："}
GENERIC_QUESTION = {
    "en": "Take the case above and do it by hand, one line of the rule at a time. Which is the first line whose "
          "result differs from your function's?",
    "zh": "拿上面这个例子，按公式一行一行地手算。从哪一行开始，你的函数算出的结果和手算的不一样？"}


def lines(report: Report, lang: str, level: int, points: tuple[float, float] | None = None,
          top: int = 3) -> list[tuple[str, str, str]]:
    """The card as (kind, label with its colon, text) rows; `text_card` and `html_card` only lay them out.

    level is how far up the ladder to go: 1 observation, 2 question, 3 name. top is where the ladder ends in
    this class. points, if given, are (earned, all).
    """
    rows = contents(report, lang, level, points, top)
    return [(kind, label + COLON[lang] if label else "", text) for kind, label, text in rows]


def contents(report, lang, level, points, top):
    say = {word: both[lang] for word, both in WORDS.items()}
    groups, failed = report.exercise.groups, report.failed_groups
    if report.missing:
        status = say["missing"]
    elif report.passed:
        status = say["passed"]
    else:
        status = say["failed"].format(passed=len(groups) - len(failed), all=len(groups))
    if points is not None:
        status += " - " + say["points"].format(points=points[0], max_points=points[1])
    rows = [("title", report.exercise.name, status)]
    if report.missing:
        return rows + [("note", "", report.first[1].text[lang]), ("note", "", say["stub"])]
    visible = {case.group for case, problem in zip(report.cases, report.problems) if problem}
    for name, group in groups.items():
        label = group.en if lang == "en" else group.zh
        mark = "fail" if name in failed else "pass"
        text = label + (f" ({say['hidden']})" if name in failed and name not in visible else "")
        rows.append((mark, say[mark], text))
    if report.first is None:
        return rows
    case, problem = report.first
    if problem.kind != "not callable":
        rows.append(("case", say["case"], case_text(case)))
    rows.append(("problem", say["problem"], problem.text[lang]))
    if problem.where:
        rows.append(("where", say["where"].format(line=problem.where[0]), f"`{problem.where[1]}`"))
    rows += values(problem, say)
    return rows + ladder(report, lang, min(level, top), top, say)


def values(problem: Problem, say: dict[str, str]) -> list[tuple[str, str, str]]:
    if problem.quantity is None or callable(problem.expected):
        return []
    expected, got = show_both(problem.expected, problem.got)
    return [("value", f"{say['expected']} {problem.quantity}", expected),
            ("value", f"{say['got']} {problem.quantity}", got)]


def ladder(report: Report, lang: str, level: int, top: int, say: dict[str, str]) -> list[tuple[str, str, str]]:
    """Observation, question, name: as far as `level`. What a signature or a known mistake says comes first;
    a problem that names itself (an error, a shape, a changed input) needs no ladder."""
    mistake, rows = report.mistake, []
    observation = mistake.observation[lang] if mistake else report.pattern[lang] if report.pattern else None
    if observation:
        rows.append(("observation", say["observation"], observation))
    if not mistake and report.first[1].kind != "values":
        return rows
    if level >= 2:
        rows.append(("question", say["question"], (mistake.question if mistake else GENERIC_QUESTION)[lang]))
    if level >= 3:
        rows.append(("name", say["name"], mistake.name[lang] if mistake else say["unknown"]))
    if level < top:
        rows.append(("next", "", say["next"].format(name=report.exercise.name, level=level + 1)))
    return rows


def case_text(case: Case) -> str:
    """A case as Python: its inputs, and what to run on them."""
    inputs = [f"{name} = {python(value, len(name) + 3)}" for name, value in case.inputs.items()]
    return "\n".join(inputs + [case.code] if case.code else inputs)


def python(value: Any, indent: int = 0) -> str:
    """A value as Python that makes it; a large array, or what has no short text, is only described."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = np.asarray(value)
        dtype = "" if value.dtype in (np.float64, np.int64, np.bool_) else f", dtype=np.{value.dtype}"
        if not value.size:
            return f"np.zeros({value.shape}{dtype})"
        if value.size > 60:
            return f"...  # {value.dtype} array of shape {value.shape}, beginning with {show(value.ravel()[:3])}"
        with np.printoptions(precision=17, floatmode="unique", suppress=False, formatter=None, legacy=False):
            text = np.array2string(value, separator=", ", prefix=" " * indent + "np.array(", max_line_width=100)
        text = re.sub(r"\b(nan|inf)\b", r"np.\1", text)
        return f"np.array({text}{dtype})"
    if isinstance(value, np.random.Generator):
        return "np.random.default_rng(...)  # its own stream of numbers"
    if type(value) in (list, tuple):
        apart = ",\n" + " " * (indent + 1) if any(isinstance(one, np.ndarray) for one in value) else ", "
        text = apart.join(python(one, indent + 1) for one in value)
        return f"[{text}]" if type(value) is list else f"({text},)" if len(value) == 1 else f"({text})"
    if type(value) is dict:
        names = [f"{key!r}: " for key in value]
        items = (name + python(one, indent + 1 + len(name)) for name, one in zip(names, value.values()))
        return "{" + (",\n" + " " * (indent + 1)).join(items) + "}"
    if isinstance(value, float) and value - value != 0:  # nan, inf
        return f'float("{value}")'
    return repr(value) if isinstance(value, (float, int, str, type(None))) else show(value)


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
    """The card as HTML: words say what the colours say, and it works on a dark page as well."""
    kind = "ok" if not any(row[0] in ("fail", "note") for row in rows) else "note" if rows[-1][0] == "note" else "bad"
    colour = {"ok": "#238a46", "bad": "#d6403a", "note": "#9a7400"}[kind]
    body = [f'<div role="status" style="border:1px solid {colour};border-left:6px solid {colour};border-radius:4px;'
            'padding:8px 12px;max-width:56em;line-height:1.45">'
            f'<div><code style="font-weight:bold">{escape(rows[0][1])}</code><b>{escape(rows[0][2])}</b></div>']
    for row, label, text in rows[1:]:
        body.append(html_row(row, label, text))
    return "".join(body) + "</div>"


def html_row(kind: str, label: str, text: str) -> str:
    if kind in ("pass", "fail"):
        colour, sign = ("#238a46", "&#10003;") if kind == "pass" else ("#d6403a", "&#10007;")
        return (f'<div><span style="color:{colour};font-weight:bold">{sign} {escape(label)}</span>'
                f"{inline(text)}</div>")
    if kind in ("case", "value"):
        return (f'<div style="margin-top:6px">{escape(label)}</div><pre style="margin:2px 0 2px 1em;'
                f'white-space:pre-wrap">{escape(text)}</pre>')
    head = f"<b>{escape(label)}</b>" if label else ""
    return f'<div style="margin-top:6px">{head}{inline(text)}</div>'


def inline(text: str) -> str:
    """Escaped text with `code` between backquotes."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
