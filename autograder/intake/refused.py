"""Why a submission cannot be graded at all: one exception, one sentence per reason, in both languages."""

from autograder.intake.notes import Note, listing, short


class Refused(Exception):
    """This submission cannot be graded, and `reason` says why. It costs nobody else anything."""

    def __init__(self, reason: Note):
        super().__init__(reason["en"])
        self.reason = reason

    def __reduce__(self):
        return Refused, (self.reason,)


def no_notebook(expected: str, names: list[str]) -> Refused:
    seen_en = f" It holds: {listing(names)}." if names else " The folder is empty."
    seen_zh = f"文件夹中有：{listing(names)}。" if names else "文件夹是空的。"
    return Refused({
        "en": f"There is no notebook {expected} in this submission.{seen_en} Hand in the .ipynb file itself.",
        "zh": f"提交中没有笔记本 {expected}。{seen_zh}请提交 .ipynb 文件本身。",
    })


def several_notebooks(expected: str, names: list[str]) -> Refused:
    return Refused({
        "en": f"There are {len(names)} notebooks and none is called {expected}: {listing(names)}. "
        "Hand in one, under that name.",
        "zh": f"有 {len(names)} 个笔记本，但没有一个叫 {expected}：{listing(names)}。请只提交一个并使用该文件名。",
    })


def link(name: str) -> Refused:
    return Refused({
        "en": f"{short(name)} is a link to somewhere else, not a file. Hand in the notebook itself.",
        "zh": f"{short(name)} 是指向别处的链接，不是文件。请提交笔记本文件本身。",
    })


def not_a_file(name: str) -> Refused:
    return Refused({
        "en": f"{short(name)} cannot be read as a file. Hand in the notebook itself.",
        "zh": f"{short(name)} 无法作为文件读取。请提交笔记本文件本身。",
    })


def too_big(what_en: str, what_zh: str, value: int, limit: int, unit_en: str, unit_zh: str) -> Refused:
    return Refused(
        {
            "en": f"The {what_en} is too big: {value} {unit_en}, the limit is {limit}. A printing loop or "
            "pasted data is the usual cause: clear all outputs, save and hand in again.",
            "zh": f"{what_zh}过大：{value} {unit_zh}，上限为 {limit}。常见原因是循环打印或粘贴了数据："
            "请清除所有输出，保存后重新提交。",
        }
    )


def empty_file() -> Refused:
    return Refused({
        "en": "The file is empty (0 bytes). Save the notebook, look that it opens again, and hand it in.",
        "zh": "文件是空的（0 字节）。请保存笔记本，确认能重新打开后再提交。",
    })


def not_utf8(position: int) -> Refused:
    return Refused(
        {
            "en": f"The file is not UTF-8 text (byte {position}): it is not a notebook, or another program "
            "saved it. Open the notebook in JupyterLab, save it and hand in that file.",
            "zh": f"文件不是 UTF-8 文本（第 {position} 字节）：它不是笔记本，或被其他程序保存过。"
            "请在 JupyterLab 中打开笔记本，保存后提交该文件。",
        }
    )


def not_json(line: int = 0, column: int = 0) -> Refused:
    where_en = f"line {line}, column {column}" if line else "nested too deeply, or a number too long"
    where_zh = f"第 {line} 行第 {column} 列" if line else "嵌套过深或数字过长"
    return Refused({
        "en": f"The file is not a notebook: it is not valid JSON ({where_en}). "
        "Perhaps it was cut off, merged or exported to another format.",
        "zh": f"文件不是笔记本：不是有效的 JSON（{where_zh}）。可能被截断、合并过，或导出成了别的格式。",
    })


def not_notebook(why_en: str, why_zh: str) -> Refused:
    return Refused({
        "en": f"The file is not a notebook: {why_en}.",
        "zh": f"文件不是笔记本：{why_zh}。",
    })


def other_assignment() -> Refused:
    return Refused({
        "en": "This notebook is not the one of this assignment: none of its cells belongs to it. "
        "Look whether another file was handed in by mistake.",
        "zh": "这不是本次作业的笔记本：没有一个单元格属于本作业。请检查是否提交了错误的文件。",
    })
