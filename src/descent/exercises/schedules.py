"""Chapter 04, sitting B: schedules, functions from the number of updates done to a learning rate."""

from functools import partial

from descent.cases import between
from descent.exercise import Case, Exercise, Group

FAR = Group(1, "far into a long run", "很长的训练的后段")
FLOOR = Group(2, "with an lr_min above zero", "lr_min 大于零")


def schedule_case(name, group, steps, **hyper):
    options = ", ".join(f"{key}={key}" for key in hyper)
    return Case(group, {"steps": [int(step) for step in steps]} | hyper,
                f"for step in steps:\n    print(step, {name}(step, {options}))")


def run_schedule(solution, inputs):
    """The learning rate at each of inputs["steps"]; everything else is handed on as an option."""
    hyper = {key: value for key, value in inputs.items() if key != "steps"}
    return {f"lr at step {step}": solution(step, **hyper) for step in inputs["steps"]}


def rate(rng):
    return between(rng, 0.05, 0.9)


def floor(rng):
    return between(rng, 0.002, 0.04)


def whole(rng, low, high):
    """A whole number from low to high."""
    return low + int((high - low + 1) * rng.random())


STEP_DECAY_GROUPS = {"stairs": Group(3, "every step of the first stairs", "前几级台阶的每一步"), "far": FAR}


def step_decay_cases(rng, name="step_decay"):
    case, found = partial(schedule_case, name), []
    for every in (3, 4, 5):
        steps = range(3 * every)
        found.append(case("stairs", steps, lr=rate(rng), drop_every=every, factor=between(rng, 0.2, 0.7)))
    for every in (whole(rng, 60, 90), whole(rng, 130, 180)):
        steps = [0, every - 1, every, 2 * every - 1, 2 * every, 3 * every + 7, 6 * every + 1]
        found.append(case("far", steps, lr=rate(rng), drop_every=every, factor=between(rng, 0.4, 0.7)))
    return found


CURVE_GROUPS = {"curve": Group(3, "the first steps, one by one", "开头的每一步"), "far": FAR}


def inverse_time_cases(rng, name="inverse_time"):
    case = partial(schedule_case, name)
    fast = [case("curve", range(7), lr=rate(rng), decay=between(rng, 0.15, 0.8)) for _ in range(3)]
    steps = (0, 1, 10, 100, 1000)
    return fast + [case("far", steps, lr=rate(rng), decay=between(rng, 0.003, 0.02)) for _ in range(2)]


def exponential_cases(rng, name="exponential"):
    case = partial(schedule_case, name)
    fast = [case("curve", range(7), lr=rate(rng), factor=between(rng, 0.6, 0.92)) for _ in range(3)]
    steps = (0, 1, 10, 100, 500)
    return fast + [case("far", steps, lr=rate(rng), factor=between(rng, 0.97, 0.995)) for _ in range(2)]


COSINE_GROUPS = {
    "ends": Group(1, "start, halfway and end", "起点、中点和终点"),
    "curve": Group(3, "every step from lr down to zero", "从 lr 降到零的每一步"),
    "floor": FLOOR,
    "past": Group(1, "the last steps, and those after num_steps", "最后几步，以及 num_steps 之后"),
}


