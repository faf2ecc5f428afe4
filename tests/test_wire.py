"""What crosses between judge and student, line by line of docs/wire.md, and what a hostile frame can do."""

import os
import re
import socket
import struct
import threading
import time
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parked import park

from autograder.judging import proxies, test_cell, test_source
from autograder.judging.names import statements
from autograder.sandbox.settings import Settings
from autograder.wire.limits import MESSAGES, RemoteError, WireError, WireLimits
from autograder.wire.receiving import Receiver
from autograder.wire.sending import Sender
from autograder.wire.shared import Table

DOC = (Path(__file__).parent.parent / "docs" / "wire.md").read_text(encoding="utf-8")


# -- a student's side


class Student:
    """A parked fork of this process that serves `names`: `with Student(names) as link`."""

    def __init__(self, names, limits=WireLimits()):
        self.names, self.limits = names, limits

    def __enter__(self):
        self.parked = park(self.names)
        self.sock, self.pid = self.parked.socket, self.parked.pid
        return proxies.connect(self.sock, self.limits)

    def __exit__(self, *_):
        self.parked.close()
        os.waitpid(self.pid, 0)


def student(source):
    names = {}
    exec(source, names)
    return Student(names)


def ask(link, *names):
    return [link.request("get", name) for name in names]


# -- the published list


def examples():
    """(section, title, {part: source}, error) for every example of the document."""
    found, section = [], None
    for piece in re.split(r"^(?=##)", DOC, flags=re.MULTILINE):
        heading = piece.splitlines()[0]
        if heading.startswith("## "):
            section = heading[3:]
        code = re.search(r"```python\n(.*?)```", piece, re.DOTALL)
        if heading.startswith("### "):
            assert code, f"no example under {heading!r}"
            text, _, error = code[1].partition("# raises ")
            names = re.split(r"^# (student|given|test)\n", text, flags=re.MULTILINE)
            found.append((section, heading[4:], dict(zip(names[1::2], names[2::2])), error.strip()))
    return found


EXAMPLES = examples()


def cell(source, **flags):
    flags = dict(grade=False, solution=False, grade_id="x", points=1) | flags
    return SimpleNamespace(cell_type="code", source=source, metadata={"nbgrader": flags})


def verdict_of(parts):
    """Try an example's test as the judge does, with the student's names in another process."""
    cells = [
        cell("import numpy as np"),
        cell(parts["student"], solution=True),
        cell(parts.get("given", "")),
        cell(parts["test"] + "\nNone", grade=True),
    ]
    holder = student(parts["student"])
    with holder:
        test = test_source.read_test(cells, 3, known=statements(cells))
        return test_cell.try_test(test, holder.sock, begin=None, terms={}, settings=Settings())


def test_every_section_of_the_document_is_known_and_has_examples():
    assert {section for section, *_ in EXAMPLES} == {"Works", "Works differently", "Does not work"}
    assert len(EXAMPLES) > 30
    assert all({"student", "test"} <= set(parts) <= {"student", "given", "test"} for _, _, parts, _ in EXAMPLES)
    assert all(bool(error) == (section == "Does not work") for section, _, _, error in EXAMPLES)


@pytest.mark.parametrize("parts", [pytest.param(p, id=t) for s, t, p, _ in EXAMPLES if s != "Does not work"])
def test_what_the_document_says_works_passes_over_the_wire(parts):
    verdict = verdict_of(parts)
    assert verdict.outputs[-1]["output_type"] == "execute_result", verdict.outputs[-1]
    assert verdict.points == 1 and verdict.reason is None


@pytest.mark.parametrize("parts", [pytest.param(p, id=t) for s, t, p, _ in EXAMPLES if s == "Works"])
def test_what_works_also_passes_in_one_process(parts):
    exec("import numpy as np\n" + parts["student"] + parts["test"], {})


@pytest.mark.parametrize("parts, error", [pytest.param(p, e, id=t) for s, t, p, e in EXAMPLES if s == "Does not work"])
def test_what_the_document_says_does_not_work_fails_as_it_says(parts, error):
    verdict = verdict_of(parts)
    name, _, text = error.partition(": ")
    assert verdict.points == 0
    assert verdict.outputs[-1]["ename"] == name and text in verdict.outputs[-1]["evalue"]


