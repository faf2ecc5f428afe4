"""What a text names by its number is there and is what the text means: "exercise 4", "03 章练习 4", "Further 5"."""

import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "site"))

from book.chapter import LANGUAGES, SITTINGS, cells_of, chapters_of, read_chapter, source  # noqa: E402
from book.references import CHAPTER, SITTING, headings, references  # noqa: E402

# What each number meant when the sentences that name it were last read, in words of its English heading. Where an
# exercise has moved, read those sentences again (the failure lists them) before you change a row.
MEANT = {
    ("00", "exercise", 5): "Value",
    ("00", "experiment", 1): "a bug that raises no error",
    ("00", "experiment", 3): "the best of a thousand coins",
    ("00", "experiment", 4): "train with a wrong gradient",
    ("00", "further", 1): "before you believe a check",
    ("00", "further", 4): "whose λ?",
    ("01", "experiment", 2): "beyond the edge",
    ("01", "further", 1): "drawn or shuffled?",
    ("01", "further", 2): "the critical batch size",
    ("01", "further", 4): "when the target moves",
    ("01", "further", 5): "five checks before a long run",
    ("01", "further", 8): "mean or total?",
    ("02", "experiment", 3): "the edge of stability",
    ("02", "further", 1): "clip_by_value",
    ("02", "further", 2): "are saddles more common in high dimension?",
    ("02", "further", 3): "Newton's method",
    ("02", "further", 5): "a cliff, magnified",
    ("03", "exercise", 1): "momentum_step",
    ("03", "exercise", 2): "classical_momentum_step",
    ("03", "exercise", 4): "ema_momentum_step",
    ("03", "exercise", 6): "optimal_heavy_ball",
    ("03", "exercise", 7): "nesterov_step",
    ("03", "experiment", 2): "momentum, or just a larger learning rate?",
    ("03", "further", 2): "how far does it coast?",
    ("03", "further", 4): "momentum changes the step, too",
    ("03", "further", 5): "does momentum help against noise?",
    ("04", "experiment", 3): "how wrong may the learning rate be?",
    ("04", "experiment", 4): "which weights decay?",
    ("04", "experiment", 6): "four schedules, two methods, one rule for all",
    ("04", "further", 5): "is AdamW better than L2?",
    ("04", "further", 6): "what does the correction repair?",
    ("04", "further", 7): "what is RMSProp good at?",
    ("05", "exercise", 3): "soft_threshold",
    ("05", "experiment", 1): "teach it wrong answers",
    ("05", "experiment", 2): "who gets to zero?",
    ("05", "experiment", 4): "all of them, side by side",
    ("05", "further", 1): "what ridge shrinks",
    ("05", "further", 4): "a limit instead of a penalty",
    ("05", "further", 6): "text",
    ("06", "exercise", 6): "batchnorm_backward_steps",
    ("06", "experiment", 6): "is it the internal covariate shift?",
    ("06", "further", 1): "from eight lines to three",
    ("06", "further", 3): "principal components and whitening",
    ("06", "further", 5): "folding",
    ("06", "further", 6): "how noisy is batch norm?",
}
COUNTED = {  # how the first table of a sitting counts them
    "en": {word: n for n, word in enumerate("one two three four five six seven eight".split(), 1)},
    "zh": {word: n for n, word in enumerate("一两三四五六七八", 1)},
}
KINDS = {
    "en": {"exercise": r"(\w+) exercises?", "prediction": r"(\w+) predictions?", "written": r"(\w+) written question"},
    "zh": {"exercise": r"(.)道练习", "prediction": r"(.)次预测", "written": r"(.)道书面题"},
}


@cache
def titles(lang):
    """{(chapter, kind, number): the rest of its heading} of all chapters."""
    out = {}
    for folder in chapters_of(ROOT):
        for kind, number, rest in headings(prose(lang, folder)):
            assert (folder[:2], kind, number) not in out, f"{lang} {folder}: two headings {kind} {number}"
            out[folder[:2], kind, number] = rest
    return out


@cache
def prose(lang, folder):
    cells = cells_of(ROOT, "solutions", lang, folder)
    return "\n\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")


