"""The real clients, driven in headless Chromium as a student and an instructor would: make test-browser.

Screenshots of every station are left in build/screenshots.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]

ROOT = Path(__file__).resolve().parents[1]
SHOTS = ROOT / "build" / "screenshots"
CHAPTER = "03_momentum"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RIGHT = (
    "def momentum_step(params, grads, velocity, *, lr, momentum=0.9):\n"
    'require(lr >= 0, "lr", lr, "a number >= 0")\n'
    'require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")\n'
    "velocity = momentum * velocity + grads\n"
    "return params - lr * velocity, velocity\n"
)


@pytest.fixture(scope="module")
def page():
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("DESCENT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("no Chromium was found: apt-get install chromium, or set DESCENT_CHROMIUM to its path")
    SHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


@contextmanager
def server(command, folder, environment=None):
    """A JupyterLab on a free port; ended with all it started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [
        *command,
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
    ]
    environment = {name: value for name, value in (environment or {}).items() if name.startswith("DESCENT")}
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "NBGRADER"))}
    log = (SHOTS / f"server-{port}.log").open("w")
    home = tempfile.mkdtemp()  # no settings of the person who runs this, and none left behind
    own |= {
        "JUPYTER_CONFIG_DIR": f"{home}/config",
        "JUPYTERLAB_SETTINGS_DIR": f"{home}/settings",
        "JUPYTERLAB_WORKSPACES_DIR": f"{home}/workspaces",
    }
    process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, start_new_session=True, env=own | environment)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/api", timeout=2)
                break
            except OSError:
                assert process.poll() is None, f"the server ended: {Path(log.name).read_text()[-2000:]}"
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder / 'notebooks'}"]
    with server(command, folder) as url:
        yield url, folder / "notebooks"


def open_notebook(page, url, lang):
    page.goto(f"{url}/doc/tree/{lang}/{CHAPTER}/{CHAPTER}.ipynb")
    page.wait_for_selector(".jp-Notebook")
    page.wait_for_function("""() => {
        const panel = window.jupyterapp?.shell.currentWidget;
        return panel?.sessionContext?.isReady && panel.sessionContext.session?.kernel?.status === 'idle'; }""")


def run_all(page):
    """Run every cell and wait; returns the sources of cells whose last output is an error."""
    return page.evaluate("""async () => {
        const app = window.jupyterapp, panel = app.shell.currentWidget;
        await app.commands.execute('notebook:run-all-cells');
        return [...panel.content.model.cells].filter(cell => cell.type === 'code'
            && cell.toJSON().outputs.some(output => output.output_type === 'error')).map(cell => cell.toJSON().source);
    }""")


def show_cell(page, cell_id):
    """Bring the cell with this id to the screen and make it the active one."""
    page.evaluate(
        """async (id) => {
        const notebook = window.jupyterapp.shell.currentWidget.content;
        const index = [...notebook.model.cells].findIndex(cell => cell.id === id);
        if (index < 0) throw new Error('no cell ' + id);
        notebook.activeCellIndex = index;
        await notebook.scrollToItem(index, 'start');
        await notebook.widgets[index].ready;
    }""",
        cell_id,
    )
    page.wait_for_timeout(500)


def cell_output(page, cell_id):
    return page.evaluate(
        """(id) => {
        const cell = [...window.jupyterapp.shell.currentWidget.content.model.cells].find(cell => cell.id === id);
        return cell.toJSON().outputs.map(output => JSON.stringify(output)).join('\\n');
    }""",
        cell_id,
    )


def run_cell(page, cell_id):
    show_cell(page, cell_id)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-cell')")
    page.wait_for_timeout(300)


