"""`make migrate`: every chapter of a class whose cells have changed, planned or done; scores and comments of people stay."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.gradebook import migration, permissions
from autograder.gradebook.audit import Audit
from autograder.gradebook.coursedir import ClassError, ClassFolder
from autograder.gradebook.lock import locked
from autograder.gradebook.migration import Plan
from autograder.gradebook.record import Records
from autograder.intake import masters


@dataclass
class Upgrade:
    """plans: of the chapters that change. kept: where the copy of the gradebook and the lost scores are, of those done."""

    plans: list[Plan]
    kept: list[Path]


def upgrade(
    place: ClassFolder,
    places: Callable[[str], tuple[Path, Path]],
    *,
    chapter: str = "",
    renamed: dict[str, str] | None = None,
    dry: bool = False,
) -> Upgrade:
    """Bring the gradebook of a class to the chapters as they are built now.

    places: of an assignment's solutions and student versions. chapter: only those whose names begin so. renamed: old grade_id -> new. dry: change nothing.
    Raises ClassError, masters.Stale, OSError, with nothing changed; each chapter is one transaction.
    """
    if not place.graded():
        raise ClassError(f"{place.path} has no gradebook yet: there is nothing to migrate")
    with permissions.private(place), locked(place), Records(place.db_url) as records:
        names = [one.name for one in records.gradebook.assignments if one.name.startswith(chapter)]
        if not names:
            raise ClassError(f"CHAPTER={chapter}: no assignment in the gradebook begins so")
        done = Upgrade([], [])
        chapters = {name: masters.load(name, *places(name)) for name in sorted(names)}
        for name, found in chapters.items():
            made = migration.plan(records, name, found, renamed or {}) if found else Plan(name)
            if made.needed or made.points:
                done.plans.append(made)
        for name in set(renamed or {}) - {old for made in done.plans for old in made.renamed}:
            raise ClassError(f"RENAMED: there is no cell {name} that is gone in these chapters")
        if dry:
            return done
        with Audit(place.path) as audit:
            for made in done.plans:
                if made.needed:
                    done.kept.append(migration.apply(records, place, made, chapters[made.assignment]))
                    audit.migrated(made.assignment, made.added, made.removed, made.renamed)
    return done
