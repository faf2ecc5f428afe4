"""A class from submissions to grades: every kind of submission, interruptions, and who pays for what goes
wrong."""

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
import tiny_course as tiny
from rich.console import Console
from sqlalchemy import text as sql

from autograder import grade
from autograder.authoring import sample_class, typed_mistakes
from autograder.gradebook import coursedir, secret, versions
from autograder.gradebook.coursedir import ClassError, ClassFolder, open_class
from autograder.grading import batch
from autograder.grading.rows import Row
from autograder.grading.run_and_judge import run_and_judge
from autograder.intake import masters
from autograder.intake.roles import flags, is_answer, is_test
from autograder.judging.mark import hidden_rng, mark
from autograder.pages import cleaning, feedback, table
from autograder.pages.bounded import Budget
from descent import exercises

RIGHT = tiny.answered(**tiny.RIGHT)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> batch.Course:
    root = tiny.lay_out(tmp_path_factory.mktemp("course"))
    return batch.Course(root / "solutions", root / "notebooks")


@pytest.fixture
def folder(tmp_path) -> Path:
    place = tmp_path / "class"
    tiny.give_gradebook(place)
    for student in ("ann", "bob", "cat"):
        tiny.write(place, student, RIGHT)
    return place


def go(folder: Path, course: batch.Course, **options) -> dict[str, Row]:
    rows = tiny.grade_class(open_class(str(folder)), course, **options)
    return {row.student: row for row in rows}


def ran(folder: Path) -> list[str]:
    """Students in the order in which they were graded since the last look."""
    log = folder / "ran.log"
    names = log.read_text().split() if log.exists() else []
    log.unlink(missing_ok=True)
    return names


def page(folder: Path, student: str) -> str:
    return (folder / "feedback" / student / "tiny" / "tiny.html").read_text(encoding="utf-8")


