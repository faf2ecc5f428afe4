"""The proxies that a test cell gets in place of a student's functions, classes, instances and generators."""

import os

from autograder.sandbox.fair_clock import FairClock
from autograder.wire.link import Link
from autograder.wire.shared import Table
from autograder.wire.limits import CALLABLE, ITERATOR, WireLimits, RemoteError


def _refuse(name: str, what: str):
    def method(self, *args, **kwargs):
        raise TypeError(f"{what} of the student's objects are not defined over the wire: compare plain data "
                        "or arrays that their functions return")
    method.__name__ = name
    return method


REFUSED = {
    **{f"__{n}__": "comparisons" for n in ("eq", "ne", "lt", "le", "gt", "ge")},
    "__bool__": "truth values", "__len__": "lengths", "__contains__": "membership tests",
    "__array__": "array conversions", "__array_ufunc__": "array operations",
    "__array_function__": "array functions", "__reduce_ex__": "copies",
}


class RemoteObject:
    """An object in the student's process. Attributes, indexing and iteration are requests to that process."""

    __slots__ = ("_descent_link", "__weakref__")
    remote_type = "'not plain data'"  # the type that a card shows
    __hash__ = object.__hash__

    def __init__(self, link: Link):
        object.__setattr__(self, "_descent_link", link)

    def __repr__(self):
        return "<an object of the student's>"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(f"{name} is not fetched from the student's objects")
        return self._descent_link.request("attribute", self, name)

    def __setattr__(self, name, value):
        if name.startswith("__"):
            raise AttributeError(f"{name} cannot be set on the student's objects")
        self._descent_link.request("set_attribute", self, name, value)

    def __getitem__(self, key):
        return self._descent_link.request("item", self, key)

    def __iter__(self):
        return self._descent_link.request("iterate", self)


for _name, _what in REFUSED.items():
    setattr(RemoteObject, _name, _refuse(_name, _what))


class RemoteCallable(RemoteObject):
    """A function, class, bound method or instance with __call__."""

    __slots__ = ()

    def __repr__(self):
        return "<a function or class of the student's>"

    def __call__(self, *args, **kwargs):
        return call(self._descent_link, self, args, kwargs)


class RemoteIterator(RemoteObject):
    """A generator or iterator; StopIteration arrives as StopIteration."""

    __slots__ = ()

    def __repr__(self):
        return "<an iterator of the student's>"

    def __iter__(self):
        return self

    def __next__(self):
        return self._descent_link.request("next", self)


def call(link, function, args, kwargs):
    try:
        return link.request("call", function, args, tuple(kwargs), tuple(kwargs.values()))
    except StopIteration:  # only a hostile process sends this as the response to a call
        raise RemoteError("StopIteration") from None


def answer_call(link, function, args, names, values):
    return function(*args, **dict(zip(names, values, strict=True)))


def answer_next(link, iterator):
    return next(iterator)


def connect(sock, limits: WireLimits) -> Link:
    """The judge's end of the conversation with a snapshot. limits.seconds count from now."""
    clock = FairClock(limits.seconds, pids=[os.getpid()])

    def make_proxy(link, kind):
        return {CALLABLE: RemoteCallable, ITERATOR: RemoteIterator}.get(kind, RemoteObject)(link)

    def exportable(value):
        return callable(value) or hasattr(type(value), "__next__")

    return Link(sock, Table("J", limits), exportable=exportable, make_proxy=make_proxy,
                serve={"call": owned(answer_call), "next": owned(answer_next)},
                time_left=clock.remaining)


def owned(answer):
    """Refuse targets that the judge did not send: a hostile frame could name a type or a student's object."""
    def serve(link, target, *values):
        if not link.table.is_export(target):
            link.fail("malformed")
        return answer(link, target, *values)
    return serve
