"""Chapter 01: how far from the minimum a constant learning rate keeps SGD."""

from descent.cases import between
from descent.contract_cases import given
from descent.exercise import Case, Exercise, Group

FLOOR_GROUPS = {
    "calm": Group(3, "lr * curvature below 1", "lr * curvature 小于 1"),
    "swinging": Group(2, "lr * curvature between 1 and 2", "lr * curvature 在 1 与 2 之间"),
    "ends": Group(1, "from no noise to lr * curvature of 2 and beyond", "从没有噪声，到 lr * curvature 等于和超过 2"),
    "contract": Group(1, "very large and very small numbers, and the errors", "极大和极小的数，以及报错"),
}


def floor_cases(rng):
    def case(group, low, high):
        curvature = between(rng, 0.4, 3)
        inputs = {
            "curvature": curvature,
            "lr": round(between(rng, low, high) / curvature, 3),
            "noise_variance": between(rng, 0.3, 5),
        }
        return Case(group, inputs, "noise_floor(curvature, lr=lr, noise_variance=noise_variance)")

    def ends():
        curvature = between(rng, 0.4, 3)
        return several(curvature, 0.3, between(rng, 1.2, 1.8), between(rng, 2.1, 3.5))

    def exactly_two():
        return several((0.5, 2.0, 4.0)[int(3 * rng.random())], 0.7, 2)  # powers of 2: exact, however one computes it

    def several(curvature, *shares):
        lrs = [round(share / curvature, 3) for share in shares]
        return Case(
            "ends",
            {"curvature": curvature, "lrs": lrs, "noise_variance": between(rng, 0.3, 5)},
            "[noise_floor(curvature, lr=lr, noise_variance=noise_variance) for lr in lrs]\n"
            "noise_floor(curvature, lr=lrs[0], noise_variance=0.0)",
        )

    base = case("contract", 0.4, 0.6)
    return [
        given(base, curvature=1e-9, lr=4e8),
        given(base, curvature=3e9, lr=2e-10),
        given(base, noise_variance=1e-12),
        given(base, noise_variance=4e9),
        given(base, curvature=2e7, lr=3e-8, noise_variance=4e9),
        given(base, curvature=1e-9, lr=3e9),
        given(base, curvature=0.5, lr=0.012),  # runs take about 1,500 steps to settle
        given(base, lr=6.5, noise_variance=0.0),  # without noise, too, runs do not come back to 0
        given(base, curvature=2, lr=1, noise_variance=3),
        given(base, curvature=1.0, lr=1.9995),  # just below the end, and still finite
        given(base, curvature=0.0),
        given(base, curvature=-1.5),
        given(base, lr=0.0),
        given(base, lr=-0.3),
        given(base, noise_variance=-0.2),
        case("calm", 0.05, 0.3),
        case("calm", 0.3, 0.7),
        case("calm", 0.1, 0.9),
        case("swinging", 1.1, 1.4),
        case("swinging", 1.5, 1.9),
        ends(),
        ends(),
        exactly_two(),
    ]


def run_floor(solution, inputs):
    curvature, variance = inputs["curvature"], inputs["noise_variance"]
    if "lrs" not in inputs:
        return {"floor": solution(curvature, lr=inputs["lr"], noise_variance=variance)}
    values = {f"floor for lr {lr}": solution(curvature, lr=lr, noise_variance=variance) for lr in inputs["lrs"]}
    return values | {"floor without noise": solution(curvature, lr=inputs["lrs"][0], noise_variance=0.0)}


EXERCISES = [
    # Who repeats the step until nothing changes any more is right as well: hence 1e-6.
    Exercise(
        "noise_floor",
        "noise.noise_floor",
        FLOOR_GROUPS,
        floor_cases,
        run_floor,
        rtol=1e-6,
        clauses={
            "One step on f(x)": "calm",
            "a step leaves this mean": "calm",
            "runs tend to it": "swinging",
            "the answer is inf": "ends",
        },
    ),
]
