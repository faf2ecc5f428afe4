"""The numbers that the sliders show are NumPy's: each pure function of js/ is compared with the reference."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from explorers import (
    check_output,
    check_refused,
    in_chromium,
    in_node,
    javascript,
    module_source,
    press,
    shown,  # noqa: F401  a fixture
    words,
)

from descent import explore
from descent.explore import momentum_explorer, spectral_radius_of
from descent.figures import style
from reference.momentum import heavy_ball_matrix, momentum_init, momentum_step, nesterov_step, spectral_radius

METHODS = ("gd", "heavy_ball", "nesterov")
SETTINGS = [  # lr * curvature from calm to diverging, momentum from none to nearly one
    (a, momentum)
    for a in (0.003, 0.04, 0.31, 0.83, 1.0, 1.37, 1.9, 2.6, 3.7)
    for momentum in (0.0, 0.09, 0.53, 0.83, 0.97)
]


def numpy_path(method, lr, momentum, curvatures, start, steps):
    """The same run by the reference's steps."""
    curvatures, x = np.array(curvatures), np.array(start, dtype=float)
    momentum = 0.0 if method == "gd" else momentum
    velocity, path = momentum_init(x), [x]
    for _ in range(steps):
        if method == "nesterov":
            x, velocity = nesterov_step(x, lambda x: curvatures * x, velocity, lr=lr, momentum=momentum)
        else:
            x, velocity = momentum_step(x, curvatures * x, velocity, lr=lr, momentum=momentum)
        path.append(x)
    return np.array(path)


def numpy_radius(method, a, momentum):
    if method == "nesterov":
        matrix = np.array([[(1 + momentum) * (1 - a), -momentum * (1 - a)], [1, 0]])
    else:
        matrix = heavy_ball_matrix(1.0, lr=a, momentum=0.0 if method == "gd" else momentum)
    return spectral_radius(matrix)


@pytest.mark.browser
@pytest.mark.parametrize("method", METHODS)
def test_paths_are_those_of_the_reference(method):
    arguments = [(method, a / 1.3, m, [0.07, 1.3], [1.0, -0.6], 40) for a, m in SETTINGS]
    for case, got in zip(arguments, javascript("momentum", [["path", *case] for case in arguments]), strict=True):
        got = np.array(got, dtype=float)  # JSON writes a large whole number as one
        np.testing.assert_allclose(got, numpy_path(*case), rtol=1e-9, atol=1e-12, err_msg=str(case))


@pytest.mark.browser
@pytest.mark.parametrize("method", METHODS)
def test_spectral_radii_are_those_of_the_iteration_matrix(method):
    expected = [numpy_radius(method, a, m) for a, m in SETTINGS]
    got = javascript("momentum", [["spectralRadius", method, a, m] for a, m in SETTINGS])
    # at a double root the eigenvalues of a matrix are right to the root of the machine's precision only
    np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose([spectral_radius_of(method, a, m) for a, m in SETTINGS], got, rtol=1e-12)


@pytest.mark.browser
@pytest.mark.parametrize("method", METHODS)
def test_the_regime_is_what_the_path_does(method):
    settings = [(a, m) for a, m in SETTINGS if abs(numpy_radius(method, a, m) - 1) > 1e-6]
    assert len(settings) > 40
    for (a, m), regime in zip(
        settings, javascript("momentum", [["regime", method, a, m] for a, m in settings]), strict=True
    ):
        x = numpy_path(method, a, m, [1.0], [1.0], 300)[:, 0]
        late = x[np.abs(x) > 1e-200][20:]  # what the faster root did at first is over
        if np.abs(x[-1]) > 1e6:
            assert regime == "diverging", (a, m)
        elif np.any(late[1:] * late[:-1] < 0):
            assert regime == ("flipping" if np.all(late[1:] * late[:-1] < 0) else "oscillating"), (a, m)
        else:
            assert regime == "monotone", (a, m)
    assert javascript("momentum", [["regime", method, 0, 0.5]]) == ["still"]


