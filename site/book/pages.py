"""Blocks become the source of the book: a Markdown page for each sitting and, beside it, the data of its blocks.

python -m book.pages COURSE SOURCE [--class]      # writes SOURCE/{en,zh}/<chapter>/{index,a,b,further}.{md,json}
"""

import argparse
import json
import re
import shutil
from pathlib import Path

from book import times
from book.chapter import LANGUAGES, chapters_of, read_chapter
from book.outputs import drawn
from book.references import HEADING, KINDS, headings
from book.wording import for_page
from book.words import WORDS

MINUTES = re.compile(r"(\d+)\s*(?:minutes|分钟)")
# An entry ends with a year, a page or a Chinese word; the next begins with a name, or with 第一份笔记.
ENTRY = re.compile(r"(?<=[\d)])\. (?=[A-Z])|(?<=[\d)\u4e00-\u9fff])。 ?(?=[A-Z第])")
REFERENCES = ("References", "参考文献")


def markdown(chapter: dict, place: str) -> str:
    """The Markdown of one page: text as it is, every other block as the directive that looks it up."""
    out = []
    for number, block in enumerate(chapter["pages"][place]["blocks"]):
        if block["kind"] == "text":
            out.append(f"(c-{block['id']})=\n\n{with_labels(block['text'], chapter['folder'])}\n")
        else:
            out.append(f"```{{block}} {number}\n```\n")
    if place == "index":
        others = [other for other in chapter["pages"] if other != "index"]
        out.append("```{sittings}\n```\n\n```{toctree}\n:hidden:\n" + "\n".join(others) + "\n```\n")
    return "\n".join(out)


def with_labels(text: str, folder: str) -> str:
    """A numbered heading with a label; its id is the same in both languages: exercise-4, further-2 (docutils drops "03-")."""
    return HEADING.sub(lambda found: f"\n({folder[:2]}-{KINDS[found[1].lower()]}-{found[2]})=\n\n{found[0]}", text)


def numbered(chapter: dict) -> dict[str, str]:
    """{"exercise-4": "a"}: the page on which what has this number stands."""
    out = {}
    for place, page in chapter["pages"].items():
        for block in page["blocks"]:
            if block["kind"] == "text":
                out |= {f"{kind}-{number}": place for kind, number, _ in headings(block["text"])}
    return out


def with_drawn_outputs(chapter: dict, folder: Path, lang: str) -> None:
    """Outputs as ("text" or "html", content), a card among them in the words of a page; the pictures go into `folder`."""
    for page in chapter["pages"].values():
        for block in page["blocks"]:
            if block["kind"] == "cell":
                outputs = [drawn(output, folder, "../_figures/") for output in block["outputs"]]
                block["outputs"] = [(kind, for_page(text, lang, answers=True)) for kind, text in outputs]


def with_seconds(chapter: dict, seconds: dict[str, tuple[float, float]]) -> None:
    """Each measured experiment with the seconds that it takes on a page, where all it stands on runs first."""
    for page in chapter["pages"].values():
        for block in page["blocks"]:
            if block["kind"] == "cell" and block["id"] in seconds:
                block["seconds"] = seconds[block["id"]][1]


def minutes(chapter: dict) -> dict[str, int]:
    """{place: minutes} of the sittings that say how long they take."""
    out = {}
    for place, page in chapter["pages"].items():
        first = next((block["text"] for block in page["blocks"] if block["kind"] == "text"), "")
        if place != "index" and (found := MINUTES.search(first)):
            out[place] = int(found[1])
    return out


def references(chapter: dict) -> list[str]:
    """The paragraphs that a chapter folds under "References"."""
    out = []
    for page in chapter["pages"].values():
        for block in page["blocks"]:
            if block["kind"] == "text":
                for title in REFERENCES:
                    out += re.findall(rf"^~~~{{fold}} {title}\n(.*?)\n~~~$", block["text"], re.S | re.M)
    return out


def ended(entry: str) -> str:
    """An entry with its full stop: the Chinese one after Chinese."""
    entry = entry.rstrip(".。")
    return entry + ("。" if re.search(r"[\u4e00-\u9fff]）?$", entry) else ".")


def write_book(course: Path, out: Path, lang: str, *, answers: bool) -> None:
    words, top = WORDS[lang], out / lang
    shutil.rmtree(top, ignore_errors=True)
    (top / "_figures").mkdir(parents=True)
    about, sources = [], []
    for folder in chapters_of(course):
        chapter = read_chapter(course, lang, folder, answers=answers)
        with_drawn_outputs(chapter, top / "_figures", lang)
        with_seconds(chapter, times.seconds(course, folder))
        (top / folder).mkdir()
        for place, page in chapter["pages"].items():
            (top / folder / f"{place}.md").write_text(markdown(chapter, place), encoding="utf-8")
            write_json(top / folder / f"{place}.json", page)
        about.append(
            {key: chapter[key] for key in ("folder", "title", "exercises", "code")}
            | {"pages": {place: page["title"] for place, page in chapter["pages"].items()}, "minutes": minutes(chapter)}
            | {"numbered": numbered(chapter)}
        )
        if found := references(chapter):
            entries = [entry for paragraph in found for entry in ENTRY.split(" ".join(paragraph.split()))]
            listed = "\n".join(f"- {ended(entry)}" for entry in entries)
            sources.append(f"## {chapter['title']}\n\n{listed}\n")
    write_json(top / "chapters.json", about)
    toctree = "\n".join([f"{one['folder']}/index" for one in about] + ["glossary", "bibliography"])
    (top / "index.md").write_text(
        f"# {words['courseTitle']}\n\n```{{landing}}\n```\n\n```{{toctree}}\n:hidden:\n{toctree}\n```\n",
        encoding="utf-8",
    )
    (top / "glossary.md").write_text(f"# {words['glossary']}\n\n```{{terms}}\n```\n", encoding="utf-8")
    (top / "bibliography.md").write_text(f"# {words['bibliography']}\n\n" + "\n".join(sources), encoding="utf-8")


def write_json(path: Path, value) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("course", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--class", dest="class_edition", action="store_true", help="leave every answer out")
    options = parser.parse_args()
    for lang in LANGUAGES:
        write_book(options.course, options.out, lang, answers=not options.class_edition)


if __name__ == "__main__":
    main()
