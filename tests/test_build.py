"""A tiny chapter is built for real: executed, released in both languages, checked, spoiled, checked."""

import ast
import json
import re

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator

from autograder.authoring import drafts
from autograder.authoring.chapter import load
from autograder.authoring.notebooks import build, check
from autograder.authoring.source import CannotBuild
from autograder.build import main

MODULE = '''
import numpy as np
from descent.hyper import require


def helper(x):
    return np.asarray(x)


def step(params, grads, *, lr=0.1):
    """Return params - lr * grads."""
    require(lr >= 0, "lr", lr, "a number >= 0")
    moved = params - lr * grads  # hidden-from-students
    return helper(moved)


class Counter:
    """Counts."""

    def __init__(self, limit):
        require(limit > 0, "limit", limit, "a number > 0")
        self.limit = limit + 12345

    def update(self, x):
        """Add x."""
        self.limit += x + 54321
        return self.limit
'''
TEXT = """
# %% [markdown] lang="en" sitting="A"
# # Steps ({{points}} points)

# %% [markdown] lang="zh"
# # 迭代步（{{points}} 分）

# %% role="setup" id="setup"
import matplotlib.pyplot as plt
import numpy as np
from descent.hyper import require
from descent.say import set_language, show_html

set_language("{{lang}}")

# %%
import importlib.util
import os

print(importlib.util.find_spec("reference"), os.environ["DESCENT_BUILD"], os.listdir())

# %% role="given" id="helper"
from reference.mini import helper

# %% role="answer" id="step"
from reference.mini import step

# %% role="tests" id="test_step" points=40
assert step(1.0, 1.0) == 0.9

# %% role="answer" id="Counter"
from reference.mini import Counter

# %% role="tests" id="test_Counter" points=40
assert Counter(1).update(1) == 66668

# %% role="answer" id="prediction_race"
prediction_race = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_race = "b"  # the-best-choice
### END SOLUTION

# %% role="tests" id="test_predictions" points=10 of="prediction_race"
assert prediction_race in ("a", "b", "c")

# %% role="experiment" nbval="check"
show_html({"en": "<b>hello</b>", "zh": "<b>你好</b>"}, text={"en": "hello", "zh": "你好"})
print("ok")

# %% role="experiment"
fig, ax = plt.subplots(figsize=(1, 1))
ax.plot([1, 2])
plt.show()

# %% [markdown] role="essay" id="why" points=10 lang="en"
# Why?

# %% [markdown] role="essay" id="why" points=10 lang="zh"
# 为什么？

# %% [markdown] role="model" id="why" lang="en"
# Because-the-model-says-so.

# %% [markdown] role="model" id="why" lang="zh"
# 标准答案如此。
"""
SECRETS = [
    "hidden-from-students",
    "12345",
    "54321",
    "the-best-choice",
    "Because-the-model",
    "标准答案",
    "SOLUTION",
]
NAME = "09_mini"
FILES = [f"{kind}/{lang}/{NAME}/{NAME}.ipynb" for kind in ("solutions", "notebooks") for lang in ("en", "zh")]


@pytest.fixture(scope="module", autouse=True)
def the_tiny_chapter_is_a_draft():
    """It is about building; what a finished chapter must keep is in test_language.py and test_minutes.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drafts, "DRAFTS", {NAME})
        yield


def course(root, text=TEXT):
    (root / "src" / "reference").mkdir(parents=True)
    (root / "solutions").mkdir()
    (root / "src" / "reference" / "mini.py").write_text(MODULE)
    (root / "solutions" / f"{NAME}.py").write_text(text)
    return root


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A course with one chapter, built once for all tests by an author with settings. Nobody writes here."""
    root = course(tmp_path_factory.mktemp("course"))
    with pytest.MonkeyPatch.context() as author:
        author.setenv("PYTHONPATH", str(root / "src"))  # `reference` is there
        author.setenv("MPLBACKEND", "agg")  # figures are not
        assert main(["--root", str(root)]) == 0
    return root


@pytest.fixture
def copy(built, tmp_path):
    """The same course, to be spoiled."""
    course(tmp_path)
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes((built / name).read_bytes())
    return tmp_path


def text_of(root):
    return root / "solutions" / f"{NAME}.py"


def read(root, kind, lang):
    return nbformat.read(root / kind / lang / NAME / f"{NAME}.ipynb", as_version=4)


