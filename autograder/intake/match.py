"""What matching finds out about a submission: which of its cells stands for which cell of the course."""

from dataclasses import dataclass, field


@dataclass
class Match:
    """Places are indices into the master's cells, numbers are indices into the submitted cells.

    taken: place -> number of the submitted cell that stands for it.
    repeated: number -> place of the course cell of which it is an equal copy: left out.
    own_copies: number -> place of the course cell of which it has the name, but not the text: the student's own.
    stubs: numbers of blank answers for which the text was found in another cell: left out.
    adopted: the places of answers that were found in other cells. moved: those of them that stood where the answer's
    test would not have seen them.
    essays: place of a blank or missing essay -> the student's text near its question. essay_cells: place -> numbers of
    the cells which that text is from.
    """

    taken: dict[int, int] = field(default_factory=dict)
    repeated: dict[int, int] = field(default_factory=dict)
    own_copies: dict[int, int] = field(default_factory=dict)
    stubs: set[int] = field(default_factory=set)
    adopted: set[int] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)
    essays: dict[int, str] = field(default_factory=dict)
    essay_cells: dict[int, list[int]] = field(default_factory=dict)

    def own(self, count: int) -> list[int]:
        """Numbers of the student's own cells among `count` submitted ones, own copies included."""
        others = set(self.taken.values()) | set(self.repeated) | self.stubs
        return [number for number in range(count) if number not in others]

    def anchors(self, count: int) -> list[int]:
        """For each of `count` submitted cells the place of the last course cell up to it (-1: none)."""
        places = {number: place for place, number in self.taken.items() if place not in self.adopted}
        anchors, last = [], -1
        for number in range(count):
            last = places.get(number, last)
            anchors.append(last)
        return anchors
