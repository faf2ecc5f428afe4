"""Estimate how many minutes a sitting takes, for the number in its head box, and check it against the limits.

    minutes = words / 130                        text and docstrings; a formula counts as a word, folded text half
            + lines / 12                         given code that is visible
            + stated minutes + 2 red cards       each exercise; reading and repairing after a red card takes 3 minutes
            + 1                                  each prediction
            + `minutes=` of the cell, or 1/2     each experiment: run it and look

Hints are not counted, because they are read during the minutes of a red card. Chinese is read at 190 characters a
minute, which gives the same within two minutes (the eight chapters have 1.44 characters for an English word).
"""

import ast
import math
import re
from dataclasses import dataclass

from .source import LANGUAGES, Problems, Unit
from .todo import CHINESE as CHINESE_TODO

WORDS_A_MINUTE = 130
CHARACTERS_A_MINUTE = 190
LINES_A_MINUTE = 12
RED_CARD = 3
PREDICTION = 1
EXPERIMENT = 0.5
MOST_MINUTES = 90
MOST_LINES = 60
STATED = {"en": re.compile(r"^#+ .*?(\d+) minutes\b", re.M), "zh": re.compile(r"^#+ .*?(\d+) 分钟", re.M)}
FURTHER = re.compile(r"^#+ Further\b", re.M)
FOLDED = re.compile(r"<details>(.*?)</details>", re.S)
HINT = {"en": re.compile(r"<summary>Hint (\d)"), "zh": re.compile(r"<summary>提示 (\d)")}
CHINESE = re.compile(r"[\u3400-\u9fff]")
NOT_CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")


@dataclass
class Sitting:
    """One sitting: its minutes by language, and the counts that they are computed from."""

    name: str
    minutes: dict[str, float]
    words: int
    characters: int
    cells: int
    lines: int  # of code that is given, visible and not an answer

    @property
    def shown(self) -> dict[str, int]:
        """The minutes for the head box, rounded up to five."""
        return {lang: math.ceil(value / 5) * 5 for lang, value in self.minutes.items()}


def estimates(units: list[Unit]) -> list[Sitting]:
    """Return the sittings of a chapter; its units have the reference functions inlined."""
    return [estimate(name, members) for name, members in sittings(units).items()]


def sittings(units: list[Unit]) -> dict[str, list[Unit]]:
    """Return the units of each sitting. Units before the first sitting belong to it, units under Further to none."""
    by_name: dict[str, list[Unit]] = {}
    opening: list[Unit] = []
    current = opening
    for unit in units:
        if "sitting" in unit.keys:
            current = by_name.setdefault(unit.keys["sitting"], [] if by_name else opening)
        elif unit.kind == "markdown" and FURTHER.search(unit.text["en"]):
            current = []
        current.append(unit)
    return by_name


def estimate(name: str, units: list[Unit]) -> Sitting:
    texts = {lang: [text for unit in units for text in texts_of(unit, lang)] for lang in LANGUAGES}
    lines = sum(visible_lines(unit) for unit in units)
    minutes = {
        lang: sum(map(reading, texts[lang])) + lines / LINES_A_MINUTE + working(units, lang) for lang in LANGUAGES
    }
    return Sitting(
        name,
        minutes,
        sum(map(words, texts["en"])),
        sum(len(CHINESE.findall(text)) for text in texts["zh"]),
        len(units),
        lines,
    )


def texts_of(unit: Unit, lang: str) -> list[str]:
    """Return what a student reads in a cell: its text, or the docstrings of an answer cell."""
    if unit.kind == "markdown":
        return [unit.text[lang]] if unit.role != "model" else []
    if unit.role != "answer":
        return []
    owners = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    nodes = [node for node in ast.walk(ast.parse(unit.text[lang])) if isinstance(node, owners)]
    return [docstring for node in nodes if (docstring := ast.get_docstring(node))]


def reading(text: str) -> float:
    """Return the minutes to read a text; folded text counts half, hints do not count."""
    folded = [part for part in FOLDED.findall(text) if not any(hint.search(part) for hint in HINT.values())]
    return plain_reading(FOLDED.sub(" ", text)) + sum(map(plain_reading, folded)) / 2


def plain_reading(text: str) -> float:
    return words(text) / WORDS_A_MINUTE + len(CHINESE.findall(text)) / CHARACTERS_A_MINUTE


def words(text: str) -> int:
    """Count the words and formulas separated by spaces, without Chinese characters."""
    text = NOT_CHINESE.sub(" ", re.sub(r"<[^>]+>|https?://\S+", " ", text))
    return sum(1 for token in text.split() if re.search(r"\w", token))


def working(units: list[Unit], lang: str) -> float:
    """Return the minutes of exercises, predictions and experiments."""
    total, stated = 0.0, 0.0
    for unit in units:
        if unit.kind == "markdown":
            stated += sum(map(float, STATED[lang].findall(unit.text[lang])))
        elif unit.role == "answer" and is_prediction(unit):
            total += PREDICTION
        elif unit.role == "tests" and stated:  # an exercise ends with its check
            total += stated + 2 * RED_CARD
            stated = 0
        elif unit.role == "experiment":
            total += unit.keys.get("minutes", EXPERIMENT)
    return total + stated  # an essay has no card


def is_prediction(unit: Unit) -> bool:
    return unit.id.startswith("prediction")


def visible_lines(unit: Unit) -> int:
    """Count the lines of given code that a reader sees: without hidden cells, answers and checks."""
    if unit.kind != "code" or unit.role not in {None, "given", "experiment"} or "hidden" in unit.keys:
        return 0
    return sum(1 for line in unit.text["en"].splitlines() if line.strip())


def check(sittings: list[Sitting], units: list[Unit], problems: Problems) -> None:
    """Refuse a sitting that is too long or shows too much code."""
    for sitting in sittings:
        first = next(unit for unit in units if unit.keys.get("sitting") == sitting.name)
        longest = max(sitting.minutes.values())
        if longest > MOST_MINUTES:
            problems.add(
                first,
                f"sitting {sitting.name} takes {longest:.0f} minutes, and at most {MOST_MINUTES} are "
                "allowed: cut, fold, or move something to Further",
            )
        if sitting.lines > MOST_LINES:
            problems.add(
                first,
                f"sitting {sitting.name} shows {sitting.lines} lines of given code, and at most "
                f"{MOST_LINES} are allowed: hidden=true, or move what draws behind a function",
            )


def check_exercises(units: list[Unit], problems: Problems) -> None:
    """Every graded exercise states its minutes in a heading, and has three hints before its check."""
    answers: list[Unit] = []
    texts: list[Unit] = []
    for unit in units:
        if unit.kind == "markdown":
            texts.append(unit)
        elif unit.role == "answer" and not is_prediction(unit):
            answers.append(unit)
        elif unit.role in {"tests", "practice"}:
            if unit.role == "tests" and answers:
                check_exercise(unit, texts, problems)
            answers, texts = [], []


def check_exercise(tests: Unit, texts: list[Unit], problems: Problems) -> None:
    for lang in LANGUAGES:
        text = "\n".join(unit.text[lang] for unit in texts)
        if lang == "zh" and CHINESE_TODO.search(text):
            continue  # the rule applies once the Chinese is written
        if not STATED[lang].search(text):
            problems.add(tests, f'the exercise has no heading ({lang}) that states its minutes, as in "8 minutes"')
        if (hints := HINT[lang].findall(text)) != ["1", "2", "3"]:
            problems.add(
                tests,
                f"the exercise has hints {hints} ({lang}), and must have 1, 2 and 3: a question, "
                "the next step, the example with numbers",
            )
