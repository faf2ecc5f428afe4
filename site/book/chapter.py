"""A chapter's notebooks become blocks, the pieces from which the pages of the book are made.

    pages, blocks = read_chapter(course, "en", "03_momentum", answers=True)

We depend on the notebooks' format only: nbgrader's metadata says what is an answer, a test or given; an experiment has
the tag "experiment"; `## ` begins a sitting; `<details>` is folded text. Cell ids and grade ids are the same in both
languages and in the student's notebook: everything that links or stores goes by them.
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
CALL = re.compile(r"\b(?:check|ablate)\(.*\)")  # what a notebook does with an answer that no page can check
NEXT_CELL = re.compile(r"\n\n[^\n]*(?:next cell|下一个单元格)[^\n]*\Z")  # how to start a notebook is no text of a book
POINTS = re.compile(r"^(#+ .*?)\s*[(（](\d+(?: \+ \d+)* ?(?:points?|分)[^()（）]*)[)）][ ]*$", re.M)


def source(cell) -> str:
    return "".join(cell["source"])


def grading(cell) -> dict:
    return cell["metadata"].get("nbgrader", {})


def is_answer(cell) -> bool:
    return bool(grading(cell).get("solution"))


def is_test(cell) -> bool:
    """A cell that only tries an answer: one that is graded, or one that holds nothing but a check."""
    if cell["cell_type"] != "code" or is_answer(cell):
        return False
    return bool(grading(cell).get("grade")) or bool(CHECKS.fullmatch(source(cell).strip()))


def way_to_check(name: str, answer: str, tests: list[dict]) -> str:
    """How a page checks an answer.

    "card": descent.check knows the exercise; "points": the test cell's value is the points; "try": the test cell
    raises where the answer is wrong; "none": nothing here can, since it trains networks or is a matter of taste.
    """
    if not tests or any("training" in one["metadata"].get("tags", []) for one in tests):
        return "none"
    checked = CHECKS.fullmatch(source(tests[0]).strip())
    if checked:
        return "card" if checked[1] == name else "none"
    if grading(tests[0]).get("points"):
        return "points"
    return "try" if re.search(rf"^(def|class) {name}\b", answer, re.M) else "none"


def chapters_of(course: Path) -> list[str]:
    """The chapters that are built in both languages, for teachers and for students."""
    tops = [course / top / lang for top in ("solutions", "notebooks") for lang in LANGUAGES]
    return sorted(path.name for path in tops[0].iterdir() if all((top / path.name).is_dir() for top in tops))


def cells_of(course: Path, top: str, lang: str, folder: str) -> list[dict]:
    return json.loads((course / top / lang / folder / f"{folder}.ipynb").read_text(encoding="utf-8"))["cells"]


def read_chapter(course: Path, lang: str, folder: str, *, answers: bool) -> dict:
    """{"folder", "title", "pages": {place: {"title", "blocks"}}, "code": [...], "exercises": [...]} of one chapter.

    code: the cells that can be run, in order, as {"id", "kind": "given" | "answer" | "experiment", "source"}.
    exercises: what earns points or is checked, as {"name", "kind", "points", "place", "before"}.
    answers: False leaves every answer out, of functions as well as of written questions.
    """
    cells = cells_of(course, "solutions", lang, folder)
    stubs = {cell["id"]: source(cell) for cell in cells_of(course, "notebooks", lang, folder)}
    chapter = {"folder": folder, "title": heading(source(cells[0])), "pages": {}, "code": [], "exercises": []}
    page = chapter["pages"]["index"] = {"title": chapter["title"], "blocks": []}
    places, place, used, prediction = iter(SITTINGS), "index", set(), None
    for index, cell in enumerate(cells):
        text, name = source(cell), grading(cell).get("grade_id") or cell["id"]
        if cell["id"] in used or text.strip() == "calibration()":  # it counts what was predicted in a kernel
            continue
        if cell["cell_type"] == "markdown" and not is_answer(cell):
            text = re.sub(r"\A---\n", "", text)
            if index == 0:
                text = NEXT_CELL.sub("", text.rstrip())
            text = for_page(text, lang, answers=answers)
            if text.startswith("## "):
                place = next(places, f"part{len(chapter['pages'])}")
                page = chapter["pages"][place] = {"title": heading(text), "blocks": []}
            following = cells[index + 1] if index + 1 < len(cells) else None
            if (
                following
                and grading(following).get("grade_id", "").startswith("test_predictions")
                and announces(source(cell))
            ):
                continue  # the page counts predictions itself
            if following and grading(following).get("grade_id", "").startswith("prediction_"):
                text, options = predictions.split(text, source(following))
                used.add(following["id"])
                prediction = grading(following)["grade_id"]
                page["blocks"].append(text_block(cell["id"], text, place))
                page["blocks"].append(predictions.block(prediction, source(following), options))
                chapter["exercises"].append(
                    {"name": prediction, "kind": "prediction", "points": 0, "place": place, "cell": following["id"]}
                )
                chapter["code"].append({"id": prediction, "kind": "given", "source": f"{prediction} = None"})
                continue
            page["blocks"].append(text_block(cell["id"], text, place))
        elif is_answer(cell):
            block = answer_block(cells, index, stubs, answers=answers)
            used.update(block.pop("used"))
            page["blocks"].append(block)
            chapter["exercises"].append(
                {"name": name, "kind": block["kind"], "points": block["points"], "place": place, "cell": cell["id"]}
                | ({"check": block["check"]} if block["kind"] == "exercise" else {})
            )
            if cell["cell_type"] == "code":
                chapter["code"].append({"id": name, "kind": "answer", "source": block["answer"] or ""})
        elif is_test(cell):
            if name.startswith("test_predictions"):
                share(chapter["exercises"], cell, text)
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


def announces(text: str) -> bool:
    """Whether a text only says what the next cell is for; a quiz may stand in front of a cell that counts, too."""
    return "\n\n" not in text.strip() and bool(re.search("next cell|下一个单元格", text))


def heading(text: str) -> str:
    return text.split("\n", 1)[0].lstrip("# ").strip()


def statements(text: str) -> list[str]:
    """The statements of a set-up cell: one import each, so that what a page does not use is never loaded."""
    import ast

    return [ast.get_source_segment(text, node) or "" for node in ast.parse(text).body]


def text_block(cell_id: str, text: str, place: str) -> dict:
    """Markdown of a page: headings one level up, since each sitting is a page; points below the heading."""
    if place != "index":
        text = re.sub(r"^#(#+ )", r"\1", text, flags=re.M)
    text = POINTS.sub(lambda found: f"{found[1]}\n\n{{.meta}}\n{re.sub('[,，] *', ' · ', found[2])}\n", text)
    return {"kind": "text", "id": cell_id, "text": folds(text)}


def folds(text: str) -> str:
    """`<details>` becomes the directive {fold}: what is inside is Markdown like the rest, formulas included."""
    if "<details>" not in text:
        return text
    out, end = [], 0
    while (start := text.find("<details>", end)) >= 0:
        out.append(text[end:start].rstrip(" "))
        stop = closing(text, start)
        inner = text[start + len("<details>") : stop].strip()
        summary, _, body = inner.removeprefix("<summary>").partition("</summary>")
        option = "\n" not in inner  # the options of a quiz stand on one line each
        body = folds(body.strip())
        fence = "~" * (
            1 + max((len(run) for run in re.findall(r"^~{3,}", body, re.M)), default=2)
        )  # a title may hold `code`
        out.append(f"\n{fence}{{{'choice' if option else 'fold'}}} {plain(summary)}\n{body}\n{fence}\n")
        end = stop + len("</details>")
    out.append(text[end:])
    return "\n".join(out)


def closing(text: str, start: int) -> int:
    """Where the `</details>` of the `<details>` at `start` stands; one inside another is counted."""
    depth = 0
    for found in re.finditer(r"</?details>", text[start:]):
        depth += 1 if found[0] == "<details>" else -1
        if depth == 0:
            return start + found.start()
    raise ValueError(f"<details> without an end: {text[start : start + 80]!r}")


def plain(summary: str) -> str:
    """A summary's few HTML tags as Markdown, so that it is parsed like any other line.

    A mark that closes between a sign and a character would be no mark: `**约定卡：**各家` shows its asterisks.
    """
    summary = re.sub(r"([：，。、；！？）”])(</[bi]>)(?=\w)", r"\2\1", summary)
    for tag, sign in (("code", "`"), ("b", "**"), ("i", "*")):
        summary = re.sub(f"</?{tag}>", sign.replace("\\", ""), summary)
    return " ".join(summary.split())


def answer_block(cells: list[dict], index: int, stubs: dict, *, answers: bool) -> dict:
    """An exercise or a written question, with its hints; "used": ids of the cells that went into it."""
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
    hints, tests, used = [], [], [cell["id"]]
    shared = is_answer(cells[index - 1]) and cells[index - 1]["cell_type"] == "code"
    for follower in cells[index + 1 : index + 6]:
        if is_answer(follower) and follower["cell_type"] == "code" and not hints and not tests:
            shared = True  # two functions of one exercise: the hints are for both, and each has a test of its name
        elif follower["cell_type"] == "markdown" and not hints:
            found = FOLDED.findall(source(follower))
            if not found or not HINT.match(found[0][0]) or FOLDED.sub("", source(follower)).strip():
                if tests:
                    break
                continue  # a sentence between an answer and its test
            hints = [(plain(title), body.strip()) for title, body in found]
            used.append(follower["id"])
        elif grading(follower).get("grade_id") in (f"test_{name}", f"try_{name}") or (is_test(follower) and not shared):
            tests.append(follower)
        elif shared and is_test(follower):
            continue
        else:
            break
    return {
        "kind": "exercise",
        "name": name,
        "points": sum(grading(one).get("points", 0) for one in tests),
        "check": way_to_check(name, text, tests),
        "test": source(tests[0]) if tests else "",
        "stub": stubs[cell["id"]].rstrip(),
        "hints": hints,
        "answer": MARKERS.sub("", text).rstrip() if answers else None,
        "used": used + [one["id"] for one in tests if is_test(one)],
    }


def share(exercises: list[dict], cell: dict, text: str) -> None:
    """Give each prediction that a cell counts its share of that cell's points."""
    counted = [one for one in exercises if one["kind"] == "prediction" and re.search(rf"\b{one['name']}\b", text)]
    for one in counted:
        one["points"] = grading(cell).get("points", 0) / len(counted)


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
