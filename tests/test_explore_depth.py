"""The depth explorer: the browser's numbers are Python's, and Python's are the reference's."""

import numpy as np
import pytest
from explorers import (
    check_output,
    check_refused,
    in_chromium,
    in_node,
    module_source,
    press,
    shown,  # noqa: F401  a fixture
    words,
)

from descent.explore_depth import (
    ACTIVATIONS,
    DEPTH,
    EPS,
    INITS,
    SEED,
    depth_explorer,
    normals,
    shares,
    signals,
    sizes,
)
from reference.backprop import relu_backward
from reference.batch_norm import batchnorm_backward, batchnorm_forward, batchnorm_init
from reference.initialization import he_normal, standard_uniform, xavier_normal


def test_the_numbers_are_standard_normal_and_streams_differ():
    drawn = normals(3, 40_000)
    assert abs(drawn.mean()) < 0.02 and abs(drawn.std() - 1) < 0.02
    assert abs(np.mean(drawn**4) - 3) < 0.15
    for other in (drawn[1:], normals(4, 39_999)):
        assert abs(np.corrcoef(drawn[:-1], other)[0, 1]) < 0.02


@pytest.mark.parametrize("name, init", [("he", he_normal), ("xavier", xavier_normal), ("standard", standard_uniform)])
@pytest.mark.parametrize("width", [40, 90])
def test_the_standard_deviations_are_those_of_the_reference(name, init, width):
    drawn = np.concatenate([init(np.random.default_rng(s), (width, width)).ravel() for s in range(20)])
    assert INITS[name](width) == pytest.approx(drawn.std(), rel=0.02)


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_the_slope_of_an_activation_is_its_derivative(activation):
    forward, slope = ACTIVATIONS[activation]
    z = np.array([-2.3, -0.7, 0.4, 1.9])
    np.testing.assert_allclose(
        slope(z, forward(z)), (forward(z + 1e-6) - forward(z - 1e-6)) / 2e-6, rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize("norm", [False, True])
def test_both_signals_are_those_of_the_reference(norm):
    width, gain = 20, 0.9
    outputs, grads = signals("he", "relu", gain, width, norm)
    assert len(outputs) == len(grads) == DEPTH + 1
    ones, zeros = np.ones(width), np.zeros(width)
    h, seen = outputs[0], []
    for k in range(1, DEPTH + 1):
        W = gain * np.sqrt(2 / width) * normals(SEED + k, width * width).reshape(width, width)
        z, cache = h @ W, None
        if norm:
            z, cache, _ = batchnorm_forward(z, ones, zeros, batchnorm_init(width), True, eps=EPS)
        h = np.maximum(z, 0)
        np.testing.assert_allclose(outputs[k], h, rtol=1e-9, atol=1e-12)
        seen.append((W, z, cache))
    grad = grads[-1]
    for k in range(DEPTH, 0, -1):
        W, z, cache = seen[k - 1]
        grad = relu_backward(grad, z)
        if norm:
            grad = batchnorm_backward(grad, cache)[0]
        grad = grad @ W.T
        np.testing.assert_allclose(grads[k - 1], grad, rtol=1e-7, atol=1e-12)


def test_what_lies_beyond_the_plot_counts_at_its_ends():
    share = shares(np.array([-50.0, -3.0, 0.0, 0.01, 3.0, 1e9]))
    assert share[0] == pytest.approx(2 / 6) and share[-1] == pytest.approx(2 / 6) and share[20] == pytest.approx(2 / 6)


CALLS = [["he", "relu", 1.0, 30, False], ["xavier", "tanh", 1.35, 20, True], ["standard", "sigmoid", 0.7, 10, False],
         ["small", "linear", 2.0, 20, True], ["zero", "relu", 1.0, 10, True]]  # fmt: skip


@pytest.mark.browser
def test_the_browser_computes_the_same_numbers():
    runs = """given.map((one) => figure.signals(...one)).map(({ outputs, grads }) => ({
        forward: outputs.map(figure.size), backward: grads.map(figure.size), shares: outputs.map(figure.shares),
        first: Array.from(outputs[30].slice(0, 7)), last: Array.from(grads[0].slice(0, 7)) }))"""
    for call, got in zip(CALLS, in_node("depth", runs, CALLS), strict=True):
        outputs, grads = signals(*call)
        np.testing.assert_allclose(got["forward"], sizes(outputs), rtol=1e-9, atol=1e-300, err_msg=str(call))
        np.testing.assert_allclose(got["backward"], sizes(grads), rtol=1e-9, atol=1e-300, err_msg=str(call))
        np.testing.assert_allclose(got["shares"], [shares(h) for h in outputs], atol=1e-12, err_msg=str(call))
        np.testing.assert_allclose(got["first"], outputs[-1].ravel()[:7], rtol=1e-8, atol=1e-13, err_msg=str(call))
        np.testing.assert_allclose(got["last"], grads[0].ravel()[:7], rtol=1e-7, atol=1e-13, err_msg=str(call))


def test_the_output_brings_everything_it_needs(shown):
    depth_explorer(init="xavier", activation="tanh", gain=1.5, width=20, norm=True, layer=12)
    _, text = check_output(shown, init="xavier", activation="tanh", gain=1.5, width=20, norm=True, layer=12)
    assert "batch normalization" in text["en"] and "批量归一化" in text["zh"]
    source = module_source("depth")
    assert "http" not in source and len(source.encode()) < 11_000


@pytest.mark.parametrize(
    "wrong", [{"init": "orthogonal"}, {"activation": "gelu"}, {"gain": 0.4}, {"gain": float("nan")}, {"width": 15},
              {"norm": "yes"}, {"layer": DEPTH + 1}]
)  # fmt: skip
def test_a_setting_outside_the_sliders_is_refused(wrong, shown):
    check_refused(depth_explorer, wrong, shown)


@pytest.mark.browser
def test_the_script_replaces_the_picture_in_a_browser(shown, tmp_path):
    """Chromium opens the output as a page; menus and sliders change it, and the words are read back."""
    depth_explorer(init="he", activation="relu", width=20)

    def size_at_the_end(*setting):
        return f"Signal after layer 30: {sizes(signals(*setting)[0])[-1]:#.3g} "

    with in_chromium("".join(shown[0][0].values()), tmp_path) as page:
        english, chinese = words(page)
        assert english.inner_text().startswith(size_at_the_end("he", "relu", 1.0, 20, False))
        assert chinese.inner_text().startswith("第 30 层之后的信号：")
        page.get_by_role("combobox", name="Batch norm").select_option("on")
        assert english.inner_text().startswith(size_at_the_end("he", "relu", 1.0, 20, True))
        page.get_by_role("combobox", name="Activation").select_option("tanh")
        page.get_by_role("combobox", name="Batch norm").select_option("off")
        gain = page.get_by_role("slider", name="× gain").first
        press(gain, "ArrowRight", 4)
        assert gain.get_attribute("aria-valuetext") == "1.20"
        assert english.inner_text().startswith(size_at_the_end("he", "tanh", 1.2, 20, False))
        press(page.get_by_role("slider", name="Layer").first, "Home")
        assert "Layer 0: size " in english.inner_text()
