"""Each answer alone blank, wrong, raising, no Python or missing costs its own tests, in every chapter and no other test.

What calls a wrong answer is tried with the course's function in its place, so callers keep their points, too.
DESCENT_EVERY_WAY=1 tries every answer in every way; otherwise each answer is tried in one way, in turn.
"""

import ast
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from itertools import cycle

import nbformat
import pytest

from autograder import ROOT
from autograder.authoring.sample_class import answered, source_of
from autograder.grading.job import Job
from autograder.grading.submission import grade
from autograder.intake import masters
from autograder.intake.roles import flags, is_answer, is_test

CHAPTERS = sorted({path.parent.name for path in (ROOT / "solutions" / "en").glob("*/*.ipynb")})
WAYS = {
    "blank": lambda source, stub: stub,
    "wrong": lambda source, stub: "\n".join(f"{name} = lambda *args, **hyper: 'wrong'" for name in defined(source)),
    "raising": lambda source, stub: "raise RuntimeError('before anything is defined')\n" + source,
    "no Python": lambda source, stub: source + "\nthis is (no Python",
    "missing": lambda source, stub: None,
}


def defined(source):
    """The names that a cell defines at its top level."""
    tree = ast.parse(source)
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    named = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return named + [target.id for target in targets if isinstance(target, ast.Name)]


def broken(master, answer, way):
    """A student's notebook in which one answer is broken."""
    nb = answered(master)
    cell = next(cell for cell in nb.cells if cell.id == answer.id)
    stub = next(cell.source for cell in master.released.cells if cell.id == answer.id)
    source = WAYS[way](source_of(master, answer.id), stub)
    if source is None:
        nb.cells.remove(cell)
    else:
        cell.source = source
    return nb


def own_tests(master, answer):
    """The grade_ids of the tests that name what an answer defines."""
    names = set(defined(source_of(master, answer.id)))
    return {
        flags(cell)["grade_id"]
        for cell in master.solution.cells
        if is_test(cell) and names & {n.id for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Name)}
    }


def graded(pool, folder, chapter, notebooks):
    """{name: {grade_id: points of a test}} of notebooks of a chapter."""
    jobs = []
    for number, (name, nb) in enumerate(notebooks.items()):
        place = folder / str(number)
        place.mkdir()
        nbformat.write(nb, place / f"{chapter}.ipynb")
        jobs.append(
            Job(name, chapter, str(place), str(ROOT / "solutions"), str(ROOT / "notebooks"), "s", isolation="none")
        )
    return {result["student"]: result["scores"] for result in pool.map(grade, jobs)}


@pytest.fixture(scope="module")
def pool():
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.mark.filterwarnings("ignore::nbformat.warnings.MissingIDFieldWarning")
@pytest.mark.parametrize("chapter", [name for name in CHAPTERS if name != "07_capstone"])
def test_one_broken_answer_costs_its_own_tests_only(chapter, pool, tmp_path):
    master = masters.load(chapter, ROOT / "solutions", ROOT / "notebooks")["en"]
    answers = [cell for cell in master.solution.cells if is_answer(cell) and cell.cell_type == "code"]
    ways = cycle(WAYS)
    each = lambda: WAYS if os.environ.get("DESCENT_EVERY_WAY") else [next(ways)]  # noqa: E731
    tried = {f"{answer.id} {way}": (answer, way) for answer in answers for way in each()}
    notebooks = {"all right": answered(master)} | {name: broken(master, *one) for name, one in tried.items()}
    points = graded(pool, tmp_path, chapter, deepcopy(notebooks))
    full = {flags(cell)["grade_id"]: flags(cell)["points"] for cell in master.solution.cells if is_test(cell)}
    assert {test: points["all right"][test] for test in full} == full
    for name, (answer, _) in tried.items():
        own = own_tests(master, answer)
        lost = {test for test in full if points[name][test] < full[test]}
        assert lost <= own, f"{name}: {sorted(lost - own)} lost points, too"
        assert lost or not own, f"{name} costs nothing"
