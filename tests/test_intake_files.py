"""Which file of a submission is graded: any one that holds the notebook, read within limits, whatever it is called."""

import base64
import io
import json
import os
import tracemalloc
import zipfile
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import nbformat
import pytest
import tiny_course as tiny
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.grading.limits import settings_from
from autograder.intake import admit, masters, parcel, picture_names
from autograder.intake.admit import admit_folder
from autograder.intake.folder import fingerprint
from autograder.intake.limits import IntakeLimits
from autograder.intake.notes import note
from autograder.intake.refused import TEXTS, Refused
from autograder.intake.submitted import parse

RELEASED = {lang: masters.make(tiny.solution(lang), tiny.released(lang)).released for lang in tiny.TEXT}
RIGHT = tiny.answered(**tiny.RIGHT)
TEXT = json.dumps(RIGHT)
DATA = TEXT.encode()
BLANK = json.dumps(tiny.released()).encode()


def hand_in(tmp_path, **files):
    """submitted/ann/tiny with these files (path: bytes), "/" written as "__"."""
    folder = tmp_path / "submitted" / "ann" / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def graded(folder, limits=IntakeLimits()):
    """The admitted submission, which must be the worked one. A cluster's worker gets the same."""
    result = admit_folder(folder, "tiny.ipynb", RELEASED, limits)
    assert tiny.find(result.nb, "double").source == tiny.RIGHT["double"]
    with parcel.unpacked(parcel.pack(folder, limits), "tiny") as copy:
        assert admit_folder(copy, "tiny.ipynb", RELEASED, limits) == result
    return result.notes


def refused(folder, limits=IntakeLimits()):
    with pytest.raises(Refused) as caught:
        admit_folder(folder, "tiny.ipynb", RELEASED, limits)
    with parcel.unpacked(parcel.pack(folder, limits), "tiny") as copy, pytest.raises(Refused) as there:
        admit_folder(copy, "tiny.ipynb", RELEASED, limits)
    assert there.value.reason == caught.value.reason
    assert set(caught.value.reason) == {"en", "zh"}
    return caught.value


def of_chapter(name, nb):
    nb = deepcopy(nb)
    nb.metadata.descent.update(chapter=name, hash="of the other chapter")
    return json.dumps(nb).encode()


def test_the_notebook_of_another_chapter_is_called_that(tmp_path):
    """Two chapters may have a cell of one name; that is no reason to speak of another release and to give points for it."""
    blank = deepcopy(tiny.released())
    tiny.find(blank, "double").id = "prediction_double"
    master = {"en": blank}
    mine = tiny.answered(**tiny.RIGHT)
    mine.cells = [cell for cell in mine.cells if cell.id in ("double", "test_double")]
    mine.cells[0].id = "prediction_double"
    folder = hand_in(tmp_path, **{"tiny.ipynb": of_chapter("02_difficulty", mine)})
    with pytest.raises(Refused, match="This is the notebook of 02_difficulty, not the one of this assignment"):
        admit_folder(folder, "tiny.ipynb", master)
    assert (
        refused(hand_in(tmp_path, **{"tiny.ipynb": of_chapter("02_difficulty", tiny.released())})).code
        == "other_chapter"
    )


def test_answers_in_the_notebook_of_another_chapter_count(tmp_path):
    mine = tiny.answered(**tiny.RIGHT)
    mine.cells = [cell for cell in mine.cells if cell.id != "why"]
    notes = graded(hand_in(tmp_path, **{"tiny.ipynb": of_chapter("02_difficulty", mine)}))
    assert notes[0] == note("other_chapter", chapter="02_difficulty", expected="tiny")
    assert not any("release" in told["en"] or "deleted" in told["en"] for told in notes)


