"""Chapter 04, sitting A: find the bug. The answer is an input for each of four broken Adams that shows its bug.

Nothing is compared with a stored answer: we run the broken Adams on the student's gradients and compare them with the
closed form of Adam. An input is right if one program leaves that path and the other three stay on it.
"""

from dataclasses import replace
from functools import partial

from descent.broken_adams import BROKEN_ADAMS, astray
from descent.cases import between
from descent.exercise import Case, Exercise, Group, WrongReturn

GROUPS = {
    "A": Group(2, "gradients on which A alone goes astray", "只让 A 走偏的梯度", only=("A",)),
    "B": Group(1, "gradients on which B alone goes astray", "只让 B 走偏的梯度", only=("B",)),
    "C": Group(2, "gradients on which C alone goes astray", "只让 C 走偏的梯度", only=("C",)),
    "D": Group(2, "gradients on which D alone goes astray", "只让 D 走偏的梯度", only=("D",)),
}
CODE = """from descent.broken_adams import astray
for letter, grads in expose_adam_bugs(betas=betas, eps=eps).items():
    print(letter, astray(grads, betas=betas, eps=eps))"""


ENDS = (
    ((0.5, 0.95), 1e-8),
    ((0.9, 0.999), 1e-5),
    ((0.9, 0.95), 1e-5),
    ((0.5, 0.999), 1e-8),
)  # of the settings that the docstring allows: no grade is a matter of luck

SIZES = {
    1e-8: ("eps is 1e-8, the smallest allowed", "eps 为允许的最小值 1e-8"),
    1e-5: ("eps is 1e-5, the largest allowed", "eps 为允许的最大值 1e-5"),
}


def bug_cases(rng):
    def case(group, betas, eps):
        return Case(group, {"betas": betas, "eps": eps}, CODE)

    def drawn(group):
        betas = between(rng, 0.6, 0.8), between(rng, 0.95, 0.99)
        return case(group, betas, float(f"{between(rng, 1, 9):.2f}e-{6 + int(3 * rng.random())}"))

    def at_end(group, betas, eps):
        return replace(case(group, betas, eps), special=SIZES[eps])

    settings = [setting for group in GROUPS for setting in (drawn(group), *(at_end(group, *end) for end in ENDS))]
    return [*settings, case("A", (0.4, 0.97), 1e-7), case("A", (0.7, 0.94), 1e-7), case("A", (0.7, 0.97), 1e-9)]


def run_bugs(solution, inputs):
    """For each letter, which programs go astray on the student's gradients; or why they are no gradients."""
    returned = solution(**inputs)
    if type(returned) is not dict:
        raise WrongReturn(
            f"returned a {type(returned).__name__}, expected a dict with the keys A, B, C, D",
            f"返回的是 {type(returned).__name__}，应为带有键 A、B、C、D 的字典",
        )
    values = {}
    for letter in BROKEN_ADAMS:
        try:
            result = astray(returned[letter], **inputs) if letter in returned else "missing"
        except ValueError as problem:
            result = str(problem)
        values[letter] = {"astray": result, **inputs}
    return values


def alone(got, expected, inputs, letter):
    """The problem with the gradients for a letter. The hyper-parameters must be the expected ones, too."""
    if got == expected:
        return None
    letters = got["astray"]
    if letters == expected["astray"]:
        return {"en": "was tried with another setting", "zh": "用的不是这组超参数"}
    if letters == "missing":
        return {"en": "is missing from the dict", "zh": "在字典里没有"}
    if isinstance(letters, str):
        return {
            "en": f"is no list of gradients: {letters}",
            "zh": "不是梯度列表：应为 1 到 100 个形状相同的数组，元素都是有限的实数",
        }
    other_letters = [other for other in letters if other != letter]
    if not letters:
        return {"en": "sends no program astray", "zh": "没有让任何一个程序走偏"}
    if letter not in letters:
        return {
            "en": f"sends {' and '.join(other_letters)} astray, but not {letter}",
            "zh": f"让 {'、'.join(other_letters)} 走偏了，却没有让 {letter} 走偏",
        }
    return {
        "en": f"sends {letter} astray, but {' and '.join(other_letters)} as well",
        "zh": f"让 {letter} 走偏了，但 {'、'.join(other_letters)} 也走偏了",
    }


EXERCISES = [
    Exercise(
        "expose_adam_bugs",
        "adam_bugs.expose_adam_bugs",
        GROUPS,
        bug_cases,
        run_bugs,
        clauses={
            "descent.broken_adams contains the programs": "A",
            "the letters of those that leave": "A",
            "Each value is a list of gradients": "A",
            "On the gradients of": "A",
            "An experiment that shows two bugs at once:": "A",
        },
        compare={letter: partial(alone, letter=letter) for letter in BROKEN_ADAMS},
    )
]
