"""The drawn graph of a computation: where the boxes stand, and what is written in them."""

import pytest

from descent.figures.graph import columns, draw_graph, places, plain
from descent.figures.style import pyplot
from descent.say import set_language
from reference.autograd import Value


def neuron():
    w, x, b, m = (Value(number) for number in (3.0, 2.0, -1.0, -1.0))
    p = w * x
    z = p + b
    a = z.relu()
    d = a + m
    loss = d * d
    loss.backward()
    return loss, {w: "w", x: "x", b: "b", m: "m", p: "p", z: "z", a: "a", d: "d", loss: "loss"}


def test_results_stand_right_of_their_parents_and_inputs_just_left_of_their_first_use():
    loss, names = neuron()
    found = {names[node]: column for node, column in columns(loss.ordered()).items()}
    assert found == {"w": 0, "x": 0, "p": 1, "b": 1, "z": 2, "a": 3, "m": 3, "d": 4, "loss": 5}
    spots = list(places(loss.ordered()).values())
    assert len(set(spots)) == len(spots) == 9


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_box_has_its_value_and_its_gradient(lang):
    set_language(lang)
    loss, names = neuron()
    fig = draw_graph(loss, names)
    texts = [text.get_text() for text in fig.axes[0].texts]
    assert {"w = 3", "16", "x = 2", "24", "b = −1", "loss = 16", "1"} <= set(texts)
    assert texts.count("4") == 2, "both arrows from d to the loss have their slope"
    pyplot().close(fig)
    set_language("en")


def test_a_minus_sign_is_one():
    assert plain(-0.5) == "−0.5" and plain(1234.5678) == "1235"
