"""The race explorer: the browser's numbers are Python's, and Python's are the reference's."""

from functools import partial

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

from descent import explore_race
from descent.explore_race import LRS, METHODS, STEPS, VIEWS, landscape_problem, race_explorer, race_run
from descent.train import follow
from reference.adaptive import adagrad_init, adagrad_step, adam_init, adam_step, rmsprop_init, rmsprop_step
from reference.momentum import momentum_init, momentum_step

BETAS = (0.9, 0.99)
REFERENCE = {
    "gd": (partial(momentum_step, momentum=0), momentum_init),
    "momentum": (momentum_step, momentum_init),
    "adagrad": (adagrad_step, adagrad_init),
    "rmsprop": (partial(rmsprop_step, alpha=BETAS[1]), rmsprop_init),
    "adam": (partial(adam_step, betas=BETAS), adam_init),
}


@pytest.mark.parametrize("landscape, angle", [("valley", 0), ("valley", 35), ("rosenbrock", 0), ("saddle", 0)])
@pytest.mark.parametrize("method", METHODS)
def test_a_path_is_that_of_the_reference(landscape, angle, method):
    problem, start = landscape_problem(landscape, angle)
    step, init = REFERENCE[method]
    exponent = -2.75 if landscape == "rosenbrock" else -1.85
    wanted = follow(problem.gradient, start, step, lr=10**exponent, num_steps=40, init=init)
    got = race_run(landscape, angle, method, exponent, *BETAS)[:41]
    np.testing.assert_allclose(got[:, :2], wanted, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(got[:, 2], problem.value(wanted) - problem.minimum, rtol=1e-6, atol=1e-12)


def test_the_moments_shown_are_those_of_adam():
    run = race_run("valley", 20, "adam", -1.0, *BETAS)
    x, state = run[0, :2], adam_init(run[0, :2])
    for t in range(1, 30):
        np.testing.assert_allclose(run[t - 1, 3:5], landscape_problem("valley", 20)[0].gradient(x), rtol=1e-9)
        x, state = adam_step(x, run[t - 1, 3:5], state, lr=0.1, betas=BETAS)
        m, v, _ = state
        np.testing.assert_allclose(run[t - 1, 5:7], m / (1 - BETAS[0] ** t), rtol=1e-9)
        np.testing.assert_allclose(run[t - 1, 7:9], np.sqrt(v / (1 - BETAS[1] ** t)), rtol=1e-9)


@pytest.mark.parametrize("landscape", VIEWS)
@pytest.mark.parametrize("method", METHODS)
def test_every_slider_starts_from_its_best_place(landscape, method):
    def rank(exponent):
        run = race_run(landscape, 0, method, exponent, *BETAS)
        inside = all(np.all((run[:, i] >= low) & (run[:, i] <= high)) for i, (low, high) in enumerate(VIEWS[landscape]))
        far = np.nonzero(~(run[:, 2] <= 1e-4 * run[0, 2]))[0]
        steps = far.max() + 1 if len(far) else 0
        return not inside, steps, np.nan_to_num(run[-1, 2], nan=np.inf) if steps > STEPS else 0.0

    places = np.round(np.arange(-3, 0.51, 0.05), 2)
    assert LRS[landscape][method] in places.tolist()
    assert rank(LRS[landscape][method]) == min(map(rank, places))


@pytest.mark.browser
def test_the_browser_computes_the_same_numbers():
    calls = [["valley", 0, "gd", 0.25, 0.9, 0.99], ["valley", 30, "momentum", -0.75, 0.9, 0.99],
             ["valley", 45, "adagrad", -0.4, 0.9, 0.99], ["valley", 15, "rmsprop", -1.4, 0.9, 0.99],
             ["valley", 45, "adam", -0.75, 0.5, 0.999], ["rosenbrock", 0, "adam", -0.5, 0.9, 0.99],
             ["rosenbrock", 0, "momentum", -2.5, 0.9, 0.99], ["saddle", 0, "adam", -1.0, 0.0, 0.5],
             ["saddle", 0, "adagrad", -0.2, 0.9, 0.99]]  # fmt: skip
    for call, got in zip(calls, arrays("race", [["raceRun", *call] for call in calls]), strict=True):
        wanted = race_run(*call)
        assert got.shape == wanted.shape
        np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-9, err_msg=str(call))


