"""The processes that judges are forked from: each level has imported or read what the next one needs.

    grader (make grade)
    └─ multiprocessing's forkserver     has imported what workers need        start_multiprocessing()
       └─ worker                        one for each CPU                      worker.py
          ├─ bwrap ─ init ─ zygote      the outer sandbox                     sandbox/zygote.py
          │         └─ init             a pid namespace for each submission   inside/namespace_init.py
          │            └─ kernel, snapshots
          └─ judge forkserver           has imported what marking needs       JudgeForkserver
             └─ chapter server          has read a chapter's tests            ChapterServer
                └─ judge                one for each submission               judge_process.py

A worker forks its judge forkserver from itself while it is new: it has one thread and has seen no student's work. A
process that is not new (a test, `nbgrader autograde`) has it forked from multiprocessing's forkserver instead. Each
process ends when its parent dies or closes its socket.

This module imports only the standard library (and one file that does the same), so that the grader can start multiprocessing's forkserver first and
import the rest meanwhile.
"""

import contextlib
import ctypes
import gc
import multiprocessing
import os
import pickle
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.context import ForkContext, ForkServerContext
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from typing import Any

from autograder.sandbox import shell_limits

JUDGE_IMPORTS = ("numpy.ma", "autograder.judging.judge_process", "autograder.judging.judge", "autograder.judging.mark")
MAX_CHAPTERS = 4  # chapter servers, each for one language, that a judge forkserver keeps
START_SECONDS = 120.0  # for a process to be ready on a busy machine
EXIT_SECONDS = 0.5  # for a process to exit by itself before it is killed
FORK, STATUS = b"f", b"s"  # requests to a process that forks
STATUS_FORMAT = struct.Struct("<i")
PR_SET_PDEATHSIG = 1


def start_multiprocessing(*modules: str) -> ForkServerContext:
    """Start multiprocessing's forkserver, once in a process, and return its context.

    modules: what it imports besides JUDGE_IMPORTS; the first call in a process decides. It needs our sys.path and one
    OpenBLAS thread, so we pass both in the environment. A pool's workers have children, so they may not be daemons
    (those of concurrent.futures are not), and must come from this context or be spawned.
    """
    shell_limits.lift()
    shell_limits.shorten_tempdir()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.judging.forkserver_imports"])
    passed = {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "DESCENT_FORKSERVER_IMPORTS": ",".join([*JUDGE_IMPORTS, *modules]),
    }
    before = {name: os.environ.get(name) for name in passed}
    os.environ.update(passed)
    try:
        forkserver.ensure_running()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return context


# -- in the grader


class JudgeForkserver:
    """The process that chapter servers are forked from. It ends when its socket closes, with us at the latest.

    context: multiprocessing's, "fork" from a new process or "forkserver".
    """

    def __init__(self, context: ForkContext | ForkServerContext):
        self.owner = os.getpid()
        self.chapters: list[ChapterServer] = []  # the last used at the end
        self.context = context
        self.start()

    def start(self) -> None:
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(START_SECONDS)
        inherited = self.socket.fileno() if self.context.get_start_method() == "fork" else -1
        self.process = self.context.Process(target=run_judge_forkserver, args=(theirs, inherited), daemon=True)
        try:
            self.process.start()
        finally:
            theirs.close()
        self.close = Finalize(self, close_forkserver, (self.owner, self.socket, self.process), exitpriority=5)

    def restart(self) -> None:
        """Replace a process that was killed. The new one is forked from multiprocessing's forkserver, because this
        process may have threads by now."""
        self.close()
        self.context = start_multiprocessing()
        self.start()

    def chapter(self, *about: Any) -> "ChapterServer":
        """The chapter server for these cells, terms and settings, started if necessary. Raises OSError."""
        server = next((server for server in self.chapters if server.about == about), None)
        if server is None:
            try:
                server = ChapterServer(self.socket, about)
            except OSError:
                self.restart()
                server = ChapterServer(self.socket, about)
        else:
            self.chapters.remove(server)
        self.chapters.append(server)
        while len(self.chapters) > MAX_CHAPTERS:
            self.chapters.pop(0).close()
        return server

    def fork_judge(self, *about: Any) -> "JudgeHandle":
        """A judge for one submission. A chapter server that died is started again. Raises OSError."""
        try:
            return JudgeHandle(self.chapter(*about))
        except OSError:
            if self.chapters and self.chapters[-1].about == about:
                self.chapters.pop().close()
            return JudgeHandle(self.chapter(*about))


