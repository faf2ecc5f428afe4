"""Chapter 04, sitting B: schedules, functions from the number of updates done to a learning rate."""

from functools import partial

from descent.cases import between
from descent.contract_cases import given, left_out
from descent.exercise import Case, Exercise, Group

FAR = Group(1, "far into a long run", "很长的训练的后段")
FLOOR = Group(2, "with an lr_min above zero", "lr_min 大于零")
CONTRACT = Group(
    1,
    "the rest of the contract: both ends of every option, defaults, errors, very small and very large lr",
    "其余约定：每个选项的两端、默认值、报错、极小和极大的 lr",
)


def schedule_case(name, group, steps, **hyper):
    options = ", ".join(f"{key}={key}" for key in hyper)
    return Case(
        group,
        {"steps": [int(step) for step in steps]} | hyper,
        f"for step in steps:\n    print(step, {name}(step, {options}))",
    )


def run_schedule(solution, inputs):
    """The learning rate at each of inputs["steps"]; everything else is handed on as an option."""
    hyper = {key: value for key, value in inputs.items() if key != "steps"}
    return {f"lr at step {step}": solution(step, **hyper) for step in inputs["steps"]}


def contract(base, *refused, **bounds):
    """lr at 0, tiny and huge; every other option at its two ends; values that the `require` lines refuse.

    refused: "steps" and "lr", where the exercise itself refuses a number below 0 (some leave it to a function they call).
    bounds: option=(values that are allowed, values that are not).
    """
    ends = [given(base, **{name: value}) for name, (allowed, _) in bounds.items() for value in allowed]
    errors = [given(base, **{name: value}) for name, (_, wrong) in bounds.items() for value in wrong]
    errors += [given(base, **{name: {"steps": [-1], "lr": -0.1}[name]}) for name in refused]
    floor = {"lr_min": 0.0} if "lr_min" in base.inputs else {}
    return [
        base,
        given(base, lr=0.0, **floor),
        given(base, lr=3e-9, **floor),
        given(base, lr=4e9, **floor),
        *ends,
        *errors,
    ]


def floors(base):
    """Both ends of lr_min."""
    return [
        given(base, lr=3e-9, lr_min=1e-9),
        given(base, lr=4e9, lr_min=1e9),
        given(base, lr_min=base.inputs["lr"]),
        left_out(base, "lr_min"),
    ]


def wrong_floors(base):
    return [given(base, steps=[1], lr_min=-0.1), given(base, steps=[1], lr=0.3, lr_min=0.4)]


def rate(rng):
    return between(rng, 0.05, 0.9)


def floor(rng):
    return between(rng, 0.002, 0.04)


def integer(rng, low, high):
    """A whole number from low to high."""
    return low + int((high - low + 1) * rng.random())


STEP_DECAY_GROUPS = {
    "stairs": Group(3, "every step of the first stairs", "前几级台阶的每一步"),
    "far": FAR,
    "contract": CONTRACT,
}


def step_decay_cases(rng, name="step_decay"):
    case, cases = partial(schedule_case, name), []
    for drop_every in (3, 4, 5):
        steps = range(3 * drop_every)
        cases.append(case("stairs", steps, lr=rate(rng), drop_every=drop_every, factor=between(rng, 0.2, 0.7)))
    for drop_every in (integer(rng, 60, 90), integer(rng, 130, 180)):
        steps = [
            0,
            drop_every - 1,
            drop_every,
            2 * drop_every - 1,
            2 * drop_every,
            3 * drop_every + 7,
            6 * drop_every + 1,
        ]
        cases.append(case("far", steps, lr=rate(rng), drop_every=drop_every, factor=between(rng, 0.4, 0.7)))
    base = case("contract", (0, 1, 6, 7, 15, 22), lr=rate(rng), drop_every=7, factor=between(rng, 0.4, 0.7))
    return [
        *cases,
        *contract(base, "steps", "lr", drop_every=((1, 1000), (0,)), factor=((0.001, 1.0), (0.0, 1.1))),
        left_out(base, "factor"),
    ]


CURVE_GROUPS = {"curve": Group(3, "the first steps, one by one", "开头的每一步"), "far": FAR, "contract": CONTRACT}


