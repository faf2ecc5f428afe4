"""Slides of a chapter: one for each figure, in order, under its heading and sitting; nothing from elsewhere."""

import re

import nbformat
import pytest
from test_gallery import FIGURE, output

from autograder.slides import main

TITLES = {
    "en": ("# 09 Mini", "## Sitting A: first", "## A race & more"),
    "zh": ("# 09 小章", "## A 节：开始", "## 赛跑"),
}


@pytest.fixture
def course(tmp_path):
    for lang, titles in TITLES.items():
        cells = [nbformat.v4.new_markdown_cell(title) for title in titles]
        outputs = [
            output(text_html=FIGURE.format(lang)),
            output(text_html="<table></table>"),
            output(image_png="iVBO\n"),
        ]
        cells.append(nbformat.v4.new_code_cell(outputs=outputs, id="race"))
        folder = tmp_path / "solutions" / lang / "09_mini"
        folder.mkdir(parents=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "09_mini.ipynb")
    (tmp_path / "solutions" / "09_mini.py").write_text("")
    return tmp_path


def test_every_figure_has_a_slide_below_its_sitting(course, capsys):
    assert main(["--root", str(course)]) == 0
    assert capsys.readouterr().out.count("2 figures: ") == 2
    page = (course / "build" / "slides" / "en" / "09_mini.html").read_text("utf-8")
    headings = re.findall(r"<h[12]>(.*?)</h[12]>", page)
    assert headings == ["09 Mini", "Sitting A: first", "A race &amp; more", "A race &amp; more"]
    chinese = (course / "build" / "slides" / "zh" / "09_mini.html").read_text("utf-8")
    assert 'lang="zh"' in chinese and "<h2>A 节：开始</h2>" in chinese and "方向键" in chinese


def test_a_page_needs_nothing_from_elsewhere(course):
    main(["--root", str(course)])
    page = (course / "build" / "slides" / "en" / "09_mini.html").read_text("utf-8")
    assert not re.search(
        r"https?://|<link|src=\"(?!data:)", re.sub(r'<script type="application/json">.*?</script>', "", page)
    )


def test_a_chapter_that_is_not_built_is_named(tmp_path, capsys):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "09_mini.py").write_text("")
    assert main(["--root", str(tmp_path)]) == 1
    assert "09_mini (en) is not built: make notebooks first" in capsys.readouterr().err


@pytest.mark.browser
def test_arrow_keys_turn_the_slides(course):
    from explorers import in_chromium

    main(["--root", str(course)])
    with in_chromium((course / "build" / "slides" / "en" / "09_mini.html").read_text("utf-8"), course) as page:
        for expected in ("2 of 4", "3 of 4"):
            page.keyboard.press("ArrowRight")
            assert page.inner_text("#place") == expected
        assert page.frame_locator("section.shown iframe").locator("img").count() == 1
