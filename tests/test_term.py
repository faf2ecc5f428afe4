"""A term as an instructor lives it: every command in its order, with a class in which everything happens that can.

And what an instructor mistypes is answered in the words of make, not in those of Python's argument parser.
"""

import csv
import json
import time
import zipfile
from functools import partial

import nbformat
import pytest
import tiny_course as tiny
from nbgrader.api import InvalidEntry
from sqlalchemy.exc import OperationalError
from test_give_back import accepted_by_canvas, accepted_by_moodle
from test_grade import grades_of, ran
from test_migrate import add_exercise, release
from test_migrate import grade as cell_grade

from autograder import (
    adopt,
    essays,
    exchange,
    export,
    give_back,
    leaderboard,
    migrate,
    new_class,
    people,
    regrade,
    take_in,
)  # fmt: skip
from autograder.classroom import roster
from autograder.gradebook.coursedir import open_class
from autograder.gradebook.record import Records
from autograder.grading import batch, submission
from autograder.pages import command as grading
from autograder.pages.write_feedback import write_pages

CHAPTERS = ("first", "second", "third")
HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Identifier"
ROSTER = {  # id -> a row of Canvas's export with Moodle's identifier beside it: this class uses both
    "wxm": '"王, 小明",101,,wxm,A,Participant 21',
    "jose": '"Müller, José",102,,jose,A,Participant 22',
    "anne": '"Smith-Jones, Anne-Marie",103,,anne,A,Participant 23',
    "ada1": '"Lovelace, Ada",104,,ada1,A,Participant 24',
    "ada2": '"Lovelace, Ada",105,,ada2,B,Participant 25',
    "bob": '"O\'Hara, Bob",106,,bob,B,Participant 26',
    "ha": '"Nguyễn, Thị Hà",107,,ha,B,Participant 27',
    "fang": '"李, 芳",108,,fang,B,Participant 28',
}
MOODLE = {
    "wxm": "王小明_21", "jose": "José Müller_22", "anne": "Anne-Marie Smith-Jones_23", "ada1": "Ada Lovelace_24",
    "ada2": "Ada Lovelace_25", "bob": "Bob O'Hara_26", "ha": "Thị Hà Nguyễn_27",
}  # fmt: skip
CANVAS = {
    "wxm": "wangxiaoming_101", "jose": "mullerjose_LATE_102", "anne": "smithjonesannemarie_103", "ada1": "lovelaceada_104",
    "ada2": "lovelaceada_105", "bob": "oharabob_106", "ha": "nguyenthiha_107",
}  # fmt: skip
SETTINGS = {  # what the instructor uncomments and fills in
    "[due]": "[due]\nsecond = 2026-10-12T23:59:00",
    "# [late]": "[late]\npercent_per_day = 10",
    "# [names]": '[names]\n"Bobby Ohara_99" = "bob"',
}


