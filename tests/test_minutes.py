"""What a sitting asks of a student is counted, and a finished chapter keeps the limits."""

import pytest

from autograder.authoring import drafts, minutes
from autograder.authoring.chapter import load
from autograder.authoring.source import CannotBuild

HINTS = {
    "en": "".join(f"<details><summary>Hint {n}</summary>h</details>\n# " for n in "123"),
    "zh": "".join(f"<details><summary>提示 {n}</summary>字</details>\n# " for n in "123"),
}


def text(en="Text.", zh="文字。", keys=""):
    return f'\n# %% [markdown] lang="en" {keys}\n# {en}\n\n# %% [markdown] lang="zh"\n# {zh}\n'


HEAD = text("Sitting, {{minutes:A}} minutes", "A 节，{{minutes:A}} 分钟", 'sitting="A"')
EXERCISE = text("## Exercise: `step` (8 minutes)", "## 练习：`step`（8 分钟）")
SETUP = '\n# %% role="setup" id="setup"\nx = 1\n'
ANSWER = '\n# %% role="answer" id="step"\n### BEGIN SOLUTION\nstep = 1\n### END SOLUTION\n'
THREE = text(HINTS["en"], HINTS["zh"])
TESTS = '\n# %% role="tests" id="test_step" points=100\nassert step\n'
GOOD = HEAD + SETUP + EXERCISE + ANSWER + THREE + TESTS


@pytest.fixture
def chapter(tmp_path):
    """chapter(text) loads a chapter that counts as finished."""

    def load_text(body):
        path = tmp_path / "09_mini.py"
        path.write_text(body, "utf-8")
        return load(path, tmp_path)

    return load_text


def of_sitting(chapter, body, name="A"):
    return next(sitting for sitting in chapter(body).sittings if sitting.name == name)


def added(chapter, cell):
    """What a cell adds to the English and the Chinese minutes."""
    before, after = of_sitting(chapter, GOOD).minutes, of_sitting(chapter, GOOD + cell).minutes
    return [round(after[lang] - before[lang], 3) for lang in ("en", "zh")]


PREDICTION = (
    '\n# %% role="answer" id="prediction_a"\n### BEGIN SOLUTION\nprediction_a = 1\n### END SOLUTION\n'
    '\n# %% role="practice" id="try_prediction_a" of="prediction_a"\nprediction_a\n'
)


@pytest.mark.parametrize("cell, en, zh", [
    (text("word " * 260, "字" * 380), 2, 2),
    (text("word " * 130, "字" * 190 + " $a+b$ `code`"), 1, 1.015),
    (text(r"$a_1$ $b=c$ | - — *", r"$a$ 《》，。"), 2 / 130, 1 / 130),
    (text("<details><summary>x</summary>" + " word" * 259 + "</details>", "字"), 1, 1 / 190),
    (text("<details><summary>Hint 1</summary>" + " word" * 259 + "</details>", "字"), 0, 1 / 190),
    ('\n# %% role="experiment"\nx\n', 0.5 + 1 / 12, 0.5 + 1 / 12),
    ('\n# %% role="experiment" minutes=4\nx\n', 4 + 1 / 12, 4 + 1 / 12),
    ('\n# %% role="experiment" hidden=true\nx\n', 0.5, 0.5),
    ("\n# %%\ny = [\n\n    1,\n]\n", 3 / 12, 3 / 12),
    (PREDICTION, 1, 1),
    (text("## Further", "## 延伸") + text("word " * 1300, "字" * 1900), 0, 0),
])  # fmt: skip
def test_what_a_cell_costs(chapter, cell, en, zh):
    assert added(chapter, cell) == pytest.approx([en, zh], abs=2e-3)


def test_an_exercise_costs_its_stated_minutes_and_two_red_cards(chapter):
    longer = GOOD.replace("(8 minutes", "(11 minutes").replace("8 分钟", "11 分钟")
    assert of_sitting(chapter, longer).minutes["en"] - of_sitting(chapter, GOOD).minutes["en"] == pytest.approx(3)
    assert of_sitting(chapter, GOOD).minutes["en"] == pytest.approx(8 + 2 * minutes.RED_CARD + 7 / 130)


