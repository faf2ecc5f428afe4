"""BLAS has one thread however the course is started: a notebook needs no `make` and no settings for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from descent import THREADS

SRC = str(Path(__file__).resolve().parents[1] / "src")
CLEAN = {name: value for name, value in os.environ.items() if name not in THREADS}
SHOW = f"import json, os; print(json.dumps({{name: os.environ.get(name) for name in {THREADS!r}}}))"


def run(code, **environment):
    """What a fresh process prints."""
    return subprocess.run([sys.executable, "-c", code], env={**CLEAN, "PYTHONPATH": SRC, **environment},
                          capture_output=True, text=True, check=True).stdout  # fmt: skip


def test_importing_descent_first_sets_one_thread():
    assert json.loads(run(f"import descent.train; {SHOW}")) == dict.fromkeys(THREADS, "1")


def test_what_is_set_already_is_kept():
    shown = json.loads(run(f"import descent; {SHOW}", OPENBLAS_NUM_THREADS="3"))
    assert shown == dict.fromkeys(THREADS, "1") | {"OPENBLAS_NUM_THREADS": "3"}


def test_after_numpy_nothing_is_changed_and_nothing_said():
    assert json.loads(run(f"import numpy, descent; {SHOW}")) == dict.fromkeys(THREADS)


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or len(os.sched_getaffinity(0)) < 2, reason="counts Linux threads"
)
def test_numpy_then_has_one_thread():
    multiply = "import os, numpy; a = numpy.ones((600, 600)); a @ a; print(len(os.listdir('/proc/self/task')))"
    assert int(run(f"import descent; {multiply}")) == 1
    assert int(run(multiply)) > 1  # so that the test could fail


def test_a_kernel_without_any_settings_has_not_imported_numpy_before_its_first_cell():
    first = nbformat.v4.new_code_cell(f"import descent, numpy; {SHOW}")
    notebook = nbformat.v4.new_notebook(cells=[first])
    NotebookClient(notebook, timeout=60).execute(env=CLEAN)
    assert json.loads(first.outputs[0].text) == dict.fromkeys(THREADS, "1")
