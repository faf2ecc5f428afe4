"""Several people grade one class: a shared group on SQLite, essays that are split, and who gave which score."""

import contextlib
import contextvars
import grp
import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_server.base.call_context import CallContext
from test_audit import lines
from test_grade import course, folder, go  # noqa: F401  fixtures

from autograder import ROOT
from autograder import essays as command
from autograder.classroom.graders import Graders, essays, graders_of
from autograder.gradebook import audit, given_scores
from autograder.gradebook.coursedir import ClassError, ClassFolder, open_class
from autograder.gradebook.record import Records
from autograder.pages import levels

GROUP = next((one for one in grp.getgrall() if one.gr_gid in (100, 50, 4)), None)
UIDS = (60_001, 60_002)  # two accounts; they need no entry in the list of users


def as_account(
    uid: int, code: str, *arguments: str, log: Path | None = None, reads_all: bool = False
) -> subprocess.Popen:
    """Start Python under another account that is in the class's group, and in no other. log: where its output goes, of a server
    whose pipe nobody empties. reads_all: it can run a Python that is below root's home, but writes no more than before."""
    caps = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=+dac_read_search"] if reads_all else ["--inh-caps=-all"]
    with contextlib.ExitStack() as stack:
        out = subprocess.PIPE if log is None else stack.enter_context(log.open("w"))
        return subprocess.Popen(
            ["setpriv", f"--reuid={uid}", "--regid=65534", f"--groups={GROUP.gr_gid}", *caps,
             sys.executable, "-c", code, *arguments],
            env={"PYTHONPATH": os.pathsep.join(map(str, (ROOT / "src", ROOT, ROOT / "tests"))), "USER": f"tutor{uid}",
                 "LOGNAME": f"tutor{uid}", "HOME": "/tmp", "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=out, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip


FORMGRADER = """
import os, runpy, sys
os.environ["HOME"] = sys.argv[1]
os.umask(0o007)
from autograder import formgrader
argv, environment = formgrader.command(sys.argv[2], sys.argv[3:])
os.environ.update(environment)
os.chdir(formgrader.HERE)
sys.argv = argv[2:]
runpy.run_module("jupyterlab", run_name="__main__", alter_sys=True)
"""


def start_formgrader(
    uid: int,
    place: Path,
    home: Path,
    port: int,
    token: str,
    *more: str,
    log: Path | None = None,
    reads_all: bool = False,
) -> subprocess.Popen:
    """`make formgrader` under an account of its own; log and reads_all as of `as_account`."""
    home.mkdir()
    os.chown(home, uid, 65534)
    # In this process: an account may be kept from the Python below another's home, which setpriv has opened already.
    return as_account(
        uid, FORMGRADER, str(home), str(place), "--no-browser", f"--port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}", *more, log=log, reads_all=reads_all,
    )  # fmt: skip


GRADE = """
import sys, tiny_course as tiny
from pathlib import Path
from autograder.gradebook.coursedir import open_class
from autograder.grading import batch
root, folder = map(Path, sys.argv[1:])
course = batch.Course(root / "solutions", root / "notebooks")
for _ in range(4):
    rows = tiny.grade_class(open_class(str(folder)), course, regrade=True)
print(sorted(row.state for row in rows))
"""
GIVE = """
import os, sys, time
from pathlib import Path
os.umask(0o007)  # as make formgrader does
from autograder.gradebook import given_scores
from autograder.gradebook.coursedir import open_class
from nbgrader.api import Gradebook
place = open_class(sys.argv[1])
given_scores.keep(place)
for score in range(30):
    with Gradebook(place.db_url) as gradebook:
        grade = gradebook.find_grade("why", "tiny", "tiny", "bob")
        grade.manual_score, grade.needs_manual_grade = score / 10, False
        gradebook.db.commit()
    time.sleep(0.02)
print("given")
"""


def why_not() -> str | None:
    """Why two other accounts cannot grade on this machine; None if they can."""
    if os.getuid() != 0:
        return "only root can act as two other accounts: run this test as root, in a container for example"
    if GROUP is None:
        return "this machine has no group to use"
    if not as_account(UIDS[0], "import nbgrader, tiny_course; print('ok')").communicate()[0].endswith("ok\n"):
        return f"another account cannot run {sys.executable} with {ROOT}: they are below a folder that is closed to it"
    return None


@pytest.fixture
def shared(folder, course):
    """A class of a group, which two accounts can reach."""
    why = why_not()
    if why:
        print(f"\nNOT TESTED: {why}", file=sys.__stderr__)
        pytest.skip(why)
    for path in [folder, *folder.parents, course.solutions, *course.solutions.parents]:
        if path.stat().st_uid == 0 and path not in (Path("/"), Path("/tmp")):
            path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o055)
    (folder / "class.toml").write_text(f'[class]\ngroup = "{GROUP.gr_name}"\n')
    go(folder, course)
    (folder / "ran.log").unlink()
    return folder


def test_two_accounts_of_a_group_grade_and_give_scores_at_once(shared, course):
    """`make grade` by one, formgrader's saves by the other, then the other way round: nobody meets an error."""
    for first, second in (UIDS, UIDS[::-1]):
        grading = as_account(first, GRADE, str(course.solutions.parent), str(shared))
        giving = as_account(second, GIVE, str(shared))
        assert giving.communicate(timeout=120)[0].strip().endswith("given")
        assert grading.communicate(timeout=120)[0].strip().endswith("['graded', 'waits', 'waits']")
        (shared / "ran.log").unlink()
    given = [line for line in lines(shared) if line["what"] == "score"]
    assert {line["who"].partition("@")[0] for line in given} == {f"tutor{uid}" for uid in UIDS}
    with Records(open_class(str(shared)).db_url) as records:
        essay = next(grade for grade in records.row("bob", "tiny").grades if grade.name == "why")
        assert (essay.manual_score, essay.needs_manual_grade) == (2.9, False)
    assert stat.S_IMODE((shared / ".secret").stat().st_mode) == 0o640


def test_an_account_outside_of_the_group_reads_nothing(shared):
    code = "import os, sys; os.setgroups([]) if os.getuid() == 0 else None; print(os.listdir(sys.argv[1]))"
    done = subprocess.run(
        ["setpriv", "--reuid=60003", "--regid=65534", "--clear-groups", sys.executable, "-c", code, str(shared)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert "Permission denied" in done.stderr


def test_a_score_is_written_down_in_a_class_whose_path_has_spaces_and_chinese(folder, course):
    """SQLAlchemy quotes them in the text of the gradebook's address."""
    go(folder, course)
    (folder / "class.toml").unlink(missing_ok=True)
    moved = folder.rename(folder.with_name("我的 班"))
    before = len([line for line in lines(moved) if line["what"] == "score"])
    subprocess.run(
        [sys.executable, "-c", GIVE.replace("range(30)", "(1, 2)"), str(moved)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT / "src", ROOT)))}, check=True,
    )  # fmt: skip
    after = [line for line in lines(moved) if line["what"] == "score"]
    assert [line["after"] for line in after[before:]] == [0.1, 0.2]


