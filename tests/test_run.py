"""What a run executes and keeps of a notebook, and what a kernel can do without stopping the others."""

import asyncio
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from parked import answer, code, graded, judge, notebook, run

from autograder.sandbox.kernel import Kernel
from autograder.sandbox.local_kernel import RUN_MARK, clean_environment, kill_marked
from autograder.sandbox.settings import Settings
from autograder.sandbox.snapshots import Snapshot

SETTINGS = Settings(mark="fake_mark:mark", cell_seconds=20, interrupt_seconds=1, snapshot_seconds=4)


def graded_run(nb, settings=SETTINGS):
    """(ran, {grade_id: verdict}) of a notebook; everything is closed."""
    with run(nb, settings=settings) as ran:
        verdicts = judge(nb, ran, assignment="03", secret="s", settings=settings)
    return ran, {verdict.grade_id: verdict for verdict in verdicts}


def outputs(ran, id):
    return next(cell for cell in ran.nb.cells if cell.id == id).outputs


def text(ran, id):
    return "".join(out.get("text", "") for out in outputs(ran, id))


def processes_of(ran):
    return [p for p in Path("/proc").glob("[0-9]*") if marked(p, ran)]


def running_process(pid):
    """Whether a process is there and no zombie, which a container's first process may leave for a while."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def marked(process, ran):
    try:
        return f"{RUN_MARK}={ran.folder.name}".encode() in (process / "environ").read_bytes()
    except OSError:
        return False


# -- one ordinary notebook, looked at from all sides


ORDINARY = notebook(
    "# Text",
    code(
        "%matplotlib inline\nimport os, sys, json\nimport numpy as np\nimport matplotlib.pyplot as plt",
        "setup",
    ),
    answer("def f(x):\n    return 2 * x\nvalue = 1", "f"),
    code("print('one')\nprint('two', file=sys.stderr)\n3 * 3", "say"),
    code("plt.plot([1, 2])\nplt.show()", "plot"),
    graded("assert f(2) == 4 and value == 1", "first"),
    code("def f(x):\n    return 'changed'\nvalue = 2", "change"),
    graded("assert f(2) == 4", "second"),
    code("value = 'broken by an experiment'", "experiment", tags=["experiment"]),
    code("1 / 0", "error"),
    code(
        "for name in ('autograder', 'reference'):\n    try:\n        __import__(name)\n"
        "        print('found', name)\n"
        "    except ImportError:\n        print('no', name)\nimport descent",
        "imports",
    ),
    code("print(json.dumps(dict(os.environ)), os.getcwd(), sys.path)", "environment"),
    code("input('name?')", "input"),
    code(
        "import subprocess\nfor _ in range(2):\n    subprocess.Popen(['sleep', '100'], start_new_session=True)",
        "leave",
    ),
    code(
        "from IPython.display import display, clear_output, HTML\nprint('old')\nclear_output()\n"
        "display(HTML('<b>bold</b>'), metadata={'odd': 1})\ndisplay({'a/b': {}}, raw=True)",
        "display",
    ),
    graded("assert value == 2", "third"),
    code("raise SystemExit", "leave2"),
    graded("check('double', f)", "fourth"),
)


@pytest.fixture(scope="module")
def ordinary():
    return graded_run(ORDINARY)


def test_tests_see_the_names_as_they_were_at_their_place(ordinary):
    _, verdicts = ordinary
    assert {id: v.points for id, v in verdicts.items()} == {"first": 4, "second": 0, "third": 4, "fourth": 2}


def test_outputs_are_those_of_the_cells(ordinary):
    ran, _ = ordinary
    assert [(o.output_type, o.get("name")) for o in outputs(ran, "say")] == [
        ("stream", "stdout"),
        ("stream", "stderr"),
        ("execute_result", None),
    ]
    assert outputs(ran, "say")[2].data == {"text/plain": "9"}
    assert "image/png" in outputs(ran, "plot")[0].data
    assert outputs(ran, "error")[0].ename == "ZeroDivisionError" and outputs(ran, "error")[0].traceback
    assert [o.data for o in outputs(ran, "display")] == [
        {"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>bold</b>"}
    ]


def test_tests_and_experiments_are_not_run_in_the_kernel(ordinary):
    ran, _ = ordinary
    assert outputs(ran, "first") == [] == outputs(ran, "experiment")
    assert "first" not in ran.seconds and "experiment" not in ran.seconds and ran.seconds["setup"] > 0


def test_the_notebook_is_valid_and_the_callers_unchanged(ordinary):
    ran, _ = ordinary
    nbformat.validate(ran.nb)
    assert all(cell.get("outputs", []) == [] for cell in ORDINARY.cells)


def test_nothing_of_the_graders_can_be_imported(ordinary):
    assert text(ordinary[0], "imports") == "no autograder\nno reference\n"


def test_the_kernel_has_an_environment_of_its_own(ordinary):
    ran, _ = ordinary
    printed = text(ran, "environment")
    assert "PYTHONPATH" not in printed and str(Path.cwd()) not in printed.replace(
        str(Path.cwd() / ".venv"), ""
    ).replace(str(Path.cwd() / "src" / "descent"), "")
    environment = json.loads(printed[: printed.index("}") + 1])
    allowed = set(clean_environment(ran.folder)) | {
        "JPY_PARENT_PID",
        "MPLBACKEND",
        "PYDEVD_USE_FRAME_EVAL",
        "CLICOLOR",
        "FORCE_COLOR",
        "CLICOLOR_FORCE",
        "PAGER",
        "GIT_PAGER",
        "TERM",
        "LC_CTYPE",
        "JPY_SESSION_NAME",
    }
    assert set(environment) <= allowed
    assert environment["OPENBLAS_NUM_THREADS"] == "1" and environment["HOME"].startswith(str(ran.folder))


def test_input_is_an_error_not_a_wait(ordinary):
    assert outputs(ordinary[0], "input")[0].ename == "StdinNotImplementedError"


def test_every_process_is_dead_and_the_folder_is_gone(ordinary):
    ran, _ = ordinary
    assert processes_of(ran) == [] and not ran.folder.exists()
    assert all(s.pidfd == -1 for s in ran.snapshots.values())


# -- kernels that do not behave


DEAF = "import signal\nsignal.signal(signal.SIGINT, lambda *_: None)\nsignal.signal = lambda *_: None\n"


def test_cells_that_end_too_late_print_too_much_or_hang_the_kernel():
    settings = replace(SETTINGS, cell_seconds=2, cell_output_bytes=100_000, flood_factor=4, cell_outputs=50)
    nb = notebook(
        answer("def f(x):\n    return 2 * x"),
        code("import time\ntime.sleep(60)", "late"),
        code("for i in range(300):\n    print('y' * 1000)", "much"),
        code("raise ValueError('z' * 3_000_000)", "long_error"),
        code("from IPython.display import display\nfor i in range(120):\n    display(i)", "many"),
        graded("assert f(2) == 4", "before"),
        code(DEAF + "while True: pass", "hang"),
        graded("assert f(2) == 4", "after"),
        code("print('never')", "never"),
    )
    began = time.monotonic()
    ran, verdicts = graded_run(nb, settings)
    assert time.monotonic() - began < 25
    assert "longer than 2 s" in outputs(ran, "late")[-1].evalue and outputs(ran, "late")[0].ename == "KeyboardInterrupt"
    assert 10_000 < len(text(ran, "much")) < 110_000
    assert "dropped" in text(ran, "much") and "y" in text(ran, "much")
    assert outputs(ran, "long_error") == [] or len(json.dumps(outputs(ran, "long_error"))) < 100_000
    assert len(outputs(ran, "many")) == settings.cell_outputs + 1
    assert verdicts["before"].points == 4
    assert verdicts["after"].reason["code"] == "kernel_hung" and "Cell 7" in verdicts["after"].reason["en"]
    assert outputs(ran, "never") == [] and processes_of(ran) == []


def test_a_kernel_that_dies_costs_only_the_tests_after_it():
    nb = notebook(
        answer("def f(x):\n    return 2 * x"),
        graded("assert f(2) == 4", "before"),
        code("while True:\n    print('x' * 1000)", "flood"),
        code("import os\nos._exit(1)", "die"),
        graded("assert f(2) == 4", "after"),
        graded("assert f(2) == 4", "later"),
    )
    began = time.monotonic()
    ran, verdicts = graded_run(nb, replace(SETTINGS, cell_seconds=60, cell_output_bytes=100_000, flood_factor=4))
    assert "printed without end" in outputs(ran, "flood")[-1].evalue and time.monotonic() - began < 50
    assert [v.points for v in verdicts.values()] == [4, 0, 0]
    assert verdicts["after"].reason["code"] == verdicts["later"].reason["code"] == "kernel_died"
    assert "cell 4" in verdicts["after"].reason["en"] and processes_of(ran) == []


@pytest.mark.parametrize("ending", ["exit()", "quit()", "exit(3)", "import sys\nsys.exit()", "raise SystemExit"])
def test_a_cell_that_exits_ends_only_itself(ending):
    ran, verdicts = graded_run(
        notebook(
            code(f"value = 1\n{ending}\nvalue = 2", "exits"),
            answer("other = 3"),
            code("seen = value", "next"),
            graded("assert other == 3", "test"),
            code("seen", "say"),
        )
    )
    assert verdicts["test"].points == 4 and outputs(ran, "say")[0].data["text/plain"] == "1"


SPY = """
import os, socket, threading, time
folder = os.path.dirname(os.environ["HOME"])
@pytest.mark.parametrize("ending", ["exit()", "quit()", "exit(3)", "import sys\nsys.exit()", "raise SystemExit"])
def test_a_cell_that_exits_ends_only_itself(ending):
    ran, verdicts = graded_run(notebook(code(f"value = 1\n{ending}\nvalue = 2", "exits"), code("other = 3", "next"),
                                        graded("assert value == 1 and other == 3", "test")))
    assert verdicts["test"].points == 1 and outputs(ran, "exits")


