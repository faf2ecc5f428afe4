"""A card as data in both languages: the result of an examination, for a notebook, a web page or a feedback page to draw.

    {"exercise": "momentum_step", "state": "failed", "top": 3, "points": [3.0, 8.0] or None,
     "attempt": "9f...", "counts_as": "ascends", "next": {"en": ..., "zh": ...} or None,
     "rows": [{"kind": "fail", "step": 0, "label": {"en": ..., "zh": ...}, "text": {"en": ..., "zh": ...}}, ...]}

state: "passed", "failed" or "missing". A row of step 0 is always shown, a row of step 1, 2 or 3 from that step of the
ladder on. The kinds: title, note, pass, fail, case, problem, where, value, observation, question, name. A label may be
None. `attempt` is equal for two attempts with equal outcomes; the ladder counts successive attempts with the same
`counts_as`, unless it is None. Everything is plain data for json.dumps.
"""

from typing import Any

from descent.as_python import case_text
from descent.compare import show_both
from descent.examine import Problem, Report, attempt_id, counts_as
from descent.failure import quantity_of
from descent.quantities import chinese, in_chinese

Both = dict[str, str]
LANGUAGES = ("en", "zh")
MIME = "application/vnd.descent.card+json"  # of a card's rows in a notebook's output
COLON = {"en": ": ", "zh": "："}
WORDS = {
    "passed": {"en": "all cases pass", "zh": "全部通过"},
    "failed": {"en": "{passed} of {all} parts pass", "zh": "共 {all} 部分，通过了 {passed} 部分"},
    "missing": {"en": "not written yet", "zh": "还没有写"},
    "points": {"en": "{points:g} of {max_points:g} points", "zh": "得 {points:g} 分，满分 {max_points:g} 分"},
    "pass": {"en": "pass", "zh": "通过"},
    "fail": {"en": "FAIL", "zh": "未通过"},
    "hidden": {
        "en": "passes on the numbers you can see, fails on others like them",
        "zh": "在看得到的数上通过，换一组同类的数就不通过",
    },
    "problem": {"en": "What is wrong", "zh": "问题"},
    "where": {"en": "In your code, line {line}", "zh": "在你的代码里，第 {line} 行"},
    "expected": {"en": "expected", "zh": "应为"},
    "got": {"en": "got", "zh": "实为"},
    "observation": {"en": "Observation", "zh": "观察"},
    "question": {"en": "Question", "zh": "想一想"},
    "name": {"en": "This behaves like", "zh": "很像这种错误"},
    "most": {"en": "On {same} of {all} cases this behaves like", "zh": "{all} 个例子中有 {same} 个很像这种错误"},
    "either": {
        "en": "either {first}; or {second}: no case can tell them apart",
        "zh": "要么{first}；要么{second}：没有例子能区分这两者",
    },
    "unknown": {
        "en": "We don't recognize this mistake. Compare your function with the docstring line by line, starting "
        "with {quantity}.",
        "zh": "我们不认识这个错误。请把你的函数与文档字符串逐行对照，从{quantity}开始。",
    },
}
# What a reader can do depends on where the card is shown.
HOST = {
    "notebook": {
        "case": {
            "en": "A case that fails (paste it into a new cell to see for yourself)",
            "zh": "一个没通过的例子（可以粘贴到新单元格里自己运行）",
        },
        "next": {
            "en": 'Stuck? Change something and check again, or ask for the next step: `check("{name}", {name}, '
            "hint={level})`",
            "zh": '卡住了？改一改再检查，或者直接看下一步提示：`check("{name}", {name}, hint={level})`',
        },
        "stub": {
            "en": "Write your code in place of the line `raise NotImplementedError(...)`, run that cell, then run "
            "this one again.",
            "zh": "把 `raise NotImplementedError(...)` 那一行换成你的代码，运行那个单元格，再运行本单元格。",
        },
    },
    "page": {
        "case": {"en": "A case that fails", "zh": "一个没通过的例子"},
        "next": {
            "en": "Stuck? Change something and check again, or ask for the next hint.",
            "zh": "卡住了？改一改再检查，或者看下一步提示。",
        },
        "stub": {
            "en": "Write your code in place of the line `raise NotImplementedError(...)`, then check again.",
            "zh": "把 `raise NotImplementedError(...)` 那一行换成你的代码，再检查一次。",
        },
    },
}
GENERIC_QUESTION = {
    "en": "work out the case above by hand, following the docstring one line at a time. Which is the first line that your "
    "function does not follow?",
    "zh": "照着文档字符串，一行一行地手算上面这个例子。你的函数从哪一行开始没有照做？",
}


def card_data(
    report: Report, *, points: tuple[float, float] | None = None, top: int = 3, host: str = "notebook"
) -> dict[str, Any]:
    """The card of a report. points: (earned, all), if there are any. top: the last step of the ladder that this class
    shows. host: "notebook" or "page", for the text on what to do next."""
    state = "missing" if report.missing else "passed" if report.passed else "failed"
    name = report.exercise.name
    rows = [row("title", same(name), status(report, state, points))]
    if state == "missing":
        rows += [row("note", None, report.first[1].text), row("note", None, HOST[host]["stub"])]
    else:
        rows += groups(report)
        if report.first is not None:
            rows += failure(report, host) + [entry for entry in ladder(report) if entry["step"] <= top]
        elif report.helper:
            rows.append(helper_row(report.helper))
    counts = None if state != "failed" else counts_as(report)
    following = {lang: HOST[host]["next"][lang].replace("{name}", name) for lang in LANGUAGES}
    return {
        "exercise": name,
        "state": state,
        "top": top,
        "points": list(points) if points else None,
        "attempt": attempt_id(report) if state == "failed" else None,
        "counts_as": counts,
        "next": following if any(entry["step"] > 1 for entry in rows) else None,
        "rows": rows,
    }


