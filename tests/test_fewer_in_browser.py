"""Long experiments use fewer seeds in the browser, and all that stands on them says so."""

import sys

import pytest

from descent import page, say
from descent.browser import fewer_in_browser

EXPERIMENT = {
    "id": "runs",
    "kind": "experiment",
    "source": "from descent.browser import fewer_in_browser\nends = [seed for seed in fewer_in_browser(range(8), 3)]",
}


@pytest.fixture
def browser(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")


def test_elsewhere_all_seeds_are_used_and_nothing_is_said(capsys):
    assert list(fewer_in_browser(range(100, 108), 3)) == [*range(100, 108)]
    assert not capsys.readouterr().out


@pytest.mark.parametrize(("lang", "said"), [("en", "3 of the 8 seeds"), ("zh", "8 个随机种子中的 3 个")])
def test_in_the_browser_the_first_ones_are_used_and_it_says_so(browser, capsys, monkeypatch, lang, said):
    monkeypatch.setattr(say, "_language", lang)
    assert list(fewer_in_browser(range(100, 108), 3)) == [100, 101, 102]
    assert said in capsys.readouterr().out
    assert list(fewer_in_browser(range(3), 3)) == [0, 1, 2]
    assert not capsys.readouterr().out


@pytest.mark.parametrize("num", [0, 9])
def test_a_number_of_seeds_that_there_is_not_is_refused(num):
    with pytest.raises(ValueError, match="num"):
        fewer_in_browser(range(8), num)


def test_a_page_says_it_for_the_experiment_and_for_what_stands_on_it(browser):
    own = page.run(EXPERIMENT["source"], [], "en")
    assert len(own["shown"]) == 1 and "3 of the 8 seeds" in own["shown"][0]["text"]
    drawn = page.run("print(len(ends))", [EXPERIMENT], "en")
    assert "3 of the 8 seeds" in drawn["shown"][0]["text"] and drawn["shown"][1]["text"] == "3\n"