def grades_of(folder: Path) -> dict[str, dict]:
    with open(folder / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def test_one_broken_submission_costs_only_itself_and_everyone_hears_why(folder, course):
    tiny.write(folder, "dan", b"not a notebook")
    tiny.write(folder, "eve", tiny.answered(double="grader bug"))
    tiny.write(folder, "=fay", tiny.answered("zh", **tiny.RIGHT | {"double": "def double(x): return 0"}))
    (folder / "submitted" / "gus" / "other_chapter").mkdir(parents=True)
    rows = go(folder, course)
    assert {name: row.state for name, row in rows.items()} == {
        "ann": "waits",
        "bob": "waits",
        "cat": "waits",
        "dan": "refused",
        "eve": "person",
        "=fay": "waits",
        "submitted/gus/other_chapter": "left alone",
    }
    assert [rows[name].score for name in ("ann", "dan", "eve", "=fay")] == [11, 0, 0, 7]
    assert "not valid JSON" in grades_of(folder)["dan"]["note"] and "不是有效的 JSON" in page(folder, "dan")
    assert "the grader itself is wrong" in grades_of(folder)["eve"]["note"] and "a person has to" in page(folder, "eve")
    assert grades_of(folder)["'=fay"]["score"] == "7.0"
    for student in rows:
        if rows[student].state != "left alone":
            nb = nbformat.read(folder / "autograded" / student / "tiny" / "tiny.ipynb", 4)
            nbformat.validate(nb)
            assert "secret-of" not in nbformat.writes(nb)


def test_a_second_run_has_nothing_to_do_and_says_the_same(folder, course):
    first = go(folder, course)
    assert sorted(ran(folder)) == ["ann", "bob", "cat"]
    pages = {name: os.stat(folder / "feedback" / name / "tiny" / "tiny.html").st_mtime_ns for name in first}
    assert go(folder, course) == first and ran(folder) == []
    assert pages == {name: os.stat(folder / "feedback" / name / "tiny" / "tiny.html").st_mtime_ns for name in first}


def test_only_what_changed_is_graded_again(folder, course):
    go(folder, course), ran(folder)
    tiny.write(folder, "bob", tiny.released())
    tiny.write(folder, "new", RIGHT)
    rows = go(folder, course)
    assert ran(folder) == ["bob", "new"] and rows["bob"].score == 0 and rows["new"].score == 11
    (folder / "autograded" / "cat" / "tiny" / "tiny.ipynb").write_text("spoiled")
    (folder / "submitted" / "ann" / "tiny" / "timestamp.txt").write_text("2026-10-05 20:00:00 UTC")
    go(folder, course)
    assert ran(folder) == ["cat"]
    (folder / "gradebook.db").unlink()
    tiny.give_gradebook(folder)
    assert go(folder, course)["new"].score == 11 and ran(folder) == []


@pytest.mark.parametrize("change", ["secret", "limits", "grader"])
def test_all_that_a_grade_depends_on_is_part_of_its_key(folder, course, change, monkeypatch):
    go(folder, course), ran(folder)
    if change == "secret":
        (folder / ".secret").write_text("another\n")
    elif change == "limits":
        (folder / "class.toml").write_text("[limits]\ncell_seconds = 7\n")
    else:
        monkeypatch.setattr(versions, "grader_version", lambda: "next")
    if change == "secret":
        with pytest.raises(ClassError, match="is not the secret .* Restore the file .* ARGS=--new-secret"):
            go(folder, course)
        assert ran(folder) == []
    go(folder, course, new_secret=change == "secret")
    assert sorted(ran(folder)) == ["ann", "bob", "cat"]


def test_due_dates_and_penalties_follow_the_settings_without_new_grading(folder, course):
    (folder / "submitted" / "ann" / "tiny" / "timestamp.txt").write_text("2026-10-06 20:00:00 UTC")
    (folder / "submitted" / "bob" / "tiny" / "timestamp.txt").write_text("soon")
    rows = go(folder, course)
    assert rows["ann"].score == 11 and "could not be read as a date" in rows["bob"].notes[0]
    ran(folder)
    (folder / "class.toml").write_text("[due]\ntiny = 2026-10-05T20:00:00Z\n[late]\npercent_per_day = 10\n")
    assert go(folder, course)["ann"].score == 9.9 and ran(folder) == []
    assert "1.1" in page(folder, "ann") and "late" in grades_of(folder)["ann"]["note"].lower()


def test_a_persons_score_and_comment_stay_and_reach_the_page(folder, course):
    go(folder, course)
    with batch.Records(f"sqlite:///{folder / 'gradebook.db'}") as records:
        row = records.row("ann", "tiny")
        why = next(g for g in row.grades if g.name == "why")
        why.manual_score, why.needs_manual_grade = 2.5, False
        next(c for c in row.comments if c.name == "why").manual_comment = "Nice <script>x</script> idea"
        records.commit()
    rows = go(folder, course)
    assert rows["ann"].score == 13.5 and rows["ann"].state == "graded" and "Nice" in page(folder, "ann")


@pytest.mark.parametrize("again", ["regrade", "limits", "grader", "other cells", "journal lost", "older version"])
def test_an_essay_that_was_read_stays_decided_whatever_makes_it_be_graded_again(folder, course, monkeypatch, again):
    go(folder, course)
    with batch.Records(f"sqlite:///{folder / 'gradebook.db'}") as records:
        why = next(grade for grade in records.row("ann", "tiny").grades if grade.name == "why")
        why.manual_score, why.needs_manual_grade = 2.5, False
        if again == "older version":
            records.gradebook.db.execute(sql("DROP TABLE descent_decision"))
        records.commit()
    ran(folder)
    if again == "limits":
        (folder / "class.toml").write_text("[limits]\ncell_seconds = 7\n")
    elif again in ("grader", "older version"):
        monkeypatch.setattr(versions, "grader_version", lambda: "next")
    elif again == "other cells":
        tiny.write(folder, "ann", tiny.answered(**tiny.RIGHT | {"square": "def square(x): return 3"}))
    elif again == "journal lost":
        (folder / "journal.jsonl").unlink()
    rows = go(folder, course, regrade=again == "regrade")
    assert "ann" in ran(folder)
    assert rows["ann"].state == "graded" and rows["bob"].state == "waits"
    assert rows["ann"].score == (7.5 if again == "other cells" else 13.5)
    assert "Read by a person: why." in rows["ann"].notes and "Read by a person" in grades_of(folder)["ann"]["note"]


def test_one_chapter_alone_leaves_the_grades_of_the_others_in_the_table(folder, course, tmp_path):
    two = batch.Course(tmp_path / "solutions", tmp_path / "notebooks")
    for source, target in ((course.solutions, two.solutions), (course.released, two.released)):
        for name in ("tiny", "other"):
            path = target / "en" / name / f"{name}.ipynb"
            path.parent.mkdir(parents=True)
            shutil.copy(source / "en" / "tiny" / "tiny.ipynb", path)
    path = folder / "submitted" / "ann" / "other" / "other.ipynb"
    path.parent.mkdir()
    nbformat.write(RIGHT, path)
    assert set(go(folder, two, chapter="ti")) == {"ann", "bob", "cat"} and len(ran(folder)) == 3
    assert len((folder / "grades.csv").read_text().splitlines()) == 4
    assert set(go(folder, two, chapter="oth")) == {"ann"} and ran(folder) == ["ann"]
    assert len((folder / "grades.csv").read_text().splitlines()) == 5
    with pytest.raises(ClassError, match="no built chapter begins with '99'"):
        go(folder, two, chapter="99")


# Interruptions


def test_interrupted_by_a_key_it_goes_on_where_it_was(folder, course):
    import contextlib

    @contextlib.contextmanager
    def impatient(stage, total):
        def advance(name):
            raise KeyboardInterrupt

        yield advance

    with pytest.raises(KeyboardInterrupt):
        go(folder, course, progress=impatient)
    first = ran(folder)
    rows = go(folder, course)
    assert len(first) >= 1 and "ann" not in ran(folder)
    assert all(rows[name].score == 11 for name in ("ann", "bob", "cat"))


SCRIPT = """
import sys; sys.path[:0] = {path!r}
from pathlib import Path
import tiny_course as tiny
from autograder.gradebook import coursedir, versions
from autograder.grading import batch
versions.grader_version = lambda: "fixed"  # somebody may edit the grader while the tests run
batch.BATCH = 3
course = batch.Course(*map(Path, sys.argv[2:4]))
print("ready", flush=True)
tiny.grade_class(coursedir.open_class(sys.argv[1]), course, judge=tiny.slow_judge_here)
"""


def test_killed_without_warning_it_goes_on_where_it_was(folder, course, monkeypatch):
    monkeypatch.setattr(versions, "grader_version", lambda: "fixed")
    for name in "defghijk":
        tiny.write(folder, name * 3, RIGHT)
    script = SCRIPT.format(path=[str(Path(__file__).parent), *sys.path])
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(folder), str(course.solutions), str(course.released)],
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout.readline() == b"ready\n"
        journal = folder / "journal.jsonl"
        wait_until(lambda: journal.exists() and journal.read_bytes().count(b'"result"') >= 5)
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.communicate()
    done = [e["result"]["student"] for e in map(json.loads, journal.read_text().splitlines()) if "result" in e]
    ran(folder)
    rows = go(folder, course)
    again = ran(folder)
    assert 5 <= len(done) < 11 and not set(done) & set(again) and set(done) | set(again) == set(rows)
    assert all(row.score == 11 and row.state == "waits" for row in rows.values())


