"""We lend you a function you are stuck on, so that one exercise does not keep the rest of a chapter from you.

    momentum_step = lend("momentum_step")        # in a cell of your own, below the exercise

A lent function earns no points: where notebooks are graded nothing is lent.
"""

import json
import os
from pathlib import Path

from descent.exercises import find
from descent.say import say, set_language, tell

LENT = {
    "en": "{name} is lent: the cells below work with it. It earns no points until you write your own.",
    "zh": "{name} 已借给你：后面的单元格可以用它。在你自己写出来之前，它不得分。",
}
NOT_HERE = {
    "en": "{name} is not lent here: no folder `solutions` was found above {place}, or DESCENT_LEND=0 is set. "
    "Ask your instructor, or go on: experiments that need it are skipped.",
    "zh": "这里不出借 {name}：{place} 的上级目录中没有 `solutions` 文件夹，或者设置了 DESCENT_LEND=0。"
    "可以问老师，也可以继续往下做：用到它的实验会被跳过。",
}


def lend(name: str):
    """Return the worked solution of the exercise called `name`, from the `solutions` folder of the course.

    The folder is looked for in the current folder and above it; its copy in the course stands beside
    `notebooks`. An instructor who does not hand it out, or sets DESCENT_LEND=0, lends nothing.
    Raises LookupError for an unknown exercise, or where nothing is lent.
    """
    find(name)  # an unknown name is told which one was meant
    here = Path.cwd()
    for folder in () if os.environ.get("DESCENT_LEND") == "0" else (here, *here.parents):
        for path in sorted((folder / "solutions" / "en").glob("*/*.ipynb")):
            if sources := solution(json.loads(path.read_text(encoding="utf-8")), name):
                names, language = {}, say({"en": "en", "zh": "zh"})
                for source in sources:
                    exec(source, names)
                set_language(language)  # the English set-up cell has just set its own
                tell({lang: LENT[lang].format(name=name) for lang in LENT})
                return names[name]
    raise LookupError(say(NOT_HERE).format(name=name, place=here))


def solution(notebook: dict, name: str) -> list[str]:
    """The code an answer stands on: set-up, given functions and answers, up to the one called `name`."""
    sources = []
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        code = cell["cell_type"] == "code" and (about.get("solution") or about.get("locked"))
        if not code or about.get("grade") or "experiment" in cell["metadata"].get("tags", []):
            continue
        sources.append("".join(cell["source"]))
        if about["grade_id"] == name:
            return sources
    return []
