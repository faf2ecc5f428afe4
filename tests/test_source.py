"""Every rule for a chapter text, broken once: the refusal names file, line, cell, fault and cure."""

import re
import textwrap
from pathlib import Path

import nbformat
import pytest

from autograder.authoring import drafts
from autograder.authoring.chapter import load
from autograder.authoring.rules import KEYS, ROLES
from autograder.authoring.source import CannotBuild

ROOT = Path(__file__).resolve().parents[1]

MODULE = '''
from descent.hyper import require
from descent.say import tr

SCALE = 2


def step(params, grads, *, lr=0.1):
    """Return params - lr * grads."""
    require(lr >= 0, "lr", lr, "a number >= 0")

    # only the worked solution tells this
    return params - lr * grads


def bare(x):
    # a comment above the first statement is part of the solution
    @staticmethod
    def inner():
        return x
    return inner


def scaled(x):
    """Return SCALE * x."""
    return SCALE * x


def twice(x):
    return step(x, x)


def spoken(x):
    """Return x."""
    require(x >= 0, "x", x, tr("a number >= 0", "大于或等于 0 的数"))
    #| nothing to do | 什么也不用做
    return x


def one_line(x): return x


def nothing(x):
    """Only a docstring."""


class Counter:
    """Counts up to `limit`."""

    kind = "up"

    def __init__(self, limit):
        require(limit > 0, "limit", limit, "a number > 0")

    def update(self, x):
        self.count = x
        return self.count
'''
SETUP = """
# %% role="setup" id="setup"
from descent.hyper import require
"""
ANSWER = """
# %% role="answer" id="step"
from reference.mini import step
"""
TESTS = """
# %% role="tests" id="test_step" points=100
assert step(1.0, 1.0) == 0.9
"""
GOOD = SETUP + ANSWER + TESTS


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """chapter(text) loads a chapter with that text, beside src/reference/mini.py. It is a draft."""
    monkeypatch.setattr(drafts, "DRAFTS", {"09_mini"})
    reference = tmp_path / "src" / "reference"
    reference.mkdir(parents=True)
    (reference / "mini.py").write_text(MODULE)
    (tmp_path / "solutions").mkdir()

    def load_text(text, name="09_mini.py"):
        path = tmp_path / "solutions" / name
        path.write_text(text)
        return load(path, tmp_path)

    return load_text


def prose(en="Text.", zh="文字。", keys=""):
    return f'\n# %% [markdown] lang="en" {keys}\n# {en}\n\n# %% [markdown] lang="zh" {keys}\n# {zh}\n'


def essay(keys='role="essay" id="why" points=10'):
    return prose("Why?", "为什么？", keys)


MODEL = prose("Because.", "因为。", 'role="model" id="why"')
GOOD_90 = GOOD.replace("points=100", "points=90")
PREDICTION = """
# %% role="answer" id="prediction_race"
prediction_race = None  # "a" or "b"
### BEGIN SOLUTION
prediction_race = "b"
### END SOLUTION

# %% role="tests" id="test_predictions" points=10 of="prediction_race"
assert prediction_race in ("a", "b")
"""


