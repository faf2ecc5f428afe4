"""Add links to a page's text: glossary terms at their first use, and every mention of a chapter, sitting, exercise,
experiment or part of "Further"."""

import json
import re

from docutils import nodes as standard
from sphinx.transforms.post_transforms import SphinxPostTransform

from book import nodes
from book.directives import chapters
from book.references import CHAPTER, SITTING, Reference, references
from book.texts import SITE

GLOSSARY = json.loads((SITE / "glossary.json").read_text(encoding="utf-8"))
NOT_LINKED = (  # no links inside these

    standard.title, standard.reference, standard.literal, standard.literal_block, standard.raw, standard.math,
    standard.math_block, nodes.fold_title, nodes.prediction_option, nodes.glossary_term, standard.term,
)  # fmt: skip
CHINESE = re.compile("[\u3400-\u9fff]")


def patterns(lang: str) -> dict[str, re.Pattern]:
    """{glossary key: pattern of the term's forms}; whole words in English, while Chinese has no word boundaries."""
    compiled = {}
    for key, entry in GLOSSARY.items():
        forms = "|".join(re.escape(form) for form in entry[lang]["forms"])
        compiled[key] = re.compile(rf"\b(?:{forms})\b", re.I) if lang == "en" else re.compile(forms)
    return compiled


class Links(SphinxPostTransform):
    default_priority = 800

    def run(self, **kwargs):
        lang, parts = self.config.descent_lang, self.env.docname.split("/")
        if lang == "zh":
            for emphasis in self.document.findall(standard.emphasis):
                if CHINESE.search(emphasis.astext()) is None:
                    emphasis["classes"].append("latin")  # italics are for Latin text only, such as titles of papers
        if len(parts) < 2:
            return
        self.chapters = {chapter["folder"][:2]: chapter for chapter in chapters(self.env)}
        self.unlinked_terms, self.lang = patterns(lang), lang
        self.chapter_number, self.place = parts[0][:2], parts[1]
        for text in list(self.document.findall(standard.Text)):
            if not inside_not_linked(text):
                self.link(text)

    def link(self, text: standard.Text) -> None:
        """Replace a text node by text and links; of two links that overlap, the earlier and then the longer one wins."""
        content = text.astext()
        links = []  # (start, end, link node or None, glossary key or None)
        for key, pattern in self.unlinked_terms.items():
            if match := pattern.search(content):
                links.append((*match.span(), self.term(match[0], key), key))
        for reference in references(content, self.lang):
            label = content[reference.start : reference.end]
            links.append((reference.start, reference.end, self.numbered(label, reference), None))
        for match in SITTING.finditer(content):
            links.append((*match.span(), self.page(match[0], match[1], match[2].lower()), None))
        for match in CHAPTER[self.lang].finditer(content):
            number = next(group for group in match.groups() if group).zfill(2)
            links.append((*match.span(), self.page(match[0], number, "index"), None))
        replacement, position = [], 0
        for start, end, link, key in sorted(links, key=lambda entry: (entry[0], -entry[1])):
            if start < position or link is None:
                continue
            replacement += [standard.Text(content[position:start]), link]
            position = end
            if key:
                del self.unlinked_terms[key]
        if replacement:
            replacement.append(standard.Text(content[position:]))
            text.parent.replace(text, [node for node in replacement if node.astext()])

    def term(self, text: str, key: str) -> standard.Node:
        meaning = GLOSSARY[key][self.lang]["meaning"]
        return nodes.glossary_term("", text, meaning=meaning, href=f"../glossary.html#term-{key}")

    def numbered(self, text: str, reference: Reference) -> standard.Node | None:
        """A link to a numbered heading of this chapter or of the one that is named; None if there is no such heading."""
        chapter = self.chapters.get(reference.chapter or self.chapter_number)
        anchor = f"{reference.kind}-{reference.number}"
        if chapter is None or anchor not in chapter["numbered"]:
            return None
        place = chapter["numbered"][anchor]
        same_page = (chapter["folder"][:2], place) == (self.chapter_number, self.place)
        address = f"#{anchor}" if same_page else f"../{chapter['folder']}/{place}.html#{anchor}"
        return standard.reference("", text, refuri=address, internal=True)

    def page(self, text: str, number: str, place: str) -> standard.Node | None:
        """A link to a page of another chapter; None if it is this chapter or has no such page."""
        chapter = self.chapters.get(number)
        if chapter is None or number == self.chapter_number or place not in chapter["pages"]:
            return None
        return standard.reference("", text, refuri=f"../{chapter['folder']}/{place}.html", internal=True)


def inside_not_linked(text: standard.Node) -> bool:
    node = text.parent
    while node is not None:
        if isinstance(node, NOT_LINKED):
            return True
        node = node.parent
    return False


class Numbers(SphinxPostTransform):
    """Number the displayed formulas and the figures of a page, "3A.2"; the same in both languages."""

    default_priority = 810

    def run(self, **kwargs):
        parts = self.env.docname.split("/")
        if len(parts) < 2 or not parts[0][:2].isdigit() or parts[1] == "index":
            return
        prefix = f"{int(parts[0][:2])}{parts[1][0].upper()}"
        for number, formula in enumerate(self.document.findall(standard.math_block), 1):
            formula["number"] = f"{prefix}.{number}"
            formula["ids"] = [*formula["ids"], f"eq-{prefix}-{number}".lower()]
        figure_number = 0
        label = self.config.descent_texts["figure"]
        for raw in self.document.findall(standard.raw):
            text = raw.astext()
            if "<figure" in text:
                figure_number += 1
                name = f"{label} {prefix}.{figure_number}"
                caption_label = f'<b class="figure-number">{name}</b>'
                if "<figcaption>" in text:
                    text = text.replace("<figcaption>", f"<figcaption>{caption_label} ", 1)
                else:
                    text = text.replace("</figure>", f"<figcaption>{caption_label}</figcaption></figure>", 1)
                text = text.replace("<figure", f'<figure id="fig-{prefix}-{figure_number}"'.lower(), 1)
                raw.replace_self(standard.raw("", text, format="html"))
