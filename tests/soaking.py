"""Grade a class in rounds, in each of which something goes wrong at a random moment: a kill, a full disk, a lock.

After each round the same command is run again until it succeeds, and the class is compared with one that was graded
without trouble: the same rows in the gradebook, every submission graded once, audited once, with a page.
"""

import contextlib
import ctypes
import json
import os
import random
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import tiny_course as tiny
from cluster_here import Processes, children, wait_until
from test_nbgrader_commands import everything

HERE = Path(__file__).resolve().parent
PATIENCE = 2.0  # seconds that the grader waits for a gradebook or a scheduler; SQLite adds its own five
KEPT = "What was graded is kept; the same command goes on from here."
QUICK, WALLED = "cluster_steps.quick", ""  # a stand-in for the judge, or the real judge with the sandbox
PR_SET_CHILD_SUBREAPER = 36


def submissions(count: int) -> dict[str, bytes]:
    """A class of every kind: right, partly right, blank, in both languages, broken, and one that ends its kernel."""
    import nbformat

    right, kinds = tiny.RIGHT, []
    for lang in ("en", "zh"):
        kinds += [
            tiny.answered(lang, **right),
            tiny.answered(lang, **right | {"square": "def square(x):\n    return 3"}),
            tiny.answered(lang, double=right["double"]),
        ]
    kinds += [
        tiny.released(),
        tiny.answered(**right | {"double": "def double(x):\n    raise KeyError('x')"}),
        tiny.answered(**right | {"square": "import os\nos._exit(1)"}),
    ]
    texts = [nbformat.writes(nb).encode() for nb in kinds] + [b"not a notebook"]
    return {f"s{number:05}": texts[number % len(texts)] for number in range(count)}


def hand_in(folder: Path, count: int) -> Path:
    tiny.give_gradebook(folder)
    for student, text in submissions(count).items():
        tiny.write(folder, student, text)
    (folder / ".secret").write_text("soaking\n")
    (folder / ".secret").chmod(0o600)
    return folder


class Grader:
    """The command, running in a process of its own."""

    def __init__(
        self,
        course: Path,
        folder: Path,
        *arguments: str,
        judge: str = WALLED,
        patience: float = PATIENCE,
        batch: int = 3,
    ):
        environment = os.environ | {
            "SOAK_PATIENCE": str(patience),
            "SOAK_BATCH": str(batch),
            "SOAK_JUDGE": judge,
            "OPENBLAS_NUM_THREADS": "1",
        }
        self.log = course.parent / f"{folder.name}.log"  # not beside the folder, whose disk may be full
        command = [
            sys.executable,
            "-W",
            "ignore",
            str(HERE / "grade_tiny.py"),
            str(course),
            "--class",
            str(folder),
            "--workers",
            "2",
            *arguments,
        ]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout.readline() == "ready\n", self.log.read_text()
        self.reader = threading.Thread(target=self.process.stdout.read, daemon=True)  # the table
        self.reader.start()

    def workers(self) -> list[int]:
        """Its pool's processes: children of the server that they are forked from."""
        return [worker for server in children(self.process.pid, "forkserver") for worker in children(server)]

    def end(self, seconds: float = 1200) -> int:
        """Wait for its end; the exit code."""
        code = self.process.wait(seconds)
        self.reader.join()
        self.process.stdout.close()
        return code

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")


