"""One conversation over a socket: a side asks, and answers what it is asked meanwhile (callbacks), in turn.

This file is also copied beside the student's kernel, so it imports nothing of ours but the wire.
"""

import struct
import time

from .receiving import Receiver
from .sending import Sender
from .shared import Table
from .limits import EXCEPTIONS, TELLABLE, RemoteError, WireError

HEADER = struct.Struct("<IQ")  # bytes of the tree, bytes of the arrays
PIECE = 1 << 16  # a small frame comes in one piece


class Link:
    """request(op, *values) asks the other side; serve: {op: function(link, *values)} answers it.

    exportable and make_proxy are those of Sender and Receiver; make_proxy gets the link as well.
    catch is what an answer may raise and the other side then hears of (Exception for the judge, BaseException
    for the student's process). deadline is a time.monotonic() after which every use raises WireError.
    """

    def __init__(self, sock, table: Table, *, exportable, make_proxy, serve: dict, catch=Exception,
                 deadline: float | None = None):
        self.sock, self.table, self.limits = sock, table, table.limits
        self.serve, self.catch, self.deadline = serve, catch, deadline
        self.sender = Sender(table, exportable)
        self.receiver = Receiver(table, lambda number, kind: make_proxy(self, kind))
        self.crossings = self.nested = 0
        self.got = bytearray()  # received, and not read yet
        self.broken: WireError | None = None

    def request(self, op: str, *values):
        """The answer's value. Raises what the other side raised, StopIteration at the end of its iterator."""
        self.send(op, *values)
        while True:
            op, values = self.receive()
            if op == "ok" and len(values) == 1:
                return values[0]
            if op == "end":
                raise StopIteration
            if op == "error" and len(values) == 2:
                raise self.exception(*values)
            self.answer(op, values)

    def answer(self, op: str, values) -> None:
        if op not in self.serve:
            self.fail("malformed")
        if self.nested >= self.limits.reentry:
            self.fail("reentry")
        self.nested += 1
        try:
            reply = "ok", self.serve[op](self, *values)
        except WireError as error:
            if self.broken:
                raise
            reply = "error", "wire", error.code
        except self.catch as error:
            ended = op == "next" and isinstance(error, StopIteration)
            reply = ("end",) if ended else ("error", *self.describe(error))
        finally:
            self.nested -= 1
        try:
            self.send(*reply)
        except TypeError as error:  # a value of ours that may not cross
            self.send("error", "TypeError", str(error))
        except WireError as error:
            if self.broken:
                raise
            self.send("error", "wire", error.code, sync=False)

    def describe(self, error: BaseException) -> tuple[str, str]:
        """The name that an exception has on the other side ("" for none) and its text, cut."""
        names = [c.__name__ for c in type(error).__mro__ if EXCEPTIONS.get(c.__name__) is c]
        try:
            text = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
        except Exception:  # a __str__ that fails
            text = ""
        if not names:
            text = f"{type(error).__name__}: {text}"
        return names[0] if names else "", text[: self.limits.text]

    def exception(self, name, text) -> Exception:
        if name == "wire" and text in TELLABLE:
            return WireError(text, self.limits)
        if type(name) is not str or type(text) is not str:
            self.fail("malformed")
        error = EXCEPTIONS.get(name, RemoteError)(text[: self.limits.text])
        error.remote = True  # its words are the other side's
        return error

    def fail(self, code: str):
        """No more of this conversation: the same error now and at every later use."""
        self.broken = WireError(code, self.limits)
        raise self.broken

    def send(self, op: str, *values, sync: bool = True) -> None:
        self.check()
        tree, buffers = self.sender.to_frame(op, values, sync=sync)
        try:
            self.sock.settimeout(self.remaining())
            self.sock.sendall(b"".join([HEADER.pack(len(tree), sum(map(len, buffers))), tree, *buffers]))
        except OSError as error:
            self.fail("time" if isinstance(error, TimeoutError) else "ended")

    def receive(self):
        self.check()
        tree_bytes, data_bytes = HEADER.unpack(self.read(HEADER.size))
        if tree_bytes > self.limits.tree_bytes:
            self.fail("tree_bytes")
        if data_bytes > self.limits.frame_bytes:
            self.fail("frame_bytes")
        tree, data = self.read(tree_bytes), self.read(data_bytes)
        try:
            return self.receiver.from_frame(tree, memoryview(data))
        except WireError as error:
            self.broken = error
            raise

    def read(self, size: int) -> bytearray:
        """Exactly `size` bytes; the buffer grows with what arrives, not with what was announced."""
        while len(self.got) < size:
            try:
                self.sock.settimeout(self.remaining())
                piece = self.sock.recv(min(1 << 20, max(PIECE, size - len(self.got))))
            except OSError as error:
                self.fail("time" if isinstance(error, TimeoutError) else "ended")
            if not piece:
                self.fail("ended")
            self.got += piece
        if len(self.got) == size:
            got, self.got = self.got, bytearray()
        else:
            got = self.got[:size]
            del self.got[:size]
        return got

    def check(self) -> None:
        if self.broken:
            raise self.broken
        self.crossings += 1
        if self.crossings > self.limits.crossings:
            self.fail("crossings")

    def remaining(self) -> float | None:
        if self.deadline is None:
            return None
        left = self.deadline - time.monotonic()
        if left <= 0:
            self.fail("time")
        return left
