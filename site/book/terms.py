"""Links that a page gets by itself: terms of the glossary at their first use, and other chapters where they are named."""

import json
import re

from docutils import nodes as standard
from sphinx.transforms.post_transforms import SphinxPostTransform

from book import nodes
from book.words import SITE

GLOSSARY = json.loads((SITE / "glossary.json").read_text(encoding="utf-8"))
QUIET = (
    standard.title, standard.reference, standard.literal, standard.literal_block, standard.raw, standard.math,
    standard.math_block, nodes.fold_title, nodes.prediction_option, nodes.glossary_term, standard.term,
)  # fmt: skip
CHINESE = re.compile("[\u3400-\u9fff]")
CHAPTER = {"en": re.compile(r"\bchapter (0[0-9])\b"), "zh": re.compile(r"第 ?(0?[0-9]) ?章")}


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
        self.folders = {name[:2]: name for name in self.config.descent_chapters}
        self.left, self.chapter = patterns(lang), CHAPTER[lang]
        self.here = parts[0][:2]
        for text in list(self.document.findall(standard.Text)):
            if not quiet(text):
                self.link(text)

    def link(self, text: standard.Text) -> None:
        whole = text.astext()
        found = [(match, key) for key, pattern in self.left.items() if (match := pattern.search(whole))]
        found += [(match, None) for match in self.chapter.finditer(whole)]
        out, end = [], 0
        for match, key in sorted(found, key=lambda pair: (pair[0].start(), -pair[0].end())):
            target = self.target(match, key)
            if match.start() < end or target is None:
                continue
            out += [standard.Text(whole[end : match.start()]), target]
            end = match.end()
            if key:
                del self.left[key]
        if out:
            out.append(standard.Text(whole[end:]))
            text.parent.replace(text, [node for node in out if node.astext()])

    def target(self, match: re.Match, key: str | None) -> standard.Node | None:
        if key:
            entry = GLOSSARY[key][self.config.descent_lang]
            return nodes.glossary_term("", match[0], meaning=entry["meaning"], href=f"../glossary.html#term-{key}")
        folder = self.folders.get(match[1].zfill(2))
        if folder is None or folder[:2] == self.here:
            return None
        return standard.reference("", match[0], refuri=f"../{folder}/index.html", internal=True)


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
