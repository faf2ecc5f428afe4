"""A lent function is the worked solution, where the course's solutions are; elsewhere it is refused in words."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from descent import say
from descent.lend import lend
from reference.momentum import nesterov_step

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A copy of the course as a student has it, entered where a notebook runs."""
    shutil.copytree(ROOT / "solutions" / "en" / "03_momentum", tmp_path / "solutions" / "en" / "03_momentum")
    place = tmp_path / "notebooks" / "zh" / "03_momentum"
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    return tmp_path


def test_a_lent_function_is_the_solution_with_all_it_stands_on(course, capsys):
    step = lend("nesterov_step")
    arguments = np.ones(3), lambda x: 2 * x, np.full(3, 0.5)
    for lent, right in zip(step(*arguments, lr=0.1), nesterov_step(*arguments, lr=0.1), strict=True):
        np.testing.assert_array_equal(lent, right)
    assert "It earns no points" in capsys.readouterr().out


def test_the_language_stays_what_it_was(course, monkeypatch, capsys):
    monkeypatch.setattr(say, "_language", "zh")
    lend("momentum_step")
    assert say._language == "zh" and "不得分" in capsys.readouterr().out


def test_what_is_not_there_is_not_lent(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LookupError, match="momentum_step is not lent here: no folder `solutions` was found above"):
        lend("momentum_step")
    monkeypatch.setattr(say, "_language", "zh")
    with pytest.raises(LookupError, match="这里不出借 momentum_step"):
        lend("momentum_step")


def test_an_instructor_may_switch_it_off(course, monkeypatch):
    monkeypatch.setenv("DESCENT_LEND", "0")
    with pytest.raises(LookupError, match="DESCENT_LEND=0 is set"):
        lend("momentum_step")


def test_an_unknown_name_gets_a_suggestion(course):
    with pytest.raises(LookupError, match="did you mean 'momentum_step'"):
        lend("momentum_stp")