class Soak:
    """The tiny course, a class graded without trouble to compare with, and the resources of the rounds.

    judge: with WALLED everything is real, which takes three times the work.
    """

    def __init__(self, parent: Path, count: int, judge: str = QUICK):
        self.place, self.count, self.judge, self.cluster = parent, count, judge, None
        self.course = tiny.lay_out(parent / "course")
        self.disk = small_disk(parent)
        folder = hand_in(parent / "undisturbed", count)
        grader = self.grader(folder)
        assert grader.end() == 0, grader.log_text()
        self.expected, self.table = everything(folder), (folder / "grades.csv").read_text()
        assert len(self.expected) == count
        lost = [e for e in entries(folder / "journal.jsonl") if e.get("result", {}).get("lost")]
        assert not lost, f"grading does not work here: {lost[0]['result']['notes']}"

    def grader(self, folder: Path, *arguments: str, patience: float = PATIENCE) -> Grader:
        return Grader(self.course, folder, *arguments, judge=self.judge, patience=patience)

    def close(self) -> None:
        if self.cluster:
            self.cluster.__exit__()
        if self.disk:
            subprocess.run(["umount", "-l", str(self.disk)], check=False)

    def started_cluster(self) -> Processes:
        if self.cluster is None:
            self.cluster = Processes(2, self.place / "cluster.log").__enter__()
        return self.cluster

    def round(self, number: int, kind: str) -> str:
        """Run one round with the seed `number`; returns a description. Raises AssertionError if anything was lost."""
        chance = random.Random(f"{number} {kind}")
        parent = self.disk if kind == "full disk" and self.disk else self.place
        folder = hand_in(parent / f"round{number}", self.count)
        if "cluster" in kind or kind == "scheduler":
            self.started_cluster()
        with no_orphans(self, set(children(os.getpid()))):
            happened = KINDS[kind](self, folder, chance)
            for _ in range(3):
                grader = self.grader(folder)
                if grader.end() == 0:
                    break
            else:
                raise AssertionError(f"{happened}: {grader.log_text()}")
        self.check(folder, happened)
        subprocess.run(["rm", "-rf", str(folder), str(grader.log)], check=True)
        return happened

    def check(self, folder: Path, happened: str) -> None:
        assert everything(folder) == self.expected, happened
        assert (folder / "grades.csv").read_text() == self.table, happened
        students = sorted(self.expected)
        graded = [e["result"]["student"] for e in entries(folder / "journal.jsonl") if "result" in e]
        assert sorted(graded) == students, f"{happened}: graded {sorted(graded)}"
        audited = [e["student"] for e in entries(folder / "audit.jsonl") if e["what"] == "grade"]
        assert sorted(audited) == students, f"{happened}: audited {sorted(audited)}"
        for student in students:
            page = (folder / "feedback" / student / "tiny" / "tiny.html").read_text()
            assert page.rstrip().endswith("</html>"), happened
        assert not list(folder.rglob("*.new")), happened

    def moment(self, folder: Path, grader: Grader, chance: random.Random) -> str:
        """Wait for a random moment of a run: at its start, after some results, or after some pages; returns its name."""
        event = chance.choices(["start", "results", "pages"], [1, 6, 3])[0]
        number, delay = chance.randrange(self.count), chance.uniform(0, 1.5 if event == "start" else 0.3)
        while (
            grader.process.poll() is None
            and {
                "start": lambda: 0,
                "results": lambda: results_of(folder) - number,
                "pages": lambda: len(list(folder.glob("feedback/*/tiny/tiny.html"))) - number - 1,
            }[event]()
            < 0
        ):
            time.sleep(0.01)
        time.sleep(delay)
        ended = grader.process.poll() is not None
        return (
            f"at {event} {number if event != 'start' else ''} + {delay:.2f} s{', when it had ended' if ended else ''}"
        )


def results_of(folder: Path) -> int:
    journal = folder / "journal.jsonl"
    return journal.read_bytes().count(b'{"result"') if journal.exists() else -1


def entries(path: Path) -> Iterator[dict]:
    for line in path.read_text().splitlines():
        with contextlib.suppress(ValueError):  # a torn line
            yield json.loads(line)


@contextlib.contextmanager
def no_orphans(soak: Soak, known_pids: set[int]) -> Iterator[None]:
    """Check that all processes started inside end soon afterwards, including orphans of killed ones, except the
    cluster's."""
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # orphans become our children
    try:
        yield
        if soak.cluster:
            known_pids = known_pids | {soak.cluster.scheduler.pid, soak.cluster.supervisor.pid}
        wait_until(
            lambda: not [pid for pid in children(os.getpid()) if pid not in known_pids and not reaped(pid)],
            60,
            "the processes of a killed grader to end",
        )
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def reaped(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


# What can go wrong


def kill_grader(soak: Soak, folder: Path, chance: random.Random) -> str:
    grader = soak.grader(folder)
    moment = soak.moment(folder, grader, chance)
    grader.process.kill()
    grader.end()
    return f"grader killed {moment}"


def kill_worker(soak: Soak, folder: Path, chance: random.Random) -> str:
    grader = soak.grader(folder)
    moment = soak.moment(folder, grader, chance)
    workers = grader.workers()
    if workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(workers), signal.SIGKILL)
    assert grader.end() == 0, grader.log_text()
    return f"one of {len(workers)} workers killed {moment}"


def kill_sandbox(soak: Soak, folder: Path, chance: random.Random) -> str:
    """Kill processes of the grader below its workers, never the student's: bubblewrap, zygote, init, judge."""
    grader = soak.grader(folder)
    moment, killed = soak.moment(folder, grader, chance), []
    for _ in range(chance.randrange(1, 4)):
        kind_by_pid = {pid: kind for worker in grader.workers() for pid, kind in ours_below(worker).items()}
        if kind_by_pid:
            kind = chance.choice(sorted(set(kind_by_pid.values())))
            pid = chance.choice([pid for pid in kind_by_pid if kind_by_pid[pid] == kind])
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed.append(kind)
        time.sleep(chance.uniform(0, 1))
    assert grader.end() == 0, grader.log_text()
    return f"{', '.join(killed) or 'nothing'} killed {moment}"


