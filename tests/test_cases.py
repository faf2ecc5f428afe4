"""Cases are the same on every machine: in a browser the default integer has 32 bits, and a dtype is part of a case."""

import re
from functools import wraps
from pathlib import Path

import numpy as np
import pytest

from descent import exercises
from descent.exercise import Case
from descent.exercises import table, visible_cases
from descent.keys import fingerprint
from descent.traits import arrays_in

MAKERS = ("arange", "array", "asarray", "argsort", "zeros", "ones", "full", "eye", "tile", "repeat")
DEFAULT_INTEGER = re.compile(r"astype\(int\)|dtype=int\b|np\.int_\b|np\.intp\b|dtype=\"int\"")


def narrow(monkeypatch):
    """Have what NumPy makes without a dtype hold 32-bit integers, as it does on a 32-bit machine."""
    for name in MAKERS:
        make = getattr(np, name)

        @wraps(make)
        def made(*args, make=make, **kwargs):
            found = make(*args, **kwargs)
            given = kwargs.get("dtype") is not None or any(isinstance(one, (type, np.dtype)) for one in args)
            from_array = bool(args) and isinstance(args[0], (np.ndarray, np.generic)) and make.__name__ != "argsort"
            if isinstance(found, np.ndarray) and found.dtype == np.int64 and not given and not from_array:
                return found.astype(np.int32)
            return found

        monkeypatch.setattr(np, name, made)


def test_the_narrow_numpy_of_this_test_is_narrow(monkeypatch):
    narrow(monkeypatch)
    assert np.arange(3).dtype == np.array([1, 2]).dtype == np.argsort(np.ones(3)).dtype == np.int32
    assert np.array([1, 2], dtype=np.int64).dtype == np.int64 and np.arange(3.0).dtype == np.float64


@pytest.mark.parametrize("name", table())
def test_a_case_says_how_wide_its_integers_are(name, monkeypatch):
    exercise = table()[name][1]
    as_built = fingerprint(visible_cases(exercise))
    narrow(monkeypatch)
    cases = visible_cases(exercise)
    wrong = {
        key
        for case in cases
        for key, value in case.inputs.items()
        if any(array.dtype == np.int32 for array in arrays_in(value))
    }
    assert not wrong, f"default integers in {wrong}: say dtype=np.int64"
    assert fingerprint(cases) == as_built


def test_no_exercise_asks_for_the_default_integer():
    for path in Path(exercises.__file__).parent.glob("*.py"):
        assert not DEFAULT_INTEGER.search(path.read_text(encoding="utf-8")), f"{path.name}: say np.int64"


def scalars_in(value, path=""):
    """The places in an input at which a NumPy scalar stands."""
    if isinstance(value, np.generic):
        return [path]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    return [place for key, one in pairs for place in scalars_in(one, f"{path}[{key!r}]")]


@pytest.mark.parametrize("name", table())
def test_an_input_is_an_array_also_without_dimensions(name):
    """A docstring promises arrays: `out = params.copy(); out[out < 0] = 0` fails for what -np.abs(params) gives."""
    exercise = table()[name][1]
    for cases in (visible_cases(exercise), exercise.cases(np.random.default_rng(1))):
        assert not [place for case in cases for place in scalars_in(case.inputs)]


def test_a_scalar_in_a_case_becomes_an_array_wherever_it_stands():
    one = np.float32(1.5)
    inputs = Case("group", {"a": one, "b": [one], "c": (one, 2), "d": {"W": one}, "e": 2.0}).inputs
    assert scalars_in({"a": one, "b": [one]}) == ["['a']", "['b'][0]"] and not scalars_in(inputs)
    assert type(inputs["a"]) is np.ndarray and inputs["a"].dtype == np.float32 and type(inputs["c"]) is tuple
    assert type(inputs["c"][1]) is int and type(inputs["e"]) is float
