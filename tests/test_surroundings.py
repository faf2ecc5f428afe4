"""The shell that the grader is started from: its limits, its encoding. It costs no student a point, and no command its end."""

import os
import resource
import subprocess
import sys

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