def test_the_head_box_shows_the_minutes_rounded_up_to_five(chapter):
    notebooks = chapter(GOOD).notebooks
    assert notebooks["en"].cells[0].source == "Sitting, 15 minutes"
    assert notebooks["zh"].cells[0].source == "A 节，15 分钟"


def test_the_opening_belongs_to_the_first_sitting(chapter):
    opened = text("word " * 130, "字" * 190) + GOOD
    assert of_sitting(chapter, opened).minutes["en"] == pytest.approx(of_sitting(chapter, GOOD).minutes["en"] + 1)


def test_each_sitting_has_its_own_count(chapter):
    body = GOOD + text("word " * 520, "字" * 760, 'sitting="B"')
    assert of_sitting(chapter, body, "B").minutes == pytest.approx({"en": 4, "zh": 4})


LONG = '\n# %% role="experiment"\n' + "x\n" * 61
REFUSED = {
    "91 minutes of reading": (GOOD + text("word " * 10_000, "字"), "sitting A takes 91 minutes, and at most 90"),
    "91 minutes in Chinese only": (GOOD + text("word", "字" * 14_700), "sitting A takes 91 minutes, and at most 90"),
    "61 lines": (GOOD + LONG, "sitting A shows 61 lines of given code, and at most 60"),
    "no minutes": (GOOD.replace(" (8 minutes)", ""), "no heading (en) that states its minutes"),
    "no minutes in Chinese": (GOOD.replace("（8 分钟）", ""), "no heading (zh) that states its minutes"),
    "no hints": (GOOD.replace(THREE, ""), "has hints [] (en), and must have 1, 2 and 3"),
    "two hints": (GOOD.replace("Hint 3", "More"), "has hints ['1', '2'] (en), and must"),
    "hints in another order": (GOOD.replace("提示 1", "提示 4"), "has hints ['4', '2', '3'] (zh)"),
    "NumPy before descent": (GOOD.replace("\nx = 1\n", "\nimport numpy as np\nfrom descent.say import say\nx = 1\n"),
                             "imports NumPy before descent, which sets the threads of BLAS"),
    "hidden=false": (GOOD + '\n# %% role="experiment" hidden=false\nx\n', "hidden = False: must be true"),
    "a hidden answer": (GOOD.replace('id="step"', 'id="step" hidden=true'), "hidden = True: must be true, on a cell"),
    "minutes on a text": (GOOD + text(keys="minutes=3"), "unknown key minutes"),
    "minutes on a setup": (GOOD.replace('id="setup"', 'id="setup" minutes=3'), "minutes = 3: must be a number > 0"),
    "minutes of nothing": (GOOD + '\n# %% role="experiment" minutes=0\nx\n', "minutes = 0: must be a number > 0"),
    "minutes of no sitting": (GOOD + text("{{minutes:B}}", "文"), "placeholder {{minutes:B}} unknown; known are minutes:A, po"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_finished_chapter_is_refused(chapter, name):
    body, reason = REFUSED[name]
    with pytest.raises(CannotBuild) as refused:
        chapter(body)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "name", ["91 minutes of reading", "61 lines", "no minutes", "no hints", "NumPy before descent"]
)
def test_one_that_is_a_draft_yet_is_not(chapter, name, monkeypatch):
    monkeypatch.setattr(drafts, "DRAFTS", {"09_mini"})
    chapter(REFUSED[name][0])


def test_descent_before_numpy_is_fine(chapter):
    chapter(GOOD.replace("\nx = 1\n", "\nimport os\n\nfrom descent.say import say\n\nimport numpy as np\n\nx = 1\n"))


def test_60_lines_and_more_of_them_collapsed_are_fine(chapter):
    body = GOOD + LONG.replace("x\n" * 61, "x\n" * 60) + LONG.replace('"experiment"', '"experiment" hidden=true')
    assert of_sitting(chapter, body).lines == 60
    cells = chapter(body).notebooks["zh"].cells
    assert cells[-1].metadata == {"tags": ["experiment"], "jupyter": {"source_hidden": True}}
    assert "jupyter" not in cells[-2].metadata