def wait_until(true, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_batch_that_cannot_be_recorded_whole_is_recorded_one_by_one(folder, course, monkeypatch):
    save = batch.Records.save

    def fail_for_bob(records, nb, student, *rest):
        save(records, nb, student, *rest)
        if student == "bob":
            raise RuntimeError("disk full")

    monkeypatch.setattr(batch.Records, "save", fail_for_bob)
    rows = go(folder, course)
    assert [rows[name].score for name in ("ann", "cat")] == [11, 11]
    assert rows["bob"].state == "person" and "disk full" in grades_of(folder)["bob"]["note"]
    monkeypatch.setattr(batch.Records, "save", save)
    ran(folder)
    assert go(folder, course)["bob"].score == 11 and ran(folder) == []


# The class folder and its secret


def test_a_class_under_build_or_without_submissions_is_refused_with_the_cure(tmp_path, monkeypatch):
    monkeypatch.setattr(coursedir, "BUILD", tmp_path / "build")
    (tmp_path / "build" / "mine" / "submitted").mkdir(parents=True)
    with pytest.raises(ClassError, match="is under build/, which `make clean` deletes.*Move the class"):
        open_class(str(tmp_path / "build" / "mine"))
    (tmp_path / "link").symlink_to(tmp_path / "build" / "mine")
    with pytest.raises(ClassError, match="under build/"):
        open_class(str(tmp_path / "link"))
    with pytest.raises(ClassError, match="has no submitted/ .it holds: build, link"):
        open_class(str(tmp_path))
    with pytest.raises(ClassError, match="is not a folder"):
        open_class(str(tmp_path / "nowhere"))


def test_the_command_says_what_is_wrong_and_exits_with_2(tmp_path, capsys):
    assert grade.main(["--class", str(tmp_path)]) == 2
    assert "has no submitted/" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text, words",
    [
        ("[late]\npercent = 3", "may hold"),
        ("[limits]\nseconds = 3", "seconds is unknown; did you mean cpu_seconds"),
        ("[limits]\ncell_seconds = 0", "must be a finite number > 0"),
        ("[[", "is not valid TOML"),
    ],
)
def test_mistakes_in_the_settings_of_a_class_are_named(folder, course, text, words):
    (folder / "class.toml").write_text(text)
    with pytest.raises(ClassError, match=words):
        go(folder, course)


