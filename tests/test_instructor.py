"""The instructor pack: every number of an exam key is computed, and both languages hold the same pack."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from instructor.answers import collect
from instructor.exam.__main__ import paper
from instructor.exam.computed import numbers_of
from instructor.transfer import load

PACK = Path(__file__).resolve().parent.parent / "instructor"
KEYS = tomllib.loads((PACK / "exam" / "keys.toml").read_text(encoding="utf-8"))
KINDS = {
    "by hand": "手算",
    "explain a curve": "读图",
    "find the bug": "找错",
    "derive": "推导",
    "true or false": "判断",
}
DECIMAL = re.compile(r"(?<![\d.^])-?\d+\.\d+(?:e-?\d+)?(?!\d|\.\d)")


def text(lang, name):
    return (PACK / lang / name).read_text(encoding="utf-8")


def sections(lang, name):
    """The text of each question by its number, the heading included."""
    parts = re.split(r"^## (?=Q\d\d)", text(lang, name), flags=re.MULTILINE)[1:]
    return {part[:3]: part for part in parts}


EXAM = {lang: sections(lang, "exam.md") for lang in ("en", "zh")}
ANSWERS = {lang: sections(lang, "exam_keys.md") for lang in ("en", "zh")}


def code_of(question, lang):
    found = re.search(r"```python\n(.*?)```", EXAM[lang][question], re.DOTALL)
    return found and re.sub(r"  #.*", "", found[1])


def computed_values(question):
    function = numbers_of(question)
    if KEYS[question]["kind"] != "find the bug":
        return function()
    space = {"np": np}
    exec(code_of(question, "en"), space)
    return function(space)


def test_forty_questions_one_of_each_kind_for_each_chapter():
    assert list(KEYS) == [f"Q{number:02d}" for number in range(1, 41)]
    for chapter in range(8):
        own = [key for key in KEYS.values() if key["chapter"] == f"{chapter:02d}"]
        assert [key["kind"] for key in own] == list(KINDS)


@pytest.mark.parametrize("question", KEYS)
def test_the_heading_says_what_the_key_says(question):
    key = KEYS[question]
    chapter, kind, points, minutes = (key[name] for name in ("chapter", "kind", "points", "minutes"))
    english = f"{question} · chapter {chapter} · {kind} · {points} points · {minutes} minutes"
    chinese = f"{question} · {chapter} 章 · {KINDS[kind]} · {points} 分 · {minutes} 分钟"
    assert EXAM["en"][question].splitlines()[0] == english
    assert EXAM["zh"][question].splitlines()[0] == chinese
    assert ANSWERS["en"].keys() == ANSWERS["zh"].keys() == KEYS.keys()


def test_the_sums_on_the_first_page():
    points, minutes = (sum(key[what] for key in KEYS.values()) for what in ("points", "minutes"))
    assert f"{points} points" in text("en", "exam.md") and f"{minutes} minutes" in text("en", "exam.md")
    assert f"{points} 分" in text("zh", "exam.md") and f"{minutes} 分钟" in text("zh", "exam.md")


def test_the_two_papers_share_no_question_and_have_two_of_each_chapter():
    papers = {}
    for lang in EXAM:
        papers[lang] = re.findall(r"^\| ([AB]) \| (.*?) \| (\d+) \| (\d+) \|$", text(lang, "exam.md"), re.MULTILINE)
        for _, names, points, minutes in papers[lang]:
            chosen = re.findall(r"Q\d\d", names)
            assert sorted(KEYS[one]["chapter"] for one in chosen) == sorted(2 * [f"{i:02d}" for i in range(8)])
            assert sum(KEYS[one]["points"] for one in chosen) == int(points)
            assert sum(KEYS[one]["minutes"] for one in chosen) == int(minutes)
    first, second = (re.findall(r"Q\d\d", names) for _, names, _, _ in papers["en"])
    assert not set(first) & set(second)
    assert [re.findall(r"Q\d\d", names) for _, names, _, _ in papers["zh"]] == [first, second]


def agrees(shown, value):
    """Whether a number is what is shown, to the last digit shown."""
    digits, _, exponent = shown.partition("e")
    decimals = len(digits.partition(".")[2])
    return abs(float(value) - float(shown)) <= 0.51 * 10.0 ** (int(exponent or 0) - decimals)


@pytest.mark.parametrize("question", KEYS)
def test_every_number_of_a_key_is_computed(question):
    values = computed_values(question)
    assert values.keys() == KEYS[question]["values"].keys()
    for name, shown in KEYS[question]["values"].items():
        if "." not in shown and "e" not in shown and abs(float(shown)) < 100:  # a whole number is meant exactly
            assert np.isclose(float(values[name]), float(shown), rtol=1e-6, atol=1e-6), (name, shown, values[name])
        assert agrees(shown, values[name]), f"{name}: the key says {shown}, computed is {float(values[name])}"


@pytest.mark.parametrize("lang", EXAM)
@pytest.mark.parametrize("question", KEYS)
def test_a_key_prints_its_numbers_and_no_others(question, lang):
    """Whole numbers are looked for as they stand; a decimal number must be computed, or come from the question."""
    key, shown = ANSWERS[lang][question], set(KEYS[question]["values"].values())
    for number in shown:
        assert re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", key), f"{number} is not in the key of {question}"
    known = {one.lstrip("-") for one in shown | set(DECIMAL.findall(EXAM[lang][question]))}
    strange = {one for one in DECIMAL.findall(key) if one.lstrip("-") not in known}
    assert not strange, f"{question}: {sorted(strange)} are neither computed nor given"


def test_both_languages_print_the_same_numbers():
    for question in KEYS:
        for part in (EXAM, ANSWERS):
            english, chinese = (sorted(DECIMAL.findall(part[lang][question])) for lang in ("en", "zh"))
            assert english == chinese, question


@pytest.mark.parametrize("question", [one for one, key in KEYS.items() if key["kind"] == "find the bug"])
def test_the_wrong_code_is_the_same_in_both_languages_and_short(question):
    assert code_of(question, "en") == code_of(question, "zh")
    assert len(code_of(question, "en").splitlines()) <= 6


@pytest.mark.parametrize("question", KEYS)
def test_partial_credit_is_below_full_credit(question):
    rows = {}
    for lang, word in (("en", "often wrong"), ("zh", "常见错误")):
        lines = ANSWERS[lang][question].splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith(f"| {word}"))
        table = [line for line in lines[start + 2 :] if line.startswith("|")]
        assert 2 <= len(table) <= 4 and all(line.count("|") == 3 for line in table)
        for line in table:
            credit = re.match(r"(\d+)", line.split("|")[2].strip())
            assert credit is None or int(credit[1]) < KEYS[question]["points"], line
        rows[lang] = len(table)
    assert rows["en"] == rows["zh"]


@pytest.mark.parametrize("question", KEYS)
def test_the_points_of_the_parts_add_up(question):
    """ "**Points.** Graph and values 1; ..." names whole numbers; the sum of those outside brackets is the whole."""
    for lang, word in (("en", "**Points.**"), ("zh", "**给分。**")):
        line = re.search(rf"{re.escape(word)}(.*?)(?:\n\n|$)", ANSWERS[lang][question], re.DOTALL)[1]
        line = re.sub(r"\(.*?\)|（.*?）", lambda found: "" if len(found[0]) > 3 else found[0], line)
        parts = re.split("[;；]", line.strip())
        if len(parts) == 1:  # "One for each of the four numbers."
            assert KEYS[question]["points"] == 4
            continue
        parts = [re.search(r"(?<![.\d])(\d+)(?=\s*(?:,|，|[.。]$|$))", part.strip()) for part in parts]
        assert all(parts), (question, line)
        assert sum(int(part[1]) for part in parts) == KEYS[question]["points"], (question, lang, line)


# ---- the other pages --------------------------------------------------------------------------------


def test_every_page_exists_in_both_languages_and_links_lead_somewhere():
    pages = {lang: sorted(path.name for path in (PACK / lang).glob("*.md")) for lang in ("en", "zh")}
    assert pages["en"] == pages["zh"] and len(pages["en"]) == 6
    for page in PACK.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_english_pages_hold_no_chinese_and_chinese_pages_no_english_sentence():
    for page in (PACK / "en").glob("*.md"):
        assert not re.search("[\u4e00-\u9fff]", page.read_text(encoding="utf-8")), page
    for page in (PACK / "zh").glob("*.md"):
        plain = re.sub(r"```.*?```|`[^`]*`|\$[^$]*\$|\*[^*]*\*", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.findall(r"(?:\b[a-z]+ ){4,}", plain), page


def test_forty_oral_questions_five_for_each_chapter():
    for lang, words in (
        ("en", ("**Ask.**", "**A good answer.**", "**Then.**")),
        ("zh", ("**问。**", "**好的回答。**", "**追问。**")),
    ):
        parts = re.split(r"^## (?=O\d\d)", text(lang, "oral.md"), flags=re.MULTILINE)[1:]
        assert len(parts) == 40
        for number, part in enumerate(parts, start=1):
            chapter = f"{(number - 1) // 5:02d}"
            assert part.startswith(
                f"O{number:02d} · " + (f"chapter {chapter}\n" if lang == "en" else f"{chapter} 章\n")
            )
            assert [part.count(word) for word in words] == [1, 1, 1], part[:3]


def test_the_table_of_transfer_exercises_is_the_exercises():
    expected = [(one.chapter, name, str(one.minutes), str(one.points)) for name, one in load().items()]
    for lang in ("en", "zh"):
        rows = re.findall(r"^\| (\d\d) \| `(\w+)` \| (\d+) \| (\d+) \|", text(lang, "transfer.md"), re.MULTILINE)
        assert rows == expected
        wrong = sum(len(ones) for ones in collect("WRONG").values())
        assert re.search(rf"\b{wrong} (typical wrong|个典型的错误)", text(lang, "transfer.md"))


def test_the_code_on_the_transfer_page_runs():
    for lang in ("en", "zh"):
        space = {"their_function": lambda *args, **kwargs: None, "print": lambda *words, **options: None}
        blocks = re.findall(r"```python\n(.*?)```", text(lang, "transfer.md"), re.DOTALL)
        assert len(blocks) == 2
        for block in blocks:
            exec(block, space)


def test_the_syllabus_names_exercises_and_questions_that_exist():
    for lang in ("en", "zh"):
        page = text(lang, "syllabus.md")
        weeks = re.findall(r"^\| \d \| (.*)", page, re.MULTILINE)
        assert len(weeks) == 12
        for number, row in enumerate(weeks[:8]):
            assert re.findall(r"Q\d\d", row) == [f"Q{5 * number + 1:02d}", f"Q{5 * number + 5:02d}"]
            assert load()[re.findall(r"`(\w+)`", row)[-1]].chapter == f"{number:02d}"
        for row in weeks[8:]:
            assert load()[re.findall(r"`(\w+)`", row)[-1]].chapter in re.findall(r"\d\d", row.split("|")[0])
    assert re.findall(r"\d+\.\d+(?:\.\d)?", text("en", "syllabus.md")) == re.findall(
        r"\d+\.\d+(?:\.\d)?", text("zh", "syllabus.md")
    )


def test_the_proposed_weights_add_up():
    for lang in ("en", "zh"):
        page = text(lang, "grading.md").split("## A proposal for weights" if lang == "en" else "## 一种权重方案")[1]
        table = page.split("##")[0]
        assert sum(int(share) for share in re.findall(r"\| (\d+) % \|$", table, re.MULTILINE)) == 100


def test_the_pack_stays_out_of_the_student_package():
    settings = tomllib.loads((PACK.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    assert all(package.split(".")[0] == "descent" for package in settings["packages"])
    for path in (PACK.parent / "src" / "descent").rglob("*.py"):
        assert not re.search(r"^\s*(?:from|import) instructor", path.read_text(encoding="utf-8"), re.MULTILINE), path


def test_a_printed_paper_holds_its_questions_and_no_answer():
    for lang, heading in (("en", "## 1. (4 points)"), ("zh", "## 1.（4 分）")):
        printed = paper("A", lang)
        assert heading in printed and printed.count("\n## ") == 16
        assert not re.search(r"Q\d\d|chapter \d\d|\d\d 章", printed), "a student need not know which chapter it is from"
        keys = paper("A", lang, keys=True)
        assert all(one in keys for one in ("Q01", "Q40")) and keys.count("\n## ") == 16
        assert paper("Q05 Q03", lang).count("\n## ") == 2
    for wrong in (("C", "en"), ("Q41", "en"), ("A", "de"), ("", "en")):
        with pytest.raises(SystemExit):
            paper(*wrong)
