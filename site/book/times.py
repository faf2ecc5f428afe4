"""How long the experiments take in the browser's Python: site/times.json, which the pages and JupyterLite show.

    python -m book.times PYODIDE [--all] [CHAPTER ...]     # PYODIDE: the folder of a built site

Measures the experiments that have no entry, of the named chapters or of all; --all: also those that have one.

The figures are seconds of processor time of one core. A busy machine counts two to three times as many (at load 15 to 20
on two cores), so measure on a quiet one. A reader's machine may be faster or slower, and the pages say "about".
{"03_momentum": {mark: [alone, with what it stands on]}}.
"""

import argparse
import ast
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

from book.chapter import chapters_of, read_chapter
from book.words import SITE

TIMES = SITE / "times.json"


def sign(source: str) -> str:
    """A mark of a cell's code that does not change with its texts and comments; a number that changes is another run."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:12]


def experiments(course: Path, folder: str) -> tuple[list[dict], list[dict]]:
    """(all cells of a chapter that run, its experiments among them)."""
    cells = read_chapter(course, "en", folder, answers=True)["code"]
    return cells, [cell for cell in cells if cell["kind"] == "experiment"]


def seconds(course: Path, folder: str) -> dict[str, tuple[float, float]]:
    """{cell id: (alone, with what it stands on)} for the experiments of a chapter that were measured."""
    known = measured().get(folder, {})
    found = {cell["id"]: known.get(sign(cell["source"])) for cell in experiments(course, folder)[1]}
    return {name: tuple(pair) for name, pair in found.items() if pair}


def unmeasured(course: Path, folder: str) -> int:
    """How many experiments of a chapter nobody has measured as they are now."""
    return len(experiments(course, folder)[1]) - len(seconds(course, folder))


def measured() -> dict[str, dict[str, list[float]]]:
    return json.loads(TIMES.read_text(encoding="utf-8")) if TIMES.exists() else {}


def measure(course: Path, pyodide: Path, folder: str, known: dict[str, list[float]]) -> dict[str, list[float]]:
    """The seconds of each experiment of a chapter: alone, as in a notebook, and with the cells before that it needs.

    known: entries that are kept; what no other experiment needs is not run again. An entry of no experiment is dropped.
    Raises RuntimeError where a cell raises: it would in a reader's browser.
    """
    cells, every = experiments(course, folder)
    kept = {mark: known[mark] for cell in every if (mark := sign(cell["source"])) in known}
    wanted = [cell for cell in every if sign(cell["source"]) not in kept]
    if not wanted:
        return kept
    cells = to_run(cells, wanted)
    with tempfile.TemporaryDirectory() as name:
        asked, answered = Path(name) / "cells.json", Path(name) / "seconds.json"
        asked.write_text(json.dumps(cells), encoding="utf-8")
        subprocess.run(["node", SITE / "js" / "times.mjs", pyodide, asked, answered], check=True)
        answer = json.loads(answered.read_text(encoding="utf-8"))
    if answer["errors"]:
        raise RuntimeError(f"{folder}: " + "; ".join(answer["errors"]))
    out, spent = kept, answer["seconds"]
    for cell in wanted:
        alone = spent[cell["id"]]
        both = alone + sum(spent[one] for one in stands_on(cell["source"], cells[: cells.index(cell)]))
        out[sign(cell["source"])] = [round(alone, 1), round(both, 1)]
    return {mark: out[mark] for cell in every if (mark := sign(cell["source"]))}


def to_run(cells: list[dict], wanted: list[dict]) -> list[dict]:
    """The cells that must run, in order, for these experiments: they, and what they stand on."""
    ids = {cell["id"] for cell in wanted}
    for cell in wanted:
        ids |= set(stands_on(cell["source"], cells[: cells.index(cell)]))
    return [cell for cell in cells if cell["id"] in ids]


def stands_on(source: str, cells: list[dict]) -> list[str]:
    """The ids of the cells that a page runs before this text."""
    from descent.page import needed

    return [cell["id"] for cell in needed(source, [cell | {"mine": "passed"} for cell in cells])[0]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pyodide", type=Path, help="the folder of a built site")
    parser.add_argument("chapters", nargs="*", help="all where none is named")
    parser.add_argument("--all", action="store_true", help="also what was measured before")
    options = parser.parse_intermixed_args()  # a chapter may stand behind --all
    kept = measured()
    for folder in options.chapters or chapters_of(SITE.parent):
        known = {} if options.all else kept.get(folder, {})
        kept[folder] = measure(SITE.parent, options.pyodide, folder, known)
        TIMES.write_text(written(kept), encoding="utf-8")


def written(kept: dict) -> str:
    """One line for each experiment."""
    chapters = []
    for folder, rows in sorted(kept.items()):
        lines = ",\n".join(f'  "{mark}": {json.dumps(pair)}' for mark, pair in rows.items())
        chapters.append(f' "{folder}": {{\n{lines}\n }}')
    return "{\n" + ",\n".join(chapters) + "\n}\n"


if __name__ == "__main__":
    main()
