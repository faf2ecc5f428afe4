"""`make intake`: what Canvas, Moodle, Gradescope and folders deliver finds its student; hostile zips do no harm."""

import shutil
import stat
import struct
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import nbformat
import pytest
import tiny_course as tiny
from test_grade import course, go  # noqa: F401  fixtures

from autograder import ROOT, take_in
from autograder.classroom import archive, roster
from autograder.classroom import take_in as taking
from autograder.classroom.create import create
from autograder.classroom.deliveries import Deliveries
from autograder.gradebook.coursedir import ClassError, open_class
from autograder.gradebook.timestamps import read_timestamp

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section
    Points Possible,,,,
"Lovelace, Ada",101,S-1,ada,A
"O'Hara, Bob",102,S-2,bob,A
"王, 小明",103,S-3,cat,A
"""
MOODLE = """Identifier,"Full name","Email address",Status,Grade,"Last modified (submission)"
Participant 21,Ada Lovelace,ada@uni.example,,,"Monday, 5 October 2026, 8:15 PM"
Participant 22,Bob O'Hara,bob@uni.example,,,-
Participant 23,王小明,cat@uni.example,,,-
"""
GRADESCOPE = """---
submission_77:
  :submitters:
  - :name: Ada Lovelace
    :sid: S-1
    :email: ada@uni.example
  :created_at: 2026-10-05 20:15:00.123456000 Z
submission_78:
  :submitters:
  - :name: Bob O'Hara
    :email: bob@uni.example
  - :name: 王小明
    :sid: S-3
  :created_at: 2026-10-05 20:16:00 Z
