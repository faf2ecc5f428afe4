"""Pages for students and the instructor's report in Chromium: axe finds no serious violation, nothing is requested, the
phone need not scroll sideways. In light, dark and phone width, folded and unfolded, in both languages."""

import os
import shutil
from pathlib import Path

import axe_playwright_python
import pytest
from test_feedback import class_  # noqa: F401  a fixture

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
LOOKS = {
    "light": dict(color_scheme="light", viewport={"width": 1280, "height": 900}),
    "dark": dict(color_scheme="dark", viewport={"width": 1280, "height": 900}),
    "phone": dict(color_scheme="light", viewport={"width": 390, "height": 844}),
}
PAGES = [
    "feedback/ann/tiny/tiny.html",
    "feedback/bob/tiny/tiny.html",
    "feedback/li/tiny/tiny.html",
    "feedback/gus/tiny/tiny.html",
    "feedback/late/tiny/tiny.html",
    "feedback/mal/tiny/tiny.html",
    "feedback/bob/index.html",
    "progress/bob.html",
    "progress/li.html",
    "report/index.html",
]


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("DESCENT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("no Chromium was found: apt-get install chromium, or set DESCENT_CHROMIUM to its path")
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def violations(page) -> list[tuple[str, str]]:
    """(rule, element) of every serious or critical violation."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [
        (one["id"], node["html"][:200])
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_serious_violation_and_nothing_is_requested(browser, class_, name, look):  # noqa: F811
    page = browser.new_page(**LOOKS[look])
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto((class_ / name).as_uri())
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= LOOKS[look]["viewport"]["width"]
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert violations(page) == [], "unfolded"
    assert page.evaluate("document.documentElement.scrollWidth") <= LOOKS[look]["viewport"]["width"], "unfolded"
    assert [url for url in requested if not url.startswith(("file:", "data:"))] == []
    page.close()


def test_axe_would_find_a_violation(browser, tmp_path):
    path = tmp_path / "bad.html"
    path.write_text("<html><body><p style='color:#aaa;background:#fff'>pale</p><img src='data:,'></body></html>")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert {"color-contrast", "image-alt", "html-has-lang"} <= {rule for rule, _ in violations(page)}
    page.close()


def test_the_keyboard_reaches_the_first_repair_and_paper_has_only_what_is_to_repair(browser, class_):  # noqa: F811
    page = browser.new_page()
    page.goto((class_ / "feedback/bob/tiny/tiny.html").as_uri())
    reached = []
    for _ in range(3):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href')"))
    assert reached == ["#exercises", "../index.html", "#test_square"]
    page.emulate_media(media="print")
    assert page.locator(".exercise.repair").count() >= 1 and page.locator(".exercise.repair").first.is_visible()
    assert not any(fold.is_visible() for fold in page.locator(".fold, .exercise.right").all())
    page.close()
