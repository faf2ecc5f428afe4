"""Make the table of docs/security.md: every attack against stock nbgrader and against this grader (see table.py).

Stock nbgrader grades the same submission and then an honest student's, in a bubblewrap sandbox with a read-only view of
the machine, its course folder and no network. Attacks that would exhaust this machine are not tried. In our grader all
attacks and two honest students are graded in one batch by one worker: "seconds" is the time that an attack occupies the
worker, and "others" tells whether an honest student's grade changes.
"""

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import test_hostile
import tiny_course as tiny

from autograder import ROOT
from autograder.sandbox import walls
from hostile import neighbour
from hostile.code_attacks import CODE
from hostile.file_attacks import FILES
from hostile.kernel_memory import KERNEL_MEMORY

SECONDS = 150.0  # for one attack: nbgrader's own limit is 5 s for a cell
HEAVY = {
    "fork_storm",
    "thread_storm",
    "memory",
    "memory_by_forks",
    "disk",
    "small_files",
    "outlive_deaf",
    "delete_everything",
    "kill_by_number",
    "pipe",
    "gigabyte_of_text",
    "spinning_children",
    "short_children",
    "shared_mappings",
    "spinning_threads",
    "bombs",
    *KERNEL_MEMORY,
}
UNCOUNTED = {"memfd", "system_v_memory", "socket_buffers", *KERNEL_MEMORY}  # their output contains no secret
PIDS = Path("/sys/fs/cgroup/pids")  # cgroup v1; a fork storm is tried only where its processes can be limited
CONFIG = """c = get_config()
c.ExecutePreprocessor.timeout = 5
c.ExecutePreprocessor.interrupt_on_timeout = True
c.CourseDirectory.root = "PLACE"
c.CourseDirectory.db_url = "sqlite:///PLACE/gradebook.db"
"""


def prepare(folder: Path) -> None:
    """A stock course with the tiny chapter released."""
    source = folder / "source" / "tiny" / "tiny.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(tiny.solution(), source)
    (folder / "nbgrader_config.py").write_text(CONFIG.replace("PLACE", str(folder)))
    nbgrader(folder, "generate_assignment", "tiny", "--force")


def nbgrader(folder: Path, *arguments: str, seconds: float = 60, heavy: bool = False) -> subprocess.CompletedProcess:
    command = [
        *(limited(folder) if heavy else ()),
        "prlimit",
        f"--as={2 if heavy else 6}000000000",
        "--fsize=300000000",
        walls.bubblewrap(),
        "--unshare-all",
        "--die-with-parent",
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--size",
        "300000000",
        "--tmpfs",
        "/tmp",
        "--bind",
        folder,
        folder,
        "--chdir",
        folder,
        "--setenv",
        "HOME",
        folder / "home",
        "--setenv",
        "DESCENT_CANARY",
        "CANARY",
        "sh",
        "-c",
        '"$@"; code=$?; echo LEFT $(ls /proc | grep -c "^[0-9]"); exit $code',
        "sh",
        Path(sys.executable).parent / "nbgrader",
        *arguments,
    ]
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=seconds, env=env)
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess(command, -1, "", f"hung for {seconds:g} s {error}")


def stock(kind: str, name: str, ready: Path) -> str:
    """The effect of an attack on stock nbgrader, in a few words."""
    if name in HEAVY and not os.access(PIDS, os.W_OK):
        return "not tried"
    with tempfile.TemporaryDirectory(prefix="stock-", dir="/var/tmp") as temporary:
        class_folder = Path(temporary)
        shutil.copytree(ready, class_folder, dirs_exist_ok=True)
        (class_folder / "nbgrader_config.py").write_text(CONFIG.replace("PLACE", str(class_folder)))
        (class_folder / "home").mkdir()
        (class_folder / ".secret").write_text("CANARY")
        tiny.write(class_folder, "ann", tiny.answered(**tiny.RIGHT))
        tiny.write(class_folder, "zoe", tiny.answered(**tiny.RIGHT))
        if kind == "code":
            source = CODE[name][1].replace("CLASS", str(class_folder)).replace("ROOT", str(ROOT))
            tiny.write(class_folder, "mal", test_hostile.with_attack(source))
        else:
            folder = class_folder / "submitted" / "mal" / "tiny"
            folder.mkdir(parents=True)
            FILES[name][1](folder, tiny.answered(**tiny.RIGHT | {"square": "square = None"}))
        modified_before = {p: p.stat().st_mtime_ns for p in files(class_folder)}
        process = nbgrader(class_folder, "autograde", "tiny", seconds=SECONDS, heavy=name in HEAVY)
        with contextlib.suppress(OSError):
            (PIDS / f"descent-{class_folder.name}").rmdir()
        text = "; ".join(harm(class_folder, modified_before, process)) or "nothing"
        return text.replace("reads it", "takes memory that nobody counts") if name in UNCOUNTED else text


