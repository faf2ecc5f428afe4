"""Every note that the grader can write about a submission, as one table in both languages.

A note is {"en": ..., "zh": ...}. Text that a student chose (a file name, a kernel's name) enters a note only
through `short`, so that no note can carry markup, control characters or a page of text.
"""

Note = dict[str, str]

TEXTS = {
    "renamed": ("Your file was called {name}; it was graded as {expected}.",
                "你的文件名是 {name}，已按 {expected} 评分。"),
    "others_left_out": ("Only the notebook is graded. Left out: {names}.",
                        "只有笔记本会被评分。未使用的文件：{names}。"),
    "language_guessed": ("The notebook does not say its language; it was read as {language}.",
                         "笔记本没有注明语言，已按{language}版处理。"),
    "old_format": ("The notebook is in the old format {version}; its cells were matched by name and content.",
                   "笔记本使用旧格式 {version}，单元格已按名称和内容对应。"),
    "kernel_replaced": ("The notebook was run with the course's kernel, not with {kernel}.",
                        "笔记本使用课程指定的内核运行，而不是 {kernel}。"),
    "unreadable_cells": ("{count} damaged cell(s) could not be read and were left out.",
                         "有 {count} 个损坏的单元格无法读取，已略去。"),
    "missing_answers": ("These answers were missing and count as not answered: {ids}.",
                        "以下答案缺失，按未作答处理：{ids}。"),
    "adopted_answers": ("These answer cells had lost their name; your cells that answer them were taken: {ids}.",
                        "以下答案单元格失去了名称，已采用你写的、回答同一题的单元格：{ids}。"),
    "missing_cells": ("Cells of the course that you had deleted were put back: {ids}.",
                      "你删除的课程单元格已恢复：{ids}。"),
    "repeated": ("There were copies of {ids}. The original was graded; a copy of an answer still runs as a cell of "
                 "your own, a copy of a test does not.",
                 "{ids} 有副本。只对原单元格评分；答案的副本仍作为你自己的单元格运行，测试的副本不运行。"),
    "restored_code": ("Given code was changed and has been restored: {ids}. If you need a helper, put it in a cell of "
                      "your own: what is written into a given cell is not run when grading.",
                      "课程给出的代码被修改，已恢复原样：{ids}。如需辅助函数，请写在你自己新建的单元格里："
                      "写进课程单元格的代码在评分时不会运行。"),
    "restored_tests": ("Test cells were changed and have been restored: {ids}.",
                       "测试单元格被修改，已恢复原样：{ids}。"),
    "restored_text": ("{count} text cell(s) of the course were edited; they are shown as they were released.",
                      "有 {count} 个课程文字单元格被编辑，这里按发布时的内容显示。"),
    "retagged": ("The metadata of these cells was changed and has been restored: {ids}.",
                 "以下单元格的元数据被修改，已恢复：{ids}。"),
    "retyped": ("These cells had another type (code, text) and were turned back: {ids}.",
                "以下单元格的类型（代码、文字）被改变，已改回：{ids}。"),
    "reordered": ("The cells stood in another order; they were run in the order of the course.",
                  "单元格的顺序被改变，评分时按课程的顺序运行。"),
    "raw_dropped": ("{count} raw cell(s) of your own were left out: only code and text cells are kept.",
                    "有 {count} 个你自己的 Raw 单元格被略去：只保留代码和文字单元格。"),
    "attachments_dropped": ("{count} attachment(s) were left out: only small PNG, JPEG and GIF images are kept.",
                            "有 {count} 个附件被略去：只保留较小的 PNG、JPEG、GIF 图片。"),
    "bad_timestamp": ("timestamp.txt could not be read as a date ({text}); no time was recorded.",
                      "timestamp.txt 无法解析为日期（{text}），未记录提交时间。"),
    "not_tried": ("{ids}: {reason}", "{ids}：{reason}"),
    "no_walls": ("Graded WITHOUT a sandbox: this submission could have changed its own and other grades.",
                 "评分时没有使用沙箱：这份提交有可能改动过自己和他人的成绩。"),
    "nobody_could": ("No machine could grade this submission ({why}); a person has to. The answers are in the "
                     "submitted file.",
                     "机器无法评阅这份提交（{why}），需要人工评阅。答案请看提交的原文件。"),
}
CHARACTERS = {"nobody_could": 200}  # of a text in that note, where it may be longer than usual
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

    return {lang: text.format(**{name: shown(value, lang) for name, value in fields.items()})
            for lang, text in zip(("en", "zh"), texts, strict=True)}


def language(lang: str) -> Note:
    """The name of a language, in both languages."""
    return LANGUAGES.get(lang, {"en": short(lang), "zh": short(lang)})


def short(text: object, limit: int = 40) -> str:
    """`text` as it may stand in a sentence: printable, one line, no markup, at most `limit` characters."""
    clean = "".join(c if c.isprintable() and c not in "<>&`|[]" else "?" for c in str(text)[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def listing(names: list[str], most: int = 6) -> str:
    """At most `most` names with commas between them, and how many more there are: "a, b (+3)"."""
    shown = ", ".join(short(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} (+{len(names) - most})"
