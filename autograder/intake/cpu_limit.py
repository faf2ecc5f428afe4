"""A limit on the CPU time of our own code while it reads what a student wrote."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator

# Seconds after which a limit is met again: Python swallows an exception raised in a __del__ or a callback of the collector.
AGAIN = 0.1


class TooSlow(BaseException):
    """The CPU time is used up. (No Exception: libraries in between must not handle it.)"""


@contextlib.contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raises TooSlow inside the block after so much CPU time of this process. Without effect but in the main thread, where our
    workers grade and formgrader renders."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    over = False

    def stop(*_: object) -> None:
        if not over:
            raise TooSlow

    handler, began = signal.signal(signal.SIGPROF, stop), time.process_time()
    outer = signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)[0]  # what a limit around this one has left, or 0
    try:
        if 0 < outer < seconds:
            signal.setitimer(signal.ITIMER_PROF, outer, AGAIN)
        yield
    finally:
        over = True
        seconds_left = outer and max(0.01, outer - (time.process_time() - began))
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, handler)
        signal.setitimer(signal.ITIMER_PROF, seconds_left, AGAIN if seconds_left else 0)
