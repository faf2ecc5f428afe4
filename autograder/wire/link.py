"""One conversation over a socket: request and response, with callbacks.

Either side may send a request. While it waits for the response it answers requests of the other side, so calls nest.
"""

import socket
import struct
import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from .limits import EXCEPTIONS, REPORTED_BY_PEER, RemoteError, WireError
from .receiving import Receiver
from .sending import Sender
from .shared import Table

HEADER = struct.Struct("<IQ")  # bytes of the tree, bytes of the arrays
MIN_READ, MAX_READ = 1 << 16, 1 << 20  # bytes asked of one recv
WAIT_MICROSECONDS = 100_000  # timeout of one send or recv, after which we check the time limit
TIMEVAL = struct.Struct("@ll")  # seconds, microseconds


class Link:
    """One end of the conversation.

    serve: {op: function(link, *values)}, the requests that this side answers.
    exportable, make_proxy: those of Sender and Receiver; make_proxy also gets the link.
    catch: exceptions of `serve` functions that are sent to the other side (Exception for the judge, BaseException
    for the student's process).
    time_left: returns the seconds until the next call of it, and raises TimeoutError when the time is over; then every
    use of the link raises WireError("time"). While we wait it is called ten times a second.
    """

    def __init__(
        self,
        sock: socket.socket,
        table: Table,
        *,
        exportable: Callable[[Any], bool],
        make_proxy: Callable[[Any, int], Any],
        serve: dict[str, Callable[..., Any]],
        catch: type[BaseException] = Exception,
        time_left: Callable[[], float] | None = None,
    ):
        self.sock, self.table, self.limits = sock, table, table.limits
        self.serve, self.catch, self.time_left = serve, catch, time_left
        self.sender = Sender(table, exportable)
        self.receiver = Receiver(table, lambda number, kind: make_proxy(self, kind))
        self.crossings = self.nested = 0
        self.received = bytearray()  # bytes that arrived and belong to frames not read yet
        self.broken: WireError | None = None
        self.look_at_clock = 0.0  # when time_left is asked next
        sock.settimeout(None)
        if time_left is not None:  # a timeout of the kernel: Python's needs two more system calls each time
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                sock.setsockopt(socket.SOL_SOCKET, option, TIMEVAL.pack(0, WAIT_MICROSECONDS))

    def request(self, op: str, *values: Any) -> Any:
        """The value of the response. Raises the other side's exception; StopIteration at the end of its iterator."""
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

    def answer(self, op: str, values: Sequence[Any]) -> None:
        """Run the `serve` function of one request and send its value or its exception."""
        if op not in self.serve:
            self.fail("malformed")
        if self.nested >= self.limits.reentry:
            self.fail("reentry")
        self.nested += 1
        reply: tuple[Any, ...]
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
        except TypeError as error:  # the value to return may not cross
            self.send("error", "TypeError", str(error))
        except WireError as error:
            if self.broken:
                raise
            self.send("error", "wire", error.code, sync=False)

    def describe(self, error: BaseException) -> tuple[str, str]:
        """(the name of the nearest exception class that may cross, "" for none; the text, cut)"""
        names = [c.__name__ for c in type(error).__mro__ if EXCEPTIONS.get(c.__name__) is c]
        try:
            text = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
        except Exception:  # a student's __str__ may raise
            text = ""
        if not names:
            text = f"{type(error).__name__}: {text}"
        return names[0] if names else "", text[: self.limits.text]

    def exception(self, name: Any, text: Any) -> Exception:
        """The exception that the other side described."""
        if type(name) is not str or type(text) is not str:
            self.fail("malformed")
        if name == "wire" and text in REPORTED_BY_PEER:
            return WireError(text, self.limits)
        error = EXCEPTIONS.get(name, RemoteError)(text[: self.limits.text])
        error.remote = True  # the other side wrote the text, so it must not be shown
        return error

    def fail(self, code: str) -> NoReturn:
        """End the conversation: raises the same WireError now and at every later use."""
        self.broken = WireError(code, self.limits)
        raise self.broken

    def send(self, op: str, *values: Any, sync: bool = True) -> None:
        self.check()
        tree, buffers = self.sender.to_frame(op, values, sync=sync)
        data = memoryview(b"".join([HEADER.pack(len(tree), sum(map(len, buffers))), tree, *buffers]))
        self.check_time()
        while data:
            try:
                data = data[self.sock.send(data) :]
            except BlockingIOError:
                self.check_time(now=True)
            except OSError:
                self.fail("ended")

    def receive(self) -> tuple[str, Any]:
        self.check()
        self.wait_for(HEADER.size)
        tree_bytes, data_bytes = HEADER.unpack_from(self.received)
        if tree_bytes > self.limits.tree_bytes:
            self.fail("tree_bytes")
        if data_bytes > self.limits.frame_bytes:
            self.fail("frame_bytes")
        end_of_tree = HEADER.size + tree_bytes
        end = end_of_tree + data_bytes
        self.wait_for(end)
        received, self.received = self.received, self.received[end:]
        frame = memoryview(received)
        try:
            return self.receiver.from_frame(bytes(frame[HEADER.size : end_of_tree]), frame[end_of_tree:end])
        except WireError as error:
            self.broken = error
            raise

    def wait_for(self, size: int) -> None:
        """Wait until `size` bytes have arrived. The buffer grows with the bytes that arrive, not with the announced
        size."""
        while len(self.received) < size:
            self.check_time()
            try:
                chunk = self.sock.recv(min(MAX_READ, max(MIN_READ, size - len(self.received))))
            except BlockingIOError:
                self.check_time(now=True)
                continue
            except OSError:
                self.fail("ended")
            if not chunk:
                self.fail("ended")
            self.received += chunk

    def check(self) -> None:
        """Count one frame. Raises WireError if the conversation has failed or used up its frames."""
        if self.broken:
            raise self.broken
        self.crossings += 1
        if self.crossings > self.limits.crossings:
            self.fail("crossings")

    def check_time(self, *, now: bool = False) -> None:
        """Call time_left if the seconds that it returned last have passed; now: call it in any case."""
        if self.time_left is None or not now and time.monotonic() < self.look_at_clock:
            return
        try:
            self.look_at_clock = time.monotonic() + self.time_left()
        except TimeoutError as error:
            self.fail(getattr(error, "code", "time"))
