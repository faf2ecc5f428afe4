"""What may cross between the judge and a student's process: plain data of exact types, within limits.

Never pickle, which runs code while it reads. A frame is a small msgpack tree and the raw bytes of its arrays.
Lists, dicts, sets, arrays and Generators are *shared* (`shared.py`): both sides hold the same object through
calls, callbacks and yields. What is not plain data crosses as a reference to its owner's object.

This file and the three beside it are also copied beside the student's kernel: they import nothing of ours.
"""

import builtins
import re
from dataclasses import dataclass
from types import NoneType

import msgpack
import numpy as np


@dataclass(frozen=True)
class Limits:
    """What one test may send. A violation is one clear error, and that test's zero."""

    frame_bytes: int = 64 << 20  # the arrays of one frame
    tree_bytes: int = 4 << 20  # everything else of one frame
    items: int = 200_000  # values in one frame, shared lists included
    depth: int = 50  # tuples in tuples
    shared: int = 10_000  # objects that both sides know at one time
    crossings: int = 200_000  # frames of one test, both ways
    reentry: int = 16  # calls in callbacks in calls
    text: int = 2_000  # characters of an exception's message
    seconds: float = 20.0  # all of one test


MESSAGES = {
    "ended": "the student's process ended",
    "malformed": "the student's process sent something that is no value",
    "time": "the test took longer than {seconds:g} s",
    "frame_bytes": "the arrays of one call are larger than {frame_bytes} bytes",
    "tree_bytes": "the lists and texts of one call are larger than {tree_bytes} bytes",
    "items": "one call carries more than {items} values",
    "depth": "a value is nested deeper than {depth} tuples",
    "shared": "more than {shared} objects are shared at one time",
    "crossings": "more than {crossings} calls, returns and callbacks in one test",
    "reentry": "callbacks are nested deeper than {reentry}",
    "reshaped": "an array changed its shape, its dtype or a read-only value in place",
}
TELLABLE = {"frame_bytes", "tree_bytes", "items", "depth", "shared", "reshaped"}  # as told by the other side


class WireError(Exception):
    """The conversation is over or a value cannot cross; `code` is a key of MESSAGES."""

    def __init__(self, code: str, limits: Limits | None = None):
        self.code = code
        super().__init__(MESSAGES[code].format_map(vars(limits or Limits())))


class RemoteError(Exception):
    """The other side raised something that has no name here, or that must not act here as what it is."""


def crossing_exceptions() -> dict[str, type]:
    """The exceptions that keep their name: those that one text makes and that end no loop or process."""
    not_one_text = {"UnicodeDecodeError", "UnicodeEncodeError", "UnicodeTranslateError", "ExceptionGroup"}
    no_errors = {"Exception", "StopIteration", "StopAsyncIteration"}
    found = {value.__name__: value for value in vars(builtins).values()
             if isinstance(value, type) and issubclass(value, Exception)}
    found |= {"LinAlgError": np.linalg.LinAlgError, "AxisError": np.exceptions.AxisError}
    return {name: value for name, value in found.items() if name not in not_one_text | no_errors}


EXCEPTIONS = crossing_exceptions()
TYPES = {t.__name__: t for t in (
    bool, int, float, complex, str, bytes, list, tuple, set, frozenset, dict, object)}
TYPES |= {"numpy." + t.__name__: t for t in (
    np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64,
    np.float16, np.float32, np.float64, np.complex64, np.complex128, np.ndarray)}
TYPE_NAMES = {id(t): name for name, t in TYPES.items()}
DTYPE = re.compile(r"[<>|=][biufcSU][0-9]{1,8}")
OBJECT, CALLABLE, ITERATOR = 0, 1, 2  # what a reference stands for


PLAIN = frozenset((NoneType, bool, float, str, bytes))  # what is the same in a frame's tree
PACKER = msgpack.Packer(unicode_errors="surrogatepass")


def pack(tree) -> bytes:
    return PACKER.pack(tree)


def sends_dtype(dtype) -> bool:
    """Booleans, numbers, bytes and text; no objects, records or dates."""
    return dtype.kind in "biufcSU" and dtype.fields is None and dtype.subdtype is None


def read_dtype(text) -> np.dtype:
    expect(type(text) is str and DTYPE.fullmatch(text))
    return np.dtype(text)


def expect(right) -> None:
    if not right:
        raise WireError("malformed")
