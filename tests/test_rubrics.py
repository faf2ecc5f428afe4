"""The levels of essays: in both languages, worth what the essay is worth, printed and shown."""

import nbformat
import pytest
import tiny_course as tiny
from nbformat.v4 import new_code_cell
from test_grade import course, folder, go  # noqa: F401  fixtures

from autograder import ROOT
from autograder import essays as command
from autograder.classroom.graders import Graders
from autograder.classroom.rubrics import LANGUAGES, OURS, read, rubrics_of
from autograder.gradebook.coursedir import ClassError, open_class
from autograder.pages import levels
from autograder.pages.levels import table

OWN = """
[tiny.why.reason]
name = { en = "reason", zh = "理由" }
points = [0, 1.5, 3]
en = ["None.", "Named.", "Named & explained."]
zh = ["没有。", "写出。", "写出并解释。"]
"""


def essays_of_the_course():
    """(chapter, cell) -> points of every essay in the built notebooks."""
    found = {}
    for path in sorted((ROOT / "solutions" / "en").glob("*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            flags = cell.metadata.get("nbgrader", {})
            if flags.get("grade") and cell.cell_type == "markdown":
                found[path.stem, flags["grade_id"]] = float(flags["points"])
    return found


def test_every_essay_has_levels_worth_its_points():
    rubrics = read(OURS)
    assert {
        about: sum(one.points[-1] for one in criteria) for about, criteria in rubrics.items()
    } == essays_of_the_course()
    for criteria in rubrics.values():
        for lang in LANGUAGES:
            assert len({one.names[lang] for one in criteria}) == len(criteria), (
                "the comment tells criteria apart by name"
            )
            for one in criteria:
                assert ";" not in one.names[lang] and all(text[-1] in ".。" for text in one.sentences[lang])


def test_the_chapters_say_the_same_points_of_levels():
    """The student's question names the points of the capstone's levels: 0, 2, 4 and 5."""
    for name in ("ablation", "report"):
        assert {one.points for one in read(OURS)["07_capstone", name]} == {(0, 2, 4, 5)}


def test_a_class_adds_levels_and_make_essays_prints_them(folder, course, capsys):
    go(folder, course)
    assert command.main([str(folder)]) == 0 and "explained" not in capsys.readouterr().out
    (folder / "rubrics.toml").write_text(OWN, encoding="utf-8")
    assert command.main([str(folder)]) == 0 and "      1.5  Named.\n" in capsys.readouterr().out
    assert command.main([str(folder), "--lang", "zh"]) == 0 and "      3  写出并解释。" in capsys.readouterr().out
    criteria = rubrics_of(open_class(str(folder)))["tiny", "why"]
    html = table("why", criteria, "en")
    assert html.count("<button") == 3 and "Named &amp; explained." in html and 'data-points="1.5"' in html


@pytest.mark.parametrize(
    "wrong, why",
    [
        (OWN.replace("[0, 1.5, 3]", "[0, 3]"), "one sentence for each of the 2 levels"),
        (OWN.replace("[0, 1.5, 3]", "[3, 1.5, 0]"), "rising"),
        (OWN.replace("points", "point"), "and nothing else"),
        (OWN.replace(', zh = "理由"', ""), "name ="),
        ("[tiny]\nwhy = 3\n", "one table for each criterion"),
        ("[tiny", "not valid TOML"),
    ],
)
def test_a_wrong_table_is_one_sentence(folder, course, capsys, wrong, why):
    go(folder, course)
    (folder / "rubrics.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(ClassError, match=why):
        rubrics_of(open_class(str(folder)))
    assert command.main([str(folder)]) == 2 and why in capsys.readouterr().err


def test_formgrader_says_below_an_essay_who_reads_it(monkeypatch):
    """Below cells that a person scores, answers in code too; below no test, and nowhere in a class that names no readers."""
    monkeypatch.setattr(levels, "account", lambda: "uma")
    context = {
        "resources": {"assignment_id": "07_capstone", "student": "ann"},
        "nb": nbformat.v4.new_notebook(metadata={"descent": {"lang": "zh"}}),
    }
    graders = Graders(("tim", "uma"), "question")
    essay = {name: tiny.cell(new_code_cell, name, "", grade=True, solution=True) for name in ("ablation", "report")}
    said = {name: levels.reader(graders, context, cell) for name, cell in essay.items()}
    assert "归你阅读" in said["ablation"] and 'data-yours="true"' in said["ablation"]
    assert "由 tim 阅读" in said["report"] and 'data-yours="false"' in said["report"]
    test = tiny.cell(new_code_cell, "test_x", "", grade=True, locked=True)
    assert levels.reader(graders, context, test) == "" == levels.reader(Graders(), context, essay["report"])
