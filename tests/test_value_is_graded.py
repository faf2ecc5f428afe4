"""Value over the wire: in class the student's class lives in another process, where operators are requests."""

import inspect

import pytest
from parked import Parked, answer, graded, judge, notebook

from autograder.sandbox.settings import Settings
from reference.autograd import Node, Value

NODE, VALUE = inspect.getsource(Node), inspect.getsource(Value)
CHECK = 'check("Value", Value)'


@pytest.mark.parametrize(
    "change, share",
    [
        (("", ""), 1.0),
        (("parent.grad +=", "parent.grad ="), 0.5),
        (("self.grad = 1.0", 'raise NotImplementedError("Value.backward: not written yet")'), 0.2),
    ],
)
def test_a_class_with_operators_earns_what_its_groups_are_worth(change, share):
    nb = notebook(answer(f"{NODE}\n\n{VALUE}"), graded(CHECK))
    ids = [cell.metadata.nbgrader.grade_id for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    with Parked(f"{NODE}\n\n{VALUE.replace(*change)}", *ids) as ran:
        (verdict,) = judge(nb, ran, assignment="00", secret="s3", lang="en", settings=Settings())
    assert verdict.points / nb.cells[-1].metadata.nbgrader.points == pytest.approx(share), verdict.outputs
