"""The ablation figure: a difference of half a point and one of seventy on one axis, nothing cut off or crowded."""

from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axis import Tick
from matplotlib.text import Text

from descent.capstone.ablation import Difference
from descent.figures.ablation import draw_ablation
from descent.say import set_language


@pytest.fixture(autouse=True)
def english_and_no_figure_left():
    yield
    set_language("en")
    plt.close("all")


def found(mean, half, *values):
    return Difference(np.array(values) / 100, mean / 100, (mean - half) / 100, (mean + half) / 100)


ROWS = {
    "few_labels": {"no shift": found(-6.1, 1.9, -5, -6, -7), "one layer": found(-0.3, 1.4, -0.6, -0.2, 0)},
    "bad_scales": {
        "raw inputs": found(-71, 5, -70, -71, -73),
        "no dropout": found(-0.6, 0.8, -0.6, -0.6, -0.6),
        "min_max": found(2.2, 1.6, 2, 2, 3),
    },
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_words_are_whole_and_apart_and_say_the_verdicts(lang):
    set_language(lang)
    fig = draw_ablation(ROWS, below="500 images.")
    fig.draw_without_rendering()
    ticks = {label for tick in fig.findobj(Tick) for label in (tick.label1, tick.label2)}
    names = {label for label in fig.axes[0].get_yticklabels()}
    words = [one for one in fig.findobj(Text) if one.get_visible() and one.get_text().strip()]
    words = [one for one in words if one not in ticks or one in names]
    boxes = {one: Text.get_window_extent(one) for one in words}
    right, top = fig.bbox.x1 + 1, fig.bbox.y1 + 1
    assert [one.get_text() for one, box in boxes.items() if box.x0 < -1 or box.x1 > right or box.y1 > top] == []
    assert not any(p.overlaps(q) for p, q in combinations(boxes.values(), 2))
    said = "\n".join(one.get_text() for one in words)
    for text in {
        "en": ["Worse with 2 of 5 changes, better with 1; for 2 we cannot tell", "-71.0 worse", "-0.6 cannot tell"],
        "zh": ["5 处改动：2 处变差，1 处变好，2 处看不出来", "-71.0 更差", "-0.6 看不出来"],
    }[lang]:
        assert text in said


def test_the_axis_shows_both_small_and_large():
    ax = draw_ablation(ROWS, headline="Mine").axes[0]
    place = ax.transData.transform
    width = ax.bbox.width
    apart = [abs(place((a, 0))[0] - place((b, 0))[0]) / width for a, b in ((0, -0.6), (-6.1, -71))]
    assert min(apart) > 0.05 and ax.get_xlim()[0] < -76 and 2 < ax.get_xlim()[1] < 10
    assert ax.figure.findobj(lambda one: isinstance(one, Text) and one.get_text() == "Mine")


def test_without_rows_it_is_still_a_figure():
    draw_ablation({"deep": {}}).draw_without_rendering()
