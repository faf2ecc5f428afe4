"""The first cell of every notebook says what to do when `descent` is missing or older than the notebook."""

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.authoring import needs
from autograder.authoring.chapter import load
from descent.needs import LEVEL, at_least

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted((ROOT / "solutions").glob("*.py"))


def run(code: str, *options: str, path: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *options, "-c", code], capture_output=True, text=True, cwd="/", env={"PYTHONPATH": path}
    )
    return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_missing_package_an_old_one_and_a_new_one(tmp_path, lang):
    code = needs.lines(lang)
    assert run(code, "-S") == f"ImportError: {needs.TEXT[lang]}", "missing: no site-packages"
    (tmp_path / "descent").mkdir()
    (tmp_path / "descent" / "__init__.py").touch()
    assert run(code, "-S", path=str(tmp_path)) == f"ImportError: {needs.TEXT[lang]}", "before there was such a module"
    assert (
        run(code.replace(f"({LEVEL})", f"({LEVEL + 1})"), path=str(ROOT / "src")) == f"ImportError: {needs.TEXT[lang]}"
    )
    assert run(code, path=str(ROOT / "src")) == ""


def test_a_level_is_named():
    with pytest.raises(ImportError, match=f"needs level {LEVEL + 3} of descent, and level {LEVEL} is installed"):
        at_least(LEVEL + 3)


@pytest.mark.parametrize("path", CHAPTERS[:1] + CHAPTERS[-1:], ids=lambda path: path.stem)
def test_the_first_code_cell_begins_with_it_in_its_own_language(path):
    for lang, nb in load(path, ROOT).notebooks.items():
        first = next(cell for cell in nb.cells if cell.cell_type == "code")
        assert first.source.startswith(needs.lines(lang)) and first.metadata.nbgrader.locked
        assert sum("descent.needs" in cell.source for cell in nb.cells) == 1
