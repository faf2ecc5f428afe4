"""Admitting: whatever a student hands in, either the course's notebook with their answers, or a reason."""

import json
import os
from copy import deepcopy

import nbformat
import pytest
import tiny_course as tiny
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.intake import masters, submitted
from autograder.intake.admit import Admitted, admit_folder, rebuild
from autograder.intake.limits import IntakeLimits
from autograder.intake.matching import defined_names
from autograder.intake.notes import language, listing, note, short
from autograder.intake.refused import Refused
from autograder.intake.submitted import parse

MASTERS = {lang: masters.make(tiny.solution(lang), tiny.released(lang)) for lang in tiny.TEXT}
RELEASED = {lang: master.released for lang, master in MASTERS.items()}
IDS = [cell.id for cell in RELEASED["en"].cells]
RIGHT = tiny.answered(**tiny.RIGHT)
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def admitted(nb, limits=IntakeLimits()) -> Admitted:
    data = nb if isinstance(nb, bytes) else json.dumps(nb).encode()
    result = rebuild(parse(data, limits), RELEASED, limits)
    nbformat.validate(result.nb)
    for remark in result.notes:
        assert set(remark) == {"en", "zh"} and all(remark.values())
    return result


def reason(nb, limits=IntakeLimits()) -> str:
    with pytest.raises(Refused) as caught:
        admitted(nb, limits)
    assert set(caught.value.reason) == {"en", "zh"}
    return caught.value.reason["en"]


def changed(**sources):
    nb = deepcopy(RIGHT)
    for name, source in sources.items():
        tiny.find(nb, name).source = source
    return nb


def without(*ids):
    nb = deepcopy(RIGHT)
    nb.cells = [c for c in nb.cells if c.id not in ids]
    return nb


def said(result) -> list[str]:
    return [remark["en"] for remark in result.notes]


def ids(result) -> list[str]:
    return [cell.id for cell in result.nb.cells]


def test_a_normal_submission_keeps_its_answers_and_needs_no_note():
    result = admitted(RIGHT)
    assert result.notes == [] and result.lang == "en" and ids(result) == IDS
    for name, source in tiny.RIGHT.items():
        assert tiny.find(result.nb, name).source == source


def test_the_result_has_the_released_metadata_and_no_outputs():
    nb = deepcopy(RIGHT)
    tiny.find(nb, "provided").outputs = [nbformat.v4.new_output("stream", text="boo")]
    nb.metadata["evil"] = tiny.find(nb, "double").metadata["evil"] = {"x": 1}
    result = admitted(nb)
    assert result.nb.metadata == RELEASED["en"].metadata
    for cell, released in zip(result.nb.cells, RELEASED["en"].cells, strict=True):
        assert cell.metadata == released.metadata and cell.cell_type == released.cell_type
        assert not cell.get("outputs")