REFUSED = {
    # cells one by one
    "a raw cell": (GOOD + "\n# %% [raw]\n# x\n", "raw cell: a raw cell; only code and markdown are built"),
    "an unknown key": (
        GOOD + '\n# %% colour="red"\nx = 1\n',
        "code cell: unknown key colour = 'red'; code knows hidden, id, minutes, nbval, of, points, role",
    ),
    "a code cell with lang": (
        GOOD + '\n# %% lang="en"\nx = 1\n',
        "code cell: code has no lang: it is the same in both",
    ),
    "an unknown role of code": (
        GOOD + '\n# %% role="exercise"\nx = 1\n',
        "exercise cell: unknown role 'exercise'; code knows answer, experiment, given, practice, setup, t",
    ),
    "an unknown role of markdown": (
        GOOD + prose(keys='role="tests"'),
        "tests cell: unknown role 'tests'; markdown knows docstring, essay, model",
    ),
    "markdown without lang": (
        GOOD + "\n# %% [markdown]\n# Text\n",
        'markdown cell: lang = None: a markdown cell says lang="en" or',
    ),
    "an empty cell": (GOOD + "\n# %%\n\n# %%\nx = 1\n", "code cell: the cell is empty"),
    "a role without id": (GOOD + '\n# %% role="setup"\nx = 1\n', "setup cell: role setup needs an id"),
    "an id that nbgrader refuses": (
        GOOD + '\n# %% id="my step"\nx = 1\n',
        "code cell \"my step\": id = 'my step': nbgrader takes letters",
    ),
    "an id too long for a notebook": (GOOD + f'\n# %% id="{"x" * 57}"\nx = 1\n', "at most 56"),
    "points on the wrong role": (
        GOOD + '\n# %% role="experiment" points=3\nx = 1\n',
        "points = 3: only tests and essays carry points",
    ),
    "points of zero": (
        GOOD.replace("=100", "=0"),
        'tests cell "test_step": points = 0: must be a number > 0',
    ),
    "negative points": (GOOD.replace("=100", "=-4"), "points = -4: must be a number > 0"),
    "points as text": (GOOD.replace("=100", '="4"'), "points = '4': must be a number > 0"),
    "of on the wrong role": (
        GOOD + '\n# %% of="step"\nx = 1\n',
        "of = 'step': only a tests, practice or docstring cell says",
    ),
    "an empty of": (GOOD.replace("points", 'of="" points'), "of = '': must be ids of answers"),
    "an unknown nbval": (
        GOOD + '\n# %% nbval="yes"\nx = 1\n',
        "nbval = 'yes': must be \"check\" (compare this output)",
    ),
    "a magic": (GOOD + "\n# %%\n# %matplotlib inline\n", "not Python: invalid syntax in its line 1"),
    "a star import": (GOOD + "\n# %%\nfrom numpy import *\n", "imports *: name what is imported"),
    "text before the first cell": ("x = 1\n" + GOOD, "code cell: does not begin with a '# %%' line"),
    "a marker inside a string": (
        GOOD + '\n# %%\nx = """\n# %% new\n"""\n',
        "code cell: a line inside it begins with '# %%' but starts no cell",
    ),
    # the two languages
    "English without Chinese": (
        GOOD + '\n# %% [markdown] lang="en"\n# Text\n',
        "English text without its Chinese twin directly after it",
    ),
    "English before code": (
        GOOD + '\n# %% [markdown] lang="en"\n# Text\n\n# %%\nx = 1\n',
        "English text without its Chinese twin",
    ),
    "Chinese without English": (
        GOOD + '\n# %% [markdown] lang="zh"\n# 文字\n',
        "Chinese text without its English twin directly before it",
    ),
    "Chinese twice": (
        GOOD + prose() + '\n# %% [markdown] lang="zh"\n# 文字\n',
        "Chinese text without its English twin",
    ),
    "twins that differ": (
        GOOD + prose(keys='sitting="A"').replace('"zh" sitting="A"', '"zh" sitting="B"'),
        "sitting = 'B', but its English twin has 'A'",
    ),
    # ids
    "two cells with one id": (
        GOOD + '\n# %% id="setup"\nx = 1\n',
        "code cell \"setup\": two cells with the id 'setup'",
    ),
    "an id that an essay's prompt takes": (
        GOOD_90 + essay() + MODEL + '\n# %% id="why-prompt"\nx = 1\n',
        "the id why-prompt is another cell's",
    ),
    # essays
    "an essay without model": (
        GOOD_90 + essay(),
        'essay cell "why": an essay without model: role="model" id="why" must come right after',
    ),
    "an essay whose model stands elsewhere": (GOOD_90 + essay() + prose() + MODEL, "an essay without model"),
    "a model without essay": (
        GOOD + MODEL,
        'model cell "why": a model without essay: role="essay" id="why" must',
    ),
    # points
    "a test without points": (
        GOOD.replace(" points=100", ""),
        'tests cell "test_step": points are missing, as in points=4',
    ),
    "an essay without points": (
        GOOD + essay('role="essay" id="why"') + MODEL,
        'essay cell "why": points are missing',
    ),
    "points that do not add to 100": (
        GOOD_90,
        "solutions/09_mini.py: the points add to 90 and must add to 100: test_step 90",
    ),
    # placeholders
    "an unknown placeholder": (
        GOOD + prose("{{points:B}} points", "{{points:B}} 分"),
        "placeholder {{points:B}} unknown; known are points, points:step, points:test_step",
    ),
    "an unknown placeholder in Chinese only": (
        GOOD + prose("x", "{{total}}"),
        "placeholder {{total}} unknown",
    ),
    "an unknown placeholder in code": (
        GOOD + '\n# %%\nx = "{{points}}"\n',
        "placeholder {{points}} unknown; known are lang",
    ),
    # answers and their tests
    "a tests cell before its answer": (
        SETUP + TESTS + ANSWER,
        'tests cell "test_step": no answer "step" before it (call it test_ANSWER, or say',
    ),
    "a tests cell of nothing": (
        GOOD_90 + PREDICTION.replace(' of="prediction_race"', ""),
        'no answer "predictions" before it',
    ),
    "a tests cell that tests something else": (
        GOOD.replace("assert step(1.0, 1.0) == 0.9", "assert True"),
        'never uses the answer "step" that it is to test',
    ),
    "an answer without tests": (
        GOOD + '\n# %% role="answer" id="twice"\nfrom reference.mini import twice\n',
        'answer cell "twice": an answer without tests: add role="tests" id="test_twice"',
    ),
    "an answer that does not define its id": (
        GOOD.replace("import step", "import twice, step").replace('id="step"', 'id="stride"'),
        'answer cell "stride": defines step, twice and not stride',
    ),
    "an answer without solution marks": (
        GOOD_90 + PREDICTION.replace("### BEGIN SOLUTION\n", ""),
        "needs the lines '### BEGIN SOLUTION' and",
    ),
    "solution marks in the wrong order": (
        GOOD_90 + PREDICTION.replace("BEGIN", "x").replace("END", "BEGIN").replace("x SOL", "END SOL"),
        "needs the lines",
    ),
    "a mark that is not alone on its line": (
        GOOD_90 + PREDICTION.replace("### BEGIN", "# BEGIN"),
        "needs the lines",
    ),
    "an answer whose rest is not Python": (
        GOOD_90
        + PREDICTION.replace("### BEGIN", "if True:\n### BEGIN")
        .replace('"b"\n', '"b"\n', 1)
        .replace('prediction_race = "b"', '    prediction_race = "b"'),
        "without the marked lines it is not Python",
    ),
    "solution marks outside of an answer": (
        GOOD + "\n# %%\nx = None\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n",
        "solution marks outside of an answer",
    ),
    # names
    "a module's constant as free name": (
        GOOD + '\n# %% role="given" id="scaled"\nfrom reference.mini import scaled\n',
        'given cell "scaled": the free name SCALE: a student does not have it here; make it an argument',
    ),
    "a function that is asked for later": (
        SETUP + '\n# %% role="given" id="twice"\nfrom reference.mini import twice\n' + ANSWER + TESTS,
        "the free name step",
    ),
    "a name that only an experiment imports": (GOOD.replace("setup", "experiment"), "the free name require"),
    "a helper of the chapter in an inlined function": (
        GOOD + '\n# %%\nSCALE = 3\n\n# %% role="given" id="scaled"\nfrom reference.mini import scaled\n',
        "the free name SCALE",
    ),
    "code that leans on an experiment": (
        GOOD + '\n# %% role="experiment"\nfound = 3\n\n# %%\nprint(found)\n',
        "code cell: found comes from an experiment, which is skipped when graded",
    ),
    "code that only shows something": (
        GOOD + "\n# %%\nprint(step(1.0, 1.0))\n",
        'code cell: defines nothing that a later cell could use: say role="experiment", or every submission waits',
    ),
    # inlining
    "reference outside of answer and given": (
        GOOD + "\n# %%\nfrom reference.mini import step\n",
        "code cell: imports from reference, which no student has",
    ),
    "reference imported whole": (
        GOOD + "\n# %%\nimport reference.mini\n",
        "imports from reference, which no student",
    ),
    "more than the import": (
        GOOD.replace("import step\n", "import step\nx = 1\n"),
        "must be one line 'from reference.MODULE",
    ),
    "a package instead of a module": (
        GOOD.replace("reference.mini", "reference"),
        "must be one line 'from reference.MODULE",
    ),
    "another name": (GOOD.replace("import step", "import step as move"), "'as' cannot be inlined"),
    "a module that is not there": (
        GOOD.replace("reference.mini", "reference.maxi"),
        "there is no src/reference/maxi.py",
    ),
    "a function that is not there": (
        GOOD.replace("import step", "import step, leap"),
        "src/reference/mini.py has no function or class leap",
    ),
    "a body on the line of the signature": (
        GOOD.replace("import step", "import step, one_line"),
        "one_line: its body must start on a line of its own",
    ),
    "nothing to write": (
        GOOD.replace("import step", "import step, nothing"),
        "nothing has nothing for a student to write",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(chapter, name):
    text, message = REFUSED[name]
    with pytest.raises(CannotBuild) as refused:
        chapter(text)
    assert message in str(refused.value)


def test_a_refusal_begins_with_file_and_line_and_lists_every_problem_in_order(chapter):
    with pytest.raises(CannotBuild) as refused:
        chapter(GOOD + '\n# %% id="a b"\nx = 1\n' + '\n# %% role="what"\nx = 1\n')
    first, second = str(refused.value).splitlines()
    assert first.startswith("solutions/09_mini.py:11: code cell \"a b\": id = 'a b'")
    assert second.startswith("solutions/09_mini.py:14: what cell: unknown role 'what'")


def test_a_chapter_is_called_by_number_and_topic(chapter):
    with pytest.raises(CannotBuild, match="momentum.py: a chapter is called NN_topic.py"):
        chapter(GOOD, name="momentum.py")


def sources(chapter, text, lang="en"):
    return [cell.source for cell in chapter(text).notebooks[lang].cells]


def test_a_function_is_inlined_with_marks_below_its_docstring_and_require_lines(chapter):
    assert (
        sources(chapter, GOOD)[1]
        == '''def step(params, grads, *, lr=0.1):
    """Return params - lr * grads."""
    require(lr >= 0, "lr", lr, "a number >= 0")

    ### BEGIN SOLUTION
    # only the worked solution tells this
    return params - lr * grads
    ### END SOLUTION'''
    )


def test_without_docstring_the_marks_begin_below_the_signature_before_comments_and_decorators(chapter):
    text = GOOD.replace("import step", "import step, bare")
    assert (
        sources(chapter, text)[1].split("\n\n\n")[1]
        == """def bare(x):
    ### BEGIN SOLUTION
    # a comment above the first statement is part of the solution
    @staticmethod
    def inner():
        return x
    return inner
    ### END SOLUTION"""
    )


def test_a_class_is_inlined_whole_with_marks_in_each_method_that_does_more_than_require(chapter):
    text = GOOD.replace("import step", "import Counter, step")
    assert (
        sources(chapter, text)[1].split("\n\n\n")[0]
        == '''class Counter:
    """Counts up to `limit`."""

    kind = "up"

    def __init__(self, limit):
        require(limit > 0, "limit", limit, "a number > 0")

    def update(self, x):
        ### BEGIN SOLUTION
        self.count = x
        return self.count
        ### END SOLUTION'''
    )


def test_a_given_function_has_no_marks_and_may_use_an_earlier_answer(chapter):
    text = GOOD + '\n# %% role="given" id="twice"\nfrom reference.mini import twice\n'
    assert sources(chapter, text)[-1] == "def twice(x):\n    return step(x, x)"


def test_the_words_of_a_reference_function_are_in_the_notebooks_language(chapter):
    text = GOOD.replace("import step", "import spoken, step")
    english, chinese = (sources(chapter, text, lang)[1].split("\n\n\n")[0] for lang in ("en", "zh"))
    assert 'require(x >= 0, "x", x, "a number >= 0")' in english and "    # nothing to do\n" in english
    assert 'require(x >= 0, "x", x, "大于或等于 0 的数")' in chinese and "    # 什么也不用做\n" in chinese
    assert english.split("### BEGIN")[0].endswith('0")\n    ') and "tr(" not in english + chinese


def test_a_literal_answer_may_use_what_provided_cells_define(chapter):
    choice = PREDICTION.replace('= "b"', "= best")
    assert "prediction_race = best" in sources(chapter, GOOD_90 + '\n# %%\nbest = "b"\n' + choice)[-2]


def test_points_are_written_where_a_placeholder_asks(chapter):
    text = (
        prose("{{points}} {{points:A}} {{points:step}}", "{{points:why}} $x^{ {2} }$", 'sitting="A"')
        + GOOD_90.replace("90", "89.5")
        + prose("Two: {{points:B}}", "二：{{points:B}}", 'sitting="B"')
        + essay().replace("10", "10.5")
        + MODEL
    )
    loaded = chapter(text)
    assert loaded.notebooks["en"].cells[0].source == "100 89.5 89.5"
    assert loaded.notebooks["zh"].cells[0].source == "10.5 $x^{ {2} }$"
    assert loaded.notebooks["zh"].cells[4].source == "二：10.5"


def test_braces_of_formulas_and_format_strings_are_no_placeholders(chapter):
    text = GOOD + prose(r"$\frac{{{x}}}{2}$", "x") + '\n# %%\nx = f"{{0}} {{{1}}}"\n'
    assert sources(chapter, text)[-2:] == [r"$\frac{{{x}}}{2}$", 'x = f"{{0}} {{{1}}}"']


def test_lang_is_filled_in_by_language(chapter):
    text = GOOD + '\n# %%\nset_language = "{{lang}}"\n'
    assert [sources(chapter, text, lang)[-1] for lang in ("en", "zh")] == [
        'set_language = "en"',
        'set_language = "zh"',
    ]


def test_cell_ids_are_the_ids_or_hashes_of_the_text_and_equal_in_both_languages(chapter):
    text = GOOD_90 + prose() + prose() + essay() + MODEL + "\n# %%\nx = 1\n"
    ids = {lang: [cell.id for cell in nb.cells] for lang, nb in chapter(text).notebooks.items()}
    assert ids["en"] == ids["zh"] == [cell.id for cell in chapter(text).notebooks["en"].cells]
    setup, step, tests, first, second, prompt, answer, provided = ids["en"]
    assert [setup, step, tests, prompt, answer] == ["setup", "step", "test_step", "why-prompt", "why"]
    assert second == f"{first}-2" and len(first) == len(provided) == 12
    assert chapter("\n\n" + text.replace("文字", "另外")).notebooks["en"].cells[3].id == first


def test_roles_become_nbgraders_flags(chapter):
    practice = (
        '\n# %% role="answer" id="twice"\nfrom reference.mini import twice\n'
        '\n# %% role="practice" id="try_twice"\nassert twice(1.0) == 0.9\n'
    )
    text = GOOD_90 + essay() + MODEL + practice + '\n# %% role="experiment" nbval="check"\nprint(1)\n' + prose()
    nb = chapter(text).notebooks["en"]
    nbformat.validate(nb)
    flags = {
        cell.id: [name for name in ("grade", "solution", "locked") if cell.metadata.nbgrader[name]]
        for cell in nb.cells
        if "nbgrader" in cell.metadata
    }
    assert flags == {
        "setup": ["locked"],
        "step": ["solution"],
        "test_step": ["grade", "locked"],
        "why-prompt": ["locked"],
        "why": ["grade", "solution"],
        "twice": ["solution"],
        "try_twice": ["locked"],
    }
    assert {cell.metadata.nbgrader.grade_id for cell in nb.cells if "nbgrader" in cell.metadata} == set(flags)
    assert [cell.metadata.nbgrader.points for cell in nb.cells if cell.id in ("test_step", "why")] == [90, 10]
    assert [cell.metadata.get("tags", []) for cell in nb.cells[-3:]] == [
        ["experiment"],
        ["experiment", "nbval-check-output"],
        [],
    ]


def test_the_hash_follows_the_text_and_the_inlined_functions_only(chapter, tmp_path):
    def digest(text=GOOD):
        return chapter(text).notebooks["en"].metadata.descent.hash

    before = digest()
    module = tmp_path / "src" / "reference" / "mini.py"
    module.write_text(MODULE.replace("SCALE = 2", "SCALE = 3"))
    assert digest() == before
    assert digest(GOOD + "\n# %%\nx = 1\n") != before
    module.write_text(MODULE.replace("params - lr * grads\n", "params - grads * lr\n"))
    assert digest() != before


def test_the_shortest_chapter_of_the_authors_guide_is_one(tmp_path):
    guide = (ROOT / "docs" / "authors.md").read_text("utf-8")
    (tmp_path / "src" / "reference").mkdir(parents=True)
    function = re.search(r"```python src/reference/arithmetic.py\n(.*?)```", guide, re.S)[1]
    (tmp_path / "src" / "reference" / "arithmetic.py").write_text(function, "utf-8")
    path = tmp_path / "09_mini.py"
    path.write_text(textwrap.dedent(guide.split("## The shortest chapter\n")[1]), "utf-8")
    chapter = load(path, tmp_path)  # finished: no list has it
    english, chinese = (chapter.notebooks[lang].cells for lang in ("en", "zh"))
    assert [cell.id for cell in chinese if cell.cell_type == "code"] == ["setup", "shrink", "test_shrink"]
    assert english[0].source.startswith("# Shrinking (100 points, 10 minutes)")
    assert chinese[0].source.startswith("# 缩小（100 分，10 分钟）")
    assert '"""返回 x 乘以一个因子的结果。' in chinese[2].source and 'factor, "在 [0, 1] 内")' in chinese[2].source
    assert "### BEGIN SOLUTION" in chinese[2].source and 'factor, "in [0, 1]")' in english[2].source


def test_the_authors_guide_names_every_role_and_key():
    guide = (ROOT / "docs" / "authors.md").read_text("utf-8")
    roles = set().union(*ROLES.values()) - {None}
    assert {role for role in roles if f'role="{role}"' not in guide} == set()
    assert {key for key in set().union(*KEYS.values()) if f"{key}=" not in guide} == set()
