"""The capstone: what may be configured, whose instance it is, what it costs, and what an accuracy is worth."""

import re
from contextlib import contextmanager
from math import inf, nan

import numpy as np
import pytest

from autograder import ROOT
from autograder.authoring import thresholds
from autograder.judging import missions
from autograder.judging.mark import mark
from descent import data
from descent.capstone import credit, handed_in, progress, rehearsal
from descent.capstone.ablation import Difference, ablate, difference, table
from descent.capstone.instances import SHARE_FLIPPED, instance
from descent.capstone.missions import MISSIONS, PRACTICE
from descent.capstone.pieces import PARTS
from descent.capstone.schema import REQUIRED, SCHEMA, cost, expected, validate
from descent.capstone.training import OverBudget, train_configuration
from descent.check import check

PAGES = {
    lang: (ROOT / "docs" / name).read_text("utf-8") for lang, name in (("en", "capstone.md"), ("zh", "capstone.zh.md"))
}
RUNS = thresholds.PAGE.read_text(encoding="utf-8")
SMALL = {"prediction": 0.5, "hidden": [8], "epochs": 1}
WHERE = {"points": 20, "assignment": "07_capstone", "secret": "a class", "lang": "en"}


class Trap:
    """Whatever is done with it is an attack that succeeded."""

    def spring(self, *_):
        raise AssertionError("a student's method was called")

    __eq__ = __bool__ = __len__ = __iter__ = __index__ = __float__ = __repr__ = __str__ = __lt__ = __ge__ = spring
    __hash__ = object.__hash__


class Sly(dict):
    def get(self, *_):
        raise AssertionError("a student's method was called")


def nested(depth):
    value = [8]
    for _ in range(depth):
        value = [value]
    return value


LOOP = [1]
LOOP.append(LOOP)


# -- schema


@pytest.mark.parametrize("mission", MISSIONS)
def test_the_smallest_configuration_is_complete_and_within_the_budget(mission):
    given = {"prediction": 0.5} | ({"hidden": [64] * 19} if mission == "deep" else {})
    config, problems = validate(mission, given)
    assert problems == [] and config.keys() == SCHEMA.keys()
    assert cost(MISSIONS[mission], config) <= MISSIONS[mission].budget


@pytest.mark.parametrize(
    "key, value, shown",
    [
        ("lr", nan, "nan"),
        ("lr", inf, "inf"),
        ("lr", -1.0, "-1.0"),
        ("lr", True, "True"),
        ("lr", "0.1", "'0.1'"),
        ("lr", 10**400, "<int, more than 12 digits>"),
        ("lr", 1j, "<complex>"),
        ("lr", None, "None"),
        ("hidden", [], "[]"),
        ("hidden", [10**9], "[1000000000]"),
        ("hidden", [64.0], "[64.0]"),
        ("hidden", (64,), "<tuple>"),
        ("hidden", [True], "<list>"),
        ("hidden", nested(10_000), "<list>"),
        ("hidden", LOOP, "<list>"),
        ("hidden", [64] * 10_000, "<list>"),
        ("hidden", np.array([64]), "<ndarray>"),
        ("hidden", 64, "64"),
        ("hidden", Trap(), "<Trap>"),
        ("hidden", [Trap()], "<list>"),
        ("optimizer", Trap(), "<Trap>"),
        ("optimizer", "Adam", "'Adam'"),
        ("optimizer", "x" * 10**6, "xxx..."),
        ("batch_norm", 1, "1"),
        ("epochs", 2.0, "2.0"),
        ("epochs", 0, "0"),
        ("batch_size", 1, "1"),
        ("prediction", 1.5, "1.5"),
        ("clip_norm", 0, "0"),
        ("dropout", 1.0, "1.0"),
        ("shift", {}, "<dict>"),
    ],
)
def test_a_wrong_value_is_refused_with_key_value_and_what_would_be_right(key, value, shown):
    config, problems = validate("few_labels", SMALL | {key: value})
    assert config is None and len(problems) == 1
    right = expected(SCHEMA[key])
    for text, words in ((problems[0]["en"], right[0]), (problems[0]["zh"], right[1])):
        assert f'"{key}"' in text and shown in text and words in text and len(text) < 400


