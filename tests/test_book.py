"""The notebooks as the pages of the book take them apart: every exercise has its box, and a class edition no answer."""

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "site"))

from book import carrier, predictions  # noqa: E402
from book.chapter import (  # noqa: E402
    CALL,
    FOLDED,
    cells_of,
    folds,
    grading,
    is_answer,
    only_announces_next_cell,
    read_chapter,
    source,
)
from book.outputs import html_of  # noqa: E402
from book.pages import chapters_of, markdown  # noqa: E402

BOTH = [(lang, folder) for folder in chapters_of(ROOT) for lang in ("en", "zh")]


def blocks(chapter):
    return [block for page in chapter["pages"].values() for block in page["blocks"]]


@pytest.mark.parametrize(("lang", "folder"), BOTH)
def test_every_answer_of_a_chapter_has_its_box_and_all_points_are_there(lang, folder):
    chapter = read_chapter(ROOT, lang, folder, answers=True)
    cells = cells_of(ROOT, "solutions", lang, folder)
    assert {one["name"] for one in chapter["exercises"]} == {
        grading(cell)["grade_id"] for cell in cells if is_answer(cell)
    }
    counted = [cell for cell in cells if grading(cell).get("points")]
    counted = [
        cell for cell in counted if "test_predictions" not in cell["id"] or re.search(r"\bprediction_", source(cell))
    ]
    points = sum(
        grading(cell)["points"] for cell in counted
    )  # of the capstone, predictions inside a configuration are not
    assert sum(one["points"] for one in chapter["exercises"]) == pytest.approx(points)
    for block in blocks(chapter):
        if block["kind"] == "exercise":
            assert "BEGIN SOLUTION" not in block["answer"] and block["stub"] != block["answer"]
        if block["kind"] == "prediction":
            assert block["right"] in [letter for letter, _ in block["options"]]


@pytest.mark.parametrize(("lang", "folder"), BOTH)
def test_an_answer_is_checked_by_its_own_test_and_has_its_points(lang, folder):
    cells = {grading(cell).get("grade_id"): cell for cell in cells_of(ROOT, "solutions", lang, folder)}
    for block in blocks(read_chapter(ROOT, lang, folder, answers=True)):
        test = cells.get(f"test_{block.get('name')}")
        if block["kind"] == "exercise" and test:
            assert block["points"] == grading(test)["points"] and block["hints"], block["name"]
            own = f'check("{block["name"]}", {block["name"]})'
            assert block["check"] == ("card" if source(test).strip() == own else "points"), block["name"]


@pytest.mark.parametrize(("lang", "folder"), BOTH)
def test_no_text_of_a_chapter_is_lost(lang, folder):
    """Each text is a text of a page or hints of a box; only what announces a cell that a page does not have is left out."""
    found = blocks(read_chapter(ROOT, lang, folder, answers=True))
    texts = {block["id"] for block in found if block["kind"] == "text"}
    hints = {hint for block in found if block["kind"] == "exercise" for _, hint in block["hints"]}
    for cell in cells_of(ROOT, "solutions", lang, folder):
        if cell["cell_type"] == "markdown" and not is_answer(cell) and cell["id"] not in texts:
            own = [body.strip() for _, body in FOLDED.findall(source(cell))]
            assert set(own) <= hints if own else only_announces_next_cell(source(cell)), source(cell)


@pytest.mark.parametrize("folder", chapters_of(ROOT))
def test_both_languages_have_the_same_places(folder):
    english, chinese = (read_chapter(ROOT, lang, folder, answers=True) for lang in ("en", "zh"))
    for place, page in english["pages"].items():
        others = chinese["pages"][place]["blocks"]
        assert [block.get("id") or block["name"] for block in page["blocks"]] == [
            b.get("id") or b["name"] for b in others
        ]


@pytest.mark.parametrize(("lang", "folder"), BOTH)
def test_a_class_edition_is_made_without_answers(lang, folder):
    chapter = read_chapter(ROOT, lang, folder, answers=False)
    everything = json.dumps(chapter, ensure_ascii=False)
    student = "\n".join(source(cell) for cell in cells_of(ROOT, "notebooks", lang, folder))
    for cell in cells_of(ROOT, "solutions", lang, folder):
        if is_answer(cell) and not grading(cell)["grade_id"].startswith("prediction_"):
            secret = [
                line for line in source(cell).splitlines() if len(line.strip()) > 30 and line.strip() not in student
            ]
            for line in secret:
                assert json.dumps(line.strip(), ensure_ascii=False)[1:-1] not in everything, line


