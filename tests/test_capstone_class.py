"""The capstone from submission to leaderboard: the same points by both commands, and who is on the board under which name."""

import csv
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
import tiny_course as tiny
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from traitlets.config.loader import PyFileConfigLoader

from autograder import ROOT
from autograder import leaderboard as door
from autograder.authoring.sample_class import answered
from autograder.gradebook.coursedir import ClassError, ClassFolder, open_class
from autograder.grading import batch
from autograder.grading.run_and_judge import run_and_judge
from autograder.intake import masters
from autograder.pages import leaderboard
from descent.capstone.handed_in import nickname

# nbgrader 0.9.6 links a new submission to its student before it adds it, which SQLAlchemy warns about.
pytestmark = pytest.mark.filterwarnings("ignore:Object of type .* not in session")

NAME = "07_capstone"
COURSE = batch.Course(isolation="none")
HOSTILE = """
class Budget(int):
    def __le__(self, other): return True
    def __gt__(self, other): return False
my_missions = {"few_labels": {"prediction": 0.9, "epochs": Budget(10**6)}, "deep": {"prediction": 0.5, "hidden": [4096] * 19}}
"""
SIMPLE = (
    'my_missions = {"few_labels": {"prediction": 0.8, "epochs": 60}, "bad_scales": {"prediction": 0.1, "epochs": 99}}'
)


