"""Links that a page gets by itself: terms of the glossary at their first use; chapters, sittings, exercises, experiments and
parts of "Further" where they are named."""

import json
import re

from docutils import nodes as standard
from sphinx.transforms.post_transforms import SphinxPostTransform

from book import nodes
from book.directives import chapters
from book.references import CHAPTER, SITTING, Reference, references
from book.words import SITE

GLOSSARY = json.loads((SITE / "glossary.json").read_text(encoding="utf-8"))
QUIET = (
    standard.title, standard.reference, standard.literal, standard.literal_block, standard.raw, standard.math,
    standard.math_block, nodes.fold_title, nodes.prediction_option, nodes.glossary_term, standard.term,
)  # fmt: skip
CHINESE = re.compile("[\u3400-\u9fff]")


def patterns(lang: str) -> dict[str, re.Pattern]:
    """{key: what stands for the term in running text}; English words are whole, Chinese ones have no borders."""
    out = {}
    for key, entry in GLOSSARY.items():
        forms = "|".join(re.escape(form) for form in entry[lang]["forms"])
        out[key] = re.compile(rf"\b(?:{forms})\b", re.I) if lang == "en" else re.compile(forms)
    return out


class Links(SphinxPostTransform):
    default_priority = 800

    def run(self, **kwargs):
        lang, parts = self.config.descent_lang, self.env.docname.split("/")
        if lang == "zh":
            for emphasis in self.document.findall(standard.emphasis):
                if CHINESE.search(emphasis.astext()) is None:
                    emphasis["classes"].append("latin")  # a title of a paper: italics, which Chinese does not have
        if len(parts) < 2:
            return
        self.chapters = {one["folder"][:2]: one for one in chapters(self.env)}
        self.left, self.lang = patterns(lang), lang
        self.here, self.place = parts[0][:2], parts[1]
        for text in list(self.document.findall(standard.Text)):
            if not quiet(text):
                self.link(text)

    def link(self, text: standard.Text) -> None:
        whole = text.astext()
        found = []  # [(start, end, what leads there, key of the glossary or None)]; of two that overlap the longer is taken
        for key, pattern in self.left.items():
            if match := pattern.search(whole):
                found.append((*match.span(), self.term(match[0], key), key))
        for one in references(whole, self.lang):
            found.append((one.start, one.end, self.numbered(whole[one.start : one.end], one), None))
        for match in SITTING.finditer(whole):
            found.append((*match.span(), self.page(match[0], match[1], match[2].lower()), None))
        for match in CHAPTER[self.lang].finditer(whole):
            number = next(group for group in match.groups() if group).zfill(2)
            found.append((*match.span(), self.page(match[0], number, "index"), None))
        out, end = [], 0
        for start, stop, target, key in sorted(found, key=lambda one: (one[0], -one[1])):
            if start < end or target is None:
                continue
            out += [standard.Text(whole[end:start]), target]
            end = stop
            if key:
                del self.left[key]
        if out:
            out.append(standard.Text(whole[end:]))
            text.parent.replace(text, [node for node in out if node.astext()])

    def term(self, text: str, key: str) -> standard.Node:
        meaning = GLOSSARY[key][self.lang]["meaning"]
        return nodes.glossary_term("", text, meaning=meaning, href=f"../glossary.html#term-{key}")

    def numbered(self, text: str, one: Reference) -> standard.Node | None:
        """A link to the heading of exercise 4: on this page, on another of the chapter, or in the chapter that is named."""
        chapter, anchor = self.chapters.get(one.chapter or self.here), f"{one.kind}-{one.number}"
        if chapter is None or anchor not in chapter["numbered"]:
            return None
        place = chapter["numbered"][anchor]
        here = (chapter["folder"][:2], place) == (self.here, self.place)
        address = f"#{anchor}" if here else f"../{chapter['folder']}/{place}.html#{anchor}"
        return standard.reference("", text, refuri=address, internal=True)

    def page(self, text: str, number: str, place: str) -> standard.Node | None:
        """A link to another chapter or a sitting of it; none to the chapter in which one is."""
        chapter = self.chapters.get(number)
        if chapter is None or number == self.here or place not in chapter["pages"]:
            return None
        return standard.reference("", text, refuri=f"../{chapter['folder']}/{place}.html", internal=True)


def quiet(text: standard.Node) -> bool:
    node = text.parent
    while node is not None:
        if isinstance(node, QUIET):
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
        figure = 0
        label = self.config.descent_words["figure"]
        for raw in self.document.findall(standard.raw):
            text = raw.astext()
            if "<figure" in text:
                figure += 1
                name = f"{label} {prefix}.{figure}"
                mark = f'<b class="figure-number">{name}</b>'
                if "<figcaption>" in text:
                    text = text.replace("<figcaption>", f"<figcaption>{mark} ", 1)
                else:
                    text = text.replace("</figure>", f"<figcaption>{mark}</figcaption></figure>", 1)
                text = text.replace("<figure", f'<figure id="fig-{prefix}-{figure}"'.lower(), 1)
                raw.replace_self(standard.raw("", text, format="html"))
