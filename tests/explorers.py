"""Helpers for the tests of explorers: call their JavaScript in node, check their output, drive them in Chromium."""

import base64
import html
import json
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from descent import explore

JS = Path(explore.__file__).with_name("js")


def in_node(module, expression, given):
    """The value of a JavaScript expression, run by node; `figure` is js/<module>.js, `given` is plain data."""
    from playwright._impl._driver import compute_driver_executable

    node = os.environ.get("DESCENT_NODE") or compute_driver_executable()[0]  # Playwright brings a node
    source = base64.b64encode((JS / f"{module}.js").read_bytes()).decode()
    script = f"""
        import * as figure from "data:text/javascript;base64,{source}";
        let text = "";
        for await (const chunk of process.stdin) text += chunk;
        const given = JSON.parse(text);
        console.log(JSON.stringify({expression}));
    """
    run = subprocess.run([node, "--input-type=module", "-e", script], input=json.dumps(given), capture_output=True,
                         text=True, timeout=60)  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def javascript(module, calls):
    """What functions of js/<module>.js return for `calls` = [[name, *arguments], ...]."""
    return in_node(module, "given.map(([name, ...rest]) => figure[name](...rest))", calls)


def arrays(module, calls):
    """The same as float arrays: JSON writes a large whole number as one, and what is not finite as null."""
    return [np.array(one, dtype=float) for one in javascript(module, calls)]


@pytest.fixture
def shown(monkeypatch):
    """What explorers show during a test: a list of (page, alt text), each by language."""
    outputs = []
    monkeypatch.setattr(explore, "show_html", lambda html, *, text: outputs.append((html, text)))
    return outputs


def check_output(shown, **options):
    """The one output has these options, a picture with its alt text and the note below it; returns (page, alt text)."""
    ((page, text),) = shown
    for lang in ("en", "zh"):
        parsed = json.loads(html.unescape(re.search(r'data-options="([^"]*)"', page[lang])[1]))
        assert parsed == options | {"lang": lang}
        assert f'alt="{html.escape(text[lang])}"' in page[lang] and "<p data-static>" in page[lang]
    assert plt.get_fignums() == []
    return page, text


def module_source(module):
    """The text of js/<module>.js as an output carries it."""
    return base64.b64decode(explore._source(module)).decode()


def check_refused(explorer, wrong, shown):
    """The error begins with the one setting in `wrong`, and nothing was shown."""
    (name,) = wrong
    with pytest.raises(ValueError, match=f"^{name} = "):
        explorer(**wrong)
    assert shown == []


@contextmanager
def in_chromium(body, folder):
    """Headless Chromium with an HTML body as a page (kept in `folder`); at the end no script may have failed."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("DESCENT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("no Chromium was found: apt-get install chromium, or set DESCENT_CHROMIUM to its path")
    file = folder / "page.html"
    file.write_text(f"<!doctype html><meta charset=utf-8>{body}", encoding="utf-8")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-quic"])
        page = browser.new_page()
        problems = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(file.as_uri())
        yield page
        browser.close()
    assert problems == []


def words(page, figures=2):
    """The text element of each figure, after scripts have replaced the pictures of that many figures."""
    page.wait_for_function(f"document.querySelectorAll('[aria-live]').length === {figures}", polling=100)
    assert page.locator("img, [data-static]").count() == 0
    return page.locator("[aria-live]").all()


def press(slider, key, times=1):
    """Move a slider by the keyboard."""
    slider.focus()
    for _ in range(times):
        slider.page.keyboard.press(key)