@pytest.mark.parametrize(
    "given, says",
    [
        (None, "None"),
        ([], "[]"),
        (Sly(SMALL), "<Sly>"),
        (Trap(), "<Trap>"),
        ("{}", "'{}'"),
        ({}, '"prediction" is missing'),
        (SMALL | {"learning_rate": 1}, "'learning_rate' is no key"),
        (SMALL | {"optimiser": "adam"}, "did you mean 'optimizer'?"),
        (SMALL | {7: 1}, "7 is no key"),
        (SMALL | {Trap(): 1}, "<Trap> is no key"),
        (dict.fromkeys(range(100_000), 0), "has 100000 keys"),
        (SMALL | {"momentum": 0.5}, 'no effect with "optimizer": "sgd"'),
        (SMALL | {"weight_decay": 0.1, "optimizer": "adam"}, 'choose "adamw"'),
        (SMALL | {"aside": 0.2}, "no effect without early stopping"),
        (SMALL | {"epochs": 121}, "24,200 example-gradients, and the budget is 24,000; at most 120 epochs"),
        (SMALL | {"epochs": 121, "patience": 3}, None),  # 20 of 200 rows are put aside: 21,780
        (SMALL | {"hidden": [8] * 4}, "at most 3"),
        (SMALL | {"batch_norm": True, "patience": 1, "aside": 0.275, "batch_size": 16}, "a last batch of one example"),
    ],
)
def test_what_is_wrong_with_the_whole_is_said(given, says):
    config, problems = validate("few_labels", given)
    if says is None:
        assert problems == []
    else:
        assert config is None and any(says in problem["en"] for problem in problems)
        assert all(re.search("[一-鿿]", problem["zh"]) for problem in problems)


@pytest.mark.parametrize(
    "mission, change, says",
    [
        ("deep", {}, "exactly 19 hidden layers"),
        ("deep", {"hidden": [64] * 19, "batch_norm": True}, "not allowed here"),
        ("deep", {"hidden": [65] * 19}, "too wide; at most 64"),
        ("bad_scales", {"shift": 1}, "784 scales"),
        ("bad_scales", {"noise": 0.1}, "784 scales"),
    ],
)
def test_a_mission_forbids_what_it_is_about(mission, change, says):
    _, problems = validate(mission, SMALL | change)
    assert any(says in problem["en"] for problem in problems)


def test_numpys_numbers_are_numbers_and_the_students_list_is_copied():
    given = SMALL | {"lr": np.float32(0.5), "epochs": np.int64(3), "batch_norm": np.bool_(True)}
    config, problems = validate("few_labels", given)
    assert problems == [] and [type(config[key]) for key in ("lr", "epochs", "batch_norm")] == [float, int, bool]
    given["hidden"].append(99)
    assert config["hidden"] == [8]
    given["hidden"].pop()


# -- instances


def test_the_mission_for_practice_is_the_same_for_everybody():
    for mission in PRACTICE:
        mine, other = instance(mission, "ada"), instance(mission, "bob")
        assert np.array_equal(mine.X_train, other.X_train) and np.array_equal(mine.y_train, other.y_train)
        assert len(mine.y_train) == PRACTICE[mission].num_train


@pytest.mark.parametrize("mission", MISSIONS)
def test_an_instance_is_the_students_own_and_always_the_same(mission):
    mine, again, other = instance(mission, "ada"), instance(mission, " Ada\n"), instance(mission, "bob")
    assert all(np.array_equal(one, two) for one, two in zip(mine, again) if one is not None)
    assert not np.array_equal(mine.X_train, other.X_train) and mine.X_train.shape == other.X_train.shape
    assert mine.X_train.dtype == np.float32 and len(mine.y_train) == MISSIONS[mission].num_train
    for nobody in ("", "  ", None, 7):
        with pytest.raises(ValueError, match="student = "):
            instance(mission, nobody)


