"""Recording: nbgrader's gradebook keeps nbgrader's rules, and what a person decided stays."""

import csv
import io
import sqlite3
from contextlib import closing
from datetime import datetime
from unittest import mock

import pytest
import tiny_course as tiny
from nbformat.v4 import new_output
from nbgrader.api import Gradebook

from autograder.gradebook import decisions, nbgrader_adapter, record
from autograder.gradebook.late import PercentPerDay
from autograder.gradebook.record import Changed, Records, grades_csv, plain
from autograder.gradebook.timestamps import MOST, parse_time, read_timestamp
from autograder.grading import outcome
from autograder.grading.outcome import Judged, put_verdicts
from autograder.intake import masters
from autograder.intake.admit import rebuild
from autograder.intake.submitted import parse

CHAPTER = {lang: masters.make(tiny.solution(lang), tiny.released(lang)) for lang in tiny.TEXT}
GRADED = ["test_double", "test_square", "test_predictions"]


@pytest.fixture
def records(tmp_path):
    tiny.give_gradebook(tmp_path)
    with Records(f"sqlite:///{tmp_path / 'gradebook.db'}") as opened:
        opened.assignment("tiny", CHAPTER)
        yield opened


def graded(nb, points=(4, 6, 1), lang="en"):
    """A graded notebook without any run: these points for the three tests."""
    import nbformat

    admitted = rebuild(parse(nbformat.writes(nb).encode()), {k: m.released for k, m in CHAPTER.items()})
    done = CHAPTER[lang].complete(admitted.nb)
    waiting = put_verdicts(done, {name: Judged(p, []) for name, p in zip(GRADED, points, strict=True)})
    return outcome.finish(done, admitted, waiting, {})


def save(records, nb, student="ann", **options):
    records.save(nb, student, "tiny", **options)
    records.commit()
    return records.row(student, "tiny")


def grades(row) -> dict:
    return {g.name: (g.auto_score, g.manual_score, g.needs_manual_grade) for g in row.grades}


def tables(path) -> dict[str, set]:
    """name -> columns of every table of a gradebook, and the version in it."""
    with closing(sqlite3.connect(path)) as base:
        names = [name for (name,) in base.execute("select name from sqlite_master where type = 'table'")]
        found = {
            name: {row[1:4] for row in base.execute(f"pragma table_info({name})")}
            for name in names
            if name != decisions.TABLE.name
        }
        return found | {"version": set(base.execute("select * from alembic_version"))}


def test_a_new_gradebook_is_the_one_that_nbgrader_makes_without_its_second_process(tmp_path):
    nbgrader_adapter.put_alembic_on_path()
    Gradebook(f"sqlite:///{tmp_path / 'theirs.db'}").close()
    with mock.patch("nbgrader.api.sp.check_output", side_effect=AssertionError("a process was started")):
        Records(f"sqlite:///{tmp_path / 'ours.db'}").gradebook.close()
    assert tables(tmp_path / "ours.db") == tables(tmp_path / "theirs.db")
    assert len(tables(tmp_path / "ours.db")["version"]) == 1


def test_an_old_gradebook_keeps_its_version_and_a_half_made_one_gets_it(tmp_path):
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    with closing(sqlite3.connect(tmp_path / "gradebook.db")) as base:  # as a crash in the middle leaves it
        base.execute("create table alembic_version (version_num varchar(32) not null)")
    Records(url).gradebook.close()
    assert len(tables(tmp_path / "gradebook.db")["version"]) == 1
    with closing(sqlite3.connect(tmp_path / "gradebook.db")) as base, base:
        base.execute("update alembic_version set version_num = 'older'")
    Records(url).gradebook.close()
    assert tables(tmp_path / "gradebook.db")["version"] == {("older",)}


