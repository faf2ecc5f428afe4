"""Chapter 00: the first exercise, one line long."""

import numpy as np

from descent.cases import numbers
from descent.contract_cases import scaled, with_nan, with_repeats, with_zero_line
from descent.exercise import Case, Exercise, Group

GROUPS = {
    "columns": Group(3, "more rows than columns, and fewer", "行比列多，以及行比列少"),
    "square": Group(1, "as many rows as columns", "行数与列数相同"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(
        1, "one row, one column, NaN, very small and very large numbers", "只有一行、只有一列、NaN、极小和极大的数"
    ),
}


def center_cases(rng):
    def case(group, shape, dtype=np.float64):
        return Case(group, {"X": numbers(rng, shape, dtype)}, "center_columns(X)")

    base = case("contract", (3, 2))
    return [
        case("columns", (3, 2)),
        case("columns", (2, 4)),
        case("columns", (5, 3)),
        case("square", (3, 3)),
        case("square", (2, 2)),
        case("float32", (4, 2), np.float32),
        case("float32", (2, 3), np.float32),
        case("contract", (1, 3)),
        case("contract", (3, 1)),
        case("contract", (1, 1)),
        with_nan(base, "X"),
        with_repeats(base, "X"),
        with_zero_line(base, "X"),
        scaled(base, 1e-9, "X"),
        scaled(base, 1e9, "X"),
    ]


def run_center(solution, inputs):
    return {"centred": solution(inputs["X"])}


EXERCISES = [Exercise("center_columns", "warmup.center_columns", GROUPS, center_cases, run_center, clauses={})]
