"""check("mission_1", my_missions): is the configuration valid, what does it cost, what does it reach at home?"""

from typing import Any

from descent import card
from descent.capstone import cards, rehearsal
from descent.capstone.handed_in import CHECKS, chosen
from descent.capstone.schema import validate
from descent.say import LANGUAGES, say, show_html


def check_mission(check: str, missions: Any, *, strict: bool) -> None:
    """Show the card of one of the two missions; `strict` raises AssertionError where the judge would refuse it
    (NotImplementedError where none is chosen).

    A valid configuration is trained with three seeds on your instance, once `rehearsal.assemble` has the parts.
    """
    mission, given, problem = chosen(check, missions)
    missing = type(missions) is dict and CHECKS[check] >= len(missions)
    config, problems = (None, [problem]) if problem else validate(mission, given)
    if problems:
        rows = {lang: cards.refused(check, problems, lang, missing=missing) for lang in LANGUAGES}
    else:
        rows = rehearsed(check, mission, given, config)
    texts = {lang: card.text_card(rows[lang]) for lang in LANGUAGES}
    if problems and strict:
        raise (NotImplementedError if missing else AssertionError)(say(texts))
    show_html({lang: card.html_card(rows[lang]) for lang in LANGUAGES}, text=texts)


def rehearsed(check: str, mission: str, given: dict[str, Any], config: dict[str, Any]) -> dict[str, list]:
    """The rows of a valid configuration (`config` is `given`, completed) in both languages, trained if possible."""
    note = cards.WORDS["only_schema"]
    runs = None
    if rehearsal.ready():
        try:
            runs = rehearsal.rehearse(mission, given)
        except NotImplementedError as stub:
            note = {
                "en": f"Not trained here: {stub}. The judge trains with its own parts.",
                "zh": f"这里没有训练：{stub}。评分程序用的是它自己的零件。",
            }
    if runs is None:
        return {
            lang: [("title", check + card.COLON[lang], cards.WORDS["valid"][lang]), ("note", "", note[lang])]
            for lang in LANGUAGES
        }
    return {
        lang: cards.trained(
            check,
            mission,
            [run.accuracy for run in runs],
            config,
            lang,
            spent=max(run.trained.spent for run in runs),
            diverged=sum(run.trained.diverged for run in runs),
            num_images=len(rehearsal.my_instance(mission).y_val),
            student=rehearsal.whose(),
        )
        for lang in LANGUAGES
    }
