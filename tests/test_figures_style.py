"""The look of the figures: one colour per method, words that can be read, a font that has every character."""

import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from descent.figures import draw, labels, picture, style
from descent.figures.style import PALETTE, ROLES, SERIES, colour, colours, contrast, mix, readable, role

ROOT = Path(__file__).resolve().parent.parent
TOGETHER = [("batch", "minibatch", "sgd"), ("gd", "momentum", "nesterov"),
            ("gd", "momentum", "adagrad", "rmsprop", "adam"), ("gd", "adam", "adamw"),
            ("adam", "amsgrad"), ("gd", "newton"), ("train", "test"), ("train", "validation"),
            ("good", "bad")]  # fmt: skip


@pytest.fixture(autouse=True)
def no_figure_left():
    yield
    plt.close("all")


def fresh(code):
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/")
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_matplotlib_waits_for_the_first_figure():
    """What a set-up cell imports costs no second of Matplotlib's; the first figure has style and font all the same."""
    modules = [
        f"descent.{path.stem}" for path in sorted((ROOT / "src/descent").glob("*.py")) if path.stem != "__init__"
    ]
    modules += [f"descent.figures.{path.stem}" for path in sorted((ROOT / "src/descent/figures").glob("*.py"))]
    out = fresh(f"import sys, importlib\nfor m in {modules!r}: importlib.import_module(m.removesuffix('.__init__'))\n"
                "print([n for n in ('matplotlib', 'PIL', 'cycler') if n in sys.modules])\n"
                "from descent.plots import curves\nax = curves({'GD': [2, 1]})\n"
                "print(ax.lines[0].get_color(), ax.texts[0].get_fontfamily()[0])")  # fmt: skip
    assert out.splitlines() == ["[]", f"{colour('gd')} Descent Sans"]


@pytest.mark.parametrize("group", TOGETHER)
def test_what_is_compared_has_different_colours(group):
    assert len({colour(one) for one in group}) == len(group)


def lightness(what):
    """CIE L* of a colour: what is left of it in grey."""
    channels = style.rgb(colour(what))
    y = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    return 116 * np.cbrt(y) - 16


def test_the_palette_differs_in_lightness_too():
    values = [lightness(name) for name in ("plum", "blue", "red", "teal", "gold")]
    assert np.all(np.diff(values) >= 7) and values[0] < 30 and values[-1] > 70


@pytest.mark.parametrize("name", [*SERIES, "soft"])
def test_words_in_every_colour_can_be_read(name):
    assert contrast(readable(name), PALETTE["paper"]) >= 4.5
    assert readable("ink") == PALETTE["ink"] and contrast("#000000", "#ffffff") == pytest.approx(21)


def test_mix_goes_from_one_colour_to_the_other():
    assert mix("#000000", "#ffffff", 0.0) == "#000000" and mix("#000000", "#ffffff", 1.0) == "#ffffff"
    assert mix("#000000", "#ff8000", 0.5) == "#804000"


@pytest.mark.parametrize("label, expected", {
    "Adam": "adam", "AdamW, decay 0.1": "adamw", "adam 0.1": "adam", "momentum - GD": "momentum",
    "training, 30 % wrong": "train",
    "训练损失": "train", "动量法": "momentum", "小批量": "minibatch", "批量归一化": None, "batch norm": None, "lr 0.1": None,
    "good start": None, "gradient descent": "gd", "gradient norm": None, "testing": None}.items())  # fmt: skip
def test_a_label_names_a_role(label, expected):
    assert role(label) == expected


def test_a_method_has_its_colour_and_equal_ones_are_distinguished():
    assert colours(["Adam", "GD"]) == [colour("adam"), colour("gd")]
    assert colours(["momentum 0.5", "momentum 0.9"]) == [PALETTE["blue"], PALETTE["red"]]
    assert colours(["Adam, uncorrected", "Adam", "GD"])[1:] == [colour("adam"), colour("gd")]
    assert colours(["SGD", "Adam"]) == [colour("sgd"), PALETTE["blue"]]  # both red: the first one keeps it
    mixed = colours(["lr 1", "GD", "lr 2"])
    assert mixed[1] == colour("gd") and len(set(mixed)) == 3
    assert len(set(colours([f"thing {i}" for i in range(7)]))) == 7


def test_an_unknown_colour_is_named():
    with pytest.raises(ValueError, match="^colour = 'adma'"):
        colour("adma")
    assert colour("#123456") == "#123456" and set(ROLES.values()) <= set(PALETTE)


def test_a_missing_glyph_is_an_error_that_names_the_character():
    _, ax = draw.figure()
    ax.set_xlabel("一个龘字")
    with pytest.raises(ValueError, match="'龘' .U.9F98.*一个龘字"):
        picture.png(ax.figure)
    ax.set_xlabel("✓")  # DejaVu Sans helps out, but not beside mathematics
    picture.png(ax.figure)
    ax.set_xlabel("✓ $x$")
    with pytest.raises(ValueError, match="U.2713"):
        picture.png(ax.figure)


