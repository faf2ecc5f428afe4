"""A fork of the student's kernel that waits at a test cell and answers the judge's questions later.

It restricts nothing: it is the student's process, and the judge believes nothing it says.
"""

import os
import signal
import socket
import sys

import numpy as np

from ..wire.link import Link
from ..wire.shared import Table
from ..wire.limits import ITERATOR, Limits


class JudgeFunction:
    """A function of the judge's, called from the student's code."""

    def __init__(self, link):
        self._link = link

    def __call__(self, *args, **kwargs):
        return self._link.request("call", self, args, tuple(kwargs), tuple(kwargs.values()))


class JudgeIterator:
    """An iterator of the judge's."""

    def __init__(self, link):
        self._link = link

    def __iter__(self):
        return self

    def __next__(self):
        return self._link.request("next", self)


class Nowhere:
    """Where print goes in a snapshot: the student's output channels are closed."""

    def write(self, text):
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


def get(link, name):
    if name not in link.names:
        raise NameError(f"name {name!r} is not defined")
    return link.names[name]


SERVE = {
    "get": get,
    "call": lambda link, function, args, names, values: function(*args, **dict(zip(names, values))),
    "attribute": lambda link, target, name: getattr(target, name),
    "set_attribute": lambda link, target, name, value: setattr(target, name, value),
    "item": lambda link, target, key: target[key],
    "iterate": lambda link, target: iter(target),
    "next": lambda link, iterator: next(iterator),
}


def park(sock: socket.socket, names: dict) -> None:
    """Fork: the kernel goes on at once, the copy says so on `sock` and serves `names` there."""
    with sock:
        if os.fork():
            return
        try:
            os.setsid()  # the kernel's group is killed after the last cell, this copy is needed longer
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            hush(sock.fileno())
            sock.sendall(b"!")  # the system adds who says so
            converse(sock, names)
        finally:
            os._exit(0)


def hush(kept: int) -> None:
    """Let go of the kernel's streams, sockets and files but one: nothing said here reaches anybody."""
    os.closerange(3, kept)
    os.closerange(kept + 1, max(map(int, os.listdir("/proc/self/fd"))) + 1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)
    for stream in (sys.stdout, sys.stderr):  # a handler may hold the kernel's own streams
        if hasattr(stream, "__dict__"):
            stream.write, stream.flush = Nowhere().write, Nowhere().flush
    sys.stdout = sys.stderr = Nowhere()
    sys.displayhook = lambda value: None
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        shell.display_pub.publish = lambda *args, **kwargs: None


def converse(sock, names: dict) -> None:
    link = connect(sock, names)
    while True:
        link.answer(*link.receive())


def connect(sock, names: dict) -> Link:
    """The student's side of the conversation."""
    link = Link(sock, Table("S", Limits()), exportable=lambda value: True, make_proxy=make_proxy, serve=SERVE,
                catch=BaseException)
    link.names = names
    return link


def make_proxy(link, kind):
    return (JudgeIterator if kind == ITERATOR else JudgeFunction)(link)


def rehearse() -> None:
    """Speak both parts once. Python makes code faster while it runs, and a fork has what its parent had: each
    parked copy, and each judge, would otherwise begin with slow code."""
    def step(params, grads, *, lr):
        return params - lr * grads, grads

    ours, theirs = socket.socketpair()
    with ours, theirs:
        judge = Link(ours, Table("J", Limits()), exportable=callable, make_proxy=make_proxy, serve={})
        student = connect(theirs, {"step": step})

        def ask(*question):
            judge.send(*question)
            student.answer(*student.receive())
            return judge.receive()[1][0]

        remote, params = ask("get", "step"), np.ones(3)
        for _ in range(30):
            params, _ = ask("call", remote, (params, np.ones(3)), ("lr",), (0.1,))