def test_the_limits_in_the_document_are_the_limits():
    limits = WireLimits()
    told = re.search(r"## Limits\n(.*)", DOC, re.DOTALL)[1].replace("\n", " ")
    for words in (
        f"last {limits.seconds:.0f} seconds",
        f"{limits.frame_bytes >> 20} MB of arrays",
        f"{limits.tree_bytes >> 20} MB of everything",
        f"{limits.items:_} values".replace("_", " "),
        f"at most {limits.depth} deep",
        f"{limits.shared:_} shared".replace("_", " "),
        f"{limits.crossings:_} calls".replace("_", " "),
        f"{limits.reentry} callbacks",
    ):
        assert words in told, words


# -- objects that both sides hold


def test_shared_objects_are_forgotten_when_one_side_lets_go():
    with student("def f(x): return x * 2") as link:
        (f,) = ask(link, "f")
        for i in range(300):
            f(np.full(3, i))
        assert len(link.table.shared) < 10


def test_proxies_and_callbacks_are_forgotten_too():
    with student("class A:\n def m(self, f): return f(1)\ndef make(): return A()") as link:
        (make,) = ask(link, "make")
        for i in range(100):
            assert make().m(lambda x: x + i) == 1 + i
        assert len(link.table.imports) == 1 and len(link.table.exports) < 5


def test_a_snapshot_says_nothing_and_holds_no_file_of_the_kernels(capfd):
    source = """
def f():
    import os, sys
    print("leak", flush=True)
    print("leak", file=sys.__stderr__, flush=True)
    os.write(1, b"leak")
    return len(os.listdir("/proc/self/fd"))
"""
    with student(source) as link:
        assert ask(link, "f")[0]() == 5  # three streams to nowhere, the socket and the listing
    assert capfd.readouterr() == ("", "")


def test_an_unchanged_array_is_sent_once():
    with student("def f(x): return None\ndef g(x): x[0] += 1") as link:
        f, g = ask(link, "f", "g")
        x, sent = np.zeros(10_000), []
        do = link.sender.to_frame
        link.sender.to_frame = lambda op, values, sync: sent.append(do(op, values, sync=sync)) or sent[-1]
        f(x), f(x), g(x), f(x)
        assert [bool(buffers) for _, buffers in sent] == [True, False, False, False]
        x[1] = 5
        f(x)
        assert sent[-1][1] and x[0] == 1


def test_an_array_cannot_be_filled_when_its_shape_changed_or_it_is_read_only():
    source = "def unlock(x):\n x.flags.writeable = True\n x[0] = 9\ndef cast(x): x.dtype = 'int64'"
    for name in ("unlock", "cast"):
        with student(source) as link:
            x = np.zeros(2)
            x.flags.writeable = name != "unlock"
            with pytest.raises(WireError, match="in place"):
                ask(link, name)[0](x)
            assert x.tolist() == [0, 0]


def test_a_dict_and_a_set_change_in_place():
    with student("def f(d, s):\n d.pop('a'); d['c'] = s; s.add(5)") as link:
        (f,) = ask(link, "f")
        d, s = {"a": 1, "b": 2}, {1}
        f(d, s)
        assert d == {"b": 2, "c": {1, 5}} and d["c"] is s


def test_a_cycle_made_on_the_other_side_arrives():
    with student("def f():\n a = []; b = {'a': a}; a.append(b); return a") as link:
        a = ask(link, "f")[0]()
        assert a[0]["a"] is a


def test_an_empty_and_a_large_array_cross():
    with student("def f(x): return x") as link:
        (f,) = ask(link, "f")
        for x in (np.zeros((0, 3)), np.zeros((1000, 1000)), np.array(["", "ab"])):
            y = f(x[...])
            assert y.shape == x.shape and y.dtype == x.dtype


def test_lone_surrogates_and_minus_zero_and_nan_cross():
    with student("def f(x): return x") as link:
        (f,) = ask(link, "f")
        assert f("\ud800") == "\ud800"
        assert np.copysign(1, f(-0.0)) == -1 and np.isnan(f(complex(np.nan, 1)).real)


# -- errors


def test_the_text_of_a_remote_error_is_cut_and_marked():
    with student("def f(): raise ValueError('x' * 10**6)") as link:
        with pytest.raises(ValueError) as caught:
            ask(link, "f")[0]()
        assert len(str(caught.value)) == link.limits.text and caught.value.remote


def test_an_error_whose_text_cannot_be_made_still_arrives():
    with student("class E(ValueError):\n def __str__(self): raise OSError\ndef f(): raise E") as link:
        with pytest.raises(ValueError):
            ask(link, "f")[0]()


def test_a_judge_exception_without_a_name_there_comes_back_as_remote():
    class Odd(Exception):
        pass

    def bad():
        raise Odd("secret")

    with student("def f(g): g()") as link:
        with pytest.raises(RemoteError):
            ask(link, "f")[0](bad)
        assert link.broken is None


