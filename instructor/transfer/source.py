"""A transfer exercise as the source notebook of an nbgrader assignment, for `make adopt FROM=transfer:NAME`."""

import ast
import inspect
from textwrap import dedent, indent

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from descent import card
from descent.exercise import Case
from instructor.transfer import Transfer, answers, stub, visible_cases

TRY = {
    "en": "## Try it\n\nOne case of each kind, with the right values below it. Grading uses other numbers.",
    "zh": "## 试一试\n\n每类情况各举一例，正确的值写在下面。评分时使用另外的数。",
}
RIGHT = {"en": "right", "zh": "正确的值"}
TEST = {
    "en": "# Graded on other cases, in the groups above.",
    "zh": "# 评分时按上面的类别使用其他数据。",
}


def source_notebook(one: Transfer, lang: str) -> NotebookNode:
    """Task, answer with our solution between nbgrader's marks, one visible case of each group, and a hidden test."""
    name = one.exercise.name
    head, _, _ = stub(one, lang).rpartition("    raise NotImplementedError")
    cells = [
        cell(new_markdown_cell(f"# {one.title[lang]}\n\n{one.task[lang]}"), "task", locked=True),
        cell(
            new_code_cell("import numpy as np\nfrom descent.cases import *\nfrom descent.hyper import require"),
            "imports",
            locked=True,
        ),
        cell(new_code_cell(f"{head}{solution(one)}"), name, solution=True),
        cell(new_markdown_cell(TRY[lang]), "try", locked=True),
        *(shown(one, case, lang, number) for number, case in enumerate(first_of_each_group(visible_cases(one)))),
        cell(
            new_code_cell(f'{TEST[lang]}\n### BEGIN HIDDEN TESTS\ncheck("{name}", {name})\n### END HIDDEN TESTS'),
            f"test_{name}",
            grade=True,
            locked=True,
            points=one.points,
        ),
    ]
    return new_notebook(
        cells=cells,
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )


def solution(one: Transfer) -> str:
    """The body of the reference between nbgrader's marks, after those functions of earlier chapters that it calls."""
    source = dedent(inspect.getsource(one.reference))
    tree = ast.parse(source).body[0]
    given = stub(one, "en").count("    require(")
    body = "\n".join(source.splitlines()[tree.body[1 + given].lineno - 1 :])
    called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    functions = [one.reference.__globals__.get(name) for name in sorted(called)]
    earlier = [inspect.getsource(f) for f in functions if getattr(f, "__module__", "").startswith("reference.")]
    text = "\n".join(indent(dedent(part), "    ") for part in [*earlier, body])
    return f"    ### BEGIN SOLUTION\n{text}\n    ### END SOLUTION\n"


def first_of_each_group(cases: list[Case]) -> list[Case]:
    found: dict[str, Case] = {}
    for case in cases:
        found.setdefault(case.group, case)
    return list(found.values())


def shown(one: Transfer, case: Case, lang: str, number: int) -> NotebookNode:
    """A cell that calls the answer on a case, with the right values as a comment; not run when grading."""
    right = answers(one, [case])[0]
    values = right.error or "\n".join(f"{key} = {value!r}" for key, value in right.values.items())
    text = f"# {getattr(one.exercise.groups[case.group], lang)}\n{card.case_text(case)}\n# {RIGHT[lang]}:\n{indent(values, '#   ')}"
    made = new_code_cell(text)
    made.metadata["tags"] = ["experiment"]
    return made


def cell(made: NotebookNode, grade_id: str, **marks) -> NotebookNode:
    made.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
    } | marks
    return made
