"""The site, read in headless Chromium as a learner would: make test-site.

One path: landing page, a wrong answer with its name, the right one, a reload, the other language, an exercise that uses
an earlier one, an endless loop, every bad input, the downloaded notebook graded by the autograder, JupyterLite. Nothing
may be asked of another host. Screenshots are left in build/screenshots.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import axe_playwright_python
import marionette
import pytest

pytestmark = [pytest.mark.site, pytest.mark.filterwarnings("default")]

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "site"))

from book.chapter import MARKERS, cells_of, grading, is_answer, source  # noqa: E402
from book.pages import chapters_of  # noqa: E402

SHOTS = ROOT / "build" / "screenshots"
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]  # fmt: skip
DESKTOP = {"viewport": {"width": 1440, "height": 1000}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
CHAPTER = "03_momentum"
MOMENTUM = "en/03_momentum/a.html"
WRONG = "    new = momentum * velocity + grads\n    return params - lr * velocity, new\n"
RIGHT = "    velocity = momentum * velocity + grads\n    return params - lr * velocity, velocity\n"
CARD_SECONDS = 20  # a bound for a busy machine; docs/site.md has what was measured on an idle one


def built(name, *arguments):
    """The folder of a site that is built now."""
    python = os.environ.get("DESCENT_SITE_PYTHON", str(ROOT / ".venv-site" / "bin" / "python"))
    if not Path(python).exists():
        pytest.fail("the environment of the site is missing: run make test-site")
    modules = os.environ.get("DESCENT_NODE_MODULES", str(ROOT / ".venv-site" / "node_modules"))
    environment = os.environ | {"PYTHONPATH": str(ROOT / "site"), "DESCENT_NODE_MODULES": modules}
    out = ROOT / "build" / name
    if not os.environ.get("DESCENT_SITE_KEEP"):
        done = subprocess.run(
            [python, "-m", "book.build", out, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        assert "without check boxes" not in done.stdout, done.stderr
    return out


@pytest.fixture(scope="module")
def site():
    return built("site")


@pytest.fixture(scope="module")
def url(site):
    from book.serve import server

    with server(str(site), 0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("DESCENT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("no Chromium was found: apt-get install chromium, or set DESCENT_CHROMIUM to its path")
    SHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def reader(browser, url):
    """A new reader's page; at the end it has asked no other host and its scripts have thrown nothing."""
    opened, troubles = [], []

    def open_page(address, *, before=None, expected=None, **options):
        context = browser.new_context(**{**DESKTOP, **options})
        context.on("request", lambda request: outside(request.url, url, troubles))
        context.on("weberror", lambda error: str(error.error) == expected or troubles.append(str(error.error)))
        if before:
            context.add_init_script(before)
        page = context.new_page()
        page.set_default_timeout(45_000)
        page.goto(url + address)
        page.wait_for_function("window.descent || location.pathname.includes('/lite/')")
        opened.append(context)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert not troubles


def outside(address, url, troubles):
    if not address.startswith((url, "data:", "blob:")):
        troubles.append(f"asked {address}")


def write(page, name, body):
    """Type `body` in place of the stub's last lines, in one go."""
    box = f"#x-{name}"
    page.locator(box).scroll_into_view_if_needed()
    page.wait_for_selector(f"{box} .cm-content")
    page.evaluate(
        """([box, body]) => {
          const content = document.querySelector(box + ' .cm-content'), view = content.cmTile?.view ?? content.cmView.view;
          const text = view.state.doc.toString(), raise = text.indexOf('    raise NotImplementedError');
          const last = text.lastIndexOf('    require(');
          const from = raise >= 0 ? raise : last >= 0 ? last + text.slice(last).indexOf('\\n') + 1 : text.lastIndexOf('\"\"\"') + 4;
          view.dispatch({changes: {from, to: text.length, insert: body}});
        }""",
        [box, body],
    )


def replace_all(page, name, text):
    page.locator(f"#x-{name}").scroll_into_view_if_needed()
    page.wait_for_selector(f"#x-{name} .cm-content")
    page.evaluate(
        """([box, text]) => {
          const content = document.querySelector(box + ' .cm-content'), view = content.cmTile?.view ?? content.cmView.view;
          view.dispatch({changes: {from: 0, to: view.state.doc.length, insert: text}});
        }""",
        [f"#x-{name}", text],
    )


def shown(page, name):
    return page.evaluate(
        """box => { const content = document.querySelector(box + ' .cm-content');
        return (content.cmTile?.view ?? content.cmView.view).state.doc.toString() }""",
        f"#x-{name}",
    )


def check(page, name, press=None):
    """Press Check and wait for the card: (what Python answered, the card's text, seconds)."""
    page.evaluate(
        """box => { window.answer = null; document.querySelector(box).addEventListener('descent:card',
        (event) => { window.answer = event.detail }, {once: true}) }""",
        f"#x-{name}",
    )
    begun = time.monotonic()
    press() if press else page.click(f"#x-{name} button.check")
    page.wait_for_function("window.answer")
    seconds = time.monotonic() - begun
    return page.evaluate("window.answer"), page.inner_text(f"#x-{name} .x-card"), seconds