def test_each_mission_has_the_difficulty_it_is_named_after():
    right = {image.tobytes(): label for image, label in zip(*data.load_mnist(dtype=np.float32)[:2])}
    labels = {
        name: np.array([right.get(image.tobytes(), -1) for image in instance(name, "ada").X_train])
        for name in ("few_labels", "flipped_labels", "deep")
    }
    assert np.bincount(labels["few_labels"]).tolist() == [20] * 10
    for name, share in (("few_labels", 0), ("flipped_labels", SHARE_FLIPPED), ("deep", 0)):
        assert np.mean(labels[name] != instance(name, "ada").y_train) == share
    scaled, plain = instance("bad_scales", "ada"), data.load_mnist(dtype=np.float32)
    assert scaled.scale.max() / scaled.scale.min() > 1000 and np.ptp(scaled.offset) > 10
    assert np.array_equal(scaled.X_val, scaled.inputs(plain.X_val))


def test_no_instance_holds_an_image_that_is_scored():
    scored = {image.tobytes() for image in missions.held_out()[0]}
    assert len(scored) == 1000
    for mission in ("few_labels", "flipped_labels", "deep"):
        mine = instance(mission, "ada")
        assert not scored & {image.tobytes() for image in np.concatenate([mine.X_train, mine.X_val])}


# -- training


def run(change, mission="few_labels", seed=0, **options):
    config, problems = validate(mission, SMALL | change)
    assert problems == []
    mine = instance(mission, "ada")
    options = {"budget": MISSIONS[mission].budget} | options
    return train_configuration(
        config, mine.X_train, mine.y_train, rng=np.random.default_rng(seed), parts=missions.reference_parts(), **options
    )


@pytest.mark.parametrize(
    "change",
    [
        *({"optimizer": name} for name in SCHEMA["optimizer"].words),
        *({"init": name} for name in SCHEMA["init"].words),
        *({"schedule": name} for name in SCHEMA["schedule"].words),
        *({"inputs": name} for name in SCHEMA["inputs"].words),
        {"batch_norm": True},
        {"dropout": 0.5},
        {"shift": 2, "flip": 0.5, "noise": 0.1},
        {"l2": 0.1},
        {"clip_norm": 0.5},
        {"hidden": [8, 8, 8], "batch_size": 512},
        {"patience": 1, "epochs": 3, "batch_norm": True},
        {"optimizer": "adamw", "weight_decay": 5.0},
    ],
    ids=str,
)
def test_every_word_of_the_schema_trains_and_does_something(change):
    trained = run(change)
    scores = trained.scores(instance("few_labels", "ada").X_val)
    assert scores.shape == (500, 10) and scores.dtype == np.float32 and np.isfinite(scores).all()
    assert np.array_equal(scores, run(change).scores(instance("few_labels", "ada").X_val))  # deterministic
    plain = run({})
    same = np.array_equal(scores, plain.scores(instance("few_labels", "ada").X_val))
    assert same == all(SCHEMA[key].default == value for key, value in change.items())


def test_every_part_is_needed_by_some_configuration():
    asked = set()
    parts = {
        name: lambda *a, _f=function, _n=name, **k: asked.add(_n) or _f(*a, **k)
        for name, function in missions.reference_parts().items()
    }
    mine = instance("few_labels", "ada")
    for change in ({"optimizer": name} for name in SCHEMA["optimizer"].words):
        more = {"init": "normal"} | change
        more |= {
            "schedule": "step_decay",
            "inputs": "min_max",
            "batch_norm": True,
            "dropout": 0.1,
            "l2": 0.1,
            "clip_norm": 1.0,
            "shift": 1,
            "flip": 0.1,
            "noise": 0.1,
            "patience": 1,
        }
        train_configuration(
            validate("few_labels", SMALL | more)[0],
            mine.X_train,
            mine.y_train,
            parts=parts,
            rng=np.random.default_rng(0),
            budget=10_000,
        )
    for more in (
        {"init": "zeros", "schedule": "cosine", "inputs": "standardize"},
        {"init": "xavier_uniform"},
        {"schedule": "warmup_cosine"},
    ):
        train_configuration(
            validate("few_labels", SMALL | more)[0],
            mine.X_train,
            mine.y_train,
            parts=parts,
            rng=np.random.default_rng(0),
            budget=10_000,
        )
    assert asked == set(PARTS)


