"""The instructor's page: right numbers, nothing from outside, nothing of a student's that acts, and a table."""

import base64
import html
import io
import pickle
import re
from functools import partial

import pytest
import tiny_course as tiny
from rich.console import Console

from autograder.gradebook import coursedir
from autograder.gradebook.coursedir import SAMPLE, ClassFolder, open_class
from autograder.grading import batch
from autograder.grading.persist import ClassRun
from autograder.grading.rows import Row
from autograder.pages import command, table
from autograder.pages.class_report import beside, figures, numbers, page, parts
from autograder.pages.class_report.marks import Mark, recorded

NASTY = "<script>alert(1)<"
ESSAY = (
    "When the marble runs down the bowl it keeps the speed that it has collected, so it climbs the other wall and "
    "comes back <img src=x onerror=alert(2)> until friction has eaten everything that was left of it."
)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> batch.Course:
    root = tiny.lay_out(tmp_path_factory.mktemp("course"))
    return batch.Course(root / "solutions", root / "notebooks")


def give_tests(result: dict, student: str) -> None:
    """What the judge would have found, for a course whose tests are plain asserts."""
    results = {
        "ann": dict(mistake=None),
        "bob": dict(mistake="ascends"),
        "cat": dict(mistake="ascends"),
        "dan": dict(mistake="<b>unknown</b>"),
        "eve": dict(missing=True),
        "fay": dict(reason="kernel_died"),
    }
    found = dict(exercise="momentum_step", mistake=None, missing=False, seconds=0.25, limit=None, reason=None)
    result["tests"] = {"test_double": found | results.get(student, {}), "test_square": found | {"mistake": None}}


@pytest.fixture(scope="module")
def class_(course, tmp_path_factory):
    """A graded class, as (folder, page, run, masters, rows)."""
    folder = tmp_path_factory.mktemp("classes") / "class <i>7</i>"
    tiny.give_gradebook(folder)
    wrong = tiny.RIGHT | {"double": "def double(x): return x"}
    for student in ("ann", NASTY, "=1+1"):
        tiny.write(folder, student, tiny.answered(**tiny.RIGHT | {"why": ESSAY if student != "ann" else "Twice."}))
    for student in ("bob", "cat", "dan", "eve", "fay"):
        tiny.write(folder, student, tiny.answered(**wrong | {"why": f"{student} says so"}))
    tiny.write(folder, "gus", b"no notebook")
    kept = {}

    def finish(run: ClassRun, masters, rows) -> None:
        for key, result in list(run.done.items()):
            give_tests(result, run.jobs[key].student)
            if result["student"] == "bob":
                result["limits"], result["signs"] = ["a cell ran <long>"], ["uses the network (own-1)"]
            run.done[key] = result
        exercises = numbers.exercises_of

        def as_if_checked(master):  # momentum_step's mistakes have names; the tiny course has no such exercise
            made = exercises(master)
            made[0].name, made[0].calls_check = "momentum_step", True
            return made

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(numbers, "exercises_of", as_if_checked)
            kept["chapter"] = numbers.chapters(run, masters, rows, recorded(run.records))[0]
            (folder / "feedback" / "cat" / "tiny" / "tiny.html").unlink()  # a page that could not be written
            kept["path"] = page.write(run, masters, rows, "graded <without> walls")
        kept["rows"] = rows

    tiny.grade_class(open_class(str(folder)), course, finish=finish)
    kept["html"] = kept["path"].read_text(encoding="utf-8")
    return kept | {"folder": folder}


def test_scores_are_the_gradebooks_and_refused_ones_count_as_nothing(class_):
    chapter = class_["chapter"]
    assert sorted(chapter.scores) == [0] + [50] * 5 + [pytest.approx(1100 / 14)] * 3
    assert chapter.median == 50 and chapter.max_score == 14 and chapter.waiting == 8


def test_every_test_is_counted_once_under_what_became_of_it(class_):
    double, square, prediction, why = class_["chapter"].exercises
    assert double.outcomes == {"all points": 3, "no points": 3, "not answered": 1, "not tried": 1}
    assert square.outcomes == {"all points": 8} and why.outcomes == {"waits": 8} and prediction.points == 1
    assert double.mean == pytest.approx(3 / 8) and double.seconds == [0.25] * 8 and why.mean is None


