"""Grading on a cluster: a real scheduler and real workers, which may die, and which may be the wrong ones."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import cluster_steps
import pytest
import tiny_course as tiny
from cluster_here import PATHS, Processes, free_port, wait_until
from hostile.file_attacks import FILES
from test_audit import lines
from test_nbgrader_commands import everything

from autograder.gradebook import secret, versions
from autograder.gradebook.coursedir import ClassError, open_class
from autograder.grading import batch, cluster, remote
from autograder.grading.failures import Stopped
from autograder.grading.job import Job
from autograder.grading.run_and_judge import run_and_judge
from autograder.intake import admit, masters, parcel
from autograder.intake.limits import IntakeLimits
from autograder.intake.refused import Refused

RIGHT = tiny.answered(**tiny.RIGHT)
WRONG = tiny.answered(**tiny.RIGHT | {"square": "def square(x):\n    return 3"})
STUDENTS = [f"s{number:02}" for number in range(12)]


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> batch.Course:
    root = tiny.lay_out(tmp_path_factory.mktemp("course"))
    return batch.Course(root / "solutions", root / "notebooks")


@pytest.fixture(scope="module")
def workers(tmp_path_factory):
    with Processes(2, tmp_path_factory.mktemp("cluster") / "log") as found:
        yield found


def hand_in(folder: Path) -> Path:
    tiny.give_gradebook(folder)
    for number, student in enumerate(STUDENTS):
        tiny.write(folder, student, WRONG if number % 3 == 0 else RIGHT)
    tiny.write(folder, "zip", b"not a notebook")
    return folder


def go(folder: Path, course, address: str, **options) -> dict:
    rows = tiny.grade_class(
        open_class(str(folder)), course, judge=run_and_judge, cluster=address, new_pool=None, **options
    )
    return {row.student: (row.score, row.state) for row in rows}


EXPECTED = {student: (5 if number % 3 == 0 else 11, "waits") for number, student in enumerate(STUDENTS)} | {
    "zip": (0, "refused")
}


def results(folder: Path) -> list[str]:
    entries = map(json.loads, (folder / "journal.jsonl").read_text().splitlines())
    return [entry["result"]["student"] for entry in entries if "result" in entry]


def test_one_of_two_workers_is_killed_and_every_result_is_there_once(course, workers, tmp_path):
    """The killed one was grading; the row of every student is the one of an undisturbed run."""
    folder, killed = hand_in(tmp_path / "class"), []

    def kill() -> None:
        wait_until(lambda: (folder / "journal.jsonl").exists() and len(results(folder)) >= 3, what="three results")
        killed.append(workers.worker_pids()[0])
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    rows = go(folder, course, workers.address)
    killer.join()
    assert killed and rows == EXPECTED
    assert sorted(results(folder)) == sorted(EXPECTED)
    assert sorted(line["student"] for line in lines(folder) if line["what"] == "grade") == sorted(EXPECTED)
    assert not list(Path(remote.__file__).parents[1].glob(".secret"))
    wait_until(lambda: len(workers.worker_pids()) == 2, what="the supervisor to start another worker")
    here = hand_in(tmp_path / "here")
    (here / ".secret").write_text(secret.load_secret(folder) + "\n")
    (here / ".secret").chmod(0o600)
    tiny.grade_class(open_class(str(here)), course, judge=run_and_judge, new_pool=tiny.OneThread)
    assert everything(here) == everything(folder)


def test_the_scheduler_is_killed_and_comes_back(course, workers, tmp_path):
    """Workers join it again, the coordinator too, and goes on with what was on its way."""
    folder = hand_in(tmp_path / "class")

    def restart() -> None:
        wait_until(lambda: (folder / "journal.jsonl").exists() and len(results(folder)) >= 3, what="three results")
        workers.kill_scheduler()
        workers.start_scheduler()

    killer = threading.Thread(target=restart)
    killer.start()
    assert go(folder, course, workers.address) == EXPECTED
    killer.join()
    assert sorted(results(folder)) == sorted(EXPECTED)


def test_the_scheduler_is_killed_for_good_and_the_same_class_is_finished_here(course, workers, tmp_path, monkeypatch):
    folder = hand_in(tmp_path / "class")

    def kill() -> None:
        wait_until(lambda: (folder / "journal.jsonl").exists() and len(results(folder)) >= 3, what="three results")
        monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)
        workers.kill_scheduler()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(Stopped, match="no scheduler answers at tcp://.*make scheduler.*What was graded is kept"):
            go(folder, course, workers.address)
    finally:
        killer.join()
        workers.start_scheduler()
    done = results(folder)
    rows = tiny.grade_class(open_class(str(folder)), course, judge=run_and_judge, new_pool=tiny.OneThread)
    assert {row.student: (row.score, row.state) for row in rows} == EXPECTED
    assert 3 <= len(done) < len(EXPECTED) and sorted(results(folder)) == sorted(EXPECTED)


def test_a_submission_that_kills_every_worker_is_set_aside_for_a_person(course, workers, tmp_path):
    """With the judge of the tests, which has no walls: a worker dies of "die"."""
    folder = tmp_path / "class"
    tiny.give_gradebook(folder)
    for student in ("ann", "bob"):
        tiny.write(folder, student, RIGHT)
    tiny.write(folder, "mal", tiny.answered(**tiny.RIGHT | {"double": "'die'"}))
    rows = tiny.grade_class(
        open_class(str(folder)), course, judge=cluster_steps.judge, cluster=workers.address, new_pool=None
    )
    assert {row.student: (row.score, row.state) for row in rows} == {
        "ann": (11, "waits"),
        "bob": (11, "waits"),
        "mal": (0, "person"),
    }
    (mal,) = [row for row in rows if row.student == "mal"]
    assert "the grading process died or did not come back" in " ".join(mal.notes)


def test_a_job_that_does_not_come_back_ends_its_worker(workers, course, tmp_path, monkeypatch):
    folder = tmp_path / "class"
    tiny.give_gradebook(folder)
    tiny.write(folder, "ann", RIGHT)
    tiny.write(folder, "mal", tiny.answered(**tiny.RIGHT | {"double": "'hang'"}))
    monkeypatch.setattr(batch, "time_limit", lambda folder: 2.0)
    rows = tiny.grade_class(
        open_class(str(folder)), course, judge=cluster_steps.judge, cluster=workers.address, new_pool=None
    )
    assert {row.student: row.state for row in rows} == {"ann": "waits", "mal": "person"}


# Workers that must not grade


@pytest.mark.parametrize(
    "change, words",
    [
        ("grader", "has another version of the course or another Python .*same commit"),
        ("chapter", "has another tiny in .*same commit"),
        ("ladder", "runs with DESCENT_LADDER=None, the coordinator with 1"),
    ],
)
def test_a_worker_of_another_version_is_refused(course, workers, tmp_path, monkeypatch, change, words):
    folder = hand_in(tmp_path / "class")
    if change == "grader":
        monkeypatch.setattr(versions, "grader_version", lambda: "f" * 64)
    elif change == "ladder":
        monkeypatch.setenv("DESCENT_LADDER", "1")
    else:
        monkeypatch.setattr(masters, "fingerprint", lambda chapter: "f" * 64)
    with pytest.raises(Stopped, match=f"the worker on .* {words}.*What was graded is kept"):
        go(folder, course, workers.address)
    assert results(folder) == []


def test_a_worker_without_walls_refuses_to_start_and_to_grade(course, tmp_path):
    """As on a machine where bubblewrap is missing."""
    environment = {"PATH": str(tmp_path), "DESCENT_TEST_WITHOUT": "bwrap"}
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if 'bubblewrap' in name else find(name, *a)\n"
    )
    environment |= {"PYTHONPATH": os.pathsep.join([str(tmp_path), *PATHS])}
    done = subprocess.run(
        [sys.executable, "-m", "autograder.worker", "tcp://127.0.0.1:1"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        cwd="/",
        timeout=120,
        check=False,
    )
    assert done.returncode == 2 and "worker: bubblewrap (bwrap) was not found. On Debian" in done.stderr
    folder = hand_in(tmp_path / "class")
    mine = Processes(1, tmp_path / "log", environment)
    try:
        mine.start_scheduler()
        mine.start_workers("--unsafe-no-sandbox")
        with pytest.raises(Stopped, match="cannot run submissions safely: bubblewrap .* was not found"):
            go(folder, course, mine.address)
    finally:
        mine.__exit__()
    assert results(folder) == []


@pytest.mark.parametrize("what", ["nobody", "no worker", "no address"])
def test_what_is_missing_is_said(course, tmp_path, monkeypatch, what):
    folder = hand_in(tmp_path / "class")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)
    monkeypatch.setattr(cluster, "WORKER_SECONDS", 1.0)
    mine = Processes(1, tmp_path / "log")
    try:
        if what == "no worker":
            mine.start_scheduler()
            monkeypatch.setattr(cluster, "CONNECT_SECONDS", 60.0)
        address = {"nobody": f"tcp://127.0.0.1:{free_port()}", "no address": "nonsense://x"}.get(what, mine.address)
        words = "no worker has joined" if what == "no worker" else "no scheduler answers at"
        with pytest.raises(Stopped, match=f"{words}.*make worker CLUSTER="):
            go(folder, course, address)
    finally:
        mine.__exit__()


def test_without_dask_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClassError, match="pip install -r requirements-cluster.txt"):
        cluster.cluster_pool("tcp://x:1", 1.0)


# What travels


NO_TIME_FOR_PICTURES = IntakeLimits(picture_seconds=0.0)  # how many are scaled in two seconds differs from run to run


@pytest.mark.parametrize("name", sorted(FILES) + ["right"])
def test_a_folder_that_has_travelled_is_admitted_or_refused_as_before(course, tmp_path, name):
    place = tmp_path / "submitted" / "ann" / "tiny"
    place.mkdir(parents=True)
    if name == "right":
        tiny.write(tmp_path, "ann", RIGHT)
        (place / "extra.txt").write_text("x" * 99)
    else:
        FILES[name][1](place, tiny.answered(**tiny.RIGHT))
    released = {
        lang: master.released for lang, master in masters.load("tiny", course.solutions, course.released).items()
    }

    def admitted(folder: Path):
        try:
            found = admit.admit_folder(folder, "tiny.ipynb", released, NO_TIME_FOR_PICTURES)
        except Refused as error:
            return error.reason
        return found.nb, found.notes, found.lang

    with parcel.unpacked(parcel.pack(place), "tiny") as folder:
        assert admitted(folder) == admitted(place)
        base = folder.parents[1]
        assert base.stat().st_mode & 0o777 == 0o700
    assert not base.exists()


def test_no_name_leaves_the_folder(tmp_path):
    with pytest.raises(ValueError, match="is not the name of a file"):
        parcel.write_file(tmp_path, b"../x", "file", 1, b"x")


def test_a_parcel_holds_no_place_of_the_class_and_its_secret_is_not_printed(tmp_path, course):
    tiny.write(tmp_path, "ann", RIGHT)
    job = Job(
        "ann",
        "tiny",
        str(tmp_path / "submitted" / "ann" / "tiny"),
        str(course.solutions),
        str(course.released),
        secret="word",
    )
    one = object.__new__(cluster.Cluster)
    one.seconds = 9.0
    content = one.pack(job)
    assert content["job"]["folder"] == "" and content["job"]["secret"] == "word"
    assert str(tmp_path / "submitted") not in str(content) and "word" not in repr(job)
    real = batch.Course()
    names = one.pack(Job("a", "b", "c", str(real.solutions), str(real.released)))["job"]
    assert (names["solutions"], names["released"]) == ("solutions", "notebooks")
