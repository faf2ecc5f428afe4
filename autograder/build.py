"""Build the notebooks of a chapter: python -m autograder.build [--check] [--force] [CHAPTER ...]

solutions/03_momentum.py -> solutions/<lang>/03_momentum/03_momentum.ipynb   executed; nbgrader's source
                         -> notebooks/<lang>/03_momentum/03_momentum.ipynb   what students get

Each language is executed on its own, in a kernel that cannot import `reference`, and only when its code has changed.
"""

import argparse
import sys
import time
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.authoring.chapter import Chapter, load
from autograder.authoring.conversion import is_converted
from autograder.authoring.execute import execute
from autograder.authoring.minutes import MOST_LINES, MOST_MINUTES
from autograder.authoring.release import student_version
from autograder.authoring.source import LANGUAGES, CannotBuild

ROOT = Path(__file__).resolve().parents[1]


def differences(path: Path, expected: NotebookNode) -> list[str]:
    """Return why the notebook at `path` is not the one expected; the contents of outputs are not compared."""
    if not path.is_file():
        return ["is missing"]
    try:
        built = nbformat.read(path, as_version=4)
        nbformat.validate(built)
    except Exception as error:  # whatever a damaged file makes nbformat raise
        return [f"is not a notebook: {type(error).__name__}: {error}"]
    about = built.metadata.get("descent", {})
    outputs = about.pop("outputs", {})
    found = []
    if about.get("hash") != expected.metadata.descent.hash:
        found.append("is stale: the chapter text, a reference function or the builder has changed")
    elif built.metadata != expected.metadata or built.nbformat_minor != expected.nbformat_minor:
        found.append("has other notebook metadata than the builder writes")
    have, want = [cell.id for cell in built.cells], {cell.id: cell for cell in expected.cells}
    found += [f'cell "{name}" is missing' for name in want if name not in have]
    found += [f'cell "{name}" is not in the chapter text' for name in have if name not in want]
    if sorted(have) == sorted(want) and have != list(want):
        found.append("its cells stand in another order")
    for cell in (cell for cell in built.cells if cell.id in want):
        for key in ["cell_type", "source", "metadata", "execution_count"]:
            if cell.get(key) != want[cell.id].get(key):
                found.append(f'cell "{cell.id}": its {key} is not what the chapter text makes it')
        if len(cell.get("outputs", [])) != outputs.get(cell.id, 0):
            counts = f'{len(cell.get("outputs", []))} outputs, was built with {outputs.get(cell.id, 0)}'
            found.append(f'cell "{cell.id}" has {counts}')
    return found


def place(root: Path, kind: str, lang: str, chapter: str) -> Path:
    return root / kind / lang / chapter / f"{chapter}.ipynb"


def check(path: Path, root: Path) -> list[str]:
    """Return what is stale, edited by hand or in the wrong place; nothing is executed or written."""
    found = []
    for lang, solution in load(path, root).notebooks.items():
        for kind, expected in {"solutions": solution, "notebooks": student_version(solution)}.items():
            file = place(root, kind, lang, path.stem)
            found += [f"{file.relative_to(root)}: {reason}" for reason in differences(file, expected)]
            found += [f"{other.relative_to(root)}: does not belong here, nbgrader would hand it out"
                      for other in sorted(file.parent.glob("*"))
                      if other.name not in (file.name, ".ipynb_checkpoints")]
    return found


def build(chapter: Chapter, root: Path, *, force: bool = False) -> tuple[list[Path], list[str]]:
    """Write the chapter's four notebooks where they differ; return the files written, and notes for the author.

    Executes a language if the code in its solution notebook is not what the text makes it, or with `force`.
    Raises CannotBuild, with nothing written.
    """
    name, notes = chapter.path.stem, []
    stale = [lang for lang, nb in chapter.notebooks.items()
             if force or not reuse_outputs(nb, place(root, "solutions", lang, name))]
    if stale:
        notes = execute(chapter, stale)
    texts = {}
    for lang, solution in chapter.notebooks.items():
        for kind, nb in {"solutions": solution, "notebooks": student_version(solution)}.items():
            nbformat.validate(nb)
            texts[place(root, kind, lang, name)] = nbformat.writes(nb) + "\n"
    written = [file for file, text in texts.items() if not file.is_file() or file.read_text("utf-8") != text]
    for file in written:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(texts[file], "utf-8")
    return written, notes