def ours_below(worker: int) -> dict[int, str]:
    """pid -> kind of every process below a worker that is the grader's own. In the sandbox, the kernel and its snapshots
    are the student's: processes of an inner pid namespace that are not its first."""
    kind_by_pid, waiting = {}, [(pid, 1) for pid in children(worker)]
    while waiting:
        pid, level = waiting.pop()
        waiting += [(child, level + 1) for child in children(pid)]
        try:
            numbers = re.search(r"NSpid:\s+(.*)", Path(f"/proc/{pid}/status").read_text())[1].split()
            argv = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, TypeError):
            continue
        if b"bwrap" in argv.split(b"\0")[0]:
            kind_by_pid[pid] = "bubblewrap"
        elif len(numbers) == 1:
            kind_by_pid[pid] = ("judge forkserver", "chapter server", "judge")[min(level, 3) - 1]
        elif b"zygote" in argv and (len(numbers) == 2 or numbers[-1] == "1"):
            kind_by_pid[pid] = "zygote" if len(numbers) == 2 else "namespace init"
    return kind_by_pid


def kill_scheduler(soak: Soak, folder: Path, chance: random.Random) -> str:
    cluster, comes_back = soak.started_cluster(), chance.random() < 0.7
    grader = soak.grader(folder, "--cluster", cluster.address, patience=30.0 if comes_back else PATIENCE)
    moment = soak.moment(folder, grader, chance)
    cluster.kill_scheduler()
    if comes_back:
        time.sleep(chance.uniform(0, 2))
        cluster.start_scheduler()
        code = grader.end()
        assert code == 0, grader.log_text()
    else:
        code = grader.end()
        cluster.start_scheduler()
        assert code == 0 or (code == 2 and "scheduler" in grader.log_text() and KEPT in grader.log_text()), (
            grader.log_text()
        )
    return f"scheduler killed {moment}, {'' if comes_back else 'not '}started again: exit {code}"


def kill_cluster_worker(soak: Soak, folder: Path, chance: random.Random) -> str:
    cluster = soak.started_cluster()
    grader = soak.grader(folder, "--cluster", cluster.address, patience=60.0)
    moment = soak.moment(folder, grader, chance)
    workers = cluster.worker_pids()
    os.kill(chance.choice(workers), signal.SIGKILL)
    assert grader.end() == 0, grader.log_text()
    return f"one of {len(workers)} workers of the cluster killed {moment}"


def fill_disk(soak: Soak, folder: Path, chance: random.Random) -> str:
    """Fill the small disk if there is one; otherwise limit the size of the grader's files."""
    grader = soak.grader(folder)
    moment = soak.moment(folder, grader, chance)
    filler = folder.parent / "filler"
    if soak.disk:
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))
        os.truncate(filler, max(0, filler.stat().st_size - chance.choice([0, 4096, 20_000, 100_000])))
        how = "disk full"
    else:
        size = max((path.stat().st_size for path in folder.rglob("*") if path.is_file()), default=0)
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(grader.process.pid, resource.RLIMIT_FSIZE, (size // 4, size // 4))
        how = "no file may grow (no small disk could be mounted)"
    code = grader.end()
    filler.unlink(missing_ok=True)
    assert code == 0 or (code == 2 and KEPT in grader.log_text() and "Make room" in grader.log_text()), (
        grader.log_text()
    )
    return f"{how} {moment}: exit {code}"


def lock_gradebook(soak: Soak, folder: Path, chance: random.Random) -> str:
    grader, hold = soak.grader(folder), chance.choice([0.3, 1.0, 3.0, 7.0, None])
    moment = soak.moment(folder, grader, chance)
    base = sqlite3.connect(folder / "gradebook.db", isolation_level=None, timeout=60)
    base.execute("BEGIN EXCLUSIVE")
    if hold is not None:
        time.sleep(hold)
        base.execute("ROLLBACK")
    code = grader.end()
    base.close()
    assert code == 0 or (
        code == 2 and "another program holds the gradebook" in grader.log_text() and KEPT in grader.log_text()
    ), grader.log_text()
    return f"gradebook held {moment} for {hold or 'ever'}: exit {code}"


KINDS = {
    "grader": kill_grader,
    "worker": kill_worker,
    "full disk": fill_disk,
    "gradebook": lock_gradebook,
    "scheduler": kill_scheduler,
    "cluster worker": kill_cluster_worker,
    "sandbox": kill_sandbox,
}


def small_disk(folder: Path) -> Path | None:
    """Mount a disk of 24 MB, which only root can; None otherwise."""
    disk = folder / "disk"
    disk.mkdir()
    process = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "descent", str(disk)], check=False, capture_output=True
    )
    return disk if process.returncode == 0 else None