@pytest.mark.browser
def test_steps_to_a_millionth():
    fair = {kappa: 2 / (1 + 1 / kappa) for kappa in (10, 100, 1000, 10000)}
    calls = [["stepsTo", 1e-6, "gd", lr, 0, [1 / kappa, 1], [1, 1]] for kappa, lr in fair.items()]
    assert javascript("momentum", calls) == [69, 691, 6908, 69078]
    for method in ("heavy_ball", "nesterov"):
        distance = np.linalg.norm(numpy_path(method, 1.1, 0.83, [0.02, 1], [1, 1], 500), axis=1) / np.sqrt(2)
        expected = int(np.argmax(distance <= 1e-6))
        assert javascript("momentum", [["stepsTo", 1e-6, method, 1.1, 0.83, [0.02, 1], [1, 1]]]) == [expected]
    assert javascript("momentum", [["stepsTo", 1e-6, "gd", 2.1, 0, [0.1, 1], [1, 1]]]) == [None]
    assert javascript("momentum", [["stepsTo", 1e-6, "gd", 0, 0, [0.1, 1], [1, 1], 500]]) == [None]


@pytest.mark.parametrize("method", METHODS)
def test_the_static_picture_shows_the_same_run(method):
    fig = explore._momentum_picture(method, 1.3, 0.83, 20)
    plane, curve, phase = fig.axes[:3]
    expected = numpy_path(method, 1.3, 0.83, [1 / 20, 1], [1, 1], 150)
    np.testing.assert_allclose(plane.lines[0].get_xydata(), expected, rtol=1e-7, atol=1e-12)
    radius = max(numpy_radius(method, a, 0.83) for a in (1.3 / 20, 1.3))
    np.testing.assert_allclose(curve.lines[1].get_ydata(), radius ** np.arange(151), rtol=1e-6)
    flat, steep = [line.get_xydata().tolist()[0] for line in phase.lines]
    momentum = 0 if method == "gd" else 0.83
    assert flat == pytest.approx([1.3 / 20, momentum]) and steep == pytest.approx([1.3, momentum])
    plt.close(fig)


def test_the_output_brings_everything_it_needs(shown):
    momentum_explorer(method="nesterov", lr=1.3, momentum=0.7, kappa=50)
    page, text = check_output(shown, method="nesterov", lr=1.3, momentum=0.7, kappa=50)
    assert "condition number 50" in text["en"] and "条件数 50" in text["zh"]
    for lang in ("en", "zh"):
        outside_data = re.sub(r"[A-Za-z0-9+/=]{200,}", "", page[lang])
        assert "http" not in outside_data and "src=" in outside_data


def test_what_to_try_stands_above_the_figure_unless_the_chapter_says_it(shown):
    momentum_explorer()
    momentum_explorer(tries="")
    momentum_explorer(tries="go & see")
    before = [[page[lang].split("<div data-descent")[0] for lang in ("en", "zh")] for page, _ in shown]
    assert before[0][0].startswith("<p><b>Try: </b>move momentum") and before[0][1].startswith("<p><b>试一试：</b>只动")
    assert before[1] == ["", ""] and "go &amp; see" in before[2][0]


@pytest.mark.browser
def test_moving_figures_have_the_colours_of_still_ones():
    """One colour per method in the whole course: js/base.js repeats figures/style.py, and no module has its own."""
    names = ("BLUE", "RED", "TEAL", "PLUM", "GOLD", "INK", "FAINT", "PAPER")
    found = in_node("base", "given.map((name) => figure[name])", names)
    assert found == [style.PALETTE[name.lower()] for name in names]
    assert in_node("base", "figure.GREY", None) == style.PALETTE["soft"]
    methods = in_node("base", "figure.METHODS", None)
    assert methods.pop("heavy_ball") == style.colour("momentum")
    assert methods == {name: style.colour(name) for name in methods} and {"gd", "sgd", "adam"} <= set(methods)
    words = re.search(r"const WORDS = (.*);", module_source("base"))[1]
    wanted = [(name, style.readable(name.lower())) for name in ("RED", "TEAL", "GOLD")]
    assert re.findall(r"\[(\w+)\]: \"(#\w+)\"", words) == wanted
    for module in ("momentum", "paths", "landscape", "race", "penalties", "depth"):
        assert not re.findall(r"#[0-9a-fA-F]{3,6}\b", module_source(module)), module


