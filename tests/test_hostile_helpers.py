"""Attacks on the second try with the course's helpers (judging/course_helpers.py): what they earn, and what they cost.

The student's `momentum_step` is wrong and worth 10 points; `nesterov_step` calls it, is worth 10, and attacks.
"""

from dataclasses import replace

import pytest
from parked import Parked, answer, code, graded, judge, notebook
from test_course_helpers import SETUP, card
from test_helpers import CALLER, RIGHT, WRONG

from autograder.sandbox.settings import Settings
from descent.examine import examine
from descent.exercises import table, visible_cases
from descent.keys import load

SECONDS = 4.0  # of one test
HEAD = "def nesterov_step(params, grad_fn, velocity, *, lr, momentum=0.9):\n"
PROXIED = "type(globals()['momentum_step']).__name__ == 'JudgeFunction'"
SECOND = f"    if {PROXIED}:\n"
USES = "    momentum_step\n"  # so that the judge replaces it


def marks(source):
    tests = [graded(f'check("{name}", {name})', f"test_{name}", 10) for name in ("momentum_step", "nesterov_step")]
    names = ("momentum_step", "nesterov_step")
    nb = notebook(code(SETUP, "setup"), *(answer(f"def {name}(): pass", name) for name in names), *tests)
    settings = Settings(judge_slack_seconds=3.0)
    settings = replace(settings, wire=replace(settings.wire, seconds=SECONDS))
    with Parked(SETUP + source, *(test.id for test in tests)) as ran:
        verdicts = judge(nb, ran, assignment="03", secret="s", settings=settings)
    return {verdict.grade_id.removeprefix("test_"): verdict for verdict in verdicts}


ATTACKS = {
    "another function on the second try": HEAD
    + USES
    + SECOND
    + "        return momentum_step(params, grad_fn(params), velocity, lr=lr, momentum=momentum)\n    return None\n",
    "hangs on the second try": HEAD + USES + SECOND + "        while True: pass\n    return None\n",
    "dies on the second try": HEAD + USES + SECOND + "        import os; os._exit(0)\n    return None\n",
    "a flood of calls": HEAD
    + USES
    + SECOND
    + "        while True: momentum_step(params, params, velocity, lr=lr)\n    return None\n",
    "a flood of large calls": HEAD
    + USES
    + SECOND
    + "        big = np.zeros(1 << 22)\n        while True: momentum_step(big, big + 1, big + 2, lr=lr)\n    return None\n",
    "an array too large for the judge": HEAD
    + USES
    + SECOND
    + "        big = np.zeros(1 << 11)\n        return momentum_step(big[:, None], big, np.zeros((1 << 11, 1 << 11, 1)), lr=lr)\n"
    "    return None\n",
    "calls within calls": """
class Loop:
    def __init__(self, f): self.f = f
    def __rmul__(self, other): return momentum_step(self, self, self, lr=0.1)
    __mul__ = __add__ = __radd__ = __rsub__ = __sub__ = __ge__ = __le__ = __lt__ = __rmul__
"""
    + HEAD
    + SECOND
    + "        return momentum_step(Loop(1), Loop(1), Loop(1), lr=Loop(1), momentum=Loop(1))\n    return None\n",
    "itself within the course's function": HEAD
    + SECOND
    + "        return momentum_step(params, grad_fn, nesterov_step, lr=lr, momentum=momentum)\n    return None\n",
    "the proxy is the answer": HEAD + SECOND + "        return momentum_step, momentum_step\n    return None\n",
    "steals the answer for the next copy": """
import mmap, os, pickle
fd = os.open("/dev/shm/stolen", os.O_RDWR | os.O_CREAT)
os.ftruncate(fd, 1 << 16)
stolen = mmap.mmap(fd, 1 << 16)
def momentum_step(params, grads, velocity, *, lr, momentum=0.9):
    size = int.from_bytes(stolen[:4], "little")
    return pickle.loads(stolen[4:4 + size]) if size else None
"""
    + HEAD
    + USES
    + SECOND
    + """        data = pickle.dumps(momentum_step(params, grad_fn(params), velocity, lr=lr, momentum=momentum))
        stolen[:4] = len(data).to_bytes(4, "little"); stolen[4:4 + len(data)] = data
    return None
""",
    "another list of what it uses": """
import sys
serve = sys.modules["autograder.inside.snapshot"].SERVE
original = serve["uses"]
serve["uses"] = lambda link, target, names: ["nesterov_step", "reference", *names, *names]
"""
    + HEAD
    + "    return None\n",
    "another function in place of its own": """
import sys
serve = sys.modules["autograder.inside.snapshot"].SERVE
serve["replace"] = lambda link, name, value: value
"""
    + HEAD
    + USES
    + "    return momentum_step\n",
    "requests of its own to the course's function": HEAD
    + USES
    + SECOND
    + """        link = momentum_step._link
        for op in ("call", "next", "get", "uses", "replace", "attribute"):
            try: link.request(op, momentum_step, (params,), (), ())
            except Exception: pass
    return None
""",
}


@pytest.fixture(autouse=True)
def original_requests():
    """An attack changes the table of requests in this process, which stands for the kernel."""
    from autograder.inside import snapshot

    before = dict(snapshot.SERVE)
    yield
    snapshot.SERVE.clear()
    snapshot.SERVE.update(before)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_on_the_second_try_earns_nothing(name):
    stolen = "def momentum_step" in ATTACKS[name]
    found = marks(("" if stolen else WRONG) + ATTACKS[name])
    most = 0
    if "another function" in name:  # what the same caller earns with a right helper
        honest = HEAD + "    return momentum_step(params, grad_fn(params), velocity, lr=lr, momentum=momentum)\n"
        most = marks(RIGHT + honest)["nesterov_step"].points
    assert found["momentum_step"].points == 0 and found["nesterov_step"].points <= most < 10
    assert all((verdict.reason or {}).get("code") != "test_broken" for verdict in found.values())
    assert all(verdict.seconds < SECONDS + 3 for verdict in found.values())


def test_a_helper_that_hangs_in_its_own_cases_only_costs_its_caller_nothing():
    """Which helpers are wrong is known from their own tests: they are not tried again in the caller's time."""
    hang = "import sys\ndef hang():\n    while sys._getframe(2).f_code.co_name != 'nesterov_step': pass\n"
    helper = WRONG.replace("    velocity = ", "    hang()\n    velocity = ", 1)
    found = marks(hang + helper + CALLER)
    assert found["nesterov_step"].points == 10, card(found["nesterov_step"])
    assert "yours took very long" in card(found["nesterov_step"])


def test_a_second_try_of_the_hidden_cases_that_never_ends_costs_nothing_that_was_earned():
    counted = "calls = 0\n" + RIGHT.replace("    require", "    global calls\n    calls += 1\n    require", 1)
    names = {}
    exec(SETUP + counted + CALLER, names)
    topic, exercise = table()["nesterov_step"]
    cases = visible_cases(exercise)
    assert examine(exercise, names["nesterov_step"], cases, load(exercise, topic, cases)).passed
    once_wrong = counted.replace(
        "    velocity = ", f"    grads = grads + (calls == {names['calls'] + 1})\n    velocity = ", 1
    )
    found = marks(once_wrong + CALLER.replace("    return", SECOND + "        while True: pass\n    return"))
    assert 0 < found["nesterov_step"].points < 10
