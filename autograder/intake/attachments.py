"""The pictures that a student put into a text cell: kept when they are small and really pictures."""

import base64
import binascii

from nbformat import NotebookNode

from autograder.intake.limits import IntakeLimits
from autograder.intake.notes import short
from autograder.intake.submitted import Cell

IMAGES = ("image/png", "image/jpeg", "image/gif")


def attach(cell: NotebookNode, submitted: Cell, limits: IntakeLimits) -> int:
    """Put the pictures of a submitted text cell into `cell`; returns how many attachments were left out."""
    if not submitted.attachments:
        return 0
    kept = {}
    for name, bundle in submitted.attachments.items():
        pictures = {mime: data for mime, data in (bundle.items() if isinstance(bundle, dict) else ())
                    if mime in IMAGES and is_base64(data, limits.attachment_bytes)}
        if pictures and cell.cell_type == "markdown":
            kept[short(name, 100)] = NotebookNode(pictures)
    if kept:
        cell.attachments = NotebookNode(kept)
    return len(submitted.attachments) - len(kept)


def is_base64(data: object, limit: int) -> bool:
    """Is this base64 of at least one byte and at most `limit` bytes?"""
    if not isinstance(data, str) or len(data) * 3 // 4 > limit:
        return False
    try:
        return bool(base64.b64decode(data.replace("\n", ""), validate=True))
    except (binascii.Error, ValueError):
        return False
