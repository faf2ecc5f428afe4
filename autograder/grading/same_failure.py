"""When nothing can be graded on a machine, stop before anything is recorded: it is no submission's fault."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.grading import failures, pool
from autograder.grading.job import Job
from autograder.sandbox.accident import CannotStart
from autograder.sandbox.walls import NoWalls

ENOUGH = 3  # submissions in a row that fail for one reason of the grader's own: then the others will too


def gradable_machine(results: Iterator[tuple[Job, Any]], folder: Path) -> Iterator[tuple[Job, Any]]:
    """The results, held back until one shows that a submission can be graded on this machine.

    Raises Stopped, with nothing yielded, when the first ENOUGH submissions that need a kernel failed for the same reason,
    or when no kernel started for any of fewer: every other one would wait for a person as well.
    """
    held: list[tuple[Job, Any]] = []
    reasons: list[str] = []
    for job, result in results:
        held.append((job, result))
        if not isinstance(result, pool.Lost):
            if result["refused"]:  # it needs no kernel
                continue
            break
        if result.error is None or failures.explanation(result.error, folder):  # its worker died; a full disk
            break
        reasons.append(str(result.error) if isinstance(result.error, CannotStart | NoWalls) else result.why)
        if len(reasons) == ENOUGH or len(set(reasons)) > 1:
            break
    else:
        if reasons and isinstance(held[-1][1], pool.Lost) and isinstance(held[-1][1].error, CannotStart | NoWalls):
            reasons *= ENOUGH
    if len(reasons) >= ENOUGH and len(set(reasons)) == 1:
        raise failures.Stopped(f"nothing was recorded, because no submission can be graded here: {reasons[0]}")
    yield from held
    yield from results
