"""Why a submission cannot be graded at all: one exception, and one table of its reasons in both languages."""

from autograder.intake.notes import Note, in_both_languages

TEXTS = {
    "empty_folder": ("There is no notebook {expected} in this submission. The folder is empty. Hand in the .ipynb file "
                     "itself.",
                     "提交中没有笔记本 {expected}。文件夹是空的。请提交 .ipynb 文件本身。"),
    "no_notebook": ("There is no notebook {expected} in this submission. It holds: {names}. Hand in the .ipynb file "
                    "itself.",
                    "提交中没有笔记本 {expected}。文件夹中有：{names}。请提交 .ipynb 文件本身。"),
    "several_notebooks": ("There are {count} notebooks and none is called {expected}: {names}. Hand in one, under that "
                          "name.",
                          "有 {count} 个笔记本，但没有一个叫 {expected}：{names}。请只提交一个并使用该文件名。"),
    "link": ("{name} is a link to somewhere else, not a file. Hand in the notebook itself.",
             "{name} 是指向别处的链接，不是文件。请提交笔记本文件本身。"),
    "not_a_file": ("{name} cannot be read as a file. Hand in the notebook itself.",
                   "{name} 无法作为文件读取。请提交笔记本文件本身。"),
    "file_too_big": ("The file is too big: {value} bytes, the limit is {limit}. A printing loop or pasted data is the "
                     "usual cause: clear all outputs, save and hand in again.",
                     "文件过大：{value} 字节，上限为 {limit}。常见原因是循环打印或粘贴了数据：请清除所有输出，保存后重新提交。"),
    "too_many_cells": ("The notebook is too big: {value} cells, the limit is {limit}. A printing loop or pasted data is "
                       "the usual cause: clear all outputs, save and hand in again.",
                       "笔记本过大：{value} 个单元格，上限为 {limit}。常见原因是循环打印或粘贴了数据：请清除所有输出，保存后重新提交。"),
    "cell_too_long": ("The text of one cell is too big: {value} characters, the limit is {limit}. A printing loop or "
                      "pasted data is the usual cause: clear all outputs, save and hand in again.",
                      "单个单元格的文本过大：{value} 个字符，上限为 {limit}。常见原因是循环打印或粘贴了数据："
                      "请清除所有输出，保存后重新提交。"),
    "empty_file": ("The file is empty (0 bytes). Save the notebook, look that it opens again, and hand it in.",
                   "文件是空的（0 字节）。请保存笔记本，确认能重新打开后再提交。"),
    "not_utf8": ("The file is not UTF-8 text (byte {position}): it is not a notebook, or another program saved it. Open "
                 "the notebook in JupyterLab, save it and hand in that file.",
                 "文件不是 UTF-8 文本（第 {position} 字节）：它不是笔记本，或被其他程序保存过。"
                 "请在 JupyterLab 中打开笔记本，保存后提交该文件。"),
    "not_json": ("The file is not a notebook: it is not valid JSON (line {line}, column {column}). Perhaps it was cut "
                 "off, merged or exported to another format.",
                 "文件不是笔记本：不是有效的 JSON（第 {line} 行第 {column} 列）。可能被截断、合并过，或导出成了别的格式。"),
    "json_too_deep": ("The file is not a notebook: it is not valid JSON (nested too deeply, or a number too long). "
                      "Perhaps it was cut off, merged or exported to another format.",
                      "文件不是笔记本：不是有效的 JSON（嵌套过深或数字过长）。可能被截断、合并过，或导出成了别的格式。"),
    "not_an_object": ("The file is not a notebook: its JSON is not an object.",
                      "文件不是笔记本：其 JSON 不是对象。"),
    "no_nbformat": ("The file is not a notebook: the field nbformat is missing.",
                    "文件不是笔记本：缺少 nbformat 字段。"),
    "unknown_nbformat": ("The file is not a notebook: nbformat {nbformat} is not one of 2, 3, 4.",
                         "文件不是笔记本：nbformat {nbformat} 不是 2、3、4 之一。"),
    "no_cells": ("The file is not a notebook: it has no list of cells.",
                 "文件不是笔记本：没有单元格列表。"),
    "other_assignment": ("This notebook is not the one of this assignment: none of its cells belongs to it. Look whether "
                         "another file was handed in by mistake.",
                         "这不是本次作业的笔记本：没有一个单元格属于本作业。请检查是否提交了错误的文件。"),
}


class Refused(Exception):
    """This submission cannot be graded; `reason` is the sentence `code` of TEXTS, in both languages. It costs
    nobody else anything."""

    def __init__(self, code: str, **fields: object):
        self.code, self.fields = code, fields
        self.reason: Note = in_both_languages(TEXTS[code], fields)
        super().__init__(self.reason["en"])

    def __reduce__(self):
        return again, (self.code, self.fields)


def again(code: str, fields: dict[str, object]) -> Refused:
    """The same refusal in another process."""
    return Refused(code, **fields)
