"""`make class`: everything that a class needs, nothing half done with bad input, and nothing changed the second time."""

import os
import re
import stat
import tomllib
from pathlib import Path

import pytest
import tiny_course as tiny
from test_grade import RIGHT, course, folder, go  # noqa: F401  fixtures

from autograder import ROOT, new_class
from autograder.authoring import sample_class
from autograder.classroom import roster
from autograder.classroom.create import create, template
from autograder.gradebook import hints
from autograder.gradebook.coursedir import OWNER, ClassError, ClassFolder, open_class
from autograder.grading.limits import settings_from

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,tiny (4711),Final Score
    Points Possible,,,,,14,(read only)
"Lovelace, Ada",101,S-1,ada,"Mon, early",,
"O""Hara, Bob",102,S-2,bob,"Mon, early",,
"Student, Test",999,,x,Tue,,
"""
MOODLE = {
    "en": "First name,Last name,Email address,Roles\nAda,Lovelace,ada@uni.example,Student\nBob,Klein,bob@uni.example,Student\n",
    "de": "Vorname;Nachname;ID-Nummer;E-Mail-Adresse\nAda;Lovelace;;ada@uni.example\nBob;Klein;;bob@uni.example\n",
    "zh": "名,姓,学号,电子邮件地址\nAda,Lovelace,,ada@uni.example\nBob,Klein,,bob@uni.example\n",
}
WORKSHEET = (
    'ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,"Zuletzt geändert (Abgabe)"\n'
    'Teilnehmer/in1234567,"Ada Lovelace",ada@uni.example,,,"Montag, 5. Oktober 2026, 20:15"\n'
)


def state(folder: Path) -> dict[str, tuple]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def file(tmp_path, text: str, encoding: str = "utf-8") -> str:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


def test_a_class_has_all_it_needs_and_running_again_changes_nothing(tmp_path, capsys):
    place = tmp_path / "my class"
    arguments = [str(place), "--roster", file(tmp_path, CANVAS), "--timezone", "Asia/Shanghai"]
    assert new_class.main(arguments) == 0
    assert "made the folder, submitted/, class.toml, students.csv, .secret; 2 students" in capsys.readouterr().out
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((place / ".secret").stat().st_mode) == 0o600
    assert list(roster.roster_of(place)) == ["ada", "bob"]
    before = state(place)
    assert new_class.main(arguments) == 0 and new_class.main([str(place)]) == 0
    assert "is a class already (2 students); nothing was changed" in capsys.readouterr().out
    assert state(place) == before
    assert open_class(str(place)).timezone() == "Asia/Shanghai"


def test_the_hub_gets_the_same_settings_with_its_exchange_and_keeps_what_is_there(tmp_path):
    """As deploy/one-server/install.sh begins a class."""
    place = tmp_path / "class"
    arguments = [str(place), "--timezone", "Europe/Berlin", "--exchange", "优化 1", "/srv/the exchange"]
    assert new_class.main(arguments) == 0
    text = (place / "class.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["exchange"] == {"course": "优化 1", "root": "/srv/the exchange"}
    assert new_class.main([str(tmp_path / "other"), "--timezone", "Europe/Berlin"]) == 0
    usual = (tmp_path / "other" / "class.toml").read_text(encoding="utf-8").splitlines()
    changed = [line for line in usual if line not in text.splitlines()]
    assert changed == ["# [exchange]", '# course = "descent"', '# root = "/srv/nbgrader/exchange"']
    before = state(place)
    assert new_class.main([*arguments[:3], "--exchange", "another", "/elsewhere"]) == 0 and state(place) == before
    script = (ROOT / "deploy" / "one-server" / "install.sh").read_text(encoding="utf-8")
    assert "-m autograder.new_class" in script and '--exchange "$COURSE" "$EXCHANGE"' in script


@pytest.mark.parametrize(
    "section, line, owner",
    [
        ("due", "percent_per_day = 10", "late"),
        ("due", "ada = { tiny = 3 }", "extensions"),
        ("late", 'contact = "ta@example.edu"', "feedback"),
        ("extensions", "questions_until = { tiny = 2026-12-07 }", ""),  # a student may be called so
        ("extensions", 'contact = "ta@example.edu"', "feedback"),
        ("late", "questions_until = { tiny = 2026-12-07 }", "feedback"),
        ("feedback", "ladder = 2", "hints"),
        ("hints", 'names = ["tim"]', "graders"),
        ("names", "cell_seconds = 4", "limits"),
        ("names", '"root" = "ada"', ""),
        ("limits", 'course = "descent"', "exchange"),
        ("adopted", "ps1 = { in_kernel = true }", ""),
        ("feedback", "questions_until = { tiny = 2026-12-07 }", ""),
    ],
)
def test_a_setting_below_a_heading_that_is_still_a_comment_is_named(tmp_path, section, line, owner):
    """In the class.toml that make class writes it is easy to take one # away and not the other."""
    place = ClassFolder(tmp_path)
    (tmp_path / "class.toml").write_text(f"[{section}]\n{line}\n", encoding="utf-8")
    if owner:
        with pytest.raises(
            ClassError, match=rf"stands under \[{section}\] and belongs to \[{owner}\]: take the # away"
        ):
            place.settings()
    else:
        assert section in place.settings()


