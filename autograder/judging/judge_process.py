"""What a chapter server and its judges do: read a chapter's tests once, then try them for one submission each."""

import ast
import json
import resource
import socket
import struct
import sys
import traceback
import warnings

from autograder import load_object
from autograder.inside.snapshot import rehearse
from autograder.judging.names import parse, statements
from autograder.judging.test_cell import read_test, try_test
from autograder.sandbox import cpu_affinity

REQUEST = struct.Struct("<Ii")  # index of the test cell, CPU to run on; then the student's id
ID_BYTES = 4096  # longest student's id, which is a folder's name


class Chapter:
    """A chapter's tests, read and compiled, and the cases and answers of its exercises."""

    def __init__(self, cells: list[dict], terms: dict, settings):
        warnings.simplefilter("ignore")
        self.settings, self.terms = settings, terms
        try:
            self.mark = load_object(settings.mark)
            cells = [Cell(cell) for cell in cells]
            known = statements(cells)
            self.tests = {index: read_test(cells, index, known=known) for index, cell in enumerate(cells) if cell.is_test}
            prepare = getattr(sys.modules[self.mark.__module__], "prepare", None)
            if prepare is not None:
                self.terms = terms | {"ready": prepare(strings_in(cells[index] for index in self.tests), **terms)}
            rehearse()
        except Exception:
            traceback.print_exc()
            raise

    def serve(self, sock: socket.socket) -> None:
        """In a judge: try the tests that are asked for until the socket closes."""
        limit_memory(self.settings.judge_memory_bytes)
        while True:
            data, fds, _, _ = socket.recv_fds(sock, REQUEST.size + ID_BYTES, 1)
            if not data:
                return
            index, cpu = REQUEST.unpack_from(data)
            cpu_affinity.pin(cpu)
            student = data[REQUEST.size:].decode(errors="surrogatepass")
            with socket.socket(fileno=fds[0]) as snapshot:
                verdict = try_test(self.tests[index], snapshot, mark=self.mark, settings=self.settings,
                                   terms=self.terms | {"student": student})
            response = json.dumps(vars(verdict)).encode()
            sock.sendall(len(response).to_bytes(4, "little") + response)


class Cell:
    """A cell that was sent as plain data, with the attributes of a notebook's cell."""

    def __init__(self, fields: dict):
        self.cell_type, self.source, self.metadata = fields["cell_type"], fields["source"], fields["metadata"]
        self.is_test: bool = fields["is_test"]


def strings_in(tests) -> list[str]:
    """Every string literal of the test cells: the names of exercises are among them."""
    strings = set()
    for cell in tests:
        try:
            strings |= {node.value for node in ast.walk(parse(cell.source)) if isinstance(node, ast.Constant)
                        and isinstance(node.value, str)}
        except SyntaxError:  # the verdict on that test says so
            pass
    return sorted(strings)


def limit_memory(more: int) -> None:
    """Allow `more` bytes of address space on top of what this process has mapped."""
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + more, mapped + more))
