"""Key files: every value reads back as it was, a stale file is noticed, and what is stored is no code."""

import json
import re
import sys
from copy import deepcopy
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder import keys
from autograder.authoring import answer_keys as building
from descent.compare import difference
from descent.exercise import Case, Exercise, Group
from descent.exercises import find, table, visible_cases
from descent.keys import UNSETTLED, decode, decode_outcome, encode, encode_outcome, fingerprint, load, read
from descent.outcome import Outcome, same, try_case
from descent.recognise import alike
from reference import lookup

BUILD = building.build  # what takes long is done once
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=4) | st.integers(0, 9), inner, max_size=3)
    ),
    max_leaves=8,
)
ARRAYS = st.sampled_from([np.float64, np.float32, np.int64, np.bool_, np.complex128]).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
)


def there_and_back(value):
    return decode(json.loads(json.dumps(encode(value))))


@given(PLAIN)
@settings(max_examples=80)
def test_plain_data_reads_back_as_itself(value):
    assert same(there_and_back(value), value)


@given(ARRAYS)
@settings(max_examples=80)
def test_an_array_reads_back_with_every_bit_its_shape_and_dtype(array):
    back = there_and_back(array)
    assert back.dtype == array.dtype and back.shape == array.shape
    np.testing.assert_array_equal(back, array)


def test_words_and_what_has_no_data():
    np.testing.assert_array_equal(there_and_back(np.array(["a", "bc"])), np.array(["a", "bc"]))
    assert there_and_back(len) == "builtin_function_or_method"
    assert there_and_back(np.random.default_rng(0)) == "Generator"


def test_an_outcome_reads_back():
    outcome = Outcome({"a": np.array([1.5]), "b": (1, 2.0)}, "ValueError", changed=("x",))
    back = decode_outcome(json.loads(json.dumps(encode_outcome(outcome))))
    assert back.values["a"].tolist() == [1.5] and back.values["b"] == (1, 2.0)
    assert (back.error, back.changed) == ("ValueError", ("x",))


def test_a_fingerprint_knows_every_number_and_no_code():
    case = Case("g", {"a": np.array([1.0, 2.0]), "lr": 0.1})
    print_ = fingerprint([case])
    assert print_ == fingerprint([Case("g", {"a": np.array([1.0, 2.0]), "lr": 0.1}, "other code")])
    for other in (
        Case("h", case.inputs),
        Case("g", case.inputs | {"lr": 0.1 + 1e-16}),
        Case("g", case.inputs | {"a": np.array([1.0, 2.0], np.float32)}),
    ):
        assert print_ != fingerprint([other])


def test_visible_cases_are_the_same_each_time():
    for _, exercise in table().values():
        assert fingerprint(visible_cases(exercise)) == fingerprint(visible_cases(exercise))


def test_a_key_for_other_cases_is_refused():
    topic, exercise = find("momentum_step")
    with pytest.raises(LookupError, match="built for other cases: run `make notebooks`"):
        load(exercise, topic, exercise.cases(np.random.default_rng(1)))
    with pytest.raises(LookupError, match="no key for 'momentum_step' in descent/keys/no_such_topic.json"):
        load(exercise, "no_such_topic", [])


def test_the_key_holds_the_references_answers():
    for name, (topic, exercise) in table().items():
        cases = visible_cases(exercise)
        for case, answer in zip(cases, load(exercise, topic, cases).answers, strict=True):
            outcome = try_case(exercise, lookup.reference_function(exercise), case)
            assert outcome.error == answer.error and list(outcome.values) == list(answer.values)
            for quantity, value in outcome.values.items():
                assert difference(value, answer.values[quantity], 1e-9, 1e-5) is None, (name, quantity)


