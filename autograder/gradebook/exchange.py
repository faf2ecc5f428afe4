"""A class on nbgrader's exchange, the folder through which students on one machine or hub get and hand in their work.

[exchange]                             # class.toml; what it leaves out comes from the machine's nbgrader_config.py
course = "descent"                     # the course_id in the students' nbgrader_config.py
root = "/srv/nbgrader/exchange"
check_owner = false                    # accept a folder that belongs to another account than its student's

`release`, `collect` and `give_back` end with a ClassError that says what is wrong, or with the sentences to show.
"""

import filecmp
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_config_path
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError, ExchangeFactory
from nbgrader.exchange.default import ExchangeCollect
from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.gradebook import timestamps
from autograder.gradebook.coursedir import ClassError, ClassFolder, class_argument, is_text
from autograder.gradebook.permissions import private

KNOWN = {"course": str, "root": str, "check_owner": bool}
DEFAULT_ROOT = "/usr/local/share/nbgrader/exchange"  # nbgrader's own


def table(folder: ClassFolder) -> dict[str, Any]:
    """[exchange] of class.toml. Raises ClassError."""
    exchange_table = folder.settings().get("exchange", {})
    if not isinstance(exchange_table, dict) or not all(
        name in KNOWN and isinstance(value, KNOWN[name]) for name, value in exchange_table.items()
    ):
        raise ClassError(
            f'{folder.path / "class.toml"}: [exchange] may hold course = "name", root = "/a/folder" and '
            "check_owner = false, and nothing else"
        )
    return exchange_table


def exchange_config(folder: ClassFolder) -> Config:
    """nbgrader's configuration of the exchange: that of the machine, then that of the class. Raises ClassError."""
    config = Config()
    for place in reversed(jupyter_config_path()):
        if (Path(place) / "nbgrader_config.py").is_file():
            try:
                machine = PyFileConfigLoader("nbgrader_config.py", path=place).load_config()
            except Exception as error:  # it is a program
                raise ClassError(f"{place}/nbgrader_config.py: {type(error).__name__}: {error}") from None
            for name in ("Exchange", "ExchangeFactory", "NgshareExchange"):
                if name in machine:
                    config[name].merge(machine[name])
            if "course_id" in machine.CourseDirectory:
                config.CourseDirectory.course_id = machine.CourseDirectory.course_id
    if "collect" not in config.ExchangeFactory:  # another exchange, such as ngshare's, brings its own
        config.ExchangeFactory.collect = "autograder.gradebook.exchange_steps.SafeCollect"
    if "release_feedback" not in config.ExchangeFactory:
        config.ExchangeFactory.release_feedback = "autograder.gradebook.exchange_steps.ReadableFeedback"
    settings = table(folder)
    if "course" in settings:
        config.CourseDirectory.course_id = settings["course"]
    if "root" in settings:
        config.Exchange.root = str(Path(settings["root"]).expanduser())
    if "check_owner" in settings:
        config.ExchangeCollect.check_owner = settings["check_owner"]
    return config


class Exchange:
    """nbgrader's steps on a class. Raises ClassError for a configuration that nbgrader does not take."""

    def __init__(self, config: Config):
        try:
            self.coursedir = CourseDirectory(config=config)
            self.factory = ExchangeFactory(config=config)
            self.authenticator = Authenticator(config=config)
        except TraitError as error:
            raise ClassError(f"[exchange] of class.toml: {error}") from None
        self.config, self.course = config, self.coursedir.course_id

    @property
    def root(self) -> Path | None:
        """The folder of the exchange; None for an exchange that is no folder, such as ngshare's."""
        root = self.config.Exchange.get("root", DEFAULT_ROOT)
        return Path(root) if issubclass(self.factory.collect, ExchangeCollect) else None

    def step(self, name: str, assignment: str, what: str, **options: Any) -> list[str]:
        """Run a step ("Collect", ...); returns its warnings. Raises ClassError when it stops."""
        log = logging.getLogger(f"descent.exchange.{name}")
        log.propagate, log.handlers = False, [collector := Warnings()]
        self.coursedir.assignment_id, self.coursedir.student_id = assignment, "*"
        made = getattr(self.factory, name)(
            coursedir=self.coursedir, authenticator=self.authenticator, config=self.config, log=log, **options
        )
        try:
            made.start()
        except ExchangeError as error:
            raise ClassError(f"{what} {assignment}: {error}") from None
        except OSError as error:
            place = error.filename or "the exchange"
            raise ClassError(f"{what} {assignment}: {place}: {error.strerror or error}") from None
        return collector.texts


