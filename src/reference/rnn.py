"""A recurrent network uses one weight T times, so its gradient is a sum of products of up to T factors.

The one-unit network of Pascanu et al. (2013), section 2.3: no input, two parameters, and a cliff in its loss.

    x_t = w * sigmoid(x_{t-1}) + b,   t = 1, ..., T          loss = (sigmoid(x_T) - target)^2
"""

import numpy as np

from descent.hyper import require


def sigmoid(x):
    """Return 1 / (1 + exp(-x)), written with tanh so that no exp can overflow. Any shape; NaN stays NaN."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def rnn_states(params, *, x0, num_steps):
    """The states x_0, ..., x_T of the one-unit network.

        x_t = w * sigmoid(x_{t-1}) + b

    params: array (2,) of w and b, not changed. x0: the first state. num_steps: T.
    Returns an array (T + 1,) in the dtype of params, states[0] = x0. NaN and inf pass through.
    Raises ValueError unless num_steps >= 1.
    """
    require(num_steps >= 1, "num_steps", num_steps, "a whole number >= 1")
    w, b = params
    states = np.empty(num_steps + 1, dtype=np.result_type(params, np.float32))  # whole numbers become floats
    states[0] = x0
    for t in range(1, num_steps + 1):
        states[t] = w * sigmoid(states[t - 1]) + b
    return states


def rnn_state_gradients(params, states, *, target):
    """How the loss depends on every state: the first half of backpropagation through time.

        s_t = sigmoid(x_t)
        d_T = 2 (s_T - target) s_T (1 - s_T)                 d_t = dloss/dx_t
        d_{t-1} = d_t * w * s_{t-1} (1 - s_{t-1})            back from t = T to t = 1

    params: array (2,) of w and b. states: (T + 1,), from rnn_states. They are not changed.
    Returns an array (T + 1,) of d_0, ..., d_T. Where |w s (1 - s)| stays below 1 its early entries vanish,
    where it stays above 1 they explode. NaN and inf pass through.
    """
    w, _ = params
    s = sigmoid(states)
    slopes = s * (1 - s)
    d = np.empty_like(states)
    d[-1] = 2 * (s[-1] - target) * slopes[-1]
    for t in range(len(states) - 1, 0, -1):
        d[t - 1] = d[t] * w * slopes[t - 1]
    return d


def rnn_gradient(params, states, *, target):
    """Gradient of the loss with respect to w and b; each of the T steps uses the same w and the same b.

    Contract: to first order, a change of w by e changes the loss by e * dloss/dw, where all states follow
    that change; likewise b. For states from rnn_states, central differences of the loss agree.
    Known: rnn_state_gradients gives d_t = dloss/dx_t, and x_t = w * sigmoid(x_{t-1}) + b for t = 1, ..., T.

    params: array (2,) of w and b. states: (T + 1,), from rnn_states. They are not changed.
    Returns an array (2,). NaN and inf pass through.
    """
    d = rnn_state_gradients(params, states, target=target)
    # each step's share of the one weight, added up
    return np.array([np.sum(d[1:] * sigmoid(states[:-1])), np.sum(d[1:])])


def rnn_loss_and_grads(params, *, x0=0.5, target=0.7, num_steps=50):
    """Loss of the one-unit network after num_steps steps, and its gradient.

        loss = (sigmoid(x_T) - target)^2

    params: array (2,) of w and b, not changed. The defaults are those of Pascanu's figure 6.
    Returns (loss, grads): a number and an array (2,). NaN and inf pass through.
    Raises ValueError unless num_steps >= 1.
    """
    require(num_steps >= 1, "num_steps", num_steps, "a whole number >= 1")
    states = rnn_states(params, x0=x0, num_steps=num_steps)
    loss = (sigmoid(states[-1]) - target) ** 2
    return loss, rnn_gradient(params, states, target=target)
