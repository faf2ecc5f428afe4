"""Exceptions for failures that are not the student's: an accident during one submission, a machine that cannot grade."""


class Accident(RuntimeError):
    """A process of the grader's own ended without the grader asking (bubblewrap, zygote, a namespace's init process, a
    process of judge_forkserver.py), or the machine ran out of memory or CPU time. Discard the result of the submission
    and grade it again, alone. The message names what happened."""


class CannotStart(RuntimeError):
    """No kernel could be started; the message says why, and the cure. Where it is the same for every submission, this
    machine is not set up."""


def cannot_start(stderr: str) -> CannotStart:
    """stderr: what the process wrote, of which the message has the last line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return CannotStart(f"no kernel could be started: {lines[-1] if lines else 'it wrote nothing'}. {CURE}")


CURE = (
    "Run `make` in this checkout: it installs the packages and `descent` again (an environment that was made in "
    "another place points there). `make doctor` tries it and says what is missing."
)