def test_a_key_file_has_a_line_for_each_answer():
    text = building.to_text(built())
    assert json.loads(text) == json.loads(json.dumps(built()))
    count = sum(len(one["answers"]) + sum(len(m["outcomes"]) for m in one["mistakes"]) for one in built().values())
    assert len(text.splitlines()) > count and max(map(len, text.splitlines())) < 2500


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "FOLDER", tmp_path)
    monkeypatch.setattr(building, "topics", lambda: ["momentum"])
    monkeypatch.setattr(building, "build", lambda topic: deepcopy(built()))
    return tmp_path


@cache
def built():
    return BUILD("momentum")


def spoil(folder, change):
    path = folder / "momentum.json"
    entries = json.loads(path.read_text(encoding="utf-8"))
    change(entries)
    path.write_text(building.to_text(entries), encoding="utf-8")


@pytest.mark.parametrize(
    "change, reason",
    [
        (lambda key: key.pop("nesterov_step"), "it has other exercises: ['nesterov_step']"),
        (lambda key: key["momentum_step"].update(cases="0"), "the cases or sentences of momentum_step have changed"),
        (
            lambda key: key["momentum_step"]["mistakes"][0]["name"].update(en="?"),
            "the cases or sentences of momentum_step",
        ),
        (lambda key: key["momentum_step"]["mistakes"].pop(), "the cases or sentences of momentum_step"),
        (lambda key: key["momentum_step"]["answers"].pop(), "the answers of momentum_step have changed"),
        (lambda key: key["momentum_step"]["answers"][0].update(error="ValueError"), "the answers of momentum_step"),
        (
            lambda key: key["momentum_step"]["answers"][0]["values"]["params"].update(float64=[1.0, 2.0, 3.0]),
            "the answers of momentum_step",
        ),
        (
            lambda key: key["momentum_step"]["mistakes"][0]["outcomes"][0]["values"]["params"].update(
                float64=[1.0, 2.0, 3.0]
            ),
            "the answers of momentum_step",
        ),
    ],
)
def test_a_stale_file_is_noticed_and_built_again(folder, monkeypatch, capsys, change, reason):
    monkeypatch.setattr("sys.argv", ["keys"])
    assert keys.main(sys.argv[1:]) == 0 and "wrote momentum.json (it is missing)" in capsys.readouterr().out
    spoil(folder, change)
    monkeypatch.setattr("sys.argv", ["keys", "--check"])
    assert keys.main(sys.argv[1:]) == 1
    assert reason in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["keys"])
    assert keys.main(sys.argv[1:]) == 0 and reason in capsys.readouterr().out
    assert keys.main(sys.argv[1:]) == 0 and capsys.readouterr().out == "", "a second time there is nothing to do"


def test_last_digits_of_another_processor_are_not_stale(folder, monkeypatch):
    monkeypatch.setattr("sys.argv", ["keys"])
    keys.main(sys.argv[1:])
    spoil(
        folder,
        lambda key: key["momentum_step"]["answers"][0]["values"]["params"].update(
            float64=[one * (1 + 1e-14) for one in key["momentum_step"]["answers"][0]["values"]["params"]["float64"]]
        ),
    )
    assert building.is_stale("momentum", building.build("momentum")) is None


@pytest.mark.parametrize(
    "solution, hangs",
    [
        (lambda X: np.linalg.svd(X.T @ X)[0][:, -1], True),  # a direction in the null space
        (lambda X: X[0, 0] - (X[0, 0] / 3) * 3 + (X[0, 1] / X[0, 2] - X[1, 1] / X[1, 2]) * 1e9, True),  # cancellation
        (lambda X: X.sum(axis=0), False),
    ],
)
def test_an_outcome_that_depends_on_rounding_is_told_from_one_that_does_not(solution, hangs):
    exercise = Exercise("tiny", "", {}, lambda rng: [], lambda solution, inputs: {"value": solution(inputs["X"])})
    case = Case("g", {"X": np.array([[1.5, 2.0, 0.3], [3.0, 4.0, 0.6]])})
    assert building.depends_on_rounding(exercise, solution, case) == hangs


