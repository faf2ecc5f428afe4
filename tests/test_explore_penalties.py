"""The penalty explorer: the browser's numbers are Python's, and Python's are the reference's."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from explorers import (
    arrays,
    check_output,
    check_refused,
    in_chromium,
    module_source,
    press,
    shown,  # noqa: F401  a fixture
    words,
)

from descent import explore_penalties
from descent.explore_penalties import (
    H,
    centre,
    edge,
    in_ball,
    loss,
    norm,
    penalized,
    penalty_explorer,
    radius_path,
    strength_for,
)
from reference.penalties import l2_penalty, proximal_gradient_step


@pytest.mark.parametrize("angle", [3, 20, 45, 71])
@pytest.mark.parametrize("strength", [0.1, 0.6, 1.2, 1.9])
def test_the_penalty_of_l1_and_l2_is_that_of_the_reference(angle, strength):
    c = centre(angle)
    lasso, ridge = np.zeros(2), np.zeros(2)
    for _ in range(2000):
        lasso = proximal_gradient_step(lasso, H @ (lasso - c), lr=0.6, strength=strength)
        ridge = ridge - 0.25 * (H @ (ridge - c) + l2_penalty(ridge, strength=strength)[1])
    found = penalized(c, 1.0, strength)[1:]
    np.testing.assert_allclose(found, lasso, atol=1e-6)
    assert (found == 0).tolist() == (lasso == 0).tolist()
    np.testing.assert_allclose(penalized(c, 2.0, strength)[1:], ridge, atol=1e-6)


@pytest.mark.parametrize("p", [0.5, 1.0, 1.3, 2.0, 4.0])
@pytest.mark.parametrize("angle, r", [(8, 0.4), (20, 0.8), (45, 1.1), (66, 0.2)])
def test_no_point_of_a_fine_grid_on_the_ball_is_better(p, angle, r):
    c = centre(angle)
    w = in_ball(c, p, r)
    assert norm(w, p) == pytest.approx(r)
    grid = edge(np.linspace(0, 4, 40_001), p, r)
    np.testing.assert_allclose(norm(grid, p), r)
    assert loss(w, c) <= loss(grid, c).min() + 1e-12
    assert p <= 1 or (w != 0).all()


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0])
def test_limit_and_penalty_lead_to_the_same_points(p):
    c = centre(33)
    w = in_ball(c, p, 0.9)
    r, *found = penalized(c, p, strength_for(w, c, p))
    assert r == pytest.approx(0.9, abs=1e-5)
    np.testing.assert_allclose(found, w, atol=1e-5)


def test_a_ball_that_holds_the_minimum_changes_nothing():
    c = centre(20)
    np.testing.assert_array_equal(in_ball(c, 2.0, 1.6), c)
    np.testing.assert_array_equal(in_ball(c, 1.0, 0.0), [0, 0])
    np.testing.assert_array_equal(radius_path(c, 2.0)[[0, -1], 1:], [[0, 0], c])


@pytest.mark.browser
@pytest.mark.parametrize("p", [0.5, 1, 1.4, 2, 4])
def test_the_browser_computes_the_same_numbers(p):
    for angle in (0, 20, 57, 90):
        c = centre(angle)
        here, w, path, (r, *best), cost = arrays(
            "penalties",
            [
                ["centre", angle],
                ["inBall", c.tolist(), p, 0.7],
                ["path", c.tolist(), p],
                ["penalized", c.tolist(), p, 0.44],
                ["strengthFor", in_ball(c, p, 0.7).tolist(), c.tolist(), p],
            ],
        )
        np.testing.assert_allclose(here, c, atol=1e-15)
        np.testing.assert_allclose(w, in_ball(c, p, 0.7), atol=1e-7)
        assert (w == 0).tolist() == (in_ball(c, p, 0.7) == 0).tolist()
        np.testing.assert_allclose(path, radius_path(c, p), atol=1e-7)
        np.testing.assert_allclose([r, *best], penalized(c, p, 0.44), atol=1e-6)
        assert cost == pytest.approx(strength_for(in_ball(c, p, 0.7), c, p), rel=1e-6)


def test_the_output_brings_everything_it_needs(shown):
    penalty_explorer(form="penalty", p=2, strength=0.4, angle=30)
    _, text = check_output(shown, form="penalty", p=2.0, limit=0.8, penalty=0.4, angle=30.0)
    assert "strength 0.4" in text["en"] and "强度 0.4" in text["zh"]
    source = module_source("penalties")
    assert "http" not in source and len(source.encode()) < 9_500


def test_the_alt_text_tells_an_exact_zero_from_a_small_weight(shown):
    for p in (1.0, 2.0):
        penalty_explorer(p=p)
    assert "(0.80, 0)" in shown[0][1]["en"] and "(0.67, 0.44)" in shown[1][1]["en"]


def test_the_static_picture_shows_the_same_point():
    c = centre(20)
    w = in_ball(c, 1.0, 0.8)
    fig = explore_penalties._picture(c, 1.0, 0.8, w)
    plane, line = fig.axes[:2]
    np.testing.assert_array_equal(plane.lines[-1].get_xydata(), [w])
    np.testing.assert_array_equal(line.lines[0].get_ydata(), radius_path(c, 1.0)[:, 1])
    plt.close(fig)


@pytest.mark.parametrize(
    "wrong",
    [{"form": "ball"}, {"p": 0.4}, {"p": float("nan")}, {"limit": 0.0}, {"limit": 2.1}, {"strength": 3}, {"angle": -1}],
)
def test_a_setting_outside_the_sliders_is_refused(wrong, shown):
    check_refused(penalty_explorer, wrong, shown)


@pytest.mark.browser
def test_the_script_replaces_the_picture_in_a_browser(shown, tmp_path):
    """Chromium opens the output as a page; menu and sliders change it, and the words are read back."""
    penalty_explorer()
    with in_chromium("".join(shown[0][0].values()), tmp_path) as page:
        english, chinese = words(page)
        assert english.inner_text().startswith("Best point (0.800, 0). w₂ is exactly 0.")
        assert chinese.inner_text().startswith("最好的点 (0.800, 0)。w₂ 恰好为 0。")
        p = page.locator("input[type=range]").first
        press(p, "ArrowRight")
        assert p.get_attribute("aria-valuetext") == "1.1"
        assert "No weight is exactly 0." in english.inner_text() and "w₂ 恰好为 0" in chinese.inner_text()
        page.keyboard.press("ArrowLeft")
        page.locator("select").first.select_option("penalty")
        assert page.get_by_label("strength λ", exact=False).first.get_attribute("aria-valuetext") == "0.50"
        assert "best point of the ball with r = 1.30" in english.inner_text()
