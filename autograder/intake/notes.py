"""Every note that the grader can write about a submission, as one table in both languages.

A note is {"en": ..., "zh": ...}. Text that a student chose (a file name, a kernel's name) enters a note only
through `short`, so that no note can carry markup, control characters or a page of text.
"""

from autograder.intake.text import printable

Note = dict[str, str]
NO_MARKUP = str.maketrans(
    "<>&`|[]", "＜＞＆｀｜［］"
)  # full-width: they can be read, and mean nothing to HTML and Markdown

TEXTS = {
    "renamed": (
        "Your file was called {name}; it was graded as {expected}.",
        "你的文件名是 {name}，已按 {expected} 评分。",
    ),
    "others_left_out": (
        "Only the notebook is graded. Left out: {names}.",
        "只有笔记本会被评分。未使用的文件：{names}。",
    ),
    "language_guessed": (
        "The notebook does not say its language; it was read as {language}.",
        "笔记本没有注明语言，已按{language}版处理。",
    ),
    "old_format": (
        "The notebook is in the old format {version}; its cells were matched by name and content.",
        "笔记本使用旧格式 {version}，单元格已按名称和内容对应。",
    ),
    "kernel_replaced": (
        "The notebook was run with the course's kernel, not with {kernel}.",
        "笔记本使用课程指定的内核运行，而不是 {kernel}。",
    ),
    "unreadable_cells": (
        "{count} damaged cell(s) could not be read and were left out.",
        "有 {count} 个损坏的单元格无法读取，已略去。",
    ),
    "missing_answers": (
        "These answers were missing and count as not answered: {ids}.",
        "以下答案缺失，按未作答处理：{ids}。",
    ),
    "adopted_answers": (
        "These answer cells had lost their name; your cells that answer them were taken: {ids}.",
        "以下答案单元格失去了名称，已采用你写的、回答同一题的单元格：{ids}。",
    ),
    "missing_cells": (
        "Cells of the course that you had deleted were put back: {ids}.",
        "你删除的课程单元格已恢复：{ids}。",
    ),
    "another_release": (
        "Your notebook is of another release of this chapter than the one it is graded with. Cells that it lacks or that are "
        "different there: {ids}. An exercise that it lacks counts as not answered.",
        "你的笔记本是本章的另一个版本，与评分所用的版本不同。其中缺少或不同的单元格：{ids}。缺少的练习按未作答处理。",
    ),
    "another_release_given": (
        "Your notebook is of another release of this chapter than the one it is graded with. The exercises are the same; where given "
        "code differs, the code of the release that grades was run.",
        "你的笔记本是本章的另一个版本，与评分所用的版本不同。练习没有变化；课程给出的代码如有不同，以评分所用的版本为准。",
    ),
    "other_chapter": (
        "Your notebook is the one of {chapter}, not of {expected}. Answers to {expected} that were found in it were graded; the "
        "others count as not answered.",
        "你的笔记本是 {chapter} 的，不是 {expected} 的。其中属于 {expected} 的答案已评分，其余按未作答处理。",
    ),
    "repeated": (
        "There were equal copies of {ids}. The original was graded, the copies were left out.",
        "{ids} 有相同的副本。只对原单元格评分，副本已略去。",
    ),
    "restored_code": (
        "Given code was changed and has been restored: {ids}. If you need a helper, put it in a cell of "
        "your own: what is written into a given cell is not run when grading.",
        "课程给出的代码被修改，已恢复原样：{ids}。如需辅助函数，请写在你自己新建的单元格里："
        "写进课程单元格的代码在评分时不会运行。",
    ),
    "restored_tests": (
        "Test cells were changed and have been restored: {ids}.",
        "测试单元格被修改，已恢复原样：{ids}。",
    ),
    "restored_text": (
        "{count} text cell(s) of the course were edited; they are shown as they were released.",
        "有 {count} 个课程文字单元格被编辑，这里按发布时的内容显示。",
    ),
    "retagged": (
        "The metadata of these cells was changed and has been restored: {ids}.",
        "以下单元格的元数据被修改，已恢复：{ids}。",
    ),
    "retyped": (
        "These cells had another type (code, text) and were turned back: {ids}.",
        "以下单元格的类型（代码、文字）被改变，已改回：{ids}。",
    ),
    "reordered": (
        "The cells stood in another order; they were run in the order of the course.",
        "单元格的顺序被改变，评分时按课程的顺序运行。",
    ),
    "raw_dropped": (
        "{count} raw cell(s) of your own were left out: only code and text cells are kept.",
        "有 {count} 个你自己的 Raw 单元格被略去：只保留代码和文字单元格。",
    ),
    "own_copies": (
        "Cells of yours have the name of a course cell but another text: {ids}. They were kept as cells of "
        "your own, where they stand.",
        "你有一些单元格沿用了课程单元格的名称，但内容不同：{ids}。它们作为你自己的单元格保留在原处。",
    ),
    "moved_answers": (
        "These answers were written where their test does not see them, below it or in another cell: {ids}. "
        "The answer's own cell was blank, so they were moved there. Write answers into their own cells.",
        "以下答案写在了测试看不到的地方（测试之后或别的单元格里）：{ids}。由于答案单元格是空的，已把它们移到那里。"
        "请把答案写在各自的单元格中。",
    ),
    "essays_nearby": (
        "The answer cell of {ids} is blank or missing, but there is text of yours near the question. It was "
        "taken as the answer, and a person reads it.",
        "{ids} 的答案单元格是空的或已缺失，但题目附近有你写的文字。已把它作为答案，由人工评阅。",
    ),
    "defined_below": (
        "You define {ids} again below the test. That has no effect on the test, which runs before.",
        "你在测试之后又定义了 {ids}。测试先运行，不受影响。",
    ),
    "newer_syntax": (
        "The code in {ids} needs Python {version} or newer, but it is graded with Python {here}.{ran}",
        "{ids} 中的代码需要 Python {version} 或更新版本，而评分使用 Python {here}。{ran}",
    ),
    "encoding": (
        "The file is encoded in {encoding} instead of UTF-8; it was read all the same.",
        "文件的编码是 {encoding} 而不是 UTF-8，已照常读取。",
    ),
    "blank_left_out": (
        "{name} holds no answers; the copy beside it does and was graded.",
        "{name} 中没有答案，已改为对旁边写有答案的副本评分。",
    ),
    "cells_cut": (
        "The text of these cells is longer than {limit} characters and was cut: {texts}.",
        "以下单元格的文本超过 {limit} 个字符，已被截断：{texts}。",
    ),
    "cells_dropped": (
        "The notebook has more than {limit} characters of code and text; the last {count} cell(s) were left out.",
        "笔记本的代码和文字超过 {limit} 个字符，最后 {count} 个单元格已略去。",
    ),
    "pictures_scaled": (
        "These pictures were large and are shown at a smaller size: {names}.",
        "以下图片过大，已缩小显示：{names}。",
    ),
    "pictures_left_out": (
        "These pictures cannot be shown; a sentence stands in their place: {names}. PNG and JPEG files always work.",
        "以下图片无法显示，原处有说明：{names}。PNG 和 JPEG 格式总是可以的。",
    ),
    "pictures_missing": (
        "These pictures were not saved with the notebook; a sentence stands in their place: {names}.",
        "以下图片没有随笔记本保存，原处有说明：{names}。",
    ),
    "bad_timestamp": (
        "timestamp.txt could not be read as a date ({text}); no time was recorded.",
        "timestamp.txt 无法解析为日期（{text}），未记录提交时间。",
    ),
    "not_tried": ("{ids}: {reason}", "{ids}：{reason}"),
    "no_walls": (
        "Graded WITHOUT a sandbox: this submission could have changed its own and other grades.",
        "评分时没有使用沙箱：这份提交有可能改动过自己和他人的成绩。",
    ),
    "not_outside": (
        "This test cannot be tried outside of the student's process, so a person has to look.",
        "此测试无法在学生进程之外进行，需要人工评阅。",
    ),
    "in_kernel": (
        "These tests ran inside the student's own process, which could have decided their result: {ids}.",
        "以下测试在学生自己的进程里运行，其结果可能受提交的代码影响：{ids}。",
    ),
    "nobody_could": (
        "No machine could grade this submission ({why}); a person has to. The answers are in the submitted file.",
        "机器无法评阅这份提交（{why}），需要人工评阅。答案请看提交的原文件。",
    ),
}
CHARACTERS = {"nobody_could": 200, "renamed": 100}  # of a text in that note, where it may be longer than usual
LANGUAGES = {"en": {"en": "English", "zh": "英文"}, "zh": {"en": "Chinese", "zh": "中文"}}


