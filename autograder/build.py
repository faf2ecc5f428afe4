"""Build the notebooks of a chapter from its text: python -m autograder.build [--check] [--force] [CHAPTER ...]

solutions/03_momentum.py -> solutions/<lang>/03_momentum/03_momentum.ipynb   executed; nbgrader's source
                         -> notebooks/<lang>/03_momentum/03_momentum.ipynb   what students get

The chapter is executed once, in a kernel that cannot import `reference`; both languages share the outputs.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.inline import inline_all
from autograder.release import student_version
from autograder.source import LANGUAGES, Problems, Refused, Unit, read

BUILDER = 1  # raise it when outputs must be made anew though no chapter changed
ROOT = Path(__file__).resolve().parents[1]
SECONDS_PER_CELL = 120
ANSI = re.compile(r"\x1b\[[0-9;]*m")
ADDRESS = re.compile(r"at 0x[0-9a-f]{6,}")


@dataclass
class Chapter:
    """A chapter text that keeps the rules, and its solution notebook in each language, not executed yet."""

    path: Path
    units: list[Unit]
    notebooks: dict[str, NotebookNode]


def load(path: Path, root: Path) -> Chapter:
    """Read the chapter text, inline its reference functions; raise Refused with every problem found."""
    problems = Problems(path)
    if not re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem):
        raise Refused(f"{path.name}: a chapter is called NN_topic.py, such as 03_momentum.py")
    units = read(path)
    inline_all(units, root / "src" / "reference", problems)
    problems.refuse()
    text = path.read_text(encoding="utf-8")
    made_of = json.dumps([BUILDER, text, [unit.text["en"] for unit in units if unit.names]])
    about = {"chapter": path.stem, "hash": hashlib.sha256(made_of.encode()).hexdigest()}
    return Chapter(path, units, {lang: notebook(units, {**about, "lang": lang}) for lang in LANGUAGES})


def notebook(units: list[Unit], about: dict) -> NotebookNode:
    cells = [cell for unit in units for cell in cells_of(unit, about["lang"])]
    for count, cell in enumerate((cell for cell in cells if cell.cell_type == "code"), 1):
        cell.execution_count = count
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "descent": about}
    return new_notebook(cells=cells, metadata=metadata)


def cells_of(unit: Unit, lang: str) -> list[NotebookNode]:
    """Return the notebook cell of a unit, with nbgrader's flags for its role."""
    text = unit.text[lang]
    if unit.role == "essay":
        prompt = f"{unit.id}-prompt"
        graded = nbgrader(unit.id, grade=True, solution=True, points=unit.points)
        return [new_markdown_cell(text, id=prompt, metadata=nbgrader(prompt, locked=True)),
                new_markdown_cell(unit.model[lang], id=unit.id, metadata=graded)]
    if unit.kind == "markdown":
        return [new_markdown_cell(text, id=unit.cell_id)]
    metadata = {}
    if unit.role == "answer":
        metadata = nbgrader(unit.id, solution=True)
    elif unit.role == "tests":
        metadata = nbgrader(unit.id, grade=True, locked=True, points=unit.points)
    elif unit.role in {"setup", "given", "practice"}:
        metadata = nbgrader(unit.id, locked=True)
    tags = [tag for tag, on in {"experiment": unit.role in {"experiment", "practice"},
                                "nbval-check-output": "nbval" in unit.keys}.items() if on]
    if tags:
        metadata["tags"] = tags
    return [new_code_cell(text.replace("{{lang}}", lang), id=unit.cell_id, metadata=metadata)]


def nbgrader(grade_id: str, *, grade=False, solution=False, locked=False, **points) -> dict:
    flags = {"grade": grade, "solution": solution, "locked": locked, "task": False}
    return {"nbgrader": {"schema_version": 3, "grade_id": grade_id, **flags, **points}}


