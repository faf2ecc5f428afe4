"""The landscape explorer: the browser's numbers are Python's, and Python's are the reference's."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from explorers import (
    arrays,
    check_output,
    check_refused,
    in_chromium,
    in_node,
    module_source,
    press,
    shown,  # noqa: F401  a fixture
    words,
)

from descent import explore_landscape
from descent.explore_landscape import STEPS, cliff_gradient, cliff_loss, landscape_explorer, landscape_path
from descent.problems import saddle
from reference.clipping import clip_by_norm
from reference.rnn import rnn_loss_and_grads


@pytest.mark.parametrize("w, b", [(4.9, -2.55), (4.9, -2.552), (3.7, -3.1), (6.0, -1.7)])
def test_the_cliff_is_that_of_the_reference(w, b):
    loss, grads = rnn_loss_and_grads(np.array([w, b]))
    assert cliff_loss(np.array([[w, b], [1.0, 1.0]]))[0] == pytest.approx(loss, rel=1e-9)
    np.testing.assert_allclose(cliff_gradient((w, b)), grads, rtol=1e-9)


@pytest.mark.parametrize(
    "landscape, lr, start, max_norm",
    [
        ("saddle", 0.13, -3.0, 0.2),
        ("saddle", 0.1, -8.0, np.inf),
        ("cliff", 0.3, -2.55, np.inf),
        ("cliff", 0.11, -2.5, 0.3),
    ],
)
def test_a_path_is_that_of_the_reference(landscape, lr, start, max_norm):
    x = np.array([1, 10**start]) if landscape == "saddle" else np.array([4.9, start])
    path, lengths = landscape_path(landscape, lr, start, max_norm)
    assert len(path) == len(lengths) == STEPS + 1
    for t in range(5):
        np.testing.assert_allclose(path[t], x, rtol=1e-6)
        grads = saddle.gradient(x) if landscape == "saddle" else rnn_loss_and_grads(x)[1]
        assert lengths[t] == pytest.approx(np.linalg.norm(grads), rel=1e-5)
        x = x - lr * (grads if max_norm == np.inf else clip_by_norm(grads, max_norm=max_norm))


@pytest.mark.browser
def test_the_browser_computes_the_same_numbers():
    calls = [["saddle", 0.13, -3, -0.7], ["saddle", 0.3, -8, 2], ["cliff", 0.05, -2.4, -1], ["cliff", 0.3, -2.55, 2]]
    for call, got in zip(calls, arrays("landscape", [["landscapeRun", *call] for call in calls]), strict=True):
        landscape, lr, start, exponent = call
        path, lengths = landscape_path(landscape, lr, start, np.inf if exponent == 2 else 10.0**exponent)
        value = explore_landscape.LANDSCAPES[landscape][0]
        rtol = 1e-8 if landscape == "saddle" else 1e-5  # at the cliff rounding grows like everything else
        first = 20 if landscape == "cliff" else STEPS + 1
        wanted = np.column_stack([path, value(path), lengths])
        np.testing.assert_allclose(got[:first], wanted[:first], rtol=rtol, atol=1e-12, err_msg=str(call))


def test_the_output_brings_everything_it_needs(shown):
    landscape_explorer(landscape="cliff", lr=0.3, start=-2.55, max_norm=0.1)
    _, text = check_output(shown, landscape="cliff", lr=0.3, start=-2.55, max_norm=-1.0)
    assert "max_norm 0.1" in text["en"] and "悬崖" in text["zh"]
    source = module_source("landscape")
    assert "http" not in source and len(source.encode()) < 8_500


@pytest.mark.browser
def test_a_landscape_opens_with_the_same_settings_everywhere():
    opening = in_node("landscape", "figure.OPENING", None)
    for given in opening.values():
        given["max_norm"] = None if given["max_norm"] == explore_landscape.NO_LIMIT else 10.0 ** given["max_norm"]
    assert opening == explore_landscape.OPENING


def test_the_cliff_opens_with_clipping_and_none_switches_it_off(shown):
    landscape_explorer(landscape="cliff")
    landscape_explorer(landscape="cliff", max_norm=None)
    assert "max_norm 1" in shown[0][1]["en"] and "no clipping" in shown[1][1]["en"]


def test_what_to_try_is_about_the_landscape_that_is_shown(shown):
    for landscape, word in (("saddle", "factor of ten"), ("cliff", "max_norm")):
        landscape_explorer(landscape=landscape)
        assert word in shown[-1][0]["en"].split("<div data-descent")[0]


def test_with_a_limit_the_picture_has_the_run_without_it_too():
    path, lengths = landscape_path("cliff", 0.3, -2.55, 1.0)
    free, _ = landscape_path("cliff", 0.3, -2.55, np.inf)
    fig = explore_landscape._picture("cliff", path, cliff_loss(path), lengths, free)
    shown = [line.get_xydata() for line in fig.axes[0].lines]
    assert any(np.array_equal(one, path) for one in shown) and any(np.array_equal(one, free) for one in shown)
    plt.close(fig)


@pytest.mark.parametrize(
    "wrong",
    [{"landscape": "hill"}, {"lr": -0.1}, {"lr": float("nan")}, {"start": 0.0}, {"max_norm": 0.0}, {"max_norm": 1e3}],
)
def test_a_setting_outside_the_sliders_is_refused(wrong, shown):
    check_refused(landscape_explorer, wrong, shown)


@pytest.mark.browser
def test_the_script_replaces_the_picture_in_a_browser(shown, tmp_path):
    """Chromium opens the output as a page; menu and slider change it, and the words are read back."""
    landscape_explorer(landscape="saddle", lr=0.1, start=-8.0)
    with in_chromium("".join(shown[0][0].values()), tmp_path) as page:
        english, chinese = words(page)
        assert english.inner_text().startswith("Loss after 300 steps: -0.2500, at (0.00, 1.00)")
        assert chinese.inner_text().startswith("300 步后的损失：-0.2500")
        page.locator("select").first.select_option("cliff")
        assert page.get_by_label("start: b =", exact=False).first.get_attribute("aria-valuetext") == "-2.550"
        assert page.get_by_label("lr", exact=False).first.get_attribute("aria-valuetext") == "0.30"
        text = english.inner_text()
        assert re.search(r"clipped in \d+ of 300", text) and "outside the plot" not in text
        limit = page.get_by_label("max_norm", exact=False).first
        assert limit.get_attribute("aria-valuetext") == "1"
        press(limit, "End")
        assert english.inner_text().startswith("Loss after 300 steps: 0.0900, at (9.03, 4.08)")
        assert "outside the plot" in english.inner_text() and "clipped in 0 of 300" in english.inner_text()
