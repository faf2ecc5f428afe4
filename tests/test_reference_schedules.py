"""The schedules against PyTorch and optax, their exact ends and shapes."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.schedules import (
    constant,
    cosine_annealing,
    cosine_with_restarts,
    exponential,
    inverse_time,
    linear_warmup,
    step_decay,
    warmup_cosine,
)

GOLDEN = np.load(Path(__file__).parent / "golden" / "schedules.npz")
LR, LR_MIN = GOLDEN["settings"].tolist()
SCHEDULES = {  # with hyper-parameters for 100 steps
    constant: {},
    step_decay: {"drop_every": 30},
    inverse_time: {"decay": 0.1},
    exponential: {"factor": 0.97},
    cosine_annealing: {"num_steps": 100, "lr_min": 0.001},
    cosine_with_restarts: {"cycle_steps": 14, "cycle_factor": 2, "lr_min": 0.001},
    linear_warmup: {"warmup_steps": 9},
    warmup_cosine: {"warmup_steps": 9, "num_steps": 100, "lr_min": 0.001},
}
FALLING = [constant, step_decay, inverse_time, exponential, cosine_annealing]
EVERY = pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.__name__)
lrs = st.floats(1e-8, 1e3)
shares = st.floats(0, 1)
more = settings(max_examples=100, deadline=None, derandomize=True)


def rates(schedule, count, /, lr=LR, **hyper):
    return np.array([schedule(step, lr=lr, **hyper) for step in range(count)])


# ---- from outside -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "theirs, schedule, hyper, until",
    [
        ("torch_step_decay", step_decay, {"drop_every": 7, "factor": 0.3}, 60),
        ("optax_step_decay", step_decay, {"drop_every": 7, "factor": 0.3}, 60),
        ("torch_exponential", exponential, {"factor": 0.93}, 60),
        ("torch_inverse_time", inverse_time, {"decay": 0.2 * LR}, 60),
        ("torch_cosine", cosine_annealing, {"num_steps": 41, "lr_min": LR_MIN}, 42),
        ("optax_cosine", cosine_annealing, {"num_steps": 41, "lr_min": LR_MIN}, 60),
        ("torch_restarts", cosine_with_restarts, {"cycle_steps": 7, "cycle_factor": 2, "lr_min": LR_MIN}, 60),
        ("torch_restarts_equal", cosine_with_restarts, {"cycle_steps": 11}, 60),
        ("optax_warmup", linear_warmup, {"warmup_steps": 9}, 60),
        ("optax_warmup_cosine", warmup_cosine, {"warmup_steps": 9, "num_steps": 50, "lr_min": LR_MIN}, 60),
    ],
)
def test_the_same_rates_as(theirs, schedule, hyper, until):
    np.testing.assert_allclose(rates(schedule, until, **hyper), GOLDEN[theirs][:until], rtol=1e-12)


def test_pytorch_differs_where_the_docstrings_say():
    ours = rates(cosine_annealing, 60, num_steps=41, lr_min=LR_MIN)
    assert np.all(ours[41:] == LR_MIN) and np.all(np.diff(GOLDEN["torch_cosine"][41:]) > 0)
    assert GOLDEN["torch_warmup_from_a_third"][0] == pytest.approx(LR / 3)
    assert linear_warmup(0, lr=LR, warmup_steps=9) == 0


# ---- ends, exactly ------------------------------------------------------------------------------


@given(lr=lrs, share=shares, num_steps=st.integers(1, 10_000), later=st.integers(0, 100))
@more
def test_cosine_is_exact_at_both_ends_and_halfway_in_the_middle(lr, share, num_steps, later):
    lr_min = lr * share
    assert cosine_annealing(0, lr=lr, num_steps=num_steps, lr_min=lr_min) == lr
    assert cosine_annealing(num_steps + later, lr=lr, num_steps=num_steps, lr_min=lr_min) == lr_min
    middle = cosine_annealing(num_steps / 2, lr=lr, num_steps=num_steps, lr_min=lr_min)
    assert middle == pytest.approx((lr + lr_min) / 2, rel=1e-14)


@given(lr=lrs, share=shares, warmup_steps=st.integers(0, 1000), rest=st.integers(1, 1000))
@more
def test_warmup_cosine_is_exact_at_its_three_ends(lr, share, warmup_steps, rest):
    hyper = {"lr": lr, "lr_min": lr * share, "warmup_steps": warmup_steps, "num_steps": warmup_steps + rest}
    assert warmup_cosine(0, **hyper) == (0 if warmup_steps else lr)
    assert warmup_cosine(warmup_steps, **hyper) == lr
    assert warmup_cosine(warmup_steps + rest, **hyper) == lr * share
    assert linear_warmup(warmup_steps, lr=lr, warmup_steps=warmup_steps) == lr
    if warmup_steps > 1:
        assert warmup_cosine(1, **hyper) == linear_warmup(1, lr=lr, warmup_steps=warmup_steps) > 0


@given(lr=lrs, cycle_steps=st.integers(1, 50), cycle_factor=st.integers(1, 3), cycles=st.integers(0, 5))
@more
def test_every_restart_is_at_lr_exactly(lr, cycle_steps, cycle_factor, cycles):
    start = sum(cycle_steps * cycle_factor**k for k in range(cycles))
    hyper = {"lr": lr, "cycle_steps": cycle_steps, "cycle_factor": cycle_factor}
    assert cosine_with_restarts(start, **hyper) == lr
    if cycles and cycle_steps > 1:
        assert 0 < cosine_with_restarts(start - 1, **hyper) < lr


def test_a_step_decay_drops_when_the_step_begins():
    hyper = {"lr": 0.8, "drop_every": 30, "factor": 0.5}
    assert [step_decay(step, **hyper) for step in (0, 29, 30, 59, 60)] == [0.8, 0.8, 0.4, 0.4, 0.2]


def test_inverse_time_halves_after_one_over_decay():
    assert inverse_time(20, lr=0.5, decay=0.05) == 0.25


# ---- shape --------------------------------------------------------------------------------------


@EVERY
@given(lr=lrs)
@settings(max_examples=20, deadline=None, derandomize=True)
def test_rates_stay_between_0_and_lr_and_are_plain_floats(schedule, lr):
    hyper = SCHEDULES[schedule] | ({"lr_min": lr / 50} if "lr_min" in SCHEDULES[schedule] else {})
    low = 0 if "warmup" in schedule.__name__ else hyper.get("lr_min", 0)
    for step in [*range(0, 130, 3), np.int64(100)]:
        rate = schedule(step, lr=lr, **hyper)
        assert type(rate) is float and low * (1 - 1e-15) <= rate <= lr * (1 + 1e-15)


@EVERY
def test_what_falls_falls_and_what_rises_rises(schedule):
    changes = np.diff(rates(schedule, 130, **SCHEDULES[schedule]))
    if schedule in FALLING:
        assert np.all(changes <= 0)
    elif schedule is linear_warmup:
        assert np.all(changes[:9] > 0) and np.all(changes[9:] == 0)
    elif schedule is warmup_cosine:
        assert np.all(changes[:9] > 0) and np.all(changes[9:99] < 0) and np.all(changes[100:] == 0)
    else:
        assert np.nonzero(changes > 0)[0].tolist() == [13, 41, 97]  # then step 14, 42, 98


@EVERY
def test_lr_is_a_scale(schedule):
    hyper = SCHEDULES[schedule]
    doubled = hyper | ({"lr_min": 2 * hyper["lr_min"]} if "lr_min" in hyper else {})
    once, twice = rates(schedule, 130, lr=0.4, **hyper), rates(schedule, 130, lr=0.8, **doubled)
    np.testing.assert_array_equal(twice, 2 * once)


# ---- errors -------------------------------------------------------------------------------------

NAN = float("nan")


WRONG = {
    "step": (-1, NAN),
    "lr": (-0.1, NAN),
    "lr_min": (-0.1, NAN),
    "drop_every": (0, NAN),
    "factor": (0, 1.1, NAN),
    "decay": (-1, NAN),
    "num_steps": (0, NAN),
    "cycle_steps": (0, NAN),
    "cycle_factor": (0.5, NAN),
    "warmup_steps": (-1, 100, NAN),
}


@pytest.mark.parametrize(
    "schedule, name, value",
    [
        (schedule, name, value)
        for schedule, hyper in SCHEDULES.items()
        for name in ["step", "lr", *hyper, *(["factor"] if schedule is step_decay else [])]
        for value in WRONG[name]
        if (schedule, name) != (warmup_cosine, "num_steps")  # checked as the bound of warmup_steps
        and (schedule, value) != (linear_warmup, 100)
    ],
)
def test_the_wrong_hyperparameter_is_named(schedule, name, value):
    with pytest.raises(ValueError) as caught:
        schedule(**({"step": 3, "lr": 0.4} | SCHEDULES[schedule] | {name: value}))
    assert str(caught.value).startswith(f"{name} = {value!r}: must be ")


@pytest.mark.parametrize("schedule", [cosine_annealing, cosine_with_restarts, warmup_cosine])
def test_an_lr_below_lr_min_is_named(schedule):
    with pytest.raises(ValueError, match="^lr = 0.4: must be a number >= lr_min$"):
        schedule(3, lr=0.4, **(SCHEDULES[schedule] | {"lr_min": 0.5}))
