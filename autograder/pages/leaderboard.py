"""The capstone's leaderboard, from a graded class.

Only who asked for it is on it (`leaderboard_name` in the notebook), under the nickname they chose, else under a
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
    """One student's result in one mission. wanted: what they wrote as their name, None to stay off the board."""

    student: str
    mission: str
    accuracy: float
    wanted: str | None


def entries(folder: ClassFolder) -> list[Entry]:
    """Every judged mission of the class: what the grader wrote into the graded notebooks."""
    found = []
    for path in sorted((folder.path / "autograded").glob("*/*/*.ipynb")):
        student, assignment = path.parent.parent.name, path.parent.name
        if path.stem != assignment:
            continue
        nb = nbformat.read(path, as_version=4)
        about = nb.metadata.get("descent", {}).get("grading", {})  # the grader's, whatever was handed in
        scores = [test["score"] for test in about.get("tests", {}).values() if test.get("score")]
        found += [Entry(student, score["mission"], float(score["accuracy"]), wanted_name(nb)) for score in scores]
    return found


def wanted_name(nb: NotebookNode) -> str | None:
    """The text that the answer cell gives to `leaderboard_name`: read, not run. None for anything but a text."""
    source = next((cell.source for cell in nb.cells if cell.id == ANSWER and cell.cell_type == "code"), "")
    wanted = None
    try:
        for node in ast.parse(source).body:
            if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [ANSWER]:
                wanted = node.value.value if isinstance(node.value, ast.Constant) else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return wanted if isinstance(wanted, str) else None


def pseudonym(secret: str, student: str) -> str:
    """A name that only the class's secret leads back to the student: the same in every mission."""
    return "anonymous " + hmac.new(secret.encode(), f"leaderboard\0{student}".encode(), hashlib.sha256).hexdigest()[:8]


def shown_names(found: list[Entry], students: set[str], secret: str) -> dict[str, str]:
    """student -> name on the board, for those who asked for it. Nobody can take the id of somebody else, or a
    nickname that two have chosen: both are then under their pseudonyms."""
    wanted = {entry.student: nickname(entry.wanted) for entry in found if entry.wanted is not None}
    taken = Counter(name.casefold() for name in wanted.values() if name)
    ids = {name.casefold(): student for student in students if (name := nickname(student))}
    names: dict[str, str] = {}
    for student, name in wanted.items():
        free = name and taken[name.casefold()] == 1 and ids.get(name.casefold(), student) == student
        looks_like_another = name and name.casefold().startswith("anonymous")
        names[student] = name if name and free and not looks_like_another else pseudonym(secret, student)
    return names


def board(found: list[Entry], names: dict[str, str]) -> list[tuple[str, int, str, float]]:
    """Rows (mission, rank, name, accuracy): best first, equal accuracies share a rank."""
    rows = []
    for mission in MISSIONS:
        listed = sorted(
            (-round(entry.accuracy, 4), names[entry.student])
            for entry in found
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
    found = entries(folder)
    if not found:
        raise ClassError(
            f"no judged mission of the capstone in {folder.path / 'autograded'}: run `make grade` with this CLASS first"
        )
    students = {path.name for path in (folder.path / "submitted").iterdir()}
    rows = board(found, shown_names(found, students, load_secret(folder.path)))
    replace(folder.path / "leaderboard.csv", as_csv(rows))
    replace(folder.path / "leaderboard.html", as_html(rows))
    return rows
