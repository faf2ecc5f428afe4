"""Which limits of grading a submission's cells met, read from the outputs that the sandbox added to them."""

from nbformat import NotebookNode

from autograder.sandbox.outputs import CUT, LIMIT, STOPPED


def limits_met(nb: NotebookNode) -> list[str]:
    """Each limit once, with the ids of the cells that met it: ["a cell ran longer than 5 s (own-1)", ...].

    A student can print the same text. It would appear in the instructor's report and changes no points.
    """
    cells_of: dict[str, list[str]] = {}
    for cell in nb.cells:
        for output in cell.get("outputs", []) if cell.cell_type == "code" else []:
            if limit := limit_in(output):
                cells_of.setdefault(limit, []).append(cell.id)
    return [f"{limit} ({', '.join(dict.fromkeys(ids))})" for limit, ids in cells_of.items()]


def limit_in(output: NotebookNode) -> str | None:
    """The limit that an output reports, if it is such an output."""
    if output.output_type == "error" and output.evalue.startswith(STOPPED):
        return "a cell " + output.evalue.removeprefix(STOPPED).removeprefix("it ")[:200]
    if output.output_type != "stream" or output.name != "stderr":
        return None
    if output.text == CUT:
        return "more output than is kept"
    if output.text.startswith(LIMIT):
        return output.text.removeprefix(LIMIT).split(". /")[0][:200]
    return None
