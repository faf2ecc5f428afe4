"""Which steps a training run has taken, told from the calls of loss_and_grads."""

import numpy as np
import pytest

from descent.epochs import asked_once, run_training
from descent.exercises import find
from reference.lookup import answer

CASES = {name: [case for case in find(name)[1].cases(np.random.default_rng(0)) if case.inputs.get("lr") == 0.0] for name in ("sgd", "minibatch_sgd")}  # fmt: skip


def last_row_first(params, loss_and_grads, X, y, *, lr, num_epochs, rng, batch_size=1, times=1):
    """Another draw of the order: each epoch begins with the batch that ended the one before."""
    path, losses, last = [params], [], None
    for _ in range(num_epochs):
        order = rng.permutation(len(X))[::-1]
        batches = [order[k : k + batch_size] for k in range(0, len(X), batch_size)]
        if last is not None and len(batches) * batch_size == len(X):
            order = np.concatenate([last, [row for row in order if row not in last]])
            batches = [order[k : k + batch_size] for k in range(0, len(X), batch_size)]
        for rows in batches:
            for _ in range(times):
                loss, grads = loss_and_grads(path[-1], X[rows], y[rows])
            path.append(path[-1] - lr * grads)
            losses.append(loss)
        last = batches[-1]
    return np.array(path), np.array(losses)


@pytest.mark.parametrize("times", [1, 2])
def test_a_row_that_ends_an_epoch_and_begins_the_next_is_two_steps_even_if_params_stay(times):
    [case] = CASES["sgd"]
    exercise = find("sgd")[1]
    got = run_training(lambda *args, **options: last_row_first(*args, **options, times=times), case.inputs)
    for name, right in answer(exercise, case).values.items():
        if name in ("path", "losses", "rows_per_step", "rows_missing", "rows_repeated"):
            assert np.allclose(got[name], right), name


def test_calls_that_are_repeated_irregularly_count_once():
    assert asked_once(["a", "a", "b"], 2) == ["a", "b"]
    assert asked_once(["a", "a", "b", "b"], 2) == ["a", "b"]
    assert asked_once(["a", "b", "b", "a"], 4) == ["a", "b", "b", "a"]
    assert asked_once([], 0) == [] == asked_once([], 3)