def test_a_student_whose_id_changed_is_not_taken_for_one_that_left(tmp_path, capsys):
    """`make drop` would be the wrong advice: the work of an id belongs to the same student under the new one."""
    place, roster = tmp_path / "class", tmp_path / "students.csv"
    head = "名,姓,学号,电子邮件地址\n"
    roster.write_text(
        head + "敏,吴,12,a@u\n芳,王,13,b@u\n芳,王,14,c@u\nBob,Oh,15,o@u\nAnn,Lee,16,l@u\n", encoding="utf-8"
    )
    assert new_class.main([str(place), "--roster", str(roster)]) == 0
    for name in ("12", "13", "14", "15", "16"):
        (place / "submitted" / name).mkdir()
    roster.write_text(head + "敏,吴,92,x@u\n芳,王,93,y@u\nBob,Ohara,95,O@u\n", encoding="utf-8")
    capsys.readouterr()
    assert new_class.main([str(place), "--roster", str(roster)]) == 0
    told = capsys.readouterr().out
    assert f'If the id changed: make rename CLASS="{place}" OLD=12 NEW=92' in told
    assert f'make rename CLASS="{place}" OLD=15 NEW=95' in told, "the name changed, the address did not"
    for name in ("13", "14", "16"):  # two of one name: nobody knows which
        assert f'{name} has handed in. If they left: make drop CLASS="{place}" STUDENT={name}' in told
    assert told.count("make rename") == 2


def test_the_settings_whose_section_is_known_are_those_that_class_toml_offers():
    text = re.sub(r'(?m)^# (?=\[|[a-z0-9_"]+"? = )', "", template(["tiny"], "UTC"))
    offered = {
        name: section
        for section, table in tomllib.loads(text).items()
        if section not in ("due", "extensions", "columns", "names")  # their names are those of chapters and people
        for name in table
    }
    assert offered == OWNER


def test_every_line_of_class_toml_that_is_commented_out_is_a_setting_that_the_grader_takes(tmp_path, course):
    place = create(str(tmp_path / "class"), ["tiny"], timezone="UTC").folder
    path = place / "class.toml"
    text = re.sub(r'(?m)^# (?=\[|[a-z0-9_"]+"? = )', "", path.read_text(encoding="utf-8"))
    text = re.sub(r"(?m)^group = .*\n", "", text)
    settings = tomllib.loads(text)
    assert {"due", "late", "extensions", "feedback", "hints", "graders", "columns", "names", "limits"} < settings.keys()
    path.write_text(text, encoding="utf-8")
    assert open_class(str(place)).unknown_settings({"tiny"}) == []
    tiny.give_gradebook(place)
    tiny.write(place, "ada", RIGHT)
    (row,) = go(open_class(str(place)).path, course).values()
    assert row.max_score == 14


def test_a_time_zone_for_a_class_that_has_its_settings_already_is_not_lost(tmp_path, capsys):
    place = tmp_path / "class"
    assert new_class.main([str(place), "--timezone", "Europe/Berlin"]) == 0
    assert new_class.main([str(place), "--timezone", "Europe/Berlin"]) == 0
    capsys.readouterr()
    before = state(place)
    assert new_class.main([str(place), "--timezone", "Asia/Shanghai"]) == 2
    assert 'is there already and has timezone = "Europe/Berlin"' in capsys.readouterr().err
    (place / "class.toml").write_text("")
    assert new_class.main([str(place), "--timezone", "Asia/Shanghai", "--roster", file(tmp_path, "ada\n")]) == 2
    assert "names no time zone" in capsys.readouterr().err and state(place).keys() == before.keys()