def serious(page):
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        (one["id"], one["impact"], one["nodes"][0]["target"])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def wide(page):
    """How far the page scrolls sideways."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


# ---- the path of a learner


SETTLED = """selector => {
  const box = document.querySelector(selector), before = window.scrolledTo;
  box.scrollIntoView({behavior: "instant"});
  window.scrolledTo = scrollY;
  return before === scrollY && box.getBoundingClientRect().top < 120;
}"""


def test_from_the_landing_page_to_a_passed_exercise_in_both_languages(reader):
    page = reader("en/index.html")
    assert page.locator("svg.valley animateMotion").count() == 2
    page.click("text=Start reading")
    page.wait_for_url("**/00_warm_up/a.html")
    page.goto(page.url.replace("00_warm_up", CHAPTER))
    write(page, "momentum_step", WRONG)
    answer, card, seconds = check(page, "momentum_step")
    assert answer["state"] == "failed" and "params" in card
    assert seconds < CARD_SECONDS, f"the first card took {seconds:.1f} s"
    assert "old velocity" not in card, "the name of the mistake must be asked for"
    page.click("#x-momentum_step .ladder button")
    page.click("#x-momentum_step .ladder button")
    assert page.locator("#x-momentum_step .ladder p.name").count() == 1
    page.screenshot(path=SHOTS / "site-card.png")

    write(page, "momentum_step", RIGHT)
    answer, card, seconds = check(page, "momentum_step")
    assert answer["state"] == "passed" and "All cases pass" in card
    assert seconds < 5
    page.reload()
    page.wait_for_selector("#x-momentum_step")
    page.locator("#x-momentum_step").scroll_into_view_if_needed()
    page.wait_for_selector("#x-momentum_step .cm-content")
    assert shown(page, "momentum_step").endswith(RIGHT)
    assert page.locator('.progress a.done:has-text("momentum_step")').count() == 1
    assert "1 of 6" in page.inner_text(".progress")

    page.wait_for_function(SETTLED, arg="#x-momentum_step", polling=500)  # editors above it still grow
    page.click(".sidebar-drawer [data-switch]")
    page.wait_for_url("**/zh/03_momentum/a.html#x-momentum_step")
    page.wait_for_selector("#x-momentum_step .cm-content")
    assert abs(page.locator("#x-momentum_step").bounding_box()["y"]) < 200, "the same exercise is not in view"
    assert shown(page, "momentum_step").endswith(RIGHT)
    answer, card, _ = check(page, "momentum_step")
    assert answer["state"] == "passed" and "全部通过" in card


def test_an_exercise_takes_the_earlier_ones_of_the_reader_or_lends_them(reader):
    page = reader("en/00_warm_up/b.html")
    answer_of = {cell["id"]: MARKERS.sub("", source(cell)) for cell in cells_of(ROOT, "solutions", "en", "00_warm_up")}
    replace_all(page, "two_layer_loss_and_grads", answer_of["two_layer_loss_and_grads"])
    answer, card, _ = check(page, "two_layer_loss_and_grads")
    assert answer["state"] == "needs" and answer["needs"] in card
    lent = []
    while answer["state"] == "needs":
        lent.append(answer["needs"])
        buttons = page.locator("#x-two_layer_loss_and_grads .card .buttons button")
        answer, card, _ = check(page, "two_layer_loss_and_grads", press=lambda: buttons.nth(1).click())
    assert answer["state"] == "passed" and sorted(answer["borrowed"]) == sorted(lent), card
    kept = page.evaluate("JSON.parse(localStorage['descent:2:00/two_layer_loss_and_grads']).passed.points")
    assert kept is False, "what stands on a lent function earns nothing"
    for name in lent:
        replace_all(page, name, answer_of[name])
        assert check(page, name)[0]["state"] == "passed"
    answer, _, _ = check(page, "two_layer_loss_and_grads")
    assert answer["state"] == "passed" and not answer["borrowed"]


def test_an_endless_loop_is_stopped_and_nothing_is_lost(reader):
    page = reader(MOMENTUM)
    write(page, "classical_velocity", "    while True:\n        pass\n")
    answer, card, seconds = check(page, "classical_velocity")
    assert answer["state"] == "stopped" and "Stopped after 10 seconds" in card
    assert "while True" in shown(page, "classical_velocity")
    write(page, "classical_velocity", "    return lr * velocity\n")
    assert check(page, "classical_velocity")[0]["state"] in ("passed", "failed"), "the next check works again"


RECURSIVE = "def classical_velocity(velocity, *, lr):\n    return classical_velocity(velocity, lr=lr)\n"
ANOTHER = "def another_name(velocity, *, lr):\n    return lr\n"
MISSPELT = "def classical_velocity(velocity, *, lr):\n    return lr * velocty\n"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("text", "state", "said"),
    [
        ("this text is not Python", "error", {"en": "SyntaxError", "zh": "代码无法运行"}),
        (MISSPELT, "failed", {"en": "velocty", "zh": "velocty"}),
        ("def classical_velocity():\n    return 1\n", "failed", dict.fromkeys(["en", "zh"], "classical_velocity()")),
        (ANOTHER, "undefined", {"en": "defines no", "zh": "没有定义"}),
        ("x" * 10_000_000, "tooLong", {"en": "10,000,000 characters", "zh": "10,000,000 个字符"}),
        ("   \n", "empty", {"en": "nothing to check", "zh": "还没有可检查的内容"}),
        ("import os\nos._exit(0)\n", None, {"en": "", "zh": ""}),
        (RECURSIVE, None, {"en": "Recursion", "zh": "Recursion"}),
    ],
)
def test_every_bad_input_has_a_sentence_and_is_kept(reader, text, state, said, lang):
    page = reader(MOMENTUM.replace("en/", f"{lang}/"))
    replace_all(page, "classical_velocity", text)
    answer, card, _ = check(page, "classical_velocity")
    if state:
        assert answer["state"] == state, answer
    assert card.strip() and said[lang] in card, card
    assert card.count({"en": "line 1\n", "zh": "第 1 行"}[lang]) <= 1, "where the error is, once"
    assert len(shown(page, "classical_velocity")) == len(text)
    replace_all(page, "classical_velocity", "def classical_velocity(velocity, *, lr):\n    return lr * velocity\n")
    assert check(page, "classical_velocity")[0]["state"] in ("passed", "failed")


STUB = "def classical_velocity(velocity, *, lr):\n    "
# What a text needs that Python cannot run, beside Python's own words: (text, what the sentence holds in both languages).
PASTED = [
    (STUB.replace(":", "：") + "return lr * velocity\n", "：", ("Type `:`", "改成 `:`")),
    (STUB.replace("(", "（") + "return lr * velocity\n", "（", ("Type `(`", "改成 `(`")),
    (STUB + "x = “a”\n    return lr * velocity\n", "“", ("looks like", "改成")),
    (STUB[:-4] + "\u00a0\u00a0\u00a0\u00a0return lr * velocity\n", "", ("invisible", "看不见")),
    (STUB + "a = 1\n\treturn lr * velocity\n", "TabError", ("four spaces", "每级四个")),
    ("```python\n" + STUB + "return lr * velocity\n```\n", "", ("three backquotes", "三个反引号")),
    (">>> " + STUB + "return lr\n", "", ("are prompts", "提示符")),
    ("%matplotlib inline\n" + STUB + "return lr\n", "", ("commands of a notebook", "笔记本的命令")),
    ("lr = input('lr?')\n", "EOFError", ("keyboard", "键盘")),
    ("exit()\n" + STUB + "return lr\n", "SystemExit", ("ends the program", "让程序退出")),
    ("import torch\n" + STUB + "return lr\n", "torch", ("no package", "没有 torch 这个包")),
    ("import nunpy as np\n" + STUB + "return lr\n", "nunpy", ("Did you mean numpy", "是不是想写 numpy")),
    (
        "    return lr * velocity\n",
        "IndentationError",
        ("no line def classical_velocity", "没有 def classical_velocity"),
    ),
    (STUB + "return lr * velocity\nprint('done'\n", "never closed", ("line 3", "第 3 行")),
    (STUB + "return " + "(" * 300 + "lr" + ")" * 300 + "\n", "", ("ended Python itself", "Python 本身停止了")),
    (STUB + "return input('lr?')\n", "input()", ("keyboard", "键盘")),
    (STUB + "exit()\n", "exit", ("ends the program", "让程序退出")),
    (STUB + "import torch\n    return lr\n", "torch", ("no package", "没有 torch 这个包")),
    (STUB + "from scipy.special import expit\n    return lr\n", "scipy", ("no package", "没有 scipy 这个包")),
    (STUB + "import matplotlib.pyplot as plt\n    return lr\n", "matplotlib", ("Delete the import", "删掉这一行")),
    (STUB + "breakpoint()\n", "breakpoint()", ("keyboard", "键盘")),
    (STUB + "return np.zeros(20_000_000)\n", "(20000000,)", ("returned an array", "返回的数组")),
    ("for i in range(100_000):\n    print(i)\n" + STUB + "return 1\n", "99", ("the rest is left out", "其余省略")),
]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_pasted_or_left_over_has_a_sentence_and_is_kept(reader, lang):
    page = reader(MOMENTUM.replace("en/", f"{lang}/"))
    for text, both, said in PASTED:
        replace_all(page, "classical_velocity", text)
        answer, card, _ = check(page, "classical_velocity")
        assert answer["state"] in ("error", "failed"), (text, answer)
        assert both in card and said[lang == "zh"].replace("`", "") in card, (text, card)
        assert shown(page, "classical_velocity") == text
    replace_all(page, "classical_velocity", STUB.replace("\n", "\r\n") + "return lr * velocity\r\n")
    assert check(page, "classical_velocity")[0]["state"] == "failed", "line ends of Windows are line ends"


def test_a_text_that_closes_pythons_worker_is_not_waited_for_without_end(reader):
    page = reader(MOMENTUM)
    replace_all(page, "classical_velocity", "import js\njs.self.close()\n" + STUB + "return lr * velocity\n")
    check(page, "classical_velocity")
    replace_all(page, "classical_velocity", STUB + "return -lr * velocity\n")
    assert check(page, "classical_velocity")[0]["state"] == "failed"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_caret_of_a_syntax_error_stands_under_its_character_on_a_phone(reader, lang):
    page = reader(MOMENTUM.replace("en/", f"{lang}/"), **PHONE)
    text = STUB + "return lr * velocity + 0 * lr * velocity + 0 * lr * velocity + 0 * lr '动量' * velocity\n"
    replace_all(page, "classical_velocity", text)
    check(page, "classical_velocity")
    pre = page.locator("#x-classical_velocity .card pre.exact")
    line, caret = pre.evaluate(
        """pre => { const text = pre.firstChild, code = text.data.split('\\n')[1], at = text.data.indexOf(code), range = document.createRange();
        const offset = pre.innerText.split('\\n')[2].indexOf('^');
        range.setStart(text, at + offset); range.setEnd(text, at + offset + 1);
        return [range.getBoundingClientRect().x, pre.querySelector('span').getBoundingClientRect().x] }"""
    )
    assert abs(line - caret) < 3, (line, caret)
    assert 0 < caret < 390, "the caret is in view"
    assert wide(page) <= 0


FULL = {"en": "storage is full or switched off", "zh": "存储空间已满或被禁用"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_storage_that_is_forbidden_is_said_and_the_page_works(reader, lang):
    forbid = (
        """Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"""
    )
    page = reader(MOMENTUM.replace("en/", f"{lang}/"), before=forbid, expected="no")  # the theme asks without a catch
    assert FULL[lang] in page.inner_text(".python-status")
    write(page, "momentum_step", RIGHT)
    assert check(page, "momentum_step")[0]["state"] == "passed"
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.click(".sidebar-drawer [data-switch]")  # nothing is kept, nothing breaks
    page.wait_for_url("**/zh/**" if lang == "en" else "**/en/**")
    assert asked == ["beforeunload"], "what was written would be lost: the browser asks once more"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_storage_that_is_full_is_said_and_nothing_typed_is_lost(reader, lang):
    page = reader(MOMENTUM.replace("en/", f"{lang}/"))
    page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') } }"
    )
    write(page, "momentum_step", RIGHT)
    page.wait_for_selector(".python-status:not([hidden])")
    assert FULL[lang] in page.inner_text(".python-status")
    assert check(page, "momentum_step")[0]["state"] == "passed"
    with page.expect_download() as download:
        page.click("[data-download]")
    assert "return params - lr * velocity, velocity" in download.value.path().read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("lang", "died", "status"),
    [
        ("en", "a part of it could not be downloaded. Your text is kept", "You are offline"),
        ("zh", "有一部分没有下载成功。你写的内容还在", "当前离线"),
    ],
)
def test_offline_before_the_first_check_and_back(reader, lang, died, status):
    page = reader(MOMENTUM.replace("en/", f"{lang}/"))
    write(page, "momentum_step", RIGHT)
    page.context.set_offline(True)
    answer, card, _ = check(page, "momentum_step")
    assert answer["state"] == "died" and died in card
    assert status in page.inner_text(".python-status")
    assert shown(page, "momentum_step").endswith(RIGHT)
    page.context.set_offline(False)
    assert check(page, "momentum_step")[0]["state"] == "passed"
    page.context.set_offline(True)
    assert check(page, "momentum_step")[0]["state"] == "passed", "what is loaded goes on working"


@pytest.mark.parametrize(
    ("lang", "editor", "notebook"),
    [
        ("en", "editor could not be loaded", "notebook could not be loaded"),
        ("zh", "编辑器没有加载成功", "笔记本没有加载成功"),
    ],
)
def test_offline_before_the_editor_is_there_and_back(reader, lang, editor, notebook):
    """Check says what is missing and works again; so does the editor, without a click."""
    page = reader(f"{lang}/05_regularization/a.html")  # its first exercise is so far down that no editor is there yet
    page.context.set_offline(True)
    assert page.locator(".cm-content").count() == 0
    name = page.locator("section.exercise").first.get_attribute("data-name")
    page.locator(f"#x-{name}").scroll_into_view_if_needed()
    answer, card, _ = check(page, name)
    assert answer["state"] == "noEditor" and editor in card
    page.click("[data-download]")
    page.wait_for_function("words => document.querySelector('.python-status').innerText.includes(words)", arg=notebook)
    page.context.set_offline(False)
    page.wait_for_selector(f"#x-{name} .cm-content")
    assert check(page, name)[0]["state"] == "missing"


@pytest.mark.parametrize(("lang", "said"), [("en", "could not be loaded"), ("zh", "没有加载成功")])
def test_offline_before_a_figure_and_back(reader, lang, said):
    page = reader(MOMENTUM.replace("en/", f"{lang}/"))
    write(page, "momentum_step", RIGHT)
    assert check(page, "momentum_step")[0]["state"] == "passed"
    page.locator("fieldset.predict input").first.check()
    cell = page.locator(".cell[data-live]:has(figure)").first
    page.context.set_offline(True)
    cell.locator(".buttons button").first.click()
    cell.locator(".live-result pre", has_text=said).wait_for(timeout=120_000)
    assert "Error" not in cell.locator(".live-result").inner_text()
    page.context.set_offline(False)
    cell.locator(".buttons button").first.click()
    cell.locator(".live-result img").wait_for(timeout=240_000)


@pytest.mark.parametrize(("lang", "said"), [("en", "changed in another tab"), ("zh", "另一个标签页改动了")])
def test_two_tabs_do_not_overwrite_each_other(reader, url, lang, said):
    page = reader(MOMENTUM.replace("en/", f"{lang}/"))
    write(page, "momentum_step", WRONG)
    other = page.context.new_page()
    other.goto(url + MOMENTUM)
    write(other, "momentum_step", RIGHT)
    page.bring_to_front()
    assert said in page.wait_for_selector("#x-momentum_step .notice").inner_text()
    assert shown(page, "momentum_step").endswith(WRONG), "the text in this tab stays"
    page.click("#x-momentum_step .notice button")
    assert shown(page, "momentum_step").endswith(RIGHT)


@pytest.mark.parametrize(("lang", "said"), [("en", "changed in another tab"), ("zh", "另一个标签页改动了")])
def test_two_tabs_do_not_overwrite_each_others_written_answers(reader, lang, said):
    page = reader(f"{lang}/03_momentum/b.html")
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("section.written textarea").first.fill("from the other tab")
    page.bring_to_front()
    assert said in page.wait_for_selector("section.written .notice.tab").inner_text()
    page.click("section.written .notice.tab button")
    assert page.locator("section.written textarea").first.input_value() == "from the other tab"
    page.locator("section.written textarea").first.fill("x" * 200_000)
    assert "200,000" in page.locator("section.written .notice:not(.tab)").first.inner_text()
    kept = page.evaluate("Object.values(localStorage).filter(text => text.includes('from the other tab')).length")
    assert kept == 1, "what is too long does not replace what is kept"


def test_predictions_and_quizzes_are_kept(reader):
    page = reader(MOMENTUM)
    first = page.locator("fieldset.predict").first
    hidden = page.locator(f'[data-after="{first.get_attribute("data-name")}"]')
    assert hidden.count() and not hidden.first.is_visible()
    outcome = page.locator("p:has-text('What it showed.')").first
    assert not outcome.is_visible(), "the text says it before one has predicted"
    first.locator("input").first.check()
    assert hidden.first.is_visible() and "You said (a)" in first.inner_text()
    assert outcome.is_visible()
    page.locator("details.option summary").first.click()
    page.reload()
    page.wait_for_function("window.descent")
    assert page.locator("fieldset.predict input").first.is_checked()
    assert page.locator("details.option.chosen").count() == 1


def test_an_experiment_runs_with_the_readers_functions_and_draws(reader):
    page = reader(MOMENTUM)
    write(page, "momentum_step", RIGHT)
    assert check(page, "momentum_step")[0]["state"] == "passed"
    page.locator("fieldset.predict input").first.check()
    cell = page.locator(".cell[data-live]:has(figure)").first
    cell.locator(".buttons button").first.click()
    cell.locator(".live-result img").wait_for(timeout=240_000)
    assert cell.locator(".live-result img").evaluate("picture => picture.naturalWidth") > 500
    page.screenshot(path=SHOTS / "site-live.png")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_experiments_of_the_capstone_set_themselves_up(reader, lang):
    """Those that take a second or two; with what the reader has not written borrowed."""
    page = reader(f"{lang}/07_capstone/a.html")
    page.evaluate(
        """() => { const {book, store} = window.descent;
        for (const cell of book.page.cells) if (cell.kind === 'answer') store.write(book.key(cell.id), {borrowed: true}) }"""
    )
    cells = page.locator(".cell[data-live]:visible")
    quick = [cell for cell in cells.all() if float(cell.get_attribute("data-seconds") or 0) < 5]
    assert len(quick) >= 3
    for cell in quick:
        cell.locator(".buttons button").first.click()
        cell.locator(".live-result > .label").wait_for(timeout=240_000)
        text = cell.locator(".live-result").inner_text()
        assert "Error" not in text, text
        assert cell.locator("figure").count() == cell.locator(".live-result img").count()
        if cell.get_attribute("data-cell") == "try_student_id":
            assert {"en": "36 of 36", "zh": "已有 36 个"}[lang] in text, text


@pytest.mark.parametrize(("lang", "said"), [("en", "Not checked on this page"), ("zh", "本页不检查")])
def test_what_no_page_can_check_says_where_it_is_checked(reader, lang, said):
    page = reader(f"{lang}/07_capstone/b.html")
    box = page.locator("#x-my_missions")
    assert said in box.inner_text() and 'check("mission_1", my_missions)' in box.inner_text()
    assert box.locator(".said a").get_attribute("href").endswith(f"?path={lang}/07_capstone.ipynb")
    notes = page.locator("section.written .note")
    assert notes.count() and all(text.strip() for text in notes.all_inner_texts())


def test_progress_travels_as_a_file_and_old_files_are_understood(reader, tmp_path):
    page = reader(MOMENTUM)
    write(page, "momentum_step", RIGHT)
    check(page, "momentum_step")
    with page.expect_download() as download:
        page.click("text=Save progress to a file")
    saved = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert saved["format"] == "descent-progress" and saved["items"]["03/momentum_step"]["good"].endswith(RIGHT)

    def load(file):
        (tmp_path / "progress.json").write_text(json.dumps(file), encoding="utf-8")
        fresh = reader(MOMENTUM)
        fresh.locator(".progress input[type=file]").set_input_files(tmp_path / "progress.json")
        return fresh

    fresh = load(saved)
    fresh.wait_for_selector('.progress a.done:has-text("momentum_step")')
    old = {"format": "descent-progress", "version": 1, "items": {"momentum_step": saved["items"]["03/momentum_step"]}}
    fresh = load(old)
    fresh.wait_for_selector('.progress a.done:has-text("momentum_step")')
    fresh = load(saved | {"version": 99})
    fresh.wait_for_selector("text=newer version of the course")
    fresh = load(["something else"])
    fresh.wait_for_selector("text=not a progress file")
    assert fresh.evaluate("Object.keys(localStorage).filter(key => key.startsWith('descent:2:')).length") == 0


KEPT = "descent:2:03/momentum_step"


@pytest.mark.parametrize(
    ("lang", "bad", "some"), [("en", "it is damaged", "2 could not be read"), ("zh", "已损坏", "另有 2 项无法读取")]
)
def test_a_damaged_progress_file_breaks_nothing(reader, tmp_path, lang, bad, some):
    page = reader(MOMENTUM.replace("en/", f"{lang}/"))
    write(page, "momentum_step", RIGHT)
    good = {"text": "def classical_velocity(velocity, *, lr):\n    return 1\n", "at": "2026-11-30T08:00:00"}
    whole = json.dumps({"format": "descent-progress", "version": 2, "items": {"03/classical_velocity": good}})
    pick = page.locator(".progress input[type=file]")

    def load(text):
        (tmp_path / "progress.json").write_text(text, encoding="utf-8")
        pick.set_input_files(tmp_path / "progress.json")

    for text in (whole[:-20], "", "null", whole.replace('{"03/', '[{"03/').replace("}}}", "}}]}")):
        page.evaluate("document.querySelector('.progress [role=status]').textContent = ''")
        load(text)
        page.wait_for_selector(f".progress [role=status]:has-text('{bad}')")
    items = {"03/momentum_step": {"text": 5}, "03/classical_velocity": good, "../../x": good}
    load(json.dumps({"format": "descent-progress", "version": 2, "items": items}))
    page.wait_for_selector(f".progress [role=status]:has-text('{some}')")
    page.reload()
    page.wait_for_function("window.descent")
    page.locator("#x-momentum_step").scroll_into_view_if_needed()
    page.wait_for_selector("#x-momentum_step .cm-content")
    assert shown(page, "momentum_step").endswith(RIGHT), "what stood here is still here"


def test_a_file_that_travels_back_does_not_overwrite_what_is_newer(reader, tmp_path):
    """What was loaded keeps its time: else an old text would be newer than what was written since on another machine."""
    page = reader(MOMENTUM)
    items = {"03/momentum_step": {"text": "# old\n", "at": "2026-01-01T00:00:00"}}
    (tmp_path / "progress.json").write_text(json.dumps({"format": "descent-progress", "version": 2, "items": items}))
    page.locator(".progress input[type=file]").set_input_files(tmp_path / "progress.json")
    page.wait_for_function(f"localStorage['{KEPT}']")
    assert page.evaluate(f"JSON.parse(localStorage['{KEPT}']).at") == "2026-01-01T00:00:00"


def test_progress_loaded_where_storage_is_full_is_not_lost_at_once(reader, tmp_path):
    page = reader(MOMENTUM)
    page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') } }"
    )
    write(page, "momentum_step", RIGHT)
    items = {"03/classical_velocity": {"text": "# loaded\n", "at": "2026-01-01T00:00:00"}}
    (tmp_path / "progress.json").write_text(json.dumps({"format": "descent-progress", "version": 2, "items": items}))
    page.locator(".progress input[type=file]").set_input_files(tmp_path / "progress.json")
    page.wait_for_selector(".progress [role=status]:has-text('1 answers loaded')")
    page.wait_for_timeout(1500)
    assert shown(page, "momentum_step").endswith(RIGHT), "the page was loaded again"


def test_the_downloaded_notebook_grades_the_same(reader, tmp_path):
    """Two passed exercises, a wrong one, a prediction and a written answer, graded as if handed in."""
    page = reader(MOMENTUM)
    write(page, "momentum_step", RIGHT)
    assert check(page, "momentum_step")[0]["state"] == "passed"
    write(page, "classical_momentum_step", "    return params, velocity\n")
    assert check(page, "classical_momentum_step")[0]["state"] == "failed"
    page.locator("fieldset.predict input").first.check()
    page.goto(page.url.replace("a.html", "b.html"))
    page.locator("section.written textarea").fill("The velocity is still there where the gradient is zero.")
    with page.expect_download() as download:
        page.click("[data-download]")
    downloaded = json.loads(download.value.path().read_text(encoding="utf-8"))
    written = {cell["id"]: source(cell) for cell in downloaded["cells"]}
    assert written["momentum_step"].endswith(RIGHT.rstrip()) and written["why_overshoot"].startswith("The velocity is")
    by_hand = json.loads((ROOT / "notebooks" / "en" / CHAPTER / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))
    for cell in by_hand["cells"]:
        raises = source(cell).find("    raise NotImplementedError")
        if cell["id"] == "momentum_step":
            cell["source"] = source(cell)[:raises] + RIGHT
        elif cell["id"] == "classical_momentum_step":
            cell["source"] = source(cell)[:raises] + "    return params, velocity\n"
        elif cell["id"] == "prediction_race":
            cell["source"] = 'prediction_race = "a"'
    for student, notebook in (("reader", downloaded), ("by_hand", by_hand)):
        target = tmp_path / "class" / "submitted" / student / CHAPTER
        target.mkdir(parents=True)
        (target / f"{CHAPTER}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    command = [sys.executable, "-m", "autograder.grade", "--class", tmp_path / "class", "--chapter", CHAPTER]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    with (tmp_path / "class" / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows["reader"]["score"] == rows["by_hand"]["score"]
    assert float(rows["reader"]["score"]) >= 14 + 2, "momentum_step and a prediction"


@pytest.mark.parametrize("chapter", [CHAPTER, "01_gradient_descent"])
def test_whole_chapters_run_in_jupyterlite(reader, chapter):
    page = reader(f"lite/notebooks/index.html?path=en/{chapter}.ipynb")
    page.set_default_timeout(600_000)
    ready = "window.jupyterapp?.shell?.currentWidget?.context?.sessionContext"
    page.wait_for_function(f"{ready}?.isReady && {ready}.session?.kernel")
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => { window.done = true })")
    page.wait_for_function("window.done")
    ran, errors = page.evaluate(
        """() => { const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells].filter(one => one.type === 'code');
        return [cells.filter(one => one.executionCount != null).length,
                cells.flatMap(one => one.outputs.toJSON()).filter(one => one.output_type === 'error').map(one => one.evalue)] }"""
    )
    assert ran > 20 and not errors
    page.click("text=Back to the book")
    page.wait_for_url(f"**/en/{chapter}/index.html")


LITE = "lite/notebooks/index.html?path=en/03_momentum.ipynb"
CELLS = """[...(window.jupyterapp?.shell?.currentWidget?.context?.model?.cells ?? [])]"""


def in_notebook(page, name):
    """The text of a cell of the notebook that is open in JupyterLite."""
    return page.evaluate(f"name => {CELLS}.find(cell => cell.id === name).sharedModel.getSource()", name)


def open_lite(page):
    page.set_default_timeout(120_000)
    page.wait_for_function(f"{CELLS}.length > 10")


def test_answers_go_to_jupyterlite_and_come_back(reader, url):
    page = reader(MOMENTUM)
    write(page, "momentum_step", RIGHT)
    assert check(page, "momentum_step")[0]["state"] == "passed"
    page.locator("fieldset.predict input").first.check()
    page.click("[data-lite]")
    open_lite(page)
    page.wait_for_selector("text=of your answers came along")
    assert in_notebook(page, "momentum_step").endswith(RIGHT.rstrip())
    assert in_notebook(page, "prediction_race") == 'prediction_race = "a"'
    assert "NotImplementedError" in in_notebook(page, "classical_velocity"), "what was not written is the stub"

    page.evaluate(
        f"""() => {{ const cell = {CELLS}.find(cell => cell.id === 'classical_velocity').sharedModel;
        cell.setSource(cell.getSource().replace(/raise NotImpl.*/, 'return lr * velocity  # from the notebook')) }}"""
    )
    page.click("text=Back to the book")
    page.wait_for_url("**/en/03_momentum/a.html#*")
    page.locator("#x-classical_velocity").scroll_into_view_if_needed()
    page.wait_for_selector("#x-classical_velocity .cm-content")
    assert "# from the notebook" in shown(page, "classical_velocity")

    # changed on both sides: neither is overwritten unasked
    replace_all(page, "classical_velocity", "def classical_velocity(velocity, *, lr):\n    return 1  # from the book\n")
    page.evaluate("localStorage.setItem('descent:agreed:03/classical_velocity', 'something else')")
    page.goto(url + LITE)
    open_lite(page)
    page.wait_for_selector("text=1 differ here")
    assert "# from the notebook" in in_notebook(page, "classical_velocity")
    page.click("text=Take the book's")
    assert "# from the book" in in_notebook(page, "classical_velocity")


def test_jupyterlite_speaks_the_language_of_the_chapter(reader):
    for lang, menu in (("zh", "文件"), ("en", "File")):
        page = reader(LITE.replace("en/", f"{lang}/"))
        open_lite(page)
        page.wait_for_selector(f".lm-MenuBar-itemLabel:has-text('{menu}')")


def test_a_slow_experiment_in_jupyterlite_says_how_long_it_takes(reader, url):
    page = reader(LITE)
    times = page.evaluate("fetch('../times.json').then(answer => answer.json())")
    slow = {(chapter, name): seconds for chapter, cells in times.items() for name, seconds in cells.items()}
    chapter, name = max(slow, key=slow.get)
    about = slow[chapter, name]
    assert about > 5, "times.json does not know a slow experiment"
    page.goto(url + LITE.replace(CHAPTER, chapter))
    open_lite(page)
    ready = "window.jupyterapp.shell.currentWidget.context.sessionContext"
    page.wait_for_function(f"{ready}.isReady && {ready}.session?.kernel")
    page.evaluate(
        f"""([name]) => {{ const cell = {CELLS}.find(cell => cell.id === name).sharedModel;
        cell.setSource('import time\\nfor n in range(4):\\n    time.sleep(1)');
        const panel = window.jupyterapp.shell.currentWidget.content;
        panel.activeCellIndex = {CELLS}.findIndex(cell => cell.id === name);
        window.jupyterapp.commands.execute('notebook:run-cell').then(() => {{ window.done = true }}) }}""",
        [name],
    )
    page.wait_for_selector(f"text=about {round(about)} s here")
    assert page.locator(".descent-clock progress").get_attribute("max") == str(about)
    page.wait_for_function("window.done")
    page.wait_for_selector(".descent-clock", state="hidden")


def test_a_result_of_the_search_says_its_chapter_and_shows_no_formula_twice(reader):
    page = reader("zh/search.html?q=动量法")
    further = page.locator('#search-results li:has(> a[href*="03_momentum/further.html"])')
    further.wait_for()
    assert "03 动量法与 Nesterov 加速梯度" in further.inner_text()
    page.wait_for_selector("#search-results li p")
    assert "\\kappa" not in page.inner_text("#search-results")


@pytest.mark.parametrize(("lang", "word"), [("en", "momentum"), ("zh", "动量法"), ("zh", "dropout")])
def test_search_finds_pages_in_both_languages(reader, lang, word):
    page = reader(f"{lang}/search.html?q={word}")
    page.wait_for_selector("#search-results li a")
    assert page.locator("#search-results li a").count() > 5


def test_firefox_walks_the_main_path(url, tmp_path):
    """Landing page, a sitting, a wrong answer with its name, the right one, a reload that keeps it."""
    if not marionette.firefox_path():
        pytest.skip("test_site: NOT RUN IN FIREFOX: apt-get install firefox-esr, or set DESCENT_FIREFOX to its path")
    with marionette.firefox(tmp_path) as browser:
        browser.open(url + "en/index.html")
        browser.wait("window.descent")
        browser.click(".landing .button.first")
        browser.wait("location.pathname.endsWith('/00_warm_up/a.html')")
        browser.open(url + MOMENTUM)
        browser.wait("window.descent")
        editor = "#x-momentum_step .cm-content"
        browser.run("document.querySelector(arguments[0]).scrollIntoView()", "#x-momentum_step")
        browser.wait("document.querySelector(arguments[0])", editor)
        raises = browser.run(
            "return document.querySelector(arguments[0]).innerText.includes('raise NotImplementedError')", editor
        )
        assert raises, "the stub is not shown"
        browser.click(editor)
        browser.press("Control", "End")
        browser.press("ArrowUp")
        browser.press("Shift", "End")
        browser.type("    new = momentum * velocity + grads\nreturn params - lr * velocity, new")
        browser.press("Control", "Enter")
        browser.wait("document.querySelector('#x-momentum_step .card.failed')", seconds=120)  # time is held in Chromium
        browser.click("#x-momentum_step .ladder button")
        browser.click("#x-momentum_step .ladder button")
        assert browser.run("return document.querySelector('#x-momentum_step .ladder p.name').innerText")
        browser.screenshot(SHOTS / "site-firefox.png")

        browser.click("#x-momentum_step button.reset")
        browser.click(editor)
        browser.press("Control", "End")
        browser.press("ArrowUp")
        browser.press("Shift", "End")
        browser.type("    velocity = momentum * velocity + grads\nreturn params - lr * velocity, velocity")
        browser.click("#x-momentum_step button.check")
        browser.wait("document.querySelector('#x-momentum_step .card.passed')", seconds=120)
        browser.reload()
        browser.wait("window.descent")
        browser.run("document.querySelector(arguments[0]).scrollIntoView()", "#x-momentum_step")
        browser.wait("document.querySelector(arguments[0])", editor)
        assert "return params - lr * velocity, velocity" in browser.run(
            "return document.querySelector(arguments[0]).innerText", editor
        )
        done = browser.run("return document.querySelector('.progress a.done').innerText")
        assert done.startswith("momentum_step")


# ---- how it looks, and for whom


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("lang", "size"), [("en", DESKTOP), ("zh", PHONE)])
def test_axe_finds_no_serious_violation(reader, lang, size, scheme):
    page = reader(f"{lang}/index.html", color_scheme=scheme, **size)
    assert not serious(page) and wide(page) <= 0
    page = reader(f"{lang}/{CHAPTER}/a.html", color_scheme=scheme, **size)
    assert not serious(page) and wide(page) <= 0
    write(page, "momentum_step", WRONG)
    check(page, "momentum_step")
    page.locator("#x-momentum_step .help-row button").first.click()
    page.locator("#x-momentum_step .case button").click()
    page.locator("#x-momentum_step .scratch .cm-content").wait_for()
    page.locator("fieldset.predict input").first.check()
    page.locator("details.option summary").first.click()
    assert not serious(page) and wide(page) <= 0
    page.screenshot(path=SHOTS / f"site-{lang}-{scheme}.png")


def test_the_landing_page_leads_to_an_exercise(reader):
    page = reader("zh/index.html")
    page.click("text=先试一道练习")
    page.wait_for_url("**/03_momentum/a.html#x-momentum_step")
    page.wait_for_selector("#x-momentum_step .cm-content")


@pytest.mark.parametrize(("lang", "words"), [("en", "Go on: Sitting A"), ("zh", "接着学：A 节")])
def test_the_landing_page_leads_back_to_where_one_was(reader, url, lang, words):
    page = reader(MOMENTUM)
    page.evaluate("document.querySelector('#x-classical_velocity').scrollIntoView()")
    write(page, "momentum_step", RIGHT)
    assert check(page, "momentum_step")[0]["state"] == "passed"
    page.evaluate("document.querySelector('#x-classical_velocity').scrollIntoView({behavior: 'instant'})")
    page.wait_for_function(SETTLED, arg="#x-classical_velocity", polling=500)
    page.goto(url + f"{lang}/index.html")
    page.wait_for_function("window.descent")
    go_on = page.locator(".landing .button.first")
    assert words in go_on.inner_text() and go_on.count() == 1
    assert "1" in page.inner_text('[data-chapter="03_momentum"]') and not page.inner_text(
        '[data-chapter="02_difficulty"]'
    )
    go_on.click()
    page.wait_for_url(f"**/{lang}/03_momentum/a.html#x-classical_velocity")


def test_the_first_page_takes_the_language_that_was_chosen(reader, url):
    page = reader("en/index.html", locale="en-US")
    page.goto(url)
    page.wait_for_url("**/en/index.html")
    page.click(".sidebar-drawer [data-switch]")
    page.wait_for_url("**/zh/index.html")
    page.goto(url)
    page.wait_for_url("**/zh/index.html")
    chinese = reader("en/index.html", locale="zh-TW")
    chinese.goto(url)
    chinese.wait_for_url("**/zh/index.html")


def test_a_wrong_address_leads_back(reader, url):
    page = reader("en/index.html")
    answer = page.goto(url + "en/03_momentum/nowhere.html")
    assert answer.status == 404
    page.click("text=Descent: optimization")
    page.wait_for_url("**/en/index.html")


@pytest.mark.parametrize(
    ("lang", "open_", "prediction"), [("en", "Still open", "Prediction 1"), ("zh", "还没完成", "预测 1")]
)
def test_below_a_sitting_stands_what_is_open_in_it(reader, lang, open_, prediction):
    page = reader(MOMENTUM.replace("en/", f"{lang}/"))
    assert page.locator("[data-end]").inner_text() == "", "who has only read is told nothing"
    assert prediction in page.inner_text(".progress") and "prediction_race" not in page.inner_text(".progress")
    page.locator("fieldset.predict input").first.check()
    end = page.locator("[data-end]")
    assert open_ in end.inner_text() and prediction not in end.inner_text()
    end.locator("a", has_text="classical_velocity").click()
    page.wait_for_selector("#x-classical_velocity .cm-focused")


def test_given_code_can_be_copied_and_an_answer_cannot(reader):
    page = reader(MOMENTUM)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    block = page.locator(".cell.given .copied").first
    block.hover()
    block.locator("button.copy").click()
    page.wait_for_selector("button.copy:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()").startswith("def ")
    assert page.locator(".exercise .copy").count() == 0


def test_hints_open_below_their_buttons(reader):
    page = reader(MOMENTUM)
    row = page.locator("#x-momentum_step .help-row")
    row.scroll_into_view_if_needed()
    page.wait_for_selector("#x-momentum_step .cm-content")
    page.wait_for_function(SETTLED, arg="#x-momentum_step", polling=500)
    above = row.bounding_box()["y"]
    for number in (0, 1):
        row.locator("button").nth(number).click()
        fold = page.locator("#x-momentum_step > details.shown").nth(number)
        fold.wait_for()
        assert abs(row.bounding_box()["y"] - above) < 2, "the buttons moved away"
        assert fold.bounding_box()["y"] > above
    assert "Hint 2" in page.locator("#x-momentum_step > details.shown").nth(1).inner_text()


RUNS_OFF = """() => [...document.querySelectorAll('article *')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && one.checkVisibility() && !one.closest('pre, .table-wrapper, .formula, svg, .sr, .cm-editor, .katex-mathml')
    && !one.parentElement.closest('pre, .table-wrapper, .formula, svg'); }).map(one => `${one.tagName}.${one.className}`)"""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_a_phone_nothing_runs_off_the_page(reader, site, url, lang):
    """Code, tables and formulas that are wider scroll by themselves: what is cut off cannot be read."""
    page = reader(f"{lang}/index.html", **PHONE)
    found = {}
    for path in sorted((site / lang).glob("[0-9]*/[ab].html")):
        page.goto(url + path.relative_to(site).as_posix())
        page.wait_for_function("window.descent")
        page.evaluate("document.querySelectorAll('article details').forEach(fold => (fold.open = true))")
        if off := page.evaluate(RUNS_OFF):
            found[path.parent.name + "/" + path.name] = off[:5]
    assert not found


def test_a_copy_button_does_not_cover_the_code_on_a_phone(reader):
    page = reader(MOMENTUM, **PHONE)
    block = page.locator(".copied:visible").first
    code, copy = block.locator("pre").bounding_box(), block.locator("button.copy").bounding_box()
    assert copy["y"] >= code["y"] + code["height"]


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_long_docstring_does_not_run_off_the_editor(reader, size):
    page = reader(MOMENTUM, **size)
    page.locator("#x-ema_momentum_step").scroll_into_view_if_needed()
    page.wait_for_selector("#x-ema_momentum_step .cm-content")
    assert page.evaluate(
        """() => { const box = document.querySelector('#x-ema_momentum_step .cm-scroller');
        return box.scrollWidth <= box.clientWidth && box.innerText.split('\\n').some(line => line.length > 100) }"""
    )


def test_in_the_dark_there_is_one_paper(reader):
    page = reader(MOMENTUM, color_scheme="dark")
    assert page.evaluate(
        """() => { const probe = document.createElement('p');
        probe.style.background = 'var(--paper)';
        document.body.append(probe);
        return getComputedStyle(probe).backgroundColor === getComputedStyle(document.body).backgroundColor }"""
    )


def test_with_the_keyboard_alone(reader):
    page = reader(MOMENTUM)
    page.locator("#x-momentum_step").scroll_into_view_if_needed()
    page.wait_for_selector("#x-momentum_step .cm-content")
    page.focus("#x-momentum_step .cm-content")
    for key in ("Control+End", "ArrowUp", "Shift+End", "Backspace"):
        page.keyboard.press(key)
        page.wait_for_timeout(60)
    page.keyboard.type("    velocity = momentum * velocity + grads")
    page.keyboard.press("Enter")
    page.keyboard.type("return params - lr * velocity, velocity")
    answer, _, _ = check(page, "momentum_step", press=lambda: page.keyboard.press("Control+Enter"))
    assert answer["state"] == "passed", answer
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") in ("Check again", "Check")


def test_every_key_of_the_keyboard_reaches_the_editor(reader):
    """Sphinx's shortcuts, "/" for one, know nothing of an editor that is not an <input>."""
    page = reader(MOMENTUM)
    typed(page, "momentum_step", "    # a/b ")
    assert shown(page, "momentum_step").rstrip().endswith("# a/b")
    page.keyboard.type(
        "c*d 0123456789 abcdefghijklmnopqrstuvwxyz .,;:?!<>_|~^&$%@=+-"
    )  # the editor closes brackets itself
    assert (
        shown(page, "momentum_step")
        .rstrip()
        .endswith("# a/b c*d 0123456789 abcdefghijklmnopqrstuvwxyz .,;:?!<>_|~^&$%@=+-")
    )


