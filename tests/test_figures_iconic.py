"""The nine iconic figures: nothing cut off, crowded or small, in both languages; words as strong as their numbers."""

from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import iconic
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axis import Tick
from matplotlib.text import Text

from descent.figures import picture
from descent.figures.activations import verdict
from descent.figures.cliff import steepest, wall
from descent.figures.momentum_map import region
from descent.figures.moving_edge import draw_moving_edge
from descent.figures.race import draw_race, stays_below
from descent.figures.three_descents import arrival
from descent.figures.wrong_labels import draw_wrong_labels
from descent.say import set_language


@pytest.fixture(autouse=True)
def english_and_no_figure_left():
    yield
    set_language("en")
    plt.close("all")


def texts(fig):
    """The words of a figure that are seen, without those of ticks and of axes that are switched off."""
    unseen = {label for tick in fig.findobj(Tick) for label in (tick.label1, tick.label2)}
    unseen |= {one for ax in fig.axes if not ax.axison for axis in ax._axis_map.values() for one in axis.findobj(Text)}
    return [one for one in fig.findobj(Text) if one.get_visible() and one.get_text().strip() and one not in unseen]


def everything(fig):
    return "\n".join(one.get_text() for one in texts(fig))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", iconic.FIGURES)
def test_nothing_is_cut_off_crowded_or_small(name, lang):
    set_language(lang)
    fig = iconic.FIGURES[name]()
    data, width = picture.png(fig)
    assert width == 700 and len(data) < 150_000
    fig.draw_without_rendering()
    boxes = {one: Text.get_window_extent(one) for one in texts(fig)}
    outside = [one.get_text() for one, box in boxes.items()
               if box.x0 < -1 or box.y0 < -1 or box.x1 > fig.bbox.x1 + 1 or box.y1 > fig.bbox.y1 + 1]  # fmt: skip
    assert outside == []
    assert [one.get_text() for one in boxes if one.get_fontsize() < 8.5] == []
    over = [(a.get_text(), b.get_text()) for (a, p), (b, q) in combinations(boxes.items(), 2)
            if min(p.x1, q.x1) - max(p.x0, q.x0) > 3 and min(p.y1, q.y1) - max(p.y0, q.y0) > 6]  # fmt: skip
    assert over == []
    chinese = any("\u4e00" <= character <= "\u9fff" for character in everything(fig))
    assert chinese == (lang == "zh")


def test_the_edge_figure_says_what_the_numbers_say():
    text = everything(iconic.moving_edge(6.0))
    assert (
        "The edge moves" in text
        and "climbs to 6.5" in text
        and "step 26: below the edge for good,\nand from here on" in text
    )
    flat = {"safe": 0.5, "safe_losses": np.array([1, 0.9, 0.8]), "below": "made up"}
    never = everything(draw_moving_edge(np.array([1, 0.9, 0.8]), np.array([2.0, 2, 2]), lr=1.0, **flat))
    assert "The edge moves" not in never and "for good" not in never and "climbs" not in never
    rises = everything(draw_moving_edge(np.array([1.0, 0.5, 0.6]), np.array([0.9, 2, 2]), lr=1.0, **flat))
    assert "step 1: below the edge for good" in rises and "only falls" not in rises
    stays = everything(draw_moving_edge(np.array([1.0, 2, 3]), np.array([0.9, 0.8, 0.7]), lr=1.0, **flat))
    assert "The edge moves" not in stays and "climbs to 3.0" in stays


def test_who_arrives_first_is_counted_in_examples():
    assert "first\nwithin 0.3" in everything(iconic.three_descents())
    assert arrival(np.array([[1, 0], [0.2, 0], [5, 0]]), 0.3) == 1 and arrival(np.ones((3, 2)), 0.3) == np.inf
    (batch, mini, sgd), loss = iconic.descents()
    swapped = iconic.draw_three_descents(
        sgd[::32], mini, np.ones((641, 2)), loss=loss, lr=0.3, kappa=10, epochs=20, rows=32
    )
    assert "first" not in everything(swapped)