def test_a_new_roster_keeps_the_old_one_and_says_who_came_and_went(tmp_path, capsys):
    place = tmp_path / "class"
    new_class.main([str(place), "--roster", file(tmp_path, "ada\nbob\ndan\n")])
    (place / "submitted" / "ada").mkdir()
    new_class.main([str(place), "--roster", file(tmp_path, "bob\ncat\n")])
    out = capsys.readouterr().out
    assert "new on the roster: cat" in out and "no longer on the roster: ada, dan" in out
    assert f'make drop CLASS="{place}" STUDENT=ada\n' in out and "STUDENT=dan" not in out, "only who has handed in"
    assert (place / "students.csv.old").read_text() == "ada\nbob\ndan\n"


def test_a_good_roster_replaces_a_broken_one(tmp_path, capsys):
    place = tmp_path / "class"
    new_class.main([str(place), "--roster", file(tmp_path, "ada\n")])
    (place / "students.csv").write_text("Student,Email\nAda,\n")
    assert new_class.main([str(place), "--roster", file(tmp_path, "ada\nbob\n")]) == 0
    assert list(roster.roster_of(place)) == ["ada", "bob"] and "Ada" in (place / "students.csv.old").read_text()


@pytest.mark.parametrize("language", MOODLE)
def test_moodles_list_in_three_languages(tmp_path, language):
    people = roster.load(Path(file(tmp_path, MOODLE[language], "utf-8-sig")))
    assert list(people) == ["ada", "bob"]
    assert (people["ada"].first, people["ada"].last, people["ada"].email) == ("Ada", "Lovelace", "ada@uni.example")


def test_moodles_german_worksheet_has_the_identifier_under_id(tmp_path):
    (ada,) = roster.load(Path(file(tmp_path, WORKSHEET))).values()
    assert (ada.identifier, ada.participant, ada.handed_in) == (
        "Teilnehmer/in1234567", "1234567", "Montag, 5. Oktober 2026, 20:15",
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_list_in_chinese_in_the_encodings_of_excel(tmp_path, encoding):
    path = tmp_path / "list.csv"
    path.write_bytes(
        "名,姓,学号,电子邮件地址\n小明,王,2026001,a@uni.example\nAnna,Müller,2026002,b@uni.example\n".encode(encoding)
    )
    people = roster.load(path)
    assert people["2026001"].full == people["2026001"].sortable == "王小明", "no comma, and the family name first"
    assert people["2026002"].full == "Anna Müller" and people["2026002"].sortable == "Müller, Anna"


def test_what_only_looks_like_chinese_is_refused(tmp_path):
    """Nearly all bytes of Latin-1 and Big5 can be read as GB18030, and would give wrong names."""
    path = tmp_path / "list.csv"
    for text, encoding in (("student_id,name\nada,Müller\n", "latin-1"), ("全名,學號\n王小明,2026001\n", "big5")):
        path.write_bytes(text.encode(encoding))
        with pytest.raises(ClassError, match="is not UTF-8"):
            roster.load(path)


def test_gradescopes_roster_names_students_by_their_address_and_leaves_staff_out(tmp_path):
    (tmp_path / "r.csv").write_text(
        "First Name,Last Name,SID,Email,Role\nAda,L,1001,ada@x.edu,Student\nGrace,H,,grace@x.edu,Instructor\nTom,T,7,tom@x.edu,TA\n"
        "Bob,O,1002,,Student\n"
    )
    found = roster.load(tmp_path / "r.csv")
    assert {student: person.sid for student, person in found.items()} == {"ada": "1001", "1002": "1002"}


def test_a_list_from_excel_in_utf_16_is_read(tmp_path):
    assert list(roster.load(Path(file(tmp_path, "student_id\tname\nada\t王小明\n", "utf-16")))) == ["ada"]


@pytest.mark.parametrize("text", ["sep=;\nstudent_id;name\nada;A, B\nben;C\n", "student_id\tname\rada\tA, B\rben\tC\r"])
def test_what_excel_writes_above_the_table_and_at_the_end_of_its_lines_is_read(tmp_path, text):
    found = roster.load(Path(file(tmp_path, text)))
    assert {student: person.name for student, person in found.items()} == {"ada": "A, B", "ben": "C"}


def test_a_line_is_counted_as_an_editor_counts_it(tmp_path):
    with pytest.raises(ClassError, match="line 3: nothing identifies"):
        roster.load(Path(file(tmp_path, "sep=,\nlogin,name\n,Ada\n")))


def test_a_row_belongs_to_the_folder_that_is_there(tmp_path):
    text = "Student,ID,SIS Login ID\nAda Lovelace,101,ada@uni.example\n"
    assert list(roster.load(Path(file(tmp_path, text)), ["101"])) == ["101"]
    assert list(roster.load(Path(file(tmp_path, text)))) == ["ada@uni.example"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Student,ID,SIS Login ID\n    Points Possible,,\n", "names no student"),
        ("", "names no student"),
        ("student_id,name\nada,A\nAda,B\n", "lines 2 and 3: two rows for 'Ada'"),
        ("First name,Last name\nAda,Lovelace\n", "line 2: nothing identifies this student (Ada Lovelace)"),
        ("student_id\n../../etc\n", "cannot be the name of a folder: it begins with a dot"),
        ("student_id\na/b\n", "it holds a slash"),
        ("what,ever\n1,2\n", "no heading is known"),
        ("student_id\n" + "x" * 300 + "\n", "more than 100 bytes"),
        ("PK\3\4 and so on", "is a workbook, not a CSV file: in Excel choose Save As"),
        ('student_id,name\nada,"Ada\nben,Ben\ncleo,"Cleo\n', "in the row that ends in line 4 a name or an id goes on"),
        ('student_id,name\nada,"Ada\nben,Ben\n', "A quotation mark is missing, or one is too many"),
        ("student_id,name\n\u00e9ve,Eve\ne\u0301ve,Eva\n", "lines 2 and 3: two rows for"),
        ("student_id,name\nben,B\nben ,C\n", "lines 2 and 3: two rows for 'ben'"),
        ("Email address,First name\nAda@x.edu,A\nada@X.edu,B\n", "lines 2 and 3: two rows for 'ada@X.edu'"),
        ("student_id,name\n2.02E+11,A\n2.02E+11,B\n", "line 2: 2.02E+11 stands where an id was"),
        ("学号;姓名\n########;王\n", "line 2: ######## stands where an id was"),
        ("<!DOCTYPE html><title>Log in</title>", "is a web page, not a CSV file"),
        ("student_id\tname\0\n", "it holds bytes of 0"),
    ],
)
def test_a_bad_roster_is_one_sentence_and_nothing_is_made(tmp_path, capsys, text, sentence):
    place = tmp_path / "class"
    assert new_class.main([str(place), "--roster", file(tmp_path, text)]) == 2
    err = capsys.readouterr().err
    assert sentence in err and err.count("\n") == 1 and not place.exists()


