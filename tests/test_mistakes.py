"""Every exercise of every topic: its known mistakes are told apart, right answers pass, nobody is named falsely."""

import builtins
import inspect
from contextlib import nullcontext
from functools import cache
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest

from autograder.authoring.answer_keys import build as build_key
from autograder.authoring.answer_keys import is_stale, known_mistakes, topics
from autograder.authoring.given_lines import with_given_lines
from autograder.authoring.rounding import lapack
from autograder.judging.mark import hidden_rng
from descent import card
from descent.examine import examine, problem_of
from descent.exercises import find, table, visible_cases
from descent.keys import load
from descent.outcome import try_case
from descent.recognise import WIDENED
from reference.lookup import reference_function
from tests.marking import mark

NAMES = list(table())


def mistakes_of(name):
    """The catalogue of an exercise; empty while its topic has none, which one test below does not forgive."""
    topic = table()[name][0]
    return known_mistakes(topic).get(name, []) if find_spec(f"reference.mistakes.{topic}") else []


ALL_MISTAKES = [(name, one) for name in NAMES for one in mistakes_of(name)]
MISTAKE_IDS = [f"{name}-{one.id}" for name, one in ALL_MISTAKES]


def variants(kind):
    return [
        (name, with_given_lines(reference_function(table()[name][1]), function))
        for topic in topics()
        if find_spec(f"tests.variants.{topic}")
        for name, functions in getattr(import_module(f"tests.variants.{topic}"), kind).items()
        for function in functions
    ]


def names_of(pairs):
    return [f"{name}-{function.__name__}" for name, function in pairs]


@cache
def prepared(name):
    topic, exercise = find(name)
    cases = visible_cases(exercise)
    return exercise, cases, load(exercise, topic, cases)


def examined(name, solution):
    exercise, cases, key = prepared(name)
    return examine(exercise, solution, cases, key)


def marked(name, solution, secret="a class", points=6):
    return mark(name, solution, points=points, assignment="any", secret=secret, lang="en")


@cache
def named(name):
    """For each mistake of an exercise, the id of the one that `examine` takes it for."""
    found = {}
    for one in mistakes_of(name):
        mistake = examined(name, one.function).mistake
        found[one.id] = mistake.id if mistake else None
    return found


@pytest.mark.parametrize("name", ["pca_fit", "classify_critical_point"])
def test_a_mistake_is_named_as_itself_where_lapack_rounds_otherwise(name):
    """Both answer with what a zero eigenvalue belongs to on some cases."""
    with lapack(np.random.default_rng(3)) as called:
        taken = {one.id: examined(name, one.function).mistake for one in mistakes_of(name)}
    assert called and all(found is not None and found.id == was for was, found in taken.items())


@pytest.mark.parametrize("name, one", ALL_MISTAKES, ids=MISTAKE_IDS)
def test_a_mistake_is_named_as_itself(name, one):
    confusion = {was: taken for was, taken in named(name).items() if was != taken}
    assert named(name)[one.id] == one.id, f"taken for another (mistake: named as): {confusion}"


def widened(function):
    """The same answers, but float32 has become float64."""

    def widen(value):
        if isinstance(value, tuple):
            return tuple(widen(one) for one in value)
        if isinstance(value, (np.ndarray, np.generic)) and value.dtype == np.float32:
            return np.asarray(value, dtype=np.float64)
        return value

    return lambda *args, **kwargs: widen(function(*args, **kwargs))


@pytest.mark.parametrize("name", ["ridge_solution", "momentum_step", "adam_step", "l2_penalty", "batchnorm_backward"])
def test_a_slip_of_dtype_beside_a_mistake_does_not_hide_it(name):
    told = 0
    for one in mistakes_of(name):
        mistake = examined(name, widened(one.function)).mistake
        if mistake and not mistake.observation["en"].endswith(WIDENED["en"]):
            continue  # a mistake of dtype itself, or one that leaves float32 by itself
        told += 1
        assert mistake is not None and mistake.id == one.id
    assert told >= 4
    right = examined(name, widened(reference_function(find(name)[1]))).mistake
    assert right is None or WIDENED["en"] not in right.observation["en"]


@pytest.mark.parametrize("name, one", ALL_MISTAKES, ids=MISTAKE_IDS)
def test_a_mistake_fails_on_two_cases_with_other_hyper_parameters_and_loses_points(name, one):
    report = examined(name, one.function)
    failed = [case for case, problem in zip(report.cases, report.problems) if problem]
    numbers = {tuple(value for value in case.inputs.values() if type(value) in (int, float)) for case in failed}
    assert len(failed) >= 2 and (len(numbers) >= 2 or numbers == {()}), "() where an exercise has arrays only"
    result = marked(name, one.function)
    assert result.points < 6 and result.mistake == one.id


@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_has_at_least_four_mistakes_with_ids_of_their_own(name):
    ids = [one.id for one in mistakes_of(name)]
    assert len(ids) >= 4 and len(set(ids)) == len(ids)


@pytest.mark.parametrize("name, one", ALL_MISTAKES, ids=MISTAKE_IDS)
def test_the_ladder_is_complete_in_both_languages_and_gives_nothing_away_early(name, one):
    report = examined(name, one.function)
    for lang in ("en", "zh"):
        sentences = [one.observation[lang], one.question[lang], one.name[lang]]
        if lang == "zh" and any("zh: TODO" in sentence for sentence in sentences):
            continue  # only a release needs the Chinese: make check RELEASE=1
        assert all(sentence.strip() for sentence in sentences) and len(set(sentences)) == 3
        assert any("\u4e00" <= letter <= "\u9fff" for sentence in sentences for letter in sentence) == (lang == "zh")
        assert all(sentence.count("`") % 2 == 0 for sentence in sentences), "backquotes come in pairs"
        for level in (1, 2, 3):
            text = card.text_card(card.lines(report, lang, level))
            assert [sentence in text for sentence in sentences] == [True, level >= 2, level >= 3]


