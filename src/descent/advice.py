"""What to do about an error that keeps a reader's text from running at all, where Python's own words do not say it.

A card of descent.check is not made then: these are the errors of pasted text, of a stub without its first line, and of
calls that a web page cannot answer.
"""

import difflib
import re
import unicodedata

Both = dict[str, str]
PLAIN = {"“": '"', "”": '"', "‘": "'", "’": "'", "「": '"', "」": '"', "、": ",", "。": ".", "−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "…": "..."}  # fmt: skip
PROMPT = {
    "en": "`>>>` and `In [1]:` are prompts that were copied along with the code. Delete them.",
    "zh": "`>>>`、`In [1]:` 这类符号只是提示符，不属于代码，请删掉。",
}
HERE = ("numpy", "matplotlib", "math", "copy", "descent")


def advice(error: BaseException, source: str, name: str | None = None) -> Both | None:
    """One sentence per language, or None. name: the function that the text should define, if it should."""
    if isinstance(error, SyntaxError):
        return about_syntax(error, source) or without_def(error, source, name)
    if isinstance(error, NameError) and error.name in ("In", "Out"):  # `In [1]: x` is an annotation
        return PROMPT
    if isinstance(error, SystemExit):
        return {
            "en": "The code ends the program (`exit`, `quit`). Delete that line; `return` ends a function.",
            "zh": "代码让程序退出了（`exit`、`quit`）。请删掉那一行；要结束函数，用 `return`。",
        }
    if isinstance(error, EOFError):
        return {
            "en": "The code waits for keyboard input (`input()` or `breakpoint()`), which does not exist here. Delete that line.",
            "zh": "代码在等键盘输入（`input()` 或 `breakpoint()`），可这里没有键盘。请删掉那一行。",
        }
    if isinstance(error, ModuleNotFoundError):
        module, *inside = (error.name or "").split(".")
        return None if inside and module in HERE else about_module(module)
    return None


def about_syntax(error: SyntaxError, source: str) -> Both | None:
    line = (error.text or "").strip()
    if found := re.search(r"invalid character '(.)'", error.msg or ""):
        return about_character(found[1])
    if "non-printable" in (error.msg or ""):
        return {
            "en": "The line contains an invisible character, as text copied from a web page or a PDF often does. "
            "Delete the spaces of that line and type them again.",
            "zh": "这一行里有看不见的字符，从网页或 PDF 复制来的文字常常带着它。请删掉这一行的空格，重新输入。",
        }
    if isinstance(error, TabError):
        return {
            "en": "Some lines are indented with tabs, others with spaces. Use four spaces for each level.",
            "zh": "有的行用制表符（Tab）缩进，有的行用空格。请统一用空格，每级四个。",
        }
    if line.startswith("```"):
        return {
            "en": "The lines of three backquotes only mark where code begins and ends in a text. Delete them.",
            "zh": "三个反引号的行是代码之外的标记，请删掉。",
        }
    if line.startswith((">>>", "...")) or re.match(r"(In|Out) ?\[\d*\]:", line):
        return PROMPT
    if line.startswith(("%", "!")):
        return {
            "en": "Lines that begin with `%` or `!` are commands of a notebook. Here only Python runs: delete the line.",
            "zh": "以 `%` 或 `!` 开头的是笔记本的命令。这里只运行 Python，请删掉这一行。",
        }
    return None


def about_character(sign: str) -> Both:
    """A character that looks like one of Python's: full-width, typographic, or mathematical."""
    plain = PLAIN.get(sign) or unicodedata.normalize("NFKC", sign)
    if plain == sign or not plain.isascii():
        return {
            "en": f"Python does not know the character {sign}. It is allowed in comments and strings only.",
            "zh": f"Python 不认识符号 {sign}，它只能出现在注释或字符串里。",
        }
    return {
        "en": f"The character {sign} looks like `{plain}` but is a different one. Type `{plain}` (with an English keyboard layout).",
        "zh": f"{sign} 不是 Python 认识的符号，请改成 `{plain}`（输入时切换到英文输入法）。",
    }


def without_def(error: SyntaxError, source: str, name: str | None) -> Both | None:
    """The first line of the stub is gone: what is left cannot be read."""
    below = isinstance(error, IndentationError) or "outside function" in (error.msg or "")
    if name is None or not below or re.search(rf"^\s*(def|class)\s+{re.escape(name)}\b", source, re.MULTILINE):
        return None
    return {
        "en": f"The text has no line `def {name}(...)`. “Start again” shows the stub, “Undo” brings your text back.",
        "zh": f"这段代码里没有 `def {name}(...)` 这一行。按“重新开始”可以看到模板，按“撤销”可以回到你写的内容。",
    }


def about_module(module: str) -> Both:
    """What to do about a package that is not there; a page loads Matplotlib only for the experiments that draw."""
    if module == "matplotlib":
        return {
            "en": f"`{module}` is not loaded while an answer is checked: no exercise needs it. Delete the import.",
            "zh": f"检查答案时不会加载 `{module}`，练习也用不到它。请删掉这一行 import。",
        }
    if near := difflib.get_close_matches(module, HERE, 1, 0.75):
        return {"en": f"Did you mean `{near[0]}`?", "zh": f"是不是想写 `{near[0]}`？"}
    return {
        "en": f"There is no package `{module}` here. The exercises need NumPy only, which is imported as `np`.",
        "zh": f"这里没有 `{module}` 这个包。练习只需要 NumPy，名字是 `np`，已经导入好了。",
    }
