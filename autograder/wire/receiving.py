"""Decode a frame from the untrusted side: anything malformed is a WireError before memory is allocated for it.

Shared objects are created empty and filled afterwards, so cycles need no special case. Arrays are filled when they
are created.
"""

import math
import sys
from collections import namedtuple
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, NoReturn

import msgpack
import numpy as np

from .limits import CALLABLE, ITERATOR, OBJECT, PLAIN, TYPES, WireError, are_names, expect, read_dtype
from .shared import ARRAY, DICT, GENERATOR, LIST, SET, Shared, Table

EMPTY: dict[str, Callable[[], Any]] = {
    LIST: list,
    DICT: dict,
    SET: set,
    GENERATOR: lambda: np.random.Generator(np.random.PCG64(0)),
}
FIELDS: dict[str, Callable[..., Any]] = {"complex": complex, "slice": slice, "range": range}
NODES_PER_VALUE = 5  # msgpack nodes that encode one value, at most
FORM_BYTES = 512  # an array's packed form: dtype, order, flag and at most 32 lengths of 9 bytes
IN_TREE = PLAIN | {int}
Order = Literal["C", "F"]  # of an array's items in memory


class Receiver:
    """make_proxy(id, kind) returns the proxy of an object that the other side owns."""

    def __init__(self, table: Table, make_proxy: Callable[[int, int], Any]):
        self.table, self.limits, self.make_proxy = table, table.limits, make_proxy

    def from_frame(self, tree: bytes | bytearray, data: memoryview) -> tuple[str, list]:
        """(op, values). Raises WireError."""
        try:
            return self.read(tree, data)
        except WireError:
            raise
        except Exception as error:  # a hostile frame may break the decoder anywhere
            raise WireError("malformed") from error

    def read(self, tree: bytes | bytearray, data: memoryview) -> tuple[str, list]:
        self.items = self.nodes = 0
        op, body, updates, drops, sizes = self.unpack(tree)
        expect(type(op) is str and type(body) is type(updates) is type(drops) is type(sizes) is list)
        buffers, start = [], 0
        for size in sizes:
            expect(type(size) is int and size >= 0)
            buffers.append(data[start : start + size])
            start += size
        expect(start == len(data))
        shared = self.table.shared
        for number, kind, contents, *buffer_index in updates:
            expect(type(contents) is bytes)
            is_new = number not in shared
            if is_new:
                self.add(number, kind, contents, buffer_index and buffers[buffer_index[0]])
            expect(shared[number].kind == kind)
            if kind == ARRAY and not is_new:
                fill_array(shared[number], contents, buffers[buffer_index[0]])
        for number, kind, contents, *_ in updates:
            if kind != ARRAY:
                self.fill(shared[number], contents)
        values = self.decode_all(body)
        for number in drops:
            self.table.forget(number)
        return op, values

    def unpack(self, packed: bytes | bytearray) -> Any:
        """msgpack to a tree of lists, without maps and extension types. The nodes are counted during decoding if the
        text is long enough to exceed the limit (each node takes at least one byte, and a list counts twice)."""
        most = self.limits.items * NODES_PER_VALUE

        def count(items: list) -> list:
            self.nodes += len(items) + 1
            if self.nodes > most:
                raise WireError("items", self.limits)
            return items

        return unpack(packed, count if 2 * len(packed) > most else None)

    def decode_all(self, trees: Any, depth: int = 0) -> list:
        """Decode values that are nested in `depth` tuples."""
        expect(type(trees) is list and depth <= self.limits.depth)
        self.items += len(trees)
        if self.items > self.limits.items:
            raise WireError("items", self.limits)
        return [tree if type(tree) in IN_TREE else self.decode(tree, depth) for tree in trees]

    def decode(self, tree: Any, depth: int) -> Any:
        expect(type(tree) is list)
        tag, *fields = tree
        if tag == "r":
            return self.table.shared[fields[0]].obj
        if tag in ("S", "J"):
            return self.table.exports[fields[0]] if tag == self.table.side else self.proxy(*fields)
        if tag in ("t", "f"):
            return (tuple if tag == "t" else frozenset)(self.decode_all(fields[0], depth + 1))
        if tag == "nt":
            name, names, values = fields
            expect(type(names) is list and are_names((name, *names)))
            values = self.decode_all(values, depth + 1)
            expect(len(values) == len(names))
            return named_tuple_class(name, tuple(names))(*values)
        if tag == "i":
            expect(type(fields[0]) is bytes)
            return int.from_bytes(fields[0], "little", signed=True)
        if tag == "n":
            return read_scalar(*fields)
        if tag in FIELDS:
            return FIELDS[tag](*self.decode_all(fields[0], depth + 1))
        if tag == "dtype":
            return read_dtype(*fields)
        if tag == "type":
            return TYPES[fields[0]]
        expect(tag == "...")
        return Ellipsis

    def proxy(self, number: Any, kind: Any) -> Any:
        expect(self.table.is_foreign(number) and type(kind) is int and kind in (OBJECT, CALLABLE, ITERATOR))
        proxy = self.table.imports.get(number)
        if proxy is None:
            self.table.check_room()
            proxy = self.make_proxy(number, kind)
            self.table.add_import(number, kind, proxy)
        return proxy

    def add(self, number: Any, kind: Any, contents: bytes, buffer: Any) -> None:
        """Enter a new shared object, empty; an array with the bytes that came with it, which say how large it is."""
        expect(self.table.is_foreign(number))
        self.table.check_room()
        if kind != ARRAY:
            self.table.enter(Shared(EMPTY[kind](), number, kind))
            return
        dtype, shape, order, writeable, size = read_form(contents, self.limits.frame_bytes)
        expect(size == len(buffer))
        value = read_numbers(dtype, shape, order, buffer).copy(order)
        value.flags.writeable = writeable
        self.table.enter(Shared(value, number, kind)).synced = contents, bytes(buffer)

    def fill(self, entry: Shared, contents: bytes) -> None:
        tree, value = self.unpack(contents), entry.obj
        if entry.kind == GENERATOR:
            state, inc, has_uint32, uinteger = tree
            expect(type(state) is bytes and len(state) == 16 and type(inc) is bytes and len(inc) == 16)
            expect(has_uint32 in (0, 1) and type(uinteger) is int and 0 <= uinteger < 1 << 32)
            numbers = {"state": int.from_bytes(state, "little"), "inc": int.from_bytes(inc, "little")}
            value.bit_generator.state = {
                "bit_generator": "PCG64",
                "state": numbers,
                "has_uint32": has_uint32,
                "uinteger": uinteger,
            }
        elif entry.kind == LIST:
            value[:] = self.decode_all(tree)
        elif entry.kind == DICT:
            items = [self.decode_all(pair) for pair in tree]
            value.clear()
            value.update(items)
        else:
            items = self.decode_all(tree)
            value.clear()
            value.update(items)
        entry.synced = contents


