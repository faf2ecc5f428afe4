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
COSTS_POINTS = "AND COSTS POINTS"  # in the table, when an attack cost its neighbour points
FOUND_MEANS = dict.fromkeys(
    ("memfd", "system_v_memory", "socket_buffers", *KERNEL_MEMORY), "takes memory that nobody counts"
) | {
    "page_cache": "drops them",
    "core_scheduling": "is not refused (this kernel has no core scheduling)",
}  # what an attack's "FOUND" says, where it read nothing
NO_HARM = ("nothing", "not tried", "loses its own points", FOUND_MEANS["core_scheduling"])
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
        return text.replace("reads it", FOUND_MEANS.get(name, "reads it"))


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
    known = {row[0]: row for row in rows_of(text)}
    attacks = [("code", name) for name in CODE] + [("file", name) for name in FILES]
    if "--again" in sys.argv:
        names = set(sys.argv[sys.argv.index("--again") + 1 :]) or slow_or_new(attacks, known)
        measured = [attack for attack in attacks if attack[1] in names]
        beside_again = [attack for attack in measured if tries_of(*attack) not in known]
    else:
        measured = beside_again = attacks
    here, others = ours({name for _, name in measured} & set(CODE), {name for _, name in measured} & set(FILES))
    beside, about = neighbour.measure([f"{kind}_{name}" for kind, name in beside_again]) if beside_again else ({}, "")
    keep_stock = "--keep-stock" in sys.argv or "--again" in sys.argv
    in_stock = stock_results(measured, known if keep_stock else {})
    for kind, name in measured:
        tries, student = tries_of(kind, name), f"{kind}_{name}"
        text_here, seconds = here[student]
        slows = slowing(*beside[student]) if student in beside else known[tries][4]
        known[tries] = [tries, in_stock[kind, name], text_here, others, slows, f"{seconds:.1f}"]
    page = with_table(text, [known[tries_of(*attack)] for attack in attacks], about if measured == attacks else "")
    path.write_text(page, encoding="utf-8")


def stock_results(attacks: list[tuple[str, str]], known: dict[str, list[str]]) -> dict[tuple[str, str], str]:
    """{attack: what it did to stock nbgrader}; those that are in `known` are not tried again."""
    with tempfile.TemporaryDirectory(prefix="stock-", dir="/var/tmp") as made:
        ready = Path(made)
        prepare(ready)

        def known_or_tried(attack: tuple[str, str]) -> str:
            row = known.get(tries_of(*attack))
            return stock(*attack, ready) if row is None or row[1] == "not tried" else row[1]

        with ThreadPoolExecutor(3) as pool:
            return dict(zip(attacks, pool.map(known_or_tried, attacks), strict=True))


def slow_or_new(attacks: list[tuple[str, str]], known: dict[str, list[str]]) -> set[str]:
    """The attacks whose row has more than 30 s, and those that have no row yet."""
    rows = {name: known.get(tries_of(kind, name)) for kind, name in attacks}
    return {name for name, row in rows.items() if row is None or float(row[5]) > 30}


def slowing(kept: bool, ratio: float) -> str:
    """How much slower an honest neighbour's test was, as the table says it."""
    return f"{100 * (ratio - 1):+.0f} %" + ("" if kept else f", {COSTS_POINTS}")


def rows_of(text: str) -> list[list[str]]:
    """The rows of the table, each with its six cells."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [row for row in rows if len(row) == 6 and row[5].replace(".", "").isdigit()]


def tries_of(kind: str, name: str) -> str:
    return (CODE if kind == "code" else FILES)[name][0].replace("\n", " ")


def with_table(text: str, rows: list[list[str]], about: str) -> str:
    """The page with a new table. about: what the pairs without an attack showed; "" leaves that sentence as it is."""
    begin, end = "<!-- table: begin -->\n", "<!-- table: end -->"
    head, rest = text.split(begin)
    table, tail = rest.split(end)
    old = re.search(r"neighbour\.py\)\. (The neighbour's test .*?): a difference", table)
    sentence = about[0].upper() + about[1:] if about else old[1]
    stock_column = [row[1] for row in rows]
    tried = sum(result != "not tried" for result in stock_column)
    harmed = sum(result not in NO_HARM for result in stock_column)
    table = (
        f"{len(rows)} attacks. Against stock nbgrader 0.9.6 {tried} were tried: {harmed} did harm, "
        f"{sum('earns' in result for result in stock_column)} of them "
        "raised the attacker's grade. Here all were tried and none did either; the longest kept its worker for "
        f"{max(float(row[5]) for row in rows):.0f} s, under the limits of tests/test_hostile.py.\n\n"
        "*slows others*: how much longer the test of an honest student took who was graded at the same time by another "
        "worker, in seconds as grading charges them (time that passed, without waiting for a CPU; "
        f"tests/hostile/neighbour.py). {sentence}: a difference within that means nothing. Points "
        f"lost by the neighbour: {sum(COSTS_POINTS in row[4] for row in rows)} of {len(rows)} times.\n\n"
        "| what it tries | stock nbgrader 0.9.6 | here | others' grades | slows others | seconds |\n|---|---|---|---|---|---|\n"
        + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    )
    return head + begin + table + end + tail
