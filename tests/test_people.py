"""Grades out miss nobody; a student gets another id everywhere, or leaves, and nothing is lost."""

import json
import os
import time
from types import SimpleNamespace

import pytest
import tiny_course as tiny
from test_export import read
from test_grade import RIGHT, course, folder, go, grades_of  # noqa: F401  fixtures

from autograder import export
from autograder import people as command
from autograder.classroom import people, regrade, roster
from autograder.classroom.about_nobody import about_nobody
from autograder.classroom.census import census
from autograder.classroom.deliveries import Deliveries
from autograder.classroom.give_back import give_back
from autograder.gradebook.audit import Audit
from autograder.gradebook.coursedir import ClassError, ClassFolder, open_class
from autograder.gradebook.record import Records

ROSTER = 'student_id,Student\nann,"Ames, Ann"\nbob,"Bell, Bob"\nkatherine,"Cole, Cat"\ndan,"Dorn, Dan"\n'


@pytest.fixture
def place(folder, course):
    go(folder, course)
    with Records(f"sqlite:///{folder / 'gradebook.db'}") as records:
        row = records.row("bob", "tiny")
        essay = next(grade for grade in row.grades if grade.name == "why")
        essay.manual_score, essay.needs_manual_grade = 2.5, False
        next(comment for comment in row.comments if comment.name == "why").manual_comment = "well said"
        records.commit()
    go(folder, course)
    return open_class(str(folder))


def scores(place):
    return {row[3]: row[5] for row in read(export.export("canvas", str(place.path)))[2:]}


def recorded(place):
    with Records(place.db_url) as records:
        return [state[:2] for state in records.states()]


def test_who_handed_in_nothing_who_is_nobody_and_who_is_gone_are_all_named(place, caplog):
    (place.path / "students.csv").write_text(ROSTER)
    found = census(place.path, recorded(place))
    assert found.absent == ["dan", "katherine"]
    assert found.strangers.keys() == {"cat"} and [p.student for p in found.strangers["cat"]] == ["katherine"]
    (place.path / "submitted/bob").rename(place.path / "submitted/bobby")
    found = census(place.path, recorded(place))
    assert found.ghosts == {"bob": ["tiny"]} and [p.student for p in found.strangers["bobby"]] == ["bob"]
    sentences = " ".join(found.sentences(place.path))
    assert "2 of the roster handed in nothing: dan (Dorn, Dan), katherine (Cole, Cat)" in sentences
    assert "submitted/bobby is nobody of the roster, perhaps bob (Bell, Bob): make rename" in sentences
    assert "submitted/bob/tiny is gone: was the folder renamed by hand?" in sentences
    assert set(scores(place)) == {"ann", "bob", "cat"}, "bob is on the roster: his grade is not lost"
    assert sum("handed in nothing" in message for message in caplog.messages) == 1
    assert sum("is gone" in message for message in caplog.messages) == 1


def test_a_class_in_which_nobody_handed_in_yet_is_one_short_sentence(tmp_path):
    (tmp_path / "submitted").mkdir()
    (tmp_path / "students.csv").write_text("".join(f"student{number}\n" for number in range(60)))
    assert census(tmp_path, []).sentences(tmp_path) == ["nobody of the roster (60) has handed in anything yet"]


def test_a_roster_of_another_class_is_a_few_sentences_not_thousands(tmp_path):
    for number in range(500):
        (tmp_path / "submitted" / f"folder{number}" / "tiny").mkdir(parents=True)
    (tmp_path / "students.csv").write_text("".join(f"student{number}\n" for number in range(500)))
    begin = time.process_time()
    sentences = census(tmp_path, []).sentences(tmp_path)
    assert len(sentences) == 1 + 8 + 1 and "492 more folders in submitted/ are nobody of the roster" in sentences[-1]
    assert time.process_time() - begin < 10


def test_who_handed_in_and_has_no_score_is_named_by_every_command(folder, course, caplog, capsys):
    from autograder.pages import command as grading

    (folder / "students.csv").write_text(ROSTER)
    missing: list[str] = []
    go(folder, course, students="ann", finish=lambda *run: grading.finish("", missing, "", *run))
    sentence = "2 handed in tiny and got no score yet: bob (Bell, Bob), cat. Run make grade CLASS="
    assert any(said.startswith(sentence) and said.endswith("CHAPTER=tiny") for said in missing)
    assert set(grades_of(folder)) == {"ann"}
    place = open_class(str(folder))
    assert set(scores(place)) == {"ann"}
    assert sum(message.startswith(sentence) for message in caplog.messages) == 1
    caplog.clear()
    export.export("canvas", str(folder), students="ann")
    assert not any("got no score" in message for message in caplog.messages), "bob was not asked for"
    export.export("canvas", str(folder), students="ann,b*")
    assert any("1 handed in tiny and got no score yet: bob" in message for message in caplog.messages)
    assert export.main(["canvas", "--class", str(folder), "--students", "bob"]) == 2
    assert "none of them has a score yet: bob" in capsys.readouterr().err
    (given,) = give_back(place, "folder", "tiny", ["tiny"]).missing
    assert given == "bob, cat: no feedback page for tiny yet, run make grade"