def type_into(page, cell_id, text):
    """Replace a cell's text from the keyboard, as a student does; the editor indents by itself."""
    show_cell(page, cell_id)
    page.locator(".jp-Notebook-cell.jp-mod-active .cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.type(text)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_run_all_on_a_fresh_student_notebook_reaches_the_last_cell(page, lab, lang):
    url, folder = lab
    open_notebook(page, url, lang)
    assert run_all(page) == []
    last = [
        cell
        for cell in nbformat.read(folder / lang / CHAPTER / f"{CHAPTER}.ipynb", 4).cells
        if cell.cell_type == "code"
    ][-1]
    count = page.evaluate(
        """(id) => [...window.jupyterapp.shell.currentWidget.content.model.cells]
        .find(cell => cell.id === id).executionCount""",
        last.id,
    )
    assert count, "the last code cell was not run"
    show_cell(page, "test_momentum_step")
    page.screenshot(path=SHOTS / f"fresh-{lang}.png")
    expected = {"en": "not written yet", "zh": "还没有写"}[lang]
    assert expected in cell_output(page, "test_momentum_step")


def test_a_student_fills_in_an_exercise_and_sees_the_card_turn(page, lab):
    url, folder = lab
    open_notebook(page, url, "en")
    run_all(page)
    assert "not written yet" in cell_output(page, "test_momentum_step")
    type_into(page, "momentum_step", RIGHT.replace("+ grads", "+ lr * grads"))
    run_cell(page, "momentum_step")
    run_cell(page, "test_momentum_step")
    page.wait_for_function("""() => JSON.stringify([...window.jupyterapp.shell.currentWidget.content.model.cells]
        .find(cell => cell.id === 'test_momentum_step').toJSON().outputs).includes('Observation')""")
    show_cell(page, "test_momentum_step")
    page.screenshot(path=SHOTS / "wrong.png")
    assert "parts pass" in page.locator(".jp-Notebook-cell.jp-mod-active [role=status]").inner_text()
    type_into(page, "momentum_step", RIGHT)
    run_cell(page, "momentum_step")
    run_cell(page, "test_momentum_step")
    page.wait_for_function("""() => JSON.stringify([...window.jupyterapp.shell.currentWidget.content.model.cells]
        .find(cell => cell.id === 'test_momentum_step').toJSON().outputs).includes('all cases pass')""")
    show_cell(page, "test_momentum_step")
    page.screenshot(path=SHOTS / "right.png")
    assert "all cases pass" in page.locator(".jp-Notebook-cell.jp-mod-active [role=status]").inner_text()
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    saved = nbformat.read(folder / "en" / CHAPTER / f"{CHAPTER}.ipynb", 4)
    assert any("velocity = momentum * velocity + grads" in cell.source for cell in saved.cells)


def test_validate_agrees_with_the_cards(page, lab):
    """After the test above: momentum_step is right, the others are stubs, and Validate says just that."""
    url, _ = lab
    open_notebook(page, url, "en")
    page.get_by_role("button", name="Validate").first.click()
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_text("Validation").first.wait_for(timeout=180_000)
    text = dialog.inner_text()
    page.screenshot(path=SHOTS / "validate.png")
    assert "nesterov_step: not written yet" in text
    assert 'check("momentum_step", momentum_step)' not in text
    dialog.get_by_role("button").last.click()


@pytest.fixture(scope="module")
def graded_class(tmp_path_factory):
    """A class of two, graded by the command: the solution as it stands, and a blank notebook in Chinese."""
    folder = tmp_path_factory.mktemp("class")
    for student, source in {"ada": "solutions/en", "bai": "notebooks/zh"}.items():
        place = folder / "submitted" / student / CHAPTER
        place.mkdir(parents=True)
        shutil.copy(ROOT / source / CHAPTER / f"{CHAPTER}.ipynb", place)
    done = subprocess.run(
        [sys.executable, "-m", "autograder.grade", "--class", str(folder)],
        cwd=ROOT,
        text=True,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def formgrader(graded_class):
    from autograder.formgrader import HERE, command

    words, environment = command(str(graded_class), [])
    with server(words, HERE, environment) as url:
        yield url


def score_of(folder, student):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return gradebook.find_submission(CHAPTER, student).score


def notebook_of(folder, student):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return gradebook.find_submission_notebook(CHAPTER, CHAPTER, student).id


def test_an_instructor_grades_a_written_answer_and_the_total_changes(page, formgrader, graded_class):
    before = score_of(graded_class, "ada")
    page.goto(f"{formgrader}/formgrader/manage_submissions/{CHAPTER}")
    page.get_by_text("bai").first.wait_for()
    page.screenshot(path=SHOTS / "formgrader-class.png")
    page.goto(f"{formgrader}/formgrader/gradebook/{CHAPTER}/{CHAPTER}")
    # The list is anonymous and in no order: which of the two is hers stands in the link.
    page.locator(f'a[href$="/submissions/{notebook_of(graded_class, "ada")}"]').first.click()
    waiting = page.locator("input.score.needs_manual_grade").first
    waiting.scroll_into_view_if_needed()
    page.screenshot(path=SHOTS / "formgrader-essay.png")
    waiting.fill("2")
    waiting.press("Tab")
    page.wait_for_timeout(1500)
    page.screenshot(path=SHOTS / "formgrader-graded.png")
    assert score_of(graded_class, "ada") == before + 2


def essay_of(folder, student):
    """(score, comment) of the chapter's essay as people gave them."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("why_overshoot", CHAPTER, CHAPTER, student)
        comment = gradebook.find_comment("why_overshoot", CHAPTER, CHAPTER, student)
        return grade.manual_score, comment.manual_comment


def test_buttons_of_levels_set_score_and_comment(page, formgrader, graded_class):
    """One level of each criterion is the score; the levels are the comment's first line, and stay pressed."""
    page.goto(f"{formgrader}/formgrader/manage_assignments")
    page.locator("tr:visible", has_text=CHAPTER).first.wait_for()
    assert "Says only that it overshoots" not in page.content(), "the configuration that formgrader shows stays short"
    address = f"{formgrader}/formgrader/submissions/{notebook_of(graded_class, 'ada')}/"
    page.goto(address)
    box = page.locator(".descent-levels[data-cell=why_overshoot]")
    box.locator("button").first.wait_for()
    assert page.locator(".descent-levels").count() == 1 and box.locator("tr[data-name]").count() == 3
    page.locator("textarea[id=why_overshoot-comment][placeholder]").wait_for()  # formgrader has loaded the comments
    page.locator("textarea[id=why_overshoot-comment]").fill("Read the second page again.")
    page.locator("textarea[id=why_overshoot-comment]").press("Tab")
    box.locator("tr[data-name=velocity] button[data-points='1']").click()
    box.locator("tr[data-name=condition] button[data-points='0']").click()
    assert box.locator("[role=status]").inner_text() == "2 / 3"
    box.locator("tr[data-name=remedy] button[data-points='1']").click()
    page.wait_for_timeout(1500)
    box.scroll_into_view_if_needed()
    page.screenshot(path=SHOTS / "formgrader-levels.png")
    said = "Levels: velocity 1/1; condition 0/1; remedy 1/1\n\nRead the second page again."
    assert essay_of(graded_class, "ada") == (2, said) and box.locator("[role=status]").inner_text() == "= 2"
    page.goto(address)
    page.wait_for_function("document.querySelectorAll('.descent-levels button[aria-pressed=true]').length === 3")
    box.locator("tr[data-name=condition] button[data-points='1']").click()
    page.wait_for_timeout(1500)
    assert essay_of(graded_class, "ada") == (3, said.replace("condition 0", "condition 1"))
    score = page.locator("input.score[id=why_overshoot]")
    score.fill("2.5")
    score.press("Tab")
    page.wait_for_timeout(1500)
    assert box.locator("[role=status]").inner_text() == "= 3, but the score is 2.5"
    audit = [json.loads(line) for line in (graded_class / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    given = [line for line in audit if line["what"] == "score" and line["cell"] == "why_overshoot"]
    assert [line["after"] for line in given if line["field"] == "manual_score"][-3:] == [2, 3, 2.5]
    assert all(line["who"] and line["when"] for line in given)
    page.goto(f"{formgrader}/formgrader/submissions/{notebook_of(graded_class, 'bai')}/")
    chinese = page.locator(".descent-levels[lang=zh]")
    chinese.wait_for()
    chinese.scroll_into_view_if_needed()
    page.screenshot(path=SHOTS / "formgrader-levels-zh.png")
    assert "速度" in chinese.inner_text()


def test_the_formgrader_button_gives_the_same_rows(page, formgrader, graded_class):
    """The lightning bolt in Manage Submissions runs nbgrader's autograde through our steps."""
    from nbgrader.api import Gradebook

    def rows():
        with Gradebook(f"sqlite:///{graded_class / 'gradebook.db'}") as gradebook:
            notebook = gradebook.find_submission_notebook(CHAPTER, CHAPTER, "bai")
            return sorted((grade.name, grade.auto_score, grade.manual_score) for grade in notebook.grades)

    before = rows()
    page.goto(f"{formgrader}/formgrader/manage_submissions/{CHAPTER}")
    row = page.locator("tr", has_text="bai")
    row.wait_for()
    row.locator(".autograde a").click()
    page.get_by_text("Success").first.wait_for(timeout=180_000)
    page.screenshot(path=SHOTS / "formgrader-button.png")
    assert rows() == before


@pytest.mark.parametrize("width", [1280, 390])
def test_the_report_opens_from_a_file_and_asks_nobody(page, graded_class, width):
    report = graded_class / "report" / "index.html"
    asked, said = [], []
    fresh = page.context.browser.new_page(viewport={"width": width, "height": 1000})
    fresh.on("request", lambda request: asked.append(request.url))
    fresh.on("console", lambda message: said.append(message.text))
    fresh.goto(report.as_uri())
    fresh.screenshot(path=SHOTS / f"report-{width}.png", full_page=True)
    assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()] and said == []
    sizes = fresh.locator("img").evaluate_all("all => all.map(one => one.complete && one.naturalWidth)")
    assert len(sizes) == 3 and all(size > 400 for size in sizes)
    assert fresh.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"
    fresh.get_by_role("link", name="page", exact=True).first.click()
    assert "/feedback/" in fresh.url
    fresh.close()


def test_the_reports_link_leads_to_the_essay_in_formgrader(page, formgrader, graded_class):
    from autograder.pages.class_report.page import FORMGRADER

    page.goto((graded_class / "report" / "index.html").as_uri())
    address = page.get_by_role("link", name="formgrader", exact=True).first.get_attribute("href")
    page.goto(address.replace(FORMGRADER, f"{formgrader}/formgrader"))
    assert address.startswith(FORMGRADER) and page.locator("input.score").count() >= 5
