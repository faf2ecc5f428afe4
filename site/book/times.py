"""Measure how long experiments take in the browser's Python: site/times.json, which the pages and JupyterLite show.

    python -m book.times PYODIDE [--all] [CHAPTER ...]     # PYODIDE: the folder of a built site

Measures the experiments that have no entry, of the named chapters or of all; --all: also those that have one.

The numbers are seconds of CPU time on one core. A busy machine gives two to three times as many (at load 15 to 20 on two
cores), so measure on a quiet one. A reader's machine may be faster or slower, so the pages say "about".
The file: {"03_momentum": {code hash: [seconds alone, seconds with the cells that it depends on]}}.
"""

import argparse
import ast
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

from book.chapter import chapters_of, read_chapter
from book.texts import SITE

TIMES = SITE / "times.json"


def code_hash(source: str) -> str:
    """Hash a cell's code without its strings and comments, so that both languages agree; changed numbers change it."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:12]


def experiments(course: Path, folder: str) -> tuple[list[dict], list[dict]]:
    """All cells of a chapter with code, and the experiments among them."""
    cells = read_chapter(course, "en", folder, answers=True)["code"]
    return cells, [cell for cell in cells if cell["kind"] == "experiment"]


def seconds(course: Path, folder: str) -> dict[str, tuple[float, float]]:
    """{cell id: (seconds alone, seconds with dependencies)} of a chapter's measured experiments."""
    entries = measured().get(folder, {})
    pairs = {cell["id"]: entries.get(code_hash(cell["source"])) for cell in experiments(course, folder)[1]}
    return {cell_id: tuple(pair) for cell_id, pair in pairs.items() if pair}


def unmeasured(course: Path, folder: str) -> int:
    """Number of a chapter's experiments whose present code has not been measured."""
    return len(experiments(course, folder)[1]) - len(seconds(course, folder))


def measured() -> dict[str, dict[str, list[float]]]:
    return json.loads(TIMES.read_text(encoding="utf-8")) if TIMES.exists() else {}


def measure(course: Path, pyodide: Path, folder: str, entries: dict[str, list[float]]) -> dict[str, list[float]]:
    """Measure the experiments of a chapter that have no entry; return the entries of all its experiments.

    An entry has the seconds of the experiment alone, as in a notebook, and with the cells that a page runs before it.
    Raises RuntimeError if a cell raises, since it would in a reader's browser too.
    """
    cells, all_experiments = experiments(course, folder)
    hashes = [code_hash(cell["source"]) for cell in all_experiments]
    updated = {key: entries[key] for key in hashes if key in entries}
    missing = [cell for key, cell in zip(hashes, all_experiments) if key not in updated]
    if not missing:
        return updated
    cells = with_dependencies(cells, missing)
    with tempfile.TemporaryDirectory() as name:
        request, response = Path(name) / "cells.json", Path(name) / "seconds.json"
        request.write_text(json.dumps(cells), encoding="utf-8")
        subprocess.run(["node", SITE / "js" / "times.mjs", pyodide, request, response], check=True)
        result = json.loads(response.read_text(encoding="utf-8"))
    if result["errors"]:
        raise RuntimeError(f"{folder}: " + "; ".join(result["errors"]))
    spent = result["seconds"]
    for cell in missing:
        alone = spent[cell["id"]]
        before = sum(spent[cell_id] for cell_id in dependencies(cell["source"], cells[: cells.index(cell)]))
        updated[code_hash(cell["source"])] = [round(alone, 1), round(alone + before, 1)]
    return {key: updated[key] for key in hashes}


def with_dependencies(cells: list[dict], selected: list[dict]) -> list[dict]:
    """The selected cells and those that they depend on, in the chapter's order."""
    ids = {cell["id"] for cell in selected}
    for cell in selected:
        ids |= set(dependencies(cell["source"], cells[: cells.index(cell)]))
    return [cell for cell in cells if cell["id"] in ids]


def dependencies(source: str, cells: list[dict]) -> list[str]:
    """The ids of the `cells` that a page runs before this source."""
    from descent.page import needed

    return [cell["id"] for cell in needed(source, [cell | {"mine": "passed"} for cell in cells])[0]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pyodide", type=Path, help="the folder of a built site")
    parser.add_argument("chapters", nargs="*", help="all where none is named")
    parser.add_argument("--all", action="store_true", help="also what was measured before")
    options = parser.parse_intermixed_args()  # a chapter may follow --all
    times = measured()
    for folder in options.chapters or chapters_of(SITE.parent):
        entries = {} if options.all else times.get(folder, {})
        times[folder] = measure(SITE.parent, options.pyodide, folder, entries)
        TIMES.write_text(to_json(times), encoding="utf-8")


def to_json(times: dict[str, dict[str, list[float]]]) -> str:
    """JSON with one line per experiment, so that a diff shows which were measured."""
    chapters = []
    for folder, entries in sorted(times.items()):
        lines = ",\n".join(f'  "{key}": {json.dumps(pair)}' for key, pair in entries.items())
        chapters.append(f' "{folder}": {{\n{lines}\n }}')
    return "{\n" + ",\n".join(chapters) + "\n}\n"


if __name__ == "__main__":
    main()
