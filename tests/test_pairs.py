"""Words in code are pairs: each language gets its half, and the rest of the code stays as it was written."""

import pytest

from autograder.authoring import pairs


def both(code):
    assert pairs.faults(code) == []
    return [pairs.in_language(code, lang) for lang in ("en", "zh")]


@pytest.mark.parametrize("code, en, zh", [
    ('print(tr("loss", "损失"))', 'print("loss")', 'print("损失")'),
    ("x = tr('a', '甲'), tr('b', '乙')", "x = 'a', 'b'", "x = '甲', '乙'"),
    ('tr(f"{n:5} steps", f"{n} 步")', 'f"{n:5} steps"', 'f"{n} 步"'),
    ('f(\n    tr("a", "甲"),  # why\n    2)', 'f(\n    "a",  # why\n    2)', 'f(\n    "甲",  # why\n    2)'),
    ('show(tr(\n    "one",\n    "一",\n))', 'show("one")', 'show("一")'),
    ('y = "文", tr("é", "文"), "é"', 'y = "文", "é", "é"', 'y = "文", "文", "é"'),
    ("x = 1  #| start | 起点", "x = 1  # start", "x = 1  # 起点"),
    ("#| one | 一\n#| two | 二\nx = 1", "# one\n# two\nx = 1", "# 一\n# 二\nx = 1"),
    ('x = "#| no | comment"', 'x = "#| no | comment"', 'x = "#| no | comment"'),
    ("x = 1  # | no pair", "x = 1  # | no pair", "x = 1  # | no pair"),
    ('x = tr("a", "甲")  #| b | 乙', 'x = "a"  # b', 'x = "甲"  # 乙'),
    ('x = tr("""one\n  two""", """一\n  二""")', 'x = """one\n  two"""', 'x = """一\n  二"""'),
    ("x = 1", "x = 1", "x = 1"),
])  # fmt: skip
def test_each_language_keeps_its_half(code, en, zh):
    assert both(code) == [en, zh]


def test_strings_over_several_lines_get_parentheses_and_mean_the_same():
    code = 'if True:\n    x = tr(\n        "one "\n        f"two {1 + 1}",\n        "一" f"{1 + 1}"\n        "二",\n    )\n'
    en, zh = both(code)
    assert en == 'if True:\n    x = (\n        "one "\n        f"two {1 + 1}"\n    )\n'
    values = {}
    exec(en, values)
    assert values["x"] == "one two 2"
    exec(zh, values)
    assert values["x"] == "一2二"


def test_a_docstring_stands_at_the_indentation_of_its_function():
    code = '''
class A:
    def f():
        tr(
            """Do.

                deeper
            """,
            """做。
            """,
        )
        return tr("a", "甲")
'''
    en, zh = both(code)
    assert (
        en
        == '''
class A:
    def f():
        """Do.

            deeper
        """
        return "a"
'''
    )
    assert (
        zh
        == '''
class A:
    def f():
        """做。
        """
        return "甲"
'''
    )


@pytest.mark.parametrize("code, fault", [
    ('tr("a")', "tr takes two strings"),
    ('tr("a", "b", "c")', "tr takes two strings"),
    ('tr(en="a", zh="b")', "tr takes two strings"),
    ('tr("a", b)', "tr takes two strings"),
    ('tr("a" + "b", "c")', "tr takes two strings"),
    ('tr(f"{x}", "b")', "differ in x: both need the same {fields}"),
    ('tr(f"{x} {y}", f"{y} {z}")', "differ in x, z: both need the same {fields}"),
    ("""f"{tr('a', 'b')}" """, "inside an f-string or another tr(...)"),
    ("""tr(f"{tr('a', 'b')}", f"{1}")""", "inside an f-string or another tr(...)"),
    ("from descent.say import tr", "imports tr, which the builder resolves"),
    ("x = 1  #| only English", "written #| English | 中文"),
    ("#| a | b | c", "written #| English | 中文"),
    ("#|  | b", "written #| English | 中文"),
])  # fmt: skip
def test_what_is_no_pair_is_refused_and_says_why(code, fault):
    assert any(fault in found for found in pairs.faults(code))
    told = []
    texts = dict.fromkeys(("en", "zh"), code)
    assert pairs.resolve(texts, told.append) == texts and told


def test_a_field_may_be_written_twice_and_formatted_in_another_way():
    assert both('tr(f"{x:5.1f} and {x}", f"{x:.2f}")') == ['f"{x:5.1f} and {x}"', 'f"{x:.2f}"']
