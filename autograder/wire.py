"""What may cross between the judge and a student's process: plain data of exact types, within limits.

Never pickle, which runs code while it reads. A frame is a small msgpack tree and the raw bytes of its arrays:
`[op, values, updates, drops, sizes]`. Lists, dicts, sets, arrays and Generators are *shared*: each is sent
once with an id, and again only when its contents changed, so both sides hold the same object through calls,
callbacks and yields, cycles included. Everything else crosses as a reference to its owner's object.

This file is also copied beside the student's kernel, so it imports nothing of ours.
"""

import builtins
import math
import re
import struct
import sys
import weakref
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


class WireError(Exception):
    """The conversation is over or a value cannot cross; `code` is a key of MESSAGES."""

    def __init__(self, code: str, limits: Limits | None = None):
        self.code = code
        super().__init__(MESSAGES[code].format_map(vars(limits or Limits())))


class RemoteError(Exception):
    """The other side raised something that has no name here, or that must not act here as what it is."""


def _crossing_exceptions() -> dict[str, type]:
    not_one_text = {"UnicodeDecodeError", "UnicodeEncodeError", "UnicodeTranslateError", "ExceptionGroup"}
    acts_on_loops = {"StopIteration", "StopAsyncIteration"}
    found = {value.__name__: value for value in vars(builtins).values()
             if isinstance(value, type) and issubclass(value, Exception)}
    found["LinAlgError"] = np.linalg.LinAlgError
    return {name: value for name, value in found.items() if name not in not_one_text | acts_on_loops | {"Exception"}}


EXCEPTIONS = _crossing_exceptions()
TYPES = {t.__name__: t for t in (bool, int, float, complex, str, bytes, list, tuple, set, frozenset, dict, object)}
TYPES |= {"numpy." + t.__name__: t for t in (
    np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64,
    np.float16, np.float32, np.float64, np.complex64, np.complex128, np.ndarray)}
TYPE_NAMES = {id(t): name for name, t in TYPES.items()}
ARRAY_KINDS = "biufcSU"
DTYPE = re.compile(r"[<>|=][biufcSU][0-9]{1,8}")
LIST, DICT, SET, ARRAY, GENERATOR = "ldsag"
SHARED_KINDS = {list: LIST, dict: DICT, set: SET, np.ndarray: ARRAY, np.random.Generator: GENERATOR}
OBJECT, CALLABLE, ITERATOR = 0, 1, 2


def pack(tree) -> bytes:
    return msgpack.packb(tree, unicode_errors="surrogatepass")


def sends_dtype(dtype) -> bool:
    return dtype.kind in ARRAY_KINDS and dtype.fields is None and dtype.subdtype is None


def read_dtype(text) -> np.dtype:
    if type(text) is not str or not DTYPE.fullmatch(text):
        raise WireError("malformed")
    return np.dtype(text)


class Shared:
    """One object that both sides hold, and its contents when they last agreed."""

    __slots__ = ("obj", "id", "kind", "synced")

    def __init__(self, obj, id, kind):
        self.obj, self.id, self.kind, self.synced = obj, id, kind, None


