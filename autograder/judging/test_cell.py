"""Run one test cell in the judge: its source unchanged, with proxies in place of the student's names.

Builtins, imports and names from given cells are the judge's own (`names.py` says which is which).
"""

import builtins
import contextlib
import os
import random
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from traceback import walk_tb
from typing import Any

import numpy as np
from nbformat import NotebookNode

from autograder.judging import proxies
from autograder.judging.course_helpers import CourseHelpers
from autograder.judging.mark import Unjudgeable
from autograder.judging.result import Mark
from autograder.judging.test_outputs import Printed, card_of, error_output
from autograder.judging.test_source import Test
from autograder.sandbox.fair_clock import FairClock, Starved
from autograder.sandbox.outputs import new_output
from autograder.sandbox.reasons import reason
from autograder.sandbox.settings import Settings
from autograder.wire.limits import RemoteError, WireError
from autograder.wire.link import Link


@dataclass
class Verdict:
    """One test's result. outputs: notebook outputs (a card, printed text, then the points or one error).
    exercise, mistake, failed, missing, score: from `check` (result.Mark), for the instructor's report.
    limit: the code of the wire's limit that the answer met ("time"), if any.
    reason: {"code", "en", "zh"} if the answer was not compared at all.
    line: the line of the test, from 1, at which it ended with an error."""

    grade_id: str
    points: float
    max_points: float
    outputs: list
    seconds: float
    exercise: str | None = None
    mistake: str | None = None
    failed: tuple[str, ...] = ()
    missing: bool = False
    limit: str | None = None
    reason: dict | None = None
    score: dict | None = None
    line: int | None = None


class TestBroken(Exception):
    """The test, or something of the course that it uses, failed: not the student's answer."""


class Check:
    """The function `check` of a test. begin: mark.begin, or a function like it."""

    def __init__(self, begin: Callable[..., Callable[[], Mark]], terms: dict[str, Any], *, immediate: bool):
        """immediate: a call tries the hidden cases, too, and returns the points."""
        self.begin, self.terms, self.immediate = begin, terms, immediate
        self.finish_mark: Callable[[], Mark] | None = None
        self.result: Mark | None = None
        self.exercise: str | None = None

    def __call__(self, name, solution, **ignored):
        """Try the visible cases. The points are known after `finish`."""
        if self.exercise is not None:
            raise TestBroken("check is called twice in one test cell; only the last expression gives points")
        self.exercise = name
        with self.named_errors():
            self.finish_mark = self.begin(name, solution, **self.terms)
        return self.finish() if self.immediate else None

    def finish(self) -> float:
        """Try the hidden cases; returns the points."""
        with self.named_errors():
            assert self.finish_mark is not None  # `__call__` comes first
            self.result = self.finish_mark()
        return self.result.points

    @contextlib.contextmanager
    def named_errors(self):
        try:
            yield
        except (WireError, Unjudgeable):
            raise
        except Exception as error:
            raise TestBroken(f"check({self.exercise!r}): {type(error).__name__}: {error}") from error


