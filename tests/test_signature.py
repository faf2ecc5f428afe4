"""Patterns of mistakes that no catalogue holds: each is found where it is, and none is claimed where it is not."""

import re

import numpy as np
import pytest

from descent.cases import numbers
from descent.error_sizes import factor_range
from descent.exercise import Case, Exercise, Group, returned
from descent.failure import Failure
from descent.outcome import Outcome, try_case
from descent.signature import signature

SHAPES = {"vectors": [(3,), (2,)], "mixed": [(3,), (2,), (), (2, 3)], "matrices": [(2, 3), (3, 4)]}


def step(params, grads, velocity, *, lr, momentum):
    velocity = momentum * velocity + grads
    return params - lr * velocity, velocity


def run_one(solution, inputs):
    params, velocity = returned(
        solution(inputs["params"], inputs["grads"], inputs["velocity"], lr=inputs["lr"], momentum=inputs["momentum"]),
        "params",
        "velocity",
    )
    return {"velocity": velocity, "params": params}


def run_several(solution, inputs):
    values, state, params = {}, inputs["velocity"], inputs["params"]
    for number, (grads, lr) in enumerate(zip(inputs["grads"], inputs["lr"]), 1):
        params, state = solution(params, grads, state, lr=lr, momentum=inputs["momentum"])
        values |= {f"velocity after step {number}": state, f"params after step {number}": params}
    return values


def found(wrong, shapes="mixed", several=False, right=step, run=None, dtypes=(np.float64,), inputs=None):
    rng = np.random.default_rng(3)
    cases = []
    for shape in SHAPES[shapes]:
        for dtype in dtypes:
            data = {key: numbers(rng, shape, dtype) for key in ("params", "grads", "velocity")}
            data |= {"lr": round(0.05 + 0.1 * rng.random(), 3), "momentum": round(0.5 + 0.4 * rng.random(), 3)}
            if several:
                data |= {
                    "grads": [numbers(rng, shape) for _ in range(4)],
                    "lr": [0.1, 0.12, 0.05, 0.07],
                    "velocity": np.zeros(shape),
                }
            cases.append(Case("all", data))
    cases = cases if inputs is None else [Case("all", one) for one in inputs]
    exercise = Exercise(
        "x", "x.x", {"all": Group(1, "all", "全部")}, lambda rng: cases, run or (run_several if several else run_one)
    )
    answers = [try_case(exercise, right, case) for case in cases]
    outcomes = [try_case(exercise, wrong, case) for case in cases]
    failed = [
        any(
            name not in one.values
            or not np.array_equal(one.values[name], value)
            or np.asarray(one.values[name]).dtype != np.asarray(value).dtype
            for name, value in answer.values.items()
        )
        for one, answer in zip(outcomes, answers)
    ]
    pattern = signature(cases, outcomes, answers, failed)
    assert pattern is None or set(pattern) == {"en", "zh"} and all(pattern.values())
    return pattern and pattern["en"]


def test_minus():
    assert found(lambda p, g, v, *, lr, momentum: (p, -momentum * v - g)) == (
        "wherever it is wrong, your `velocity` is minus the right one"
    )


def test_a_change_the_wrong_way():
    def up(p, g, v, *, lr, momentum):
        v = momentum * v + g
        return p + lr * v, v

    assert found(up) == "wherever it is wrong, your change of `params` is minus the right one"
    assert found(up, several=True) == "where it first goes wrong, your change of `params` is minus the right one"


@pytest.mark.parametrize(
    "factor, label",
    [
        (lambda lr, m: lr, "lr"),
        (lambda lr, m: m, "momentum"),
        (lambda lr, m: 1 / lr, "1/lr"),
        (lambda lr, m: 1 - m, "(1 - momentum)"),
        (lambda lr, m: 1 / (1 - m), "1/(1 - momentum)"),
        (lambda lr, m: 1 + m, "(1 + momentum)"),
        (lambda lr, m: 2, "2"),
        (lambda lr, m: 0.5, "0.5"),
    ],
)
def test_a_factor_is_called_after_the_hyper_parameter_it_is(factor, label):
    def scaled(p, g, v, *, lr, momentum):
        p, v = step(p, g, v, lr=lr, momentum=momentum)
        return p, factor(lr, momentum) * v

    assert found(scaled) == f"wherever it is wrong, your `velocity` is {label} times the right one"


