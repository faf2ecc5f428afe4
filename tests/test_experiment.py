"""An unsolved exercise skips its experiments and nothing else; a real error is never hidden."""

import sys
from types import SimpleNamespace

import pytest

from descent.experiment import experiment
from descent.say import set_language


@pytest.fixture(autouse=True)
def english_again():
    yield
    set_language("en")


def momentum_step(params):
    raise NotImplementedError("momentum_step")


class EarlyStopping:
    def update(self, loss):
        raise NotImplementedError


def library():
    raise NotImplementedError("no such option")


def in_the_notebook(source):
    exec(source, {"__name__": "__main__", "experiment": experiment})


def test_an_unsolved_stub_is_named(capsys):
    with experiment("momentum_step", "nesterov_step"):
        momentum_step(1.0)
    out = capsys.readouterr().out
    assert "needs momentum_step, which is not solved" in out and "also uses: nesterov_step" in out


def test_a_class_is_named_by_its_class(capsys):
    with experiment("EarlyStopping"):
        EarlyStopping().update(1.0)
    assert "needs EarlyStopping" in capsys.readouterr().out


def test_it_speaks_chinese(capsys):
    set_language("zh")
    with experiment("momentum_step"):
        momentum_step(1.0)
    assert "这个实验需要 momentum_step" in capsys.readouterr().out


def test_a_stub_of_the_notebook_that_was_not_listed_is_named_too(capsys):
    in_the_notebook("def f():\n    raise NotImplementedError\nwith experiment('momentum_step'):\n    f()")
    assert "needs f," in capsys.readouterr().out


def test_a_cell_that_was_not_run_is_named(capsys):
    with experiment("momentum_step", "nesterov_step"):
        nesterov_step(1.0)  # noqa: F821
    assert "needs nesterov_step, which is not defined yet" in capsys.readouterr().out


@pytest.mark.parametrize("error", [ValueError("wrong"), AssertionError("no"), KeyboardInterrupt()])
def test_other_errors_pass(error):
    with pytest.raises(type(error)):
        with experiment("momentum_step"):
            raise error


def test_a_misspelt_name_passes():
    with pytest.raises(NameError, match="momentun_step"):
        with experiment("momentum_step"):
            momentun_step(1.0)  # noqa: F821


def test_not_implemented_in_a_library_passes():
    with pytest.raises(NotImplementedError, match="no such option"):
        with experiment("momentum_step"):
            library()


def test_a_build_hides_nothing(monkeypatch):
    monkeypatch.setenv("DESCENT_BUILD", "1")
    with pytest.raises(NotImplementedError):
        with experiment("momentum_step"):
            momentum_step(1.0)


def test_what_is_not_a_name_is_refused():
    with pytest.raises(ValueError, match="name of an exercise"):
        with experiment(momentum_step):
            pass


@pytest.mark.parametrize("solved, left", [(True, [1, 2, 3]), (False, [1])])
def test_half_made_figures_are_closed_and_earlier_ones_stay(monkeypatch, solved, left):
    figures = [1]
    pyplot = SimpleNamespace(get_fignums=lambda: list(figures), close=figures.remove)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", pyplot)
    with experiment("momentum_step"):
        figures.extend([2, 3])
        if not solved:
            momentum_step(1.0)
    assert figures == left


def test_matplotlib_is_not_imported_for_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    with experiment("momentum_step"):
        momentum_step(1.0)
    assert "matplotlib.pyplot" not in sys.modules