def note(code: str, **fields: object) -> Note:
    """The note `code` of TEXTS in both languages."""
    return in_both_languages(TEXTS[code], fields, CHARACTERS.get(code, 40))


def in_both_languages(texts: tuple[str, str], fields: dict[str, object], characters: int = 40) -> Note:
    """`texts` (English, Chinese) with `fields` filled in: numbers as they are, strings through `short`, lists of
    strings through `listing`, and of a note the text in the same language."""

    def shown(value: object, lang: str) -> object:
        if isinstance(value, dict):
            return value[lang]
        if isinstance(value, list):
            return listing(value)
        return short(value, characters) if isinstance(value, str) else value

    return {
        lang: text.format(**{name: shown(value, lang) for name, value in fields.items()})
        for lang, text in zip(("en", "zh"), texts, strict=True)
    }


def language(lang: str) -> Note:
    """The name of a language, in both languages."""
    return LANGUAGES.get(lang, {"en": short(lang), "zh": short(lang)})


def short(text: object, limit: int = 40) -> str:
    """`text` as it may stand in a sentence: printable, one line, no markup, at most `limit` characters."""
    clean = printable(str(text)[: limit + 1]).translate(NO_MARKUP)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def listing(names: list[str], most: int = 6) -> str:
    """At most `most` names with commas between them, and how many more there are: "a, b (+3)"."""
    shown = ", ".join(short(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} (+{len(names) - most})"
