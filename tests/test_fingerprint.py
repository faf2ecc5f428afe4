"""What a grade depends on: which change of the project grades a class again, and which writes its pages again."""

import shutil
from pathlib import Path

import pytest
from test_architecture import imports, sources
from test_audit import of
from test_grade import RIGHT, course, folder, go, ran  # noqa: F401  fixtures

from autograder import ROOT
from autograder.gradebook import versions

GRADED_AGAIN = {  # a file of each room -> the room that the audit names
    "autograder/intake/admit.py": "intake",
    "autograder/wire/receiving.py": "wire",
    "autograder/inside/cells.py": "inside",
    "autograder/sandbox/run.py": "sandbox",
    "autograder/judging/mark.py": "judging",
    "autograder/grading/outcome.py": "grading",
    "src/reference/momentum.py": "reference",
    "src/descent/examine.py": "descent",
    "src/descent/keys/momentum.json": "descent",
    "requirements.txt": "packages",
}
NOT_GRADED_AGAIN = [
    "autograder/pages/table.py",
    "autograder/pages/feedback.py",
    "autograder/pages/exports/scores.py",
    "autograder/pages/class_report/page.html",
    "autograder/gradebook/late.py",
    "autograder/grading/batch.py",
    "autograder/authoring/sample_class.py",
    "autograder/grade.py",
    "autograder/doctor.py",
    "docs/instructors.md",
    "Makefile",
]


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Path:
    """A copy of the project, which the versions are taken of."""
    root = tmp_path / "copy"
    for name in ("autograder", "src", "docs"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("requirements.txt", "Makefile"):
        shutil.copy(ROOT / name, root / name)
    rooms, pages = versions.room_versions.__wrapped__, versions.page_version.__wrapped__
    monkeypatch.setattr(versions, "room_versions", lambda *_: rooms(root))
    monkeypatch.setattr(versions, "page_version", lambda *_: pages(root))
    return root


def change(path: Path) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write("\n")


def pages_written(folder: Path) -> list[int]:
    return [path.stat().st_mtime_ns for path in sorted((folder / "feedback").rglob("*.html"))]


def test_a_change_in_a_room_that_decides_points_grades_a_class_again_and_the_audit_names_the_room(folder, course, copy):
    go(folder, course), ran(folder)
    for name, room in GRADED_AGAIN.items():
        change(copy / name)
        go(folder, course)
        assert sorted(ran(folder)) == ["ann", "bob", "cat"], name
        assert of(folder, "ann")[-1]["reason"] == f"graded again: another grader ({room})", name


def test_a_change_of_a_page_a_command_or_a_text_does_not(folder, course, copy):
    go(folder, course), ran(folder)
    before = pages_written(folder)
    for name in NOT_GRADED_AGAIN:
        change(copy / name)
        go(folder, course)
        assert ran(folder) == [], name
        after = pages_written(folder)
        assert (after != before) == ("/pages/" in name), f"{name}: feedback pages are written again when pages/ changes"
        before = after
    assert len(of(folder, "ann")) == 1


def test_all_code_that_a_worker_grades_with_is_in_the_fingerprint():
    """Along every import, from submission.grade and the two modules that settings name."""
    known = sources()
    hashed = {path for patterns in versions.ROOMS.values() for pattern in patterns for path in ROOT.glob(pattern)}
    seen, waiting = (
        set(),
        ["autograder.grading.submission", "autograder.judging.mark", "autograder.sandbox.walled_kernel"],
    )
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += [name for name, _ in imports(module, known[module], known)]
    outside = {module for module in seen if known[module] not in hashed}
    assert {"autograder.judging.mark", "autograder.wire.receiving", "reference.lookup", "descent.examine"} <= seen
    assert outside <= {"autograder"}, "a score depends on these, and no change of them would grade anybody again"
