"""The pages by person: every command is run as printed, every message is one that the code prints, every link leads somewhere."""

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import nbformat
import nbgrader
import pytest

from autograder import ROOT
from autograder.classroom import people
from autograder.gradebook.coursedir import open_class

DOCS = ROOT / "docs"
PAIRS = ("instructors", "term", "assistants", "troubleshooting", "authors", "hub", "comparison")  # each also as .zh.md
PAGES = [DOCS / f"{name}{ending}.md" for name in PAIRS for ending in ("", ".zh")]
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]
TERM = ("term", "instructors", "assistants", "scale")  # pages whose commands need a class
SERVERS = {
    "formgrader",
    "scheduler",
    "worker",
    "soak",
}  # run until they are stopped, as clusters do, or for minutes: here what make would start
AUTHORS = {"exercise", "keys", "notebooks", "check"}  # their page has a test of its own, test_authors.py
GUIDE = Path(nbgrader.__file__).parent / "docs/source/user_guide"  # an assignment that nbgrader brings along
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Identifier
"Lovelace, Ada",101,S-1,ada,A,Participant 21
"Moore, Ben",102,S-2,ben,A,Participant 22
"Nobody, Yet",103,S-3,cat,A,Participant 23
"""
GRADESCOPE = """---
submission_77:
  :submitters:
  - :sid: S-1
submission_78:
  :submitters:
  - :sid: S-2
"""
WORKSHEET = """标识符,全名,电子邮件地址,状态,成绩,最高分,上次修改（作业）,上次修改（评分）,反馈评论
参与人21,"Lovelace, Ada",,已提交请评分,,100,2026年10月05日 星期一 20:15,-,
参与人22,"Moore, Ben",,已提交请评分 - 迟2 小时,,100,2026年10月06日 星期二 01:15,-,
"""


def commands(page: Path) -> list[str]:
    """The lines of a page that begin with make, in code."""
    return [
        line.split("  #")[0].strip()
        for line in page.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s+make ", line)
    ]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with what an LMS gives: the roster and the zip of a chapter."""
    folder = tmp_path_factory.mktemp("term")
    (folder / "students.csv").write_text(CANVAS, encoding="utf-8")
    deliver(folder, "canvas")
    return folder


def deliver(folder: Path, system: str) -> None:
    """submissions.zip of one chapter and two students, as the system names the files; for "folder", the folder students/."""
    ada, ben = {
        "canvas": ("lovelaceada_101_5551_03_momentum.ipynb", "mooreben_LATE_102_5552_03_momentum.ipynb"),
        "moodle": tuple(
            f"{name}_assignsubmission_file_/03_momentum.ipynb" for name in ("Ada Lovelace_21", "Ben Moore_22")
        ),
        "gradescope": tuple(f"x/submission_{number}/03_momentum.ipynb" for number in (77, 78)),
        "folder": ("ada/03_momentum.ipynb", "ben/03_momentum.ipynb"),
    }[system]
    with zipfile.ZipFile(folder / "submissions.zip", "w") as made:
        made.write(ROOT / "solutions/en/03_momentum/03_momentum.ipynb", ada)
        made.write(ROOT / "notebooks/zh/03_momentum/03_momentum.ipynb", ben)
        if system == "gradescope":
            made.writestr("x/submission_metadata.yml", GRADESCOPE)
    if system == "folder":
        shutil.unpack_archive(folder / "submissions.zip", folder / "students")
    (folder / "worksheet.csv").write_text(WORKSHEET, encoding="utf-8")


def prepare(command: str, folder: Path) -> None:
    """What must be so before a command that cannot be given twice."""
    target, own = command.split()[1], folder / "myclass"
    if target == "intake":
        system = re.search(r"FROM=(\w+)", command)
        deliver(folder, system[1] if system else "canvas")
    if target == "rename":
        people.rename(open_class(str(own)), "ada", "adda")
    elif target == "drop" and not (own / "submitted/ben").exists():
        shutil.copytree(own / "dropped/ben/1/submitted/ben", own / "submitted/ben")
    elif target == "regrade" and "REQUEST" in command:
        shutil.rmtree(own / "regrade", ignore_errors=True)


def run(command: str, folder: Path, *options: str) -> subprocess.CompletedProcess:
    own = command.replace("myclass", str(folder / "myclass"))
    for name in ("students.csv", "submissions.zip", "worksheet.csv"):
        own = own.replace(f"={name}", f"={folder / name}")
    own = own.replace("path/to/folder", str(folder / "students"))
    own = own.replace("path/to/source/ps1", str(GUIDE / "source/ps1"))
    script = own.replace("make ", f"make -s -C '{ROOT}' PYTHON='{sys.executable}' {' '.join(options)} ", 1)
    return subprocess.run(script, shell=True, capture_output=True, text=True)


