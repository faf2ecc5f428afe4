"""Which limits of grading the cells of a submission met: read from what the kernel put into their outputs."""

from nbformat import NotebookNode

from autograder.sandbox.outputs import CUT, LIMIT, STOPPED


def limits_met(nb: NotebookNode) -> list[str]:
    """Each limit once, with the cells that met it: ["it ran longer than 5 s (own-1)", ...].

    A student can print the same words; that shows in the instructor's report, and costs nothing.
    """
    found: dict[str, list[str]] = {}
    for cell in nb.cells:
        for output in cell.get("outputs", []) if cell.cell_type == "code" else []:
            if said := limit_in(output):
                found.setdefault(said, []).append(cell.id)
    return [f"{said} ({', '.join(dict.fromkeys(ids))})" for said, ids in found.items()]


def limit_in(output: NotebookNode) -> str | None:
    if output.output_type == "error" and output.evalue.startswith(STOPPED):
        return "a cell " + output.evalue.removeprefix(STOPPED).removeprefix("it ")[:200]
    if output.output_type != "stream" or output.name != "stderr":
        return None
    if output.text == CUT:
        return "more output than is kept"
    if output.text.startswith(LIMIT):
        return output.text.removeprefix(LIMIT).split(". /")[0][:200]
    return None