def test_chinese_is_rebuilt_on_the_chinese_chapter():
    result = admitted(tiny.answered("zh", **tiny.RIGHT))
    assert result.lang == "zh" and result.notes == []
    assert tiny.find(result.nb, "intro").source == tiny.TEXT["zh"]["intro"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_notebook_that_does_not_say_its_language_is_recognized_by_its_text(lang):
    nb = tiny.answered(lang, **tiny.RIGHT)
    nb.metadata["descent"] = {"lang": "xx"}
    result = admitted(nb)
    assert result.lang == lang and result.notes == [note("language_guessed", language=language(lang))]


def test_predictions_and_experiments_are_the_students_to_change():
    assert admitted(changed(prediction_race="prediction_race = 'c'", play="print('mine')")).notes == []


# Own cells


def test_own_cells_stay_after_the_cell_they_followed_without_metadata():
    nb = deepcopy(RIGHT)
    nb.cells.insert(5, new_code_cell("helper = 1", id="mine", metadata={"tags": ["skip-execution"], "nbgrader": {}}))
    nb.cells.insert(0, new_markdown_cell("my notes", id="top"))
    nb.cells.append(new_code_cell("  ", id="blank"))
    result = admitted(nb)
    assert ids(result) == ["own-1", *IDS[:5], "own-2", *IDS[5:]] and result.notes == []
    assert [result.nb.cells[0].source, result.nb.cells[6].source] == ["my notes", "helper = 1"]
    assert result.nb.cells[6].metadata == {}


def test_an_own_cell_cannot_claim_an_id_of_the_result():
    nb = deepcopy(RIGHT)
    nb.cells += [new_code_cell("a = 1", id="own-1"), new_code_cell("b = 1", id="own-1")]
    assert ids(admitted(nb)) == [*IDS, "own-1", "own-2"]


def test_raw_cells_are_left_out_with_a_note():
    nb = deepcopy(RIGHT)
    nb.cells.append(nbformat.v4.new_raw_cell("<script>", id="raw"))
    result = admitted(nb)
    assert ids(result) == IDS and result.notes == [note("raw_dropped", count=1)]


# Deleted, copied, moved, edited


def test_a_deleted_answer_becomes_the_stub_and_never_the_solution():
    result = admitted(without("square", "why"))
    assert result.notes == [note("missing_answers", ids=["square", "why"])]
    text = nbformat.writes(result.nb)
    assert "secret-of" not in text and "NotImplementedError" in tiny.find(result.nb, "square").source


def test_an_emptied_answer_is_the_stub():
    result = admitted(changed(double="  \n", why=""))
    assert tiny.find(result.nb, "double").source == tiny.find(RELEASED["en"], "double").source
    assert tiny.find(result.nb, "why").source == "YOUR ANSWER HERE"


def test_deleted_course_cells_come_back():
    result = admitted(without("test_square", "provided", "play", "intro"))
    assert ids(result) == IDS and result.notes == [note("missing_cells", ids=["provided", "test_square"])]


def test_a_cell_without_a_name_is_called_what_it_defines_or_by_its_first_words():
    from autograder.intake.repairs import label

    code = nbformat.v4.new_code_cell("import numpy as np\nSTEPS = 3\n\ndef walk(x):\n    return x", id="a40898cdeda6")
    assert label(code) == "STEPS, walk"
    assert label(nbformat.v4.new_code_cell("print(1)", id="a40898cdeda6")) == "a40898cdeda6"
    assert label(nbformat.v4.new_code_cell("def walk(x): ...", id="momentum_init")) == "momentum_init"
    assert label(nbformat.v4.new_markdown_cell("\n## Two *sliders*\ntext", id="a40898cdeda6")) == "Two sliders"


def test_a_deleted_answer_is_found_in_an_own_cell_that_defines_it():
    nb = without("square")
    nb.cells.insert(3, new_code_cell("import numpy\ndef square(x):\n    return x * x", id="mine"))
    result = admitted(nb)
    assert ids(result) == IDS and result.notes == [note("adopted_answers", ids=["square"])]
    assert tiny.find(result.nb, "square").source.startswith("import numpy")


def test_of_a_copied_answer_the_one_with_the_courses_id_is_graded_and_the_copy_runs_after_it():
    nb = deepcopy(RIGHT)
    copy = deepcopy(tiny.find(nb, "double"))
    copy.id, copy.source = "copied", "def double(x):\n    return 0"
    nb.cells.insert(4, copy)
    result = admitted(nb)
    assert result.notes == [note("own_copies", ids=["double"])]
    assert tiny.find(result.nb, "double").source == tiny.RIGHT["double"]
    assert tiny.find(result.nb, "own-1").source == copy.source and ids(result).index("own-1") == 4
    nb.cells[4], nb.cells[5] = nb.cells[5], nb.cells[4]
    assert ids(admitted(nb)).index("own-1") == 5


def test_equal_copies_and_copies_of_untouched_stubs_are_dropped():
    nb = deepcopy(RIGHT)
    for name in ("test_double", "square"):
        copy = deepcopy(tiny.find(RELEASED["en"], name))
        copy.id = f"copy-of-{name}"
        nb.cells.append(copy)
    result = admitted(nb)
    assert ids(result) == IDS and result.notes == [note("repeated", ids=["test_double", "square"])]


def test_moved_cells_run_in_the_order_of_the_course():
    nb = deepcopy(RIGHT)
    nb.cells.append(nb.cells.pop(4))
    assert ids(admitted(nb)) == IDS and admitted(nb).notes == [note("reordered")]


def test_edited_course_cells_are_restored_and_the_note_says_where_helpers_go():
    nb = changed(
        provided="ten = 11\ndef helper(): pass",
        given="def half(x): return 0",
        intro="# Mine",
        test_double="assert True",
    )
    result = admitted(nb)
    assert result.notes == [
        note("restored_tests", ids=["test_double"]),
        note("restored_code", ids=["given", "provided"]),
        note("restored_text", count=1),
    ]
    assert "cell of your own" in said(result)[1]
    for name in ("provided", "given", "intro", "test_double"):
        assert tiny.find(result.nb, name).source == tiny.find(RELEASED["en"], name).source


def test_a_retyped_answer_is_code_again():
    nb = deepcopy(RIGHT)
    index = IDS.index("double")
    nb.cells[index] = new_markdown_cell(tiny.RIGHT["double"], id="double", metadata=nb.cells[index].metadata)
    result = admitted(nb)
    assert result.notes == [note("retyped", ids=["double"])]
    assert tiny.find(result.nb, "double").cell_type == "code"


@pytest.mark.parametrize(
    "metadata",
    [
        {"nbgrader": {"points": 400}},
        {"nbgrader": {"grade": False}},
        {"nbgrader": {"solution": True}},
        {"tags": ["skip-execution"]},
        {"tags": ["raises-exception"]},
    ],
)
def test_retagged_cells_get_their_metadata_back(metadata):
    nb = deepcopy(RIGHT)
    cell = tiny.find(nb, "test_double")
    cell.metadata["nbgrader"].update(metadata.get("nbgrader", {}))
    cell.metadata["tags"] = metadata.get("tags", [])
    result = admitted(nb)
    assert result.notes == [note("retagged", ids=["test_double"])]
    assert tiny.find(result.nb, "test_double").metadata == tiny.find(RELEASED["en"], "test_double").metadata


def test_a_grade_id_given_to_another_cell_changes_nothing():
    nb = deepcopy(RIGHT)
    tiny.find(nb, "provided").metadata["nbgrader"] = {"grade_id": "double", "solution": True}
    result = admitted(nb)
    assert ids(result) == IDS and tiny.find(result.nb, "double").source == tiny.RIGHT["double"]


def test_another_kernel_is_replaced():
    nb = deepcopy(RIGHT)
    nb.metadata["kernelspec"] = {"name": "my<b>env", "language": "R"}
    result = admitted(nb)
    assert result.nb.metadata.kernelspec.name == "python3"
    assert result.notes == [note("kernel_replaced", kernel="my<b>env")] and "<b>" not in said(result)[0]


def test_pictures_in_an_essay_are_kept_and_other_attachments_are_not():
    nb = deepcopy(RIGHT)
    why = tiny.find(nb, "why")
    why.attachments = {
        "a.png": {"image/png": PNG},
        "b.svg": {"image/svg+xml": "PHN2Zy8+"},
        "c.png": {"image/png": "not base64!"},
        "d.png": 3,
        "unused.png": {"image/png": PNG},
    }
    why.source = "".join(f"![picture](attachment:{name})" for name in ("a.png", "b.svg", "c.png", "d.png"))
    result = admitted(nb)
    assert result.notes == [note("pictures_left_out", names=["b.svg", "c.png", "d.png"])]
    answer = tiny.find(result.nb, "why")
    assert answer.attachments == {"picture-1": {"image/png": PNG}}
    assert answer.source.startswith("![picture](attachment:picture-1)(The picture b.svg cannot be shown: SVG")
    assert answer.source.count("attachment:") == 1


# Other formats


def test_a_notebook_without_ids_and_metadata_is_matched_by_its_content():
    result = admitted(tiny.strip_names(RIGHT))
    assert ids(result) == IDS and len(result.notes) == 3
    for name, source in tiny.RIGHT.items():
        assert tiny.find(result.nb, name).source == source


def test_nbformat_3_and_4_without_ids_are_matched_by_grade_id():
    old = deepcopy(RIGHT)
    old.nbformat_minor = 2
    for cell in old.cells:
        del cell["id"]
    result = admitted(old)
    assert ids(result) == IDS and result.notes == [note("old_format", version="4.2")]
    sheet = [
        {
            "cell_type": c.cell_type,
            "metadata": c.metadata,
            "input" if c.cell_type == "code" else "source": c.source.splitlines(True),
        }
        for c in old.cells
    ]
    third = {"nbformat": 3, "nbformat_minor": 0, "metadata": RIGHT.metadata, "worksheets": [{"cells": sheet}]}
    result = admitted(third)
    assert ids(result) == IDS and result.notes == [note("old_format", version="3.0")]
    assert tiny.find(result.nb, "double").source == tiny.RIGHT["double"]


def test_damaged_cells_cost_only_themselves():
    nb = json.loads(json.dumps(RIGHT))
    nb["cells"] += [None, 3, {}, {"cell_type": "code", "source": 7}, {"cell_type": "code", "source": [1]}]
    result = admitted(nb)
    assert ids(result) == IDS and result.notes == [note("unreadable_cells", count=5)]


@pytest.mark.parametrize("version", ["4.0", "4.0e0"])
def test_a_version_that_is_written_as_4_0_is_4(version):
    text = json.dumps(RIGHT)
    assert '"nbformat": 4,' in text
    assert ids(admitted(text.replace('"nbformat": 4,', f'"nbformat": {version},').encode())) == IDS


@pytest.mark.parametrize("small", [submitted.SMALL, 0], ids=["as a whole", "in parts"])
def test_of_two_members_with_one_name_the_last_counts(monkeypatch, small):
    monkeypatch.setattr(submitted, "SMALL", small)
    text, more = json.dumps(RIGHT)[1:-1], '"cells": 3'
    assert ids(admitted(f"{{{more}, {text}}}".encode())) == IDS
    assert "no list of cells" in reason(f"{{{text}, {more}}}".encode())


def test_lone_surrogates_do_not_reach_the_result():
    data = json.dumps(RIGHT).replace("x + x", "x + x # \\ud800").encode()
    assert tiny.find(admitted(data).nb, "double").source.endswith("# ?")


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"%PDF-1.4 \xff\xfe", "not valid JSON (line 1, column 1)"),
        ("中文".encode("utf-16"), "not valid JSON (line 1, column 1)"),
        (b'{"nbformat": 4, "metadata": {"a": "\x81"}', "not text in any encoding"),
        (b"print('hello')", "not valid JSON (line 1, column 1)"),
        (b'{"cells": [', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"nbformat": 4, "cells": [' + b"9" * 5000 + b"]}", "not the one of this assignment"),
        (b'{"nbformat": 4, "cells": [}]', "not valid JSON (line 1, column 27)"),
        (b"[]", "not an object"),
        (b"{}", "nbformat is missing"),
        (b'{"nbformat": true}', "nbformat is missing"),
        (b'{"nbformat": 9, "cells": []}', "nbformat 9"),
        (b'{"nbformat": 4.5, "cells": []}', "nbformat is missing"),
        (b'{"nbformat": NaN, "cells": []}', "nbformat is missing"),
        (b'{"nbformat": 1e400, "cells": []}', "nbformat is missing"),
        (b'{"nbformat": 4}', "no list of cells"),
        (b'{"nbformat": 3, "worksheets": 4}', "no list of cells"),
        (b'{"nbformat": 4, "cells": []}', "not the one of this assignment"),
        (
            b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = 1"}]}',
            "not the one of this assignment",
        ),
    ],
)
def test_what_is_not_the_notebook_is_refused_with_the_reason(data, words):
    assert words in reason(data)