@pytest.mark.parametrize("factor, label", [(lambda lr: lr, "lr"), (lambda lr: 3, "3")])
def test_a_factor_of_a_change_in_a_run_whose_lr_is_a_list(factor, label):
    def scaled(p, g, v, *, lr, momentum):
        v = momentum * v + g
        return p - factor(lr) * lr * v, v

    assert (
        found(scaled, several=True)
        == f"where it first goes wrong, your change of `params` is {label} times the right one"
    )


def test_a_factor_in_float32():
    def scaled(p, g, v, *, lr, momentum):
        v = momentum * v + g
        return p - lr * v * lr, v

    assert found(scaled, "vectors", dtypes=(np.float32,)) == (
        "wherever it is wrong, your change of `params` is lr times the right one"
    )


def test_another_factor_each_time():
    def normed(p, g, v, *, lr, momentum):
        v = momentum * v + g
        return p - lr * v / np.sqrt((v * v).sum()), v

    assert "multiple of the right one, by another factor each time" in found(normed)


def test_the_number_of_rows():
    rng = np.random.default_rng(1)
    data = [{"X": numbers(rng, (rows, 2))} for rows in (5, 7)]

    def run(solution, inputs):
        return {"gradient": solution(inputs["X"])}

    assert found(lambda X: X.sum(0), right=lambda X: X.mean(0), run=run, inputs=data) == (
        "wherever it is wrong, your `gradient` is (number of rows) times the right one"
    )


def test_transposed():
    def run(solution, inputs):
        return {"matrix": solution(inputs["params"])}

    for shapes in ("vectors", "matrices"):
        wrong = found(
            lambda p: np.outer(np.arange(1, p.size + 1), p),
            shapes,
            run=run,
            right=lambda p: np.outer(p, np.arange(1, p.size + 1)),
        )
        assert wrong == "your answer is the transpose of the right one"


def test_one_step_late():
    def late(p, g, v, *, lr, momentum):
        return p - lr * v, momentum * v + g

    got = found(
        late,
        "vectors",
        several=True,
        right=lambda p, g, v, *, lr, momentum: (p - 0.1 * (momentum * v + g), momentum * v + g),
    )
    assert got is None or "late" not in got  # its lr changes: not the same points

    def late_with_one_lr(p, g, v, *, lr, momentum):
        return p - 0.1 * v, momentum * v + g

    assert found(
        late_with_one_lr,
        "vectors",
        several=True,
        right=lambda p, g, v, *, lr, momentum: (p - 0.1 * (momentum * v + g), momentum * v + g),
    ) == ("in a run of several steps your `params` is the right one, but one step late")


def test_one_step_early():
    def run(offset):
        return lambda solution, inputs: {
            f"lr in step {number}": solution(inputs["lr"], number + offset) for number in range(1, 6)
        }

    cases = [{"lr": 0.3}, {"lr": 0.7}]

    def schedule(lr, number):
        return lr / (1 + number) ** 2

    assert found(lambda lr, n: schedule(lr, n + 1), right=schedule, run=run(0), inputs=cases) == (
        "in a run of several steps your `lr` is the right one, but one step early"
    )


def test_right_for_vectors_and_wrong_for_matrices():
    def rows_only(p, g, v, *, lr, momentum):
        v = momentum * v + (g if g.ndim < 2 else g.sum())
        return p - lr * v, v

    assert found(rows_only) == "right for vectors, wrong for matrices"


def test_wrong_for_a_single_number():
    def first(p, g, v, *, lr, momentum):
        new = v.copy()
        for index in range(len(v)):
            new[index] = momentum * v[index] + g[index]
        return p - lr * new, new

    assert found(first) == "right for arrays, wrong for a single number (0-d)"


