"""Files for Canvas and Moodle: their columns, right scores after being late, right people, and no formulas."""

import csv
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import tiny_course as tiny
from nbgrader.apps import ExportApp
from traitlets.config import Config

from autograder import export
from autograder.classroom import roster
from autograder.gradebook.coursedir import ClassError, open_class
from autograder.gradebook.record import Records
from autograder.grading import batch
from autograder.pages.exports import scores

LATE = "[due]\ntiny = 2026-10-05T12:00:00Z\n[late]\npercent_per_day = 10\n"
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,tiny (4711),Final Score
    Points Possible,,,,,14,(read only)
"Lovelace, Ada",101,S-1,ada,"Mon, early",,
"O""Hara; Bob",102,S-2,bob,"Mon, early",,
"王小明",103,S-3,cat@uni.example,Tue,,
"Student, Test",999,,x,Tue,,
Nobody Here,104,S-4,nobody,Tue,,
"""
WORKSHEET = """\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Last modified (grade)","Feedback comments"
"Participant 21","Ada Lovelace",ada@uni.example,Submitted,,14.00,-,
"Participant 22","Bob O'Hara",bob@uni.example,Submitted,,14.00,"Monday, 5 October 2026, 3:00 PM",
"Participant 23","王小明",cat@uni.example,Submitted,,14.00,-,
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Path:
    """ada: right, a day late (11 - 2.2). bob: 7 points. cat: right, late but with an extension. =dan: refused."""
    root = tiny.lay_out(tmp_path_factory.mktemp("course"))
    course = batch.Course(root / "solutions", root / "notebooks")
    folder = tmp_path_factory.mktemp("class")
    tiny.give_gradebook(folder)
    (folder / "class.toml").write_text(LATE)
    for student, time in (
        ("ada", "2026-10-06 20:00:00 UTC"),
        ("bob", "2026-10-05 11:59:59 UTC"),
        ("cat@uni.example", "2026-10-06 20:00:00 UTC"),
    ):
        wrong = {"double": "def double(x): return 0"} if student == "bob" else {}
        path = tiny.write(folder, student, tiny.answered(**tiny.RIGHT | wrong))
        (path.parent / "timestamp.txt").write_text(time)
    tiny.write(folder, "=dan", b"no notebook")

    def grade():
        return {row.student: row for row in tiny.grade_class(open_class(str(folder)), course)}

    assert grade()["cat@uni.example"].score == 8.8
    with Records(f"sqlite:///{folder / 'gradebook.db'}") as records:
        records.gradebook.grant_extension("tiny", "cat@uni.example", days=3)
        comment = next(c for c in records.row("bob", "tiny").comments if c.name == "why")
        comment.manual_comment = '=SUM(A1)\nnice, "really"'
        records.commit()
    assert grade()["cat@uni.example"].score == 11 and grade()["ada"].score == 8.8
    return folder


@pytest.fixture
def folder(graded, tmp_path) -> Path:
    place = tmp_path / "class"
    shutil.copytree(graded, place)
    return place


