"""Adam's corrections as numbers, and the step made of them, against PyTorch's 200 steps and against adam_step."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.adam_speed import fast_adam_step, folded_corrections
from reference.adaptive import adam_init, adam_step

GOLDEN = np.load(Path(__file__).parent / "golden" / "adaptive.npz")
LR, LR_LATE, DROP_AT, _, BETA1, BETA2, EPS, _ = GOLDEN["settings"].tolist()


@pytest.mark.parametrize("shape", ["1d", "2d"])
def test_pytorch_takes_the_same_200_steps(shape):
    h, c, scale = (GOLDEN[f"{shape}_{key}"] for key in ("h", "c", "scale"))
    x, path = GOLDEN[f"{shape}_start"], []
    state = adam_init(x)
    for t in range(200):
        gradient = scale * (h * (x - c) + np.cos(x)) * (t % 7 != 3)
        lr = LR if t < DROP_AT else LR_LATE
        x, state = fast_adam_step(x, gradient, state, lr=lr, betas=(BETA1, BETA2), eps=EPS)
        path.append(x)
    kept = np.array(path)[GOLDEN["kept"]]
    np.testing.assert_allclose(kept, GOLDEN[f"{shape}_torch_adam"], rtol=0, atol=1e-12 * max(1, np.abs(path).max()))


@given(
    m=st.floats(-9, 9),
    v=st.floats(1e-12, 9),
    t=st.integers(1, 10_000),
    betas=st.tuples(st.floats(0, 0.99), st.floats(0, 0.999)),
    eps=st.floats(0, 1),
)
def test_the_two_numbers_move_as_adam_step_does(m, v, t, betas, eps):
    step_size, small = folded_corrections(t, lr=0.1, betas=betas, eps=eps)
    m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    assert step_size * m / (np.sqrt(v) + small) == pytest.approx(0.1 * m_hat / (np.sqrt(v_hat) + eps), rel=1e-9)


@given(seed=st.integers(0, 1000), size=st.floats(-9, 9), steps=st.integers(1, 30))
def test_it_is_adam_at_every_scale(seed, size, steps):
    rng = np.random.default_rng(seed)
    x = y = rng.standard_normal(3)
    ours = theirs = adam_init(x)
    for _ in range(steps):
        gradient = 10.0**size * rng.standard_normal(3)
        x, ours = fast_adam_step(x, gradient, ours, lr=0.1)
        y, theirs = adam_step(y, gradient, theirs, lr=0.1)
    np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-12)


def test_the_arrays_that_come_in_stay_as_they_are():
    params, grads, state = np.ones(3), np.arange(3.0), (np.full(3, 2.0), np.full(3, 5.0), 4)
    fast_adam_step(params, grads, state)
    assert params.tolist() == [1, 1, 1] and grads.tolist() == [0, 1, 2]
    assert state[0].tolist() == [2, 2, 2] and state[1].tolist() == [5, 5, 5]