def test_limits_come_first_and_name_the_value_and_the_limit():
    data = json.dumps(RIGHT).encode()
    assert f"{len(data)} bytes, the limit is 100" in reason(data, IntakeLimits(submission_bytes=100))
    assert "more than 12 cells" in reason(data, IntakeLimits(submission_cells=12))
    assert "more than 5" in reason(data, IntakeLimits(output_parts=5))
    assert "more than -1 s" in reason(data, IntakeLimits(intake_seconds=-1))


# The file in its folder


def test_folder_with_other_names(tmp_path):
    path = tiny.write(tmp_path, "ann", RIGHT, "my final (2).ipynb")
    (path.parent / "timestamp.txt").write_text("2026-01-01")
    (path.parent / "helper.py").write_text("x = 1")
    result = admit_folder(path.parent, "tiny.ipynb", RELEASED)
    assert result.notes == [
        note("renamed", name="my final (2).ipynb", expected="tiny.ipynb"),
        note("others_left_out", names=["helper.py"]),
    ]


def test_of_several_notebooks_the_expected_one_is_taken_else_none(tmp_path):
    tiny.write(tmp_path, "ann", changed(double="def double(x):\n    return 3"), "a.ipynb")
    folder = tiny.write(tmp_path, "ann", RIGHT, "b.ipynb").parent
    with pytest.raises(Refused, match="2 different notebooks with answers .* tiny.ipynb: a.ipynb, b.ipynb"):
        admit_folder(folder, "tiny.ipynb", RELEASED)
    tiny.write(tmp_path, "ann", RIGHT)
    assert admit_folder(folder, "tiny.ipynb", RELEASED).notes == [note("others_left_out", names=["a.ipynb", "b.ipynb"])]


