"""What `make bench` measures with: rounds, ratios, the place in the page; the batches that all loops see."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.intake.roles import is_answer, is_test
from bench import __main__ as command
from bench import classes, floor, grading, measure, networks, processes, steps, training

ROOT = Path(__file__).resolve().parent.parent


def test_rounds_are_interleaved_in_changing_order():
    calls = []

    def timed(name, seconds):
        def run():
            calls.append(name)
            return seconds

        return run

    seconds = measure.interleaved(
        {"a": timed("a", 1.0), "b": timed("b", [2.0, 3.0])}, rounds=20, rng=np.random.default_rng(0)
    )
    rounds = {"".join(calls[start : start + 2]) for start in range(0, 40, 2)}
    assert rounds == {"ab", "ba"}
    assert seconds["a"].tolist() == [1.0] * 20 and seconds["b"].shape == (20, 2)


def test_the_stopwatch_calls_once_for_nothing_and_gives_the_time_of_one_call():
    calls = []
    seconds = measure.stopwatch(lambda: calls.append(sum(range(20_000))), 5)()
    assert len(calls) == 6 and 0 < seconds < 0.1


def test_median_and_quartiles():
    assert measure.spread(np.array([1.0, 2.0, 3.0, 4.0, 50.0])) == "3.00 (2.00 .. 4.00)"


def test_a_part_is_published_in_its_place_and_nowhere_else(tmp_path, monkeypatch):
    page = tmp_path / "bench.md"
    monkeypatch.setattr(measure, "PAGE", page)
    page.write_text("one\n<!-- training -->\nold\n<!-- end of training -->\ntwo\n")
    measure.publish("training", "new")
    measure.publish("training", "newer")
    assert page.read_text() == "one\n<!-- training -->\n\nnewer\n\n<!-- end of training -->\ntwo\n"
    with pytest.raises(ValueError, match="no place for 'grading'"):
        measure.publish("grading", "text")


def test_the_committed_page_has_a_table_of_both_kinds():
    page = measure.PAGE.read_text(encoding="utf-8")
    part = page.split("<!-- training -->")[1].split("<!-- end of training -->")[0]
    for word in (*networks.NETWORKS, *steps.STEPS, "Load of the machine", "numpy 2.", "torch 2.", "jax 0."):
        assert word in part, word


def test_the_batches_of_all_networks_are_those_that_minibatches_draws():
    from reference.gradient_descent import minibatches

    rng, rows_of = np.random.default_rng(2), networks.orders()
    X = np.arange(networks.NUM_ROWS)
    for _ in range(2):
        for ours, _ in minibatches(X, X, batch_size=networks.BATCH_SIZE, rng=rng):
            np.testing.assert_array_equal(ours, next(rows_of))


def test_the_network_of_the_course_trains_in_float32():
    assert {array.dtype for array in networks.first_params().values()} == {np.dtype(np.float32)}
    losses = networks.numpy_network(1)(3)
    assert losses.dtype == np.float32 and len(losses) == 3 and losses[2] < losses[0]


@pytest.mark.parametrize("name", steps.STEPS)
def test_a_step_is_said_to_touch_the_arrays_it_takes_and_returns(name):
    step, init, arrays = steps.STEPS[name]
    params = np.ones(3, np.float32)

    def count(value):
        return sum(map(count, value)) if isinstance(value, tuple) else isinstance(value, np.ndarray)

    state = init(params)
    assert count((params, params, state)) + count(step(params, params, state, lr=0.1)) == arrays


def test_without_the_other_libraries_numpy_runs_alone_and_says_how_to_get_them():
    command_line = [sys.executable, "-m", "bench", "training", "--rounds=1", "--steps=1", "--threads=1"]
    done = subprocess.run(
        command_line,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
    )
    assert done.returncode == 0, done.stderr
    assert "| NumPy (the course) |" in done.stdout and "| adam_step | 7 |" in done.stdout
    assert ("requirements-bench.txt" in done.stdout) == ("PyTorch eager" not in done.stdout)


def test_numpy_is_pinned_as_for_the_course():
    pins = [
        {line.split("  #")[0].strip() for line in (ROOT / name).read_text().splitlines() if line.startswith("numpy==")}
        for name in ("requirements.txt", "requirements-bench.txt")
    ]
    assert pins[0] == pins[1] and pins[0]


def test_networks_that_do_other_work_are_not_compared(monkeypatch):
    class Fake:
        def __init__(self, name, threads):
            self.name = name

        def run(self, num_steps):
            return np.ones(2), [1.0] * (num_steps - 1) + [1.0 if self.name == "NumPy (the course)" else 1.001]

    monkeypatch.setattr(training, "Candidate", Fake)
    monkeypatch.setattr(training, "find_spec", lambda name: True)
    with pytest.raises(
        ValueError, match="PyTorch eager does not do the same work .* at step 19 its loss is 1.001, not 1.0"
    ):
        training.compare(rounds=1, num_steps=1, threads=1)


def test_an_unknown_part_is_reported(capsys):
    assert command.main(["painting"]) == 2
    assert "no part called painting; here are: training" in capsys.readouterr().err


# -- grading


def test_stock_gets_the_same_answers_and_tests_that_mark_on_our_judges_cases(tmp_path):
    chapter = classes.master()
    handed_in = classes.students(chapter, 4)
    folder = classes.give_to_stock(tmp_path / "stock", chapter, handed_in)
    whole = classes.for_stock(chapter.solution, experiments=True)
    for student, nb in handed_in.items():
        given = nbformat.read(folder / "submitted" / student / classes.CHAPTER / f"{classes.CHAPTER}.ipynb", 4)
        sources = {cell.id: cell.source for cell in nb.cells}
        assert {c.id for c in given.cells} < {c.id for c in whole.cells} == set(sources)
        assert all(c.source == sources[c.id] for c in given.cells if is_answer(c))
        assert all("experiment" not in c.metadata.get("tags", ()) for c in given.cells)
        tests = [c for c in given.cells if is_test(c)]
        assert tests and all(c.source.endswith(sources[c.id]) and "_mark(" in c.source for c in tests)
    wrong = [name for name, nb in handed_in.items() if nb != handed_in["s000"]]
    assert wrong == ["s001", "s002"]


def test_the_floor_runs_what_grading_runs(capsys):
    floor.main(2)
    found = json.loads(capsys.readouterr().out)
    assert 0 < found["cpu"] < 5 and found["wall"] > 0


def test_time_of_processes_that_outlive_a_command_counts():
    spin = "import time\nwhile time.process_time() < 0.3: pass"
    words = [
        sys.executable,
        "-c",
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {spin!r}], "
        "start_new_session=True); print('ended')",
    ]
    found = processes.cost(words)
    assert found.stdout == "ended\n" and found.cpu > 0.3
    with pytest.raises(RuntimeError, match="ended with 3"):
        processes.cost([sys.executable, "-c", "raise SystemExit(3)"])


@pytest.mark.skipif(sys.platform != "linux", reason="subreapers are Linux's")
def test_a_process_that_was_there_before_is_not_waited_for():
    with subprocess.Popen(["sleep", "60"]) as server:
        assert processes.cost([sys.executable, "-c", ""]).wall < 30 and server.poll() is None
        server.kill()


def test_memory_is_of_the_first_process_and_of_all_below_it():
    big = "import time; x = bytearray(80 << 20); time.sleep(1)"
    words = [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {big!r}])"]
    first, others = processes.peak_memory(words, seconds=0.1)
    assert first < 50 << 20 and 80 << 20 < others < 130 << 20


def test_contestants_with_other_scores_are_not_compared(monkeypatch, tmp_path):
    monkeypatch.setattr(grading, "stock_course", lambda folder, handed_in: folder)
    monkeypatch.setattr(classes, "give_to_ours", lambda folder, handed_in: folder)
    monkeypatch.setattr(grading, "grade_stock", lambda folder: processes.Cost(1, 1, ""))
    monkeypatch.setattr(
        grading, "grade_ours", lambda folder, workers: processes.Cost(1, 1, '{"start": 1, "first": 1.5, "graded": 2}')
    )
    points = iter([{("a", "t"): 1.0}, {("a", "t"): 1.0}, {("a", "t"): 0.5}])
    monkeypatch.setattr(grading, "bare", lambda number: [1, 1, 1, 1, 1])
    monkeypatch.setattr(grading, "scores", lambda folder: next(points))
    with pytest.raises(ValueError, match="does not do the same work as stock nbgrader.*0.5"):
        grading.compare(tmp_path, {"a": None}, 1)


def test_ratios_and_overheads_are_those_of_the_seconds_measured():
    seconds = {
        grading.STOCK: np.array([[120.0, 180.0, np.nan, np.nan, 120.0]]),
        grading.TWO: np.array([[12.0, 18.0, 1.0, 2.0, 10.7]]),
        grading.ONE: np.array([[24.0, 18.0, 3.0, 4.0, 21.7]]),
        grading.FLOOR: np.array([[0.1, 0.1, np.nan, np.nan, np.nan]]),
    }
    rows = grading.compared(seconds, 60).splitlines()
    assert "| 10.0 (10.0 .. 10.0) | 300" in rows[3] and "| 5.0 (5.0 .. 5.0) | 300" in rows[4]
    rows = grading.overhead(seconds, 60).splitlines()
    assert "| 300 (300 .. 300) | 200 (200 .. 200) | 300" in rows[3] and "| 300 (300 .. 300) | 200" in rows[4]
