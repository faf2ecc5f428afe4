"""Predict before you look: a guess that turns out wrong teaches more than a figure that looks obvious.

prediction_race = "b"                                    # the student's cell
reveal("race", prediction_race, "b", because={"en": ..., "zh": ...})
calibration()                                            # at the end of the chapter
"""

from descent.say import both_languages, has_display, tell

_predictions: dict[str, tuple[str | None, str]] = {}  # name -> (first guess, right answer), for this kernel

BLUE, ORANGE = "#0072b2", "#e69f00"


def reveal(name: str, guess: str | None, right: str, because: dict[str, str] | str | None = None) -> None:
    """Say whether the prediction `name` was right, and `because` of what; calibration keeps the first guess.

    `guess` and `right` are the letter of an option, "a" or "B"; None means that no prediction was made.
    """
    because = both_languages(because, "because") if because else {"en": "", "zh": ""}
    if guess is None:
        _predictions.setdefault(name, (None, right))
        if has_display():  # a page shows this only after a prediction, or after the reader asked to look without one
            unpredicted = {"en": f"You have not predicted; it is ({right}).", "zh": f"你没有预测；答案是（{right}）。"}
            tell({lang: f"{unpredicted[lang]}\n{because[lang]}".rstrip() for lang in unpredicted}, border=ORANGE)
            return
        text = {
            "en": "You have not predicted yet: a guess costs nothing, and looking is more fun after one.\n"
            f"Write your option in the cell prediction_{name} = None, run it, then run this cell again.",
            "zh": "你还没有预测：猜错不扣分，先猜再看更有收获。\n"
            f"请在单元格 prediction_{name} = None 中写下你的选项并运行，再运行本单元格。",
        }
        tell(text, border=ORANGE)
        return
    if not isinstance(guess, str) or len(guess.strip()) != 1:
        text = {
            "en": f'prediction_{name} = {guess!r}: write the letter of one option in quotes, such as "a".',
            "zh": f'prediction_{name} = {guess!r}：请写一个选项的字母并加引号，例如 "a"。',
        }
        tell(text, border=ORANGE)
        return

    guess = guess.strip().lower()
    right = right.strip().lower()
    if _predictions.get(name, (None, right))[0] is None:
        _predictions[name] = (guess, right)
    first = _predictions[name][0]
    if guess == right:
        text = {"en": f"Your prediction ({guess}) was right.", "zh": f"你的预测（{guess}）是对的。"}
    else:
        text = {
            "en": f"You predicted ({guess}); it is ({right}).",
            "zh": f"你的预测是（{guess}），实际是（{right}）。",
        }
    if first != guess:
        text = {
            "en": f"{text['en']} Your first prediction, ({first}), is the one that counts in the end.",
            "zh": f"{text['zh']}章末统计的是你的第一次预测（{first}）。",
        }
    text = {lang: f"{text[lang]}\n{because[lang]}".rstrip() for lang in text}
    tell(text, border=BLUE if guess == right else ORANGE)


def calibration() -> None:
    """Show how many of the predictions made in this kernel were right, and which experiments had none."""
    predicted = {name: pair for name, pair in _predictions.items() if pair[0] is not None}
    without = [name for name in _predictions if name not in predicted]
    hits = sum(guess == right for guess, right in predicted.values())
    en = [f"Predictions that were right: {hits} of {len(predicted)}."]
    zh = [f"预测正确：{hits} / {len(predicted)}。"]
    for name, (guess, right) in predicted.items():
        en.append(f"{name}: you said ({guess})" + (", right" if guess == right else f", it was ({right})"))
        zh.append(f"{name}：你预测（{guess}）" + ("，正确" if guess == right else f"，实际是（{right}）"))
    if without:
        en.append(f"Without a prediction: {', '.join(without)}.")
        zh.append(f"没有预测：{'、'.join(without)}。")
    tell({"en": "\n".join(en), "zh": "\n".join(zh)}, border=BLUE)
