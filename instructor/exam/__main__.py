"""Print an exam paper, or its keys, as Markdown.

python -m instructor.exam A en                     paper A in English
python -m instructor.exam A zh --keys              its keys in Chinese
python -m instructor.exam "Q01 Q08 Q14" en         a paper of your own choice, in this order
"""

import re
import sys
from pathlib import Path

PACK = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "zh")
HEADINGS = {"en": "## {number}. ({points} points)", "zh": "## {number}.（{points} 分）"}


def sections(lang: str, page: str) -> dict[str, str]:
    """The text of each question on a page by its number, the heading included."""
    parts = re.split(r"^## (?=Q\d\d)", (PACK / lang / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {part[:3]: part for part in parts[1:]}


def chosen(choice: str, lang: str) -> list[str]:
    """The questions of paper A or B, or those named. Raises SystemExit with a sentence for any other choice."""
    page = (PACK / lang / "exam.md").read_text(encoding="utf-8")
    papers = {name: row for name, row in re.findall(r"^\| ([AB]) \| (.*?) \|", page, re.MULTILINE)}
    names = re.split(r"[\s,]+", papers.get(choice, choice).strip())
    unknown = [name for name in names if name not in sections(lang, "exam.md")]
    if unknown:
        raise SystemExit(f"no such question: {', '.join(map(repr, unknown))}; say A, B, or numbers such as Q01 Q08")
    return names


def paper(choice: str, lang: str, *, keys: bool = False) -> str:
    """A paper with its questions numbered from 1, or the keys of these questions under their own numbers."""
    if lang not in LANGUAGES:
        raise SystemExit(f"language {lang!r}: must be en or zh")
    names = chosen(choice, lang)
    if keys:
        found = sections(lang, "exam_keys.md")
        return "\n" + "\n".join(f"## {number}. = {found[name]}" for number, name in enumerate(names, start=1))
    found, out = sections(lang, "exam.md"), [""]
    for number, name in enumerate(names, start=1):
        heading, text = found[name].split("\n", 1)
        points = re.search(r"(\d+) (?:points|分)", heading)[1]
        out.append(HEADINGS[lang].format(number=number, points=points) + "\n" + text)
    return "\n".join(out)


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--keys"]
    if not words:
        raise SystemExit(__doc__)
    print(paper(words[0], words[1] if len(words) > 1 else "en", keys="--keys" in sys.argv))