def test_only_one_at_a_time(folder, course):
    with batch.locked(ClassFolder(folder)), pytest.raises(ClassError, match="another process is grading"):
        go(folder, course)


def test_the_secret_is_made_once_for_its_owner_only(tmp_path):
    first = secret.load_secret(tmp_path)
    assert len(first) == 64 and secret.load_secret(tmp_path) == first
    assert (tmp_path / ".secret").stat().st_mode & 0o777 == 0o600
    (tmp_path / ".secret").chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        secret.load_secret(tmp_path)
    (tmp_path / ".secret").chmod(0o600)
    (tmp_path / ".secret").write_text("\n")
    with pytest.raises(ValueError, match="is empty"):
        secret.load_secret(tmp_path)


def test_hidden_cases_depend_on_class_assignment_and_exercise():
    seeds = {
        secret.seed_for(*terms)
        for terms in (("s", "a", "e"), ("t", "a", "e"), ("s", "b", "e"), ("s", "a", "f"), ("s", "ae", ""))
    }
    assert len(seeds) == 5 and secret.seed_for("s", "a", "e") in seeds
    import numpy as np

    assert (
        np.random.default_rng(secret.seed_for("s", "a", "e")).random(3) == hidden_rng("s", "a", "e").random(3)
    ).all()
    assert secret.fingerprint("s") != secret.fingerprint("t") and "s" * 9 not in secret.fingerprint("s" * 9)


def test_the_secret_is_nowhere_but_in_its_file(folder, course):
    go(folder, course)
    word = secret.load_secret(folder)
    for path in folder.rglob("*"):
        if path.is_file() and path.name != ".secret":
            assert word.encode() not in path.read_bytes(), path


