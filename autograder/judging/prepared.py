"""A process that has read a chapter and its tests, and forks a judge from itself for each submission.

It hears nothing of any student: what it has ready (the tests' plans, the exercises' cases and right answers) is
the class's alone. A judge serves one submission and ends with it. The process itself is forked from a *nursery*, which
has imported what marking needs and knows nothing at all.
"""

import contextlib
import multiprocessing
import os
import pickle
import select
import signal
import socket
from multiprocessing.util import Finalize

from autograder.judging import server
from autograder.judging.nursery import nurse

KEPT = 4  # chapters, in one language each, that are ready at one time
START_SECONDS = 120.0  # for one to be ready; a loaded machine needs some
READY: list["Prepared"] = []  # this process's, the last used at the end
NURSERY: list["Nursery"] = []  # this process's, if any
MOMENT = 0.5  # seconds for a process to end by itself


def settle() -> None:
    """Fork the nursery from this process itself, which has imported everything, as long as it is new: one thread, no
    student's work in its memory, and no server (server.warm_up) to forget."""
    NURSERY[:] = [Nursery(multiprocessing.get_context("fork"))]


def nursery() -> "Nursery":
    """This process's; from its server when there is none."""
    if not (NURSERY and NURSERY[0].owner == os.getpid()):
        NURSERY[:] = [Nursery(server.warm_up())]
    return NURSERY[0]


class Nursery:
    """It ends when its socket closes, so with us at the latest. method: multiprocessing's, for its start."""

    def __init__(self, method):
        self.owner = os.getpid()
        self.ours, theirs = socket.socketpair()
        self.ours.settimeout(START_SECONDS)
        forked = self.ours.fileno() if method.get_start_method() == "fork" else -1
        self.process = method.Process(target=nurse, args=(theirs, forked), daemon=True)
        try:
            self.process.start()
        finally:
            theirs.close()
        self.close = Finalize(self, end_nursery, (self.owner, self.ours, self.process), exitpriority=5)


def end_nursery(owner: int, sock: socket.socket, process) -> None:
    sock.close()
    if owner == os.getpid():
        process.join(MOMENT)  # it ends by itself, and collects its children first
        process.kill()
        process.join()
        process.close()


def born(parent: socket.socket) -> tuple[socket.socket, int]:
    """A process forked from the one behind the socket `parent`: its own socket, and a handle of it that no other
    can take over. Raises OSError."""
    ours, theirs = socket.socketpair()
    try:
        socket.send_fds(parent, [b"f"], [theirs.fileno()])
        _, handles, _, _ = socket.recv_fds(parent, 1, 1)
        if not handles:
            raise OSError("the process to be forked from has ended")
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return ours, handles[0]


class Prepared:
    """about: cells, terms (assignment, secret, lang), settings. Raises OSError."""

    def __init__(self, *about):
        self.owner, self.about = os.getpid(), about
        try:
            self.ours, self.pidfd = born(nursery().ours)
        except OSError:  # it was killed
            NURSERY.pop().close()
            self.ours, self.pidfd = born(nursery().ours)
        self.ours.settimeout(START_SECONDS)
        self.close = Finalize(self, end, (self.owner, self.ours, self.pidfd), exitpriority=10)
        text = pickle.dumps(about)
        self.ours.sendall(len(text).to_bytes(8, "little") + text)

    def fork(self) -> tuple[socket.socket, int]:
        """A new judge: its socket, and a handle of its process. Raises OSError."""
        return born(self.ours)


def end(owner: int, sock: socket.socket, pidfd: int) -> None:
    sock.close()
    if owner == os.getpid() and not select.select([pidfd], [], [], MOMENT)[0]:  # it is busy
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        select.select([pidfd], [], [], 5)
    os.close(pidfd)


def ready(*about) -> Prepared:
    """The process for these cells, terms and settings; started now if there is none. Raises OSError."""
    found = next((one for one in READY if one.owner == os.getpid() and one.about == about), None)
    if found is None:
        found = Prepared(*about)
    else:
        READY.remove(found)
    READY.append(found)
    while len(READY) > KEPT:
        READY.pop(0).close()
    return found


def fork(*about) -> tuple[socket.socket, int]:
    """A judge for one submission: its socket, and a handle of its process. about: cells, terms, settings.

    The process behind it is started again when it has died.
    """
    try:
        return ready(*about).fork()
    except OSError:
        if READY and READY[-1].about == about:
            READY.pop().close()
        return ready(*about).fork()
