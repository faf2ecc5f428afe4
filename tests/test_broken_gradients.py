"""The planted bugs of chapter 00: the loss is right, the first layer's gradients are not, and a check says so."""

from functools import partial

import numpy as np
import pytest

from descent.broken_gradients import relu_of_gradient, without_gate
from reference.backprop import two_layer_loss_and_grads
from reference.gradient_check import gradient_check
from reference.losses import mean_squared_error

RNG = np.random.default_rng(5)
PARAMS = {
    "W1": RNG.standard_normal((4, 3)),
    "b1": RNG.standard_normal(3),
    "W2": RNG.standard_normal((3, 2)),
    "b2": RNG.standard_normal(2),
}
X, Y = RNG.standard_normal((6, 4)), RNG.standard_normal((6, 2))


@pytest.mark.parametrize("broken", [without_gate, relu_of_gradient])
def test_only_the_first_layer_is_wrong(broken):
    assert gradient_check(partial(broken, X=X, Y=Y), PARAMS) == ["W1", "b1"]
    loss, grads = broken(PARAMS, X, Y)
    right, right_grads = two_layer_loss_and_grads(PARAMS, X, Y, loss_fn=mean_squared_error)
    assert loss == pytest.approx(right, rel=1e-12)
    for name in ("W2", "b2"):
        np.testing.assert_allclose(grads[name], right_grads[name], rtol=1e-12)


def test_a_forgotten_gate_is_not_noticed_where_every_unit_is_on():
    assert gradient_check(partial(without_gate, X=X, Y=Y), {**PARAMS, "b1": np.full(3, 20.0)}) == []
