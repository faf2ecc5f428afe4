"""A class to try the grader on: two dozen submissions of chapter 03, one for each thing that can happen, and of every
other built chapter all right and blank in each language, and one that makes a known mistake in every exercise.

They are made from the notebooks that students get and from the catalogue of known mistakes, always the same,
into build/sample/submitted. The names say what is inside: nobody here is a real student.
"""

import ast
import builtins
import inspect
import json
import shutil
import textwrap
from collections.abc import Callable
from copy import deepcopy
from importlib import import_module
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder import masters
from autograder.coursedir import ROOT, ClassError, ClassFolder
from autograder.masters import Master
from autograder.matching import defined_names, flags, is_answer, is_test
from descent.exercises import table

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
cell_seconds = 5
test_seconds = 10
"""
ANOTHER_WAY = '''
def momentum_step(params, grads, velocity, *, lr, momentum=0.9):
    new = np.array(velocity, dtype=np.asarray(params).dtype)
    new *= momentum
    new += grads
    return np.subtract(params, lr * new).astype(new.dtype), new
'''
ESSAY = """Rolling into the valley the parameter has collected speed from every step before. At the bottom the gradient
is zero but the speed is not, so it climbs the far wall until the gradient there has eaten what was left, and comes back.
With {word} friction it would stop sooner, which is what a smaller momentum does."""
COMMENTS = ("# what is left of the last speed, plus the push of today's slope",
            "# careful: move with the fresh speed, my first try still used the stale one")
NAMES = "finn gwen hugo iris jack kate liam mona nina omar".split()


def make(place: ClassFolder, root: Path = ROOT) -> None:
    """Write the sample class below `place`, anew but only if it is not there already as it would be written.

    Raises ClassError when no chapter has been built.
    """
    names = sorted({path.parent.name for path in (root / "solutions").glob("*/*/*.ipynb")})
    chapters = {name: masters.load(name, root / "solutions", root / "notebooks") for name in names}
    chapters = {name: chapter for name, chapter in chapters.items() if "en" in chapter}
    if not chapters:
        raise ClassError(f"there are no notebooks in {root / 'notebooks' / 'en'}: run `make notebooks`")
    start_over_if_changed(place.path, {name: masters.fingerprint(chapter) for name, chapter in chapters.items()})
    shutil.rmtree(place.path / "submitted", ignore_errors=True)
    for name, chapter in chapters.items():
        known = mistakes_of(chapter["en"])
        made = few_submissions(chapter, known) | (submissions(chapter, known) if name == CHAPTER else {})
        for student, handed_in in sorted(made.items()):
            folder = place.place("submitted", student, name)
            folder.mkdir(parents=True)
            data = handed_in if isinstance(handed_in, bytes) else (nbformat.writes(handed_in) + "\n").encode()
            (folder / f"{name}.ipynb").write_bytes(data)
            (folder / "timestamp.txt").write_text(TOO_LATE if "late" in student else IN_TIME)
    (place.path / "class.toml").write_text(SETTINGS)


def start_over_if_changed(folder: Path, fingerprints: dict[str, str]) -> None:
    """A gradebook belongs to the cells it was made for: when a chapter is another than it was, make a new class. A
    chapter more is no reason."""
    mark = folder / ".chapters"
    known = json.loads(mark.read_text()) if mark.exists() else {}
    if known.items() - fingerprints.items():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps(fingerprints))


def few_submissions(chapter: dict[str, Master], mistakes: dict[str, list[str]]) -> dict[str, NotebookNode]:
    """student -> what they hand in, as for `submissions`: what every chapter must tell apart."""
    done = {}
    for right, blank, lang in (("ada_all_correct", "ben_blank", "en"), ("yun_all_correct_zh", "zhen_blank_zh", "zh")):
        if lang in chapter:
            done[right], done[blank] = answered(chapter[lang]), deepcopy(chapter[lang].released)
    if mistakes:
        first = {exercise: sources[0] for exercise, sources in mistakes.items()}
        done["zeno_mistakes_everywhere"] = answered(chapter["en"], first)
    return done


def submissions(
    chapter: dict[str, Master], mistakes: dict[str, list[str]]
) -> dict[str, NotebookNode | bytes]:
    """student -> what they hand in. mistakes: exercise -> sources of wrong versions, named as the
    exercise."""
    en = chapter["en"]
    exercises = [
        c.id for c in en.released.cells if is_answer(c) and c.cell_type == "code" and c.id in mistakes
    ]
    if not exercises:
        raise ClassError(f"no exercise of {CHAPTER} has a known mistake that can be shown in a notebook")
    first, last = exercises[0], exercises[-1]
    done = {
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
        "wim_correct_in_another_way": answered(
            en, {first: ANOTHER_WAY.strip() if first == "momentum_step" else ""}
        ),
    }
    essay = next((c.id for c in en.released.cells if is_answer(c) and c.cell_type == "markdown"), None)
    for student, word, name in (("olga_essay_like_pavel", "more", "new"), ("pavel_essay_like_olga", "stronger", "speed")):
        if essay:
            done[student] = answered(en, {essay: ESSAY.format(word=word), first: commented(first, name)})
    if len(exercises) > 1:
        done["xena_alias"] = answered(en, {exercises[1]: f"{exercises[1]} = {first}"})
    for name, exercise in zip(NAMES, exercises, strict=False):
        done[f"{name}_mistake_in_{exercise}"] = answered(en, {exercise: mistakes[exercise][0]})
    if "zh" in chapter:
        done["yun_all_correct_zh"] = answered(chapter["zh"])
        done["zhen_blank_zh"] = deepcopy(chapter["zh"].released)
    return done


def answered(master: Master, instead: dict[str, str] | None = None) -> NotebookNode:
    """A student's copy with every answer of the solution, some of them replaced (an empty text: not
    replaced)."""
    nb = deepcopy(master.released)
    for cell in nb.cells:
        if is_answer(cell):
            cell.source = (instead or {}).get(cell.id) or source_of(master, cell.id)
    return nb


def commented(exercise: str, name: str) -> str:
    """ANOTHER_WAY with another name for its variable and the same comments; an empty text for other exercises."""
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
    """The answer with an endless loop as the first thing that the function does."""
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
    """Cells copied in JupyterLab: a new id, the same metadata. Stock nbgrader stops a whole class for
    this."""
    for name in names:
        copy = deepcopy(nb.cells[index(nb, name)])
        copy.id = f"copy-{name}"[:64]
        nb.cells.insert(index(nb, name) + 1, copy)
    return nb


def retagged(nb: NotebookNode, name: str) -> NotebookNode:
    """A test cell that says it is worth more and need not run."""
    cell = nb.cells[index(nb, name)]
    cell.metadata["tags"] = ["skip-execution"]
    flags(cell)["points"] = 100
    return nb


def helper_in_given_cell(nb: NotebookNode, master: Master, name: str) -> NotebookNode:
    """A helper written into a cell of the course, and an answer that needs it."""
    given = next(
        i for i, c in enumerate(nb.cells) if c.cell_type == "code" and not is_answer(c) and not is_test(c)
    )
    nb.cells[given].source += f"\n\ndef my_{name}(*args, **options):\n    return the_rule(*args, **options)"
    rule = source_of(master, name)
    nb.cells[given].source += "\n\n" + rule.replace(f"def {name}(", "def the_rule(", 1)
    nb.cells[index(nb, name)].source = f"{name} = my_{name}"
    return nb


def mistakes_of(master: Master) -> dict[str, list[str]]:
    """exercise of a chapter -> wrong versions as a student would have typed them: those whose source stands on its
    own."""
    found = {}
    for cell in master.released.cells:
        if is_answer(cell) and cell.id in table():
            topic = table()[cell.id][0]
            known = import_module(f"reference.mistakes.{topic}").MISTAKES[cell.id]
            sources = [source for one in known if (source := typed(cell.id, one.function))]
            if sources:
                found[cell.id] = sources
    return found


def typed(name: str, function: Callable) -> str | None:
    """The source of `function` as a definition of `name`, the helpers of ours that it calls inside it; None when it
    cannot be written so."""
    definition, inner = definition_of(function), {}
    if definition is None or not lend(definition, function, inner):
        return None
    definition.name = name
    at = 1 if ast.get_docstring(definition) else 0
    definition.body[at:at] = [statement for _, statement in inner.values()]
    return ast.unparse(definition)


def definition_of(function: Callable) -> ast.FunctionDef | None:
    """A function's definition without its decorators."""
    try:
        definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    if not isinstance(definition, ast.FunctionDef):
        return None
    definition.decorator_list = []
    return definition