def limited(folder: Path) -> list[str]:
    """The argv to put before a command to limit it to 300 processes."""
    group = PIDS / f"descent-{folder.name}"
    group.mkdir(exist_ok=True)
    (group / "pids.max").write_text("300")
    return ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"]


def files(folder: Path):
    return [
        p
        for p in folder.rglob("*")
        if p.is_file()
        and not p.is_symlink()
        and "autograded" not in p.parts
        and "home" not in p.parts
        and p.name not in ("gradebook.db", ".nbgrader.log")
    ]


def harm(folder: Path, modified_before: dict, process) -> list[str]:
    effects = []
    if "hung for" in process.stderr:
        effects.append("hangs the batch")
    grades = read_grades(folder)
    if grades is None:
        return [*effects, "destroys the gradebook"]
    attacker_grades = grades.get("mal", {})
    if (attacker_grades.get("test_square") or 0) > 0:
        effects.append(f"earns {attacker_grades['test_square']:g} of 6")
    if attacker_grades and not attacker_grades.get("test_double"):
        effects.append("loses its own points")
    for honest in ("ann", "zoe"):
        if (
            not (folder / "autograded" / honest / "tiny" / "tiny.ipynb").exists()
            or grades.get(honest, {}).get("test_square") is None
        ):
            effects.append(f"{honest} is not graded")
        elif grades[honest]["test_square"] != 6:
            effects.append(f"changes {honest}'s grade")
    changed = [p for p in files(folder) if modified_before.get(p) != p.stat().st_mtime_ns]
    if changed:
        effects.append("writes " + ", ".join(sorted({str(p.relative_to(folder)) for p in changed})[:2]))
    if re.search(r"LEFT (\d+)", process.stdout) and int(re.search(r"LEFT (\d+)", process.stdout)[1]) > 6:
        effects.append("leaves processes")
    nb = folder / "autograded" / "mal" / "tiny" / "tiny.ipynb"
    if nb.exists():
        outputs = [o for c in json.loads(nb.read_text(errors="replace"))["cells"] for o in c.get("outputs", [])]
        texts = json.dumps([o for o in outputs])
        if '"FOUND' in texts or "\\nFOUND" in texts or "FOUND /" in texts:
            effects.append("reads it")
        if re.search(r"HIDDEN -?\d", texts):
            effects.append("shows hidden inputs")
        if any("EVIL" in json.dumps(o.get("data", {}).get("text/html", "")) for o in outputs):
            effects.append("script on the page")
    return effects


def read_grades(folder: Path) -> dict | None:
    query = """select a.student_id, c.name, coalesce(g.manual_score, g.auto_score) from grade g
               join base_cell c on c.id = g.cell_id join submitted_notebook n on n.id = g.notebook_id
               join submitted_assignment a on a.id = n.assignment_id"""
    grades: dict[str, dict] = {}
    try:
        with sqlite3.connect(folder / "gradebook.db") as base:
            for student, name, points in base.execute(query):
                grades.setdefault(student, {})[name] = points
    except sqlite3.Error:
        return None
    return grades


class Factory:
    def __init__(self, place: Path):
        self.place = place

    def mktemp(self, name: str) -> Path:
        (self.place / name).mkdir()
        return self.place / name


def ours(code=frozenset(CODE), files=frozenset(FILES)) -> tuple[dict[str, tuple[str, float]], str]:
    """({attack: (its effect here, seconds)}, its effect on the others), from the same checks as the tests."""
    with tempfile.TemporaryDirectory(prefix="ours-") as temporary:
        rows, folder, _ = test_hostile.grade_class(Factory(Path(temporary)), set(code), set(files))
        seconds = seconds_of(folder)
        results = {}
        for student, row in rows.items():
            if student in ("ann", "zoe"):
                continue
            test_hostile.earned_nothing(student, rows, folder)
            refused = row.state == "refused"
            text = "refused with the reason" if refused else "0 of 6, the rest kept"
            if student.partition("_")[2] in test_hostile.NOTHING_KEPT:
                text = "loses its own points"
            results[student] = text + ("" if refused or not row.notes else "; flagged"), seconds.get(student, 0.0)
        others_grades = "unchanged" if rows["ann"].score == rows["zoe"].score == 11 else "CHANGED"
    return results, others_grades


