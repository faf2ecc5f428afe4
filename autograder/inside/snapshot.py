"""A snapshot: a fork of the student's kernel, made at a test cell, that answers the judge's requests later.

It enforces nothing: it is the student's process, so the judge trusts nothing that it sends.
"""

import inspect
import operator
import os
import random
import signal
import socket
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..wire.limits import ITERATOR, WireLimits
from ..wire.link import Link
from ..wire.shared import Table


class StudentLink(Link):
    """The student's end of the conversation. names: what the judge may ask for."""

    names: dict[str, Any]


class JudgeFunction:
    """Proxy of a function of the judge's, for the student's code to call."""

    def __init__(self, link):
        self._link = link

    def __call__(self, *args, **kwargs):
        return self._link.request("call", self, args, tuple(kwargs), tuple(kwargs.values()))


class JudgeIterator:
    """Proxy of an iterator of the judge's."""

    def __init__(self, link):
        self._link = link

    def __iter__(self):
        return self

    def __next__(self):
        return self._link.request("next", self)


class NullStream:
    """sys.stdout and sys.stderr of a snapshot: the student's output channels are closed."""

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


def call(link, function, args, names, values):
    return function(*args, **dict(zip(names, values)))


def call_recording(link, *request):
    """(value, [(warning class, text), ...])"""
    with warnings.catch_warnings(record=True) as recorded:
        warnings.simplefilter("always")
        value = call(link, *request)
    return value, [(*link.describe(warning.message),) for warning in recorded[:100]]


def apply_operator(link, target, name, operands):
    """Apply an operator as the interpreter does, including the reflected method if the first returns NotImplemented."""
    if name in BINARY:
        return BINARY[name](target, *operands)
    if name.startswith("__r") and f"__{name[3:]}" in BINARY:
        return BINARY[f"__{name[3:]}"](*operands, target)
    functions: dict[str, Callable[..., Any]] = {
        "__bool__": bool,
        "__contains__": operator.contains,
        "__neg__": operator.neg,
        "__pos__": operator.pos,
        "__abs__": abs,
    }
    return functions[name](target, *operands)


BINARY: dict[str, Callable[..., Any]] = {
    f"__{name}__": getattr(operator, name)
    for name in ("eq", "ne", "lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
}


def signature(link, target):
    """[(name, kind, whether there is a default, the default)]"""
    return [
        (p.name, int(p.kind), p.default is not p.empty, None if p.default is p.empty else p.default)
        for p in inspect.signature(target).parameters.values()
    ]


def seed(link, module, value):
    seeds: dict[str, Callable[..., Any]] = {"numpy": np.random.seed, "random": random.seed}
    seeds[module](value)


def uses(link, target, names):
    """Those of `names` that a function or class uses as globals, directly or through other functions of the notebook."""
    from descent.helpers import names_reached  # few submissions need it

    reached = names_reached(target, link.names)
    return [name for name in names if name in reached]


def replace(link, name, value):
    """Set a name; returns its old value, or None."""
    old_value = link.names.get(name)
    link.names[name] = value
    return old_value


SERVE: dict[str, Callable[..., Any]] = {
    "get": get,
    "call": call,
    "call_recording": call_recording,
    "operator": apply_operator,
    "isinstance": lambda link, target, cls: isinstance(target, cls),
    "repr": lambda link, target: repr(target),
    "str": lambda link, target: str(target),
    "len": lambda link, target: len(target),
    "signature": signature,
    "seed": seed,
    "uses": uses,
    "replace": replace,
    "attribute": lambda link, target, name: getattr(target, name),
    "set_attribute": lambda link, target, name, value: setattr(target, name, value),
    "item": lambda link, target, key: target[key],
    "iterate": lambda link, target: iter(target),
    "next": lambda link, iterator: next(iterator),
}


def park(sock: socket.socket, names: dict) -> None:
    """Fork. The parent returns at once; the child sends one byte on `sock`, then serves `names` there until it ends."""
    with sock:
        if os.fork():
            return
        try:
            os.setsid()  # outside the kernel's process group, which is killed after the last cell
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            close_everything_but(sock.fileno())
            sock.sendall(b"!")  # SO_PASSCRED adds our pid to it
            serve(sock, names)
        finally:
            os._exit(0)


def close_everything_but(kept_fd: int) -> None:
    """Close the kernel's streams, sockets and files except one, so that nothing printed here reaches anybody."""
    os.closerange(3, kept_fd)
    os.closerange(kept_fd + 1, max(map(int, os.listdir("/proc/self/fd"))) + 1)
    devnull = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(devnull, fd)
    os.close(devnull)
    stream: Any  # mypy would not let us replace the methods of a TextIO
    for stream in (sys.stdout, sys.stderr):  # a logging handler may refer to the kernel's streams
        if hasattr(stream, "__dict__"):
            stream.write, stream.flush = NullStream().write, NullStream().flush
    sys.stdout = sys.stderr = NullStream()
    sys.displayhook = lambda value: None
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        shell.display_pub.publish = lambda *args, **kwargs: None


def serve(sock: socket.socket, names: dict) -> None:
    link = connect(sock, names)
    while True:
        op, values = link.receive()
        if op == "reset":  # a new judge takes over: both sides begin with empty tables
            following = link.received
            link = connect(sock, names)
            link.received = following
        elif op == "branch":
            link = branch(link, *values)
        else:
            link.answer(op, values)


def branch(link: StudentLink, mark: bytes, target: Any) -> StudentLink:
    """Fork. The child continues with empty tables and sends `target`. The parent waits until the judge has killed the
    child, discards everything up to the judge's mark, and continues with its old tables."""
    try:
        child = os.fork()
    except OSError:
        link.send("end")
        return link
    if not child:
        copy = connect(link.sock, link.names)
        copy.send("ok", target)
        return copy
    os.waitpid(child, 0)
    received = bytearray()  # data that the child has not read, then the mark
    while mark not in received:
        del received[: -len(mark)]
        chunk = link.sock.recv(1 << 16)
        if not chunk:
            os._exit(0)
        received += chunk
    link.received = received.partition(mark)[2]
    return link


def connect(sock: socket.socket, names: dict) -> StudentLink:
    """The student's end of the conversation."""
    link = StudentLink(
        sock,
        Table("S", WireLimits()),
        exportable=lambda value: True,
        make_proxy=make_proxy,
        serve=SERVE,
        catch=BaseException,
    )
    link.names = names
    return link


def make_proxy(link, kind):
    return (JudgeIterator if kind == ITERATOR else JudgeFunction)(link)


def rehearse() -> None:
    """Run both ends of a conversation: Python specializes bytecode after some runs, and forks inherit that."""

    def step(params, grads, *, lr):
        return params - lr * grads, grads

    ours, theirs = socket.socketpair()
    with ours, theirs:
        judge = Link(ours, Table("J", WireLimits()), exportable=callable, make_proxy=make_proxy, serve={})
        student = connect(theirs, {"step": step})

        def ask(*request):
            judge.send(*request)
            student.answer(*student.receive())
            return judge.receive()[1][0]

        remote, params = ask("get", "step"), np.ones(3)
        for _ in range(30):
            params, _ = ask("call", remote, (params, np.ones(3)), ("lr",), (0.1,))