def refuse(*_: Any) -> NoReturn:
    raise WireError("malformed")


def unpack(packed: bytes | bytearray, list_hook: Callable[[list], list] | None = None) -> Any:
    return msgpack.unpackb(
        packed, list_hook=list_hook, object_hook=refuse, ext_hook=refuse, timestamp=0, unicode_errors="surrogatepass"
    )


def fill_array(entry: Shared, form: bytes, buffer: memoryview) -> None:
    """Copy numbers that changed on the other side into a shared array."""
    value = entry.obj
    if entry.synced[0] != form or not value.flags.writeable:
        raise WireError("reshaped")
    expect(value.nbytes == len(buffer))
    value[...] = read_numbers(value.dtype, value.shape, "F" if value.flags.fnc else "C", buffer)
    entry.synced = form, bytes(buffer)


@lru_cache(64)
def named_tuple_class(name: str, fields: tuple[str, ...]) -> type:
    return namedtuple(name, fields)


@lru_cache(256)
def read_form(packed: bytes, most: int) -> tuple[np.dtype, tuple[int, ...], Order, bool, int]:
    """(dtype, shape, order, writeable, bytes) of an array. most: the largest length of an axis."""
    expect(len(packed) <= FORM_BYTES)
    dtype, shape, order, writeable = unpack(packed)
    dtype = read_dtype(dtype)
    expect(type(shape) is list and len(shape) <= 32 and order in ("C", "F") and dtype.itemsize > 0)
    expect(all(type(n) is int and 0 <= n <= most for n in shape))
    return dtype, tuple(shape), order, writeable is True, math.prod(shape) * dtype.itemsize


def read_numbers(dtype: np.dtype, shape: tuple[int, ...], order: Order, buffer: memoryview) -> np.ndarray:
    """An array over `buffer`, without a copy."""
    if dtype.kind in "bU":  # a boolean byte must be 0 or 1, a character a Unicode code point
        units, most = ("u1", 1) if dtype.kind == "b" else (dtype.byteorder.replace("|", "=") + "u4", sys.maxunicode)
        expect(np.frombuffer(buffer, units).max(initial=0) <= most)
    return np.ndarray(shape, dtype, buffer, order=order)


def read_scalar(dtype: Any, data: Any) -> Any:
    """A NumPy scalar."""
    if dtype in ("U", "S"):
        expect(type(data) is (str if dtype == "U" else bytes))
        return (np.str_ if dtype == "U" else np.bytes_)(data)
    dtype = read_dtype(dtype)
    expect(type(data) is bytes and dtype.kind in "biufc" and len(data) == dtype.itemsize)
    expect(dtype.kind != "b" or data in (b"\0", b"\1"))
    return np.frombuffer(data, dtype)[0]