def report(chapter: Chapter) -> str:
    """Return a table of the chapter's sittings, with the two limits that a converted chapter keeps."""
    rows = ["  sitting   words   characters   cells   lines of given code   minutes (en, zh)"]
    for sitting in chapter.sittings:
        minutes = ", ".join(f"{value:.0f}" for value in sitting.minutes.values())
        over = [f"{what} over {most}" for what, value, most in [
            ("lines", sitting.lines, MOST_LINES), ("minutes", max(sitting.minutes.values()), MOST_MINUTES)] if value > most]
        rows.append(f"  {sitting.name:7} {sitting.words:7} {sitting.characters:12} {sitting.cells:7} {sitting.lines:21}   "
                    f"{minutes:16} {', '.join(over)}".rstrip())
    if not is_converted(chapter.path.stem):
        rows.append("  not converted yet: autograder/authoring/conversion.py")
    return "\n".join(rows)


def reuse_outputs(nb: NotebookNode, path: Path) -> bool:
    """Take the outputs from the notebook at `path` if it ran the same code, and say whether it did."""
    try:
        built = nbformat.read(path, as_version=4)
        nbformat.validate(built)
    except Exception:  # missing or damaged: it is made anew
        return False
    about = built.metadata.get("descent", {})
    before = [cell for cell in built.cells if cell.cell_type == "code"]
    now = [cell for cell in nb.cells if cell.cell_type == "code"]
    counts = about.get("outputs", {})
    same = (
        about.get("builder") == nb.metadata.descent.builder
        and [(cell.id, cell.source) for cell in before] == [(cell.id, cell.source) for cell in now]
        and all(len(cell.outputs) == counts.get(cell.id, 0) for cell in before)
    )
    if same:
        for old, new in zip(before, now, strict=True):
            new.outputs = old.outputs
        nb.metadata.descent.outputs = counts
    return same


def orphans(root: Path) -> list[str]:
    """Return the built folders whose chapter text is gone."""
    folders = [path for kind in ("solutions", "notebooks") for lang in LANGUAGES
               for path in (root / kind / lang).glob("*") if path.is_dir()]
    return [f"{folder.relative_to(root)}: no chapter text solutions/{folder.name}.py; delete the folder"
            for folder in sorted(folders) if not (root / "solutions" / f"{folder.name}.py").is_file()]


def chosen(root: Path, chapters: list[str], complaints: list[str]) -> list[Path]:
    """Return the chapter texts asked for as 03, 03_momentum or a path; all where none is named."""
    texts = sorted((root / "solutions").glob("*.py"))
    if not texts:
        complaints.append(f"there is no chapter text in {root / 'solutions'}")
    for name in chapters:
        if not any(text.stem.startswith(Path(name).stem) for text in texts):
            complaints.append(f"no chapter {name}; there are: {', '.join(text.stem for text in texts)}")
    asked = tuple(Path(name).stem for name in chapters) or ("",)
    return [text for text in texts if text.stem.startswith(asked)]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.build",
                                     description="Build the notebooks of a chapter from its text.")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="03 or 03_momentum; default: all")
    parser.add_argument("--check", action="store_true", help="only compare, executing nothing")
    parser.add_argument("--force", action="store_true", help="execute what is up to date as well")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    complaints: list[str] = []
    for text in chosen(asked.root, asked.chapters, complaints):
        start = time.perf_counter()
        try:
            if asked.check:
                complaints += check(text, asked.root)
                continue
            chapter = load(text, asked.root)
            written, notes = build(chapter, asked.root, force=asked.force)
            done = f"{len(written)} notebooks written" if written else "up to date"
            print(f"{text.stem}: {done} ({time.perf_counter() - start:.1f} s)\n{report(chapter)}", flush=True)
            print("".join(f"  {note}\n" for note in notes), end="", flush=True)
        except CannotBuild as problem:
            complaints.append(str(problem))
    if not asked.chapters:
        complaints += orphans(asked.root)
    print("".join(f"{complaint}\n" for complaint in complaints), end="", file=sys.stderr)
    if complaints and asked.check:
        print("Edit only solutions/NN_topic.py and src/reference/; then: make notebooks", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