def outputs(nb):
    return {cell.id: cell.outputs for cell in nb.cells if cell.get("outputs")}


def test_four_valid_notebooks_with_the_same_cells(built):
    notebooks = {name: nbformat.read(built / name, as_version=4) for name in FILES}
    for name, nb in notebooks.items():
        nbformat.validate(nb)
        MetadataValidator().validate_nb(nb)
        assert (nb.nbformat, nb.nbformat_minor) == (4, 5)
        assert nb.metadata.language_info == {"name": "python"} and nb.metadata.kernelspec.name == "python3"
        assert set(nb.metadata) == {"kernelspec", "language_info", "descent"}
        assert (nb.metadata.descent.chapter, nb.metadata.descent.lang) == (NAME, name.split("/")[1])
    assert len({tuple(cell.id for cell in nb.cells) for nb in notebooks.values()}) == 1
    hashes = {(nb.metadata.descent.lang, nb.metadata.descent.hash) for nb in notebooks.values()}
    assert len(hashes) == 2 and len(dict(hashes)) == 2  # one per language


def test_each_notebook_speaks_its_language(built):
    assert read(built, "solutions", "en").cells[0].source == "# Steps (100 points)"
    assert read(built, "notebooks", "zh").cells[0].source == "# 迭代步（100 分）"
    for lang in ("en", "zh"):
        assert f'set_language("{lang}")' in read(built, "notebooks", lang).cells[1].source


def test_each_language_is_executed_on_its_own(built):
    english, chinese = (outputs(read(built, "solutions", lang)) for lang in ("en", "zh"))
    assert english.keys() == chinese.keys() and len(english) == 3
    _, (en, printed), figure = english.values()
    _, (zh, printed_zh), figure_zh = chinese.values()
    assert en.data == {"text/html": "<b>hello</b>", "text/plain": "hello"}
    assert zh.data == {"text/html": "<b>你好</b>", "text/plain": "你好"}
    assert en.metadata == zh.metadata == {}
    assert printed == printed_zh and printed.text == "ok\n"
    assert figure == figure_zh and figure[0].data["image/png"].startswith("iVBOR")


def test_the_kernel_sees_no_reference_and_an_empty_folder(built):
    first = next(iter(outputs(read(built, "solutions", "en")).values()))
    assert first[0].text == "None 1 []\n"