def test_links_pipes_folders_and_nothing_are_refused(tmp_path):
    real = tiny.write(tmp_path, "ann", RIGHT)
    link = tmp_path / "submitted" / "bob" / "tiny"
    link.mkdir(parents=True)
    (link / "tiny.ipynb").symlink_to(real)
    with pytest.raises(Refused, match="tiny.ipynb is a link"):
        admit_folder(link, "tiny.ipynb", RELEASED)
    (tmp_path / "whole").symlink_to(real.parent)
    with pytest.raises(Refused, match="whole is a link"):
        admit_folder(tmp_path / "whole", "tiny.ipynb", RELEASED)
    (tmp_path / "submitted" / "eve").symlink_to(real.parent.parent)
    with pytest.raises(Refused, match="eve is a link"):
        admit_folder(tmp_path / "submitted" / "eve" / "tiny", "tiny.ipynb", RELEASED)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "more").symlink_to(real.parent)
    with pytest.raises(Refused, match="more is a link"):
        admit_folder(tmp_path / "inner", "tiny.ipynb", RELEASED)
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "tiny.ipynb")
    with pytest.raises(Refused, match="tiny.ipynb cannot be read as a file"):
        admit_folder(tmp_path / "pipe", "tiny.ipynb", RELEASED)
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match="The folder is empty"):
        admit_folder(tmp_path / "empty", "tiny.ipynb", RELEASED)
    for path in (tmp_path / "nowhere", real):
        with pytest.raises(Refused, match="cannot be read"):
            admit_folder(path, "tiny.ipynb", RELEASED)


