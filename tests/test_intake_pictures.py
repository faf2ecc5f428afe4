"""Pictures in a student's text: a page can always be drawn, and a sentence stands where a picture is missing."""

import base64
import io
import json
from copy import deepcopy
from urllib.parse import quote

import pytest
import tiny_course as tiny
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell
from PIL import Image

from autograder.intake import masters
from autograder.intake.admit import rebuild
from autograder.intake.limits import IntakeLimits
from autograder.intake.notes import note
from autograder.intake.submitted import parse

RELEASED = {lang: masters.make(tiny.solution(lang), tiny.released(lang)).released for lang in tiny.TEXT}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def drawn(size, kind="PNG", color="red", noise=False, **options):
    picture = Image.effect_noise(size, 90).convert("RGB") if noise else Image.new("RGB", size, color)
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def text_of(data):
    return base64.b64encode(data).decode()


def essay(source, attachments=(), lang="en", limits=IntakeLimits()):
    """The essay's cell after admission, and the notes. A page can be drawn of it."""
    nb = tiny.answered(lang, **{**tiny.RIGHT, "why": source})
    if attachments:
        tiny.find(nb, "why").attachments = dict(attachments)
    result = rebuild(parse(json.dumps(nb).encode(), limits), RELEASED, limits)
    HTMLExporter().from_notebook_node(result.nb)
    return tiny.find(result.nb, "why"), result.notes


NAMES = [
    "草图.png",
    "my sketch.png",
    "a (1).png",
    "a%20b.png",
    "résumé.png",
    "a&b.png",
    "it's.png",
    "x" * 300 + ".png",
    "a+b.png",
    "100%.png",
    "picture-2",
    "a,b;c.png",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "write", [str, quote, lambda name: quote(name, safe="()!'*~;,/?:@&=+$#"), lambda name: f"<{name}>"]
)
def test_a_picture_of_any_name_is_shown(name, write):
    target = write(name)
    source = f"See ![x](<attachment:{target[1:]})." if target.startswith("<") else f"See ![x](attachment:{target})."
    cell, notes = essay(source, {name: {"image/png": PNG}})
    assert cell.source == "See ![x](attachment:picture-1)." and notes == []
    assert cell.attachments == {"picture-1": {"image/png": PNG}}


@pytest.mark.parametrize(
    "source",
    [
        "![x](attachment:草图.png)",
        '![x](attachment:a.png "title")',
        "![](<attachment:a b.png>)",
        "![x](attachment:a.png) twice ![x](attachment:a.png)",
        '<img src="attachment:a.png" width="300"/>',
        "<img alt='x' src='attachment:a.png'>",
        "![x][1]\n\n[1]: attachment:a.png",
        "[link](attachment:a.png)",
        "![a ![b](attachment:a.png)](attachment:c.png)",
        "`attachment:a.png`",
        "![x](attachment:)",
        "attachment:",
        "![x](ATTACHMENT:a.png)",
        "![x](attachment:a(b(c.png)",
        "![x](attachment&#58;a.png)",
        "![x](attachment\\:a.png)",
        "![x](attach&#109;ent:a.png)",
        "![x](attachment: )",
        '![x](attachment: "t")',
        "[1]: attachment:\n\n![x][1]",
        "![x](<attachment:>)",
        "![x](\nattachment:\n)",
        "[1]:\nattachment:\n\n![x][1]",
        "[1]: <attachment:>\n\n![x][1]",
        "![x](attachment&colon;a.png)",
        "![x](attach&#x6D;ent&#058;a.png)",
    ],
)
def test_a_page_is_drawn_when_pictures_are_missing(source):
    cell, notes = essay(source)
    assert "attachments" not in cell or not cell.attachments


def test_a_sentence_stands_where_a_picture_is_missing():
    cell, notes = essay('One ![x](attachment:a_b.png) two <img src="attachment:%E8%8D%89.png"> three')
    assert cell.source == (
        "One (The picture a\\_b.png is missing: it was not saved with the notebook.) two (The picture 草.png is "
        "missing: it was not saved with the notebook.) three"
    )
    assert notes == [note("pictures_missing", names=["a_b.png", "草.png"])]
    assert "缺少图片 a.png" in essay("![x](attachment:a.png)", lang="zh")[0].source