class Attempt:
    """One test tried on one snapshot, in up to two parts, so that hidden cases of all tests come last.

    verdict: complete when `run` returned True, or after `finish`. Exceptions of the test or the student are in it.
    """

    def __init__(
        self,
        test: Test,
        sock: socket.socket,
        *,
        begin: Callable[..., Callable[[], Mark]],
        terms: dict[str, Any],
        settings: Settings,
        snapshot_pid: int = 0,
        root_pid: int = 0,
        again: bool = False,
        checked: dict[str, bool] | None = None,
        slow: Sequence[str] = (),
    ):
        """again: another judge has begun this test on the snapshot and was lost. checked: exercises of this submission
        whose visible cases were tried, and whether all passed. slow: exercises that may never end."""
        self.test, self.settings = test, settings
        self.pids, self.roots = (os.getpid(), snapshot_pid), (os.getpid(), root_pid or snapshot_pid)
        self.verdict = Verdict(test.flags["grade_id"], 0.0, float(test.flags["points"]), [], 0.0)
        self.check = Check(begin, dict(points=self.verdict.max_points, **terms), immediate=test.kind != "check")
        self.printed = Printed(settings.test_output_characters)
        self.link = proxies.connect(sock, settings.wire)
        if again:
            self.link.send("reset")
            self.link = proxies.connect(sock, settings.wire)
        if test.earlier is not None:
            self.check.terms["helpers"] = CourseHelpers(
                self.link,
                test.earlier,
                self.seconds_for_another_try,
                {} if checked is None else checked,
                [name for name in slow if name in test.earlier],
                snapshot_pid,
            )
        self.seconds_left = settings.wire.seconds  # that this test may take at most
        self.allowed = settings.wire.seconds  # of them, those that it may take now
        self.more: Callable[[], float] | None = None
        self.clock: FairClock | None = None  # of the part that runs

    def allow(self, seconds: float, more: Callable[[], float] | None = None) -> None:
        """Set the seconds for the next parts together. more: called when they are used up; returns extra seconds."""
        self.allowed, self.more = min(seconds, self.seconds_left), more

    def start_clock(self) -> None:
        self.clock = FairClock(max(0.01, self.allowed), pids=self.pids, roots=self.roots)

    def stop_clock(self) -> None:
        """Charge the test for the time since `start_clock`."""
        spent = self.clock.spent() if self.clock else 0.0
        self.clock = None
        self.verdict.seconds += spent
        self.seconds_left -= spent
        self.allowed -= spent

    def time_left(self) -> float:
        """The link's time_left: the clock's, and a new clock if there is more time."""
        assert self.clock is not None  # `part` starts it
        try:
            return self.clock.remaining()
        except Starved:
            raise
        except TimeoutError:
            self.stop_clock()
            if self.more is not None and self.seconds_left > 0:
                self.allowed = min(self.more(), self.seconds_left)
            self.start_clock()
            if self.allowed <= 0:
                seconds = round(self.verdict.seconds, 1 if self.verdict.seconds > 1 else 2)
                self.link.limits = replace(self.link.limits, seconds=min(seconds, self.settings.wire.seconds))
                raise
            return self.time_left()

    def seconds_for_another_try(self) -> float:
        """Seconds for a second try of the cases; 0 if so much time is used that a second try could cost points."""
        spent = self.clock.spent() if self.clock else 0.0
        enough_left = self.seconds_left - spent > 0.75 * self.settings.wire.seconds
        return max(0.0, self.allowed - spent) + self.settings.judge_slack_seconds / 2 if enough_left else 0.0

    def run(self) -> bool:
        """Everything but the hidden cases; True if the test has none."""
        return not self.part(lambda: evaluate(self.test, self.link, self.check), last=self.test.kind != "check")

    def finish(self) -> None:
        """The hidden cases."""
        self.part(self.check.finish, last=True)

    def part(self, action: Callable[[], Any], *, last: bool) -> bool:
        """Returns whether the test goes on."""
        self.start_clock()
        self.link.time_left = self.time_left
        verdict, ended = self.verdict, None
        try:
            with contextlib.redirect_stdout(self.printed), contextlib.redirect_stderr(Printed(0)), seeding(self.link):
                value = action()
                if (
                    self.link.broken and self.check.exercise is None
                ):  # the test's own `except` may have caught the error
                    raise self.link.broken
            if last:
                verdict.points = points_of(value, verdict.max_points)
                ended = new_output("execute_result", data={"text/plain": repr(verdict.points)})
        except BaseException as error:
            ended, verdict.reason = describe_error(error, self.link)
            verdict.line = line_of(error)
        self.stop_clock()
        if ended is not None:
            self.complete(ended)
        return ended is None

    def complete(self, last_output: NotebookNode) -> None:
        check, verdict = self.check, self.verdict
        show_card = self.test.kind == "check"  # otherwise its hidden cases came before its text
        verdict.outputs = card_of(check.result) + self.printed.outputs() if show_card or check.exercise is None else []
        verdict.outputs = verdict.outputs + [last_output]
        verdict.exercise, verdict.limit = check.exercise, getattr(self.link.broken, "code", None)
        for name in ("mistake", "failed", "missing", "score"):
            setattr(verdict, name, getattr(check.result, name, getattr(verdict, name)))


