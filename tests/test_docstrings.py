"""The Chinese docstring of an exercise describes what the English one does, and goes stale with it."""

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

from autograder.authoring.chapter import load
from autograder.authoring.docstrings import digest
from autograder.authoring.source import CannotBuild

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = """Take one step.

    x <- x - lr * g

params (x), grads (g): arrays of shape (N, D), not changed.
Returns (new params, num_seen) after at most 10,000 rows, in `float32`.
Raises ValueError unless lr >= 0.

>>> step(1.0, 2.0, lr=0.5)
(0.0, 1)"""
CHINESE = """走一步。

    x <- x - lr * g

params（x）、grads（g）：形状为 (N, D) 的数组，不得改动。
返回 (新的 params, num_seen)，最多 10 000 行，类型为 `float32`。
若 lr < 0，抛出 ValueError。

>>> step(1.0, 2.0, lr=0.5)
(0.0, 1)"""
HINTS = "<details><summary>Hint 1</summary><details><summary>Hint 2</summary><details><summary>Hint 3</summary>"


def commented(text):
    return "\n".join(f"# {line}".rstrip() for line in text.split("\n"))


def chapter(cells, points=100):
    return f"""
# %% [markdown] lang="en" sitting="A"
# ### Step, 2 minutes {HINTS}
# %% [markdown] lang="zh"
# ### 一步，2 分钟 {HINTS.replace("Hint", "提示")}

# %% role="setup" id="setup"
import numpy as np

{cells}

# %% role="answer" id="step"
from reference.mini import step

# %% role="tests" id="test_step" points={points}
assert step
"""


def chinese(text=CHINESE, of="step", twin=digest(ENGLISH)):
    keys = f'role="docstring" of="{of}" lang="zh"' + (f' twin="{twin}"' if twin else "")
    return f"# %% [markdown] {keys}\n{commented(text)}\n"


@pytest.fixture
def build(tmp_path):
    """build(cells) loads a finished chapter with these docstring cells and returns its Chinese answer cell."""
    (tmp_path / "src" / "reference").mkdir(parents=True)
    indented = ENGLISH.replace("\n", "\n    ").replace("\n    \n", "\n\n")
    (tmp_path / "src" / "reference" / "mini.py").write_text(
        f'def step(params, grads, *, lr):\n    """{indented}\n    """\n    return params - lr * grads, 1\n\n\n'
        'class Counter:\n    """Count."""\n\n    def update(self, x):\n        """Add x."""\n        self.n = x\n'
    )

    def load_text(cells, **options):
        path = tmp_path / "09_mini.py"
        path.write_text(chapter(cells, **options), "utf-8")
        loaded = load(path, tmp_path)
        return {lang: {cell.id: cell.source for cell in nb.cells} for lang, nb in loaded.notebooks.items()}

    return load_text


def test_each_notebook_has_the_docstring_of_its_language(build):
    cells = build(chinese())
    assert '    """走一步。\n\n        x <- x - lr * g\n' in cells["zh"]["step"] and "走" not in cells["en"]["step"]
    assert '    """Take one step.\n' in cells["en"]["step"]
    assert (
        cells["zh"]["step"].replace("\n", "").split('"""')[2] == cells["en"]["step"].replace("\n", "").split('"""')[2]
    )
    assert not any("docstring" in source for source in cells["zh"].values())


def test_an_english_docstring_may_stand_beside_it_if_it_is_the_references(build):
    english = f'# %% [markdown] role="docstring" of="step" lang="en"\n{commented(ENGLISH)}\n'
    build(english + chinese())
    with pytest.raises(CannotBuild, match="is not the docstring of step in src/reference"):
        build(english.replace("one step", "a step") + chinese())