# What people see


def test_the_page_runs_nothing_and_shows_no_hidden_test(folder, course):
    tiny.write(
        folder,
        "ann",
        tiny.answered(
            **tiny.RIGHT
            | {
                "why": "x<script>alert(1)</script><img src=x onerror=alert(2)>\n\n[a](javascript:alert(3)) <b>bold</b>",
                "square": "def square(x):\n    return 3",
            }
        ),
    )
    go(folder, course)
    html = page(folder, "ann")
    for bad in ("alert(1)", "onerror", 'href="javascript', "square(-5)", "HIDDEN"):
        assert bad not in html
    assert "<b>bold</b>" in html and "5 / 14</title>" in html


@pytest.mark.parametrize(
    "html, clean",
    [
        ("<a href='javascript:x'>a</a>", "<a>a</a>"),
        ("<a href='data:text/html,x'>a</a>", "<a>a</a>"),
        ("<a href=' JaVaScript:x'>a</a>", "<a>a</a>"),
        ("<a href='https://a.b/c'>a</a>", '<a href="https://a.b/c">a</a>'),
        ("<img src='data:text/html;base64,aa'>", "<img>"),
        ("<img src='data:image/png;base64,aGk='>", '<img src="data:image/png;base64,aGk=">'),
        ("<p style='position:fixed;color:red' onclick='x'>p</p>", '<p style="color:red;">p</p>'),
        ("<p style='background:url(http://a.b/c)'>p</p>", "<p>p</p>"),
        ("<p style='background:u\\72l(http://a.b/c)'>p</p>", "<p>p</p>"),
        ("<p style='margin-top:-900px;background:white'>p</p>", "<p>p</p>"),
        ("<p style='color:rgb(1, 2, 3);margin:0 auto'>p</p>", '<p style="color:rgb(1, 2, 3);margin:0 auto;">p</p>'),
        ("<p class='modal-backdrop'>p</p>", "<p>p</p>"),
        ('<span class="highlight hl-ipython3 nn">p</span>',) * 2,
        ("<style>p{}</style><iframe src=x></iframe><form><input>", ""),
        ("<details open><summary>s</summary>t</details>",) * 2,
        ("<svg><script>alert(1)</script></svg>", ""),
        ("a &lt; b", "a &lt; b"),
    ],
)
def test_html_is_cleaned(html, clean):
    assert cleaning.clean_html(html).strip() == cleaning.cleaned(html, Budget()).strip() == clean


def test_of_cleaned_outputs_only_short_ones_are_cached():
    def kept():
        return cleaning.cached.cache_info().currsize

    before = kept()
    for text in ("a card nobody else got", "long " * cleaning.CARD):
        assert cleaning.cleaned(f"<script>1</script>{text}", Budget()) == text
    assert kept() == before + 1


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="  # one grey pixel


def test_pictures_of_a_student_are_shown_and_described_as_such(folder, course):
    text = "![](attachment:a.png) ![a dog](attachment:a.png) ![](https://a.b/c.png)"
    nb = tiny.answered(**tiny.RIGHT | {"why": text})
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    tiny.find(nb, "why").attachments = {"a.png": {"image/png": png}}
    tiny.write(folder, "ann", nb)
    go(folder, course)
    pictures = re.findall(r"<img[^>]*>", page(folder, "ann"))
    assert len(pictures) == 3 and all("alt=" in picture for picture in pictures)
    assert [f"data:image/png;base64,{png}" in picture for picture in pictures] == [True, True, False]
    assert "a.b/c" not in "".join(pictures)


def test_a_figure_without_a_description_says_so():
    nb = tiny.released()
    figure = nbformat.v4.new_output("display_data", {"image/png": "aGk="})
    tiny.find(nb, "play").outputs = [figure]
    scores = {name: [0, 1] for name in ("test_double", "test_square", "test_predictions", "why")}
    known = {"score": 0, "max_score": 14, "penalty": 0, "scores": scores, "comments": {}}
    html = feedback.page(nbformat.writes(nb), "tiny", known)
    assert re.findall(r"<img[^>]*>", html)[0].startswith('<img alt="figure without a description"')