def typed(page, name, text, delay=40):
    """Put the cursor in place of the stub's last line and type, as a reader would."""
    page.locator(f"#x-{name}").scroll_into_view_if_needed()
    page.wait_for_selector(f"#x-{name} .cm-content")
    page.focus(f"#x-{name} .cm-content")
    for key in ("Control+End", "ArrowUp", "Shift+End", "Backspace"):
        page.keyboard.press(key)
        page.wait_for_timeout(60)
    page.keyboard.type(text, delay=delay)


PROPOSED = ".cm-tooltip-autocomplete li"


def test_the_editor_proposes_names_and_takes_one_only_when_asked(reader):
    page = reader(MOMENTUM)
    typed(page, "classical_momentum_step", "    velo")  # a parameter
    page.wait_for_selector(f'{PROPOSED}:has-text("velocity")')
    page.keyboard.press("Tab")
    assert shown(page, "classical_momentum_step").rstrip().endswith("    velocity")
    page.keyboard.type(" = np.zeros_l", delay=40)  # NumPy
    page.wait_for_selector(f'{PROPOSED}:has-text("zeros_like")')
    page.keyboard.press("Tab")
    page.keyboard.type("(params)\nmomentum_st", delay=40)  # an earlier exercise, with its parameters
    first = page.wait_for_selector(f'{PROPOSED}:has-text("momentum_step")').inner_text()
    assert "(params, grads, velocity" in first
    page.keyboard.press("Enter")  # nothing is chosen: a new line, not a name
    assert shown(page, "classical_momentum_step").rstrip().endswith("np.zeros_like(params)\n    momentum_st")
    page.keyboard.type("# momentum_s", delay=40)
    page.wait_for_timeout(400)
    assert page.locator(PROPOSED).count() == 0, "a comment is prose"