def seconds_of(folder: Path) -> dict[str, float]:
    """{student: seconds that the worker needed for the submission}, from the journal."""
    seconds = {}
    for line in (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines():
        result = json.loads(line).get("result")
        if result:
            seconds[result["student"]] = result["seconds"].get("all", 0.0)
    return seconds


def main() -> None:
    path = ROOT / "docs" / "security.md"
    text = path.read_text(encoding="utf-8")
    if "--again" in sys.argv:
        names = sys.argv[sys.argv.index("--again") + 1 :] or slow(text)
        path.write_text(with_new_seconds(text, names), encoding="utf-8")
        return
    work = [("code", name) for name in CODE] + [("file", name) for name in FILES]
    known_results = stock_column(text) if "--keep-stock" in sys.argv else {}
    our_results, others_grades = ours()
    neighbour_results, neighbour_sentence = neighbour.measure()
    with tempfile.TemporaryDirectory(prefix="stock-", dir="/var/tmp") as temporary:
        ready = Path(temporary)
        prepare(ready)

        def what_stock_does(attack: tuple[str, str]) -> str:
            known_effect = known_results.get(tries_of(*attack), "not tried")
            return stock(*attack, ready) if known_effect == "not tried" else known_effect

        with ThreadPoolExecutor(3) as pool:
            stock_effects = list(pool.map(what_stock_does, work))
    path.write_text(
        with_table(text, work, stock_effects, our_results, others_grades, neighbour_results, neighbour_sentence),
        encoding="utf-8",
    )


def slow(text: str) -> list[str]:
    """The attacks with more than 30 s in the table."""
    seconds = {row[0]: float(row[5]) for row in rows_of(text) if len(row) == 6 and row[5].replace(".", "").isdigit()}
    return [name for name in [*CODE, *FILES] if seconds.get(tries_of("code" if name in CODE else "file", name), 0) > 30]


def with_new_seconds(text: str, names: list[str]) -> str:
    """The page after measuring these attacks again in our grader."""
    our_results, others_grades = ours(set(names) & set(CODE), set(names) & set(FILES))
    for student, (effect, seconds) in our_results.items():
        kind, _, name = student.partition("_")
        row = next(row for row in rows_of(text) if row[0] == tries_of(kind, name))
        new = f"| {row[0]} | {row[1]} | {effect} | {others_grades} | {row[4]} | {seconds:.1f} |"
        text = text.replace("| " + " | ".join(row) + " |", new)
    longest = max(float(row[5]) for row in rows_of(text) if len(row) == 6 and row[5].replace(".", "").isdigit())
    return re.sub(r"kept its worker for \d+ s", f"kept its worker for {longest:.0f} s", text)


def rows_of(text: str) -> list[list[str]]:
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]


def tries_of(kind: str, name: str) -> str:
    return (CODE if kind == "code" else FILES)[name][0].replace("\n", " ")


def stock_column(text: str) -> dict[str, str]:
    """{description of an attack: its effect on stock nbgrader}, from an earlier table."""
    return {row[0]: row[1] for row in rows_of(text) if len(row) >= 5}


def with_table(
    text: str, work, stock_effects, our_results, others_grades: str, neighbour_results, neighbour_sentence: str
) -> str:
    """The page with a new table."""
    lines = []
    harmed = raised = 0
    for (kind, name), stock_effect in zip(work, stock_effects, strict=True):
        our_effect, seconds = our_results[f"{kind}_{name}"]
        kept_points, ratio = neighbour_results[f"{kind}_{name}"]
        slows = f"{100 * (ratio - 1):+.0f} %" + ("" if kept_points else ", AND COSTS POINTS")
        lines.append(
            f"| {tries_of(kind, name)} | {stock_effect} | {our_effect} | {others_grades} | {slows} | {seconds:.1f} |"
        )
        harmed += stock_effect not in ("nothing", "not tried", "loses its own points")
        raised += "earns" in stock_effect
    begin, end = "<!-- table: begin -->\n", "<!-- table: end -->"
    tried = len(work) - sum(stock_effect == "not tried" for stock_effect in stock_effects)
    table = (
        f"{len(work)} attacks. Against stock nbgrader 0.9.6 {tried} were tried: {harmed} did harm, {raised} of them "
        f"raised the attacker's grade. Here all were tried and none did either; the longest kept its worker for "
        f"{max(seconds for _, seconds in our_results.values()):.0f} s, under the limits of tests/test_hostile.py.\n\n"
        "*slows others*: how much longer the test of an honest student took who was graded at the same time by another "
        "worker, in seconds as grading charges them (time that passed, without waiting for a CPU; "
        f"tests/hostile/neighbour.py). {neighbour_sentence[0].upper() + neighbour_sentence[1:]}: a difference within that means nothing. Points "
        f"lost by the neighbour: {sum(not kept_points for kept_points, _ in neighbour_results.values())} of {len(neighbour_results)} times.\n\n"
        "| what it tries | stock nbgrader 0.9.6 | here | others' grades | slows others | seconds |\n|---|---|---|---|---|---|\n"
        + "\n".join(lines)
        + "\n"
    )
    head, tail = text.partition(begin)[0], text.partition(end)[2]
    return head + begin + table + end + tail