def test_a_stray_StopIteration_of_the_judges_ends_no_loop_there():
    def stop():
        raise StopIteration

    source = "def f(g):\n try: g()\n except Exception as error: return type(error).__name__"
    with student(source) as link:
        assert ask(link, "f")[0](stop) == "RemoteError"


def test_a_name_that_the_student_has_not_defined_is_a_NameError():
    with student("x = 1") as link:
        with pytest.raises(NameError, match="y"):
            ask(link, "y")


def test_every_exception_that_crosses_can_be_made_from_one_text():
    from autograder.wire.limits import EXCEPTIONS

    assert "StopIteration" not in EXCEPTIONS and "Exception" not in EXCEPTIONS and "SystemExit" not in EXCEPTIONS
    for make in EXCEPTIONS.values():
        assert isinstance(make("text"), Exception)


# -- limits


SMALL = dict(frame_bytes=1 << 16, tree_bytes=1 << 16, items=500, shared=60, crossings=400, reentry=4, seconds=10.0)


@pytest.mark.parametrize(
    "code, source",
    [
        ("frame_bytes", "import numpy as np\ndef f(g): return np.zeros(10**5)"),
        ("tree_bytes", "def f(g): return 'x' * 10**5"),
        ("items", "def f(g): return (0,) * 1000"),
        ("depth", "def f(g):\n x = ()\n for _ in range(60): x = (x,)\n return x"),
        ("shared", "def f(g): return [[] for _ in range(100)]"),
        ("crossings", "def f(g):\n while True: g(1)"),
        ("reentry", "def f(g): return g(f)"),
        ("time", "def f(g):\n import time; time.sleep(3)"),
    ],
)
def test_a_limit_that_is_passed_is_one_clear_error(code, source):
    limits = WireLimits(**SMALL | ({"seconds": 0.3} if code == "time" else {}))
    names = {}
    exec(source, names)
    with Student(names, limits) as link:
        (f,) = ask(link, "f")
        with pytest.raises(WireError, match=re.escape(MESSAGES[code].format_map(vars(limits)))) as caught:
            f(lambda x: x(lambda y: y) if code == "reentry" and callable(x) else None)
            if code == "reentry":
                deep(f, link)
        assert caught.value.code == code


def deep(f, link):
    def again(g):
        return f(again)

    f(again)


def test_after_a_broken_conversation_every_use_fails_the_same_way():
    with student("def f(): pass\ndef die():\n raise SystemError") as link:
        (f,) = ask(link, "f")
        link.sock.shutdown(socket.SHUT_RDWR)
        for _ in range(2):
            with pytest.raises(WireError) as caught:
                f()
            assert caught.value.code == "ended"


@pytest.mark.parametrize(
    "value", ["np.zeros(10**7)", "'x' * 10**7", "[0] * 10**6", "lambda x: setattr(x, 'shape', (-1,))"]
)
def test_what_cannot_be_sent_leaves_the_conversation_usable(value):
    with student(f"import numpy as np\ndef f(): return {value}\ndef g(): return 1") as link:
        f, g = ask(link, "f", "g")
        with pytest.raises(WireError):
            f()(np.zeros((2, 2)))
        assert g() == 1


def test_a_slow_drip_ends_at_the_deadline():
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def drip():
        theirs.sendall(struct.pack("<IQ", 1000, 0))
        while not stop.wait(0.05):
            theirs.send(b"\x90")

    thread = threading.Thread(target=drip)
    thread.start()
    began = time.monotonic()
    link = proxies.connect(ours, WireLimits(seconds=0.5))
    with pytest.raises(WireError, match="longer than"):
        link.request("get", "f")
    assert time.monotonic() - began < 2
    stop.set()
    thread.join()
    ours.close(), theirs.close()


def test_a_peer_that_never_reads_ends_at_the_deadline():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        link = proxies.connect(ours, WireLimits(seconds=0.3))
        began = time.monotonic()
        with pytest.raises(WireError, match="longer than"):
            link.send("get", "x" * 3_000_000)
        assert time.monotonic() - began < 2


def test_quick_requests_without_end_stop_at_the_deadline():
    """Each of them is answered at once, so that no wait is ever long."""
    names = {"f": lambda: None}
    began = time.monotonic()
    with Student(names, WireLimits(seconds=0.6)) as link:
        (f,) = ask(link, "f")
        with pytest.raises(WireError, match="longer than"):
            while True:
                f()
    assert time.monotonic() - began < 5


# -- hostile frames


