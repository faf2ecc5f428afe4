"""A Chinese card calls the values that it compares by Chinese names; what is code stays code."""

import re

import pytest

from autograder.authoring.answer_keys import known_mistakes, topics
from descent.card_data import card_data
from descent.examine import Problem, Report, examine, problem_of
from descent.exercises import find, table, visible_cases
from descent.keys import load
from descent.outcome import Outcome
from descent.quantities import chinese, in_chinese
from descent.truths import WRONG

NAMES = list(table())
# One English word after another, or beside Chinese: "params after step 1", "最少 words". What is code has none.
PROSE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")


def prepared(name):
    topic, exercise = find(name)
    cases = visible_cases(exercise)
    return exercise, cases, load(exercise, topic, cases)


@pytest.mark.parametrize("name", NAMES)
def test_every_value_has_a_chinese_name(name):
    _, _, key = prepared(name)
    for value in {value for answer in key.answers for value in answer.values} - set(WRONG):
        parts = chinese(value).split("`")
        assert len(parts) % 2 and "".join(parts).strip()
        assert not any(re.search("[A-Za-z]", words) for words in parts[::2]), f"{value}: {chinese(value)}"
        assert not any(PROSE.search(code) for code in parts[1::2]), f"{value}: {chinese(value)}"


@pytest.mark.parametrize("name", NAMES)
def test_no_chinese_card_holds_an_english_name(name):
    """Each value is wrong once and missing once; all that a card says of it, up to the last step of the ladder."""
    exercise, cases, key = prepared(name)
    seen = set()
    for case, answer in zip(cases, key.answers):
        for value in set(answer.values) - seen:
            seen.add(value)
            left = Outcome({other: got for other, got in answer.values.items() if other != value})
            problems = [Problem("values", {"en": "", "zh": f"`{value}` 数值不对"}, value, 1.0, 2.0)]
            if exercise.counts(case, value):
                problems.append(problem_of(exercise, case, left, answer))
            for problem in problems:
                assert not english_in(card_data(Report(exercise, [case], [left], [problem])), key), value


@pytest.mark.parametrize("topic", topics())
def test_no_chinese_card_of_a_known_mistake_holds_an_english_name(topic):
    for name, mistakes in known_mistakes(topic).items():
        exercise, cases, key = prepared(name)
        assert not english_in(card_data(examine(exercise, mistakes[0].function, cases, key)), key), name


def english_in(data, key):
    """Names of values that a Chinese card should not show; a case's text is Python."""
    names = {name for answer in key.answers for name in answer.values if f"`{name}`" != chinese(name)}
    rows = [row for row in data["rows"] if row["kind"] not in ("case", "title")]
    texts = [(row["label"] or {"zh": ""})["zh"] + " " + row["text"]["zh"] for row in rows]
    return [(name, text) for name in names for text in texts if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]


def test_a_sentence_keeps_its_code_and_its_blanks():
    assert in_chinese("`params after step 1` 数值不对") == "`params`（第 1 步后）数值不对"
    assert in_chinese("你的 `different rows` 是 1，应为 3") == "你的“互不相同的行数”是 1，应为 3"
    assert in_chinese("你的 `params` 就是传进来的 `velocity`") == "你的 `params` 就是传进来的 `velocity`"
    assert in_chinese("计算 `lr in step 3` 的那一行") == "计算 `lr`（第 3 步）的那一行"