def test_names_are_printed_as_they_are(tmp_path):
    console = Console(width=160, record=True, file=io.StringIO())
    rows = [Row("[red]x[/red]\x1b[2J", "tiny", "graded", 1, 2, notes=["[bold]n"])]
    table.table(rows, ClassFolder(tmp_path), console)
    text = console.export_text()
    assert "[red]x[/red]?[2J" in text and "[bold]n" in text and "\x1b" not in text


def test_long_notes_of_one_student_do_not_push_the_others_away(tmp_path):
    console = Console(width=160, record=True, file=io.StringIO())
    notes = [f"test_{n} is not defined, because the cell {n} ended with IndentationError." for n in range(20)]
    table.table([Row("ann", "tiny", "graded", 1, 2, notes=notes)], ClassFolder(tmp_path), console)
    text = console.export_text()
    assert (
        "test_0 is not defined" in text and "test_19" not in text and "all notes: grades.csv" in " ".join(text.split())
    )


def test_of_a_class_only_what_is_new_or_says_something_is_listed(tmp_path):
    def shown(rows):
        console = Console(width=160, record=True, file=io.StringIO())
        table.table(rows, ClassFolder(tmp_path), console)
        return console.export_text()

    rows = [Row(f"s{n:02}", "tiny", "graded", 1, 2, notes=["Read by a person: why."], new=n < 2) for n in range(30)]
    rows[5].notes = ["Your file was called x.ipynb."]
    text = shown(rows)
    assert all(name in text for name in ("s00", "s01", "s05")) and "s06" not in text
    assert "27 others were graded before and have only a score: grades.csv" in text
    assert "s06" in shown(rows[:20]), "a small class is shown whole"
    text = shown([])
    assert "Nothing was handed in that could be graded" in text and "student" not in text.split("Nothing")[0]


def test_the_progress_bar_counts_and_is_quiet_with_nothing_to_do():
    console = Console(width=120, record=True, file=io.StringIO())
    progress = table.Progress(console)
    with progress("grading", 2) as advance:
        advance("[b]ann")
        advance("bob")
    with progress("feedback", 0) as advance:
        advance("nobody")
    text = console.export_text()
    assert "2/2" in text and "feedback: nothing new" in text


# The sample class


def test_the_sample_class_is_always_the_same_and_has_every_kind():
    chapter = {lang: masters.make(tiny.solution(lang), tiny.released(lang)) for lang in tiny.TEXT}
    mistakes = {"double": ["def double(x):\n    return 3 * x"], "square": ["def square(x):\n    return x"]}
    first = sample_class.submissions(chapter, mistakes)
    assert len(first) >= 16 and first == sample_class.submissions(chapter, mistakes)
    assert tiny.find(first["finn_mistake_in_double"], "double").source == mistakes["double"][0]
    assert tiny.find(first["xena_alias"], "square").source == "square = double"
    assert "BEGIN SOLUTION" not in nbformat.writes(first["ada_all_correct"])
    for nb in first.values():
        if not isinstance(nb, bytes):
            nbformat.validate(nb)


BUILT = {
    name: masters.load(name, coursedir.ROOT / "solutions", coursedir.ROOT / "notebooks")
    for name in batch.Course().assignments()
}


@pytest.mark.parametrize("name", BUILT)
def test_mistakes_are_written_as_a_student_would_and_cost_points(name):
    found = typed_mistakes.mistakes_of(BUILT[name]["en"])
    asked = [c.id for c in BUILT[name]["en"].released.cells if is_answer(c) and c.id in exercises.table()]
    assert 2 * len(found) >= len(asked)  # the others lean on what a notebook does not have
    for exercise, sources in found.items():
        for source in sources[:2]:
            assert source.startswith(f"def {exercise}(") and "right." not in source and "reference" not in source
            names = {"np": np}
            exec(source, names)
            made = mark(exercise, names[exercise], points=10, assignment=name, secret="s", lang="en")
            assert made.points < 10, source