@contextlib.contextmanager
def seeding(link):
    """np.random.seed and random.seed of a test also seed the student's process."""
    originals: dict[str, Callable[..., Any]] = {"numpy": np.random.seed, "random": random.seed}

    def seed_both(module: str) -> Callable[..., None]:
        def seed(value: Any = None) -> None:
            originals[module](value)
            link.request("seed", module, value)

        return seed

    np.random.seed, random.seed = seed_both("numpy"), seed_both("random")
    try:
        yield
    finally:
        np.random.seed, random.seed = originals["numpy"], originals["random"]


def try_test(test: Test, sock: socket.socket, **options: Any) -> Verdict:
    """Run one test against the snapshot behind `sock`, both parts. options: those of Attempt."""
    attempt = Attempt(test, sock, **options)
    if not attempt.run():
        attempt.finish()
    return attempt.verdict


def evaluate(test: Test, link: Link, check: Check) -> Any:
    """The value of the test's last expression, None if it ends with another statement."""
    names, proxies_of, missing = {"__name__": "__main__", "__builtins__": builtins, "check": check}, {}, set()
    try:
        if test.error is not None:
            raise test.error
        for action, item in test.steps:
            if action == "ask":
                try:
                    if item not in proxies_of:
                        proxies_of[item] = link.request("get", item)
                        if item in test.classes:
                            proxies.mark_class(proxies_of[item])
                    names[item] = proxies_of[item]
                except NameError:  # raised by the test itself, if it uses the name
                    missing.add(item)
            else:
                names["check"] = check
                exec(item, names)
        return eval(test.last, names) if test.last else None
    except (SyntaxError, ImportError, NameError) as error:
        if getattr(error, "remote", False) or getattr(error, "name", None) in missing:
            raise
        raise TestBroken(f"{type(error).__name__}: {error}") from error


def points_of(value: Any, most: float) -> float:
    """A test cell's value as points: a number in 0..most, or None for a test that only asserts."""
    if value is None:
        return most
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TestBroken(f"the test cell's value is a {type(value).__name__}, not a number of points")
    if not 0 <= value <= most:  # NaN too
        raise TestBroken(f"the test cell's value {float(value)!r} is outside 0..{most:g}")
    return float(value)


def describe_error(error: BaseException, link: Link) -> tuple[NotebookNode, dict | None]:
    """(error output of a failed test, reason if the answer was not compared at all)

    Text from the student's process is left out: it may contain inputs of hidden cases.
    """
    name, text, why = type(error).__name__, str(error), None
    broken = link.broken or (error if isinstance(error, WireError) else None)
    if broken:
        name, text = "WireError", str(broken)
        timeout = broken.code == "time"
        why = reason("test_time", seconds=link.limits.seconds) if timeout else reason("wire", text=text)
    elif isinstance(error, Unjudgeable):
        why = reason("unjudgeable", error=text)
    elif isinstance(error, TestBroken) or not isinstance(error, Exception):
        why = reason("test_broken")
    elif isinstance(error, RemoteError) or getattr(error, "remote", False):
        text = "raised by the submitted code"
    return error_output(name, text), why


def line_of(error: BaseException) -> int | None:
    """The line of a test cell at which an error passed it."""
    lines = [number for frame, number in walk_tb(error.__traceback__) if frame.f_code.co_filename == "<test>"]
    return lines[-1] if lines else getattr(error, "lineno", None)
