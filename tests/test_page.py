"""What a web page gets from descent.page, on this machine: every text becomes an answer, and only what it needs is run."""

import pytest

from descent import page, say

GIVEN = {"id": "given", "kind": "given", "source": "import numpy as np\nfrom descent.hyper import require\n"}
RIGHT = """def momentum_step(params, grads, velocity, *, lr, momentum=0.9):
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")
    velocity = momentum * velocity + grads
    return params - lr * velocity, velocity
"""


def checked(source, cells=(GIVEN,)):
    return page.check("momentum_step", source, list(cells), "en")


@pytest.fixture(autouse=True)
def as_before():
    yield
    say.set_display(None)
    say.set_language("en")


def test_a_card_comes_as_data_in_the_words_of_a_page():
    answer = checked(RIGHT)
    assert answer["state"] == "passed" and answer["card"]["state"] == "passed"
    answer = checked(RIGHT.replace("velocity = momentum", "new = momentum"))
    assert answer["state"] == "failed"
    assert "next hint" in answer["card"]["next"]["en"] and "hint=" not in answer["card"]["next"]["en"]
    assert not say.has_display(), "the host of a page ends with its call"


@pytest.mark.parametrize(
    ("text", "state", "line", "said"),
    [
        ("this text is not Python", "error", 1, "SyntaxError"),
        ("x = 1\nmomentum_step = y\n", "error", 2, "NameError: name 'y' is not defined"),
        ("def another(): pass", "undefined", None, None),
        ("raise SystemExit(3)", "error", 1, "SystemExit"),
        ("import a_package_that_is_not_there", "package", 1, "ModuleNotFoundError"),
        ("open('/not/there')", "error", 1, "FileNotFoundError"),
    ],
)
def test_an_error_of_a_text_is_an_answer_with_its_line(text, state, line, said):
    answer = checked(text)
    assert answer["state"] == state and answer.get("line") == line
    assert said is None or said in answer["error"]


def test_an_error_shows_the_lines_of_the_reader_only():
    answer = page.run("def f():\n    return 1 / 0\nf()\n", [], "en")
    assert (
        answer["error"] == "cell, line 3\n    f()\ncell, line 2\n    return 1 / 0\nZeroDivisionError: division by zero"
    )


def test_an_error_says_where_in_the_language_of_the_page():
    """Python's own words stay English, as in a notebook; ours do not."""
    answer = page.run("def f():\n    return 1 / 0\nf()\n", [], "zh")
    assert answer["error"].startswith("代码，第 3 行\n    f()\n代码，第 2 行\n")
    assert page.run("1 +", [], "zh")["error"].startswith("第 1 行\n")
    failed = page.attempt("f", "def f():\n    return 1\n", "assert f() == 2", None, [], "zh")
    assert failed["error"].startswith("f 的测试，第 1 行\n")


def test_what_is_printed_is_cut_and_shown_in_order():
    answer = page.run("from descent.say import tell\nprint('a')\ntell('b')\nprint('c')\n1 + 1", [], "en")
    assert [part["text"] for part in answer["shown"]] == ["a\n", "b", "c\n2\n"]
    printed = page.run("print('x' * 100_000)\nprint('y')", [], "en")["printed"]
    assert printed == "x" * page.OUTPUT_LIMIT + "\n... (the rest is left out)\n"


def test_an_earlier_exercise_is_the_readers_or_borrowed_or_asked_for():
    cells = [
        GIVEN,
        {"id": "double", "kind": "answer", "source": "def double(x):\n    return 2 * x\n", "mine": "passed"},
    ]
    text = "double(3)"
    assert page.run(text, cells, "en")["printed"] == "6\n"
    cells[1]["mine"] = "borrowed"
    assert page.run(text, cells, "en")["borrowed"] == ["double"]
    cells[1]["mine"] = "open"
    answer = page.run(text, cells, "en")
    assert (answer["state"], answer["needs"]) == ("needs", "double")
    assert page.run("1", cells, "en")["state"] == "ran", "what does not use it is not asked for it"


def test_only_the_cells_that_a_text_needs_are_run():
    cells = [
        {"id": "a", "kind": "given", "source": "import a_package_that_is_not_there\n"},
        {"id": "b", "kind": "given", "source": "one = 1\n"},
        {"id": "c", "kind": "given", "source": "def two():\n    return one + 1\n"},
        {"id": "d", "kind": "given", "source": "one_more = 1 / 0\n"},
    ]
    chosen, _ = page.needed("two()", cells)
    assert [cell["id"] for cell in chosen] == ["b", "c"]