def test_what_cannot_be_written_as_one_definition_is_no_mistake_to_show():
    local = 3
    assert typed_mistakes.typed("x", test_what_cannot_be_written_as_one_definition_is_no_mistake_to_show) is None
    assert typed_mistakes.typed("x", lambda: local) is None
    source = typed_mistakes.typed("x", tiny.strip_names)
    assert source is None or "BUILT" not in source


def test_a_mistake_takes_its_helpers_along():
    names = {}
    exec(typed_mistakes.typed("twice", leans_on_others), names)
    assert names["twice"](3) == 9 and set(names) == {"__builtins__", "twice"}


OFFSET = 1


def helper(x):
    return once_more(x) + OFFSET


def once_more(x):
    return 2 * x


def leans_on_others(x):
    """Twice, and more."""
    return helper(x) + 2 * OFFSET


def test_the_sample_class_has_every_chapter_and_starts_over_when_one_has_changed(tmp_path):
    place = ClassFolder(tmp_path / "class")
    root = tiny.lay_out(tmp_path / "root")
    sample_class.make(place, root)
    kept = place.path / "gradebook.db"
    kept.touch()
    for step in ("solutions", "notebooks"):
        for lang in tiny.TEXT:
            shutil.copytree(root / step / lang / "tiny", root / step / lang / "more")
            (root / step / lang / "more" / "tiny.ipynb").rename(root / step / lang / "more" / "more.ipynb")
    sample_class.make(place, root)
    given = {path.parent.name for path in (place.path / "submitted" / "ada_all_correct").glob("*/*.ipynb")}
    assert given == {"tiny", "more"} and kept.exists()
    path = root / "solutions" / "en" / "more" / "more.ipynb"
    path.write_text(path.read_text().replace("assert double(3) == 6", "assert double(4) == 8"))
    sample_class.make(place, root)
    assert not kept.exists()
    with pytest.raises(ClassError, match="run `make notebooks`"):
        sample_class.make(place, tmp_path / "nowhere")


@pytest.fixture(scope="module")
def sample_grades(tmp_path_factory) -> dict:
    """(student, chapter) -> {test: points} of what every chapter has in the sample class, graded for real."""
    place = ClassFolder(tmp_path_factory.mktemp("sample"))
    sample_class.make(place)
    # The secret decides the seeds of the capstone's training runs, and a tuned configuration scatters around a threshold.
    (place.path / ".secret").touch(0o600)
    (place.path / ".secret").write_text("the same training seeds each time\n")
    common = {"ada_all_correct", "ben_blank", "yun_all_correct_zh", "zhen_blank_zh", "zeno_mistakes_everywhere"}
    for folder in (place.path / "submitted").iterdir():
        if folder.name not in common:
            shutil.rmtree(folder)
    (place.path / "class.toml").write_text(
        "[limits]\ntest_seconds = 120\njudge_notebook_seconds = 600\nnotebook_seconds = 300\n"
    )  # nobody here loops for ever
    tiny.give_gradebook(place.path)
    batch.grade_class(place, batch.Course(), batch.Options(workers=2))
    with batch.Records(place.db_url) as records:
        return {
            (row.student.id, name): {grade.name: grade.auto_score for grade in row.grades}
            for name in BUILT
            for row in records.rows(name)
        }