def test_the_cost_is_counted_and_never_overdrawn():
    assert run({"epochs": 3, "batch_size": 64}).spent == 600  # batches of 64, 64, 64 and 8
    stopped = run({"epochs": 60, "patience": 1, "lr": 1.0})
    assert stopped.epochs < 60 and stopped.spent == stopped.epochs * 180
    with pytest.raises(OverBudget, match="64 of 100 example-gradients are used, the next batch needs 64"):
        run({"epochs": 3, "batch_size": 64}, budget=100)


def test_a_run_that_diverges_says_so_and_scores_what_guessing_does():
    wild = {"lr": 100.0, "l2": 10.0}
    trained = run(wild, mission="bad_scales")
    assert trained.diverged and trained.spent < 200
    marked = mark("mission_1", {"bad_scales": SMALL | wild}, **WHERE)
    assert marked.points == 0 and "3 of 3 runs diverged" in marked.text


def test_no_training_goes_on_for_ever(monkeypatch):
    monkeypatch.setattr(missions, "CPU_SECONDS", 0.0)
    with pytest.raises(missions.TooSlow):
        mark("mission_1", {"few_labels": SMALL}, **WHERE)


# -- what is handed in


@pytest.mark.parametrize(
    "missions, says, status",
    [
        ({}, "mission 1 is not chosen yet", "not chosen yet"),
        (None, "`my_missions` is None", "refused"),
        (Trap(), "<Trap>", "refused"),
        (Sly(), "<Sly>", "refused"),
        ({"x": {}}, "'x' is no mission", "refused"),
        ({Trap(): {}}, "<Trap> is no mission", "refused"),
        (dict.fromkeys(MISSIONS, SMALL), "choose two", "refused"),
        (dict.fromkeys(PRACTICE, SMALL), "for practice and earns no points", "refused"),
        ({"few_labels": SMALL | {"epochs": 999}}, "the budget is 24,000", "refused"),
    ],
)
def test_what_is_refused_has_no_points_and_says_why_in_both_languages(missions, says, status):
    marked = mark("mission_1", missions, **WHERE)
    assert marked.points == 0 and marked.score is None and says in marked.text and status in marked.text
    chinese = mark("mission_1", missions, **WHERE | {"lang": "zh"})
    assert re.search("[一-鿿]", chinese.text.splitlines()[-1])
    with pytest.raises((AssertionError, NotImplementedError), match=r"mission_1"):
        check("mission_1", missions)


def test_predictions_count_whatever_they_are():
    both = {"few_labels": {"prediction": 0.0}, "deep": {"prediction": np.float64(1)}}
    assert handed_in.num_predictions(both) == 2
    for bad in ({"prediction": nan}, {"prediction": Trap()}, {}, Trap(), Sly(prediction=0.5), {"prediction": True}):
        assert handed_in.num_predictions({"deep": bad}) == 0
    assert handed_in.num_predictions(None) == handed_in.num_predictions(dict.fromkeys(MISSIONS, SMALL)) == 0
    assert handed_in.num_predictions({"x": SMALL, Trap(): SMALL}) == 0


# -- what it is worth


def test_thresholds_are_those_of_the_recorded_runs():
    rows = thresholds.read(RUNS)
    for mission in MISSIONS:
        assert len({row[0] for row in rows[mission]}) == len(rows[mission]) == thresholds.RUNS
        assert credit.THRESHOLDS[mission] == thresholds.thresholds(rows[mission])
        assert list(credit.THRESHOLDS[mission]) == sorted(set(credit.THRESHOLDS[mission]))
        full = np.mean([credit.credit(mission, row[2]) == 1 for row in rows[mission]])
        assert full >= 0.85, "about nine of ten tuned runs have full credit"


