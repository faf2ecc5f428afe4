"""The four notebooks of a chapter on disk: we write those that differ from what the chapter text gives, or report them.

solutions/03_momentum.py -> solutions/<lang>/03_momentum/03_momentum.ipynb   executed; nbgrader's source
                         -> notebooks/<lang>/03_momentum/03_momentum.ipynb   what students get
"""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from .chapter import Chapter, load
from .drafts import is_finished
from .execute import execute
from .language import faults_of_outputs
from .minutes import MOST_LINES, MOST_MINUTES
from .release import student_version
from .source import LANGUAGES


def differences(path: Path, expected: NotebookNode) -> list[str]:
    """Return how the notebook at `path` differs from the expected one; the contents of outputs are not compared."""
    if not path.is_file():
        return ["is missing"]
    try:
        built = nbformat.read(path, as_version=4)
        nbformat.validate(built)
    except Exception as error:  # a damaged file can make nbformat raise any error
        return [f"is not a notebook: {type(error).__name__}: {error}"]
    about = built.metadata.get("descent", {})
    outputs = about.pop("outputs", {})
    reasons = []
    if about.get("hash") != expected.metadata.descent.hash:
        reasons.append("is stale: the chapter text, a reference function or the builder has changed")
    elif built.metadata != expected.metadata or built.nbformat_minor != expected.nbformat_minor:
        reasons.append("has other notebook metadata than the builder writes")
    ids, expected_cells = [cell.id for cell in built.cells], {cell.id: cell for cell in expected.cells}
    reasons += [f'cell "{name}" is missing' for name in expected_cells if name not in ids]
    reasons += [f'cell "{name}" is not in the chapter text' for name in ids if name not in expected_cells]
    if sorted(ids) == sorted(expected_cells) and ids != list(expected_cells):
        reasons.append("its cells stand in another order")
    for cell in (cell for cell in built.cells if cell.id in expected_cells):
        for key in ["cell_type", "source", "metadata", "execution_count"]:
            if cell.get(key) != expected_cells[cell.id].get(key):
                reasons.append(f'cell "{cell.id}": its {key} is not what the chapter text makes it')
        if len(cell.get("outputs", [])) != outputs.get(cell.id, 0):
            counts = f"{len(cell.get('outputs', []))} outputs, was built with {outputs.get(cell.id, 0)}"
            reasons.append(f'cell "{cell.id}" has {counts}')
    return reasons


def notebook_path(root: Path, kind: str, lang: str, chapter: str) -> Path:
    return root / kind / lang / chapter / f"{chapter}.ipynb"


def check(path: Path, root: Path) -> list[str]:
    """Return which notebooks are stale, edited by hand or in the wrong place; nothing is executed or written."""
    reasons = []
    for lang, solution in load(path, root).notebooks.items():
        for kind, expected in {"solutions": solution, "notebooks": student_version(solution)}.items():
            file = notebook_path(root, kind, lang, path.stem)
            reasons += [f"{file.relative_to(root)}: {reason}" for reason in differences(file, expected)]
            reasons += [
                f"{stray.relative_to(root)}: does not belong here, nbgrader would hand it out"
                for stray in sorted(file.parent.glob("*"))
                if stray.name not in (file.name, ".ipynb_checkpoints")
            ]
    return reasons


def build(chapter: Chapter, root: Path, *, force: bool = False) -> tuple[list[Path], list[str]]:
    """Write those of the chapter's four notebooks that differ; return the files written, and notes for the author.

    A solution notebook is executed if its code has changed, or with `force`. Raises CannotBuild, with nothing written.
    """
    name, notes = chapter.path.stem, []
    stale = [
        lang
        for lang, nb in chapter.notebooks.items()
        if force or not reuse_outputs(nb, notebook_path(root, "solutions", lang, name))
    ]
    if stale:
        notes = execute(chapter, stale)
    texts = {}
    for lang, solution in chapter.notebooks.items():
        for kind, nb in {"solutions": solution, "notebooks": student_version(solution)}.items():
            nbformat.validate(nb)
            texts[notebook_path(root, kind, lang, name)] = nbformat.writes(nb) + "\n"
    written = [file for file, text in texts.items() if not file.is_file() or file.read_text("utf-8") != text]
    for file in written:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(texts[file], "utf-8")
    return written, notes


def report(chapter: Chapter) -> str:
    """Return a table of the chapter's sittings, with notes where a sitting exceeds a limit for finished chapters."""
    rows = ["  sitting   words   characters   cells   lines of given code   minutes (en, zh)"]
    for sitting in chapter.sittings:
        minutes = ", ".join(f"{value:.0f}" for value in sitting.minutes.values())
        over = [
            f"{quantity} over {most}"
            for quantity, value, most in [
                ("lines", sitting.lines, MOST_LINES),
                ("minutes", max(sitting.minutes.values()), MOST_MINUTES),
            ]
            if value > most
        ]
        rows.append(
            f"  {sitting.name:7} {sitting.words:7} {sitting.characters:12} {sitting.cells:7} {sitting.lines:21}   "
            f"{minutes:16} {', '.join(over)}".rstrip()
        )
    if not is_finished(chapter.path.stem):
        rows.append("  a draft: autograder/authoring/drafts.py")
    return "\n".join(rows)


def reuse_outputs(nb: NotebookNode, path: Path) -> bool:
    """Copy the outputs of the notebook at `path` if it ran the same code; return True if it did."""
    try:
        built = nbformat.read(path, as_version=4)
        nbformat.validate(built)
    except Exception:  # missing or damaged
        return False
    about = built.metadata.get("descent", {})
    old_cells = [cell for cell in built.cells if cell.cell_type == "code"]
    new_cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    counts = about.get("outputs", {})
    is_same = (
        about.get("builder") == nb.metadata.descent.builder
        and [(cell.id, cell.source) for cell in old_cells] == [(cell.id, cell.source) for cell in new_cells]
        and all(len(cell.outputs) == counts.get(cell.id, 0) for cell in old_cells)
        # a draft that has just been finished: execute it again to report the cells in the wrong language
        and not (
            is_finished(nb.metadata.descent.chapter)
            and any(faults_of_outputs(cell, nb.metadata.descent.lang) for cell in old_cells)
        )
    )
    if is_same:
        for old, new in zip(old_cells, new_cells, strict=True):
            new.outputs = old.outputs
        nb.metadata.descent.outputs = counts
    return is_same


def orphans(root: Path) -> list[str]:
    """Return the built folders that have no chapter text."""
    folders = [
        path
        for kind in ("solutions", "notebooks")
        for lang in LANGUAGES
        for path in (root / kind / lang).glob("*")
        if path.is_dir()
    ]
    return [
        f"{folder.relative_to(root)}: no chapter text solutions/{folder.name}.py; delete the folder"
        for folder in sorted(folders)
        if not (root / "solutions" / f"{folder.name}.py").is_file()
    ]


def chosen(root: Path, chapters: list[str], complaints: list[str]) -> list[Path]:
    """Return the chapter texts named in `chapters` as 03, 03_momentum or a path; all if it is empty."""
    chapter_texts = sorted((root / "solutions").glob("*.py"))
    if not chapter_texts:
        complaints.append(f"there is no chapter text in {root / 'solutions'}")
    for name in chapters:
        if not any(text.stem.startswith(Path(name).stem) for text in chapter_texts):
            complaints.append(f"no chapter {name}; there are: {', '.join(text.stem for text in chapter_texts)}")
    prefixes = tuple(Path(name).stem for name in chapters) or ("",)
    return [text for text in chapter_texts if text.stem.startswith(prefixes)]
