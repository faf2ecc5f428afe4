"""Predictions: the first guess counts, a missing one is asked for, and the chapter's end adds them up."""

import pytest

from descent import quiz
from descent.quiz import calibration, reveal
from descent.say import set_display, set_language


@pytest.fixture(autouse=True)
def a_new_kernel(monkeypatch):
    monkeypatch.setattr(quiz, "_predictions", {})
    yield
    set_language("en")


def test_right_and_wrong_and_why(capsys):
    reveal("race", "b", "b")
    assert capsys.readouterr().out == "Your prediction (b) was right.\n"
    reveal("fork", " A", "b", because={"en": "The state differs.", "zh": "状态不同。"})
    assert capsys.readouterr().out == "You predicted (a); it is (b).\nThe state differs.\n"


def test_without_a_prediction_the_answer_is_not_given_away(capsys):
    reveal("race", None, "b", because={"en": "Because.", "zh": "因为。"})
    out = capsys.readouterr().out
    assert "prediction_race = None" in out and "Because" not in out and "(b)" not in out


@pytest.mark.parametrize(("lang", "said"), [("en", "it is (b).\nBecause."), ("zh", "答案是（b）。\n因为。")])
def test_a_page_has_no_cell_to_write_in(lang, said):
    """Who has pressed "look without predicting" there is not sent to a cell that no page has."""
    shown = []
    set_language(lang)
    set_display(shown.append)
    try:
        reveal("race", None, "b", because={"en": "Because.", "zh": "因为。"})
    finally:
        set_display(None)
    assert said in shown[0]["text/plain"] and "prediction_race" not in shown[0]["text/plain"]


@pytest.mark.parametrize("guess", ["", "ab", 2, b"a"])
def test_what_is_no_option_is_explained_and_not_counted(guess, capsys):
    reveal("race", guess, "b")
    assert repr(guess) in capsys.readouterr().out
    assert quiz._predictions == {}


def test_calibration_counts_the_first_guess(capsys):
    reveal("race", None, "b")
    reveal("race", "a", "b")
    reveal("race", "b", "b")
    assert "first prediction, (a), is the one that counts" in capsys.readouterr().out
    reveal("fork", "c", "c")
    reveal("cliff", None, "a")
    capsys.readouterr()
    calibration()
    assert capsys.readouterr().out.splitlines() == [
        "Predictions that were right: 1 of 2.",
        "race: you said (a), it was (b)",
        "fork: you said (c), right",
        "Without a prediction: cliff.",
    ]


def test_a_reason_needs_both_languages():
    with pytest.raises(ValueError, match="^because"):
        reveal("race", "a", "b", because={"en": "Because."})


def test_chinese(capsys):
    set_language("zh")
    reveal("race", "a", "b")
    calibration()
    assert (
        capsys.readouterr().out == "你的预测是（a），实际是（b）。\n预测正确：0 / 1。\nrace：你预测（a），实际是（b）\n"
    )
