"""One value against the right one: type, shape, dtype, numbers; and what a card prints of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from descent.compare import close, difference, show, show_both

RTOL, RTOL32 = 1e-9, 2e-5
FINITE = {"allow_nan": False, "allow_infinity": False, "min_value": -1e6, "max_value": 1e6}
ARRAYS = hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=st.floats(**FINITE))


def said(got, expected, atol=0.0):
    problem = difference(got, expected, RTOL, RTOL32, atol)
    assert problem is None or set(problem) == {"en", "zh"} and all(problem.values())
    return problem and problem["en"]


@given(ARRAYS)
@settings(max_examples=50)
def test_a_value_agrees_with_itself_and_with_its_last_digits_changed(array):
    assert said(array, array) is None
    assert said(array * (1 + 1e-13), array, atol=1e-14) is None


@given(ARRAYS, st.integers(0, 63))
@settings(max_examples=50)
def test_one_entry_off_is_seen_wherever_it_is(array, place):
    if array.size:
        wrong = array.copy()
        wrong.flat[place % array.size] += 1e-6 * max(1.0, np.abs(array).max())
        assert said(wrong, array, atol=1e-14) is not None


@pytest.mark.parametrize(
    "got, expected, part",
    [
        ([1.0, 2.0], np.array([1.0, 2.0]), "is of type list, expected a NumPy array (`np.array(...)` makes one)"),
        ((1.0, 2.0), np.array([1.0, 2.0]), "is of type tuple"),
        (None, np.array([1.0]), "is None (is a `return` missing?)"),
        ("text", np.array([1.0]), "is of type str"),
        (np.ma.array([1.0, 2.0]), np.array([1.0, 2.0]), "is of type MaskedArray, expected a plain NumPy array"),
        (np.array([[1.0, 2.0]]), np.array([1.0, 2.0]), "has shape (1, 2), expected (2,)"),
        (np.float64(1.0), np.array([1.0]), "is of type float64, expected a NumPy array"),
        (np.array([1, 2]), np.array([1.0, 2.0]), "has dtype int64, expected float64"),
        (np.array([1.0, 2.0]), np.array([1.0, 2.0], np.float32), "has dtype float64, expected float32"),
        (np.array([1.0, None]), np.array([1.0, 2.0]), "has dtype object"),
        (np.zeros(2, np.int64), np.zeros(2), "has dtype int64, expected float64"),  # the same bytes
        (np.array([np.nan, 2.0, 9.0]), np.array([1.0, 2.0, 3.0]), "contains NaN (1 of 3 entries)"),
        (np.array([np.inf, -np.inf]), np.array([1.0, 2.0]), "contains inf (2 of 2 entries)"),
        (np.float64("nan"), np.array(1.0), "is NaN"),
        (np.array([1.0, 2.5, 3.5]), np.array([1.0, 2.0, 3.0]), "has wrong values (2 of 3 entries)"),
        (np.array(2.0), np.array(1.0), "has the wrong value"),
        (True, 1.0, "is of type bool, expected a number"),
        ("1", 1.0, "is of type str, expected a number"),
        (10**400, 1.0, "expected 1"),
        (2, 1, "is 2, expected 1"),
        (1 + 1e-6, 1.0, "is 1.000001, expected 1"),
        ([1], (1.0, 2.0), "has 1 items, expected 2"),
        (5, (1.0, 2.0), "is of type int, expected 2 values"),
        ([1.0, 3.0], [1.0, 2.0], "item 1 is 3, expected 2"),
        ({"a": 1.0}, {"a": 1.0, "b": 2.0}, "has no key 'b'"),
        ({"a": 1.0, "b": 2.0, "c": 3.0}, {"a": 1.0, "b": 2.0}, "has an unexpected key 'c'"),
        ({"a": 3.0}, {"a": 1.0}, "['a'] is 3, expected 1"),
        ([("a", 1.0)], {"a": 1.0}, "is of type list, expected a dict"),
        ("b", "a", "is 'b', expected 'a'"),
        (1, True, "is 1, expected True"),
        (0, None, "is 0, expected None"),
    ],
)
def test_the_sentence_says_what_is_wrong(got, expected, part):
    assert part in said(got, expected)


@pytest.mark.parametrize(
    "got, expected",
    [
        (np.float64(1.5), np.array(1.5)),
        (1.5, np.array(1.5)),
        (np.array(1.5), np.float64(1.5)),
        (np.array(1.5), 1.5),
        (np.float32(0.1), 0.1),
        (1, 1.0),
        (np.int64(3), 3),
        (np.float64(0.3), 0.1 + 0.2),
        (np.array([np.nan, 1.0]), np.array([np.nan, 1.0])),
        (float("nan"), float("nan")),
        (np.inf, float("inf")),
        ([1.0, 2.0], (1.0, 2.0)),
        (np.bool_(True), True),
        (np.array([1, 2]), np.array([1, 2])),
        (None, None),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array([1e20, 1.0]), np.array([1e20, 2.0])),
    ],
)
def test_what_counts_as_equal(got, expected):
    assert said(got, expected) is None


def test_float32_may_be_off_by_its_own_rounding_only():
    right = np.array([1.0, 2.0], np.float32)
    assert said(right * np.float32(1 + 1e-6), right) is None
    assert said(right * np.float32(1 + 1e-3), right) is not None


def test_a_right_zero_forgives_rounding_and_nothing_more():
    assert said(np.array([1e-16]), np.array([0.0]), atol=1e-14) is None
    assert said(np.array([1e-16]), np.array([0.0])) is not None
    assert said(np.array([1e-9]), np.array([0.0]), atol=1e-14) is not None
    assert said(1e-12, 0.0, atol=1e-10) is None


def test_close_is_relative_to_the_largest_entry():
    assert close(np.array([1e6, 1e-9]), np.array([1e6, 0.0]), 1e-9)
    assert not close(np.array([1.0, 1e-6]), np.array([1.0, 0.0]), 1e-9)
    assert not close(np.zeros(2), np.zeros(3), 1e-9)


@pytest.mark.parametrize(
    "expected, got",
    [(np.array([0.3]), np.array([0.30000001])), (1.0, 1.0 + 1e-13), (np.array([1.0]), np.array([1.0 + 1e-12]))],
)
def test_two_values_are_shown_with_enough_digits_to_differ(expected, got):
    one, other = show_both(expected, got)
    assert one != other


def test_show_is_short_whatever_it_is_given():
    class Rude:
        def __repr__(self):
            raise RuntimeError("no")

    assert len(show("x" * 10_000)) < 420
    assert "..." in show(np.arange(1000.0))
    assert show(Rude()) == "<Rude>" and show(10**5000) == "<int>"
    assert show(len) == "<function len>" and show((1.0, 2.0)) == "(1, 2)"


def test_a_students_print_options_do_not_reach_the_card():
    with np.printoptions(precision=1, suppress=True, formatter={"float": lambda _: "?"}):
        assert show(np.array([0.123456])) == "[0.123456]"
