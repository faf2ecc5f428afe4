"""The Sphinx extension of the book: nodes, directives, links, formulas, and what each page's template is told."""

import json
import re
import shutil
from html import escape
from pathlib import Path
from textwrap import shorten

from docutils import nodes

from book import formulas
from book.chapter import CALL
from book.directives import add_directives, chapters
from book.nodes import add_nodes
from book.search import ChinesePairs
from book.terms import Links, Numbers
from book.words import WORDS


def page_context(app, pagename, template, context, doctree):
    """The language switch, the progress of the side bar, and for a page with boxes its data."""
    lang, words = app.config.descent_lang, app.config.descent_words
    other = "zh" if lang == "en" else "en"
    up = "../" * (pagename.count("/") + 1)
    folder, _, place = pagename.partition("/")
    address = app.config.descent_url
    about = {one["folder"]: one for one in chapters(app.env)}
    context |= {
        "words": words,
        "descent_lang": lang,
        "other_lang": {"en": "en", "zh": "zh-Hans"}[other],
        "other_page": f"{up}{other}/{pagename}.html",
        "root": up,
        "chapter": about.get(folder),
        "place": place,
        "checks": app.config.descent_checks,
        "lite": app.config.descent_lite,
    }
    if folder in about and place != "index":  # "Further" alone could be of any chapter, in a tab and in a bookmark
        context["title"] = f"{context['title']} · {about[folder]['title']}"
    for way in ("prev", "next"):
        if context.get(way):
            context[way] = dict(context[way], title=with_chapter(context[way], about, folder))
    context["metatags"] = context.get("metatags", "") + metatags(
        app, pagename, context.get("title", words["brand"]), doctree
    )
    context["addresses"] = (
        {"en": f"{address}en/{pagename}.html", "zh-Hans": f"{address}zh/{pagename}.html"} if address else {}
    )
    data = {
        "lang": lang,
        "root": up,
        "words": words,
        "checks": app.config.descent_checks,
        "lite": app.config.descent_lite,
        "course": [
            {
                "chapter": one["folder"],
                "title": one["title"],
                "exercises": [{key: each.get(key) for key in ("name", "kind", "check")} for each in counted(one)],
            }
            for one in about.values()
        ],
    }
    if folder in about:
        chapter = about[folder]
        data |= {
            "chapter": folder,
            "title": chapter["title"],
            "place": place,
            "exercises": chapter["exercises"],
            "cells": chapter["code"],
        }
        page = Path(app.srcdir) / f"{pagename}.json"
        data["tests"] = {
            block["name"]: block["test"]
            for block in json.loads(page.read_text(encoding="utf-8"))["blocks"]
            if block["kind"] == "exercise" and block["check"] in ("points", "try")
        }
        data["calls"] = {
            block["name"]: call[0]
            for block in json.loads(page.read_text(encoding="utf-8"))["blocks"]
            if block["kind"] == "exercise" and block["check"] == "none" and (call := CALL.search(block["test"]))
        }
        data["stubs"] = {
            block["name"]: block["stub"]
            for block in json.loads(page.read_text(encoding="utf-8"))["blocks"]
            if block["kind"] == "written"
        }
    if pagename == "index":
        data["titles"] = {one["folder"]: one["pages"] for one in about.values()}
    context["page_data"] = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


def with_chapter(link: dict, about: dict, here: str) -> str:
    """The title of the page before or after, with its chapter where that is another one."""
    parts = link["link"].split("#")[0].removesuffix(".html").split("/")
    if parts[-1] == "index" or len(parts) < 2 or parts[-2] == here or parts[-2] not in about:
        return link["title"]
    return f"{link['title']} · {about[parts[-2]]['title']}"


def metatags(app, pagename: str, title: str, doctree) -> str:
    """What search engines and messengers show of a page: title, the first sentences, and the card (site/static/social.png)."""
    words, address = app.config.descent_words, app.config.descent_url
    first = next((one.astext() for one in doctree.findall(nodes.paragraph) if is_prose(one)), "") if doctree else ""
    text = words["lead"] if pagename == "index" or not first else first
    text = shorten(" ".join(text.split()), 200, placeholder=" …") if app.config.descent_lang == "en" else text[:110]
    tags = {
        "og:type": "website",
        "og:site_name": words["brand"],
        "og:title": plain_title(title),
        "og:description": text,
    }
    if address:
        tags |= {
            "og:url": f"{address}{app.config.descent_lang}/{pagename}.html",
            "og:image": f"{address}en/_static/social.png",
        }
    out = [
        f'<meta name="description" content="{escape(text)}">',
        '<meta name="twitter:card" content="summary_large_image">',
    ]
    return "\n".join([*out, *(f'<meta property="{name}" content="{escape(value)}">' for name, value in tags.items())])


def is_prose(paragraph: nodes.paragraph) -> bool:
    return len(paragraph.astext()) > 30 and not any(paragraph.findall(nodes.math))


def plain_title(title: str) -> str:
    return re.sub(r"<[^>]+>", "", title)


def counted(chapter: dict) -> list[dict]:
    """What counts towards a chapter's progress: all but the extra exercises at its end."""
    return [one for one in chapter["exercises"] if one["place"] != "further"]


def copy_figures(app, error):
    if error is None and app.builder.name == "html":
        shutil.copytree(Path(app.srcdir) / "_figures", Path(app.outdir) / "_figures", dirs_exist_ok=True)


def set_words(app, config):
    config.descent_words = WORDS[config.descent_lang]


def setup(app):
    app.add_config_value("descent_lang", "en", "env", str)
    app.add_config_value("descent_words", {}, "", dict)
    app.add_config_value("descent_class", False, "env", bool)
    app.add_config_value("descent_checks", True, "env", bool)
    app.add_config_value("descent_lite", True, "env", bool)
    app.add_config_value("descent_pdf", False, "env", bool)
    app.add_config_value("descent_url", "", "html", str)
    add_nodes(app)
    add_directives(app)
    app.add_search_language(ChinesePairs)
    app.add_post_transform(Links)
    app.add_post_transform(Numbers)
    app.add_html_math_renderer("katex", (formulas.visit_inline, None), (formulas.visit_block, None))
    app.connect("config-inited", set_words)
    app.connect("html-page-context", page_context)
    app.connect("build-finished", copy_figures)
    return {"parallel_read_safe": False, "parallel_write_safe": False}