def test_two_ways_to_show_one_picture():
    cell, notes = essay(
        "![x](attachment:a.png)\n<img width=3 src='attachment:a.png'>\n![y][1]\n\n[1]: attachment:a.png",
        {"a.png": {"image/png": PNG}},
    )
    assert cell.source.count("attachment:picture-1") == 3 and notes == []


@pytest.mark.parametrize("kind", ["WEBP", "BMP"])
def test_other_formats_are_converted(kind):
    cell, notes = essay("![x](attachment:a)", {"a": {f"image/{kind.lower()}": text_of(drawn((40, 30), kind))}})
    data = base64.b64decode(cell.attachments["picture-1"]["image/jpeg"])
    assert Image.open(io.BytesIO(data)).size == (40, 30) and notes == []


def test_the_bytes_tell_the_format_and_not_the_label():
    cell, _ = essay("![x](attachment:a)", {"a": {"image/png": text_of(drawn((4, 3), "JPEG"))}})
    assert set(cell.attachments["picture-1"]) == {"image/jpeg"}


@pytest.mark.parametrize(
    "data, why",
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG is not supported"),
        (b"\x89PNG\r\n\x1a", "damaged"),
        (b"hello", "damaged"),
    ],
)
@pytest.mark.parametrize("mime", ["image/svg+xml", "image/png"])
def test_what_cannot_be_shown_gets_a_sentence(data, why, mime):
    cell, notes = essay("Here: ![x](attachment:x.svg)!", {"x.svg": {mime: text_of(data)}})
    if data != b"hello" or mime == "image/png":
        assert cell.source.startswith("Here: (The picture x.svg cannot be shown: ") and cell.source.endswith(".)!")
        assert why in cell.source or mime == "image/svg+xml"
    assert notes == [note("pictures_left_out", names=["x.svg"])] and "attachments" not in cell


@pytest.mark.parametrize(
    "bundle", [3, None, [], {}, {"image/png": 4}, {"image/png": "%%%"}, {"image/png": [1]}, {"": ""}]
)
def test_damaged_attachments(bundle):
    cell, notes = essay("![x](attachment:a.png)", {"a.png": bundle})
    assert notes == [note("pictures_left_out", names=["a.png"])] and "attachments" not in cell


def test_a_photo_that_is_too_large_is_scaled_down():
    photo = drawn(
        (3000, 4000),
        "JPEG",
        noise=True,
        quality=95,
        exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
    )
    assert len(photo) > 2_000_000
    cell, notes = essay("![x](attachment:a.jpg)", {"a.jpg": {"image/jpeg": text_of(photo)}})
    data = base64.b64decode(cell.attachments["picture-1"]["image/jpeg"])
    width, height = Image.open(io.BytesIO(data)).size
    assert len(data) <= 2_000_000 and max(width, height) <= 1600 and width > height  # the camera lay on its side
    assert notes == [note("pictures_scaled", names=["a.jpg"])]


def test_a_large_png_and_limits_of_the_class():
    data = drawn((900, 900), noise=True)
    limits = IntakeLimits(picture_bytes=60_000)
    cell, notes = essay("![x](attachment:a)", {"a": {"image/png": text_of(data)}}, limits=limits)
    assert len(base64.b64decode(cell.attachments["picture-1"]["image/jpeg"])) <= 60_000
    assert notes == [note("pictures_scaled", names=["a"])]


def test_a_picture_bomb_is_not_unpacked():
    bomb = drawn((9000, 9000), color=0)
    limits = IntakeLimits(picture_bytes=1000)
    cell, notes = essay("![x](attachment:a)", {"a": {"image/png": text_of(bomb)}}, limits=limits)
    assert "it is too large" in cell.source and notes == [note("pictures_left_out", names=["a"])]


