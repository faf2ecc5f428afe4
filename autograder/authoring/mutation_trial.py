"""We run every mutant of an exercise's answer on the exercise's cases, in a process that may hang or die.

A mutant can loop forever, use all memory or crash the interpreter. So each exercise gets a process, which sends a
verdict after every mutant. If no verdict arrives in time, the process is killed and a new one continues with the next
mutant. A mutant whose process was killed counts as caught, like one that raises an error where the reference does not.
"""

import multiprocessing
import os
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import wait

import numpy as np

from autograder.authoring.answer_keys import known_mistakes
from autograder.authoring.contract_mutants import contract_mutants
from autograder.authoring.contract_slips import MET, SLIPS
from autograder.authoring.guarded import guarded_mistakes
from autograder.authoring.mutants import Mutant, build, mutants, source_of
from autograder.judging.mark import hidden_rng
from descent.examine import problem_of
from descent.exercise import Exercise
from descent.exercises import find, table, visible_cases
from descent.outcome import try_case
from reference.lookup import reference_function

SILENCE = (
    3.0  # seconds to wait for a verdict, plus 100 times the reference's time for all cases: the machine may be busy
)
START = 120.0  # seconds for a process to start and to run the reference
MEMORY = 6 * 2**30  # bytes of address space
PROCESS = multiprocessing.get_context("spawn")
VISIBLE, HIDDEN, ENDED, SURVIVED, IDLE = "visible", "hidden", "ended", "survived", "idle"


def find_exercise(name: str) -> tuple[Exercise, Callable]:
    """The exercise called `name`, and its reference function."""
    exercise = find(name)[1]
    return exercise, reference_function(exercise)


@dataclass
class Trial:
    """The mutants of one exercise with their verdicts: caught by a visible case, caught by a hidden one, ended (its process
    was killed), survived, or idle (a contract mutant that was never called with a value it could change: not counted).
    `error` is the reason if the mutants could not be tried at all.
    """

    name: str
    verdicts: list[tuple[Mutant, str]] = field(default_factory=list)
    error: str | None = None


def trials(
    names: list[str], *, processes: int, load: Callable = find_exercise, silence: float = SILENCE
) -> Iterator[Trial]:
    """Try the exercises called `names`, `processes` at a time; yield each Trial when it is done."""
    waiting, running = list(names), []
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                running.append(Worker(Trial(waiting.pop(0)), load, silence))
            wait([worker.pipe for worker in running], timeout=0.2)
            for worker in list(running):
                if worker.listen():
                    running.remove(worker)
                    yield worker.trial
    finally:
        for worker in running:
            worker.end()