def test_right_for_vectors_only():
    def dot(p, g, v, *, lr, momentum):
        p, v = step(p, g, v, lr=lr, momentum=momentum)
        return (p, v) if p.ndim == 1 else (p + 1, v)

    assert found(dot) == "right for vectors, wrong for a single number (0-d) and for matrices"


def test_right_in_float64_only():
    def doubled(p, g, v, *, lr, momentum):
        return tuple(one.astype(np.float64) for one in step(p, g, v, lr=lr, momentum=momentum))

    assert found(doubled, "vectors", dtypes=(np.float64, np.float32)) == "right in float64, wrong in float32"


def test_an_input_that_is_returned_as_it_came():
    assert found(lambda p, g, v, *, lr, momentum: (p, momentum * v + g)) == (
        "wherever it is wrong, your `params` is the `params` that came in"
    )
    assert (
        found(lambda p, g, v, *, lr, momentum: (p, g))
        == "wherever it is wrong, your `velocity` is the `grads` that came in"
    )


def test_zero():
    assert found(lambda p, g, v, *, lr, momentum: (p, 0 * v)) == "wherever it is wrong, your `velocity` is zero"


def test_a_term_too_much():
    def decayed(p, g, v, *, lr, momentum):
        return step(p, g + 0.01 * p, v, lr=lr, momentum=momentum)

    text = "what is too much or too little in your `velocity` is a multiple of the `params` that came in"
    assert found(decayed) == text
    assert found(decayed, several=True) == text


def test_the_same_entries():
    def run(solution, inputs):
        return {"matrix": solution(inputs["params"])}

    def right(p):
        return np.arange(4.0).reshape(2, 2) * p.sum() + 1

    def wrong(p):
        matrix = right(p)
        matrix[0, 1] += p.sum() ** 2
        return matrix

    assert (
        found(wrong, "vectors", run=run, right=right)
        == "wherever `matrix` is wrong, it is so at [0, 1] and nowhere else"
    )


def test_a_nan_beside_a_wrong_entry_is_not_overlooked():
    def run(solution, inputs):
        return {"matrix": solution(inputs["params"])}

    def right(p):
        return np.arange(4.0).reshape(2, 2) * p.sum() + 1

    def wrong(p):
        return right(p) + np.array([[0, p.sum() ** 2], [0, np.nan]])

    assert "NaN arises in your `matrix`" in found(wrong, "vectors", run=run, right=right)


def test_one_quantity_right():
    def signed(p, g, v, *, lr, momentum):
        v = momentum * v + g
        return p - lr * np.sign(v) * np.sqrt(np.abs(v)), v

    assert found(signed) == "`velocity` is right in every case, `params` is not"


def test_several_quantities_right_and_statements_left_out():
    def run(solution, inputs):
        a, b, c = solution(inputs["params"])
        return {"a": a, "a is positive": True, "b of c": b, "c": c}

    def right(p):
        return p, p**2, p**3

    assert (
        found(lambda p: (p, p**2, np.sin(p)), run=run, right=right)
        == "`a` and `b of c` are right in every case, `c` is not"
    )

    def only_statements(solution, inputs):
        return {"a is positive": True, "a": solution(inputs["params"])}

    assert "is right" not in found(np.sin, run=only_statements, right=np.cosh)


def test_right_at_the_first_step_only():
    def bent(p, g, v, *, lr, momentum):
        return step(p, g, momentum * np.sin(v), lr=lr, momentum=momentum)

    assert found(bent, several=True) == "in a run of several steps right at step 1, wrong from a later step on"


def test_nothing_is_claimed_about_an_answer_without_a_pattern():
    def odd(p, g, v, *, lr, momentum):
        return np.cos(p), np.sin(momentum * v + g) + p

    assert re.fullmatch(r"the largest error of your `velocity` is \d+ % of its largest right entry", found(odd))


def test_a_list_of_right_numbers_is_not_called_right():
    def listed(p, g, v, *, lr, momentum):
        p, v = step(p, g, v, lr=lr, momentum=momentum)
        return p + 1, v.tolist()

    assert found(listed) is None