def test_scores_comments_and_what_waits_for_a_person(records):
    row = save(records, graded(tiny.answered(**tiny.RIGHT), (4, 2.5, 0)))
    assert grades(row) == {
        "test_double": (4, None, False),
        "test_square": (2.5, None, False),
        "test_predictions": (0, None, False),
        "why": (None, None, True),
    }
    assert row.score == 6.5 and row.max_score == 14 and row.needs_manual_grade
    assert {c.name: c.comment for c in row.comments} == dict.fromkeys(["double", "square", "prediction_race", "why"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_blank_essay_does_not_wait(records, lang):
    row = save(records, graded(tiny.released(lang), (0, 0, 0), lang))
    assert grades(row)["why"] == (0, None, False) and not row.needs_manual_grade
    assert {c.comment for c in row.comments} == {"No response."}


def test_the_rows_of_the_assignment_are_generate_assignments(records):
    notebook = records.gradebook.find_notebook("tiny", "tiny")
    assert {c.name: c.max_score for c in notebook.grade_cells} == CHAPTER["en"].points
    sources = {c.name: c for c in notebook.source_cells}
    assert "square(-5)" in sources["test_square"].source and "secret-of" not in sources["square"].source
    assert sources["why"].checksum == tiny.find(tiny.released(), "why").metadata.nbgrader.checksum


def test_recording_again_changes_nothing_and_a_persons_score_stays(records):
    nb = graded(tiny.answered(**tiny.RIGHT))
    before = grades(save(records, nb))
    assert grades(save(records, nb)) == before
    row = records.row("ann", "tiny")
    for grade in row.grades:
        if grade.name in ("why", "test_square"):
            grade.manual_score, grade.needs_manual_grade = 3, False
    for comment in row.comments:
        comment.manual_comment = "well done"
    records.commit()
    row = save(records, graded(tiny.answered(**tiny.RIGHT), (0, 0, 0)))
    assert row.score == 6 and grades(row)["why"] == (None, 3, False)
    assert {c.comment for c in row.comments} == {"well done"}


def decide(records, score, *names):
    """What a person does in formgrader."""
    for grade in records.row("ann", "tiny").grades:
        if grade.name in names:
            grade.manual_score, grade.needs_manual_grade = score, False
    records.commit()


ESSAY = tiny.RIGHT["why"]


@pytest.mark.parametrize(
    "why, decided",
    [(ESSAY, True), (ESSAY + "\r\n", True), ("  " + ESSAY + " \n", True), (ESSAY + " Really.", False), ("", False)],
)
def test_an_essay_that_was_read_stays_decided_while_its_text_stays(records, why, decided):
    save(records, graded(tiny.answered(**tiny.RIGHT)))
    decide(records, 2.5, "why")
    row = save(
        records, graded(tiny.answered(**tiny.RIGHT | {"why": why, "square": "def square(x): return 3"}), (4, 0, 1))
    )
    assert grades(row)["why"][1:] == (2.5, not decided)
    assert grades(row)["test_square"] == (0, None, False)


def test_a_decision_belongs_to_the_text_it_was_made_for(records):
    """Another text is for review, the first one again is decided again, and a review decides the new one."""

    def hand_in(why):
        return grades(save(records, graded(tiny.answered(**tiny.RIGHT | {"why": why}))))["why"][1:]

    hand_in("first")
    decide(records, 2.5, "why")
    assert hand_in("second") == (2.5, True) and hand_in("second") == (2.5, True)
    assert hand_in("first") == (2.5, False)
    assert hand_in("second") == (2.5, True)
    decide(records, 1, "why")
    assert hand_in("second") == (1, False) and hand_in("first") == (1, True)


def test_a_refused_submission_between_two_good_ones_loses_no_decision(records):
    save(records, graded(tiny.answered(**tiny.RIGHT)))
    decide(records, 2.5, "why")
    row = save(records, outcome.refuse(CHAPTER, {"en": "Empty file.", "zh": "空文件。"}))
    assert grades(row)["why"][1:] == (2.5, True)
    assert grades(save(records, graded(tiny.answered(**tiny.RIGHT))))["why"][1:] == (2.5, False)


@pytest.mark.parametrize("square, decided", [(tiny.RIGHT["square"], True), ("def square(x): return 3", False)])
def test_a_persons_score_for_a_test_stays_decided_while_the_code_stays(records, square, decided):
    save(records, graded(tiny.answered(**tiny.RIGHT), (4, None, 1)))
    decide(records, 5, "test_square")
    row = save(records, graded(tiny.answered(**tiny.RIGHT | {"square": square, "why": "other"}), (4, 0, 1)))
    assert grades(row)["test_square"][1:] == (5, not decided)


def test_a_picture_is_part_of_an_essay(records):
    def with_picture(data):
        nb = tiny.answered(**tiny.RIGHT)
        tiny.find(nb, "why").attachments = {"a.png": {"image/png": data}}
        return nb

    before, same, other = (decisions.text_hashes(with_picture(data))["why"] for data in ("aGk=", "aGk=", "aG8="))
    assert before == same != other


def test_a_refused_submission_has_zero_points_and_the_reason(records):
    row = save(records, outcome.refuse(CHAPTER, {"en": "Empty file.", "zh": "空文件。"}))
    assert row.score == 0 and not row.needs_manual_grade and row.max_score == 14
    assert {c.name: c.comment for c in row.comments}["double"] == "Empty file.\n\n空文件。"


def test_a_test_without_a_verdict_waits_and_the_others_count(records):
    row = save(records, graded(tiny.answered(**tiny.RIGHT), (4, None, 1)))
    assert grades(row)["test_square"] == (None, None, True) and row.score == 5


@pytest.mark.parametrize("points", [float("nan"), float("inf"), -1, 4.5])
def test_a_score_outside_of_its_range_is_an_error(points):
    with pytest.raises(ValueError, match=r"test_double: score .* is not a number in 0\.\.4"):
        graded(tiny.released(), (points, 0, 0))


@pytest.mark.parametrize(
    "outputs",
    [
        [new_output("stream", name="stderr", text="a warning")],
        [new_output("error", ename="E", evalue="", traceback=[])],
        [new_output("execute_result", {"text/plain": "3"})],
    ],
)
def test_outputs_that_nbgrader_reads_otherwise_are_an_error(outputs):
    nb = CHAPTER["en"].complete(CHAPTER["en"].released)
    verdicts = {name: Judged(0, []) for name in GRADED} | {"test_double": Judged(4, outputs)}
    with pytest.raises(ValueError, match="nbgrader reads"):
        put_verdicts(nb, verdicts)


def test_another_set_of_cells_is_refused_once_submissions_are_recorded(records):
    save(records, graded(tiny.released(), (0, 0, 0)))
    fewer = {"en": masters.make(tiny.solution(), tiny.released())}
    for nb in (fewer["en"].released, fewer["en"].solution):
        nb.cells = [c for c in nb.cells if c.id != "test_square"]
    with pytest.raises(Changed, match="tiny has other cells than .* make migrate"):
        records.assignment("tiny", fewer)
    records.assignment("tiny", CHAPTER)
    assert records.row("ann", "tiny").max_score == 14


def test_what_a_page_shows_is_what_nbgraders_own_objects_say(records):
    for student, points in (("ann", (4, 2.5, 0)), ("bob", (0, 0, 0))):
        save(records, graded(tiny.answered(**tiny.RIGHT), points), student)
    row = records.row("bob", "tiny")
    grade, comment = next(g for g in row.grades if g.name == "why"), next(c for c in row.comments if c.name == "why")
    grade.manual_score, grade.extra_credit, comment.manual_comment, row.late_submission_penalty = 2, 0.5, "well", 1.5
    records.commit()
    found = records.shown({("ann", "tiny"), ("bob", "tiny"), ("zoe", "tiny")})
    assert set(found) == {("ann", "tiny"), ("bob", "tiny")}
    for (student, _), shown in found.items():
        row = records.row(student, "tiny")
        late = row.late_submission_penalty or 0
        assert shown == {
            "scores": {g.name: [g.score, g.max_score] for g in row.grades},
            "comments": {c.name: c.comment for c in row.comments},
            "penalty": late,
            "score": row.score - late,
            "max_score": row.max_score,
        }
    assert found["bob", "tiny"]["score"] == 1.0 and found["bob", "tiny"]["comments"]["why"] == "well"


# Late


def late_by(tmp_path, stamp: datetime, **policy):
    from traitlets.config import Config

    tiny.give_gradebook(tmp_path)
    config = Config()
    config.AssignLatePenalties.plugin_class = PercentPerDay
    config.PercentPerDay.update(policy)
    with Records(f"sqlite:///{tmp_path / 'gradebook.db'}", config) as records:
        records.assignment("tiny", CHAPTER, datetime(2026, 10, 5, 12))
        row = save(records, graded(tiny.answered(**tiny.RIGHT)), timestamp=stamp)
        return row.late_submission_penalty


@pytest.mark.parametrize(
    "stamp, policy, penalty",
    [
        (datetime(2026, 10, 5, 12), dict(percent_per_day=10), None),
        (datetime(2026, 10, 5, 12, 20), dict(percent_per_day=10, grace_minutes=30), None),
        (datetime(2026, 10, 5, 12, 40), dict(percent_per_day=10, grace_minutes=30), 1.1),
        (datetime(2026, 10, 6, 12, 1), dict(percent_per_day=10), 2.2),
        (datetime(2026, 11, 5), dict(percent_per_day=10, at_most_percent=50), 5.5),
        (datetime(2026, 11, 5), dict(percent_per_day=10), 11.0),
        (datetime(2026, 11, 5), {}, None),
    ],
)
def test_what_being_late_costs(tmp_path, stamp, policy, penalty):
    assert late_by(tmp_path, stamp, **policy) == penalty


CHINA = "Asia/Shanghai"


@pytest.mark.parametrize(
    "text, zone, time",
    [
        ("2026-10-05 20:15:00 UTC", None, "2026-10-05 20:15"),
        ("2026-10-05 20:15:00.5 UTC", None, "2026-10-05 20:15:00.500000"),
        ("2026-10-05T20:15:00+08:00", None, "2026-10-05 12:15"),
        ("2026-10-05 20:15:00 UTC+8", None, "2026-10-05 12:15"),
        ("Tue, 06 Oct 2026 20:15:00 +0800", None, "2026-10-06 12:15"),
        ("20261006T201500Z", None, "2026-10-06 20:15"),
        ("2026-10-06 20:15:00 Asia/Shanghai", None, "2026-10-06 12:15"),
        ("2026-10-06 08:15 PM UTC", None, "2026-10-06 20:15"),
        ("2026-10-06 20:15 GMT+0800 (China Standard Time)", None, "2026-10-06 12:15"),
        ("2026-10-06 07:30:00 CST", CHINA, "2026-10-05 23:30"),
        ("2026-10-06 20:15:00", CHINA, "2026-10-06 12:15"),
        ("2026-10-06 8:15 PM", CHINA, "2026-10-06 12:15"),
        ("13/06/2026 8:15 PM", CHINA, "2026-06-13 12:15"),
        ("6.10.2026 20:15", CHINA, "2026-10-06 12:15"),
        ("06.10.2026, 20:15 Uhr", "Europe/Berlin", "2026-10-06 18:15"),
        ("6. 10. 2026 20:15 UTC", None, "2026-10-06 20:15"),
        ("Di., 13.10.2026 20:15 UTC", None, "2026-10-13 20:15"),
        ("Dienstag, 6. Oktober 2026, 20:15", "Europe/Berlin", "2026-10-06 18:15"),
        ("1. März 2027 20:15 Uhr UTC", None, "2027-03-01 20:15"),
        ("6. Dez. 2026 20:15 UTC", None, "2026-12-06 20:15"),
        ("Tuesday, October 6, 2026, 8:15 PM", CHINA, "2026-10-06 12:15"),
        ("2026年10月6日 下午8:15", CHINA, "2026-10-06 12:15"),
        ("2026年10月06日 星期二 20:15", CHINA, "2026-10-06 12:15"),
        ("2026年 10月 6日(二) 20：15", CHINA, "2026-10-06 12:15"),
        ("2026-10-06 20:15:00 UTC", CHINA, "2026-10-06 20:15"),
        ("2026-11-05 20:15:00 EST", "America/New_York", "2026-11-06 01:15"),
        ("", None, None),
    ],
)
def test_times_that_are_sure_are_read(tmp_path, text, zone, time):
    (tmp_path / "timestamp.txt").write_text(text)
    expected = time and datetime.fromisoformat(time)
    assert read_timestamp(tmp_path, zone) == (expected, [])


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf2026-10-06 20:15:00 UTC",
        "2026-10-06 20:15:00 UTC\r\n".encode("utf-16"),
        b"2026-10-06 20:15:00 UTC\n\n",
    ],
)
def test_byte_order_marks_and_line_ends_are_no_part_of_a_time(tmp_path, data):
    (tmp_path / "timestamp.txt").write_bytes(data)
    assert read_timestamp(tmp_path) == (datetime(2026, 10, 6, 20, 15), [])