def inverse_time_cases(rng, name="inverse_time"):
    case = partial(schedule_case, name)
    fast = [case("curve", range(7), lr=rate(rng), decay=between(rng, 0.15, 0.8)) for _ in range(3)]
    steps = (0, 1, 10, 100, 1000)
    base = case("contract", (0, 1, 6, 100_000), lr=rate(rng), decay=between(rng, 0.15, 0.8))
    return [
        *fast,
        *(case("far", steps, lr=rate(rng), decay=between(rng, 0.003, 0.02)) for _ in range(2)),
        *contract(base, "steps", "lr", decay=((0.0, 1e-9, 25.0), (-0.1,))),
    ]


def exponential_cases(rng, name="exponential"):
    case = partial(schedule_case, name)
    fast = [case("curve", range(7), lr=rate(rng), factor=between(rng, 0.6, 0.92)) for _ in range(3)]
    steps = (0, 1, 10, 100, 500)
    base = case("contract", (0, 1, 6, 20), lr=rate(rng), factor=between(rng, 0.6, 0.92))
    return [
        *fast,
        *(case("far", steps, lr=rate(rng), factor=between(rng, 0.97, 0.995)) for _ in range(2)),
        *contract(base, "steps", "lr", factor=((0.1, 1.0), (0.0, 1.1))),
    ]


COSINE_GROUPS = {
    "ends": Group(1, "start, halfway and end", "起点、中点和终点"),
    "curve": Group(3, "every step from lr down to zero", "从 lr 降到零的每一步"),
    "floor": FLOOR,
    "past": Group(1, "the last steps, and those after num_steps", "最后几步，以及 num_steps 之后"),
    "contract": CONTRACT,
}