def test_right_numbers_of_a_wrong_dtype_are_not_called_right():
    def single(p, g, v, *, lr, momentum):
        p, v = step(p, g, v, lr=lr, momentum=momentum)
        return np.cos(p), v.astype(np.float32)

    assert found(single, "vectors") is None


def test_one_failure_is_no_pattern():
    def once(p, g, v, *, lr, momentum):
        p, v = step(p, g, v, lr=lr, momentum=momentum)
        return p, -v if v.shape == (3,) else v

    assert found(once) == "the largest error of your `velocity` is 200 % of its largest right entry"


def test_where_nan_and_inf_may_come_from_is_said_and_an_error_has_no_pattern():
    assert "NaN arises in your `velocity` from finite numbers: 0 / 0" in found(
        lambda p, g, v, *, lr, momentum: (p * np.nan, v * np.nan)
    )
    assert "inf stands in your `velocity` where a finite number should: a division by 0" in found(
        lambda p, g, v, *, lr, momentum: (p, v * 0 + np.inf)
    )
    assert found(lambda p, g, v, *, lr, momentum: 1 / 0) is None


def test_an_outcome_that_lacks_a_value_does_not_stop_the_search():
    cases = [Case("all", {"a": 1.0}), Case("all", {"a": 2.0})]
    answers = [Outcome({"x": np.array([1.0, 2.0])})] * 2
    assert signature(cases, [Outcome({"y": 1.0})] * 2, answers, [True, True]) is None


def test_words_and_truth_values_are_right_where_they_are_equal():
    failure = Failure(
        Case("all", {}),
        {"kind": "saddle", "kept": True, "sizes": [3, 1], "x": 1.0},
        {"kind": "saddle", "kept": False, "sizes": [3, 1], "x": 2.0, "gone": True},
    )
    assert [name for name in failure.right if failure.agrees(name)] == ["kind", "sizes"]


# ---- how a wrong value is related to the right one ----------------------------------------------------


def related(change, shapes="mixed"):
    """What is said of an answer whose velocity is change(right velocity, gradient)."""

    def run(solution, inputs):
        return {"velocity": solution(inputs["params"], inputs["grads"])}

    return found(lambda p, g: change(p - g / 3, g), shapes, run=run, right=lambda p, g: p - g / 3)


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda v, g: np.full_like(v, 4.0), None),
        (lambda v, g: np.roll(v, 1), "your `velocity` holds what it should, in another order"),
        (lambda v, g: v[::-1].copy(), "your `velocity` has the right numbers in reversed order"),
        (lambda v, g: v**2, "your `velocity` is the square of the right one"),
        (lambda v, g: 1 / v, "your `velocity` is 1 divided by the right one"),
        (lambda v, g: v + 0.5, "every entry of your `velocity` is off by the same number"),
        (lambda v, g: np.abs(v), "your `velocity` is the absolute value of the right one"),
        (lambda v, g: v * (1 + g**2), "your `velocity` is too large in size wherever it is wrong: "),
        (lambda v, g: v / (1 + g**2), "your `velocity` is too small in size wherever it is wrong: "),
        (lambda v, g: v * 0, "your `velocity` is zero"),
    ],
)
def test_a_relation_is_found_where_it_is(change, words):
    said = related(change, "vectors")
    assert words is None or words in said, said


@pytest.mark.parametrize(
    "shapes, place, words",
    [
        ("matrices", (0,), "only the first row of `velocity` is wrong"),
        ("matrices", (slice(None), -1), "only the last column of `velocity` is wrong"),
        ("vectors", (-1,), "only the last entry of `velocity` is wrong"),
    ],
)
def test_whole_rows_and_columns(shapes, place, words):
    def change(v, g):
        v = v.copy()
        v[place] += g[place] ** 3
        return v

    assert related(change, shapes) == words


def test_wrong_for_one_sign_of_an_input_is_said_where_there_are_entries_enough():
    def change(v, g):
        return np.where(g < 0, v + g**2, v)

    assert related(change, "matrices") == "`velocity` is wrong exactly where `grads` is negative"
    assert "exactly" not in related(change, "vectors"), "five entries: that may be chance"


