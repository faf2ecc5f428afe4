"""What a cell shows when it is graded is what it shows in a notebook: side by side with ipykernel, run by nbclient."""

import re

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from parked import run

from autograder.gradebook.coursedir import ROOT
from autograder.inside import cells
from autograder.sandbox.settings import Settings
from autograder.wire import packets

CELLS = {
    "expression": "1 + 1",
    "suppressed": "1 + 1;",
    "history": "_, Out[1], In[1], len(In), get_ipython().execution_count",
    "order": "import sys\nprint('a'); print('b', file=sys.stderr); print('c', end=''); print('d')",
    "no_newline": "print('x', end='')\n5",
    "display": "from IPython.display import HTML, Markdown, SVG, display\ndisplay(HTML('<b>b</b>'), Markdown('*m*'))\nHTML('<i>i</i>')",
    "own_repr": "class A:\n    def _repr_html_(self): return '<u>u</u>'\n    def __repr__(self): return 'A!'\nA()",
    "broken_repr": "class B:\n    def __repr__(self): raise ValueError('no repr')\nB()",
    "clear": "from IPython.display import clear_output\nprint('old'); clear_output(); print('new')",
    "clear_later": "print('old'); clear_output(wait=True); print('new')",
    "figure": "%matplotlib inline\nimport matplotlib.pyplot as plt\nfrom descent import plots\nprint('before'); plt.plot([1, 2]); plt.show(); print('after')",
    "figure_left_open": "fig, ax = plt.subplots()",
    "array": "import numpy as np\nnp.arange(3.0), np.float32(2)",
    "error": "def f():\n    return 1 / 0\nf()",
    "error_within": "try:\n    f()\nexcept ZeroDivisionError as e:\n    raise KeyError('second') from e",
    "syntax": "for",
    "indent": "  x = 1\n y = 2",
    "name": "not_there",
    "text_after_error": "print('shown'); raise RuntimeError('text')",
    "assertion": "assert 1 == 2, 'they differ'",
    "warning": "import warnings\nwarnings.warn('careful')",
    "divide": "np.float64(1) / 0",
    "await": "import asyncio\nawait asyncio.sleep(0, 'slept')",
    "task": "task = asyncio.ensure_future(asyncio.sleep(0, 'later'))",
    "task_awaited": "await task",
    "shell": "!echo hello",
    "bash": "%%bash\necho out; echo err >&2",
    "capture": "%%capture caught\nprint('inside'); 3",
    "captured": "caught.stdout",
    "magic_missing": "%not_a_magic",
    "who": "%who_ls int",
    "help": "?len",
    "source": "import inspect\ninspect.getsource(f)",
    "system_exit": "raise SystemExit(3)",
    "input": "input('name? ')",
    "getpass": "import getpass\ngetpass.getpass()",
    "interrupt": "raise KeyboardInterrupt",
    "group": "raise ExceptionGroup('some', [ValueError(1), TypeError(2)])",
    "logging": "import logging\nlogging.getLogger('x').warning('logged')",
    "thread": "import threading\nt = threading.Thread(target=lambda: print('from a thread')); t.start(); t.join()",
    "fork": "import os\npid = os.fork()\nif not pid:\n    print('child', flush=True); os._exit(0)\n_ = os.waitpid(pid, 0)",
    "redirected": "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as got:\n    print('kept')\ngot.getvalue()",
    "not_text": "sys.stdout.write(b'bytes')",
    "unicode": "print('学习率 \\N{GREEK SMALL LETTER ALPHA} \\U0001F600'); 'α'",
    "surrogate": "'\\ud800'",
    "long": "list(range(2000))",
    "main": "__name__, type(get_ipython()).__mro__[-8:] and '/ipykernel_' in f.__code__.co_filename",
    "stream_facts": "sys.stdout.encoding, sys.stdout.isatty(), sys.stdout.writable()",
    "update": "h = display('first', display_id=True); h.update('second')",
}

OTHERWISE = {  # on purpose: outputs come in the order in which they were written, and there is no terminal
    "order": [("stdout", "a\n"), ("stderr", "b\n"), ("stdout", "cd\n")],
    "shell": [("stdout", "hello\n")],
}
WITHIN = ("input", "getpass", "not_text")  # the traceback goes through lines of the kernel's own


