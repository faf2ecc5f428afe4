"""The card: what it holds at which level, in both languages, as text and as HTML that a student cannot break."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent import card
from descent.card_data import card_data
from descent.examine import Problem, Report, examine
from descent.exercise import Case
from descent.exercises import find, visible_cases
from descent.keys import load
from descent.outcome import Outcome
from reference.momentum import momentum_step


def report_on(solution, name="momentum_step"):
    topic, exercise = find(name)
    cases = visible_cases(exercise)
    return examine(exercise, solution, cases, load(exercise, topic, cases))


def texts(report, lang="en", level=1, **options):
    rows = card.lines(report, lang, level, **options)
    return card.text_card(rows), card.html_card(rows)


class Reader(HTMLParser):
    """Reads a card back: the words in it, and whether every tag is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.words, self.tags = [], [], set()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.add(tag)
        assert not any(key.startswith("on") or value and "javascript" in value for key, value in attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def read(html):
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open and reader.tags <= {"div", "code", "b", "span", "pre"}
    return "".join(reader.words)


def failing(text, got="x", case=None):
    _, exercise = find("momentum_step")
    problem = Problem("values", {"en": text, "zh": text}, "velocity", got, np.array([1.0]), (3, text))
    cases = [case or Case("step", {"lr": 0.1}, "f(lr)")]
    return Report(exercise, cases, [Outcome()], [problem])


@given(st.text(max_size=60))
@settings(max_examples=60)
def test_nothing_a_student_writes_becomes_html(text):
    class Named:
        def __repr__(self):
            return text

    read(texts(failing(text, got=Named()))[1])


def test_a_script_stays_text():
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    html = texts(failing(evil, got=evil))[1]
    assert "<script" not in html and "<img" not in html and evil in read(html)


def test_an_odd_backquote_does_not_swallow_the_rest():
    assert "after" in read(card.inline("one ` only, and after"))
    assert card.inline("`a < b`") == "<code>a &lt; b</code>"


def ascends(params, grads, velocity, *, lr, momentum=0.9):
    after, velocity = momentum_step(params, grads, velocity, lr=lr, momentum=momentum)
    return params + lr * velocity, velocity


def momentum_lost(params, grads, velocity, *, lr, momentum=0.9):
    return momentum_step(params, grads, velocity, lr=lr, momentum=momentum)[0], velocity


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "solution", [momentum_step, momentum_lost, None, lambda *a, **k: None, lambda p, g, v, *, lr, momentum=0.9: (p, v)]
)
def test_text_and_html_say_the_same(lang, solution):
    text, html = texts(report_on(solution), lang, 3, points=(2.5, 7))
    said = read(html)
    for line in text.splitlines():
        bare = line.strip().replace("`", "")
        assert bare in said


@pytest.mark.parametrize("lang, words", [("en", "2.5 of 7 points"), ("zh", "得 2.5 分，满分 7 分")])
def test_points_are_on_the_first_line(lang, words):
    text, _ = texts(report_on(momentum_step), lang, 1, points=(2.5, 7))
    assert words in text.splitlines()[0]


def test_the_chinese_card_has_no_english_sentence():
    for solution in (momentum_lost, None, lambda *a, **k: None, lambda p, g, v, *, lr, momentum=0.9: (p, [1])):
        text, _ = texts(report_on(solution), "zh", 3)
        prose = re.sub(r"`[^`]*`|check\(.*\)", "", text)
        assert not re.search(r"\b(the|is|of|expected|got|your|returned|values)\b", prose), prose


def test_a_card_that_passes_has_only_its_groups():
    text, html = texts(report_on(momentum_step))
    assert text.count("\n  pass: ") == 5 and "FAIL" not in text
    assert 'role="status"' in html and "✓" in read(html)