def test_formgrader_writes_down_who_gave_which_score_and_when(folder, course, tmp_path):
    """The server that `make formgrader` starts, asked as its page asks."""
    go(folder, course)
    with Records(open_class(str(folder)).db_url) as records:
        row = records.row("bob", "tiny")
        submission = row.id
        essay = next(grade for grade in row.grades if grade.name == "why").id
    port = "18917"
    server = subprocess.Popen(
        [sys.executable, "-m", "autograder.formgrader", "--class", str(folder), "--no-browser", "--allow-root",
         f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=t", "--ServerApp.disable_check_xsrf=True"],
        cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "USER": "tutor1", "LOGNAME": "tutor1",
                          "JUPYTER_DATA_DIR": str(tmp_path / "data")},
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}/formgrader/api/grade/{essay}?token=t"
        for _ in range(120):
            try:
                urllib.request.urlopen(
                    f"http://127.0.0.1:{port}/formgrader/api/grades?submission_id={submission}&token=t"
                )
                break
            except OSError:
                time.sleep(0.5)
        body = json.dumps({"manual_score": 2, "extra_credit": 0.5}).encode()
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"}, method="PUT")
        assert json.load(urllib.request.urlopen(request))["manual_score"] == 2
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)
    given = {line["field"]: line for line in lines(folder) if line["what"] == "score"}
    assert given["manual_score"]["after"] == 2 and given["extra_credit"]["after"] == 0.5
    line = given["manual_score"]
    assert (line["student"], line["assignment"], line["cell"], line["before"]) == ("bob", "tiny", "why", None)
    assert line["who"].startswith("tutor1@") and line["when"].endswith("+00:00")
    go(folder, course)
    grade = [entry for entry in lines(folder) if entry["what"] == "grade" and entry["student"] == "bob"][-1]
    assert grade["who"] == line["who"] and grade["given"] == {"why": [line["who"], line["when"]]}


def test_on_a_hub_the_person_who_is_signed_in_gives_the_score_and_reads_their_own(folder, course, monkeypatch):
    """One server and account for all tutors: who they are is said by the hub. Without a hub Jupyter makes a name up."""
    go(folder, course)
    place = open_class(str(folder))
    (folder / "class.toml").write_text('[graders]\nnames = ["tom"]\n')
    cell = nbformat.v4.new_markdown_cell(
        "?", metadata={"nbgrader": {"grade": True, "solution": True, "grade_id": "why"}}
    )
    context = {"nb": nbformat.v4.new_notebook(), "resources": {"assignment_id": "tiny", "student": "bob"}}

    def answers(user) -> tuple[str, str]:
        """What a request of this person sees, and who the audit says gave a score, in a context as of a request."""

        def request():
            handler = type("Handler", (), {"current_user": user})()
            CallContext.set(CallContext.JUPYTER_HANDLER, handler)
            with Records(place.db_url) as records:
                grade = next(grade for grade in records.row("bob", "tiny").grades if grade.name == "why")
                grade.manual_score = (grade.manual_score or 0) + 1
                records.commit()
            given = [line["who"] for line in lines(folder) if line["what"] == "score"]
            return levels.reader(graders_of(place), context, cell), given[-1].partition("@")[0]

        return contextvars.copy_context().run(request)

    given_scores.keep(place)
    monkeypatch.setattr(audit.getpass, "getuser", lambda: "grader")
    tom, ana = (SimpleNamespace(username=name, hub_user={"name": name}) for name in ("tom", "ana"))
    page, who = answers(tom)
    assert ">Yours<" in page and who == "tom"
    page, who = answers(ana)
    assert ">Read by tom<" in page and who == "ana"
    page, who = answers(SimpleNamespace(username="Anonymous Themisto"))
    assert ">Read by tom<" in page and who == "grader"
    page, who = answers(None)
    assert who == "grader" and audit.account() == "grader"