@pytest.mark.parametrize("name", BUILT)
def test_of_every_chapter_the_right_one_has_all_points_and_the_blank_one_none(sample_grades, name):
    tests = {flags(c)["grade_id"]: flags(c)["points"] for c in BUILT[name]["en"].released.cells if is_test(c)}
    for student, share in (("ada_all_correct", 1), ("yun_all_correct_zh", 1), ("ben_blank", 0), ("zhen_blank_zh", 0)):
        points = {test: sample_grades[student, name][test] for test in tests}
        assert points == {test: share * most for test, most in tests.items()}, student
    if wrong := typed_mistakes.mistakes_of(BUILT[name]["en"]):
        points = sample_grades["zeno_mistakes_everywhere", name]
        answers = {cell.id: cell.source for cell in BUILT[name]["en"].solution.cells if is_answer(cell)}
        for test, most in tests.items():
            of = test.removeprefix("test_")
            leans = any(re.search(rf"\b{other}\(", answers.get(of, "")) for other in wrong)  # on a wrong one
            assert points[test] < most if of in wrong else points[test] == most or leans, test


def test_few_submissions_of_a_chapter_are_the_kinds_that_must_be_distinguished():
    chapter = {lang: masters.make(tiny.solution(lang), tiny.released(lang)) for lang in tiny.TEXT}
    made = sample_class.few_submissions(chapter, {"double": ["def double(x):\n    return 3 * x", "no"]})
    assert set(made) == {
        "ada_all_correct",
        "ben_blank",
        "yun_all_correct_zh",
        "zhen_blank_zh",
        "zeno_mistakes_everywhere",
    }
    assert tiny.find(made["zeno_mistakes_everywhere"], "double").source == "def double(x):\n    return 3 * x"
    assert (
        tiny.find(made["zeno_mistakes_everywhere"], "square").source
        == tiny.find(made["ada_all_correct"], "square").source
    )
    assert made["ben_blank"] == chapter["en"].released and made["zhen_blank_zh"] == chapter["zh"].released
    assert "zeno_mistakes_everywhere" not in sample_class.few_submissions(chapter, {})


def test_the_real_steps_from_submission_to_grades(tmp_path, course):
    place = tmp_path / "class"
    tiny.give_gradebook(place)
    tiny.write(place, "ann", RIGHT)
    tiny.write(place, "bob", tiny.answered(**tiny.RIGHT | {"double": "import os\nos._exit(1)"}))
    tiny.write(place, "die", b"{}")
    real = batch.Course(course.solutions, course.released)
    rows = {row.student: row for row in batch.grade_class(open_class(str(place)), real, batch.Options(workers=1))}
    assert {name: (row.score, row.state) for name, row in rows.items()} == {
        "ann": (11, "waits"),
        "bob": (0, "waits"),
        "die": (0, "refused"),
    }
    assert "test_double, test_square, test_predictions: The kernel ended" in rows["bob"].notes[0]


def test_a_grade_made_without_walls_says_so_everywhere(tmp_path, course):
    """The mark is on the student's page, in the table and in grades.csv; with walls the same work is graded anew."""
    folder = tmp_path / "class"
    tiny.give_gradebook(folder)
    tiny.write(folder, "ann", RIGHT)
    unsafe = batch.Course(course.solutions, course.released, "none")
    (ann,) = tiny.grade_class(open_class(str(folder)), unsafe, judge=run_and_judge, new_pool=tiny.OneThread)
    assert ann.score == 11 and "WITHOUT a sandbox" in " ".join(ann.notes)
    assert "WITHOUT a sandbox" in grades_of(folder)["ann"]["note"] and "WITHOUT a sandbox" in page(folder, "ann")
    console = Console(file=io.StringIO(), width=140)
    table.table([ann], open_class(str(folder)), console, warning="WITHOUT a sandbox, as asked")
    assert "WITHOUT a sandbox, as asked" in console.file.getvalue()
    safe = batch.Course(course.solutions, course.released)
    (ann,) = tiny.grade_class(open_class(str(folder)), safe, judge=run_and_judge, new_pool=tiny.OneThread)
    assert ann.score == 11 and ann.notes == [] and "WITHOUT" not in page(folder, "ann")