def execute(chapter: Chapter) -> None:
    """Fill in the outputs of both notebooks from one execution; raise Refused on any error or warning."""
    import matplotlib.font_manager  # noqa: F401  builds the font cache here, where its notice is no output

    problems = Problems(chapter.path)
    nb = chapter.notebooks["en"]
    cells = [(index, cell) for index, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(nb, timeout=SECONDS_PER_CELL, kernel_name="python3", record_timing=False,
                                coalesce_streams=True, extra_arguments=["--log-level=ERROR"],
                                resources={"metadata": {"path": folder}})
        with client.setup_kernel(env=environment(folder)):
            for unit, (index, cell) in zip((unit for unit in chapter.units if unit.kind == "code"), cells, strict=True):
                try:
                    client.execute_cell(cell, index)
                except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                    problems.add(unit, "failed when executed: " + ANSI.sub("", str(error)).strip())
                    problems.refuse()
                check_outputs(unit, cell, problems)
    problems.refuse()
    counts = {cell.id: len(cell.outputs) for _, cell in cells if cell.outputs}
    for lang, translated in sorted(chapter.notebooks.items(), reverse=True):  # en, which holds both, comes last
        for index, cell in cells:
            translated.cells[index].outputs = [in_language(output, lang) for output in cell.outputs]
        translated.metadata.descent.outputs = counts


def environment(folder: str) -> dict[str, str]:
    """The kernel's environment: this Python, nothing of ours but `descent`, none of the author's own settings."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "MPLBACKEND", "IPYTHON", "DESCENT_"))}
    return {**kept, "DESCENT_BUILD": "1", "IPYTHONDIR": folder, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}


def check_outputs(unit: Unit, cell: NotebookNode, problems: Problems) -> None:
    for output in cell.outputs:
        text = output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
        if output.get("name") == "stderr":
            problems.add(unit, f"wrote to stderr, which a chapter never does: {text.strip()[:500]}")
        elif found := ADDRESS.search(text):
            problems.add(unit, f"shows a memory address ({found[0]}), another one in every build; end with plt.show()")


def in_language(output: NotebookNode, lang: str) -> NotebookNode:
    """Return a copy of an output; where descent.say left both languages in its metadata, in the one asked for."""
    output = deepcopy(output)
    both = output.get("metadata", {}).pop("descent", None)
    if both:
        output.data = both[lang]
    return output


def differences(path: Path, expected: NotebookNode) -> list[str]:
    """Return why the notebook at `path` is not the one expected; the contents of outputs are not compared."""
    if not path.is_file():
        return ["is missing"]
    try:
        built = nbformat.read(path, as_version=4)
        nbformat.validate(built)
    except Exception as error:
        return [f"is not a notebook: {error}"]
    counts = built.metadata.get("descent", {}).pop("outputs", {})
    found = []
    if built.metadata.get("descent", {}).get("hash") != expected.metadata.descent.hash:
        found.append("is stale: the chapter text, a reference function or the builder changed since it was built")
    elif built.metadata != expected.metadata or built.nbformat_minor != expected.nbformat_minor:
        found.append("has other notebook metadata than the builder writes")
    have, want = [cell.id for cell in built.cells], [cell.id for cell in expected.cells]
    found += [f'cell "{name}" is missing' for name in want if name not in have]
    found += [f'cell "{name}" is not in the chapter text' for name in have if name not in want]
    if sorted(have) == sorted(want) and have != want:
        found.append("its cells stand in another order")
    by_id = {cell.id: cell for cell in expected.cells}
    for cell in built.cells:
        for key in ["cell_type", "source", "metadata", "execution_count"]:
            if cell.id in by_id and cell.get(key) != by_id[cell.id].get(key):
                found.append(f'cell "{cell.id}": its {key} was changed')
        if len(cell.get("outputs", [])) != counts.get(cell.id, 0):
            found.append(f'cell "{cell.id}" has {len(cell.get("outputs", []))} outputs, built with {counts.get(cell.id, 0)}')
    return found


def place(root: Path, kind: str, lang: str, chapter: str) -> Path:
    return root / kind / lang / chapter / f"{chapter}.ipynb"


def check(path: Path, root: Path) -> list[str]:
    """Return what is stale, edited by hand or in the wrong place; nothing is executed or written."""
    chapter = load(path, root)
    found = []
    for lang, solution in chapter.notebooks.items():
        for kind, expected in {"solutions": solution, "notebooks": student_version(solution)}.items():
            file = place(root, kind, lang, path.stem)
            name = file.relative_to(root)
            found += [f"{name}: {reason}" for reason in differences(file, expected)]
            others = {other.name for other in file.parent.glob("*")} - {file.name, ".ipynb_checkpoints"}
            found += [f"{name.parent / other}: does not belong here, nbgrader would hand it out" for other in sorted(others)]
    return found


def build(path: Path, root: Path, *, force: bool = False) -> list[Path]:
    """Write the chapter's four notebooks where they differ; return the files written. Raise Refused, writing nothing."""
    chapter = load(path, root)
    files = {lang: place(root, "solutions", lang, path.stem) for lang in LANGUAGES}
    if force or any(differences(files[lang], solution) for lang, solution in chapter.notebooks.items()):
        execute(chapter)
    else:
        chapter.notebooks = {lang: nbformat.read(file, as_version=4) for lang, file in files.items()}
    written = []
    for lang, solution in chapter.notebooks.items():
        for kind, nb in {"solutions": solution, "notebooks": student_version(solution)}.items():
            nbformat.validate(nb)
            file, text = place(root, kind, lang, path.stem), nbformat.writes(nb) + "\n"
            if not file.is_file() or file.read_text(encoding="utf-8") != text:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
                written.append(file)
    return written


def orphans(root: Path) -> list[str]:
    """Return the built folders whose chapter text is gone."""
    folders = [folder for kind in ["solutions", "notebooks"] for lang in LANGUAGES for folder in (root / kind / lang).glob("*/")]
    return [f"{folder.relative_to(root)}: no chapter text solutions/{folder.name}.py; delete the folder"
            for folder in sorted(folders) if not (root / "solutions" / f"{folder.name}.py").is_file()]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.build", description=__doc__.split(":")[0] + ".")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="03 or 03_momentum; all where none is named")
    parser.add_argument("--check", action="store_true", help="only compare, without executing; for make check")
    parser.add_argument("--force", action="store_true", help="execute also what is up to date")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    texts = sorted((asked.root / "solutions").glob("*.py"))
    chosen = [text for text in texts if not asked.chapters or any(text.stem.startswith(Path(c).stem) for c in asked.chapters)]
    complaints = orphans(asked.root) if not asked.chapters else []
    if not chosen:
        complaints.append(f"no chapter text solutions/{' '.join(asked.chapters) or '*'}.py")
    for text in chosen:
        start = time.perf_counter()
        try:
            if asked.check:
                complaints += check(text, asked.root)
            else:
                written = build(text, asked.root, force=asked.force)
                said = f"{len(written)} notebooks written" if written else "up to date"
                print(f"{text.stem}: {said} ({time.perf_counter() - start:.1f} s)", flush=True)
        except Refused as refused:
            complaints.append(str(refused))
    if complaints:
        print("\n".join(complaints), file=sys.stderr)
        if asked.check:
            print("\nEdit only solutions/NN_topic.py and src/reference, then run: make notebooks", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