class Term:
    """The class and its commands: each returns (exit code, what it printed), and an exception fails the test."""

    def __init__(self, tmp_path, monkeypatch, capsys, caplog):
        self.root, self.folder, self.capsys, self.caplog = tmp_path, tmp_path / "my class", capsys, caplog
        root = tiny.lay_out(tmp_path / "course")
        for step in ("solutions", "notebooks"):
            for lang in tiny.TEXT:
                source = root / step / lang / "tiny"
                for chapter in CHAPTERS:
                    nb = nbformat.read(source / "tiny.ipynb", as_version=4)
                    nb.metadata.descent.chapter = chapter
                    (source.parent / chapter).mkdir()
                    nbformat.write(nb, source.parent / chapter / f"{chapter}.ipynb")
                (source / "tiny.ipynb").unlink()
        self.course = batch.Course(root / "solutions", root / "notebooks")
        for module in (new_class, take_in, give_back, export, regrade):
            monkeypatch.setattr(module, "Course", lambda: self.course)
        monkeypatch.setattr(grading, "isolated_course", lambda *_: (self.course, ""))
        monkeypatch.setattr(grading, "write_pages", partial(write_pages, new_pool=tiny.Threads))

    def run(self, main, *arguments, code=0, **more) -> str:
        self.capsys.readouterr(), self.caplog.clear()
        got = main(list(map(str, arguments)), **more)
        said = "".join(self.capsys.readouterr()) + "\n".join(self.caplog.messages)
        assert got == code and "Traceback" not in said, said
        return said

    def grade(self, *, code=0, graded: str | None = None, **options) -> str:
        """make grade; graded: exactly these were run now, and a second time nobody is."""
        work = partial(submission.grade, judge=tiny.judge_here)

        def main(_):
            made = batch.Options(work=work, new_pool=tiny.Threads, **options)
            return grading.grade_and_show(str(self.folder), made, make_sample=lambda _: None)

        ran(self.folder)
        said = self.run(main, code=code)
        if graded is not None:
            assert " ".join(sorted(ran(self.folder))) == graded
            self.run(main, code=code)
            assert ran(self.folder) == [], "nothing changed: nothing is graded again"
        return said

    def roster(self, rows: dict[str, str], code=0) -> str:
        path = self.root / "students.csv"
        path.write_text("\n".join([HEAD, *rows.values(), ""]), encoding="utf-8")
        return self.run(new_class.main, self.folder, "--roster", path, "--timezone", "Asia/Shanghai", code=code)

    def intake(self, system: str, files: dict[str, bytes], code=0) -> str:
        path = self.root / "submissions.zip"
        with zipfile.ZipFile(path, "w") as made:
            for name, data in files.items():
                made.writestr(name, data)
        return self.run(take_in.main, self.folder, path, "--from", system, code=code)

    def read_essay(self, student: str, chapter: str, score: float, comment: str) -> None:
        """What a person does in formgrader."""
        with Records(open_class(str(self.folder)).db_url) as records:
            row = records.row(student, chapter)
            essay = next(one for one in row.grades if one.name == "why")
            essay.manual_score, essay.needs_manual_grade = score, False
            next(one for one in row.comments if one.name == "why").manual_comment = comment
            records.commit()

    def essay(self, student: str, chapter: str):
        return cell_grade(open_class(str(self.folder)), student, chapter, "why")[1]

    def page(self, student: str, chapter: str) -> str:
        return (self.folder / "feedback" / student / chapter / f"{chapter}.html").read_text(encoding="utf-8")

    def exported(self, format: str, chapter: str) -> dict[str, list[str]]:
        """id -> row of the file; everybody of the roster has one or is named in a warning."""
        path = self.root / f"{format}.csv"
        said = self.run(export.main, format, "--class", self.folder, "--chapter", chapter, "--to", path)
        with open(path, encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
        key = {"canvas": "SIS Login ID", "moodle": "Username", "moodle-worksheet": "Identifier"}[format]
        known = roster.roster_of(self.folder)
        ids = {person.identifier: student for student, person in known.items()} if key == "Identifier" else {}
        column = lines[0].index(key)
        rows = {ids.get(line[column], line[column]): line for line in lines[1 + (format == "canvas") :]}
        for student, person in known.items():
            assert student in rows or roster.shown(person) in said, f"{student} is missed without a word"
        blank = [
            student for student, line in rows.items() if "" in line[5:6] and roster.shown(known[student]) not in said
        ]
        assert format != "canvas" or not blank, f"an empty cell without a word: {blank}"
        return rows

    def given(self, system: str, chapter: str, code=0) -> tuple[set[str], str]:
        """Names in the zip of pages, and what was said."""
        said = self.run(give_back.main, self.folder, "--to", system, "--chapter", chapter, code=code)
        with zipfile.ZipFile(self.folder / "give-back" / f"{chapter}-{system}.zip") as archive:
            return set(archive.namelist()), said


def hand_in(chapter: str, student: str, lang: str = "en", **answers: str) -> bytes:
    """A right notebook that only this student could have written."""
    mine = {"double": f"def double(x):\n    return 2 * x  # by {student}", "why": f"Because {student} says so."}
    nb = tiny.answered(lang, **tiny.RIGHT | mine | answers)
    nb.metadata.descent.chapter = chapter
    return nbformat.writes(nb).encode()


@pytest.mark.term
@pytest.mark.slow
def test_three_weeks_of_a_class(tmp_path, monkeypatch, capsys, caplog):
    term = Term(tmp_path, monkeypatch, capsys, caplog)
    first_week(term)
    second_week(term)
    third_week(term)
    end(term)


def first_week(term: Term) -> None:
    said = term.roster(ROSTER)
    assert "8 students" in said and "FROM=moodle" in said
    assert "nothing was changed" in term.run(new_class.main, term.folder)
    assert "has no gradebook yet: run `make grade CLASS='" in term.run(
        export.main, "canvas", "--class", term.folder, code=2
    )
    files = {
        f"{MOODLE[student]}_assignsubmission_file_/first.ipynb": hand_in("first", student)
        for student in MOODLE
        if student not in ("anne", "wxm", "bob")
    }
    files[f"{MOODLE['wxm']}_assignsubmission_file_/first (1).ipynb"] = hand_in("first", "wxm", "zh")
    files[f"{MOODLE['anne']}_assignsubmission_file_/answers.pdf"] = b"%PDF-1.4"
    files["Bobby Ohara_99_assignsubmission_file_/first.ipynb"] = hand_in(
        "first", "bob", double="def double(x):\n    return 0"
    )
    said = term.intake("moodle", files, code=1)
    assert "6 new" in said and "nearest: bob (O'Hara, Bob)" in said and '"Bobby Ohara_99" = "bob"' in said
    settings = (term.folder / "class.toml").read_text(encoding="utf-8")
    for line, filled in SETTINGS.items():
        settings = settings.replace(f"{line}\n", f"{filled}\n")
    (term.folder / "class.toml").write_text(settings, encoding="utf-8")
    assert "1 new, 0 handed in again, 6 unchanged" in term.intake("moodle", files)
    for student in ("ada1", "ada2"):
        assert f"by {student}" in (term.folder / "submitted" / student / "first/first.ipynb").read_text()

    said = term.grade(students="wxm")
    assert "6 handed in first and got no score yet" in said and "1 of the roster handed in nothing: fang" in said
    assert set(term.exported("moodle", "first")) == {"wxm"}
    assert "ada1, ada2, anne, bob, ha, jose: no feedback page for first yet" in term.given("moodle", "first", code=1)[1]

    term.grade(graded="ada1 ada2 bob ha jose")
    rows = grades_of(term.folder)
    assert {student: float(row["score"]) for student, row in rows.items()} == {
        "wxm": 11, "jose": 11, "anne": 0, "ada1": 11, "ada2": 11, "bob": 7, "ha": 11
    }  # fmt: skip
    assert "first, why: 6, of which 6 wait" in term.run(essays.main, term.folder)
    term.read_essay("ada1", "first", 2.5, "well said, ada1")
    term.read_essay("ada2", "first", 1.0, "too short, ada2")
    term.grade(graded="")
    names, said = term.given("moodle", "first")
    assert len(names) == 14 and "nothing handed in: fang" in said
    assert {accepted_by_moodle(name)[0] for name in names} == {*"21 22 23 24 25 27 99".split()}
    with zipfile.ZipFile(term.folder / "give-back/first-moodle.zip") as archive:
        for number, mine, other in (("24", "ada1", "ada2"), ("25", "ada2", "ada1")):
            text = archive.read(f"Ada Lovelace_{number}_assignsubmission_file/first.html").decode()
            assert f"by {mine}" in text and f", {mine}" in text and f"by {other}" not in text
    rows = term.exported("moodle", "first")
    assert (rows["ada1"][-2], rows["ada2"][-2], rows["bob"][-2]) == ("13.5", "12", "7") and "fang" not in rows


def second_week(term: Term) -> None:
    files = {
        f"{CANVAS[student]}_555{number}_second.ipynb": hand_in("second", student)
        for number, student in enumerate(CANVAS)
    }
    assert "FROM=canvas" in term.intake("moodle", files, code=2), "the wrong LMS is named with the right one"
    said = term.intake("canvas", files)
    assert "7 new" in said and "marked as late: jose" in said
    term.grade(graded="ada1 ada2 anne bob ha jose wxm")
    for student in ("ada1", "ada2", "bob"):
        term.read_essay(student, "second", 2.0, f"yes, {student}")

    again = dict(files)
    del again["lovelaceada_105_5554_second.ipynb"]
    again["lovelaceada_105_5600_second-1.ipynb"] = hand_in("second", "ada2", square="def square(x):\n    return 1")
    time.sleep(1.1)  # the list of deliveries counts whole seconds
    assert "0 new, 1 handed in again, 6 unchanged" in term.intake("canvas", again)
    said = term.run(export.main, "canvas", "--class", term.folder)
    assert "1 handed in second again, and their scores are those of the earlier hand-in: ada2 (Lovelace, Ada)" in said
    term.grade(graded="ada2")
    assert "again, and their" not in term.run(export.main, "canvas", "--class", term.folder)
    assert float(grades_of(term.folder)["ada2"]["score"]) >= 0 and term.essay("ada2", "second") == 2.0
    assert "0 new, 0 handed in again, 7 unchanged" in term.intake("canvas", again)

    said = term.run(people.main, "rename", term.folder, "wxm", "xiaoming")
    assert "students.csv still says wxm" in said
    said = term.run(people.main, "drop", term.folder, "bob")
    assert "dropped/bob/1/" in said
    assert "dropped from the class, but still in students.csv: bob (O'Hara, Bob)" in term.grade()
    rows = {("xiaoming" if name == "wxm" else name): row for name, row in ROSTER.items() if name != "bob"}
    rows["xiaoming"] = rows["xiaoming"].replace(",wxm,", ",xiaoming,")
    said = term.roster(rows)
    assert "new on the roster" not in said and "no longer on the roster: bob\n" in said, (
        "wxm is xiaoming since the rename"
    )
    term.grade(graded="")
    assert "xiaoming" in grades_of(term.folder) and "wxm" not in grades_of(term.folder)
    assert "by wxm" in term.page("xiaoming", "first")

    ask = ("--chapter", "first", "--exercise", "why", "--request")
    term.run(regrade.main, term.folder, "--student", "ada1", *ask, "I named the cause.")
    said = term.run(regrade.main, term.folder, "--student", "ada2", *ask, "Short is good.")
    assert "2 wait" in said
    assert "regrade requests that wait for a decision in regrade/: ada1 (first.why), ada2 (first.why)" in term.grade()
    for student, decision in (("ada1", "granted"), ("ada2", "declined")):
        path = term.folder / "regrade" / f"{student}.toml"
        request = path.read_text(encoding="utf-8").split("# decision")[0]
        path.write_text(f'{request}decision = "{decision}"\nreason = "Read twice."\n', encoding="utf-8")
    term.read_essay("ada1", "first", 3.0, "well said, ada1")
    said = term.grade(graded="")
    assert "regrade requests" not in said and "0 wait" in term.run(regrade.main, term.folder)
    assert "<b>Granted</b>: Read twice." in term.page("ada1", "first")
    assert "<b>Declined</b>: Read twice." in term.page("ada2", "first")

    names, said = term.given("canvas", "second")
    assert {tuple(accepted_by_canvas(name)) for name in names} >= {("105", "5600"), ("104", "5553")}
    rows = term.exported("canvas", "second")
    assert rows["ada1"][5] == "13" and rows["ada2"][5] == "7" and "bob" not in rows and "fang" not in rows
    assert term.exported("moodle", "first")["ada1"][-2] == "14"


def third_week(term: Term) -> None:
    old = hand_in("third", "jose")  # fetched before the release
    before, people_gave = grades_of(term.folder), decided(term)
    for chapter in ("second", "third"):
        release(term.course, chapter, add_exercise)
    said = term.grade(code=2)
    assert "make migrate CLASS=" in said and "second" in said
    assert {name: row["score"] for name, row in grades_of(term.folder).items()} == {
        name: row["score"] for name, row in before.items()
    }
    gradebook = (term.folder / "gradebook.db").read_bytes()
    said = term.run(migrate.main, term.folder, "--dry", course=term.course)
    assert "new: test_triple, triple" in said and "nothing was changed" in said and "first" not in said
    assert (term.folder / "gradebook.db").read_bytes() == gradebook
    said = term.run(migrate.main, term.folder, course=term.course)
    assert "make grade CLASS='" in said
    assert "nothing to migrate" in term.run(migrate.main, term.folder, course=term.course)
    term.grade(graded="ada1 ada2 anne ha jose xiaoming")
    assert decided(term) == people_gave, "every score of a person is as it was"

    new = {student: renewed(term, "third", student) for student in ("ada1", "ada2", "xiaoming")}
    files = {"mullerjose_102_7001_third.ipynb": old} | {
        f"{CANVAS['wxm' if student == 'xiaoming' else student]}_700{number}_third.ipynb": data
        for number, (student, data) in enumerate(new.items(), 2)
    }
    said = term.intake("canvas", files)
    assert "4 new" in said and "on the roster, nothing handed in: anne, fang, ha" in said
    term.grade(graded="ada1 ada2 jose xiaoming")
    assert "another release of this chapter" in term.page("jose", "third")
    assert "another release of this chapter" not in term.page("ada1", "third")
    again = {"smithjonesannemarie_103_5700_second-1.ipynb": renewed(term, "second", "anne")}
    assert "0 new, 1 handed in again" in term.intake("canvas", again)
    term.grade(graded="anne")
    assert decided(term) == people_gave


def end(term: Term) -> None:
    with Records(open_class(str(term.folder)).db_url) as records:
        scores = {name: row for name, row in ((s, records.row(s, "third")) for s in ("jose", "ada1")) if row}
        assert scores["ada1"].score == scores["jose"].score + 5, "the exercise that the old release lacks"
    assert {"ada1", "ada2", "jose", "xiaoming"} == set(term.exported("canvas", "third"))
    everybody = term.exported("canvas", "")
    assert set(everybody) == {"xiaoming", "jose", "anne", "ada1", "ada2", "ha"}
    for student in ("ada1", "ada2"):
        assert f"by {student}" in term.page(student, "third")
    for chapter in CHAPTERS:
        term.exported("moodle", chapter)
        term.exported("moodle-worksheet", chapter)
        names, _ = term.given("canvas" if chapter != "first" else "moodle", chapter)
        assert any("101" in name or "_21_" in name for name in names), "who was renamed gets the page, too"
    names, _ = term.given("folder", "third")
    assert {name.split("/")[0] for name in names} == {"ada1", "ada2", "jose", "xiaoming"}
    lines = [json.loads(line) for line in (term.folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {"rename", "drop", "migrate", "grade"} <= {line["what"] for line in lines}
    kept = json.loads((term.folder / "dropped/bob/1/gradebook.json").read_text(encoding="utf-8"))
    assert kept["second"]["cells"]["why"][1] == 2.0 and kept["first"]["score"] == 7


def decided(term: Term) -> dict[tuple[str, str], float]:
    """(student, chapter) -> the score that a person gave the essay."""
    with Records(open_class(str(term.folder)).db_url) as records:
        rows = [(student, name, records.row(student, name)) for student, name, *_ in records.states()]
        found = {
            (student, name): next(one.manual_score for one in row.grades if one.name == "why")
            for student, name, row in rows
            if not next(one.needs_manual_grade for one in row.grades if one.name == "why")
        }
    return {key: score for key, score in found.items() if score is not None}


def renewed(term: Term, chapter: str, student: str) -> bytes:
    """A right notebook of the release of week 3."""
    nb = nbformat.read(term.course.released / "en" / chapter / f"{chapter}.ipynb", as_version=4)
    mine = json.loads(hand_in(chapter, student))
    for cell in mine["cells"]:
        for ours in nb.cells:
            if ours.id == cell["id"] and cell["id"] in tiny.RIGHT:
                ours.source = "".join(cell["source"])
    tiny.find(nb, "triple").source = "def triple(x):\n    return 3 * x"
    return nbformat.writes(nb).encode()


@pytest.mark.parametrize(
    ("command", "arguments", "sentence"),
    [
        (give_back.main, ["folder", "--to", ""], "give-back: TO= is missing: write TO=canvas or TO=moodle"),
        (give_back.main, ["folder", "--to", "ilias"], "give-back: TO=ilias is none of them: write TO=canvas or"),
        (export.main, ["excel"], "export: FORMAT=excel is none of them: write FORMAT=canvas or FORMAT=moodle"),
        (take_in.main, ["folder", "a.zip", "--from", "ilias"], "intake: FROM=ilias is none of them: write FROM="),
    ],
)
def test_a_word_that_is_none_of_the_choices_is_named_with_the_right_ones(command, arguments, sentence, capsys):
    assert command(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith(sentence) and "usage" not in said


LOCKED = OperationalError("UPDATE", {}, Exception("database is locked"))


@pytest.mark.parametrize(
    ("module", "name", "arguments", "error", "sentence"),
    [
        (
            take_in,
            "take_in",
            ["CLASS", "a.zip"],
            OSError(28, "No space left"),
            "intake: the disk is full (CLASS). Make room",
        ),
        (
            give_back,
            "give_back",
            ["CLASS", "--to", "canvas"],
            OSError(122, "Quota"),
            "give-back: your quota is used up",
        ),
        (
            export,
            "exported",
            ["canvas", "--class", "CLASS"],
            LOCKED,
            "export: another program holds the gradebook of CLASS",
        ),
        (migrate, "upgrade", ["CLASS"], LOCKED, "migrate: another program holds the gradebook of CLASS"),
        (essays, "essays", ["CLASS"], LOCKED, "essays: another program holds the gradebook of CLASS"),
        (new_class, "create", ["CLASS"], OSError(28, "No space left"), "class: the disk is full (CLASS)"),
        (
            adopt,
            "run",
            ["--class", "CLASS", "--from", "ps1", "--unsafe-no-sandbox"],
            OSError(28, "No space left"),
            "adopt: the disk is full (CLASS)",
        ),
        (
            exchange,
            "run",
            ["release", "--class", "CLASS"],
            OSError(28, "No space left"),
            "release: the disk is full (CLASS)",
        ),
        (
            leaderboard,
            "write",
            ["--class", "CLASS"],
            OSError(28, "No space left"),
            "leaderboard: the disk is full (CLASS)",
        ),
        (
            regrade,
            "requests",
            ["CLASS"],
            OSError(5, "I/O"),
            "regrade: the disk reports an error (CLASS). Put that right, then",
        ),
        (
            take_in,
            "take_in",
            ["CLASS", "a.zip"],
            OSError(30, "Read-only", "CLASS/.lock"),
            "intake: the disk may only be read (CLASS/.lock). Put that right, then",
        ),
        (
            new_class,
            "create",
            ["CLASS"],
            PermissionError(13, "Permission denied", "CLASS/class.toml"),
            "class: you may not read or write CLASS/class.toml: whose is it",
        ),
    ],
)
def test_a_full_disk_and_a_held_gradebook_are_one_sentence(
    tmp_path, monkeypatch, capsys, module, name, arguments, error, sentence
):
    (tmp_path / "submitted").mkdir()

    def fail(*_, **__):
        if isinstance(error, OSError) and error.filename:
            error.filename = error.filename.replace("CLASS", str(tmp_path))
        raise error

    monkeypatch.setattr(module, name, fail)
    assert module.main([str(tmp_path) if word == "CLASS" else word for word in arguments]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith(sentence.replace("CLASS", str(tmp_path))) and len(said) == 1 + (module is adopt)


def test_a_gradebook_that_is_held_while_a_student_is_dropped(tmp_path, monkeypatch, capsys):
    (tmp_path / "submitted").mkdir()

    def fail(*_):
        try:
            raise LOCKED
        except OperationalError as error:
            raise InvalidEntry(*error.args) from error

    monkeypatch.setattr(people.people, "drop", fail)
    assert people.main(["drop", str(tmp_path), "ada"]) == 2
    assert capsys.readouterr().err.startswith(f"drop: another program holds the gradebook of {tmp_path}")


def test_a_misspelt_heading_column_or_empty_roster_is_named(tmp_path, capsys):
    for text, sentence in (
        (
            "Studnet,Idd\nAda,1\n",
            "no heading is known. 'Studnet': did you mean 'student'? 'Idd': did you mean 'id'? There may be",
        ),
        ("Student,ID\n", "names no student: it holds no line of one under its headings"),
    ):
        (tmp_path / "list.csv").write_text(text)
        assert new_class.main([str(tmp_path / "class"), "--roster", str(tmp_path / "list.csv")]) == 2
        assert sentence in capsys.readouterr().err and not (tmp_path / "class").exists()
