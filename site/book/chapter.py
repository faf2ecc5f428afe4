"""Read a chapter's notebooks as blocks, from which the pages of the book are made.

    chapter = read_chapter(course, "en", "03_momentum", answers=True)

We depend only on the format of the notebooks: nbgrader's metadata tells answers, tests and given code apart; experiments
have the tag "experiment"; `## ` begins a sitting; `<details>` is folded text. A chapter has several pages: "index" and one
for each sitting ("a", "b", "further"); `place` is the name of a page. Cell ids and grade ids are the same in both languages
and in the students' notebooks, so links and saved work refer to them.
"""

import json
import re
from pathlib import Path

from book import predictions
from book.wording import for_page

LANGUAGES = ("en", "zh")
SITTINGS = ("a", "b", "further")
MARKERS = re.compile(r"^[ ]*### (BEGIN|END) SOLUTION[ ]*\n?", re.M)
FOLDED = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.S)
HINT = re.compile(r"(Hint|提示)\b")
CHECKS = re.compile(r'^check\("(\w+)", (\w+)\)\s*$', re.M)
CALL = re.compile(r"\b(?:check|ablate)\(.*\)")  # the call that uses an answer which a page cannot check
NEXT_CELL = re.compile(r"\n\n[^\n]*(?:next cell|下一个单元格)[^\n]*\Z")  # how to start the notebook
POINTS = re.compile(r"^(#+ .*?)\s*[(（](\d+(?: \+ \d+)* ?(?:points?|分)[^()（）]*)[)）][ ]*$", re.M)


def source(cell) -> str:
    return "".join(cell["source"])


def grading(cell) -> dict:
    return cell["metadata"].get("nbgrader", {})


def is_answer(cell) -> bool:
    return bool(grading(cell).get("solution"))


def is_test(cell) -> bool:
    """True for a code cell that only tests an answer: a graded cell, or one with nothing but a check."""
    if cell["cell_type"] != "code" or is_answer(cell):
        return False
    return bool(grading(cell).get("grade")) or bool(CHECKS.fullmatch(source(cell).strip()))


def check_kind(name: str, answer: str, tests: list[dict]) -> str:
    """How a page checks an answer.

    "card": with descent.check; "points": the value of the test cell is the points; "try": the test cell raises an error if
    the answer is wrong; "none": not on a page, since the test trains networks or there is no right answer.
    """
    if not tests or any("training" in test["metadata"].get("tags", []) for test in tests):
        return "none"
    match = CHECKS.fullmatch(source(tests[0]).strip())
    if match:
        return "card" if match[1] == name else "none"
    if grading(tests[0]).get("points"):
        return "points"
    return "try" if re.search(rf"^(def|class) {name}\b", answer, re.M) else "none"


def chapters_of(course: Path) -> list[str]:
    """The chapters whose notebooks exist in both languages, with and without solutions."""
    folders = [course / top / lang for top in ("solutions", "notebooks") for lang in LANGUAGES]
    return sorted(path.name for path in folders[0].iterdir() if all((top / path.name).is_dir() for top in folders))


def cells_of(course: Path, top: str, lang: str, folder: str) -> list[dict]:
    return json.loads((course / top / lang / folder / f"{folder}.ipynb").read_text(encoding="utf-8"))["cells"]


