"""Sphinx's settings for one language of the book; book/build.py sets the variables it reads."""

import os

from book.texts import SITE, TEXTS

descent_lang = os.environ["DESCENT_LANG"]
descent_class = bool(os.environ.get("DESCENT_CLASS"))
descent_checks = bool(os.environ.get("DESCENT_CHECKS"))
descent_lite = bool(os.environ.get("DESCENT_LITE"))
descent_pdf = bool(os.environ.get("DESCENT_PDF"))
descent_url = os.environ.get("DESCENT_URL", "")

project = html_title = TEXTS[descent_lang]["courseTitle"]
author = copyright = "Descent"
language = {"en": "en", "zh": "zh_CN"}[descent_lang]
locale_dirs = [str(SITE / "locale")]
extensions = ["myst_parser", "book.ext"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist", "attrs_block"]
myst_heading_anchors = 0
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
highlight_language = "python"
pygments_style, pygments_dark_style = "tango", "monokai"

html_baseurl = f"{descent_url}{descent_lang}/" if descent_url else ""
html_math_renderer = "katex"
html_theme = "furo"
# No shortcuts: Sphinx would take "/" for its search even in our editor, which is not an <input>, so no / could be typed.
html_theme_options = {"navigation_with_keys": False, "enable_search_shortcuts": False, "top_of_page_buttons": []}
html_static_path = [str(SITE / "static"), os.environ["DESCENT_ASSETS"]]
templates_path = [str(SITE / "templates")]
html_css_files = ["katex/katex.min.css", "fonts.css", "book.css", "exercise.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_favicon = str(SITE / "static" / "favicon.svg")
html_show_sphinx = html_show_copyright = html_copy_source = False
html_permalinks_icon = "#"

html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/progress.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