def test_the_kinds_of_card_differ_in_words_and_not_only_in_colour():
    def stub(*args, **kwargs):
        raise NotImplementedError

    firsts = [texts(report_on(solution))[0].splitlines()[0] for solution in (momentum_step, momentum_lost, stub)]
    assert firsts == [
        "momentum_step: all cases pass",
        "momentum_step: 0 of 5 parts pass",
        "momentum_step: not written yet",
    ]


def test_a_wrong_type_or_shape_says_all_by_itself_and_has_no_ladder():
    def listed(params, grads, velocity, *, lr, momentum=0.9):
        return params, velocity.tolist()

    text, _ = texts(report_on(listed), "en", 3)
    assert "is of type list" in text and "Question" not in text and "This behaves like" not in text
    assert "[-0.96, -1.2, -1.28]" in text, "a list is shown as a list"


def test_what_was_expected_stands_right_before_what_was_got():
    rows = card.lines(report_on(momentum_lost), "en", 1)
    labels = [label for kind, label, _ in rows if kind == "value"]
    assert labels == ["expected velocity: ", "got velocity: "]
    assert [kind for kind, _, _ in rows].index("problem") < [kind for kind, _, _ in rows].index("value")


def test_a_group_that_fails_on_hidden_cases_only_says_so_and_shows_no_numbers():
    report = replace(report_on(momentum_step), hidden_failed=frozenset({"steps"}))
    text, _ = texts(report, "en", 3, points=(5, 8))
    assert "FAIL: four steps from rest, lr changes on the way (passes on the numbers you can see" in text
    assert "array" not in text and "First case" not in text and not report.passed


# ---- a case as Python -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        np.array([1.5, -2.0]),
        np.array(0.1),
        np.array([[1, 2], [3, 4]]),
        np.array([0.1, 0.2], np.float32),
        np.zeros((0, 3)),
        np.array([1 / 3, 1e-17, 1e22]),
        np.array([True, False]),
        np.float32(0.1),
        np.zeros((3, 0), np.float32),
        np.array([0.1, 0.7]) * 3,
        np.arange(60.0).reshape(3, 4, 5),
    ],
)
def test_an_array_reads_back_as_itself(value):
    back = eval(card.python(value), {"np": np})
    assert back.dtype == np.asarray(value).dtype
    np.testing.assert_array_equal(back, value)


def test_lists_numbers_and_words_read_back_as_themselves():
    for value in (0.1 + 0.2, 7, "l2", None, True, [0.1, 0.2], [1, [2, 3]], []):
        assert eval(card.python(value)) == value
    back = eval(card.python([np.array([1.0]), np.array([2.0, 3.0])], 8), {"np": np})
    assert [one.tolist() for one in back] == [[1.0], [2.0, 3.0]]


def test_a_tuple_reads_back_as_a_tuple_arrays_and_all():
    for value in ((0.9, 0.999), (1,), ()):
        assert eval(card.python(value)) == value
    m, v, t = eval(card.python((np.array([0.5]), np.array([[1.0, 2.0]]), 3), 8), {"np": np})
    assert m.tolist() == [0.5] and v.tolist() == [[1.0, 2.0]] and t == 3


def test_what_is_too_large_is_described():
    assert "float64 array of shape (100, 2)" in card.python(np.zeros((100, 2)))
    assert "default_rng" in card.python(np.random.default_rng(0))
    assert card.python(momentum_step) == "<function momentum_step>"


def test_a_students_print_options_do_not_change_the_case():
    with np.printoptions(precision=1, suppress=True):
        assert card.python(np.array([0.123456])) == "np.array([0.123456])"


def test_a_dict_of_arrays_reads_back_as_itself():
    value = {"W1": np.array([[1.5, -2.0]], dtype=np.float32), "b1": np.array([0.25]), "options": {"lr": 0.1}}
    back = eval(card.python(value))
    assert list(back) == list(value) and back["W1"].dtype == np.float32 and back["options"] == {"lr": 0.1}
    np.testing.assert_equal(back, value)


