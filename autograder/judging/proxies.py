"""The proxies that a test cell gets instead of a student's functions, classes, instances and generators.

Operations that return plain data for the judge to compare are allowed on every object. Operators that would pass the
expected value to the student's code and let it decide (`==`, `-`, `in`) are allowed only on instances of a class that
the instructor's notebook defines as a class, too: then the operators themselves are tested.
"""

import inspect
import os
import socket
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

from autograder.sandbox.fair_clock import FairClock
from autograder.wire.limits import CALLABLE, EXCEPTIONS, ITERATOR, RemoteError, WireLimits
from autograder.wire.link import Link
from autograder.wire.shared import Table

# Replaced while warnings.catch_warnings(record=True) is in force; private, so that no stub file knows it.
SHOW_WARNING = warnings._showwarnmsg_impl  # type: ignore[attr-defined]
PLAIN_COMPARISONS = "compare plain data or arrays that their functions return"

OPERATORS = {  # special method: its name in the message
    **{f"__{name}__": "comparisons" for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    **{
        f"__{name}__": "arithmetic operators"
        for name in (
            "add",
            "sub",
            "mul",
            "truediv",
            "floordiv",
            "mod",
            "pow",
            "matmul",
            "radd",
            "rsub",
            "rmul",
            "rtruediv",
            "rfloordiv",
            "rmod",
            "rpow",
            "rmatmul",
            "neg",
            "pos",
            "abs",
        )
    },
    "__bool__": "truth values",
    "__contains__": "membership tests",
}
REFUSED = {
    "__array__": "array conversions",
    "__array_ufunc__": "array operations",
    "__array_function__": "array functions",
    "__reduce_ex__": "copies",
}


def refuse(operation: str) -> NoReturn:
    raise TypeError(f"{operation} of the student's objects are not defined over the wire: {PLAIN_COMPARISONS}")


class RemoteObject:
    """An object in the student's process. Attributes, indexing, iteration, len, repr and str are requests to it.

    _descent_tested: an instance of a class that the instructor defines, or what its operators returned.
    """

    __slots__ = ("_descent_link", "_descent_tested", "__weakref__")
    remote_type = "'not plain data'"  # the type that a card shows
    __hash__ = object.__hash__

    def __init__(self, link: Link):
        object.__setattr__(self, "_descent_link", link)
        object.__setattr__(self, "_descent_tested", False)

    def __repr__(self):
        return self._descent_ask(str, "repr")

    def __str__(self):
        return self._descent_ask(str, "str")

    def __len__(self):
        return self._descent_ask(int, "len")

    def _descent_ask(self, expected: type, op: str, *values: Any) -> Any:
        """The response to a request. Raises RemoteError unless its type is exactly `expected`."""
        result = self._descent_link.request(op, self, *values)
        if type(result) is not expected:
            raise RemoteError(f"{op}: the student's object gave a {type(result).__name__}")
        return result

    def __getattr__(self, name):
        if name in ("__name__", "__qualname__"):
            return self._descent_ask(str, "attribute", name)
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


def operator_method(name: str, operation: str) -> Callable[..., Any]:
    def method(self: RemoteObject, *operands: Any) -> Any:
        if not self._descent_tested:
            refuse(operation)
        result = self._descent_link.request("operator", self, name, operands)
        if name in ("__bool__", "__contains__") and type(result) is not bool:
            raise RemoteError(f"{name}: the student's object gave a {type(result).__name__}")
        return mark_tested(result)

    method.__name__ = name
    return method


def refused_method(name: str, operation: str) -> Callable[..., NoReturn]:
    def method(self: RemoteObject, *args: Any, **kwargs: Any) -> NoReturn:
        refuse(operation)

    method.__name__ = name
    return method


for _name, _what in OPERATORS.items():
    setattr(RemoteObject, _name, operator_method(_name, _what))
for _name, _what in REFUSED.items():
    setattr(RemoteObject, _name, refused_method(_name, _what))


def mark_tested(value):
    """Allow operators on a value that came from the student's process."""
    if isinstance(value, RemoteObject):
        object.__setattr__(value, "_descent_tested", True)
    return value


class RemoteCallable(RemoteObject):
    """A function, class, bound method or instance with __call__.

    _descent_is_class: the instructor's notebook defines this name as a class.
    """

    __slots__ = ("_descent_is_class",)

    def __init__(self, link: Link):
        super().__init__(link)
        object.__setattr__(self, "_descent_is_class", False)

    def __call__(self, *args, **kwargs):
        result = call(self._descent_link, self, args, kwargs)
        return mark_tested(result) if self._descent_is_class else result

    def __instancecheck__(self, value):
        """isinstance(value, StudentClass). Plain data is an instance of no student's class."""
        if not isinstance(value, RemoteObject):
            return False
        result = self._descent_link.request("isinstance", value, self)
        return result is True

    @property
    def __signature__(self) -> inspect.Signature:
        """For inspect.signature. A default that is not plain data is shown as a proxy."""
        parameters = []
        for name, kind, has_default, default in self._descent_ask(list, "signature"):
            kind = inspect._ParameterKind(kind)
            parameters.append(
                inspect.Parameter(name, kind, default=default if has_default else inspect.Parameter.empty)
            )
        return inspect.Signature(parameters)


class RemoteIterator(RemoteObject):
    """A generator or iterator; StopIteration arrives as StopIteration."""

    __slots__ = ()

    def __iter__(self):
        return self

    def __next__(self):
        return self._descent_link.request("next", self)


def mark_class(proxy: object) -> None:
    """Record that the instructor's notebook defines this name as a class."""
    if isinstance(proxy, RemoteCallable):
        object.__setattr__(proxy, "_descent_is_class", True)


def call(link, function, args, kwargs):
    """Call a student's function. If the test records warnings, those of the call are issued again here."""
    recording = warnings._showwarnmsg_impl is not SHOW_WARNING  # type: ignore[attr-defined]
    op = "call_recording" if recording else "call"
    try:
        result = link.request(op, function, args, tuple(kwargs), tuple(kwargs.values()))
    except StopIteration:  # only a hostile process sends this as the response to a call
        raise RemoteError("StopIteration") from None
    if not recording:
        return result
    value, recorded = result
    for name, text in recorded:
        category = EXCEPTIONS.get(name)
        warnings.warn(str(text), category if category and issubclass(category, Warning) else UserWarning, stacklevel=3)
    return value


def answer_call(link, function, args, names, values):
    return function(*args, **dict(zip(names, values, strict=True)))


def answer_next(link, iterator):
    return next(iterator)


def connect(sock: socket.socket, limits: WireLimits) -> Link:
    """The judge's end of the conversation with a snapshot. limits.seconds count from now."""
    clock = FairClock(limits.seconds, pids=[os.getpid()])

    def make_proxy(link, kind):
        return {CALLABLE: RemoteCallable, ITERATOR: RemoteIterator}.get(kind, RemoteObject)(link)

    def exportable(value):
        return callable(value) or hasattr(type(value), "__next__")

    return Link(
        sock,
        Table("J", limits),
        exportable=exportable,
        make_proxy=make_proxy,
        serve={"call": owned(answer_call), "next": owned(answer_next)},
        time_left=clock.remaining,
    )


def owned(function):
    """Refuse targets that the judge did not send: a hostile frame could name a type or a student's object."""

    def serve(link, target, *values):
        if not link.table.is_export(target):
            link.fail("malformed")
        return function(link, target, *values)

    return serve