def test_the_saddle_s_headline_needs_a_run_that_leaves_and_one_that_stays():
    text = everything(iconic.saddle_figure())
    assert "it makes it wait" in text and "leaves at 58" in text and "leaves at 139" in text and "10^{-6}" in text
    stay = np.column_stack([np.linspace(1, 0, 20), np.zeros(20)])
    still = everything(
        iconic.draw_saddle(stay, stay + [0, 0.02], stay, value=iconic.saddle.value, lr=0.1, push=0.05, tolerance=0.05)
    )
    assert "Three runs at a saddle" in still and still.count("stays") == 2 and "still there after 19 steps" in still


def test_the_regions_of_the_momentum_map():
    assert [region(a, 0.25) for a in (0.2, 0.3, 2.2, 2.3, 2.5)] == ["over", "under", "under", "flips", "grows"]
    for a, momentum in [(0.05, 0.16), (1.15, 0.62), (1.78, 0.03), (3.0, 0.33)]:
        radius = iconic.spectral_radius(iconic.heavy_ball_matrix(1.0, lr=a, momentum=momentum))
        assert (radius > 1) == (region(a, momentum) == "grows")
        assert (radius == pytest.approx(np.sqrt(momentum))) == (region(a, momentum) == "under")


def test_the_race_ranks_by_steps_that_stay_below():
    assert "Adam and momentum need 81 and 82 steps, GD 123" in everything(iconic.race())
    assert stays_below(np.array([3.0, 1, 2, np.nan])).tolist() == [np.inf] * 4
    assert stays_below(np.array([3.0, 1, 2, 0.5])).tolist() == [3, 2, 2, 0.5]
    one = np.array([[1.0, 0], [0.001, 0], [1, 0], [0.001, 0], [0, 0]])
    paths = {"gd": np.ones((5, 2)), "momentum": one, "adam": one[[0, 2, 2, 2, 4]]}
    text = everything(
        draw_race(paths, value=lambda x: np.sum(np.square(x), axis=-1), lrs=dict.fromkeys(paths, 0.1), below="made up")
    )
    assert "Momentum arrives after 3 steps; 1 of 3 methods do not arrive" in text


def test_the_ball_s_headline_speaks_of_a_corner_only_where_there_is_one():
    assert "meets a corner" in everything(iconic.balls())
    text = everything(iconic.draw_balls(iconic.centre(45), radius=0.8))
    assert "meets a corner" not in text and "on a corner" not in text and text.count("no corner here") == 2


def test_verdicts_on_activations():
    rng = np.random.default_rng(0)
    found = {name: verdict(outputs) for name, outputs in iconic.layers().items()}
    assert found == {"small": "dies", "standard": "fades", "xavier": "lives", "large": "saturates"}
    assert verdict([np.tanh(rng.standard_normal(1000))]) == "lives"


def test_wrong_labels_that_are_never_memorized_make_no_such_region():
    shares = {
        name: np.tile(np.linspace(0.1, end, 20), (3, 1))
        for name, end in (("right", 0.9), ("truth", 0.9), ("given", 0.05), ("test", 0.8))
    }
    text = everything(draw_wrong_labels(**shares, below="made up"))
    assert "learns what is shared" not in text and "median of 3 seeds" in text
    assert "84 %" in everything(iconic.wrong_labels()) and "88 %" in everything(iconic.wrong_labels())


def test_the_cliff_s_grid_follows_the_cliff():
    """On a step at b = -0.5 w the steepest place is found, and the heights on its wall are equally spaced."""

    def loss(x):
        return 0.5 - 0.5 * np.tanh(2000 * (x[..., 1] + 0.5 * x[..., 0]))

    ws = np.linspace(3.6, 6.0, 7)
    edge = steepest(loss, ws)
    assert np.allclose(edge, -0.5 * ws, atol=1e-3)
    on = loss(np.stack([np.broadcast_to(ws, (16, 7)), wall(loss, ws, edge)], axis=-1))
    assert np.ptp(np.diff(on, axis=0)[1:-1]) < 1e-3 and np.all(np.ptp(on, axis=0) > 0.9)
