"""Assignments of nbgrader's own taken into a class: the user guide's problem sets, which the nbgrader package holds, get the
scores that stock nbgrader gives; and what else an instructor's source folder may hold."""

import inspect
import os
import re
import shutil
from pathlib import Path

import nbformat
import nbgrader
import pytest
from cluster_here import Processes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from traitlets.config import Config

from autograder import adopt as door
from autograder import migrate
from autograder import people as people_door
from autograder import regrade as regrade_door
from autograder.authoring import adopt, trial
from autograder.classroom import regrade
from autograder.gradebook import nbgrader_adapter
from autograder.gradebook.coursedir import ClassError, open_class
from autograder.gradebook.record import Changed, Records
from autograder.grading import batch, cluster
from autograder.intake.parcel import pack_chapter, unpacked_chapter
from autograder.pages.write_feedback import write_pages
from autograder.sandbox import probe

# nbgrader 0.9.6 links a new submission before it adds it.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type .* not in session"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
GUIDE = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
ISOLATION = "none" if probe.look()[1] else "walls"
COURSE = batch.Course(isolation=ISOLATION)


def new_class(place: Path):
    (place / "submitted").mkdir(parents=True)
    return open_class(str(place))


def graded_cells(url: str) -> dict:
    """(student, notebook, cell) -> (score, waits for a person, points)"""
    with Gradebook(url) as gradebook:
        return {
            (submission.student.id, notebook.name.split("--")[-1], grade.name): (
                grade.auto_score,
                grade.needs_manual_grade,
                grade.max_score,
            )
            for assignment in gradebook.assignments
            for submission in gradebook.assignment_submissions(assignment.name)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def grade(folder):
    return batch.grade_class(folder, COURSE, batch.Options(workers=1, write_pages=write_pages))


@pytest.fixture(scope="module")
def stock(tmp_path_factory) -> dict:
    """What nbgrader's own commands make of the guide's submissions."""
    place = tmp_path_factory.mktemp("stock")
    for step in ("source", "submitted"):
        shutil.copytree(GUIDE / step, place / step, ignore=shutil.ignore_patterns("ps1_autotest"))
    nbgrader_adapter.put_alembic_on_path()
    api = NbGraderAPI(config=Config(CourseDirectory={"root": str(place)}))
    before = os.getcwd()
    try:
        assert api.generate_assignment("ps1")["success"]
        for student in ("bitdiddle", "hacker"):
            done = api.autograde("ps1", student)
            assert done["success"], done
    finally:
        os.chdir(before)
    return graded_cells(f"sqlite:///{place / 'gradebook.db'}")


@pytest.fixture(scope="module")
def ps1(tmp_path_factory):
    """(class with the guide's problem set, what was said)"""
    folder = new_class(tmp_path_factory.mktemp("guide"))
    said = door.run(folder, str(GUIDE / "source" / "ps1"), "en", ISOLATION)
    shutil.copytree(GUIDE / "submitted", folder.path / "submitted", dirs_exist_ok=True)
    return folder, said


def test_the_guides_problem_set_says_where_each_test_is_judged(ps1):
    text = "\n".join(ps1[1])
    assert "ps1--problem1: 10 points, 4 test cells" in text and "ps1--problem2: 3 points, 0 test cells" in text
    assert text.count("judged outside") == 3
    assert re.search(r"\* in the kernel only \(line \d+: AssertionError: sum_of_squares does not use squares\)", text)
    assert "cell-938593c4a215c6cc: read by a person (4 points)" in text and "ps1 = { in_kernel = true }" in text


def test_the_guides_submissions_get_stocks_scores(ps1, stock):
    """Without in_kernel, all but the test that only the student's process can run; with it, all."""
    folder = ps1[0]
    rows = grade(folder)
    ours = graded_cells(folder.db_url)
    inside = {name for name in stock if name[2] == "sum_of_squares_uses_squares"}
    assert len(inside) == 2 and {name: ours[name] for name in ours if name not in inside} == {
        name: stock[name] for name in stock if name not in inside
    }
    assert all(ours[name][:2] == (None, True) for name in inside)
    assert not any("jupyter.png" in note or "problem2" in note for row in rows for note in row.notes)
    (folder.path / "class.toml").write_text("[adopted]\nps1 = { in_kernel = true }\n")
    rows = grade(folder)
    assert graded_cells(folder.db_url) == stock
    marked = {row.student for row in rows if any("inside the student's own process" in note for note in row.notes)}
    assert marked == {"bitdiddle", "hacker"}
    page = folder.path / "feedback" / "hacker" / "ps1--problem1" / "ps1--problem1.html"
    assert "sum_of_squares" in page.read_text()


def test_adopting_again_replaces_and_changes_no_grade(ps1):
    folder = ps1[0]
    before = graded_cells(folder.db_url) if folder.graded() else {}
    door.run(folder, str(GUIDE / "source" / "ps1"), "en", ISOLATION)
    assert sorted(path.name for path in (folder.path / "adopted" / "solutions" / "en").iterdir()) == [
        "ps1--problem1",
        "ps1--problem2",
    ]
    grade(folder)
    assert not before or graded_cells(folder.db_url) == before


def test_a_cluster_gives_the_same_scores_without_seeing_the_class(ps1, tmp_path, monkeypatch):
    """The assignment and its files travel with each submission."""
    folder = ps1[0]
    grade(folder)
    here, packed = graded_cells(folder.db_url), []
    pack = cluster.Cluster.pack
    monkeypatch.setattr(cluster.Cluster, "pack", lambda self, job: packed.append(pack(self, job)) or packed[-1])
    machines = Processes(1, tmp_path / "log")
    try:
        machines.start_scheduler()
        machines.start_workers(*(() if ISOLATION == "walls" else ("--unsafe-no-sandbox",)))
        batch.grade_class(folder, COURSE, batch.Options(cluster=machines.address, regrade=True))
    finally:
        machines.__exit__()
    assert graded_cells(folder.db_url) == here and len(packed) == 4
    assert not any(str(folder.path) in str(one) for one in packed)
    assert {path for _, path, _ in packed[0]["chapter"] if not path.endswith(b".ipynb")} >= {
        b"en/ps1--problem1/jupyter.png"
    }


def cell(make, source, **marks):
    made = make(source)
    if marks:
        made.metadata["nbgrader"] = {
            "schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False
        } | marks  # fmt: skip
    return made


SOLUTION = "def mean(x):\n    ### BEGIN SOLUTION\n    return sum(x) / len(x)\n    ### END SOLUTION"
TEST = "assert mean([1, 3]) == 2\n### BEGIN HIDDEN TESTS\nassert mean([4]) == 4  # hidden-number\n### END HIDDEN TESTS"


def source(place: Path, *cells, name="hw.ipynb", **metadata) -> str:
    """The folder of an assignment with one notebook that has no cell ids."""
    place.mkdir(parents=True, exist_ok=True)
    nb = new_notebook(cells=list(cells), metadata=metadata)
    nb.nbformat_minor = 4
    for made in nb.cells:
        made.pop("id", None)
    nbformat.write(nb, place / name)
    return str(place)


def usual(solution=SOLUTION, test=TEST, **marks):
    return (
        cell(new_markdown_cell, "Compute a mean."),
        cell(new_code_cell, solution, solution=True, grade_id="mean"),
        cell(new_code_cell, test, **{"grade": True, "locked": True, "grade_id": "test_mean", "points": 2} | marks),
    )


def test_a_student_is_graded_by_hidden_tests_that_nobody_sees(tmp_path):
    folder = new_class(tmp_path / "class")
    door.run(folder, source(tmp_path / "hw1", *usual()), "en", ISOLATION)
    released = folder.path / "adopted" / "notebooks" / "en" / "hw1" / "hw1.ipynb"
    assert "hidden-number" not in released.read_text() and "len(x)" not in released.read_text()
    for student, answer in (("right", "return sum(x) / len(x)"), ("wrong", "return sum(x) / 2"), ("blank", None)):
        nb = nbformat.read(released, as_version=4)
        if answer:
            nb.cells[1].source = f"def mean(x):\n    {answer}"
        place = folder.path / "submitted" / student / "hw1"
        place.mkdir(parents=True)
        nbformat.write(nb, place / "my homework.ipynb")
    assert {row.student: row.score for row in grade(folder)} == {"right": 2, "wrong": 0, "blank": 0}
    assert not any("hidden-number" in path.read_text() for path in (folder.path / "feedback").rglob("*.html"))


def test_files_beside_the_notebook_are_there_when_it_runs(tmp_path):
    folder = new_class(tmp_path / "class")
    place = source(
        tmp_path / "data1",
        *usual(
            "def mean():\n    ### BEGIN SOLUTION\n    return sum(map(float, open('x.csv'))) / 2\n    ### END SOLUTION",
            "assert mean() == 2",
        ),
    )
    Path(place, "x.csv").write_text("1\n3\n")
    said = "\n".join(door.run(folder, place, "en", ISOLATION))
    assert "judged outside" in said
    assert (folder.path / "adopted" / "notebooks" / "en" / "data1" / "x.csv").read_text() == "1\n3\n"


def test_files_in_subfolders_come_along_and_leftovers_do_not(tmp_path):
    folder = new_class(tmp_path / "class")
    answer = "def mean():\n    ### BEGIN SOLUTION\n    return sum(map(float, open('data/in/x.csv'))) / TWO\n    ### END SOLUTION"
    place = source(
        tmp_path / "data2", cell(new_code_cell, "from helper import TWO"), *usual(answer, "assert mean() == 2")
    )
    for name, text in {
        "data/in/x.csv": "1\n3\n", "helper.py": "TWO = 2\n", ".git/config": "", "__pycache__/helper.pyc": "",
        "data/.DS_Store": "", ".ipynb_checkpoints/hw-checkpoint.ipynb": "{}",
    }.items():  # fmt: skip
        path = Path(place, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert "judged outside" in "\n".join(door.run(folder, place, "en", ISOLATION))
    students = folder.path / "adopted" / "notebooks" / "en" / "data2"
    files = {str(path.relative_to(students)) for path in students.rglob("*") if path.is_file()}
    assert files == {"data2.ipynb", "helper.py", "data/in/x.csv"}
    packed = pack_chapter(str(folder.path / "adopted/solutions"), str(folder.path / "adopted/notebooks"), "data2")
    assert {path for step, path, _ in packed if step == "released"} == {f"en/data2/{name}".encode() for name in files}
    with unpacked_chapter(packed) as there:
        assert Path(there["released"], "en/data2/data/in/x.csv").read_text() == "1\n3\n", "on another machine, too"
    handed_in = Path(folder.path, "submitted", "ada", "data2")
    shutil.copytree(students, handed_in)
    nb = nbformat.read(handed_in / "data2.ipynb", as_version=4)
    next(
        c for c in nb.cells if c.id == "mean"
    ).source = "def mean():\n    return sum(map(float, open('data/in/x.csv'))) / TWO"
    nbformat.write(nb, handed_in / "data2.ipynb")
    assert [row.score for row in grade(folder)] == [2]


def test_a_module_that_is_missing_is_named_with_what_to_do(tmp_path):
    """The test alone would say that the name pd is not defined."""
    folder = new_class(tmp_path / "class")
    setup = "import math\nimport pandas_of_nobody.core as pd"
    answer = "def mean(x):\n    ### BEGIN SOLUTION\n    return pd.mean(x)\n    ### END SOLUTION"
    with pytest.raises(ClassError) as refused:
        door.run(folder, source(tmp_path / "hw4", cell(new_code_cell, setup), *usual(answer)), "en", ISOLATION)
    assert "hw.ipynb, cell \"import math\" ends with ModuleNotFoundError: No module named 'pandas_of_nobody'" in str(
        refused.value
    )
    assert ".venv/bin/python -m pip install pandas_of_nobody\n" in str(refused.value)
    said = door.run(folder, source(tmp_path / "hw5", cell(new_code_cell, setup), *usual()), "en", ISOLATION)
    assert any(line.startswith("  look at it: hw.ipynb, cell ") for line in said), (
        "where the tests pass without it, too"
    )


def test_where_a_hidden_test_fails_and_its_error_is_not_shown_it_says_why(tmp_path):
    test = "### BEGIN HIDDEN TESTS\nopen('nothing/here')\n### END HIDDEN TESTS\nassert mean([1, 3]) == 2"
    with pytest.raises(ClassError, match=r"FileNotFoundError \(the test has hidden parts.*: run the source notebook"):
        door.run(new_class(tmp_path / "class"), source(tmp_path / "hw6", *usual(test=test)), "en", ISOLATION)


def test_a_test_that_reads_a_file_of_the_assignment_says_why_it_waits(tmp_path):
    place = source(tmp_path / "hw7", *usual(test="assert len(open('x.csv').read()) == mean([4, 4])"))
    Path(place, "x.csv").write_text("1\n3\n")
    said = "\n".join(door.run(new_class(tmp_path / "class"), place, "en", ISOLATION))
    assert "* in the kernel only (" in said and "A person has to look" not in said
    assert "where files and modules of the notebook are not at hand" in said or "x.csv" in said


def test_a_test_that_ends_the_kernel_or_floods_gets_no_points_in_the_kernel(tmp_path):
    """Only where the kernel itself says so: no error and an end are not the same."""
    calls = "__import__('sys')._getframe()"  # nothing that can cross
    solution = "def act():\n    ### BEGIN SOLUTION\n    return 2\n    ### END SOLUTION"
    test = f"{calls}.f_globals['act']()"
    folder = new_class(tmp_path / "class")
    door.run(folder, source(tmp_path / "hw2", *usual(solution, test)), "en", ISOLATION)
    (folder.path / "class.toml").write_text("[adopted.hw2]\nin_kernel = true\n")
    answers = {
        "right": "return None",
        "dead": "import os; os._exit(0)",
        "exits": "raise SystemExit(0)",
        "raises": "raise ValueError('no')",
        "floods": "print('x' * 50_000_000)\n    raise ValueError",
        "more": "return 3",
        "part": "return 0.5",
    }
    for student, answer in answers.items():
        nb = nbformat.read(folder.path / "adopted" / "notebooks" / "en" / "hw2" / "hw2.ipynb", as_version=4)
        nb.cells[1].source = f"def act():\n    {answer}"
        place = folder.path / "submitted" / student / "hw2"
        place.mkdir(parents=True)
        nbformat.write(nb, place / "hw2.ipynb")
    rows = {row.student: row for row in grade(folder)}
    scores = {student: row.score for student, row in rows.items()}
    assert scores == {"right": 2, "dead": 0, "exits": 0, "raises": 0, "floods": 0, "more": 0, "part": 0.5}
    assert rows["more"].state == "waits"


@pytest.mark.parametrize(
    "cells, metadata, sentence",
    [
        (
            usual("def mean(x):\n    ### BEGIN SOLUTION\n    return 0\n    ### END SOLUTION"),
            {},
            "hw.ipynb, cell test_mean: judged",
        ),
        (usual("def mean(x):\n    return sum(x) / len(x)"), {}, None),
        (usual("def mean(x):\n    ### BEGIN SOLUTION\n    return 0"), {}, "nbgrader cannot make the student version"),
        (usual(test="### AUTOTEST mean([1])"), {}, "AUTOTEST"),
        (usual(points=-1), {}, "its points are -1"),
        (usual(grade_id="mean"), {}, "several cells have the nbgrader id mean"),
        ((cell(new_markdown_cell, "Read this."),), {}, "no cell is graded"),
        (usual(), {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}, "only Python can be graded"),
    ],
)
def test_what_cannot_be_adopted_ends_in_a_sentence_and_nothing_is_made(tmp_path, cells, metadata, sentence):
    folder = new_class(tmp_path / "class")
    place = source(tmp_path / "hw3", *cells, **metadata)
    if sentence is None:  # without marks nbgrader takes the whole answer away
        door.run(folder, place, "en", ISOLATION)
        assert "sum(x)" not in next((folder.path / "adopted" / "notebooks").rglob("*.ipynb")).read_text()
        return
    with pytest.raises(ClassError, match=sentence):
        door.run(folder, place, "en", ISOLATION)
    assert not (folder.path / "adopted").exists()


def test_two_folders_in_chinese_are_two_assignments(tmp_path):
    """Without that the second would replace the first without a word."""
    first, second = (adopt.read(Path(source(tmp_path / name, *usual())))[0].name for name in ("作业一", "作业二"))
    assert first != second and re.fullmatch(r"assignment-[0-9a-f]{6}", first)
    source(tmp_path / "作业一", *usual(), name="问题 1.ipynb")
    names = [one.name for one in adopt.read(Path(source(tmp_path / "作业一", *usual(), name="问题 2.ipynb")))]
    assert len(set(names)) == 3 and all(name.isascii() for name in names)
    source(tmp_path / "ps2", *usual(), name="a 1.ipynb")
    with pytest.raises(ClassError, match="a 1.ipynb and a_1.ipynb would both be called ps2--a_1"):
        adopt.read(Path(source(tmp_path / "ps2", *usual(), name="a_1.ipynb")))


def test_wrong_places_end_in_a_sentence(tmp_path, capsys):
    folder = new_class(tmp_path / "class")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.ipynb").write_text("{")
    chapter = source(tmp_path / "03_momentum", *usual())
    for name, sentence in (
        (tmp_path / "nowhere", "there is nothing"),
        (tmp_path / "empty", "holds no notebook"),
        (tmp_path / "broken", "cannot be read as a notebook"),
        (chapter, "is a chapter of this course"),
    ):
        with pytest.raises(ClassError, match=sentence):
            door.run(folder, str(name), "en", ISOLATION)
    assert door.main(["--class", str(folder.path)]) == 2 and "FROM=" in capsys.readouterr().err
    (folder.path / "class.toml").write_text("[adopted]\nps1 = true\n")
    with pytest.raises(ClassError, match=r"\[adopted\] holds assignments"):
        door.run(folder, source(tmp_path / "hw4", *usual()), "en", ISOLATION)


def test_a_test_that_passes_unanswered_is_named(tmp_path):
    master_cells = usual(test="assert 1 + 1 == 2")
    said = door.run(new_class(tmp_path / "class"), source(tmp_path / "hw5", *master_cells), "en", ISOLATION)
    assert any("gives 2 points to an unanswered notebook" in line for line in said)


def test_a_chapter_that_builds_but_does_not_grade_names_cell_line_and_cause(tmp_path):
    """np.sqrt is replaced in the judge, so the student's own call is not seen there."""
    answer = "import numpy as np\n\ndef root(x):\n    ### BEGIN SOLUTION\n    return np.sqrt(x)\n    ### END SOLUTION"
    test = "import numpy as np\nnp.sqrt = lambda x: 7\nassert root(4) == 7"
    place = source(tmp_path / "hw6", *usual(answer, test))
    for one in adopt.read(Path(place)):
        for step, nb in (("solutions", one.solution), ("notebooks", one.released)):
            target = tmp_path / step / "en" / "hw6"
            target.mkdir(parents=True)
            nbformat.write(nb, target / "hw6.ipynb")
    (complaint,) = trial.complaints("hw6", batch.Course(tmp_path / "solutions", tmp_path / "notebooks", ISOLATION))
    assert (
        "hw6 (en), cell test_mean" in complaint
        and "gets 0 of 2 points" in complaint
        and "line 3: AssertionError" in complaint
    )


@pytest.mark.parametrize("chapter", COURSE.assignments())
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_builds_grades(chapter, lang):
    """Each chapter's own solution gets full points behind the wire."""
    master = batch.masters.load(chapter, COURSE.solutions, COURSE.released)[lang]
    scores = {name: points for name, points, _ in trial.graded(master, trial.answered(master), lang, ISOLATION)}
    assert scores == {name: master.points[name] for name in scores} and scores


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["lion_step", "choose_and_report", "lowest_curvature"])
def test_a_transfer_exercise_is_graded_like_an_exercise(tmp_path, name, lang):
    """Groups, hidden cases of the class's secret and a card; wrong answers of the pack lose points."""
    from instructor.answers import collect

    folder = new_class(tmp_path / "class")
    said = door.run(folder, f"transfer:{name}", lang, ISOLATION)
    assert "judged outside" in "\n".join(said)
    released = folder.path / "adopted" / "notebooks" / lang / name / f"{name}.ipynb"
    assert "SOLUTION" not in released.read_text() and 'check(\\"' not in released.read_text()
    wrong = next(iter(collect("WRONG")[name].values()))
    answers = {"wrong": inspect.getsource(wrong).replace(f"def {wrong.__name__}(", f"def {name}(", 1), "blank": None}
    for student, answer in answers.items():
        nb = nbformat.read(released, as_version=4)
        if answer:
            next(c for c in nb.cells if c.id == name).source = answer
        place = folder.path / "submitted" / student / name
        place.mkdir(parents=True)
        nbformat.write(nb, place / f"{name}.ipynb")
    rows = {row.student: row for row in grade(folder)}
    assert rows["blank"].score == 0 and rows["wrong"].score < rows["wrong"].max_score
    page = (folder.path / "feedback" / "blank" / name / f"{name}.html").read_text()
    assert name in page


def test_every_transfer_exercise_gets_its_points():
    from instructor.transfer import load
    from instructor.transfer.source import source_notebook

    for name, one in load().items():
        found = []
        for lang in ("en", "zh"):
            nb = source_notebook(one, lang)
            names: dict = {}
            for made in nb.cells:
                if made.cell_type == "code" and "check(" not in made.source and "no error" not in made.source:
                    try:
                        exec(made.source, names)
                    except ValueError:  # a case that must be refused
                        assert "ValueError" in made.source
            found.append(names[name])
        assert all(str(inspect.signature(one_found)) == str(inspect.signature(one.reference)) for one_found in found)


def test_an_unknown_transfer_exercise_ends_in_a_sentence(tmp_path):
    with pytest.raises(ClassError, match="no transfer exercise called 'lyon'; there are masked"):
        door.run(new_class(tmp_path / "class"), "transfer:lyon", "en", ISOLATION)


def test_a_term_with_an_adopted_assignment(tmp_path, capsys):
    """A regrade request about a cell with nbgrader's own kind of id, in a notebook and by command; another id for a student;
    a second version of the assignment, after which scores and comments of people stay; and a student who leaves."""
    folder = new_class(tmp_path / "class")
    place = str(folder.path)

    def essay():
        return cell(new_markdown_cell, "Halves.", grade=True, solution=True, grade_id="cell-93-why", points=3)

    door.run(folder, source(tmp_path / "hw1.2", *usual(), essay()), "en", ISOLATION)
    released = folder.path / "adopted" / "notebooks" / "en" / "hw1.2" / "hw1.2.ipynb"
    for student in ("ann", "bob"):
        nb = nbformat.read(released, as_version=4)
        nb.cells[1].source, nb.cells[-1].source = "def mean(x):\n    return sum(x) / len(x)", f"{student}: in halves."
        nb.cells.append(new_markdown_cell("Regrade request: cell-93-why: both halves are named."))
        target = folder.path / "submitted" / student / "hw1.2" / "hw1.2.ipynb"
        target.parent.mkdir(parents=True)
        nbformat.write(nb, target)
    grade(folder)
    with Records(folder.db_url) as records:
        row = records.row("ann", "hw1.2")
        given = next(one for one in row.grades if one.name == "cell-93-why")
        given.manual_score, given.needs_manual_grade = 2, False
        records.commit()
    assert [(one.student, one.assignment, one.exercise) for one in regrade.requests(folder)] == [
        (student, "hw1.2", "cell-93-why") for student in ("ann", "bob")
    ]
    asked = ["--student", "ann", "--chapter", "hw1", "--exercise", "test_mean", "--request", "Why?"]
    assert regrade_door.main([place, *asked]) == 0 and "hw1.2.test_mean  Why?" in capsys.readouterr().out
    assert people_door.main(["rename", place, "ann", "anna"]) == 0
    assert {row.student: row.score for row in grade(folder)} == {"anna": 4, "bob": 2}
    assert "Why?" in (folder.path / "feedback" / "anna" / "hw1.2" / "hw1.2.html").read_text()
    more = (
        cell(new_code_cell, SOLUTION.replace("mean", "middle"), solution=True, grade_id="middle"),
        cell(new_code_cell, "assert middle([1, 3]) == 2", grade=True, locked=True, grade_id="test_middle", points=5),
    )
    door.run(folder, source(tmp_path / "hw1.2", *usual(), *more, essay()), "en", ISOLATION)
    with pytest.raises(Changed, match="make migrate CLASS="):
        grade(folder)
    assert migrate.main([place, "--dry"]) == 0 and "nothing was changed" in capsys.readouterr().out
    assert migrate.main([place]) == 0 and "test_middle" in capsys.readouterr().out
    assert {row.student: (row.score, row.max_score) for row in grade(folder)} == {"anna": (4, 10), "bob": (2, 10)}
    assert people_door.main(["drop", place, "bob"]) == 0
    assert {row.student for row in grade(folder)} == {"anna"}


def test_a_request_about_a_notebook_of_a_problem_set(ps1):
    grade(ps1[0])
    path = regrade.add(ps1[0], "bitdiddle", "ps1--problem1", "test-squares", "Why?")
    assert regrade.requests(ps1[0])[0].assignment == "ps1--problem1"
    path.unlink()