def row(kind: str, label: Both | None, text: Both, step: int = 0) -> dict[str, Any]:
    return {"kind": kind, "step": step, "label": label, "text": text}


def helper_row(sentence: Both) -> dict[str, Any]:
    """The row about another function of the student's (descent/helpers.py)."""
    return row("observation", WORDS["observation"], sentence, 1)


def same(text: str) -> Both:
    """Code and numbers are the same in both languages."""
    return dict.fromkeys(LANGUAGES, text)


def both(key: str, **fields) -> Both:
    return {
        lang: WORDS[key][lang].format(
            **{key: value[lang] if isinstance(value, dict) else value for key, value in fields.items()}
        )
        for lang in LANGUAGES
    }


def joined(first: Both, middle: str, second: Both) -> Both:
    return {lang: first[lang] + middle + second[lang] for lang in LANGUAGES}


def status(report: Report, state: str, points: tuple[float, float] | None) -> Both:
    num = len(report.exercise.groups)
    text = both(state, passed=num - len(report.failed_groups), all=num)
    return joined(text, " - ", both("points", points=points[0], max_points=points[1])) if points else text


def groups(report: Report) -> list[dict[str, Any]]:
    visible, rows = report.visibly_failed, []
    for name, group in report.exercise.groups.items():
        mark = "fail" if name in report.failed_groups else "pass"
        text = {"en": group.en, "zh": group.zh}
        if mark == "fail" and name not in visible:
            text = {lang: f"{text[lang]} ({WORDS['hidden'][lang]})" for lang in LANGUAGES}
        rows.append(row(mark, WORDS[mark], text))
    return rows


def failure(report: Report, host: str) -> list[dict[str, Any]]:
    """The rows of the case that is shown (Report.first) and of its problem."""
    case, problem = report.first
    rows = []
    if problem.kind != "not callable":
        rows.append(row("case", HOST[host]["case"], same(case_text(case))))
    rows.append(row("problem", WORDS["problem"], named(problem.text)))
    if problem.where:
        rows.append(row("where", both("where", line=problem.where[0]), same(f"`{problem.where[1]}`")))
    return rows + values(problem)


def values(problem: Problem) -> list[dict[str, Any]]:
    """Rows for both values, if there are two to show: truth values are expressed as sentences instead."""
    if problem.quantity is None or callable(problem.expected) or isinstance(problem.expected, (bool, type(None))):
        return []
    expected, got = show_both(problem.expected, problem.got)
    return [
        row("value", value_label("expected", problem.quantity), same(expected)),
        row("value", value_label("got", problem.quantity), same(got)),
    ]


def value_label(word: str, name: str) -> Both:
    """The label of a value; labels contain no code, so backquotes are removed."""
    quantity = chinese(name)
    blank = " " if quantity.endswith("`") else ""
    return {"en": f"{WORDS[word]['en']} {name}", "zh": f"{quantity}{blank}{WORDS[word]['zh']}".replace("`", "")}


def named(sentence: Both) -> Both:
    """A sentence about values, with their Chinese names in the Chinese one."""
    return sentence | {"zh": in_chinese(sentence["zh"])}


def ladder(report: Report) -> list[dict[str, Any]]:
    """The rows of the ladder: observation, question, name. A problem that explains itself (an error, a shape, a changed
    input) needs no ladder."""
    match, rows = report.match, []
    if report.helper:
        rows.append(helper_row(report.helper))
    if observation := match.mistake.observation if match else report.pattern:
        rows.append(row("observation", WORDS["observation"], named(observation), 1))
    if not match and report.first[1].kind != "values":
        return rows
    rows.append(row("question", WORDS["question"], match.mistake.question if match else GENERIC_QUESTION, 2))
    if not match:
        return rows + [row("name", None, unknown(report.first[1]), 3)]
    label = WORDS["name"] if match.everywhere else both("most", same=match.agreeing, all=len(report.cases))
    name = both("either", first=match.mistake.name, second=match.twin.name) if match.twin else match.mistake.name
    return rows + [row("name", label, name, 3)]


def unknown(problem: Problem) -> Both:
    """The text instead of a mistake's name: where to begin comparing. Truth values have names of ours that no line of the
    student's code computes, and their sentence is on the card already."""
    if isinstance(problem.expected, bool):
        return both("unknown", quantity={"en": "the sentence that is broken here", "zh": "这里没有做到的那一句"})
    if not problem.quantity:
        return both("unknown", quantity={"en": "its first formula", "zh": "第一个公式"})
    quantity = quantity_of(problem.quantity)
    return both("unknown", quantity=named({"en": f"what computes `{quantity}`", "zh": f"计算 `{quantity}` 的那一行"}))
