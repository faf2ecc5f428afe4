"""How much is caught: every mutant of every exercise's answer, tried on the exercise's own cases.

    python -m autograder.mutation                    all exercises; write docs/mutation.md
    python -m autograder.mutation adam_step ...      renew the rows of these only
    python -m autograder.mutation --dry ...          print, write nothing
    (--processes 2 is the default: one for each core)

A mutant is a reference function with one small mechanical change. It is caught when at least one case,
visible or hidden, does not pass. Operator mutants change the formula; contract mutants break what the docstring
promises beside it (NaN, zero, defaults, errors, shapes, the number of calls), and a known mistake on one kind of
input only. Some changes alter nothing that can be seen (`len(labels)` for `len(X)`):
people have reviewed those, and tests/equivalent_mutants.toml holds each with the reason. The share is
caught / (all - equivalent), of each kind. The command fails where it is below 90 % for an exercise or below 98 % in
all, and where the list of equivalents names a mutant that is caught or that no longer exists.

Why no ready-made tool: cosmic-ray starts a test command for every mutant and mutmut runs a pytest suite for
it, but our cases are data, tried by one call in a millisecond; both mutate the `require` lines, which a
student is given; and neither knows axis, keepdims, ddof, a state updated in place, or eps inside a root. A
few operators of our own (mutation_operators.py, mutation_calls.py) are smaller than the glue that either
would need.
"""

import argparse
import ast
import hashlib
import inspect
import os
import re
import sys
import textwrap
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring import (
    contract_mutants,
    contract_slips,
    guarded,
    mutation_calls,
    mutation_operators,
    require_lines,
    tree_edits,
)
from autograder.authoring import mutants as mutants_module
from autograder.authoring.mutants import source_of
from autograder.authoring.mutation_trial import ENDED, HIDDEN, IDLE, SURVIVED, Trial, trials
from descent.exercise import Exercise
from descent.exercises import table, visible_cases
from descent.keys import fingerprint
from descent.outcome import try_case
from reference.lookup import reference_function

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "mutation.md"
EQUIVALENTS = ROOT / "tests" / "equivalent_mutants.toml"
LEAST, LEAST_OVERALL = 0.90, 0.98