@cache
def named(lang):
    """[(where, chapter or None, kind, number, the words around it)] of chapters, docs, the pack for instructors, site, cards."""
    texts = []
    for folder in chapters_of(ROOT):
        for cell in cells_of(ROOT, "solutions", lang, folder):
            texts.append((f"{folder}, cell {cell['id']}", folder[:2], source(cell)))
    for pattern in ("*.md", "docs/**/*.md", "instructor/**/*.md", "site/*.json", "site/js/*.js", "site/templates/**/*"):
        for path in ROOT.glob(pattern):
            if path.is_file():
                texts.append((str(path.relative_to(ROOT)), None, path.read_text(encoding="utf-8")))
    for folder in ("src", "instructor", "autograder"):
        for path in (ROOT / folder).rglob("*.py"):
            texts.append((str(path.relative_to(ROOT)), None, path.read_text(encoding="utf-8")))
    return [
        (where, one.chapter or here, one.kind, one.number, text[max(0, one.start - 60) : one.end + 60])
        for where, here, text in texts
        for one in references(text, lang)
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_named_by_its_number_is_there(lang):
    there = titles(lang)
    anywhere = {(kind, number) for _, kind, number in there}
    found = named(lang)
    assert len(found) > 40
    for where, chapter, kind, number, around in found:
        # "your figure of experiment 2", in a page that is about no chapter, may be that of any
        exists = (chapter, kind, number) in there if chapter else (kind, number) in anywhere
        assert exists, f"{where} names {kind} {number} of {chapter or 'no chapter'}: {around!r}"


def test_a_number_still_means_what_its_sentences_say():
    english = titles("en")
    every = [(lang, *one) for lang in LANGUAGES for one in named(lang) if one[1]]
    for key, words in MEANT.items():
        sentences = [f"{lang} {where}: {around!r}" for lang, where, *names, around in every if tuple(names) == key]
        assert sentences, f"{key} is named nowhere any more: take its row out"
        assert english[key].strip("`").startswith(words), f"{key} is now {english[key]!r}; it was {words!r} to\n" + (
            "\n".join(sentences)
        )
    new = {tuple(names) for _, _, *names, _ in every} - MEANT.keys()
    assert not new, f"rows for {sorted(new)}"


@pytest.mark.parametrize("folder", chapters_of(ROOT))
def test_numbers_count_from_one_and_are_the_same_in_both_languages(folder):
    found = {lang: [(kind, number) for kind, number, _ in headings(prose(lang, folder))] for lang in LANGUAGES}
    assert found["en"] == found["zh"]
    for kind in ("exercise", "experiment", "further"):
        numbers = [number for one, number in found["en"] if one == kind]
        assert numbers == list(range(1, len(numbers) + 1)), f"{kind}: {numbers}"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("folder", chapters_of(ROOT))
def test_a_sitting_has_as_many_exercises_as_its_table_says(folder, lang):
    chapter = read_chapter(ROOT, lang, folder, answers=True)
    for place in SITTINGS[:2]:
        if (folder, place) == ("07_capstone", "b"):
            continue  # its predictions are entries of a configuration, not boxes
        table = "\n".join(block["text"] for block in chapter["pages"][place]["blocks"][:1])
        line = next(line for line in table.splitlines() if re.match(r"\| \*\*(?:Points|分数)\*\*", line))
        text = "\n".join(block["text"] for block in chapter["pages"][place]["blocks"] if block["kind"] == "text")
        numbered = {number for kind, number, _ in headings(text) if kind == "exercise"}
        boxes = [one["kind"] for one in chapter["exercises"] if one["place"] == place and one["points"]]
        for kind, pattern in KINDS[lang].items():
            said = re.search(pattern, line)
            if said and said[1] in COUNTED[lang]:
                there = len(numbered) if kind == "exercise" else boxes.count(kind)
                assert COUNTED[lang][said[1]] == there, f"{place}: {line}"


@pytest.mark.parametrize(
    ("lang", "text", "found"),
    [
        ("en", "Adam adds an average (03, exercise 4).", [("03", "exercise", 4, "03, exercise 4")]),
        ("en", "See Further 5. In experiment 3's setting", [(None, "further", 5, "Further 5"), (None, "experiment", 3, "experiment 3")]),
        ("en", "of exercises 1 and 2, as experiment 12 showed", [(None, "exercise", 1, "exercises 1"), (None, "exercise", 2, "2"), (None, "experiment", 12, "experiment 12")]),
        ("en", "| 01 B, Further 1 |", [("01", "further", 1, "Further 1")]),
        ("en", "### Exercise 4: `f` (3 points)\n\nas in exercise 2", [(None, "exercise", 2, "exercise 2")]),
        ("en", "run it further 3 times; four exercises, two predictions", []),
        ("zh", "取平均（03 章练习 4），还修好", [("03", "exercise", 4, "03 章练习 4")]),
        ("zh", "| 01 B、拓展 1 | 01 拓展 8 | 05 B，00 A 实验 3 |", [("01", "further", 1, "拓展 1"), ("01", "further", 8, "01 拓展 8"), ("00", "experiment", 3, "实验 3")]),
        ("zh", "实验 1 和 4 里；练习 1、2 的例子", [(None, "experiment", 1, "实验 1"), (None, "experiment", 4, "4"), (None, "exercise", 1, "练习 1"), (None, "exercise", 2, "2")]),
        ("zh", "### 练习 4：`f`（3 分）\n\n加上迁移练习 20 到 30 分钟", []),
    ],
)  # fmt: skip
def test_a_reference_is_found_with_its_chapter(lang, text, found):
    assert [(one.chapter, one.kind, one.number, text[one.start : one.end]) for one in references(text, lang)] == found


@pytest.mark.parametrize(
    ("lang", "text", "found"),
    [
        ("en", "in chapter 02 and (01), (00, 05); (1) and 0.02, `lr` (0.1)", ["02", "01", "00", "05"]),
        ("zh", "第 2 章、02 章（01）和（00，05）；（1）和 0.02，1902 章", ["2", "02", "01", "00", "05"]),
    ],
)
def test_a_chapter_is_found(lang, text, found):
    assert [next(filter(None, one.groups())) for one in CHAPTER[lang].finditer(text)] == found


def test_a_sitting_is_found():
    assert [one.groups() for one in SITTING.finditer("00 A、拓展 4，04 B；100 A, 02 Adam")] == [
        ("00", "A"),
        ("04", "B"),
    ]
