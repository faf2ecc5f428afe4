"""What `make grade` is asked for: chapters, students, limits, another time. Wrong wishes say what was meant."""

import pytest
import tiny_course as tiny

from autograder import grade
from autograder.gradebook.coursedir import ClassError, ClassFolder, open_class
from autograder.gradebook.journal import Journal
from autograder.grading import batch, selection
from autograder.sandbox import limits_met

KNOWN = {"ada", "adam", "ben_blank", "Cleo", "van dam", "eve[1]"}


@pytest.fixture
def course(tmp_path) -> batch.Course:
    root = tiny.lay_out(tmp_path / "course")
    return batch.Course(root / "solutions", root / "notebooks")


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "class"
    tiny.give_gradebook(place)
    for student in ("ann", "bob", "cat"):
        tiny.write(place, student, tiny.answered(**tiny.RIGHT))
    return place


def go(folder, course, **options):
    rows = tiny.grade_class(open_class(str(folder)), course, **options)
    return {row.student: row for row in rows}


def ran(folder):
    log = folder / "ran.log"
    names = log.read_text().split() if log.exists() else []
    log.unlink(missing_ok=True)
    return names


@pytest.mark.parametrize(
    "asked, found",
    [
        ("", None),
        ("  ", None),
        ("ada", {"ada"}),
        ("ada*", {"ada", "adam"}),
        ("ada, Cleo", {"ada", "Cleo"}),
        ("ada Cleo", {"ada", "Cleo"}),
        ("van dam", {"van dam"}),
        ("van dam,ada", {"van dam", "ada"}),
        ("?da", {"ada"}),
        ("eve[1]", {"eve[1]"}),
        ("*", KNOWN),
    ],
)
def test_students_by_id_and_by_pattern(asked, found):
    assert selection.students(asked, KNOWN) == found


@pytest.mark.parametrize(
    "asked, said",
    [
        ("adda", "is called 'adda'; did you mean ada, adam"),
        ("cleo", "did you mean Cleo"),
        ("ben", "did you mean ben_blank"),
        ("ada,zz", "is called 'zz'; there are 6: Cleo, ada"),
        ("zz*", "matches 'zz\\*'; there are 6"),
    ],
)
def test_an_unknown_student_is_answered_with_those_who_were_meant(asked, said):
    with pytest.raises(ClassError, match=said):
        selection.students(asked, KNOWN)


def test_limits_from_the_command_line():
    assert selection.limits("") == {}
    assert selection.limits("cell_seconds=5, test_seconds=2.5") == {"cell_seconds": 5, "test_seconds": 2.5}
    assert type(selection.limits("cell_seconds=5.0")["cell_seconds"]) is int  # as class.toml would have it


@pytest.mark.parametrize(
    "asked, said",
    [
        ("cel_seconds=5", "cel_seconds is unknown; did you mean cell_seconds"),
        ("xyzzy=1", "unknown; there are: cell_"),
        ("cell_seconds", "'cell_seconds' is not name=number"),
        ("cell_seconds=soon", "is not name=number"),
        ("cell_seconds=0", "is not name=number"),
        ("cell_seconds=-1", "must be a finite number > 0"),
        ("cell_seconds=nan", "must be a finite number > 0"),
        ("memory_bytes=inf", "must be a finite number > 0"),
    ],
)
def test_wrong_limits_are_named(asked, said):
    with pytest.raises(ClassError, match=said):
        selection.limits(asked)


def test_limits_of_the_command_line_go_before_those_of_the_class(tmp_path):
    (tmp_path / "class.toml").write_text("[limits]\ncell_seconds = 7\ntest_seconds = 3\n")
    assert ClassFolder(tmp_path, (("cell_seconds", 5),)).limits() == {"cell_seconds": 5, "test_seconds": 3}


@pytest.mark.parametrize(
    "words, said",
    [
        (["--workers", "0"], "'0' is not a number of processes"),
        (["--workers", "two"], "'two' is not a number"),
        (["--limits", "cell_second=5"], "did you mean cell_seconds"),
        (["--class", "/nowhere"], "is not a folder"),
    ],
)
def test_the_command_refuses_with_code_2_before_anything_is_graded(words, said, capsys):
    try:
        code = grade.main(words)
    except SystemExit as end:
        code = end.code
    assert code == 2 and said in capsys.readouterr().err


def test_chosen_students_only_and_again_when_asked(folder, course):
    assert set(go(folder, course, students="ann, c*")) == {"ann", "cat"} and ran(folder) == ["ann", "cat"]
    assert len((folder / "grades.csv").read_text().splitlines()) == 3
    assert set(go(folder, course)) == {"ann", "bob", "cat"} and ran(folder) == ["bob"]
    assert set(go(folder, course, students="bob", regrade=True)) == {"bob"} and ran(folder) == ["bob"]
    assert go(folder, course, regrade=True)["cat"].score == 11 and sorted(ran(folder)) == ["ann", "bob", "cat"]
    with pytest.raises(ClassError, match="did you mean ann"):
        go(folder, course, students="anna")
    assert ran(folder) == []


def test_a_regrade_that_was_interrupted_before_recording_is_recorded_next_time(folder, course):
    go(folder, course)
    with Journal(folder / "journal.jsonl") as journal:
        last = [entry["result"] for entry in journal.entries() if "result" in entry][-1]
        journal.append({"result": last})
    with batch.Records(f"sqlite:///{folder / 'gradebook.db'}") as records:
        for graded in records.row(last["student"], "tiny").grades:
            graded.auto_score = 0.0
        records.commit()
    assert go(folder, course)[last["student"]].score == 11


def test_limits_that_cells_met_are_read_from_their_outputs():
    def out(kind, **fields):
        return tiny.NotebookNode(output_type=kind, **fields)

    nb = tiny.released()
    tiny.find(nb, "given").outputs = [
        out("error", ename="TimeoutError", evalue="this cell was stopped: it ran longer than 5 s", traceback=[]),
        out("stream", name="stderr", text="[the rest of this output was dropped]\n"),
    ]
    tiny.find(nb, "double").outputs = [
        out("stream", name="stderr", text="[A limit of grading: 256 open files. / 评分限制：最多打开 256 个文件。]\n"),
        out("stream", name="stdout", text="[A limit of grading: none. / ]"),
        out("stream", name="stderr", text="x"),
    ]
    tiny.find(nb, "square").outputs = [
        out("error", ename="TimeoutError", evalue="this cell was stopped: it ran longer than 5 s", traceback=[])
    ]
    assert limits_met.limits_met(nb) == [
        "a cell ran longer than 5 s (given, square)",
        "more output than is kept (given)",
        "256 open files (double)",
    ]