def test_cells_are_counted_and_carry_no_timing(built):
    code = [cell for cell in read(built, "solutions", "zh").cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not any("execution" in cell.metadata for cell in code)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_solution_reaches_a_student(built, lang):
    student = (built / "notebooks" / lang / NAME / f"{NAME}.ipynb").read_text("utf-8")
    solution = (built / "solutions" / lang / NAME / f"{NAME}.ipynb").read_text("utf-8")
    assert [secret for secret in SECRETS if secret not in student] == SECRETS
    assert sum(secret in solution for secret in SECRETS) == len(SECRETS) - 1  # one model answer per language


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_between_solution_marks_survives(built, lang):
    student = {cell.id: cell.source.splitlines() for cell in read(built, "notebooks", lang).cells}
    for cell in read(built, "solutions", lang).cells:
        hidden = False
        for line in cell.source.splitlines():
            hidden = "BEGIN SOLUTION" in line or hidden and "END SOLUTION" not in line
            assert not (hidden and line in student[cell.id])
            assert hidden or "END SOLUTION" in line or line in student[cell.id] or cell.id == "why"


def test_what_a_student_gets_to_start_from(built):
    english = {cell.id: cell for cell in read(built, "notebooks", "en").cells}
    assert english["step"].source.endswith('raise NotImplementedError("step: not written yet")')
    cells = {cell.id: cell for cell in read(built, "notebooks", "zh").cells}
    assert (
        cells["step"].source
        == '''def step(params, grads, *, lr=0.1):
    """Return params - lr * grads."""
    require(lr >= 0, "lr", lr, "a number >= 0")
    raise NotImplementedError("step：还没有写")'''
    )
    assert (
        cells["Counter"].source
        == '''class Counter:
    """Counts."""

    def __init__(self, limit):
        require(limit > 0, "limit", limit, "a number > 0")
        raise NotImplementedError("Counter.__init__：还没有写")

    def update(self, x):
        """Add x."""
        raise NotImplementedError("Counter.update：还没有写")'''
    )
    assert cells["prediction_race"].source == 'prediction_race = None  # "a", "b" or "c"'
    assert cells["helper"].source == "def helper(x):\n    return np.asarray(x)"
    assert (cells["why-prompt"].source, cells["why"].source) == ("为什么？", "*在此作答。*")
    for cell in cells.values():
        if cell.cell_type == "code":
            ast.parse(cell.source)
            assert cell.outputs == [] and cell.execution_count is None


def test_student_cells_are_locked_as_their_role_says_and_checksummed(built):
    cells = {cell.id: cell.metadata for cell in read(built, "notebooks", "en").cells}
    assert [name for name, meta in cells.items() if meta.get("editable") is False] == [
        "setup",
        "helper",
        "test_step",
        "test_Counter",
        "test_predictions",
        "why-prompt",
    ]
    assert all(len(meta.nbgrader.checksum) == 32 for meta in cells.values() if "nbgrader" in meta)
    assert sum(meta.get("tags") == ["experiment", "nbval-check-output"] for meta in cells.values()) == 1


def test_a_fresh_build_passes_the_check(built, capsys):
    assert main(["--root", str(built), "--check"]) == 0
    assert capsys.readouterr() == ("", "")


def test_building_again_changes_no_byte_and_executes_nothing(built, capsys, monkeypatch):
    before = {name: ((built / name).read_bytes(), (built / name).stat().st_mtime_ns) for name in FILES}
    monkeypatch.setattr("autograder.authoring.notebooks.execute", lambda chapter, languages: pytest.fail("executed"))
    assert main(["--root", str(built), "09"]) == 0
    assert capsys.readouterr().out.startswith("09_mini: up to date")
    assert before == {name: ((built / name).read_bytes(), (built / name).stat().st_mtime_ns) for name in FILES}


def test_new_words_in_a_text_execute_nothing(copy, monkeypatch):
    ran = []
    monkeypatch.setattr(
        "autograder.authoring.notebooks.execute", lambda chapter, languages: ran.append(languages) or []
    )
    text_of(copy).write_text(TEXT.replace("# Why?", "# Why not?").replace("# 为什么？", "# 为什么不？"))
    written, _ = build(load(text_of(copy), copy), copy)
    assert ran == [] and len(written) == 4
    assert outputs(read(copy, "solutions", "zh")) and check(text_of(copy), copy) == []


def test_a_change_in_one_language_executes_that_language(copy, monkeypatch):
    text_of(copy).write_text(TEXT + '\n# %% id="new"\nx = tr("one", "一")\n')
    build(load(text_of(copy), copy), copy)
    ran = []
    monkeypatch.setattr(
        "autograder.authoring.notebooks.execute", lambda chapter, languages: ran.append(languages) or []
    )
    text_of(copy).write_text(TEXT + '\n# %% id="new"\nx = tr("one", "二")\n')
    build(load(text_of(copy), copy), copy)
    assert ran == [["zh"]]


def test_a_chapter_that_is_now_finished_shows_its_outputs_in_the_wrong_language(copy, monkeypatch):
    spoiled = TEXT.replace('print("ok")', 'print("the loss falls at every " + "single step")')
    text_of(copy).write_text(spoiled)
    build(load(text_of(copy), copy), copy)
    chapter = load(text_of(copy), copy)  # before: a finished chapter must keep more than this one does
    monkeypatch.setattr(drafts, "DRAFTS", set())
    with pytest.raises(
        CannotBuild, match=r"English in the Chinese notebook: 'the loss falls at every single step'.* \(zh\)"
    ):
        build(chapter, copy)


def test_a_new_version_of_the_builder_executes_again(copy, monkeypatch):
    ran = []
    monkeypatch.setattr(
        "autograder.authoring.notebooks.execute", lambda chapter, languages: ran.append(languages) or []
    )
    monkeypatch.setattr("autograder.authoring.chapter.BUILDER", 77)
    build(load(text_of(copy), copy), copy)
    assert ran == [["en", "zh"]]


def test_the_build_prints_what_each_sitting_asks(copy, capsys):
    assert main(["--root", str(copy)]) == 0
    done, head, sitting, listed = capsys.readouterr().out.splitlines()
    assert done.startswith("09_mini: up to date") and "lines of given code" in head
    assert re.fullmatch(r"  A +11 +7 +14 +10   3, 3", sitting), sitting
    assert listed == "  a draft: autograder/authoring/drafts.py"


def test_a_forced_build_gives_the_same_bytes(copy):
    assert build(load(text_of(copy), copy), copy, force=True)[0] == []


def test_a_spoiled_student_notebook_is_made_again_without_executing(copy, built, monkeypatch):
    monkeypatch.setattr("autograder.authoring.notebooks.execute", lambda chapter, languages: pytest.fail("executed"))
    (copy / FILES[3]).write_text("{}")
    assert [str(path.relative_to(copy)) for path in build(load(text_of(copy), copy), copy)[0]] == [FILES[3]]
    assert (copy / FILES[3]).read_bytes() == (built / FILES[3]).read_bytes()


def edit(change):
    """A spoiler that changes the notebook's JSON."""

    def spoil(path):
        nb = json.loads(path.read_text("utf-8"))
        change(nb, {cell["id"]: cell for cell in nb["cells"]})
        path.write_text(json.dumps(nb), "utf-8")

    return spoil


def drop_outputs(nb, cells):
    next(cell for cell in nb["cells"] if cell.get("outputs"))["outputs"].clear()


SPOILED = {
    "missing": (lambda path: path.unlink(), "is missing"),
    "not a notebook": (lambda path: path.write_text("cut off"), "is not a notebook: NotJSONError"),
    "another hash": (
        edit(lambda nb, cells: nb["metadata"]["descent"].update(hash="0")),
        "is stale: the chapter text",
    ),
    "more metadata": (
        edit(lambda nb, cells: nb["metadata"].update(title="x")),
        "has other notebook metadata",
    ),
    "an older format": (edit(lambda nb, cells: nb.update(nbformat_minor=4)), "is not a notebook"),
    "a source": (
        edit(lambda nb, cells: cells["step"].update(source="x = 1")),
        'cell "step": its source is not what the',
    ),
    "a text": (
        edit(lambda nb, cells: nb["cells"][0].update(source="x")),
        "its source is not what the chapter text",
    ),
    "a type": (
        edit(lambda nb, cells: cells["why"].update(cell_type="raw")),
        'cell "why": its cell_type is not what',
    ),
    "points": (
        edit(lambda nb, cells: cells["test_step"]["metadata"]["nbgrader"].update(points=41)),
        'cell "test_step": its metadata is not what the chapter text makes it',
    ),
    "a tag": (
        edit(lambda nb, cells: cells["setup"]["metadata"].update(tags=["x"])),
        'cell "setup": its metadata is',
    ),
    "a cell less": (edit(lambda nb, cells: nb["cells"].remove(cells["setup"])), 'cell "setup" is missing'),
    "a cell more": (
        edit(lambda nb, cells: nb["cells"].append({**cells["setup"], "id": "new"})),
        'cell "new" is not in the chapter',
    ),
    "a cell twice": (edit(lambda nb, cells: nb["cells"].append(cells["setup"])), "is not a notebook"),
    "another order": (edit(lambda nb, cells: nb["cells"].reverse()), "its cells stand in another order"),
    "a count": (
        edit(lambda nb, cells: cells["step"].update(execution_count=77)),
        'cell "step": its execution_count is',
    ),
    "an output more": (
        edit(
            lambda nb, cells: cells["step"].update(outputs=[{"output_type": "stream", "name": "stdout", "text": "x"}])
        ),
        'cell "step" has 1 outputs, was built with 0',
    ),
}


@pytest.mark.parametrize("name", SPOILED)
def test_the_check_names_file_cell_and_reason(copy, name):
    spoil, reason = SPOILED[name]
    for file in (FILES[0], FILES[3]):
        spoil(copy / file)
    found = check(text_of(copy), copy)
    for file in (FILES[0], FILES[3]):
        assert any(line.startswith(f"{file}: ") and reason in line for line in found), found
    assert all(line.startswith((f"{FILES[0]}: ", f"{FILES[3]}: ")) for line in found)


def test_the_check_misses_a_deleted_output(copy):
    edit(drop_outputs)(copy / FILES[1])
    [found] = check(text_of(copy), copy)
    assert found.startswith(FILES[1]) and found.endswith(" has 0 outputs, was built with 1")


def test_the_check_finds_a_changed_text_and_says_how_to_build(copy, capsys):
    text_of(copy).write_text(TEXT.replace("# Why?", "# Why not?"))
    assert main(["--root", str(copy), "--check"]) == 1
    said = capsys.readouterr().err
    assert [name for name in FILES if f"{name}: is stale" in said] == [FILES[0], FILES[2]]  # the English ones
    assert f'{FILES[0]}: cell "why-prompt": its source' in said and "/zh/" not in said
    assert said.endswith("then: make notebooks\n")


def test_the_check_finds_a_changed_reference_function(copy):
    module = copy / "src" / "reference" / "mini.py"
    module.write_text(MODULE.replace("hidden-from-students", "another comment"))
    assert f"{FILES[2]}: is stale: the chapter text, a reference function or the builder has changed" in check(
        text_of(copy), copy
    )


def test_files_that_nbgrader_would_hand_out_are_refused(copy):
    (copy / FILES[0]).with_name("notes.txt").write_text("x")
    [found] = check(text_of(copy), copy)
    assert found == f"solutions/en/{NAME}/notes.txt: does not belong here, nbgrader would hand it out"


def test_a_chapter_whose_text_is_gone_is_found(copy, capsys):
    (copy / "notebooks" / "zh" / "08_gone").mkdir()
    assert main(["--root", str(copy), "--check"]) == 1
    assert "notebooks/zh/08_gone: no chapter text solutions/08_gone.py" in capsys.readouterr().err


def test_an_unknown_chapter_is_named(built, capsys):
    assert main(["--root", str(built), "--check", "11"]) == 1
    assert "no chapter 11; there are: 09_mini" in capsys.readouterr().err


def test_a_course_without_chapters_is_an_error(tmp_path, capsys):
    assert main(["--root", str(tmp_path)]) == 1
    assert "there is no chapter text in" in capsys.readouterr().err


def test_a_refused_text_stops_neither_the_next_chapter_nor_the_message(copy, capsys):
    (copy / "solutions" / "01_bad.py").write_text("# %%\nx = 1\n")
    assert main(["--root", str(copy)]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("09_mini: up to date")
    assert said.err.startswith("solutions/01_bad.py: the points add to 0")


def test_warnings_missing_glyphs_and_addresses_are_refused_with_their_cells(copy):
    text_of(copy).write_text(
        TEXT
        + """
# %% id="warns"
import warnings
warnings.warn("look out")

# %% id="glyph"
figure = plt.figure(figsize=(1, 1))
plt.title("\\N{CJK UNIFIED IDEOGRAPH-9AD8}")
plt.show()

# %% id="address"
thing, other = object(), object()
print(thing)
other
"""
    )
    before = [(copy / name).read_bytes() for name in FILES]
    with pytest.raises(CannotBuild) as refused:
        build(load(text_of(copy), copy), copy)
    said = str(refused.value)
    assert (
        'code cell "warns": wrote to stderr, which a chapter never does: ' in said and "UserWarning: look out" in said
    )
    assert 'code cell "glyph": wrote to stderr' in said and "Glyph 39640" in said
    assert said.count('code cell "address": shows a memory address (at 0x...)') == 1  # once for both languages
    assert before == [(copy / name).read_bytes() for name in FILES]


@pytest.mark.parametrize(
    "code, reason",
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import os\nos._exit(1)", "Kernel died"),
    ],
)
def test_a_cell_that_fails_stops_the_build(copy, code, reason):
    text_of(copy).write_text(TEXT.replace('print("ok")', code).replace('nbval="check"', 'id="fails"'))
    with pytest.raises(CannotBuild) as refused:
        build(load(text_of(copy), copy), copy)
    said = str(refused.value)
    assert 'experiment cell "fails": failed when executed' in said and reason in said and "\x1b" not in said


def test_a_cell_that_takes_too_long_stops_the_build(copy, monkeypatch):
    monkeypatch.setattr("autograder.authoring.execute.SECONDS_PER_CELL", 1)
    text_of(copy).write_text(TEXT.replace('id="setup"', 'id="setup"\nimport time\ntime.sleep(60)'))
    with pytest.raises(CannotBuild, match='cell "setup": failed when executed: A cell timed out'):
        build(load(text_of(copy), copy), copy)