def test_the_missions_are_equally_hard_for_a_reader_of_the_course():
    rows = thresholds.read(RUNS)
    first = {m: np.mean([credit.credit(m, one) for row in rows[m] for one in row[3]]) for m in MISSIONS}
    tuned = {m: np.mean([credit.credit(m, row[2]) for row in rows[m]]) for m in MISSIONS}
    assert max(first.values()) - min(first.values()) < 0.2 and all(0.6 <= one <= 0.8 for one in first.values()), first
    assert all(one >= 0.95 for one in tuned.values()), tuned


def test_what_students_read_has_no_tuned_configuration():
    assert "tuner" not in "".join(PAGES.values()) and "tuner" in RUNS
    assert not thresholds.PAGE.is_relative_to(ROOT / "docs")


def test_credit_is_piecewise_linear():
    at = credit.THRESHOLDS["deep"]
    assert [credit.credit("deep", one) for one in (0, *at, 1, (at[0] + at[1]) / 2)] == pytest.approx(
        [0, 0, 0.6, 0.8, 1, 1, 0.3]
    )


def test_what_a_run_is_made_from_is_the_classes():
    draws = missions.draws_of("a class", "07_capstone", "deep")
    assert len(set(draws)) == 3 and draws == missions.draws_of(b"a class", "07_capstone", "deep")
    for other in (("another", "07_capstone", "deep"), ("a class", "07_capstone", "few_labels")):
        drawn = missions.draws_of(*other)
        assert not {one.seed for one in draws} & {one.seed for one in drawn}
        assert not {one.data for one in draws} & {one.data for one in drawn}


@pytest.mark.parametrize("mission", MISSIONS)
def test_every_run_is_judged_on_training_data_of_its_own(mission):
    drawn = [instance(mission, one.data) for one in missions.draws_of("a class", "07_capstone", mission)]
    assert len({one.X_train.tobytes() for one in drawn}) == 3


def test_equal_configurations_earn_equal_points_and_a_judged_card_says_why(monkeypatch):
    trained = []
    real = missions.train_configuration
    monkeypatch.setattr(
        missions,
        "train_configuration",
        lambda config, X, *rest, **more: trained.append(X) or real(config, X, *rest, **more),
    )
    first = mark("mission_2", {"deep": {}, "few_labels": SMALL}, **WHERE)
    again = mark("mission_1", {"few_labels": SMALL | {"prediction": 0.7}}, **WHERE)
    assert first.points == again.points and first.score == again.score
    assert all(np.array_equal(one, two) for one, two in zip(trained[:3], trained[3:], strict=True))
    mean = first.score["accuracy"]
    assert first.score["mission"] == "few_labels" and 0.1 < mean < 0.9
    assert f"off by {abs(mean - 0.5):.3f}" in first.text and "200 of 24,000 example-gradients" in first.text
    assert "1000 images that no student has" in first.text
    assert "3 draws of this mission's training data, the same for your whole class" in first.text
    assert "Instance of" not in first.text


# -- at home


@pytest.fixture
def home(monkeypatch):
    monkeypatch.setattr(rehearsal, "_home", rehearsal.Home())
    return rehearsal._home


def test_without_parts_a_configuration_is_only_validated(home, capsys):
    check("mission_1", {"few_labels": SMALL})
    assert "valid configuration" in capsys.readouterr().out and not home.done
    with pytest.raises(ValueError, match="called before"):
        rehearsal.rehearse("few_labels", SMALL)


def test_at_home_it_is_trained_with_the_students_parts_once(home, capsys):
    used = []
    parts = missions.reference_parts()
    own = parts | {"relu": lambda X: used.append(1) or parts["relu"](X)}
    rehearsal.assemble("ada", own)
    check("mission_1", {"few_labels": SMALL})
    out = capsys.readouterr().out
    assert "36 of 36 parts" in out and "Accuracy on your 500 validation images" in out and used
    count = len(used)
    check("mission_1", {"few_labels": SMALL | {"prediction": 0.6}})  # the prediction changes no training
    assert len(used) == count
    rehearsal.assemble("bob", own)
    check("mission_1", {"few_labels": SMALL})
    assert len(used) == 2 * count