def test_folded_text_becomes_a_directive_and_quiz_options_know_themselves():
    text = "Why?\n<details><summary>it is <code>a</code></summary><b>Right:</b> $x$</details>\n<details><summary>T</summary>\n\nlong\n</details>"
    assert folds(text).split() == "Why? ~~~{choice} it is `a` <b>Right:</b> $x$ ~~~ ~~~{fold} T long ~~~".split()
    nested = "<details><summary>A</summary>\n\nx\n<details><summary>B</summary>\n\ny\n</details>\n</details>"
    assert "~~~~{fold} A" in folds(nested) and "~~~{fold} B" in folds(nested)
    with pytest.raises(ValueError, match="without an end"):
        folds("<details><summary>A</summary>")


@pytest.mark.parametrize(
    ("text", "options", "rest"),
    [
        ("Go.\n\n- (a) one\n- (b) two\n  lines", [("a", "one"), ("b", "two lines")], "Go."),
        ("**Which?** (a) one, (b) two; three", [("a", "one"), ("b", "two; three")], "**Which?**"),
        ("**Which?** (a) 一；(b) 二", [("a", "一"), ("b", "二")], "**Which?**"),
        (
            "Go.\n- (a) one\n- (b) two\n\nWrite it, in quotes, in place of `None`, and run.\n",
            [("a", "one"), ("b", "two")],
            "Go.",
        ),
        ("No options here", [("a", "(a)"), ("b", "(b)")], "No options here"),
    ],
)
def test_options_of_a_prediction(text, options, rest):
    found_rest, found = predictions.split_options(text, 'prediction_x = None  # "a" / "b"\n')
    assert (found, found_rest) == (options, rest)


def test_a_verdict_on_the_model_answer_is_not_shown():
    output = {
        "data": {
            "text/plain": "Your prediction (b) was right.\nMore.",
            "text/html": "<p>Your prediction (b) was right.\nMore.</p>",
        }
    }
    (left,) = predictions.without_verdict([output])
    assert left["data"] == {"text/plain": "More.", "text/html": "<p>More.</p>"}
    assert predictions.without_verdict([{"data": {"text/plain": "你的预测（b）是对的。", "text/html": ""}}]) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_graded_thing_has_a_check_or_says_where_it_is_checked(lang):
    """A page checks it, or knows the call with which the notebook does."""
    for folder in chapters_of(ROOT):
        for block in blocks(read_chapter(ROOT, lang, folder, answers=True)):
            if block["kind"] == "exercise" and block["check"] == "none" and block["points"]:
                assert CALL.search(block["test"]), (
                    f"{folder}: {block['name']} has points, and nothing says how it is checked"
                )


def test_programs_that_a_chapter_shows_keep_their_source():
    from book.pyodide import trimmed

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("descent/broken_adams.py", "descent/broken_adams.pyc", "descent/card.py", "descent/card.pyc"):
            archive.writestr(name, b"")
    with zipfile.ZipFile(io.BytesIO(trimmed(packed.getvalue(), library=False))) as archive:
        assert archive.namelist() == ["descent/broken_adams.py", "descent/card.pyc"]


def test_the_time_of_an_experiment_stays_known_when_its_texts_change():
    from book.times import code_hash

    assert code_hash("f(3, 'a')  # x") == code_hash("f(3, 'another text')") != code_hash("f(4, 'a')")


CELLS = [
    {"id": "given", "kind": "given", "source": "n = 3"},
    {"id": "slow", "kind": "experiment", "source": "ends = [n] * 5"},
    {"id": "other", "kind": "experiment", "source": "print(n)"},
    {"id": "figure", "kind": "experiment", "source": "print(ends)"},
]


def test_an_experiment_of_the_capstone_runs_on_its_page():
    """The page knows by itself that the parts must be assembled before."""
    from book.times import experiments

    from descent import page

    cells, found = experiments(ROOT, "07_capstone")
    one = next(cell for cell in found if "my_instance(" in cell["source"])
    before = [cell | {"mine": "passed"} for cell in cells[: cells.index(one)]]
    assert page.run(one["source"], before, "en")["state"] == "ran"