def test_mistakes_are_called_as_the_card_calls_them_and_the_commonest_is_first(class_):
    named, unnamed = class_["chapter"].mistakes
    assert [(said[:15], who) for _, said, who in named] == [
        ("gradient ascent", ["bob", "cat"]),
        ("<b>unknown</b>", ["dan"]),
    ]
    assert unnamed == [] and class_["chapter"].exercises[0].commonest.startswith("gradient ascent")
    assert "<code>lr * velocity</code>" in class_["html"]


def test_a_wrong_answer_without_a_name_is_counted_apart():
    one = numbers.Exercise("test_x", "x", 4, True)
    half = Mark(2.0, by_person=False)
    numbers.count_test(one, "ann", {"exercise": "x", "mistake": None, "seconds": 1.0}, half)
    numbers.count_test(one, "bob", {"exercise": None, "mistake": None, "seconds": 1.0}, half)
    numbers.count_test(one, "cat", {"exercise": "x", "mistake": None, "seconds": 5.0, "limit": "time"}, half)
    assert one.outcomes == {"some points": 3}
    assert one.students == {"": ["ann"], "absent": ["bob"], "limit": ["cat"]}
    chapter = numbers.Chapter("c", exercises=[one])
    assert [len(part) for part in chapter.mistakes] == [0, 3]


def test_a_score_that_a_person_gave_goes_before_what_the_machine_said():
    one = numbers.Exercise("test_x", "x", 4, True)
    numbers.count_test(one, "ann", {"reason": "kernel_died", "seconds": 0.0}, Mark(4.0, by_person=True))
    numbers.count_test(one, "bob", {"missing": True, "seconds": 0.0}, Mark(1.0, by_person=True))
    numbers.count_test(one, "cat", {"missing": True, "seconds": 0.0}, Mark(None, by_person=False))
    assert one.outcomes == {"all points": 1, "some points": 1, "waits": 1} and one.students == {}


def test_nothing_on_the_page_comes_from_outside_or_runs(class_):
    text = class_["html"]
    assert "default-src 'none'" in text and "<script" not in text and "url(" not in text and "@import" not in text
    assert not re.search(r"<(link|iframe|object|embed|base|form|video|audio|svg)\b", text)
    assert not re.search(r"<[^>]*\son\w+\s*=", text)
    for source in re.findall(r'\ssrc="([^"]*)"', text):
        assert source.startswith("data:image/svg+xml;base64,")
        picture = base64.b64decode(source.partition(",")[2]).decode()
        assert "<script" not in picture and not re.search(r'(?:href|src)="(?!#)', picture)
    addresses = re.findall(r'href="([^"]*)"', text)
    assert len(addresses) > 20
    for address in addresses:
        assert re.match(r"#|\.\./(feedback|submitted)/|http://localhost:8888/formgrader/submissions/", address), address


def test_what_students_wrote_is_shown_and_does_nothing(class_):
    text = class_["html"]
    assert NASTY not in text and html.escape(NASTY) in text and "<img src=x" not in text
    assert "<b>unknown" not in text and "<long>" not in text and "<without>" not in text and "<i>7" not in text
    assert page.shown("a\u202eb\x00\nc") == "a\ufffdb\ufffd\nc"


def test_links_lead_to_files_that_are_there(class_):
    from urllib.parse import unquote

    here = class_["path"].parent
    found = [address for address in re.findall(r'href="(\.\./[^"]*)"', class_["html"])]
    assert any("%3Cscript%3E" in address for address in found)
    for address in found:
        assert (here / unquote(html.unescape(address))).exists(), address


def test_copied_essays_are_on_the_page_and_say_that_they_are_no_verdict(class_):
    text = class_["html"]
    assert "A place to look, not a verdict" in text and "1 of 28 (3.6%)" in text
    assert f"{html.escape(NASTY)} and =1+1" in text and "marble runs down the bowl" in text


