"""Run All in a notebook in which nothing is solved yet reaches the last cell without an error."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]
STUDENTS = sorted((ROOT / "notebooks").glob("*/*/*.ipynb"))


def errors_of(notebook, folder):
    """The errors that cells end in, as a student's kernel runs them one after another."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_VERSION"}  # nobody reads: cards
    client = NotebookClient(notebook, allow_errors=True, timeout=300, resources={"metadata": {"path": str(folder)}})
    client.execute(env=environment)
    return [
        f"{cell.id}: {output.ename}: {output.evalue}"
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]


@pytest.mark.parametrize("path", STUDENTS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_an_unsolved_notebook_runs_to_its_end(path):
    assert errors_of(nbformat.read(path, 4), path.parent) == []


def test_an_experiment_that_needs_a_name_it_did_not_ask_for_is_found(tmp_path):
    cells = [
        'from descent.experiment import experiment\n\n\ndef half(x):\n    raise NotImplementedError("half")',
        'with experiment("half"):\n    halves = [half(2)]',
        'with experiment("half"):\n    print(halves)',
        'with experiment("half", "halves"):\n    print(halves)',
    ]
    errors = errors_of(new_notebook(cells=[new_code_cell(source) for source in cells]), tmp_path)
    assert len(errors) == 1 and "NameError: name 'halves'" in errors[0]