def test_too_many_pictures():
    names = [f"{k}.png" for k in range(1, 5)]
    source = " ".join(f"![x](attachment:{name})" for name in names)
    cell, notes = essay(source, {name: {"image/png": PNG} for name in names}, limits=IntakeLimits(pictures=3))
    assert (
        len(cell.attachments) == 3
        and "(The picture 4.png cannot be shown: there are too many pictures.)" in cell.source
    )


# Pictures in the text


@pytest.mark.parametrize(
    "source",
    [
        "![p](data:image/png;base64,{})",
        '<img src="data:image/png;base64,{}" width=9>',
        "![p](data:image/png;charset=utf-8;base64,{})",
        "![p][1]\n\n[1]: data:image/png;base64,{}",
    ],
)
def test_a_picture_in_the_text_becomes_an_attachment(source):
    cell, notes = essay("Before. " + source.format(PNG) + " After.")
    assert cell.attachments == {"picture-1": {"image/png": PNG}} and notes == []
    assert "Before." in cell.source and "After." in cell.source and "base64" not in cell.source


def test_only_a_broken_picture_is_cut_out_of_the_text():
    data = text_of(bytes(range(256)) * 2000)
    cell, notes = essay(f"Before. ![p](data:image/png;base64,{data}) After.")
    assert len(data) > 500_000 and cell.source.startswith(
        "Before. (The picture inline-1 cannot be shown: it is damaged"
    )
    assert cell.source.endswith(".) After.") and notes == [note("pictures_left_out", names=["inline-1"])]


def test_a_large_picture_in_the_text_is_scaled_down_and_the_cell_not_cut():
    data = text_of(drawn((1500, 1500), noise=True))
    cell, notes = essay(f"Before. ![p](data:image/png;base64,{data}) After.")
    assert "image/jpeg" in cell.attachments["picture-1"] and cell.source.endswith(" After.")


def test_own_text_cells_and_code_cells():
    nb = tiny.answered(**tiny.RIGHT)
    picture = {"草.png": {"image/png": PNG}}
    nb.cells.append(new_markdown_cell("![x](attachment:草.png)", attachments=picture))
    nb.cells.append(new_code_cell("# ![x](attachment:b.png) data:image/png;base64,aGVsbG8="))
    result = rebuild(parse(json.dumps(nb).encode()), RELEASED)
    assert result.notes == [] and result.nb.cells[-2].attachments == {"picture-1": {"image/png": PNG}}
    assert result.nb.cells[-1].source == nb.cells[-1].source
    assert deepcopy(result.nb) == result.nb


@pytest.mark.parametrize(
    "text",
    [
        "![x](data:image/a;base64,x) ",
        "data:image/",
        "![x](attachment:a) ",
        "![",
        "<img src=",
        "attachment:",
        "&#97;ttachment&colon;",
        "[1]: attachment: ",
        "![x](attachment:((((",
        "\\:",
        "<img " + "x" * 900,
    ],
)
def test_no_text_takes_long(text):
    """20 MB in one cell, and ten cells of 190 kB. The limit counts processor time."""
    for source, cells in ((text * (20_000_000 // len(text)), 1), (text * (190_000 // len(text)), 10)):
        nb = tiny.answered(**tiny.RIGHT)
        nb.cells += [new_markdown_cell(source, attachments={"a": {"image/png": PNG}}) for _ in range(cells)]
        limits = IntakeLimits(intake_seconds=15)
        rebuild(parse(json.dumps(nb).encode()), RELEASED, limits)


def test_large_pictures_that_would_take_too_long_are_left_out_and_the_submission_is_graded():
    large, small = text_of(drawn((900, 900), "BMP")), PNG
    cell, notes = essay(
        "![a](attachment:a.bmp) ![b](attachment:b.bmp) ![c](attachment:c.png)",
        {"a.bmp": {"image/bmp": large}, "b.bmp": {"image/bmp": large}, "c.png": {"image/png": small}},
        limits=IntakeLimits(picture_seconds=1e-6),
    )
    assert list(cell.attachments.values()) == [{"image/png": small}]
    assert cell.source.count("took too long") == 2
    assert notes == [note("pictures_left_out", names=["a.bmp", "b.bmp"])]