def test_every_picture_says_in_words_what_it_shows(class_):
    images = re.findall(r"<img ([^>]*)>", class_["html"])
    assert len(images) == 3
    for image in images:
        alt = re.search(r'alt="([^"]*)"', image).group(1)
        assert len(alt) > 60 and re.search(r'width="\d+" height="\d+"', image)
    assert "momentum_step: 3 all points, 3 no points, 1 not answered, 1 not tried" in class_["html"]
    assert "70 to 80 percent: 3" in class_["html"]


def test_colours_of_the_bars_differ_in_lightness_or_pattern_too():
    import matplotlib.colors as colors

    seen = set()
    for color, hatch, _ in figures.LOOKS.values():
        grey = sum(w * c for w, c in zip((0.3, 0.59, 0.11), colors.to_rgb(color), strict=True))
        seen.add((round(grey, 1), hatch))
    assert len(seen) == len(figures.LOOKS)


def test_the_report_of_a_class_is_in_its_folder_and_the_sample_classes_beside_it(tmp_path):
    assert ClassFolder(tmp_path).report == tmp_path / "report" / "index.html"
    assert ClassFolder(SAMPLE).report == coursedir.BUILD / "report" / "index.html"


def test_a_class_of_refused_submissions_and_one_without_any_have_a_page_too(course, tmp_path):
    tiny.give_gradebook(tmp_path)
    (tmp_path / "submitted").mkdir()
    tiny.grade_class(open_class(str(tmp_path)), course, finish=page.write)
    assert "Nothing waits" in (tmp_path / "report" / "index.html").read_text()
    tiny.write(tmp_path, "ann", b"nothing")
    tiny.grade_class(open_class(str(tmp_path)), course, finish=page.write)
    text = (tmp_path / "report" / "index.html").read_text()
    assert "not valid JSON" in text and "No pair among 0 submissions" in text


def test_who_is_alone_is_not_compared_and_the_course_is_not_read_for_it(course, tmp_path, monkeypatch):
    tiny.give_gradebook(tmp_path)
    tiny.write(tmp_path, "ann", tiny.answered(**tiny.RIGHT))
    read = []
    monkeypatch.setattr(parts, "course_texts", lambda masters: read.append(1) or [])
    tiny.grade_class(open_class(str(tmp_path)), course, finish=page.write)
    assert not read and "No pair among 1 submission" in (tmp_path / "report" / "index.html").read_text()
    tiny.write(tmp_path, "bob", tiny.answered(**tiny.RIGHT))
    tiny.grade_class(open_class(str(tmp_path)), course, finish=page.write)
    assert read


def test_a_report_that_fails_costs_no_grades(course, tmp_path, capsys, monkeypatch):
    tiny.give_gradebook(tmp_path)
    tiny.write(tmp_path, "ann", tiny.answered(**tiny.RIGHT))
    (tmp_path / "report").write_text("a file where the folder should be")
    rows = tiny.grade_class(open_class(str(tmp_path)), course, finish=partial(command.write_report, ""))
    assert rows[0].score == 11 and (tmp_path / "grades.csv").exists()
    assert "the report could not be written (FileExistsError" in capsys.readouterr().err


def test_the_slow_parts_are_made_by_a_process_beside_the_pages(course, tmp_path, monkeypatch):
    tiny.give_gradebook(tmp_path)
    for student in ("ann", "bob"):
        tiny.write(tmp_path, student, tiny.answered(**tiny.RIGHT | {"why": ESSAY}))
    found = {}

    def finish(run, masters, rows):
        with beside.Beside() as other:
            assert other.parts() is None  # nothing was begun
            other.begin(run, masters, rows)
            found["there"] = other.parts()
            assert other.pool is None
        chapters = numbers.chapters(run, masters, rows, recorded(run.records))
        found["here"] = parts.make(parts.task(run, masters, chapters))
        with beside.Beside() as other:
            other.begin(run, masters, rows)
            other.pool.workers[0].process.kill()
            found["killed"] = other.parts()
        with beside.Beside() as other, monkeypatch.context() as patch:
            patch.setattr(beside, "LocalPool", lambda size: 1 / 0)
            other.begin(run, masters, rows)
            found["not started"] = other.parts()
        masters.places["tiny"] = (tmp_path, tmp_path)  # where the other process finds nothing
        with beside.Beside() as other:
            other.begin(run, masters, rows)
            with pytest.raises(Exception):  # noqa: B017
                other.parts()

    tiny.grade_class(open_class(str(tmp_path)), course, finish=finish)
    assert found["there"] == found["here"] and found["there"].likeness["tiny"].students == 2
    assert found["killed"] is None and found["not started"] is None


