"""Pairs that share more than chance explains are found, those who only solved the same exercise are not."""

import math
import random
import time

import nbformat
import pytest

from autograder.authoring import sample_class, typed_mistakes
from autograder.gradebook.coursedir import ROOT
from autograder.intake import masters
from autograder.intake.admit import rebuild
from autograder.intake.submitted import parse
from autograder.pages.class_report import features, similarity
from autograder.pages.class_report.features import Written
from autograder.pages.class_report.parts import course_texts
from autograder.pages.class_report.similarity import course_of, likeness
from descent import card, exercises

COURSE = [
    "Why does momentum overshoot the minimum of a narrow valley, and what damps the oscillation?",
    "def momentum_step(params, grads, velocity, *, lr, momentum=0.9):\n    # the gradient enters whole, lr comes "
    "later\n    velocity = momentum * velocity + grads\n    return params - lr * velocity, velocity",
]
SHORT = (
    "def momentum_step(params, grads, velocity, *, lr, momentum=0.9):\n    v = momentum * velocity + grads\n"
    "    return params - lr * v, v"
)
ESSAY = (
    "When the gradient changes its sign at the bottom the stored speed is still pointing uphill, so my parameter "
    "runs past the lowest point like a marble in a bowl and has to be pulled back several times before friction wins."
)
CHINESE = "到达谷底时梯度已经变号，可是之前积累下来的速度还在往前推，参数就像碗里的弹珠一样冲过了最低点，要来回摆动好几次才会被摩擦慢慢停住。"
COMMENTED = """def momentum_step(params, grads, velocity, *, lr, momentum=0.9):
    # first we let the old speed decay a little bit before adding today's slope
    v = momentum * velocity + grads
    # beware: my first version forgot that the caller still owns the array it handed over
    return params - lr * v, v"""
OWN_CELL = """history_of_errors = []
for attempt in range(17):
    starting_point = np.ones(3) * attempt
    speed_so_far = np.zeros_like(starting_point)
    for tick in range(40):
        slope_here = starting_point * np.array([1.0, 3.0, 9.0])
        starting_point, speed_so_far = momentum_step(starting_point, slope_here, speed_so_far, lr=0.03)
    history_of_errors.append(float(np.linalg.norm(starting_point)))
print(sorted(history_of_errors)[:5], max(history_of_errors) - min(history_of_errors))
"""
WORDS = (
    "slope speed weight ball valley friction energy push memory past steep narrow bounce damp turn left right far "
    "near because then later before slowly quickly sum average old new keeps adds loses goes side wall floor"
).split()


def honest(i: int, rng: random.Random) -> Written:
    """Somebody who solved the exercise alone: the same three lines as everybody, an essay of their own."""
    return Written([" ".join(rng.choices(WORDS, k=60))], [SHORT], [f"print({i})\nmomentum_step(1.0, 2.0, 0.0, lr=0.1)"])


@pytest.fixture
def students() -> dict[str, Written]:
    rng = random.Random(3)
    return {f"s{i:02d}": honest(i, rng) for i in range(30)}


def found(students, course=COURSE):
    return likeness(students, course_of(course))


def only(result):
    assert [(pair.first, pair.second) for pair in result.pairs] == [("s04", "s17")]
    return result.pairs[0]


def test_the_same_short_function_makes_no_pair(students):
    result = found(students)
    assert result.pairs == [] and result.above == 0 and result.all_pairs == 435 and result.students == 30


@pytest.mark.parametrize("essay", [ESSAY, CHINESE])
def test_a_copied_essay_is_found_with_its_base_rate_and_both_passages(students, essay):
    students["s04"].texts.append("I think that " + essay)
    students["s17"].texts.append(essay.upper().replace(",", " -"))
    pair = only(found(students))
    shared = next(one for one in pair.shared if one.kind == "essay")
    assert shared.pairs == 1 and shared.count >= similarity.FLOORS["essay"]
    ours, theirs = shared.passages
    assert "marble in a bowl" in ours[0] or "弹珠" in ours[0]
    assert "MARBLE IN A BOWL" in theirs[0] or "弹珠" in theirs[0]