@pytest.mark.parametrize("row", ["Total,2", ",Total", "合计：,60", "Summe,", "Overall average,95.5 %"])
def test_the_row_of_a_total_is_no_student(tmp_path, row):
    text = f"student_id,name\nada,A\n{row}\nsum,Sum Ting\n"
    assert list(roster.load(Path(file(tmp_path, text)))) == ["ada", "sum"]


def test_other_bad_input_is_one_sentence_and_nothing_is_made(tmp_path, capsys):
    full = tmp_path / "home"
    full.mkdir()
    (full / "letter.txt").write_text("x")
    cases = {
        (str(full),): "is not empty and no class",
        ("",): "say which folder",
        (str(tmp_path / "c"), "--roster", str(tmp_path / "none.csv")): "there is no such file",
        (str(tmp_path / "c"), "--timezone", "Middle/Earth"): "is not a time zone",
        (str(tmp_path / "c"), "--roster", file(tmp_path, "全名\n王", "big5")): "save it as",
        (str(full / "letter.txt"),): "is a file",
    }
    for arguments, sentence in cases.items():
        assert new_class.main(list(arguments)) == 2
        assert sentence in capsys.readouterr().err
    assert not (tmp_path / "c").exists() and os.listdir(full) == ["letter.txt"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("[due]\ntiny = 2026-10-05\n", "has no time of day: write 2026-10-05T23:59:00"),
        ("[due]\ntiny = 2026-10-05T12:00:00\n", "has no time zone: write 2026-10-05T12:00:00"),
        ('[due]\ntiny = "tomorrow"\n', "is no date"),
        ("[hints]\nladder = 4\n", "must be 1 .observation., 2 .question. or 3"),
        ("[hints]\nlent = true\n", "may hold ladder"),
        ("[extention]\nada = { tiny = 3 }\n", r"\[extention\] is unknown; did you mean \[extensions\]"),
        ("[Late]\npercent_per_day = 3\n", r"did you mean \[late\]"),
        ("[adoptd]\n", r"did you mean \[adopted\]"),
        ('[late]\npercent_per_day = "10"\n', "must be a number, without quotes, from 0 to 100"),
        ("[late]\npercent_per_day = 200\n", "from 0 to 100"),
        ("[late]\ngrace_minutes = true\n", "must be a number"),
    ],
)
def test_a_bad_setting_is_said_before_anything_is_graded(folder, course, settings, sentence):
    (folder / "class.toml").write_text(settings)
    with pytest.raises(ClassError, match=sentence):
        go(folder, course)
    assert not (folder / "autograded").exists()