@pytest.fixture(scope="module")
def shown():
    """{cell: (its outputs in a notebook, when graded)}"""
    nb = new_notebook(cells=[new_code_cell(source, id=name) for name, source in CELLS.items()])
    nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with run(nb, settings=Settings()) as ran:
        ours = {cell.id: cell.outputs for cell in ran.nb.cells}
    NotebookClient(nb, allow_errors=True, timeout=60).execute()
    theirs = {cell.id: cell.outputs for cell in nb.cells}
    return {name: (joined(theirs[name]), joined(ours[name])) for name in CELLS}


def joined(outputs: list) -> list[dict]:
    """Outputs in plain form; what one stream said in several pieces is one."""
    found: list[dict] = []
    for output in map(plain, outputs):
        if found and output.get("name") and output["name"] == found[-1].get("name"):
            found[-1]["text"] += output["text"]
        else:
            found.append(output)
    return found


def plain(output) -> dict:
    """An output without what differs from run to run, or what grading leaves out on purpose."""
    text = dict(output)
    for name in ("metadata", "execution_count", "transient"):
        text.pop(name, None)
    if "data" in text:
        text["data"] = {mime: value if mime.startswith("text/") else "picture" for mime, value in text["data"].items()}
    if "traceback" in text:
        text["traceback"] = "\n".join(text["traceback"])
    return clean(text)


def clean(value):
    if isinstance(value, dict):
        return {name: clean(part) for name, part in value.items()}
    value = re.sub(r"\x1b\[[0-9;]*m", "", value)
    return re.sub(r"(\S*/ipykernel_\d+/)?\d+\.py|0x[0-9a-f]+|object at \S+", "...", value)


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_shows_what_it_shows_in_a_notebook(shown, name):
    theirs, ours = shown[name]
    if name in OTHERWISE:
        assert [(output["name"], output["text"]) for output in ours] == OTHERWISE[name] and ours != theirs
        return
    if name in WITHIN:
        for output in theirs + ours:
            output.pop("traceback", None)
    assert ours == theirs


def course_cells() -> list[str]:
    paths = sorted((ROOT / "solutions" / "en").rglob("*.ipynb"))
    return [cell.source for path in paths for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


ODD = (
    "x?",
    "??x",
    "x.y??",
    "!ls",
    "y = !ls",
    "%time x",
    "y = %time x",
    "%%bash",
    "/f x",
    ",f a b",
    ";f a",
    "  /f x",
    "\t,f a b",
    ">>> x",
    "... x",
    "In [1]: x",
    "In[1]: x",
    "",
    " ",
    "  x",
    "ls",
    "# why?",
    "await x",
    "x\r",
    "\fx",
    "x\u2028y",
    "x \\",
    "(",
    "'",
    '"""',
    "def f(x):",
)
AROUND = (
    "{}",
    "x = 1\n{}",
    "{}\nx = 1",
    "x = 1\n{}\ny = 2\n",
    "if x:\n    y\n    {}",
    '"""\n{}\n"""',
    "f(\n{}\n)",
    "\n{}",
    "x = 1\n\n{}\n\n",
)


@pytest.mark.parametrize("odd", ODD)
def test_a_cell_that_ipython_is_not_asked_about_is_plain_python(odd):
    for around in AROUND:
        source = around.format(odd)
        assert not cells.is_plain(source) or TransformerManager().transform_cell(source) == source + "\n", source


def test_most_of_the_courses_cells_of_several_lines_are_plain_python():
    """The others are stubs, mostly: their docstrings hold a `>>>`."""
    plain = [source for source in course_cells() if cells.is_plain(source)]
    assert all(TransformerManager().transform_cell(source) == source + "\n" for source in plain)
    assert len(plain) > 0.7 * sum("\n" in source.strip() for source in course_cells())


def test_what_an_interrupt_cut_short_is_dropped_and_the_next_message_is_read():
    ours, theirs = packets.pair()
    with ours, theirs:
        reader, long = packets.PacketReader(), "x" * (2 * packets.PACKET)
        packets.send(ours, [long])
        first, *rest = [theirs.recv(packets.PACKET + 1) for _ in range(3)]
        assert [reader.add(packet) for packet in (first, *rest)] == [None, None, [long]]
        packets.send(ours, ["next"])
        following = theirs.recv(packets.PACKET + 1)
        assert [reader.add(packet) for packet in (first, following, rest[0])] == [None, ["next"], None]
        with pytest.raises(packets.TooLong):
            [reader.add(packet, packets.PACKET) for packet in (first, rest[0])]
        assert reader.add(rest[1]) is None and reader.add(following) == ["next"]
        assert reader.add(bytes([packets.FIRST | packets.LAST]) + b"[" * 100_000) is None
        assert reader.add(b"\x03NaN[") is None