def test_renamed_variables_do_not_hide_copied_comments(students):
    students["s04"].answers = [COMMENTED]
    students["s17"].answers = [
        COMMENTED.replace("velocity", "vel").replace(" v ", " w ").replace("lr * v, v", "lr * w, w")
    ]
    pair = only(found(students))
    assert [one.kind for one in pair.shared] == ["comment"] and pair.shared[0].pairs == 1
    assert any("my first version forgot" in text for text in pair.shared[0].passages[1])


def test_a_copied_cell_is_found_though_every_name_in_it_is_new(students):
    renamed = OWN_CELL
    for i, name in enumerate(("history_of_errors", "attempt", "starting_point", "speed_so_far", "tick", "slope_here")):
        renamed = renamed.replace(name, f"v{i}")
    students["s04"].cells.append(OWN_CELL)
    students["s17"].cells.append(renamed)
    assert [one.kind for one in only(found(students)).shared] == ["cell"]
    students["s17"].cells[-1] = " + ".join(
        "history_of_errors attempt starting_point speed_so_far slope_here tick".split()
    )
    names = only(found(students)).shared[-1]
    assert names.kind == "name" and "starting_point" in names.passages[0]


def test_what_the_course_holds_belongs_to_nobody(students):
    for name in ("s04", "s17"):
        students[name].texts.append(ESSAY)
        students[name].answers = [COMMENTED]
        students[name].cells.append(OWN_CELL)
    assert len(found(students).pairs) == 1
    assert found(students, [*COURSE, ESSAY, COMMENTED, OWN_CELL]).pairs == []


def test_what_many_wrote_belongs_to_nobody_and_rare_is_said(students):
    for name in list(students)[:7]:
        students[name].texts.append("In my own words: " + ESSAY)
    result = found(students)
    assert result.pairs == [] and result.common == 6
    assert [(one.kind, one.students) for one in result.by_many] == [("essay", 7)]
    assert "marble in a bowl" in result.by_many[0].passage
    students[list(students)[0]].texts.pop()
    assert found(students).above == 15 and found(students).by_many == []


def test_the_base_rate_counts_pairs_of_this_class(students):
    for name in ("s04", "s17"):
        students[name].texts.append(ESSAY)
    for name in ("s05", "s18"):
        students[name].texts.append(" ".join(f"wort{i}" for i in range(24)))
    result = found(students)
    assert [(pair.first, pair.shared[0].count, pair.shared[0].pairs) for pair in result.pairs] == [
        ("s04", len(ESSAY.split()) - 4, 1),
        ("s05", 20, 2),
    ]
    assert result.pairs[0].unusual == pytest.approx(math.log10(435))
    assert result.pairs[1].unusual == pytest.approx(math.log10(435 / 2))


def test_cells_of_the_course_are_not_the_students():
    answer = {"nbgrader": {"solution": True}}
    cells = [
        {"id": "intro", "cell_type": "markdown", "source": "# Course", "metadata": {}},
        {"id": "grader-notes", "cell_type": "markdown", "source": "Notes", "metadata": {}},
        {"id": "step", "cell_type": "code", "source": "def mine", "metadata": answer},
        {"id": "other", "cell_type": "code", "source": "stub", "metadata": answer},
        {"id": "test", "cell_type": "code", "source": "assert hidden", "metadata": {"nbgrader": {"grade": True}}},
        {"id": "why", "cell_type": "markdown", "source": ["Be", "cause"], "metadata": answer},
        {"id": "own-1", "cell_type": "code", "source": "own code", "metadata": {}},
        {"id": "own-2", "cell_type": "markdown", "source": "own text", "metadata": {}},
    ]
    released = {"intro": "# Course", "step": "stub", "other": "stub", "test": "assert visible", "why": "YOUR ANSWER"}
    assert features.written(cells, released) == Written(["Because", "own text"], ["def mine"], ["own code"])


