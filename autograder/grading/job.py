"""What a worker gets to grade one submission."""

from dataclasses import dataclass, field
from typing import Literal

Isolation = Literal["walls", "none"]  # "none": code that is trusted, as the person who grades


@dataclass(frozen=True)
class Job:
    """One submission, as plain data.

    folder: what was handed in. solutions, released: the chapters (course.Course). secret: the class's. key: names the
    submission together with all that its grade depends on. version: changes with the chapter. limits: numbers of
    sandbox.settings.Settings that the class changes. in_kernel: tests that cannot be judged outside of the student's process
    run inside of it (in_kernel.py). adopted: the chapter is the class's own, so another machine has to be sent it.
    """

    student: str
    assignment: str
    folder: str
    solutions: str
    released: str
    secret: str = field(default="", repr=False)
    key: str = ""
    version: str = ""
    limits: tuple[tuple[str, float], ...] = ()
    isolation: Isolation = "walls"
    in_kernel: bool = False
    adopted: bool = False
