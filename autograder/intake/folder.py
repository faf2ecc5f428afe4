"""Find the notebook in the folder of a submission, whatever the student called it."""

from pathlib import Path

from autograder.intake.notes import Note, note
from autograder.intake.refused import Refused

NOT_THEIRS = ("timestamp.txt", "submission_secret.txt", "__pycache__")  # files that no student hands in on purpose


def find_notebook(folder: Path, expected: str) -> tuple[Path, list[Note]]:
    """The notebook to grade, and notes: the file called `expected`, or the only notebook there is."""
    if folder.is_symlink():
        raise Refused("link", name=folder.name)
    try:
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        raise Refused("not_a_file", name=folder.name) from None
    names = [name for name in names if name not in NOT_THEIRS]
    notebooks = [name for name in names if name.endswith(".ipynb")]
    if expected in notebooks:
        chosen = expected
    elif len(notebooks) == 1:
        chosen = notebooks[0]
    elif notebooks:
        raise Refused("several_notebooks", count=len(notebooks), expected=expected, names=notebooks)
    elif names:
        raise Refused("no_notebook", expected=expected, names=names)
    else:
        raise Refused("empty_folder", expected=expected)
    notes = [note("renamed", name=chosen, expected=expected)] if chosen != expected else []
    left_out = [name for name in names if name != chosen]
    return folder / chosen, notes + ([note("others_left_out", names=left_out)] if left_out else [])