WRONG = {
    "a stale twin": (chinese(twin="12345678"), f'then write twin="{digest(ENGLISH)}"'),
    "no twin": (chinese(twin=None), f'then write twin="{digest(ENGLISH)}"'),
    "no Chinese docstring": ("", f'add a cell .* of="step" lang="zh" twin="{digest(ENGLISH)}"'),
    "another example": (chinese(CHINESE.replace("(0.0, 1)", "(0.5, 1)")), "the examples differ"),
    "an example less": (chinese(CHINESE.split("\n\n>>>")[0]), "the examples differ"),
    "another number": (chinese(CHINESE.replace("lr < 0", "lr < 1")), r"the numbers differ .* missing \['0'\], extra \['1'\]"),
    "another name": (chinese(CHINESE.replace("num_seen", "num_rows")), r"the names differ .* missing \['num_seen'\]"),
    "code that is not there": (chinese(CHINESE.replace("`float32`", "float32")), r"the names differ .* \['float32'\]"),
    "an argument not described": (chinese(CHINESE.replace("、grads（g）", "")), r"the names differ .* missing \['grads'\]"),
    "another shape": (chinese(CHINESE.replace("(N, D)", "(D, N)")), "the shapes differ"),
    "an error not named": (chinese(CHINESE.replace("抛出 ValueError", "是错误 ValueError")), "the 'Raises' differ"),
    "another error": (chinese(CHINESE.replace("ValueError", "TypeError")), "the names differ"),
    "the docstring of nothing": (chinese() + chinese(of="leap"), "no answer or given cell imports leap from reference"),
    "twice": (chinese() + chinese(), "a second docstring of step in the same language"),
    "without of": (chinese().replace(' of="step"', ""), "a docstring says whose it is"),
    "English in it": (chinese(CHINESE.replace("走一步", "This is one step of it, no more")), "English in the Chinese notebook"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_refused_with_its_reason(build, name):
    cells, reason = WRONG[name]
    with pytest.raises(CannotBuild) as refused:
        build(cells)
    assert re.search(reason, str(refused.value)), refused.value


def test_a_chapter_that_is_a_draft_may_go_without(build, monkeypatch):
    monkeypatch.setattr("autograder.authoring.drafts.DRAFTS", {"09_mini"})
    cells = build("")
    assert cells["zh"]["step"] == cells["en"]["step"]


def test_an_exercise_of_an_earlier_chapter_has_the_docstring_that_stands_there(build, tmp_path):
    (tmp_path / "04_earlier.py").write_text(chapter(chinese()), "utf-8")
    assert '"""走一步。' in build("")["zh"]["step"]
    assert '"""另走一步。' in build(chinese(CHINESE.replace("走一步", "另走一步")))["zh"]["step"]  # its own comes first
    (tmp_path / "04_earlier.py").write_text(chapter(chinese(twin="12345678")), "utf-8")
    with pytest.raises(CannotBuild, match=f'then write twin="{digest(ENGLISH)}"'):
        build("")
    (tmp_path / "04_earlier.py").rename(tmp_path / "10_later.py")
    with pytest.raises(CannotBuild, match="no Chinese docstring"):
        build("")


def test_a_function_taught_earlier_points_to_its_chapter(build):
    given = '# %% role="given" id="counter" taught="04"\nfrom reference.mini import Counter\n\n'
    cells = build(given + chinese())
    for lang, sentence in (("en", "See chapter 04."), ("zh", "见 04 章。")):
        source = cells[lang]["counter"]
        assert source.count(f'"""{sentence}"""') == 2 and "self.n = x" in source and "Count." not in source
    for wrong in (given.replace('"04"', '"4"'), given.replace('role="given"', 'role="setup"')):
        with pytest.raises(CannotBuild, match="taught ="):
            build(wrong + chinese())


def test_todo_stands_for_a_docstring_that_somebody_else_translates(build):
    assert '"""zh: TODO"""' in build(chinese("zh: TODO"))["zh"]["step"]


def test_methods_have_docstrings_of_their_own(build):
    counter = '\n# %% role="given" id="Counter"\nfrom reference.mini import Counter\n'
    with pytest.raises(CannotBuild, match='of="Counter.update"') as refused:
        build(chinese() + counter)
    assert f'of="Counter" lang="zh" twin="{digest("Count.")}"' in str(refused.value)
    both = chinese("计数。", "Counter", digest("Count.")) + chinese("加上 x。", "Counter.update", digest("Add x."))
    source = build(chinese() + both + counter)["zh"]["Counter"]
    assert source.startswith('class Counter:\n    """计数。"""\n\n    def update(self, x):\n        """加上 x。"""\n')


def test_a_backslash_makes_it_a_raw_string(build):
    assert 'r"""走一步 \\frac。' in build(chinese(CHINESE.replace("走一步", "走一步 \\frac")))["zh"]["step"]


def examples():
    """The worked calls of every module of src/reference."""
    modules = [path.stem for path in sorted((ROOT / "src" / "reference").glob("*.py")) if path.stem != "__init__"]
    found = [one for name in modules for one in doctest.DocTestFinder().find(import_module(f"reference.{name}"), name)]
    return [pytest.param(one, id=one.name) for one in found if one.examples]


@pytest.mark.parametrize("example", examples())
def test_a_worked_call_gives_what_the_docstring_says(example):
    """The Chinese docstring has the same calls: the builder sees to that."""
    report = []
    runner = doctest.DocTestRunner()
    runner.run(example, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)


def test_a_wrong_worked_call_would_be_seen():
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert doctest.DocTestRunner().run(wrong, out=lambda text: None).failed == 1
