"""The book without check boxes, built from the notebooks that are committed: in make test, without a browser.

It needs what `make site` installs (.venv-site, with its node modules) and downloads nothing. Where that is missing it says
loudly that it has not run; `make test-site` reads the whole site in a browser.
"""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "site"))

from book import pages as site_pages  # noqa: E402
from book.chapter import LANGUAGES, read_chapter  # noqa: E402
from book.pages import chapters_of  # noqa: E402
from book.texts import TEXTS  # noqa: E402

URL = "https://example.org/descent/"
LOADS = re.compile(
    r"""<(?:script|img|link|iframe|source|video|audio)\b[^>]*?\b(?:src|href)="([^"]+)"|url\(["']?([^"')]+)"""
)
ANCHORS = re.compile(r'<a\b[^>]*?\bhref="([^"]+)"')
OUTSIDE = re.compile(r"(?:https?:)?//")
CANONICAL = re.compile(r'<link[^>]*rel="(?:canonical|license|alternate)"[^>]*>')


def missing(why):
    """Skip so that nobody overlooks it (tests/conftest.py)."""
    pytest.skip(f"test_site_book: NOT RUN, the book was not built: {why}")


def built(out):
    """Build the book, both languages, into the folder `out`."""
    python = Path(os.environ.get("DESCENT_SITE_PYTHON", ROOT / ".venv-site" / "bin" / "python"))
    modules = Path(os.environ.get("DESCENT_NODE_MODULES", ROOT / ".venv-site" / "node_modules"))
    for needed in (python, modules / "katex", modules / ".bin" / "esbuild"):
        if not needed.exists():
            missing(f"{needed} is missing (make site installs it)")
    if shutil.which("node") is None:
        missing("node is not installed")
    environment = os.environ | {"PYTHONPATH": str(ROOT / "site"), "DESCENT_NODE_MODULES": str(modules)}
    command = [python, "-m", "book.build", out, "--no-checks", "--url", URL.rstrip("/")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def pages(book):
    found = sorted([*book.glob("en/**/*.html"), *book.glob("zh/**/*.html")])
    assert len(found) > 2 * 3 * len(chapters_of(ROOT))
    return {path: path.read_text(encoding="utf-8") for path in found}


def every_exercise_has_its_place(book):
    """In both languages each chapter has its pages, and each exercise stands on the page of its sitting."""
    for lang in LANGUAGES:
        landing = (book / lang / "index.html").read_text(encoding="utf-8")
        for folder in chapters_of(ROOT):
            chapter = read_chapter(ROOT, lang, folder, answers=True)
            assert f'href="{folder}/index.html"' in landing
            for place in chapter["pages"]:
                html = (book / lang / folder / f"{place}.html").read_text(encoding="utf-8")
                for one in chapter["exercises"]:
                    assert (f'id="x-{one["name"]}"' in html) == (one["place"] == place), (
                        f"{folder}/{place}: {one['name']}"
                    )


def every_link_leads_somewhere(book):
    """Each relative link points at a file of the site, and at an id of it."""
    texts = pages(book)
    ids = {path: set(re.findall(r'\bid="([^"]+)"', html)) for path, html in texts.items()}
    for path, html in texts.items():
        for link in ANCHORS.findall(html):
            if OUTSIDE.match(link) or link.startswith("mailto:"):
                continue
            place, _, anchor = link.partition("#")
            target = (path.parent / place.partition("?")[0]).resolve() if place else path
            assert target.exists(), f"{path.relative_to(book)} leads to {link}"
            if anchor and target in ids:
                assert anchor in ids[target], f"{path.relative_to(book)} leads to {link}"


def the_language_switch_leads_to_the_same_page(book):
    """Every page has one, and the page that it leads to is there."""
    for path, html in pages(book).items():
        switch = re.search(r'<a class="switch" data-switch[^>]*href="([^"]+)"', html)
        other = (path.parent / switch[1]).resolve()
        lang, *rest = path.relative_to(book).parts
        assert other == book.resolve().joinpath("zh" if lang == "en" else "en", *rest) and other.exists()


def what_a_page_loads_is_shipped(book):
    """Scripts, pictures, fonts, style sheets: each is a file of the site, so none comes from another host."""
    texts = pages(book) | {path: path.read_text(encoding="utf-8") for path in book.glob("*/_static/**/*.css")}
    for path, text in texts.items():
        for groups in LOADS.findall(CANONICAL.sub("", text)):
            address = groups[0] or groups[1]
            if address.startswith(("data:", "#")):
                continue
            assert not OUTSIDE.match(address), f"{path.relative_to(book)} asks {address}"
            target = (path.parent / re.split("[?#]", address)[0]).resolve()
            assert target.exists(), f"{path.relative_to(book)} loads {address}, which is not there"


def no_source_is_shown(book):
    """No directive and no formula is left as its author wrote it."""
    for path, html in pages(book).items():
        text = re.sub(r"<(script|style|pre|code|annotation)\b.*?</\1>", "", html, flags=re.S)
        text = re.sub(r"\d\*\*\d", "", re.sub(r"<[^>]+>", "", text))  # a caption may say 2**15
        for source in ("```", "~~~", "{fold}", "{block}", "{choice}", "\\frac", "$$", "**"):
            assert source not in text, f"{path.relative_to(book)} shows {source}"


def no_page_takes_a_key_from_the_editor(book):
    """Sphinx's shortcuts: "/" would lead to the search in the middle of a division."""
    for lang in LANGUAGES:
        options = (book / lang / "_static" / "documentation_options.js").read_text(encoding="utf-8")
        assert "NAVIGATION_WITH_KEYS: false" in options and "ENABLE_SEARCH_SHORTCUTS: false" in options


def the_glossary_can_be_looked_up(book):
    """English terms by the alphabet, Chinese ones by pinyin: 凹 stands before 不, 不 before 自."""
    english, chinese = (
        re.findall(r"<dt><strong>(.*?)</strong>", (book / lang / "glossary.html").read_text(encoding="utf-8"))
        for lang in LANGUAGES
    )
    assert len(english) > 30 and english == sorted(english, key=str.casefold)
    assert chinese.index("鞍点") < chinese.index("动量法") < chinese.index("自适应学习率")


def a_page_says_what_it_is_to_those_who_link_it(book):
    """A title with its chapter, a description, the picture, the other language; the sitemap lists every page of the book."""
    titles = {}
    listed = (book / "sitemap.xml").read_text(encoding="utf-8")
    for path, html in pages(book).items():
        head, address = html.split("</head>")[0], f"{URL}{path.relative_to(book).as_posix()}"
        if path.name in ("search.html", "genindex.html"):
            assert address not in listed
            continue
        said = re.search(r'<meta name="description" content="([^"]{10,300})">', head)
        assert said and "\\" not in said[1], f"{path.relative_to(book)}: no description, or a formula in it"
        assert f'<meta property="og:image" content="{URL}en/_static/social.png">' in head
        assert f'rel="canonical" href="{address}"' in head and f"<loc>{address}</loc>" in listed
        assert re.findall(r'rel="alternate" hreflang="([^"]+)"', head) == ["en", "zh-Hans"]
        titles.setdefault(re.search(r"<title>(.*?)</title>", head, re.S)[1], []).append(path)
    assert not [same for same in titles.values() if len(same) > 1], "two pages have the same title"
    assert (book / "en" / "_static" / "social.png").exists()


def a_wrong_address_leads_to_the_first_page(book):
    html = (book / "404.html").read_text(encoding="utf-8")
    assert 'href="en/index.html"' in html and 'href="zh/index.html"' in html


def the_printed_book_is_whole(book):
    """All pages in one (book/pdf.py): each link inside it leads to an id of it, each picture is there, no id stands twice."""
    from book import pdf

    for lang in LANGUAGES:
        html = pdf.one_page(book / lang, lang)
        ids = re.findall(r'\bid="([^"]+)"', re.sub(r"<script\b.*?</script>", "", html, flags=re.S))
        assert len(ids) == len(set(ids)), [name for name in set(ids) if ids.count(name) > 1][:5]
        inside = set(re.findall(r'\bhref="#([^"]+)"', html))
        assert len(inside) > 100 and inside <= set(ids), sorted(inside - set(ids))[:5]
        pictures = re.findall(r'<img\b[^>]*?\bsrc="([^"]+)"', html)
        assert len(pictures) > 50 and all((book / lang / one).exists() for one in pictures)


OF_A_NOTEBOOK = re.compile(
    r"[^.。\n]{0,60}(?:\b(?:next|this|run its|with its) cells?\b|\bcell (?:below|above|of your own)\b|hint=\d|descent\.lend"
    r"|check\(\.\.\.|number from (?:this|the) notebook|单元格|本笔记本)[^.。\n]{0,40}"
)


def no_text_speaks_of_a_notebook(book):
    """What a page tells its reader to do can be done on a page: it has no cells (book/wording.py)."""
    for path, html in pages(book).items():
        article = re.search(r"<article\b.*?</article>", html, re.S)[0]
        text = re.sub(r"<(script|style|pre|details|figcaption)\b.*?</\1>", "", article, flags=re.S)
        found = OF_A_NOTEBOOK.search(re.sub(r"<[^>]+>", "", text))
        assert not found, f"{path.relative_to(book)}: {found[0]}"


SAID_BESIDE = ("aria-label", "title", "alt", "placeholder", "data-meaning")  # and what meta tags say
VOID = ("img", "br", "hr", "input", "meta", "link", "source", "use", "path", "circle", "line", "rect", "ellipse")
NOT_PROSE = ("script", "style", "pre", "code", "math", "annotation")
ENGLISH = re.compile(r"[A-Za-z][A-Za-z0-9'’,;:()\- ]*")
OF_A_SENTENCE = re.compile(r"\b(?:the|this|that|is|are|was|be|you|your|please|not|to|with|has|have)\b", re.I)


class Said(HTMLParser):
    """What a page says: [(where, text)], without code and formulas, and without what is marked as English."""

    def __init__(self, html):
        super().__init__()
        self.out, self.open = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.out += [(name, found[name]) for name in SAID_BESIDE if found.get(name)]
        if tag == "meta" and (found.get("name") == "description" or (found.get("property") or "").startswith("og:")):
            self.out.append(("meta", found["content"]))
        if tag not in VOID:
            quiet = tag in NOT_PROSE or "katex" in (found.get("class") or "") or found.get("lang") == "en"
            self.open.append((tag, quiet))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, text):
        if not any(quiet for _, quiet in self.open):
            title = self.open and self.open[-1][0] == "title"
            self.out.append(("title" if title else "text", text))


