"""Every attack of tests/hostile/ in one class with honest students: what it earns, and that nobody else feels it.

The attacker has solved `double` (4 points) and not `square` (6). All are graded in one batch behind the walls.
"""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_course as tiny
from bs4 import BeautifulSoup
from hostile.code_attacks import CODE
from hostile.file_attacks import FILES
from hostile.more_code import VALUES
from hostile.reading import READING
from hostile.texts_and_sizes import TEXTS
from nbformat.v4 import new_code_cell

from autograder.gradebook.coursedir import ROOT, open_class
from autograder.grading import batch
from autograder.grading.run_and_judge import run_and_judge
from autograder.sandbox import probe

# Time is limited as in every class.
LIMITS = """[limits]
memory_bytes = 300_000_000
total_memory_bytes = 400_000_000
disk_bytes = 8_000_000
file_bytes = 4_000_000
processes = 64
cell_output_bytes = 300_000
"""
REFUSED = {
    "many_cells",
    "broken_json",
    "deep_json",
    "no_text",
    "big_number",
    "empty_file",
    "wrong_types",
    "sparse",
    "link_to_other",
    "link_to_secret",
    "folder_is_a_link",
    "pipe",
    "folder_in_place",
    "zip_of_work",
    "bombs",
    "many_entries",
    "repeated_keys",
    "many_members",
    "many_elements",
    "brackets",
}
NOTHING_KEPT = {"kill_grader", "kill_by_number"}  # they kill their own snapshots too, all that they can reach
UNFLAGGED = {  # what an honest student may do by mistake, or what leaves no trace and has no effect
    "gigabyte",
    "gigabyte_of_text",
    "deep_answer",
    "nan",
    "huge_score",
    "wrong_dtype",
    "memory",
    "small_files",
    "open_files",
    "big_file",
    "endless_output",
    "endless_display",
    "huge_error",
    "uninterruptible_in_c",
    "slow_answer",
    "polite_exit",
    "wait_for_input",
    "thread_storm",
    "disk",
    "comparison_builtins",
    "ready_outputs",
    "forged_result",
    "other_language",
    "bad_timestamp",
    "script_in_metadata",
    "markup_in_name",
    "forged_output",
    "script",
    "shared_mappings",
    "contains_itself",
    "huge_integer",
    "difference_is_zero",
    "class_for_a_function",
    "tuple_that_lies",
    "hidden_in_shared_memory",
    "memfd",
    "short_children",
    "socket_buffers",
    "sync_storm",
    "terminals",
    "hidden_in_a_class_name",
    "hidden_in_a_repr",
    "hidden_in_a_warning",
    "hidden_in_time",
    "closed_wire",
    "dumps_and_ends",
    "endless_coroutine",
    "endless_digits",
    "endless_formatting",
    "expanding_markup",
    "generator_that_never_yields",
    "hidden_in_names",
    "hidden_in_notes",
    "large_pictures",
    "numpy_hooks",
    "slow_pickle",
    "many_sleeping_cells",
    "access_lists",
    "limits_of_init",
    "folder_is_gone",
    "changing_array",
    "a_type_of_the_judges",
    *VALUES,
    *TEXTS,
    "deep_outputs",
    "deep_folders",
}
SLOW = {
    "fork_storm",
    "thread_storm",
    "memory_by_forks",
    "slow_answer",
    "uninterruptible_in_c",
    "stopped",
    "input_transformer",
    "run_code",
    "run_cell",
    "small_files",
    "comparison_builtins",
    "uninterruptible",
    "shared_mappings",
    "barriers",
    "file_locks",
    "many_mappings",
    "slow_to_count",
    "signals",
    "spinning_threads",
    "sync_storm",
    "continues_the_stopped",
    "endless_coroutine",
    "endless_digits",
    "endless_formatting",
    "endless_match",
    "keeps_the_interpreter",
    "late_alarm",
    "lowest_priority",
    "many_endless_cells",
    "many_late_cells",
    "many_sleeping_cells",
    "notes",
    "recursion",
    "sleeps_at_every_event",
    "sleeps_at_every_import",
    "sleeps_in_the_collector",
    "sleeps_when_it_is_copied",
    "sleeps_when_it_is_deleted",
    "stops_itself_when_asked",
    "threads_that_fork",
    *READING,
}
SECRET = "CANARY-of-the-grader"


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return grade_class(tmp_path_factory, set(CODE) - SLOW, set(FILES) - SLOW)


def grade_class(factory, code, files):
    """The class after grading: rows by student, the folder, what its submissions were before."""
    probe.require()
    root, folder = tiny.lay_out(factory.mktemp("course")), factory.mktemp("class")
    tiny.give_gradebook(folder)
    (folder / "class.toml").write_text(LIMITS)
    for student in ("ann", "zoe"):
        tiny.write(folder, student, tiny.answered(**tiny.RIGHT))
    hand_in(folder, code, files)
    before = {
        path: path.read_bytes()
        for path in (folder / "submitted").rglob("*")
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 20
    }
    course = batch.Course(root / "solutions", root / "notebooks")
    os.environ["DESCENT_CANARY"] = SECRET
    try:
        rows = tiny.grade_class(open_class(str(folder)), course, judge=run_and_judge, new_pool=tiny.OneThread)
    finally:
        del os.environ["DESCENT_CANARY"]
    return {row.student: row for row in rows}, folder, before


def hand_in(folder: Path, code, files) -> None:
    for name in code:
        source = CODE[name][1].replace("CLASS", str(folder)).replace("ROOT", str(ROOT))
        tiny.write(folder, f"code_{name}", with_attack(source.replace("/mal/", f"/code_{name}/")))
    for name in files:
        place = folder / "submitted" / f"file_{name}" / "tiny"
        place.mkdir(parents=True)
        FILES[name][1](place, tiny.answered(**tiny.RIGHT | {"square": "square = None"}))