def read_chapter(course: Path, lang: str, folder: str, *, answers: bool) -> dict:
    """One chapter as {"folder", "title", "pages": {place: {"title", "blocks"}}, "code": [...], "exercises": [...]}.

    code: the cells that can run, in order, as {"id", "kind": "given" | "answer" | "experiment", "source"}.
    exercises: everything with points or a check, as {"name", "kind", "points", "place", "cell"} and maybe "check".
    answers: False omits all answers, of functions and of written questions.
    """
    cells = cells_of(course, "solutions", lang, folder)
    stubs = {cell["id"]: source(cell) for cell in cells_of(course, "notebooks", lang, folder)}
    chapter = {"folder": folder, "title": heading(source(cells[0])), "pages": {}, "code": [], "exercises": []}
    page = chapter["pages"]["index"] = {"title": chapter["title"], "blocks": []}
    places, place, used_ids, prediction = iter(SITTINGS), "index", set(), None
    for index, cell in enumerate(cells):
        text, name = source(cell), grading(cell).get("grade_id") or cell["id"]
        if cell["id"] in used_ids or text.strip() == "calibration()":  # calibration() counts a kernel's predictions
            continue
        if cell["cell_type"] == "markdown" and not is_answer(cell):
            text = re.sub(r"\A---\n", "", text)
            if index == 0:
                text = NEXT_CELL.sub("", text.rstrip())
            text = for_page(text, lang, answers=answers)
            if text.startswith("## "):
                place = next(places, f"part{len(chapter['pages'])}")
                page = chapter["pages"][place] = {"title": heading(text), "blocks": []}
            next_cell = cells[index + 1] if index + 1 < len(cells) else None
            next_grade_id = grading(next_cell).get("grade_id", "") if next_cell else ""
            if next_grade_id.startswith("test_predictions") and only_announces_next_cell(source(cell)):
                continue  # the page counts predictions itself
            if next_grade_id.startswith("prediction_"):
                prediction = next_grade_id
                text, options = predictions.split_options(text, source(next_cell))
                used_ids.add(next_cell["id"])
                page["blocks"].append(text_block(cell["id"], text, place))
                page["blocks"].append(predictions.block(prediction, source(next_cell), options))
                chapter["exercises"].append(
                    {"name": prediction, "kind": "prediction", "points": 0, "place": place, "cell": next_cell["id"]}
                )
                chapter["code"].append({"id": prediction, "kind": "given", "source": f"{prediction} = None"})
                continue
            page["blocks"].append(text_block(cell["id"], text, place))
        elif is_answer(cell):
            block = answer_block(cells, index, stubs, answers=answers)
            used_ids.update(block.pop("used"))
            page["blocks"].append(block)
            chapter["exercises"].append(
                {"name": name, "kind": block["kind"], "points": block["points"], "place": place, "cell": cell["id"]}
                | ({"check": block["check"]} if block["kind"] == "exercise" else {})
            )
            if cell["cell_type"] == "code":
                chapter["code"].append({"id": name, "kind": "answer", "source": block["answer"] or ""})
        elif is_test(cell):
            if name.startswith("test_predictions"):
                share_points(chapter["exercises"], cell, text)
        elif cell["id"] == "setup" or name == "setup":
            chapter["code"] += [
                {"id": f"setup{number}", "kind": "given", "source": line}
                for number, line in enumerate(statements(text))
                if "import " in line
            ]
        else:
            block = cell_block(cell, name, after=prediction)
            chapter["code"].append({"id": cell["id"], "kind": block["role"], "source": text})
            page["blocks"].append(block)
            if prediction and f'reveal("{prediction.removeprefix("prediction_")}"' in text:
                prediction = None
    return chapter


def only_announces_next_cell(text: str) -> bool:
    """True if a text does nothing but announce the next cell; the text before such a cell may also be a quiz."""
    return "\n\n" not in text.strip() and bool(re.search("next cell|下一个单元格", text))


def heading(text: str) -> str:
    return text.split("\n", 1)[0].lstrip("# ").strip()


def statements(text: str) -> list[str]:
    """The statements of a set-up cell as separate sources, so that a page runs only the imports that it needs."""
    import ast

    return [ast.get_source_segment(text, node) or "" for node in ast.parse(text).body]


def text_block(cell_id: str, text: str, place: str) -> dict:
    """Markdown for a page: headings one level up, since a sitting is a page; an exercise's points below its heading."""
    if place != "index":
        text = re.sub(r"^#(#+ )", r"\1", text, flags=re.M)
    text = POINTS.sub(lambda match: f"{match[1]}\n\n{{.meta}}\n{re.sub('[,，] *', ' · ', match[2])}\n", text)
    return {"kind": "text", "id": cell_id, "text": folds(text)}


