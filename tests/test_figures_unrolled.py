"""The recurrent network unrolled in time: what stands in the boxes and on the arrows."""

import numpy as np
import pytest

from descent.figures.style import pyplot
from descent.figures.unrolled import draw_unrolled, three
from descent.say import set_language
from reference.rnn import rnn_gradient, rnn_state_gradients, rnn_states, sigmoid

PARAMS = np.array([6.0, -3.0])
STATES = rnn_states(PARAMS, x0=0.5, num_steps=3)
LOSS = (sigmoid(STATES[-1]) - 0.7) ** 2


def texts_of(*gradients):
    fig = draw_unrolled(PARAMS, STATES, LOSS, *gradients)
    texts = [text.get_text() for text in fig.axes[0].texts]
    pyplot().close(fig)
    return texts


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_gradients_it_gives_no_slope_away(lang):
    set_language(lang)
    assert [text for text in texts_of() if text] == [
        "$x_0$ = 0.5", "$x_1$ = 0.735", "$x_2$ = 1.06", "$x_3$ = 1.45",
        {"en": "loss", "zh": "损失"}[lang] + " = 0.0121", "$w$ = 6", "$b$ = −3",
    ]  # fmt: skip
    set_language("en")


def test_the_shares_of_the_steps_add_up_to_the_gradient():
    d = rnn_state_gradients(PARAMS, STATES, target=0.7)
    texts = texts_of(d)
    by_w, by_b = rnn_gradient(PARAMS, STATES, target=0.7)
    assert {f"= {three(by_w)}", f"= {three(by_b)}", *map(three, d)} <= set(texts)
    assert {three(share) for share in d[1:] * sigmoid(STATES[:-1])} <= set(texts)
    slopes = 6 * sigmoid(STATES[:-1]) * (1 - sigmoid(STATES[:-1]))
    assert np.allclose(d[:-1], d[1:] * slopes) and set(map(three, slopes)) <= set(texts)


def test_three_digits_and_a_minus_sign():
    assert three(-0.03386) == "−0.0339" and three(6.0) == "6"
