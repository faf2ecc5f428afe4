"""Two ways to shrink weights with Adam: a penalty in the gradient (L2), or a decay beside the step (AdamW).

For plain gradient descent they are the same. Adam divides the gradient, with the penalty in it, by sqrt(v_hat): a
weight with large gradients then hardly decays. AdamW keeps the decay out of that division.
"""

import numpy as np  # noqa: F401 (the worked calls)

from descent.hyper import require
from descent.say import tr
from reference.adaptive import adam_step


def adam_l2_step(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    """One step of Adam on the loss plus an L2 penalty, weight_decay / 2 * sum x^2.

        g <- g + weight_decay * x                    the gradient of the penalty joins the gradient
        then a step of Adam with that g

    params (x), grads (g, of the loss alone): arrays of one shape, any shape. state: (m, v, t), from
    adam_init(params) at first. None of them is changed.
    lr, betas (beta1, beta2), eps, weight_decay: Python numbers. NaN passes through.
    Returns (new params, new state), same shape and dtype.
    Raises ValueError unless weight_decay >= 0.

    The `weight_decay` of torch.optim.Adam.

    >>> state = np.array([0.0]), np.array([0.0]), 0
    >>> params, (m, v, t) = adam_l2_step(np.array([2.0]), np.array([3.0]), state, lr=0.1, betas=(0.5, 0.75), weight_decay=0.5)
    >>> params.round(4).tolist(), m.tolist(), v.tolist(), t
    ([1.9], [2.0], [4.0], 1)
    """
    require(weight_decay >= 0, "weight_decay", weight_decay, tr("a number >= 0", "大于或等于 0 的数"))
    return adam_step(params, grads + weight_decay * params, state, lr=lr, betas=betas, eps=eps)


def adamw_step(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    """One step of AdamW: a step of Adam, and in addition every weight loses the same share of itself.

    Contract: the new state is that of adam_step. Each entry of params moves as in adam_step and also loses the share
    lr * weight_decay of the value it came in with, whatever its gradients are.

    params, grads (of the loss alone): arrays of one shape, any shape. state: (m, v, t), from adam_init(params) at
    first. None of them is changed.
    lr, betas (beta1, beta2), eps, weight_decay: Python numbers. NaN passes through.
    Returns (new params, new state), same shape and dtype.
    Raises ValueError unless weight_decay >= 0.

    Loshchilov & Hutter (2019), with the decay lr * weight_decay of PyTorch, optax and CS231n; the paper has
    eta_t * weight_decay, where the schedule eta_t multiplies lr and lr itself stays out of the decay.

    >>> state = np.array([0.0]), np.array([0.0]), 0
    >>> params, (m, v, t) = adamw_step(np.array([2.0]), np.array([4.0]), state, lr=0.1, betas=(0.5, 0.75), weight_decay=0.5)
    >>> params.round(4).tolist(), m.tolist(), v.tolist(), t
    ([1.8], [2.0], [4.0], 1)
    """
    require(weight_decay >= 0, "weight_decay", weight_decay, tr("a number >= 0", "大于或等于 0 的数"))
    stepped, state = adam_step(params, grads, state, lr=lr, betas=betas, eps=eps)
    return stepped - lr * weight_decay * params, state