def test_of_the_sample_class_one_pair_is_alike():
    """Every other one has the course's own answers, or known mistakes in them: nothing that is theirs."""
    chapter = masters.load(sample_class.CHAPTER, ROOT / "solutions", ROOT / "notebooks")
    released = {lang: one.released for lang, one in chapter.items()}
    sources = {lang: {cell.id: cell.source for cell in nb.cells} for lang, nb in released.items()}
    handed_in = sample_class.submissions(chapter, typed_mistakes.mistakes_of(chapter["en"]))
    students = {}
    for name, nb in handed_in.items():
        if not isinstance(nb, bytes):
            admitted = rebuild(parse(nbformat.writes(nb).encode()), released)
            students[name] = features.written(admitted.nb.cells, sources[admitted.lang])
    result = likeness(students, course_of(course_texts({sample_class.CHAPTER: chapter})))
    assert [(pair.first, pair.second) for pair in result.pairs] == [("olga_essay_like_pavel", "pavel_essay_like_olga")]
    assert {one.kind for one in result.pairs[0].shared} >= {"essay", "comment"}


def test_cases_that_cards_show_belong_to_the_course():
    chapter = masters.load(sample_class.CHAPTER, ROOT / "solutions", ROOT / "notebooks")
    shown = card.case_text(exercises.visible_cases(exercises.find("momentum_step")[1])[0])
    assert shown in set(course_texts({sample_class.CHAPTER: chapter}))


@pytest.mark.parametrize(
    "text",
    [
        '"""' * 30_000,
        "'''\"" * 30_000,
        '"\\' * 60_000,
        "#" * 100_000,
        "a" * 200_000,
        "f'{" * 50_000,
        "\x00\ud800" * 1000,
        "é" * 50_000 + "'''" + '"""' * 9_999,
    ],
)
def test_no_text_takes_long(text):
    began = time.process_time()
    for kind in features.KINDS:
        found = {piece.key for piece in features.pieces(text, kind)}
        assert features.keys(text, kind) == found
    assert time.process_time() - began < 10


@pytest.mark.parametrize("known", [features.PYTHON, features.PYTHON | {"velocity", "speed"}])
@pytest.mark.parametrize(
    "text",
    [
        *COURSE,
        ESSAY,
        SHORT + "\n" + "# 先算速度，再走一步，学习率最后才乘上去\n" * 2 + "x.speed = 'one two three four five'",
    ],
)
def test_keys_are_those_of_the_pieces(text, known):
    for kind in features.KINDS:
        assert features.keys(text, kind, known) == {piece.key for piece in features.pieces(text, kind, known)}


def test_names_of_one_text_of_the_course_are_known_in_all():
    course = course_of(["speed = 1", "def velocity(): return speed"])
    assert course.names >= {"speed", "velocity"}
    assert course.keys["cell"] == features.keys("def velocity(): return speed", "cell", course.names)


@pytest.mark.parametrize(
    "share, text",
    [
        (0, "0%"),
        (1, "100%"),
        (0.31, "31%"),
        (0.0412, "4.1%"),
        (0.0023, "0.23%"),
        (0.00031, "0.03%"),
        (1e-6, "under 0.01%"),
    ],
)
def test_base_rates_are_short(share, text):
    assert similarity.percent(share) == text


def test_classes_of_none_one_and_two():
    course = course_of(COURSE)
    assert likeness({}, course).pairs == [] and likeness({"a": Written([ESSAY])}, course).all_pairs == 0
    pair = likeness({"a": Written([ESSAY]), "b": Written([ESSAY])}, course).pairs[0]
    assert pair.shared[0].pairs == 1 and pair.unusual == 0  # one pair of one: nothing to compare it with


@pytest.mark.soak
def test_two_thousand_submissions_take_seconds():
    rng = random.Random(0)
    vocabulary = [f"w{rank}" for rank in range(8000)]
    weights = [1 / (rank + 1) for rank in range(8000)]

    def text(count):
        return " ".join(rng.choices(vocabulary, weights, k=count))

    students = {
        f"s{i:04d}": Written(
            [text(300)],
            ["\n".join(f"{text(1)} = momentum * {i}  # {text(8)}" for _ in range(20))],
            ["\n".join(f"print({text(1)} + {rng.random()})" for _ in range(20))],
        )
        for i in range(2000)
    }
    students["s0003"].texts.append(students["s1900"].texts[0])
    began = time.process_time()
    result = likeness(students, course_of(COURSE))
    assert time.process_time() - began < 60
    assert (result.pairs[0].first, result.pairs[0].second) == ("s0003", "s1900") and result.all_pairs == 1_999_000
