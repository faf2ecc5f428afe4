"""The Sphinx extension of the book: nodes, directives, links, formulas, and what each page's template is told."""

import json
import shutil
from pathlib import Path

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
    context["page_data"] = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


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
    app.add_config_value("descent_chapters", [], "env", list)
    app.add_config_value("descent_class", False, "env", bool)
    app.add_config_value("descent_checks", True, "env", bool)
    app.add_config_value("descent_lite", True, "env", bool)
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