def test_only_experiments_without_a_time_are_measured_with_what_they_stand_on(monkeypatch, tmp_path):
    from book import times

    ran = []

    def node(command, check):
        asked, answered = command[3:5]
        ran.append([cell["id"] for cell in json.loads(Path(asked).read_text())])
        Path(answered).write_text(json.dumps({"seconds": dict.fromkeys(ran[-1], 2.0), "errors": []}))

    monkeypatch.setattr(times, "experiments", lambda course, folder: (CELLS, CELLS[1:]))
    monkeypatch.setattr(times.subprocess, "run", node)
    marks = {cell["id"]: times.code_hash(cell["source"]) for cell in CELLS[1:]}
    known = {marks["slow"]: [9.0, 9.0], marks["other"]: [1.0, 1.0], "of no experiment": [1.0, 1.0]}
    found = times.measure(ROOT, tmp_path, "03_momentum", known)
    assert ran == [["given", "slow", "figure"]]
    assert found == {marks["slow"]: [9.0, 9.0], marks["other"]: [1.0, 1.0], marks["figure"]: [2.0, 6.0]}
    assert times.measure(ROOT, tmp_path, "03_momentum", found) == found and len(ran) == 1


def test_pictures_become_files_of_a_known_size(tmp_path):
    import base64

    png = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (3).to_bytes(4, "big") + (2).to_bytes(4, "big")
    html = f'<style>a {{b}}</style><figure style="x"><img alt="a &lt; b" src="data:image/png;base64,{base64.b64encode(png).decode()}"></figure>'
    out = html_of(html, tmp_path, "../_figures/")
    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == png
    assert out.startswith('<figure><img alt="a &lt; b" src="../_figures/') and 'width="3" height="2"' in out


def test_a_page_holds_its_blocks_in_order():
    chapter = read_chapter(ROOT, "en", chapters_of(ROOT)[0], answers=True)
    text = markdown(chapter, "a")
    assert text.index("(c-") < text.index("```{block}")


def test_a_wheel_that_is_not_the_official_one_is_refused():
    assert carrier.verified(b"x", carrier.sha256(b"x"), "x.whl") == b"x"
    with pytest.raises(carrier.PyodideUnavailable, match="not the official wheel"):
        carrier.verified(b"y", carrier.sha256(b"x"), "x.whl")


def test_a_download_that_fails_says_what_was_tried(tmp_path, monkeypatch):
    monkeypatch.setenv("DESCENT_SITE_CACHE", str(tmp_path))
    with pytest.raises(carrier.PyodideUnavailable, match="the thing: no way"):
        carrier.downloaded("*.whl", [sys.executable, "-c", "import sys; sys.exit('no way')"], "", "the thing")


def test_what_a_browser_has_kept_is_converted(tmp_path):
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    script = f"""
      globalThis.addEventListener = () => {{}};
      const kept = new Map();
      globalThis.localStorage = new Proxy({{getItem: key => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value)}}, {{}});
      const store = await import({json.dumps((ROOT / "site" / "js" / "store.js").as_uri())});
      store.learnChapters([{{chapter: "03_momentum", exercises: [{{name: "momentum_step"}}]}}]);
      const first = store.load({{format: "descent-progress", version: 1, items: {{momentum_step: {{text: "a", evil: 1, at: "2026-01-02T10:00:00"}}}}}});
      const older = store.load({{format: "descent-progress", version: 2, items: {{"03/momentum_step": {{text: "b", at: "1999-01-01T10:00:00"}}, "03/damaged": {{text: 7}}}}}});
      console.log(JSON.stringify([first, older, store.read("03/momentum_step").text, "evil" in store.read("03/momentum_step"),
        store.load({{format: "descent-progress", version: 3, items: {{}}}}), store.load({{}}), store.load(null)]));
    """
    (tmp_path / "try.mjs").write_text(script, encoding="utf-8")
    done = subprocess.run(["node", tmp_path / "try.mjs"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        {"taken": 1, "damaged": 0},
        {"taken": 0, "damaged": 1},
        "a",
        False,
        "newer",
        "bad",
        "bad",
    ]
