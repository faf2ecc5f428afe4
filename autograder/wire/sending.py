"""Encode values as a frame: the tree `[op, values, updates, drops, sizes]` and the bytes of the arrays.

An update is `[id, kind, contents]` of a shared object that is new or has changed. A list's contents refer to other
shared objects by id, so cycles need no special case.
"""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from .limits import CALLABLE, ITERATOR, OBJECT, PLAIN, TYPE_NAMES, WireError, are_names, pack, sends_dtype
from .shared import ARRAY, DICT, GENERATOR, LIST, Shared, Table, is_shared


class Sender:
    """exportable(value): whether a value that is not plain data may cross as a reference."""

    def __init__(self, table: Table, exportable: Callable[[Any], bool]):
        self.table, self.limits, self.exportable = table, table.limits, exportable

    def to_frame(self, op: str, values: Sequence[Any], *, sync: bool = True) -> tuple[bytes, list[bytes]]:
        """(packed tree, array buffers) of one frame. If encoding fails, the table stays as it was.

        sync=False leaves out the updates of shared objects: for the error which says that they cannot cross.
        """
        self.items, changed = 0, []
        self.buffers: list[bytes] = []
        self.fresh: list[Shared] = []
        self.queue = list(self.table.shared.values()) if sync else []
        try:
            body = self.encode_all(values)
            updates = []
            for entry in self.queue:  # encoding a list appends the shared objects in it
                contents = self.contents(entry)
                if contents != entry.synced:
                    updates.append(self.update(entry, contents))
                    changed.append((entry, contents))
            dropped = self.table.unused() if sync else []
            drops = dropped + self.table.take_released()
            tree = pack([op, body, updates, drops, [len(buffer) for buffer in self.buffers]])
            if len(tree) > self.limits.tree_bytes:
                raise WireError("tree_bytes", self.limits)
            if sum(map(len, self.buffers)) > self.limits.frame_bytes:
                raise WireError("frame_bytes", self.limits)
        except BaseException:
            for entry in self.fresh:
                self.table.forget(entry.id)
            raise
        for entry, contents in changed:
            entry.synced = contents
        for number in dropped:
            self.table.forget(number)
        buffers, self.buffers, self.queue, self.fresh = self.buffers, [], [], []  # keep no reference to the values
        return tree, buffers

    def encode_all(self, values: Collection[Any], depth: int = 0) -> list:
        """Encode values that are nested in `depth` tuples."""
        self.items += len(values)
        if self.items > self.limits.items:
            raise WireError("items", self.limits)
        if depth > self.limits.depth:
            raise WireError("depth", self.limits)
        return [value if type(value) in PLAIN else self.encode(value, depth) for value in values]

    def encode(self, value: Any, depth: int) -> Any:
        value_type = type(value)
        if value_type is int:
            if -(1 << 63) <= value < 1 << 64:
                return value
            return ["i", value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)]
        if value_type is tuple:
            return ["t", self.encode_all(value, depth + 1)]
        shared = self.table.by_identity.get(id(value))
        if shared is not None:
            return ["r", shared.id]
        proxy = self.table.import_ids.get(id(value))
        if proxy is not None:
            return ["S" if self.table.side == "J" else "J", *proxy]
        if is_shared(value):
            return ["r", self.share(value).id]
        if value_type in (complex, slice, range):
            fields = (value.real, value.imag) if value_type is complex else (value.start, value.stop, value.step)
            return [value_type.__name__, self.encode_all(fields, depth + 1)]
        if value_type is frozenset:
            return ["f", sorted(self.encode_all(value, depth + 1), key=pack)]
        if value is Ellipsis:
            return ["..."]
        if isinstance(value, tuple) and is_named_tuple(value_type):
            return ["nt", value_type.__name__, list(value_type._fields), self.encode_all(tuple(value), depth + 1)]
        return self.encode_other(value)

    def encode_other(self, value: Any) -> list:
        """NumPy scalars and dtypes, types that both sides know, and references to objects of this side."""
        if isinstance(value, np.generic) and type(value).__module__ == "numpy" and sends_dtype(value.dtype):
            if type(value) is np.str_:
                return ["n", "U", str(value)]
            if type(value) is np.bytes_:
                return ["n", "S", bytes(value)]
            return ["n", value.dtype.str, value.tobytes()]
        if isinstance(value, np.dtype) and sends_dtype(value):
            return ["dtype", value.str]
        if id(value) in TYPE_NAMES:
            return ["type", TYPE_NAMES[id(value)]]
        if not self.exportable(value):
            kind = type(value)
            raise TypeError(
                f"a {kind.__module__}.{kind.__qualname__} cannot be sent to the student's code: "
                "send plain data, NumPy arrays, Generators (PCG64) or functions"
            )
        is_iterator = hasattr(type(value), "__next__")
        reference_kind = ITERATOR if is_iterator else CALLABLE if callable(value) else OBJECT
        return [self.table.side, self.table.export(value), reference_kind]

    def share(self, value: Any) -> Shared:
        entry = self.table.share(value)
        self.queue.append(entry)
        self.fresh.append(entry)
        return entry

    def contents(self, entry: Shared) -> Any:
        """A shared object's contents as bytes that can be compared; for an array (form, bytes)."""
        value, kind = entry.obj, entry.kind
        if kind == ARRAY:
            order = "F" if value.flags.fnc else "C"
            return form_of(value.dtype, value.shape, order, value.flags.writeable), value.tobytes(order)
        if kind == GENERATOR:
            state = value.bit_generator.state
            numbers = [state["state"][name].to_bytes(16, "little") for name in ("state", "inc")]
            return pack([*numbers, state["has_uint32"], state["uinteger"]])
        if kind == LIST:
            return pack(self.encode_all(value))
        if kind == DICT:
            return pack([self.encode_all(pair) for pair in value.items()])
        return pack(sorted(self.encode_all(value), key=pack))

    def update(self, entry: Shared, contents: Any) -> list:
        if entry.kind != ARRAY:
            return [entry.id, entry.kind, contents]
        if entry.synced is not None and entry.synced[0] != contents[0]:
            raise WireError("reshaped")
        self.buffers.append(contents[1])
        return [entry.id, entry.kind, contents[0], len(self.buffers) - 1]


def is_named_tuple(kind: type[tuple]) -> bool:
    """True if a class was made by collections.namedtuple or typing.NamedTuple."""
    fields = kind.__dict__.get("_fields")
    return (
        kind.__bases__ == (tuple,)
        and kind.__len__ is tuple.__len__
        and kind.__iter__ is tuple.__iter__
        and type(fields) is tuple
        and are_names((kind.__name__, *fields))
    )


@lru_cache(256)
def form_of(dtype: np.dtype, shape: tuple[int, ...], order: str, writeable: bool) -> bytes:
    """An array's dtype, shape, order and flag, packed. Raises WireError if the array got a dtype that cannot cross."""
    if not sends_dtype(dtype) or not dtype.itemsize:
        raise WireError("reshaped")
    return pack([dtype.str, list(shape), order, writeable])