def test_the_keyboard_goes_on_from_what_a_button_has_brought(reader):
    """A rung of the ladder, and what a prediction hid: the button that brought them is gone."""
    page = reader(MOMENTUM)
    write(page, "momentum_step", WRONG)
    check(page, "momentum_step")
    for kind in ("question", "name"):
        page.focus("#x-momentum_step .ladder button")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.className") == kind
    page.focus(".veil button")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('.cell[data-after]')")


OPEN_AFTER_A_VEIL = """() => [...document.querySelectorAll('.veil')].map(veil => {
  let next = veil.nextElementSibling;
  while (next && (!next.checkVisibility() || next.matches(".cell.given"))) next = next.nextElementSibling;
  return next && !next.matches('section, fieldset, details.option') ? next.textContent.trim().slice(0, 90) : null; }).filter(Boolean)"""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_tells_the_outcome_before_one_has_predicted(reader, site, url, lang):
    page = reader(f"{lang}/index.html")
    said, veils = {}, 0
    for path in sorted((site / lang).glob("[0-9]*/[ab].html")):
        page.goto(url + path.relative_to(site).as_posix())
        page.wait_for_function("window.descent")
        veils += page.locator(".veil").count()
        if found := page.evaluate(OPEN_AFTER_A_VEIL):
            said[f"{path.parent.name}/{path.stem}"] = found
    assert veils > 20 and not said