def test_the_same_answer_to_everything():
    def run(solution, inputs):
        return {"lr": solution(inputs["lr"])}

    cases = [{"lr": value} for value in (0.25, 0.5, 0.7)]
    assert found(lambda lr: 2.0, run=run, right=lambda lr: lr, inputs=cases) == (
        "your `lr` is the same wherever it is wrong, whatever goes in"
    )

    def asked(solution, inputs):
        return {"stop": solution(inputs["lr"])}

    said = found(lambda lr: True, run=asked, right=lambda lr: False, inputs=cases)
    assert said is None or "whatever goes in" not in said, "a wrong truth value can only be the other one"

    def by_step(solution, inputs):
        return {f"lr at step {k}": solution(k, inputs["lr"]) for k in (1, 5, 9)}

    assert found(lambda k, lr: lr, run=by_step, right=lambda k, lr: lr / (1 + k) ** lr, inputs=cases) == (
        "your `lr` is the same at every step"
    )


@pytest.mark.parametrize("factor, words", [(2.0, "is 2 times the right one"), (-1.0, "goes the opposite way")])
def test_the_first_wrong_step_of_a_path(factor, words):
    def walk(scale):
        return lambda p: np.array([p, p + 1.5 * p, p + 1.5 * p + scale * p**2])

    def run(solution, inputs):
        return {"path": solution(inputs["params"])}

    assert words in found(walk(factor), "vectors", run=run, right=walk(1.0))


def test_a_list_with_too_few_items():
    def run(solution, inputs):
        return {"sizes": solution(inputs["params"])}

    assert found(lambda p: p.tolist()[1:], "vectors", run=run, right=lambda p: p.tolist()) == (
        "your `sizes` has too few items every time"
    )


def test_an_option_that_is_not_used_is_said():
    def run(solution, inputs):
        return {"y": solution(inputs["x"], **({"h": inputs["h"]} if "h" in inputs else {}))}

    rng = np.random.default_rng(0)
    cases = [
        Case("all", {"x": numbers(rng, 3)} | ({"h": h} if h else {}), "f(x, h=h)" if h else "f(x)")
        for h in (0.3, 0.7, 0.2, None, None)
    ]
    exercise = Exercise("f", "f.f", {"all": Group(1, "all", "全部")}, lambda rng: cases, run)
    right, wrong = lambda x, h=0.5: x**3 + h * np.sin(x), lambda x, h=0.5: x**3 + 0.5 * np.sin(x)
    answers, outcomes = ([try_case(exercise, one, case) for case in cases] for one in (right, wrong))
    pattern = signature(cases, outcomes, answers, [True] * 3 + [False] * 2)
    assert pattern["en"] == "right in every case that leaves out `h`, wrong only where `h` is given"


def test_a_list_of_words_in_another_order():
    def run(solution, inputs):
        return {"names": solution(inputs["params"])}

    names = lambda p: ["W", "b", "gain"]  # noqa: E731
    assert "in another order" in found(lambda p: sorted(names(p), reverse=True), "vectors", run=run, right=names)


def test_nan_where_inf_is_right():
    def run(solution, inputs):
        return {"floor": solution(inputs["params"])}

    assert found(lambda p: np.nan, "vectors", run=run, right=lambda p: np.inf) == (
        "your `floor` is NaN where it should be inf"
    )


def test_a_zero_array_beside_a_factor_hides_no_pattern():
    inputs = [{"x": np.array([3.0, 4.0])}, {"x": np.array([6.0, -8.0])}, {"x": np.zeros(2)}]
    with np.errstate(all="ignore"):
        pattern = found(
            lambda x: 2 * x / np.linalg.norm(x) * np.linalg.norm(x),
            right=lambda x: x,
            run=lambda solution, inputs: {"y": solution(inputs["x"])},
            inputs=inputs,
        )
    assert "2 times the right one" in pattern