@pytest.mark.parametrize("name, solution", variants("RIGHT"), ids=names_of(variants("RIGHT")))
def test_a_right_version_written_differently_gets_all_points(name, solution):
    for secret in ("one", "two"):
        result = marked(name, solution, secret)
        assert result.points == 6, result.text


@pytest.mark.parametrize("name, solution", variants("WRONG"), ids=names_of(variants("WRONG")))
def test_an_unknown_wrong_version_fails_without_a_name(name, solution):
    report = examined(name, solution)
    assert not report.passed
    assert report.mistake is None, f"taken for {report.mistake.id}: {report.mistake.name['en']}"
    assert marked(name, solution).points < 6


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_has_right_and_wrong_variants(name):
    for kind in ("RIGHT", "WRONG"):
        assert sum(name == other for other, _ in variants(kind)) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_gets_all_points(name):
    exercise, _, _ = prepared(name)
    for secret in map(str, range(5)):
        assert marked(name, reference_function(exercise), secret).points == 6


@pytest.mark.parametrize("name", NAMES)
def test_another_exercise_under_this_name_earns_nothing(name):
    exercise, _, _ = prepared(name)
    for other in NAMES:
        solution = reference_function(find(other)[1])
        if solution is not reference_function(exercise):
            assert marked(name, solution).points == 0, f"{name} = {other} earns points"


def adapted(name, other):
    """`other` under the signature of `name`: arguments matched by place, options by name."""
    solution, ours = reference_function(find(other)[1]), reference_function(find(name)[1])
    options = {key for key, one in inspect.signature(solution).parameters.items() if one.kind == one.KEYWORD_ONLY}
    wanted = sum(one.kind != one.KEYWORD_ONLY for one in inspect.signature(ours).parameters.values())

    def function(*args, **kwargs):
        return solution(*args[:wanted], **{key: value for key, value in kwargs.items() if key in options})

    return function


@pytest.mark.parametrize("name", NAMES)
def test_another_exercise_with_its_arguments_adapted_earns_nothing(name):
    for other in NAMES:
        if other != name and find(other)[0] == find(name)[0]:
            assert marked(name, adapted(name, other)).points == 0, f"{name} = {other}, adapted, earns points"


TRIVIAL = {
    "nothing": lambda *args, **kwargs: None,
    "the first argument": lambda *args, **kwargs: args[0],
    "the last argument": lambda *args, **kwargs: args[-1],
    "the arguments": lambda *args, **kwargs: (args[0], args[-1]),
    "the first two arguments": lambda *args, **kwargs: args[:2],
    "zeros": lambda *args, **kwargs: np.zeros_like(args[0]),
    "zeros twice": lambda *args, **kwargs: (np.zeros_like(args[0]), np.zeros_like(args[-1])),
    "unit matrix": lambda *args, **kwargs: np.eye(2),
    "zero and zero": lambda *args, **kwargs: (0.0, 0.0),
    "usual hyper-parameters": lambda *args, **kwargs: (0.1, 0.9),
    "one over the last, and zero": lambda *args, **kwargs: (1 / args[-1], 0.0),
    "NaN": lambda *args, **kwargs: (args[0] * np.nan, args[-1] * np.nan),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("trivial", TRIVIAL)
def test_a_trivial_answer_earns_nothing(name, trivial):
    assert marked(name, TRIVIAL[trivial]).points == 0


@pytest.mark.parametrize("name", NAMES)
def test_groups_are_the_same_for_every_generator_and_all_are_used(name):
    exercise, cases, _ = prepared(name)
    groups = [case.group for case in cases]
    assert set(groups) == set(exercise.groups)
    for seed in range(5):
        assert [case.group for case in exercise.cases(np.random.default_rng(seed))] == groups
    assert all(group.weight > 0 and group.en.strip() and group.zh.strip() for group in exercise.groups.values())


@pytest.mark.parametrize("name", NAMES)
def test_hidden_cases_are_not_the_visible_ones(name):
    """No group passes for a memorized answer. A case may be fixed, to hold the end of a range, beside others that are drawn."""
    exercise, cases, key = prepared(name)
    hidden = exercise.cases(hidden_rng("a class", "any", name))
    new = {
        case.group
        for case, answer in zip(hidden, key.answers)
        if problem_of(exercise, case, try_case(exercise, reference_function(exercise), case), answer)
    }
    assert new == set(exercise.groups)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_card_prints_can_be_pasted_and_run(name):
    """The inputs of a case as the card shows them are the inputs, and the code under them runs."""
    exercise, cases, key = prepared(name)
    for case, error in zip(cases, [answer.error for answer in key.answers]):
        text = card.case_text(case)
        if "..." in text or not case.code:  # too large to print, or no code given
            continue
        space = {"np": np, "print": lambda *values: None} | {
            other: reference_function(find(other)[1]) for other in NAMES
        }
        exec(text.replace(case.code, ""), space)
        for word, value in case.inputs.items():
            np.testing.assert_equal(space[word], value)
            assert getattr(space[word], "dtype", None) == getattr(value, "dtype", None)
        with np.errstate(all="ignore"), pytest.raises(getattr(builtins, error)) if error else nullcontext():
            exec(case.code, space)


@pytest.mark.parametrize("topic", topics())
def test_the_committed_key_is_what_would_be_built(topic):
    assert is_stale(topic, build_key(topic)) is None
