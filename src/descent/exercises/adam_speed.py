"""Chapter 04, Further: Adam's corrections as two numbers."""

from dataclasses import replace

from descent.cases import between, chosen
from descent.contract_cases import given, left_out
from descent.exercise import Case, Exercise, Group, returned

GROUPS = {
    "early": Group(3, "the first steps of a run", "训练的最初几步"),
    "late": Group(1, "far into a run", "训练的后段"),
    "contract": Group(
        1,
        "the rest of the contract: both ends of every option, defaults, errors, very small and very large lr",
        "其余约定：每个选项的两端、默认值、报错、极小和极大的 lr",
    ),
}
LATE = "t is very large and beta2 next to 1", "t 极大而 beta2 极接近 1"
CODE = "folded_corrections(t, lr=lr, betas=betas, eps=eps)"


def correction_cases(rng):
    def case(group, t):
        betas = between(rng, 0.5, 0.9), between(rng, 0.92, 0.99)
        return Case(
            group, {"t": t, "lr": between(rng, 0.05, 0.5), "betas": betas, "eps": between(rng, 0.02, 0.9)}, CODE
        )

    base = case("contract", 4)
    return [
        *(case("early", t) for t in (1, 2, 3, 5, 9)),
        case("late", 60),
        case("late", 100_000),
        base,
        given(base, lr=0.0),
        given(base, lr=3e-9, eps=4e9),
        given(base, lr=4e9, eps=3e-9),
        given(base, eps=0.0),
        given(base, betas=(0.0, 0.0)),
        given(base, betas=(0.999, 0.99999)),
        replace(
            given(base, t=100_000, betas=(0.999, 0.99999)), special=LATE
        ),  # the correction of v is 0.63 there, not 1
        left_out(base, "lr"),
        left_out(base, "betas"),
        left_out(base, "eps"),
        given(base, t=0),
        given(base, lr=-0.1),
        given(base, eps=-0.1),
        given(base, betas=(1.0, 0.9)),
        given(base, betas=(-0.1, 0.9)),
        given(base, betas=(0.9, 1.0)),
        given(base, betas=(0.9, -0.1)),
    ]


def run_corrections(solution, inputs):
    step_size, small = returned(solution(inputs["t"], **chosen(inputs, "lr", "betas", "eps")), "step_size", "small")
    return {"step_size": step_size, "small": small}


EXERCISES = [
    Exercise(
        "folded_corrections",
        "adam_speed.folded_corrections",
        GROUPS,
        correction_cases,
        run_corrections,
        clauses={"For all m and v, step number t of adam_step moves": "early"},
    )
]