@pytest.mark.parametrize("name", TERM)
def test_every_command_of_a_page_runs_as_printed(place, name):
    """In English, then what the Chinese page says otherwise."""
    if not (place / "myclass").exists():
        assert run("make class CLASS=myclass ROSTER=students.csv TIMEZONE=Asia/Shanghai", place).returncode == 0
        assert run("make intake CLASS=myclass ZIP=submissions.zip", place).returncode == 0
        capstone = place / "myclass/submitted/ada/07_capstone"
        capstone.mkdir()
        shutil.copy(ROOT / "solutions/en/07_capstone/07_capstone.ipynb", capstone)
        assert run("make grade CLASS=myclass WORKERS=2", place).returncode == 0
    english, chinese = DOCS / f"{name}.md", DOCS / f"{name}.zh.md"
    if name == "assistants":
        for page in (english, chinese):
            settings = re.search(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.S)[1]
            with open(place / "myclass/class.toml", "a", encoding="utf-8") as file:
                if "tutor1" not in re.sub(r"(?m)^#.*", "", (place / "myclass/class.toml").read_text(encoding="utf-8")):
                    file.write(settings[settings.index("[graders]") :])
    done_before: set[str] = set()
    for page in (english, chinese) if chinese.exists() else (english,):
        for command in commands(page):
            target = command.split()[1]
            if command in done_before and (page == chinese or target != "grade"):
                continue
            done_before.add(command)
            prepare(command, place)
            done = run(command, place, *(["-n"] if target in SERVERS or "CLUSTER=" in command else []))
            assert done.returncode == 0, f"{page.name}: {command}\n{done.stdout}{done.stderr}"
            assert "Traceback" not in done.stdout + done.stderr, command


def test_the_commands_of_authors_in_chinese_are_those_of_the_english_page():
    english = {
        command.split()[1] for command in re.findall(r"(?m)^make \w+.*", (DOCS / "authors.md").read_text("utf-8"))
    }
    chinese = {command.split()[1] for command in commands(DOCS / "authors.zh.md")}
    assert chinese <= english and chinese <= AUTHORS


def test_every_target_on_a_page_is_in_the_makefile():
    known = set(re.findall(r"(?m)^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8")))
    for page in PAGES:
        assert {command.split()[1] for command in commands(page)} <= known, page
        assert set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))) <= known, page


@cache
def printed() -> str:
    """Every text of the code, with a mark for each value that is put in."""
    texts = []
    for path in [*(ROOT / "autograder").rglob("*.py"), *(ROOT / "src/descent").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                texts.append(
                    "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
                )
    return "\n\1".join(texts)


def messages(page: Path) -> list[str]:
    return re.findall(r"(?m)^\| `([^`]+)` \|", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "page, least", [("troubleshooting.md", 70), ("troubleshooting.zh.md", 70), ("hub.md", 7), ("hub.zh.md", 7)]
)
def test_every_message_is_one_that_the_code_prints(page, least):
    found = messages(DOCS / page)
    assert len(found) >= least
    for message in found:
        for part in re.sub(r"^(?:ImportError|release|collect): ", "", message).split("..."):
            assert part.strip(" :") in printed(), f"{page}: nothing prints {part!r}"


def test_both_languages_explain_the_same_messages():
    english, chinese = (messages(DOCS / f"troubleshooting{ending}.md") for ending in ("", ".zh"))
    assert (
        len(english) == len(chinese)
        and [m for m in english if m.isascii()][:27] == [m for m in chinese if m.isascii()][:27]
    )


@pytest.mark.parametrize("page", ["hub.md", "hub.zh.md"])
def test_the_hubs_page_makes_an_account_for_each_line(page, tmp_path):
    """Its two lines, with programs in place of useradd and chpasswd that write down what they were given."""
    text = (DOCS / page).read_text(encoding="utf-8")
    script = "\n".join(line.strip() for line in text.splitlines() if re.match(r"\s+(?:while read|chpasswd)", line))
    for program, words in (("useradd", 'echo "$@"'), ("chpasswd", "cat")):
        (tmp_path / program).write_text(f"#!/bin/sh\n{words} >>made\n")
        (tmp_path / program).chmod(0o755)
    (tmp_path / "names.txt").write_text("ada\nben o\n")
    (tmp_path / "passwords.txt").write_text("ada:x\n")
    subprocess.run(["bash", "-ec", script], cwd=tmp_path, check=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert (tmp_path / "made").read_text() == "--create-home ada\n--create-home ben o\nada:x\n"


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", [*PAGES, DOCS / "README.md", *READMES], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for address in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if address.startswith(("http:", "https:")):
            continue
        path, _, anchor = address.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {address}"
        if anchor:
            headings = re.findall(r"(?m)^#+ (.*)", target.read_text(encoding="utf-8"))
            assert anchor in map(slug, headings), f"{page.name}: {address}"


def test_the_readme_in_chinese_gives_the_same_commands():
    targets = [{command.split()[1] for command in commands(page)} for page in READMES]
    assert targets[0] == targets[1] and len(targets[0]) > 8


def test_the_table_of_levels_is_what_the_model_answers_say():
    expected = {}
    for path in sorted((ROOT / "solutions/en").glob("*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            about = cell.metadata.get("nbgrader", {})
            if about.get("grade") and cell.cell_type == "markdown":
                single = cell.source.count("1 point:")
                levels = re.search(
                    r"[Ll]evels 0 to 3 (?:of the four criteria (?:above )?are )?worth ([\d, ]+)", cell.source
                )
                criteria = single or (4 if re.search(r"\b[Ff]our\b", cell.source) else 0)
                points = "0, 1" if single else levels[1].strip(" ,")
                expected[about.grade_id] = (path.stem, int(about.points), criteria, points)
    for page in ("assistants.md", "assistants.zh.md"):
        text = (DOCS / page).read_text(encoding="utf-8").replace("、", ", ")
        rows = re.findall(r"(?m)^\| (\w+) \| `(\w+)` \| (\d+) \| (\d+) \| ([\d, ]+) \|", text)
        assert {
            cell: (chapter, int(points), int(criteria), levels) for chapter, cell, points, criteria, levels in rows
        } == expected
    for _, points, criteria, levels in expected.values():
        assert points == criteria * max(map(int, levels.split(", ")))
