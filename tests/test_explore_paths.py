"""The path explorer: the browser's numbers are Python's, and Python's are the reference's."""

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

from descent import explore_paths
from descent.explore_paths import EPOCHS, ROWS, START, orders, path_explorer, small_path, small_problem
from reference.gradient_descent import gradient_descent, minibatch_sgd
from reference.losses import mean_squared_error


class Orders:
    """A generator whose permutations are those of the explorer."""

    def __init__(self, seed):
        self.orders = orders(seed)

    def permutation(self, count):
        assert count == ROWS
        return np.array(next(self.orders))


def loss_and_grads(w, X, y):
    loss, grad_outputs = mean_squared_error(X @ w, y)
    return loss, X.T @ grad_outputs


@pytest.mark.parametrize("kappa", [1, 10, 73])
def test_the_problem_has_the_curvatures_and_the_minimum_it_promises(kappa):
    X, y = small_problem(kappa)
    np.testing.assert_allclose(2 * X.T @ X / ROWS, np.diag([1 / kappa, 1]), atol=1e-12)
    np.testing.assert_allclose(loss_and_grads(np.zeros(2), X, y)[1], 0, atol=1e-12)
    assert loss_and_grads(np.zeros(2), X, y)[0] == pytest.approx(0.4**2)


@pytest.mark.parametrize("batch_size, lr", [(1, 0.3), (5, 0.83), (32, 1.7)])
def test_a_path_is_that_of_the_reference(batch_size, lr):
    X, y = small_problem(10)
    path, _ = minibatch_sgd(
        np.array(START), loss_and_grads, X, y, lr=lr, batch_size=batch_size, num_epochs=3, rng=Orders(7)
    )
    np.testing.assert_allclose(small_path(batch_size, lr, 10, 7, 3), path, rtol=1e-12)
    if batch_size == ROWS:
        path = gradient_descent(np.array(START), lambda w: loss_and_grads(w, X, y)[1], lr=lr, num_steps=3)
        np.testing.assert_allclose(small_path(batch_size, lr, 10, 7, 3), path, rtol=1e-9)


def test_an_epoch_holds_every_example_once_in_an_order_of_its_own():
    found = [order for seed in range(1, 21) for order, _ in zip(orders(seed), range(5))]
    assert all(sorted(order) == list(range(ROWS)) for order in found)
    assert len({tuple(order) for order in found}) == len(found)
    first = np.array(found)[:, 0]  # each row may come first: none is drawn far too often
    assert len(set(first.tolist())) >= 20


@pytest.mark.browser
def test_the_browser_computes_the_same_numbers():
    cases = [(1, 0.3, 10, 1), (4, 0.61, 33, 20), (7, 1.1, 1, 3), (32, 2.02, 100, 5)]
    got = arrays("paths", [["smallPath", *case] for case in cases] + [["smallProblem", 10]])
    for case, path in zip(cases, got):
        np.testing.assert_allclose(path, small_path(*case), rtol=1e-9, atol=1e-12, err_msg=str(case))
    np.testing.assert_allclose(got[-1], np.column_stack(small_problem(10)), rtol=1e-12)


def test_the_output_brings_everything_it_needs(shown):
    path_explorer(method="minibatch", batch_size=5, lr=0.4, kappa=20, seed=3)
    _, text = check_output(shown, method="minibatch", lr=0.4, batch_size=5, kappa=20, seed=3)
    assert "7 steps per epoch" in text["en"] and "每轮 7 步" in text["zh"]
    source = module_source("paths")
    assert "http" not in source and len(source.encode()) < 8_000


def test_the_static_picture_shows_the_same_run():
    path = small_path(4, 0.5, 10, 2)
    distance = np.linalg.norm(path, axis=1) / np.linalg.norm(START)
    fig = explore_paths._picture(path, distance, 10, "minibatch")
    plane, curve = fig.axes[:2]
    np.testing.assert_array_equal(plane.lines[0].get_xydata(), path)
    np.testing.assert_array_equal(curve.lines[0].get_ydata(), distance)
    assert curve.lines[0].get_xdata()[-1] == EPOCHS
    plt.close(fig)


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "adam"},
        {"lr": -0.1},
        {"lr": float("nan")},
        {"batch_size": 0},
        {"batch_size": 33},
        {"kappa": 0},
        {"seed": 0},
    ],
)
def test_a_setting_outside_the_sliders_is_refused(wrong, shown):
    check_refused(path_explorer, wrong, shown)


@pytest.mark.browser
def test_the_script_replaces_the_picture_in_a_browser(shown, tmp_path):
    """Chromium opens the output as a page; a menu and the keyboard change it, and the words are read back."""
    path_explorer(method="sgd", lr=0.3, kappa=10, seed=1)

    def after_one_epoch(batch_size, lr):
        path = small_path(batch_size, lr, 10, 1)
        return f"{np.linalg.norm(path[-(-ROWS // batch_size)]) / np.linalg.norm(START):.3f}"

    with in_chromium("".join(shown[0][0].values()), tmp_path) as page:
        english, chinese = words(page)
        assert english.inner_text().startswith("32 steps per epoch")
        assert f"{after_one_epoch(1, 0.3)} after one epoch" in english.inner_text()
        assert f"一轮之后 {after_one_epoch(1, 0.3)}" in chinese.inner_text() and "每轮 32 步" in chinese.inner_text()
        assert page.get_by_label("batch size").first.is_disabled()
        page.locator("select").first.select_option("minibatch")
        lr = page.get_by_label("lr", exact=False).first
        press(lr, "ArrowRight", 20)
        assert lr.get_attribute("aria-valuetext") == "0.50"
        assert english.inner_text().startswith("8 steps per epoch")
        assert f"{after_one_epoch(4, 0.5)} after one epoch" in english.inner_text()
        page.locator("select").first.select_option("gd")
        assert english.inner_text().startswith("1 step per epoch")
