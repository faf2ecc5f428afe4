"""Every place outside the walls that opens a file, and what bounds it. A new one belongs into this list with its limit."""

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from autograder import ROOT
from autograder.intake.limits import IntakeLimits

OPENERS = {"open", "read_text", "read_bytes", "ZipFile", "extract", "extractall", "fromfile", "loadtxt", "genfromtxt"}
STUDENTS = {  # bytes that a student wrote: what is read, and the limit that stops it
    "intake/folder.py:read_folder": "names of a folder: submission_files",
    "intake/folder.py:Reader.folder": "names of a folder: submission_files; DEPTH folders deep",
    "intake/folder.py:Reader.file": "a file: submission_bytes, of all together twice as much; HEAD bytes of what is no notebook",
    "intake/folder.py:in_archive": "an archive in memory: submission_files entries, DEPTH archives deep",
    "intake/folder.py:read_entry": "a file of an archive as it is unpacked: submission_bytes, of all together twice as much",
    "intake/pictures.py:scaled_down": "a picture of a text cell: picture_pixels, before it is decoded; pictures of them",
    "classroom/archive.py:opened": "a zip of a class: MOST_ENTRIES, MOST_RATIO; its names are taken apart by safe_parts",
    "classroom/archive.py:open_file": "a file of a folder, read by copy",
    "classroom/archive.py:copy": "a file as it is unpacked: submission_bytes, of all of a student twice as much",
    "classroom/deliveries.py:hash_of": "the copied files of a submission",
    "classroom/lms_names.py:metadata": "Gradescope's list: MOST_METADATA bytes",
    "classroom/regrade.py:unknown": "a graded notebook, rebuilt from what was admitted: submission_bytes",
    "classroom/take_in.py:chapters_in": "the first MOST_SEARCHED bytes of a notebook",
    "gradebook/exchange_steps.py:copy_own_files": "files of the exchange, of their owner alone: MOST_BYTES together",
    "gradebook/timestamps.py:read_small": "timestamp.txt and the exchange's secret: MOST bytes",
}
OURS = {  # what the course, the class or the grader itself wrote
    "intake/masters.py:files_of",
    "intake/masters.py:read",
    "intake/parcel.py:pack_chapter",
    "intake/parcel.py:private_folder",
    "intake/parcel.py:write_file",
    "classroom/give_back.py:folder",
    "classroom/give_back.py:give_back",
    "classroom/give_back.py:without_links",
    "classroom/people.py:mentions",
    "classroom/regrade.py:append",
    "gradebook/coursedir.py:read_toml",
    "gradebook/files.py:replace",
    "gradebook/hints.py:set_environment",
    "gradebook/journal.py:Journal.__init__",
    "gradebook/journal.py:Journal.entries",
    "gradebook/journal.py:sync_folder",
    "gradebook/secret.py:load_secret",
    "gradebook/secret.py:read",
    "gradebook/versions.py:files_hash",
    "gradebook/versions.py:text_hash",
    "gradebook/lock.py:locked",
    "grading/persist.py:adopt_decisions",
    "grading/persist.py:record_together",
    "pages/class_report/parts.py:texts_of",
    "classroom/roster.py:text_of",
    "pages/feedback.py:write_page",
    "pages/feedback.py:write_plain_page",
    "pages/frame.py:style",
    "pages/progress.py:write_progress",
}


def readers(room):
    """ "room/module.py:function" of every call in a room that opens a file."""

    def visit(node, name):
        for child in ast.iter_child_nodes(node):
            inner = name
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inner = f"{name}.{child.name}" if name else child.name
            if isinstance(child, ast.Call):
                called = child.func.attr if isinstance(child.func, ast.Attribute) else getattr(child.func, "id", "")
                if called in OPENERS:
                    yield name
            yield from visit(child, inner)

    for path in sorted((ROOT / "autograder" / room).rglob("*.py")):
        shown = path.relative_to(ROOT / "autograder").as_posix()
        yield from (f"{shown}:{name}" for name in visit(ast.parse(path.read_text(encoding="utf-8")), ""))


@pytest.mark.parametrize("room", ["intake", "gradebook", "classroom", "grading", "pages"])
def test_every_reader_is_in_the_list_with_its_limit(room):
    listed = {name for name in STUDENTS.keys() | OURS if name.startswith(room + "/")}
    assert set(readers(room)) == listed


def test_the_limits_of_the_list_exist():
    known = {field.name for field in fields(IntakeLimits)}
    named = set(re.findall(r"\b(?:submission|picture)s?_\w+|\bpictures\b", " ".join(STUDENTS.values())))
    assert named <= known and {"submission_bytes", "submission_files", "picture_pixels"} <= named


def test_every_limit_of_intake_is_in_the_instructors_table():
    text = (Path(ROOT) / "docs" / "instructors.md").read_text(encoding="utf-8")
    missing = [field.name for field in fields(IntakeLimits) if f"`{field.name}`" not in text]
    assert not missing
