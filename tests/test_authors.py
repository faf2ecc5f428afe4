"""The authors' page is followed to the letter in a copy of the repository; a new exercise says what is left to do."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from autograder.authoring.chapter import load
from autograder.authoring.source import CannotBuild
from autograder.authoring.todo import waiting
from autograder.exercise import main

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "authors.md").read_text("utf-8")
FIGURE = """
# %% role="experiment"
from descent.say import show_html

show_html("<svg></svg>", text="a figure")
"""


def shortest_chapter():
    return textwrap.dedent(PAGE.split("## The shortest chapter\n")[1])


@pytest.fixture
def clone(tmp_path):
    """A copy of the repository with an environment of its own, in which `descent` is the copy's."""
    folder = tmp_path / "clone"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(
        ".git", ".venv", "build", "dist", "__pycache__", ".hypothesis", ".pytest_cache", "notebooks"))  # fmt: skip
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    site = next((folder / ".venv" / "lib").glob("python*")) / "site-packages"
    (site / "installed").mkdir()
    (site / "installed" / "descent").symlink_to(folder / "src" / "descent")
    packages = [path for path in sys.path if path.endswith("-packages")]
    (site / "all.pth").write_text("\n".join([str(site / "installed"), *packages]))
    (folder / ".venv" / ".ready").touch()
    return folder


def shell(command, folder):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON", "MAKE"))
    }
    return subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_page_runs_as_printed(clone):
    blocks = re.findall(r"^```(sh|python \S+)\n(.*?)^```$", PAGE, re.M | re.S)
    assert [kind for kind, _ in blocks].count("sh") == 3 and len(blocks) == 8
    for kind, text in blocks:
        if kind != "sh":
            path = clone / kind.split()[1]
            assert "TODO" in path.read_text("utf-8"), "make exercise begins every file of the page"
            path.write_text(text, "utf-8")
            continue
        if "make notebooks" in text:
            (clone / "solutions" / "00_warm_up.py").write_text(shortest_chapter() + FIGURE, "utf-8")
            for lang in ("en", "zh"):
                shutil.rmtree(clone / "solutions" / lang / "00_warm_up", ignore_errors=True)
        for command in text.splitlines():
            done = shell(command, clone)
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
            if "pytest" in command:
                assert re.search(r"\b[3-9]\d passed", done.stdout), done.stdout
    assert waiting(clone)[0] == []


# what make exercise writes


@pytest.fixture
def course(tmp_path):
    for folder in ("src/reference/mistakes", "src/descent/exercises", "tests/variants", "solutions"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


FILES = ["src/reference/{}.py", "src/descent/exercises/{}.py", "src/reference/mistakes/{}.py", "tests/variants/{}.py",
         "tests/test_reference_{}.py"]  # fmt: skip


def test_a_new_exercise_stands_in_five_files_that_say_what_to_do(course, capsys):
    assert main(["arithmetic.shrink", "--root", str(course)]) == 0
    printed = capsys.readouterr().out
    for file in (pattern.format("arithmetic") for pattern in FILES):
        text = (course / file).read_text("utf-8")
        compile(text, file, "exec")
        assert f"TODO {file}: " in text and file in printed
        assert any(line.startswith(f"{file}:") for line in waiting(course)[0])
    assert "make keys TOPIC=arithmetic" in printed


def test_each_stub_fails_with_the_name_of_its_file(course):
    main(["arithmetic.shrink", "--root", str(course)])
    calls = [lambda of: of["shrink"](1), lambda of: of["EXERCISES"][0].cases(None), lambda of: of["shrink_first"](1),
             lambda of: of["shrink_right"](1)]  # fmt: skip
    for file, call in zip([pattern.format("arithmetic") for pattern in FILES], calls):
        names = {"__name__": "stub"}
        exec((course / file).read_text("utf-8"), names)
        with pytest.raises(NotImplementedError, match=f"^TODO {file}: "):
            call(names)


def test_a_second_exercise_is_added_to_the_topic_and_one_that_is_there_is_not_touched(course, capsys):
    main(["arithmetic.shrink", "--root", str(course)])
    assert main(["arithmetic.grow", "--root", str(course)]) == 0
    after = {file: (course / file.format("arithmetic")).read_text("utf-8") for file in FILES}
    assert all("shrink" in text and "grow" in text for text in after.values())
    for text in after.values():
        compile(text, "a file", "exec")
    assert main(["arithmetic.shrink", "--root", str(course)]) == 1
    assert "src/reference/arithmetic.py: there is a shrink already" in capsys.readouterr().err
    assert after == {file: (course / file.format("arithmetic")).read_text("utf-8") for file in FILES}


def test_the_cells_of_a_chapter_say_where_they_belong(course):
    text = shortest_chapter().replace("reference.arithmetic", "reference.other")
    (course / "solutions" / "09_mini.py").write_text(text, "utf-8")
    code = re.search(r"```python src/reference/arithmetic.py\n(.*?)```", PAGE, re.S)[1]
    (course / "src" / "reference" / "other.py").write_text(code, "utf-8")
    load(course / "solutions" / "09_mini.py", course)
    assert main(["arithmetic.grow", "09", "--root", str(course)]) == 0
    with pytest.raises(CannotBuild) as refused:
        load(course / "solutions" / "09_mini.py", course)
    assert (
        str(refused.value)
        == "solutions/09_mini.py: the points add to 105 and must add to 100: test_shrink 100, test_grow 5"
    )
    assert any(
        line.startswith("solutions/09_mini.py:") and "TODO solutions/09_mini.py: move" in line
        for line in waiting(course)[0]
    )


@pytest.mark.parametrize("name", ["", "a b", "x.y z", "arithmetic."])
def test_what_is_no_name_is_refused(course, name, capsys):
    assert main([name, "--root", str(course)]) == 1
    assert "must be topic.function" in capsys.readouterr().err
    assert not list(course.rglob("*.py"))


# what waits


def test_nothing_is_left_to_do():
    assert waiting(ROOT)[0] == []


def test_chinese_may_wait_until_a_release(course, capsys, monkeypatch):
    from autograder import build

    chapter = shortest_chapter().replace("# # 缩小（{{points}} 分，{{minutes:A}} 分钟）", "# zh: TODO")
    chapter = re.sub(r'(lang="zh" twin="\w+"\n)(#.*\n)+', r"\1# zh: TODO\n", chapter)
    chapter = re.sub(r"(# <details><summary>提示.*\n)+", "# zh: TODO\n", chapter)
    assert chapter.count("zh: TODO") == 3
    (course / "solutions" / "09_mini.py").write_text(chapter, "utf-8")
    code = re.search(r"```python src/reference/arithmetic.py\n(.*?)```", PAGE, re.S)[1]
    (course / "src" / "reference" / "arithmetic.py").write_text(code, "utf-8")
    load(course / "solutions" / "09_mini.py", course)
    monkeypatch.setattr(build, "check", lambda text, root: [])
    assert build.main(["--root", str(course), "--check"]) == 0
    assert capsys.readouterr().out.startswith("3 lines wait for Chinese (zh: TODO); make check RELEASE=1")
    assert build.main(["--root", str(course), "--check", "--release"]) == 1
    assert "solutions/09_mini.py:8: # zh: TODO" in capsys.readouterr().err
    (course / "src" / "reference" / "arithmetic.py").write_text("x = 1  # TODO more\n", "utf-8")
    assert build.main(["--root", str(course), "--check"]) == 1
    assert "src/reference/arithmetic.py:1: x = 1  # TODO more" in capsys.readouterr().err