def test_a_refusal_survives_the_trip_between_processes():
    import pickle

    before = Refused("empty_file")
    assert pickle.loads(pickle.dumps(before)).reason == before.reason


def test_names_in_notes_are_short_and_plain():
    assert short("a\x1b[31m<b>\n" + "x" * 90, 12) == "a?［31m＜b＞?x…"
    assert len(short("x" * 90)) == 40 and "\x1b" not in short("\x1b[31m")
    assert listing([str(i) for i in range(9)]) == "0, 1, 2, 3, 4, 5 (+3)"


def test_names_that_a_stub_defines():
    assert defined_names("def f(x):\n    y = 1\nasync def g(): pass\nclass C: pass\na = 1\nb: int = 2\nc == 3") == {
        "f",
        "g",
        "C",
        "a",
        "b",
    }


# Nothing but Refused, whatever comes

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = [
    "cells",
    "cell_type",
    "source",
    "id",
    "metadata",
    "nbgrader",
    "grade_id",
    "attachments",
    "tags",
    "descent",
    "lang",
    "kernelspec",
    "nbformat",
    "nbformat_minor",
    "outputs",
]


@quick
@given(st.binary(max_size=200))
def test_any_bytes_are_admitted_or_refused(data):
    try:
        admitted(data)
    except Refused:
        pass


@quick
@given(st.data())
def test_any_mutated_notebook_is_admitted_or_refused(data):
    nb = json.loads(json.dumps(RIGHT))
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(
            st.sampled_from([nb, nb["metadata"], *[c for c in nb["cells"] if isinstance(c, dict)]])
            if isinstance(nb.get("cells"), list) and isinstance(nb.get("metadata"), dict)
            else st.just(nb)
        )
        where[data.draw(st.sampled_from(KEYS))] = data.draw(junk)
    try:
        result = admitted(nb)
    except Refused:
        return
    assert [i for i in ids(result) if not i.startswith("own-")] == IDS
    assert "secret-of" not in nbformat.writes(result.nb)


@quick
@given(st.lists(st.sampled_from(range(len(IDS))), max_size=20), st.booleans())
def test_any_selection_and_order_of_cells_gives_the_course_back(chosen, bare):
    nb = deepcopy(RIGHT)
    nb.cells = [deepcopy(nb.cells[i]) for i in chosen]
    nb = tiny.strip_names(nb) if bare else nb
    try:
        result = admitted(nb)
    except Refused:
        assert not {IDS[i] for i in chosen} & {"double", "square", "test_double", "test_square"}
        return
    assert [i for i in ids(result) if not i.startswith("own-")] == IDS
