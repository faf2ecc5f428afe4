"""A class to try the grader on, written to build/sample/submitted.

Chapter 03 has two dozen submissions, one for each situation that the grader must handle. Every other built chapter has
an all-correct and a blank one in each language, and one with a known mistake in every exercise. They are made from the
student notebooks and the catalogue of known mistakes, always the same. The made-up names say what is inside.
"""

import ast
import json
import shutil
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder import ROOT
from autograder.authoring.typed_mistakes import mistakes_of
from autograder.gradebook.coursedir import ClassError, ClassFolder
from autograder.intake import masters
from autograder.intake.masters import Master
from autograder.intake.roles import flags, is_answer, is_test

CHAPTER = "03_momentum"
DUE = "2026-10-05 23:59:00 UTC"
IN_TIME, TOO_LATE = "2026-10-05 20:15:00 UTC", "2026-10-07 09:30:00 UTC"
SETTINGS = """# The sample class. Every key is optional; see docs/instructors.md.
[due]
03_momentum = 2026-10-05T23:59:00Z

[late]
percent_per_day = 5
grace_minutes = 15
at_most_percent = 25

[limits]
cell_seconds = 4
test_seconds = 10
"""
ANOTHER_WAY = """
def momentum_step(params, grads, velocity, *, lr, momentum=0.9):
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")
    new = np.array(velocity, dtype=np.asarray(params).dtype)
    new *= momentum
    new += grads
    return np.subtract(params, lr * new).astype(new.dtype), new
"""
ESSAY = """Rolling into the valley the parameter has collected speed from every step before. At the bottom the gradient
is zero but the speed is not, so it climbs the far wall until the gradient there has eaten what was left, and comes back.
With {word} friction it would stop sooner, which is what a smaller momentum does."""
COMMENTS = (
    "# what is left of the last speed, plus the push of today's slope",
    "# careful: move with the fresh speed, my first try still used the stale one",
)
NAMES = "finn gwen hugo iris jack kate liam mona nina omar".split()


def make(class_folder: ClassFolder, root: Path = ROOT) -> None:
    """Write the sample class into `class_folder`; its grades are kept if no chapter has changed.

    Raises ClassError if no chapter has been built.
    """
    names = sorted({path.parent.name for path in (root / "solutions").glob("*/*/*.ipynb")})
    chapters = {name: masters.load(name, root / "solutions", root / "notebooks") for name in names}
    chapters = {name: chapter for name, chapter in chapters.items() if "en" in chapter}
    if not chapters:
        raise ClassError(f"there are no notebooks in {root / 'notebooks' / 'en'}: run `make notebooks`")
    start_over_if_changed(class_folder.path, {name: masters.fingerprint(chapter) for name, chapter in chapters.items()})
    shutil.rmtree(class_folder.path / "submitted", ignore_errors=True)
    for name, chapter in chapters.items():
        mistakes = mistakes_of(chapter["en"])
        students = few_submissions(chapter, mistakes) | (submissions(chapter, mistakes) if name == CHAPTER else {})
        for student, handed_in in sorted(students.items()):
            folder = class_folder.place("submitted", student, name)
            folder.mkdir(parents=True)
            data = handed_in if isinstance(handed_in, bytes) else (nbformat.writes(handed_in) + "\n").encode()
            (folder / f"{name}.ipynb").write_bytes(data)
            (folder / "timestamp.txt").write_text(TOO_LATE if "late" in student else IN_TIME)
    (class_folder.path / "class.toml").write_text(SETTINGS)


def start_over_if_changed(folder: Path, fingerprints: dict[str, str]) -> None:
    """Delete the class if a chapter has changed, since its gradebook is about the old cells. An added chapter does not
    matter."""
    record = folder / ".chapters"
    recorded = json.loads(record.read_text()) if record.exists() else {}
    if recorded.items() - fingerprints.items():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(fingerprints))


def few_submissions(chapter: dict[str, Master], mistakes: dict[str, list[str]]) -> dict[str, NotebookNode]:
    """student -> notebook: the submissions that every chapter gets."""
    handed_in = {}
    for right, blank, lang in (("ada_all_correct", "ben_blank", "en"), ("yun_all_correct_zh", "zhen_blank_zh", "zh")):
        if lang in chapter:
            handed_in[right], handed_in[blank] = answered(chapter[lang]), deepcopy(chapter[lang].released)
    if mistakes:
        first_mistakes = {exercise: sources[0] for exercise, sources in mistakes.items()}
        handed_in["zeno_mistakes_everywhere"] = answered(chapter["en"], first_mistakes)
    return handed_in