def test_a_part_that_is_missing_or_not_written_is_named(home, capsys):
    parts = missions.reference_parts()
    rehearsal.assemble("practice", {name: parts[name] for name in PARTS if name != "relu"})
    out = capsys.readouterr().out
    assert "missing: relu" in out and "nobody's" in out

    def stub(*_, **__):
        raise NotImplementedError("he_normal: not written yet")

    rehearsal.assemble("ada", parts | {"he_normal": stub})
    check("mission_1", {"few_labels": SMALL})
    assert "he_normal: not written yet" in capsys.readouterr().out


def test_an_ablation_pairs_the_seeds(home, capsys):
    rehearsal.assemble("ada", missions.reference_parts())
    config = SMALL | {"optimizer": "momentum", "momentum": 0.5, "lr": 0.05}
    found = ablate("few_labels", config, {"same": {}, "SGD": {"optimizer": "sgd", "momentum": ...}}, seeds=2)
    same = found["same"]
    assert same.values.tolist() == [0, 0] and same.verdict == "cannot tell" and len(found["SGD"].values) == 2
    expected_ = [
        two.accuracy - one.accuracy
        for one, two in zip(
            rehearsal.rehearse("few_labels", config, seeds=2),
            rehearsal.rehearse("few_labels", SMALL | {"lr": 0.05}, seeds=2),
        )
    ]
    assert found["SGD"].values.tolist() == expected_ and "| SGD |" in capsys.readouterr().out
    with pytest.raises(ValueError, match="seeds = 1"):
        ablate("few_labels", config, {}, seeds=1)


def runs(right):
    """Runs that get these validation images right; right: (seeds, N)."""
    return [rehearsal.Run(float(np.mean(one)), 1.0, None, np.asarray(one, dtype=bool)) for one in right]


