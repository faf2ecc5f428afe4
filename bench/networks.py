"""One network, trained in four ways: with the course's functions, PyTorch eager and fused, and JAX.

Each function here returns run(num_steps) -> losses: the same start, batches and Adam. So the
losses must agree, which is checked before anything is timed.
"""

import numpy as np

SIZES = (784, 256, 128, 10)
BATCH_SIZE, NUM_ROWS, LR = 64, 6400, 1e-3


def data() -> tuple[np.ndarray, np.ndarray]:
    """Random float32 arrays of MNIST's size, and labels."""
    rng = np.random.default_rng(0)
    return rng.random((NUM_ROWS, SIZES[0]), dtype=np.float32), rng.integers(0, SIZES[-1], NUM_ROWS)


def first_params() -> dict[str, np.ndarray]:
    from descent.models import mlp_init
    from reference.initialization import he_normal

    return mlp_init(np.random.default_rng(1), SIZES, init=lambda rng, shape: he_normal(rng, shape).astype(np.float32))


def orders():
    """The rows of every batch, epoch after epoch: what `minibatches` draws from this generator."""
    rng = np.random.default_rng(2)
    while True:
        order = rng.permutation(NUM_ROWS)
        yield from (order[start : start + BATCH_SIZE] for start in range(0, NUM_ROWS, BATCH_SIZE))


def numpy_network(threads: int):
    """descent.train with the reference functions."""
    from descent.models import mlp_loss_and_grads
    from descent.train import train
    from reference.adaptive import adam_init, adam_step
    from reference.backprop import affine_backward, relu, relu_backward
    from reference.gradient_descent import minibatches
    from reference.losses import softmax_cross_entropy

    X, y = data()
    params = first_params()

    def loss_and_grads(params, X, y):
        return mlp_loss_and_grads(
            params, X, y, loss=softmax_cross_entropy, affine_backward=affine_backward, activation=(relu, relu_backward)
        )

    def batches(rng):
        return minibatches(X, y, batch_size=BATCH_SIZE, rng=rng)

    def run(num_steps):
        _, history = train(
            params,
            batches,
            loss_and_grads,
            adam_step,
            lr=LR,
            init=adam_init,
            rng=np.random.default_rng(2),
            num_steps=num_steps,
        )
        return history["loss"]

    return run


def torch_network(threads: int, *, fused: bool):
    """The loop that a PyTorch tutorial shows; fused: Adam as one kernel."""
    import torch

    torch.set_num_threads(threads)
    X, y = map(torch.from_numpy, data())
    params = first_params()
    layers = []
    for k in range(1, len(SIZES)):
        layer = torch.nn.Linear(SIZES[k - 1], SIZES[k])
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(params[f"W{k}"].T))
            layer.bias.copy_(torch.from_numpy(params[f"b{k}"]))
        layers += [layer, torch.nn.ReLU()]
    network = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(network.parameters(), lr=LR, fused=fused or None)
    rows_of = orders()

    def run(num_steps):
        losses = []
        for _ in range(num_steps):
            rows = torch.from_numpy(next(rows_of))
            loss = torch.nn.functional.cross_entropy(network(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    return run


def jax_network(threads: int):
    """A training step compiled as a whole; the new parameters reuse the memory of the old ones (donate_argnums)."""
    import jax
    import jax.numpy as jnp

    X, y = map(jnp.asarray, data())
    params = jax.tree.map(jnp.asarray, first_params())
    state = params, jax.tree.map(jnp.zeros_like, params), jax.tree.map(jnp.zeros_like, params), jnp.zeros(())
    rows_of = orders()

    def loss_of(params, X, y):
        for k in range(1, len(SIZES)):
            X = X @ params[f"W{k}"] + params[f"b{k}"]
            X = jax.nn.relu(X) if k < len(SIZES) - 1 else X
        return -jnp.take_along_axis(jax.nn.log_softmax(X), y[:, None], axis=1).mean()

    def step(state, X, y, rows):
        params, m, v, t = state
        loss, grads = jax.value_and_grad(loss_of)(params, X[rows], y[rows])
        t = t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
        m_hat = jax.tree.map(lambda m: m / (1 - 0.9**t), m)
        v_hat = jax.tree.map(lambda v: v / (1 - 0.999**t), v)
        params = jax.tree.map(lambda x, m, v: x - LR * m / (jnp.sqrt(v) + 1e-8), params, m_hat, v_hat)
        return (params, m, v, t), loss

    compiled = jax.jit(step, donate_argnums=0)

    def run(num_steps):
        nonlocal state
        losses = []
        for _ in range(num_steps):
            state, loss = compiled(state, X, y, next(rows_of))
            losses.append(loss)
        jax.block_until_ready(state)
        return [float(loss) for loss in losses]

    return run


NETWORKS = {
    "NumPy (the course)": ("numpy", numpy_network, {}),
    "PyTorch eager": ("torch", torch_network, {"fused": False}),
    "PyTorch, fused Adam": ("torch", torch_network, {"fused": True}),
    "JAX, jit": ("jax", jax_network, {}),
}
