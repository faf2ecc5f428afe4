"""One language per notebook: no Chinese character in an English one, no English sentence in a Chinese one."""

from pathlib import Path

import nbformat
import pytest

from autograder.authoring import drafts, language
from autograder.authoring.chapter import load
from autograder.authoring.source import CannotBuild

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted(path.stem for path in (ROOT / "solutions").glob("*.py"))
FINISHED = [name for name in CHAPTERS if drafts.is_finished(name)]

ENGLISH = {
    "a sentence": "This is a sentence in English, all right.",
    "a sentence inside Chinese": "这里写着 the loss falls at every single step of it 一句话。",
    "a sentence over two lines": "one two three four\nfive six seven",
    "a sentence with emphasis": "one two **three** four five six seven",
    "a sentence with code, a formula and numbers": "with `lr` 0.1 the loss $L$ falls 3 times as fast",
    "an alt text": '<img alt="the loss falls at every single step" src="data:image/png;base64,AAAA">',
    "a heading of an English section": "## What the sum does to the steps of it",
    "a cell of a table": "| 符号 | the gradient that was used in step t |",
}
NOT_ENGLISH = {
    "a term with its name": "动量法（momentum），又叫重球法（heavy ball），critically damped",
    "five words": "one two three four five",
    "code": "`one two three four five six seven`，以及 <code>for x in one two three four five</code>",
    "a fence": "```\none two three four five six seven\n```",
    "a formula": r"$\text{one two three four five six seven}$ 和 $$a b c d e f g h$$",
    "an address": "https://example.org/one-two-three-four-five-six-seven",
    "a title between 《》": "《On the importance of initialization and momentum in deep learning》",
    "a title with its year": "Sutskever 等，*On the importance of initialization and momentum in deep learning*，2013",
    "the references": "### 参考文献\n\n- Sutskever: On the importance of initialization and momentum in deep learning\n",
    "an example": ">>> one(two) and three or four if five else six in seven\nTrue",
    "names": "PyTorch、Keras、optax、JAX、TensorFlow、scikit-learn 和 NumPy",
    "a list of names in code": "a, b, c, d, e = f",
    "a script": "<script>one two three four five six seven</script>",
}


@pytest.mark.parametrize("name", ENGLISH)
def test_an_english_sentence_is_found(name):
    assert language.fault(ENGLISH[name], "zh")


@pytest.mark.parametrize("name", NOT_ENGLISH)
def test_what_is_no_sentence_is_left_alone(name):
    assert language.fault(NOT_ENGLISH[name], "zh") is None


def test_after_the_references_sentences_count_again():
    assert language.fault(NOT_ENGLISH["the references"] + "\n## 小结\n\none two three four five six seven", "zh")


@pytest.mark.parametrize(
    "code",
    [
        'x = "one two three four five six seven"',
        "x = 1  # one two three four five six seven",
        'def f():\n    """one two three four five six seven"""',
        'x = f"one two three four five six {1 + 1} seven"',
    ],
)
def test_in_code_strings_and_comments_are_words(code):
    assert language.fault(code, "zh", code=True) and language.fault(code, "en", code=True) is None


def test_python_is_no_sentence():
    code = "x = [a for a in b if a not in c and d or e]\nassert x is not None and isinstance(x, list)"
    assert language.fault(code, "zh", code=True) is None


@pytest.mark.parametrize("text", ["一", "a，b", "「x」", "x = '文'", "（"])
def test_a_chinese_character_is_found_in_whatever_is_english(text):
    assert language.fault(text, "en") and language.fault(text, "zh") is None


def test_greek_and_mathematics_are_in_no_language():
    assert language.fault("κ = λ₁/λ₂ ≤ 1 − ε, ×, “quoted”, …, ●●○, naïve", "en") is None


def test_outputs_are_read_with_their_html():
    def cell(**data):
        return nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data=data)])

    assert language.faults_of_outputs(cell(**{"text/html": '<img alt="损失">', "text/plain": "loss"}), "en")
    assert language.faults_of_outputs(cell(**{"text/html": "<b>the loss falls at every single step</b>"}), "zh")
    printed = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("stream", text="步数")])
    assert language.faults_of_outputs(printed, "en") and not language.faults_of_outputs(printed, "zh")


# the chapters


def test_the_list_names_chapters():
    assert set(CHAPTERS) >= drafts.DRAFTS


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_keeps_the_rules_exactly_when_it_is_not_listed(name, monkeypatch):
    path = ROOT / "solutions" / f"{name}.py"
    if name in FINISHED:
        load(path, ROOT)
        return
    monkeypatch.setattr(drafts, "DRAFTS", set())
    with pytest.raises(CannotBuild):
        load(path, ROOT)
        pytest.fail(f"{name} keeps every rule of a finished chapter: delete its line in autograder/authoring/drafts.py")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", ["solutions", "notebooks"])
@pytest.mark.parametrize("name", FINISHED or [None])
def test_a_built_notebook_holds_one_language(name, kind, lang):
    if name is None:
        pytest.skip("no chapter is finished yet")
    nb = nbformat.read(ROOT / kind / lang / name / f"{name}.ipynb", as_version=4)
    if nb.metadata.descent.hash != load(ROOT / "solutions" / f"{name}.py", ROOT).notebooks[lang].metadata.descent.hash:
        pytest.skip("stale: make check says so")
    found = {
        cell.id: said for cell in nb.cells if (said := language.fault(cell.source, lang, code=cell.cell_type == "code"))
    }
    found |= {cell.id: said for cell in nb.cells if (said := language.faults_of_outputs(cell, lang))}
    assert not found