def flipped(images, wins, losses):
    """As many seeds as given (wins, losses): how many of `images` change from wrong to right, and the other way."""
    before = [np.arange(images) < images // 2 for _ in wins]
    after = [one.copy() for one in before]
    for one, gained, lost in zip(after, wins, losses):
        one[images // 2 : images // 2 + gained] = True
        one[:lost] = False
    return runs(before), runs(after)


@pytest.mark.parametrize(
    "wins, losses, verdict",
    [
        ((3, 3, 3), (0, 0, 0), "cannot tell"),  # three equal differences of three images: luck until shown otherwise
        ((5, 5, 5), (0, 0, 0), "cannot tell"),  # the sign test: 2 * 0.5**5 = 0.0625
        ((6, 6, 6), (0, 0, 0), "better"),  # 0.031
        ((0, 0, 0), (6, 6, 6), "worse"),
        ((23, 23, 23), (17, 17, 17), "cannot tell"),  # six images on balance, but forty changed
        ((50, 1, 1), (0, 0, 0), "cannot tell"),  # one seed only
        ((0, 0, 0), (0, 0, 0), "cannot tell"),
    ],
)
def test_a_difference_is_no_finding_inside_the_noise_of_seeds_or_images(wins, losses, verdict):
    found = difference(*flipped(500, wins, losses))
    assert found.verdict == verdict and found.low <= found.mean <= found.high


def test_a_difference_that_rounds_to_nothing_has_no_minus():
    tiny = Difference(np.array([-0.001, 0.0]), -0.0003, -0.011, 0.01)
    assert table(np.array([0.9]), {"cosine": np.array([0.9])}, {"cosine": tiny})[-1][3] == "+0.000"


def test_more_images_decide_what_few_cannot():
    assert difference(*flipped(500, (8, 9, 8), (5, 6, 5))).verdict == "cannot tell"
    assert difference(*flipped(50_000, (800, 900, 800), (500, 600, 500))).verdict == "better"


def test_the_hubs_login_stands_in_for_practice_only(home, monkeypatch, capsys):
    parts = missions.reference_parts()
    monkeypatch.setenv("JUPYTERHUB_USER", "grace")
    rehearsal.assemble(" Practice", parts)
    assert rehearsal.whose() == "grace" and "Your login on this hub" in capsys.readouterr().out
    assert np.array_equal(rehearsal.my_instance("deep").X_train, instance("deep", "grace").X_train)
    rehearsal.assemble("ada", parts)  # what is written wins
    assert rehearsal.whose() == "ada" and "login" not in capsys.readouterr().out
    for nobody in ("", "  "):
        monkeypatch.setenv("JUPYTERHUB_USER", nobody)
        rehearsal.assemble("practice", parts)
        assert rehearsal.whose() == "practice"
    monkeypatch.delenv("JUPYTERHUB_USER")
    rehearsal.assemble("practice", parts)
    assert rehearsal.whose() == "practice" and "nobody's" in capsys.readouterr().out


# -- progress


class Clock:
    """A clock that goes on by `tick` seconds with every look."""

    def __init__(self, tick):
        self.now, self.tick = 0.0, tick

    def __call__(self):
        self.now += self.tick
        return self.now


def test_a_long_training_says_in_a_terminal_how_far_it_is(capsys, monkeypatch):
    monkeypatch.delenv("DESCENT_BUILD", raising=False)
    with progress.progress(100, clock=Clock(0.5)) as advance:
        for _ in range(100):
            advance(1)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10 and lines[0] == "training: 10 %, about 45 s left" and "100 %" in lines[-1]
    with progress.progress(100, clock=Clock(0.01)) as advance:  # one second in all
        for _ in range(100):
            advance(1)
    assert capsys.readouterr().err == ""


def test_in_a_notebook_one_bar_is_updated_and_wiped(monkeypatch):
    shown = []

    class Handle:
        def update(self, data, raw):
            shown.append(data["text/html"])

    def display(data, raw, display_id):
        shown.append(data["text/html"])
        return Handle()

    monkeypatch.delenv("DESCENT_BUILD", raising=False)
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", display)
    with pytest.raises(KeyboardInterrupt), progress.progress(10, clock=Clock(1.0)) as advance:
        for _ in range(5):
            advance(1)
        raise KeyboardInterrupt
    assert len(shown) > 2 and 'value="0.500"' in shown[-2] and shown[-1] == ""
    shown.clear()
    monkeypatch.setenv("DESCENT_BUILD", "1")  # a built notebook keeps no bar
    with progress.progress(10, clock=Clock(1.0)) as advance:
        advance(10)
    assert shown == []


def test_the_bar_counts_every_batch_of_every_seed_that_is_not_trained_yet(home, monkeypatch):
    totals, done = [], []

    @contextmanager
    def counted(total):
        totals.append(total)
        yield done.append

    monkeypatch.setattr(rehearsal, "progress", counted)
    rehearsal.assemble("ada", missions.reference_parts())
    rehearsal.rehearse("few_labels", SMALL, seeds=1)
    assert totals == [7] and sum(done) == 7  # 200 rows in batches of 32
    ablate("few_labels", SMALL, {"two epochs": {"epochs": 2}}, seeds=2)
    assert totals == [7, 7 + 28] and sum(done) == 42


# -- the page


def row_of(name, key, lang):
    default = {"en": "required", "zh": "必填"}[lang] if key.default is REQUIRED else f"`{key.default!r}`"
    what, meaning = (expected(key)[0], key.en) if lang == "en" else (expected(key)[1].strip(), key.zh)
    return f"| `{name}` | {default} | {what} | {meaning} |"


@pytest.mark.parametrize("lang", PAGES)
def test_the_page_has_every_key_mission_and_threshold(lang):
    for name, key in SCHEMA.items():
        assert row_of(name, key, lang) in PAGES[lang].splitlines()
    for mission, about in (MISSIONS | PRACTICE).items():
        assert f"`{mission}`" in PAGES[lang] and f"{about.budget:,}".replace(",", " ") in PAGES[lang]
    for mission, steps in credit.THRESHOLDS.items():
        assert f"| `{mission}` | " + " | ".join(f"{step:.3f}" for step in steps) + " |" in PAGES[lang].splitlines()