def english(text):
    """The English sentences in a text: four words or more, and one that only a sentence has; a term or a name has none."""
    runs = [run.strip() for run in ENGLISH.findall(text)]
    return [run for run in runs if len(run.split()) > 3 and OF_A_SENTENCE.search(run)]


def the_chinese_pages_speak_chinese(book):
    """Texts, and what a button, a picture or a tag says beside them. Titles of papers stay as they are."""
    for path, html in pages(book).items():
        name = path.relative_to(book)
        if name.parts[0] != "zh":
            continue
        sources = name.name in ("further.html", "bibliography.html")
        for where, text in Said(html).out:
            assert (sources and where == "text") or not english(text), f"{name}, {where}: {english(text)}"
            assert where != "title" or "light/dark" not in text and text not in ("Menu", "Contents", "Expand"), (
                f"{name}: furo's title {text}"
            )


def test_an_entry_of_the_bibliography_is_one_line_and_ends_once():
    text = (
        "W. Press, *Recipes* (2007)，5.7 节。W. Squire, *On x*, SIAM 40 (1998). A. Ng，第二门课。第一份笔记：第三讲。"
    )
    listed = [site_pages.with_full_stop(entry) for entry in site_pages.ENTRY.split(text)]
    assert [entry[:7] for entry in listed] == ["W. Pres", "W. Squi", "A. Ng，第", "第一份笔记：第"]
    assert [entry[-2:] for entry in listed] == ["节。", ").", "课。", "讲。"]


