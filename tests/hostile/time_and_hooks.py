"""Attacks on a worker's time, and hooks of Python that run a student's code where nobody expects it.

Like code_attacks.py: name -> (what it tries, the source of a cell that stands before the answer `square`); NOTEBOOKS
are attacks of several cells, like file_attacks.py's.
"""

import json

from nbformat.v4 import new_code_cell

NAME = "tiny.ipynb"

TIME = {
    "generator_that_never_yields": (
        "a generator that never comes to its first value",
        "def square(x):\n    while True: pass\n    yield 9\n",
    ),
    "drop_by_drop": (
        "an answer of which one byte arrives at a time",
        """
import sys, time
link = sys.modules.get("descent_inside.wire.link")
def send(self, *values, **k):
    for _ in range(10_000):
        self.sock.send(b"\\1"); time.sleep(0.05)
link.Link.send = send
""",
    ),
    "stops_itself_when_asked": (
        "an answer that stops its own process",
        "import os, signal\ndef square(x):\n    os.kill(os.getpid(), signal.SIGSTOP)\n    return x\n",
    ),
    "endless_match": (
        "an answer that never comes out of a regular expression",
        "import re\nsquare = lambda x: re.match('(a+)+$', 'a' * 64 + 'b')\n",
    ),
    "sleeps_when_it_is_copied": (
        "every copy of the kernel for a test is delayed",
        "import os, time\nos.register_at_fork(before=lambda: time.sleep(1.5), after_in_child=lambda: time.sleep(1000))\n",
    ),
    "sleeps_when_it_is_deleted": (
        "objects that sleep when they are deleted, and at the end of the process",
        """
import atexit, time, weakref
class Last:
    def __del__(self): time.sleep(1000)
keep = [Last() for _ in range(100)]
class Watched: pass
watched = Watched(); weakref.finalize(watched, time.sleep, 1000); atexit.register(time.sleep, 1000)
def square(x):
    keep.pop(); del globals()["watched"]
    return x
""",
    ),
    "sleeps_in_the_collector": (
        "a callback of the garbage collector that sleeps",
        "import gc, time\ngc.set_threshold(1)\ngc.callbacks.append(lambda *_: time.sleep(0.5))\n",
    ),
    "sleeps_at_every_event": (
        "an audit hook that sleeps and can never be removed",
        "import sys, time\nsys.addaudithook(lambda *_: time.sleep(0.2))\n",
    ),
    "sleeps_at_every_import": (
        "a finder that sleeps before every import, and an __import__ of its own",
        """
import builtins, sys, time
class Finder:
    def find_spec(self, *_): time.sleep(1000)
sys.meta_path.insert(0, Finder())
old = builtins.__import__
builtins.__import__ = lambda *a, **k: time.sleep(0.3) or old(*a, **k)
for name in list(sys.modules):
    if name.startswith(("descent.", "email", "xml")): del sys.modules[name]
""",
    ),
    "keeps_the_interpreter": (
        "a thread that never lets the main thread run",
        """
import sys, threading
sys.setswitchinterval(1e9)
def spin():
    while True: pass
threading.Thread(target=spin, daemon=True).start()
""",
    ),
    "threads_that_fork": (
        "threads that fork and print while a test's copy is made",
        """
import os, threading, time
def fork():
    for _ in range(300):
        try:
            if not os.fork(): time.sleep(3); os._exit(0)
        except OSError: time.sleep(0.01)
def shout():
    for _ in range(3000): print("x" * 100)
for target in (fork, shout, shout): threading.Thread(target=target, daemon=True).start()
""",
    ),
    "late_alarm": (
        "a timer that interrupts with exceptions, also inside of the grader's code",
        """
import signal
def late(*_): raise MemoryError("HIDDEN late")
for kind, number in ((signal.ITIMER_REAL, signal.SIGALRM), (signal.ITIMER_PROF, signal.SIGPROF)):
    signal.signal(number, late); signal.setitimer(kind, 0.5, 0.01)
def square(x):
    while True: pass
""",
    ),
    "dumps_and_ends": (
        "faulthandler ends the process in half a second",
        "import faulthandler\nfaulthandler.dump_traceback_later(0.5, exit=True)\n",
    ),
    "becomes_another_program": (
        "replaces the kernel by a program that sleeps",
        "import os\nos.execv('/bin/sleep', ['sleep', '1000'])\n",
    ),
    "continues_the_stopped": (
        "a child that lets go on what was stopped, all the time",
        """
import os, signal
if not os.fork():
    os.setsid()
    while True: os.kill(-1, signal.SIGCONT)
def square(x):
    if not os.fork():
        os.setsid()
        while True: os.kill(-1, signal.SIGCONT)
    while True: pass
""",
    ),
    "lowest_priority": (
        "takes the lowest priority and waits for its own children",
        """
import os
for _ in range(5):
    if not os.fork():
        while True: pass
os.nice(19)
def square(x):
    os.nice(19)
    while True: pass
""",
    ),
    "endless_coroutine": (
        "a cell that waits for a task that never ends, and leaves others behind",
        """
import asyncio
async def again():
    while True: await asyncio.sleep(0)
tasks = [asyncio.ensure_future(again()) for _ in range(1000)]
await asyncio.Event().wait()
""",
    ),
    "endless_digits": (
        "writes an integer of ten million digits",
        "import sys\nsys.set_int_max_str_digits(0)\nprint(str(3 ** 20_000_000)[:10])\nsquare = lambda x: str(3 ** 20_000_000)\n",
    ),
    "slow_pickle": (
        "a pickle that grows while it is read",
        """
import pickle
data = pickle.dumps([0] * 10)
for _ in range(200):
    data = pickle.dumps([data] * 2)
""",
    ),
    "endless_formatting": (
        "objects whose text never ends, as a result, in an error and in a display",
        """
class Text:
    def __repr__(self):
        while True: pass
    __str__ = _repr_html_ = __format__ = __repr__
    def __getattr__(self, name): return self
display(Text())
raise ValueError(Text())
""",
    ),
}

