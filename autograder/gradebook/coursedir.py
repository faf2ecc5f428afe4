"""Where everything of a class is, and which folders may be a class.

    <CLASS>/submitted/<student>/<assignment>/<assignment>.ipynb   handed in (+ timestamp.txt)
    <CLASS>/class.toml                                            due dates, late policy, limits, gradebook; optional
    <CLASS>/autograded/ feedback/ gradebook.db grades.csv         what grading makes
    <CLASS>/journal.jsonl .secret .lock                           how it can go on after an interruption
    <CLASS>/students.csv intake.jsonl earlier/ regrade/           the roster, what an LMS delivered (classroom)

A real class lives outside of build/, which `make clean` deletes. The sample class is build/sample.
"""

import difflib
import os
import shlex
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from traitlets.config import Config

from autograder import ROOT
from autograder.gradebook.timestamps import zone_of

BUILD = ROOT / "build"
SECTIONS = {
    "class", "due", "late", "extensions", "limits", "hints", "graders", "columns", "feedback", "gradebook", "names",
}  # fmt: skip
ELSEWHERE = {"exchange", "adopted"}  # sections that other commands check
LATE = {
    "percent_per_day": 100,
    "at_most_percent": 100,
    "grace_minutes": 1_000_000,
}  # [late]: name -> the largest number
OWNER = {  # setting of class.toml -> its section, for those that a commented class.toml offers
    **dict.fromkeys(("timezone", "group"), "class"),
    **dict.fromkeys(LATE, "late"),
    **dict.fromkeys(("contact", "questions_until"), "feedback"),
    **dict.fromkeys(("ladder", "lend"), "hints"),
    **dict.fromkeys(("names", "by", "anonymous"), "graders"),
    **dict.fromkeys(("cell_seconds", "test_seconds"), "limits"),
    **dict.fromkeys(("course", "root"), "exchange"),
}
SAMPLE = BUILD / "sample"


class ClassError(Exception):
    """This folder cannot be graded as a class; the message says why and what to do."""


@dataclass(frozen=True)
class Submission:
    """One student's folder for one assignment."""

    student: str
    assignment: str
    folder: Path


