"""Every reference function is held against something that it was not made from: numbers of others, or a law.

Three kinds count, in any test file:
- golden: a test compares it with a file of tests/golden, which stands beside the script that made it;
- law: hypothesis draws inputs (@given) and something must hold for all of them;
- what LAWS names: a law on chosen inputs, or published numbers.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

from descent.exercises import table

TESTS = Path(__file__).parent
NAMES = list(table())
LAWS = {  # function: the test, and what it holds
    "expose_adam_bugs": (
        "test_broken_adams.py",
        "test_the_reference_shows_each_bug_alone_for_all_settings_it_promises",
    ),
    "crop": ("test_reference_augmentation.py", "test_crop"),  # it is slicing
    "random_shift": ("test_reference_augmentation.py", "test_random_shift_uses_the_draw_of_its_contract"),
    "classify_critical_point": ("test_reference_curvature.py", "test_the_kind_does_not_depend_on_the_axes"),
    "perturbed_gradient_descent": (
        "test_reference_curvature.py",
        "test_far_from_critical_points_it_is_gradient_descent",
    ),
    "gradient_check": ("test_reference_gradient_check.py", "test_a_planted_bug_is_named_and_nothing_else"),
    "scaled_lr": ("test_reference_gradient_descent.py", "test_scaled_lr"),  # there and back
    "sgd": ("test_reference_gradient_descent.py", "test_sgd_is_mini_batches_of_one"),
    "rnn_state_gradients": ("test_reference_rnn.py", "test_each_step_by_itself"),
    "rnn_gradient": (
        "test_reference_rnn.py",
        "test_each_step_by_itself",
    ),  # PyTorch's numbers hold for the two together
    "center_columns": ("test_reference_warmup.py", "test_column_means_become_zero_and_differences_of_rows_stay"),
}
WHAT_TO_ADD = """{name} has no outside oracle. Add one of these to tests/test_reference_{topic}.py:
- the answers of a library: tests/golden/{topic}.py writes them to tests/golden/{topic}.npz, and a test compares {name} with them;
- a law: a test with @given that holds for all inputs, such as "{name} at its end point gives ...";
- published numbers or a law on chosen inputs: then enter the test under LAWS in tests/test_oracles.py."""


def names_in(node):
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return names | {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}


@cache
def in_file(file):
    """{test: (names it uses, "golden", "law" or None)}; what a table or helper that it uses mentions counts as used."""
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    defined, golden = {}, set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined[node.name] = names_in(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for name in names_in(target):
                    defined[name] = names_in(node) - {name}
                    golden |= {name} if '"golden"' in ast.unparse(node).replace("'", '"') else set()
    found = {}
    for test in (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")):
        used, new = set(), names_in(test)
        while new:
            used |= new
            new = set().union(*(defined.get(name, set()) for name in new)) - used
        drawn = any("given" in names_in(decorator) for decorator in test.decorator_list)
        found[test.name] = used, "golden" if used & golden else "law" if drawn else None
    return found


def oracles(function):
    """The tests that hold a reference function against golden vectors or a law."""
    found = [test for path in sorted(TESTS.glob("test_*.py")) for test, (used, kind) in in_file(path.name).items()
             if kind and function in used]  # fmt: skip
    file, test = LAWS.get(function, (None, None))
    return found + [test] if file and function in in_file(file)[test][0] else found


@pytest.mark.parametrize("name", NAMES)
def test_a_reference_function_has_an_outside_oracle(name):
    module, function = table()[name][1].reference.rsplit(".", 1)
    assert oracles(function), WHAT_TO_ADD.format(name=function, topic=module.split(".")[-1])


@pytest.mark.parametrize("function", LAWS)
def test_the_laws_that_are_named_exist_and_are_needed(function):
    file, test = LAWS[function]
    assert function in in_file(file).get(test, [set()])[0], f"{file} has no {test} that uses {function}"
    without = [other for path in TESTS.glob("test_*.py") for other, (used, kind) in in_file(path.name).items()
               if kind and function in used]  # fmt: skip
    assert not without, f"{function} is also held by {without[0]}: delete its line under LAWS"


def test_a_function_that_no_test_holds_would_be_found():
    assert oracles("no_such_function") == [] and oracles("momentum_step")
    assert "tests/golden/arithmetic.npz" in WHAT_TO_ADD.format(name="halve", topic="arithmetic")
