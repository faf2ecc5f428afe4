"""The broken Adams: each is broken in its own way, and the path they are held to is Adam's."""

import numpy as np
import pytest

from descent.broken_adams import BROKEN_ADAMS, astray, path_of_adam
from reference.adam_bugs import expose_adam_bugs
from reference.adaptive import adam_init, adam_step

SETTING = {"betas": (0.8, 0.95), "eps": 1e-6}


@pytest.mark.parametrize("size", [1.0, 1e-6])
def test_the_closed_form_is_the_path_of_adam_step(size):
    rng = np.random.default_rng(0)
    grads = [size * rng.normal(size=(2, 3)) for _ in range(12)]
    x, path = np.zeros((2, 3)), []
    state = adam_init(x)
    for g in grads:
        x, state = adam_step(x, g, state, lr=0.1, **SETTING)
        path.append(x)
    np.testing.assert_allclose(path_of_adam(grads, lr=0.1, **SETTING), path, rtol=1e-10)


@pytest.mark.parametrize("beta1", [0.5, 0.7, 0.9])
@pytest.mark.parametrize("beta2", [0.95, 0.99, 0.999])
@pytest.mark.parametrize("eps", [1e-8, 1e-5])
def test_the_reference_shows_each_bug_alone_for_all_settings_it_promises(beta1, beta2, eps):
    setting = {"betas": (beta1, beta2), "eps": eps}
    for letter, grads in expose_adam_bugs(**setting).items():
        assert astray(grads, **setting) == [letter]


def test_all_are_right_where_no_bug_can_show_and_wrong_where_all_can():
    assert astray([np.ones(3)], **SETTING) == []
    assert astray([np.array([1e-6, 3e-6]), np.array([2e-6, -1e-6])], **SETTING) == list(BROKEN_ADAMS)


@pytest.mark.parametrize(
    "grads, words",
    [
        ([], "1 to 100"),
        (np.ones((2, 3)), "a list"),
        ([np.ones(2)] * 101, "1 to 100"),
        ([np.ones(2), np.ones(3)], "one shape"),
        ([np.array([])], "1 to 100 entries"),
        ([np.array([np.nan])], "finite"),
        ([np.array([1e200])], "squares"),
        (["1"], "real numbers"),
        ([np.array(["a"])], "real numbers"),
        ([np.array([1j])], "real numbers"),
    ],
)
def test_what_is_no_list_of_gradients_is_refused_by_name(grads, words):
    with pytest.raises(ValueError, match=words):
        astray(grads, **SETTING)