def receive(data: bytes, limits=WireLimits(**SMALL)):
    """What the judge makes of bytes that answer its question."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        link = proxies.connect(ours, limits)
        return link.request("get", "f")


def frame(tree, data=b"") -> bytes:
    packed = msgpack.packb(tree, unicode_errors="surrogatepass")
    return struct.pack("<IQ", len(packed), len(data)) + packed + data


def array_frame(dtype, shape, data, order="C", sizes=None):
    meta = msgpack.packb([dtype, shape, order, True])
    return frame(["ok", [["r", 1]], [[1, "a", meta, 0]], [], [len(data)] if sizes is None else sizes], data)


def test_a_well_formed_frame_of_the_helper_is_accepted():
    assert receive(array_frame("<f8", [2], np.ones(2).tobytes())).tolist() == [1, 1]
    assert receive(frame(["ok", [5], [], [], []])) == 5


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<IQ", 2**32 - 1, 0),
        struct.pack("<IQ", 10, 2**60),
        array_frame("<f8", [3], bytes(16)),
        array_frame("<f8", [2, 2**40], bytes(16)),
        array_frame("<f8", [-2], bytes(16)),
        array_frame("<f8", [2**62, 4], b""),
        array_frame("<f8", [0, 2**62], b""),
        array_frame("O", [2], bytes(16)),
        array_frame("|O8", [2], bytes(16)),
        array_frame("<f8,<f8", [1], bytes(16)),
        array_frame("<V8", [2], bytes(16)),
        array_frame("<M8", [2], bytes(16)),
        array_frame("<U0", [10**9], b""),
        array_frame("<f3", [1], bytes(3)),
        array_frame("<U1", [1], b"\xff\xff\xff\xff"),
        array_frame("|b1", [2], b"\x02\x00"),
        array_frame("<f8", [1] * 40, bytes(8)),
        array_frame("<f8", [1.0], bytes(8)),
        array_frame("<f8", [1], bytes(8), order="K"),
        array_frame("<f8", [1], bytes(8), sizes=[4]),
        array_frame("<f8", [1], bytes(8), sizes=[-8, 16]),
        frame(["ok", [["r", 2]], [[2, "l", b"\x90"]], [], []]),  # an id of the judge's
        frame(["ok", [["r", True]], [[True, "l", b"\x90"]], [], []]),
        frame(["ok", [["r", 77]], [], [], []]),
        frame(["ok", [["J", 0, 1]], [], [], []]),
        frame(["ok", [["S", 2, 1]], [], [], []]),
        frame(["ok", [["S", 1, 9]], [], [], []]),
        frame(["ok", [["type", "eval"]], [], [], []]),
        frame(["ok", [["dtype", "O"]], [], [], []]),
        frame(["ok", [["n", "<f8", b"\0"]], [], [], []]),
        frame(["ok", [["i", "12"]], [], [], []]),
        frame(["ok", [["r", 1]], [[1, "d", msgpack.packb([[["r", 1], 1]])]], [], []]),  # an unhashable key
        frame(["ok", [["r", 1]], [[1, "g", msgpack.packb([b"\0" * 16, b"\0" * 16, 7, 0])]], [], []]),
        frame(["ok", [{"a": 1}], [], [], []]),
        frame(["ok", [msgpack.ExtType(5, b"x")], [], [], []]),
        frame(["ok", [msgpack.Timestamp(1, 2)], [], [], []]),
        frame(["ok", [], [], [], []]),
        frame(["ok", [1, 2], [], [], []]),
        frame(["call", [["type", "int"], ["t", []], ["t", []], ["t", []]], [], [], []]),
        frame(["attribute", [1, "x"], [], [], []]),
        frame(["get", ["f"], [], [], []]),
        frame(["next", [["t", []]], [], [], []]),
        frame(["error", [1, 2], [], [], []]),
        frame(["error", ["wire", "no_such"], [], [], []]),
        frame(7),
        frame([]),
        frame(["ok"]),
        frame(["ok", [["t", [0] * 5000]], [], [], []]),
    ],
)
def test_a_hostile_frame_is_a_wire_error(data):
    with pytest.raises((WireError, RemoteError)) as caught:
        receive(data)
    assert getattr(caught.value, "code", "remote") != "ended"  # it was read, and refused


@pytest.mark.parametrize("data", [b"", b"\0" * 5, struct.pack("<IQ", 10, 0) + b"\x90"])
def test_half_a_frame_is_the_end(data):
    with pytest.raises(WireError) as caught:
        receive(data)
    assert caught.value.code == "ended"


def test_frames_that_arrive_together_are_read_one_after_the_other():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        first = array_frame("<f8", [9000], np.arange(9000.0).tobytes())
        theirs.sendall(first + frame(["ok", [5], [], [], []]) + frame(["ok", [6], [], [], []])[:9])
        link = proxies.connect(ours, WireLimits(seconds=0.2))
        assert link.request("get", "f")[8999] == 8999
        assert link.request("get", "f") == 5
        with pytest.raises(WireError, match="longer than"):
            link.request("get", "f")


def test_an_arrays_form_is_held_against_the_limits_of_each_conversation():
    data = array_frame("<f8", [0, 3000], b"")
    assert receive(data).shape == (0, 3000)
    with pytest.raises(WireError):
        receive(data, WireLimits(frame_bytes=2999))


def test_an_array_without_its_bytes_is_never_allocated():
    tracemalloc.start()
    with pytest.raises(WireError):
        receive(array_frame("<f8", [4096, 4096], b""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize("shape, locked", [([2], True), ([1, 2], False)])
def test_a_hostile_update_cannot_change_what_it_must_not(shape, locked):
    array, table = np.zeros(2), Table("J", WireLimits())
    array.flags.writeable = not locked
    Sender(table, callable).to_frame("ok", [array])
    form = msgpack.packb(["<f8", shape, "C", not locked])
    tree = msgpack.packb(["ok", [], [[0, "a", form, 0]], [], [16]])
    with pytest.raises(WireError, match="in place"):
        Receiver(table, None).from_frame(tree, memoryview(np.ones(2).tobytes()))
    assert array.tolist() == [0, 0]


def test_a_nest_of_lists_is_refused_before_it_is_built():
    deep = b"\x91" * 60_000 + b"\x90"
    with pytest.raises(WireError):
        receive(struct.pack("<IQ", len(deep), 0) + deep)


def test_many_small_containers_are_counted_while_they_are_read():
    many = b"\xdd" + struct.pack(">I", 300_000) + b"\x90" * 300_000
    receiver = Receiver(Table("J", WireLimits(items=2000)), None)
    tracemalloc.start()
    with pytest.raises(WireError):
        receiver.from_frame(many, memoryview(b""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 << 20  # 10 000 empty lists; 300 000 are 17 MB and more


TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=20)
    | st.sampled_from(
        [
            "r",
            "S",
            "J",
            "t",
            "f",
            "i",
            "n",
            "complex",
            "slice",
            "range",
            "dtype",
            "type",
            "...",
            "<f8",
            "a",
            "l",
        ]
    ),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=25,
)
UPDATES = st.lists(
    st.tuples(
        st.integers(-3, 9),
        st.sampled_from("ldsagx"),
        TREES.map(msgpack.packb) | st.binary(max_size=9),
        st.integers(-1, 2),
    ),
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60))
def test_random_bytes_are_a_wire_error(data):
    with pytest.raises(WireError):
        receive(data)


@settings(max_examples=300, deadline=None)
@given(TREES, UPDATES, st.binary(max_size=24), st.sampled_from(["ok", "error", "call", "next", "end", "x"]))
def test_random_trees_are_a_value_or_an_error(tree, updates, data, op):
    try:
        receive(frame([op, [tree], updates, [], [len(data)]], data))
    except (WireError, RemoteError, StopIteration):
        pass


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_true_frame_is_a_value_or_an_error(data):
    good = bytearray(array_frame("<f8", [2], np.ones(2).tobytes()))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        receive(bytes(good))
    except (WireError, RemoteError, StopIteration):
        pass


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.builds(slice, st.integers(), st.none())
    | st.builds(range, st.integers(0, 9)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
        | st.frozensets(st.integers(), max_size=3)
        | st.sets(st.text(max_size=2), max_size=3)
    ),
    max_leaves=15,
)


def exactly(value):
    """A value with its types, for comparison."""
    if type(value) in (list, tuple):
        return type(value), [exactly(x) for x in value]
    if type(value) is dict:
        return dict, [(exactly(k), exactly(x)) for k, x in value.items()]
    if type(value) in (set, frozenset):
        return type(value), value
    return type(value), repr(value)


@settings(max_examples=100, deadline=None)
@given(PLAIN)
def test_plain_data_comes_back_as_it_was(value):
    tree, buffers = Sender(Table("S", WireLimits()), lambda _: False).to_frame("ok", [value])
    _, (got,) = Receiver(Table("J", WireLimits()), None).from_frame(tree, memoryview(b"".join(buffers)))
    assert exactly(got) == exactly(value)
