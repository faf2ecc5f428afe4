"""Two languages: the right one is shown."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from descent import say as module
from descent.hyper import require
from descent.say import say, set_language, show_html, tell, tr

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


@pytest.mark.parametrize("both", [{"en": "right"}, {"en": "right", "zh": " "}, " ", None, {**BOTH, "de": "x"}])
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


def test_a_plain_string_is_of_the_notebooks_language(capsys):
    assert say("right") == "right"
    set_language("zh")
    show_html("<b>正确</b>", text="正确")
    tell("正确", border="#000")
    assert say("正确") == "正确"
    assert capsys.readouterr().out == "正确\n正确\n"


def test_tr_picks_when_it_is_called():
    def message():
        return tr("a number >= 0", "大于或等于 0 的数")

    assert message() == "a number >= 0"
    set_language("zh")
    assert message() == "大于或等于 0 的数"


def test_require_speaks_the_language_that_was_set():
    set_language("zh")
    with pytest.raises(ValueError, match="^lr = -1，不符合要求：大于或等于 0 的数$"):
        require(False, "lr", -1, tr("a number >= 0", "大于或等于 0 的数"))


def test_a_kernel_gets_one_output_in_its_language():
    code = (
        f"import sys\nsys.path.insert(0, {str(Path(module.__file__).parents[1])!r})\n"
        "from descent.say import set_language, show_html, tell\n"
        "set_language('zh')\n"
        "show_html({'en': '<b>right</b>', 'zh': '<b>正确</b>'}, text={'en': 'right', 'zh': '正确'})\n"
        "tell('a < b')\n"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=60).execute()
    both, plain = notebook.cells[0].outputs
    assert both.data == {"text/html": "<b>正确</b>", "text/plain": "正确"}
    assert both.metadata == plain.metadata == {}
    assert plain.data["text/plain"] == "a < b" and "a &lt; b" in plain.data["text/html"]


def test_a_script_is_not_a_notebook():
    assert not module.in_notebook()
