"""We say what became of a mission: one card, at home and from the judge, in words before numbers."""

from typing import Any

import numpy as np

from descent.capstone.credit import SHARES, THRESHOLDS
from descent.capstone.missions import MISSIONS
from descent.capstone.schema import MOST_PROBLEMS
from descent.card import COLON

WORDS = {
    "missing": {"en": "not chosen yet", "zh": "还没有选"},
    "refused": {"en": "refused before training", "zh": "训练之前被拒绝"},
    "valid": {"en": "a valid configuration", "zh": "配置有效"},
    "points": {"en": "{points:g} of {max_points:g} points", "zh": "得 {points:g} 分，满分 {max_points:g} 分"},
    "problem": {"en": "Problem", "zh": "问题"},
    "mission": {"en": "Mission", "zh": "任务"},
    "judged": {"en": "Accuracy on {num} images that no student has", "zh": "在 {num} 张没有发给学生的图像上的准确率"},
    "rehearsed": {"en": "Accuracy on your {num} validation images", "zh": "在你的 {num} 张验证图像上的准确率"},
    "seeds": {"en": "{mean:.3f} (seeds: {each})", "zh": "{mean:.3f}（各随机种子：{each}）"},
    "runs": {"en": "{mean:.3f} (runs: {each})", "zh": "{mean:.3f}（各次训练：{each}）"},
    "credit": {"en": "Credit", "zh": "得分标准"},
    "cost": {"en": "Cost", "zh": "代价"},
    "spent": {
        "en": "{spent:,} of {budget:,} example-gradients for each run",
        "zh": "每次训练 {spent:,} 次样本梯度，预算 {budget:,}",
    },
    "prediction": {"en": "Your prediction", "zh": "你的预测"},
    "off": {"en": "{prediction:.3f}, off by {off:.3f}", "zh": "{prediction:.3f}，相差 {off:.3f}"},
    "diverged": {
        "en": "{num} of {all} runs diverged: the loss became inf or NaN, and training ended there",
        "zh": "{all} 次训练中有 {num} 次发散：损失变成 inf 或 NaN，训练到此为止",
    },
    "student": {"en": "Instance of", "zh": "实例属于"},
    "data": {"en": "Trained on", "zh": "训练数据"},
    "draws": {
        "en": "{num} draws of this mission's training data, the same for your whole class",
        "zh": "为这项任务抽取的 {num} 份训练数据，全班相同",
    },
    "only_schema": {
        "en": "Not trained here: run the cell that calls `assemble` first. The judge trains with its own parts.",
        "zh": "这里没有训练：请先运行调用 `assemble` 的单元格。评分程序用的是它自己的零件。",
    },
    "local": {
        "en": "This is your instance and your validation set, which you have tuned on. The judge draws other training data "
        "and scores on other images.",
        "zh": "这是你自己的实例，验证集也是你调参时用过的；评分程序另抽训练数据，用另一批图像打分。",
    },
}
Row = tuple[str, str, str]


def refused(
    check: str, problems: list[dict[str, str]], lang: str, points: float | None = None, missing: bool = False
) -> list[Row]:
    """The card of a configuration that is not trained, with all that is wrong with it (six problems at most)."""
    status = WORDS["missing" if missing else "refused"][lang]
    rows = [("title", check + COLON[lang], status + worth(0.0, points, lang))]
    return rows + [
        (
            "fail" if not missing else "note",
            (WORDS["problem"][lang] + COLON[lang]) if not missing else "",
            problem[lang],
        )
        for problem in problems[:MOST_PROBLEMS]
    ]


def trained(
    check: str,
    mission: str,
    scores: list[float],
    config: dict[str, Any],
    lang: str,
    *,
    spent: int,
    diverged: int,
    num_images: int,
    student: str = "",
    points: tuple[float, float] | None = None,
) -> list[Row]:
    """The card of a configuration that was trained. points: (earned, all) from the judge, None at home.
    student: at home, whose instance was trained on."""
    about = MISSIONS[mission]
    mean = float(np.mean(scores))
    each = ", ".join(f"{score:.3f}" for score in scores)
    heading = WORDS["judged" if points else "rehearsed"][lang].format(num=num_images)
    earned, most = points or (None, None)
    rows = [
        ("title", check + COLON[lang], WORDS["valid"][lang] + worth(earned, most, lang)),
        row("mission", f"`{mission}`, {about.en}" if lang == "en" else f"`{mission}`，{about.zh}", lang),
        (
            "pass" if not diverged else "fail",
            heading + COLON[lang],
            WORDS["runs" if points else "seeds"][lang].format(mean=mean, each=each),
        ),
    ]
    if diverged:
        rows.append(row("problem", WORDS["diverged"][lang].format(num=diverged, all=len(scores)), lang))
    rows += [
        row("credit", ladder(mission, lang), lang),
        row("cost", WORDS["spent"][lang].format(spent=spent, budget=about.budget), lang),
        row(
            "prediction",
            WORDS["off"][lang].format(prediction=config["prediction"], off=abs(mean - config["prediction"])),
            lang,
        ),
    ]
    if points:
        return [*rows, row("data", WORDS["draws"][lang].format(num=len(scores)), lang)]
    return [*rows, row("student", f"`{student}`", lang), ("next", "", WORDS["local"][lang])]


def row(word: str, text: str, lang: str) -> Row:
    return word, WORDS[word][lang] + COLON[lang], text


def worth(earned: float | None, most: float | None, lang: str) -> str:
    return "" if most is None else " - " + WORDS["points"][lang].format(points=earned, max_points=most)


def ladder(mission: str, lang: str) -> str:
    """The thresholds of a mission in one line."""
    steps = zip(SHARES, THRESHOLDS[mission])
    if lang == "zh":
        return "，".join(f"{at:.3f} 得 {share:.0%}" for share, at in steps)
    return ", ".join(f"{share:.0%} at {at:.3f}" for share, at in steps)