HEAD = """# Mutation: how much the exercises catch

Built by `make mutation`; not edited by hand. Every reference function that is the answer of an exercise is
changed in one small place at a time and tried on the exercise's own cases: the visible ones, then one set of
hidden ones. A change is caught when a case fails.

- **Operator mutants** change the formula: an operator, a constant, an index, an axis, one variable for another, a
  statement left out, an update in place ...
- **Contract mutants** break what the docstring promises beside the formula: a `require` line deleted or an end of its
  range moved, another default, NaN replaced, a generator of one's own for `rng`, small or large numbers cut, an early
  return at zero, an input changed, a result squeezed or in float64, a callback called twice, a loop cut short,
  `np.nansum` for `np.sum`, a product of options held to 1, a variance from two large moments, float64 in one branch, a
  method that only reads but sets; and every known mistake made on one kind of input only (a single number, a matrix, float32,
  one row, a square matrix). "-": the exercise does not name its clauses yet.

Changes that nobody can see from outside were reviewed one by one and stand with their reasons in
`tests/equivalent_mutants.toml`. Share: caught / (mutants - equivalent).

| exercise | mutants | caught | by visible cases alone | equivalent | share | contract mutants | caught | equivalent | share | made from |
|---|---|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Count:
    """How many mutants of one kind there are, and what became of them."""

    mutants: int = 0
    caught: int = 0
    visible: int = 0
    equivalent: int = 0

    @property
    def share(self) -> float:
        counted = self.mutants - self.equivalent
        return self.caught / counted if counted else 1.0

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.mutants + other.mutants,
            self.caught + other.caught,
            self.visible + other.visible,
            self.equivalent + other.equivalent,
        )


@dataclass(frozen=True)
class Row:
    """The result of one exercise. `made_from` is the fingerprint of all that it depends on."""

    name: str
    operator: Count
    contract: Count
    made_from: str
    survivors: tuple[str, ...] = ()

    def text(self) -> str:
        return f"| `{self.name}` | {cells(self.operator, self.contract)} | {self.made_from} |"


def cells(operator: Count, contract: Count, bold: str = "") -> str:
    """The numbers of a row."""
    broken = (contract.mutants, contract.caught, contract.equivalent, f"{bold}{percent(contract.share)}{bold}")
    numbers = [
        operator.mutants,
        operator.caught,
        operator.visible,
        operator.equivalent,
        f"{bold}{percent(operator.share)}{bold}",
        *(broken if contract.mutants else "----"),
    ]
    return " | ".join(map(str, numbers))


def percent(share: float) -> str:
    """Cut, not rounded: 100 % is all of them."""
    return f"{int(share * 1000) / 10:g} %"


def made_from(exercise: Exercise, function: Callable) -> str:
    """A fingerprint of the answer, the cases, what is compared, and the operators; layout, comments and the docstring do not
    count."""
    cases = visible_cases(exercise)
    names = [list(try_case(exercise, function, case).values) for case in cases]
    compared = [
        names,
        [list(group.only) for group in exercise.groups.values()],
        exercise.rtol,
        exercise.rtol_float32,
        exercise.atol,
        sorted(exercise.compare),
    ]
    source = syntax(re.sub(r'""".*?"""', "", source_of(function), flags=re.DOTALL))
    modules = [mutants_module, mutation_calls, mutation_operators]
    if exercise.clauses is not None:
        modules += [contract_mutants, require_lines, tree_edits, contract_slips, guarded]
    operators = [syntax(inspect.getsource(module)) for module in modules]
    return hashlib.sha256(repr([source, fingerprint(cases), compared, operators]).encode()).hexdigest()[:8]


def syntax(source: str) -> str:
    """What Python reads of a piece of code: its layout and comments make no difference."""
    return ast.dump(ast.parse(textwrap.dedent(source)))


def equivalents() -> dict[str, dict[str, str]]:
    """{exercise: {mutant: reason}}, as reviewed by people."""
    reasons = {}
    for entry in tomllib.loads(EQUIVALENTS.read_text(encoding="utf-8"))["equivalent"]:
        for mutant in entry["mutants"]:
            reasons.setdefault(entry["exercise"], {})[mutant] = entry["reason"]
    return reasons


def row_of(trial: Trial, reviewed: dict[str, str], stamp: str) -> tuple[Row, list[str]]:
    """The row of a trial, and what is wrong with the list of its equivalents."""
    survived = [str(mutant) for mutant, verdict in trial.verdicts if verdict == SURVIVED]
    wrong = [
        f"{trial.name}: listed as equivalent, but it is caught or does not exist: {mutant}"
        for mutant in reviewed
        if mutant not in survived
    ]
    unexplained = tuple(mutant for mutant in survived if mutant not in reviewed)
    counts = [
        count(
            [(str(mutant), verdict) for mutant, verdict in trial.verdicts if mutant.kind == kind and verdict != IDLE],
            reviewed,
        )
        for kind in ("operator", "contract")
    ]
    return Row(trial.name, *counts, stamp, unexplained), wrong


def count(verdicts: list[tuple[str, str]], reviewed: dict[str, str]) -> Count:
    survived = [mutant for mutant, verdict in verdicts if verdict == SURVIVED]
    hidden = sum(verdict == HIDDEN for _, verdict in verdicts)
    caught = len(verdicts) - len(survived)
    return Count(len(verdicts), caught, caught - hidden, sum(mutant in reviewed for mutant in survived))


def page(rows: list[Row]) -> str:
    """docs/mutation.md."""
    total = [sum((getattr(row, kind) for row in rows), Count()) for kind in ("operator", "contract")]
    lines = [row.text() for row in rows]
    lines.append(f"| **all {len(rows)} exercises** | {cells(*total, bold='**')} | |")
    survivors = [f"- `{row.name}`: `{mutant}`" for row in rows for mutant in row.survivors]
    return HEAD + "\n".join(lines) + "\n\n## Survivors\n\n" + ("\n".join(survivors) or "None.") + "\n"


def read_page() -> dict[str, Row]:
    """The rows of the committed page."""
    if not PAGE.is_file():
        return {}
    text = PAGE.read_text(encoding="utf-8")
    survivors: dict[str, list[str]] = {}
    for name, mutant in re.findall(r"^- `(\w+)`: `(.*)`$", text, flags=re.MULTILINE):
        survivors.setdefault(name, []).append(mutant)
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (\w+) \|$", text, flags=re.MULTILINE)
    return {
        name: Row(name, *counts_of(numbers.split(" | ")), stamp, tuple(survivors.get(name, ())))
        for name, numbers, stamp in rows
    }


def counts_of(numbers: list[str]) -> tuple[Count, Count]:
    """The two counts of a row; of contract mutants the page does not say how many the visible cases catch."""
    contract = Count() if numbers[5] == "-" else Count(*map(int, numbers[5:7]), int(numbers[6]), int(numbers[7]))
    return Count(*map(int, numbers[:4])), contract


def too_low(rows: list[Row]) -> list[str]:
    problems = []
    for kind in ("operator", "contract"):
        counts = [(row.name, getattr(row, kind)) for row in rows]
        problems += [
            f"{name}: {percent(count.share)} of {kind} mutants caught, at least {percent(LEAST)} wanted"
            for name, count in counts
            if count.share < LEAST
        ]
        total = sum((count for _, count in counts), Count())
        if total.share < LEAST_OVERALL:
            problems.append(
                f"in all: {percent(total.share)} of {kind} mutants caught, at least {percent(LEAST_OVERALL)} wanted"
            )
    return problems


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.mutation")
    parser.add_argument("exercises", nargs="*")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    if unknown := set(options.exercises) - set(table()):
        print(f"no exercise called {', '.join(sorted(unknown))}; there are: {', '.join(table())}", file=sys.stderr)
        return 2
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # small arrays: threads only get into each other's way
    reviewed, rows = equivalents(), read_page() if options.exercises else {}
    problems = []
    for trial in trials(options.exercises or list(table()), processes=options.processes):
        if trial.error:
            problems.append(f"{trial.name}: {trial.error}")
            continue
        exercise = table()[trial.name][1]
        stamp = made_from(exercise, reference_function(exercise))
        row, wrong = row_of(trial, reviewed.get(trial.name, {}), stamp)
        rows[trial.name], problems = row, problems + wrong
        for kind, count in (("operator", row.operator), ("contract", row.contract)):
            print(
                f"{row.name:28} {count.caught:4} of {count.mutants:4} {kind} mutants caught ({count.equivalent} equivalent)  "
                f"{percent(count.share)}",
                flush=True,
            )
        for mutant, verdict in trial.verdicts:
            if verdict == ENDED or str(mutant) in row.survivors:
                print(f"    {verdict}: {mutant}", flush=True)
    ordered = [rows[name] for name in table() if name in rows]
    problems += too_low(ordered)
    if not options.dry:
        PAGE.write_text(page(ordered), encoding="utf-8")
    print(*problems, sep="\n", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
