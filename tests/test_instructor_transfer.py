"""Transfer exercises: the reference agrees with a second way, wrong answers lose points, public solutions get none."""

import inspect
import re

import numpy as np
import pytest

from descent import card
from descent.examine import problem_of
from descent.exercises import find, table
from descent.outcome import try_case
from instructor.answers import collect
from instructor.transfer import CHAPTERS, LANGUAGES, answers, hidden_cases, load, mistakes, stub, visible_cases
from instructor.transfer.__main__ import main
from reference.lookup import reference_function
from tests.marking import mark

NAMES = list(load())
SAME = {"lowest_shifted_the_other_way": "lowest_is_largest_in_size"}  # both find the largest, and the name says so
SECOND, RIGHT, WRONG = (collect(kind) for kind in ("SECOND", "RIGHT", "WRONG"))
DRAWS = range(3)  # hidden cases: other numbers each time


def named(kind):
    return [
        pytest.param(name, function, id=f"{name}-{label}")
        for name, ones in kind.items()
        for label, function in ones.items()
    ]


def cases_of(name, draws=DRAWS):
    one = load()[name]
    return visible_cases(one) + [case for seed in draws for case in hidden_cases(one, seed)]


def failed_groups(name, solution):
    """The groups in which a solution fails, in the visible cases or in any draw of hidden ones."""
    one, cases = load()[name], cases_of(name)
    return {
        case.group
        for case, answer in zip(cases, answers(one, cases))
        if problem_of(one.exercise, case, try_case(one.exercise, solution, case), answer)
    }


def test_two_exercises_a_chapter():
    assert [one.chapter for one in load().values()] == [chapter for chapter in CHAPTERS for _ in range(2)]
    assert not set(load()) & set(table()), "a transfer exercise has the name of an exercise of the course"


@pytest.mark.parametrize("name", NAMES)
def test_groups_are_the_same_for_every_draw_and_all_are_used(name):
    exercise = load()[name].exercise
    groups = [case.group for case in visible_cases(load()[name])]
    assert set(groups) == set(exercise.groups)
    for seed in range(20):
        assert [case.group for case in hidden_cases(load()[name], seed)] == groups
    assert all(group.weight > 0 and group.en.strip() and group.zh.strip() for group in exercise.groups.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_leaves_its_inputs_alone_and_gives_no_warning(name):
    one = load()[name]
    for case, answer in zip(cases_of(name, range(20)), answers(one, cases_of(name, range(20)))):
        assert not answer.changed and answer.error in (None, "ValueError")
        assert (answer.error == "ValueError") == (case.group == "shared" and case.inputs["choose"][-1] == 1)


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_agrees_with_a_second_way(name):
    """Loops, exact fractions, a search or central differences: as near as those are."""
    one, compared = load()[name], 0
    for case in cases_of(name):
        expected = try_case(one.exercise, one.reference, case)
        got = try_case(one.exercise, SECOND[name], case)
        assert got.error == expected.error
        for key, value in expected.values.items():
            if key in one.exercise.compare:
                assert one.exercise.compare[key](got.values[key], value, case.inputs) is None
            elif isinstance(value, (str, bool)):
                assert got.values[key] == value
            else:
                single = np.asarray(value).dtype == np.float32
                np.testing.assert_allclose(got.values[key], value, rtol=3e-5 if single else 1e-6, atol=1e-7)
            compared += 1
    assert compared > 10


@pytest.mark.parametrize("name, solution", named(RIGHT))
def test_a_right_answer_in_other_words_gets_all_points(name, solution):
    assert failed_groups(name, solution) == set()


@pytest.mark.parametrize("name, solution", named(WRONG))
@pytest.mark.filterwarnings("ignore")
def test_a_typical_wrong_answer_loses_points(name, solution):
    """On the visible cases alone, so that a student sees it."""
    one, cases = load()[name], visible_cases(load()[name])
    assert any(
        problem_of(one.exercise, case, try_case(one.exercise, solution, case), answer)
        for case, answer in zip(cases, answers(one, cases))
    )


@pytest.mark.parametrize("name", NAMES)
def test_enough_other_answers(name):
    assert name in SECOND and len(RIGHT[name]) >= 1 and len(WRONG[name]) >= 3


def adapted(solution, ours):
    """A public solution under our signature: as many arguments by place as it takes, and the options it knows."""
    parameters = inspect.signature(solution).parameters.values()
    options = {one.name for one in parameters if one.kind == one.KEYWORD_ONLY}
    places = sum(one.kind == one.POSITIONAL_OR_KEYWORD for one in parameters)

    def function(*args, **kwargs):
        return solution(*args[:places], **{key: value for key, value in kwargs.items() if key in options})

    return function


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore")
def test_no_public_solution_earns_a_point(name):
    """Pasted as it is, or with its arguments cut to fit, no solution of the course passes a group."""
    for other in table():
        solution = reference_function(find(other)[1])
        for tried in (solution, adapted(solution, load()[name].reference)):
            assert failed_groups(name, tried) == set(load()[name].exercise.groups), f"{other} earns points in {name}"


TRIVIAL = {
    "nothing": lambda *args, **kwargs: None,
    "the first argument": lambda *args, **kwargs: args[0],
    "the first two arguments": lambda *args, **kwargs: args[:2],
    "the first and the last": lambda *args, **kwargs: (args[0], args[-1]),
    "zeros": lambda *args, **kwargs: np.zeros_like(args[0]),
    "zero": lambda *args, **kwargs: 0.0,
    "cannot tell": lambda *args, **kwargs: ("cannot tell", 0.0, 0.0),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("trivial", TRIVIAL)
@pytest.mark.filterwarnings("ignore")
def test_a_trivial_answer_earns_nothing(name, trivial):
    assert failed_groups(name, TRIVIAL[trivial]) == set(load()[name].exercise.groups)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_stub_compiles_and_speaks_one_language(name, lang):
    one = load()[name]
    space = {}
    text = stub(one, lang)
    exec("from descent.hyper import require\n" + text, space)
    assert str(inspect.signature(space[name])) == str(inspect.signature(one.reference))
    assert inspect.getdoc(space[name]) == one.docs[lang]
    assert bool(re.search("[\u4e00-\u9fff]", text)) == (lang == "zh")
    for words in (one.title, one.task):
        assert bool(re.search("[\u4e00-\u9fff]", words[lang])) == (lang == "zh")


@pytest.mark.parametrize("name", NAMES)
def test_both_docstrings_name_every_argument(name):
    one = load()[name]
    for argument in inspect.signature(one.reference).parameters:
        for lang in LANGUAGES:
            assert re.search(rf"(?<![A-Za-z_]){argument}(?![A-Za-z_])", one.docs[lang]), (argument, lang)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "choose_and_report"])
