"""A process that has read a chapter and its tests, and forks a judge from itself for each submission.

It hears nothing of any student: what it has ready (the tests' plans, the exercises' cases and right answers) is
the class's alone. A judge serves one submission and ends with it.
"""

import ast
import ctypes
import gc
import importlib
import json
import os
import resource
import signal
import socket
import sys
import warnings
from dataclasses import asdict
from multiprocessing.util import Finalize

from . import server
from .names import parse, statements
from .run import is_test
from .trial import read_test, try_test

KEPT = 4  # chapters, in one language each, that are ready at one time
START_SECONDS = 120.0  # for one to be ready; a loaded machine needs some
READY: list["Prepared"] = []  # this process's, the last used at the end
ID_BYTES = 4096  # of a student's id: a folder's name
PR_SET_PDEATHSIG = 1


class Prepared:
    """terms: assignment, secret, lang. The process ends when its socket closes, so with ours at the latest."""

    def __init__(self, cells, terms, settings):
        self.owner, self.about = os.getpid(), (cells, terms, settings)
        self.ours, theirs = socket.socketpair()
        self.ours.settimeout(START_SECONDS)
        self.process = server.warm_up().Process(target=prepare, args=(theirs, *self.about), daemon=True)
        try:
            self.process.start()
        finally:
            theirs.close()
        self.close = Finalize(self, end, (self.owner, self.ours, self.process), exitpriority=10)

    def fork(self) -> tuple[socket.socket, int]:
        """A new judge: its socket, and a handle of its process that no other can take over. Raises OSError."""
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self.ours, [b"f"], [theirs.fileno()])
            _, handles, _, _ = socket.recv_fds(self.ours, 1, 1)
            if not handles:
                raise OSError("the process that judges are forked from has ended")
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours, handles[0]


def end(owner: int, sock: socket.socket, process) -> None:
    sock.close()
    if owner == os.getpid():
        process.kill()
        process.join()
        process.close()


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


# -- in the prepared process


def prepare(sock, cells, terms, settings) -> None:
    """Get ready, then fork a judge whenever one is asked for, until the socket closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    mark = load(settings.mark)
    cells = [Cell(cell) for cell in cells]
    known = statements(cells)
    tests = {index: read_test(cells, index, known=known) for index, cell in enumerate(cells) if is_test(cell)}
    ready = getattr(sys.modules[mark.__module__], "prepare", None)
    if ready is not None:
        ready(words(cells[index] for index in tests), **terms)
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
                serve(socket.socket(fileno=fds[0]), tests, mark, terms, settings)
            finally:
                os._exit(0)
        handle = os.pidfd_open(child)
        socket.send_fds(sock, [b"f"], [handle])
        os.close(handle)
        os.close(fds[0])


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
        result = json.dumps(asdict(verdict)).encode()
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
