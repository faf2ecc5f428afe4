"""`make release`, `make collect` and giving back through nbgrader's exchange, as their functions: two students of one
course, both languages, handing in again, and what a student may put into the exchange."""

import os
import shutil
import time
from pathlib import Path

import pytest
import tiny_course as tiny
from nbgrader.exchange.default import ExchangeFetchAssignment
from test_audit import give
from test_exchange import Exchange, pytestmark  # noqa: F401

from autograder import exchange as door
from autograder import give_back as give_back_door
from autograder.gradebook import exchange
from autograder.gradebook.coursedir import ClassError, open_class
from autograder.grading import batch


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> batch.Course:
    root = tiny.lay_out(tmp_path_factory.mktemp("course"))
    return batch.Course(root / "solutions", root / "notebooks")


@pytest.fixture
def lab(course, tmp_path, monkeypatch):
    lab = Exchange(tmp_path, course, monkeypatch)
    shutil.rmtree(lab.folder / "release")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "no-config"))
    (lab.folder / "class.toml").write_text(
        f'[due]\ntiny = 2100-01-01T00:00:00Z\n[exchange]\ncourse = "descent"\nroot = "{tmp_path / "exchange"}"\n'
        "check_owner = false\n"
    )
    return lab


def release(lab, languages=("en",), **options):
    return exchange.release(
        open_class(str(lab.folder)),
        "ti",
        languages,
        lambda name, lang: lab.course.released / lang / name,
        ["tiny"],
        **options,
    )


def collect(lab, chapter="tiny"):
    return exchange.collect(open_class(str(lab.folder)), chapter, ["tiny"])


def grade(lab):
    return tiny.grade_class(open_class(str(lab.folder)), lab.course)


def give_back(lab, chapter="tiny"):
    return exchange.give_back(open_class(str(lab.folder)), chapter, ["tiny"])


def test_the_whole_way_with_a_resubmission(lab):
    assert release(lab)[-1].endswith("tiny.ipynb")
    for student in ("ann", "bob"):
        lab.run(ExchangeFetchAssignment, student)
        lab.submit(student, why=f"Because {student} says so.")
    assert collect(lab) == ["tiny: 2 new, 0 handed in again, 0 as before"]
    grade(lab)
    give(lab.folder, "ann", manual_score=2.5, needs_manual_grade=False)
    grade(lab)
    assert give_back(lab) == ["tiny: 2 pages given back; students fetch them in Assignments"]
    pages = list((lab.place / "exchange" / "descent" / "feedback").glob("*.html"))
    assert len(pages) == 2 and all(page.stat().st_mode & 0o777 == 0o644 for page in pages), "students may read them"
    assert not (lab.folder / "feedback" / "ann" / "tiny" / "tiny.html").stat().st_mode & 0o077
    first = {student: lab.feedback(student) for student in ("ann", "bob")}
    assert "13.5 / 14</title>" in next(iter(first["ann"].values()))
    time.sleep(1.1)  # the exchange tells submissions apart by the second
    lab.submit("ann", why="Because ann says so.", square="def square(x):\n    return 3")
    assert collect(lab, "") == ["tiny: 0 new, 1 handed in again, 1 as before"]
    grade(lab)
    give_back(lab, "")
    assert lab.feedback("bob") == first["bob"]
    second = lab.feedback("ann")
    assert second.items() > first["ann"].items() and len(second) == 2
    assert "7.5 / 14</title>" in second[max(second)], "the new page stands under the new time"
    assert not list((lab.folder / "submitted").rglob(".*")), "nothing half copied"


def test_two_languages_side_by_side_and_the_worked_one_counts(lab):
    assert release(lab, ("zh", "en"))[-1].endswith("tiny.en.ipynb, tiny.ipynb")
    lab.run(ExchangeFetchAssignment, "ann")
    home = lab.place / "homes" / "ann" / "tiny"
    assert (
        "两倍与平方" in (home / "tiny.ipynb").read_text() and "Twice and square" in (home / "tiny.en.ipynb").read_text()
    )
    chinese = (home / "tiny.ipynb").read_bytes()
    lab.submit("ann")  # writes the English answers into tiny.ipynb
    (home / "tiny.ipynb").rename(home / "tiny.en.ipynb")
    (home / "tiny.ipynb").write_bytes(chinese)
    time.sleep(1.1)
    from nbgrader.exchange.default import ExchangeSubmit

    lab.run(ExchangeSubmit, "ann")
    collect(lab)
    (row,) = grade(lab)
    assert row.score == 11 and row.state == "waits"


def test_releasing_again_changes_nothing_unless_asked(lab):
    release(lab)
    assert "nothing changed" in release(lab)[-1]
    with pytest.raises(ClassError, match="differs. To replace it"):
        release(lab, ("zh",))
    outbound = lab.place / "exchange" / "descent" / "outbound" / "tiny" / "tiny.ipynb"
    assert "Twice" in outbound.read_text() and "Twice" in (lab.folder / "release" / "tiny" / "tiny.ipynb").read_text()
    release(lab, ("zh",), again=True)
    assert "两倍" in outbound.read_text()


def submission(lab, student="eve", when="2026-10-01 10:00:00.000000 UTC") -> Path:
    """What a student's own process may write into the exchange."""
    place = lab.place / "exchange" / "descent" / "inbound" / f"{student}+tiny+{when}+abc"
    place.mkdir(parents=True)
    (place / "timestamp.txt").write_text(when)
    return place