def test_a_prediction_is_chosen_with_the_keyboard(reader):
    """An arrow key chooses in a group of radio buttons, and the first choice counts: (c) could not be reached without (b)."""
    page = reader(MOMENTUM)
    field = page.locator("fieldset.predict").first
    field.locator("input").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert field.locator("input:checked").count() == 0 and field.locator(".predict-said").inner_text() == ""
    assert page.evaluate("document.activeElement.value") == "c"
    page.keyboard.press("Space")
    assert field.locator("input:checked").get_attribute("value") == "c"
    assert field.locator(".predict-said").inner_text()


FOCUSED = """() => { const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const ring = [one, one.closest('label'), one.closest('.cm-editor')].some(x => x && getComputedStyle(x).outlineStyle !== 'none');
  return {tag: one.tagName, text: (one.getAttribute('aria-label') ?? one.textContent).trim().slice(0, 40), ring,
    seen: box.width > 0 && box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight && style.visibility === 'visible'}; }"""


@pytest.mark.parametrize(
    ("address", "least"), [("en/index.html", 15), ("zh/03_momentum/index.html", 8), (MOMENTUM, 80)]
)
@pytest.mark.parametrize("size", [DESKTOP, {"viewport": {"width": 390, "height": 844}}])
def test_every_stop_of_the_tab_key_is_in_sight_and_has_a_ring(reader, address, least, size):
    page = reader(address, reduced_motion="reduce", **size)
    page.wait_for_timeout(500)
    wrong, stops = [], 0
    for _ in range(400):
        page.keyboard.press("Tab")
        page.wait_for_timeout(20)
        stop = page.evaluate(FOCUSED)
        if stop["tag"] == "BODY":
            break
        stops += 1
        if stops == 1:
            page.wait_for_timeout(400)  # the link over all else slides into view
            stop = page.evaluate(FOCUSED)
        if not (stop["seen"] and stop["ring"]) or not stop["text"] and stop["tag"] != "INPUT":
            wrong.append(stop)
    assert stops > least and not wrong


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_a_phone_the_keyboard_opens_and_leaves_the_side_bars(reader, lang):
    page = reader(MOMENTUM.replace("en/", f"{lang}/"), **PHONE)
    for opener, drawer in ((".nav-overlay-icon", ".sidebar-drawer"), (".toc-header-icon", ".toc-drawer")):
        button = page.locator(f".mobile-header {opener}")
        assert button.get_attribute("aria-label") and button.get_attribute("aria-expanded") == "false"
        assert not page.locator(f"{drawer} a").first.is_visible()
        button.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("drawer => document.activeElement.closest(drawer)", arg=drawer)
        assert button.get_attribute("aria-expanded") == "true"
        page.keyboard.press("Escape")
        assert page.evaluate("opener => document.activeElement.matches(opener)", opener)
        page.wait_for_function(
            "drawer => getComputedStyle(document.querySelector(drawer)).visibility === 'hidden'", arg=drawer
        )
    button.click()
    page.locator(".toc-drawer a[href^='#']").nth(3).click()
    page.wait_for_function("getComputedStyle(document.querySelector('.toc-drawer')).visibility === 'hidden'")


