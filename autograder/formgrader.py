"""Open JupyterLab with nbgrader's formgrader on one class: python -m autograder.formgrader [--class FOLDER]

formgrader finds its class through nbgrader_config.py in the folder where JupyterLab is started, which is this one.
Arguments it does not know are passed to JupyterLab.
"""

import argparse
import os
import sys
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from autograder.gradebook import permissions
from autograder.gradebook.coursedir import SAMPLE, ClassError, class_argument, open_class
from autograder.gradebook.files import why

HERE = Path(__file__).resolve().parent


def command(class_path: str | None, rest: list[str]) -> tuple[list[str], dict[str, str]]:
    """The JupyterLab command and environment for a class. Raises ClassError if there is nothing graded yet."""
    folder = open_class(class_path)
    if not folder.graded():
        again = f"make grade {class_argument(folder.path)}" if class_path else "make grade"
        raise ClassError(f"{folder.path} has no gradebook yet: run `{again}` first")
    if os.path.exists(folder.gradebook) and not all(
        os.access(path, os.W_OK) for path in (folder.gradebook, os.path.dirname(folder.gradebook))
    ):
        raise ClassError(
            f"you may not write {folder.gradebook}, so that no score could be saved: whose is it (ls -ld)?"
        )
    from autograder.classroom.graders import graders_of
    from autograder.classroom.rubrics import rubrics_of
    from autograder.gradebook.nbgrader_adapter import check_server, stamp_version  # slow to import

    graders_of(folder), rubrics_of(folder)  # its pages show both
    check_server(folder.db_url)
    stamp_version(folder.db_url)  # raises DatabaseError for a file that is no gradebook
    environment = os.environ | {"DESCENT_CLASS": str(folder.path)}
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder.path}",
        "--LabApp.default_url=/lab",
        *rest,
    ]
    return command, environment


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.formgrader", description=__doc__.splitlines()[0])
    parser.add_argument("--class", dest="folder", help=f"folder of a class (default: {SAMPLE.name}, the sample class)")
    options, rest = parser.parse_known_args(arguments)
    try:
        argv, environment = command(options.folder, rest)
    except (ClassError, OSError, DatabaseError) as error:
        print(f"formgrader: {why(error, options.folder or SAMPLE)}", file=sys.stderr)
        return 2
    os.umask(0o077 if permissions.group_of(open_class(options.folder)) is None else 0o007)
    os.chdir(HERE)
    os.execve(argv[0], argv, environment)


if __name__ == "__main__":
    sys.exit(main())