def test_the_output_brings_everything_it_needs(shown):
    race_explorer(landscape="valley", angle=45, betas=(0.5, 0.999), lrs={"adam": -0.75}, step=40)
    _, text = check_output(shown, landscape="valley", angle=45, beta1=0.5, beta2=0.999, step=40,
                           lrs=LRS["valley"] | {"adam": -0.75}, best=LRS)  # fmt: skip
    assert "45 degrees" in text["en"] and "45 度" in text["zh"]
    source = module_source("race")
    assert "http" not in source and len(source.encode()) < 10_500


def test_the_static_picture_shows_the_same_runs():
    runs = {name: race_run("valley", 45, key, LRS["valley"][key], *BETAS) for key, name in METHODS.items()}
    fig = explore_race._picture("valley", 45, runs, 60)
    plane, loss, moments, quotient = fig.axes
    for name, run in runs.items():
        (drawn,) = (line for line in plane.lines if line.get_label() == name)
        np.testing.assert_array_equal(drawn.get_xydata(), run[:61, :2])
    np.testing.assert_array_equal(moments.lines[1].get_ydata(), runs["Adam"][:, 7])
    assert abs(quotient.lines[0].get_ydata()[0]) == pytest.approx(1, rel=1e-5)
    assert len(loss.lines) == len(METHODS) + 1
    plt.close(fig)


@pytest.mark.parametrize(
    "wrong",
    [{"landscape": "hill"}, {"angle": 46}, {"angle": -5}, {"betas": (0.8, 0.99)}, {"betas": (0.9, 1.0)}, {"step": 151},
     {"lrs": {"adam": 0.6}}, {"lrs": {"lion": -1.0}}, {"lrs": {"gd": float("nan")}}],
)  # fmt: skip
def test_a_setting_outside_the_sliders_is_refused(wrong, shown):
    check_refused(race_explorer, wrong, shown)


@pytest.mark.browser
def test_the_script_replaces_the_picture_in_a_browser(shown, tmp_path):
    """Chromium opens the output as a page; menus and sliders change it, and the words are read back."""
    race_explorer(step=100)

    def height(angle, step, method="gd", exponent=LRS["valley"]["gd"]):
        return f"{race_run('valley', angle, method, exponent, *BETAS)[step, 2]:.1e}".replace("e-0", "e−").replace(
            "e-", "e−"
        )

    with in_chromium("".join(shown[0][0].values()), tmp_path) as page:
        english, chinese = words(page)
        assert english.inner_text().startswith("Loss above the minimum after 100 steps: ")
        assert f"GD {height(0, 100)}" in english.inner_text() and f"GD {height(0, 100)}" in chinese.inner_text()
        adagrad = LRS["valley"]["adagrad"]
        angle = page.get_by_label("valley angle").first
        press(angle, "ArrowRight", 9)
        assert angle.get_attribute("aria-valuetext") == "45°"
        assert f"GD {height(45, 100)}" in english.inner_text()
        assert f"AdaGrad {height(45, 100, 'adagrad', adagrad)}" in english.inner_text()
        lr = page.get_by_label("lr, AdaGrad").first
        press(lr, "ArrowLeft", 9)
        assert lr.get_attribute("aria-valuetext") == "0.4"
        assert f"AdaGrad {height(45, 100, 'adagrad', -0.4)}" in english.inner_text()
        page.locator("select").first.select_option("saddle")
        assert page.get_by_label("valley angle").first.is_disabled()
        assert page.get_by_label("lr, Adam", exact=False).last.get_attribute("aria-valuetext") == "0.22"
        press(page.get_by_label("step").first, "Home")
        assert "after 0 steps" in english.inner_text()
        assert (
            "Adam, coordinate 1: gradient 1.000, m̂ 1.000, √v̂ 1.000; its next step is −1.000 lr." in english.inner_text()
        )