def test_on_a_phone_a_figure_opens_at_its_full_size(reader):
    page = reader("en/05_regularization/a.html", color_scheme="dark", **PHONE)
    figure = page.locator("article figure:has(img.descent-figure):visible").first
    figure.scroll_into_view_if_needed()
    opener = figure.locator("button.enlarge")
    assert opener.bounding_box()["height"] >= 44
    opener.focus()
    page.keyboard.press("Enter")
    large = page.locator("dialog.large img")
    large.wait_for()
    assert large.bounding_box()["width"] >= 650 > figure.locator("img").bounding_box()["width"] * 1.5
    assert page.evaluate("document.activeElement.matches('dialog.large .scrolls')"), "arrow keys scroll it"
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('dialog.large .scrolls').scrollLeft > 0")
    page.screenshot(path=SHOTS / "site-figure.png")
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('dialog.large')")
    assert page.evaluate("document.activeElement.matches('button.enlarge')")
    figure.locator("img").click()
    large.wait_for()
    wide = reader("en/05_regularization/a.html")
    assert not wide.locator("button.enlarge").first.is_visible(), "the figure is as large as it was drawn"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_answer_can_be_tried_before_it_is_checked(reader, lang):
    page = reader(MOMENTUM.replace("en/", f"{lang}/"))
    write(page, "momentum_step", RIGHT)
    opener = page.locator("#x-momentum_step .try-it")
    opener.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#x-momentum_step .scratch .result pre")
    assert "momentum_step(" in page.inner_text("#x-momentum_step .scratch .cm-content"), "the example of the docstring"
    assert "(" in page.inner_text("#x-momentum_step .scratch .result pre")
    assert page.locator("#x-momentum_step .card").count() == 0, "nothing is checked"
    pad = page.locator("#x-momentum_step .scratch .editor").bounding_box()
    assert 0 <= pad["y"] < page.viewport_size["height"] - pad["height"], "the pad that has the focus is in view"
    page.keyboard.press("Escape")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Close
    assert page.locator("#x-momentum_step .scratch").count() == 0
    assert page.evaluate("document.activeElement.matches('.try-it')")


