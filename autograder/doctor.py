"""Check this machine: python -m autograder.doctor. Exit code 0 when submissions can be graded safely here.

Each protection of the sandbox is tried from inside, then a kernel is started that imports `descent`, runs a cell and
answers a test.
"""

import argparse
import os
import platform
import sys

from nbformat.v4 import new_code_cell, new_notebook

from autograder.gradebook import permissions
from autograder.gradebook.coursedir import ClassError, open_class
from autograder.judging import judge, worker
from autograder.sandbox import cgroup, probe, walls
from autograder.sandbox.run import run

NAMESPACES = {
    "user": "users",
    "pid": "processes",
    "mnt": "files",
    "ipc": "shared memory",
    "uts": "host name",
    "net": "network",
}
REQUIRED = {
    "capabilities": "no capabilities",
    "processes_hidden": "no other process is visible (own /proc)",
    "network": "no network interface but loopback",
    "read_only": "nothing outside its own folders can be written",
    "new_namespaces": "no new namespaces from inside",
    "memory": "limit of memory",
    "disk": "limit of disk space",
    "processes": "limit of processes",
}
Line = tuple[bool | None, str]  # works or not, None: optional and missing; the text


def sandbox_lines() -> tuple[list[Line], str | None]:
    """(a line for each protection; what is wrong and the cure, None if nothing is)"""
    program = walls.bubblewrap()
    results, wrong = probe.look()
    lines: list[Line] = [
        (bool(program), f"bubblewrap: {program or 'not found'}"),
        (results is not None, "outer wall: bubblewrap around each worker"),
    ]
    if results is None:
        return lines, wrong
    uid = walls.user()
    lines.append(
        (
            uid != 0,
            f"a submission's processes run as the real user {uid}"
            + (", another one for each worker, because root grades" if os.getuid() == 0 else ""),
        )
    )
    lines += [
        (results["namespaces"][name], f"inner wall: own namespace of {text}") for name, text in NAMESPACES.items()
    ]
    lines += [(results[name], f"inner wall: {text}") for name, text in REQUIRED.items()]
    abi = results["landlock"]
    lines.append(
        (True if abi else None, f"Landlock: version {abi}" if abi else "Landlock: this system has none (Linux 5.13+)")
    )
    lines.append(
        (
            True if results["seccomp"] else None,
            "seccomp: a filter of system calls"
            if results["seccomp"]
            else f"seccomp: no filter for {platform.machine()} on this system",
        )
    )
    lines.append(cgroup.line())
    return lines, wrong


def trial_grading() -> str | None:
    """Run and judge a tiny notebook as a submission is; what is wrong, None if it earned its point."""
    flags = {"schema_version": 3, "locked": False, "solution": False, "grade": False}
    nb = new_notebook(
        cells=[
            new_code_cell("import descent\nprint(descent.__name__)", id="import"),
            new_code_cell(
                "def double(x):\n    return 2 * x",
                id="double",
                metadata={"nbgrader": flags | {"grade_id": "double", "solution": True}},
            ),
            new_code_cell(
                "assert double(2) == 4",
                id="test",
                metadata={"nbgrader": flags | {"grade_id": "test", "grade": True, "points": 1}},
            ),
        ]
    )
    mine = worker.current()
    try:
        with run(nb, host=mine, tests={"test"}) as ran:
            printed = "".join(output.get("text", output.get("evalue", "")) for output in ran.nb.cells[0].outputs)
            [verdict] = judge.judge(nb, ran, worker=mine, tests={"test"}, assignment="trial", secret="trial")
    except (OSError, RuntimeError) as error:
        return str(error)
    if printed != "descent\n":
        return f"a cell with `import descent` printed {printed!r}"
    if verdict.points != 1:
        return f"a test of a right answer failed: {verdict.outputs[-1].get('evalue', verdict.outputs[-1])}"
    return None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.doctor", description=__doc__.split(":")[0])
    parser.add_argument("--class", dest="folder", metavar="FOLDER", help="also look who can read this class")
    folder = parser.parse_args(arguments).folder
    try:
        readable = permissions.warnings(open_class(folder) if folder else None)
    except ClassError as error:
        readable = [str(error)]
    lines, wrong = sandbox_lines()
    for works, text in lines:
        print({True: "works    ", False: "MISSING  ", None: "         "}[works] + text)
    if not wrong:
        wrong = trial_grading()
        print(("MISSING  " if wrong else "works    ") + "a kernel imports descent, runs a cell, and a test is judged")
    for warning in readable:
        print(f"WARNING  {warning}")
    if wrong:
        print(f"\nSubmissions cannot be graded here: {wrong}")
        return 1
    print("\nSubmissions can be graded safely here.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