def zipped(files, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "tiny.ipynb.txt",
        "tiny.IPYNB",
        "tiny.ipynb.json",
        "tiny",
        "作业 1.ipynb",
        "tiny.ipynb(1)",
        "tiny (1).ipynb.download",
        "tiny.txt",
        ".ipynb",
        "a/b/tiny.ipynb",
        "tiny.ipynb/tiny.ipynb",
    ],
)
def test_a_notebook_under_any_name_is_graded(tmp_path, name):
    assert graded(hand_in(tmp_path, **{name: DATA})) == [note("renamed", name=name, expected="tiny.ipynb")]


@pytest.mark.parametrize("name", ["tiny.zip", "tiny.ipynb", "everything"])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_notebook_in_an_archive_is_graded(tmp_path, name, compression):
    inner = {
        "__MACOSX/._tiny.ipynb": b"\0\5\x16\7",
        "homework/tiny.ipynb": DATA,
        "homework/.ipynb_checkpoints/tiny.ipynb": BLANK,
    }
    notes = graded(hand_in(tmp_path, **{name: zipped(inner, compression=compression)}))
    assert notes == [note("renamed", name=f"{name}/homework/tiny.ipynb", expected="tiny.ipynb")]


def test_an_archive_in_an_archive_is_unpacked(tmp_path):
    graded(hand_in(tmp_path, **{"all.zip": zipped({"tiny.zip": zipped({"tiny.ipynb": DATA})})}))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"])
def test_encodings(tmp_path, encoding):
    nb = deepcopy(RIGHT)
    tiny.find(nb, "why").source = "因为二乘二等于四。"
    data = json.dumps(nb, ensure_ascii=False).encode(encoding)
    notes = graded(hand_in(tmp_path, **{"tiny.ipynb": data}))
    assert len(notes) == (encoding != "utf-8-sig")
    result = admit_folder(tmp_path / "submitted" / "ann" / "tiny", "tiny.ipynb", RELEASED)
    assert tiny.find(result.nb, "why").source == "因为二乘二等于四。"


def test_a_western_code_page(tmp_path):
    data = TEXT.replace("Because", "Parce qu'a priori, né à 20 €,").encode("cp1252")
    assert graded(hand_in(tmp_path, **{"tiny.ipynb": data})) == [note("encoding", encoding="CP1252")]


# Several files


def test_identical_copies_are_one(tmp_path):
    notes = graded(hand_in(tmp_path, **{"tiny (1).ipynb": DATA, "tiny (2).ipynb": DATA}))
    assert notes == [
        note("renamed", name="tiny (1).ipynb", expected="tiny.ipynb"),
        note("others_left_out", names=["tiny (2).ipynb"]),
    ]


def test_copies_that_differ_in_outputs_only_are_one(tmp_path):
    nb = deepcopy(RIGHT)
    tiny.find(nb, "provided").outputs = [new_output("stream", text="10")]
    graded(hand_in(tmp_path, **{"a.ipynb": DATA, "b.ipynb": json.dumps(nb).encode()}))


@pytest.mark.parametrize("worked", ["tiny (1).ipynb", "old/tiny.ipynb", "tiny.ipynb.txt", "mine.zip"])
def test_the_worked_copy_counts_and_not_the_blank_original(tmp_path, worked):
    data = zipped({"x.ipynb": DATA}) if worked.endswith("zip") else DATA
    notes = graded(hand_in(tmp_path, **{"tiny.ipynb": BLANK, worked: data}))
    assert note("blank_left_out", name="tiny.ipynb") in notes


def test_a_stub_of_another_release_is_blank_too(tmp_path):
    nb = tiny.released()
    tiny.find(
        nb, "double"
    ).source = 'def double(x):\n    """Twice x."""\n    raise NotImplementedError("double: not yet")'
    graded(hand_in(tmp_path, **{"tiny.ipynb": json.dumps(nb).encode(), "tiny-Copy1.ipynb": DATA}))


def test_of_an_early_and_a_late_version_the_one_with_all_answers_counts(tmp_path):
    early = tiny.answered(double=tiny.RIGHT["double"])
    graded(hand_in(tmp_path, **{"v1.ipynb": json.dumps(early).encode(), "v2.ipynb": DATA}))