def test_a_formgrader_that_runs_shows_readers_who_are_named_later(tmp_path):
    """On a hub it is a service, which is not started again when class.toml changes."""
    place = ClassFolder(tmp_path)
    newest = levels.settings(place)
    assert newest()[1].names == ()
    (tmp_path / "class.toml").write_text('[graders]\nnames = ["tom"]\n')
    assert newest()[1].names == ("tom",)
    (tmp_path / "class.toml").write_text('[graders]\nnames = ["tom", \n')  # half written
    assert newest()[1].names == ("tom",)
    (tmp_path / "class.toml").write_text('[graders]\nnames = ["tom", "ana"]\n')
    (tmp_path / "rubrics.toml").write_text(
        '[ps1.essay.reason]\nname = { en = "reason", zh = "理由" }\npoints = [0, 1]\nen = ["No.", "Yes."]\nzh = ["无。", "有。"]\n'
    )
    rubrics, graders = newest()
    assert graders.names == ("tom", "ana") and ("ps1", "essay") in rubrics


def test_a_score_that_nobody_wrote_down_stays_unknown(folder, course):
    go(folder, course)
    with Records(open_class(str(folder)).db_url) as records:
        next(grade for grade in records.row("bob", "tiny").grades if grade.name == "why").manual_score = 1
        records.commit()
    go(folder, course)
    assert [line["who"] for line in lines(folder) if line.get("student") == "bob"][-1].startswith("unknown")


def test_essays_are_split_by_student_or_by_question_and_a_share_stays(folder, course, capsys):
    go(folder, course)
    place = open_class(str(folder))
    (folder / "class.toml").write_text('[graders]\nnames = ["tim", "uma"]\n')
    found = essays(place)
    assert [(one.cell, one.waits, one.most) for one in found] == [("why", True, 3.0)] * 3
    assert {one.student for one in found} == {"ann", "bob", "cat"} and {one.grader for one in found} <= {"tim", "uma"}
    by_student = Graders(("tim", "uma", "vic"))
    shares = [by_student.reader("tiny", f"student{number}", "why") for number in range(300)]
    assert all(70 < shares.count(name) < 130 for name in by_student.names)
    by_question = Graders(("tim", "uma"), "question")
    assert len({by_question.reader("tiny", student, "why") for student in ("ann", "bob", "cat")}) == 1
    readers = [by_question.reader(*about) for about in [(a, "ann", c) for a, c in by_question.questions]]
    assert len(readers) == 5 and abs(readers.count("tim") - readers.count("uma")) == 1
    assert {by_question.reader("07_capstone", "ann", cell) for cell in ("ablation", "report")} == {"tim", "uma"}
    assert command.main([str(folder), "--grader", found[0].grader]) == 0
    out = capsys.readouterr().out
    assert "/#why" in out and out.rstrip().endswith(": 3 essays")
    assert "wait" in out and "/formgrader/submissions/" in out and (folder / "essays.csv").read_text().count("\n") == 4


def test_an_anonymous_list_names_no_student(folder, course):
    go(folder, course)
    (folder / "class.toml").write_text('[graders]\nnames = ["tim"]\nanonymous = true\n')
    command.main([str(folder)])
    text = (folder / "essays.csv").read_text()
    assert not any(student in text for student in ("ann", "bob", "cat")) and text.count("/formgrader/submissions/") == 3


@pytest.mark.parametrize(
    "settings", ['names = "tim"', 'names = ["a", "a"]', 'by = "luck"', 'names = [""]', "who = 1", "anonymous = 1"]
)
def test_a_bad_setting_is_one_sentence(folder, settings):
    (folder / "class.toml").write_text(f"[graders]\n{settings}\n")
    with pytest.raises(ClassError, match=r"\[graders\] may hold names"):
        graders_of(open_class(str(folder)))


def test_a_grader_that_is_not_named_and_a_class_without_gradebook(folder, capsys):
    (folder / "class.toml").write_text('[graders]\nnames = ["tim"]\n')
    assert command.main([str(folder), "--grader", "ida"]) == 2
    assert "[graders] in class.toml names tim" in capsys.readouterr().err
    (folder / "gradebook.db").unlink()
    assert command.main([str(folder)]) == 2
