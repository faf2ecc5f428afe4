import numpy as np
import pytest

from descent.train import follow, train


def gradient_step(params, grads, state, *, lr):
    return params - lr * grads, state


def sum_step(params, grads, state, *, lr):
    """A step that remembers the sum of its gradients."""
    return params - lr * (state + grads), state + grads


def bowl(params, *batch):
    """f = 1/2 |w|^2 + 2 b: gradients w and 2."""
    return 0.5 * np.sum(params["w"] ** 2) + 2 * params["b"], {"w": params["w"], "b": np.array(2.0)}


def three(rng):
    return [(), (), ()]


def start():
    return {"w": np.array([1.0, -2.0]), "b": np.array(3.0)}


def run(**options):
    options = {"lr": 0.1, "rng": np.random.default_rng(0), **options}
    return train(start(), three, bowl, options.pop("step", gradient_step), **options)


def test_every_array_takes_the_step():
    params, history = run(num_steps=4)
    np.testing.assert_allclose(params["w"], np.array([1, -2]) * 0.9**4)
    np.testing.assert_allclose(params["b"], 3 - 4 * 0.2)
    np.testing.assert_allclose(history["loss"], [2.5 * 0.81**t + 2 * (3 - 0.2 * t) for t in range(4)])
    assert history["lr"].tolist() == [0.1] * 4 and history["epoch_end"].tolist() == [3]


def test_each_array_has_a_state_of_its_own():
    params, _ = run(num_steps=3, step=sum_step, init=np.zeros_like)
    np.testing.assert_allclose(params["b"], 3 - 0.1 * (2 + 4 + 6))


@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (1,), ()])
def test_a_gradient_of_another_shape_does_not_make_the_bias_a_matrix(shape):
    params = {"b": np.zeros(3)}
    with pytest.raises(ValueError, match=r'shape of grads\["b"\]'):
        train(params, three, lambda params: (1.0, {"b": np.ones(shape)}), gradient_step, lr=0.1, rng=None, num_steps=1)
    with pytest.raises(ValueError, match="shape of the gradient"):
        follow(lambda x: np.ones(shape), np.zeros(3), gradient_step, lr=0.1, num_steps=1)


def test_a_step_must_not_change_the_shape_of_its_array():
    def widening(params, grads, state, *, lr):
        return params - lr * grads[:, np.newaxis], state

    with pytest.raises(ValueError, match="shape of the new params"):
        train(
            {"b": np.zeros(3)}, three, lambda params: (1.0, {"b": np.ones(3)}), widening, lr=0.1, rng=None, num_steps=1
        )


def test_params_passed_in_do_not_change():
    params = start()
    train(params, three, bowl, gradient_step, lr=0.1, rng=np.random.default_rng(0), num_steps=2)
    assert params["w"].tolist() == [1, -2] and params["b"] == 3


@pytest.mark.parametrize("num_steps, ends", [(2, []), (3, [3]), (4, [3]), (6, [3, 6])])
def test_budget_in_steps(num_steps, ends):
    _, history = run(num_steps=num_steps)
    assert len(history["loss"]) == num_steps and history["epoch_end"].tolist() == ends


def test_budget_in_epochs():
    _, history = run(num_epochs=2)
    assert len(history["loss"]) == 6 and history["epoch_end"].tolist() == [3, 6]


def test_schedule_counts_steps_from_zero():
    _, history = run(num_epochs=2, lr=lambda t: 1 / (t + 1))
    np.testing.assert_allclose(history["lr"], 1 / np.arange(1, 7))


def test_a_numpy_schedule_keeps_float32():
    def schedule(t):
        return 0.1 * np.cos(t)  # a NumPy float64

    ones = np.ones(2, np.float32)
    assert follow(lambda x: x, ones, gradient_step, lr=schedule, num_steps=2).dtype == np.float32
    params, _ = train({"w": ones}, three, lambda p: (0.0, {"w": p["w"]}), gradient_step, lr=schedule,
                      rng=np.random.default_rng(0), num_steps=2)  # fmt: skip
    assert params["w"].dtype == np.float32


