"""Chapter 02: backpropagation through time in other words, and wrong versions that nobody catalogued."""

import numpy as np

from reference.rnn import rnn_gradient, rnn_loss_and_grads, rnn_state_gradients, rnn_states, sigmoid

# ---- right --------------------------------------------------------------------------------------


def states_by_list(params, states, *, target):
    s = sigmoid(states)
    d = [2 * (s[-1] - target) * s[-1] * (1 - s[-1])]
    for one in s[-2::-1]:
        d.insert(0, d[0] * params[0] * (one - one * one))
    return np.array(d)


def states_by_products(params, states, *, target):
    s = sigmoid(states)
    factors = (params[0] * s * (1 - s))[::-1]
    factors[0] = 2 * (s[-1] - target) * s[-1] * (1 - s[-1])
    return np.cumprod(factors)[::-1]


def gradient_by_loop(params, states, *, target):
    d, grads = rnn_state_gradients(params, states, target=target), np.zeros_like(params)
    for t in range(1, len(states)):
        grads[0] += d[t] * sigmoid(states[t - 1])
        grads[1] += d[t]
    return grads


def gradient_by_dot(params, states, *, target):
    d = rnn_state_gradients(params, states, target=target)[1:]
    return np.stack([sigmoid(states[:-1]), np.ones_like(d)]) @ d


def loss_by_parts(params, *, x0=0.5, target=0.7, num_steps=50):
    x, states = x0, [x0]
    for _ in range(num_steps):
        x = params[0] / (1 + np.exp(-x)) + params[1]
        states.append(x)
    error = 1 / (1 + np.exp(-x)) - target
    return float(error * error), gradient_by_loop(params, np.array(states), target=target)


def loss_forward_mode(params, *, x0=0.5, target=0.7, num_steps=50):
    x, dx = x0, np.zeros(2)
    for _ in range(num_steps):
        s = sigmoid(x)
        x, dx = params[0] * s + params[1], params[0] * s * (1 - s) * dx + np.array([s, 1.0])
    s = sigmoid(x)
    return (s - target) ** 2, 2 * (s - target) * s * (1 - s) * dx


# ---- wrong --------------------------------------------------------------------------------------


def states_clipped(params, states, *, target):
    return np.clip(rnn_state_gradients(params, states, target=target), -0.05, 0.05)


def gradient_doubled(params, states, *, target):
    return 3 * rnn_gradient(params, states, target=target)


def gradient_with_start(params, states, *, target):
    d = rnn_state_gradients(params, states, target=target)
    return np.array([np.sum(d * sigmoid(states)), np.sum(d)])


def loss_of_all_states(params, *, x0=0.5, target=0.7, num_steps=50):
    states = rnn_states(params, x0=x0, num_steps=num_steps)
    return np.mean((sigmoid(states) - target) ** 2), rnn_gradient(params, states, target=target)


def loss_with_penalty(params, *, x0=0.5, target=0.7, num_steps=50):
    loss, grads = rnn_loss_and_grads(params, x0=x0, target=target, num_steps=num_steps)
    return loss + 0.01 * np.sum(params**2), grads + 0.02 * params


def gradient_forward_mode(params, states, *, target):
    """With a NaN in x_0 both entries are NaN: 0 * NaN."""
    tangent = np.zeros(2)
    for s in sigmoid(states[:-1]):
        tangent = np.array([s, 1.0]) + params[0] * s * (1 - s) * tangent
    s = sigmoid(states[-1])
    return (2 * (s - target) * s * (1 - s) * tangent).astype(states.dtype)


RIGHT = {
    "rnn_state_gradients": [states_by_list, states_by_products],
    "rnn_gradient": [gradient_forward_mode, gradient_by_loop, gradient_by_dot],
    "rnn_loss_and_grads": [loss_by_parts, loss_forward_mode],
}


def states_end_when_tiny(params, states, *, target):
    """The walk back stops where an entry is below 1e-12."""
    d = rnn_state_gradients(params, states, target=target).copy()
    tiny = np.flatnonzero(np.abs(d) < 1e-12)
    d[: tiny[-1] if tiny.size else 0] = 0
    return d


WRONG = {
    "rnn_state_gradients": [states_clipped, states_end_when_tiny],
    "rnn_gradient": [gradient_doubled, gradient_with_start],
    "rnn_loss_and_grads": [loss_of_all_states, loss_with_penalty],
}