def cosine_cases(rng, name="cosine_annealing"):
    case = partial(schedule_case, name)
    ends = [
        case("ends", (0, half, 2 * half), lr=rate(rng), num_steps=2 * half, lr_min=floor(rng))
        for half in (integer(rng, 20, 49), integer(rng, 51, 90))
    ]
    curve = [case("curve", range(num + 1), lr=rate(rng), num_steps=num) for num in (8, 11)]
    above = [case("floor", range(num + 1), lr=rate(rng), num_steps=num, lr_min=floor(rng)) for num in (6, 9)]
    past = []
    for num in (integer(rng, 20, 40), integer(rng, 41, 60)):
        steps = (num - 2, num - 1, num, num + 1, num + num // 2, 2 * num)
        past.append(case("past", steps, lr=rate(rng), num_steps=num, lr_min=floor(rng)))
    base = case("contract", (0, 1, 3, 7, 9), lr=rate(rng), num_steps=7, lr_min=floor(rng))
    return [
        *ends,
        *curve,
        *above,
        *past,
        *contract(base, "steps", "lr", num_steps=((1, 1000), (0,))),
        *floors(base),
        *wrong_floors(base),
    ]


RESTART_GROUPS = {
    "equal": Group(2, "cycles of one length", "周期长度相同"),
    "growing": Group(3, "cycles that grow longer", "周期越来越长"),
    "floor": FLOOR,
    "far": FAR,
    "contract": CONTRACT,
}


def restart_cases(rng, name="cosine_with_restarts"):
    case = partial(schedule_case, name)
    equal = [case("equal", range(2 * num + 3), lr=rate(rng), cycle_steps=num) for num in (4, 5)]
    growing = [
        case("growing", range((1 + times) * num + 3), lr=rate(rng), cycle_steps=num, cycle_factor=times)
        for num, times in ((4, 2), (3, 3))
    ]
    above = [
        case("floor", range(3 * num + 2), lr=rate(rng), cycle_steps=num, cycle_factor=2, lr_min=floor(rng))
        for num in (3, 4)
    ]
    far = []
    for num in (integer(rng, 30, 60), integer(rng, 61, 90)):
        ends = [num, 3 * num, 7 * num]  # of the first three cycles
        steps = [0, *(step for end in ends for step in (end - 1, end, end + 5)), 12 * num]
        far.append(case("far", steps, lr=rate(rng), cycle_steps=num, cycle_factor=2))
    base = case("contract", (0, 1, 2, 3, 4, 10, 13), lr=rate(rng), cycle_steps=3, cycle_factor=2, lr_min=floor(rng))
    return [
        *equal,
        *growing,
        *above,
        *far,
        *contract(base, cycle_steps=((1, 1000), ()), cycle_factor=((1, 5), ())),
        *floors(base),
        left_out(base, "cycle_factor"),
        # The number of a cycle by logarithms, as PyTorch has it, is rounded down a cycle too early at 333.
        given(base, steps=[2, 3, 32, 33, 332, 333, 3332, 3333], cycle_factor=10),
        # Without its `require` line, a loop over cycles of 0 steps or of ever fewer steps would not end.
        given(base, steps=[1], cycle_steps=0.5),
        given(base, steps=[0, 1, 3, 4], cycle_factor=0.5),
    ]


WARMUP_GROUPS = {
    "rise": Group(3, "every step of the warmup, and those after it", "预热的每一步，以及之后的几步"),
    "short": Group(1, "no warmup at all, and a warmup of one step", "没有预热，以及只预热一步"),
    "far": FAR,
    "contract": CONTRACT,
}


def warmup_cases(rng, name="linear_warmup"):
    case = partial(schedule_case, name)
    rise = [case("rise", range(num + 3), lr=rate(rng), warmup_steps=num) for num in (4, 7)]
    short = [case("short", range(4), lr=rate(rng), warmup_steps=num) for num in (0, 1)]
    far = [
        case("far", (num // 3, num - 1, num, 2 * num, 30 * num), lr=rate(rng), warmup_steps=num)
        for num in (integer(rng, 80, 140), integer(rng, 300, 600))
    ]
    base = case("contract", (0, 1, 4, 5, 6, 100_000), lr=rate(rng), warmup_steps=5)
    return [*rise, *short, *far, *contract(base, "steps", "lr", warmup_steps=((0, 1000), (-1,)))]


WARMUP_COSINE_GROUPS = {
    "whole": Group(3, "every step of a short run, and those after it", "一次短训练的每一步，以及之后的几步"),
    "floor": FLOOR,
    "short": Group(1, "no warmup at all, and a warmup of one step", "没有预热，以及只预热一步"),
    "far": FAR,
    "contract": CONTRACT,
}


def warmup_cosine_cases(rng, name="warmup_cosine"):
    case = partial(schedule_case, name)
    run = [
        case("whole", range(num + 3), lr=rate(rng), warmup_steps=warm, num_steps=num) for warm, num in ((3, 9), (5, 12))
    ]
    above = [
        case("floor", range(num + 2), lr=rate(rng), warmup_steps=warm, num_steps=num, lr_min=floor(rng))
        for warm, num in ((4, 11), (3, 8))
    ]
    short = [
        case("short", range(num + 1), lr=rate(rng), warmup_steps=warm, num_steps=num) for warm, num in ((0, 6), (1, 7))
    ]
    far = []
    for warm, num in ((integer(rng, 20, 40), integer(rng, 200, 260)), (integer(rng, 50, 80), integer(rng, 300, 400))):
        steps = [0, warm // 2, warm, warm + 1, (warm + num) // 2, num - 1, num, num + 50]
        far.append(case("far", steps, lr=rate(rng), warmup_steps=warm, num_steps=num, lr_min=floor(rng)))
    base = case("contract", (0, 1, 2, 3, 5, 9, 10, 12), lr=rate(rng), warmup_steps=2, num_steps=10, lr_min=floor(rng))
    long = given(base, steps=[0, 1, 900, 1000, 1001, 1500, 3000], warmup_steps=1000, num_steps=2000)
    return [
        *run,
        *above,
        *short,
        *far,
        *contract(base, "lr", warmup_steps=((0, 9), (-1, 10))),
        *floors(base),
        *wrong_floors(base),
        long,
        given(base, warmup_steps=0, num_steps=1),
    ]


EXERCISES = [
    Exercise(name, f"schedules.{name}", groups, cases, run_schedule, clauses=clauses)
    for name, groups, cases, clauses in (
        ("step_decay", STEP_DECAY_GROUPS, step_decay_cases, {"Every later update gets factor times": "stairs"}),
        ("inverse_time", CURVE_GROUPS, inverse_time_cases, {}),
        ("exponential", CURVE_GROUPS, exponential_cases, {}),
        ("cosine_annealing", COSINE_GROUPS, cosine_cases, {"the value follows the cosine of an angle": "curve"}),
        ("cosine_with_restarts", RESTART_GROUPS, restart_cases, {}),
        (
            "linear_warmup",
            WARMUP_GROUPS,
            warmup_cases,
            {"every step adds the same amount": "rise", "If warmup_steps is 0, there is no warmup": "short"},
        ),
        (
            "warmup_cosine",
            WARMUP_COSINE_GROUPS,
            warmup_cosine_cases,
            {"From there on it is a cosine_annealing": "whole", "If warmup_steps is 0, there is no warmup": "short"},
        ),
    )
]
