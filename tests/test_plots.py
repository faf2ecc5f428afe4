"""Figures that everyone can read: alt text is not optional, and colour is never the only difference."""

import base64
import io
import re
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PolyCollection
from PIL import Image

from descent import plots
from descent.figures import picture
from descent.figures.style import PALETTE, contrast, rgb
from descent.intervals import mean_interval
from descent.plots import (
    contour_with_paths,
    curves,
    figure_html,
    heat_map,
    histograms,
    paired,
    panels,
    png,
    show,
)

ALT = {"en": 'A line that "falls" < 1', "zh": "一条下降的线"}


@pytest.fixture(autouse=True)
def no_figure_left():
    yield
    plt.close("all")


def a_figure():
    return curves({"GD": [3, 2, 1]}).figure


def data_of(html):
    return base64.b64decode(re.search(r'src="data:image/png;base64,([^"]+)"', html)[1])


@pytest.mark.parametrize("alt", [None, "", " ", {"en": "A line"}, {"en": "A line", "zh": ""}])
def test_a_figure_without_alt_text_is_refused(alt):
    with pytest.raises(ValueError, match="^alt"):
        show(a_figure(), alt=alt)
    with pytest.raises(ValueError, match="^alt"):
        show(a_figure())


def test_html_carries_alt_and_caption_in_each_language():
    html = figure_html(a_figure(), alt=ALT, caption={"en": "It falls & falls.", "zh": "它一直下降。"})
    assert 'alt="A line that &quot;falls&quot; &lt; 1"' in html["en"]
    assert "<figcaption>It falls &amp; falls.</figcaption>" in html["en"]
    assert 'alt="一条下降的线"' in html["zh"] and "<figcaption>它一直下降。</figcaption>" in html["zh"]
    assert data_of(html["en"]) == data_of(html["zh"])
    assert "background: #fff" in html["en"]
    assert "figcaption" not in figure_html(a_figure(), alt=ALT)["en"]


def test_a_notebook_of_one_language_passes_plain_texts():
    html = figure_html(a_figure(), alt="它在下降", caption="曲线 < 1")
    assert html["en"] == html["zh"] and 'alt="它在下降"' in html["zh"]
    assert "<figcaption>曲线 &lt; 1</figcaption>" in html["zh"]


def test_axes_may_be_shown_in_place_of_their_figure(capsys):
    ax = curves({"GD": [3, 2, 1]})
    show(ax, alt="A line")
    assert capsys.readouterr().out == "A line\n" and not plt.fignum_exists(ax.figure.number)


def test_a_dark_page_inverts_figures_but_no_photographs():
    html = figure_html(a_figure(), alt=ALT)["en"]
    assert html.startswith("<style>") and html.count(picture.DARKENED) == 2
    assert '<img class="descent-figure"' in html
    photo = figure_html(a_figure(), alt=ALT, photo=True)["en"]
    assert "descent-figure" not in photo and "<style>" not in photo


def on_a_dark_page(colour, ground):
    """What CSS makes of a colour: the filters of DARKENED one after the other, then the blend with the page."""
    brightness = float(re.search(r"brightness\(([\d.]+)\)", picture.DARKENED)[1])
    grey = np.full((3, 1), 1.0) @ [[0.213, 0.715, 0.072]]
    rotated = (2 * grey - np.eye(3)) @ (1 - rgb(colour))  # the matrix of hue-rotate(180deg)
    filtered = np.clip(np.clip(rotated, 0, 1) * brightness, 0, 1)
    return 1 - (1 - filtered) * (1 - rgb(ground))


@pytest.mark.parametrize("name", ["blue", "red", "teal", "plum", "gold", "sky", "ink", "soft"])
def test_every_colour_can_be_seen_on_a_dark_page(name):
    ground = "#121212"
    shown = "#" + "".join(f"{round(255 * x):02x}" for x in on_a_dark_page(PALETTE[name], ground))
    assert contrast(shown, ground) > 3.8, shown


def test_the_book_darkens_figures_as_notebooks_do():
    css = (Path(__file__).parents[1] / "site/static/book.css").read_text(encoding="utf-8")
    assert css.count(picture.DARKENED) == 2 and css.count("hue-rotate") == 2