def exchange_of(folder: ClassFolder) -> Exchange:
    """The exchange of a class. Raises ClassError without a course."""
    config = exchange_config(folder)
    course = config.CourseDirectory.get("course_id")
    if course and (set(course) & set("+*/") or course.startswith(".")):
        raise ClassError(f"[exchange] course = {course!r}: a course's name on the exchange holds no +, * and /")
    if not course:
        raise ClassError(
            f'{folder.path / "class.toml"} names no course for the exchange. Add\n\n  [exchange]\n  course = "descent"\n'
            f'  root = "{DEFAULT_ROOT}"\n\nwith the course_id and the folder of the students\' nbgrader_config.py'
        )
    config.CourseDirectory.root = str(folder.path)
    config.CourseDirectory.db_url = folder.db_url
    config.CourseDirectory.groupshared = "group" in folder.class_table()
    return Exchange(config)


class Warnings(logging.Handler):
    """Keeps the warnings that nbgrader logs. Its fatal messages come back as the ExchangeError."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            self.texts.append(" ".join(record.getMessage().split()))


def release(
    folder: ClassFolder,
    chapter: str,
    languages: tuple[str, ...],
    released: Callable[[str, str], Path],
    known: list[str],
    *,
    again: bool = False,
) -> list[str]:
    """Give the students the notebooks of a chapter, in one language or in several, which then stand side by side.

    known: the names of all assignments; released(assignment, lang): the folder of the student version. again: replace
    what was released before and differs. Raises ClassError, and then nothing was released.
    """
    exchange = exchange_of(folder)
    assignment = one_of(chapter, known)
    sources = [(lang, released(assignment, lang)) for lang in languages]
    for lang, source in sources:
        if not (source / f"{assignment}.ipynb").is_file():
            raise ClassError(
                f"{assignment} has no student version in LANG={lang}: {source} is missing; run `make notebooks`"
            )
    outbound = outbound_of(exchange, assignment)
    with private(folder):
        place = folder.path / "release" / assignment
        new = place.with_name(f".{assignment}.new")
        shutil.rmtree(new, ignore_errors=True)
        for number, (lang, source) in enumerate(sources):
            shutil.copytree(source, new, dirs_exist_ok=True)
            if number:  # of several languages, all but the first say theirs in the file's name
                (new / f"{assignment}.ipynb").rename(new / f"{assignment}.{lang}.ipynb")
                shutil.copy(sources[0][1] / f"{assignment}.ipynb", new)
        if outbound is not None and outbound.is_dir():
            if same(outbound, new):
                shutil.rmtree(new)
                return [f"{assignment} was released before, as it is now: nothing changed"]
            if not again:
                shutil.rmtree(new)
                raise ClassError(
                    f"{assignment} was released before, and differs. To replace it: make release CLASS=... CHAPTER="
                    f"{chapter} LANG={','.join(languages)} ARGS=--again. Students who have fetched it keep what they have "
                    "until they delete their folder and fetch again"
                )
        shutil.rmtree(place, ignore_errors=True)
        new.rename(place)
    warnings = exchange.step("ReleaseAssignment", assignment, "release", force=again)
    files = ", ".join(sorted(path.name for path in place.iterdir()))
    return [*warnings, f"{assignment} is released to the course {exchange.course!r}: {files}"]


def outbound_of(exchange: Exchange, assignment: str) -> Path | None:
    """Where the exchange keeps a released assignment; None for an exchange that is no folder.
    Raises ClassError when the folder of the exchange is missing or not ours to write."""
    root = exchange.root
    if root is None:
        return None
    if not root.is_dir():
        raise ClassError(
            f"the folder of the exchange, {root}, is missing. Make it once, as root: install -d -m 1777 {root} "
            "(or name another in [exchange] root of class.toml)"
        )
    if not os.access(root, os.W_OK | os.X_OK):
        raise ClassError(f"you may not write to the exchange {root}. As root: chmod 1777 {root}")
    return root / exchange.course / "outbound" / assignment


def same(first: Path, second: Path) -> bool:
    """Do two folders hold the same files?"""
    names = [sorted(path.relative_to(place) for path in place.rglob("*")) for place in (first, second)]
    return names[0] == names[1] and all(
        filecmp.cmp(first / name, second / name, shallow=False) for name in names[0] if (first / name).is_file()
    )


def collect(folder: ClassFolder, chapter: str, known: list[str]) -> list[str]:
    """Bring what students submitted into submitted/, of each the newest, also where an older one is there.
    Raises ClassError."""
    exchange = exchange_of(folder)
    outbound_of(exchange, "")
    assignments = [one_of(chapter, known)] if chapter else released_before(exchange, known)
    sentences = []
    with private(folder):
        for assignment in assignments:
            before = handed_in(folder, assignment)
            sentences += exchange.step("Collect", assignment, "collect", update=True)
            after = handed_in(folder, assignment)
            new, again = after.keys() - before.keys(), {s for s in before if after.get(s) != before[s]}
            sentences.append(
                f"{assignment}: {len(new)} new, {len(again)} handed in again, {len(after) - len(new) - len(again)} as before"
            )
    return sentences


def handed_in(folder: ClassFolder, assignment: str) -> dict[str, bytes | None]:
    """student -> timestamp.txt, of everybody who handed in."""
    return {
        place.parent.name: timestamps.read_small(place / timestamps.NAME)
        for place in (folder.path / "submitted").glob(f"*/{assignment}")
        if is_text(place.parent.name)
    }


def released_before(exchange: Exchange, known: list[str]) -> list[str]:
    """The assignments that students can fetch."""
    outbound = outbound_of(exchange, "")
    names = [name for name in known if outbound is None or (outbound / name).is_dir()]
    if not names:
        raise ClassError("nothing was released yet: make release CLASS=... CHAPTER=...")
    return names


def give_back(folder: ClassFolder, chapter: str, known: list[str]) -> list[str]:
    """Give each student the feedback pages of a chapter (without one: of every chapter) through the exchange: each page
    under the submission that it is about, where nobody else can fetch it. Raises ClassError."""
    exchange = exchange_of(folder)
    outbound_of(exchange, "")
    wanted = [one_of(chapter, known)] if chapter else known
    sentences = []
    for assignment in wanted:
        pages = list((folder.path / "feedback").glob(f"*/{assignment}/{assignment}.html"))
        if not pages:
            if chapter:
                raise ClassError(f"{assignment} has no feedback pages yet: make grade {class_argument(folder.path)}")
            continue
        lacking = [
            page.parent.parent.name
            for page in pages
            for name in (timestamps.NAME, timestamps.SECRET)
            if timestamps.read_small(page.parent / name) is None
        ]
        if lacking:
            raise ClassError(
                f"the pages of {', '.join(sorted(set(lacking))[:6])} are of an older version: run make grade again"
            )
        sentences += exchange.step("ReleaseFeedback", assignment, "give back")
        fetched = {s for s in handed_in(folder, assignment) if came_by_exchange(folder, s, assignment)}
        others = sorted({page.parent.parent.name for page in pages} - fetched)
        sentences.append(
            f"{assignment}: {len(pages) - len(others)} pages given back; students fetch them in Assignments"
        )
        if others:
            sentences.append(
                f"{assignment}: {len(others)} did not submit through the exchange and cannot fetch their pages: "
                f"{', '.join(others[:6])}{', ...' if len(others) > 6 else ''}"
            )
    if not sentences:
        raise ClassError(f"there are no feedback pages yet: make grade {class_argument(folder.path)}")
    return sentences


def came_by_exchange(folder: ClassFolder, student: str, assignment: str) -> bool:
    return timestamps.read_small(folder.place("submitted", student, assignment) / timestamps.SECRET) is not None


def one_of(chapter: str, assignments: list[str]) -> str:
    """The one assignment whose name begins with `chapter`. Raises ClassError."""
    if not chapter:
        raise ClassError(f"CHAPTER= is missing; there are {', '.join(assignments)}")
    matches = [chapter] if chapter in assignments else [name for name in assignments if name.startswith(chapter)]
    if len(matches) != 1:
        raise ClassError(
            f"CHAPTER={chapter} means {', '.join(matches) or 'no assignment'}; there are {', '.join(assignments)}"
        )
    return matches[0]
