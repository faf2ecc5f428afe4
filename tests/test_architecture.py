"""The folder tells who may see what: imports run one way, and `descent` holds no answer to an exercise."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

from descent.exercises import table
from reference.lookup import reference_function

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {
    "descent": ROOT / "src" / "descent",
    "reference": ROOT / "src" / "reference",
    "autograder": ROOT / "autograder",
    "bench": ROOT / "bench",
}
SUBJECT = {"descent", "reference"}  # what is taught and what judges it
# A room is a package of the grader, or one of the other packages. Doors are the modules beside the rooms.
MAY_IMPORT = {
    "descent": set(),
    "reference": {"descent"},
    "wire": set(),
    "inside": {"wire", "descent"},
    "intake": {"descent"},
    "sandbox": {"wire"},
    "judging": {"intake", "sandbox", "wire", "inside", *SUBJECT},
    "gradebook": {"intake", "descent"},
    "classroom": {"gradebook", "intake"},
    "grading": {"gradebook", "judging", "sandbox", "intake", "descent"},
    "pages": {"classroom", "grading", "gradebook", "intake", "descent"},
    "authoring": {"pages", "grading", "gradebook", "judging", "sandbox", "intake", *SUBJECT},
    "door": {"authoring", "pages", "classroom", "grading", "gradebook", "judging", "sandbox", "intake", *SUBJECT},
    "bench": {"door", "authoring", "pages", "grading", "gradebook", "judging", "sandbox", "intake", "wire", *SUBJECT},
}
MADE_BY_US = re.compile(
    r"/home/(student|grader|jovyan)"
)  # accounts that docs/hub.md and deploy/ make, and of a public image
COPIED = ("wire", "inside")  # whole folders that a student's kernel receives
FIGURES = {"matplotlib", "mpl_toolkits", "cycler", "PIL"}  # Matplotlib and its own; inside functions, see test_plots.py


def dotted(path):
    parts = path.relative_to(ROOT / "src" if path.is_relative_to(ROOT / "src") else ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources():
    """{dotted name: path} of every module of the repository's packages."""
    return {dotted(path): path for folder in SOURCES.values() for path in sorted(folder.rglob("*.py"))}


def room(module):
    """The room that a module stands in."""
    first, *rest = module.split(".")
    if first != "autograder":
        return first
    return rest[0] if rest and (ROOT / "autograder" / rest[0]).is_dir() else "door"


def imports(module, path, known):
    """(dotted name of a module of ours, line) for every import in a module, wherever it stands."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    skipped = {id(inner) for node in for_types for inner in ast.walk(node)}  # nothing is imported when the program runs
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parts, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names]
        yield from ((name, node.lineno) for name in names if name in known)


def test_every_package_is_a_room_of_the_table():
    assert {room(module) for module in sources()} == set(MAY_IMPORT)


def test_every_room_says_what_it_is():
    """What comes in, what goes out, what it may import, what it must never do."""
    for name in MAY_IMPORT.keys() - {"door", "descent", "reference", "bench"}:
        text = ast.get_docstring(ast.parse((ROOT / "autograder" / name / "__init__.py").read_text(encoding="utf-8")))
        missing = [word for word in ("In:", "Out:", "Imports:", "Never:") if word not in (text or "")]
        assert not missing, f"autograder/{name}/__init__.py: its docstring says nothing under {missing}"


def test_rooms_import_only_what_the_table_allows():
    known = sources()
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {room(module)} may not import {name}"
        for module, path in known.items()
        for name, line in imports(module, path, known)
        if name != "autograder" and room(name) not in MAY_IMPORT[room(module)] | {room(module)}
    ]
    assert not wrong, "\n".join(wrong)


def test_no_circle_of_imports():
    """Not between rooms, and not between the modules of one (a package's own __init__ does not count)."""
    known = sources()
    graph = {
        module: {
            name for name, _ in imports(module, path, known) if name != module and not module.startswith(name + ".")
        }
        for module, path in known.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_what_is_copied_beside_the_student_uses_relative_imports_only():
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for folder in COPIED
        for path in sorted((ROOT / "autograder" / folder).glob("*.py"))
        for name in imported(path)
        if name in ("autograder", "reference")
    ]
    assert not wrong


def modules(package):
    return sorted(SOURCES[package].rglob("*.py"))


def imported(path):
    """Top-level names of the packages a module imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


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
        found = [
            node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == attribute
        ]
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
    done = subprocess.run(
        ["git", "grep", "-nIE", r"(/home/[a-z]+/|/Users/[A-Za-z]+/|C:\\Users)", "--", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    lines = [
        line
        for line in done.stdout.splitlines()
        if "tests/test_architecture.py" not in line and not MADE_BY_US.search(line)
    ]
    assert not lines
