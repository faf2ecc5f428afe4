"""The pictures that a student dropped into a text cell: kept when they are small and really pictures."""

import base64
import binascii

from nbformat import NotebookNode

from autograder.intake.notes import short
from autograder.intake.submitted import Cell, Limits

IMAGES = ("image/png", "image/jpeg", "image/gif")


def attach(cell: NotebookNode, answer: Cell, limits: Limits) -> int:
    """Take over the pictures of a text cell; returns how many attachments were left out."""
    if not answer.attachments:
        return 0
    kept = {}
    for name, bundle in answer.attachments.items():
        good = {mime: data for mime, data in (bundle.items() if isinstance(bundle, dict) else ())
                if mime in IMAGES and is_base64(data, limits.attachment_bytes)}
        if good and cell.cell_type == "markdown":
            kept[short(name, 100)] = NotebookNode(good)
    if kept:
        cell.attachments = NotebookNode(kept)
    return len(answer.attachments) - len(kept)


def is_base64(data: object, limit: int) -> bool:
    if not isinstance(data, str) or len(data) * 3 // 4 > limit:
        return False
    try:
        return bool(base64.b64decode(data.replace("\n", ""), validate=True))
    except (binascii.Error, ValueError):
        return False
