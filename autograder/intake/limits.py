"""How big a submission may be: everything that is read before any wall stands has a limit here."""

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from autograder.intake.cpu_limit import TooSlow, cpu_limit
from autograder.intake.refused import Refused


@dataclass(frozen=True)
class IntakeLimits:
    """Each can be set in class.toml under [limits]. A chapter of ours has about 150 cells and 100,000 characters."""

    submission_bytes: int = 100_000_000  # of one file, also of one in an archive; most of it may be outputs
    submission_files: int = 500  # files that are looked at in a submission's folder and its archives
    submission_cells: int = 1_000
    output_parts: int = 1_500_000  # brackets that are skipped, outputs included: a second for about a million
    cell_characters: int = 200_000  # of one cell's source, pictures not counted; the rest is cut
    notebook_characters: int = 2_000_000  # of all cells' sources; own cells beyond it are left out
    pictures: int = 50  # in all text cells
    picture_bytes: int = 2_000_000  # of one picture; a larger one is scaled down
    picture_pixels: int = 60_000_000  # of one picture that is scaled down or converted
    picture_seconds: float = 2.0  # of CPU time, to scale down or convert all pictures; the others are left out
    intake_seconds: float = 6.0  # of CPU time, to read a submission and rebuild it

    @classmethod
    def of(cls, limits: dict[str, float]) -> "IntakeLimits":
        """The limits with what a class changes; names of other limits are ignored."""
        integers = {field.name for field in fields(cls) if isinstance(field.default, int)}
        names = {field.name for field in fields(cls)}
        changed: dict[str, Any] = {name: value for name, value in limits.items() if name in names}
        return cls(**{name: int(value) if name in integers else value for name, value in changed.items()})


DEFAULTS = IntakeLimits()


class Budget:
    """The CPU time that one submission may use in this thread. Busy neighbours do not shorten it.

    `check` is called in every loop whose length a student decides. Where signals arrive (in our own workers), `enforced`
    also ends what lies between two checks.
    """

    def __init__(self, seconds: float = math.inf):
        self.seconds = seconds
        self.began = time.thread_time()
        self.end = self.began + seconds

    def used(self) -> float:
        return time.thread_time() - self.began

    @contextlib.contextmanager
    def enforced(self) -> Iterator[None]:
        """Raises Refused inside the block, too, when the time is used up."""
        self.check()
        try:
            with cpu_limit(self.end - time.thread_time()) if self.end < math.inf else contextlib.nullcontext():
                yield
        except TooSlow:
            raise Refused("too_slow", seconds=f"{self.seconds:g}") from None

    def check(self) -> None:
        """Raises Refused when the time is used up."""
        if time.thread_time() > self.end:
            raise Refused("too_slow", seconds=f"{self.seconds:g}")
