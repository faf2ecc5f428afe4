"""A recurrent network uses one weight T times, so its gradient is a sum of products of up to T factors.

The one-unit network of Pascanu et al. (2013), section 2.3: no input, two parameters, and a cliff in its loss.

    x_t = w * sigmoid(x_{t-1}) + b,   t = 1, ..., T          loss = (sigmoid(x_T) - target)^2
"""

import numpy as np

from descent.hyper import require
from descent.say import tr


def sigmoid(x):
    """Return 1 / (1 + exp(-x)), written with tanh so that no exp can overflow. Any shape; NaN stays NaN."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def rnn_states(params, *, x0, num_steps):
    """Return the states x_0, ..., x_T of the one-unit network.

        x_t = w * sigmoid(x_{t-1}) + b

    params: array (2,) of w and b, not changed. x0: the first state. num_steps: T.
    Returns an array (T + 1,) in the dtype of params, states[0] = x0.
    Raises ValueError unless num_steps >= 1.
    """
    require(num_steps >= 1, "num_steps", num_steps, tr("a whole number >= 1", "大于或等于 1 的整数"))
    w, b = params
    states = np.empty(num_steps + 1, dtype=np.result_type(params, np.float32))  # whole numbers become floats
    states[0] = x0
    for t in range(1, num_steps + 1):
        states[t] = w * sigmoid(states[t - 1]) + b
    return states


def rnn_state_gradients(params, states, *, target):
    """Return the derivative of the loss with respect to every state, by backpropagation through time.

    Contract: entry t is dloss/dx_t: what a small change of x_t does to the loss (sigmoid(x_T) - target)^2, where
    x_{t+1} = w * sigmoid(x_t) + b and all later states follow. Slopes are taken at the given states.

    params: array (2,) of w and b. states: array (T + 1,) of x_0, ..., x_T. They are not changed.
    NaN in w and in the states passes through.
    Returns an array (T + 1,) in the dtype of states.

    >>> rnn_state_gradients(np.array([3.0, 1.0]), np.zeros(2), target=0.25)
    array([0.09375, 0.125  ])
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
    """Return the gradient of the loss with respect to w and b.

    Contract: x_t = w * sigmoid(x_{t-1}) + b for t = 1, ..., T, always with the same w and b. A small change of w
    changes all these states, and through them the loss: entry 0 is dloss/dw. Entry 1 is dloss/db.

    params: array (2,) of w and b. states: array (T + 1,) of x_0, ..., x_T. They are not changed.
    NaN in w and in the states passes through.
    Returns an array (2,) in the dtype of states.

    >>> rnn_gradient(np.array([3.0, 1.0]), np.array([4.0, 0.0]), target=0.25).round(4)
    array([0.1228, 0.125 ])
    """
    d = rnn_state_gradients(params, states, target=target)
    return np.array([np.sum(d[1:] * sigmoid(states[:-1])), np.sum(d[1:])])


def rnn_loss_and_grads(params, *, x0=0.5, target=0.7, num_steps=50):
    """Return the loss of the one-unit network after num_steps steps, and its gradient.

        loss = (sigmoid(x_T) - target)^2

    params: array (2,) of w and b, not changed. The defaults are those of figure 6 of Pascanu et al. (2013).
    Returns (loss, grads): a number and an array (2,).
    """
    states = rnn_states(params, x0=x0, num_steps=num_steps)
    loss = (sigmoid(states[-1]) - target) ** 2
    return loss, rnn_gradient(params, states, target=target)
