"""A tiny chapter for the tests of the grading pipeline: three answers, three tests, one essay, one experiment, one given
cell and one provided cell, in both languages, built directly with nbformat.

`judge_here` replaces the sandbox: it runs trusted test notebooks in this process. `grade_class` grades with it, in
threads.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from copy import deepcopy
from functools import partial
from pathlib import Path

import nbformat
from jupyter_core.utils import ensure_event_loop
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, ComputeChecksums, LockCells

from autograder.gradebook import nbgrader_adapter
from autograder.gradebook.coursedir import ClassFolder
from autograder.grading import batch, submission
from autograder.grading.outcome import Judged
from autograder.grading.rows import Row
from autograder.pages.write_feedback import write_pages

ASSIGNMENT = "tiny"
ANSWERS = {
    "double": "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
    "square": "def square(x):\n    ### BEGIN SOLUTION\n    return x * x  # secret-of-square\n    ### END SOLUTION",
    "prediction_race": "### BEGIN SOLUTION\nprediction_race = 'b'\n### END SOLUTION",
}
RIGHT = {
    "double": "def double(x):\n    return x + x",
    "square": "def square(x):\n    return x ** 2",
    "prediction_race": "prediction_race = 'b'",
    "why": "Because twice two is four.",
}
TEXT = {
    "en": {"intro": "# Twice and square", "why-prompt": "Why is it four?"},
    "zh": {"intro": "# 两倍与平方", "why-prompt": "为什么是四？"},
}


def cell(make, id, source, tags=(), **flags) -> NotebookNode:
    built = make(source, id=id)
    if tags:
        built.metadata["tags"] = list(tags)
    if flags:
        built.metadata["nbgrader"] = {
            "schema_version": 3,
            "grade": False,
            "solution": False,
            "locked": False,
            "task": False,
            "grade_id": id,
        } | flags
    return built


def solution(lang: str = "en") -> NotebookNode:
    """The instructor's version, as the builder would make it."""
    text, code, markdown = TEXT[lang], new_code_cell, new_markdown_cell
    cells = [
        cell(markdown, "intro", text["intro"]),
        cell(code, "setup", "import math", locked=True),
        cell(code, "given", "def half(x):\n    return x / 2", locked=True),
        cell(code, "provided", "ten = 10"),
        cell(code, "double", ANSWERS["double"], solution=True),
        cell(code, "test_double", "assert double(3) == 6", grade=True, locked=True, points=4),
        cell(code, "play", "print(double(ten))", tags=("experiment",)),
        cell(code, "square", ANSWERS["square"], solution=True),
        cell(
            code,
            "test_square",
            "assert square(3) == 9\n### BEGIN HIDDEN TESTS\nassert square(-5) == 25\n### END HIDDEN TESTS",
            grade=True,
            locked=True,
            points=6,
        ),
        cell(code, "prediction_race", ANSWERS["prediction_race"], solution=True),
        cell(
            code,
            "test_predictions",
            "assert prediction_race in ('a', 'b', 'c')",
            grade=True,
            locked=True,
            points=1,
        ),
        cell(markdown, "why-prompt", text["why-prompt"], locked=True),
        cell(markdown, "why", "The model answer: secret-of-why.", grade=True, solution=True, points=3),
    ]
    return new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
            "descent": {"chapter": ASSIGNMENT, "lang": lang, "hash": "0"},
        },
    )


def released(lang: str = "en") -> NotebookNode:
    """The student version, made by nbgrader's own steps."""
    nb, resources = solution(lang), {}
    for step in (LockCells, ClearSolutions, ComputeChecksums, ClearHiddenTests, ComputeChecksums):
        nb, resources = step().preprocess(nb, resources)
    return nb


def answered(lang: str = "en", **answers: str) -> NotebookNode:
    """A student's copy with these answers filled in."""
    nb = released(lang)
    for answer in nb.cells:
        if answer.id in answers:
            answer.source = answers[answer.id]
    return nb


def find(nb: NotebookNode, id: str) -> NotebookNode:
    return next(c for c in nb.cells if c.id == id)