def test_the_contract_refuses_what_it_says(name):
    """One bad hyper-parameter or shape for each exercise that names a ValueError."""
    bad = {
        "masked_squared_error": lambda f: f(np.ones(2), np.ones(2), np.array([False, False])),
        "smoothed_cross_entropy": lambda f: f(np.ones((1, 2)), np.array([0]), smoothing=1.5),
        "accumulated_gradient": lambda f: f(np.ones(1), None, np.ones((2, 1)), np.ones(2), most=0),
        "lowest_curvature": lambda f: f(lambda v: v, np.ones(2), bound=0.0),
        "clip_by_unit": lambda f: f(np.ones((2, 2)), np.ones((2, 2)), ratio=float("nan")),
        "aggregated_momentum_step": lambda f: f(np.ones(2), np.ones(2), np.ones((2, 2)), lr=0.1, momenta=(0.5, 1.0)),
        "fastest_momentum": lambda f: f(1.0, lr=4.0),
        "corrected_average": lambda f: f(np.ones((2, 1)), np.array([0.5, 1.0])),
        "lion_step": lambda f: f(np.ones(2), np.ones(2), np.ones(2), lr=-1.0),
        "group_soft_threshold": lambda f: f(np.ones((2, 2)), threshold=-0.1),
        "channel_dropout": lambda f: f(np.ones((1, 1, 1, 1)), p=1.0, rng=np.random.default_rng(0)),
        "merge_statistics": lambda f: f((0, np.ones(1), np.ones(1)), (0, np.ones(1), np.ones(1))),
        "rmsnorm_backward": lambda f: f(np.ones((1, 2)), np.ones((1, 2)), np.ones(2), eps=0.0),
        "verdict": lambda f: f(np.ones(1), quantile=2.0, floor=0.0),
    }
    if name not in bad:
        assert "ValueError" not in load()[name].docs["en"]
        return
    with pytest.raises(ValueError):
        bad[name](load()[name].reference)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_card_prints_can_be_pasted_and_run(name):
    """The inputs of a case as a card shows them are the inputs, and the code under them runs."""
    one = load()[name]
    for case in visible_cases(one):
        printed = card.case_text(case)
        assert case.code and "..." not in printed
        space = {"np": np, "print": lambda *values: None, name: one.reference}
        exec(printed.replace(case.code, ""), space)
        for key, value in case.inputs.items():
            np.testing.assert_equal(space[key], value)
        if case.group != "shared" or case.inputs["choose"][-1] != 1:
            exec(case.code, space)


def test_the_command_prints_the_list_and_a_handout():
    assert [line.split()[1] for line in main([]).splitlines()] == NAMES
    for lang in LANGUAGES:
        printed = main(["lion_step", lang])
        assert stub(load()["lion_step"], lang) in printed and load()["lion_step"].task[lang] in printed
    for arguments in (["no_such_step"], ["lion_step", "de"]):
        with pytest.raises(SystemExit):
            main(arguments)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_card_names_the_two_most_typical_mistakes(name, lang):
    """Each is recognized by its own outcomes, on the card that a class sees, and no other of our wrong answers is called so."""
    found = mistakes.known(name)
    assert len(found) >= 2 and mistakes.words().keys() == set(NAMES)
    wrong = {function.__name__: function for function in WRONG[name].values()}
    for label, function in wrong.items():
        marked = mark(name, function, points=9, assignment="ps", secret="s", lang=lang)
        named = {one.id: one for one in found}.get(SAME.get(label, label))
        if named:
            assert marked.mistake == named.id, marked.text
            assert all(getattr(named, part)[lang] in marked.text for part in ("observation", "question", "name"))
        else:
            assert marked.mistake not in {one.id for one in found}, f"{label} is called {marked.mistake}"