def test_an_english_sentence_is_found():
    assert english("搜索。Please activate JavaScript to enable the search.") and english("Could you have the time?")
    assert not english("下界（lower bound of first-order methods）、NumPy 和 Adam with AMSGrad")


def test_all_words_of_the_chinese_pages_are_chinese():
    """And both languages have the same words."""

    def flat(words, at=""):
        for key, value in words.items() if isinstance(words, dict) else enumerate(words):
            if isinstance(value, str):
                yield f"{at}{key}", value
            else:
                yield from flat(value, f"{at}{key}.")

    words = {lang: dict(flat(TEXTS[lang])) for lang in LANGUAGES}
    assert words["en"].keys() == words["zh"].keys()
    names = {"other", "brand", "stage.numpy", "of"}  # "English", "Descent", "NumPy", "2 / 7"
    assert {key for key, text in words["zh"].items() if not re.search("[\u3000-\u9fff]", text)} == names
    assert not [key for key, text in words["zh"].items() if english(text)]


def test_the_book_is_built_and_whole(tmp_path):
    """One test, so that two workers do not build it twice."""
    book = tmp_path / "site"
    built(book)
    every_exercise_has_its_place(book)
    every_link_leads_somewhere(book)
    the_language_switch_leads_to_the_same_page(book)
    what_a_page_loads_is_shipped(book)
    no_source_is_shown(book)
    no_text_speaks_of_a_notebook(book)
    no_page_takes_a_key_from_the_editor(book)
    the_chinese_pages_speak_chinese(book)
    the_glossary_can_be_looked_up(book)
    a_page_says_what_it_is_to_those_who_link_it(book)
    a_wrong_address_leads_to_the_first_page(book)
    the_printed_book_is_whole(book)


def test_a_build_that_needs_check_boxes_fails_where_there_is_no_python(tmp_path, monkeypatch):
    """Otherwise a workflow would put a book without check boxes in the place of one that has them."""
    from book import build, carrier, pyodide

    def gone(course, out):
        raise carrier.PyodideUnavailable("the carrier is gone")

    monkeypatch.setattr(pyodide, "ship", gone)
    with pytest.raises(SystemExit, match="the carrier is gone"):
        build.build(tmp_path / "site", class_edition=False, checks=True, lite=True, need_checks=True)


def test_a_pdf_without_chromium_fails_before_anything_is_built(tmp_path, monkeypatch):
    from book import build

    monkeypatch.delenv("DESCENT_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="needs Chromium"):
        build.build(tmp_path / "site", class_edition=False, checks=False, lite=False, pdf=True)
    assert not (tmp_path / "site").exists()


def test_the_workflow_asks_make_for_targets_that_there_are():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    flags = (ROOT / "site" / "book" / "build.py").read_text(encoding="utf-8")
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        for line in re.findall(r"run: make (.*)", path.read_text(encoding="utf-8")):
            assert line.split()[0] in targets, f"{path.name}: make {line}"
            for flag in re.findall(r"--[a-z-]+", line):
                assert f'"{flag}"' in flags, f"{path.name}: {flag}"
