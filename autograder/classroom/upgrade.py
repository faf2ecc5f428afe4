"""`make migrate`: bring a class's gradebook to new versions of its chapters; scores and comments by people stay."""

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
    """plans: one for each chapter that changes. kept: one folder for each applied plan, with the gradebook's copy and lost scores."""

    plans: list[Plan]
    kept: list[Path]


def upgrade(
    class_folder: ClassFolder,
    places: Callable[[str], tuple[Path, Path]],
    *,
    chapter: str = "",
    renamed: dict[str, str] | None = None,
    dry: bool = False,
) -> Upgrade:
    """Bring the gradebook of a class to the chapters as they are built now.

    places: returns the folders of an assignment's solution and student version. chapter: prefix of the assignments' names.
    renamed: old grade_id -> new. dry: only plan, change nothing.
    Raises ClassError, masters.Stale, OSError, with nothing changed; each chapter is one transaction.
    """
    if not class_folder.graded():
        raise ClassError(f"{class_folder.path} has no gradebook yet: there is nothing to migrate")
    with permissions.private(class_folder), locked(class_folder), Records(class_folder.db_url) as records:
        names = [row.name for row in records.gradebook.assignments if row.name.startswith(chapter)]
        if not names:
            raise ClassError(f"CHAPTER={chapter}: no assignment in the gradebook begins so")
        result = Upgrade([], [])
        chapters = {name: masters.load(name, *places(name)) for name in sorted(names)}
        for name, chapter_masters in chapters.items():
            plan = migration.plan(records, name, chapter_masters, renamed or {}) if chapter_masters else Plan(name)
            if plan.needed or plan.points:
                result.plans.append(plan)
        for name in set(renamed or {}) - {old for plan in result.plans for old in plan.renamed}:
            raise ClassError(f"RENAMED: there is no cell {name} that is gone in these chapters")
        if dry:
            return result
        with Audit(class_folder.path) as audit:
            for plan in result.plans:
                if plan.needed:
                    result.kept.append(migration.apply(records, class_folder, plan, chapters[plan.assignment]))
                    audit.migrated(plan.assignment, plan.added, plan.removed, plan.renamed)
    return result