def connect():
    while True:
        for name in os.listdir(folder):
            try:
                s = socket.socket(socket.AF_UNIX); s.connect(folder + "/" + name); s.send(b"x" * 32)
            except OSError: pass
        time.sleep(0.0005)
threading.Thread(target=connect, daemon=True).start()
"""


def test_a_fork_that_fails_costs_only_its_own_test_and_strangers_are_not_believed():
    nb = notebook(
        answer("def f(x):\n    return 2 * x"),
        code("import os\nfork, os.fork = os.fork, lambda: 1", "break"),
        graded("None", "unparked"),
        code("os.fork = fork", "repair"),
        code(SPY, "spy"),
        graded("assert f(2) == 4", "spied"),
    )
    _, verdicts = graded_run(nb, replace(SETTINGS, snapshot_seconds=1))
    assert verdicts["unparked"].reason["code"] == "no_snapshot"
    assert verdicts["spied"].points == 4


def test_a_kernel_that_does_not_answer_at_a_test_is_given_up():
    hang = DEAF + "import os\ndef hang():\n    while True: pass\nos.fork = hang"
    nb = notebook(answer(hang, "x"), graded("None", "a"), graded("None", "b"))
    began = time.monotonic()
    ran, verdicts = graded_run(nb, replace(SETTINGS, snapshot_seconds=0.5))
    assert {v.reason["code"] for v in verdicts.values()} == {"no_snapshot"} and time.monotonic() - began < 60
    assert processes_of(ran) == []


def test_a_notebook_has_a_time_of_its_own():
    nb = notebook(
        code("import time\ntime.sleep(0.1)", "a"),
        code("try:\n    time.sleep(60)\nfinally:\n    time.sleep(0.8)", "b"),  # an interrupt takes long
        code("1", "c"),
        graded("None", "t"),
    )
    ran, verdicts = graded_run(nb, replace(SETTINGS, notebook_seconds=0.8))
    assert verdicts["t"].reason["code"] == "notebook_time" and outputs(ran, "b")[-1].ename == "TimeoutError"


# -- the runner itself


def test_after_an_exception_nothing_is_left(monkeypatch, tmp_path):
    def fail(*_):
        raise KeyboardInterrupt

    made = []
    make = Kernel.park
    monkeypatch.setattr(Kernel, "park", lambda *a: made.append(make(*a)) or made[-1])
    monkeypatch.setattr(Kernel, "execute", fail)
    short = Path("/tmp") / f"descent-test-{os.getpid()}"
    short.mkdir()
    try:
        with pytest.raises(KeyboardInterrupt):
            run(notebook(graded("None", "a"), code("1", "b")), workdir=short, settings=SETTINGS)
        assert isinstance(made[0], Snapshot) and made[0].pidfd == -1 and not running_process(made[0].pid)
        assert list(short.iterdir()) == []
    finally:
        short.rmdir()


def test_a_long_path_is_refused_with_the_cure(tmp_path):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    with pytest.raises(ValueError, match="shorter"):
        run(notebook(), workdir=deep, settings=SETTINGS)
    assert list(deep.iterdir()) == []


def test_a_run_works_inside_a_running_event_loop():
    async def inside():
        with run(notebook(code("print(1)", "a")), settings=SETTINGS) as ran:
            return text(ran, "a")

    assert asyncio.run(inside()) == "1\n"


def test_leftovers_of_other_runs_are_not_touched(tmp_path):
    assert kill_marked(tmp_path / "no-such-run") == 0