def test_evaluations():
    seen = []

    def evaluate(params):
        seen.append(params["b"])
        return {"b": params["b"], "twice": 2 * params["b"]}

    _, history = run(num_steps=7, evaluate=evaluate)
    assert history["step"].tolist() == [0, 3, 6, 7] and len(seen) == 4
    np.testing.assert_allclose(history["b"], 3 - 0.2 * history["step"])
    np.testing.assert_allclose(history["twice"], 2 * history["b"])
    _, history = run(num_steps=7, evaluate=evaluate, evaluate_every=2)
    assert history["step"].tolist() == [0, 2, 4, 6, 7]
    _, history = run(num_epochs=2, evaluate=evaluate, evaluate_every=2)
    assert history["step"].tolist() == [0, 2, 4, 6]
    _, history = run(num_epochs=2, evaluate=evaluate)
    assert history["step"].tolist() == [0, 3, 6]


@pytest.mark.parametrize("every, steps", [(None, 6), (1, 5)])
def test_stop_ends_the_run(every, steps):
    _, history = run(
        num_steps=100,
        evaluate=lambda params: {"b": params["b"]},
        evaluate_every=every,
        stop=lambda numbers, params: numbers["b"] < 2.1 and numbers["b"] == params["b"],
    )
    assert len(history["loss"]) == steps and history["step"][-1] == steps


def test_batches_get_the_generator_and_reach_the_loss():
    X = np.arange(6.0)
    seen = []

    def batches(rng):
        order = rng.permutation(6)
        return [(X[order[i : i + 4]], 7) for i in (0, 4)]

    def loss(params, x, seven):
        seen.append((x.tolist(), seven))
        return 0.0, {}

    train({}, batches, loss, gradient_step, lr=1, rng=np.random.default_rng(5), num_epochs=2)
    rng = np.random.default_rng(5)
    a, b = rng.permutation(6), rng.permutation(6)
    assert seen == [(X[order[part]].tolist(), 7) for order in (a, b) for part in (slice(0, 4), slice(4, 6))]


def test_divergence_ends_the_run_and_shows():
    with np.errstate(all="raise"):  # not even an error in the caller's mode: the history tells
        params, history = run(num_steps=5000, lr=30.0)
    assert len(history["loss"]) < 5000
    assert not np.isfinite(history["loss"][-1]) and np.isfinite(history["loss"][:-1]).all()


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(), "give the budget in steps or in epochs"),
        (dict(num_steps=1, num_epochs=1), r"num_steps, num_epochs = \(1, 1\)"),
        (dict(num_epochs=0), "must be 1 or more"),
        (dict(num_steps=-1), "must be 1 or more"),
        (dict(num_steps=3, evaluate_every=0), "evaluate_every = 0"),
    ],
)
def test_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        run(**options)


def test_an_epoch_without_batches_is_refused():
    with pytest.raises(ValueError, match="at least one batch per epoch"):
        train({}, lambda rng: [], bowl, gradient_step, lr=1, rng=np.random.default_rng(0), num_steps=1)


def test_follow():
    path = follow(lambda x: 2 * x, np.array([1.0, 3.0]), gradient_step, lr=0.25, num_steps=3)
    np.testing.assert_allclose(path, np.outer(0.5 ** np.arange(4), [1, 3]))
    path = follow(lambda x: 2.0, 1.0, sum_step, lr=lambda t: 10.0**-t, num_steps=2, init=np.zeros_like)
    np.testing.assert_allclose(path, [1, -1, -1.4])
    path = follow(lambda x: x**3, 10.0, gradient_step, lr=1, num_steps=10)
    assert path.shape == (11,) and not np.isfinite(path[-1])
