"""We make the slow parts of the report in a second process while pages are written: `with Beside() as beside`."""

from types import TracebackType

from autograder.grading.local_pool import LocalPool
from autograder.grading.persist import ClassRun
from autograder.grading.pool import TICK, Died
from autograder.grading.rows import Row
from autograder.pages.class_report import numbers, parts
from autograder.pages.class_report.marks import recorded
from autograder.pages.class_report.parts import Masters, Parts


class Beside:
    def __init__(self) -> None:
        self.pool: LocalPool | None = None

    def __enter__(self) -> "Beside":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self.pool:
            self.pool.close()
            self.pool = None

    def begin(self, run: ClassRun, masters: Masters, rows: list[Row]) -> None:
        """Start the process. Notes that are added to the rows later do not matter: these parts do not show them."""
        try:
            rows = [row for row in rows if row.state != "not yet"]
            chapters = numbers.chapters(run, masters, rows, recorded(run.records))
            task = parts.task(run, masters, chapters)
            self.pool = LocalPool(1)
            self.pool.submit(parts.make, task)
        except Exception:  # not fatal: the report makes these parts itself later, and reports the error then
            self.close()

    def parts(self) -> Parts | None:
        """The finished parts; None if nothing was started or the process died. Raises the errors of `parts.make`."""
        if self.pool is None:
            return None
        while not (ended := self.pool.finished(TICK)):
            pass
        self.close()
        ((_, result, error),) = ended
        if error is not None and not isinstance(error, Died):
            raise error
        return result