def test_progress_can_be_deleted(reader):
    page = reader(MOMENTUM)
    page.locator("fieldset.predict input").first.check()
    write(page, "momentum_step", RIGHT)
    page.once("dialog", lambda dialog: dialog.dismiss())
    remove = page.locator(".progress button", has_text="Delete it")
    remove.click()
    assert page.evaluate("Object.keys(localStorage).some(key => key.startsWith('descent:2:'))")
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation():
        remove.click()
    page.wait_for_function("window.descent")
    assert not page.evaluate("Object.keys(localStorage).some(key => key.startsWith('descent:2:'))")
    assert page.locator("fieldset.predict input:checked").count() == 0


def test_how_the_keyboard_leaves_the_editor_is_said_on_a_narrow_window_too(reader):
    page = reader(MOMENTUM, viewport={"width": 390, "height": 844})
    page.locator("#x-momentum_step").scroll_into_view_if_needed()
    page.wait_for_selector("#x-momentum_step .cm-content")
    page.focus("#x-momentum_step .cm-content")
    assert "Esc, then Tab" in page.inner_text("#k-momentum_step")
    page.keyboard.press("ArrowDown")  # from now on Tab indents
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('button.check')")


def test_without_javascript_and_from_a_file_it_can_be_read(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{site}/{MOMENTUM}")
    assert page.locator("#x-momentum_step pre").first.is_visible()
    page.locator("#x-momentum_step details.answer summary").click()
    assert "velocity = momentum * velocity + grads" in page.inner_text("#x-momentum_step details.answer")
    assert page.locator(".katex").count() > 20
    context.close()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"file://{site}/{MOMENTUM}")
    write(page, "momentum_step", RIGHT)
    page.click("#x-momentum_step button.check")
    page.wait_for_selector("#x-momentum_step .card")
    assert "opened as a file can only be read" in page.inner_text("#x-momentum_step .card")
    context.close()