class ChapterServer:
    """about: cells (plain data), terms (assignment, secret, lang), settings. It learns nothing about a student: test
    plans, cases and right answers belong to the class. Raises OSError."""

    def __init__(self, forkserver_socket: socket.socket, about: tuple):
        self.about = about
        self.socket, self.pidfd, self.pid = request_fork(forkserver_socket)
        self.socket.settimeout(START_SECONDS)
        self.close = Finalize(self, close_chapter, (os.getpid(), self.socket, self.pidfd), exitpriority=10)
        data = pickle.dumps(about)
        self.socket.sendall(len(data).to_bytes(8, "little") + data)


class JudgeHandle:
    """A judge: its socket, its pid, and a pidfd of it. Raises OSError."""

    def __init__(self, chapter: ChapterServer):
        self.chapter = chapter
        self.socket, self.pidfd, self.pid = request_fork(chapter.socket)

    def kill(self) -> None:
        self.socket.close()
        with contextlib.suppress(ProcessLookupError):  # it has ended, and its parent has waited for it
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        os.close(self.pidfd)

    def exit_code(self, seconds: float = 5.0) -> int | None:
        """How it ended, as subprocess has it (-9: SIGKILL); None if it runs or its parent is gone."""
        if not select.select([self.pidfd], [], [], seconds)[0]:
            return None
        try:
            self.chapter.socket.send(STATUS + STATUS_FORMAT.pack(self.pid))
            return STATUS_FORMAT.unpack(self.chapter.socket.recv(STATUS_FORMAT.size, socket.MSG_WAITALL))[0]
        except (OSError, struct.error):
            return None


def request_fork(parent: socket.socket) -> tuple[socket.socket, int, int]:
    """(socket, pidfd, pid) of a new child of the process behind the socket `parent`. Raises OSError."""
    ours, theirs = socket.socketpair()
    try:
        socket.send_fds(parent, [FORK], [theirs.fileno()])
        data, fds, _, _ = socket.recv_fds(parent, STATUS_FORMAT.size, 1)
        if not fds:
            raise OSError("the process to fork from has ended")
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return ours, fds[0], STATUS_FORMAT.unpack(data)[0]


def close_forkserver(owner: int, sock: socket.socket, process: BaseProcess) -> None:
    sock.close()
    if owner == os.getpid():
        process.join(EXIT_SECONDS)  # it exits by itself, and waits for its children first
        process.kill()
        process.join()
        process.close()


def close_chapter(owner: int, sock: socket.socket, pidfd: int) -> None:
    sock.close()
    if owner == os.getpid() and not select.select([pidfd], [], [], EXIT_SECONDS)[0]:  # it is busy
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        select.select([pidfd], [], [], 5)
    os.close(pidfd)


# -- in the processes


def run_judge_forkserver(sock: socket.socket, inherited: int) -> None:
    """Fork chapter servers. inherited: the grader's end of our socket, if a fork has a copy of it, else -1."""
    if inherited >= 0:
        os.close(inherited)
    fork_on_request(sock, run_chapter_server)


def run_chapter_server(sock: socket.socket) -> None:
    """Receive the chapter, read its tests, then fork judges."""
    from autograder.judging import judge_process

    size = int.from_bytes(sock.recv(8, socket.MSG_WAITALL), "little")
    chapter = judge_process.Chapter(*pickle.loads(sock.recv(size, socket.MSG_WAITALL)))  # sent by the grader itself
    fork_on_request(sock, chapter.serve)


def fork_on_request(sock: socket.socket, run: Callable[[socket.socket], None]) -> None:
    """Serve FORK (run(socket) in a child; the response is its pid and a pidfd) and STATUS (the exit code of a child),
    until the socket closes."""
    owner, exit_codes = os.getpid(), {}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # a fork's collector does not touch what it shares with this process
    while True:
        data, fds, _, _ = socket.recv_fds(sock, 1 + STATUS_FORMAT.size, 1)
        if not data:
            return
        if data[:1] == STATUS:
            pid = STATUS_FORMAT.unpack(data[1:])[0]
            if pid not in exit_codes:
                exit_codes[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            sock.sendall(STATUS_FORMAT.pack(exit_codes.pop(pid)))
            continue
        reap(exit_codes)
        child = os.fork()
        if not child:
            try:
                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
                sock.close()
                if os.getppid() == owner:  # otherwise it died before the call above
                    run(socket.socket(fileno=fds[0]))
            finally:
                os._exit(0)
        pidfd = os.pidfd_open(child)
        socket.send_fds(sock, [STATUS_FORMAT.pack(child)], [pidfd])
        os.close(pidfd)
        os.close(fds[0])


def reap(exit_codes: dict[int, int]) -> None:
    """Wait for the children that have ended, and keep the last exit codes."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            exit_codes[ended[0]] = os.waitstatus_to_exitcode(ended[1])
    while len(exit_codes) > 10:
        del exit_codes[next(iter(exit_codes))]
