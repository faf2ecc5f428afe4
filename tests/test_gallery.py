"""The gallery holds every figure of the built notebooks once, and shows it light and dark in either language."""

import json
import re

import nbformat
import pytest

from autograder.gallery import main

FIGURE = '<figure><img class="descent-figure" alt="{}" src="data:image/png;base64,iVBORw0KGgo="></figure>'


def output(**data):
    return nbformat.v4.new_output("display_data", data={kind.replace("_", "/"): value for kind, value in data.items()})


@pytest.fixture
def course(tmp_path):
    for lang, title, alt in (("en", "## A race & more", "lines"), ("zh", "## 赛跑", "折线")):
        outputs = [
            output(text_html=FIGURE.format(alt) + "<script>document.title = '</article>'</script>"),
            output(text_html="<table><tr><td>a card</td></tr></table>"),
            output(image_png="iVBORw0KGgo=\n"),
        ]
        cells = [nbformat.v4.new_markdown_cell(title), nbformat.v4.new_code_cell(outputs=outputs, id="race")]
        folder = tmp_path / "solutions" / lang / "09_mini"
        folder.mkdir(parents=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "09_mini.ipynb")
    (tmp_path / "solutions" / "09_mini.py").write_text("")
    return tmp_path


def test_every_figure_of_both_languages_is_there_once(course, capsys):
    assert main(["--root", str(course)]) == 0
    assert capsys.readouterr().out.startswith("4 figures: ")
    page = (course / "build" / "gallery" / "index.html").read_text("utf-8")
    assert page.count('<section lang="en"') == page.count('<section lang="zh"') == 1
    assert "A race &amp; more (cell race)" in page and "赛跑 (cell race)" in page and "a card" not in page
    held = [json.loads(text) for text in re.findall(r'<script type="application/json">(.*?)</script>', page, re.S)]
    assert held[0].startswith(FIGURE.format("lines")) and held[0].endswith("</script>")
    assert held[1] == held[3] == '<img src="data:image/png;base64,iVBORw0KGgo=">' and "折线" in held[2]


def test_the_page_needs_nothing_from_elsewhere(course):
    main(["--root", str(course)])
    page = (course / "build" / "gallery" / "index.html").read_text("utf-8")
    assert not re.search(r"https?://|src=\"(?!data:)|<link", page.split("<main>")[0] + page.split("</main>")[1])


def test_without_figures_it_says_what_to_do(tmp_path, capsys):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "09_mini.py").write_text("")
    assert main(["--root", str(tmp_path)]) == 1
    assert "make notebooks first" in capsys.readouterr().err


@pytest.mark.browser
def test_a_figure_is_dark_on_the_dark_side_and_the_language_can_be_changed(course):
    from explorers import in_chromium

    main(["--root", str(course)])
    with in_chromium((course / "build" / "gallery" / "index.html").read_text("utf-8"), course) as page:
        page.wait_for_selector("iframe")
        themes = page.eval_on_selector_all(
            "iframe", "all => all.map(one => one.contentDocument.body.dataset.jpThemeLight)"
        )
        assert themes == ["true", "false", "true", "false"]
        page.click('input[value="zh"]')
        page.wait_for_selector('section[lang="zh"] iframe')
        alts = page.eval_on_selector_all(
            "iframe", "all => all.map(one => one.contentDocument.querySelector('img').alt)"
        )
        assert alts == ["折线", "折线", "", ""]
