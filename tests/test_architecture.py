"""The folder tells who may see what: imports run one way, and `descent` holds no answer to an exercise."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from autograder.keys import reference_function
from descent.exercises import table

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"descent": ROOT / "src" / "descent", "reference": ROOT / "src" / "reference",
            "autograder": ROOT / "autograder"}
MAY_IMPORT = {"descent": {"descent"}, "reference": {"descent", "reference"},
              "autograder": {"descent", "reference", "autograder"}}
FIGURES = {"matplotlib", "mpl_toolkits", "cycler", "PIL"}  # Matplotlib and its own; inside functions, see test_plots.py


def modules(package):
    return sorted(PACKAGES[package].rglob("*.py"))


def imported(path):
    """Top-level names of the packages a module imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_one_way(package):
    ours = set(PACKAGES) - MAY_IMPORT[package]
    wrong = [(path.relative_to(ROOT), name) for path in modules(package) for name in imported(path) if name in ours]
    assert not wrong, f"{package} may import only {sorted(MAY_IMPORT[package])} of ours: {wrong}"


def test_what_runs_beside_the_student_imports_nothing_of_the_grader():
    """inside/ is read by the student's process: it may import the standard library and what a student has."""
    wrong = [(path.name, name) for path in sorted((ROOT / "autograder" / "inside").glob("*.py"))
             for name in imported(path) if name in ("autograder", "reference")]
    assert not wrong


def test_descent_needs_numpy_only():
    """It runs in a browser kernel: no thread, process or signal, nothing but NumPy (IPython inside functions)."""
    allowed = set(sys.stdlib_module_names) - {"threading", "subprocess", "signal", "multiprocessing", "asyncio"}
    wrong = []
    for path in modules("descent"):
        extra = {"numpy", "descent", "IPython"} | (FIGURES if path.parent.name == "figures" else set())
        wrong += [(path.relative_to(ROOT), name) for name in imported(path) if name not in allowed | extra]
    assert not wrong


def test_check_starts_without_ipython_and_matplotlib():
    code = "import sys, descent.check; print([n for n in ('IPython', 'matplotlib') if n in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert out.stdout.strip() == "[]"


def test_reference_cannot_be_imported_where_students_run():
    for name in ("reference", "autograder"):
        done = subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True, text=True, cwd="/")
        assert "ModuleNotFoundError" in done.stderr, f"{name} is importable in the installed environment"


def body(function):
    """A function's statements without its docstring, names as written: what two copies would share."""
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    return [ast.dump(one) for one in statements]


def test_no_answer_can_be_imported_from_descent():
    answers = {}
    for name, (_, exercise) in table().items():
        module, attribute = exercise.reference.rsplit(".", 1)
        tree = ast.parse(Path(import_module(f"reference.{module}").__file__).read_text(encoding="utf-8"))
        found = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))
                 and node.name == attribute]
        assert len(found) == 1 and callable(reference_function(exercise)), f"{exercise.reference} is not one function"
        answers[name] = body(found[0])
    for path in modules("descent"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                assert node.name not in answers, f"{path.name} defines {node.name}, which is an exercise"
                same = [name for name, statements in answers.items() if body(node) == statements]
                assert not same, f"{path.name}: {node.name} is the answer of {same}"


def test_nothing_of_one_machine_in_the_tree():
    """No path of somebody's machine in any text of the project."""
    done = subprocess.run(["git", "grep", "-nIE", r"(/home/[a-z]+/|/Users/[A-Za-z]+/|C:\\Users)", "--", "."],
                          cwd=ROOT, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if "tests/test_architecture.py" not in line
             and "/home/student" not in line]
    assert not lines
