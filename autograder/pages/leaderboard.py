"""The capstone's leaderboard, from a graded class.

It lists only students who asked for it (`leaderboard_name` in the notebook), under the nickname they chose or under a
pseudonym made from the class's secret. Writes leaderboard.html and leaderboard.csv into the class folder.
"""

import ast
import csv
import hashlib
import hmac
import io
from collections import Counter
from dataclasses import dataclass
from html import escape

import nbformat
from nbformat import NotebookNode

from autograder.gradebook.coursedir import ClassError, ClassFolder
from autograder.gradebook.files import replace
from autograder.gradebook.secret import load_secret
from descent.capstone.handed_in import nickname
from descent.capstone.missions import MISSIONS

ANSWER = "leaderboard_name"
COLUMNS = ("mission", "rank", "name", "accuracy")
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:44em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}"
    "th,td{padding:.25em 1em;text-align:left;border-bottom:1px solid #ccc}td.n{text-align:right}"
)
TITLE = "Leaderboard · 排行榜"
NOTE = (
    "Mean accuracy of three runs by the judge, on images that no student has. All were trained on the same three draws. "
    "Listed: who asked for it. On other draws, means differ by up to 0.01: do not read more into a rank. · "
    "评分程序三次训练的平均准确率，所用图像没有发给任何学生；所有人的配置都在同样的三份数据上训练。"
    "只列出自愿上榜的人。换三份数据，平均值可相差 0.01，名次不必看得太重。"
)
EMPTY = "Nobody yet · 暂无"


@dataclass(frozen=True)
class Entry:
    """One student's result in one mission. chosen_name: None to stay off the board."""

    student: str
    mission: str
    accuracy: float
    chosen_name: str | None


def entries(folder: ClassFolder) -> list[Entry]:
    """Every judged mission of the class, from the metadata that the grader wrote into the graded notebooks."""
    results = []
    for path in sorted((folder.path / "autograded").glob("*/*/*.ipynb")):
        student, assignment = path.parent.parent.name, path.parent.name
        if path.stem != assignment:
            continue
        nb = nbformat.read(path, as_version=4)
        about = nb.metadata.get("descent", {}).get("grading", {})  # the grader overwrites what a student put here
        scores = [test["score"] for test in about.get("tests", {}).values() if test.get("score")]
        results += [Entry(student, score["mission"], float(score["accuracy"]), chosen_name_in(nb)) for score in scores]
    return results


def chosen_name_in(nb: NotebookNode) -> str | None:
    """The string that the answer cell assigns to `leaderboard_name`: parsed, never run. None for anything but a string."""
    source = next((cell.source for cell in nb.cells if cell.id == ANSWER and cell.cell_type == "code"), "")
    name = None
    try:
        for node in ast.parse(source).body:
            if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [ANSWER]:
                name = node.value.value if isinstance(node.value, ast.Constant) else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return name if isinstance(name, str) else None


def pseudonym(secret: str, student: str) -> str:
    """A name, the same in every mission, that only someone with the class's secret can trace back to the student."""
    return "anonymous " + hmac.new(secret.encode(), f"leaderboard\0{student}".encode(), hashlib.sha256).hexdigest()[:8]


def shown_names(results: list[Entry], students: set[str], secret: str) -> dict[str, str]:
    """student -> name on the board, for those who asked for it. A student gets the pseudonym if the nickname is another
    student's id or was chosen by two."""
    nicknames = {entry.student: nickname(entry.chosen_name) for entry in results if entry.chosen_name is not None}
    uses = Counter(name.casefold() for name in nicknames.values() if name)
    ids = {name.casefold(): student for student in students if (name := nickname(student))}
    names: dict[str, str] = {}
    for student, name in nicknames.items():
        free = name and uses[name.casefold()] == 1 and ids.get(name.casefold(), student) == student
        looks_like_another = name and name.casefold().startswith("anonymous")
        names[student] = name if name and free and not looks_like_another else pseudonym(secret, student)
    return names


def board(results: list[Entry], names: dict[str, str]) -> list[tuple[str, int, str, float]]:
    """Rows (mission, rank, name, accuracy): best first, equal accuracies share a rank."""
    rows = []
    for mission in MISSIONS:
        listed = sorted(
            (-round(entry.accuracy, 4), names[entry.student])
            for entry in results
            if entry.mission == mission and entry.student in names
        )
        rows += [
            (mission, 1 + sum(better < accuracy for better, _ in listed), name, -accuracy) for accuracy, name in listed
        ]
    return rows


def as_csv(rows: list[tuple]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    return text.getvalue()


def as_html(rows: list[tuple]) -> str:
    """A page without scripts; nothing in it can become one."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{TITLE}</title><style>{STYLE}</style></head><body><h1>{TITLE}</h1><p>{NOTE}</p>"
    ]
    for mission, about in MISSIONS.items():
        parts.append(f"<h2>{escape(about.en)} · {escape(about.zh)}</h2>")
        mine = [row for row in rows if row[0] == mission]
        if not mine:
            parts.append(f"<p>{EMPTY}</p>")
            continue
        parts.append("<table><tr><th>Rank · 名次</th><th>Name · 名字</th><th>Accuracy · 准确率</th></tr>")
        parts += [
            f'<tr><td class="n">{rank}</td><td>{escape(name)}</td><td class="n">{accuracy:.3f}</td></tr>'
            for _, rank, name, accuracy in mine
        ]
        parts.append("</table>")
    return "".join([*parts, "</body></html>\n"])


def write(folder: ClassFolder) -> list[tuple]:
    """Write both files into the class folder; returns the rows. Raises ClassError where no mission was judged."""
    results = entries(folder)
    if not results:
        raise ClassError(
            f"no judged mission of the capstone in {folder.path / 'autograded'}: run `make grade` with this CLASS first"
        )
    students = {path.name for path in (folder.path / "submitted").iterdir()}
    rows = board(results, shown_names(results, students, load_secret(folder.path)))
    replace(folder.path / "leaderboard.csv", as_csv(rows))
    replace(folder.path / "leaderboard.html", as_html(rows))
    return rows