def submissions(chapter: dict[str, Master], mistakes: dict[str, list[str]]) -> dict[str, NotebookNode | bytes]:
    """student -> notebook, or the bytes of a file that is none. mistakes: exercise -> sources of wrong versions."""
    en = chapter["en"]
    exercises = [c.id for c in en.released.cells if is_answer(c) and c.cell_type == "code" and c.id in mistakes]
    if not exercises:
        raise ClassError(f"no exercise of {CHAPTER} has a known mistake that can be shown in a notebook")
    first, last = exercises[0], exercises[-1]
    handed_in: dict[str, NotebookNode | bytes] = {
        "ada_all_correct": answered(en),
        "ben_blank": deepcopy(en.released),
        "cleo_syntax_error": answered(en, {first: f"def {first}(params, grads\n    return params"}),
        "dora_endless_loop_in_a_function": answered(en, {last: loop(en, last)}),
        "emil_endless_loop_in_a_cell": with_own_cell(answered(en), last, "while True:\n    pass"),
        "pia_kernel_exit": answered(en, {last: source_of(en, last) + "\nimport os\nos._exit(0)"}),
        "quin_deleted_cells": without(answered(en), [last, f"test_{first}"]),
        "rosa_copied_cells": with_copies(answered(en), [first, f"test_{first}"]),
        "sam_changed_metadata": retagged(answered(en), f"test_{first}"),
        "tess_code_in_a_given_cell": helper_in_given_cell(answered(en), en, first),
        "ugo_not_a_notebook": b"Dear teacher, my answers are in the attachment.\n",
        "vera_late": answered(en),
        "wim_correct_in_another_way": answered(en, {first: ANOTHER_WAY.strip() if first == "momentum_step" else ""}),
    }
    essay = next((c.id for c in en.released.cells if is_answer(c) and c.cell_type == "markdown"), None)
    for student, word, name in (
        ("olga_essay_like_pavel", "more", "new"),
        ("pavel_essay_like_olga", "stronger", "speed"),
    ):
        if essay:
            handed_in[student] = answered(en, {essay: ESSAY.format(word=word), first: commented(first, name)})
    if len(exercises) > 1:
        handed_in["xena_alias"] = answered(en, {exercises[1]: f"{exercises[1]} = {first}"})
    for name, exercise in zip(NAMES, exercises, strict=False):
        handed_in[f"{name}_mistake_in_{exercise}"] = answered(en, {exercise: mistakes[exercise][0]})
    if "zh" in chapter:
        handed_in["yun_all_correct_zh"] = answered(chapter["zh"])
        handed_in["zhen_blank_zh"] = deepcopy(chapter["zh"].released)
    return handed_in


def answered(master: Master, answers: dict[str, str] | None = None) -> NotebookNode:
    """The student notebook with the solution's answers. answers: replacements by cell; an empty one is ignored."""
    nb = deepcopy(master.released)
    for cell in nb.cells:
        if is_answer(cell):
            cell.source = (answers or {}).get(cell.id) or source_of(master, cell.id)
    return nb


def commented(exercise: str, name: str) -> str:
    """ANOTHER_WAY with COMMENTS and another name for its variable; empty for other exercises."""
    if exercise != "momentum_step":
        return ""
    lines = ANOTHER_WAY.strip().replace("new", name).split("\n")
    return "\n".join([lines[0], f"    {COMMENTS[0]}", *lines[1:-1], f"    {COMMENTS[1]}", lines[-1]])


def source_of(master: Master, name: str) -> str:
    """The worked answer of a cell, without nbgrader's marks."""
    source = next(c.source for c in master.solution.cells if c.id == name)
    return "\n".join(
        line for line in source.split("\n") if line.strip() not in ("### BEGIN SOLUTION", "### END SOLUTION")
    )


def loop(master: Master, name: str) -> str:
    """The answer with an endless loop at the start of the function."""
    tree = ast.parse(source_of(master, name))
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    function.body.insert(0, ast.parse("while True:\n    pass").body[0])
    return ast.unparse(tree)


def index(nb: NotebookNode, name: str) -> int:
    return next(i for i, cell in enumerate(nb.cells) if cell.id == name)


def with_own_cell(nb: NotebookNode, before: str, source: str) -> NotebookNode:
    nb.cells.insert(index(nb, before), new_code_cell(source, id="mine"))
    return nb


def without(nb: NotebookNode, names: list[str]) -> NotebookNode:
    nb.cells = [cell for cell in nb.cells if cell.id not in names]
    return nb


def with_copies(nb: NotebookNode, names: list[str]) -> NotebookNode:
    """Cells copied in JupyterLab: a new id, the same metadata. Stock nbgrader stops grading the class at one of these."""
    for name in names:
        copy = deepcopy(nb.cells[index(nb, name)])
        copy.id = f"copy-{name}"[:64]
        nb.cells.insert(index(nb, name) + 1, copy)
    return nb


def retagged(nb: NotebookNode, name: str) -> NotebookNode:
    """A test cell whose metadata claims more points and asks to be skipped."""
    cell = nb.cells[index(nb, name)]
    cell.metadata["tags"] = ["skip-execution"]
    flags(cell)["points"] = 100
    return nb


def helper_in_given_cell(nb: NotebookNode, master: Master, name: str) -> NotebookNode:
    """A helper written into a cell of the course, and an answer that uses it."""
    given_index = next(
        i for i, c in enumerate(nb.cells) if c.cell_type == "code" and not is_answer(c) and not is_test(c)
    )
    nb.cells[given_index].source += f"\n\ndef my_{name}(*args, **options):\n    return the_rule(*args, **options)"
    rule = source_of(master, name)
    nb.cells[given_index].source += "\n\n" + rule.replace(f"def {name}(", "def the_rule(", 1)
    nb.cells[index(nb, name)].source = f"{name} = my_{name}"
    return nb