def read(path: Path) -> list[list[str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def by_first(table: list[list[str]], column: int) -> dict[str, list[str]]:
    return {line[column]: line for line in table}


def test_canvas_columns_points_and_penalized_scores(folder):
    table = read(export.export("canvas", str(folder)))
    assert table[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "tiny"]
    assert table[1] == ["    Points Possible", "", "", "", "", "14"]
    rows = by_first(table[2:], 3)
    assert {name: row[5] for name, row in rows.items()} == {
        "ada": "8.8",
        "bob": "7",
        "cat@uni.example": "11",
        "'=dan": "0",
    }
    assert (folder / "canvas.csv").exists()


def test_canvas_reads_back_its_own_export_as_students_csv(folder, caplog):
    (folder / "students.csv").write_text(CANVAS, encoding="utf-8")
    (folder / "class.toml").write_text(LATE + '[columns]\ntiny = "tiny (4711)"\n')
    table = read(export.export("canvas", str(folder)))
    assert table[0][5] == "tiny (4711)"
    rows = by_first(table[2:], 1)
    assert rows["101"] == ["Lovelace, Ada", "101", "S-1", "ada", "Mon, early", "8.8"]
    assert rows["102"] == ['O"Hara; Bob', "102", "S-2", "bob", "Mon, early", "7"]
    assert rows["103"] == ["王小明", "103", "S-3", "cat@uni.example", "Tue", "11"]
    assert len(table) == 6 and "999" not in rows and "104" not in rows
    assert any("'=dan'" in message and "not be recognized" in message for message in caplog.messages)
    assert any("scores still lack the points of an essay" in message for message in caplog.messages)


def test_moodle_has_a_grade_and_a_feedback_column_for_each_assignment(folder, caplog):
    (folder / "students.csv").write_text(
        "student_id;First name;Last name;Email address;ID number\n"
        "ada;Ada;Lovelace;ada@uni.example;7001\nbob;Bob;O'Hara;bob@uni.example;\n"
        "=dan;Dan;=1+1;dan@uni.example;7003\n",
        encoding="utf-8",
    )
    table = read(export.export("moodle", str(folder)))
    assert table[0] == ["First name", "Last name", "Username", "Email address", "tiny (Real)", "tiny (Feedback)"]
    rows = by_first(table[1:], 3)
    assert rows["ada@uni.example"] == [
        "Ada",
        "Lovelace",
        "ada",
        "ada@uni.example",
        "8.8",
        "11 points, less 2.2 for being late.",
    ]
    assert rows["bob@uni.example"][4:] == ["7", 'why: =SUM(A1) nice, "really"']
    assert rows["dan@uni.example"][1:3] == ["'=1+1", "'=dan"] and "not valid JSON" in rows["dan@uni.example"][5]
    assert rows["cat@uni.example"][4:] == ["11", ""], "an id with an @ is an address"
    assert any("no column 'ID number': 2 students have none (bob, cat@uni.example)" in m for m in caplog.messages)


def test_a_student_without_identifier_is_named_and_all_others_are_in_the_worksheet(folder, caplog, capsys):
    (folder / "students.csv").write_text(WORKSHEET, encoding="utf-8")
    assert export.main(["moodle-worksheet", "--class", str(folder)]) == 1, "a score is missing in the file"
    written = capsys.readouterr().out.strip()
    assert [row[0] for row in read(Path(written))[1:]] == ["Participant 21", "Participant 22", "Participant 23"]
    assert any(m.startswith("NOT IN THE FILE") and "=dan" in m and "worksheets/tiny.csv" in m for m in caplog.messages)
    assert export.main(["moodle-worksheet", "--class", str(folder), "--students", "ada, bob, cat*"]) == 0


def test_an_identifier_of_two_students_grades_neither(folder, caplog):
    text = WORKSHEET.replace("Participant 22", "Participant 21")
    (folder / "students.csv").write_text(text, encoding="utf-8")
    made = export.exported("moodle-worksheet", str(folder))
    assert [row[0] for row in read(made.written)[1:]] == ["Participant 23"]
    assert made.left_out == ["=dan", "ada", "bob"]


def test_a_number_that_two_students_have_is_named(folder, caplog):
    (folder / "students.csv").write_text(CANVAS.replace("102", "101"), encoding="utf-8")
    export.export("canvas", str(folder))
    assert any("ada and bob have the same canvas_id, '101'" in message for message in caplog.messages)


def test_moodles_worksheet_keeps_identifiers_and_times(folder):
    (folder / "students.csv").write_text(WORKSHEET, encoding="utf-8")
    table = read(export.export("moodle-worksheet", str(folder), students="ada, bob, cat*"))
    assert table[0] == [
        "Identifier",
        "Full name",
        "Email address",
        "Grade",
        "Maximum Grade",
        "Last modified (grade)",
        "Feedback comments",
    ]
    rows = by_first(table[1:], 0)
    assert rows["Participant 21"][3:] == ["8.8", "14", "", "11 points, less 2.2 for being late."]
    assert rows["Participant 22"][5] == "Monday, 5 October 2026, 3:00 PM"
    assert rows["Participant 23"][1:4] == ["王小明", "cat@uni.example", "11"]


@pytest.mark.parametrize(
    "head, participant",
    [
        ("标识符,全名,Email地址,状态,成绩,最高分,成绩可以更改,上次修改（作业）,上次修改（评分）,评语", "参与人"),
        ("识别码,全名,Email地址,状态,成绩,最高成绩,允许更改成绩,最后修改（学生）,最后修改（教师）,反馈", "参与者"),
        ("ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,"
         "Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar", "Teilnehmer/in"),
    ],
)  # fmt: skip
def test_a_worksheet_in_another_language_goes_back_in_that_language(folder, head, participant):
    """Moodle looks for its own headings, in the language of the person who uploads."""
    rows = [
        f"{participant}2{n},N {n},{mail}@uni.example,x,,14,,-,Freitag,".split(",")
        for n, mail in enumerate(("ada", "bob"))
    ]
    (folder / "students.csv").write_text("\n".join([head, *map(",".join, rows)]) + "\n", encoding="utf-8")
    table = read(export.export("moodle-worksheet", str(folder), students="ada, bob"))
    words = head.split(",")
    assert table[0] == [words[place] for place in (0, 1, 2, 4, 5, 8, 9)]
    assert [row[0] for row in table[1:]] == [f"{participant}20", f"{participant}21"]
    assert [row[3] for row in table[1:]] == ["8.8", "7"] and {row[5] for row in table[1:]} == {"Freitag"}


def test_the_worksheet_of_each_assignment_is_used_where_the_class_keeps_it(folder):
    """`make intake WORKSHEET=` keeps it; students.csv may then be the list of participants, without identifiers."""
    (folder / "students.csv").write_text(
        "First name,Last name,Email address\nAda,L,ada@uni.example\nBob,H,bob@uni.example\n"
    )
    (folder / "worksheets").mkdir()
    (folder / "worksheets/tiny.csv").write_text(WORKSHEET.replace("Participant 2", "Participant 92"), encoding="utf-8")
    table = read(export.export("moodle-worksheet", str(folder), students="ada, bob"))
    assert {row[0] for row in table[1:]} == {"Participant 921", "Participant 922"}
    others = WORKSHEET + '"Participant 99","Ada Lovelace",other@uni.example,Submitted,,14.00,-,\n'
    (folder / "worksheets/tiny.csv").write_text(others, encoding="utf-8")
    table = read(export.export("moodle-worksheet", str(folder), students="ada, bob"))
    assert {row[0] for row in table[1:]} == {"Participant 21", "Participant 22"}, "another student of the same name"
    (folder / "worksheets/tiny.csv").unlink()
    with pytest.raises(ClassError, match="worksheets/tiny.csv"):
        export.export("moodle-worksheet", str(folder), students="ada, bob")


def test_every_cell_that_a_spreadsheet_would_run_is_kept_from_it(folder):
    (folder / "students.csv").write_text(
        'student_id,Student,Section\nada,"=HYPERLINK(""http://x"")",+1\nbob,@SUM(1),-2\ncat@uni.example,"\t=1",＝1\n',
        encoding="utf-8",
    )
    (folder / "class.toml").write_text(LATE + '[columns]\ntiny = "=tiny"\n')
    for format in ("canvas", "moodle"):
        for line in read(export.export(format, str(folder))):
            for cell in line:
                assert not cell.strip().startswith(("=", "+", "-", "@", "＝")) and "\t" not in cell, cell


def test_nbgraders_own_command_writes_the_same_file(folder, tmp_path):
    ours = export.export("canvas", str(folder)).read_text()
    home = Path(export.__file__).parent
    nbgrader = Path(sys.executable).with_name("nbgrader")
    done = subprocess.run(
        [nbgrader, "export", "--exporter=autograder.pages.exports.plugins.Canvas", f"--to={tmp_path / 'theirs.csv'}"],
        cwd=home,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(home.parent), "DESCENT_CLASS": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "theirs.csv").read_text() == ours


def test_as_a_plugin_it_knows_the_class_and_what_was_asked_for(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("DESCENT_CLASS", str(folder))
    ours = export.export("canvas", str(folder)).read_text()
    app = ExportApp(
        config=Config({"CourseDirectory": {"root": str(folder), "db_url": f"sqlite:///{folder / 'gradebook.db'}"}})
    )
    monkeypatch.chdir(tmp_path)
    app.initialize(["--exporter=autograder.pages.exports.plugins.Canvas", "--to=theirs.csv"])
    app.start()
    assert (tmp_path / "theirs.csv").read_text() == ours
    app.plugin_inst.assignment, app.plugin_inst.student = ["tiny"], ["bob"]
    with Records(f"sqlite:///{folder / 'gradebook.db'}") as records:
        app.plugin_inst.export(records.gradebook)
        assert [line[3] for line in read(tmp_path / "theirs.csv")[2:]] == ["bob"]
        app.plugin_inst.assignment = ["other"]
        with pytest.raises(ClassError, match="no assignment 'other' in the gradebook; there are: tiny"):
            app.plugin_inst.export(records.gradebook)


@pytest.mark.parametrize(
    "text, said",
    [
        ("a,b\n1,2\n", "no heading is known"),
        ("student_id,Email\nzoe,z@x\n", "no row belongs to a folder"),
        ("student_id,Email\nada,a@x\nADA,b@x\n", "line 3: a second row for 'ada'"),
    ],
)
def test_a_students_csv_that_cannot_be_used_says_why(folder, text, said):
    (folder / "students.csv").write_text(text)
    with pytest.raises(ClassError, match=said):
        export.export("canvas", str(folder))


def test_a_students_csv_in_another_encoding_says_so(folder):
    (folder / "students.csv").write_bytes("student_id,Student\nada,Müller\n".encode("latin-1"))
    with pytest.raises(ClassError, match="is not UTF-8"):
        export.export("canvas", str(folder))


@pytest.mark.parametrize(
    "row, owner",
    [
        ({"login": "ADA"}, "ada"),
        ({"sis_id": "ada"}, "ada"),
        ({"email": "ada@uni.example"}, "ada"),
        ({"id_number": "bob", "email": "ada@x"}, "bob"),
        ({"student": "zoe", "login": "ada"}, None),
        ({"name": "ada"}, None),
    ],
)
def test_a_row_belongs_to_the_folder_that_it_names(row, owner):
    assert roster.owner(roster.Person(**row), {"ada": "ada", "bob": "bob"}) == owner


@pytest.mark.parametrize("value, text", [(9.9, "9.9"), (10, "10"), (0, "0"), (7.126, "7.13"), (100.0, "100")])
def test_points_have_two_decimals_at_most(value, text):
    assert scores.number(value) == text


def test_wrong_wishes_are_answered(folder, capsys):
    assert export.main(["canvas", "--class", str(folder), "--chapter", "99"]) == 2
    assert export.main(["canvas", "--class", str(folder), "--students", "adda"]) == 2
    (folder / "class.toml").write_text("[columns]\ntiny = 3\n")
    assert export.main(["canvas", "--class", str(folder)]) == 2
    (folder / "gradebook.db").unlink()
    assert export.main(["canvas", "--class", str(folder)]) == 2
    said = capsys.readouterr().err
    for words in ("begins with '99'", "did you mean ada", "[columns] holds assignment", "has no gradebook yet"):
        assert words in said


def test_late_extended_and_too_late_in_every_export(folder):
    """The policy of the class, an extension that ends, and the most that being late may cost."""
    with Records(f"sqlite:///{folder / 'gradebook.db'}") as records:
        records.gradebook.grant_extension("tiny", "cat@uni.example", hours=1)
        assert records.gradebook.find_submission("tiny", "cat@uni.example").extension == timedelta(hours=1)
        records.commit()
    (folder / "class.toml").write_text(LATE + "at_most_percent = 15\n")
    root = tiny.lay_out(folder.parent / "course")
    course = batch.Course(root / "solutions", root / "notebooks")
    tiny.grade_class(open_class(str(folder)), course)
    canvas = by_first(read(export.export("canvas", str(folder)))[2:], 3)
    moodle = by_first(read(export.export("moodle", str(folder)))[1:], 2)
    for student, score in (("ada", "9.35"), ("cat@uni.example", "9.35"), ("bob", "7")):
        assert canvas[student][5] == score and moodle[student][-2] == score
