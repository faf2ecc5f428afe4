"""We find out whether a function is wrong only because it calls another wrong function of the student's.

`check("nesterov_step", nesterov_step)` in a notebook finds the exercises that the code of nesterov_step uses by name,
and runs them on their own cases. In a class the judge also tries the caller with right helpers (course_helpers.py).
"""

import ast
from collections.abc import Callable, Iterable, Mapping
from types import CodeType
from typing import Any

from descent.exercises import table

Both = dict[str, str]


def names_in(code: CodeType) -> set[str]:
    """The global names that a piece of code uses, including the functions inside it."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= names_in(constant)
    return names


def names_reached(target: Any, namespace: Mapping[str, Any]) -> set[str]:
    """The global names that a function or class uses, directly or through functions of `namespace`."""
    reached: set[str] = set()
    to_visit: list[Any] = [target]
    visited: set[int] = set()
    while to_visit:
        function = to_visit.pop()
        if id(function) in visited:
            continue
        visited.add(id(function))
        methods = vars(function).values() if isinstance(function, type) else [function]
        codes = [code for method in methods if isinstance(code := getattr(method, "__code__", None), CodeType)]
        names = set().union(*map(names_in, codes))
        reached |= names
        to_visit += [namespace[name] for name in names if hasattr(namespace.get(name), "__code__")]
    return reached


def exercises_used(name: str, function: Any, namespace: Mapping[str, Any] | None = None) -> list[str]:
    """The other exercises that a student's function (or class) calls by name, in the order of the course.

    namespace: the notebook's globals, where helper functions that are no exercises are looked up.
    """
    helpers = {key: value for key, value in (namespace or {}).items() if key not in table()}
    used = names_reached(function, helpers)
    return [exercise for exercise in table() if exercise in used and exercise != name]


def exercises_in(name: str, source: str) -> list[str]:
    """As `exercises_used`, from the source of an answer, for a function that is in another process."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    nodes = list(ast.walk(tree))
    bound = {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    used = {node.id for node in nodes if isinstance(node, ast.Name)} - bound
    return [exercise for exercise in table() if exercise in used and exercise != name]


def wrong_helpers(name: str, used: Callable[[str], Iterable[str]], passes: Callable[[str], bool]) -> list[str]:
    """The exercises that `name` depends on and that fail their own check: the deepest first, each once.

    used(exercise) returns the exercises that its answer calls, passes(exercise) whether its own check passes. A helper
    that is wrong only because of a deeper one is not listed.
    """
    wrong: list[str] = []
    visited = {name}

    def visit(exercise: str) -> bool:
        """True if some exercise that `exercise` depends on is wrong."""
        is_below_wrong = False
        for helper in used(exercise):
            if helper not in visited:
                visited.add(helper)
                if visit(helper):
                    is_below_wrong = True
                elif not passes(helper):
                    wrong.append(helper)
            is_below_wrong = is_below_wrong or helper in wrong
        return is_below_wrong

    visit(name)
    return wrong


def sentence(name: str, helpers: list[str]) -> Both:
    """The card's sentence about a caller whose helpers are wrong."""
    names = [f"`{helper}`" for helper in helpers]
    if len(names) == 1:
        return {
            "en": f"`{name}` calls your {names[0]}, which fails its own check. Mend {names[0]} first, then check "
            f"`{name}` again",
            "zh": f"`{name}` 调用了你写的 {names[0]}，而后者没有通过自己的检查。请先改好 {names[0]}，再检查 `{name}`",
        }
    both_en, both_zh = f"{', '.join(names[:-1])} and {names[-1]}", "、".join(names)
    return {
        "en": f"`{name}` calls your {both_en}, which fail their own checks. Mend them first, then check `{name}` again",
        "zh": f"`{name}` 调用了你写的 {both_zh}，而它们没有通过自己的检查。请先改好它们，再检查 `{name}`",
    }


def lent_sentence(name: str, helpers: list[str], *, slow: bool = False) -> Both:
    """The card's sentence, in a class, about a caller that was tried with the course's helpers instead of wrong ones; slow:
    instead of those that had not finished their own cases."""
    names = [f"`{helper}`" for helper in helpers]
    en, zh = " and ".join(names), "、".join(names)
    if slow:
        return {
            "en": f"`{name}` calls {en}, and yours took very long. `{name}` was tried with the course's {en} in its place",
            "zh": f"`{name}` 调用了 {zh}，而你的 {zh} 运行得太久。评分时换上课程的 {zh} 测了 `{name}`",
        }
    return {
        "en": f"`{name}` calls {en}, and yours is wrong or missing. `{name}` was tried with the course's {en} in its place, "
        f"so this costs `{name}` nothing",
        "zh": f"`{name}` 调用了 {zh}，而你的 {zh} 有错，或者还没有写。评分时换上课程的 {zh} 又测了一遍，所以 `{name}` 不因此扣分",
    }