def test_modules_are_small_and_name_no_host():
    sizes = {}
    for name in ("base", "momentum"):
        source = module_source(name)
        sizes[name] = len(source.encode())
        assert set(re.findall(r"https?://[^\"' ]*", source)) <= {"http://www.w3.org/2000/svg"}
        assert "`" not in "".join(line for line in source.splitlines() if line.count("`") % 2), "a text over two lines"
    assert sizes["momentum"] < 9_000 and sum(sizes.values()) < 15_500, sizes


@pytest.mark.parametrize(
    "wrong",
    [{"method": "adam"}, {"lr": -0.1}, {"lr": float("nan")}, {"momentum": 1.0}, {"kappa": 0}, {"kappa": 2.5}],
)
def test_a_setting_outside_the_sliders_is_refused(wrong, shown):
    check_refused(momentum_explorer, wrong, shown)


@pytest.mark.browser
def test_the_script_replaces_the_picture_in_a_browser(shown, tmp_path):
    """Chromium opens the output as a page; the keyboard moves a slider and the words are read back.

    The last figure on the page has only begun: so it looks to the scripts before it while the page is being read.
    """
    momentum_explorer(method="heavy_ball", lr=1.0, momentum=0.8, kappa=20)
    begun = '<div data-descent="momentum" data-options="{}"></div>'
    with in_chromium("".join(shown[0][0].values()) + begun, tmp_path) as page:
        english, chinese = words(page)
        assert page.locator("[data-ready]").count() == 2
        assert "Spectral radius 0.8944. ○ Flat direction: 0.8944 (swings)" in english.inner_text()
        assert "after 117 steps" in english.inner_text()
        assert "谱半径 0.8944。○ 平坦方向：0.8944（来回摆）" in chinese.inner_text()
        lr = page.get_by_label("lr", exact=False).first
        press(lr, "ArrowRight", 30)
        assert lr.get_attribute("aria-valuetext") == "1.30"
        assert "after 120 steps" in english.inner_text() and "经过 117 步" in chinese.inner_text()
        page.locator("select").first.select_option("gd")
        assert page.get_by_role("slider", name="momentum").first.is_disabled()
    for lr, steps in ((1.0, 117), (1.3, 120)):
        distance = np.linalg.norm(numpy_path("heavy_ball", lr, 0.8, [1 / 20, 1], [1, 1], 150), axis=1)
        assert int(np.argmax(distance <= 1e-6 * distance[0])) == steps


@pytest.mark.browser
def test_a_figure_that_is_still_being_read_is_left_to_its_own_script(shown, tmp_path):
    """A long page: the first figure's script runs while the browser has only the beginning of the second."""
    momentum_explorer(kappa=20)
    ((page_of, _),) = shown
    figure, script = page_of["zh"].split("<script>")
    beginning = figure[: figure.index(">") + 1]
    with in_chromium(f"{page_of['en']}<section>{beginning}</div></section>", tmp_path) as page:
        words(page, figures=1)
        page.wait_for_timeout(300)
        page.evaluate("html => { document.querySelector('section').innerHTML = html; }", figure)
        page.add_script_tag(content=script.removesuffix("</script>"))
        words(page)


def test_three_other_settings_go_with_the_note(shown):
    """They stand where scripts do not run; the script removes them with the note."""
    momentum_explorer(lr=1.98, momentum=0, kappa=100)
    ((page, _),) = shown
    for lang in ("en", "zh"):
        note = re.search(r"<p data-static>.*?</p>", page[lang], re.DOTALL)[0]
        assert (
            note.count("<img") == 1
            and "momentum 0: 688 steps; momentum 0.76: 93 steps; momentum 0.97: 768 steps" in note
        )
        assert page[lang].index("<img") < page[lang].index("<p data-static>")  # the script takes the first picture