def test_a_chapter_that_nobody_has_a_score_for_and_an_empty_cell_are_named(place, caplog, monkeypatch, capsys):
    monkeypatch.setattr(export, "handed_in", lambda _: ["other", "tiny"])
    (place.path / "students.csv").write_text(ROSTER)
    tiny.write(place.path, "ann", b"", "other.ipynb").parent.rename(place.path / "submitted/ann/other")
    tiny.write(place.path, "ann", tiny.answered(**tiny.RIGHT))
    scores(place)
    assert any("1 handed in other and got no score yet: ann (Ames, Ann)" in message for message in caplog.messages)
    assert any("2 handed in nothing for other, a blank cell: bob (Bell, Bob), cat" in m for m in caplog.messages)
    assert export.main(["canvas", "--class", str(place.path), "--chapter", "other"]) == 2
    assert "there are: tiny. Handed in, not graded: other" in capsys.readouterr().err


def test_a_problem_set_of_several_notebooks_is_no_ghost(tmp_path):
    (tmp_path / "submitted/ann/ps1").mkdir(parents=True)
    found = census(tmp_path, [("ann", "ps1--a")], built=["ps1--a", "ps1--b"])
    assert not found.ghosts and found.ungraded == {"ps1--b": ["ann"]}


def test_a_ghost_that_is_nobody_of_the_roster_is_left_out_with_a_warning(place, caplog):
    (place.path / "students.csv").write_text(ROSTER)
    (place.path / "submitted/cat").rename(place.path / "submitted/katherine")
    assert set(scores(place)) == {"ann", "bob"}
    assert any("cat is in the gradebook, not on the roster" in message for message in caplog.messages)


def test_make_grade_says_it_too(place, course, capsys):
    from autograder.pages import command as grading

    (place.path / "students.csv").write_text(ROSTER)
    missing: list[str] = []
    tiny.grade_class(place, course, finish=lambda *run: grading.finish("", missing, "", *run))
    assert any("handed in nothing" in sentence for sentence in missing)
    (place.path / "students.csv").write_text("what,ever\n1,2\n")
    missing.clear()
    tiny.grade_class(place, course, finish=lambda *run: grading.finish("", missing, "", *run))
    assert "no heading is known" in missing[0]


def test_who_handed_in_again_is_named_however_the_files_came(place, course):
    """Also when nothing but the files tells it: a copy by hand, the exchange, a file with an old date."""
    path = tiny.write(place.path, "ann", tiny.answered(**tiny.RIGHT | {"double": "def double(x):\n    return x"}))
    os.utime(path, (1, 1))
    (said,) = [one for one in census(place.path, recorded(place)).sentences(place.path) if "again" in one]
    assert said.startswith("1 handed in tiny again, and their scores are those of the earlier hand-in: ann")
    go(place.path, course)
    assert not census(place.path, recorded(place)).newer
    (path.parent / "timestamp.txt").write_text("2026-10-05 20:00:00 UTC")
    assert not census(place.path, recorded(place)).newer, "the time alone is no other work"


def test_a_notebook_in_no_chapters_folder_is_no_success(place, course):
    from autograder.pages import command as grading

    first = place.path / "submitted/ann/Tiny"
    first.mkdir()
    rows = list(go(place.path, course).values())
    assert grading.not_graded(place, rows, ["tiny"]) == [], "an empty folder is nobody's work"
    (first / "a.ipynb").write_text("{}")
    (place.path / "submitted/bob/work.ipynb").write_text("{}")
    one, two = grading.not_graded(place, list(go(place.path, course).values()), ["tiny"])
    assert one.startswith("submitted/ann/Tiny holds a notebook that was not graded") and "(perhaps tiny)" in one
    assert two.startswith("submitted/bob/work.ipynb holds a notebook")