def test_a_date_without_a_zone_is_in_the_zone_of_the_class(tmp_path):
    (tmp_path / "class.toml").write_text('[class]\ntimezone = "Asia/Shanghai"\n[due]\ntiny = 2026-10-05T12:00:00\n')
    assert ClassFolder(tmp_path).due()["tiny"].isoformat() == "2026-10-05T12:00:00+08:00"


def test_misspelt_settings_are_named(tmp_path):
    (tmp_path / "class.toml").write_text("[adopted]\n[own]\n[due]\ntinny = 2026-10-05T12:00:00Z\n")
    found = ClassFolder(tmp_path).unknown_settings({"tiny"})
    assert (
        len(found) == 2 and found[0].endswith("[own] is unknown and has no effect") and "did you mean tiny?" in found[1]
    )


def test_settings_that_windows_saved_are_read_and_what_cannot_be_read_is_said(tmp_path, monkeypatch):
    path, place = tmp_path / "class.toml", ClassFolder(tmp_path)
    path.write_bytes('\ufeff[class]\r\ntimezone = "Asia/Shanghai"\r\n[hints]\r\nladder = 2\r\n'.encode())
    monkeypatch.setenv("DESCENT_LADDER", "3")
    hints.set_environment(tmp_path)
    assert place.timezone() == "Asia/Shanghai" and os.environ["DESCENT_LADDER"] == "2"
    path.write_bytes('[class]\ntimezone = "UTC"\n'.encode("utf-16"))
    with pytest.raises(ClassError, match="class.toml is not in UTF-8 .*: save it in UTF-8"):
        place.settings()
    path.unlink()
    path.mkdir()
    with pytest.raises(ClassError, match="class.toml cannot be read: Is a directory"):
        place.settings()


def test_hints_become_what_descent_reads(tmp_path, monkeypatch):
    monkeypatch.setenv("DESCENT_LADDER", "3")
    monkeypatch.setenv("DESCENT_LEND", "1")
    (tmp_path / "class.toml").write_text("[hints]\nladder = 2\nlend = false\n")
    hints.set_environment(tmp_path)
    assert (os.environ["DESCENT_LADDER"], os.environ["DESCENT_LEND"]) == ("2", "0")


@pytest.mark.parametrize(
    ("text", "source"), [(CANVAS, "FROM=canvas"), (WORKSHEET, "FROM=moodle"), (MOODLE["en"], ""), ("ada\nbob\n", "")]
)
def test_the_next_step_names_the_lms_that_the_roster_is_from(tmp_path, capsys, text, source):
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    assert new_class.main([str(tmp_path / "class"), "--roster", str(tmp_path / "list.csv")]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith(f"ZIP=submissions.zip {source}".rstrip())


LIMITS_AS_SHOWN = {
    "class.toml": lambda made: re.sub(
        "(?m)^# ", "", (made / "class.toml").read_text().partition("# [limits]\n")[2].partition("\n\n")[0]
    ),
    "instructors.md": lambda made: re.split(
        r"\[limits\] .*\n|```",
        (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8").partition("[extensions]  ")[2],
    )[1],
    "sample class": lambda made: sample_class.SETTINGS.partition("[limits]\n")[2],
}


@pytest.mark.parametrize("where", LIMITS_AS_SHOWN)
def test_the_limits_that_are_shown_are_the_defaults(tmp_path, where):
    create(str(tmp_path / "made"), ["03_momentum"])
    shown = tomllib.loads(LIMITS_AS_SHOWN[where](tmp_path / "made"))
    assert shown.keys() >= {"cell_seconds", "test_seconds"} and settings_from(shown) == settings_from({})