HOOKS = {
    "mock": (
        "a mock that is equal to everything in place of the function",
        """
from unittest import mock
square = mock.MagicMock(return_value=mock.ANY)
square.return_value.__eq__ = lambda *a: True
""",
    ),
    "array_functions": (
        "an object that answers NumPy's functions itself",
        """
import numpy as np
class Yes:
    __array_priority__ = 1e9
    def __array_ufunc__(self, *a, **k): return True
    def __array_function__(self, *a, **k): return True
    def __array__(self, *a, **k): return np.array(9.0)
    __array_interface__ = {"shape": (1 << 40,), "typestr": "<f8", "data": (1, False), "version": 3}
    def __float__(self): return 9.0
    __eq__ = lambda *a: True
square = lambda x: Yes()
""",
    ),
    "numpy_hooks": (
        "NumPy calls the student's code at errors and when it prints",
        """
import numpy as np
np.seterr(all="call"); np.seterrcall(lambda *_: (_ for _ in ()).throw(SystemExit))
np.set_printoptions(formatter={"all": lambda x: "6.0"}); np.set_string_function = print
np.errstate.__enter__ = lambda self: None
""",
    ),
    "recursion": (
        "a recursion without end or limit, in the cell and in the answer",
        """
import sys
sys.setrecursionlimit(1 << 30)
class Deep:
    def __getattr__(self, name): return getattr(self, name + "x")
    def __eq__(self, other): return self == other
def square(x): return square(x)
square(3)
""",
    ),
    "closed_wire": (
        "closes the wire's socket from a thread while it is used",
        """
import os, threading
def square(x):
    def close():
        for fd in range(3, 256):
            try: os.close(fd)
            except OSError: pass
    threading.Thread(target=close).start()
    return x
""",
    ),
    "own_filter": (
        "forbids system calls to the copies that tests use",
        """
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
code = struct.pack("HBBI", 0x06, 0, 0, 0x00050001)
buffer = ctypes.create_string_buffer(code)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
program = Program(1, ctypes.addressof(buffer))
libc.prctl(22, 2, ctypes.byref(program), 0, 0)
""",
    ),
    "limits_of_init": (
        "sets limits for the first process of its namespace, which would end it",
        """
import resource, time
for kind in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_CPU, resource.RLIMIT_STACK):
    try:
        resource.prlimit(1, kind, (1, 1)); print("FOUND a limit of another process")
    except (OSError, ValueError): pass
time.sleep(0.5)
""",
    ),
    "timers_of_the_system": (
        "all timers and queued signals that a user may have",
        """
import ctypes
libc, timer = ctypes.CDLL(None, use_errno=True), ctypes.c_void_p()
class Event(ctypes.Structure):
    _fields_ = [("value", ctypes.c_void_p), ("signo", ctypes.c_int), ("notify", ctypes.c_int), ("rest", ctypes.c_char * 48)]
event, made = Event(0, 34, 1), 0
while made < 200_000 and libc.syscall(222, 1, ctypes.byref(event), ctypes.byref(timer)) == 0: made += 1
""",
    ),
    "keys_of_the_system": (
        "keys that outlive the process, and events of the CPU",
        """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for number in range(300):
    if libc.syscall(248, b"user", b"k%d" % number, bytes(4000), 4000, -4) > 0: print("FOUND a key")
if libc.syscall(298, bytes(128), 0, -1, -1, 0) >= 0 or libc.syscall(321, 0, bytes(64), 64) >= 0: print("FOUND events")
""",
    ),
}