@pytest.mark.parametrize(
    "text, zone, what",
    [
        ("2026-10-06 07:30:00 CST", None, "zone is not sure (CST)"),
        ("2026-10-06 20:15:00", None, "zone is not sure (none)"),
        ("2026-10-06 20:15 PST", CHINA, "zone is not sure (PST)"),
        ("10/06/2026 8:15 PM", CHINA, "above 12"),
        ("10/06/2026 8:15 PM UTC", None, "above 12"),
        ("06-10-2026 20:15 UTC", None, "above 12"),
        ("06.10.26 20:15 UTC", None, "above 12"),
    ],
)
def test_a_time_that_is_not_sure_gets_a_note_and_is_no_time(tmp_path, text, zone, what):
    (tmp_path / "timestamp.txt").write_text(text)
    time, (note,) = read_timestamp(tmp_path, zone)
    assert time is None and what in note["en"] and "时" in note["zh"]
    assert "the time as 2026-10-05 20:15:00 UTC" in note["en"]
    assert ("[class] timezone" in note["en"]) == ("sure" in what and zone is None), "only where that would help"


@pytest.mark.parametrize(
    "data",
    [b"yesterday", b"\xff\xfe\x00", b"9" * 300, b"2026-13-45", b"0001-01-01 00:00 +9999", b"5", b"20:15", b"Monday"],
)
def test_a_timestamp_that_is_none_gets_a_note(tmp_path, data):
    (tmp_path / "timestamp.txt").write_bytes(data)
    time, notes = read_timestamp(tmp_path)
    assert time is None and "timestamp.txt" in notes[0]["en"]
    assert read_timestamp(tmp_path / "nowhere") == (None, [])


