"""Nothing is lost and nothing is graded twice, whatever is killed, full or locked; many submissions, flat memory.

A handful of rounds belong to the ordinary tests; `make soak` runs DESCENT_SOAK_ROUNDS (100) of all kinds and
grades DESCENT_SOAK_SUBMISSIONS (2000) in one run, and prints what it has measured.
"""

import collections
import os
import re
import time
from pathlib import Path

import pytest
from cluster_here import children
from soaking import KINDS, QUICK, WALLED, Grader, Soak, entries, hand_in

ROUNDS = int(os.environ.get("DESCENT_SOAK_ROUNDS", 100))
JUDGE = os.environ.get("DESCENT_SOAK_JUDGE", WALLED)  # of the thousands; soaking.QUICK: without kernels
FIRST = int(os.environ.get("DESCENT_SOAK_FIRST", 1))  # to share the rounds among machines
SUBMISSIONS = int(os.environ.get("DESCENT_SOAK_SUBMISSIONS", 2000))
pytestmark = pytest.mark.filterwarnings("ignore:Object of type .* not in session")


@pytest.fixture(scope="module")
def soaks(tmp_path_factory):
    """Makes a class to be disturbed, one for each judge."""
    made: dict[str, Soak] = {}

    def soak(judge: str) -> Soak:
        if judge not in made:
            made[judge] = Soak(tmp_path_factory.mktemp("soak"), 10, judge)
        return made[judge]

    yield soak
    for one in made.values():
        one.close()


@pytest.mark.parametrize("kind", ["grader", "worker", "full disk", "gradebook"])
def test_a_round(soaks, kind):
    print(soaks(QUICK).round(0, kind))


@pytest.mark.soak
def test_every_round(soaks):
    """Every fourth round, and each that kills in the sandbox, behind the walls; the others with a judge that is quick."""
    kinds, seen = list(KINDS), collections.Counter()
    began = time.monotonic()
    for number in range(FIRST, FIRST + ROUNDS):
        kind = kinds[number * 5 % 7 % len(kinds)]
        judge = WALLED if number % 4 == 0 or kind == "sandbox" else QUICK
        soak = soaks(judge)
        if not soak.disk and kind == "full disk":
            print("NOT a full disk: none could be mounted (not root), so files may not grow instead")
        print(f"round {number}{' with walls' if judge == WALLED else ''}: {soak.round(number, kind)}", flush=True)
        seen[kind] += 1
    print(f"{ROUNDS} rounds in {time.monotonic() - began:.0f} s: {dict(seen)}")


@pytest.mark.soak
def test_thousands_in_one_run_with_flat_memory(tmp_path):
    """Resident memory of the coordinator and its workers, from a quarter of the way to the end."""
    import tiny_course as tiny

    folder = hand_in(tmp_path / "class", SUBMISSIONS)
    grader = Grader(tiny.lay_out(tmp_path / "course"), folder, judge=JUDGE, patience=60.0, batch=20)
    samples, began, journal = [], time.monotonic(), folder / "journal.jsonl"
    while grader.process.poll() is None:
        done = journal.read_bytes().count(b'"result"') if journal.exists() else 0
        samples.append((done, resident(grader.process.pid), sorted(map(resident, grader.workers()))))
        time.sleep(1)
    assert grader.end() == 0, grader.log_text()
    seconds = time.monotonic() - began
    graded = [entry["result"]["student"] for entry in entries(journal) if "result" in entry]
    assert sorted(graded) == sorted(f"s{number:05}" for number in range(SUBMISSIONS))
    late = [sample for sample in samples if SUBMISSIONS / 4 <= sample[0] < SUBMISSIONS and sample[2]]
    coordinator = slope([(done, size) for done, size, _ in late])
    workers = slope([(done, size) for done, _, sizes in late for size in sizes[-1:]])
    print(
        f"\n{JUDGE or 'behind walls'}: {SUBMISSIONS} submissions in {seconds:.0f} s ({SUBMISSIONS / seconds:.1f}/s, grading and pages)"
    )
    print(
        f"coordinator: {late[0][1] / 2**20:.0f} MB after a quarter, {late[-1][1] / 2**20:.0f} MB at the end of grading, "
        f"{max(s[1] for s in samples) / 2**20:.0f} MB at most; {coordinator:.0f} bytes a submission"
    )
    print(
        f"largest worker: {late[0][2][-1] / 2**20:.0f} MB, {late[-1][2][-1] / 2**20:.0f} MB; {workers:.0f} bytes a submission"
    )
    for name in ("journal.jsonl", "audit.jsonl", "gradebook.db"):
        print(f"{name}: {(folder / name).stat().st_size / SUBMISSIONS:.0f} bytes a submission")
    again = Grader(tmp_path / "course", folder, judge=JUDGE)
    began = time.monotonic()
    assert again.end() == 0
    print(f"said again, nothing new: {time.monotonic() - began:.1f} s")
    assert coordinator < 12_000 and workers < 4_000, "memory grows with the class"


def resident(pid: int) -> int:
    """Bytes of memory that a process has of its own or shares, 0 when it has ended."""
    try:
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def slope(points: list[tuple[int, int]]) -> float:
    """Bytes a submission: the least-squares line through (submissions done, bytes)."""
    import numpy as np

    x, y = np.array(points, float).T
    return float(np.polyfit(x, y, 1)[0])


def test_the_slope_of_a_growing_process_is_seen():
    assert round(slope([(0, 100), (10, 1100), (20, 2100)])) == 100
    assert resident(os.getpid()) > 1 << 20 and resident(0) == 0 and os.getpid() in children(os.getppid())
