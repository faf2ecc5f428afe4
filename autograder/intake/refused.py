"""Why a submission cannot be graded at all: one exception, and one table of its reasons in both languages."""

from autograder.intake.notes import Note, in_both_languages

TEXTS = {
    "empty_folder": (
        "There is no notebook {expected} in this submission. The folder is empty. Hand in the .ipynb file itself.",
        "提交中没有笔记本 {expected}。文件夹是空的。请提交 .ipynb 文件本身。",
    ),
    "no_notebook": (
        "There is no notebook {expected} in this submission. It holds: {names}. Hand in the .ipynb file itself.",
        "提交中没有笔记本 {expected}。文件夹中有：{names}。请提交 .ipynb 文件本身。",
    ),
    "other_file": (
        "{name} is {kind}, not a notebook. In JupyterLab choose File, Download: it saves the .ipynb file. Hand "
        "in that file.",
        "{name} 是{kind}，不是笔记本。请在 JupyterLab 中选择“文件”→“下载”，得到 .ipynb 文件后提交它。",
    ),
    "several_notebooks": (
        "There are {count} different notebooks with answers and none is called {expected}: {names}. "
        "Hand in only the one that should be graded.",
        "有 {count} 个内容不同、都写有答案的笔记本，但没有一个叫 {expected}：{names}。请只提交要评分的那一个。",
    ),
    "password": (
        "{name} is an archive with a password. Hand in the .ipynb file itself.",
        "{name} 是带密码的压缩包。请提交 .ipynb 文件本身。",
    ),
    "archive_too_big": (
        "{name} is too big to be unpacked ({value} bytes). Hand in the .ipynb file itself.",
        "{name} 过大（{value} 字节），无法解开。请提交 .ipynb 文件本身。",
    ),
    "link": (
        "{name} is a link to somewhere else, not a file. Hand in the notebook itself.",
        "{name} 是指向别处的链接，不是文件。请提交笔记本文件本身。",
    ),
    "not_a_file": (
        "{name} cannot be read as a file. Hand in the notebook itself.",
        "{name} 无法作为文件读取。请提交笔记本文件本身。",
    ),
    "file_too_big": (
        "The file is too big: {value} bytes, the limit is {limit}. A printing loop is the usual cause. In "
        "JupyterLab choose Edit, Clear Outputs of All Cells; save and hand in again.",
        "文件过大：{value} 字节，上限为 {limit}。常见原因是循环打印。请在 JupyterLab 中选择“编辑”→“清除所有单元格的输出”，"
        "保存后重新提交。",
    ),
    "too_many_parts": (
        "The outputs of the notebook have too many parts to be skipped, more than {limit}. In JupyterLab "
        "choose Edit, Clear Outputs of All Cells; save and hand in again.",
        "笔记本的输出部分过多，超过 {limit} 个，无法跳过。请在 JupyterLab 中选择“编辑”→“清除所有单元格的输出”，"
        "保存后重新提交。",
    ),
    "too_many_cells": (
        "The notebook has more than {limit} cells. Delete the cells that do not belong to your answers, "
        "save and hand in again.",
        "笔记本的单元格超过 {limit} 个。请删除与答案无关的单元格，保存后重新提交。",
    ),
    "too_slow": (
        "Reading this submission took more than {seconds} s. Hand in only the notebook, without other files and "
        "without cells that do not belong to your answers.",
        "读取这份提交用了超过 {seconds} 秒。请只提交笔记本，不要附带其他文件，也不要保留与答案无关的单元格。",
    ),
    "empty_file": (
        "The file is empty (0 bytes). Save the notebook, look that it opens again, and hand it in.",
        "文件是空的（0 字节）。请保存笔记本，确认能重新打开后再提交。",
    ),
    "unknown_encoding": (
        "The file is not text in any encoding that we know (UTF-8, UTF-16, GB18030, Windows-1252). It is "
        "damaged, or not a notebook. Download the notebook again where you wrote it, look that it opens, "
        "and hand in that file.",
        "文件不是已知编码（UTF-8、UTF-16、GB18030、Windows-1252）的文本：它已损坏，或不是笔记本。"
        "请从编写笔记本的地方重新下载，确认能打开后再提交。",
    ),
    "not_json": (
        "The file is not a notebook: it is not valid JSON (line {line}, column {column}). Perhaps it was cut "
        "off, merged or exported to another format. Look whether it opens in JupyterLab.",
        "文件不是笔记本：不是有效的 JSON（第 {line} 行第 {column} 列）。可能被截断、合并过，或导出成了别的格式。"
        "请检查它能否在 JupyterLab 中打开。",
    ),
    "not_an_object": ("The file is not a notebook: its JSON is not an object.", "文件不是笔记本：其 JSON 不是对象。"),
    "no_nbformat": (
        "The file is not a notebook: the field nbformat is missing.",
        "文件不是笔记本：缺少 nbformat 字段。",
    ),
    "unknown_nbformat": (
        "The file is not a notebook: nbformat {nbformat} is not one of 2, 3, 4.",
        "文件不是笔记本：nbformat {nbformat} 不是 2、3、4 之一。",
    ),
    "no_cells": ("The file is not a notebook: it has no list of cells.", "文件不是笔记本：没有单元格列表。"),
    "other_assignment": (
        "This notebook is not the one of this assignment: none of its cells belongs to it. Look whether "
        "another file was handed in by mistake.",
        "这不是本次作业的笔记本：没有一个单元格属于本作业。请检查是否提交了错误的文件。",
    ),
    "other_chapter": (
        "This is the notebook of {chapter}, not the one of this assignment ({expected}), and it answers no exercise of "
        "this one. Hand in the notebook of this assignment.",
        "这是 {chapter} 的笔记本，不是本次作业（{expected}）的，其中没有本次作业的答案。请提交本次作业的笔记本。",
    ),
}


class Refused(Exception):
    """This submission cannot be graded; `reason` is the sentence `code` of TEXTS, in both languages. It costs
    nobody else anything."""

    def __init__(self, code: str, **fields: object):
        self.code, self.fields = code, fields
        self.reason: Note = in_both_languages(TEXTS[code], fields)
        super().__init__(self.reason["en"])

    def __reduce__(self) -> tuple:
        return again, (self.code, self.fields)


def again(code: str, fields: dict[str, object]) -> Refused:
    """The same refusal in another process."""
    return Refused(code, **fields)
