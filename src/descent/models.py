"""We wire layers to models here; the layers themselves are what you write, so each is passed in.

A model's parameters are a dict of named arrays: "W1", "b1", "W2", ... A weight matrix has shape
(fan_in, fan_out) and meets a batch X of shape (N, fan_in) as X @ W + b. The parts, as they are called:

    loss(scores, labels)                    -> loss, grad_scores
    affine_backward(grad_out, x, W)         -> grad_x, grad_W, grad_b
    init(rng, (fan_in, fan_out))            -> W
    activation     = (forward, backward):   forward(x) -> out;  backward(grad_out, x) -> grad_x
    dropout        = (forward, backward):   forward(x) -> out, mask;  backward(grad_out, mask) -> grad_x
    normalization  = (forward, backward):
        forward(x, gamma, beta, running, training) -> out, cache, running
        backward(grad_out, cache)                  -> grad_x, grad_gamma, grad_beta

A part with other arguments is fitted with a lambda: `lambda x: dropout_forward(x, rng, p=0.5)`.
"""

import numpy as np

from descent.hyper import require


def linear_init(rng, num_features, num_classes, *, init) -> dict[str, np.ndarray]:
    """Parameters of the linear model: W from init, b zeros of W's dtype."""
    W = init(rng, (num_features, num_classes))
    return {"W": W, "b": np.zeros(num_classes, dtype=W.dtype)}


def linear_scores(params, X) -> np.ndarray:
    """One score (logit) per class, X W + b: shape (N, classes)."""
    return X @ params["W"] + params["b"]


def linear_loss_and_grads(params, X, labels, *, loss, affine_backward):
    """Loss of the linear model and its gradients by name. With a softmax loss: softmax regression."""
    value, grad_scores = loss(linear_scores(params, X), labels)
    _, grad_W, grad_b = affine_backward(grad_scores, X, params["W"])
    return value, {"W": grad_W, "b": grad_b}


def mlp_init(rng, sizes, *, init, normalized=False) -> dict[str, np.ndarray]:
    """Parameters of a network with layers of the given sizes: (64, 32, 10) has one hidden layer of 32 units.

    Biases are zeros. normalized=True adds gamma (ones) and beta (zeros) for every hidden layer. All have the
    dtype of the weights: one float64 bias would turn a whole float32 network into float64.
    """
    require(len(sizes) >= 2, "sizes", sizes, "at least the number of features and the number of classes")
    params = {}
    for k, shape in enumerate(zip(sizes[:-1], sizes[1:], strict=True), start=1):
        W = init(rng, shape)
        params[f"W{k}"], params[f"b{k}"] = W, np.zeros(shape[1], dtype=W.dtype)
        if normalized and k < len(sizes) - 1:
            params[f"gamma{k}"] = np.ones(shape[1], dtype=W.dtype)
            params[f"beta{k}"] = np.zeros(shape[1], dtype=W.dtype)
    return params


def mlp_depth(params) -> int:
    """How many weight matrices the network has."""
    return sum(name.startswith("W") for name in params)


def mlp_scores(params, X, *, activation, normalization=None, running=None) -> np.ndarray:
    """Scores of the network in evaluation: no dropout, and normalization with the running statistics."""
    return mlp_activations(params, X, activation=activation, normalization=normalization, running=running)[-1]


def mlp_activations(params, X, *, activation, normalization=None, running=None) -> list[np.ndarray]:
    """The output of every layer in evaluation: after each activation, and last the scores."""
    outputs = []
    for k in range(1, mlp_depth(params) + 1):
        X = X @ params[f"W{k}"] + params[f"b{k}"]
        if k < mlp_depth(params):
            if normalization is not None:
                state = None if running is None else running.get(k)
                X, _, _ = normalization[0](X, params[f"gamma{k}"], params[f"beta{k}"], state, False)
            X = activation[0](X)
        outputs.append(X)
    return outputs


def mlp_loss_and_grads(
    params, X, labels, *, loss, affine_backward, activation, normalization=None, dropout=None, running=None
):
    """Loss of the network in training and its gradients by name.

    Hidden layer: affine, normalization if given, activation, dropout if given. Last layer: affine, then loss.
    running: a dict {layer number: whatever your normalization keeps}. It is the one argument that is changed:
    each layer's entry is replaced by the `running` that its forward returned.
    """
    depth = mlp_depth(params)
    running = {} if running is None else running
    seen = []  # of each layer: what its backward needs
    for k in range(1, depth + 1):
        layer = {"x": X}
        X = X @ params[f"W{k}"] + params[f"b{k}"]
        if k < depth:
            if normalization is not None:
                X, layer["cache"], running[k] = normalization[0](
                    X, params[f"gamma{k}"], params[f"beta{k}"], running.get(k), True
                )
            layer["before"] = X
            X = activation[0](X)
            if dropout is not None:
                X, layer["mask"] = dropout[0](X)
        seen.append(layer)

    value, grad = loss(X, labels)
    grads = {}
    for k in range(depth, 0, -1):
        layer = seen[k - 1]
        if k < depth:
            if dropout is not None:
                grad = dropout[1](grad, layer["mask"])
            grad = activation[1](grad, layer["before"])
            if normalization is not None:
                grad, grads[f"gamma{k}"], grads[f"beta{k}"] = normalization[1](grad, layer["cache"])
        grad, grads[f"W{k}"], grads[f"b{k}"] = affine_backward(grad, layer["x"], params[f"W{k}"])
    return value, grads


def add_penalty(value, grads, params, *, penalty, only=lambda name: name.startswith("W")):
    """Total loss = data loss + R(W), and its gradients.

    penalty(array) -> value, gradient. `only` picks the arrays it is applied to by name: the weights, and not
    biases, gamma and beta, unless you say otherwise.
    """
    grads = dict(grads)
    for name, array in params.items():
        if only(name):
            extra, grad = penalty(array)
            value, grads[name] = value + extra, grads[name] + grad
    return value, grads


def accuracy(scores, labels) -> float:
    """The share of rows whose highest score is at their label."""
    return float(np.mean(np.argmax(scores, axis=1) == labels))
