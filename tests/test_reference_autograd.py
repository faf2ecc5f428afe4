"""Value: its gradients against differences of the program it ran, and against the layers written for arrays."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reference.autograd import Node, Value
from reference.backprop import two_layer_loss_and_grads
from reference.gradient_check import numerical_gradient
from reference.losses import mean_squared_error

few = settings(max_examples=40, deadline=None, derandomize=True)
steps = st.tuples(st.sampled_from(["add", "mul", "relu"]), st.integers(0, 30), st.integers(0, 30))


def computed(numbers, program):
    """All results of a program on numbers or Values: each step uses two earlier results, whichever."""
    made = list(numbers)
    for kind, i, j in program:
        a, b = made[i % len(made)], made[j % len(made)]
        relu = a.relu if isinstance(a, Value) else lambda: max(a, 0.0)
        made.append(a + b if kind == "add" else a * b if kind == "mul" else relu())
    return made


@few
@given(numbers=st.lists(st.floats(-1.5, 1.5), min_size=2, max_size=4), program=st.lists(steps, min_size=1, max_size=8))
def test_gradients_agree_with_differences(numbers, program):
    values = computed(map(Value, numbers), program)
    kinks = [node.parents[0].data for node in values if len(node.parents) == 1]
    assume(all(abs(kink) > 1e-3 for kink in kinks) and all(abs(node.data) < 100 for node in values))
    values[-1].backward()
    numeric = numerical_gradient(lambda x: computed(map(float, x), program)[-1], np.array(numbers), h=1e-6)
    for value, slope in zip(values, numeric):
        assert value.grad == pytest.approx(slope, rel=1e-5, abs=1e-5)


@few
@given(seed=st.integers(0, 1000))
def test_a_network_of_values_has_the_gradients_of_the_arrays(seed):
    rng = np.random.default_rng(seed)
    shapes = {"W1": (2, 3), "b1": (3,), "W2": (3, 1), "b2": (1,)}
    params, X, y = {name: rng.normal(size=shape) for name, shape in shapes.items()}, rng.normal(size=2), rng.normal()
    _, grads = two_layer_loss_and_grads(params, X[None], np.array([[y]]), loss_fn=mean_squared_error)
    nodes = {name: np.vectorize(Value, otypes=[object])(array) for name, array in params.items()}
    inputs = [Value(float(x)) for x in X]
    hidden = [(inputs[0] * w[0] + inputs[1] * w[1] + b).relu() for w, b in zip(nodes["W1"].T, nodes["b1"])]
    out = nodes["b2"][0]
    for h, w in zip(hidden, nodes["W2"][:, 0]):
        out = out + h * w
    error = out + Value(-y)
    (error * error).backward()
    for name, array in nodes.items():
        np.testing.assert_allclose(np.vectorize(lambda node: node.grad)(array), grads[name], atol=1e-12)


def test_ordered_is_each_node_once_after_its_parents():
    a, b = Value(1.0), Value(2.0)
    u = a * b
    loss = u * u + a
    nodes = loss.ordered()
    assert len(nodes) == len(set(nodes)) == 5 and nodes[-1] is loss and u in nodes
    for place, node in enumerate(nodes):
        assert all(nodes.index(parent) < place for parent in node.parents)
    assert Node(3.0).ordered()[0].data == 3.0


def test_another_loss_starts_afresh_and_the_kink_has_slope_0():
    a, b = Value(0.0), Value(5.0)
    first, second = a * b, a.relu() + b
    first.backward()
    second.backward()
    assert (a.grad, b.grad, second.data) == (0.0, 1.0, 5.0)
