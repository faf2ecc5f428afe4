"""A transfer exercise: an exercise of the course's own kind that no chapter prints the solution of."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

from descent.exercise import Exercise

LANGUAGES = ("en", "zh")
NOT_WRITTEN = {"en": "not written yet", "zh": "还没有写"}


@dataclass(frozen=True)
class Transfer:
    """An exercise with what a class needs to hand it out.

    chapter: the first two digits of the chapter it belongs to. exercise: cases, groups and how a solution is run.
    reference: our solution, whose docstring is docs["en"]. title, task, docs: one text per language; `task` stands
    above the stub, `docs` is the contract inside it. minutes and points are proposals.
    """

    chapter: str
    exercise: Exercise
    reference: Callable
    title: dict[str, str]
    task: dict[str, str]
    docs: dict[str, str]
    minutes: int
    points: int


def transfer(
    chapter: str,
    exercise: Exercise,
    reference: Callable,
    *,
    title: tuple[str, str],
    task: tuple[str, str],
    zh: str,
    minutes: int,
    points: int,
) -> Transfer:
    """Put a Transfer together. title, task: (English, Chinese). zh: the docstring in Chinese."""
    docs = {"en": inspect.getdoc(reference), "zh": inspect.cleandoc(zh)}
    return Transfer(
        chapter, exercise, reference, dict(zip(LANGUAGES, title)), dict(zip(LANGUAGES, task)), docs, minutes, points
    )


def is_require(line: ast.stmt) -> bool:
    """Whether a statement is a call of `require`: those at the top of a reference are given to the student."""
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Call)
        and getattr(line.value.func, "id", "") == "require"
    )


def stub(one: Transfer, lang: str) -> str:
    """What a student gets: the signature, the contract in one language, the given checks, and a line to replace."""
    source = textwrap.dedent(inspect.getsource(one.reference))
    tree = ast.parse(source).body[0]
    given = [ast.get_source_segment(source, line) for line in takewhile(is_require, tree.body[1:])]
    text = textwrap.indent(one.docs[lang], "    ").strip()
    lines = [f"def {tree.name}({ast.unparse(tree.args)}):", f'    """{text}', '    """']
    lines += [f"    {line}" for line in given]
    lines.append(f'    raise NotImplementedError("{tree.name}: {NOT_WRITTEN[lang]}")')
    return "\n".join(lines) + "\n"
