"""The files that a new exercise touches, with a TODO wherever an author must write something.

Each TODO names its file, also when it fails: a stub raises it, a test and `make check` list it.
"""

from pathlib import Path

from .source import CannotBuild

REFERENCE = '''

def NAME(x):
    """TODO src/reference/TOPIC.py: one line that says what NAME returns.

    TODO src/reference/TOPIC.py: the rule or a contract; shapes; what is returned; what is raised; a worked call.
    """
    raise NotImplementedError("TODO src/reference/TOPIC.py: write NAME")
'''
EXERCISE = """

NAME_GROUPS = {"value": Group(1, "TODO src/descent/exercises/TOPIC.py: what these cases try", "zh: TODO")}


def NAME_cases(rng):
    raise NotImplementedError("TODO src/descent/exercises/TOPIC.py: the cases of NAME")


def run_NAME(solution, inputs):
    return {"value": solution(inputs["x"])}  # TODO src/descent/exercises/TOPIC.py: call it, and name what it returns


EXERCISES += [Exercise("NAME", "TOPIC.NAME", NAME_GROUPS, NAME_cases, run_NAME, clauses={})]
"""
MISTAKES = """

@wrong("NAME",
       observation=("TODO src/reference/mistakes/TOPIC.py: what is seen in the output of this wrong version", "zh: TODO"),
       question=("TODO src/reference/mistakes/TOPIC.py: a question that points at a line of the rule", "zh: TODO"),
       name=("TODO src/reference/mistakes/TOPIC.py: what the code does instead", "zh: TODO"),
       holds=lambda inputs, got, right: False)  # TODO src/reference/mistakes/TOPIC.py: the observation in code
def NAME_first(x):
    raise NotImplementedError("TODO src/reference/mistakes/TOPIC.py: a mistake that students make; four or more of them")
"""
VARIANTS = """

def NAME_right(x):
    raise NotImplementedError("TODO tests/variants/TOPIC.py: NAME in other words; two or more of them")


def NAME_wrong(x):
    raise NotImplementedError("TODO tests/variants/TOPIC.py: a wrong NAME that is no known mistake; two or more of them")


RIGHT["NAME"] = [NAME_right]
WRONG["NAME"] = [NAME_wrong]
"""
ORACLE = """

@given(x=st.floats(-1e3, 1e3))
def test_NAME_TODO(x):
    raise NotImplementedError("TODO tests/test_reference_TOPIC.py: a law of NAME, or the answers of a library")
"""
# For each file: its text if it is new, and the text to add.
FILES = {
    "src/reference/TOPIC.py": (
        '"""TODO src/reference/TOPIC.py: one sentence to the learner."""\n\n'
        "import numpy as np\n\nfrom descent.hyper import require\nfrom descent.say import tr\n", REFERENCE),
    "src/descent/exercises/TOPIC.py": (
        '"""TODO src/descent/exercises/TOPIC.py: which chapter, and what the cases try."""\n\n'
        "import numpy as np\n\nfrom descent.cases import between, numbers\nfrom descent.contract_cases import CONTRACT, given\n"
        "from descent.exercise import Case, Exercise, Group\n\nEXERCISES = []\n", EXERCISE),
    "src/reference/mistakes/TOPIC.py": (
        '"""TODO src/reference/mistakes/TOPIC.py: what students write instead."""\n\n'
        "from functools import partial\n\nimport numpy as np\n\nfrom reference.mistakes import Mistake, wrong_version\n\n"
        "MISTAKES: dict[str, list[Mistake]] = {}\nwrong = partial(wrong_version, MISTAKES)\n", MISTAKES),
    "tests/variants/TOPIC.py": (
        '"""TODO tests/variants/TOPIC.py: right versions in other words, wrong ones that nobody catalogued."""\n\n'
        "import numpy as np\n\nRIGHT = {}\nWRONG = {}\n", VARIANTS),
    "tests/test_reference_TOPIC.py": (
        '"""TODO tests/test_reference_TOPIC.py: what the functions are held against."""\n\n'
        "import numpy as np\nfrom hypothesis import given\nfrom hypothesis import strategies as st\n\n"
        "from reference.TOPIC import NAME\n", ORACLE),
}  # fmt: skip
CELLS = """
# %% [markdown] lang="en"
# ### Exercise: `NAME` ({{points:NAME}} points, 8 minutes)
#
# TODO solutions/CHAPTER.py: move these cells to their place, and share out the points: a chapter has 100.
# %% [markdown] lang="zh"
# ### 练习：`NAME`（{{points:NAME}} 分，8 分钟）
#
# zh: TODO

# %% [markdown] role="docstring" of="NAME" lang="zh"
# zh: TODO

# %% role="answer" id="NAME"
from reference.TOPIC import NAME

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# TODO solutions/CHAPTER.py: a question
# </details>
# <details><summary>Hint 2</summary>
#
# TODO solutions/CHAPTER.py: the next step
# </details>
# <details><summary>Hint 3</summary>
#
# TODO solutions/CHAPTER.py: the worked call, with the numbers that slips give
# </details>
# %% [markdown] lang="zh"
# zh: TODO

# %% role="tests" id="test_NAME" points=5
check("NAME", NAME)
"""


def scaffold(root: Path, topic: str, name: str, chapter: str | None) -> list[Path]:
    """Add the exercise to its files and return them. Raises CannotBuild, with nothing written, if it exists already."""
    if not (topic.isidentifier() and name.isidentifier()):
        raise CannotBuild(f"NAME={topic}.{name}: must be topic.function, as in NAME=momentum.momentum_step")

    def filled(text: str) -> str:
        return text.replace("NAME", name).replace("TOPIC", topic).replace("CHAPTER", chapter or "")

    texts = {}
    for pattern, (beginning, added) in FILES.items():
        path = root / filled(pattern)
        before = path.read_text("utf-8") if path.is_file() else filled(beginning)
        if path.is_file() and pattern.startswith("tests/test_"):  # it may not have what the stub uses
            before = (
                before.rstrip("\n")
                + "\n\n\n"
                + filled(
                    "from hypothesis import given\nfrom hypothesis import strategies "
                    "as st\n\nfrom reference.TOPIC import NAME\n"
                )
            )
        if f'"{name}"' in before or f"def {name}(" in before:
            raise CannotBuild(f"{path.relative_to(root)}: there is a {name} already")
        texts[path] = before.rstrip("\n") + "\n" + filled(added)
    if chapter:
        path = root / "solutions" / f"{chapter}.py"
        texts[path] = path.read_text("utf-8").rstrip("\n") + "\n" + filled(CELLS)
    for path, text in texts.items():
        path.write_text(text, "utf-8")
    return list(texts)
