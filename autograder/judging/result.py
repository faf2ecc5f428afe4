"""The result of marking one exercise or one mission of the capstone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """Points earned, the card that says why, the known mistake it names (its id), if any, the groups of cases
    that failed, and whether the answer was still the stub. rows: the card as (kind, label, text), for pages that lay it
    out in another way."""

    points: float
    text: str
    html: str
    mistake: str | None = None
    failed: tuple[str, ...] = ()
    missing: bool = False
    score: dict | None = None  # of a capstone mission: {"mission", "accuracy"}
    rows: tuple[tuple[str, str, str], ...] = ()