def with_attack(source: str):
    """A notebook with the attack in a cell before `square`; as the answer too if it defines one."""
    answer = source if "square" in source.replace("secret-of-square", "") else "square = None"
    nb = tiny.answered(**tiny.RIGHT | {"square": answer})
    if answer != source:
        place = next(i for i, c in enumerate(nb.cells) if c.id == "square")
        nb.cells.insert(place, new_code_cell(source, id="attack"))
    return nb


def scores(folder: Path, student: str) -> dict[str, tuple]:
    """{grade_id: (auto_score, manual_score)} as the gradebook has them."""
    query = """select c.name, g.auto_score, g.manual_score from grade g join base_cell c on c.id = g.cell_id
               join submitted_notebook n on n.id = g.notebook_id join submitted_assignment a on a.id = n.assignment_id
               where a.student_id = ?"""
    with sqlite3.connect(folder / "gradebook.db") as base:
        return {name: (auto, manual) for name, auto, manual in base.execute(query, [student])}


def page(folder: Path, student: str) -> str:
    return (folder / "feedback" / student / "tiny" / "tiny.html").read_text(encoding="utf-8")


ATTACKS = [f"code_{name}" for name in CODE] + [f"file_{name}" for name in FILES]
STUDENTS = [student for student in ATTACKS if student.partition("_")[2] not in SLOW]


@pytest.mark.parametrize("student", STUDENTS)
def test_an_attack_earns_nothing_and_leaves_what_is_honest(student, result):
    earned_nothing(student, *result[:2])


@pytest.mark.soak
def test_slow_attacks_earn_nothing(tmp_path_factory):
    rows, folder, _ = grade_class(tmp_path_factory, SLOW & set(CODE), SLOW & set(FILES))
    for student in set(ATTACKS) - set(STUDENTS):
        earned_nothing(student, rows, folder)
    assert rows["ann"].score == rows["zoe"].score == 11


def earned_nothing(student, rows, folder):
    name = student.partition("_")[2]
    found = scores(folder, student)
    assert found["test_square"] == (0.0, None), rows[student].notes
    assert all(manual is None for _, manual in found.values())
    refused = student.startswith("file_") and name in REFUSED
    assert found["test_double"][0] == (0.0 if refused or name in NOTHING_KEPT else 4.0), rows[student].notes
    assert rows[student].state == ("refused" if refused else "waits")
    text = page(folder, student)
    assert SECRET not in text
    body = BeautifulSoup(text.partition("<body")[2], "html.parser")
    assert "FOUND" not in shown(body) and "HIDDEN" not in shown(body)
    assert active(body) == [] and "EVIL" not in text.partition("<body")[0].replace("&lt;script&gt;EVIL()", "")


def shown(body: BeautifulSoup) -> str:
    """What a page shows of outputs: the source of an attack may well say what it would have printed."""
    return " ".join(found.get_text() for found in body.select(".output"))


def active(body: BeautifulSoup) -> list[str]:
    """Every element that would do something with EVIL."""
    return [
        str(found)[:200]
        for found in body.find_all(True)
        if found.name in ("iframe", "object", "embed")
        or (found.name == "script" and "EVIL" in found.get_text())
        or any(
            (name.startswith("on") or "javascript:" in str(value)) and "EVIL" in str(value)
            for name, value in found.attrs.items()
        )
    ]


@pytest.mark.parametrize("student", [s for s in STUDENTS if s.partition("_")[2] not in UNFLAGGED])
def test_a_deliberate_attack_is_flagged(student, result):
    rows, _, _ = result
    assert rows[student].notes, "the table says nothing about it"


def test_other_students_have_their_grades(result):
    rows, folder, _ = result
    for student in ("ann", "zoe"):
        assert rows[student].score == 11 and rows[student].notes == []
        assert scores(folder, student)["test_square"] == (6.0, None)


def test_the_whole_class_was_graded(result):
    rows, folder, _ = result
    assert len(rows) == len(STUDENTS) + 2 and {row.state for row in rows.values()} <= {"waits", "graded", "refused"}
    assert all((folder / "feedback" / student / "tiny" / "tiny.html").exists() for student in rows)


def test_nothing_was_written_outside(result):
    _, folder, before = result
    for path, data in before.items():
        assert path.read_bytes() == data, path
    assert not list(folder.rglob("pwned")) and not Path("/pwned").exists() and not (ROOT / "pwned").exists()
    with sqlite3.connect(folder / "gradebook.db") as base:
        assert base.execute("select count(*) from sqlite_master where type = 'trigger'").fetchone() == (0,)
    assert "PWNED" not in (ROOT / "src" / "descent" / "__init__.py").read_text()
    assert (
        subprocess.run(
            [sys.executable, "-c", "import builtins; print(hasattr(builtins, 'PWNED'))"], capture_output=True, text=True
        ).stdout
        == "False\n"
    )


def test_nothing_is_left_running(result):
    nested = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        numbers = next(line for line in text.splitlines() if line.startswith("NSpid:")).split()[1:]
        if len(numbers) >= 3 and descends(int(status.parent.name), os.getpid()):
            nested.append(text.splitlines()[0])
    assert nested == []


def descends(pid: int, ancestor: int) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False


def test_there_are_enough_attacks_each_with_what_it_tries():
    assert len(CODE) + len(FILES) >= 60
    assert all(tries for tries, _ in [*CODE.values(), *FILES.values()])