def submissions(master) -> dict:
    board = {"leaderboard_name": 'leaderboard_name = "Ada L."'}
    return {
        "ada": answered(master, board),
        "ben_blank": deepcopy(master.released),
        "cy_simple": answered(master, {"my_missions": SIMPLE, "leaderboard_name": "leaderboard_name = None"}),
        "dee_hostile": answered(master, {"my_missions": HOSTILE.strip()}),
    }


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class after `make grade`, and its rows by student."""
    place = tmp_path_factory.mktemp("class")
    tiny.give_gradebook(place)
    (place / ".secret").touch(0o600)
    (place / ".secret").write_text("the same training seeds each time\n")
    (place / "class.toml").write_text("[limits]\ntraining_seconds = 3000\n")  # whatever else this machine does
    chapter = masters.load(NAME, COURSE.solutions, COURSE.released)
    for student, nb in submissions(chapter["en"]).items():
        path = place / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)
    rows = tiny.grade_class(open_class(str(place)), COURSE, judge=run_and_judge, new_pool=tiny.OneThread)
    return place, {row.student: row for row in rows}


def scores(place: Path) -> dict[str, dict[str, float]]:
    with Gradebook(f"sqlite:///{place / 'gradebook.db'}") as gradebook:
        return {
            one.student.id: {grade.name: grade.auto_score for notebook in one.notebooks for grade in notebook.grades}
            for one in gradebook.assignment_submissions(NAME)
        }


def missions_in(place: Path, student: str) -> list[dict]:
    nb = nbformat.read(place / "autograded" / student / NAME / f"{NAME}.ipynb", 4)
    return [dict(test.score) for test in nb.metadata.descent.grading.tests.values() if "score" in test]


def test_a_right_configuration_earns_all_a_plain_one_part_a_blank_one_nothing(graded):
    place, rows = graded
    by_student = scores(place)
    assert [by_student["ada"][f"test_mission_{n}"] for n in (1, 2)] == [20, 20] and rows["ada"].score == 60
    assert by_student["ada"]["test_predictions_b"] == 3 and rows["ada"].waiting == ["ablation", "report"]
    assert 0 < by_student["cy_simple"]["test_mission_1"] < 10 and by_student["cy_simple"]["test_mission_2"] == 0
    assert rows["ben_blank"].score == 0
    assert [one["mission"] for one in missions_in(place, "ada")] == ["few_labels", "bad_scales"]
    assert missions_in(place, "ben_blank") == []


def test_the_page_says_what_was_judged_and_why_something_was_not(graded):
    place, _ = graded
    pages = {student: (place / "feedback" / student / NAME / f"{NAME}.html").read_text() for student in scores(place)}
    assert "Accuracy on 1000 images that no student has" in pages["ada"]
    assert "100% at " in pages["ada"] and "the same for your whole class" in pages["ada"]
    assert "99 epochs of 1000 examples are 99,000 example-gradients" in pages["cy_simple"]
    assert "You left this one as it was" in pages["ben_blank"]


def test_an_object_that_lies_about_itself_is_not_trained(graded):
    place, _ = graded
    by_student = scores(place)
    assert by_student["dee_hostile"]["test_mission_1"] == by_student["dee_hostile"]["test_mission_2"] == 0
    assert missions_in(place, "dee_hostile") == []
    page = (place / "feedback" / "dee_hostile" / NAME / f"{NAME}.html").read_text()
    assert "&quot;epochs&quot;: &lt;&#x27;not plain data&#x27;&gt; is not allowed" in page.replace("&#39;", "&#x27;")


def test_nbgraders_own_command_gives_the_same_points(graded, monkeypatch):
    place, _ = graded
    before, missions = scores(place), missions_in(place, "cy_simple")
    monkeypatch.setenv("DESCENT_CLASS", str(place))
    config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT / "autograder")).load_config()
    config.Grade.isolation = "none"
    done = NbGraderAPI(config=config).autograde(NAME, "cy_simple", create=False)
    assert done["success"], done
    assert scores(place) == before and missions_in(place, "cy_simple") == missions


def test_the_missions_and_nothing_else_have_the_limit_of_a_training():
    chapter = masters.load(NAME, COURSE.solutions, COURSE.released)
    tagged = [cell.id for cell in chapter["zh"].solution.cells if "training" in cell.metadata.get("tags", [])]
    assert tagged == ["test_mission_1", "test_mission_2"]


def test_only_who_asked_is_on_the_board(graded):
    place, _ = graded
    assert door.main(["--class", str(place)]) == 0
    with open(place / "leaderboard.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["mission"], row["rank"], row["name"]) for row in rows] == [
        ("few_labels", "1", "Ada L"),
        ("bad_scales", "1", "Ada L"),
    ]
    page = (place / "leaderboard.html").read_text(encoding="utf-8")
    assert "Ada L" in page and "cy_simple" not in page and "<script" not in page


# -- the board by itself


def fake_class(root: Path, **students: str | None) -> ClassFolder:
    """Graded notebooks of one mission: student=source of their `leaderboard_name` cell."""
    for number, (student, source) in enumerate(students.items()):
        cells = [] if source is None else [new_code_cell(source, id="leaderboard_name")]
        score = {"mission": "deep", "accuracy": 0.8 + 0.01 * (number // 2)}
        nb = new_notebook(
            cells=cells, metadata={"descent": {"grading": {"tests": {"test_mission_1": {"score": score}}}}}
        )
        for step in ("submitted", "autograded"):
            path = root / step / student / NAME / f"{NAME}.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(nb, path)
    return ClassFolder(root)


def test_names_are_read_not_run_and_those_who_share_one_have_none(tmp_path):
    folder = fake_class(
        tmp_path,
        ada='leaderboard_name = "Neo"',
        bob='leaderboard_name = "neo"',
        cat='leaderboard_name = "ada"',
        dan='leaderboard_name = ""',
        eve="leaderboard_name = None",
        fay=None,
        gus="leaderboard_name = open('/etc/passwd').read()",
        hal="leaderboard_name = (",
        ida='leaderboard_name = "<script>alert(1)</script>"',
        joe='leaderboard_name = "joe"',
        kim='leaderboard_name = "anonymous 12345678"',
    )
    rows = leaderboard.write(folder)
    names = [name for _, _, name, _ in rows]
    secret = leaderboard.load_secret(tmp_path)
    hidden = {leaderboard.pseudonym(secret, student) for student in ("ada", "bob", "cat", "dan", "kim")}
    assert set(names) == hidden | {"scriptalert1script", "joe"} and len(names) == 7
    assert len({leaderboard.pseudonym(other, "ada") for other in ("one", "two", secret)}) == 3
    assert not any(student in name for student in ("ada", "bob", "cat", "dan") for name in names)
    accuracies = [accuracy for *_, accuracy in rows]
    assert accuracies == sorted(accuracies, reverse=True) and [rank for _, rank, *_ in rows] == [1, 2, 2, 4, 4, 6, 6]


@pytest.mark.parametrize(
    "wanted, shown",
    [
        ("Ada", "Ada"),
        ("  小明 3 ", "小明 3"),
        ("=1+2", "12"),
        ("-x", "x"),
        ("a  b", "a b"),
        ("a‮b", "ab"),
        ("@x\n", "x"),
        ("x" * 99, "x" * 20),
        ("<b>&", "b"),
        ("😀", None),
        ("", None),
        (None, None),
        (7, None),
        ("ﬁ", "fi"),
    ],
)
def test_a_nickname_is_letters_and_digits(wanted, shown):
    assert nickname(wanted) == shown


def test_a_class_without_the_capstone_gets_advice(tmp_path, capsys):
    (tmp_path / "submitted").mkdir()
    with pytest.raises(ClassError, match="run `make grade`"):
        leaderboard.write(ClassFolder(tmp_path))
    assert door.main(["--class", str(tmp_path)]) == 2 and "no judged mission" in capsys.readouterr().err
    assert not (tmp_path / "leaderboard.html").exists()