# ---- the card as data -----------------------------------------------------------------------------


def test_the_data_are_plain_and_hold_both_languages_and_the_whole_ladder():
    data = card_data(report_on(ascends), points=(2.5, 7))
    assert json.loads(json.dumps(data)) == data
    assert (data["exercise"], data["state"], data["points"], data["counts_as"]) == (
        "momentum_step",
        "failed",
        [2.5, 7],
        "ascends",
    )
    steps = {row["kind"]: row["step"] for row in data["rows"]}
    assert {kind: steps[kind] for kind in ("title", "fail", "case", "observation", "question", "name")} == {
        "title": 0,
        "fail": 0,
        "case": 0,
        "observation": 1,
        "question": 2,
        "name": 3,
    }
    for row in data["rows"]:
        assert set(row) == {"kind", "step", "label", "text"} and set(row["text"]) == {"en", "zh"}


@pytest.mark.parametrize("top", [1, 2, 3])
def test_a_class_that_ends_the_ladder_early_has_no_higher_rows_in_its_data(top):
    data = card_data(report_on(ascends), top=top)
    assert max(row["step"] for row in data["rows"]) == top and (data["next"] is None) == (top == 1)


def test_a_card_that_passes_or_is_not_written_counts_as_no_attempt():
    def stub(*args, **kwargs):
        raise NotImplementedError

    for solution, state in ((momentum_step, "passed"), (stub, "missing")):
        data = card_data(report_on(solution))
        assert (data["state"], data["attempt"], data["counts_as"], data["next"]) == (state, None, None, None)


def test_a_page_is_not_told_to_paste_into_a_cell():
    def stub(*args, **kwargs):
        raise NotImplementedError

    for solution in (ascends, stub):
        said = json.dumps(card_data(report_on(solution), host="page"), ensure_ascii=False)
        for words in ("cell", "单元格", "hint="):
            assert (
                words not in said
                and words in json.dumps(card_data(report_on(solution)), ensure_ascii=False)
                or (words == "hint=" and solution is stub)
            )


def test_two_mistakes_that_no_case_can_tell_apart_are_both_named():
    report = report_on(ascends)
    twin = replace(report.match.mistake, id="twin", name={"en": "the other one", "zh": "另一个"})
    text, _ = texts(replace(report, match=replace(report.match, twin=twin)), "en", 3)
    assert "either gradient ascent" in text and "or the other one: no case can tell them apart" in text


def test_a_mistake_on_most_cases_says_on_how_many():
    report = report_on(ascends)
    text, _ = texts(replace(report, match=replace(report.match, agreeing=18, everywhere=False)), "en", 3)
    assert f"On 18 of {len(report.cases)} cases this behaves like: gradient ascent" in text


def test_the_case_shown_is_one_of_ordinary_numbers():
    def small_lr(curvature, *, lr, noise_variance):
        return lr * noise_variance / (2 * curvature)

    report = report_on(small_lr, "noise_floor")
    assert report.problems[0] and report.cases[0].inputs["curvature"] == 1e-09
    case, problem = report.first
    assert problem.kind == "values" and 0.01 < case.inputs["curvature"] < 100
    shown = next(row["text"]["en"] for row in card_data(report)["rows"] if row["kind"] == "case")
    assert shown == card.case_text(case)
    assert report.visibly_failed == {case.group for case, one in zip(report.cases, report.problems) if one}


def test_a_mistake_without_the_require_lines_is_named_on_the_cases_that_need_none():
    def divided_by_p(X, *, p, rng, training=True):
        mask = (rng.random(X.shape) >= p).astype(X.dtype) / p if training else np.ones_like(X)
        return X * mask, mask

    report = report_on(divided_by_p, "dropout_forward")
    assert report.mistake.id == "divided_by_p" and not report.match.everywhere
    assert report.match.agreeing == len(report.cases) - 2
