"""A student's wrong function must cost points only in its own exercise: its callers are tried with our function instead.

Our function stays in the judge: the student's process gets a proxy of it. Only exercises that the notebook grades earlier
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
    """Replaces a student's earlier functions by the course's.

    earlier: the exercises that are graded before this one. time_left: seconds in which the cases may be tried again, 0 for
    no second try. snapshot_pid: of the student's process.
    checked: exercise -> whether its visible cases passed, for this submission's tests so far. slow: those of `earlier` that
    may never return; their callers are tried only with our functions.
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
        # The functions that were replaced in the student's process; None for a name that had no value.
        self.replaced: dict[str, Any] = {}

    def put_in_place_of_slow(self, solution: object) -> list[str]:
        """Replace the `slow` exercises that `solution` calls; returns their names."""
        return self.replace(self.link, solution, self.slow)

    def put_in_place(self, solution: object) -> list[str]:
        """Replace the `earlier` exercises that `solution` calls; returns their names, usually none."""
        return self.replace(self.link, solution, self.earlier)

    @contextlib.contextmanager
    def second_try(self, solution: object) -> Iterator[Any]:
        """The solution in a copy of the student's process in which our functions replace those that it calls; None if it
        calls none, or if time is short. In a copy, because even a right caller may never return with our functions."""
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
        except Exception:  # the student's process could not answer: it keeps its own functions
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
        self.replaced = {name: link.request("replace", name, function) for name, function in ours.items()}
        return list(ours)

    def wrong(self) -> list[str]:
        """The replaced functions that have failed their own visible cases; all of the replaced ones if none has. They are
        not tried here: one that never returns would use up its caller's time."""
        return [name for name in self.replaced if not self.checked.get(name, True)] or list(self.replaced)