def write(folder: Path, student: str, nb: NotebookNode | bytes, name: str = f"{ASSIGNMENT}.ipynb") -> Path:
    """Hand in: submitted/<student>/<assignment>/<name>."""
    path = folder / "submitted" / student / ASSIGNMENT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(nb if isinstance(nb, bytes) else nbformat.writes(nb).encode())
    return path


def lay_out(root: Path) -> Path:
    """solutions/ and notebooks/ of the course below `root`, in both languages."""
    for lang in TEXT:
        for step, nb in (("solutions", solution(lang)), ("notebooks", released(lang))):
            path = root / step / lang / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(nb, path)
    return root


def strip_names(nb: NotebookNode) -> NotebookNode:
    """The notebook after a program has dropped ids and metadata (nbformat 4.4)."""
    bare = deepcopy(nb)
    bare.nbformat_minor, bare.metadata = 4, NotebookNode()
    for stripped in bare.cells:
        stripped.pop("id")
        stripped.metadata = NotebookNode()
    return bare


def judge_here(nb: NotebookNode, master, job, seconds: dict) -> dict:
    """Replaces run and judge: one process, no sandbox, plain asserts worth all or nothing."""
    names: dict = {}
    verdicts = {}
    with open(Path(job.folder).parents[2] / "ran.log", "a") as log:
        log.write(job.student + "\n")
    for cell_run in nb.cells:
        if cell_run.cell_type != "code" or "experiment" in cell_run.metadata.get("tags", []):
            continue
        if "die" in cell_run.source:
            os._exit(1)
        if "grader bug" in cell_run.source:
            raise RuntimeError("the grader itself is wrong")
        flags = cell_run.metadata.get("nbgrader", {})
        try:
            exec(cell_run.source, names)
            points, outputs = float(flags.get("points", 0)), []
        except Exception as error:
            points = 0.0
            outputs = [new_output("error", ename=type(error).__name__, evalue=str(error), traceback=[])]
        if flags.get("grade"):
            verdicts[cell_run.id] = Judged(points, outputs)
    seconds["run"] = 0.001
    return verdicts


def give_gradebook(folder: Path) -> None:
    """An empty gradebook for a class, made by nbgrader apart from its version stamp."""
    folder.mkdir(parents=True, exist_ok=True)
    url = ClassFolder(folder).db_url
    nbgrader_adapter.stamp_version(url)
    Gradebook(url).close()


def slow_judge_here(*arguments) -> dict:
    time.sleep(0.2)
    return judge_here(*arguments)


class Threads:
    """A pool (grading.pool.Pool) of threads, which starts at once: for tests that are not about processes."""

    def __init__(self, size: int):
        self.executor, self.size = ThreadPoolExecutor(size), size
        self.running: dict[Future, object] = {}

    def room(self) -> int:
        return self.size - len(self.running)

    def submit(self, work: Callable, job: object) -> None:
        self.running[self.executor.submit(work, job)] = job

    def finished(self, seconds: float) -> list[tuple]:
        ended = wait(self.running, seconds, FIRST_COMPLETED).done
        return [
            (self.running.pop(future), None if future.exception() else future.result(), future.exception())
            for future in ended
        ]

    def close(self) -> None:
        self.executor.shutdown()


class OneThread(Threads):
    """A pool for real kernels: one worker, in this process, that closes the event loop it was given."""

    def __init__(self, size: int):
        super().__init__(1)

    def close(self) -> None:
        self.executor.submit(lambda: ensure_event_loop().close()).result()
        super().close()


def grade_class(
    folder: ClassFolder,
    course: batch.Course,
    *,
    judge: Callable | None = None,
    new_pool: Callable = Threads,
    page_pool: Callable = Threads,
    **options,
) -> list[Row]:
    """Grade like `make grade`, with judge_here (or `judge`) instead of sandbox and judge, and threads as workers."""
    return batch.grade_class(
        folder,
        course,
        batch.Options(
            work=partial(submission.grade, judge=judge or judge_here),
            new_pool=new_pool,
            write_pages=partial(write_pages, new_pool=page_pool),
            **options,
        ),
    )