def test_different_answers_in_two_files_are_for_a_person(tmp_path):
    other = json.dumps(tiny.answered(double="def double(x):\n    return 7")).encode()
    error = refused(hand_in(tmp_path, **{"a.ipynb": DATA, "b.ipynb": other}))
    assert "a.ipynb, b.ipynb" in error.reason["en"]
    assert graded(hand_in(tmp_path, **{"tiny.ipynb": DATA})) == [note("others_left_out", names=["a.ipynb", "b.ipynb"])]


def test_an_older_copy_of_jupyterlabs_counts_when_it_is_all_there_is(tmp_path):
    name = ".ipynb_checkpoints/tiny-checkpoint.ipynb"
    assert graded(hand_in(tmp_path, **{name: DATA})) == [note("renamed", name=name, expected="tiny.ipynb")]
    other = json.dumps(tiny.answered(double="def double(x):\n    return 7")).encode()
    hand_in(tmp_path, **{name: other, "tiny (2).ipynb": DATA})
    assert graded(tmp_path / "submitted" / "ann" / "tiny") == [
        note("renamed", name="tiny (2).ipynb", expected="tiny.ipynb")
    ]


def test_an_archive_that_is_too_big(tmp_path):
    data = zipped({"x.csv": os.urandom(50_000), "tiny.ipynb": DATA})
    assert (
        "too big to be unpacked"
        in refused(hand_in(tmp_path, **{"a.zip": data}), IntakeLimits(submission_bytes=40_000)).reason["en"]
    )


def test_the_notebook_of_another_chapter_beside_it_does_not_matter(tmp_path):
    other = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [new_code_cell("x = 1")]}).encode()
    graded(hand_in(tmp_path, **{"other.ipynb": other, "mine.ipynb": DATA, "broken.ipynb": b"{", "empty.ipynb": b""}))


# What is refused, and what the sentence says


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("tiny.pdf", b"%PDF-1.7 ...", "tiny.pdf is a PDF document"),
        ("tiny.ipynb", b"%PDF-1.7 ...", "tiny.ipynb is a PDF document"),
        ("tiny.ipynb", b"\x89PNG\r\n\x1a\n", "a picture"),
        ("tiny.html", b"\n<!DOCTYPE html><html>", "a web page"),
        ("tiny.ipynb", b"<html><body>Sign in</body></html>", "a web page"),
        ("tiny.rar", b"Rar!\x1a\7\0", "a RAR archive"),
        ("tiny.py", b"def double(x): return x + x", "a Python script"),
        ("tiny.docx", zipped({"word/document.xml": b"<x/>"}), "word/document.xml"),
        ("tiny.ipynb", b"", "empty (0 bytes)"),
        ("tiny.ipynb", DATA[:-100], "not valid JSON (line 1"),
        ("package.json", b"{}", "nbformat is missing"),
        ("tiny.zip", b"PK\3\4" + b"x" * 100, "an archive that cannot be unpacked"),
    ],
)
def test_the_sentence_says_what_the_file_is(tmp_path, name, data, words):
    assert words in refused(hand_in(tmp_path, **{name: data})).reason["en"]


def test_an_archive_with_a_password(tmp_path):
    data = bytearray(zipped({"tiny.ipynb": DATA}))
    for magic, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(magic) + offset] |= 1
    assert refused(hand_in(tmp_path, **{"tiny.zip": bytes(data)})).code == "password"


def test_every_reason_has_both_languages():
    for english, chinese in TEXTS.values():
        assert english and chinese and not english.isascii() == chinese.isascii()


# Links


