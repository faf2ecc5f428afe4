"""No text of a student's stops or delays the pages of others: limits, a plain page instead, and grades first."""

import contextlib
import multiprocessing
import os
import signal
import time
from functools import partial

import nbformat
import pytest
import tiny_course as tiny
from nbconvert.exporters import HTMLExporter
from test_grade import RIGHT, course, folder, go, grades_of, page, ran  # noqa: F401  fixtures

from autograder.grading.local_pool import LocalPool
from autograder.intake.cpu_limit import TooSlow, cpu_limit
from autograder.pages import bounded, cleaning, feedback, write_feedback
from autograder.pages.bounded import Budget, too_deep
from autograder.pages.bounded import bounded as within
from autograder.pages.plain_page import plain_page

SIZE = 195_000
ATTACKS = {
    "div": "<div>",
    "b": "<b>a",
    "begin": "\\begin{a}",
    "quotes": '" ',
    "block quotes": "> ",
    "attribute": '<a b="',
    "ticks": "`a",
    "less": "<",
    "links": "[a](",
    "comments": "<!--",
    "interleaved": "<div><b></div>",
    "list": "<li>",
    "dollar": "$a",
    "emphasis": "*a **b ",
    "table": "<table><tr>",
    "pipes": "|a",
}


def attack(name: str, size: int = SIZE) -> str:
    return (ATTACKS[name] * (size // len(ATTACKS[name]) + 1))[:size]


def notebook(essay: str, html: str = "") -> nbformat.NotebookNode:
    nb = tiny.answered(**tiny.RIGHT | {"why": essay})
    if html:
        tiny.find(nb, "play").outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]
    return nb


RECORDED = {
    "score": 5,
    "max_score": 14,
    "penalty": 1.5,
    "comments": {"why": "well <b>done"},
    "scores": {name: [1, 2] for name in ("test_double", "test_square", "test_predictions", "why")},
}


@pytest.mark.parametrize(
    "html, deep",
    [
        ("<div>" * 200, False),
        ("<div>" * 201, True),
        ("<div></div>" * 5000, False),
        ("<div></b>" * 201, True),
        ("<br><img src=x>" * 5000, False),
        ("<b><div></b>" * 201, True),
        ("a < b " * 5000, False),
        ("<DIV></div>" * 900, False),
    ],
)
def test_depth_counts_tags_that_are_still_open(html, deep):
    assert too_deep(html) is deep


def our_page(nb) -> str:
    return feedback.page(nbformat.writes(nb), "tiny", RECORDED)


def formgraders_page(nb) -> str:
    config = cleaning.safe_pages()
    config.HTMLExporter.template_name = "classic"
    return HTMLExporter(config=config).from_notebook_node(nb)[0]


@pytest.mark.parametrize("name", ATTACKS)
def test_no_text_takes_longer_than_its_limit(name):
    """In an essay that is as long as may be, which only the clock can stop, and in an output."""
    began = time.process_time()
    html = our_page(notebook(attack(name, bounded.MARKDOWN), attack(name)))
    assert time.process_time() - began < 2 * bounded.CELL_SECONDS + 2, name
    assert "half" in html, "the rest of the page is there"


@pytest.mark.parametrize("name", ["div", "begin"])
def test_formgrader_gets_the_same_cleaned_cells(name):
    began = time.process_time()
    html = formgraders_page(notebook(attack(name), attack(name)))
    assert time.process_time() - began < 2 * bounded.CELL_SECONDS + 2 and bounded.WHY in html


def test_text_beyond_a_limit_is_shown_as_it_is():
    shown = within(cleaning.clean_html, "<div>" * 300 + "<script>alert(1)</script>", Budget(), 10_000)
    assert "&lt;div&gt;" in shown and "&lt;script&gt;" in shown and "<script" not in shown and bounded.WHY in shown
    long = bounded.as_it_is("x" * 30_000)
    assert len(long) < 21_000 and long.endswith("...</pre>")


def test_many_slow_cells_share_one_budget():
    def slow(text: str) -> str:
        while True:
            pass

    budget, began = Budget(1.5), time.process_time()
    for _ in range(20):
        assert bounded.WHY in within(slow, "x", budget, 10)
    assert time.process_time() - began < 2.5


def test_a_limit_within_a_limit_ends_with_the_nearer_one_and_gives_the_rest_back():
    began = time.process_time()
    with pytest.raises(TooSlow), cpu_limit(0.6):
        with pytest.raises(TooSlow), cpu_limit(0.2):
            while True:
                pass
        assert 0.1 < time.process_time() - began < 0.5
        while True:
            pass
    assert 0.4 < time.process_time() - began < 1.2
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0


def test_a_limit_that_was_swallowed_once_is_raised_again():
    with pytest.raises(TooSlow), cpu_limit(0.1):
        with contextlib.suppress(TooSlow):  # as in a finalizer, where an exception ends nothing
            for _ in iter(int, 1):
                pass
        ends = time.process_time() + 3
        while time.process_time() < ends:
            pass
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_one_essay_stops_no_batch_and_costs_nobody_else_a_page(folder, course):
    tiny.write(folder, "mal", notebook(attack("div")))
    began = time.monotonic()
    rows = go(folder, course)
    assert time.monotonic() - began < 30 and rows["mal"].state == "waits" and rows["mal"].score == 11
    assert "&lt;div&gt;" in page(folder, "mal") and "11 / 14</title>" in page(folder, "ann")


def test_grades_are_written_before_any_page(folder, course):
    def no_pages(run, workers, progress):
        seen.append(grades_of(folder)["ann"]["score"])
        raise KeyboardInterrupt

    seen: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        tiny.batch.grade_class(
            tiny.ClassFolder(folder),
            course,
            tiny.batch.Options(
                work=partial(tiny.submission.grade, judge=tiny.judge_here), new_pool=tiny.Threads, write_pages=no_pages
            ),
        )
    assert seen == ["11.0"] and grades_of(folder)["cat"]["score"] == "11.0"


@pytest.mark.parametrize("what", ["raises", "dies", "hangs"])
def test_a_page_that_cannot_be_made_is_plain_and_the_instructor_reads_why(folder, course, monkeypatch, what):
    make = feedback.page

    def fail_for_bob(text, assignment, recorded):
        if "secret of bob" in text:
            if what == "dies":
                os._exit(3)
            if what == "hangs":
                time.sleep(60)
            raise RecursionError("nested")
        return make(text, assignment, recorded)

    monkeypatch.setattr(feedback, "page", fail_for_bob)
    tiny.write(folder, "bob", tiny.answered(**tiny.RIGHT | {"why": "secret of bob <script>alert(1)</script>"}))
    forks = partial(LocalPool, context=multiprocessing.get_context("fork"), seconds=3, retry_overdue=False)
    rows = go(folder, course, page_pool=forks)
    html, words = page(folder, "bob"), {"raises": "RecursionError: nested"}.get(what, "died or took too long")
    assert "secret of bob &lt;script&gt;" in html and "Score: 11 / 14" in html and "square(-5)" not in html
    assert words in " ".join(rows["bob"].notes) and words in grades_of(folder)["bob"]["note"]
    assert "11 / 14</title>" in page(folder, "ann") and rows["ann"].notes == []
    written = (folder / "feedback" / "bob" / "tiny" / "tiny.html").stat().st_mtime_ns
    again = go(folder, course, page_pool=forks)
    assert again == rows and ran(folder).count("bob") == 1
    assert (folder / "feedback" / "bob" / "tiny" / "tiny.html").stat().st_mtime_ns == written


def test_a_plain_page_is_whole_and_holds_no_hidden_test():
    nb = tiny.solution()
    tiny.find(nb, "test_square").outputs = [nbformat.v4.new_output("error", ename="E", evalue="<i>why", traceback=[])]
    tiny.find(nb, "why").source = ["<div>" * 50_000]
    html = plain_page(nbformat.writes(nb), "tiny", RECORDED)
    assert html.endswith("</body></html>\n") and "E: &lt;i&gt;why" in html and "well &lt;b&gt;done" in html
    assert "square(-5)" not in html and "late: -1.5" in html and len(html) < 200_000


def test_the_cpu_time_of_a_page_is_limited(folder, course, monkeypatch):
    def slow(*_):
        while True:
            pass

    monkeypatch.setattr(feedback, "page", slow)
    monkeypatch.setattr(feedback, "ALL_SECONDS", 0.2)
    path = folder / "autograded.ipynb"
    path.write_text(nbformat.writes(RIGHT))
    task = feedback.PageTask(str(path), str(folder / "page.html"), "tiny", RECORDED)
    assert "longer than 0.2 s of CPU time" in feedback.write_page(task)
    assert (folder / "page.html").read_text().endswith("</html>\n")
    assert write_feedback.WALL_SECONDS > 1
