"""A wrong function of the student's costs its own exercise only: what calls it is tried with ours in its place.

Ours stays here: the student's process gets a proxy that asks the judge. Only exercises that the notebook grades earlier
are replaced, so that no two answers can earn their points by calling each other.
"""

import contextlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograder.judging.branch import branched
from autograder.wire.limits import WireError
from autograder.wire.link import Link
from descent.exercises import table
from reference.lookup import reference_function


class CourseHelpers:
    """What can stand in the place of a student's helpers.

    earlier: the exercises that are graded before this one. time_left: seconds in which the cases may be tried once more,
    0 for no more try. snapshot_pid: of the student's process.
    checked: exercise -> whether its visible cases passed, of this submission's tests so far. slow: those of `earlier` that
    may never end; what calls them is tried with ours only.
    """

    def __init__(
        self,
        link: Link,
        earlier: Sequence[str],
        time_left: Callable[[], float] = lambda: 0.0,
        checked: dict[str, bool] | None = None,
        slow: Sequence[str] = (),
        snapshot_pid: int = 0,
    ):
        self.link, self.earlier, self.time_left, self.slow = link, earlier, time_left, slow
        self.snapshot_pid = snapshot_pid
        self.checked = {} if checked is None else checked
        # What was replaced: functions in the student's process, None where there was none.
        self.theirs: dict[str, Any] = {}

    def put_in_place_of_slow(self, solution: object) -> list[str]:
        """Replace those that may never end, of the earlier exercises that `solution` calls; returns their names."""
        return self.replace(self.link, solution, self.slow)

    def put_in_place(self, solution: object) -> list[str]:
        """Replace those of the earlier exercises that `solution` calls; returns their names, most often none."""
        return self.replace(self.link, solution, self.earlier)

    @contextlib.contextmanager
    def second_try(self, solution: object) -> Iterator[Any]:
        """The solution in a copy of the student's process, with our functions in place of those that it calls; None if it
        calls none, or the time is short. In a copy, because a right caller may never end with ours in place."""
        seconds = self.time_left()
        if not self.earlier or not seconds or self.link.broken or not self.snapshot_pid:
            yield None
        elif not self.used(self.link, solution, self.earlier):
            yield None
        else:
            with branched(self.link, solution, self.snapshot_pid, seconds) as copy:
                yield copy[1] if copy and self.replace(*copy, self.earlier) else None

    def used(self, link: Link, solution: object, candidates: Sequence[str]) -> list[str]:
        """Those of the candidates that `solution` calls."""
        try:
            used = link.request("uses", solution, list(candidates))
        except WireError:
            raise
        except Exception:  # the student's process could not say: it keeps its own functions
            return []
        if type(used) is not list:  # only a hostile process responds so
            return []
        return [name for name in candidates if name in used]

    def replace(self, link: Link, solution: object, candidates: Sequence[str]) -> list[str]:
        if not candidates or link.broken:
            return []
        names = self.used(link, solution, candidates)
        ours = {name: reference_function(table()[name][1]) for name in names}
        ours = {name: function for name, function in ours.items() if inspect.isfunction(function)}
        self.theirs = {name: link.request("replace", name, function) for name, function in ours.items()}
        return list(ours)

    def wrong(self) -> list[str]:
        """Of the functions that were replaced, those of the student's that have failed their own visible cases; all of them
        if none has. They are not tried here: one that never returns would cost its caller the time limit."""
        return [name for name in self.theirs if not self.checked.get(name, True)] or list(self.theirs)
