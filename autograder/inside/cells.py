"""Runs the cells that the grader sends: in IPython's shell as ipykernel has it, without ipykernel's sockets and threads.

Those take 5 ms for a cell that the shell runs in one. What a cell can see of the shell, its displays, streams and
tracebacks stays as it is. A message is ["stream" or another kind of Jupyter's, content]; ["done"] ends a cell.
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
from signal import SIG_IGN, SIGINT, default_int_handler, signal  # a cell may replace those of the module

from IPython.core.async_helpers import get_asyncio_loop
from IPython.core.error import StdinNotImplementedError, UsageError
from ipykernel import compiler
from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.session import Session
from traitlets.config import Config

from ..wire import packets
from . import snapshot

# % ! ?, odd ends of lines, a line that begins with / , ; or a prompt, lines of
# spaces, a space at the begin or end, a single line
MAYBE_IPYTHON = re.compile(r"[%!?\r\f\v\x1c-\x1e\x85\u2028\u2029]|^\s*(?:[/,;]|>>>|\.\.\.|In ?\[)|^[ \t]+$|\A\s|\s\Z|\A[^\n]*\Z",
                           re.MULTILINE)
PIECE = 8192  # characters of a stream that wait for the end of their line


class Compiler(compiler.XCachingCompiler):
    """A cell's file name as in JupyterLab, from a checksum that takes no milliseconds."""

    def get_code_name(self, raw_code, code, number):
        return f"{compiler.get_tmp_directory()}/{zlib.crc32(raw_code.encode(errors='replace'))}.py"


class Grader(Session):
    """Stands for a kernel's session: what is sent goes to the grader, in the name of the running cell."""

    channel: socket.socket
    request = None
    lock = threading.RLock()

    def msg(self, msg_type, content=None, **_):
        return {"msg_type": msg_type, "content": content or {}}

    def send(self, stream, msg_or_type, content=None, parent=None, ident=None, **_):
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content)
        self.tell(message["msg_type"], message["content"])

    def tell(self, kind: str, content: dict | None = None) -> None:
        with self.lock:
            packets.send(self.channel, [self.request, kind, content or {}])


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr: told line by line, so that little is lost when the kernel is killed."""

    encoding, errors = "UTF-8", "replace"

    def __init__(self, grader: Grader, name: str):
        self.grader, self.name, self.waiting = grader, name, ""

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self.waiting += text
        if "\n" in text or len(self.waiting) > PIECE:
            self.flush()
        return len(text)

    def flush(self):
        with self.grader.lock:
            text, self.waiting = self.waiting, ""
            if text:
                self.grader.tell("stream", {"name": self.name, "text": text})


class Shell(ZMQInteractiveShell):
    """The shell that JupyterLab's notebooks have, in a process without a kernel's event loop."""

    kernel = None

    def enable_gui(self, gui=None):
        if gui is not None:
            raise UsageError(f"there is no screen for the event loop of {gui!r}")

    def transform_cell(self, raw_cell):
        """IPython reads every word of a cell in search of its own syntax: not when no sign of it is there."""
        return raw_cell + "\n" if is_plain(raw_cell) else super().transform_cell(raw_cell)

    def should_run_async(self, raw_cell, **about):
        """IPython compiles a cell to see whether it awaits: without the word it cannot."""
        return ("await" in raw_cell or "async" in raw_cell) and super().should_run_async(raw_cell, **about)

    def system_piped(self, cmd):
        """A line with an exclamation mark. (ipykernel's way needs a terminal, and behind the walls there is none.)"""
        done = subprocess.run(self.var_expand(cmd, depth=1), shell=True, stdin=subprocess.DEVNULL, text=True,
                              errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.user_ns["_exit_code"] = done.returncode
        print(done.stdout, end="")

    system = system_piped


def is_plain(source: str) -> bool:
    """Whether a cell of several lines has no sign of IPython's own syntax."""
    return MAYBE_IPYTHON.search(source) is None


def refuse(name: str):
    """A function in place of one that asks a person."""
    def ask(*_, **__):
        raise StdinNotImplementedError(f"{name} was called, but this frontend does not support input requests.")
    return ask


def make() -> Shell:
    """The shell; the socket comes later. In a process of one thread, which can be forked."""
    config = Config()
    config.HistoryManager.enabled = False
    sys.path.insert(0, "")
    shell = Shell.instance(config=config, compiler_class=Compiler)
    shell.displayhook.session = shell.display_pub.session = Grader()
    return shell


def serve(shell: Shell, channel: socket.socket) -> None:
    """Do what the grader asks for until it has nothing more to ask, or a cell exits."""
    grader = shell.display_pub.session
    grader.channel = channel
    channel.set_inheritable(False)  # no program that a cell starts holds it open
    sys.stdout, sys.stderr = Stream(grader, "stdout"), Stream(grader, "stderr")
    builtins.input, getpass.getpass = refuse("raw_input"), refuse("getpass")
    asyncio.set_event_loop(get_asyncio_loop())  # one for tasks that a cell starts and a later one awaits
    shell.init_environment()
    signal(SIGINT, SIG_IGN)
    reader = packets.Reader()
    grader.tell("ready")
    while not shell.exit_now:
        packet, handles, _, _ = socket.recv_fds(channel, packets.PACKET + 1, 1)
        if not packet:
            return
        asked = reader.take(packet)
        if asked is not None:
            grader.request, what, *rest = asked
            if what == "park":
                snapshot.park(socket.socket(fileno=handles[0]), shell.user_global_ns)
            else:
                run_cell(shell, *rest)
            grader.tell("done")


def run_cell(shell: Shell, code: str) -> None:
    """One cell, which an interrupt ends and nothing else."""
    try:
        try:
            signal(SIGINT, default_int_handler)
            shell.run_cell(code, store_history=True)
        finally:
            signal(SIGINT, SIG_IGN)
    except KeyboardInterrupt:  # it came after the last line of the cell
        signal(SIGINT, SIG_IGN)
    shell.payload_manager.clear_payload()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # the cell has put its own there
            pass


def main(fd: int) -> None:
    """A kernel of its own, without walls."""
    serve(make(), socket.socket(fileno=fd))
    os._exit(0)
