"""What a student gets: everything that the notebooks need, and no answer."""

import ast
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder import ROOT
from autograder.authoring import student_package
from descent.exercises import table
from reference.lookup import reference_function

GIVEN_EARLY: set[tuple[str, str]] = set()  # (answer, chapter) where a chapter shows an answer before it is asked for


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The zip, unpacked; the wheel in it unpacked as well."""
    folder = tmp_path_factory.mktemp("student")
    path = student_package.make(folder)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    root = folder / path.stem
    (wheel,) = root.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "wheel")
    return root


def bodies(text):
    """The statements of every function in a module, without its docstring and `require` lines."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            yield (
                node.name,
                [
                    ast.dump(s)
                    for s in node.body
                    if not (isinstance(s, ast.Expr) and "require" in ast.dump(s))
                    and not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
                ],
            )


def answer_bodies():
    found = {}
    for _, exercise in table().values():
        function = reference_function(exercise)
        for name, body in bodies(Path(sys.modules[function.__module__].__file__).read_text(encoding="utf-8")):
            if name == function.__name__:
                found[name] = body
    return found


def python_in(root):
    """(path, source) of every piece of Python in the package: modules of the wheel, code cells of the notebooks."""
    for path in sorted((root.parent / "wheel").rglob("*.py")):
        yield path, path.read_text(encoding="utf-8")
    for path in sorted(root.rglob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                yield path, "".join(cell["source"])


def test_it_holds_no_answer_before_it_was_asked_for(package):
    """A later chapter gives what an earlier one asked for; nothing else may hold an answer."""
    answers, asked, found = answer_bodies(), {}, []
    assert len(answers) > 50
    for path, source in python_in(package):
        for name, body in bodies(re.sub(r"(?m)^%.*$", "", source)):
            if name in answers and "NotImplementedError" in str(body):
                asked.setdefault(name, set()).add(path.stem)
            elif name in answers and body == answers[name]:
                found.append((name, path))
    assert len(asked) > 50, "the stubs are there"
    for name, path in found:
        if (name, path.stem) in GIVEN_EARLY:
            continue
        given_later = path.suffix == ".ipynb" and (name not in asked or path.stem > min(asked[name]))
        assert given_later, f"{path} holds the answer {name}"
    names = [path.relative_to(package.parent).as_posix() for path in package.parent.rglob("*")]
    assert not [name for name in names if re.search(r"reference|solutions|mistakes|held_out|autograder", name)]


def test_a_planted_answer_is_found(package):
    name, body = next((name, body) for name, body in answer_bodies().items() if name == "momentum_step")
    source = Path(sys.modules["reference.momentum"].__file__).read_text(encoding="utf-8")
    assert (name, body) in list(bodies(source))


def test_notebooks_have_no_outputs_and_no_solution_marks(package):
    for path in package.rglob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert "BEGIN SOLUTION" not in text
        assert not [cell for cell in json.loads(text)["cells"] if cell.get("outputs")]


def test_pins_are_those_of_the_course(package):
    def pins(path):
        return set(re.findall(r"(?m)^([\w.-]+==[^\s;]+)", path.read_text(encoding="utf-8")))

    assert pins(package / student_package.REQUIREMENTS) <= pins(ROOT / "requirements.txt")
    assert {"numpy", "matplotlib", "jupyterlab", "ipykernel"} <= {
        pin.split("==")[0] for pin in pins(package / student_package.REQUIREMENTS)
    }


def test_the_pages_name_the_files_that_are_there(package):
    number = student_package.version()
    for lang in student_package.LANGUAGES:
        text = (package / f"SETUP.{lang}.md").read_text(encoding="utf-8")
        assert "VERSION" not in text and f"descent_course-{number}-py3-none-any.whl" in text
        assert f"{lang}/00_warm_up/00_warm_up.ipynb" in text
        assert (package / "notebooks" / lang / "00_warm_up" / "00_warm_up.ipynb").is_file()
    assert list(package.glob(f"descent_course-{number}-py3-none-any.whl"))


def test_the_same_course_gives_the_same_notebooks_and_pages(package, tmp_path):
    again = student_package.make(tmp_path)
    with zipfile.ZipFile(again) as archive:
        for name in archive.namelist():
            if not name.endswith(".whl"):
                assert archive.read(name) == (package.parent / name).read_bytes()


@pytest.mark.install
def test_a_fresh_environment_runs_a_chapter(package, tmp_path):
    """The commands of the set-up page, then a whole notebook as a student opens it: only stubs may raise."""
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    (wheel,) = package.glob("*.whl")
    subprocess.run(
        [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            package / student_package.REQUIREMENTS,
            wheel,
        ],
        check=True,
    )
    script = (
        "import sys, nbformat; from nbclient import NotebookClient\n"
        "nb = nbformat.read(sys.argv[1], 4)\n"
        "NotebookClient(nb, kernel_name='python3', allow_errors=True, timeout=300).execute()\n"
        "print({o.ename for c in nb.cells if c.cell_type == 'code' for o in c.outputs if o.output_type == 'error'})"
    )
    done = subprocess.run(
        [python, "-c", script, package / "notebooks" / "zh" / "00_warm_up" / "00_warm_up.ipynb"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.strip() in ("{'NotImplementedError'}", "set()"), done.stdout