@pytest.mark.parametrize("where", ["student", "assignment", "file", "inner folder"])
def test_no_link_is_followed(tmp_path, where):
    real = hand_in(tmp_path / "elsewhere", **{"tiny.ipynb": DATA})
    folder = tmp_path / "submitted" / "eve" / "tiny"
    if where == "student":
        folder.parent.parent.mkdir(parents=True)
        folder.parent.symlink_to(real.parent)
    elif where == "assignment":
        folder.parent.mkdir(parents=True)
        folder.symlink_to(real)
    else:
        folder.mkdir(parents=True)
        (folder / "tiny.ipynb" if where == "file" else folder / "sub").symlink_to(
            real / "tiny.ipynb" if where == "file" else real
        )
    with pytest.raises(Refused, match="is a link"):
        admit_folder(folder, "tiny.ipynb", RELEASED)
    assert "nowhere" not in fingerprint(folder)


# Sizes and time


def big_outputs(megabytes):
    line = json.dumps('0.123456789 \\ " { [ ] } \n') + ","
    output = (
        '{"name": "stdout", "output_type": "stream", "text": [' + line * (megabytes * 1_000_000 // len(line)) + '""]}'
    )
    assert '"outputs": []' in TEXT
    return TEXT.replace('"outputs": []', f'"outputs": [{output}]', 1).encode()


def test_outputs_of_any_size_and_content_are_skipped(tmp_path):
    data = big_outputs(21)
    assert len(data) > 20_900_000
    damaged = data.replace(b"0.123456789", b"\xff\xfe\x80 invalid", 1000)
    for content in (data, damaged):
        result = admit_folder(hand_in(tmp_path, **{"tiny.ipynb": content}), "tiny.ipynb", RELEASED)
        assert result.notes == [] and tiny.find(result.nb, "double").source == tiny.RIGHT["double"]


def test_memory_stays_near_the_file_size():
    data = big_outputs(2)
    tracemalloc.start()
    try:
        parse(data)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(data)
    finally:
        tracemalloc.stop()


HOSTILE = {
    "millions of empty cells": b'{"nbformat": 4, "cells": [' + b"{}," * 6_600_000 + b"{}]}",
    "millions of damaged cells": b'{"nbformat": 4, "cells": [' + b"1," * 9_000_000 + b"1]}",
    "deep": b'{"nbformat": 4, "cells": ' + b"[" * 20_000_000,
    "deep metadata": b'{"nbformat": 4, "metadata": ' + b"[" * 2_000_000 + b"]" * 2_000_000 + b', "cells": []}',
    "brackets in outputs": b'{"nbformat": 4, "cells": [{"outputs": [' + b"[]," * 6_000_000 + b"[]]}]}",
    "wide metadata": b'{"nbformat": 4, "metadata": {' + b'"":0,' * 4_000_000 + b'"a": 0}, "cells": []}',
    "a source of many lines": b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": ['
    + b'"",' * 6_000_000
    + b'""]}]}',
    "quotes": b'{"nbformat": 4, "cells": [' + b'"' * 20_000_000,
    "spaces": b'{"nbformat": 4,' + b" " * 20_000_000,
    "backslashes": b'{"nbformat": 4, "x": "' + b"\\" * 20_000_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_no_file_takes_long(tmp_path, what):
    folder = hand_in(tmp_path, **{"tiny.ipynb": HOSTILE[what]})
    with pytest.raises(Refused) as caught:
        admit_folder(folder, "tiny.ipynb", RELEASED, IntakeLimits(intake_seconds=15))
    assert caught.value.code != "too_slow"


MANY = b'"a":1,' * 300_000
LONG = {  # without a look at the clock each of them is refused for another reason, after minutes where it is 100 MB long
    "members": b'{"cells": [], ' + MANY + b'"a": 1}',
    "elements": b'{"nbformat": 3, "worksheets": [' + b"1," * 300_000 + b"1]}",
    "members of a cell": b'{"cells": [{' + MANY + b'"a": 1}]}',
    "members of a worksheet": b'{"nbformat": 3, "worksheets": [{' + MANY + b'"a": 1}]}',
}


@pytest.mark.parametrize("what", LONG)
def test_the_time_is_looked_at_within_one_file_also_where_no_signal_arrives(tmp_path, what):
    folder = hand_in(tmp_path, **{"tiny.ipynb": LONG[what]})
    limits = IntakeLimits(intake_seconds=0.1, output_parts=1000)  # so that it is not decoded as a whole
    with ThreadPoolExecutor(1) as pool, pytest.raises(Refused) as caught:
        pool.submit(admit_folder, folder, "tiny.ipynb", RELEASED, limits).result()
    assert caught.value.code == "too_slow"


def test_one_long_step_of_reading_is_ended_too(tmp_path, monkeypatch):
    monkeypatch.setattr(admit, "choose", lambda *_: [None for _ in iter(int, 1)])
    with pytest.raises(Refused) as caught:
        admit_folder(
            hand_in(tmp_path, **{"tiny.ipynb": DATA}), "tiny.ipynb", RELEASED, IntakeLimits(intake_seconds=0.2)
        )
    assert caught.value.code == "too_slow"


def test_a_name_that_no_text_can_refer_to_is_not_normalized(tmp_path, monkeypatch):
    """Normalizing 200,000 combining characters takes 40 s, in which no signal arrives."""
    lengths = []
    monkeypatch.setattr(picture_names, "normalize", lambda form, text: lengths.append(len(text)) or text)
    nb = deepcopy(RIGHT)
    long = "a" + "\u0307\u0323" * 100_000
    nb.cells.append(new_markdown_cell("![](attachment:a.png)", attachments={long: {}, "a.png": {}}))
    admit_folder(hand_in(tmp_path, **{"tiny.ipynb": json.dumps(nb).encode()}), "tiny.ipynb", RELEASED)
    assert 0 < max(lengths) < 1000


def test_a_notebook_of_many_megabytes_of_outputs_with_pictures_and_own_cells_is_far_from_the_limit(tmp_path):
    """An honest one: 60 MB, all limits as they are."""
    nb = deepcopy(RIGHT)
    picture = {"image/png": base64.b64encode(os.urandom(1_000_000)).decode()}
    for number in range(40):
        output = {"output_type": "display_data", "metadata": {}, "data": picture}
        nb.cells.append(new_code_cell(f"plot({number})", outputs=[nbformat.from_dict(output)]))
        nb.cells.append(new_markdown_cell(f"My note {number}"))
    attached = {
        f"{k}.png": {"image/png": base64.b64encode(b"\x89PNG\r\n\x1a\n" + os.urandom(500_000)).decode()}
        for k in range(9)
    }
    nb.cells.append(new_markdown_cell("".join(f"![](attachment:{k}.png)" for k in range(9)), attachments=attached))
    folder = hand_in(tmp_path, **{"tiny.ipynb": json.dumps(nb).encode()})
    result = admit_folder(
        folder, "tiny.ipynb", RELEASED, IntakeLimits(intake_seconds=IntakeLimits().intake_seconds / 2)
    )
    assert len(result.nb.cells[-1].attachments) == 9 and result.notes == []


def test_own_cells_full_of_text_take_no_time(tmp_path):
    nb = deepcopy(RIGHT)
    for text in ("x" * 190_000, "a = 1\n" * 30_000, "def f(" * 30_000, "![" * 90_000 + "attachment:", 'f"{' * 60_000):
        nb.cells += [new_code_cell(text) for _ in range(19)]
        nb.cells += [{"cell_type": "markdown", "metadata": {}, "id": "x", "source": text}]
    missing = [cell for cell in nb.cells if cell.get("id") not in ("double", "square", "why")]
    folder = hand_in(tmp_path, **{"tiny.ipynb": json.dumps({**nb, "cells": missing}).encode()})
    notes = admit_folder(folder, "tiny.ipynb", RELEASED, IntakeLimits(intake_seconds=15)).notes
    assert any("more than 2000000 characters" in found["en"] for found in notes)


def test_a_cell_too_long_is_cut_and_the_rest_graded(tmp_path):
    nb = deepcopy(RIGHT)
    nb.cells.append(new_code_cell("data = [\n" + "1,\n" * 100_000))
    notes = graded(hand_in(tmp_path, **{"tiny.ipynb": json.dumps(nb).encode()}))
    assert len(notes) == 1 and "200000 characters and was cut: data = ［" in notes[0]["en"]
    limits = IntakeLimits.of({"cell_characters": 20.0, "cell_seconds": 5})
    assert limits.cell_characters == 20
    result = admit_folder(tmp_path / "submitted" / "ann" / "tiny", "tiny.ipynb", RELEASED, limits)
    assert tiny.find(result.nb, "double").source == "def double(x):\n"


def bomb(size):
    return zipped({"tiny.ipynb": b"{" + b" " * size}, compression=zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize(
    "files",
    [
        {"tiny.zip": bomb(300_000_000)},
        {f"{k}.zip": bomb(60_000_000) for k in range(9)},
        {"tiny.zip": zipped({f"{k}.ipynb": b"{}" for k in range(5000)})},
    ],
)
def test_archives_that_unpack_to_too_much(tmp_path, files):
    folder = hand_in(tmp_path, **files)
    with pytest.raises(Refused):
        admit_folder(folder, "tiny.ipynb", RELEASED, IntakeLimits(submission_bytes=10_000_000, intake_seconds=10))


def test_names_in_an_archive_lead_nowhere(tmp_path):
    data = zipped({"../../../out.ipynb": DATA, "/etc/tiny.ipynb": BLANK})
    graded(hand_in(tmp_path, **{"tiny.zip": data}))
    assert not list(tmp_path.rglob("out.ipynb"))


def test_a_huge_sparse_file_and_thousands_of_files_do_not_matter(tmp_path):
    folder = hand_in(tmp_path, **{"tiny.ipynb": DATA})
    for name in ("timestamp.txt", "data.bin", "copy.ipynb"):
        with open(folder / name, "wb") as file:
            file.write(b"{" if name == "copy.ipynb" else b"x")
            file.truncate(3_000_000_000)
    for k in range(600):
        (folder / f"a{k}.png").touch()
    assert len(fingerprint(folder)) == 64
    notes = admit_folder(folder, "tiny.ipynb", RELEASED, IntakeLimits(intake_seconds=5)).notes
    assert len(notes) == 1 and "Left out: a0.png, a1.png" in notes[0]["en"]


def test_a_change_of_what_is_read_is_another_submission(tmp_path):
    folder = hand_in(
        tmp_path, **{"tiny.ipynb.txt": DATA, "x/y.zip": zipped({"a": b"1"}), "z.png": b"\x89PNG" + b"x" * 999}
    )
    seen = {fingerprint(folder)}
    (folder / "timestamp.txt").write_text("2026-01-01")
    assert fingerprint(folder) in seen
    for name in ("tiny.ipynb.txt", "x/y.zip"):
        path = folder / name
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        seen.add(fingerprint(folder))
    os.rename(folder / "z.png", folder / "w.png")
    assert len(seen | {fingerprint(folder)}) == 4


def test_a_class_sets_these_limits_with_the_others():
    names = {"submission_cells": 12, "cell_seconds": 5}
    assert settings_from(names).cell_seconds == 5 and IntakeLimits.of(names).submission_cells == 12
    with pytest.raises(ValueError, match="did you mean submission_cells"):
        settings_from({"submission_cell": 12})


def test_a_file_that_is_too_big_is_not_called_empty(tmp_path):
    folder = hand_in(tmp_path, **{"tiny.ipynb": b""})
    os.truncate(folder / "tiny.ipynb", 200_000_000)
    with pytest.raises(Refused, match="too big: 200000000 bytes, the limit is 100000000"):
        admit_folder(folder, "tiny.ipynb", RELEASED)
