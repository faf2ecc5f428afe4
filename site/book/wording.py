"""Reword a chapter's text for the site: a notebook has cells to run, a page has the buttons Check and Run.

    for_page(text, "en", answers=True)

Each pattern matches a phrase that occurs only in the sentence to be replaced, so that the rest of the sentence may change
in the chapter. tests/test_site_book.py fails if a page still speaks of cells.
"""

import re

# (pattern, replacement of the whole line); a second replacement is for the edition without answers, which lends none.
LINES = {
    "en": [
        (
            r"^- .*`raise NotImplementedError",
            "- You write functions. Each exercise has an editor with a signature, a docstring and a line "
            "`raise NotImplementedError(...)`: replace that line. The docstring says what is asked.",
        ),
        (
            r"^- .*`check\(\.\.\.\)`",
            "- **Check**, below the editor, tries your function on cases with known answers and shows a **card**. Press it as "
            "often as you like. In a class the same checks run once more with other numbers.",
        ),
        (
            r"^- Experiments run \*your\* functions",
            "- Experiments are shown as they ran with our functions. **Run it with my code** runs one with yours.",
        ),
        (
            r"^- .*`from descent\.lend import",
            "- An exercise may use functions of earlier ones. If you have not written one yet, the card says which and offers "
            "to lend it: no points until you write your own, but the rest of the chapter works.",
            "- An exercise may use functions of earlier ones. If you have not written one yet, the card says which.",
        ),
    ],
    "zh": [
        (
            r"^- .*`raise NotImplementedError",
            "- 你来写函数。每道练习都有一个编辑器，里面有函数签名、文档字符串和一行 "
            "`raise NotImplementedError(...)`：把这一行换成你的代码。题目就在文档字符串里。",
        ),
        (
            r"^- .*`check\(\.\.\.\)`",
            "- 编辑器下面的**检查**按钮用已知答案的例子试你的函数，并显示一张**卡片**，想按几次都行。"
            "在班级里，同样的检查会换一组数再跑一遍。",
        ),
        (
            r"^- 实验运行的是\*你",
            "- 书中的实验结果是用参考答案跑出来的。按**用我的代码运行**，就换成你自己的函数再跑一次。",
        ),
        (
            r"^- .*`from descent\.lend import",
            "- 有的练习要用到前面练习里的函数。如果你还没写，卡片会指出是哪一个，并可以借给你：那道题先不得分，但后面都能继续。",
            "- 有的练习要用到前面练习里的函数。如果你还没写，卡片会指出是哪一个。",
        ),
    ],
}
PHRASES = {
    "en": [
        (r" \(run its cells first\)|, with its cells run(?=[;,])", ""),
        (r"(?<=\*case\*)(?: that fails)?,? (?:ready to be pasted|to paste) into a cell of your own", ", with a button that lets you try it"),
        (r"(?<=[.!?] )`check\(\.\.\., hint=2\)` or `hint=3` shows them at once", "On your own cards two buttons bring them at once"),
        (r" \(paste it into a new cell to see for yourself\)", ""),
        (r"run the cell in a notebook to get its sliders", "its sliders are on the page of the site, with JavaScript"),
        (r"before you run the next cell", "before you read on"),
        (r"\b([Tt])he (?:cell below|next cell)\b", r"\1he code below"),
        (r"in the collapsed cells", "in the folded code"),
        (r"Run this cell again", "Run it again"),
        (r"into this cell\. Below each", "into the box below. Under each"),
        (r"\bnumber from (?:this|the) notebook\b", "number from this chapter"),
    ],
    "zh": [
        (r"（先运行(?:它|其中)的单元格）", ""),
        (r"(?<=没通过的\*例子\*)，可以(?:直接)?粘到自己的单元格里运行", "，旁边有按钮可以马上试一试"),
        (r"想马上看，就写 `check\(\.\.\., hint=2\)` 或 `hint=3`。", "想马上看，在你自己的卡片上按一下按钮就行。"),
        (r"（可以粘贴到新单元格里自己运行）", ""),
        (r"在笔记本中运行该单元格即可使用滑块", "在网站上打开本页（启用 JavaScript）即可使用滑块"),
        (r"再运行下一个单元格", "再往下看"),
        (r"(?:下一个|后面的|下面的)单元格", "下面的代码"),
        (r"在折叠的单元格里", "在折叠的代码里"),
        (r"抄进这个单元格", "抄进下面的文本框"),
        (r"引用(?:本)?笔记本中的", "引用本章中的"),
    ],
}  # fmt: skip


def for_page(text: str, lang: str, *, answers: bool) -> str:
    """The text as a page says it; answers: whether this edition has answers, which it can lend."""
    for pattern, *replacements in LINES[lang]:
        line = replacements[0] if answers else replacements[-1]
        text = re.sub(rf"{pattern}.*$", lambda _, line=line: line, text, flags=re.M)
    for pattern, replacement in PHRASES[lang]:
        text = re.sub(pattern, replacement, text)
    return text