def test_a_chapter_that_nobody_asks_for_is_not_read(course):
    both = batch.CourseChapters({name: course.places(name) for name in ("tiny", "other")})
    assert "other" in both and list(both) == ["tiny", "other"] and len(both) == 2
    assert both["tiny"] is both["tiny"] and list(both.read) == ["tiny"]
    assert pickle.loads(pickle.dumps(both)).read == {}  # the other process reads what it needs
    with pytest.raises(KeyError):
        both["unknown"]


def printed(rows, place) -> str:
    out = io.StringIO()
    table.table(rows, place, Console(file=out, width=200))
    return out.getvalue()


def test_the_table_of_a_large_class_shows_what_is_about_more_than_a_score(tmp_path):
    rows = [Row(f"s{i}", "tiny", "graded", i % 11, 10) for i in range(300)]
    rows[7].state, rows[7].notes = "refused", ["no notebook"]
    rows[8].notes = ["Look at the code: it uses the network (own-1)."]
    text = printed(rows, ClassFolder(tmp_path))
    assert "no notebook" in text and "uses the network" in text and "s200" not in text
    assert "298 submissions have nothing but a score" in text and "tiny: 300 submissions, mean 50%, median 50%" in text
    assert "report" not in text
    assert "s9 " in printed(rows[:50], ClassFolder(tmp_path))


def test_a_large_class_is_sorted_by_severity_with_equal_notes_in_one_line_and_late_ones_counted(tmp_path):
    rows = [
        Row(f"s{i:03}", "tiny", "waits", 5, 10, notes=["Late by 1 d 2 h: -1 points."] if i < 24 else [])
        for i in range(570)
    ]
    rows += [Row(f"t{i:03}", "tiny", "refused", 0, 10, notes=["The folder holds no notebook."]) for i in range(24)]
    rows += [Row("zoe", "tiny", "person", 0, 10, notes=["No machine could grade this."])]
    lines = printed(rows, ClassFolder(tmp_path)).splitlines()
    first, second = lines[1], lines[2]
    assert "person" in first and "zoe" in first
    assert second.split()[:2] == ["24", "refused"] and "t000, t001" in second and "and 18 more" in second
    assert len([line for line in lines if "no notebook" in line]) == 1
    assert "595 submissions: 570 waits, 24 refused, 1 person; 24 of them handed in late" in lines
    small = printed(rows[:20] + rows[-1:], ClassFolder(tmp_path)).splitlines()
    assert "zoe" in small[1] and "waits, late" in small[2]


def test_every_student_is_in_the_report_once_for_each_chapter(class_):
    table = class_["html"].partition('id="everybody"')[2]
    for row in class_["rows"]:
        assert table.count(f'<td class="who">{html.escape(page.shown(row.student))}</td>') == 1, row.student
    assert "All students (9)" in class_["html"] and 'href="#letter-1"' in class_["html"]


def test_what_nobody_wrote_is_not_answered_and_a_wrong_prediction_is(course, tmp_path):
    tiny.write(tmp_path, "ann", tiny.answered(double=tiny.RIGHT["double"]))
    tiny.write(tmp_path, "bob", tiny.answered(**tiny.RIGHT | {"prediction_race": "prediction_race = 'd'", "why": ""}))
    kept = {}

    def finish(run: ClassRun, masters, rows) -> None:
        kept["chapter"] = numbers.chapters(run, masters, rows, recorded(run.records))[0]

    tiny.grade_class(open_class(str(tmp_path)), course, finish=finish)
    outcomes = {exercise.name: dict(exercise.outcomes) for exercise in kept["chapter"].exercises}
    assert outcomes == {
        "double": {"all points": 2},
        "square": {"not answered": 1, "all points": 1},
        "predictions": {"not answered": 1, "no points": 1},
        "why": {"not answered": 2},
    }
