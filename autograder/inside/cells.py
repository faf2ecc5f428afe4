"""Run the cells that the grader sends in ipykernel's shell, without ipykernel's sockets and threads.

ipykernel needs 5 ms for a cell that the shell itself runs in 1 ms. Displays, streams and tracebacks stay as they are in
a notebook. A message to the grader is [request id, Jupyter message type, content]; type "done" ends a request.
"""

import asyncio
import builtins
import getpass
import io
import os
import re
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from signal import SIG_IGN, SIGINT, default_int_handler, signal  # a cell may replace those of the module
from typing import Any, NoReturn

from ipykernel import compiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.async_helpers import get_asyncio_loop
from IPython.core.error import StdinNotImplementedError, UsageError
from jupyter_client.session import Session
from traitlets.config import Config

from ..wire import packets
from . import snapshot

# What IPython may transform: % ! ?, unusual line ends, a line that begins with / , ; or a prompt, lines of spaces,
# leading or trailing space, a cell of a single line.
MAYBE_IPYTHON = re.compile(
    r"[%!?\r\f\v\x1c-\x1e\x85\u2028\u2029]|^\s*(?:[/,;]|>>>|\.\.\.|In ?\[)|^[ \t]+$|\A\s|\s\Z|\A[^\n]*\Z", re.MULTILINE
)
BUFFERED = 8192  # characters of a stream that are held back until a line ends


class Compiler(compiler.XCachingCompiler):
    """Names a cell's file as JupyterLab does, from a checksum that is faster to compute."""

    def get_code_name(self, raw_code, code, number):
        return f"{compiler.get_tmp_directory()}/{zlib.crc32(raw_code.encode(errors='replace'))}.py"


class GraderSession(Session):
    """Replaces a kernel's session: every message goes to the grader, under the id of the running request."""

    channel: socket.socket
    request = None
    lock = threading.RLock()

    def msg(self, msg_type, content=None, *_, **__):
        return {"msg_type": msg_type, "content": content or {}}

    def send(self, stream, msg_or_type, content=None, parent=None, ident=None, *_, **__):
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content)
        self.publish(message["msg_type"], message["content"])

    def publish(self, msg_type: str, content: dict | None = None) -> None:
        with self.lock:
            packets.send(self.channel, [self.request, msg_type, content or {}])


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr: flushed at every line end, so that little is lost when the kernel is killed."""

    encoding, errors = "UTF-8", "replace"

    def __init__(self, session: GraderSession, name: str):
        self.session, self.name, self.buffer_text = session, name, ""

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self.buffer_text += text
        if "\n" in text or len(self.buffer_text) > BUFFERED:
            self.flush()
        return len(text)

    def flush(self):
        with self.session.lock:
            text, self.buffer_text = self.buffer_text, ""
            if text:
                self.session.publish("stream", {"name": self.name, "text": text})


class Shell(ZMQInteractiveShell):
    """The shell of JupyterLab's notebooks, in a process without a kernel's event loop."""

    kernel = None
    displayhook: Any  # ipykernel's own, with a session
    display_pub: Any

    def enable_gui(self, gui=None):
        if gui is not None:
            raise UsageError(f"no display is available for the GUI event loop {gui!r}")

    def transform_cell(self, raw_cell):
        """Skip IPython's tokenizer for a cell that is surely plain Python."""
        return raw_cell + "\n" if is_plain(raw_cell) else super().transform_cell(raw_cell)

    def should_run_async(self, raw_cell, **options):
        """A cell without 'await' or 'async' is never a coroutine: skip IPython's extra compile."""
        return ("await" in raw_cell or "async" in raw_cell) and super().should_run_async(raw_cell, **options)

    def system_piped(self, cmd):
        """Run a `!command` line. (ipykernel's own implementation needs a terminal, which the sandbox does not have.)"""
        process = subprocess.run(
            self.var_expand(cmd, depth=1),
            shell=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.user_ns["_exit_code"] = process.returncode
        print(process.stdout, end="")

    system = system_piped


def is_plain(source: str) -> bool:
    """True if a cell is surely plain Python: several lines, nothing that IPython may transform."""
    return MAYBE_IPYTHON.search(source) is None


def refuse(name: str) -> Callable[..., NoReturn]:
    """A replacement for a function that waits for keyboard input."""

    def ask(*_: Any, **__: Any) -> NoReturn:
        raise StdinNotImplementedError(f"{name} was called, but this frontend does not support input requests.")

    return ask


def make_shell() -> Shell:
    """The shell, without its socket. Starts no thread, so that the process can still be forked."""
    config = Config()
    config.HistoryManager.enabled = False
    sys.path.insert(0, "")
    shell = Shell.instance(config=config, compiler_class=Compiler)
    shell.displayhook.session = shell.display_pub.session = GraderSession()
    return shell


def serve(shell: Shell, channel: socket.socket) -> None:
    """Handle the grader's requests until it closes the socket. exit() in a cell ends that cell, as sys.exit() does."""
    session = shell.display_pub.session
    session.channel = channel
    channel.set_inheritable(False)  # a subprocess of a cell must not keep it open
    sys.stdout, sys.stderr = Stream(session, "stdout"), Stream(session, "stderr")
    builtins.input, getpass.getpass = refuse("raw_input"), refuse("getpass")
    asyncio.set_event_loop(get_asyncio_loop())  # shared by cells: one may start a task that another awaits
    shell.init_environment()
    signal(SIGINT, SIG_IGN)
    for name in ("exit", "quit"):
        shell.user_ns[name] = shell.user_ns_hidden[name] = sys.exit
    reader = packets.PacketReader()
    session.publish("ready")
    while True:
        packet, fds, _, _ = socket.recv_fds(channel, packets.PACKET + 1, 1)
        if not packet:
            return
        message = reader.add(packet)
        if message is not None:
            session.request, action, *arguments = message
            if action == "park":
                snapshot.park(socket.socket(fileno=fds[0]), shell.user_global_ns)
            else:
                run_cell(shell, *arguments)
            session.publish("done")


def run_cell(shell: Shell, code: str) -> None:
    """Run one cell; SIGINT is ignored outside of the cell."""
    try:
        try:
            signal(SIGINT, default_int_handler)
            shell.run_cell(code, store_history=True)
        finally:
            signal(SIGINT, SIG_IGN)
    except KeyboardInterrupt:  # the signal arrived after the last line of the cell
        signal(SIGINT, SIG_IGN)
    assert shell.payload_manager is not None
    shell.payload_manager.clear_payload()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # the cell may have replaced the stream
            pass


def main(fd: int) -> None:
    """The entry point of a kernel process without a sandbox (sandbox/local_kernel.py)."""
    serve(make_shell(), socket.socket(fileno=fd))
    os._exit(0)