def test_the_font_has_every_character_of_the_course():
    style.pyplot()
    files = [*(ROOT / "solutions").glob("*.py"), *(ROOT / "src").rglob("*.py"), *(ROOT / "src").rglob("*.js")]
    used = set().union(
        *(re.findall(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", path.read_text("utf-8")) for path in files)
    )
    (known,) = picture.charmaps(True)
    assert {one for one in used if ord(one) not in known} == set()
    assert (ROOT / "src/descent/figures/fonts/OFL.txt").read_text("utf-8").count("Reserved Font Name") == 2


def test_chinese_beside_mathematics_is_drawn():
    with plt.rc_context():
        _, ax = draw.figure(height=2)
        draw.headline(ax, "动量换来更大的步长", "谱半径 $\\eta\\lambda$")
        assert picture.png(ax.figure)[1] == 700


def test_names_stand_where_lines_end_and_do_not_overlap():
    fig, ax = draw.figure()
    lines = [ax.plot([0, 1, 2], [1, value, value])[0] for value in (1.0, 1.01, 1.02, 9.0)]
    draw.end_labels(ax, {line: f"line {i}\ntwo rows" for i, line in enumerate(lines)})
    ax.set(xlim=(0, 1.5), ylim=(0, 5))  # afterwards: the last line leaves at the top, all of them on the right
    picture.png(fig)
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert np.allclose([text.xy for text in ax.texts], [(1.5, 1.0), (1.5, 1.01), (1.5, 1.02), (0.5, 5)])
    ax.set(xlim=(0, 2))
    picture.png(fig)
    assert ax.texts[0].xy == (2, 1.0) and [text.get_text()[:6] for text in ax.texts] == [f"line {i}" for i in range(4)]
    order = np.argsort([text.get_window_extent().y0 for text in ax.texts[:3]])
    assert order.tolist() == [0, 1, 2] and ax.texts[0].get_window_extent().x1 <= fig.bbox.width


def test_a_line_drawn_from_right_to_left_has_its_name_on_the_right():
    fig, ax = draw.figure()
    (line,) = ax.plot([3, 2, 1], [5, 6, 7])
    draw.end_labels(ax, {line: "back"})
    labels.settle(fig)
    assert ax.texts[0].xy == (3, 5)


def test_the_quantity_above_the_axis_is_not_cut_off():
    fig, ax = draw.figure()
    draw.quantity(ax, "训练损失 $\\frac{1}{2}$")
    fig.draw_without_rendering()
    assert ax.texts[0].get_window_extent().y1 <= fig.bbox.height


def test_a_region_has_its_name_over_its_visible_middle_on_any_axis():
    fig, ax = draw.figure()
    ax.set(xlim=(1, 1e4), xscale="log")
    draw.wash(ax, x=(1e2, 1e9), name="diverges")
    labels.settle(fig)
    assert ax.texts[0].get_position()[0] == pytest.approx(0.75)


def test_a_headline_breaks_where_it_must_and_the_plot_makes_room():
    fig, ax = draw.figure()
    draw.headline(ax, "short", "grey")
    fig.draw_without_rendering()
    one = ax.get_position().y1
    for text in ("a long headline " * 12, "很长的标题，分成几行。" * 8):
        fig, ax = draw.figure()
        draw.headline(fig, text, "grey $\\lambda$ " * 40)
        fig.draw_without_rendering()
        assert fig.texts[0].get_text().count("\n") >= 1 and fig.texts[1].get_text().count("\n") >= 1
        assert all(written.get_window_extent().x1 <= fig.bbox.width for written in fig.texts)
        assert ax.get_position().y1 < one - 0.05
        assert re.sub(r"\s", "", fig.texts[0].get_text()) == re.sub(r"\s", "", text)
        assert not any(line.startswith(("，", "。")) for line in fig.texts[0].get_text().splitlines())


def test_a_palette_never_swallows_the_colour_of_a_line():
    """A picture full of other colours is the hard case: there the PNG is saved without a palette."""
    from io import BytesIO

    from PIL import Image

    fig, ax = draw.figure()
    ax.imshow(np.random.default_rng(0).random((90, 200, 3)) * [1, 1, 0.05], extent=(0, 1, 0, 1), aspect="auto")
    ax.plot([0, 1], [0.4, 0.6], lw=0.5, color=colour("blue"))
    image = Image.open(BytesIO(picture.png(fig)[0]))
    near = np.abs(np.asarray(image.convert("RGB"), int) - 255 * style.rgb(colour("blue"))).max(axis=-1) < 10
    assert image.mode == "RGB" and near.sum() > 200
    fig, ax = draw.figure()
    ax.plot([0, 1], color=colour("gd"))
    assert Image.open(BytesIO(picture.png(fig)[0])).mode == "P"


def examples():
    """The indented blocks of docs/figures.md: imports first, then one figure each."""
    blocks, block = [], []
    for line in [*(ROOT / "docs" / "figures.md").read_text("utf-8").splitlines(), ""]:
        if line.startswith("    "):
            block.append(line[4:])
        elif block:
            blocks.append("\n".join(block))
            block = []
    return blocks


def test_the_examples_of_the_page_for_authors_run(capsys):
    imports, *figures = examples()
    names = {"np": np}
    exec(imports, names)
    for code in figures:
        exec(code, names)
    assert len(capsys.readouterr().out.splitlines()) == len(figures) == 6 and not plt.get_fignums()


def test_the_page_for_authors_lists_every_role():
    text = (ROOT / "docs" / "figures.md").read_text("utf-8").replace("\n", " ")
    (listed,) = re.findall(r"Colours: (.*?)Or by name", text)
    pairs = {
        (one, group.strip().split()[-1]) for group in re.split("[,;.]", listed) for one in re.findall("`(.*?)`", group)
    }
    assert pairs == set(ROLES.items())