"""
NB = nbformat.writes(tiny.answered(**tiny.RIGHT)).encode()
OTHER = nbformat.writes(tiny.answered(double="def double(x): return 0")).encode()


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return path


@pytest.fixture
def place(tmp_path):
    (tmp_path / "roster.csv").write_text(CANVAS, encoding="utf-8")
    create(str(tmp_path / "class"), ["tiny"], str(tmp_path / "roster.csv"), "UTC")
    return open_class(str(tmp_path / "class"))


def use_roster(place, text):
    (place.path / "students.csv").write_text(text, encoding="utf-8")


def take(place, path, system="", chapter="", **options):
    return taking.take_in(place, str(path), ["tiny", "tinier"], system, chapter, **options)


def handed_in(place) -> dict[str, list[str]]:
    return {
        str(one.parent.relative_to(place.path / "submitted")): sorted(path.name for path in one.parent.iterdir())
        for one in sorted((place.path / "submitted").glob("*/*/*"))
    }


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_canvas_names_late_flags_several_files_and_second_attempts(place, tmp_path):
    path = zipped(
        tmp_path / "submissions.zip",
        {
            "lovelaceada_101_5551_tiny.ipynb": NB,
            "lovelaceada_101_5552_data.csv": b"1,2",
            "oharabob_LATE_102_5553_tiny-2.ipynb": NB,
            "王小明_103_5554_tiny.ipynb": OTHER,
        },
    )
    taken = take(place, path)
    assert (taken.system, taken.assignment, taken.complete) == ("canvas", "tiny", True)
    assert sorted(taken.new) == ["ada", "bob", "cat"] and taken.late == ["bob"] and not taken.absent
    assert handed_in(place) == {
        "ada/tiny": ["data.csv", "tiny.ipynb"],
        "bob/tiny": ["timestamp.txt", "tiny.ipynb"],
        "cat/tiny": ["tiny.ipynb"],
    }
    time, notes = read_timestamp(place.path / "submitted/bob/tiny")
    assert time is None and "Marked as late" in notes[0]["en"] and "迟交" in notes[0]["zh"]


def test_taking_in_again_changes_nothing(place, tmp_path):
    path = zipped(tmp_path / "s.zip", {"lovelaceada_101_5551_tiny.ipynb": NB, "oharabob_LATE_102_5553_tiny.ipynb": NB})
    take(place, path)
    (place.path / "submitted/bob/tiny/timestamp.txt").write_text("2026-10-06 08:00:00 UTC")  # by the instructor
    before = tree(place.path)
    taken = take(place, path)
    assert taken.unchanged == ["ada", "bob"] and not taken.new + taken.again and taken.complete
    assert tree(place.path) == before


def test_a_resubmission_replaces_and_keeps_the_earlier_one_and_an_old_zip_does_not_bring_it_back(place, tmp_path):
    first = zipped(tmp_path / "1.zip", {"lovelaceada_101_5551_tiny.ipynb": OTHER})
    second = zipped(tmp_path / "2.zip", {"lovelaceada_101_5560_tiny-1.ipynb": NB})
    take(place, first)
    assert take(place, second).again == ["ada"]
    assert (place.path / "submitted/ada/tiny/tiny.ipynb").read_bytes() == NB
    assert (place.path / "earlier/ada/tiny/1/tiny.ipynb").read_bytes() == OTHER
    assert take(place, first).older == ["ada"]
    assert (place.path / "submitted/ada/tiny/tiny.ipynb").read_bytes() == NB
    assert take(place, first, older=True).again == ["ada"]
    assert (place.path / "earlier/ada/tiny/2/tiny.ipynb").read_bytes() == NB
    with Deliveries(place.path) as known:
        assert [line["name"] for line in known.newest("tiny", "canvas")] == ["lovelaceada_101_5551"]


@pytest.mark.parametrize("separate", ["/", ""])
def test_moodle_with_and_without_folders_takes_the_time_of_the_worksheet(place, tmp_path, separate):
    use_roster(place, MOODLE)
    path = zipped(
        tmp_path / "s.zip",
        {
            f"Ada Lovelace_21_assignsubmission_file_{separate}tiny.ipynb": NB,
            f"Somebody Else_22_assignsubmission_file_{separate}tiny.ipynb": NB,
            f"Gruppe 1-王小明_23_assignsubmission_file_{separate}tiny.ipynb": NB,
        },
    )
    taken = take(place, path)
    assert taken.system == "moodle" and sorted(taken.new) == ["ada", "bob", "cat"] and taken.complete
    assert read_timestamp(place.path / "submitted/ada/tiny")[0].isoformat() == "2026-10-05T20:15:00"
    assert read_timestamp(place.path / "submitted/bob/tiny") == (None, [])


def test_moodles_german_worksheet_and_its_times(place, tmp_path):
    use_roster(
        place,
        'ID,"Vollständiger Name",E-Mail-Adresse,"Zuletzt geändert (Abgabe)"\n'
        'Teilnehmer/in21,Ada Müller,ada@uni.example,"Montag, 5. Oktober 2026, 20:15"\n',
    )
    take(place, zipped(tmp_path / "s.zip", {"Ada Müller_21_assignsubmission_file/tiny.ipynb": NB}))
    assert read_timestamp(place.path / "submitted/ada/tiny")[0].isoformat() == "2026-10-05T20:15:00"


PARTICIPANTS = "名,姓,学号,电子邮件地址\n小明,王,2026001,a@uni.example\n伟,李,2026002,b@uni.example\n小明,王,2026003,c@uni.example\n"


def chinese_worksheet(number: int, time: str = "2026年10月05日 星期一 20:15") -> str:
    names = (("王小明", "a"), ("李伟", "b"), ("王小明", "c"))
    return "标识符,全名,电子邮件地址,状态,成绩,最高分,上次修改（作业）,上次修改（评分）,反馈评论\n" + "".join(
        f"参与人{number + i},{name},{mail}@uni.example,已提交请评分,,100,{time},-,\n"
        for i, (name, mail) in enumerate(names)
    )


def moodle_zip(path: Path, number: int) -> Path:
    return zipped(
        path,
        {
            f"{name}_{number + i}_assignsubmission_file/tiny.ipynb": NB
            for i, name in enumerate(("王小明", "李伟", "王小明"))
        },
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_moodles_chinese_worksheet_of_each_assignment(place, tmp_path, encoding, capsys):
    """Moodle gives a student another number in each assignment, and writes the day of the week into the time."""
    (place.path / "students.csv").write_bytes(PARTICIPANTS.encode(encoding))
    (place.path / "class.toml").write_text('[class]\ntimezone = "Asia/Shanghai"\n')
    delivery, worksheet = moodle_zip(tmp_path / "s.zip", 700), tmp_path / "w.csv"
    taken = take(place, delivery)
    assert taken.new == ["2026002"] and len(taken.unmatched) == 2, "two students of one name, and no number yet"
    worksheet.write_bytes(chinese_worksheet(700).encode(encoding))
    taken = take(place, delivery, worksheet=str(worksheet))
    assert sorted(taken.new) == ["2026001", "2026003"] and taken.unchanged == ["2026002"] and taken.complete
    assert sorted(taken.dated) == ["2026001", "2026002", "2026003"], "a time that came later is written, too"
    for student in taken.dated:
        time, notes = read_timestamp(place.path / f"submitted/{student}/tiny", "Asia/Shanghai")
        assert time.isoformat() == "2026-10-05T12:15:00" and not notes
    assert (place.path / "worksheets/tiny.csv").read_text("utf-8").startswith("标识符")
    assert take(place, delivery, worksheet=str(worksheet)).dated == [], "what is there stays"


def test_a_time_that_somebody_wrote_is_not_replaced_by_the_worksheets(place, tmp_path):
    use_roster(place, PARTICIPANTS)
    delivery, worksheet = moodle_zip(tmp_path / "s.zip", 700), tmp_path / "w.csv"
    worksheet.write_text(chinese_worksheet(700))
    take(place, delivery, worksheet=str(worksheet))
    own = place.path / "submitted/2026002/tiny/timestamp.txt"
    own.write_text("2026-10-04 10:00:00 UTC")
    take(place, delivery, worksheet=str(worksheet))
    assert own.read_text() == "2026-10-04 10:00:00 UTC"


def test_the_worksheet_of_another_assignment_gives_no_number_and_no_time(place, tmp_path, capsys):
    worksheet = tmp_path / "w.csv"
    worksheet.write_text(chinese_worksheet(100))
    use_roster(place, worksheet.read_text())
    taken = take(place, moodle_zip(tmp_path / "s.zip", 700))
    assert taken.new == ["b"] and taken.dated == []
    assert any("of another assignment" in sentence for sentence in taken.warnings)
    use_roster(place, PARTICIPANTS)
    with pytest.raises(
        ClassError, match="none of its numbers is in the zip.* Download that of this assignment: View all"
    ):
        take(place, moodle_zip(tmp_path / "s.zip", 700), worksheet=str(worksheet))
    assert not (place.path / "worksheets").exists()
    worksheet.write_text(PARTICIPANTS)
    with pytest.raises(ClassError, match="is no grading worksheet"):
        take(place, moodle_zip(tmp_path / "s.zip", 700), worksheet=str(worksheet))
    path = zipped(tmp_path / "c.zip", {"lovelaceada_101_5551_tiny.ipynb": NB})
    with pytest.raises(ClassError, match="a grading worksheet is Moodle's"):
        take(place, path, "canvas", worksheet=str(worksheet))


def test_intake_says_when_moodle_gave_no_times(place, tmp_path, capsys):
    use_roster(place, PARTICIPANTS.replace("王", "赵", 1))
    delivery = zipped(tmp_path / "s.zip", {"李伟_7_assignsubmission_file/tiny.ipynb": NB})
    assert take_in.main([str(place.path), str(delivery), "--from", "moodle", "--chapter", "03"]) == 0
    assert "WORKSHEET=file.csv adds the times" in capsys.readouterr().out


def test_gradescope_says_whose_and_when_and_a_group_is_each_of_its_students(place, tmp_path):
    use_roster(place, CANVAS.replace("ada,A", "ada@uni.example,A").replace("bob,A", "bob@uni.example,A"))
    path = zipped(
        tmp_path / "s.zip",
        {
            "assignment_9_export/submission_metadata.yml": GRADESCOPE.encode(),
            "assignment_9_export/submission_77/tiny.ipynb": NB,
            "assignment_9_export/submission_78/answers/tiny.ipynb": OTHER,
        },
    )
    taken = take(place, path)
    assert taken.system == "gradescope" and taken.complete
    assert sorted(taken.new) == ["ada@uni.example", "bob@uni.example", "cat"]
    assert read_timestamp(place.path / "submitted/ada@uni.example/tiny")[0].isoformat() == "2026-10-05T20:15:00"


def test_a_file_called_like_gradescopes_list_decides_nothing(place, tmp_path):
    """A student hands in a list of their own that exchanges the two submissions."""
    use_roster(place, CANVAS.replace("ada,A", "ada@uni.example,A").replace("bob,A", "bob@uni.example,A"))
    single = GRADESCOPE.replace("  - :name: 王小明\n    :sid: S-3\n", "")
    exchanged = (
        single.replace("submission_77", "x")
        .replace("submission_78", "submission_77")
        .replace("\nx:", "\nsubmission_78:")
    )
    files = {
        "x/submission_metadata.yml": single.encode(),
        "x/submission_77/tiny.ipynb": NB,
        "x/submission_78/tiny.ipynb": OTHER,
        "x/submission_78/submission_metadata.yml": exchanged.encode(),
    }
    taken = take(place, zipped(tmp_path / "s.zip", files))
    assert sorted(taken.new) == ["ada@uni.example", "bob@uni.example"]
    assert (place.path / "submitted/ada@uni.example/tiny/tiny.ipynb").read_bytes() == NB


def test_a_file_called_like_gradescopes_list_stops_no_other_systems_zip(place, tmp_path):
    use_roster(place, MOODLE)
    owned = (
        b"Ada Lovelace_21_assignsubmission_file:\n  :submitters:\n  - :name: Bob O'Hara\n    :email: bob@uni.example\n"
    )
    files = {
        "Ada Lovelace_21_assignsubmission_file/tiny.ipynb": NB,
        "Bob O'Hara_22_assignsubmission_file/tiny.ipynb": OTHER,
        "Bob O'Hara_22_assignsubmission_file/submission_metadata.yml": owned,
    }
    taken = take(place, zipped(tmp_path / "s.zip", files))
    assert taken.system == "moodle" and sorted(taken.new) == ["ada", "bob"]
    assert (place.path / "submitted/ada/tiny/tiny.ipynb").read_bytes() == NB
    folders = {"ada/tiny.ipynb": NB, "ada/submission_metadata.yml": b"a: {}"}
    use_roster(place, CANVAS)
    assert take(place, zipped(tmp_path / "2.zip", folders)).system == "folder"


@pytest.mark.parametrize(
    "name",
    [
        "Bob O'Hara_22_assignsubmission_file_x_21_assignsubmission_file_tiny.ipynb",
        "Bob O'Hara_21_assignsubmission_file_22_assignsubmission_file/tiny.ipynb",
    ],
)
def test_a_file_named_after_another_student_of_moodles_is_nobodys(place, tmp_path, name):
    """In a zip without folders, the end of a name is what the student called the file."""
    use_roster(place, MOODLE)
    files = {"Ada Lovelace_21_assignsubmission_file_tiny.ipynb": NB, name: OTHER}
    taken = take(place, zipped(tmp_path / "s.zip", files))
    assert taken.new == ["ada"] and (place.path / "submitted/ada/tiny/tiny.ipynb").read_bytes() == NB
    assert taken.left_out == [f"{name}: it has numbers of two students of Moodle's, so that nobody can say whose it is"]


def test_a_file_downloaded_from_moodle_and_handed_in_again_is_its_students(place, tmp_path):
    use_roster(place, MOODLE)
    files = {"Ada Lovelace_21_assignsubmission_file_Ada Lovelace_21_assignsubmission_file_tiny.ipynb": NB}
    assert take(place, zipped(tmp_path / "s.zip", files)).new == ["ada"]


def test_a_canvas_file_named_like_moodles_is_its_students(place, tmp_path):
    files = {"lovelaceada_101_1_x_22_assignsubmission_file_tiny.ipynb": NB, "oharabob_102_2_y_5_6_tiny.ipynb": OTHER}
    taken = take(place, zipped(tmp_path / "s.zip", files))
    assert taken.system == "canvas" and sorted(taken.new) == ["ada", "bob"]


def test_a_student_who_takes_the_name_of_another_ones_account_stays_who_they_are(place, tmp_path):
    """Canvas, Moodle and Gradescope may let students choose the name that stands in the zip."""
    taken = take(place, zipped(tmp_path / "c.zip", {"ada_102_1_tiny.ipynb": OTHER, "x_999_2_tiny.ipynb": NB}), "canvas")
    assert taken.new == ["bob"]
    taken = take(
        place, zipped(tmp_path / "c2.zip", {"ada_999_1_tiny.ipynb": NB, "oharabob_102_2_tiny.ipynb": NB}), "canvas"
    )
    assert not taken.new and len(taken.unmatched) == 1 and not (place.path / "submitted/ada").exists()
    use_roster(place, MOODLE)
    files = {"ada_22_assignsubmission_file/tiny.ipynb": NB, "Ada L_21_assignsubmission_file/tiny.ipynb": OTHER}
    take(place, zipped(tmp_path / "m.zip", files))
    assert (place.path / "submitted/ada/tiny/tiny.ipynb").read_bytes() == OTHER
    use_roster(place, CANVAS.replace("S-1,ada,A", "S-1,ada@uni.example,A"))
    listed = GRADESCOPE.replace("Bob O'Hara", "ada@uni.example").replace(":email: bob@uni.example", ":sid: S-2")
    files = {f"x/submission_{number}/tiny.ipynb": data for number, data in ((77, OTHER), (78, NB))}
    taken = take(place, zipped(tmp_path / "g.zip", {"x/submission_metadata.yml": listed.encode()} | files))
    assert (place.path / "submitted/ada@uni.example/tiny/tiny.ipynb").read_bytes() == OTHER


def test_gradescopes_own_roster_is_enough(place, tmp_path):
    use_roster(
        place,
        "First Name,Last Name,SID,Email,Role\nA,L,S-1,a@x.edu,Student\nB,O,,bob@uni.example,Student\nC,W,S-3,c@x.edu,Student\n",
    )
    files = {f"x/submission_{number}/tiny.ipynb": NB for number in (77, 78)}
    taken = take(place, zipped(tmp_path / "s.zip", {"x/submission_metadata.yml": GRADESCOPE.encode()} | files))
    assert sorted(taken.new) == ["a", "bob", "c"] and taken.complete


def test_an_entry_of_gradescopes_list_that_cannot_be_read_costs_only_its_own(place, tmp_path, capsys):
    """One submission without a description, one without a time: both are named, the others are taken."""
    broken = GRADESCOPE.replace("  :created_at: 2026-10-05 20:16:00 Z\n", "") + "submission_79: gone\n"
    files = {f"x/submission_{number}/tiny.ipynb": data for number, data in ((77, NB), (78, OTHER), (79, NB))}
    path = zipped(tmp_path / "s.zip", {"x/submission_metadata.yml": broken.encode()} | files)
    use_roster(place, CANVAS.replace("ada,A", "ada@uni.example,A").replace("bob,A", "bob@uni.example,A"))
    taken = take(place, path)
    assert sorted(taken.new) == ["ada@uni.example", "bob@uni.example", "cat"] and not taken.complete
    assert taken.left_out == ["x/submission_79/tiny.ipynb: submission_metadata.yml says nothing about it"]
    take_in.show(taken)
    assert "without a time, so being late costs them nothing: bob@uni.example, cat" in capsys.readouterr().out
    take_in.show(take(place, path))
    assert "costs them nothing: bob@uni.example, cat" in capsys.readouterr().out, "again, it is said again"
    with pytest.raises(ClassError, match="is not what Gradescope exports"):
        take(place, zipped(tmp_path / "2.zip", files | {"x/submission_metadata.yml": b"submission_79: gone\n"}))


def test_two_rows_of_a_worksheet_that_may_be_one_student_give_neither_number(place, tmp_path):
    """A name finds only those whom no id or address found, and nobody whom two rows could be."""
    use_roster(place, PARTICIPANTS.replace("伟,李", "小明,陈"))
    rows = chinese_worksheet(700) + "参与人799,陈小明,x@uni.example,已提交请评分,,100,2026年10月06日 星期二 20:15,-,\n"
    people = roster.roster_of(place.path)
    for text, number, sentence in (
        (rows.replace("李伟,b@", "陈小明,b@"), "701", "line 5: 陈小明 is nobody"),
        (rows.replace("李伟,b@", "陈小明,y@"), "", "line 3: 陈小明 may be 2026002, but so may another row"),
    ):
        (tmp_path / "w.csv").write_text(text)
        found, strangers = roster.with_worksheet(people, tmp_path / "w.csv")
        assert found["2026002"].participant == number and found["2026001"].participant == "700"
        assert any(sentence in one for one in strangers), strangers


def test_a_student_whom_the_worksheet_gives_no_time_is_named(place, tmp_path, capsys):
    use_roster(place, PARTICIPANTS)
    worksheet = tmp_path / "w.csv"
    worksheet.write_text(chinese_worksheet(700).replace("2026年10月05日 星期一 20:15", "-", 1))
    take_in.show(take(place, moodle_zip(tmp_path / "s.zip", 700), worksheet=str(worksheet)))
    assert "being late costs them nothing: 2026001" in capsys.readouterr().out


def test_folders_of_students_with_and_without_chapter_and_wrapped_in_another(place, tmp_path):
    first = zipped(tmp_path / "1.zip", {"ada/tiny.ipynb": NB, "bob/tiny/tiny.ipynb": NB, "cat.ipynb": NB})
    assert take(place, first, "folder").new == ["ada", "bob", "cat"]
    second = zipped(tmp_path / "2.zip", {"all/ada/tiny/tiny.ipynb": OTHER, "all/bob/tiny/tiny.ipynb": NB})
    taken = take(place, second)
    assert (taken.again, taken.unchanged) == (["ada"], ["bob"])


def test_the_unmatched_are_listed_with_the_nearest_names_and_names_in_class_toml_settle_them(place, tmp_path, capsys):
    path = zipped(
        tmp_path / "s.zip",
        {"lovelaceada_101_1_tiny.ipynb": NB, "ohararob_999_2_tiny.ipynb": NB, "nobody_998_3_tiny.ipynb": NB},
    )
    taken = take(place, path)
    assert taken.new == ["ada"] and not taken.complete
    near, none = taken.unmatched
    assert "ohararob_999: nobody on the roster; nearest: bob (O'Hara, Bob)" in near
    assert '"ohararob_999" = "bob" under [names]' in near and "nearest" not in none
    with open(place.path / "class.toml", "a", encoding="utf-8") as file:
        file.write('[names]\n"ohararob_999" = "bob"\n"nobody" = "cat"\n')
    taken = take(place, path)
    assert sorted(taken.new) == ["bob", "cat"] and taken.complete


def test_a_guest_is_left_out_when_class_toml_says_so(place, tmp_path, capsys):
    path = zipped(tmp_path / "s.zip", {"lovelaceada_101_1_tiny.ipynb": NB, "guest_999_2_tiny.ipynb": NB})
    (unmatched,) = take(place, path).unmatched
    assert unmatched.endswith('if it is nobody of the class: "guest_999" = ""')
    with open(place.path / "class.toml", "a", encoding="utf-8") as file:
        file.write('[names]\n"guest_999" = ""\n')
    taken = take(place, path)
    assert taken.complete and taken.nobody == ["guest_999"] and set(handed_in(place)) == {"ada/tiny"}
    take_in.show(taken)
    assert "left out, nobody of the class as class.toml says: guest_999" in capsys.readouterr().out


def test_the_zip_of_another_chapter_than_the_one_that_is_named_is_refused_as_a_whole(place, tmp_path):
    use_roster(place, "student_id,name\n" + "".join(f"s{n},Student {n}\n" for n in range(6)))
    before = tree(place.path)
    other = nbformat.writes(tiny.released()).replace('"chapter": "tiny"', '"chapter": "tinier"').encode()
    files = {f"s{n}/x.ipynb": other if n else NB for n in range(5)}
    path = zipped(tmp_path / "s.zip", files)
    with pytest.raises(ClassError, match="CHAPTER=tiny, but 4 of 5 notebooks are of tinier"):
        take(place, path, chapter="tiny")
    assert {name: data for name, data in tree(place.path).items() if name != ".lock"} == before
    taken = take(place, zipped(tmp_path / "few.zip", dict(list(files.items())[:3])), chapter="tiny")
    assert taken.new == ["s0", "s1", "s2"]
    assert taken.warnings == ["handed in a notebook of tinier for tiny, ask for the right one: s1, s2"]


def test_a_zip_inside_of_a_zip_or_folder_is_named(place, tmp_path):
    (tmp_path / "inner").mkdir()
    inner = zipped(tmp_path / "inner" / "s.zip", {"lovelaceada_101_1_tiny.ipynb": NB})
    for path in (inner.parent, zipped(tmp_path / "outer.zip", {"s.zip": inner.read_bytes()})):
        with pytest.raises(ClassError, match="holds s.zip and no submission: give that zip itself as ZIP="):
            take(place, path, "canvas")


def test_two_students_of_one_name_are_told_apart_by_number_or_not_at_all(place, tmp_path):
    use_roster(place, CANVAS + '"Lovelace, Ada",104,S-4,ada2,B\n')
    taken = take(place, zipped(tmp_path / "1.zip", {"lovelaceada_104_1_tiny.ipynb": NB}))
    assert taken.new == ["ada2"]
    use_roster(place, 'student_id,Student\nada,"Lovelace, Ada"\nada2,"Lovelace, Ada"\n')
    taken = take(place, zipped(tmp_path / "2.zip", {"lovelaceada_105_1_tiny.ipynb": NB}))
    assert "ada (Lovelace, Ada) and ada2 (Lovelace, Ada) have this name" in taken.unmatched[0]
    assert "ada/tiny" not in handed_in(place)


def test_a_number_of_somebody_else_is_not_overruled_by_an_equal_name(place, tmp_path):
    taken = take(place, zipped(tmp_path / "s.zip", {"lovelaceada_555_1_tiny.ipynb": NB}))
    assert not taken.new and "nobody on the roster; nearest: ada" in taken.unmatched[0]


def test_hidden_names_and_a_wrong_chapter_are_said(place, tmp_path):
    names = ("anon_AbC_5551_tiny.ipynb", "LATE_anon_AbD_5552_03_tiny.ipynb", "lovelaceada_101_1_tiny.ipynb")
    hidden = zipped(tmp_path / "1.zip", dict.fromkeys(names, NB))
    taken = take(place, hidden, "canvas")
    assert len(taken.left_out) == 2 and all("Canvas hid the names" in line for line in taken.left_out)
    other = nbformat.writes(tiny.released()).replace('"chapter": "tiny"', '"chapter": "tinier"').encode()
    files = {"lovelaceada_101_1_tiny.ipynb": NB, "oharabob_102_2_x.ipynb": other, "王小明_103_3_tiny.ipynb": NB}
    assert take(place, zipped(tmp_path / "2.zip", files)).warnings == [
        "handed in a notebook of tinier for tiny, ask for the right one: bob"
    ]


# Zips that somebody made to do harm, or that a network cut off


def hostile(path: Path, name: str, data: bytes = b"x", mode: int = 0) -> Path:
    zipped(path, {"lovelaceada_101_1_tiny.ipynb": NB})
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    with zipfile.ZipFile(path, "a") as made:
        made.writestr(info, data)
    return path


@pytest.mark.parametrize(
    "name",
    ["d/" * 2000 + "evil_1_2_x", "../../evil_1_2_x.ipynb", "/etc/evil_1_2_x", "C:\\evil_1_2_x", "a\\..\\..\\evil_1_2_x", "x" * 300 + "_1_2_x", "\x1bevil_1_2_x"],
)  # fmt: skip
def test_a_path_that_leads_out_or_cannot_be_shown_is_left_out(place, tmp_path, name):
    outside = set(tree(tmp_path)) | {"hostile.zip"}
    taken = take(place, hostile(tmp_path / "hostile.zip", name))
    assert taken.new == ["ada"] and len(taken.left_out) == 1 and not taken.complete
    assert set(tree(tmp_path)) - outside == {"class/submitted/ada/tiny/tiny.ipynb", "class/intake.jsonl", "class/.lock"}


def test_a_file_and_a_folder_of_one_name_stop_nobody(place, tmp_path):
    use_roster(place, MOODLE)
    ada, bob = "Ada Lovelace_21_assignsubmission_file/", "Bob O'Hara_22_assignsubmission_file/"
    files = {bob + "x": b"a", bob + "x/tiny.ipynb": NB, bob + "x/y/z.txt": b"b", ada + "tiny.ipynb": NB}
    assert sorted(take(place, zipped(tmp_path / "s.zip", files)).new) == ["ada", "bob"]
    assert handed_in(place)["bob/tiny"] == ["tiny.ipynb", "x", "z.txt"]


def test_a_long_chinese_name_costs_nobody_the_work(place, tmp_path):
    """Moodle allows 255 characters, most file systems 255 bytes."""
    use_roster(place, MOODLE)
    name = "深度学习优化与正则化课程作业" * 15 + "（最终版）.ipynb"
    taken = take(place, zipped(tmp_path / "s.zip", {f"王小明_23_assignsubmission_file_{name}": NB}))
    [kept] = handed_in(place)["cat/tiny"]
    assert taken.new == ["cat"] and taken.complete and kept.endswith("（最终版）.ipynb") and len(kept.encode()) <= 200


@pytest.mark.parametrize(
    "name", ["第 3　次作业.ipynb", "my\u00a0work.ipynb", "\u202bتمرین‌ها\u202c.ipynb", "👩\u200d🎓.ipynb"]
)
def test_spaces_and_joiners_of_other_scripts_cost_nobody_the_work(place, tmp_path, name):
    use_roster(place, MOODLE)
    taken = take(place, zipped(tmp_path / "s.zip", {f"王　小明_23_assignsubmission_file_{name}": NB}))
    [kept] = handed_in(place)["cat/tiny"]
    assert taken.new == ["cat"] and taken.complete and kept.endswith(".ipynb") and kept.isprintable()


def test_a_path_that_leads_out_once_it_is_cleaned_is_left_out(place, tmp_path):
    taken = take(place, hostile(tmp_path / "hostile.zip", ".\u200b./.\u200f./evil_1_2_x.ipynb"))
    assert taken.new == ["ada"] and len(taken.left_out) == 1


def test_no_link_is_made_or_followed(place, tmp_path):
    path = hostile(tmp_path / "s.zip", "oharabob_102_2_tiny.ipynb", b"/etc/passwd", stat.S_IFLNK | 0o777)
    taken = take(place, path)
    assert "a link or a special file" in taken.left_out[0] and not (place.path / "submitted/bob").exists()
    folder = tmp_path / "folder"
    (folder / "bob").mkdir(parents=True)
    (folder / "bob/tiny.ipynb").symlink_to("/etc/passwd")
    (folder / "ada").mkdir()
    (folder / "ada/tiny.ipynb").write_bytes(NB)
    assert "a link" in take(place, folder, "folder").left_out[0]


def test_bombs_are_not_unpacked(place, tmp_path, monkeypatch):
    bomb = zipped(tmp_path / "bomb.zip", {"lovelaceada_101_1_tiny.ipynb": b"0" * 3_000_000})
    monkeypatch.setattr(archive, "MOST_FREE", 1_000_000)
    with pytest.raises(ClassError, match="would unpack to 0.0 GB from 0.0 MB: that is no class's work"):
        take(place, bomb)
    monkeypatch.setattr(archive, "MOST_FREE", 10_000_000)
    with open(place.path / "class.toml", "a") as file:
        file.write("[limits]\nsubmission_bytes = 1_000_000\n")
    taken = take(place, bomb, chapter="tiny")
    assert "bigger than a submission may be" in taken.left_out[0] and handed_in(place) == {}


def test_a_zip_that_lies_about_a_size_gives_no_more_than_the_limit(place, tmp_path):
    path = zipped(tmp_path / "s.zip", {"lovelaceada_101_1_tiny.ipynb": b"0" * 3_000_000})
    data = path.read_bytes().replace(struct.pack("<I", 3_000_000), struct.pack("<I", 300))
    path.write_bytes(data)
    with pytest.raises(ClassError, match="is no whole zip"):
        take(place, path, chapter="tiny")
    assert handed_in(place) == {} and not list(place.path.glob(".intake-*"))


def test_names_without_the_utf8_flag_are_read_as_what_they_are(place, tmp_path):
    use_roster(place, CANVAS + '"Müller, Eva",105,S-5,eva,B\n')
    for number, (encoding, name) in enumerate(
        {
            "gb2312": "王小明_103_1_tiny.ipynb",
            "utf-8": "王小明_103_1_tiny.ipynb",
            "cp437": "müllereva_105_1_tiny.ipynb",
        }.items()
    ):
        raw = name.encode(encoding)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path = zipped(tmp_path / f"{number}.zip", {"x" * len(raw): NB})
        path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
        taken = take(place, path)
        assert taken.complete and (taken.new + taken.again + taken.unchanged) in (["cat"], ["eva"])


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_zip_that_was_cut_off_gives_one_sentence_and_nothing(place, tmp_path, capsys, keep, monkeypatch):
    path = zipped(tmp_path / "s.zip", {"lovelaceada_101_1_tiny.ipynb": NB, "oharabob_102_2_tiny.ipynb": NB})
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])
    before = tree(place.path)
    assert take_in.main([str(place.path), str(path)]) == 2
    err = capsys.readouterr().err
    assert "is no whole zip" in err and err.count("\n") == 1
    assert {name: data for name, data in tree(place.path).items() if name != ".lock"} == before


def test_a_damaged_member_takes_nothing_of_the_whole_zip(place, tmp_path):
    path = zipped(tmp_path / "s.zip", {"lovelaceada_101_1_tiny.ipynb": NB, "oharabob_102_2_tiny.ipynb": NB})
    data = bytearray(path.read_bytes())
    middle = data.index(b"oharabob_102_2_tiny.ipynb") + 400
    data[middle : middle + 40] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(ClassError, match="is no whole zip"):
        take(place, path)
    assert handed_in(place) == {}


def test_a_full_disk_in_the_middle_leaves_whole_submissions_and_the_command_goes_on(
    place, tmp_path, monkeypatch, capsys
):
    path = zipped(tmp_path / "s.zip", {"lovelaceada_101_1_tiny.ipynb": NB, "oharabob_102_2_tiny.ipynb": NB})
    copy = archive.copy

    def full(entry, target, most):
        if "oharabob" in entry.name:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"half")
            raise OSError(28, "No space left on device")
        return copy(entry, target, most)

    monkeypatch.setattr(archive, "copy", full)
    assert take_in.main([str(place.path), str(path), "--chapter", "03"]) == 2
    assert "the disk is full" in capsys.readouterr().err
    assert handed_in(place) == {} and not list(place.path.glob(".intake-*"))
    monkeypatch.setattr(archive, "copy", copy)
    assert sorted(take(place, path).new) == ["ada", "bob"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["", "x.zip"], "say which class"),
        (["CLASS", "none.zip"], "there is no such zip or folder"),
        (["CLASS", ""], "say what to take in"),
        (["CLASS", "s.zip", "--chapter", "99"], "CHAPTER=99: no chapter begins so"),
        (["CLASS", "odd.zip"], "say which with FROM=canvas|moodle|gradescope|folder"),
        (["CLASS", "password.zip"], "is protected with a password"),
    ],
)
def test_bad_input_is_one_sentence(place, tmp_path, capsys, arguments, sentence, monkeypatch):
    monkeypatch.chdir(tmp_path)
    zipped(tmp_path / "s.zip", {"lovelaceada_101_1_x.ipynb": NB})
    zipped(tmp_path / "odd.zip", {"notes.txt": b"x"})
    data = bytearray(zipped(tmp_path / "password.zip", {"lovelaceada_101_1_x.ipynb": NB}).read_bytes())
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + at] |= 1
    (tmp_path / "password.zip").write_bytes(data)
    assert take_in.main([str(place.path) if a == "CLASS" else a for a in arguments]) == 2
    err = capsys.readouterr().err
    assert sentence in err and err.count("\n") == 1


def test_without_a_roster_canvas_cannot_be_taken_in(place, tmp_path):
    (place.path / "students.csv").unlink()
    with pytest.raises(ClassError, match="has no students.csv"):
        take(place, zipped(tmp_path / "s.zip", {"lovelaceada_101_1_tiny.ipynb": NB}))
    assert take(place, zipped(tmp_path / "f.zip", {"ada/tiny/tiny.ipynb": NB}), "folder").new == ["ada"]


@pytest.mark.parametrize(
    ("system", "names"),
    [
        ("canvas", ["lovelaceada_101_1_tiny.ipynb", "oharabob_102_2_tiny.ipynb"]),
        ("moodle", ["Ada Lovelace_21_assignsubmission_file_/tiny.ipynb"]),
    ],
)
def test_what_was_unzipped_into_submitted_is_recognized_and_its_command_works(place, course, system, names, capsys):
    from autograder.pages.command import never_taken_in

    use_roster(place, CANVAS if system == "canvas" else MOODLE)
    tiny.write(place.path, "cat", tiny.answered(**tiny.RIGHT))
    for name in names:
        path = place.path / "submitted" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(NB)
    (sentence,) = never_taken_in(place)
    assert f"named as {system.capitalize()} names them" in sentence and f"FROM={system}" in sentence
    taken = take(place, place.path / "submitted", system)
    assert len(taken.new) == len(names) and taken.complete and never_taken_in(place) == []
    assert set(handed_in(place)) == {f"{student}/tiny" for student in [*taken.new, "cat"]}
    assert len(list((place.path / "earlier/unzipped").rglob("*.ipynb"))) == len(names)
    tiny.give_gradebook(place.path)
    assert {row.state for row in go(place.path, course).values()} == {"waits"}


def test_the_commands_of_the_makefile(tmp_path):
    """`make class` and `make intake` of the real course, as the docs print them."""
    (tmp_path / "roster.csv").write_text(CANVAS, encoding="utf-8")
    released = (ROOT / "notebooks/en/03_momentum/03_momentum.ipynb").read_bytes()
    zipped(
        tmp_path / "s.zip", {"lovelaceada_101_1_03_momentum.ipynb": released, "who_999_1_03_momentum.ipynb": released}
    )
    where = f"CLASS={tmp_path / 'my class'}"
    make = ["make", "-s", "-C", str(ROOT), f"PYTHON={sys.executable}"]
    assert subprocess.run([*make, "class", where, f"ROSTER={tmp_path / 'roster.csv'}"]).returncode == 0
    done = subprocess.run(
        [*make, "intake", where, f"ZIP={tmp_path / 's.zip'}", "FROM=canvas"], capture_output=True, text=True
    )
    assert done.returncode == 2, "make turns the 1 of a command into 2"
    assert "03_momentum from canvas: 1 new" in done.stdout and "UNMATCHED: who_999" in done.stderr
    assert (tmp_path / "my class/submitted/ada/03_momentum/03_momentum.ipynb").read_bytes() == released
    shutil.rmtree(tmp_path / "my class")
