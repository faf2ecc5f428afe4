"""`make give-back`: each page under the name that the LMS gave to the submission, nobody missing without a word."""

import re
import zipfile

import pytest
import tiny_course as tiny
from test_grade import course, go  # noqa: F401  fixtures
from test_take_in import MOODLE, NB, OTHER, place, take, use_roster, zipped  # noqa: F401  fixtures

from autograder import give_back as command
from autograder.classroom.give_back import TARGETS, give_back
from autograder.gradebook.coursedir import ClassError

CANVAS_NAMES = {"lovelaceada_101_5551_tiny.ipynb": NB, "oharabob_LATE_102_5553_tiny.ipynb": OTHER}
MOODLE_NAMES = {
    "Ada Lovelace_21_assignsubmission_file_/tiny.ipynb": NB,
    "Bob O'Hara_22_assignsubmission_file_/tiny.ipynb": OTHER,
}


def accepted_by_canvas(name: str) -> list[str]:
    """The two numbers by which Canvas finds the submission: the first parts of the name that are digits only."""
    return [part for part in name.split("/")[-1].split("_") if part.isdecimal()][:2]


def accepted_by_moodle(name: str) -> tuple[str, str]:
    """What Moodle's importer makes of a path: the participant's number and the name of the feedback file."""
    parts = name.split("/")
    while parts:
        part = parts.pop(0).split("_", 4)
        if len(part) >= 4 and part[1].isdecimal() and part[2:4] == ["assignsubmission", "file"]:
            return part[1], "/".join([*filter(None, part[4:]), *parts])
    raise AssertionError(f"Moodle would not take {name}")


def packed(given) -> dict[str, str]:
    with zipfile.ZipFile(given.path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.fixture
def graded(place, course, tmp_path):
    def of(names, roster=None):
        if roster:
            use_roster(place, roster)
        take(place, zipped(tmp_path / "s.zip", names))
        tiny.give_gradebook(place.path)
        go(place.path, course)
        return place

    return of


def test_canvas_finds_the_submission_that_a_page_belongs_to(graded):
    given = give_back(graded(CANVAS_NAMES), "canvas", "tiny", ["tiny"])
    pages = packed(given)
    assert {name: accepted_by_canvas(name) for name in pages} == {
        "lovelaceada_101_5551_tiny.html": ["101", "5551"],
        "oharabob_102_5553_tiny.html": ["102", "5553"],
    }
    assert "ada" in pages["lovelaceada_101_5551_tiny.html"] and "bob" not in pages["lovelaceada_101_5551_tiny.html"]
    assert given.students == ["ada", "bob"] and given.absent == ["cat"] and not given.missing
    assert "save it as tiny.html" in given.steps, "Canvas shows the page under the name of the upload"


def test_moodle_finds_the_participant(graded):
    pages = packed(give_back(graded(MOODLE_NAMES, MOODLE), "moodle", "tiny", ["tiny"]))
    assert sorted(map(accepted_by_moodle, pages)) == [
        ("21", "all_chapters.html"), ("21", "tiny.html"), ("22", "all_chapters.html"), ("22", "tiny.html"),
    ]  # fmt: skip


def test_a_page_that_stands_alone_links_to_nothing_beside_it(graded):
    place = graded(CANVAS_NAMES)
    for target in ("canvas", "folder"):
        for name, page in packed(give_back(place, target, "tiny", ["tiny"])).items():
            links = [link for link in re.findall(r'href="([^"]*)"', page) if not link.startswith("#")]
            if target == "canvas":
                assert links == [], f"{name}: {links}"
            else:
                assert links, f"{name}: in a folder of all pages they lead somewhere"


def test_a_folder_holds_all_chapters_of_each_student(graded):
    given = give_back(graded(CANVAS_NAMES), "folder", "", ["tiny"])
    assert given.path.name == "all-folder.zip"
    assert set(packed(given)) == {f"{s}/{n}" for s in ("ada", "bob") for n in ("index.html", "tiny/tiny.html")}


def test_who_came_another_way_or_has_no_page_is_named(graded, course):
    place = graded(CANVAS_NAMES)
    tiny.write(place.path, "cat", tiny.answered(**tiny.RIGHT))
    given = give_back(place, "canvas", "tiny", ["tiny"])
    assert "cat: no feedback page for tiny yet, run make grade" in given.missing
    go(place.path, course)
    (sentence,) = give_back(place, "canvas", "tiny", ["tiny"]).missing
    assert "cat: no name for their page, it did not come with a zip of Canvas" in sentence
    use_roster(place, MOODLE)
    assert packed(give_back(place, "moodle", "tiny", ["tiny"])).keys() >= {"王小明_23_assignsubmission_file/tiny.html"}


def test_a_page_of_an_earlier_hand_in_is_named(graded, tmp_path, course, capsys, monkeypatch):
    place = graded(CANVAS_NAMES)
    take(place, zipped(tmp_path / "2.zip", {"lovelaceada_101_5560_tiny-1.ipynb": OTHER}))
    assert give_back(place, "canvas", "tiny", ["tiny"]).older == ["ada"]
    monkeypatch.setattr(command.Course, "of_class", lambda self, place: course)
    assert command.main([str(place.path), "--to", "canvas"]) == 1
    assert "EARLIER HAND-IN: ada. Run make grade CLASS=" in capsys.readouterr().err
    go(place.path, course)
    assert give_back(place, "canvas", "tiny", ["tiny"]).older == []


def test_the_same_pages_give_the_same_bytes_and_a_resubmission_its_new_number(graded, tmp_path, course):
    place = graded(CANVAS_NAMES)
    first = give_back(place, "canvas", "tiny", ["tiny"]).path.read_bytes()
    assert give_back(place, "canvas", "tiny", ["tiny"]).path.read_bytes() == first
    take(place, zipped(tmp_path / "2.zip", {"lovelaceada_101_5560_tiny-1.ipynb": OTHER}))
    go(place.path, course)
    assert "lovelaceada_101_5560_tiny.html" in packed(give_back(place, "canvas", "tiny", ["tiny"]))


def test_bad_input_is_one_sentence(place, graded):
    with pytest.raises(ClassError, match="nobody handed in such a chapter"):
        give_back(place, "canvas", "99", ["tiny"])
    take_place = graded(CANVAS_NAMES)
    for page in take_place.path.glob("feedback/*/*/*.html"):
        page.unlink()
    with pytest.raises(ClassError, match="has no feedback page for tiny: run make grade"):
        give_back(take_place, "canvas", "tiny", ["tiny"])


def test_every_target_is_a_choice_of_the_command():
    assert {"canvas", "moodle", "folder"} <= set(TARGETS)