def with_value(solution):
    return Exercise("tiny", "", {}, lambda rng: [], lambda _, inputs: {"value": solution(inputs["X"])})


SINGULAR, DIAGONAL = np.array([[1.5, 2.0, 0.3], [3.0, 4.0, 0.6]]), np.diag([2.0, 0.0, 0.0])


@pytest.mark.parametrize(
    "X, solution, loose",
    [
        (SINGULAR, lambda X: np.linalg.svd(X.T @ X)[0][:, -1], True),  # a direction in the null space
        (SINGULAR, lambda X: np.sign(np.linalg.eigvalsh(X.T @ X)).tolist(), True),  # the sign of a rounded zero
        (SINGULAR, lambda X: np.linalg.svd(X.T @ X)[0][:, 0] ** 2, False),
        (DIAGONAL, lambda X: np.sign(np.linalg.eigvalsh(X)).tolist(), False),
        (SINGULAR, lambda X: X[0] == X[1] / 2, False),  # a tie of inputs is no rounding
    ],
)
def test_what_another_lapack_may_round_otherwise_stays_open(X, solution, loose):
    case = Case("g", {"X": X})
    entry = building.settled(with_value(solution), solution, case)
    assert (entry["values"]["value"] == {"unsettled": True}) == loose
    assert (decode_outcome(entry).values["value"] is UNSETTLED) == loose


def test_an_open_value_is_like_every_other_and_the_rest_still_counts():
    exercise = with_value(None)
    stored = Outcome({"a": UNSETTLED, "b": 1.0})
    assert alike(exercise, Outcome({"a": np.ones(3), "b": 1.0}), stored)
    assert not alike(exercise, Outcome({"a": np.ones(3), "b": 2.0}), stored)
    assert not alike(exercise, Outcome({"b": 1.0}), stored)


def test_a_key_that_lacks_the_mark_of_an_open_value_is_stale(folder):
    built = BUILD("preprocessing")
    text = building.to_text(built)
    assert '{"unsettled":true}' in text
    path = folder / "preprocessing.json"
    path.write_text(text)
    assert building.is_stale("preprocessing", built) is None
    path.write_text(text.replace('{"unsettled":true}', '{"float64":[1.0]}', 1))
    assert "have changed" in building.is_stale("preprocessing", built)


def test_a_reference_that_changes_its_inputs_is_refused(monkeypatch):
    def in_place(x):
        x += 1
        return x

    exercise = Exercise(
        "bad",
        "bad.bad",
        {"g": Group(1, "g", "g")},
        lambda rng: [],
        lambda solution, inputs: {"x": solution(inputs["x"])},
    )
    monkeypatch.setattr(lookup, "reference_function", lambda exercise: in_place)
    with pytest.raises(ValueError, match="the reference of bad changes its inputs: x"):
        lookup.answer(exercise, Case("g", {"x": np.ones(2)}))


def test_a_key_file_holds_no_code():
    """Outcomes are values, and a sentence is one line: nobody hides a function in it."""
    for topic in building.topics():
        for name, entry in read(topic).items():
            assert set(entry) == {"cases", "answers", "mistakes"}
            sentences = [
                text
                for one in entry["mistakes"]
                for part in ("observation", "question", "name")
                for text in one[part].values()
            ]
            assert not [text for text in sentences if "\n" in text or re.search(r"\bdef \w+\(", text)], name
            outcomes = entry["answers"] + [outcome for one in entry["mistakes"] for outcome in one["outcomes"]]
            assert all(set(outcome) <= {"values", "error", "changed"} for outcome in outcomes), name


def test_one_topic_may_be_built_alone_and_an_unknown_one_is_reported(folder, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["keys", "momentum"])
    assert keys.main(sys.argv[1:]) == 0 and (folder / "momentum.json").is_file()
    monkeypatch.setattr("sys.argv", ["keys", "momentun"])
    assert keys.main(sys.argv[1:]) == 2
    assert "no topic called momentun; there are: momentum" in capsys.readouterr().err
