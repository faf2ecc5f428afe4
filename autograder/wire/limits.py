"""Which values may cross between the judge and a student's process, and the limits of one conversation.

Plain data of exact types crosses by value, never as a pickle, because unpickling runs code. A frame is a small
msgpack tree plus the raw bytes of its arrays. Lists, dicts, sets, arrays and Generators are *shared* (`shared.py`):
they keep their identity through calls, callbacks and yields. Any other object crosses as a reference, and its owner
keeps it.
"""

import builtins
import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any

import msgpack
import numpy as np


@dataclass(frozen=True)
class WireLimits:
    """The limits of one test's conversation. A test that exceeds one ends with a WireError and earns no points."""

    frame_bytes: int = 64 << 20  # the arrays of one frame
    tree_bytes: int = 4 << 20  # everything else of one frame
    items: int = 200_000  # values in one frame, those inside shared lists included
    depth: int = 50  # nested tuples
    shared: int = 10_000  # objects that both sides refer to at one time
    crossings: int = 200_000  # frames of one test, in both directions
    reentry: int = 16  # calls nested in callbacks nested in calls
    text: int = 2_000  # characters of an exception's message
    seconds: float = 10.0  # the whole test


MESSAGES = {
    "ended": "the student's process ended",
    "malformed": "the student's process sent something that is no value",
    "time": "the test took longer than {seconds:g} s",
    "starved": "the machine was too busy to finish the test",
    "frame_bytes": "the arrays of one call are larger than {frame_bytes} bytes",
    "tree_bytes": "the lists and texts of one call are larger than {tree_bytes} bytes",
    "items": "one call carries more than {items} values",
    "depth": "a value is nested deeper than {depth} tuples",
    "shared": "more than {shared} objects are shared at one time",
    "crossings": "more than {crossings} calls, returns and callbacks in one test",
    "reentry": "callbacks are nested deeper than {reentry}",
    "reshaped": "an array changed its shape, its dtype or a read-only value in place",
}
REPORTED_BY_PEER = {"frame_bytes", "tree_bytes", "items", "depth", "shared", "reshaped"}  # codes that a peer may send


class WireError(Exception):
    """The conversation has failed, or a value cannot cross; `code` is a key of MESSAGES."""

    def __init__(self, code: str, limits: WireLimits | None = None):
        self.code = code
        super().__init__(MESSAGES[code].format_map(vars(limits or WireLimits())))


class RemoteError(Exception):
    """The other side raised an exception class that does not exist here, or one that would end a loop or the process."""


def crossing_exceptions() -> dict[str, type]:
    """{name: class} of the exceptions that arrive as themselves: their constructor takes one text, and raising them
    ends neither a loop nor the process."""
    other_constructor = {"UnicodeDecodeError", "UnicodeEncodeError", "UnicodeTranslateError", "ExceptionGroup"}
    control_flow = {"Exception", "StopIteration", "StopAsyncIteration"}
    classes = {
        value.__name__: value
        for value in vars(builtins).values()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    classes |= {"LinAlgError": np.linalg.LinAlgError, "AxisError": np.exceptions.AxisError}
    return {name: value for name, value in classes.items() if name not in other_constructor | control_flow}


EXCEPTIONS = crossing_exceptions()
TYPES: dict[str, type] = {
    t.__name__: t for t in (bool, int, float, complex, str, bytes, list, tuple, set, frozenset, dict, object)
}
TYPES |= {
    "numpy." + t.__name__: t
    for t in (
        np.bool_,
        np.int8,
        np.int16,
        np.int32,
        np.int64,
        np.uint8,
        np.uint16,
        np.uint32,
        np.uint64,
        np.float16,
        np.float32,
        np.float64,
        np.complex64,
        np.complex128,
        np.ndarray,
    )
}
TYPE_NAMES = {id(t): name for name, t in TYPES.items()}
DTYPE = re.compile(r"[<>|=][biufcSU][0-9]{1,8}")
OBJECT, CALLABLE, ITERATOR = 0, 1, 2  # the kinds of reference

PLAIN = frozenset((NoneType, bool, float, str, bytes))  # msgpack represents these directly
PACKER = msgpack.Packer(unicode_errors="surrogatepass")


def pack(tree: Any) -> bytes:
    return PACKER.pack(tree)


def sends_dtype(dtype: np.dtype) -> bool:
    """True if arrays of this dtype may cross: booleans, numbers, bytes and text; no objects, records or dates."""
    return dtype.kind in "biufcSU" and dtype.fields is None and dtype.subdtype is None


def read_dtype(text: Any) -> np.dtype:
    expect(type(text) is str and DTYPE.fullmatch(text))
    return np.dtype(text)


def are_names(texts: Sequence[Any]) -> bool:
    """True if the texts can be the names of a namedtuple and its distinct fields."""
    return (
        len(texts) <= 100
        and len(set(texts[1:])) == len(texts) - 1
        and all(
            type(text) is str
            and len(text) <= 100
            and text.isidentifier()
            and not keyword.iskeyword(text)
            and not text.startswith("_")
            for text in texts
        )
    )


def expect(condition: object) -> None:
    """Raises WireError("malformed") unless the condition holds: like assert, for data from the untrusted side."""
    if not condition:
        raise WireError("malformed")
