"""A frame to values. It may come from anyone: what is not right is a WireError, before it is allocated.

Shared objects are made empty first and filled afterwards, arrays before the lists that hold them.
"""

import math
import sys
from types import NoneType

import msgpack
import numpy as np

from .shared import ARRAY, DICT, GENERATOR, LIST, SET, Shared, Table
from .wire import CALLABLE, ITERATOR, OBJECT, TYPES, WireError, expect, read_dtype

EMPTY = {LIST: list, DICT: dict, SET: set, GENERATOR: lambda: np.random.Generator(np.random.PCG64(0))}
FIELDS = {"complex": complex, "slice": slice, "range": range}
NODES_PER_VALUE = 5  # of the tree, at most


class Receiver:
    """make_proxy(number, kind) stands for an object of the other side."""

    def __init__(self, table: Table, make_proxy):
        self.table, self.limits, self.make_proxy = table, table.limits, make_proxy

    def from_frame(self, tree: bytes, data: memoryview):
        """The op and the values."""
        try:
            return self.read(tree, data)
        except WireError:
            raise
        except Exception as error:  # a hostile frame has a thousand ways to be wrong, and one answer
            raise WireError("malformed") from error

    def read(self, tree, data):
        self.items = self.nodes = 0
        op, body, updates, drops, sizes = self.unpack(tree)
        expect(type(op) is str and all(type(part) is list for part in (body, updates, drops, sizes)))
        expect(all(type(size) is int and size >= 0 for size in sizes) and sum(sizes) == len(data))
        buffers, start = [], 0
        for size in sizes:
            buffers.append(data[start : start + size])
            start += size
        shared = self.table.shared
        for number, kind, contents, *rest in updates:
            expect(type(contents) is bytes)
            fresh = number not in shared
            if fresh:
                self.add_empty(number, kind, contents, buffers[rest[0]] if rest else b"")
            expect(shared[number].kind == kind)
            if kind == ARRAY:
                self.fill_array(shared[number], contents, buffers[rest[0]], fresh)
        for number, kind, contents, *_ in updates:
            if kind != ARRAY:
                self.fill(shared[number], contents)
        values = [self.decode(value) for value in body]
        for number in drops:
            self.table.forget(number)
        return op, values

    def unpack(self, packed):
        """msgpack to a tree of lists, counted while it is built, with no maps and no extension types."""
        def count(items):
            self.nodes += len(items) + 1
            if self.nodes > self.limits.items * NODES_PER_VALUE:
                raise WireError("items", self.limits)
            return items

        def refuse(*_):
            raise WireError("malformed")

        return msgpack.unpackb(packed, list_hook=count, object_hook=refuse, ext_hook=refuse, timestamp=0,
                               unicode_errors="surrogatepass")

    def decode(self, tree, depth: int = 0):
        self.items += 1
        if self.items > self.limits.items:
            raise WireError("items", self.limits)
        if type(tree) in (NoneType, bool, int, float, str, bytes):
            return tree
        expect(type(tree) is list and depth <= self.limits.depth)
        tag, *fields = tree
        if tag == "r":
            return self.table.shared[fields[0]].obj
        if tag in ("S", "J"):
            return self.table.exports[fields[0]] if tag == self.table.side else self.proxy(*fields)
        if tag in ("t", "f"):
            return (tuple if tag == "t" else frozenset)(self.decode(x, depth + 1) for x in fields[0])
        if tag == "i":
            expect(type(fields[0]) is bytes)
            return int.from_bytes(fields[0], "little", signed=True)
        if tag == "n":
            return read_scalar(*fields)
        if tag in FIELDS:
            return FIELDS[tag](*(self.decode(x, depth + 1) for x in fields[0]))
        if tag == "dtype":
            return read_dtype(*fields)
        if tag == "type":
            return TYPES[fields[0]]
        expect(tag == "...")
        return Ellipsis

    def proxy(self, number, kind):
        expect(self.table.is_foreign(number) and type(kind) is int and kind in (OBJECT, CALLABLE, ITERATOR))
        found = self.table.imports.get(number)
        if found is None:
            self.table.check_room()
            found = self.make_proxy(number, kind)
            self.table.add_import(number, kind, found)
        return found

    def add_empty(self, number, kind, contents, buffer) -> None:
        """Enter a new shared object; an array is as large as the bytes that came with it."""
        expect(self.table.is_foreign(number))
        self.table.check_room()
        if kind == ARRAY:
            dtype, shape, order, _ = self.unpack(contents)
            dtype = read_dtype(dtype)
            expect(type(shape) is list and len(shape) <= 32 and order in ("C", "F") and dtype.itemsize > 0)
            expect(all(type(n) is int and 0 <= n <= self.limits.frame_bytes for n in shape))
            expect(math.prod(shape) * dtype.itemsize == len(buffer))
            value = np.empty(shape, dtype, order=order)
        else:
            value = EMPTY[kind]()
        self.table.enter(Shared(value, number, kind))

    def fill_array(self, entry, contents, buffer, fresh: bool) -> None:
        value, order = entry.obj, "F" if entry.obj.flags.fnc else "C"
        if not fresh and (entry.synced[0] != contents or not value.flags.writeable):
            raise WireError("reshaped")
        expect(value.nbytes == len(buffer))
        flat = np.frombuffer(buffer, value.dtype)
        if value.dtype.kind == "b":  # other bytes make booleans that are neither
            expect(not flat.size or flat.view(np.uint8).max() <= 1)
        if value.dtype.kind == "U":  # other numbers are no characters
            letters = flat.view(value.dtype.byteorder.replace("|", "=") + "u4")
            expect(not letters.size or letters.max() <= sys.maxunicode)
        value[...] = flat.reshape(value.shape, order=order)
        entry.synced = contents, bytes(buffer)
        if fresh and self.unpack(contents)[3] is not True:
            value.flags.writeable = False

    def fill(self, entry, contents) -> None:
        tree, value = self.unpack(contents), entry.obj
        if entry.kind == GENERATOR:
            state, inc, has_uint32, uinteger = tree
            expect(type(state) is bytes and len(state) == 16 and type(inc) is bytes and len(inc) == 16)
            expect(has_uint32 in (0, 1) and type(uinteger) is int and 0 <= uinteger < 1 << 32)
            numbers = {"state": int.from_bytes(state, "little"), "inc": int.from_bytes(inc, "little")}
            value.bit_generator.state = {"bit_generator": "PCG64", "state": numbers,
                                         "has_uint32": has_uint32, "uinteger": uinteger}
        elif entry.kind == LIST:
            value[:] = [self.decode(x) for x in tree]
        elif entry.kind == DICT:
            items = [(self.decode(k), self.decode(x)) for k, x in tree]
            value.clear()
            value.update(items)
        else:
            items = [self.decode(x) for x in tree]
            value.clear()
            value.update(items)
        entry.synced = contents


def read_scalar(dtype, data):
    """A NumPy scalar."""
    if dtype in ("U", "S"):
        expect(type(data) is (str if dtype == "U" else bytes))
        return (np.str_ if dtype == "U" else np.bytes_)(data)
    dtype = read_dtype(dtype)
    expect(type(data) is bytes and dtype.kind in "biufc" and len(data) == dtype.itemsize)
    expect(dtype.kind != "b" or data in (b"\0", b"\1"))
    return np.frombuffer(data, dtype)[0]