def test_of_a_timestamp_only_the_beginning_is_read_and_no_link_is_followed(tmp_path):
    with open(tmp_path / "timestamp.txt", "wb") as file:
        file.write(b"2026-10-06 20:15:00 UTC")
        file.truncate(3 << 30)
    assert read_timestamp(tmp_path)[0] == datetime(2026, 10, 6, 20, 15) and MOST < 1000
    (tmp_path / "real").write_text("2026-10-06 20:15:00 UTC")
    (tmp_path / "timestamp.txt").unlink()
    (tmp_path / "timestamp.txt").symlink_to(tmp_path / "real")
    assert read_timestamp(tmp_path) == (None, [])
    with pytest.raises(ValueError, match="is not a time zone such as"):
        parse_time("2026-10-06 20:15:00", "Mars/Olympus")


# grades.csv


def test_the_table_survives_any_name_and_no_cell_is_a_formula():
    rows = [
        {"student_id": name, "assignment": "tiny", "score": 4.5, "max_score": 14.0, "note": note}
        for name, note in (
            ("=cmd|' /C calc'!A0", 'say "hi", twice'),
            ("-2+3", "one\ntwo"),
            ("ann", "\t=1"),
            ("@a", ""),
            ("李雷", "＝1"),
            (" =x", "ok"),
        )
    ]
    back = list(csv.DictReader(io.StringIO(grades_csv(rows))))
    assert [r["student_id"] for r in back] == ["'=cmd|' /C calc'!A0", "'-2+3", "ann", "'@a", "李雷", "' =x"]
    assert [r["note"] for r in back] == ['say "hi", twice', "one two", "' =1", "", "'＝1", "ok"]
    assert back[0]["score"] == "4.5" and list(back[0]) == list(record.COLUMNS)
    assert plain("a=1") == "a=1"


def test_the_gradebook_is_nbgraders(records, tmp_path):
    save(records, graded(tiny.answered(**tiny.RIGHT)))
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission("tiny", "ann").score == 11