def test_no_link_leads_nowhere(site):
    """Every relative link of every page of the book points at a file of the site, and at an id of it."""
    ids, links = {}, []
    for path in [*site.glob("en/**/*.html"), *site.glob("zh/**/*.html")]:
        html = path.read_text(encoding="utf-8")
        ids[path] = set(re.findall(r'\bid="([^"]+)"', html))
        links += [(path, link) for link in re.findall(r'<a\b[^>]*?\bhref="([^"]+)"', html)]
    for path, link in links:
        if link.startswith(("http:", "https:", "#")) and not link.startswith("#"):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place.partition("?")[0]).resolve() if place else path
        assert target.exists(), f"{path.relative_to(site)} leads to {link}"
        if anchor and target in ids:
            assert anchor in ids[target], f"{path.relative_to(site)} leads to {link}"


def test_the_book_can_be_printed(site):
    from book import pdf

    file = pdf.write(site, "en")
    data = file.read_bytes()
    file.unlink()
    assert data.startswith(b"%PDF") and len(re.findall(rb"/Type ?/Page\b", data)) > 150
    assert not (site / "en" / "print.html").exists()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_paper_there_are_results_and_no_buttons(reader, lang):
    page = reader(MOMENTUM.replace("en/", f"{lang}/"), viewport={"width": 700, "height": 1000})
    hidden = page.locator("[data-after]").first
    assert not hidden.is_visible()
    page.emulate_media(media="print")
    assert hidden.is_visible()
    assert (
        page.evaluate("[...document.querySelectorAll('article button')].filter(one => one.checkVisibility()).length")
        == 0
    )
    caption, field = (page.locator(f"fieldset.predict{part}").first.bounding_box() for part in (" legend", ""))
    assert caption["y"] > field["y"], "a caption in the border is cut where a page begins with it"


def test_every_experiment_of_the_site_has_a_time():
    """Else a reader waits without knowing how long. To measure what is missing: docs/site.md, "Times of experiments"."""
    from book import times

    missing = {folder: times.unmeasured(ROOT, folder) for folder in chapters_of(ROOT)}
    assert not any(missing.values()), missing


# ---- a class


@pytest.fixture(scope="module")
def class_site():
    return built("site-class", "--class")


def test_a_class_edition_holds_no_answer(class_site):
    """No line that only an answer has, in any file, however it is packed."""
    import zipfile

    texts = []
    for path in class_site.rglob("*"):
        if path.suffix in (".whl", ".zip"):
            with zipfile.ZipFile(path) as archive:
                if path.name.startswith("descent"):
                    texts += [archive.read(name) for name in archive.namelist()]
        elif path.is_file() and path.suffix not in (".png", ".woff2", ".wasm"):
            texts.append(path.read_bytes())
    everything = b"\0".join(texts).decode("utf-8", "replace")
    plain = re.sub(r"<[^>]+>|\\n|\\|\s+", "", everything)
    found = [line for line in secret_lines() if re.sub(r"\s+|\\", "", line) in plain]
    assert not found


def secret_lines():
    """Lines of answers that no student has: a later chapter gives the functions of an earlier one."""
    both = [(lang, folder) for lang in ("en", "zh") for folder in chapters_of(ROOT)]
    public = [source(cell) for lang, folder in both for cell in cells_of(ROOT, "notebooks", lang, folder)]
    public += [path.read_text(encoding="utf-8") for path in (ROOT / "src" / "descent").rglob("*.py")]
    public = "\n".join(public)
    out = []
    for lang, folder in both:
        for cell in cells_of(ROOT, "solutions", lang, folder):
            if is_answer(cell) and not grading(cell)["grade_id"].startswith("prediction_"):
                lines = MARKERS.sub("", source(cell)).splitlines()
                out += [line for line in lines if len(line.strip()) > 40 and line.strip() not in public]
    assert len(out) > 200
    return out
