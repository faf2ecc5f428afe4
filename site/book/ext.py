"""The book's Sphinx extension: nodes, directives, links, formulas, and the template context of each page."""

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
from book.texts import TEXTS


def page_context(app, pagename, template, context, doctree):
    """Set the template context of a page, and `page_data`: the JSON that its scripts read."""
    lang, texts = app.config.descent_lang, app.config.descent_texts
    other = "zh" if lang == "en" else "en"
    up = "../" * (pagename.count("/") + 1)
    folder, _, place = pagename.partition("/")
    address = app.config.descent_url
    course = {chapter["folder"]: chapter for chapter in chapters(app.env)}
    context |= {
        "words": texts,
        "descent_lang": lang,
        "other_lang": {"en": "en", "zh": "zh-Hans"}[other],
        "other_page": f"{up}{other}/{pagename}.html",
        "root": up,
        "chapter": course.get(folder),
        "place": place,
        "checks": app.config.descent_checks,
        "lite": app.config.descent_lite,
    }
    if folder in course and place != "index":  # in a tab, "Further" alone could be of any chapter
        context["title"] = f"{context['title']} · {course[folder]['title']}"
    for direction in ("prev", "next"):
        if context.get(direction):
            context[direction] = dict(context[direction], title=with_chapter(context[direction], course, folder))
    context["metatags"] = context.get("metatags", "") + metatags(
        app, pagename, context.get("title", texts["brand"]), doctree
    )
    context["addresses"] = (
        {"en": f"{address}en/{pagename}.html", "zh-Hans": f"{address}zh/{pagename}.html"} if address else {}
    )
    data = {
        "lang": lang,
        "root": up,
        "words": texts,
        "checks": app.config.descent_checks,
        "lite": app.config.descent_lite,
        "course": [
            {
                "chapter": chapter["folder"],
                "title": chapter["title"],
                "exercises": [
                    {key: exercise.get(key) for key in ("name", "kind", "check")}
                    for exercise in counted_exercises(chapter)
                ],
            }
            for chapter in course.values()
        ],
    }
    if folder in course:
        chapter = course[folder]
        data |= {
            "chapter": folder,
            "title": chapter["title"],
            "place": place,
            "exercises": chapter["exercises"],
            "cells": chapter["code"],
        }
        blocks = json.loads((Path(app.srcdir) / f"{pagename}.json").read_text(encoding="utf-8"))["blocks"]
        data["tests"] = {
            block["name"]: block["test"]
            for block in blocks
            if block["kind"] == "exercise" and block["check"] in ("points", "try")
        }
        data["calls"] = {
            block["name"]: call[0]
            for block in blocks
            if block["kind"] == "exercise" and block["check"] == "none" and (call := CALL.search(block["test"]))
        }
        data["stubs"] = {block["name"]: block["stub"] for block in blocks if block["kind"] == "written"}
    if pagename == "index":
        data["titles"] = {chapter["folder"]: chapter["pages"] for chapter in course.values()}
    context["page_data"] = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


def with_chapter(link: dict, course: dict, folder: str) -> str:
    """The title of the previous or next page, with its chapter's title if that is another chapter."""
    parts = link["link"].split("#")[0].removesuffix(".html").split("/")
    if parts[-1] == "index" or len(parts) < 2 or parts[-2] == folder or parts[-2] not in course:
        return link["title"]
    return f"{link['title']} · {course[parts[-2]]['title']}"


def metatags(app, pagename: str, title: str, doctree) -> str:
    """Meta tags for search engines and messengers: title, first sentences, picture (site/static/social.png)."""
    texts, address = app.config.descent_texts, app.config.descent_url
    paragraphs = doctree.findall(nodes.paragraph) if doctree else ()
    first = next((paragraph.astext() for paragraph in paragraphs if is_prose(paragraph)), "")
    text = texts["lead"] if pagename == "index" or not first else first
    text = shorten(" ".join(text.split()), 200, placeholder=" …") if app.config.descent_lang == "en" else text[:110]
    tags = {
        "og:type": "website",
        "og:site_name": texts["brand"],
        "og:title": plain_title(title),
        "og:description": text,
    }
    if address:
        tags |= {
            "og:url": f"{address}{app.config.descent_lang}/{pagename}.html",
            "og:image": f"{address}en/_static/social.png",
        }
    lines = [
        f'<meta name="description" content="{escape(text)}">',
        '<meta name="twitter:card" content="summary_large_image">',
    ]
    return "\n".join([*lines, *(f'<meta property="{name}" content="{escape(value)}">' for name, value in tags.items())])


def is_prose(paragraph: nodes.paragraph) -> bool:
    return len(paragraph.astext()) > 30 and not any(paragraph.findall(nodes.math))


def plain_title(title: str) -> str:
    return re.sub(r"<[^>]+>", "", title)


def counted_exercises(chapter: dict) -> list[dict]:
    """The exercises that count towards a chapter's progress: all except the extra ones in "Further"."""
    return [exercise for exercise in chapter["exercises"] if exercise["place"] != "further"]


def copy_figures(app, error):
    if error is None and app.builder.name == "html":
        shutil.copytree(Path(app.srcdir) / "_figures", Path(app.outdir) / "_figures", dirs_exist_ok=True)


def set_texts(app, config):
    config.descent_texts = TEXTS[config.descent_lang]


def setup(app):
    app.add_config_value("descent_lang", "en", "env", str)
    app.add_config_value("descent_texts", {}, "", dict)
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
    app.connect("config-inited", set_texts)
    app.connect("html-page-context", page_context)
    app.connect("build-finished", copy_figures)
    return {"parallel_read_safe": False, "parallel_write_safe": False}