PAGES = {
    "notes": (
        "an error with 100,000 notes, causes and members",
        """
error = ValueError("x")
for number in range(100_000): error.add_note("y" * 50)
for number in range(500):
    deeper = ExceptionGroup("z", [error, error]); deeper.__cause__ = error; error = deeper
raise error
""",
    ),
    "display_updates": (
        "one output that is changed 100,000 times, and comms that nobody opened",
        """
from IPython.display import display
shown = display("x", display_id="a")
session = get_ipython().display_pub.session
for number in range(100_000): shown.update(number)
for kind in ("comm_open", "comm_msg", "clear_output", "input_request"):
    session.publish(kind, {"comm_id": "a", "data": {"x": [1] * 1000}, "wait": True})
""",
    ),
    "escapes": (
        "control sequences, text that runs from right to left, and 4 MB of backspaces",
        """
print("\\x1b[31;1;4;5m" * 50_000, "\\u202e\\u2066" * 50_000, "\\x1b]8;;javascript:EVIL()\\x07x\\x1b]8;;\\x07")
print("\\r\\b\\x00\\x07" * 1_000_000)
""",
    ),
    "large_pictures": (
        "pictures that say that they are 60,000 pixels wide",
        """
import struct, zlib
from IPython.display import Image, display
def chunk(kind, data): return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = zlib.compress(bytes(1 << 24), 9)
picture = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
for _ in range(20): display(Image(picture))
""",
    ),
    "expanding_markup": (
        "entities that stand for each other, and formulas that are never closed, as outputs",
        """
from IPython.display import HTML, SVG, Latex, Markdown, display
names = "".join(f'<!ENTITY e{n} "{"&e%d;" % (n - 1) * 10}">' for n in range(1, 12))
display({"image/svg+xml": f'<!DOCTYPE svg [<!ENTITY e0 "EVIL()">{names}]><svg xmlns="http://www.w3.org/2000/svg"><text>&e11;</text></svg>'}, raw=True)
display(Latex("$" + "{" * 40_000), Markdown("[" * 40_000), Markdown("<div>" * 20_000), HTML("<b><i>" * 40_000))
""",
    ),
}

HIDDEN = {
    "hidden_in_notes": (
        "notes and members of an exception that tell the hidden input",
        """
def square(x):
    error = ExceptionGroup(f"HIDDEN {x}", [ValueError(f"HIDDEN {x}")])
    error.add_note(f"HIDDEN {x}"); error.__cause__ = KeyError(f"HIDDEN {x}")
    raise error
""",
    ),
    "hidden_in_names": (
        "functions, types and generators that are named after the hidden input",
        """
def square(x):
    def inner(): yield f"HIDDEN {x}"
    inner.__name__ = inner.__qualname__ = inner.__module__ = inner.__doc__ = f"HIDDEN {x}"
    return inner, inner(), type(f"HIDDEN {x}", (float,), {"__repr__": lambda self: f"HIDDEN {x}"})(1), {f"HIDDEN {x}": inner}
""",
    ),
}


def in_many_cells(source: str, *, answers: str = ""):
    """An attack of 40 cells with this source before the answers; answers: the source of every answer of the student's."""

    def attack(folder, nb):
        place = next(number for number, c in enumerate(nb.cells) if c.id == "square")
        nb.cells[place:place] = [new_code_cell(source, id=f"more{number}") for number in range(40)]
        for cell in nb.cells:
            if answers and cell.id == "square":
                cell.source = answers
        (folder / NAME).write_text(json.dumps(nb), encoding="utf-8")

    return attack


NOTEBOOKS = {
    "many_endless_cells": (
        "40 endless cells, and an endless answer",
        in_many_cells("while True: pass", answers="def square(x):\n    while True: pass"),
    ),
    "many_sleeping_cells": ("40 cells that sleep", in_many_cells("import time\ntime.sleep(1000)")),
    "many_late_cells": (
        "40 cells that take a quarter of a second to be interrupted",
        in_many_cells("import time\ntry:\n    time.sleep(1000)\nfinally:\n    time.sleep(0.25)"),
    ),
    "equal_ids": (
        "40 cells with the same id, and ids, counts and times that are no such things",
        lambda folder, nb: (folder / NAME).write_text(
            json.dumps(
                nb
                | {
                    "cells": [
                        dict(c, id="square", execution_count=10**300, metadata=dict(c["metadata"], collapsed=[[]] * 99))
                        if c["id"] in ("play", "given", "provided")
                        else c
                        for c in nb["cells"]
                    ]
                    + [{"cell_type": "code", "id": "square", "source": "square = None", "outputs": {}, "metadata": 3}]
                    * 40
                }
            )
        ),
    ),
    "far_times": (
        "a time of submission in the year 999999999, after 20,000 digits and words",
        lambda folder, nb: (
            (folder / NAME).write_text(json.dumps(nb)),
            (folder / "timestamp.txt").write_text(
                "9" * 20_000 + "\n999999999-99-99 99:99:99 +99:99\n2026-02-30 25:61 UTC"
            ),
        ),
    ),
}
MORE = TIME | HOOKS | PAGES | HIDDEN
