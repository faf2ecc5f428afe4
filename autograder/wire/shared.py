"""The table of objects that both sides of a conversation refer to by id; each side has one.

Lists, dicts, sets, arrays and Generators (PCG64) are shared: each side has a copy, and the contents are sent when
they have changed, so identity and mutation in place work across the wire. Functions, classes, instances and iterators
stay with their owner, and the other side holds a proxy. Ids given by the judge are even, by the student's process odd.
"""

import sys
import weakref
from typing import Any

import numpy as np

from .limits import WireError, WireLimits, sends_dtype

LIST, DICT, SET, ARRAY, GENERATOR = "ldsag"
KINDS = {list: LIST, dict: DICT, set: SET, np.ndarray: ARRAY, np.random.Generator: GENERATOR}


class Shared:
    """A shared object, and its contents as of the last frame that sent or received them."""

    __slots__ = ("obj", "id", "kind", "synced")

    def __init__(self, obj: Any, id: int, kind: str):
        self.obj, self.id, self.kind = obj, id, kind
        self.synced: Any = None  # what Sender.contents returns: bytes, for an array (form, bytes)


class Table:
    """side: "J" (the judge) or "S" (the student's process).

    exports: this side's objects that the other may refer to. imports: this side's proxies for the other's objects.
    """

    def __init__(self, side: str, limits: WireLimits):
        self.side, self.limits = side, limits
        self.next_id = self.parity = 0 if side == "J" else 1
        self.shared: dict[int, Shared] = {}
        self.by_identity: dict[int, Shared] = {}
        self.exports: dict[int, object] = {}
        self.export_ids: dict[int, int] = {}
        self.imports: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self.import_ids: dict[int, tuple[int, int]] = {}
        self.released: list[int] = []

    def check_room(self) -> None:
        """Raises WireError if the table is full."""
        if len(self.shared) + len(self.exports) + len(self.imports) >= self.limits.shared:
            raise WireError("shared", self.limits)

    def new_id(self) -> int:
        self.check_room()
        self.next_id += 2
        return self.next_id - 2

    def is_foreign(self, number: Any) -> bool:
        """True if this is an id that the other side may assign."""
        return type(number) is int and number >= 0 and number % 2 != self.parity

    def share(self, value: Any) -> Shared:
        """Enter an object of this side that is not in the table yet."""
        return self.enter(Shared(value, self.new_id(), KINDS[type(value)]))

    def enter(self, entry: Shared) -> Shared:
        self.shared[entry.id] = self.by_identity[id(entry.obj)] = entry
        return entry

    def export(self, value: Any) -> int:
        number = self.export_ids.get(id(value))
        if number is None:
            number = self.new_id()
            self.exports[number], self.export_ids[id(value)] = value, number
        return number

    def is_export(self, value: Any) -> bool:
        number = self.export_ids.get(id(value))
        return number is not None and self.exports[number] is value

    def add_import(self, number: int, kind: int, proxy: Any) -> None:
        key = id(proxy)
        self.imports[number], self.import_ids[key] = proxy, (number, kind)
        weakref.finalize(proxy, self.release, number, key).atexit = False

    def release(self, number: int, key: int) -> None:
        del self.import_ids[key]
        self.released.append(number)

    def unused(self) -> list[int]:
        """Ids of shared objects that nothing but the table refers to (the entry and getrefcount's argument: 2)."""
        return [number for number, entry in self.shared.items() if sys.getrefcount(entry.obj) == 2]

    def take_released(self) -> list[int]:
        """Ids of proxies deleted since the last call: their owner may drop the objects."""
        released, self.released = self.released, []
        return [number for number in released if number not in self.imports]

    def forget(self, number: Any) -> None:
        entry = self.shared.pop(number, None)
        if entry is not None:
            del self.by_identity[id(entry.obj)]
        elif number in self.exports:
            del self.export_ids[id(self.exports.pop(number))]


def is_shared(value: Any) -> bool:
    """True if a value has exactly a shared type; subclasses, other dtypes and other bit generators do not count."""
    kind = type(value)
    if kind is np.ndarray:
        return sends_dtype(value.dtype) and value.dtype.itemsize > 0
    if kind is np.random.Generator:
        return type(value.bit_generator) is np.random.PCG64
    return kind in KINDS