def test_the_next_step_is_named(place, course):
    from autograder.pages import command as grading

    rows = list(go(place.path, course).values())
    assert grading.next_step(place, rows).startswith("next: 2 wait for a person: make essays CLASS=")
    for row in rows:
        row.state = "graded"
    assert "make give-back CLASS=" in (said := grading.next_step(place, rows)) and "CHAPTER=tiny" in said
    assert "TO=canvas" in said and "(or moodle)" in said, "nothing says which LMS this class has"
    with Deliveries(place.path) as known:
        known.add({"what": "taken", "from": "moodle", "student": "ann", "assignment": "tiny", "name": "x"})
    said = grading.next_step(place, rows)
    assert "TO=moodle" in said and "FORMAT=moodle" in said and "canvas" not in said
    with Deliveries(place.path) as known:
        known.add({"what": "taken", "from": "gradescope", "student": "ann", "assignment": "tiny", "name": "x"})
    said = grading.next_step(place, rows)
    assert "TO=folder CHAPTER=tiny" in said and "grades.csv" in said and "canvas" not in said


def test_an_extension_or_a_request_of_nobody_is_named(place, course, capsys):
    """A misspelt name there would cost a student points, or the request, without a word."""
    (place.path / "class.toml").write_text("[extensions]\nanna = { tiny = 3 }\nann = { tinny = 1, tiny = 2 }\n")
    (place.path / "regrade").mkdir()
    regrade.append(place.path / "regrade/anna.toml", "tiny", "why", "Please.")
    regrade.append(place.path / "regrade/ann.toml", "tiny", "why", "Please.")
    (place.path / "students.csv").write_text("student_id\nann\nbob\n")
    (place.path / "submitted/ann/tiny").mkdir(parents=True, exist_ok=True)
    said = about_nobody(place)
    assert len(said) == 2 and said[0].startswith("class.toml: [extensions] anna is nobody of the class")
    assert "did you mean ann?" in said[0] and said[1].startswith("regrade/anna.toml: no page shows [tiny.why]")
    assert (
        "[extensions] tinny is no chapter that is built here; did you mean tiny?" in place.unknown_settings({"tiny"})[0]
    )


def test_a_renamed_student_keeps_scores_comments_history_and_files(place, course):
    with Deliveries(place.path) as known:
        known.add(
            {
                "what": "taken",
                "from": "canvas",
                "student": "bob",
                "assignment": "tiny",
                "name": "bellbob_1_2",
                "hash": "",
            }
        )
    before = grades_of(place.path)["bob"]
    lines = people.rename(place, "bob", "bobby")
    assert "gradebook, audit, submitted/bob, autograded/bob, feedback/bob, progress/bob.html" in lines[0]
    assert not (place.path / "submitted/bob").exists()
    go(place.path, course)
    after = grades_of(place.path)
    assert (
        "bob" not in after
        and after["bobby"]["score"] == before["score"]
        and "Read by a person" in after["bobby"]["note"]
    )
    assert "well said" in (place.path / "feedback/bobby/tiny/tiny.html").read_text()
    with Deliveries(place.path) as known:
        (line,) = known.newest("tiny", "canvas")
        assert (line["student"], line["name"]) == ("bobby", "bellbob_1_2")
    for only in (None, ("bobby", "tiny")):
        with Audit(place.path, only) as audit:
            assert audit.state(("bobby", "tiny"))["grades"]["why"] == [None, 2.5, None]
            assert not audit.state(("bob", "tiny"))["grades"]
    lines = [json.loads(line) for line in (place.path / "audit.jsonl").read_text().splitlines()]
    after_rename = lines[next(i for i, line in enumerate(lines) if line["what"] == "rename") + 1 :]
    assert not any(line.get("after", {}).get("why") for line in after_rename if line["what"] == "grade"), (
        "nothing changed"
    )


def test_the_list_of_the_lms_keeps_the_old_id_and_still_fits_after_a_rename(place, course):
    """The login in Canvas's export is not changed because a folder is: scores go to the row of the old one."""
    go(place.path, course)
    csv = place.path / "students.csv"
    csv.write_text('Student,ID,SIS Login ID\n"B, Bob",7,bob\n"A, Ann",8,ann\n')
    said = people.rename(place, "bob", "rob")
    assert any("still says bob in line 2: that row counts as rob's from now on" in sentence for sentence in said)
    people.rename(place, "rob", "robert")
    assert (
        set(roster.roster_of(place.path)) == {"ann", "robert"}
        and roster.roster_of(place.path)["robert"].canvas_id == "7"
    )
    assert roster.people(csv, [SimpleNamespace(id="robert", first_name="", last_name="", email="", lms_user_id="")])[
        "robert"
    ].canvas_id == "7"  # fmt: skip
    csv.write_text('Student,ID,SIS Login ID\n"B, Bob",7,robert\n"C, Bob",9,bob\n')
    assert {one: person.canvas_id for one, person in roster.roster_of(place.path).items()} == {
        "robert": "7",
        "bob": "9",
    }, "another Bob came, and the first has a row under the new id"


