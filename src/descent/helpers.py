"""When a function is wrong because another one of the student's, which it calls, is wrong: we say which.

`check("nesterov_step", nesterov_step)` in a notebook looks at the exercises that the code of nesterov_step uses by name,
and tries them on their own cases. Where the right functions are at hand (a web page with answers), `put_in_place`
replaces the wrong ones, so that the caller can be examined once more: what then passes is its own.
"""

import ast
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from types import CodeType
from typing import Any

from descent.exercises import table

Both = dict[str, str]


def names_in(code: CodeType) -> set[str]:
    """The global names that a piece of code uses, functions inside it included."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= names_in(constant)
    return found


def exercises_used(name: str, function: Any) -> list[str]:
    """The other exercises that a student's function (or class) calls by name, in the order of the course."""
    methods = vars(function).values() if isinstance(function, type) else [function]
    used = {
        one
        for method in methods
        if isinstance(code := getattr(method, "__code__", None), CodeType)
        for one in names_in(code)
    }
    return [other for other in table() if other in used and other != name]


def exercises_in(name: str, source: str) -> list[str]:
    """The same from the text of an answer: where the function itself is in another process."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    nodes = list(ast.walk(tree))
    bound = {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    used = {node.id for node in nodes if isinstance(node, ast.Name)} - bound
    return [other for other in table() if other in used and other != name]


def wrong_helpers(name: str, used: Callable[[str], Iterable[str]], passes: Callable[[str], bool]) -> list[str]:
    """The exercises that `name` leans on and that fail their own check: the deepest first, each once.

    used(exercise) are those that its answer calls; passes(exercise) says whether its own check passes. A helper that
    is wrong only because of one below it is not in the list.
    """
    found: list[str] = []
    seen = {name}

    def look(exercise: str) -> bool:
        """Whether something below `exercise` is wrong."""
        below = False
        for helper in used(exercise):
            if helper not in seen:
                seen.add(helper)
                if look(helper):
                    below = True
                elif not passes(helper):
                    found.append(helper)
            below = below or helper in found
        return below

    look(name)
    return found


def sentence(name: str, helpers: list[str]) -> Both:
    """What a card says of a caller whose helpers are wrong."""
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


def lent_sentence(name: str, helpers: list[str]) -> Both:
    """What the card of a class says of a caller that was tried with the course's helpers in place of wrong ones."""
    names = [f"`{helper}`" for helper in helpers]
    en, zh = " and ".join(names), "、".join(names)
    return {
        "en": f"`{name}` calls your {en}, where there is a mistake. `{name}` was tried with the course's {en} in its "
        f"place, so that this mistake costs `{name}` nothing",
        "zh": f"`{name}` 调用了你写的 {zh}，而错在 {zh}。评分时换上课程的 {zh} 再测了 `{name}`，所以这个错不扣 `{name}` 的分",
    }


@contextmanager
def put_in_place(namespace: dict[str, Any], functions: dict[str, Callable]):
    """Have `namespace` hold these functions under these names for a while."""
    kept = {name: namespace[name] for name in functions if name in namespace}
    namespace.update(functions)
    try:
        yield
    finally:
        for name in functions:
            if name in kept:
                namespace[name] = kept[name]
            else:
                del namespace[name]
