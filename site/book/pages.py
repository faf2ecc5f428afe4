"""Write the book's source from blocks: for each sitting a Markdown page and a JSON file with its blocks.

python -m book.pages COURSE SOURCE [--class]      # writes SOURCE/{en,zh}/<chapter>/{index,a,b,further}.{md,json}
"""

import argparse
import json
import re
import shutil
from pathlib import Path

from book import times
from book.chapter import LANGUAGES, chapters_of, read_chapter
from book.outputs import output_content
from book.references import HEADING, KINDS, headings
from book.texts import TEXTS
from book.wording import for_page

MINUTES = re.compile(r"(\d+)\s*(?:minutes|分钟)")
# Between two entries of a bibliography: one ends with a year, a page or a Chinese word, the next begins with a name or 第.
ENTRY = re.compile(r"(?<=[\d)])\. (?=[A-Z])|(?<=[\d)\u4e00-\u9fff])。 ?(?=[A-Z第])")
REFERENCES = ("References", "参考文献")


def markdown(chapter: dict, place: str) -> str:
    """The Markdown of one page: text blocks as they are, every other block as a {block} directive with its number."""
    parts = []
    for number, block in enumerate(chapter["pages"][place]["blocks"]):
        if block["kind"] == "text":
            parts.append(f"(c-{block['id']})=\n\n{with_labels(block['text'], chapter['folder'])}\n")
        else:
            parts.append(f"```{{block}} {number}\n```\n")
    if place == "index":
        others = [other for other in chapter["pages"] if other != "index"]
        parts.append("```{sittings}\n```\n\n```{toctree}\n:hidden:\n" + "\n".join(others) + "\n```\n")
    return "\n".join(parts)


def with_labels(text: str, folder: str) -> str:
    """Label numbered headings, with the same id in both languages: exercise-4, further-2 (docutils drops "03-")."""
    return HEADING.sub(lambda match: f"\n({folder[:2]}-{KINDS[match[1].lower()]}-{match[2]})=\n\n{match[0]}", text)


def numbered(chapter: dict) -> dict[str, str]:
    """The page of each numbered heading: {"exercise-4": "a"}."""
    page_of = {}
    for place, page in chapter["pages"].items():
        for block in page["blocks"]:
            if block["kind"] == "text":
                page_of |= {f"{kind}-{number}": place for kind, number, _ in headings(block["text"])}
    return page_of


def convert_outputs(chapter: dict, folder: Path, lang: str) -> None:
    """Change all outputs in place to ("text" or "html", content), reworded for pages; pictures are saved in `folder`."""
    for page in chapter["pages"].values():
        for block in page["blocks"]:
            if block["kind"] == "cell":
                outputs = [output_content(output, folder, "../_figures/") for output in block["outputs"]]
                block["outputs"] = [(kind, for_page(text, lang, answers=True)) for kind, text in outputs]


def add_seconds(chapter: dict, seconds: dict[str, tuple[float, float]]) -> None:
    """Add to each measured experiment its seconds on a page, which include the cells that it depends on."""
    for page in chapter["pages"].values():
        for block in page["blocks"]:
            if block["kind"] == "cell" and block["id"] in seconds:
                block["seconds"] = seconds[block["id"]][1]


def minutes(chapter: dict) -> dict[str, int]:
    """{place: minutes} of the sittings whose first text says how long they take."""
    minutes_of = {}
    for place, page in chapter["pages"].items():
        first = next((block["text"] for block in page["blocks"] if block["kind"] == "text"), "")
        if place != "index" and (match := MINUTES.search(first)):
            minutes_of[place] = int(match[1])
    return minutes_of


def bibliography_paragraphs(chapter: dict) -> list[str]:
    """The paragraphs in a chapter's folds titled "References"."""
    paragraphs = []
    for page in chapter["pages"].values():
        for block in page["blocks"]:
            if block["kind"] == "text":
                for title in REFERENCES:
                    paragraphs += re.findall(rf"^~~~{{fold}} {title}\n(.*?)\n~~~$", block["text"], re.S | re.M)
    return paragraphs


def with_full_stop(entry: str) -> str:
    """An entry that ends with exactly one full stop, a Chinese one after Chinese text."""
    entry = entry.rstrip(".。")
    return entry + ("。" if re.search(r"[\u4e00-\u9fff]）?$", entry) else ".")


def write_book(course: Path, out: Path, lang: str, *, answers: bool) -> None:
    """Write all pages of one language into OUT/LANG."""
    texts, top = TEXTS[lang], out / lang
    shutil.rmtree(top, ignore_errors=True)
    (top / "_figures").mkdir(parents=True)
    summaries, bibliography = [], []
    for folder in chapters_of(course):
        chapter = read_chapter(course, lang, folder, answers=answers)
        convert_outputs(chapter, top / "_figures", lang)
        add_seconds(chapter, times.seconds(course, folder))
        (top / folder).mkdir()
        for place, page in chapter["pages"].items():
            (top / folder / f"{place}.md").write_text(markdown(chapter, place), encoding="utf-8")
            write_json(top / folder / f"{place}.json", page)
        summaries.append(
            {key: chapter[key] for key in ("folder", "title", "exercises", "code")}
            | {"pages": {place: page["title"] for place, page in chapter["pages"].items()}, "minutes": minutes(chapter)}
            | {"numbered": numbered(chapter)}
        )
        if paragraphs := bibliography_paragraphs(chapter):
            entries = [entry for paragraph in paragraphs for entry in ENTRY.split(" ".join(paragraph.split()))]
            listed = "\n".join(f"- {with_full_stop(entry)}" for entry in entries)
            bibliography.append(f"## {chapter['title']}\n\n{listed}\n")
    write_json(top / "chapters.json", summaries)
    toctree = "\n".join([f"{summary['folder']}/index" for summary in summaries] + ["glossary", "bibliography"])
    (top / "index.md").write_text(
        f"# {texts['courseTitle']}\n\n```{{landing}}\n```\n\n```{{toctree}}\n:hidden:\n{toctree}\n```\n",
        encoding="utf-8",
    )
    (top / "glossary.md").write_text(f"# {texts['glossary']}\n\n```{{terms}}\n```\n", encoding="utf-8")
    (top / "bibliography.md").write_text(f"# {texts['bibliography']}\n\n" + "\n".join(bibliography), encoding="utf-8")


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