def cosine_cases(rng, name="cosine_annealing"):
    case = partial(schedule_case, name)
    ends = [case("ends", (0, half, 2 * half), lr=rate(rng), num_steps=2 * half, lr_min=floor(rng))
            for half in (whole(rng, 20, 49), whole(rng, 51, 90))]
    curve = [case("curve", range(num + 1), lr=rate(rng), num_steps=num) for num in (8, 11)]
    above = [case("floor", range(num + 1), lr=rate(rng), num_steps=num, lr_min=floor(rng)) for num in (6, 9)]
    past = []
    for num in (whole(rng, 20, 40), whole(rng, 41, 60)):
        steps = (num - 2, num - 1, num, num + 1, num + num // 2, 2 * num)
        past.append(case("past", steps, lr=rate(rng), num_steps=num, lr_min=floor(rng)))
    return ends + curve + above + past


RESTART_GROUPS = {
    "equal": Group(2, "cycles of one length", "周期长度相同"),
    "growing": Group(3, "cycles that grow longer", "周期越来越长"),
    "floor": FLOOR,
    "far": FAR,
}


def restart_cases(rng, name="cosine_with_restarts"):
    case = partial(schedule_case, name)
    equal = [case("equal", range(2 * num + 3), lr=rate(rng), cycle_steps=num) for num in (4, 5)]
    growing = [case("growing", range((1 + times) * num + 3), lr=rate(rng), cycle_steps=num,
                    cycle_factor=times) for num, times in ((4, 2), (3, 3))]
    above = [case("floor", range(3 * num + 2), lr=rate(rng), cycle_steps=num, cycle_factor=2,
                  lr_min=floor(rng)) for num in (3, 4)]
    far = []
    for num in (whole(rng, 30, 60), whole(rng, 61, 90)):
        ends = [num, 3 * num, 7 * num]  # of the first three cycles
        steps = [0, *(step for end in ends for step in (end - 1, end, end + 5)), 12 * num]
        far.append(case("far", steps, lr=rate(rng), cycle_steps=num, cycle_factor=2))
    return equal + growing + above + far


WARMUP_GROUPS = {
    "rise": Group(3, "every step of the warmup, and those after it", "预热的每一步，以及之后的几步"),
    "short": Group(1, "no warmup at all, and a warmup of one step", "没有预热，以及只预热一步"),
    "far": FAR,
}


def warmup_cases(rng, name="linear_warmup"):
    case = partial(schedule_case, name)
    rise = [case("rise", range(num + 3), lr=rate(rng), warmup_steps=num) for num in (4, 7)]
    short = [case("short", range(4), lr=rate(rng), warmup_steps=num) for num in (0, 1)]
    far = [case("far", (num // 3, num - 1, num, 2 * num, 30 * num), lr=rate(rng), warmup_steps=num)
           for num in (whole(rng, 80, 140), whole(rng, 300, 600))]
    return rise + short + far


WARMUP_COSINE_GROUPS = {
    "whole": Group(3, "every step of a short run, and those after it", "一次短训练的每一步，以及之后的几步"),
    "floor": FLOOR,
    "short": Group(1, "no warmup at all, and a warmup of one step", "没有预热，以及只预热一步"),
    "far": FAR,
}


def warmup_cosine_cases(rng, name="warmup_cosine"):
    case = partial(schedule_case, name)
    run = [case("whole", range(num + 3), lr=rate(rng), warmup_steps=warm, num_steps=num)
           for warm, num in ((3, 9), (5, 12))]
    above = [case("floor", range(num + 2), lr=rate(rng), warmup_steps=warm, num_steps=num, lr_min=floor(rng))
             for warm, num in ((4, 11), (3, 8))]
    short = [case("short", range(num + 1), lr=rate(rng), warmup_steps=warm, num_steps=num)
             for warm, num in ((0, 6), (1, 7))]
    far = []
    for warm, num in ((whole(rng, 20, 40), whole(rng, 200, 260)), (whole(rng, 50, 80), whole(rng, 300, 400))):
        steps = [0, warm // 2, warm, warm + 1, (warm + num) // 2, num - 1, num, num + 50]
        far.append(case("far", steps, lr=rate(rng), warmup_steps=warm, num_steps=num, lr_min=floor(rng)))
    return run + above + short + far


EXERCISES = [Exercise(name, f"schedules.{name}", groups, cases, run_schedule) for name, groups, cases in (
    ("step_decay", STEP_DECAY_GROUPS, step_decay_cases),
    ("inverse_time", CURVE_GROUPS, inverse_time_cases),
    ("exponential", CURVE_GROUPS, exponential_cases),
    ("cosine_annealing", COSINE_GROUPS, cosine_cases),
    ("cosine_with_restarts", RESTART_GROUPS, restart_cases),
    ("linear_warmup", WARMUP_GROUPS, warmup_cases),
    ("warmup_cosine", WARMUP_COSINE_GROUPS, warmup_cosine_cases),
)]