def test_a_call_that_gets_all_names_runs_before_what_works_only_after_it():
    """assemble(student_id, globals()) in chapter 07 makes no name; my_instance, imported with it, fails without it."""
    cells = [
        {"id": "imports", "kind": "given", "source": "from parts import assemble, my_instance\n"},
        {"id": "helper", "kind": "given", "source": "def half(x):\n    return x / 2\n"},
        {"id": "look", "kind": "experiment", "source": "print(1)\n"},
        {"id": "part", "kind": "answer", "source": "def part(x):\n    return x\n", "mine": "open"},
        {"id": "call", "kind": "experiment", "source": "assemble(half, globals())\n"},
        {"id": "later", "kind": "given", "source": "data = my_instance()\n"},
    ]
    with pytest.raises(page.Needs, match="part"):
        page.needed("data", cells)
    cells[3]["mine"] = "passed"
    assert [cell["id"] for cell in page.needed("data", cells)[0]] == ["imports", "helper", "part", "call", "later"]
    assert [cell["id"] for cell in page.needed("half(3)", cells)[0]] == ["helper"]
    call = cells[4]["source"]
    assert [cell["id"] for cell in page.needed(call, cells[:4])[0]] == ["imports", "helper", "part"], "the call itself"


@pytest.mark.parametrize(
    ("source", "made", "needs"),
    [
        ("x = x + 1", {"x"}, {"x"}),
        ("x = 1\ny = x", {"x", "y"}, set()),
        ("x += 1", {"x"}, {"x"}),
        ("def f(a):\n    b = a\n    return b + c", {"f"}, {"c"}),
        ("for i in range(3):\n    print(i)", {"i"}, {"range", "print"}),
        ("with open(p) as file:\n    t = file", {"file", "t"}, {"open", "p"}),
        ("import a.b as c\nfrom d import e", {"c", "e"}, set()),
        ("[k for k in values if k > low]", set(), {"values", "low"}),
        ("class A(B):\n    x = y", {"A"}, {"B", "y"}),
    ],
)
def test_names_that_a_text_makes_and_needs(source, made, needs):
    found_made, found_needs = page.names(source)
    assert found_made == made and found_needs - {"__name__"} == needs


def test_an_exercise_without_a_card_is_tried_by_its_own_cell():
    points = {"name": "shapes", "test": "2 * sum(shapes.values())", "points": 8.0, "cells": [], "lang": "en"}
    assert page.attempt(source="shapes = {'a': 4}", **points)["state"] == "passed"
    answer = page.attempt(source="shapes = {'a': 1}", **points)
    assert (answer["state"], answer["value"]) == ("partly", 2.0)
    tried = {"name": "f", "test": "assert f(2) == 4, 'expected 4'", "points": None, "cells": [], "lang": "en"}
    assert page.attempt(source="def f(x): return 2 * x", **tried)["state"] == "passed"
    answer = page.attempt(source="def f(x): return x", **tried)
    assert answer["state"] == "error" and "expected 4" in answer["error"]
    assert page.attempt(source="g = 1", **tried)["state"] == "undefined"


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        ("x = 1，", "`,`", "`,`"),
        ("x = 2 × 3", "`*`", "`*`"),
        ("x = 😀", "does not know the character", "不认识符号"),
        ("if x:\n    y = 1\n\tz = 2", "four spaces", "四个"),
        ("\u00a0x = 1", "invisible", "看不见"),
        ("```python\nx = 1", "three backquotes", "三个反引号"),
        ("In [1]: x", "are prompts", "提示符"),
        ("!pip install torch", "commands of a notebook", "笔记本的命令"),
        ("input()", "keyboard", "键盘"),
        ("breakpoint()", "keyboard", "键盘"),
        ("quit()", "ends the program", "退出"),
        ("import nunpy", "Did you mean `numpy`", "`numpy`"),
        ("import torch", "no package `torch`", "`torch` 这个包"),
        ("return 1", "no line `def momentum_step", "没有 `def momentum_step"),
    ],
)
def test_what_to_do_about_an_error_that_python_alone_does_not_explain(text, en, zh):
    for lang, said in (("en", en), ("zh", zh)):
        answer = page.check("momentum_step", text, [GIVEN], lang)
        assert said in answer["note"], answer


def test_an_error_that_says_enough_gets_no_note():
    for text in ("x = (1", "x = 1 / 0", "def momentum_step(:\n    pass\n"):
        assert "note" not in checked(text)


def test_a_caret_stands_under_its_character_whatever_stands_before_it():
    error = checked("x = '动量' 1")["error"].split("\n")
    assert error[1].index("1") == error[2].index("^") or error[1].index("'") == error[2].index("^")
    assert page.under("a\t动b", 4) == " \t\u3000"
