"""Directives in a page's Markdown: {block} for the blocks of book/chapter.py, {fold} and {choice} for folded text,
and {landing}, {sittings}, {terms} for what only the site has."""

import json
from functools import cache
from pathlib import Path

from docutils import nodes as standard
from jinja2 import Environment, FileSystemLoader
from sphinx.util.docutils import SphinxDirective

from book import nodes, valley
from book.texts import SITE, TEXTS

RIGHT = ("Right", "Yes", "对", "正确", "是")  # how the explanation of a quiz's right option begins
LONGEST_SHOWN = 8  # lines; longer given code is folded
MOST_NAMES = 5  # in the title of folded code
PYTHON = {"language": "python"}


@cache
def json_of(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


def chapters(env) -> list[dict]:
    return json_of(Path(env.srcdir) / "chapters.json")


def python_block(text: str, **more) -> standard.literal_block:
    return standard.literal_block(text, text, **PYTHON, **more)


class Directive(SphinxDirective):
    @property
    def texts(self) -> dict:
        return TEXTS[self.config.descent_lang]

    def inline(self, text: str) -> list[standard.Node]:
        parsed, _ = self.parse_inline(text)
        return parsed

    def folded(self, title: str, content: list[standard.Node], kind: str) -> nodes.fold:
        return nodes.fold("", nodes.fold_title("", "", *self.inline(title)), *content, kind=kind)


class Fold(Directive):
    """`{fold} title` around Markdown, `{choice} title` around the explanation of a quiz's option."""

    has_content, required_arguments, final_argument_whitespace = True, 1, True

    def run(self):
        content = self.parse_content_to_nodes()
        kind = "plain"
        if self.name == "choice":
            first = self.content[0] if self.content else ""
            right = first.startswith("<b>") and first.removeprefix("<b>").startswith(RIGHT)
            kind = "option right" if right else "option wrong"
        return [self.folded(self.arguments[0], content, kind)]


class Block(Directive):
    """`{block} 7`: block number 7 of the page's JSON file, rendered by the method named like its kind."""

    required_arguments = 1

    def run(self):
        page = json_of(Path(self.env.srcdir) / f"{self.env.docname}.json")
        block = page["blocks"][int(self.arguments[0])]
        return [getattr(self, block["kind"])(block)]

    def exercise(self, block):
        out = nodes.exercise(
            "", name=block["name"], check=block["check"], label=f"{self.texts['exercise']} {block['name']}"
        )
        out += python_block(block["stub"], classes=["stub"])
        for title, hint in block["hints"]:
            out += self.folded(title, self.parse_text_to_nodes(hint), "hint")
        if block["answer"] is not None:
            out += self.folded(self.texts["answer"], [python_block(block["answer"])], "answer")
        return out

    def written(self, block):
        out = nodes.written("", name=block["name"], label=f"{self.texts['question_written']} {block['name']}")
        if block["answer"] is not None:
            out += self.folded(self.texts["modelAnswer"], self.parse_text_to_nodes(block["answer"]), "answer")
        return out

    def prediction(self, block):
        out = nodes.prediction("", name=block["name"], right=block["right"], legend=self.texts["predict"])
        for letter, text in block["options"]:
            out += nodes.prediction_option("", "", *self.inline(text), name=block["name"], letter=letter)
        return out

    def cell(self, block):
        experiment = block["role"] == "experiment"
        live = experiment and not any('data-descent="' in text for _, text in block["outputs"])
        out = nodes.cell("", cell=block["id"], role=block["role"], after=block["after"], live="yes" if live else None,
                         seconds=block.get("seconds"))  # fmt: skip
        code = python_block(block["source"])
        if not experiment:  # an experiment shows its result first, then its code, folded
            is_long = block["source"].count("\n") >= LONGEST_SHOWN
            title = self.texts["given"].format(names=defined_names(block["source"]))
            out += self.folded(title, [code], "code") if is_long else code
        for kind, text in block["outputs"]:
            if kind == "html":
                out += standard.raw("", text, format="html")
            else:
                out += standard.literal_block(text, text, language="text", classes=["printed"])
        if experiment:
            out += self.folded(self.texts["experimentCode"], [code], "code")
        return out


def defined_names(source: str) -> str:
    """The names that given code defines at its top level."""
    import ast

    names = []
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(f"`{node.name}`")
        elif isinstance(node, ast.Assign):
            names += [
                f"`{inner.id}`"
                for inner in ast.walk(node.targets[0])
                if isinstance(inner, ast.Name) and inner.id != "_"
            ]
    names = list(dict.fromkeys(names))
    return ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES or not names else "")


class Landing(Directive):
    """The landing page: what the course is, for whom, and an animated picture."""

    def run(self):
        env = Environment(loader=FileSystemLoader(SITE / "templates"), autoescape=True)
        html = env.get_template("landing.html").render(
            words=self.texts,
            chapters=chapters(self.env),
            first_exercise=suggested_exercise(chapters(self.env)),
            valley=valley.picture(self.texts["valley"]),
            checks=self.config.descent_checks,
            class_edition=self.config.descent_class,
            pdf=f"../descent-{self.config.descent_lang}.pdf" if self.config.descent_pdf else None,
        )
        return [standard.raw("", html, format="html")]


def suggested_exercise(all_chapters: list[dict]) -> str:
    """The link to an exercise that needs no other: the first with a card, in chapter 03 if possible."""
    for chapter in [*all_chapters[3:4], *all_chapters]:
        for exercise in chapter["exercises"]:
            if exercise.get("check") == "card":
                return f"{chapter['folder']}/{exercise['place']}.html#x-{exercise['name']}"
    return f"{all_chapters[0]['folder']}/a.html"


class Sittings(Directive):
    """The pages of a chapter with their minutes, on its first page."""

    def run(self):
        folder = self.env.docname.split("/")[0]
        chapter = next(entry for entry in chapters(self.env) if entry["folder"] == folder)
        rows = []
        for place, title in chapter["pages"].items():
            if place != "index":
                minutes = chapter["minutes"].get(place)
                note = f" · {self.texts['minutes'].format(n=minutes)}" if minutes else ""
                rows.append(f"- [{title}]({place}.md){note}")
        return self.parse_text_to_nodes("\n".join(rows))


class Terms(Directive):
    """The glossary, sorted alphabetically or by pinyin: GB 18030 orders the common characters by pinyin."""

    def run(self):
        rows = []
        lang = self.config.descent_lang
        entries = json_of(SITE / "glossary.json").items()
        sort_key = str.casefold if lang == "en" else lambda term: term.encode("gb18030")
        for key, entry in sorted(entries, key=lambda pair: sort_key(pair[1][lang]["term"])):
            translation = entry["zh"]["term"] if lang == "en" else entry["en"]["term"]
            rows.append(f"(term-{key})=\n\n**{entry[lang]['term']}** ({translation})\n: {entry[lang]['meaning']}\n")
        return self.parse_text_to_nodes("\n".join(rows))


def add_directives(app):
    for name, directive in (
        ("fold", Fold),
        ("choice", Fold),
        ("block", Block),
        ("landing", Landing),
        ("sittings", Sittings),
        ("terms", Terms),
    ):
        app.add_directive(name, directive)
