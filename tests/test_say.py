"""Two languages: the right one is shown, and a build keeps both."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from descent import say as module
from descent.say import say, set_language, show_html, tell

BOTH = {"en": "right", "zh": "正确"}


@pytest.fixture(autouse=True)
def english_again():
    yield
    set_language("en")


def test_the_language_that_was_set_is_spoken():
    assert say(BOTH) == "right"
    set_language("zh")
    assert say(BOTH) == "正确"


@pytest.mark.parametrize("lang", ["de", "{{lang}}", None])
def test_an_unknown_language_is_refused_by_name(lang):
    with pytest.raises(ValueError, match="must be 'en' or 'zh'") as error:
        set_language(lang)
    assert repr(lang) in str(error.value)
    assert say(BOTH) == "right"


@pytest.mark.parametrize(
    "both", [{"en": "right"}, {"en": "right", "zh": " "}, "right", None, {**BOTH, "de": "x"}]
)
def test_a_sentence_in_one_language_is_refused(both):
    with pytest.raises(ValueError):
        say(both)
    with pytest.raises(ValueError, match="^text"):
        show_html(BOTH, text=both)
    with pytest.raises(ValueError, match="^html"):
        show_html(both, text=BOTH)


def test_outside_a_notebook_the_text_is_printed(capsys):
    show_html({"en": "<b>right</b>", "zh": "<b>正确</b>"}, text=BOTH)
    set_language("zh")
    tell(BOTH, border="#000")
    assert capsys.readouterr().out == "right\n正确\n"


def test_a_kernel_gets_one_output_and_a_build_keeps_both_languages():
    code = (
        f"import sys\nsys.path.insert(0, {str(Path(module.__file__).parents[1])!r})\n"
        "import os\n"
        "from descent.say import set_language, show_html, tell\n"
        "set_language('zh')\n"
        "show_html({'en': '<b>right</b>', 'zh': '<b>正确</b>'}, text={'en': 'right', 'zh': '正确'})\n"
        "os.environ['DESCENT_BUILD'] = '1'\n"
        "tell({'en': 'a < b', 'zh': 'a 小于 b'})\n"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=60).execute()
    live, built = notebook.cells[0].outputs
    assert live.data == {"text/html": "<b>正确</b>", "text/plain": "正确"}
    assert live.metadata == {}
    assert built.data["text/plain"] == "a 小于 b"
    assert {lang: bundle["text/plain"] for lang, bundle in built.metadata["descent"].items()} == {
        "en": "a < b",
        "zh": "a 小于 b",
    }
    assert "a &lt; b" in built.metadata["descent"]["en"]["text/html"]


def test_a_script_is_not_a_notebook():
    assert not module.in_notebook()
