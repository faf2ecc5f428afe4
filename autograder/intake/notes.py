"""Every sentence that admitting a submission can say, in both languages, for student and instructor.

A note is {"en": ..., "zh": ...}. What a student typed (a file name, a kernel's name) enters a note only
through `short`, so that no note can carry markup, control characters or a page of text.
"""

Note = dict[str, str]


def short(text: object, limit: int = 40) -> str:
    """Text of a student's as it may stand in a sentence: printable, one line, at most `limit` characters."""
    clean = "".join(c if c.isprintable() and c not in "<>&`|[]" else "?" for c in str(text)[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def listing(ids: list[str], most: int = 6) -> str:
    """At most `most` ids, joined, with how many more there are."""
    shown = ", ".join(short(i) for i in ids[:most])
    return shown if len(ids) <= most else f"{shown} (+{len(ids) - most})"


def renamed(found: str, expected: str) -> Note:
    return {
        "en": f"Your file was called {short(found)}; it was graded as {expected}.",
        "zh": f"你的文件名是 {short(found)}，已按 {expected} 评分。",
    }


def others_left_out(names: list[str]) -> Note:
    return {
        "en": f"Only the notebook is graded. Left out: {listing(names)}.",
        "zh": f"只有笔记本会被评分。未使用的文件：{listing(names)}。",
    }


def language_guessed(lang: str) -> Note:
    name = {"en": ("English", "英文"), "zh": ("Chinese", "中文")}.get(lang, (lang, lang))
    return {
        "en": f"The notebook does not say its language; it was read as {name[0]}.",
        "zh": f"笔记本没有注明语言，已按{name[1]}版处理。",
    }


def old_format(version: str) -> Note:
    return {
        "en": f"The notebook is in the old format {version}; its cells were matched by name and content.",
        "zh": f"笔记本使用旧格式 {version}，单元格已按名称和内容对应。",
    }


def kernel_replaced(name: str) -> Note:
    return {
        "en": f"The notebook was run with the course's kernel, not with {short(name)}.",
        "zh": f"笔记本使用课程指定的内核运行，而不是 {short(name)}。",
    }


def unreadable_cells(count: int) -> Note:
    return {
        "en": f"{count} damaged cell(s) could not be read and were left out.",
        "zh": f"有 {count} 个损坏的单元格无法读取，已略去。",
    }


def missing_answers(ids: list[str]) -> Note:
    return {
        "en": f"These answers were missing and count as not answered: {listing(ids)}.",
        "zh": f"以下答案缺失，按未作答处理：{listing(ids)}。",
    }


def adopted_answers(ids: list[str]) -> Note:
    return {
        "en": f"These answer cells had lost their name; your cells that answer them were taken: "
        f"{listing(ids)}.",
        "zh": f"以下答案单元格失去了名称，已采用你写的、回答同一题的单元格：{listing(ids)}。",
    }


def missing_cells(ids: list[str]) -> Note:
    return {
        "en": f"Cells of the course that you had deleted were put back: {listing(ids)}.",
        "zh": f"你删除的课程单元格已恢复：{listing(ids)}。",
    }


def repeated(ids: list[str]) -> Note:
    return {
        "en": f"There were copies of {listing(ids)}. The original was graded; a copy of an answer still runs "
        "as a cell of your own, a copy of a test does not.",
        "zh": f"{listing(ids)} 有副本。只对原单元格评分；答案的副本仍作为你自己的单元格运行，测试的副本不运行。",
    }


def restored_code(ids: list[str]) -> Note:
    return {
        "en": f"Given code was changed and has been restored: {listing(ids)}. If you need a helper, put it "
        "in a cell of your own: what is written into a given cell is not run when grading.",
        "zh": f"课程给出的代码被修改，已恢复原样：{listing(ids)}。如需辅助函数，请写在你自己新建的单元格里："
        "写进课程单元格的代码在评分时不会运行。",
    }


def restored_tests(ids: list[str]) -> Note:
    return {
        "en": f"Test cells were changed and have been restored: {listing(ids)}.",
        "zh": f"测试单元格被修改，已恢复原样：{listing(ids)}。",
    }


def restored_text(count: int) -> Note:
    return {
        "en": f"{count} text cell(s) of the course were edited; they are shown as they were released.",
        "zh": f"有 {count} 个课程文字单元格被编辑，这里按发布时的内容显示。",
    }


def retagged(ids: list[str]) -> Note:
    return {
        "en": f"The metadata of these cells was changed and has been restored: {listing(ids)}.",
        "zh": f"以下单元格的元数据被修改，已恢复：{listing(ids)}。",
    }


def retyped(ids: list[str]) -> Note:
    return {
        "en": f"These cells had another type (code, text) and were turned back: {listing(ids)}.",
        "zh": f"以下单元格的类型（代码、文字）被改变，已改回：{listing(ids)}。",
    }


def reordered() -> Note:
    return {
        "en": "The cells stood in another order; they were run in the order of the course.",
        "zh": "单元格的顺序被改变，评分时按课程的顺序运行。",
    }


def raw_dropped(count: int) -> Note:
    return {
        "en": f"{count} raw cell(s) of your own were left out: only code and text cells are kept.",
        "zh": f"有 {count} 个你自己的 Raw 单元格被略去：只保留代码和文字单元格。",
    }


def attachments_dropped(count: int) -> Note:
    return {
        "en": f"{count} attachment(s) were left out: only small PNG, JPEG and GIF images are kept.",
        "zh": f"有 {count} 个附件被略去：只保留较小的 PNG、JPEG、GIF 图片。",
    }


def bad_timestamp(text: str) -> Note:
    return {
        "en": f"timestamp.txt could not be read as a date ({short(text)}); no time was recorded.",
        "zh": f"timestamp.txt 无法解析为日期（{short(text)}），未记录提交时间。",
    }


def not_tried(reason: Note, ids: list[str]) -> Note:
    return {"en": f"{listing(ids)}: {reason['en']}", "zh": f"{listing(ids)}：{reason['zh']}"}


def no_walls() -> Note:
    return {
        "en": "Graded WITHOUT a sandbox: this submission could have changed its own and other grades.",
        "zh": "评分时没有使用沙箱：这份提交有可能改动过自己和他人的成绩。",
    }


def nobody_could(why: str) -> Note:
    return {
        "en": f"No machine could grade this submission ({short(why, 200)}); a person has to. The answers are "
        "in the submitted file.",
        "zh": f"机器无法评阅这份提交（{short(why, 200)}），需要人工评阅。答案请看提交的原文件。",
    }
