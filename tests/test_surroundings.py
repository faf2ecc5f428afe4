"""The shell that the grader is started from: its limits, its encoding. It costs no student a point, and no command its end."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder import ROOT
from autograder.sandbox import shell_limits
from autograder.sandbox.settings import Settings

LIMITS = Settings().kernel_limits()
PATHS = os.pathsep.join([str(ROOT / "src"), str(ROOT)])


def python(source: str, before: str = "", **environment: str) -> subprocess.CompletedProcess:
    """Run a line of Python in a shell that has been told something before."""
    command = ["bash", "-c", f'{before}\nexec "$@"', "bash", sys.executable, "-c", source]
    return subprocess.run(
        command, env=os.environ | {"PYTHONPATH": PATHS} | environment, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_chinese_shows_names_and_ends_no_command(encoding):
    done = python("import autograder; print('张伟 \\ud800')", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stdout) == (0, "\\u5f20\\u4f1f \\ud800\n"), done.stderr


@pytest.mark.parametrize("need", shell_limits.needs(LIMITS), ids=lambda need: need.name)
def test_a_shell_that_allows_less_than_a_submission_may_use_is_refused(need, monkeypatch):
    number = getattr(resource, f"RLIMIT_{need.name}")
    of_system, hard = resource.getrlimit, int(need.amount) - 1
    monkeypatch.setattr(resource, "getrlimit", lambda n: (hard, hard) if n == number else of_system(n))
    assert f"(ulimit {need.option})" in shell_limits.wrong(LIMITS)
    hard += 1
    assert shell_limits.wrong(LIMITS) is None


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no sandbox")
def test_the_sandbox_is_not_tried_in_such_a_shell_and_the_command_says_why():
    done = python("from autograder.sandbox import probe; print(probe.look()[1])", "ulimit -f 100")
    assert "100 kB for one file (ulimit -f), and submissions may use 32768" in done.stdout, done.stderr


def test_soft_limits_are_raised_for_what_the_grader_starts():
    source = """
import resource
from autograder.sandbox import shell_limits
shell_limits.lift()
print(*(resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] for name in ("NOFILE", "STACK", "DATA")))
"""
    done = python(source, "ulimit -S -n 64; ulimit -S -s 300; ulimit -S -d 4000000")
    files, stack, data = map(int, done.stdout.split())
    assert files >= 256 and stack == shell_limits.STACK and data == resource.getrlimit(resource.RLIMIT_DATA)[1]


def test_a_folder_for_temporary_files_with_a_long_name_is_no_error(tmp_path):
    long = tmp_path / ("l" * 100)
    long.mkdir()
    source = "from autograder.judging import judge_forkserver as j; j.start_multiprocessing(); print('started')"
    done = python(source, TMPDIR=str(long))
    assert done.stdout == "started\n", done.stderr


GRADE = """
import sys
from pathlib import Path

import tiny_course as tiny

from autograder.gradebook.coursedir import open_class
from autograder.grading.batch import Course, Options, grade_class

if __name__ == "__main__":
    place = Path(sys.argv[1])
    root, folder = tiny.lay_out(place / "course"), place / "class"
    tiny.write(folder, "right", tiny.answered(**tiny.RIGHT))
    tiny.write(folder, "wrong", tiny.answered(**tiny.RIGHT | {"square": "def square(x): return x"}))
    for row in grade_class(open_class(str(folder)), Course(root / "solutions", root / "notebooks", "walls"), Options()):
        print(row.student, row.score, row.state)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no sandbox")
@pytest.mark.parametrize(
    "variable, value, mode", [("TMPDIR", "中'\"", 0o755), ("TMPDIR", "closed", 0o700), ("PYTHONOPTIMIZE", "1", None)]
)
def test_a_class_is_graded_as_ever(tmp_path, variable, value, mode):
    """Also where Python is told to leave out assert statements, of which tests are made."""
    if mode:
        folder = Path(tempfile.mkdtemp(prefix=value, dir="/tmp"))
        folder.chmod(mode)
        value = str(folder)
    (tmp_path / "grade.py").write_text(GRADE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "grade.py"), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([PATHS, str(ROOT / "tests")]), variable: value},
        capture_output=True,
        text=True,
        timeout=300,
    )
    if mode:
        shutil.rmtree(folder)
    assert done.stdout.split("\n")[:2] == ["right 11.0 waits", "wrong 5.0 waits"], done.stdout + done.stderr