def test_an_option_that_a_run_gives_step_by_step_is_not_left_out():
    """Its code says lr=rate, the inputs hold lr: the runs say nothing about a default."""
    rng = np.random.default_rng(0)
    cases = [Case("all", {"x": numbers(rng, 3), "lr": 0.1 * (i + 1)}, "f(x, lr=lr)") for i in range(3)]
    cases += [Case("all", {"x": numbers(rng, 3), "lr": [0.1, 0.2]}, "for rate in lr:\n    f(x, lr=rate)") for _ in "ab"]
    answers = [Outcome({"y": case.inputs["x"]}) for case in cases]
    outcomes = [Outcome({"y": case.inputs["x"] ** 2}) for case in cases[:3]] + answers[3:]
    pattern = signature(cases, outcomes, answers, [True] * 3 + [False] * 2)
    assert pattern is None or "leaves out" not in pattern["en"]


def test_an_option_is_not_blamed_for_a_value_that_no_case_without_it_asks_for():
    rng = np.random.default_rng(0)
    cases = [Case("all", {"x": numbers(rng, 3), "h": h}, "f(x, h=h)") for h in (0.3, 0.7, 0.2)]
    cases += [Case("all", {"x": numbers(rng, 3)}, "f(x)") for _ in "ab"]
    answers = [Outcome({"y": case.inputs["x"]} | ({"z": np.ones(3)} if i < 3 else {})) for i, case in enumerate(cases)]
    outcomes = [Outcome(one.values | ({"z": rng.random(3)} if "z" in one.values else {})) for one in answers]
    pattern = signature(cases, outcomes, answers, [True] * 3 + [False] * 2)
    assert pattern["en"] == "`y` is right in every case, `z` is not"


def test_a_number_that_is_nearly_right_is_not_said_to_be_1_times_the_right_one():
    def run(solution, inputs):
        return {"size": solution(inputs["params"])}

    def size(params):
        return float(np.abs(params).sum())

    assert found(lambda p: 1.0004 * size(p), "vectors", run=run, right=size) == (
        "wherever it is wrong, your `size` is 1.0004 times the right one"
    )
    assert factor_range(np.array([1.0002, 1.0004]), np.ones(2)) == (", by less than 1 %", "，相差不到 1 %")
    assert factor_range(np.array([2.0, 2.0]), np.ones(2))[0] == ": 2 times the right one"
    assert factor_range(np.array([1.001, 1.5]), np.ones(2)) == (
        ": up to 1.5 times the right one",
        "：最多是正确值的 1.5 倍",
    )
    assert factor_range(np.array([0.9999, 0.5]), np.ones(2)) == (
        ": down to 0.5 times the right one",
        "：最少只有正确值的 0.5 倍",
    )


def test_the_right_value_rounded():
    def run(solution, inputs):
        return {"lr": solution(inputs["lr"])}

    cases = [{"lr": value} for value in (0.123456, 0.654321, 2e-7)]
    assert found(lambda lr: round(lr, 3), run=run, right=lambda lr: lr, inputs=cases) == (
        "your `lr` is the right one rounded to 3 digits after the point"
    )
    assert "rounded" not in found(lambda lr: round(lr, 3) + 1e-5, run=run, right=lambda lr: lr, inputs=cases)
    assert "rounded" not in found(lambda lr: 0.0, run=run, right=lambda lr: lr / 1e5, inputs=cases)


def test_a_matrix_that_is_not_symmetric_where_the_right_one_is():
    def run(solution, inputs):
        return {"hessian": solution(inputs["x"])}

    def rows(x):
        return np.outer(x, x**2)

    def right(x):
        return (rows(x) + rows(x).T) / 2

    inputs = [{"x": np.array(x)} for x in ([1.0, 2.5], [0.7, -1.2, 2.0], [3.0, 0.4])]
    words = "your `hessian` is not symmetric, and the right one is"
    assert found(rows, right=right, run=run, inputs=inputs) == words
    assert found(lambda x: right(x) ** 3, right=right, run=run, inputs=inputs) != words
    assert found(lambda x: rows(x).T, right=rows, run=run, inputs=inputs) != words