def test_show_speaks_the_alt_text_and_closes_the_figure(capsys):
    fig = a_figure()
    show(fig, alt=ALT)
    assert capsys.readouterr().out == ALT["en"] + "\n"
    assert not plt.fignum_exists(fig.number)


def test_the_same_figure_gives_the_same_bytes_with_nothing_of_the_machine_in_them():
    picture, width = png(a_figure())
    assert picture == png(a_figure())[0]
    image = Image.open(io.BytesIO(picture))
    assert "Software" not in image.info and "date:create" not in image.info
    assert b"tEXt" not in picture and b"tIME" not in picture
    assert width == 700 and image.width == 1400 and len(picture) < 40_000


def test_lines_have_their_names_at_their_ends_and_their_method_s_colour():
    ax = curves({"Adam": [3, 2, 1], "GD": ([5, 6], [1, 2]), "_helper": [1, 1, 1]}, ylabel="loss")
    assert [(text.get_text(), text.xy) for text in ax.texts[1:]] == [("Adam", (2, 1)), ("GD", (6, 2))]
    assert [line.get_color() for line in ax.lines[:2]] == [plots.draw.colour("adam"), plots.draw.colour("gd")]
    assert ax.get_legend() is None and ax.get_xlim() == (0, 6)
    assert {line.get_marker() for line in ax.lines} == {"None"}
    assert curves({"a": [1, 2]}, color={"a": "plum"}).lines[0].get_color() == plots.PALETTE["plum"]
    assert not curves({"a": [1, 2]}, legend=False).texts


def test_in_a_panel_lines_differ_without_colour():
    ax = curves({f"method {i}": np.arange(30.0) + i for i in range(7)}, ax=panels(2)[1][0])
    assert len({line.get_marker() for line in ax.lines}) == 7
    assert len({str(plots.look(i)["linestyle"]) for i in range(7)}) == 7
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [f"method {i}" for i in range(7)]
    ends = curves({"a": [1, 2]}, ax=panels(2)[1][1], legend="ends")
    assert ends.get_legend() is None and len(ends.texts) == 1


def test_seeds_become_a_median_and_a_band():
    runs = np.array([[1.0, 5, 2], [2, 7, 0], [9, 6, 1]])
    ax = curves({"GD": runs}, x=[10, 20, 30], logx=True, ylabel="loss")
    assert ax.lines[0].get_ydata().tolist() == [2, 6, 1]
    (band,) = [part for part in ax.collections if isinstance(part, PolyCollection)]
    assert band.get_datalim(ax.transData).ymin == 0 and band.get_datalim(ax.transData).ymax == 9
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    assert [text.get_text() for text in ax.texts] == ["loss", "GD"]


def test_a_log_axis_has_plain_numbers_where_they_are_short():
    ax = curves({"GD": np.logspace(-5, 2, 8)}, logy=True)
    ax.figure.draw_without_rendering()
    ticks = {round(value, 12): text.get_text() for value, text in zip(ax.get_yticks(), ax.get_yticklabels())}
    assert ticks[0.1] == "0.1" and ticks[100] == "100" and "-5" in ticks[1e-5]
    short = curves({"GD": [0.2, 0.3, 0.6]}, logy=True)
    short.figure.draw_without_rendering()
    assert {text.get_text() for text in short.get_yticklabels(minor=True)} >= {"0.2", "0.3", "0.6"}


def test_a_line_may_bring_its_own_x():
    ax = curves({"a": ([5, 6], [1, 2]), "b": [3, 4]}, x=[0, 9])
    assert [line.get_xdata().tolist() for line in ax.lines] == [[5, 6], [0, 9]]