@pytest.mark.parametrize(
    ("roster", "sentence"),
    [
        ("student_id,name\nbobby,B\nbob,C\n", "students.csv still says bob in line 3: change it to rob by hand"),
        (
            "name,email\nBob,bob@uni.example\n",
            "line 2, as a login, number or address: add a column student_id, and write rob",
        ),
        ("student_id,name\nbobby,bob\n", None),
    ],
)
def test_what_is_left_to_do_by_hand_is_said_exactly(tmp_path, roster, sentence):
    """An address is not changed because its owner's folder is; and Bobby is not Bob."""
    (tmp_path / "students.csv").write_text(roster)
    (tmp_path / "class.toml").write_text("# [extensions] bob = 1\n[extensions]\nbobby = { tiny = 3 }\n")
    said = people.mentions(ClassFolder(tmp_path), "bob", "rob")
    assert len(said) == 1 + bool(sentence) and (not sentence or sentence in said[0])
    with open(tmp_path / "class.toml", "a") as file:
        file.write("bob = { tiny = 1 }\n")
    assert "class.toml still says bob: change it to rob by hand" in people.mentions(ClassFolder(tmp_path), "bob", "rob")
    assert "class.toml still says bob: take it out" in people.mentions(ClassFolder(tmp_path), "bob", "")


def test_a_rename_that_was_interrupted_is_finished_by_the_same_command(place, course):
    people.rename_row(place, "bob", "bobby")
    (place.path / "submitted/bob").rename(place.path / "submitted/bobby")
    people.rename(place, "bob", "bobby")
    assert set(go(place.path, course)) == {"ann", "bobby", "cat"}
    assert not (place.path / "feedback/bob").exists()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("bob", "ann", "ann has a submitted/ann already"),
        ("nobody", "somebody", "there is no student 'nobody'"),
        ("bob", "../x", "begins with a dot"),
        ("bob", "bob", "are both"),
        ("", "x", "say OLD=name NEW=name"),
    ],
)
def test_a_bad_rename_does_nothing(place, capsys, old, new, sentence):
    before = {path: path.stat().st_mtime_ns for path in place.path.rglob("*") if path.name not in (".lock",)}
    assert command.main(["rename", str(place.path), old, new]) == 2
    assert sentence in capsys.readouterr().err
    after = {path: path.stat().st_mtime_ns for path in place.path.rglob("*") if path.name not in (".lock",)}
    assert {p for p in after if p.is_file() and "gradebook" not in p.name and p.name != "audit.jsonl"} <= set(before)


def test_two_students_with_scores_are_never_put_together(place):
    for name in ("submitted", "autograded", "feedback"):
        (place.path / name / "ann").rename(place.path / name / "gone")
    (place.path / "progress/ann.html").unlink()
    with pytest.raises(ClassError, match="bob and ann both have scores for tiny"):
        people.rename(place, "bob", "ann")


def test_a_dropped_student_is_gone_from_every_list_and_everything_is_kept(place, course, capsys):
    (place.path / "students.csv").write_text(ROSTER)
    assert command.main(["drop", str(place.path), "bob"]) == 0
    out = capsys.readouterr().out
    assert "dropped/bob/1/" in out and "students.csv still names bob" in out
    assert set(go(place.path, course)) == {"ann", "cat"} and set(scores(place)) == {"ann", "cat"}
    found = census(place.path, recorded(place))
    assert "bob" not in found.absent and found.dropped == ["bob"]
    assert any("dropped from the class, but still in students.csv: bob" in s for s in found.sentences(place.path))
    kept = place.path / "dropped/bob/1"
    assert (kept / "submitted/bob/tiny/tiny.ipynb").exists() and (kept / "feedback/bob/tiny/tiny.html").exists()
    rows = json.loads((kept / "gradebook.json").read_text())
    assert rows["tiny"]["cells"]["why"] == [None, 2.5, None] and rows["tiny"]["comments"]["why"] == "well said"
    line = json.loads((place.path / "audit.jsonl").read_text().splitlines()[-1])
    assert line["what"] == "drop" and line["scores"] == {"tiny": 13.5}
    assert command.main(["drop", str(place.path), "bob"]) == 2
    assert "there is no student 'bob'" in capsys.readouterr().err
