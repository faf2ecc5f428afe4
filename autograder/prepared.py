"""A process that has read a chapter and its tests, and forks a judge from itself for each submission.

It hears nothing of any student: what it has ready (the tests' plans, the exercises' cases and right answers) is
the class's alone. A judge serves one submission and ends with it. The process itself is forked from a *nursery*, which
has imported what marking needs and knows nothing at all.
"""

import ast
import contextlib
import ctypes
import gc
import importlib
import json
import multiprocessing
import os
import pickle
import resource
import select
import signal
import socket
import sys
import traceback
import warnings
from multiprocessing.util import Finalize

from . import server
from .inside.snapshot import rehearse
from .names import parse, statements
from .run import is_test
from .trial import read_test, try_test

KEPT = 4  # chapters, in one language each, that are ready at one time
START_SECONDS = 120.0  # for one to be ready; a loaded machine needs some
READY: list["Prepared"] = []  # this process's, the last used at the end
NURSERY: list["Nursery"] = []  # this process's, if any
MOMENT = 0.5  # seconds for a process to end by itself
ID_BYTES = 4096  # of a student's id: a folder's name
PR_SET_PDEATHSIG = 1


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


def fork(*about) -> tuple[socket.socket, int]:
    """A judge for one submission: its socket, and a handle of its process. about: cells, terms, settings.

    The process behind it is started when there is none, or when it has died.
    """
    for attempt in (1, 2):
        found = next((one for one in READY if one.owner == os.getpid() and one.about == about), None)
        if found is None:
            found = Prepared(*about)
        else:
            READY.remove(found)
        try:
            judge = found.fork()
        except OSError:
            found.close()
            if attempt == 2:
                raise
            continue
        READY.append(found)
        while len(READY) > KEPT:
            READY.pop(0).close()
        return judge


# -- in the nursery, and in the prepared process

def nurse(sock: socket.socket, above: int) -> None:
    """Fork prepared processes. above: the other end of our socket, where a fork has it, or -1."""
    if above >= 0:
        os.close(above)
    fork_on_request(sock, prepare)


def fork_on_request(sock: socket.socket, begin) -> None:
    """Whenever a socket comes, fork a process that begins there, and answer with a handle of it; until ours closes."""
    owner = os.getpid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # a fork's collector leaves alone what it shares with this process
    while True:
        data, fds, _, _ = socket.recv_fds(sock, 1, 1)
        reap()
        if not data:
            return
        child = os.fork()
        if not child:
            try:
                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # no judge outlives its grader
                sock.close()
                if os.getppid() == owner:  # else it has ended before we asked to end with it
                    begin(socket.socket(fileno=fds[0]))
            finally:
                os._exit(0)
        handle = os.pidfd_open(child)
        socket.send_fds(sock, [b"f"], [handle])
        os.close(handle)
        os.close(fds[0])


def prepare(sock: socket.socket) -> None:
    """Hear what it is about, get ready, then fork a judge whenever one is asked for."""
    warnings.simplefilter("ignore")
    size = int.from_bytes(sock.recv(8, socket.MSG_WAITALL), "little")
    cells, terms, settings = pickle.loads(sock.recv(size, socket.MSG_WAITALL))  # our own grader's
    try:
        mark = load(settings.mark)
        cells = [Cell(cell) for cell in cells]
        known = statements(cells)
        tests = {index: read_test(cells, index, known=known) for index, cell in enumerate(cells) if is_test(cell)}
        ready = getattr(sys.modules[mark.__module__], "prepare", None)
        if ready is not None:
            ready(words(cells[index] for index in tests), **terms)
        rehearse()
    except Exception:
        traceback.print_exc()
        raise
    fork_on_request(sock, lambda judge: serve(judge, tests, mark, terms, settings))


def words(tests) -> list[str]:
    """Every text that a test cell of the master mentions: exercises' names are among them."""
    found = set()
    for cell in tests:
        try:
            found |= {n.value for n in ast.walk(parse(cell.source)) if isinstance(n, ast.Constant)
                      and isinstance(n.value, str)}
        except SyntaxError:  # the verdict on that cell will say so
            pass
    return sorted(found)


def reap() -> None:
    """Collect the judges that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


# -- in a judge


def serve(sock, tests, mark, terms, settings) -> None:
    """Try the tests that are asked for until the socket closes."""
    limit_memory(settings.judge_memory_bytes)
    while True:
        data, fds, _, _ = socket.recv_fds(sock, 4 + ID_BYTES, 1)
        if not data:
            return
        student = data[4:].decode(errors="surrogatepass")
        with socket.socket(fileno=fds[0]) as remote:
            verdict = try_test(tests[int.from_bytes(data[:4], "little")], remote, mark=mark, settings=settings,
                               terms={**terms, "student": student})
        result = json.dumps(vars(verdict)).encode()
        sock.sendall(len(result).to_bytes(4, "little") + result)


def limit_memory(more: int) -> None:
    """Allow `more` bytes of address space on top of what a fresh child has mapped already."""
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + more, mapped + more))


def load(dotted: str):
    module, _, name = dotted.partition(":")
    return getattr(importlib.import_module(module), name)


class Cell:
    """A cell sent to the process, with the attributes of a notebook's."""

    def __init__(self, fields):
        self.cell_type, self.source, self.metadata = fields["cell_type"], fields["source"], fields["metadata"]
