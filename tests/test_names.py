"""One answer costs its own tests only: what the judge asks for and runs before each test."""

import ast

import nbformat
import pytest
from parked import Parked, answer, code, grade_ids, graded, judge, notebook

from autograder import ROOT
from autograder.judging.names import plan_test, statements
from autograder.sandbox.settings import Settings

SETTINGS = Settings(mark="fake_mark:mark")
SOLUTIONS = sorted((ROOT / "solutions" / "en").glob("*/*.ipynb"))


def plans(nb):
    """{grade_id: the plan of its test}"""
    known = statements(nb.cells)
    return {
        cell.metadata.nbgrader.grade_id: plan_test(nb.cells, index, known=known)
        for index, cell in enumerate(nb.cells)
        if cell.metadata.get("nbgrader", {}).get("grade_id") in grade_ids(nb)
    }


@pytest.mark.parametrize("path", SOLUTIONS, ids=[path.stem for path in SOLUTIONS])
def test_a_test_of_the_course_runs_no_statement_of_another_test(path):
    nb = nbformat.read(path, 4)
    tests = grade_ids(nb)
    known = statements(nb.cells)
    of_tests = {id(statement.node) for statement in known if statement.in_test}
    for index, cell in enumerate(nb.cells):
        if cell.metadata.get("nbgrader", {}).get("grade_id") in tests:
            ran = {id(node) for action, node in plan_test(nb.cells, index, known=known).steps if action == "run"}
            assert not ran & of_tests, cell.metadata.nbgrader.grade_id


@pytest.mark.parametrize("path", SOLUTIONS, ids=[path.stem for path in SOLUTIONS])
def test_a_test_of_the_course_asks_only_for_what_it_names_or_given_code_that_it_uses_needs(path):
    nb = nbformat.read(path, 4)
    answers = {name for statement in statements(nb.cells) if statement.node is None for name in statement.binds}
    for grade_id, plan in plans(nb).items():
        source = next(cell.source for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)
        text = source + "".join(ast.unparse(node) for action, node in plan.steps if action == "run")
        asked = {name for action, name in plan.steps if action == "ask"}
        assert asked <= answers and all(name in text for name in asked), grade_id


# -- chapters as an instructor might write them

HALF, TWICE = "def half(x):\n    return x / 2", "def twice(x):\n    return 2 * x"
PAIRS = {
    "calls of np": (
        "np.testing.assert_allclose(half(np.arange(3.0)), [0, 0.5, 1])",
        "np.testing.assert_allclose(twice(np.arange(3.0)), [0, 2, 4])",
    ),
    "one name bound in both": ("result = half(4)\nassert result == 2", "result = twice(4)\nassert result == 8"),
    "a name changed in both": (
        "seen = []\nseen.append(half(4))\nassert seen == [2]",
        "seen = []\nseen.append(twice(4))\nassert seen == [8]",
    ),
    "a given name changed by a test": (
        "table['half'] = half(4)\nassert table['half'] == 2",
        "assert twice(table['x']) == 2",
    ),
    "the rows of a loop": (
        "for row in [1, 2]:\n    assert half(row) == row / 2",
        "for row in [1, 2]:\n    assert twice(row) == 2 * row",
    ),
    "an attribute of a module": ("np.seen = half(4)\nassert np.seen == 2", "assert twice(np.float64(1)) == 2"),
    "a with statement": (
        "with open('/dev/null') as file:\n    assert half(4) == 2",
        "with open('/dev/null') as file:\n    assert twice(4) == 8",
    ),
    "a comparison": ("got = half(4)\nassert got == 2, got", "def got(x): return twice(x)\nassert got(4) == 8"),
}
BROKEN = {
    "blank": "def half(x):\n    raise NotImplementedError",
    "wrong": "def half(x):\n    return x",
    "raising": "def half(x):\n    return 1 / 0",
    "no function": "half = None",
    "missing": "",
}


def scores(pair, student):
    first, second = PAIRS[pair]
    nb = notebook(
        code("import numpy as np\ntable = {'x': 1}", "setup"),
        answer(HALF, "half"),
        graded(first, "a"),
        answer(TWICE, "twice"),
        graded(second, "b"),
    )
    with Parked("import numpy as np\n" + student, "a", "b") as ran:
        return [verdict.points for verdict in judge(nb, ran, assignment="x", secret="s", settings=SETTINGS)]


@pytest.mark.parametrize("pair", PAIRS)
def test_right_answers_earn_all_points(pair):
    assert scores(pair, HALF + "\n" + TWICE) == [4, 4]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_answer_costs_its_own_test_only(pair, how):
    assert scores(pair, BROKEN[how] + "\n" + TWICE) == [0, 4]


def test_a_helper_of_an_earlier_test_can_be_used():
    nb = notebook(
        code("import numpy as np", "setup"),
        answer(HALF),
        graded("def near(a, b): return np.abs(a - b) < 1e-9\nassert near(half(4), 2)", "a"),
        graded("assert near(half(2), 1)", "b"),
    )
    with Parked(HALF, "a", "b") as ran:
        assert [v.points for v in judge(nb, ran, assignment="x", secret="s", settings=SETTINGS)] == [4, 4]
