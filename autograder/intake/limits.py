"""How big a submission may be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IntakeLimits:
    """A chapter of ours with all its figures has about 2 MB and 150 cells."""

    bytes: int = 20_000_000  # of the notebook's file
    cells: int = 1_000
    cell_characters: int = 200_000  # of one cell's source
    attachment_bytes: int = 2_000_000  # of one picture in a text cell