@dataclass(frozen=True)
class ClassFolder:
    """given: limits from the command line, which override those of class.toml for one run."""

    path: Path
    given: tuple[tuple[str, float], ...] = ()

    @property
    def db_url(self) -> str:
        """nbgrader's gradebook: a file of the class, or what class.toml names in [gradebook] url."""
        table = self.settings().get("gradebook", {})
        url = table.get("url") if isinstance(table, dict) else None
        if table and (not isinstance(url, str) or set(table) != {"url"}):
            raise ClassError(f'{self.path / "class.toml"}: [gradebook] holds url = "..." and nothing else')
        try:
            if url:
                make_url(url)
        except ArgumentError:
            raise ClassError(
                f"{self.path / 'class.toml'}: [gradebook] url is not one; it looks like "
                "postgresql+psycopg://descent:password@127.0.0.1/descent"
            ) from None
        if url:
            return url
        # As text, what a folder may be called but an address may not hold is quoted: a question mark, "%20".
        return URL.create("sqlite", database=str(self.path / "gradebook.db")).render_as_string()

    @property
    def gradebook(self) -> str:
        """Where the gradebook is, to be shown: a path, or a URL without its password."""
        url = make_url(self.db_url)
        return str(url.database) if url.drivername == "sqlite" else url.render_as_string(hide_password=True)

    def graded(self) -> bool:
        """Is there a gradebook? (One on a server is taken to be there.)"""
        url = make_url(self.db_url)
        return url.drivername != "sqlite" or Path(str(url.database)).is_file()

    @property
    def report(self) -> Path:
        """The instructor's page; that of the sample class stands beside it, in build/report."""
        return (BUILD / "report" if self.path == SAMPLE else self.path / "report") / "index.html"

    def place(self, step: str, student: str, assignment: str) -> Path:
        """The folder of a submission in a step: submitted, autograded or feedback."""
        return self.path / step / student / assignment

    def settings(self) -> dict:
        """class.toml: {"due": {assignment: datetime}, "late": {...}}, empty where there is none."""
        path = self.path / "class.toml"
        settings = read_toml(path) if os.path.lexists(path) else {}
        for section, table in settings.items():
            for name in table if isinstance(table, dict) else ():
                if owner := belongs_to(section, name, table[name]):
                    raise ClassError(
                        f"{path}: {name} stands under [{section}] and belongs to [{owner}]: take the # away before [{owner}] too"
                    )
        return settings

    def class_table(self) -> dict[str, str]:
        """[class] of class.toml: timezone (timestamps.py), group (permissions.py). Raises ClassError."""
        table = self.settings().get("class", {})
        if (
            not isinstance(table, dict)
            or set(table) - {"timezone", "group"}
            or not all(isinstance(value, str) for value in table.values())
        ):
            raise ClassError(
                f'{self.path / "class.toml"}: [class] may hold timezone = "Area/City" and group = "name", '
                "and nothing else"
            )
        return table

    def timezone(self) -> str | None:
        """The class's time zone, for times that name none or a name that several share. Raises ClassError."""
        zone = self.class_table().get("timezone")
        try:
            if zone:
                zone_of(zone)
        except ValueError as error:
            raise ClassError(f"{self.path / 'class.toml'}: [class] timezone: {error}") from None
        return zone

    def due(self) -> dict[str, datetime]:
        """assignment -> due date with its zone, from [due]. Raises ClassError for a date without a time or a zone."""
        table, zone = self.settings().get("due", {}), self.timezone()
        if not isinstance(table, dict):
            raise ClassError(f"{self.path / 'class.toml'}: [due] holds 03_momentum = 2026-10-05T23:59:00+08:00")
        due_dates = {}
        for assignment, value in table.items():
            where = f"{self.path / 'class.toml'}: [due] {assignment} = {value}"
            if isinstance(value, date) and not isinstance(value, datetime):
                raise ClassError(f"{where} has no time of day: write {value}T23:59:00+08:00, for example")
            if not isinstance(value, datetime):
                raise ClassError(f"{where} is no date: write 2026-10-05T23:59:00+08:00, without quotes")
            if value.tzinfo is None and not zone:
                raise ClassError(
                    f"{where} has no time zone: write {value.isoformat()}+08:00, or name the zone of the class, "
                    '[class] timezone = "Asia/Shanghai"'
                )
            due_dates[assignment] = value if value.tzinfo else value.replace(tzinfo=zone_of(str(zone)))
        return due_dates

    def unknown_settings(self, assignments: set[str]) -> list[str]:
        """A sentence for each section of class.toml that is unknown, and for each chapter that is named there but not
        built here: such a setting has no effect."""
        settings = self.settings()
        sentences = [
            f"class.toml: [{section}] is unknown and has no effect"
            for section in sorted(settings.keys() - SECTIONS - ELSEWHERE)
            if not misspelt(section)
        ]
        named = {section: settings.get(section, {}) for section in ("due", "columns")}
        named["extensions"] = {name for _, name in self.extensions()}
        for section, names in named.items():
            for name in sorted(set(names) - assignments) if isinstance(names, dict | set) else ():
                near = difflib.get_close_matches(name, assignments, 1, 0.5)
                sentences.append(
                    f"class.toml: [{section}] {name} is no chapter that is built here"
                    + (f"; did you mean {near[0]}?" if near else "")
                )
        return sentences

    def check_sections(self) -> None:
        """Raises ClassError for a section that looks like a misspelt one: without it somebody may be graded as late."""
        for section in sorted(self.settings().keys() - SECTIONS - ELSEWHERE):
            if near := misspelt(section):
                raise ClassError(f"{self.path / 'class.toml'}: [{section}] is unknown; did you mean [{near}]?")

    def extensions(self) -> dict[tuple[str, str], timedelta]:
        """(student, assignment) -> how much later than the due date; [extensions] ada = { 03_momentum = 3 }: days."""

        def wrong(what: str) -> ClassError:
            return ClassError(
                f"{self.path / 'class.toml'}: {what} is no extension; [extensions] holds days per student "
                "and assignment, such as ada = { 03_momentum = 3 }"
            )

        table, delays = self.settings().get("extensions", {}), {}
        if not isinstance(table, dict):
            raise wrong(f"extensions = {table!r}")
        for student, days in table.items():
            if not isinstance(days, dict):
                raise wrong(f"{student} = {days!r}")
            for assignment, value in days.items():
                if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3650:
                    raise wrong(f"{student} = {{ {assignment} = {value!r} }}")
                delays[student, assignment] = timedelta(days=value)
        return delays

    def limits(self) -> dict[str, float]:
        """The settings.Settings that the class changes; limits.settings_from checks names and values."""
        return dict(self.settings().get("limits", {})) | dict(self.given)


def belongs_to(section: str, name: str, value: Any) -> str:
    """The section whose heading was probably left as a comment above this setting; "" where it may stand here."""
    if section not in SECTIONS | ELSEWHERE or (
        section == "names" and isinstance(value, str)
    ):  # one may be called "root"
        return ""
    owner = OWNER.get(name)
    if isinstance(value, dict) and owner in (None, section):  # ada = { 03_momentum = 3 }
        return "" if section in ("extensions", "adopted") or owner else "extensions"
    if isinstance(value, dict) and section == "extensions":
        return ""
    return owner if owner and owner != section else ""