class Codec:
    """One side's values to frames and back.

    side is "J" (the judge) or "S" (the student's process). exportable(value) says whether a value that is not
    plain data may cross as a reference; make_proxy(id, kind) stands for an object of the other side.
    """

    def __init__(self, side: str, *, exportable, make_proxy, limits: Limits):
        self.side, self.exportable, self.make_proxy, self.limits = side, exportable, make_proxy, limits
        self.next_id = 0 if side == "J" else 1  # the judge's ids are even
        self.shared: dict[int, Shared] = {}
        self.by_identity: dict[int, Shared] = {}
        self.exports: dict[int, object] = {}
        self.export_ids: dict[int, int] = {}
        self.imports = weakref.WeakValueDictionary()
        self.import_ids: dict[int, tuple[int, int]] = {}
        self.released: list[int] = []

    def new_id(self) -> int:
        if len(self.shared) + len(self.exports) + len(self.imports) >= self.limits.shared:
            raise WireError("shared", self.limits)
        self.next_id += 2
        return self.next_id - 2

    # -- values to a frame

    def to_frame(self, op: str, values, *, sync: bool = True) -> tuple[bytes, list[bytes]]:
        """The tree and the arrays of one frame. Nothing is remembered of a frame that could not be made.

        sync=False leaves out what shared objects hold now: for the error that says that they cannot cross.
        """
        self.items, self.buffers, self.fresh, changed = 0, [], [], []
        self.queue = list(self.shared.values()) if sync else []
        try:
            body = [self.encode(value) for value in values]
            updates = []
            for entry in self.queue:  # grows while we look at what a list holds
                contents = self.contents(entry)
                if contents != entry.synced:
                    updates.append(self.update(entry, contents))
                    changed.append((entry, contents))
            tree = pack([op, body, updates, self.drops(), [len(b) for b in self.buffers]])
            if len(tree) > self.limits.tree_bytes:
                raise WireError("tree_bytes", self.limits)
            if sum(map(len, self.buffers)) > self.limits.frame_bytes:
                raise WireError("frame_bytes", self.limits)
        except BaseException:
            for entry in self.fresh:
                self.forget(entry.id)
            raise
        for entry, contents in changed:
            entry.synced = contents
        for id in self.dropping:
            self.forget(id)
        buffers, self.buffers, self.queue, self.fresh = self.buffers, [], [], []  # hold on to nothing
        return tree, buffers

    def encode(self, value, depth=0):
        self.items += 1
        if self.items > self.limits.items:
            raise WireError("items", self.limits)
        if depth > self.limits.depth:
            raise WireError("depth", self.limits)
        kind = type(value)
        if kind in (NoneType, bool, float, str, bytes):
            return value
        if kind is int:
            if -(1 << 63) <= value < 1 << 64:
                return value
            return ["i", value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)]
        if kind is tuple:
            return ["t", [self.encode(x, depth + 1) for x in value]]
        if kind in SHARED_KINDS and self.is_plain(value):
            return ["r", self.share(value).id]
        if kind in (complex, slice, range):
            fields = (value.real, value.imag) if kind is complex else (value.start, value.stop, value.step)
            return [kind.__name__, [self.encode(x, depth + 1) for x in fields]]
        if kind is frozenset:
            return ["f", sorted((self.encode(x, depth + 1) for x in value), key=pack)]
        if value is Ellipsis:
            return ["..."]
        if id(value) in self.import_ids:
            return [("S" if self.side == "J" else "J"), *self.import_ids[id(value)]]
        if isinstance(value, np.generic) and kind.__module__ == "numpy" and sends_dtype(value.dtype):
            if kind in (np.str_, np.bytes_):
                return ["n", value.dtype.kind, bytes(value) if kind is np.bytes_ else str(value)]
            return ["n", value.dtype.str, value.tobytes()]
        if isinstance(value, np.dtype) and sends_dtype(value):
            return ["dtype", value.str]
        if id(value) in TYPE_NAMES:
            return ["type", TYPE_NAMES[id(value)]]
        return self.export(value)

    def is_plain(self, value) -> bool:
        if type(value) is np.ndarray:
            return sends_dtype(value.dtype) and value.dtype.itemsize > 0
        return type(value) is not np.random.Generator or type(value.bit_generator) is np.random.PCG64

    def share(self, value) -> Shared:
        entry = self.by_identity.get(id(value))
        if entry is None:
            entry = Shared(value, self.new_id(), SHARED_KINDS[type(value)])
            self.shared[entry.id] = self.by_identity[id(value)] = entry
            self.queue.append(entry)
            self.fresh.append(entry)
        return entry

    def export(self, value):
        if not self.exportable(value):
            raise TypeError(f"a {type(value).__module__}.{type(value).__qualname__} cannot be sent to the student's "
                            "code: send plain data, NumPy arrays, Generators (PCG64) or functions")
        number = self.export_ids.get(id(value))
        if number is None:
            number = self.new_id()
            self.exports[number], self.export_ids[id(value)] = value, number
        iterates = hasattr(type(value), "__next__")
        return [self.side, number, ITERATOR if iterates else CALLABLE if callable(value) else OBJECT]

    def contents(self, entry):
        value, kind = entry.obj, entry.kind
        if kind == ARRAY:
            if not self.is_plain(value):
                raise WireError("reshaped")
            order = "F" if value.flags.fnc else "C"
            return pack([value.dtype.str, list(value.shape), order, value.flags.writeable]), value.tobytes(order)
        if kind == GENERATOR:
            state = value.bit_generator.state
            numbers = [state["state"]["state"].to_bytes(16, "little"), state["state"]["inc"].to_bytes(16, "little")]
            return pack([*numbers, state["has_uint32"], state["uinteger"]])
        if kind == LIST:
            return pack([self.encode(x) for x in value])
        if kind == DICT:
            return pack([[self.encode(k), self.encode(x)] for k, x in value.items()])
        return pack(sorted((self.encode(x) for x in value), key=pack))

    def update(self, entry, contents) -> list:
        if entry.kind != ARRAY:
            return [entry.id, entry.kind, contents]
        if entry.synced is not None and entry.synced[0] != contents[0]:
            raise WireError("reshaped")
        self.buffers.append(contents[1])
        return [entry.id, entry.kind, contents[0], len(self.buffers) - 1]

    def drops(self) -> list[int]:
        """Ids that the other side may forget: shared objects that only our table still holds (its reference
        and getrefcount's own make two), and proxies that are gone."""
        self.dropping = [entry.id for entry in self.queue if sys.getrefcount(entry.obj) == 2]
        gone = [number for number in self.released if number not in self.imports]
        self.released = []
        return self.dropping + gone

    def forget(self, number: int) -> None:
        entry = self.shared.pop(number, None)
        if entry is not None:
            del self.by_identity[id(entry.obj)]
        elif number in self.exports:
            del self.export_ids[id(self.exports.pop(number))]

    # -- a frame to values

    def from_frame(self, tree: bytes, data: memoryview):
        """The op and the values of a frame, which may come from anyone: WireError for all that is not right."""
        try:
            return self._from_frame(tree, data)
        except WireError:
            raise
        except Exception as error:  # a hostile frame has a thousand ways to be wrong, and one answer
            raise WireError("malformed") from error

    def _from_frame(self, tree, data):
        self.items = self.nodes = 0
        op, body, updates, drops, sizes = self.unpack(tree)
        expect(type(op) is str and all(type(x) is list for x in (body, updates, drops, sizes)))
        expect(all(type(n) is int and 0 <= n for n in sizes) and sum(sizes) == len(data))
        starts = [0, *np.cumsum(sizes, dtype=int).tolist()]
        buffers = [data[a:b] for a, b in zip(starts, starts[1:])]
        for id, kind, packed, *rest in updates:
            if id not in self.shared:
                self.add_shell(id, kind, packed)
        for id, kind, packed, *rest in updates:
            expect(self.shared[id].kind == kind and type(packed) is bytes)
            if kind == ARRAY:  # before the lists that may hold them
                self.fill_array(self.shared[id], packed, buffers[rest[0]])
        for id, kind, packed, *rest in updates:
            if kind != ARRAY:
                self.fill(self.shared[id], packed)
        values = [self.decode(value) for value in body]
        for number in drops:
            self.forget(number)
        return op, values

    def unpack(self, packed):
        """msgpack to a tree of lists, counted while it is built, with no maps and no extension types."""
        def count(items):
            self.nodes += len(items) + 1
            if self.nodes > self.limits.items * 5:  # a value is up to five nodes
                raise WireError("items", self.limits)
            return items

        def refuse(*_):
            raise WireError("malformed")

        return msgpack.unpackb(packed, list_hook=count, object_hook=refuse, ext_hook=refuse, timestamp=0,
                               unicode_errors="surrogatepass")

    def decode(self, tree, depth=0):
        self.items += 1
        if self.items > self.limits.items:
            raise WireError("items", self.limits)
        if type(tree) in (NoneType, bool, int, float, str, bytes):
            return tree
        expect(type(tree) is list and depth <= self.limits.depth)
        tag, *fields = tree
        if tag == "r":
            return self.shared[fields[0]].obj
        if tag in ("S", "J"):
            return self.exports[fields[0]] if tag == self.side else self.proxy(*fields)
        if tag in ("t", "f"):
            return (tuple if tag == "t" else frozenset)(self.decode(x, depth + 1) for x in fields[0])
        if tag == "i":
            expect(type(fields[0]) is bytes)
            return int.from_bytes(fields[0], "little", signed=True)
        if tag == "n":
            return read_scalar(*fields)
        if tag in ("complex", "slice", "range"):
            return {"complex": complex, "slice": slice, "range": range}[tag](
                *(self.decode(x, depth + 1) for x in fields[0]))
        if tag == "dtype":
            return read_dtype(*fields)
        if tag == "type":
            return TYPES[fields[0]]
        expect(tag == "...")
        return Ellipsis

    def proxy(self, number, kind):
        expect(type(number) is int and number % 2 == (self.side == "J") and kind in (OBJECT, CALLABLE, ITERATOR))
        found = self.imports.get(number)
        if found is None:
            if len(self.shared) + len(self.exports) + len(self.imports) >= self.limits.shared:
                raise WireError("shared", self.limits)
            found = self.make_proxy(number, kind)
            key = id(found)
            self.imports[number], self.import_ids[key] = found, (number, kind)
            weakref.finalize(found, self.release, number, key).atexit = False
        return found

    def release(self, number, key):
        del self.import_ids[key]
        self.released.append(number)

    def add_shell(self, number, kind, packed):
        expect(type(number) is int and number % 2 == (self.side == "J") and number >= 0)
        if len(self.shared) + len(self.exports) + len(self.imports) >= self.limits.shared:
            raise WireError("shared", self.limits)
        if kind == ARRAY:
            dtype, shape, order, writeable = self.unpack(packed)
            dtype = read_dtype(dtype)
            expect(dtype.itemsize > 0 and type(shape) is list and len(shape) <= 32 and order in ("C", "F"))
            expect(all(type(n) is int and 0 <= n <= self.limits.frame_bytes for n in shape))
            if math.prod(shape) * dtype.itemsize > self.limits.frame_bytes:
                raise WireError("frame_bytes", self.limits)
            value = None  # allocated when we have seen that its bytes came with it
        else:
            make = {LIST: list, DICT: dict, SET: set, GENERATOR: lambda: np.random.Generator(np.random.PCG64(0))}
            value = make[kind]()
        entry = self.shared[number] = Shared(value, number, kind)
        if value is not None:
            self.by_identity[id(value)] = entry

    def fill_array(self, entry, packed, buffer):
        dtype, shape, order, writeable = self.unpack(packed)
        dtype, fresh = read_dtype(dtype), entry.obj is None
        expect(math.prod(shape) * dtype.itemsize == len(buffer))
        if not fresh and (entry.synced[0] != packed or not entry.obj.flags.writeable):
            raise WireError("reshaped")
        flat = np.frombuffer(buffer, dtype)
        if dtype.kind == "b":
            expect(not flat.size or flat.view(np.uint8).max() <= 1)
        if dtype.kind == "U":
            letters = flat.view(dtype.byteorder.replace("|", "=") + "u4")
            expect(not letters.size or letters.max() <= sys.maxunicode)
        if fresh:
            entry.obj = np.empty(shape, dtype, order=order)
            self.by_identity[id(entry.obj)] = entry
        entry.obj[...] = flat.reshape(shape, order=order)
        entry.synced = packed, bytes(buffer)
        if fresh and writeable is not True:
            entry.obj.flags.writeable = False

    def fill(self, entry, packed):
        tree, value = self.unpack(packed), entry.obj
        if entry.kind == GENERATOR:
            state, inc, has_uint32, uinteger = tree
            expect(type(state) is bytes and len(state) == 16 and type(inc) is bytes and len(inc) == 16)
            expect(has_uint32 in (0, 1) and type(uinteger) is int and 0 <= uinteger < 1 << 32)
            numbers = {"state": int.from_bytes(state, "little"), "inc": int.from_bytes(inc, "little")}
            value.bit_generator.state = {"bit_generator": "PCG64", "state": numbers,
                                         "has_uint32": has_uint32, "uinteger": uinteger}
        elif entry.kind == LIST:
            value[:] = [self.decode(x) for x in tree]
        else:
            items = {self.decode(k): self.decode(x) for k, x in tree} if entry.kind == DICT else map(self.decode, tree)
            value.clear()
            value.update(items)
        entry.synced = packed


def read_scalar(dtype, data):
    if dtype in ("U", "S"):
        expect(type(data) is (str if dtype == "U" else bytes))
        return (np.str_ if dtype == "U" else np.bytes_)(data)
    dtype = read_dtype(dtype)
    expect(type(data) is bytes and dtype.kind in "biufc" and len(data) == dtype.itemsize)
    expect(dtype.kind != "b" or data in (b"\0", b"\1"))
    return np.frombuffer(data, dtype)[0]


def expect(right: bool) -> None:
    if not right:
        raise WireError("malformed")