class Worker:
    """A process at work on one exercise, as the parent sees it."""

    def __init__(self, trial: Trial, load: Callable, silence: float):
        self.trial, self.load, self.silence = trial, load, silence
        self.mutants: list[Mutant] | None = None
        self.start()

    def start(self) -> None:
        """Start a process on the mutants that have no verdict yet."""
        self.pipe, sending_end = PROCESS.Pipe(duplex=False)
        self.process = PROCESS.Process(
            target=work, daemon=True, args=(sending_end, self.load, self.trial.name, len(self.trial.verdicts))
        )
        self.process.start()
        sending_end.close()
        self.ready, self.until = False, time.monotonic() + START

    def listen(self) -> bool:
        """Receive the messages of the process and restart it if it hangs; True when the exercise is done."""
        try:
            while self.trial.error is None and self.pipe.poll():
                self.take_in(*self.pipe.recv())
        except EOFError:  # it has finished or died
            self.until = 0.0
        if not self.done() and time.monotonic() > self.until:
            self.end()
            if self.ready:
                self.trial.verdicts.append((self.mutants[len(self.trial.verdicts)], ENDED))
            else:
                self.trial.error = "its process died, or did not get ready"
            if not self.done():
                self.start()
        if self.done():
            self.end()
        return self.done()

    def take_in(self, message: str, content) -> None:
        if message == "error":
            self.trial.error = content
        elif message == "ready":
            self.mutants, seconds = content
            self.ready, self.patience = True, self.silence + 100 * seconds
        else:
            self.trial.verdicts.append((self.mutants[len(self.trial.verdicts)], content))
        self.until = time.monotonic() + (self.patience if self.ready else START)

    def done(self) -> bool:
        return self.trial.error is not None or (
            self.mutants is not None and len(self.trial.verdicts) == len(self.mutants)
        )

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def work(pipe, load: Callable, name: str, first: int) -> None:
    """Runs in the process: send the mutants, then a verdict for each from number `first` on."""
    limit_memory()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    try:
        exercise, function = load(name)
        groups = [
            (VISIBLE, visible_cases(exercise)),
            (HIDDEN, exercise.cases(hidden_rng("mutation", "any", exercise.name))),
        ]
        cases = [(kind, case, try_case(exercise, function, case)) for kind, group in groups for case in group]
        source = source_of(function)
        started = time.monotonic()
        if (verdict := verdict_of(exercise, cases, build(function, source))) != SURVIVED:
            raise ValueError(f"the reference does not answer a {verdict} case twice in the same way")
        candidates = all_mutants(exercise, function)
        pipe.send(("ready", ([mutant for mutant, _ in candidates], time.monotonic() - started)))
    except Exception as problem:
        pipe.send(("error", f"{type(problem).__name__}: {problem}"))
        return
    for mutant, make_function in candidates[first:]:
        MET.clear()
        try:
            changed = make_function()
        except Exception:  # does not even load
            pipe.send(("verdict", VISIBLE))
        else:
            verdict = verdict_of(exercise, cases, changed)
            pipe.send(("verdict", IDLE if verdict == SURVIVED and is_idle(mutant) else verdict))


def all_mutants(exercise: Exercise, function: Callable) -> list[tuple[Mutant, Callable]]:
    """Each mutant of an answer with a function that makes it: operator mutants, then contract mutants and guarded
    mistakes if the exercise has `clauses`.
    """
    source = source_of(function)
    listed = mutants(source)
    if exercise.clauses is not None:
        listed += contract_mutants(source)
    candidates = [(mutant, partial(build, function, mutant.source)) for mutant in listed]
    if exercise.clauses is not None and exercise.name in table():
        candidates += [
            (mutant, partial(itself, wrong))
            for mutant, wrong in guarded_mistakes(function, plain_mistakes(exercise, function))
        ]
    return candidates


def plain_mistakes(exercise: Exercise, function: Callable) -> list:
    """The known mistakes that fail most cases: behind a guard, one that fails few (eps, float32) might fail none."""
    cases = [
        (case, try_case(exercise, function, case))
        for case in visible_cases(exercise)
        if not any(isinstance(value, np.ndarray) and value.dtype == np.float32 for value in case.inputs.values())
    ]
    cases = [(case, right) for case, right in cases if not right.error]
    return [
        mistake
        for mistake in known_mistakes(table()[exercise.name][0])[exercise.name]
        if 2
        * sum(
            problem_of(exercise, case, try_case(exercise, mistake.function, case), right) is not None
            for case, right in cases
        )
        > len(cases)
    ]


def itself(function: Callable) -> Callable:
    return function


def is_idle(mutant: Mutant) -> bool:
    """True if a contract mutant's slip was never called with a value that it can change."""
    slips = {name for name in SLIPS if f"{name}(" in mutant.now} or ({"guarded"} if not mutant.source else set())
    return mutant.kind == "contract" and bool(slips) and not slips & MET


def verdict_of(exercise: Exercise, cases: list, function: Callable) -> str:
    """The group (VISIBLE or HIDDEN) of the first case that fails, or SURVIVED."""
    for group, case, right in cases:
        if problem_of(exercise, case, try_case(exercise, function, case), right):
            return group
    return SURVIVED


def limit_memory() -> None:
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