def misspelt(section: str) -> str:
    """The section of class.toml that is probably meant, "" when none is near."""
    return next(iter(difflib.get_close_matches(section.lower(), sorted(SECTIONS | ELSEWHERE), 1, 0.7)), "")


def read_toml(path: Path) -> dict[str, Any]:
    """A file that people write; Windows puts a mark of UTF-8 in front. Raises ClassError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ClassError(f"{path} is not in UTF-8 ({error}): save it in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ClassError(f"{path} is not valid TOML: {error}") from None
    except OSError as error:
        raise ClassError(f"{path} cannot be read: {error.strerror}") from None


def open_class(path: str | None = None) -> ClassFolder:
    """The class in the folder `path`, or the sample class without one.

    Raises ClassError for a folder that is not a class, or that `make clean` would delete.
    """
    if path is None:
        SAMPLE.mkdir(parents=True, exist_ok=True)
        return ClassFolder(SAMPLE)
    if not path.strip():
        raise ClassError("say which class, CLASS=/path/to/myclass")
    folder = Path(path).expanduser().resolve()
    if folder.is_relative_to(BUILD):
        raise ClassError(
            f"{folder} is under build/, which `make clean` deletes with everything in it. Move the class "
            "to a folder of its own, outside of this project. (The sample class: make grade, no CLASS.)"
        )
    if not folder.is_dir():
        raise ClassError(
            f"{folder} is not a folder. CLASS is the folder that contains submitted/; "
            f"make class {class_argument(folder)} begins one"
        )
    if not (folder / "submitted").is_dir():
        inside = ", ".join(sorted(p.name for p in folder.iterdir())[:6]) or "nothing"
        raise ClassError(
            f"{folder} has no submitted/ (it holds: {inside}). Put the notebooks into "
            "submitted/<student>/<assignment>/<assignment>.ipynb, or begin a class with `make class CLASS=folder`"
        )
    return ClassFolder(folder)


def class_argument(path: Path | str) -> str:
    """CLASS=folder as it can be copied behind a make command, also when there is a space in it."""
    return f"CLASS={shlex.quote(str(path))}"


def class_from_environment() -> ClassFolder:
    """The class that nbgrader's own commands work on: DESCENT_CLASS, else the sample class."""
    named = os.environ.get("DESCENT_CLASS")
    inside = named and Path(named).expanduser().resolve() == SAMPLE
    return open_class(None if inside else named or None)


def submissions(
    folder: ClassFolder, assignments: set[str], parts: dict[str, list[str]] | None = None
) -> tuple[list[Submission], list[str]]:
    """Every submission for one of `assignments`, and the paths that were left alone because they are not one.

    parts: of a problem set that was adopted: the assignments that its notebooks became. A student's folder with the name of
    the set stands for all of them.
    """
    handed_in, left_out = [], []
    for student in sorted(p for p in (folder.path / "submitted").iterdir() if not p.name.startswith(".")):
        if student.is_symlink() or not student.is_dir() or not is_text(student.name):
            left_out.append(f"submitted/{student.name}")
            continue
        for path in sorted(p for p in student.iterdir() if not p.name.startswith(".")):
            if path.name in assignments and (path.is_dir() or path.is_symlink()):
                handed_in.append(Submission(student.name, path.name, path))
            elif path.is_dir() and path.name in (parts or {}):
                handed_in += [
                    Submission(student.name, part, path)
                    for part in (parts or {})[path.name]
                    if not (student / part).is_dir()
                ]
            else:
                left_out.append(f"submitted/{student.name}/{path.name}")
    return handed_in, left_out


def is_text(name: str) -> bool:
    """Can this file name stand in a database? Every name can, but one whose bytes are not UTF-8."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def nbgrader_config(folder: ClassFolder) -> Config:
    """The part of nbgrader's configuration that a class decides on: the late policy of class.toml."""
    late, most = folder.settings().get("late", {}), LATE
    if not isinstance(late, dict) or set(late) - set(most):
        raise ClassError(f"{folder.path / 'class.toml'}: [late] may hold {', '.join(sorted(most))} and nothing else")
    for name, value in late.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most[name]:
            raise ClassError(
                f"{folder.path / 'class.toml'}: [late] {name} = {value!r}: must be a number, without quotes, from 0 to {most[name]:g}"
            )
    config = Config()
    config.AssignLatePenalties.plugin_class = "autograder.gradebook.late.PercentPerDay"
    for name, value in late.items():
        config.PercentPerDay[name] = float(value)
    return config
