"""Every key and every answer in the Python of the browser: its cards are the cards of this machine.

Pyodide's integers and pointers have 32 bits: a case that leaves its dtype to the platform has another fingerprint there.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from descent import page
from descent.exercises import table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "site"))

from book.chapter import read_chapter  # noqa: E402
from book.pages import chapters_of  # noqa: E402

WRONG = "\n\ndef {name}(*values, **options):\n    return None\n"


def missing(why):
    """Skip so that nobody overlooks it (tests/conftest.py)."""
    pytest.skip(f"test_wasm: NOT RUN, no answer was checked in the browser's Python: {why}")


@pytest.fixture(scope="module")
def pyodide(tmp_path_factory):
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("node and npm are not installed")
    folder = tmp_path_factory.mktemp("pyodide")
    environment = os.environ | {"PYTHONPATH": str(ROOT / "site")}
    command = [sys.executable, "-m", "book.pyodide", "core", folder]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    if done.returncode:
        missing(done.stderr.strip().splitlines()[-1])
    return folder


def jobs():
    """A right answer, a wrong one and the stub of every exercise of every chapter, as a page would send them."""
    out = []
    for folder in chapters_of(ROOT):
        chapter = read_chapter(ROOT, "en", folder, answers=True)
        blocks = [block for one in chapter["pages"].values() for block in one["blocks"] if block["kind"] == "exercise"]
        for block in blocks:
            if block["check"] != "card":
                continue
            before = chapter["code"][: [cell["id"] for cell in chapter["code"]].index(block["name"])]
            cells = [cell | {"mine": "passed"} for cell in before if cell["kind"] != "experiment"]
            for state, source in (
                ("passed", block["answer"]),
                ("failed", block["answer"] + WRONG.format(name=block["name"])),
                ("missing", block["stub"]),
            ):
                out.append({"name": block["name"], "source": source, "cells": cells, "lang": "en", "state": state})
    return out


@pytest.mark.filterwarnings("default")  # a wrong answer may divide by zero
def test_cards_in_the_browser_are_the_cards_of_this_machine(pyodide, tmp_path):
    asked = jobs()
    assert {job["name"] for job in asked} <= set(table())
    (tmp_path / "jobs.json").write_text(json.dumps(asked), encoding="utf-8")
    script = Path(__file__).with_name("wasm.mjs")
    command = ["node", script, pyodide, tmp_path / "jobs.json", tmp_path / "out.json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert not found["keys"], "the key of these exercises is not found in the browser"
    for job, there in zip(asked, found["answers"], strict=True):
        here = json.loads(json.dumps(page.check(job["name"], job["source"], job["cells"], "en")))
        what = f"{job['name']}, {job['state']}"
        assert there["state"] == job["state"], f"{what}: {there}"
        assert shape(there) == shape(here), what


def shape(answer):
    """What two machines must agree on: state, rows, ladder. Values are compared by `check` itself on either side."""
    card = answer.get("card") or {}
    rows = [row for row in card.get("rows", []) if row["kind"] != "value"]
    return answer["state"], answer.get("error"), card.get("counts_as"), card.get("next"), rows
