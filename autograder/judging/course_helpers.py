"""A wrong function of the student's costs its own exercise only: what calls it is tried with ours in its place.

Ours stays here: the student's process gets a proxy that asks the judge. Only exercises that the notebook grades earlier
are replaced, so that no two answers can earn their points by calling each other.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from autograder.wire.limits import WireError
from autograder.wire.link import Link
from descent.exercises import table
from reference.lookup import reference_function


class CourseHelpers:
    """What can stand in the place of a student's helpers.

    earlier: the exercises that are graded before this one. enough_time: whether the cases may be tried once more.
    checked: exercise -> whether its visible cases passed, of this submission's tests so far. slow: those of `earlier` that
    may never end; what calls them is tried with ours only.
    """

    def __init__(
        self,
        link: Link,
        earlier: Sequence[str],
        enough_time: Callable[[], bool] = lambda: True,
        checked: dict[str, bool] | None = None,
        slow: Sequence[str] = (),
    ):
        self.link, self.earlier, self.enough_time, self.slow = link, earlier, enough_time, slow
        self.checked = {} if checked is None else checked
        # What was replaced: functions in the student's process, None where there was none.
        self.theirs: dict[str, Any] = {}

    def put_in_place_of_slow(self, solution: object) -> list[str]:
        """Replace those that may never end, of the earlier exercises that `solution` calls; returns their names."""
        return self.replace(solution, self.slow)

    def put_in_place(self, solution: object) -> list[str]:
        """Replace those of the earlier exercises that `solution` calls; returns their names, most often none."""
        return self.replace(solution, self.earlier) if self.enough_time() else []

    def replace(self, solution: object, candidates: Sequence[str]) -> list[str]:
        if not candidates or self.link.broken:
            return []
        try:
            used = self.link.request("uses", solution, list(candidates))
        except WireError:
            raise
        except Exception:  # the student's process could not say: it keeps its own functions
            return []
        if type(used) is not list:  # only a hostile process responds so
            return []
        ours = {name: reference_function(table()[name][1]) for name in candidates if name in used}
        ours = {name: function for name, function in ours.items() if inspect.isfunction(function)}
        self.theirs = {name: self.link.request("replace", name, function) for name, function in ours.items()}
        return list(ours)

    def wrong(self) -> list[str]:
        """Of the functions that were replaced, those of the student's that have failed their own visible cases; all of them
        if none has. They are not tried here: one that never returns would cost its caller the time limit."""
        return [name for name in self.theirs if not self.checked.get(name, True)] or list(self.theirs)

    def restore(self) -> None:
        """Let the student's process have its own functions again."""
        self.link.request("restore")
        self.theirs = {}