def test_paths_are_drawn_where_they_went():
    fig, (left, right) = panels(2)
    path = np.array([[1.0, 1], [0.5, -0.2], [0.1, 0]])
    ax = contour_with_paths(
        lambda x: x[..., 0] ** 2 + 9 * x[..., 1] ** 2,
        {"GD": path},
        xlim=(-2, 2),
        ylim=(-1, 1),
        minimum=(0, 0),
        ax=left,
    )
    assert ax is left and not right.lines
    halo, walk, dots, start, end, minimum = ax.lines
    assert walk.get_xydata().tolist() == dots.get_xydata().tolist() == path.tolist()
    assert walk.get_color() == plots.draw.colour("gd")
    assert start.get_xydata().tolist() == [[1, 1]] and start.get_markerfacecolor() == plots.draw.PAPER
    assert end.get_xydata().tolist() == [[0.1, 0]] and minimum.get_marker() == "+"
    assert ax.get_aspect() == 1 and (ax.get_xlim(), ax.get_ylim()) == ((-2, 2), (-1, 1))
    tints, contours = ax.collections
    assert 8 <= sum(len(path.vertices) > 0 for path in contours.get_paths()) <= 12


def test_a_function_that_takes_one_point_only_is_explained():
    with pytest.raises(ValueError, match=r"x\[\.\.\., 0\]"):
        contour_with_paths(lambda x: x[0] ** 2, xlim=(0, 1), ylim=(0, 1))


def test_a_heat_map_marks_its_limit_and_labels_its_bands():
    x, y = np.linspace(0, 4, 41), np.linspace(0, 1, 21)
    ax = heat_map(np.add.outer(y, x), x, y, levels=[0, 1, 2, 3], limit=2.5)
    limit = ax.collections[-1].get_paths()[0].vertices
    assert np.allclose(limit.sum(axis=1), 2.5)
    assert {text.get_text() for text in ax.texts} >= {"1", "2"}
    heat_map(np.add.outer(y, x), x, y)


def test_paired_differences_show_their_interval():
    values = [0.1, 0.3, 0.2, 0.4]
    ax = paired({"momentum - GD": values})
    mean, low, high = mean_interval(values)
    dots, interval, diamond, zero = ax.lines
    assert dots.get_xdata().tolist() == values
    assert interval.get_xdata().tolist() == [low, high] and diamond.get_xdata().tolist() == [mean]
    assert list(zero.get_xdata()) == [0, 0]


def test_histograms_share_their_bins_and_are_shares():
    ax = histograms({"narrow": np.zeros(50), "wide": np.linspace(-1, 1, 200)}, bins=10)
    narrow, wide = [patch.get_data() for patch in ax.patches if not patch.get_fill()]
    assert np.array_equal(narrow.edges, wide.edges) and (wide.edges[0], wide.edges[-1]) == (-1, 1)
    assert narrow.values.max() == 1 and np.isclose(wide.values.sum(), 1)


def student_t_within(t, freedom):
    """The chance that Student's t lies in [-t, t], by summing its density."""
    x = np.linspace(0, t, 20001)
    density = (1 + x**2 / freedom) ** (-(freedom + 1) / 2)
    angle = np.linspace(0, np.pi / 2, 20001)  # x = sqrt(freedom) tan(angle) reaches the whole half line
    whole = np.sqrt(freedom) * np.trapezoid(np.cos(angle) ** (freedom - 1), angle)
    return np.trapezoid(density, x) / whole


@pytest.mark.parametrize("n", [*range(2, 33), 60, 1000])
def test_the_interval_holds_95_percent(n):
    values = np.arange(n, dtype=float)
    mean, low, high = mean_interval(values)
    factor = (high - mean) / (values.std(ddof=1) / np.sqrt(n))
    assert mean == pytest.approx(values.mean()) and high - mean == pytest.approx(mean - low)
    assert student_t_within(factor, n - 1) == pytest.approx(0.95, abs=2e-4)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=40), st.floats(-1e3, 1e3))
def test_the_interval_moves_with_its_values(values, shift):
    at = np.array(mean_interval(values))
    assert np.allclose(mean_interval(np.array(values) + shift), at + shift, atol=1e-8)


@pytest.mark.parametrize("values", [[1.0], [], [[1.0, 2.0], [3.0, 4.0]]])
def test_an_interval_needs_two_seeds(values):
    with pytest.raises(ValueError, match="^values"):
        mean_interval(values)
