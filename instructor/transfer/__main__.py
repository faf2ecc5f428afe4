"""Print transfer exercises for a hand-out.

python -m instructor.transfer                  the list: chapter, name, minutes, points, title
python -m instructor.transfer lion_step zh     title, task and stub of one, in English (en) or Chinese (zh)
"""

import sys

from instructor.transfer import LANGUAGES, load, stub


def listing() -> str:
    """One line for each exercise."""
    return "\n".join(
        f"{one.chapter}  {name:26s} {one.minutes:2d} min  {one.points} points  {one.title['en']}"
        for name, one in load().items()
    )


def handout(name: str, lang: str) -> str:
    """What a student gets. Raises SystemExit with a sentence for an unknown name or language."""
    if name not in load():
        raise SystemExit(f"there is no transfer exercise called {name!r}: see python -m instructor.transfer")
    if lang not in LANGUAGES:
        raise SystemExit(f"language {lang!r}: must be en or zh")
    one = load()[name]
    return f"# {one.title[lang]}\n\n{one.task[lang]}\n\n```python\n{stub(one, lang)}```"


def main(arguments: list[str]) -> str:
    if not arguments:
        return listing()
    return handout(arguments[0], arguments[1] if len(arguments) > 1 else "en")


if __name__ == "__main__":
    print(main(sys.argv[1:]))