def test_a_link_in_the_exchange_leads_nowhere(lab):
    release(lab)
    secret = lab.course.solutions / "en" / "tiny" / "tiny.ipynb"
    place = submission(lab)
    (place / "tiny.ipynb").symlink_to(secret)
    (place / "more").symlink_to(secret.parent)
    os.mkfifo(place / "pipe")
    whole = submission(lab, "mallory")
    shutil.rmtree(whole)
    whole.symlink_to(secret.parent)
    sentences = collect(lab)
    assert any("left out" in s and "tiny.ipynb" in s and "more" in s and "pipe" in s for s in sentences)
    assert any("mallory+" in s and "not a folder" in s for s in sentences)
    assert [path.name for path in (lab.folder / "submitted").rglob("*") if path.is_file()] == ["timestamp.txt"]


def test_a_strange_name_stops_nobody(lab):
    release(lab)
    for name in ("eve+tiny+yesterday noon+x", "..+tiny+2026-10-01 10:00:00 UTC+x", "eve", "a+b+c+d+e"):
        (lab.place / "exchange" / "descent" / "inbound" / name).mkdir()
    lab.run(ExchangeFetchAssignment, "ann")
    lab.submit("ann")
    sentences = collect(lab)
    assert sentences[-1].startswith("tiny: 1 new") and len(sentences) == 3
    assert os.listdir(lab.folder / "submitted") == ["ann"]


def test_somebody_elses_name_is_not_taken(lab):
    text = (lab.folder / "class.toml").read_text()
    (lab.folder / "class.toml").write_text(text.replace("check_owner = false\n", ""))
    release(lab)
    (submission(lab, "ann") / "tiny.ipynb").write_text("{}")
    sentences = collect(lab)
    assert "not by ann: left alone" in sentences[0] and sentences[-1].startswith("tiny: 0 new")


def test_a_time_that_was_made_up_is_named(lab):
    release(lab)
    submission(lab)
    assert any("2026-10-01 10:00:00, but the folder was last changed" in s for s in collect(lab))


def test_the_newest_of_several_counts(lab):
    release(lab)
    for second in ("59", "01", "30"):
        (submission(lab, when=f"2026-10-01 10:00:{second}.000000 UTC") / "note.txt").write_text(second)
    collect(lab)
    assert (lab.folder / "submitted" / "eve" / "tiny" / "note.txt").read_text() == "59"


@pytest.mark.parametrize(
    "toml, sentence",
    [
        ("", "names no course for the exchange"),
        ("[exchange]\ncourse = 3\n", r"\[exchange\] may hold"),
        ('[exchange]\ncurse = "descent"\n', r"\[exchange\] may hold"),
        ('[exchange]\ncourse = "descent"\nroot = "/no/such/folder"\n', "is missing. Make it once, as root"),
        ('[exchange]\ncourse = "a+b"\n', "holds no \\+"),
    ],
)
def test_wrong_settings_end_in_a_sentence_and_nothing_is_made(lab, toml, sentence):
    (lab.folder / "class.toml").write_text(toml)
    for command in (release, collect, give_back):
        with pytest.raises(ClassError, match=sentence):
            command(lab)
    assert not (lab.folder / "release").exists() and not list((lab.place / "exchange").iterdir())


def test_giving_back_is_one_command_for_every_target(lab, monkeypatch, capsys):
    monkeypatch.setattr(door, "give_back", lambda folder, chapter: [f"{folder.path.name} {chapter}"])
    assert give_back_door.main([str(lab.folder), "--to", "exchange", "--chapter", "03"]) == 0
    assert capsys.readouterr().out == f"{lab.folder.name} 03\n"
    monkeypatch.undo()
    assert give_back_door.main([str(lab.folder), "--to", "exchange"]) == 2
    assert capsys.readouterr().err.startswith("give-back: ")


def test_wrong_chapters_and_languages_end_in_a_sentence(lab):
    for chapter, sentence in (("", "CHAPTER= is missing"), ("09", "means no assignment; there are tiny")):
        with pytest.raises(ClassError, match=sentence):
            exchange.one_of(chapter, ["tiny"])
    with pytest.raises(ClassError, match="is not one of en, zh"):
        door.run("release", open_class(str(lab.folder)), "03", "de", False)
    with pytest.raises(ClassError, match="LANG=fr"):
        release(lab, ("fr",))
    with pytest.raises(ClassError, match="no feedback pages yet"):
        give_back(lab)
    with pytest.raises(ClassError, match="nothing was released yet"):
        collect(lab, "")


def test_the_machines_configuration_is_used_where_the_class_says_nothing(lab, monkeypatch):
    place = lab.place / "etc"
    place.mkdir()
    (place / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'hubs'\nc.Exchange.root = {str(lab.place / 'exchange')!r}\n"
    )
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(place))
    (lab.folder / "class.toml").write_text("")
    release(lab)
    assert (lab.place / "exchange" / "hubs" / "outbound" / "tiny" / "tiny.ipynb").is_file()
    (place / "nbgrader_config.py").write_text("c = get_config(\n")
    with pytest.raises(ClassError, match="nbgrader_config.py: SyntaxError"):
        release(lab)


def test_the_door_says_what_is_missing(lab, capsys):
    assert door.main(["collect"]) == 2 and "CLASS= is missing" in capsys.readouterr().err
    assert door.main(["release", "--class", str(lab.place), "--chapter", "03"]) == 2
    assert "has no submitted/" in capsys.readouterr().err
