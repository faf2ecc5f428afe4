"""Whatever a student's processes send, each reader refuses it in time and with a reason, and never fails itself.

A table: every malformed text, in every place of a message, and every malformed packet, for each of our readers."""

import contextlib
import json
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.sandbox.kernel import Kernel, KernelGone
from autograder.sandbox.settings import Settings
from autograder.wire import packets

FAST = Settings(interrupt_seconds=0.3, start_seconds=10, cell_output_bytes=200_000, notebook_output_bytes=400_000)
CELL_SECONDS = 0.4
VALUES = {  # JSON texts
    "NaN": "NaN",
    "an infinite number": "-1e400",
    "a number of 100,000 digits": "9" * 100_000,
    "2**63": str(2**63),
    "a negative number": "-1",
    "lone surrogates": '"\\udc00 \\ud800"',
    "a zero": '"\\u0000"',
    "lines and tags": '"a.py\\n<script>\\r\\u2028\\u202e"',
    "null": "null",
    "true": "true",
    "a text": '"x"',
    "a list": '[1, null, {"a": []}]',
    "an object": '{"text": 1, "text": "x"}',
    "100,000 lists": "[" * 100_000 + "]" * 100_000,
    "100,000 objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
}
MESSAGES = {  # HERE: the value; ID: of the request
    "all": "HERE",
    "id": '[HERE, "stream", {"text": "x"}]',
    "kind": '["ID", HERE, {"text": "x"}]',
    "content": '["ID", "stream", HERE]',
    "more": '["ID", "done", {}, HERE]',
    "text": '["ID", "stream", {"name": "stdout", "text": HERE}]',
    "name": '["ID", "stream", {"name": HERE, "text": "x"}]',
    "both texts": '["ID", "stream", {"text": "x", "text": HERE, "name": "stderr", "name": HERE}]',
    "ename": '["ID", "error", {"ename": HERE, "evalue": "x", "traceback": ["x"]}]',
    "evalue": '["ID", "error", {"ename": "ValueError", "evalue": HERE, "traceback": []}]',
    "traceback": '["ID", "error", {"ename": "ValueError", "evalue": "x", "traceback": HERE}]',
    "a line of the traceback": '["ID", "error", {"ename": "E", "evalue": "x", "traceback": ["File a.py:-1", HERE]}]',
    "line number": '["ID", "error", {"ename": "E", "evalue": "x", "lineno": HERE, "traceback": ["a.py:99999999999999999999"]}]',
    "data": '["ID", "display_data", {"data": HERE}]',
    "data of a kind": '["ID", "execute_result", {"data": {"text/plain": HERE, "image/png": HERE}, "execution_count": HERE}]',
    "transient": '["ID", "display_data", {"data": {"text/plain": "x"}, "transient": HERE}]',
    "display id": '["ID", "update_display_data", {"data": {"text/plain": "x"}, "transient": {"display_id": HERE}}]',
    "metadata": '["ID", "display_data", {"data": {"text/plain": "x"}, "metadata": HERE}]',
    "clear": '["ID", "clear_output", {"wait": HERE}]',
}
WHOLE = packets.FIRST | packets.LAST
PACKETS = {  # a packet each
    "no bytes": [b""],
    "only a flag": [b"\0", b"\1", b"\2", b"\3", b"\xff"],
    "a first one again and again": [b"\1[1,"] * 500,
    "a last one without a first": [b"\2]"] * 500,
    "a first one, and the end never comes": [b"\1" + b"[" * 50_000] * 4,
    "empty parts": [b"\1["] + [b"\0"] * 5000 + [b"\2]"],
    "longer than a packet may be": [b"\3" + b" " * 100_000],
    "no text": [b"\3\xff\xfe\xfa", b"\3\xef\xbb\xbf[]", "\3中".encode("utf-16")],
    "UTF-16 and UTF-32": [
        b"\3" + text.encode(code) for text in ('["ID","stream",{"text":"x"}]',) for code in ("utf-16", "utf-32")
    ],
    "two messages in one": [b'\3["ID","done",{}]["ID","done",{}]'],
    "a message of another request": [b'\3["0000000000000000","done",{}]'] * 100,
}


class Hostile:
    """A kernel's processes: a thread that responds to each cell with `answers`, and then with "done" or nothing."""

    folder = Path("/")

    def __init__(self, answers, ends=True):
        self.answers, self.ends = answers, ends
        self.sleeping = subprocess.Popen(["sleep", "1000"])

    def start(self, channel):
        sock = socket.socket(fileno=os.dup(channel.fileno()))
        packets.send(sock, ["", "ready", {}])
        threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        reader = packets.PacketReader()
        with sock, contextlib.suppress(OSError):
            while packet := sock.recv(packets.PACKET + 1):
                message = reader.add(packet)
                if message is None:
                    continue
                for answer in self.answers:
                    sock.send(answer.replace(b"ID", message[0].encode()))
                if self.ends:
                    packets.send(sock, [message[0], "done", {}])

    def kernel_pid(self):
        return self.sleeping.pid

    def alive(self):
        return self.sleeping.poll() is None

    root_pid, limit_met = kernel_pid, lambda self: None
    interrupt = seal = last_words = lambda self: ""
    accident = lambda self, seconds: None  # noqa: E731

    def close(self):
        self.sleeping.kill()
        self.sleeping.wait()


def executed(processes, cells=1, seconds=CELL_SECONDS):
    """The reason why the kernel is given up, if it is. Every cell's outputs can be written, and no cell takes long."""
    kernel, gone = None, None
    try:
        kernel = Kernel(FAST, processes)
        for number in range(cells):
            cell = NotebookNode(new_code_cell("1"))
            began = time.monotonic()
            try:
                kernel.execute(cell, number, seconds)
            except KernelGone as error:
                gone = error.args[0]
            assert time.monotonic() - began < seconds + 2 * FAST.interrupt_seconds + 3
            nbformat.validate(new_notebook(cells=[cell]))
            json.dumps(cell, ensure_ascii=False, allow_nan=False).encode()
            if gone:
                assert gone["en"] and gone["zh"]
                break
    finally:
        if kernel:
            kernel.close()
        processes.close()
    return gone


@pytest.mark.parametrize("place", MESSAGES)
def test_a_malformed_message_is_dropped(place):
    answers = []
    for value in VALUES.values():
        text = b"\3" + MESSAGES[place].replace("HERE", value).encode()
        if len(text) <= packets.PACKET:
            answers.append(text)
        else:
            pieces = [text[1:][i : i + packets.PACKET] for i in range(0, len(text), packets.PACKET)]
            answers += [
                bytes([(i == 0) * packets.FIRST | (i == len(pieces) - 1) * packets.LAST]) + piece
                for i, piece in enumerate(pieces)
            ]
    assert executed(Hostile(answers), cells=3, seconds=20) is None


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("what", PACKETS)
def test_a_malformed_packet_ends_the_cell_in_time(what, ends):
    gone = executed(Hostile(PACKETS[what], ends), cells=3)
    if ends and what != "no bytes":
        assert gone is None
    else:
        assert gone
