"""One language per notebook: no Chinese character in an English one, no English sentence in a Chinese one.

A sentence is a run of six or more English words; numbers, commas, code and formulas may stand between them but do not
count. Ignored are code (in backticks, fences, <code> and docstring examples), formulas, addresses, text between 《》,
titles in *italics* or quotes near a year, and the references. Of code cells only strings and comments are checked.
"""

import ast
import io
import json
import re
import tokenize
from html import unescape

from nbformat import NotebookNode

from .source import Problems, Unit

CJK = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
GAP = "¤"  # where code or a formula stood
WORD = r"[A-Za-z][A-Za-z'’-]*"
SENTENCE = re.compile(rf"(?<![\w\\./-]){WORD}(?:[,;:]?[ \n][ \n{GAP}\d.,;:]*{WORD}){{5,}}(?![\w/=(])")
NOT_WORDS = [
    (re.compile(r"^(?P<hashes>#+) .*(?:参考文献|References).*\n(?:(?!^#{1,3} ).*\n?)*", re.M), "\n\n"),
    (re.compile(r"^(```|~~~).*?^\1", re.M | re.S), "。"),
    (re.compile(r"<(pre|script|style)\b.*?</\1>", re.S), "。"),
    (re.compile(r"<code\b.*?</code>", re.S), GAP),
    (re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.S), GAP),
    (re.compile(r"`[^`]+`"), GAP),
    (re.compile(r"https?://[^\s)>]+"), "。"),
    (re.compile(r"《[^》]*》"), "。"),
    (re.compile(r"^[ \t]*>>> .*(?:\n(?![ \t]*(?:>>>|$)).*)*", re.M), "。"),
    (
        re.compile(
            r"""(?:\*[^*\n]+\*|"[^"\n]+"|“[^”\n]+”)(?=[^\n]{0,40}(?:19|20)\d\d)|(?<=\d\d\d\d)[^\n]{0,10}\*[^*\n]+\*"""
        ),
        "。",
    ),
    (re.compile(r"\*+"), ""),
]
TAGS = re.compile(r"<[^>]+>")
ALT = re.compile(r"""\b(?:alt|title|aria-label)=("[^"]*"|'[^']*')""")


def chinese_in(text: str) -> str | None:
    """Return the text around the first Chinese character, or None."""
    match = CJK.search(text)
    return text[max(0, match.start() - 20) : match.end() + 20].strip() if match else None


def english_in(text: str) -> str | None:
    """Return the first English sentence of a text for Chinese readers, or None."""
    for pattern, replacement in NOT_WORDS:
        text = pattern.sub(replacement, text)
    alt_texts = [alt.strip("\"'") for alt in ALT.findall(text)]
    for part in [TAGS.sub("", text), *alt_texts]:
        if match := SENTENCE.search(unescape(part)):
            return " ".join(match[0].split())
    return None


def words_of_code(code: str) -> list[str]:
    """Return the strings and comments of Python code; fields of an f-string become {}."""
    texts = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            texts.append(" ".join(str(part) for part in parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return texts + [token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT]


def fault(text: str, lang: str, *, code: bool = False) -> str | None:
    """Return the first passage in the wrong language in a cell or output of a notebook in `lang`, or None."""
    if lang == "en":
        return chinese_in(text)
    return next((passage for part in (words_of_code(text) if code else [text]) if (passage := english_in(part))), None)


def check(units: list[Unit], problems: Problems) -> None:
    """Report cells with text in the other language."""
    for unit in units:
        for lang, text in [*unit.text.items(), *(unit.model or {}).items()]:
            if passage := fault(text, lang, code=unit.kind == "code"):
                problems.add(unit, sentence(passage, lang))


def sentence(passage: str, lang: str) -> str:
    if lang == "en":
        return f'Chinese in the English notebook: {passage!r}; words in code are pairs, tr("English", "中文")'
    return f'English in the Chinese notebook: {passage!r}; words in code are pairs, tr("English", "中文")'


def faults_of_outputs(cell: NotebookNode, lang: str) -> list[str]:
    """Return the passages in the wrong language in a cell's outputs; text in pictures is not read."""
    texts = []
    for output in cell.get("outputs", []):
        texts.append(output.get("text", ""))
        texts += [
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for mime, value in output.get("data", {}).items()
            if not mime.startswith("image/png")
        ]
    return [sentence(passage, lang) for text in texts if (passage := fault(text, lang))]