def folds(text: str) -> str:
    """Replace `<details>` by the directive {fold} or {choice}, so that its content is parsed as Markdown too."""
    if "<details>" not in text:
        return text
    parts, end = [], 0
    while (start := text.find("<details>", end)) >= 0:
        parts.append(text[end:start].rstrip(" "))
        stop = closing_tag(text, start)
        inner = text[start + len("<details>") : stop].strip()
        summary, _, body = inner.removeprefix("<summary>").partition("</summary>")
        option = "\n" not in inner  # an option of a quiz is a <details> on one line
        body = folds(body.strip())
        # Tildes, since a title may hold `code`; one more than in any fence inside.
        fence = "~" * (1 + max((len(run) for run in re.findall(r"^~{3,}", body, re.M)), default=2))
        parts.append(f"\n{fence}{{{'choice' if option else 'fold'}}} {plain(summary)}\n{body}\n{fence}\n")
        end = stop + len("</details>")
    parts.append(text[end:])
    return "\n".join(parts)


def closing_tag(text: str, start: int) -> int:
    """The position of the `</details>` that closes the `<details>` at `start`; they may be nested."""
    depth = 0
    for match in re.finditer(r"</?details>", text[start:]):
        depth += 1 if match[0] == "<details>" else -1
        if depth == 0:
            return start + match.start()
    raise ValueError(f"<details> without an end: {text[start : start + 80]!r}")


def plain(summary: str) -> str:
    """Replace the HTML tags of a summary by Markdown, so that it is parsed like any other line.

    Punctuation moves out of bold text that a character follows: Markdown does not close `**约定卡：**各家`.
    """
    summary = re.sub(r"([：，。、；！？）”])(</[bi]>)(?=\w)", r"\2\1", summary)
    for tag, delimiter in (("code", "`"), ("b", "**"), ("i", "*")):
        summary = re.sub(f"</?{tag}>", delimiter, summary)
    return " ".join(summary.split())


def answer_block(cells: list[dict], index: int, stubs: dict, *, answers: bool) -> dict:
    """The block of an exercise, with hints and test, or of a written question; "used": the ids of its cells."""
    cell = cells[index]
    name, text = grading(cell)["grade_id"], source(cell)
    if cell["cell_type"] == "markdown":
        return {
            "kind": "written",
            "name": name,
            "points": grading(cell).get("points", 0),
            "stub": stubs[cell["id"]],
            "answer": folds(text) if answers else None,
            "used": [cell["id"]],
        }
    hints, tests, used_ids = [], [], [cell["id"]]
    shared = is_answer(cells[index - 1]) and cells[index - 1]["cell_type"] == "code"
    for follower in cells[index + 1 : index + 6]:
        if is_answer(follower) and follower["cell_type"] == "code" and not hints and not tests:
            shared = True  # an exercise with two functions: its hints are for both, and each has its own test
        elif follower["cell_type"] == "markdown" and not hints:
            folded = FOLDED.findall(source(follower))
            if not folded or not HINT.match(folded[0][0]) or FOLDED.sub("", source(follower)).strip():
                if tests:
                    break
                continue  # text between an answer and its test
            hints = [(plain(title), body.strip()) for title, body in folded]
            used_ids.append(follower["id"])
        elif grading(follower).get("grade_id") in (f"test_{name}", f"try_{name}") or (is_test(follower) and not shared):
            tests.append(follower)
        elif shared and is_test(follower):
            continue
        else:
            break
    return {
        "kind": "exercise",
        "name": name,
        "points": sum(grading(test).get("points", 0) for test in tests),
        "check": check_kind(name, text, tests),
        "test": source(tests[0]) if tests else "",
        "stub": stubs[cell["id"]].rstrip(),
        "hints": hints,
        "answer": MARKERS.sub("", text).rstrip() if answers else None,
        "used": used_ids + [test["id"] for test in tests if is_test(test)],
    }


def share_points(exercises: list[dict], cell: dict, text: str) -> None:
    """Divide the points of a cell that counts predictions equally among them."""
    counted = [
        exercise
        for exercise in exercises
        if exercise["kind"] == "prediction" and re.search(rf"\b{exercise['name']}\b", text)
    ]
    for exercise in counted:
        exercise["points"] = grading(cell).get("points", 0) / len(counted)


def cell_block(cell: dict, name: str, *, after: str | None) -> dict:
    experiment = "experiment" in cell["metadata"].get("tags", [])
    return {
        "kind": "cell",
        "id": cell["id"],
        "name": name,
        "role": "experiment" if experiment else "given",
        "after": after if experiment else None,
        "source": source(cell),
        "outputs": predictions.without_verdict(cell.get("outputs", [])),
    }
