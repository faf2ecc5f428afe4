"""What runs in the processes of prepared.py, each forked from the one before: the nursery, which has imported what
marking needs; a prepared process, which has read a chapter's tests; a judge, for one submission.
"""

import ast
import ctypes
import gc
import importlib
import json
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import traceback
import warnings

from autograder.sandbox import cpu_affinity
from autograder.inside.snapshot import rehearse
from autograder.judging.names import parse, statements
from autograder.intake.roles import is_test
from autograder.judging.test_cell import read_test, try_test

QUESTION = struct.Struct("<Ii")  # which cell, on which processor (seat.py); then the student's id
ID_BYTES = 4096  # of a student's id: a folder's name
PR_SET_PDEATHSIG = 1


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
        data, fds, _, _ = socket.recv_fds(sock, QUESTION.size + ID_BYTES, 1)
        if not data:
            return
        index, processor = QUESTION.unpack_from(data)
        cpu_affinity.stay(processor)
        student = data[QUESTION.size:].decode(errors="surrogatepass")
        with socket.socket(fileno=fds[0]) as remote:
            verdict = try_test(tests[index], remote, mark=mark, settings=settings,
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
