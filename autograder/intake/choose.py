"""Which of the files that a student handed in is the notebook to grade."""

from collections.abc import Iterable
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.intake.file_kinds import begins_like_json, is_checkpoint, kind_of, may_be_read, why_none
from autograder.intake.folder import File
from autograder.intake.limits import Budget, IntakeLimits
from autograder.intake.match import Match
from autograder.intake.matching import match
from autograder.intake.notes import Note, language, note
from autograder.intake.picture_names import name_pictures, take_out_of_text
from autograder.intake.pictures import Pictures
from autograder.intake.refused import Refused
from autograder.intake.roles import is_answer, is_test
from autograder.intake.submitted import Cell, Submitted, parse
from autograder.intake.text import is_blank

PREDICTION = "prediction"  # how ids of predictions begin; two chapters may ask for one of the same name


@dataclass
class Candidate:
    """A file that is a notebook, read and matched to the master of its language.

    answers: place of each answer with text of the student's -> that text."""

    name: str
    submitted: Submitted
    lang: str
    matched: Match
    pictures: Pictures
    answers: dict[int, str]
    notes: list[Note]


def choose(
    files: list[File], expected: str, masters: dict[str, NotebookNode], limits: IntakeLimits, budget: Budget
) -> Candidate:
    """The notebook to grade, whatever it is called: the only one of this assignment; of several the one that holds all
    answers of the others, else the one called `expected`. Raises Refused."""
    candidates, refusals, read = [], [], {}
    files = [file for file in files if not is_checkpoint(file)] or files
    for file in sorted(files, key=lambda file: (file.name.rpartition("/")[2] != expected, file.name.count("/"))):
        if not may_be_read(file):
            continue
        budget.check()
        try:
            if file.data not in read:
                read[file.data] = parse_file(file, limits, budget)
                candidates.append(candidate(file.name, read[file.data], masters, limits, budget))
        except Refused as error:
            refusals.append((file.name, error))
    candidates = without_repetitions(candidates)
    if not candidates:
        raise why_none(files, refusals, expected)
    chosen = best(candidates, expected)
    if chosen is None:
        raise Refused(
            "several_notebooks",
            count=len(candidates),
            expected=expected,
            names=[candidate.name for candidate in candidates],
        )
    if chosen.name != expected:
        chosen.notes.insert(0, note("renamed", name=chosen.name, expected=expected))
    if any(other.name == expected and not other.answers and chosen.answers for other in candidates):
        chosen.notes.append(note("blank_left_out", name=expected))
    left_out = [file.name for file in files if file.name != chosen.name and not chosen.name.startswith(file.name + "/")]
    if left_out:
        chosen.notes.append(note("others_left_out", names=left_out))
    return chosen


def parse_file(file: File, limits: IntakeLimits, budget: Budget) -> Submitted:
    """Raises Refused with what the file is, where its first bytes tell."""
    if kind := kind_of(file):
        raise Refused("other_file", name=file.name, kind=kind)
    if not file.is_whole and (begins_like_json(file) or file.size > limits.submission_bytes):
        raise Refused("file_too_big", value=file.size, limit=limits.submission_bytes)
    return parse(file.data, limits, budget)


def candidate(
    name: str, submitted: Submitted, masters: dict[str, NotebookNode], limits: IntakeLimits, budget: Budget
) -> Candidate:
    """Match a notebook, whose cells are changed, to its master. Raises Refused for the notebook of another
    assignment."""
    lang, notes = choose_language(submitted, masters)
    cells, master = submitted.cells, masters[lang].cells
    pictures = Pictures(lang, limits, budget)
    take_out_of_text(cells, pictures)
    notes += shorten(cells, limits)
    name_pictures(cells, pictures)
    matched = match(cells, master, budget)
    if not belongs(matched, master):
        raise Refused("other_assignment")
    answers = {
        place: cells[number].source
        for place, number in matched.taken.items()
        if is_answer(master[place]) and not is_blank(cells[number].source, master[place].source)
    }
    answers |= matched.essays
    if chapter := other_chapter(submitted, masters[lang]):
        expected = masters[lang].metadata["descent"]["chapter"]
        if all(master[place].id.startswith(PREDICTION) for place in answers):
            raise Refused("other_chapter", chapter=chapter, expected=expected)
        notes.append(note("other_chapter", chapter=chapter, expected=expected))
    return Candidate(name, submitted, lang, matched, pictures, answers, notes)


def other_chapter(submitted: Submitted, master: NotebookNode) -> str:
    """The chapter that a notebook says it is of, "" where it is the one that is asked for or nothing is said."""
    ours = master.metadata.get("descent", {}).get("chapter", "")
    return submitted.chapter if ours and submitted.chapter != ours else ""


def shorten(cells: list[Cell], limits: IntakeLimits) -> list[Note]:
    """Cut texts that are longer than the limit of a cell, and drop those beyond the limit of the notebook."""
    cut, dropped, total = [], 0, 0
    for cell in cells:
        if len(cell.source) > limits.cell_characters:
            cut.append(f"{cell.source.strip()[:20]}...")
            cell.source = cell.source[: limits.cell_characters]
            cell.source = cell.source[: cell.source.rfind("\n") + 1] or cell.source
        total += len(cell.source)
        if total > limits.notebook_characters:
            cell.source, dropped = "", dropped + 1
    notes = [note("cells_cut", texts=cut, limit=limits.cell_characters)] if cut else []
    return notes + ([note("cells_dropped", count=dropped, limit=limits.notebook_characters)] if dropped else [])


def choose_language(submitted: Submitted, masters: dict[str, NotebookNode]) -> tuple[str, list[Note]]:
    """The language that the notebook states; without it the one of which it shows most text cells, else English."""
    if submitted.lang in masters:
        return submitted.lang, []
    texts = {cell.source.strip() for cell in submitted.cells if cell.type == "markdown"}
    shown = {
        lang: sum(cell.cell_type == "markdown" and cell.source.strip() in texts for cell in nb.cells)
        for lang, nb in masters.items()
    }
    lang = max(masters, key=lambda name: (shown[name], name == "en"))
    return lang, [note("language_guessed", language=language(lang))]


def belongs(matched: Match, master: list[NotebookNode]) -> bool:
    """Is it this assignment at all? One answer or test cell, or a quarter of all cells, must be recognized."""
    graded = any(is_answer(master[place]) or is_test(master[place]) for place in matched.taken)
    return graded or 4 * len(matched.taken) >= len(master) > 0


def without_repetitions(candidates: Iterable[Candidate]) -> list[Candidate]:
    """One of those whose cells are the same."""
    different: dict[tuple, Candidate] = {}
    for candidate in candidates:
        different.setdefault(tuple((cell.type, cell.source) for cell in candidate.submitted.cells), candidate)
    return list(different.values())


def best(candidates: list[Candidate], expected: str) -> Candidate | None:
    """The first candidate that holds all answers of the others, else the one called `expected` if it has answers, else
    None."""
    for candidate in candidates:
        if all(other.answers.items() <= candidate.answers.items() for other in candidates):
            return candidate
    return next(
        (candidate for candidate in candidates if candidate.name.rpartition("/")[2] == expected and candidate.answers),
        None,
    )