def lend(definition: ast.FunctionDef, function: Callable, inner: dict[str, tuple]) -> bool:
    """Put into `inner`, by name, what a definition takes from its module: (the value, the statement that makes it).
    False when something cannot be written as a statement of its own."""
    if function.__closure__:
        return False
    nodes = [n for n in ast.walk(definition) if isinstance(n, ast.Name)]
    bound = {n.id for n in nodes if isinstance(n.ctx, ast.Store)} | set(dir(builtins)) | {"np"}
    bound |= {n.arg for n in ast.walk(definition) if isinstance(n, ast.arg)}
    bound |= {n.name for n in ast.walk(definition) if isinstance(n, ast.FunctionDef) and n is not definition}
    for name in sorted({n.id for n in nodes} - bound):
        value = function.__globals__.get(name)
        if name in inner:
            if inner[name][0] is not value:
                return False
        elif inspect.isfunction(value) and value.__module__.startswith("descent."):
            what = ast.alias(value.__name__, name if name != value.__name__ else None)
            inner[name] = value, ast.ImportFrom(value.__module__, [what], 0)
        elif inspect.isfunction(value):
            helper = definition_of(value)
            if helper is None:
                return False
            helper.name = name
            inner[name] = value, helper
            if not lend(helper, value, inner):
                return False
        elif isinstance(value, int | float | str):
            inner[name] = value, ast.Assign([ast.Name(name, ast.Store())], ast.Constant(value), lineno=0)
        else:
            return False
    return True
